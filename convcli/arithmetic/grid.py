"""Small arrays of exact numbers: a list, or a table of rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, cast

from convcli.arithmetic.literals import Row
from convcli.arithmetic.normalization import Normalization, divisor


@dataclass(frozen=True, slots=True)
class Grid:
    """Numbers in rows; a list is a single row with one axis.

    Parameters
    ----------
    rows : tuple of tuple of Fraction
        At least one row, all of one length.
    ndim : {1, 2}
    """

    rows: tuple[Row, ...]
    ndim: int

    @classmethod
    def of(cls, numbers: Row | tuple[Row, ...]) -> Grid:
        """Wrap what `literals.parse_array` returns."""
        rows = tuple(row for row in numbers if isinstance(row, tuple))
        return cls(rows, 2) if rows else cls((cast("Row", numbers),), 1)

    @property
    def shape(self) -> tuple[int, ...]:
        """``(N,)`` or ``(H, W)``."""
        return (len(self.rows), len(self.rows[0]))[-self.ndim :]

    @property
    def cells(self) -> Iterator[Fraction]:
        """The numbers, row by row."""
        return itertools.chain.from_iterable(self.rows)

    def reversed(self) -> Grid:
        """Return the numbers in opposite order along every axis."""
        return Grid(tuple(row[::-1] for row in self.rows[::-1]), self.ndim)

    def listed(self) -> Grid:
        """Return a column as a list, and anything else as it is."""
        column = tuple(self.cells) if self.shape[1:] == (1,) else None
        return self if column is None else Grid((column,), 1)

    def nested(self, convert: Callable[[Fraction], Any]) -> list[Any]:
        """Return the numbers, each converted, as a list or as a list of rows."""
        rows = [[convert(value) for value in row] for row in self.rows]
        return rows if self.ndim == 2 else rows[0]


def normalize(kernel: Grid, how: Normalization) -> Grid:
    """Divide a kernel by a sum of its weights.

    Parameters
    ----------
    kernel : Grid
    how : {'none', 'sum', 'abs', 'positive'}
        As in `normalization.divisor`.

    Returns
    -------
    Grid

    Raises
    ------
    ConvError
        If that sum is zero, or next to the absolute sum almost zero.
    """
    zero = Fraction(0)
    by = divisor(
        how,
        total=sum(kernel.cells, zero),
        absolute=sum(map(abs, kernel.cells), zero),
        positive=sum((weight for weight in kernel.cells if weight > 0), zero),
    )
    return Grid(tuple(tuple(weight / by for weight in row) for row in kernel.rows), kernel.ndim)
