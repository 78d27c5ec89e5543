"""A small convolution worked in full: every window, every product, every sum, in exact fractions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcli.arithmetic import shapes
from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary
from convcli.arithmetic.grid import Grid
from convcli.arithmetic.literals import Row
from convcli.arithmetic.notation import plain_number
from convcli.errors import ConvError

MOST_PRODUCTS = 250_000

# For each tap along one axis: the input sample it reads (None: the constant), and whether that is inside.
_Taps = tuple[tuple[int | None, bool], ...]

_NAMED_PADDING: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "full": shapes.full_padding,
    "same": shapes.same_padding,
    "valid": lambda _kernel, _dilation: (0, 0),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One output: the window it reads, product by product.

    Parameters
    ----------
    index : tuple of int
        Place in the output, one entry an axis.
    window : tuple of tuple of Fraction
        Input under the taps of the kernel, padding included.
    inside : tuple of tuple of bool
        Which of them are samples of the input rather than padding.
    products : tuple of tuple of Fraction
        The window times the weights, in the order in which the kernel is slid.
    value : Fraction
        Their sum.
    """

    index: tuple[int, ...]
    window: tuple[Row, ...]
    inside: tuple[tuple[bool, ...], ...]
    products: tuple[Row, ...]
    value: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A convolution or correlation of small arrays, ready to be read step by step.

    Parameters
    ----------
    input, kernel : Grid
        Of one number of axes.
    axes : tuple of Axis
        Geometry along the rows' and the columns' axis; the first is trivial for lists.
    boundary : Boundary
    correlate : bool
        Whether the kernel is slid as it is; else it is reversed first.
    """

    input: Grid
    kernel: Grid
    axes: tuple[Axis, Axis]
    boundary: Boundary
    correlate: bool

    @property
    def operation(self) -> str:
        """``"convolution"`` or ``"correlation"``."""
        return "correlation" if self.correlate else "convolution"

    @property
    def sliding(self) -> Grid:
        """The kernel as it lies on the input."""
        return self.kernel if self.correlate else self.kernel.reversed()

    @property
    def ndim(self) -> int:
        """Number of axes, 1 or 2."""
        return self.input.ndim

    @property
    def spatial(self) -> tuple[Axis, ...]:
        """The axes that count: one for lists, two for tables."""
        return self.axes[-self.ndim :]

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the result."""
        return tuple(axis.output for axis in self.spatial)

    def steps(self, numbers: Iterable[int] | None = None) -> Iterator[Step]:
        """Give each output in turn, row by row, or those of the given numbers in that order."""
        rows, columns = (self._sources(axis) for axis in self.axes)
        sliding = self.sliding
        for number in range(len(rows) * len(columns)) if numbers is None else numbers:
            row, column = divmod(number, len(columns))
            yield self._step((row, column)[-self.ndim :], rows[row], columns[column], sliding)

    def output(self) -> Grid:
        """Return the result."""
        return self._arranged([step.value for step in self.steps()])

    def _arranged(self, values: Sequence[Fraction]) -> Grid:
        width = self.axes[1].output
        rows = tuple(tuple(values[at : at + width]) for at in range(0, len(values), width))
        return Grid(rows, self.ndim)

    def padded(self, position: tuple[int, int]) -> Fraction:
        """Return the number at a position of the input, or of the padding around it."""
        row, column = (
            self.boundary.source(at, axis.size) for at, axis in zip(position, self.axes, strict=True)
        )
        return self._cell(row, column)

    def _sources(self, axis: Axis) -> list[_Taps]:
        """For each output along an axis, where its taps read, and whether that is inside the input."""
        windows = []
        for output in range(axis.output):
            first = output * axis.stride - axis.before
            taps = range(first, first + axis.effective_kernel, axis.dilation)
            windows.append(tuple((self.boundary.source(at, axis.size), 0 <= at < axis.size) for at in taps))
        return windows

    def _cell(self, row: int | None, column: int | None) -> Fraction:
        return self.boundary.value if row is None or column is None else self.input.rows[row][column]

    def _step(
        self,
        index: tuple[int, ...],
        rows: _Taps,
        columns: _Taps,
        sliding: Grid,
    ) -> Step:
        window = tuple(tuple(self._cell(row, column) for column, _ in columns) for row, _ in rows)
        products = tuple(
            tuple(x * w for x, w in zip(samples, weights, strict=True))
            for samples, weights in zip(window, sliding.rows, strict=True)
        )
        return Step(
            index=index,
            window=window,
            inside=tuple(tuple(within and here for _, here in columns) for _, within in rows),
            products=products,
            value=sum(itertools.chain.from_iterable(products), Fraction(0)),
        )

    def record(self) -> dict[str, Any]:
        """Return everything as plain values for JSON; a step has the terms of all its taps."""
        steps = list(self.steps())
        output = self._arranged([step.value for step in steps])
        weights = [plain_number(weight) for weight in self.sliding.cells]
        return {
            "operation": self.operation,
            "input_shape": list(self.input.shape),
            "kernel_shape": list(self.kernel.shape),
            "output_shape": list(output.shape),
            "output": output.nested(plain_number),
            "exact": output.nested(str),
            "steps": [_step_record(step, weights) for step in steps],
            "matrix": None,
            "grad": None,
        }


