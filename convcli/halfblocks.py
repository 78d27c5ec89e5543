"""Small pictures as characters: beside each other, or above each other where there is little room.

A character cell is about as wide as it is half high, so an upper half block ``▀`` with a colour before and a
colour behind it shows two pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

Colour = Sequence[int]  # red, green, blue, from 0 to 255
Raster = Sequence[Sequence[Colour]]  # rows of pixels

HALF = "▀"
BLOCKS = " ░▒▓█"  # of growing density, for terminals without colours
ASCII = " .:-=+*#%@"  # the same, for encodings without blocks

_GAP = 2  # columns between two pictures
_NARROW = 60  # columns: with fewer, pictures stand above each other
_TEXT_LINES = 3  # of the terminal, for titles and the prompt


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text, and the colours before and behind it; None: those of the terminal."""

    text: str
    colour: Colour | None = None
    background: Colour | None = None


def room(columns: int, lines: int, count: int = 2) -> tuple[int, int]:
    """Return the width and the height, in pixels, that each of `count` pictures has on a terminal."""
    if columns < _NARROW:
        return max(columns, 1), max((lines - _TEXT_LINES) // count, 1) * 2
    return (columns - (count - 1) * _GAP) // count, max(lines - _TEXT_LINES, 1) * 2


def compose(
    titles: Sequence[str], rasters: Sequence[Raster], *, columns: int, ramp: str | None
) -> list[list[Cell]]:
    """Lay titled pictures out as lines of cells.

    Parameters
    ----------
    titles : sequence of str
        A line above each picture, not longer than `room` is wide.
    rasters : sequence of Raster
        Not larger than `room` says.
    columns : int
        Of the terminal.
    ramp : str or None
        Characters of growing density, from black to white; None: half blocks in colours.
    """
    panels = [[[Cell(title)], *_lines(raster, ramp)] for title, raster in zip(titles, rasters, strict=True)]
    if columns < _NARROW:
        return [line for panel in panels for line in panel]
    widths = [max(len(title), len(raster[0])) + _GAP for title, raster in zip(titles, rasters, strict=True)]
    return [
        [cell for line, width in zip(lines, widths, strict=True) for cell in _filled(line or [], width)]
        for lines in zip_longest(*panels)
    ]


def _lines(raster: Raster, ramp: str | None) -> list[list[Cell]]:
    pairs = zip_longest(raster[::2], raster[1::2])
    if ramp is None:
        return [
            [Cell(HALF, top, bottom) for top, bottom in zip(upper, lower or [None] * len(upper), strict=True)]
            for upper, lower in pairs
        ]
    return [
        [Cell("".join(_character(*both, ramp) for both in zip(upper, lower or upper, strict=True)))]
        for upper, lower in pairs
    ]


def _character(top: Colour, bottom: Colour, ramp: str) -> str:
    """The character as bright as the mean of two pixels (luma of Rec. 709)."""
    luma = sum(
        weight * (a + b) / 2 for weight, a, b in zip((0.2126, 0.7152, 0.0722), top, bottom, strict=True)
    )
    return ramp[min(int(luma / 256 * len(ramp)), len(ramp) - 1)]


def _filled(line: Sequence[Cell], width: int) -> list[Cell]:
    return [*line, Cell(" " * (width - sum(len(cell.text) for cell in line)))]
