"""Sums in floats: of continuous laws, and of what would take too long in integers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from . import scaled
from .floats import METHOD, FloatPmf, as_floats
from .scaled import Scaled

if TYPE_CHECKING:
    from .lattice import Pmf

Copies = tuple["Pmf | FloatPmf", int]
"""A law, and how many independent draws of it are added."""

SHARP = 1e-20
"""Tails cut here or farther out leave sums right out to the root of it; heavier ones are left as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A part of a sum on the common lattice; where a tail was cut, it stays cut at `tail`."""

    origin: Fraction
    weights: Scaled
    cut: tuple[float, float]
    tail: float

    def plus(self, other: _Part, step: Fraction) -> _Part:
        """The sum of two independent parts."""
        cut = (self.cut[0] + other.cut[0], self.cut[1] + other.cut[1])
        weights = scaled.convolve(self.weights, other.weights)
        tail = max(self.tail, other.tail)
        return _Part(self.origin + other.origin, weights, cut, tail).trimmed(tail, step)

    def times(self, copies: int, step: Fraction) -> _Part:
        """The sum of several copies, by doubling from the leading bit."""
        result = self
        for bit in bin(copies)[3:]:
            result = result.plus(result, step)
            if bit == "1":
                result = result.plus(self, step)
        return result

    def trimmed(self, tail: float, step: Fraction) -> _Part:
        """Cut off less than `tail` where something was cut before: what is out there misses a share of it.

        That keeps sums of many as short as their spread, which grows with the root of their number.
        """
        first, last = 0, len(self.weights)
        below, above = self.cut
        if below:
            sums = self.weights.cumulated().floats()
            first = int(np.searchsorted(sums, tail, side="right"))
            below += float(sums[first - 1]) if first else 0.0
        if above:
            sums = self.weights[::-1].cumulated().floats()
            lost = int(np.searchsorted(sums, tail, side="right"))
            last -= lost
            above += float(sums[lost - 1]) if lost else 0.0
        return replace(
            self, origin=self.origin + first * step, weights=self.weights[first:last], cut=(below, above)
        )


SECONDS_PER_PRODUCT = 3e-10
"""Of direct convolution, with NumPy 2.4 on a machine of two virtual CPUs (November 2026)."""


def seconds(draws: Sequence[Copies], step: Fraction) -> float:
    """Predicted seconds for `convolved`.

    The last doubling of many copies takes three quarters of all products, half the length by half of it.
    """
    lengths = [_length(law, copies, step) for law, copies in draws]
    products = sum(length**2 / 3 for length, (_, copies) in zip(lengths, draws, strict=True) if copies > 1)
    joined, *others = sorted(lengths)
    for length in others:
        products += joined * length
        joined += length
    refined = 10 if _continuous(draws) > 1 else 1
    return products * SECONDS_PER_PRODUCT * refined


def points(draws: Sequence[Copies], step: Fraction) -> int:
    """Predicted length of the table."""
    return sum(_length(law, copies, step) - 1 for law, copies in draws) + 1


def _length(law: Pmf | FloatPmf, copies: int, step: Fraction) -> int:
    """Lattice points of several copies; where tails are cut, sums only grow with the root of their number."""
    sides = (law.mean - law.low, law.high - law.mean)
    grown = (math.sqrt(copies) if cut else copies for cut in law.cut)
    return 1 + sum(int(side / step * Fraction(factor)) for side, factor in zip(sides, grown, strict=True))


def _continuous(draws: Sequence[Copies]) -> int:
    """How many draws there are from continuous laws."""
    return sum(copies for law, copies in draws if isinstance(law, FloatPmf) and law.source)


def convolved(draws: Sequence[Copies], constant: Fraction, step: Fraction) -> FloatPmf:
    """Distribution of a sum by direct convolution.

    Parameters
    ----------
    draws : sequence of (Pmf or FloatPmf, int)
        At least one.
    constant : Fraction
        Added to them.
    step : Fraction
        Common to all the laws.

    Returns
    -------
    FloatPmf
        Every probability with a small relative error, out to where tails were cut.
    """
    law = _convolved(draws, constant, step)
    if _continuous(draws) < 2:
        # A single one is exact at the edges of the cells, and so is its sum with discrete ones.
        return law
    return replace(law, grid_error=_grid_error(law, _convolved(_refined(draws), constant, step / 3)))


def _convolved(draws: Sequence[Copies], constant: Fraction, step: Fraction) -> FloatPmf:
    parts = sorted(
        (_part(law, step).times(copies, step) for law, copies in draws), key=lambda part: len(part.weights)
    )
    total = parts[0]
    for part in parts[1:]:
        total = total.plus(part, step)
    if sum(copies for _, copies in draws) > 1 and 0 < total.tail <= SHARP:
        total = total.trimmed(math.sqrt(total.tail), step)
    some = np.flatnonzero(total.weights.mantissas > 0)
    weights = total.weights[some[0] : some[-1] + 1]
    origin = constant + total.origin + int(some[0]) * step
    methods = {law.method for law, _ in draws}
    method = methods.pop() if len(draws) == 1 == draws[0][1] else METHOD
    return FloatPmf(origin, step, weights.shares() if any(total.cut) else weights, total.cut, method=method)


def _part(law: Pmf | FloatPmf, step: Fraction) -> _Part:
    """One law on the common lattice."""
    floats = as_floats(law)
    stride = int(floats.step / step)
    weights = scaled.from_floats(np.zeros((floats.points - 1) * stride + 1))
    weights.mantissas[::stride] = floats.weights.mantissas
    weights.exponents[::stride] = floats.weights.exponents
    return _Part(floats.origin, weights, floats.cut, max(floats.cut))


def _refined(draws: Sequence[Copies]) -> list[Copies]:
    """The same draws with the continuous laws on a grid of a third of the step."""
    return [
        (law.source.tabulate(law.step / 3), copies)
        if isinstance(law, FloatPmf) and law.source
        else (law, copies)
        for law, copies in draws
    ]


def _grid_error(coarse: FloatPmf, fine: FloatPmf) -> float:
    """Error of P(X <= v), estimated by Richardson's extrapolation.

    The error falls with the square of the step, so that a third of it leaves a ninth: the difference of the
    two is 8/9 of the error. With a third (not a half) of the step, edges of the coarse cells are edges of
    fine ones, and nothing has to be interpolated between.
    """
    coarse_sums, fine_sums = (np.cumsum(law.weights.floats()) for law in (coarse, fine))
    shift = (coarse.origin - fine.origin) / fine.step
    edges = int(shift) + 3 * np.arange(coarse.points) + 1
    matching = np.clip(edges, -1, fine.points - 1)
    padded = np.concatenate((fine_sums, [0.0]))  # index -1: nothing lies below
    return float(np.max(np.abs(coarse_sums - padded[matching])) * 9 / 8)