def _step_record(step: Step, weights: Sequence[int | float]) -> dict[str, Any]:
    samples = map(plain_number, itertools.chain.from_iterable(step.window))
    return {
        "index": list(step.index),
        "terms": [[x, weight] for x, weight in zip(samples, weights, strict=True)],
        "value": plain_number(step.value),
    }


def work(
    x: Grid,
    kernel: Grid,
    *,
    padding: str | tuple[tuple[int, int], ...] = "full",
    boundary: Boundary = Boundary("zeros"),
    stride: tuple[int, ...] | None = None,
    dilation: tuple[int, ...] | None = None,
    correlate: bool = False,
) -> Worked:
    """Lay out a convolution of small arrays.

    Parameters
    ----------
    x, kernel : Grid
        A list next to a table counts as a table of one row.
    padding : {"full", "same", "valid"} or tuple of (int, int)
        Samples before and after, for each axis.
    boundary : Boundary
        What stands in the padding.
    stride, dilation : tuple of int, optional
        One number for each axis; default 1.
    correlate : bool
        Slide the kernel as it is instead of reversing it first.

    Returns
    -------
    Worked
        ``out[n] = sum_j kernel[j] x[n + c - j]`` with ``c = (K - 1) // 2`` for ``"same"``.

    Raises
    ------
    ShapeError
        If the kernel does not fit the padded input.
    UsageError
        If a stride, a dilation or a padding is out of range.
    ConvError
        If the result takes more than `MOST_PRODUCTS` products.
    """
    ndim = max(x.ndim, kernel.ndim)
    x, kernel = Grid(x.rows, ndim), Grid(kernel.rows, ndim)
    ones = (1,) * ndim
    spacing = dilation or ones
    sizes = zip(
        x.shape, kernel.shape, stride or ones, spacing, _amounts(padding, kernel.shape, spacing), strict=True
    )
    axes = tuple(
        Axis(size=size, kernel=taps, stride=step, dilation=gap, before=before, after=after)
        for size, taps, step, gap, (before, after) in sizes
    )
    _check_amount(axes)
    rows, columns = axes if ndim == 2 else (Axis(size=1, kernel=1), axes[0])
    return Worked(input=x, kernel=kernel, axes=(rows, columns), boundary=boundary, correlate=correlate)


def _amounts(
    padding: str | tuple[tuple[int, int], ...], kernel: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[tuple[int, int], ...]:
    if not isinstance(padding, str):
        return padding
    named = _NAMED_PADDING[padding]
    return tuple(named(taps, spacing) for taps, spacing in zip(kernel, dilation, strict=True))


def _check_amount(axes: tuple[Axis, ...]) -> None:
    products = math.prod(axis.output * axis.kernel for axis in axes)
    if products > MOST_PRODUCTS:
        raise ConvError(
            f"{products:,} products are too many to work step by step: the most is {MOST_PRODUCTS:,}",
            hint="in Python, convcli.convolve computes arrays of any size",
        )
