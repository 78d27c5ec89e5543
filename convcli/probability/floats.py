"""A distribution on a lattice in floats that cannot underflow."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from convcli.errors import ConvError

from . import scaled
from .lattice import VALUE_LIMIT, Pmf
from .law import OnLattice, Ratio, Row
from .scaled import Scaled

if TYPE_CHECKING:
    from .scipy_laws import Continuous

METHOD = "float64, direct convolution"


@dataclass(frozen=True, slots=True, eq=False)
class FloatPmf(OnLattice):
    """Probability mass function on a lattice: P(X = origin + i * step) = weights[i].

    Two of them are equal only if they are the same object.

    Parameters
    ----------
    origin : Fraction
        The smallest value with a probability above zero.
    step : Fraction
        Distance between lattice points, > 0.
    weights : Scaled, length n
        Probabilities; the first and the last are > 0.
    cut : (float, float)
        Probabilities that were cut off below and above; the weights are scaled to add up to 1 without them.
    grid_error : float
        Estimated largest error of P(X <= v) that the step of continuous parts causes.
    method : str
        How it was computed.
    source : Continuous, optional
        The law of which this is the discrete form.

    Raises
    ------
    ValueError
        If the fields contradict each other.
    ConvError
        If a value lies beyond +-1e150.
    """

    origin: Fraction
    step: Fraction
    weights: Scaled
    cut: tuple[float, float] = (0.0, 0.0)
    grid_error: float = 0.0
    method: str = METHOD
    source: Continuous | None = None

    def __post_init__(self) -> None:
        mantissas = self.weights.mantissas
        if not len(mantissas) or not (mantissas[0] > 0 and mantissas[-1] > 0 and mantissas.min() >= 0):
            raise ValueError("weights must be non-negative, and positive at both ends")
        if self.step <= 0 or abs(self.mass - 1) > Fraction(1, 10**6):
            raise ValueError("the step must be positive and the weights must add up to 1")
        if max(abs(self.low), abs(self.high)) > VALUE_LIMIT:
            raise ConvError("a value is beyond 1e150 in magnitude, too large to tabulate")

    @property
    def points(self) -> int:
        """Lattice points from the smallest value to the largest."""
        return len(self.weights)

    @property
    def total(self) -> int:
        """Weights are probabilities."""
        return 1

    @property
    def exact(self) -> bool:
        """Floats never are."""
        return False

    @property
    def mass(self) -> Fraction:
        """Sum of all probabilities."""
        return Fraction(*self.weights.sum().ratio(0))

    @property
    def mean(self) -> Fraction:
        """Expectation."""
        return self.origin + self.step * Fraction(self._centre())

    @property
    def variance(self) -> Fraction:
        """Second central moment."""
        distances = np.arange(self.points) - self._centre()
        return self.step**2 * Fraction(float(np.average(distances**2, weights=self.weights.floats())))

    def _centre(self) -> float:
        """Expectation of the index."""
        return float(np.average(np.arange(self.points), weights=self.weights.floats()))

    @property
    def modes(self) -> tuple[Fraction, ...]:
        """The most probable values, ascending; rounding may part values that are equally probable."""
        plain = self.weights.floats()
        return tuple(self.value(int(i)) for i in np.flatnonzero(plain == plain.max()))

    @property
    def symmetric(self) -> bool:
        """Never taken for granted: rounding differs from side to side."""
        return False

    def support(self) -> list[int]:
        """Numbers of the lattice points with a probability above zero, ascending."""
        return np.flatnonzero(self.weights.mantissas > 0).tolist()

    def items(self) -> Iterator[tuple[Fraction, Fraction]]:
        """Yield (value, probability) of the values with a probability above zero, ascending."""
        for i, ratio in enumerate(self.weights.ratios()):
            if ratio[0]:
                yield self.value(i), Fraction(*ratio)

    def count_at(self, value: Fraction) -> Fraction:
        """Probability of one value, 0 for a value that cannot occur."""
        index = (value - self.origin) / self.step
        inside = index.denominator == 1 and 0 <= index < self.points
        return Fraction(*self.weights.ratio(int(index))) if inside else Fraction(0)

    def between(self, low: Fraction | None, high: Fraction | None) -> Fraction:
        """P(low <= X <= high), both ends included; None leaves that side open.

        The probabilities inside are added up, never 1 minus the rest: right in either tail.
        """
        first = 0 if low is None else max(0, math.ceil((low - self.origin) / self.step))
        last = self.points - 1
        if high is not None:
            last = min(last, math.floor((high - self.origin) / self.step))
        return Fraction(*self.sums([(first, last)])[0])

    def quantile(self, p: Fraction) -> Fraction:
        """The smallest possible value v with P(X <= v) >= p, for 0 <= p <= 1.

        Above 1/2 what is left on the right is compared with 1 - p, whose digits are the ones that count.
        """
        indices = range(self.points)
        if 2 * p <= 1:
            below = self.weights.cumulated()
            # At least the first weight, so that the quantile of 0 is the smallest possible value.
            wanted = max(p, Fraction(*self.weights.ratio(0)))
            found = bisect_left(indices, wanted, key=lambda i: Fraction(*below.ratio(i)))
        else:
            # P(X > v), which falls along the lattice; the order of its negative rises.
            above = self.weights.reversed().cumulated().reversed()
            found = bisect_left(indices[1:], p - 1, key=lambda i: -Fraction(*above.ratio(i)))
        return self.value(min(found, self.points - 1))

    def rows(self) -> Iterator[Row]:
        """Yield every possible value, ascending, with its three probabilities."""
        columns = (self.weights, self.weights.cumulated(), self.weights.reversed().cumulated().reversed())
        for i, ratios in enumerate(zip(*(column.ratios() for column in columns), strict=True)):
            if ratios[0][0]:
                yield Row(self.value(i), *ratios)

    def sums(self, ranges: Sequence[tuple[int, int]]) -> list[Ratio]:
        """P(value(first) <= X <= value(last)) of several index ranges (first, last)."""
        return [
            self.weights[first : last + 1].sum().ratio(0) if first <= last else (0, 1)
            for first, last in ranges
        ]

    def scaled(self, factor: Fraction) -> FloatPmf:
        """The distribution of factor * X, for a factor other than 0."""
        source = self.source and self.source.scaled(factor)
        if factor > 0:
            return replace(self, origin=self.origin * factor, step=self.step * factor, source=source)
        return replace(
            self,
            source=source,
            origin=self.high * factor,
            step=self.step * -factor,
            weights=self.weights.reversed(),
            cut=self.cut[::-1],
        )


def as_floats(law: Pmf | FloatPmf) -> FloatPmf:
    """A distribution in floats, each probability rounded once."""
    if isinstance(law, FloatPmf):
        return law
    return FloatPmf(law.origin, law.step, scaled.from_ratios(law.counts, law.total), law.cut)
