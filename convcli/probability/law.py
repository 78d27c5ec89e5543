"""What every one-dimensional distribution offers, whatever it is held in.

`Pmf` holds exact integers, `FloatPmf` floats that cannot underflow. Both stand on a lattice: the values
origin + i * step for i = 0 ... points - 1, with exact origin and step. Tables, questions and posteriors are
written against this protocol alone.

Probabilities leave it in two forms. A *weight* is what `items` yields: P(X = v) = weight / total. A *ratio*
is (numerator, denominator), not reduced, ready for `digits.ratio_text`, which prints numbers below the range
of floats too; a float is the ratio of an integer and a power of two.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple, Protocol

Ratio = tuple[int, int]
"""Numerator >= 0 and denominator > 0 of a probability, not reduced."""

Weight = int | Fraction
"""A probability times the total of its distribution."""


class Row(NamedTuple):
    """One possible value: P(X = value), P(X <= value), P(X >= value)."""

    value: Fraction
    probability: Ratio
    at_most: Ratio
    at_least: Ratio


class Law(Protocol):
    """A distribution on a lattice; immutable."""

    @property
    def origin(self) -> Fraction:
        """The smallest value with a probability above zero."""

    @property
    def step(self) -> Fraction:
        """Distance between lattice points, > 0."""

    @property
    def points(self) -> int:
        """Lattice points from the smallest possible value to the largest, both included."""

    @property
    def total(self) -> int:
        """Sum of the weights: the common denominator of exact laws, 1 of floats."""

    @property
    def exact(self) -> bool:
        """Whether the weights are exact integers, so that fractions can be printed."""

    @property
    def method(self) -> str:
        """How it was computed, in a few words: ``exact``, ``float64 by direct convolution``."""

    @property
    def cut(self) -> tuple[float, float]:
        """Probabilities that were cut off infinite tails, below and above; the law is scaled to 1 without."""

    @property
    def truncated_mass(self) -> float:
        """Probability that was cut off infinite tails; the law is scaled to 1 without it."""

    @property
    def grid_error(self) -> float:
        """Estimated largest error of P(X <= v) that the step of continuous parts causes, else 0."""

    @property
    def low(self) -> Fraction:
        """The smallest possible value."""

    @property
    def high(self) -> Fraction:
        """The largest possible value."""

    @property
    def mass(self) -> Fraction:
        """Sum of all probabilities: 1, but for the rounding of floats."""

    @property
    def mean(self) -> Fraction:
        """Expectation; of floats the fraction nearest to the computed value."""

    @property
    def variance(self) -> Fraction:
        """Second central moment."""

    @property
    def sd(self) -> float:
        """Standard deviation."""

    @property
    def median(self) -> Fraction:
        """The quantile of 1/2."""

    @property
    def modes(self) -> tuple[Fraction, ...]:
        """The most probable values, ascending."""

    def value(self, index: int) -> Fraction:
        """The lattice point number `index`."""

    def support(self) -> Sequence[int]:
        """Numbers of the lattice points with a probability above zero, ascending."""

    def items(self) -> Iterator[tuple[Fraction, Weight]]:
        """Yield (value, weight) of the values with a probability above zero, ascending."""

    def count_at(self, value: Fraction) -> Weight:
        """Weight of one value, 0 for a value that cannot occur."""

    def between(self, low: Fraction | None, high: Fraction | None) -> Fraction:
        """P(low <= X <= high), both ends included; None leaves that side open."""

    def quantile(self, p: Fraction) -> Fraction:
        """The smallest possible value v with P(X <= v) >= p, for 0 <= p <= 1."""

    def rows(self) -> Iterator[Row]:
        """Yield every possible value, ascending, with its three probabilities."""

    def sums(self, ranges: Sequence[tuple[int, int]]) -> list[Ratio]:
        """P(value(first) <= X <= value(last)) of several index ranges (first, last) of the lattice.

        Each range is added up by itself, never taken as a difference: right in either tail.
        """


class OnLattice:
    """What follows from origin, step and the rest of a `Law`, whatever it is held in."""

    __slots__ = ()

    @property
    def truncated_mass(self: Law) -> float:
        """Probability that was cut off infinite tails."""
        return sum(self.cut)

    @property
    def low(self: Law) -> Fraction:
        """The smallest possible value."""
        return self.origin

    @property
    def high(self: Law) -> Fraction:
        """The largest possible value."""
        return self.value(self.points - 1)

    @property
    def sd(self: Law) -> float:
        """Standard deviation."""
        return math.sqrt(self.variance)

    @property
    def median(self: Law) -> Fraction:
        """The quantile of 1/2."""
        return self.quantile(Fraction(1, 2))

    def value(self: Law, index: int) -> Fraction:
        """The lattice point number `index`."""
        return self.origin + index * self.step
