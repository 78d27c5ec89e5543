"""What one die does before it is added up: rerolls, explosions, successes."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from convcli.errors import ConvError, UsageError

from .lattice import Pmf, check_lattice, common_step, from_counts, from_weights
from .powers import multiply, sparse_product

EXPLOSION_TAIL = 1e-60
"""Probability beyond which an exploding die is cut; sums of several are shown out to its root."""

KEPT_TAIL = 1e-30
"""The same where dice are kept or dropped, which nothing is added to."""

WORK_LIMIT = 200_000_000
"""Bits of the table of an exploding die: some seconds."""

_RELATIONS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}

RELATIONS = tuple(_RELATIONS)
"""Signs that compare, the longer ones first."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Which faces are meant: those that stand in a relation to a number."""

    relation: str
    bound: Fraction

    def holds(self, face: Fraction) -> bool:
        """Whether a face is meant."""
        return _RELATIONS[self.relation](face, self.bound)


def probability(law: Pmf, condition: Condition) -> Fraction:
    """Probability that a roll meets a condition."""
    return Fraction(sum(count for face, count in law.items() if condition.holds(face)), law.total)


def reroll(law: Pmf, condition: Condition, *, once: bool) -> Pmf:
    """One die that is rolled again while, or once if, it shows a face that is not wanted.

    Parameters
    ----------
    law : Pmf
        One roll.
    condition : Condition
        The faces that are not wanted.
    once : bool
        Whether the second roll counts whatever it shows.

    Raises
    ------
    UsageError
        If every face would be rolled again and again.
    """
    unwanted = probability(law, condition)
    if unwanted == 1 and not once:
        raise UsageError(
            "every face is rolled again, for ever", hint="name faces that leave others, as in 2d6r1"
        )
    again = unwanted * law.total if once else 0
    weights = {
        face: law.total * count * (not condition.holds(face)) + again * count for face, count in law.items()
    }
    return from_weights(weights)


def explode(
    law: Pmf,
    condition: Condition,
    *,
    once: bool,
    success: Condition | None = None,
    tail: float = EXPLOSION_TAIL,
) -> Pmf:
    """One die that is rolled again and added when it shows certain faces.

    Parameters
    ----------
    law : Pmf
        One roll.
    condition : Condition
        The faces that add another roll.
    once : bool
        Whether the second roll adds no third.
    success : Condition, optional
        What counts as a success: then every roll adds 1 or 0 instead of its face.
    tail : float
        The explosion is cut where a further roll is less probable than this; the rest is left out.

    Raises
    ------
    UsageError
        If every face adds another roll.
    ConvError
        If too many rolls matter.
    """
    bursting = probability(law, condition)
    score = {face: Fraction(success.holds(face)) if success else face for face, _ in law.items()}
    if bursting == 0:
        return _scored(law, score)
    if bursting == 1 and not once:
        raise UsageError("every face adds another roll, for ever", hint="roll a die with other faces too")
    # In steps that all scores are multiples of, so that they are exponents of x.
    step = common_step([abs(each) for each in score.values() if each])
    burst, stop = Counter[int](), Counter[int]()
    for face, count in law.items():
        (burst if condition.holds(face) else stop)[int(score[face] / step)] += count
    if once:
        every = {e: burst[e] + stop[e] for e in {*burst, *stop}}
        return _on_lattice(_sum(_times(stop, law.total), sparse_product(burst, every)), step)
    rolls = math.ceil(math.log(tail) / math.log(bursting))
    points = rolls * (max(*burst, *stop) - min(*burst, *stop)) + 1
    if points * rolls * law.total.bit_length() > WORK_LIMIT:
        raise ConvError(
            f"up to {rolls} rolls of one die matter, too many to count",
            hint="explode less often, or once only, as in d6!o",
        )
    table = _product(_geometric(burst, law.total, rolls), stop)
    left = float(bursting) ** rolls
    return _on_lattice(table, step, cut=(left, 0.0) if min(burst) < 0 else (0.0, left))


def _geometric(ratio: Mapping[int, int], total: int, terms: int) -> Mapping[int, int]:
    """T^(n-1) + B T^(n-2) + ... + B^(n-1), by doubling: G_2n = G_n (T^n + B^n), G_(n+1) = B G_n + T^n."""
    table: Mapping[int, int] = {0: 1}
    power: Mapping[int, int] = ratio
    count = 1
    for bit in bin(terms)[3:]:
        table = _product(table, _sum({0: total**count}, power))
        power, count = _product(power, power), 2 * count
        if bit == "1":
            table = _sum(_product(ratio, table), {0: total**count})
            power, count = _product(power, ratio), count + 1
    return table


def _product(a: Mapping[int, int], b: Mapping[int, int]) -> dict[int, int]:
    """Product of two polynomials that may have negative exponents."""
    starts = [min(a), min(b)]
    dense = [[p.get(e, 0) for e in range(start, max(p) + 1)] for p, start in zip((a, b), starts, strict=True)]
    return {sum(starts) + i: count for i, count in enumerate(multiply(*dense)) if count}


def successes(law: Pmf, success: Condition) -> Pmf:
    """1 for a roll that meets a condition, 0 for any other."""
    return _scored(law, {face: Fraction(success.holds(face)) for face, _ in law.items()})


def _scored(law: Pmf, score: Mapping[Fraction, Fraction]) -> Pmf:
    """The distribution of a function of the roll."""
    weights: Counter[Fraction] = Counter()
    for face, count in law.items():
        weights[score[face]] += count
    return from_weights(weights)


def _times(a: Mapping[int, int], factor: int) -> dict[int, int]:
    return {exponent: count * factor for exponent, count in a.items()}


def _sum(a: Mapping[int, int], b: Mapping[int, int]) -> dict[int, int]:
    return {e: a.get(e, 0) + b.get(e, 0) for e in {*a, *b}}


def _on_lattice(table: Mapping[int, int], step: Fraction, *, cut: tuple[float, float] = (0.0, 0.0)) -> Pmf:
    """Counts of multiples of the step as a distribution."""
    low, high = min(table), max(table)
    check_lattice(high - low + 1, step)
    return from_counts(low * step, step, [table.get(e, 0) for e in range(low, high + 1)], cut=cut)
