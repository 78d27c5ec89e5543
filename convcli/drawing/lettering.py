"""How much room a text takes, in any font that is likely to draw it.

Pictures are lettered with the font that Pillow brings, vector graphics with one that the reader has. The
widths below are at least those of Aileron, Arial and Helvetica.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcli.drawing.frames import Piece

_NARROW = frozenset(" .,:;'|!·-()[]/ijlIt")
_WIDE = frozenset("mwMWQO@%…")
_WIDTHS = {"narrow": 0.38, "wide": 1.0, "capital": 0.75, "digit": 0.58, "other": 0.64}  # of the font's size
CAP_HEIGHT = 0.72  # of the font's size: digits are about as high

DOTS = "…"


def width(text: str, size: float) -> float:
    """Room that a text takes across at most, in the unit of the font's size."""
    return size * sum(_WIDTHS[_kind(character)] for character in text)


def _kind(character: str) -> str:
    if character.isdigit():
        return "digit"
    if character in _NARROW:
        return "narrow"
    if character in _WIDE:
        return "wide"
    return "capital" if character.isupper() else "other"


def fit(text: str, room: float, *, largest: int, smallest: int) -> tuple[str, int]:
    """Return a text and the font size at which it fits, in whole pixels.

    Parameters
    ----------
    text : str
    room : float
        Pixels across.
    largest, smallest : int
        Font sizes; if the text is too long even for the smallest, its end is left out.
    """
    for size in range(largest, smallest, -1):
        if width(text, size) <= room:
            return text, size
    return elide(text, room, smallest), smallest


def elide(text: str, room: float, size: float) -> str:
    """Leave out as much of the end of a text as it takes, with dots in its place."""
    if width(text, size) <= room:
        return text
    count = len(text)
    while count and width(text[:count] + DOTS, size) > room:
        count -= 1
    return text[:count] + DOTS


def wrap(pieces: Sequence[Piece], room: float, measure: Callable[[str], float]) -> list[tuple[Piece, ...]]:
    """Break a line between its pieces so that no part is wider than `room`, if that can be.

    Commas and closing brackets stay with what is before them, and spaces at the end of a line take no room.
    """
    lines: list[list[Piece]] = [[]]
    used = 0.0
    for unit in _units(pieces):
        text = "".join(piece.text for piece in unit)
        if lines[-1] and used + measure(text.rstrip()) > room:
            lines.append([])
            used = 0.0
        lines[-1] += unit
        used += measure(text)
    return [tuple(line) for line in lines]


def _units(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that no line may be broken between."""
    units: list[list[Piece]] = []
    for piece in pieces:
        if units and piece.text.startswith((",", ")")):
            units[-1].append(piece)
        else:
            units.append([piece])
    return units


def words(text: str) -> list[Piece]:
    """Cut a text where its lines may be broken, after each space."""
    parts = text.split(" ")
    return [Piece(part + " ") for part in parts[:-1]] + [Piece(parts[-1])]
