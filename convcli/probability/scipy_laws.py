"""Laws that `scipy.stats` knows, on a lattice; the one module that imports it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

import numpy as np

from convcli.errors import ConvError, UsageError

from . import scaled
from .floats import FloatPmf
from .lattice import check_lattice, common_step
from .scaled import Floats
from .scipy_names import SIGNATURES

TAILS = ((1e-32, 400.0), (1e-15, 3000.0))
"""Probabilities beyond which a tail is cut, each as long as that is so many spreads from the median at most;
heavier tails are cut at the last of these distances. Sums are shown out to the root of the first."""

STEPS = 50
"""Steps of the chosen grid that fit into the spread of the narrowest law."""

POINTS = 10_000
"""Points that the chosen grid may have where two continuous laws are added: a second or two."""

METHOD = "float64, probabilities of scipy"


@dataclass(frozen=True, slots=True)
class Continuous:
    """A continuous law, not yet on a lattice.

    Parameters
    ----------
    name : str
        As scipy names it.
    shapes : tuple of Fraction
        In scipy's order.
    loc, scale : Fraction
        The value is loc + scale * Z for the standard law Z; a negative scale is its mirror image.
    """

    name: str
    shapes: tuple[Fraction, ...]
    loc: Fraction
    scale: Fraction

    @property
    def points(self) -> float:
        """As many values as there are."""
        return math.inf

    def scaled(self, factor: Fraction) -> Continuous:
        """The law of factor * X, for a factor other than 0."""
        return replace(self, loc=self.loc * factor, scale=self.scale * factor)

    @property
    def spread(self) -> float:
        """Half of what the central 68 % span: the standard deviation of a normal law, finite for any."""
        low, high = _frozen(self.name, self.shapes).ppf([0.16, 0.84])
        return float(high - low) / 2 * abs(float(self.scale))

    @property
    def span(self) -> float:
        """From where the lower tail is cut to where the upper one is."""
        low, high = _ends(_frozen(self.name, self.shapes))
        return (high - low) * abs(float(self.scale))

    def tabulate(self, step: Fraction) -> FloatPmf:
        """Put every value on the nearest multiple of the step.

        Parameters
        ----------
        step : Fraction
            > 0.

        Returns
        -------
        FloatPmf
            P(k) = F((k + 1/2) h) - F((k - 1/2) h), from the survival function right of the median, where its
            digits are the ones that count. Infinite tails are cut (see TAILS).

        Raises
        ------
        ConvError
            If the law spans too many steps, or scipy finds no numbers for it.
        """
        return _tabulate(self, step)


@lru_cache(maxsize=64)
def _tabulate(law: Continuous, step: Fraction) -> FloatPmf:
    if law.scale < 0:
        mirrored = _tabulate(law.scaled(Fraction(-1)), step)
        return replace(mirrored.scaled(Fraction(-1)), source=law)
    frozen = _frozen(law.name, law.shapes)
    h, loc, scale = float(step), float(law.loc), float(law.scale)
    first, last = (round((loc + scale * end) / h) for end in _ends(frozen))
    check_lattice(last - first + 1, step)
    edges = ((np.arange(first, last + 2) - 0.5) * h - loc) / scale
    with np.errstate(all="ignore"):
        below, above = frozen.cdf(edges), frozen.sf(edges)
        right = edges[:-1] >= float(frozen.median())
    masses = np.where(right, above[:-1] - above[1:], below[1:] - below[:-1])
    return _on_lattice(
        law.name, first, masses, step=step, cut=(float(below[0]), float(above[-1])), source=law
    )


def _ends(frozen: Any) -> tuple[float, float]:
    """Where the tails of a standard law are cut: the ends of its support if they are near."""
    with np.errstate(all="ignore"):
        low, median, high = map(float, frozen.ppf([0.16, 0.5, 0.84]))
        ends = []
        for quantile, end in zip((frozen.ppf, frozen.isf), map(float, frozen.support()), strict=True):
            reaches = [abs(end - median)]
            reaches += [abs(float(quantile(tail)) - median) for tail, _ in TAILS]
            ends.append(_reach(reaches, (high - low) / 2))
    if not math.isfinite(median) or not high > low:
        raise ConvError(f"{frozen.dist.name}: scipy finds no quantiles for it", hint="try other parameters")
    return median - ends[0], median + ends[1]


def _reach(reaches: list[float], spread: float) -> float:
    """How far from the median a tail is kept, out of the candidates."""
    for reach, (_, spreads) in zip(reaches, (TAILS[0], *TAILS), strict=True):
        if reach <= spreads * spread:
            return reach
    return TAILS[-1][1] * spread


def discrete(name: str, shapes: tuple[Fraction, ...]) -> FloatPmf:
    """A discrete law on the integers, by scipy's probabilities.

    Raises
    ------
    UsageError
        If the shapes are out of range.
    ConvError
        If the law spans too many values.
    """
    frozen = _frozen(name, shapes)
    with np.errstate(all="ignore"):
        low, high = map(float, frozen.support())
        median = float(frozen.median())
        if math.isinf(low):
            low = max(float(frozen.ppf(TAILS[0][0])), median - POINTS)
        if math.isinf(high):
            high = median + POINTS
            if float(frozen.sf(high)) < TAILS[0][0]:  # else scipy would search for it, for minutes
                high = min(high, float(frozen.isf(TAILS[0][0])))
        check_lattice(int(high - low) + 1, Fraction(1))
        masses = frozen.pmf(np.arange(int(low), int(high) + 1))
        cut = (float(frozen.cdf(low - 1)), float(frozen.sf(high)))
    return _on_lattice(name, int(low), masses, cut=cut)


def _on_lattice(
    name: str,
    first: int,
    masses: Floats,
    *,
    cut: tuple[float, float],
    step: Fraction = Fraction(1),
    source: Continuous | None = None,
) -> FloatPmf:
    """The masses from lattice point `first` on as a distribution, without zeros at its ends."""
    some = np.flatnonzero(masses > 0)
    if not np.isfinite(masses).all() or not len(some):
        raise ConvError(f"{name}: scipy finds no probabilities for it", hint="try other parameters")
    start, stop = int(some[0]), int(some[-1]) + 1
    # Rounding can make the smallest of the differences negative.
    weights = scaled.from_floats(np.maximum(masses[start:stop], 0.0)).shares()
    return FloatPmf((first + start) * step, step, weights, cut=cut, method=METHOD, source=source)


def check_shapes(name: str, shapes: tuple[Fraction, ...]) -> None:
    """Refuse shapes that scipy does not accept.

    Raises
    ------
    UsageError
        If they are out of range.
    """
    _frozen(name, shapes)


@cache
def _frozen(name: str, shapes: tuple[Fraction, ...]) -> Any:
    """The standard law of scipy with these shapes.

    Raises
    ------
    UsageError
        If the shapes are out of range.
    """
    from scipy import stats

    if name == "erlang" and shapes[0].denominator > 1:  # scipy only warns
        raise UsageError(f"erlang({shapes[0]}): the shape is a whole number", hint="gamma takes any shape")
    with np.errstate(all="ignore"):
        frozen = getattr(stats, name)(*map(float, shapes))
        # What scipy says of shapes that it does not accept.
        if np.isnan(frozen.support()).any():
            given = ",".join(map(str, shapes))
            raise UsageError(
                f"{name}({given}): out of range", hint=f"the parameters are {', '.join(SIGNATURES[name])}"
            )
    return frozen


def grid(laws: Sequence[tuple[Continuous, int]], lattice: Fraction | None, step: Fraction | None) -> Fraction:
    """The common step of continuous laws and of what they are added to.

    Parameters
    ----------
    laws : sequence of (Continuous, int)
        At least one, with the copies of each.
    lattice : Fraction or None
        Step of the discrete parts; None if there are none.
    step : Fraction or None
        The step asked for; None to choose one.

    Returns
    -------
    Fraction
        The step asked for, refined so that the discrete parts fall on the lattice too; else a round part of
        their step, or a round decimal.
    """
    if step is not None:
        return step if lattice is None else common_step([step, lattice])
    wanted = min(law.spread for law, _ in laws) / STEPS
    if sum(copies for _, copies in laws) > 1:
        wanted = max(wanted, math.sqrt(sum(copies * law.span**2 for law, copies in laws)) / POINTS)
    if lattice is None:
        return _round_down(wanted)
    parts = float(lattice) / wanted
    return lattice if parts <= 1 else lattice * _round_down(1 / parts)


def _round_down(size: float) -> Fraction:
    """The largest of ... 0.1, 0.2, 0.5, 1, 2, 5 ... that is not above a size."""
    decade = Fraction(10) ** math.floor(math.log10(size))
    return next(nice * decade for nice in (5, 2, 1) if nice * decade <= size * (1 + 1e-9))
