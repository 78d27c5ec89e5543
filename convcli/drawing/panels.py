"""The panels of a scene: the input with the window on it, the kernel, and the output as it fills up.

Each kind of panel prepares once what never changes, and makes of it what a step shows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from convcli.arithmetic.worked import Step, Term, Worked
from convcli.drawing.frames import Cell, Light, Panel, Role, Window
from convcli.drawing.wording import Writer, greatest

Plane = tuple[int, ...]  # a channel, and the slice along the axes before the last two
Places = Mapping[tuple[int, int], Term | None]  # by row and column; None where a pooling skips the padding

_NOTHING: Places = {}


class InputPanels:
    """The padded input, one panel for each channel and slice.

    Parameters
    ----------
    drawn : Worked
        What the window moves over; of a transposed convolution the stretched one.
    writer : Writer
    blank : bool
        Leave the numbers out.
    weighted : bool
        Write the weights into the corners of the cells that they lie on.
    """

    def __init__(self, drawn: Worked, writer: Writer, *, blank: bool, weighted: bool) -> None:
        self.drawn, self.writer, self.blank, self.weighted = drawn, writer, blank, weighted
        self.flat = drawn.ndim == 1
        self.starts = [-max(axis.before, 0) for axis in drawn.axes]
        ends = [axis.size + max(axis.after, 0) + axis.overhang for axis in drawn.axes]
        self.spans = [range(start, end) for start, end in zip(self.starts, ends, strict=True)]
        planes = itertools.product(range(drawn.channels), *self.spans[:-2])
        self.resting = {plane: self._resting(plane) for plane in planes}

    def _resting(self, plane: Plane) -> Panel:
        """A plane as it is when no window lies on it."""
        *_, across = self.spans
        rows: Sequence[Plane] = [()] if self.flat else [(row,) for row in self.spans[-2]]
        cells = tuple(tuple(self._sample((*plane, *row, column)) for column in across) for row in rows)
        members = self.drawn.channels // self.drawn.groups
        begins = list(plane[1:]) == self.starts[: len(plane) - 1] and plane[0] % members == 0
        label = self.writer.label(self.writer.input, plane, self.drawn.channels)
        return Panel(label, cells, apart=begins and self.drawn.groups > 1)

    def _sample(self, place: tuple[int, ...]) -> Cell:
        if not all(0 <= at < axis.size for at, axis in zip(place[1:], self.drawn.axes, strict=True)):
            counted = not self.blank and self._is_counted(place[1:])
            return Cell(Role.PADDING, self.writer.short(self.drawn.padded(place)) if counted else "")
        role = Role.INSERTED if self.drawn.inserted(place[1:]) else Role.INPUT
        return Cell(role, "" if self.blank else self.writer.short(self.drawn.input[place]))

    def _is_counted(self, position: tuple[int, ...]) -> bool:
        """Whether a number stands in the padding: poolings may leave it out, and do beyond its end."""
        if self.drawn.pool is None:
            return True
        ends = [axis.size + max(axis.after, 0) for axis in self.drawn.axes]
        within = all(at < end for at, end in zip(position, ends, strict=True))
        return self.drawn.pool == "avg" and self.drawn.count_padding and within

    def at(self, step: Step) -> Iterator[tuple[Panel, Places]]:
        """Give each panel with the window of a step, and what the window covers of it."""
        best = greatest(step) if self.drawn.pool == "max" and not self.blank else None
        reads = self._reads(step)
        for plane, panel in self.resting.items():
            places = reads.get(plane, _NOTHING)
            yield (self._lit(panel, places, best) if places else panel), places

    def _lit(self, panel: Panel, places: Places, best: Term | None) -> Panel:
        cells = list(panel.cells)
        for row in {row for row, _ in places}:
            cells[row] = tuple(
                self._read(cell, places[row, column], best) if cell and (row, column) in places else cell
                for column, cell in enumerate(cells[row])
            )
        return replace(panel, cells=tuple(cells), window=_window(places))

    def _read(self, cell: Cell, term: Term | None, best: Term | None) -> Cell:
        light = Light.CHOSEN if term is not None and term is best else Light.READ
        return replace(cell, light=light, weight=self.writer.weight(term) if self.weighted else "")

    def _reads(self, step: Step) -> Mapping[Plane, Places]:
        """What the window of a step covers, by plane, row and column."""
        terms = {term.place: term for term in step.terms}
        along = [
            range(first, first + axis.effective_kernel, axis.dilation)
            for axis, first in zip(self.drawn.axes, self._firsts(step), strict=True)
        ]
        reads: dict[Plane, dict[tuple[int, int], Term | None]] = {}
        for place in itertools.product(self.drawn.read_by(step.index[0]), *along):
            column = place[-1] - self.starts[-1]
            row = 0 if self.flat else place[-2] - self.starts[-2]
            plane = place[:1] if self.flat else place[:-2]
            reads.setdefault(plane, {})[row, column] = terms.get(place)
        return reads

    def _firsts(self, step: Step) -> Iterator[int]:
        """Where the window of a step begins along each axis."""
        for axis, at in zip(self.drawn.axes, step.index[1:], strict=True):
            yield at * axis.stride - axis.before


def _window(places: Places) -> Window:
    """The outline of the cells that are read; gaps between them are part of it."""
    rows, columns = ({place[axis] for place in places} for axis in (0, 1))
    down, across = max(rows) - min(rows) + 1, max(columns) - min(columns) + 1
    return Window(min(rows), min(columns), down, across, spaced=len(places) < down * across)


def strip(places: Places, length: int, writer: Writer, *, blank: bool) -> Panel:
    """Return the kernel as it lies under the places that it reads of one axis."""
    row: list[Cell | None] = [None] * length
    for (_, column), term in places.items():
        row[column] = Cell(Role.KERNEL, "" if blank else writer.weight(term))
    return Panel("", (tuple(row),))


class KernelPanels:
    """The kernel as it lies on the window, one panel for each channel and slice of it."""

    def __init__(self, drawn: Worked, writer: Writer) -> None:
        kernel = drawn.sliding
        assert kernel is not None  # poolings have no such panels
        outputs, channels, *slices, height, _ = kernel.shape
        planes = list(itertools.product(range(channels), *map(range, slices)))
        rows = [tuple(Cell(Role.KERNEL, writer.short(value)) for value in row) for row in kernel.rows]
        grids = [tuple(rows[at : at + height]) for at in range(0, len(rows), height)]
        panels = [
            Panel(writer.kernel(plane, channels, output if outputs > 1 else None), grid)
            for (output, plane), grid in zip(itertools.product(range(outputs), planes), grids, strict=True)
        ]
        each = len(planes)
        self.panels = [tuple(panels[at : at + each]) for at in range(0, len(panels), each)]

    def at(self, step: Step) -> tuple[Panel, ...]:
        """Return those of the output channel of a step."""
        return self.panels[step.index[0]]


class OutputPanels:
    """The output, one panel for each channel and slice."""

    def __init__(self, worked: Worked, writer: Writer, *, blank: bool) -> None:
        flat = worked.ndim == 1
        shape = worked.output.shape
        self.rows, self.columns = (1, shape[-1]) if flat else shape[-2:]
        planes = list(itertools.product(*map(range, shape[: 1 if flat else -2])))
        filters = shape[0] // worked.groups
        begins = [worked.groups > 1 and not any(plane[1:]) and plane[0] % filters == 0 for plane in planes]
        labels = [writer.label("output", plane, shape[0]) for plane in planes]
        # Along one axis the output stands below the input, and keeps its distance from it.
        self.frames = list(zip(labels, [flat or begins[0], *begins[1:]], strict=True))
        texts = ["" if blank else writer.short(value) for value in worked.output.values]
        cells = [Cell(Role.OUTPUT, text) for text in texts]
        self.done = [tuple(cells[at : at + self.columns]) for at in range(0, len(cells), self.columns)]
        self.pending = (Cell(Role.PENDING),) * self.columns

    def at(self, number: int) -> Iterator[Panel]:
        """Give the output as far as it is known after a step."""
        full, column = divmod(number, self.columns)
        row = self.done[full]
        now = (*row[:column], replace(row[column], light=Light.READ), *self.pending[column + 1 :])
        left = len(self.done) - full - 1
        rows = (*self.done[:full], now, *(self.pending,) * left)
        for first, (label, apart) in zip(itertools.count(0, self.rows), self.frames, strict=False):
            yield Panel(label, rows[first : first + self.rows], apart=apart)
