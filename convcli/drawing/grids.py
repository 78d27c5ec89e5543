"""Panels as shapes: grids of cells below each other, with their numbers, textures and outlines."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from convcli.drawing import lettering
from convcli.drawing.frames import Cell, Light, Panel, Piece, Role, Row
from convcli.drawing.shapes import Block, Box, Outline, Shape, Text, Texture

_PANEL_GAP, _GROUP_GAP = 14, 30
_LABEL_ROOM = 20  # above a panel
_WITH_WEIGHTS = 32  # cells below this have no room for the weights in their corners
_Thing = TypeVar("_Thing", str, Row)

_TEXTURES = {Role.PADDING: "hatch", Role.INSERTED: "dots"}


@dataclass(frozen=True, slots=True)
class CellSize:
    """Pixels of a cell, of which one is the border that it shares with the cell before."""

    width: int
    height: int

    @property
    def numbers(self) -> tuple[int, int]:
        """The largest and the smallest font of a number."""
        return max(round(self.height * 0.42), 8), max(round(self.height * 0.26), 7)

    @property
    def weights(self) -> tuple[int, int]:
        """The same for a weight in a corner."""
        return max(round(self.height * 0.27), 9), 7


class Column:
    """Panels below each other.

    Parameters
    ----------
    frames : sequence of sequences of Panel
        Those of each frame; all have the same geometry.
    cell : CellSize
    label : int
        Font size of the headings.

    Attributes
    ----------
    width, height : int
        Pixels.
    """

    def __init__(self, frames: Sequence[Sequence[Panel]], cell: CellSize, *, label: int) -> None:
        self.cell, self.label = cell, label
        panels = frames[0]
        across = max(panel.shape[1] for panel in panels) * cell.width + 1
        labels = {panel.label for column in frames for panel in column}
        self.width = max(across, *(math.ceil(lettering.width(text, label)) for text in labels))
        self.tops: list[int] = []
        self.height = 0
        for panel in panels:
            if self.tops:
                self.height += _GROUP_GAP if panel.apart else _PANEL_GAP
            self.height += _LABEL_ROOM * bool(panel.label)
            self.tops.append(self.height)
            self.height += panel.shape[0] * cell.height + 1
        self._known: dict[tuple[int, int, int], tuple[Block, ...]] = {}
        self._lights: dict[int, tuple[tuple[int, Cell], ...]] = {}

    def blocks(self, place: tuple[int, int], panels: Sequence[Panel]) -> Iterator[Block]:
        """Give the panels of a frame, the column beginning at a place."""
        left, top = place
        for panel, down in zip(panels, self.tops, strict=True):
            if panel.label:
                yield from self._remembered(panel.label, left, top + down, self._heading)
            if panel.window is None and any(cell is None for row in panel.cells for cell in row):
                yield self._strip(panel, left, top + down)
                continue
            for number, row in enumerate(panel.cells):
                y = top + down + number * self.cell.height
                yield from self._remembered(row, left, y, self._row)

    def outlines(self, place: tuple[int, int], panels: Sequence[Panel]) -> Iterator[Outline]:
        """Give the outlines of windows, of taps that stand apart, and of what is written or chosen."""
        left, top = place
        width, height = self.cell.width, self.cell.height
        for panel, down in zip(panels, self.tops, strict=True):
            window = panel.window
            for number, row in enumerate(panel.cells):
                for column, cell in self._lit(row):
                    written = cell.role is Role.OUTPUT
                    if written or cell.light is Light.CHOSEN or (window and window.spaced):
                        x, y = left + column * width, top + down + number * height
                        yield Outline(x, y, width + 1, height + 1, 3 if written else 2)
            if window is not None:
                x, y = left + window.column * width, top + down + window.row * height
                size = window.columns * width + 3, window.rows * height + 3
                yield Outline(x - 1, y - 1, *size, 3)

    # --- what is made once for everything that stays as it is ------------------------------------

    def _remembered(
        self, thing: _Thing, x: int, y: int, make: Callable[[_Thing, int, int], tuple[Block, ...]]
    ) -> tuple[Block, ...]:
        """Blocks of a heading or a row at a place; frames share the objects that do not change."""
        key = (id(thing), x, y)
        if key not in self._known:
            self._known[key] = make(thing, x, y)
        return self._known[key]

    def _lit(self, row: Row) -> tuple[tuple[int, Cell], ...]:
        """Column and cell of those in a row that the frame is about."""
        if id(row) not in self._lights:
            self._lights[id(row)] = tuple(
                (column, cell) for column, cell in enumerate(row) if cell is not None and cell.light
            )
        return self._lights[id(row)]

    def _heading(self, label: str, x: int, y: int) -> tuple[Block, ...]:
        text = Text(x, y - 7, self.label, (Piece(label),), ink="quiet")
        return (Block(x, y - _LABEL_ROOM, self.width, _LABEL_ROOM - 2, (text,)),)

    def _row(self, row: Row, x: int, y: int) -> tuple[Block, ...]:
        width, height = self.cell.width, self.cell.height
        return tuple(
            Block(left, y, width + 1, height + 1, tuple(self._cell(cell, left, y)))
            for left, cell in zip(itertools.count(x, width), row, strict=False)
            if cell is not None
        )

    def _strip(self, panel: Panel, x: int, y: int) -> Block:
        """A panel whose cells come and go, as one block."""
        rows, columns = panel.shape
        shapes = [
            shape
            for row, column, cell in panel.placed()
            for shape in self._cell(cell, x + column * self.cell.width, y + row * self.cell.height)
        ]
        return Block(x, y, columns * self.cell.width + 1, rows * self.cell.height + 1, tuple(shapes))

    # --- cells ----------------------------------------------------------------------------------

    def _cell(self, cell: Cell, x: int, y: int) -> Iterator[Shape]:
        width, height = self.cell.width, self.cell.height
        fill = f"{cell.role}-{cell.light}" if cell.light else str(cell.role)
        yield Box(x, y, width + 1, height + 1, fill, "line")
        textured = _TEXTURES.get(cell.role)
        if textured:
            yield Texture(x + 1, y + 1, width - 1, height - 1, textured)
        if cell.text:
            largest, smallest = self.cell.numbers
            text, size = lettering.fit(cell.text, width - 8, largest=largest, smallest=smallest)
            base = y + round((height + size * lettering.CAP_HEIGHT) / 2)
            number = Text(x + (width + 1) // 2, base, size, (Piece(text),), fill, "middle")
            yield from self._number(number, patched=textured is not None)
        if cell.weight and height >= _WITH_WEIGHTS:
            largest, smallest = self.cell.weights
            text, size = lettering.fit(cell.weight, width - 6, largest=largest, smallest=smallest)
            number = Text(x + width - 3, y + height - 3, size, (Piece(text),), fill, "end")
            yield from self._number(number, patched=textured is not None)

    @staticmethod
    def _number(number: Text, *, patched: bool) -> Iterator[Shape]:
        """A number, and behind it a patch without texture if there is one."""
        if patched:
            room = math.ceil(lettering.width(number.pieces[0].text, number.size)) + 2
            rise = math.ceil(number.size * lettering.CAP_HEIGHT) + 1
            left = number.x - (room // 2 if number.anchor == "middle" else room - 1)
            yield Box(left, number.y - rise, room, rise + 2, number.ground)
        yield number
