"""Sums of independent draws: what a term means, and its exact distribution."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from convcli.errors import ConvError

from . import powers
from .lattice import Pmf, certain, check_lattice, common_step

MEMORY_LIMIT = 512 * 2**20
"""Bytes an exact table may take; 10000d6 takes 160 MB."""

TIME_LIMIT = 60.0
"""Seconds a table may take by the estimates below."""

TAPS_LIMIT = 256
"""Laws share one recurrence while its terms stay below this number."""


@dataclass(frozen=True, slots=True)
class Draw:
    """Several independent copies of one law."""

    law: Pmf
    copies: int


@dataclass(frozen=True, slots=True)
class Sum:
    """A constant plus independent draws: everything that adding, subtracting and scaling dice can give."""

    constant: Fraction = Fraction(0)
    draws: tuple[Draw, ...] = ()

    def __add__(self, other: Sum) -> Sum:
        return Sum(self.constant + other.constant, _grouped((*self.draws, *other.draws)))

    def scaled(self, factor: Fraction) -> Sum:
        """Multiply the value by a constant: (2d6) * 5 counts each pip five times."""
        draws = _grouped(Draw(draw.law.scaled(factor), draw.copies) for draw in self.draws)
        return Sum(self.constant * factor, draws)

    def repeated(self, times: int) -> Sum:
        """Add up independent copies: 2d6 three times is 6d6."""
        draws = tuple(Draw(draw.law, draw.copies * times) for draw in self.draws)
        return Sum(self.constant * times, _grouped(draws))

    def without(self, part: Sum) -> Sum:
        """What is left of this sum when a part of it is taken out."""
        draws = _grouped((*self.draws, *(Draw(draw.law, -draw.copies) for draw in part.draws)))
        return Sum(self.constant - part.constant, draws)

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


def draw(law: Pmf, copies: int = 1) -> Sum:
    """The sum of several copies of one law."""
    return Sum(draws=_grouped([Draw(law, copies)])) if len(law.counts) > 1 else Sum(law.origin * copies)


def _grouped(draws: Iterable[Draw]) -> tuple[Draw, ...]:
    """Join copies of equal laws, drop what is drawn no times."""
    copies: dict[Pmf, int] = {}
    for each in draws:
        copies[each.law] = copies.get(each.law, 0) + each.copies
    return tuple(Draw(law, count) for law, count in copies.items() if count and len(law.counts) > 1)


def distribution(terms: Sum) -> Pmf:
    """Exact distribution of a sum of independent draws.

    Raises
    ------
    ConvError
        If the table would take too much memory or time; raised before any work.
    """
    if not terms.draws:
        return certain(terms.constant)
    _check_size(terms)
    step = terms.step
    length = terms.points
    batches = _batches(terms.draws)
    symmetric = len(batches) == 1 and all(draw.law.symmetric for draw in terms.draws)
    wanted = (length + 1) // 2 if symmetric else length
    counts = powers.product([_expand(batch, step, wanted) for batch in batches])
    if symmetric:
        counts += counts[: length // 2][::-1]
    origin = terms.constant + sum((d.copies * d.law.low for d in terms.draws), Fraction(0))
    return Pmf(origin, step, tuple(counts), math.prod(d.law.total**d.copies for d in terms.draws))


def _batches(draws: Sequence[Draw]) -> list[list[Draw]]:
    """Group the draws whose product one short recurrence gives; the simplest laws first."""
    batches: list[list[Draw]] = []
    for each in sorted(draws, key=_taps):
        if batches and _batch_taps([*batches[-1], each]) <= TAPS_LIMIT:
            batches[-1].append(each)
        else:
            batches.append([each])
    return batches


def _taps(each: Draw) -> int:
    """Terms that a law adds to the recurrence: two for a fair die, all non-zero counts else."""
    return 2 if each.law.fair else sum(1 for count in each.law.counts if count)


def _batch_taps(batch: Sequence[Draw]) -> int:
    """Terms of the recurrence for a batch; fair dice of one lattice share the factor 1 - x."""
    lattices = {each.law.step for each in batch if each.law.fair}
    return int(math.prod(map(_taps, batch)) << len(lattices))


def _expand(batch: Sequence[Draw], step: Fraction, wanted: int) -> list[int]:
    """Coefficients of the product of a batch, on the lattice with this step."""
    length = Sum(draws=tuple(batch)).points_on(step)
    if len(batch) == 1 and _squaring_is_faster(batch[0], length):
        return powers.power(_spread(batch[0].law, step), batch[0].copies)[:wanted]
    factors: list[powers.Factor] = []
    for each in batch:
        stride = int(each.law.step / step)
        if each.law.fair:
            factors += powers.uniform_factors(len(each.law.counts), stride=stride, copies=each.copies)
        else:
            terms = tuple((i * stride, count) for i, count in enumerate(each.law.counts) if count)
            factors.append(powers.Factor(terms, each.copies))
    return powers.expand(powers.merge(factors), min(wanted, length))


def _spread(law: Pmf, step: Fraction) -> list[int]:
    """The counts of a law on a finer lattice."""
    stride = int(law.step / step)
    counts = [0] * ((len(law.counts) - 1) * stride + 1)
    counts[::stride] = law.counts
    return counts


# Estimates of the time, fitted to runs of CPython 3.11 on a machine of two virtual CPUs (November 2026). They
# only choose between methods that give the same integers, and refuse what would take minutes.


def _bits(draws: Sequence[Draw]) -> float:
    """Bits of the largest counts."""
    return sum(d.copies * math.log2(d.law.total) for d in draws)


def _recurrence_seconds(length: float, taps: float, bits: float) -> float:
    return length * taps * (1.5e-7 + 7e-11 * bits)


def _product_seconds(length: float, bits: float) -> float:
    """Seconds of a product with `length` slots of so many bits; the last term is the decimal conversion."""
    return length * bits * (1e-8 + 6e-13 * bits)


def _squaring_is_faster(each: Draw, length: int) -> bool:
    bits = _bits([each])
    if each.law.fair:
        return each.copies == 1
    # The squarings before the last one take about as long as it does.
    return 2 * _product_seconds(length, bits) < _recurrence_seconds(length, _batch_taps([each]), bits)


def _check_size(terms: Sum) -> None:
    """Refuse tables that would not fit, before any of them is computed."""
    bits = _bits(terms.draws)
    points = terms.points
    size = points * (bits / 8 + 40)
    hint = (
        f"the normal law with mean {float(terms.mean):.9g} and standard deviation "
        f"{math.sqrt(terms.variance):.6g} comes close for sums this long"
    )
    if size > MEMORY_LIMIT:
        raise ConvError(
            f"an exact table of {points} values would take about {size / 2**20:.3g} MB, "
            f"more than {MEMORY_LIMIT >> 20} MB",
            hint=hint,
        )
    check_lattice(points, terms.step)
    seconds = _estimate(terms)
    if seconds > TIME_LIMIT:
        raise ConvError(
            f"an exact table of {points} values would take about {seconds:.3g} s, "
            f"more than {TIME_LIMIT:.0f} s",
            hint=hint,
        )


def _estimate(terms: Sum) -> float:
    """Predicted seconds for `distribution`."""
    batches = _batches(terms.draws)
    seconds = 0.0
    for batch in batches:
        points, bits = Sum(draws=tuple(batch)).points_on(terms.step), _bits(batch)
        recurrence = _recurrence_seconds(points, _batch_taps(batch), bits)
        single = len(batch) == 1
        seconds += min(recurrence, 2 * _product_seconds(points, bits)) if single else recurrence
    return seconds + (len(batches) - 1) * _product_seconds(terms.points, _bits(terms.draws))
