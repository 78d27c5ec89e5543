"""Where everything of an animation stands, in whole pixels: what the renderers of pictures have in common."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from convcli.drawing import lettering
from convcli.drawing.frames import Animation, Frame, Piece
from convcli.drawing.grids import CellSize, Column
from convcli.drawing.shapes import Block, Outline, Sheet, Text
from convcli.errors import ConvError

MARGIN = 24
_LEAST_WIDTH = 440  # of what stands between the margins
_TITLE, _BODY, _LABEL = 20, 15, 13  # font sizes
_LEADING = 1.45  # from one line to the next, in font sizes
_COLUMN_GAP = 40
_MOST_LINES = 4  # of a formula
_CELL_SIZES = (40, 32, 24, 18)
_ROOMY = 880  # pixels across and down that grids keep to, with smaller cells where it takes that
_MOST_PIXELS = 6_000_000

Lines = Sequence[tuple[Piece, ...]]


def compose(animation: Animation) -> Sheet:
    """Lay all frames out.

    Raises
    ------
    ConvError
        If the grids are too large for a picture.
    """
    cell = _cell_size(animation)
    stacks = zip(*(frame.columns for frame in animation.frames), strict=True)
    columns = [Column(stack, cell, label=_LABEL) for stack in stacks]
    grids = sum(column.width for column in columns) + _COLUMN_GAP * (len(columns) - 1)
    room = max(grids, _LEAST_WIDTH)
    heading = _heading(animation, room)
    top = heading.y + heading.height + 12
    tallest = max(column.height for column in columns)
    footing = _Footing(animation, room, top + tallest + 16)
    width, height = room + 2 * MARGIN, footing.top + footing.height + MARGIN - 4
    if width * height > _MOST_PIXELS:
        raise ConvError(
            f"a drawing of {width:,} x {height:,} pixels is too large: at most {_MOST_PIXELS:,} in all",
            hint="draw a smaller input",
        )
    places, x = [], MARGIN
    for column in columns:
        places.append((x, top + (tallest - column.height) // 2))
        x += column.width + _COLUMN_GAP
    frames: list[tuple[Block, ...]] = []
    outlines: list[tuple[Outline, ...]] = []
    for number, frame in enumerate(animation.frames):
        blocks, lines = [heading], list[Outline]()
        for place, column, panels in zip(places, columns, frame.columns, strict=True):
            blocks += column.blocks(place, panels)
            lines += column.outlines(place, panels)
        frames.append((*blocks, footing.block(number)))
        outlines.append(tuple(lines))
    return Sheet(width, height, tuple(frames), tuple(outlines))


def _cell_size(animation: Animation) -> CellSize:
    """Cells as large as there is room for, wider than high where long numbers need that."""
    columns = sum(max(panel.shape[1] for panel in column) for column in animation.frames[0].columns)
    rows = max(sum(panel.shape[0] for panel in column) for column in animation.frames[0].columns)
    # Most rows are the same in many frames; each is looked at once.
    known = {id(row): row for frame in animation.frames for panel in frame.panels for row in panel.cells}
    texts = {cell.text for row in known.values() for cell in row if cell is not None}
    for height in _CELL_SIZES:
        size = CellSize(height, height)
        needed = max(lettering.width(text, size.numbers[1] + 2) for text in texts | {""}) + 8
        size = CellSize(min(max(height, math.ceil(needed)), 2 * height), height)
        if columns * size.width <= _ROOMY and rows * size.height <= _ROOMY:
            break
    return size


# --- texts --------------------------------------------------------------------------------------


def _heading(animation: Animation, room: int) -> Block:
    """The lines above the grids."""
    title = _wrapped(lettering.words(animation.title), room, _TITLE)
    subtitle = _wrapped(lettering.words(animation.subtitle), room, _LABEL)
    top = MARGIN - 4
    below = top + _height(title, _TITLE)
    texts = (*_paragraph(title, top, _TITLE), *_paragraph(subtitle, below, _LABEL, ink="quiet"))
    return Block(MARGIN, top, room, below + _height(subtitle, _LABEL) - top, texts)


class _Footing:
    """The formula and the caption below the grids, with as much room as the longest of each take."""

    def __init__(self, animation: Animation, room: int, top: int) -> None:
        self.top, self.room = top, room
        self.formulas = [_formula(frame, room) for frame in animation.frames]
        self.captions = [_wrapped(lettering.words(frame.caption), room, _LABEL) for frame in animation.frames]
        self.below = top + max(_height(lines, _BODY) for lines in self.formulas)
        self.height = self.below + max(_height(lines, _LABEL) for lines in self.captions) - top

    def block(self, number: int) -> Block:
        texts = (
            *_paragraph(self.formulas[number], self.top, _BODY),
            *_paragraph(self.captions[number], self.below, _LABEL, ink="quiet"),
        )
        return Block(MARGIN, self.top, self.room, self.height, texts)


def _formula(frame: Frame, room: int) -> Lines:
    """The formula on a few lines; what stands between them and the last one is left out."""
    lines = _wrapped(frame.formula, room, _BODY) if frame.formula else []
    if len(lines) <= _MOST_LINES:
        return lines
    return [*lines[: _MOST_LINES - 2], (Piece(lettering.DOTS),), lines[-1]]


def _wrapped(pieces: Sequence[Piece], room: int, size: int) -> Lines:
    return lettering.wrap(pieces, room, lambda text: lettering.width(text, size))


def _height(lines: Lines, size: int) -> int:
    return math.ceil(len(lines) * size * _LEADING)


def _paragraph(lines: Lines, top: int, size: int, *, ink: str = "text") -> Iterator[Text]:
    for number, pieces in enumerate(lines):
        base = top + round((number + 0.5) * size * _LEADING + size * lettering.CAP_HEIGHT / 2)
        yield Text(MARGIN, base, size, pieces, ink=ink)
