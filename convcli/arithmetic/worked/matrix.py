"""A small convolution as a matrix that its input, written as one column, is multiplied by."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcli.arithmetic.notation import each, plain_number
from convcli.arithmetic.tensors import Index, Tensor
from convcli.arithmetic.worked.model import Worked
from convcli.errors import ConvError, UsageError

MOST_ENTRIES = 250_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """``y = M x + c`` for the samples x of an input and the outputs y, both channel by channel.

    Parameters
    ----------
    values : Tensor
        M, shape (outputs, samples).
    reached : frozenset of (int, int)
        Row and column of the entries at which a tap lies; the others are 0.
    offset : tuple of Fraction
        c, one for each output: the bias, and what a constant outside of the input adds.
    rows, columns : tuple of int
        Shapes (channels, *sizes) that the rows and the columns run through, the last axis fastest.
    """

    values: Tensor
    reached: frozenset[Index]
    offset: tuple[Fraction, ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    def painted(self, x: Tensor) -> Iterator[dict[int, Fraction]]:
        """Give for each sample of an input what it adds to the outputs that it reaches."""
        reached: list[list[int]] = [[] for _ in x.values]
        for row, column in sorted(self.reached):
            reached[column].append(row)
        for column, (value, rows) in enumerate(zip(x.values, reached, strict=True)):
            yield {row: self.values[row, column] * value for row in rows}

    def moves(self, axis: int, *, down: int, right: int, wrap: bool = False) -> bool:
        """Whether the entry so many outputs further and so many samples further along an axis is the same.

        Parameters
        ----------
        axis : int
            Which of the sizes, from 0; channels are not counted.
        down, right : int
            Outputs and samples to go on.
        wrap : bool
            Whether the first sample follows on the last.
        """
        samples = self.columns[axis + 1]
        runs, steps = (math.prod(shape[axis + 2 :]) for shape in (self.rows, self.columns))
        below = [
            row
            for row in range(self.values.shape[0])
            if row // runs % self.rows[axis + 1] + down < self.rows[axis + 1]
        ]
        pairs = []
        for column in range(self.values.shape[1]):
            place = column // steps % samples
            if wrap or place + right < samples:
                pairs.append((column, column + ((place + right) % samples - place) * steps))
        return all(
            self.values[row, column] == self.values[row + down * runs, beside]
            for row in below
            for column, beside in pairs
        )

    def record(self) -> dict[str, Any]:
        """Return matrix and offset as plain numbers for JSON."""
        return {
            "matrix": self.values.nested(plain_number),
            "offset": [plain_number(value) for value in self.offset],
        }


def matrix(worked: Worked) -> Matrix:
    """Write a convolution as a matrix.

    Rules for the boundary other than constants add the weight of a tap in the padding to the sample that is
    seen there.

    Parameters
    ----------
    worked : Worked

    Returns
    -------
    Matrix

    Raises
    ------
    UsageError
        If it is a maximum, which is no sum.
    ConvError
        If there are more than `MOST_ENTRIES` entries.
    """
    if not worked.linear:
        raise UsageError(
            "max pooling has no matrix: the largest of a window is not a sum of its numbers",
            hint="use --view slide, or average pooling",
        )
    height, width = worked.step_count, len(worked.input.values)
    if height * width > MOST_ENTRIES:
        raise ConvError(
            f"a matrix of {height:,} x {width:,} is too large to write: the most is {MOST_ENTRIES:,} entries",
            hint="take a smaller input",
        )
    entries: dict[Index, Fraction] = {}
    offset = []
    for row, step in enumerate(worked.steps()):
        beyond = step.bias
        for term in step.terms:
            assert term.weight is not None
            if term.source is None:
                beyond += term.product
            else:
                at = (row, worked.input.offset(term.source))
                entries[at] = entries.get(at, Fraction(0)) + term.weight
        offset.append(beyond)
    zero = Fraction(0)
    places = itertools.product(range(height), range(width))
    return Matrix(
        values=Tensor((height, width), tuple(entries.get(place, zero) for place in places)),
        reached=frozenset(entries),
        offset=tuple(offset),
        rows=worked.output.shape,
        columns=worked.input.shape,
    )


def structure(worked: Worked, found: Matrix) -> str | None:
    """Name the structure that the blocks of a matrix have, one block for each pair of channels.

    Returns
    -------
    str or None
        ``"a Toeplitz matrix"`` or ``"a doubly blocked circulant matrix"``, for instance; with a stride there
        are rows or columns dropped. None where there is none, as with a boundary that reflects.
    """
    axes = worked.axes
    circular = worked.boundary.name == "circular" and all(
        # Rows of a circulant matrix go once round at most.
        (axis.output - 1) * axis.stride < axis.size and (axis.stride > 1 or axis.output == axis.size)
        for axis in axes
    )
    steps = [(axis.stride, 1) if axis.transposed else (1, axis.stride) for axis in axes]

    def moves(*, wrap: bool) -> bool:
        return all(
            found.moves(number, down=down, right=right, wrap=wrap)
            for number, (down, right) in enumerate(steps)
        )

    if circular and moves(wrap=True):
        name = "circulant"
    elif moves(wrap=False):
        name = "Toeplitz"
    else:
        return None
    levels = max(sum(axis.size > 1 or axis.output > 1 for axis in axes), 1)
    name = ("", "doubly blocked ", "triply blocked ")[levels - 1] + name
    strides = each(axis.stride for axis in axes)
    if strides == "1":
        return f"a {name} matrix"
    dropped = "columns" if worked.transposed else "rows"
    return f"a {name} matrix with {dropped} dropped by stride {strides}"


def transposes(worked: Worked) -> bool:
    """Whether the matrix is the transpose of that of a convolution with the same kernel and geometry.

    It is that of each transposed convolution, unless there are outputs that the convolution does not read.
    """
    return worked.transposed and all(
        min(axis.before, axis.after) >= 0 and axis.output_padding < axis.stride for axis in worked.axes
    )
