"""Frames as lines of text for the terminal, each a list of pieces with their styles.

A cell shows its number; a sign before it says what kind of cell it is, and brackets say that the window
reads it, so that nothing depends on colour:

    ``[ 3]`` read by the window, ``░0`` padding, ``·0`` a zero between samples, ``<9>`` the greatest
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from convcli.drawing import lettering
from convcli.drawing.frames import Animation, Cell, Frame, Light, Panel, Piece, Role, Tone

Span = tuple[str, str]  # a text, and its style in the words of terminals: a colour, "bold", "dim"
Line = list[Span]

_GAP = "   "  # between two columns of panels
_STYLES = {
    Role.INPUT: "cyan",
    Role.PADDING: "dim",
    Role.INSERTED: "dim",
    Role.KERNEL: "yellow",
    Role.OUTPUT: "green",
    Role.PENDING: "dim",
}
_LIT = {Light.READ: "bold cyan", Light.CHOSEN: "bold yellow"}
_TONES = {Tone.PLAIN: "", Tone.QUIET: "dim", Tone.STRONG: "bold"}
_BRACKETS = {Light.OFF: (" ", " "), Light.READ: ("[", "]"), Light.CHOSEN: ("<", ">")}


@dataclass(frozen=True, slots=True)
class Signs:
    """Characters that stand for kinds of cells, and for what is left out.

    Parameters
    ----------
    padding, inserted : str
        Stand before the number of such a cell, or for it.
    full, empty : str
        Any other cell without a number, and an output that is still to come.
    dots : str
        In the place of what does not fit.
    times : str
        The sign of products.
    """

    padding: str = "░"
    inserted: str = "·"
    full: str = "■"
    empty: str = "·"
    dots: str = "…"
    times: str = "·"

    @property
    def all(self) -> str:
        """Every one of them."""
        return self.padding + self.inserted + self.full + self.empty + self.dots + self.times

    def of(self, cell: Cell) -> str:
        """What stands in a cell."""
        match cell.role:
            case Role.PADDING:
                return self.padding + cell.text
            case Role.INSERTED:
                return self.inserted + cell.text
            case Role.PENDING:
                return self.empty
            case _:
                return cell.text or self.full


FANCY = Signs()
ASCII = Signs(padding=":", inserted=".", full="#", empty=".", dots="...", times="*")


def heading(animation: Animation, *, width: int = 80) -> list[Line]:
    """The title of an animation and its parameters, in lines of at most so many columns."""
    lines = _worded(animation.title, Tone.STRONG, width) + _worded(animation.subtitle, Tone.QUIET, width)
    return [_stripped(line) for line in lines]


def frames(animation: Animation, *, width: int = 80, signs: Signs = FANCY) -> Iterator[list[Line]]:
    """Lay the frames out, one after the other; what does not change keeps its place.

    Parameters
    ----------
    animation : Animation
    width : int
        Columns of text to keep to: panels that do not fit side by side stand below each other, and of wider
        ones the part around the window is shown.
    signs : Signs

    Yields
    ------
    list of list of Span
        Lines without spaces at their ends.
    """
    stacks = zip(*(frame.columns for frame in animation.frames), strict=True)
    # The panels of a column have cells of one width: what stands below each other belongs together.
    cells = [max(len(signs.of(cell)) for cell in _cells(stack)) for stack in stacks]
    for frame in animation.frames:
        yield _frame(frame, cells, width, signs)


def _cells(stack: Sequence[Sequence[Panel]]) -> Iterator[Cell]:
    for panels in stack:
        for panel in panels:
            yield from (cell for _, _, cell in panel.placed())


def _frame(frame: Frame, cells: Sequence[int], width: int, signs: Signs) -> list[Line]:
    columns = [_stack(panels, cell, width, signs) for panels, cell in zip(frame.columns, cells, strict=True)]
    across = sum(map(_width, columns)) + len(_GAP) * (len(columns) - 1)
    if across <= width:
        drawn = [*_side_by_side(columns), []]
    else:
        drawn = [line for column in columns for line in (*column, [])]
    drawn += _wrapped(frame.formula, width, signs)
    drawn += _worded(frame.caption, Tone.QUIET, width)
    return [_stripped(line) for line in drawn]


def _stack(panels: Sequence[Panel], cell: int, width: int, signs: Signs) -> list[Line]:
    """Panels below each other."""
    drawn: list[Line] = []
    for number, panel in enumerate(panels):
        if number and (panel.label or panel.apart):
            drawn.append([])
        if panel.label:
            drawn.append([(panel.label, "dim")])
        drawn += _panel(panel, cell, width, signs)
    return drawn


def _side_by_side(columns: Sequence[list[Line]]) -> list[Line]:
    widths = [_width(column) for column in columns]
    drawn = []
    nothing: Line = []
    for parts in zip_longest(*columns, fillvalue=nothing):
        line: Line = []
        for part, room in zip(parts, widths, strict=True):
            line += [(_GAP, "")] * bool(line)
            line += part
            line.append((" " * (room - _length(part)), ""))
        drawn.append(line)
    return drawn


def _panel(panel: Panel, cell: int, width: int, signs: Signs) -> list[Line]:
    each = cell + 2
    begin, end = _visible(
        panel, max((width - 2 * len(signs.dots)) // each, 1) if panel.shape[1] * each > width else None
    )
    drawn = []
    for row in panel.cells:
        line = [(" " * each, "") if place is None else _cell(place, cell, signs) for place in row[begin:end]]
        before = [(_rest(row[:begin], signs), "dim")] if begin > 0 else []
        after = [(_rest(row[end:], signs), "dim")] if end < len(row) else []
        drawn.append([*before, *line, *after])
    return drawn


def _rest(cells: Sequence[Cell | None], signs: Signs) -> str:
    """What stands for the cells of a row that do not fit, if there are any."""
    return signs.dots if any(cells) else " " * len(signs.dots)


def _visible(panel: Panel, most: int | None) -> tuple[int, int]:
    """The columns of a panel to show: all, or `most`, with what the frame is about in their middle."""
    count = panel.shape[1]
    if most is None or most >= count:
        return 0, count
    first, last = _focus(panel)
    begin = min(max((first + last + 1 - most) // 2, 0), count - most)
    return begin, begin + most


def _focus(panel: Panel) -> tuple[int, int]:
    """First and last column of the window, else of the cells that are lit, else of those that are there."""
    if panel.window is not None:
        return panel.window.column, panel.window.column + panel.window.columns - 1
    placed = [(column, cell.light) for _, column, cell in panel.placed()]
    columns = [column for column, light in placed if light] or [column for column, _ in placed] or [0]
    return min(columns), max(columns)


def _cell(cell: Cell, width: int, signs: Signs) -> Span:
    left, right = _BRACKETS[cell.light]
    lit = "bold green" if cell.light and cell.role is Role.OUTPUT else _LIT.get(cell.light)
    return f"{left}{signs.of(cell):>{width}}{right}", lit or _STYLES[cell.role]


def _wrapped(pieces: Sequence[Piece], width: int, signs: Signs) -> list[Line]:
    signed = [
        replace(piece, text=piece.text.replace("·", signs.times).replace("…", signs.dots)) for piece in pieces
    ]
    return _styled(signed, width) if signed else []


def _worded(text: str, tone: Tone, width: int) -> list[Line]:
    """A text on lines that end between its words."""
    return _styled([replace(word, tone=tone) for word in lettering.words(text)], width)


def _styled(pieces: Sequence[Piece], width: int) -> list[Line]:
    lines = lettering.wrap(pieces, width, len)
    return [_joined((piece.text, _TONES[piece.tone]) for piece in line) for line in lines]


def _joined(spans: Iterable[Span]) -> Line:
    """Neighbouring spans of one style as one: a terminal gets no more codes than it needs."""
    runs = itertools.groupby(spans, key=lambda span: span[1])
    return [("".join(text for text, _ in run), style) for style, run in runs]


def _width(lines: Sequence[Sequence[Span]]) -> int:
    return max(map(_length, lines))


def _length(line: Sequence[Span]) -> int:
    return sum(len(text) for text, _ in line)


def _stripped(line: Line) -> Line:
    """A line without spaces at its end."""
    kept = list(line)
    while kept and not kept[-1][0].rstrip(" "):
        kept.pop()
    if kept:
        kept[-1] = (kept[-1][0].rstrip(" "), kept[-1][1])
    return kept
