"""Discrete families whose weights follow from one another by rational factors: exact, without scipy.

Each family is w(k + 1) / w(k) as a function of k; with rational parameters every weight is rational. Infinite
tails are cut where less than `TAIL` is left. In floats the same factors are multiplied up, which loses one
rounding a step and no more, where a formula in logarithms loses the digits of the logarithm.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from operator import mul
from typing import TYPE_CHECKING, Any

from convcli.errors import ConvError, UsageError

from .lattice import LATTICE_LIMIT, Pmf, check_lattice, from_counts, from_weights, uniform
from .scipy_names import SIGNATURES
from .sums import Sum, draw

if TYPE_CHECKING:
    from .floats import FloatPmf

TAIL = 1e-60
"""Probability beyond which an infinite tail is cut. Sums are shown out to its root: what the cut
parts would have added there is far below 1e-9 of every probability."""

EXACT_BITS = 2**27
"""Bits of an exact table beyond which floats take over: 16 MB."""

EXACT_POINTS = 20_000
"""Values of an exact table beyond which floats take over."""

METHOD = "float64, by recurrence"

Shapes = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Family:
    """Weights w(first) = 1, w(k + 1) = w(k) * numerator(k) / denominator(k), up to w(last).

    Parameters
    ----------
    first, last : function of the shapes
        Smallest and largest value; None for a last one that does not exist.
    factor : function of k and the shapes
        Numerator and denominator of w(k + 1) / w(k); of fractions, or of arrays of floats.
    rules : function of the shapes
        Pairs of a condition that the shapes must meet and its words.
    """

    first: Callable[..., Fraction | int]
    last: Callable[..., Fraction | int | None]
    factor: Callable[..., tuple[Any, Any]]
    rules: Callable[..., list[tuple[bool, str]]]


def _share(p: Fraction, name: str = "p") -> tuple[bool, str]:
    return 0 <= p <= 1, f"{name} is a probability, from 0 to 1"


def _inner_share(p: Fraction) -> tuple[bool, str]:
    return 0 < p < 1, "p is a probability above 0 and below 1"


def _whole(n: Fraction, name: str) -> tuple[bool, str]:
    return n.denominator == 1 and n >= 0, f"{name} is a whole number from 0 up"


def _positive(x: Fraction, name: str) -> tuple[bool, str]:
    return x > 0, f"{name} is above 0"


def _no_last(*_: Fraction) -> None:
    return None


FAMILIES = {
    "poisson": Family(
        lambda mu: 0,
        _no_last,
        lambda k, mu: (mu, k + 1),
        lambda mu: [_positive(mu, "mu")],
    ),
    "geom": Family(
        lambda p: 1,
        _no_last,
        lambda k, p: (1 - p, 1 + 0 * k),
        lambda p: [_inner_share(p)],
    ),
    "nbinom": Family(
        lambda n, p: 0,
        _no_last,
        lambda k, n, p: ((n + k) * (1 - p), k + 1),
        lambda n, p: [_positive(n, "n"), _inner_share(p)],
    ),
    "logser": Family(
        lambda p: 1,
        _no_last,
        lambda k, p: (k * p, k + 1),
        lambda p: [_inner_share(p)],
    ),
    "hypergeom": Family(
        lambda M, n, N: max(0, n + N - M),
        lambda M, n, N: min(n, N),
        lambda k, M, n, N: ((n - k) * (N - k), (k + 1) * (M - n - N + k + 1)),
        lambda M, n, N: [
            *(_whole(x, name) for x, name in ((M, "M"), (n, "n"), (N, "N"))),
            (max(n, N) <= M, "M objects in all are at least n and N"),
        ],
    ),
    "betabinom": Family(
        lambda n, a, b: 0,
        lambda n, a, b: n,
        lambda k, n, a, b: ((n - k) * (k + a), (k + 1) * (n - k - 1 + b)),
        lambda n, a, b: [_whole(n, "n"), _positive(a, "a"), _positive(b, "b")],
    ),
}
"""Recurrences by scipy's names, with scipy's parameters."""

_RULES: dict[str, Callable[..., list[tuple[bool, str]]]] = {
    "binom": lambda n, p: [_whole(n, "n"), _share(p)],
    "bernoulli": lambda p: [_share(p)],
    "randint": lambda low, high: [
        (low.denominator == high.denominator == 1, "low and high are whole numbers"),
        (low < high, "low is below high, which is excluded"),
    ],
    **{name: family.rules for name, family in FAMILIES.items()},
}

EXACT = frozenset(_RULES)
"""Names of the laws that need no scipy."""


def family_sum(name: str, shapes: Shapes) -> Sum:
    """One draw from a family, as a sum of draws.

    Parameters
    ----------
    name : str
        One of EXACT.
    shapes : tuple of Fraction
        In scipy's order.

    Returns
    -------
    Sum
        Of n trials for a binomial law, of one exact draw or one in floats for the others.

    Raises
    ------
    UsageError
        If the shapes are out of range.
    ConvError
        If the table is too long.
    """
    for met, rule in _RULES[name](*shapes):
        if not met:
            raise UsageError(
                f"{name}({','.join(map(str, shapes))}): {rule}",
                hint=f"the parameters are {', '.join(SIGNATURES[name])}",
            )
    if name == "randint":
        return draw(uniform(int(shapes[0]), int(shapes[1]) - 1))
    if name in ("binom", "bernoulli"):
        n, p = shapes if name == "binom" else (Fraction(1), *shapes)
        return draw(from_weights({Fraction(0): 1 - p, Fraction(1): p}), int(n))
    return draw(_tabulate(name, shapes))


def _tabulate(name: str, shapes: Shapes) -> Pmf | FloatPmf:
    """The table of one member: exact unless the integers would be too many or too long."""
    family = FAMILIES[name]
    first, last = int(family.first(*shapes)), family.last(*shapes)
    points = LATTICE_LIMIT if last is None else int(last) - first + 1
    check_lattice(points, Fraction(1))
    # What the factors tend to bounds those of a tail that rise towards it.
    end = _factor(family, Fraction(2**80), shapes) if last is None else None
    return _exact(family, shapes, first, points, end) or _floats(family, shapes, first, points, end)


def _factor(family: Family, k: Fraction, shapes: Shapes) -> Fraction:
    top, bottom = family.factor(k, *shapes)
    return Fraction(top) / Fraction(bottom)


def _exact(family: Family, shapes: Shapes, first: int, points: int, end: Fraction | None) -> Pmf | None:
    """The table in integers; None if they would be too many or too long."""
    factors: list[Fraction] = []
    total = 1.0  # of all weights so far, in units of the last one
    bits = left = 0.0
    while len(factors) + 1 < points:
        factor = _factor(family, Fraction(first + len(factors)), shapes)
        bound = float(max(factor, end)) if end is not None else 1.0
        if bound < 1 and (left := bound / (1 - bound) / total) < TAIL:
            break
        factors.append(factor)
        total = total / float(factor) + 1
        bits += math.log2(max(factor.numerator, factor.denominator))
        if bits * len(factors) > EXACT_BITS or len(factors) > EXACT_POINTS:
            return None
    # w(k) over a common denominator: the numerators before k times the denominators from k on.
    before = accumulate((factor.numerator for factor in factors), mul, initial=1)
    after = list(accumulate((factor.denominator for factor in reversed(factors)), mul, initial=1))
    counts = [a * b for a, b in zip(before, reversed(after), strict=True)]
    return from_counts(Fraction(first), Fraction(1), counts, cut=(0.0, left if end is not None else 0.0))


def _floats(family: Family, shapes: Shapes, first: int, points: int, end: Fraction | None) -> FloatPmf:
    """The table in floats, from its first value on, so that its left tail is there too."""
    import numpy as np

    from . import scaled
    from .floats import FloatPmf

    plain = [float(shape) for shape in shapes]
    size = points if end is None else 1024
    while True:
        size = min(size, points)
        top, bottom = family.factor(np.arange(first, first + size - 1, dtype=np.float64), *plain)
        factors = top / bottom
        if end is None:
            return FloatPmf(Fraction(first), Fraction(1), scaled.products(factors).shares(), method=METHOD)
        weights = scaled.products(factors)
        bounds = np.maximum(factors, float(end))
        safe = np.where(bounds < 1, bounds, 0.5)
        shares = weights.shares()[:-1].floats() * safe / (1 - safe)
        done = np.flatnonzero((bounds < 1) & (shares < TAIL) & (np.arange(size - 1) > np.argmax(shares)))
        if len(done):
            kept, left = int(done[0]) + 1, float(shares[done[0]])
            return FloatPmf(
                Fraction(first), Fraction(1), weights[:kept].shares(), cut=(0.0, left), method=METHOD
            )
        if size == points:
            raise ConvError(
                f"less than all but {TAIL} of this law lies within {points} values",
                hint="use a law with a smaller mean",
            )
        size *= 2
