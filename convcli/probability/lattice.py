"""A discrete distribution with finite support, held in exact integers."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise

from convcli.errors import ConvError

from .law import OnLattice, Ratio, Row

LATTICE_LIMIT = 2_000_000
"""Most lattice points a distribution may span: one integer each, so some hundred megabytes."""

VALUE_LIMIT = Fraction(10**150)
"""Largest magnitude of a value: its square, in the variance, still fits a float."""


@dataclass(frozen=True, slots=True)
class Pmf(OnLattice):
    """Probability mass function on a lattice: P(X = origin + i * step) = counts[i] / total.

    One denominator serves the whole table, so sums, tails and products are integer arithmetic
    and stay exact however small a probability is.

    Parameters
    ----------
    origin : Fraction
        The smallest value with a probability above zero.
    step : Fraction
        Distance between lattice points, > 0.
    counts : tuple of int, length n
        Weight of each lattice point, >= 0; the first and the last are > 0.
    total : int
        Sum of the counts.
    cut : (float, float)
        Probabilities that were cut off infinite tails, below and above; the counts are what is left.

    Raises
    ------
    ValueError
        If the fields contradict each other.
    ConvError
        If a value lies beyond +-1e150.
    """

    origin: Fraction
    step: Fraction
    counts: tuple[int, ...]
    total: int
    cut: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if not self.counts or self.counts[0] <= 0 or self.counts[-1] <= 0 or min(self.counts) < 0:
            raise ValueError("counts must be non-negative, and positive at both ends")
        if self.step <= 0 or sum(self.counts) != self.total:
            raise ValueError("the step must be positive and the counts must add up to the total")
        if max(abs(self.low), abs(self.high)) > VALUE_LIMIT:
            raise ConvError("a value is beyond 1e150 in magnitude, too large to tabulate")

    @property
    def points(self) -> int:
        """Lattice points from the smallest value to the largest."""
        return len(self.counts)

    @property
    def exact(self) -> bool:
        """Integers always are."""
        return True

    @property
    def method(self) -> str:
        """How it was computed."""
        return "exact"

    @property
    def mass(self) -> Fraction:
        """Sum of all probabilities."""
        return Fraction(1)

    @property
    def grid_error(self) -> float:
        """No continuous law has integer counts."""
        return 0.0

    @property
    def mean(self) -> Fraction:
        """Expectation, exact."""
        first = sum(i * count for i, count in enumerate(self.counts))
        return self.origin + self.step * Fraction(first, self.total)

    @property
    def variance(self) -> Fraction:
        """Second central moment, exact."""
        first = sum(i * count for i, count in enumerate(self.counts))
        second = sum(i * i * count for i, count in enumerate(self.counts))
        return self.step**2 * Fraction(second * self.total - first * first, self.total**2)

    @property
    def modes(self) -> tuple[Fraction, ...]:
        """The most probable values, ascending."""
        peak = max(self.counts)
        return tuple(self.value(i) for i, count in enumerate(self.counts) if count == peak)

    @property
    def fair(self) -> bool:
        """Whether every lattice point has the count 1, as the faces of a fair die have."""
        return self.total == len(self.counts) and 0 not in self.counts

    @property
    def symmetric(self) -> bool:
        """Whether the distribution is its own mirror image."""
        return self.counts == self.counts[::-1]

    def support(self) -> list[int]:
        """Numbers of the lattice points with a probability above zero, ascending."""
        return [i for i, count in enumerate(self.counts) if count]

    def items(self) -> Iterator[tuple[Fraction, int]]:
        """Yield (value, count) of the values with a probability above zero, ascending."""
        return ((self.value(i), count) for i, count in enumerate(self.counts) if count)

    def count_at(self, value: Fraction) -> int:
        """Count of one value, 0 for a value that cannot occur."""
        index = (value - self.origin) / self.step
        inside = index.denominator == 1 and 0 <= index < len(self.counts)
        return self.counts[int(index)] if inside else 0

    def between(self, low: Fraction | None, high: Fraction | None) -> Fraction:
        """P(low <= X <= high), both ends included; None leaves that side open.

        The counts inside are added up, never 1 minus the rest: exact in either tail.
        """
        first = 0 if low is None else max(0, math.ceil((low - self.origin) / self.step))
        last = len(self.counts)
        if high is not None:
            last = max(0, min(last, math.floor((high - self.origin) / self.step) + 1))
        return Fraction(sum(self.counts[first:last]), self.total)

    def quantile(self, p: Fraction) -> Fraction:
        """The smallest possible value v with P(X <= v) >= p, for 0 <= p <= 1."""
        below = list(accumulate(self.counts))
        # A count of at least 1, so that the quantile of 0 is the smallest possible value.
        return self.value(bisect_left(below, max(1, math.ceil(p * self.total))))

    def rows(self) -> Iterator[Row]:
        """Yield every possible value, ascending, with its three probabilities."""
        below, total = 0, self.total
        for value, count in self.items():
            yield Row(value, (count, total), (below + count, total), (total - below, total))
            below += count

    def sums(self, ranges: Sequence[tuple[int, int]]) -> list[Ratio]:
        """P(value(first) <= X <= value(last)) of several index ranges (first, last)."""
        below = [0, *accumulate(self.counts)]
        return [(below[last + 1] - below[first], self.total) for first, last in ranges]

    def scaled(self, factor: Fraction) -> Pmf:
        """The distribution of factor * X."""
        if factor == 0:
            return certain(Fraction(0))
        if factor > 0:
            return replace(self, origin=self.origin * factor, step=self.step * factor)
        return replace(
            self,
            origin=self.high * factor,
            step=self.step * -factor,
            counts=self.counts[::-1],
            cut=self.cut[::-1],
        )

    def shifted(self, offset: Fraction) -> Pmf:
        """The distribution of X + offset."""
        return replace(self, origin=self.origin + offset)


def certain(value: Fraction) -> Pmf:
    """The distribution of a constant."""
    return Pmf(value, Fraction(1), (1,), 1)


def uniform(low: int, high: int) -> Pmf:
    """Equal probabilities for the integers low..high, both included."""
    check_lattice(high - low + 1, Fraction(1))
    return Pmf(Fraction(low), Fraction(1), (1,) * (high - low + 1), high - low + 1)


def from_weights(weights: Mapping[Fraction, Fraction | int]) -> Pmf:
    """Build a distribution from the relative weight of each value.

    Parameters
    ----------
    weights : mapping of Fraction to Fraction or int
        Weight of each value, >= 0, at least one of them > 0. They need not add up to 1.

    Returns
    -------
    Pmf
        On the coarsest lattice that holds the values, with the smallest integer counts.

    Raises
    ------
    ConvError
        If the lattice that holds the values is too fine for their span.
    """
    values = sorted(value for value, weight in weights.items() if weight)
    step = common_step([b - a for a, b in pairwise(values)])
    origin = values[0]
    points = int((values[-1] - origin) / step) + 1
    check_lattice(points, step)
    scale = math.lcm(*(Fraction(weights[value]).denominator for value in values))
    counts = [0] * points
    for value in values:
        counts[int((value - origin) / step)] = int(weights[value] * scale)
    return from_counts(origin, step, counts)


def from_counts(
    origin: Fraction, step: Fraction, counts: Sequence[int], *, cut: tuple[float, float] = (0.0, 0.0)
) -> Pmf:
    """Build a distribution from counts on a lattice, with the smallest integers of the same proportions."""
    shared = math.gcd(*counts)
    reduced = tuple(count // shared for count in counts)
    return Pmf(origin, step, reduced, sum(reduced), cut)


def common_step(steps: list[Fraction]) -> Fraction:
    """Greatest common divisor of positive rationals, 1 for none: every step is a multiple of it."""
    denominator = math.lcm(*(step.denominator for step in steps))
    divisor = math.gcd(*(step.numerator * (denominator // step.denominator) for step in steps))
    return Fraction(divisor, denominator) if divisor else Fraction(1)


def check_lattice(points: int, step: Fraction) -> None:
    """Refuse a table of more lattice points than fit comfortably.

    Parameters
    ----------
    points : int
        From the smallest value to the largest.
    step : Fraction
        Distance between them, for the message.

    Raises
    ------
    ConvError
        If there are more than LATTICE_LIMIT points.
    """
    if points > LATTICE_LIMIT:
        raise ConvError(
            f"the values span {float(points):.6g} steps of {float(step):.6g}, "
            f"more than the {LATTICE_LIMIT} that fit",
            hint="round the values to a coarser step, or use fewer of them",
        )
