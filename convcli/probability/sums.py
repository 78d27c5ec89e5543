"""Sums of independent draws: what a term means, and its distribution."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from convcli.errors import ConvError

from . import exact
from .lattice import LATTICE_LIMIT, Pmf, certain, check_lattice, common_step

if TYPE_CHECKING:
    from .floats import FloatPmf
    from .scipy_laws import Continuous

MEMORY_LIMIT = 512 * 2**20
"""Bytes an exact table may take; 10000d6 takes 160 MB. Larger ones are computed in floats."""

TIME_LIMIT = 60.0
"""Seconds a table may take, by estimate."""

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Draw:
    """Several independent copies of one law."""

    law: Pmf | FloatPmf
    copies: int


@dataclass(frozen=True, slots=True)
class Sum:
    """A constant plus independent draws: everything that adding, subtracting and scaling dice can give.

    Parameters
    ----------
    constant : Fraction
    draws : tuple of Draw
        From laws on a lattice.
    pending : tuple of (Continuous, int)
        Copies of continuous laws, which `settled` puts on a lattice.
    """

    constant: Fraction = Fraction(0)
    draws: tuple[Draw, ...] = ()
    pending: tuple[tuple[Continuous, int], ...] = ()

    def __add__(self, other: Sum) -> Sum:
        return Sum(
            self.constant + other.constant,
            _grouped((*self.draws, *other.draws)),
            _counted((*self.pending, *other.pending)),
        )

    def scaled(self, factor: Fraction) -> Sum:
        """Multiply the value by a constant: (2d6) * 5 counts each pip five times."""
        if factor == 0:
            return Sum()
        draws = _grouped(Draw(draw.law.scaled(factor), draw.copies) for draw in self.draws)
        pending = tuple((law.scaled(factor), copies) for law, copies in self.pending)
        return Sum(self.constant * factor, draws, pending)

    def repeated(self, times: int) -> Sum:
        """Add up independent copies: 2d6 three times is 6d6."""
        draws = tuple(Draw(draw.law, draw.copies * times) for draw in self.draws)
        pending = _counted((law, copies * times) for law, copies in self.pending)
        return Sum(self.constant * times, _grouped(draws), pending)

    def without(self, part: Sum) -> Sum:
        """What is left of this sum when a part of it is taken out."""
        return self + Sum(
            -part.constant,
            tuple(Draw(draw.law, -draw.copies) for draw in part.draws),
            tuple((law, -copies) for law, copies in part.pending),
        )

    @property
    def random(self) -> bool:
        """Whether anything is drawn at all."""
        return bool(self.draws or self.pending)

    @property
    def smooth(self) -> bool:
        """Whether continuous laws are drawn from, on a lattice or not yet."""
        return bool(self.pending) or any(
            not isinstance(draw.law, Pmf) and draw.law.source is not None for draw in self.draws
        )

    def grid(self, step: Fraction | None = None) -> Fraction | None:
        """The step on which the continuous laws are settled; None if there are none.

        Parameters
        ----------
        step : Fraction, optional
            The step asked for; it is refined where the other draws need that. None: a round one is chosen.
        """
        if not self.pending:
            return None
        from .scipy_laws import grid

        return grid(self.pending, self.step if self.draws else None, step)

    def settled(self, grid: Fraction | None) -> Sum:
        """The same sum with its continuous laws on a lattice."""
        if not self.pending or grid is None:
            return self
        tables = tuple(Draw(law.tabulate(grid), copies) for law, copies in self.pending)
        return Sum(self.constant, _grouped((*self.draws, *tables)))

    @property
    def mean(self) -> Fraction:
        """Expectation, from the means of the draws."""
        return self.constant + sum((d.copies * d.law.mean for d in self.draws), Fraction(0))

    @property
    def variance(self) -> Fraction:
        """Variance, from the variances of the draws."""
        return sum((d.copies * d.law.variance for d in self.draws), Fraction(0))

    @property
    def step(self) -> Fraction:
        """Distance of the lattice points that the sum can fall on."""
        return common_step([draw.law.step for draw in self.draws])

    @property
    def points(self) -> int:
        """Lattice points from the smallest value to the largest."""
        return self.points_on(self.step)

    def points_on(self, step: Fraction) -> int:
        """Points of a lattice with this step from the smallest value to the largest."""
        return 1 + sum(d.copies * int((d.law.high - d.law.low) / step) for d in self.draws)


def draw(law: Pmf | FloatPmf, copies: int = 1) -> Sum:
    """The sum of several copies of one law."""
    return Sum(draws=_grouped([Draw(law, copies)])) if law.points > 1 else Sum(law.origin * copies)


def _grouped(draws: Iterable[Draw]) -> tuple[Draw, ...]:
    """Join copies of equal laws, drop what is drawn no times."""
    counted = _counted((each.law, each.copies) for each in draws if each.law.points > 1)
    return tuple(Draw(law, copies) for law, copies in counted)


def _counted(pairs: Iterable[tuple[Key, int]]) -> tuple[tuple[Key, int], ...]:
    """Add up the copies of equal laws, and drop what is drawn no times."""
    copies: dict[Key, int] = {}
    for law, count in pairs:
        copies[law] = copies.get(law, 0) + count
    return tuple((law, count) for law, count in copies.items() if count)


def distribution(terms: Sum) -> Pmf | FloatPmf:
    """Distribution of a sum of independent draws.

    Parameters
    ----------
    terms : Sum
        Continuous laws that are still pending are put on a grid that is chosen here.

    Returns
    -------
    Pmf or FloatPmf
        Exact if all laws are, and their table takes neither too much memory nor too much time.

    Raises
    ------
    ConvError
        If the table would be too long in floats too; raised before any work.
    """
    terms = terms.settled(terms.grid())
    if not terms.draws:
        return certain(terms.constant)
    tables = [(each.law, each.copies) for each in terms.draws if isinstance(each.law, Pmf)]
    if len(tables) == len(terms.draws):
        size, seconds = exact.cost(tables, terms.step)
        if terms.points <= LATTICE_LIMIT and size <= MEMORY_LIMIT and seconds <= TIME_LIMIT:
            return exact.convolved(tables, terms.constant, terms.step)
    from . import approximate

    draws = [(each.law, each.copies) for each in terms.draws]
    points = approximate.points(draws, terms.step)
    check_lattice(points, terms.step)
    seconds = approximate.seconds(draws, terms.step)
    if seconds > TIME_LIMIT:
        raise ConvError(
            f"a table of {points} values would take about {seconds:.3g} s, more than {TIME_LIMIT:.0f} s",
            hint=f"the normal law with mean {float(terms.mean):.9g} and standard deviation "
            f"{math.sqrt(terms.variance):.6g} comes close for sums this long",
        )
    return approximate.convolved(draws, terms.constant, terms.step)
