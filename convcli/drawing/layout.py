"""Where everything of an animation stands, in whole pixels: what the renderers of pictures have in common.

A frame becomes shapes of a few kinds, which both renderers know how to draw. Shapes are values: one that
stays where it is from one frame to the next is equal to itself, so that a renderer can draw it once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from convcli.drawing import lettering
from convcli.drawing.frames import Animation, Cell, Frame, Light, Panel, Piece, Role
from convcli.errors import ConvError

# --- shapes -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; `line` is the colour of its border, of one pixel, inside."""

    x: int
    y: int
    width: int
    height: int
    fill: str
    line: str = ""


@dataclass(frozen=True, slots=True)
class Texture:
    """Hatching or dots over a rectangle, continued from one to its neighbour."""

    x: int
    y: int
    width: int
    height: int
    kind: str  # "hatch" or "dots"


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text: its pieces one after the other, each in the ink of its tone.

    `x` is the left end, the middle or the right end of the base line, as `anchor` says.
    """

    x: int
    y: int
    size: int
    pieces: tuple[Piece, ...]
    ground: str = "ground"
    anchor: str = "start"  # "middle", "end"
    ink: str = "text"  # of plain pieces


@dataclass(frozen=True, slots=True)
class Outline:
    """A frame around a rectangle; its line is drawn inwards."""

    x: int
    y: int
    width: int
    height: int
    thickness: int


Shape = Box | Texture | Text | Outline


@dataclass(frozen=True, slots=True)
class Sheet:
    """An animation as shapes.

    Parameters
    ----------
    width, height : int
        Pixels.
    layers : tuple of tuples of tuples of Shape
        For each frame its layers, from the ground up: cells, textures, patches behind numbers on them,
        texts, outlines. Shapes of one layer overlap only if they have the same rectangle.
    """

    width: int
    height: int
    layers: tuple[tuple[tuple[Shape, ...], ...], ...]

    def shapes(self, frame: int) -> Iterator[Shape]:
        """All shapes of a frame, from the ground up."""
        for layer in self.layers[frame]:
            yield from layer


# --- measures -----------------------------------------------------------------------------------

MARGIN = 24
TEXTURE_PERIOD = 8  # pixels from one line of hatching, or one dot, to the next
_LEAST_WIDTH = 440  # of what stands between the margins
_TITLE, _BODY, _LABEL = 20, 15, 13  # font sizes
_LEADING = 1.45  # from one line to the next, in font sizes
_PANEL_GAP, _GROUP_GAP, _COLUMN_GAP = 14, 30, 40
_LABEL_ROOM = 20  # above a panel
_MOST_LINES = 4  # of a formula
_CELL_SIZES = (40, 32, 24, 18)
_ROOMY = 880  # pixels across and down that grids keep to, with smaller cells where it takes that
_WITH_WEIGHTS = 32  # cells below this have no room for the weights in their corners
_MOST_PIXELS = 6_000_000


def compose(animation: Animation) -> Sheet:
    """Lay all frames out.

    Raises
    ------
    ConvError
        If the grids are too large for a picture.
    """
    first = animation.frames[0]
    cell = _cell_size(animation)
    columns = [_Column(column, cell) for column in first.columns]
    grids = sum(column.width for column in columns) + _COLUMN_GAP * (len(columns) - 1)
    content = max(grids, _LEAST_WIDTH)
    top, heading = _heading(animation, content)
    tallest = max(column.height for column in columns)
    places, x = [], MARGIN
    for column in columns:
        places.append((x, top + (tallest - column.height) // 2))
        x += column.width + _COLUMN_GAP
    formulas = [_formula(frame, content) for frame in animation.frames]
    below = top + tallest + 16
    lines = max(map(len, formulas))
    captions = [
        lettering.wrap(list(lettering.words(frame.caption)), content, _LABEL) for frame in animation.frames
    ]
    bottom = below + math.ceil(lines * _BODY * _LEADING)
    height = bottom + math.ceil(max(map(len, captions)) * _LABEL * _LEADING) + MARGIN - 4
    size = (content + 2 * MARGIN, height)
    if size[0] * size[1] > _MOST_PIXELS:
        raise ConvError(
            f"a drawing of {size[0]:,} x {size[1]:,} pixels is too large: at most {_MOST_PIXELS:,} in all",
            hint="draw a smaller input",
        )
    layers = []
    for frame, formula, caption in zip(animation.frames, formulas, captions, strict=True):
        shapes = list(heading)
        for place, column, panels in zip(places, columns, frame.columns, strict=True):
            shapes += column.shapes(place, panels)
        shapes += _paragraph(formula, below, _BODY)
        shapes += _paragraph(caption, bottom, _LABEL, ink="quiet")
        layers.append(_layered(shapes))
    return Sheet(*size, tuple(layers))


def _layered(shapes: Sequence[Shape]) -> tuple[tuple[Shape, ...], ...]:
    return (
        tuple(shape for shape in shapes if isinstance(shape, Box) and shape.line),
        tuple(shape for shape in shapes if isinstance(shape, Texture)),
        tuple(shape for shape in shapes if isinstance(shape, Box) and not shape.line),
        tuple(shape for shape in shapes if isinstance(shape, Text)),
        tuple(shape for shape in shapes if isinstance(shape, Outline)),
    )


def _heading(animation: Animation, room: int) -> tuple[int, list[Shape]]:
    """The lines above the grids, and where these begin."""
    title = lettering.wrap(list(lettering.words(animation.title)), room, _TITLE)
    subtitle = lettering.wrap(list(lettering.words(animation.subtitle)), room, _LABEL)
    below = MARGIN - 4 + math.ceil(len(title) * _TITLE * _LEADING)
    top = below + math.ceil(len(subtitle) * _LABEL * _LEADING) + 12
    shapes: list[Shape] = [
        *_paragraph(title, MARGIN - 4, _TITLE),
        *_paragraph(subtitle, below, _LABEL, ink="quiet"),
    ]
    return top, shapes


def _paragraph(
    lines: Sequence[tuple[Piece, ...]], top: int, size: int, *, ink: str = "text"
) -> Iterator[Text]:
    for number, pieces in enumerate(lines):
        base = top + round((number + 0.5) * size * _LEADING + size * lettering.CAP_HEIGHT / 2)
        yield Text(MARGIN, base, size, pieces, ink=ink)


def _formula(frame: Frame, room: int) -> list[tuple[Piece, ...]]:
    """The formula on a few lines; what stands between them and the last one is left out."""
    lines = lettering.wrap(frame.formula, room, _BODY) if frame.formula else []
    if len(lines) <= _MOST_LINES:
        return lines
    kept = lines[: _MOST_LINES - 2]
    return [*kept, (Piece(lettering.DOTS),), lines[-1]]


# --- grids --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _CellSize:
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


def _cell_size(animation: Animation) -> _CellSize:
    """Cells as large as there is room for, wider than high where long numbers need that."""
    columns = sum(max(panel.shape[1] for panel in column) for column in animation.frames[0].columns)
    rows = max(sum(panel.shape[0] for panel in column) for column in animation.frames[0].columns)
    texts = {
        cell.text
        for frame in animation.frames
        for panel in frame.panels
        for _, _, cell in panel.placed()
        if cell.text
    }
    for height in _CELL_SIZES:
        size = _CellSize(height, height)
        needed = max((lettering.width(text, size.numbers[1] + 2) for text in texts), default=0) + 8
        size = _CellSize(min(max(height, math.ceil(needed)), 2 * height), height)
        if columns * size.width <= _ROOMY and rows * size.height <= _ROOMY:
            break
    return size


class _Column:
    """Panels below each other, and where they stand in their column."""

    def __init__(self, panels: Sequence[Panel], cell: _CellSize) -> None:
        self.cell = cell
        # Cells share their borders, so a grid is one pixel larger than its cells.
        across = max(panel.shape[1] for panel in panels)
        self.width = max(across * cell.width + 1, *(self._label_width(panel) for panel in panels))
        self.tops: list[int] = []
        self.height = 0
        for panel in panels:
            if self.tops:
                self.height += _GROUP_GAP if panel.apart else _PANEL_GAP
            self.height += _LABEL_ROOM * bool(panel.label)
            self.tops.append(self.height)
            self.height += panel.shape[0] * cell.height + 1

    @staticmethod
    def _label_width(panel: Panel) -> int:
        return math.ceil(lettering.width(panel.label, _LABEL))

    def shapes(self, place: tuple[int, int], panels: Sequence[Panel]) -> Iterator[Shape]:
        """The shapes of the panels of a frame, the column beginning at a place."""
        left, top = place
        for panel, down in zip(panels, self.tops, strict=True):
            yield from self._panel(panel, left, top + down)

    def _panel(self, panel: Panel, left: int, top: int) -> Iterator[Shape]:
        width, height = self.cell.width, self.cell.height
        if panel.label:
            yield Text(left, top - 7, _LABEL, (Piece(panel.label),), ink="quiet")
        window = panel.window
        for row, column, cell in panel.placed():
            x, y = left + column * width, top + row * height
            yield from self._cell(cell, x, y)
            written = cell.role is Role.OUTPUT and cell.light is Light.READ
            tap = window is not None and window.spaced and cell.light is not Light.OFF
            if written or tap or cell.light is Light.CHOSEN:
                yield Outline(x, y, width + 1, height + 1, 3 if written else 2)
        if window is not None:
            yield Outline(
                left + window.column * width - 1,
                top + window.row * height - 1,
                window.columns * width + 3,
                window.rows * height + 3,
                3,
            )

    def _cell(self, cell: Cell, x: int, y: int) -> Iterator[Shape]:
        width, height = self.cell.width, self.cell.height
        fill = f"{cell.role}-{cell.light}" if cell.light else str(cell.role)
        yield Box(x, y, width + 1, height + 1, fill, "line")
        textured = {Role.PADDING: "hatch", Role.INSERTED: "dots"}.get(cell.role)
        if textured:
            yield Texture(x + 1, y + 1, width - 1, height - 1, textured)
        if cell.text:
            largest, smallest = self.cell.numbers
            text, size = lettering.fit(cell.text, width - 6, largest=largest, smallest=smallest)
            base = y + round((height + size * lettering.CAP_HEIGHT) / 2)
            yield from self._number(text, size, x + (width + 1) // 2, base, "middle", fill, textured)
        if cell.weight and height >= _WITH_WEIGHTS:
            largest, smallest = self.cell.weights
            text, size = lettering.fit(cell.weight, width - 6, largest=largest, smallest=smallest)
            yield from self._number(text, size, x + width - 3, y + height - 3, "end", fill, textured)

    @staticmethod
    def _number(
        text: str, size: int, x: int, base: int, anchor: str, fill: str, textured: str | None
    ) -> Iterator[Shape]:
        if textured:
            room = math.ceil(lettering.width(text, size)) + 2
            rise = math.ceil(size * lettering.CAP_HEIGHT) + 1
            left = x - room // 2 if anchor == "middle" else x - room + 1
            yield Box(left, base - rise, room, rise + 2, fill)
        yield Text(x, base, size, (Piece(text),), fill, anchor)
