"""Sums of independent random points, by packing both indices of a point into one.

The lattice point i steps right and j steps above a corner gets the number i M + j. With M above every j that
a sum can reach, adding such numbers adds both indices at once, without a carry: a sum of points is a sum of
numbers, and is worked out as one (Kronecker's substitution for polynomials in two variables).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from convcli.errors import ConvError

from . import exact, lattice
from .lattice import Pmf, check_lattice, common_step
from .lattice2 import Pmf2, Point, from_counts, from_weights2
from .sums import MEMORY_LIMIT, TIME_LIMIT
from .terms import describe

BALL2_METRE = from_weights2({(Fraction(x), Fraction(y)): 1 for x, y in ((-1, 0), (0, -1), (0, 1), (1, 0))})
"""Where a ball dropped from one metre comes to rest on a floor.

Every metre of fall knocks the ball one metre to the left, to the right, forwards or backwards with equal
chance: from n metres P(x, y) = C(n, (n + x + y) / 2) C(n, (n + x - y) / 2) / 4^n. Each coordinate alone is
where the ball of `notation.BALL_METRE` comes to rest.
"""


@dataclass(frozen=True, slots=True)
class Term2:
    """Independent copies of one random point, added up.

    Parameters
    ----------
    text : str
        What was written.
    law : Pmf2
        One copy.
    copies : int
        How many, > 0.
    warnings : tuple of str
        What has to be said about reading it.
    """

    text: str
    law: Pmf2
    copies: int = 1
    warnings: tuple[str, ...] = ()

    def repeated(self, times: int) -> Term2:
        """Take so many times as many copies."""
        return replace(self, copies=self.copies * times)


@dataclass(frozen=True, slots=True)
class Problem2:
    """The sum of all terms, added up `times` times, each time anew.

    Parameters
    ----------
    terms : tuple of Term2
        At least one.
    times : int
        Independent repetitions of the whole, > 0.
    """

    terms: tuple[Term2, ...]
    times: int = 1

    @property
    def total(self) -> tuple[Term2, ...]:
        """Everything."""
        return tuple(term.repeated(self.times) for term in self.terms)

    @property
    def description(self) -> str:
        """The sum as a person would write it."""
        return describe([term.text for term in self.terms], self.times)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What has to be said about reading the terms."""
        return tuple(warning for term in self.terms for warning in term.warnings)


@dataclass(frozen=True, slots=True)
class Frame:
    """The lattice of a sum: its smallest x and y, its steps, and its points along x and along y."""

    origin: Point
    step: Point
    shape: tuple[int, int]

    @property
    def high(self) -> Point:
        """The largest x and y."""
        (x, y), (dx, dy), (columns, rows) = self.origin, self.step, self.shape
        return x + (columns - 1) * dx, y + (rows - 1) * dy


def frame(terms: Sequence[Term2]) -> Frame:
    """Return the coarsest lattice that holds all values of a sum."""
    axes = []
    for axis in (0, 1):
        step = common_step([term.law.step[axis] for term in terms if term.law.shape[axis] > 1])
        low = sum((term.copies * term.law.low[axis] for term in terms), Fraction(0))
        high = sum((term.copies * term.law.high[axis] for term in terms), Fraction(0))
        axes.append((low, step, int((high - low) / step) + 1))
    (x, dx, columns), (y, dy, rows) = axes
    return Frame((x, y), (dx, dy), (columns, rows))


def distribution2(terms: Sequence[Term2]) -> Pmf2:
    """Exact distribution of a sum of independent points.

    Parameters
    ----------
    terms : sequence of Term2
        At least one.

    Raises
    ------
    ConvError
        If the table would take too much memory or time; raised before any work.
    """
    if len(terms) == 1 and terms[0].copies == 1:
        return terms[0].law
    whole = frame(terms)
    columns, rows = whole.shape
    check_lattice(columns * rows, min(whole.step))
    copies: Counter[Pmf] = Counter()
    for term in terms:
        copies[_packed(term.law, whole)] += term.copies
    draws = [(law, count) for law, count in copies.items() if law.points > 1]
    if not draws:  # all of them certain, at the number 0
        return from_counts({0: 1}, whole.origin, whole.step, whole.shape)
    step = common_step([law.step for law, _ in draws])
    size, seconds = exact.cost(draws, step)
    if size > MEMORY_LIMIT or seconds > TIME_LIMIT:
        raise ConvError(
            f"an exact table of {columns} x {rows} points would take about {size / 2**20:.3g} MB "
            f"and {seconds:.3g} s, more than {MEMORY_LIMIT >> 20} MB or {TIME_LIMIT:.0f} s",
            hint="add up fewer terms, or round their points to coarser steps",
        )
    law = exact.convolved(draws, Fraction(0), step)
    counts = {int(index): count for index, count in law.items()}
    return from_counts(counts, whole.origin, whole.step, whole.shape)


def _packed(law: Pmf2, whole: Frame) -> Pmf:
    """A law of points as one of numbers: i M + j, in the steps of a frame with M points along y."""
    right, up = (int(own / step) for own, step in zip(law.step, whole.step, strict=True))
    own, rows = law.shape[1], whole.shape[1]
    packed = {n // own * right * rows + n % own * up: count for n, count in enumerate(law.counts) if count}
    first = min(packed)
    step = math.gcd(*(number - first for number in packed)) or 1
    counts = [0] * ((max(packed) - first) // step + 1)
    for number, count in packed.items():
        counts[(number - first) // step] = count
    return lattice.from_counts(Fraction(first), Fraction(step), counts)
