"""Sums in exact integers: which recurrence or product gives which draws, and what that takes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

from . import powers
from .lattice import Pmf, from_counts

TAPS_LIMIT = 256
"""Laws share one recurrence while its terms stay below this number."""

Copies = tuple[Pmf, int]
"""A law, and how many independent draws of it are added."""


def convolved(draws: Sequence[Copies], constant: Fraction, step: Fraction) -> Pmf:
    """Distribution of a sum, in integers.

    Parameters
    ----------
    draws : sequence of (Pmf, int)
        At least one.
    constant : Fraction
        Added to them.
    step : Fraction
        Common to all the laws.

    Returns
    -------
    Pmf
        Where infinite tails were cut, it ends where what is missing begins to matter.
    """
    length = _points(draws, step)
    batches = _batches(draws)
    symmetric = len(batches) == 1 and all(law.symmetric for law, _ in draws)
    wanted = (length + 1) // 2 if symmetric else length
    counts = powers.product([_expand(batch, step, wanted) for batch in batches])
    if symmetric:
        counts += counts[: length // 2][::-1]
    origin = constant + sum((copies * law.low for law, copies in draws), Fraction(0))
    below, above = (math.fsum(copies * law.cut[side] for law, copies in draws) for side in (0, 1))
    total = math.prod(law.total**copies for law, copies in draws)
    table = Pmf(origin, step, tuple(counts), total, (below, above))
    if below + above == 0 or sum(copies for _, copies in draws) == 1:
        return table
    return _trimmed(table, missing=max(max(law.cut) for law, _ in draws))


def _trimmed(law: Pmf, *, missing: float) -> Pmf:
    """Cut a sum where less than the root of what one part misses is left.

    What a part holds back that was cut at 1e-60 is no more than 1e-30 of a probability of 1e-30.
    """
    allowed = Fraction(math.sqrt(missing)) * law.total
    lost = [0, 0]
    for side, counts in enumerate((law.counts, law.counts[::-1])):
        if law.cut[side]:
            lost[side] = next(i for i, below in enumerate(accumulate(counts)) if below > allowed)
    kept = slice(lost[0], law.points - lost[1])
    below, above = sum(law.counts[: kept.start]) / law.total, sum(law.counts[kept.stop :]) / law.total
    cut = (law.cut[0] + below, law.cut[1] + above)
    return from_counts(law.value(kept.start), law.step, law.counts[kept], cut=cut)


def cost(draws: Sequence[Copies], step: Fraction) -> tuple[float, float]:
    """Bytes of the table and seconds to compute it, estimated.

    Parameters
    ----------
    draws : sequence of (Pmf, int)
        At least one.
    step : Fraction
        Common to all the laws.
    """
    return _points(draws, step) * (_bits(draws) / 8 + 40), _seconds(draws, step)


def _points(draws: Sequence[Copies], step: Fraction) -> int:
    """Lattice points that a sum spans."""
    return 1 + sum(copies * int((law.high - law.low) / step) for law, copies in draws)


def _batches(draws: Sequence[Copies]) -> list[list[Copies]]:
    """Group the draws whose product one short recurrence gives; the simplest laws first."""
    batches: list[list[Copies]] = []
    for each in sorted(draws, key=_taps):
        if batches and _batch_taps([*batches[-1], each]) <= TAPS_LIMIT:
            batches[-1].append(each)
        else:
            batches.append([each])
    return batches


def _taps(each: Copies) -> int:
    """Terms that a law adds to the recurrence: two for a fair die, all non-zero counts else."""
    law, _ = each
    return 2 if law.fair else sum(1 for count in law.counts if count)


def _batch_taps(batch: Sequence[Copies]) -> int:
    """Terms of the recurrence for a batch; fair dice of one lattice share the factor 1 - x."""
    lattices = {law.step for law, _ in batch if law.fair}
    return int(math.prod(map(_taps, batch)) << len(lattices))


def _expand(batch: Sequence[Copies], step: Fraction, wanted: int) -> list[int]:
    """Coefficients of the product of a batch, on the lattice with this step."""
    length = _points(batch, step)
    if len(batch) == 1 and _squaring_is_faster(batch[0], length):
        law, copies = batch[0]
        return powers.power(_spread(law, step), copies)[:wanted]
    factors: list[powers.Factor] = []
    for law, copies in batch:
        stride = int(law.step / step)
        if law.fair:
            factors += powers.uniform_factors(law.points, stride=stride, copies=copies)
        else:
            terms = tuple((i * stride, count) for i, count in enumerate(law.counts) if count)
            factors.append(powers.Factor(terms, copies))
    return powers.expand(powers.merge(factors), min(wanted, length))


def _spread(law: Pmf, step: Fraction) -> list[int]:
    """The counts of a law on a finer lattice."""
    stride = int(law.step / step)
    counts = [0] * ((len(law.counts) - 1) * stride + 1)
    counts[::stride] = law.counts
    return counts


# Estimates of the time, fitted to runs of CPython 3.11 on a machine of two virtual CPUs (November 2026). They
# only choose between methods that give the same integers, and refuse what would take minutes.


def _bits(draws: Sequence[Copies]) -> float:
    """Bits of the largest counts."""
    return sum(copies * math.log2(law.total) for law, copies in draws)


def _recurrence_seconds(length: float, taps: float, bits: float) -> float:
    return length * taps * (1.5e-7 + 7e-11 * bits)


def _product_seconds(length: float, bits: float) -> float:
    """Seconds of a product with `length` slots of so many bits; the last term is the decimal conversion."""
    return length * bits * (1e-8 + 6e-13 * bits)


def _squaring_is_faster(each: Copies, length: int) -> bool:
    law, copies = each
    bits = _bits([each])
    if law.fair:
        return copies == 1
    # The squarings before the last one take about as long as it does.
    return 2 * _product_seconds(length, bits) < _recurrence_seconds(length, _batch_taps([each]), bits)


def _seconds(draws: Sequence[Copies], step: Fraction) -> float:
    """Predicted seconds for `convolved`."""
    batches = _batches(draws)
    seconds = 0.0
    for batch in batches:
        points, bits = _points(batch, step), _bits(batch)
        recurrence = _recurrence_seconds(points, _batch_taps(batch), bits)
        single = len(batch) == 1
        seconds += min(recurrence, 2 * _product_seconds(points, bits)) if single else recurrence
    return seconds + (len(batches) - 1) * _product_seconds(_points(draws, step), _bits(draws))
