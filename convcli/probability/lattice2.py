"""A discrete distribution of two numbers with finite support, held in exact integers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from .lattice import Pmf, check_lattice, common_step

Point = tuple[Fraction, Fraction]
"""x and y."""


@dataclass(frozen=True, slots=True)
class Pmf2:
    """Probability mass function on a lattice of the plane.

    P(X = x0 + i dx, Y = y0 + j dy) = counts[i * shape[1] + j] / total.

    Parameters
    ----------
    origin : (Fraction, Fraction)
        The smallest x and the smallest y with a probability above zero.
    step : (Fraction, Fraction)
        Distances between lattice points along x and along y, > 0.
    shape : (int, int)
        Lattice points along x and along y.
    counts : tuple of int, length shape[0] * shape[1]
        Weight of each lattice point, >= 0: all y of the first x, then of the next.
    total : int
        Sum of the counts.

    Raises
    ------
    ValueError
        If the fields contradict each other.
    """

    origin: Point
    step: Point
    shape: tuple[int, int]
    counts: tuple[int, ...]
    total: int

    def __post_init__(self) -> None:
        if len(self.counts) != self.shape[0] * self.shape[1] or min(self.counts) < 0:
            raise ValueError("the counts must be as many as the shape says, and non-negative")
        if min(self.step) <= 0 or sum(self.counts) != self.total or self.total == 0:
            raise ValueError("the steps must be positive and the counts must add up to the total")

    @property
    def low(self) -> Point:
        """The smallest x and the smallest y."""
        return self.origin

    @property
    def high(self) -> Point:
        """The largest x and the largest y."""
        return self.value(self.shape[0] - 1, self.shape[1] - 1)

    @property
    def mean(self) -> Point:
        """Expectations of x and of y, exact."""
        return self.marginal(0).mean, self.marginal(1).mean

    @property
    def variance(self) -> Point:
        """Variances of x and of y, exact."""
        return self.marginal(0).variance, self.marginal(1).variance

    @property
    def covariance(self) -> Fraction:
        """E[(X - E X) (Y - E Y)], exact."""
        cells = list(self._cells())
        both = sum(i * j * count for i, j, count in cells)
        along_x = sum(i * count for i, _, count in cells)
        along_y = sum(j * count for _, j, count in cells)
        index = Fraction(both * self.total - along_x * along_y, self.total**2)
        return self.step[0] * self.step[1] * index

    @property
    def modes(self) -> tuple[Point, ...]:
        """The most probable points, ascending by x, then by y."""
        peak = max(self.counts)
        return tuple(point for point, count in self.items() if count == peak)

    def value(self, i: int, j: int) -> Point:
        """The lattice point number `i` along x and `j` along y."""
        return self.origin[0] + i * self.step[0], self.origin[1] + j * self.step[1]

    def marginal(self, axis: int) -> Pmf:
        """The distribution of x alone (axis 0) or of y alone (axis 1)."""
        columns = self.shape[1]
        if axis == 0:
            counts = [
                sum(self.counts[start : start + columns]) for start in range(0, len(self.counts), columns)
            ]
        else:
            counts = [sum(self.counts[j::columns]) for j in range(columns)]
        return Pmf(self.origin[axis], self.step[axis], tuple(counts), self.total)

    def items(self) -> Iterator[tuple[Point, int]]:
        """Yield (point, count) of the points with a probability above zero, ascending by x, then by y."""
        xs, ys = ([self.value(k, k)[axis] for k in range(n)] for axis, n in enumerate(self.shape))
        return (((xs[i], ys[j]), count) for i, j, count in self._cells())

    def count_at(self, point: Point) -> int:
        """Count of one point, 0 for a point that cannot occur."""
        i, j = ((at - low) / step for at, low, step in zip(point, self.origin, self.step, strict=True))
        if (
            i.denominator != 1
            or j.denominator != 1
            or not (0 <= i < self.shape[0] and 0 <= j < self.shape[1])
        ):
            return 0
        return self.counts[int(i) * self.shape[1] + int(j)]

    def _cells(self) -> Iterator[tuple[int, int, int]]:
        columns = self.shape[1]
        return ((*divmod(index, columns), count) for index, count in enumerate(self.counts) if count)


def from_weights2(weights: Mapping[Point, Fraction | int]) -> Pmf2:
    """Build a distribution from the relative weight of each point.

    Parameters
    ----------
    weights : mapping of (Fraction, Fraction) to Fraction or int
        Weight of each point, >= 0, at least one of them > 0. They need not add up to 1.

    Returns
    -------
    Pmf2
        On the coarsest lattice that holds the points, with the smallest integer counts.

    Raises
    ------
    ConvError
        If the lattice that holds the points is too fine for their span.
    """
    possible = {point: weight for point, weight in weights.items() if weight}
    (x, dx, columns), (y, dy, rows) = (_axis(point[axis] for point in possible) for axis in (0, 1))
    check_lattice(columns * rows, min(dx, dy))
    scale = math.lcm(*(weight.denominator for weight in possible.values()))
    right = {a: int((a - x) / dx) * rows for a in {a for a, _ in possible}}
    up = {b: int((b - y) / dy) for b in {b for _, b in possible}}
    counts = {right[a] + up[b]: int(weight * scale) for (a, b), weight in possible.items()}
    shared = math.gcd(*counts.values())
    reduced = {index: count // shared for index, count in counts.items()}
    return from_counts(reduced, (x, y), (dx, dy), (columns, rows))


def from_counts(counts: Mapping[int, int], origin: Point, step: Point, shape: tuple[int, int]) -> Pmf2:
    """Build a distribution from the counts of numbered lattice points; those not named have none."""
    table = [0] * (shape[0] * shape[1])
    for index, count in counts.items():
        table[index] = count
    return Pmf2(origin, step, shape, tuple(table), sum(table))


def _axis(values: Iterable[Fraction]) -> tuple[Fraction, Fraction, int]:
    """Smallest value, step and number of points of the coarsest lattice that holds some values."""
    ordered = sorted(set(values))
    step = common_step([b - a for a, b in pairwise(ordered)])
    return ordered[0], step, int((ordered[-1] - ordered[0]) / step) + 1


def correlation(law: Pmf2) -> float | None:
    """Pearson's correlation of x and y; None where one of them does not vary."""
    spread = law.variance[0] * law.variance[1]
    return float(law.covariance) / math.sqrt(spread) if spread else None
