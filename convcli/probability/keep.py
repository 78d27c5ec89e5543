"""The sum of the highest, or of the lowest, of several dice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from math import comb

from convcli.errors import ConvError

from .lattice import Pmf, certain, common_step, from_weights

WORK_LIMIT = 10_000_000
"""Additions that keeping dice may take: a few seconds."""

BITS_LIMIT = 100_000
"""Bits of the number of equally likely rolls: every one of those additions is as long."""


def keep_highest(law: Pmf, copies: int, keep: int) -> Pmf:
    """Distribution of the sum of the `keep` highest of `copies` independent draws.

    Parameters
    ----------
    law : Pmf
        One draw.
    copies, keep : int
        1 <= keep <= copies.

    Raises
    ------
    ConvError
        If that takes too long to count.

    Notes
    -----
    Faces are taken from the highest down. A state is how many dice have shown so far, all of them kept,
    and their sum. A face either leaves some of the places free, or fills the last ones; then the dice
    that are left may show it or anything lower.
    """
    bits = copies * law.total.bit_length()
    work = len(law.counts) ** 2 * keep**3 / 4 * (1 + bits / 5000)
    if work > WORK_LIMIT or bits > BITS_LIMIT:
        raise ConvError(
            f"keeping {keep} of {copies} dice with {len(law.counts)} values takes too long to count",
            hint="roll or keep fewer dice, or use dice with fewer sides",
        )
    result: Counter[int] = Counter()
    states: dict[int, Counter[int]] = {0: Counter({0: 1})}
    lower = law.total
    for face in range(len(law.counts) - 1, -1, -1):
        weight = law.counts[face]
        lower -= weight
        if weight:
            for shown, sums in states.items():
                ways = _ways_to_fill(keep - shown, room=copies - shown, weight=weight, lower=lower)
                for total, count in sums.items():
                    result[total + (keep - shown) * face] += count * ways
            states = _leave_places(states, face, copies=copies, keep=keep, weight=weight)
    counts = tuple(result[i] for i in range(keep * (len(law.counts) - 1) + 1))
    cut = (copies * law.cut[0], copies * law.cut[1])
    return Pmf(law.origin * keep, law.step, counts, law.total**copies, cut)


def keep_lowest(law: Pmf, copies: int, keep: int) -> Pmf:
    """Distribution of the sum of the `keep` lowest of `copies` draws: `keep_highest` upside down."""
    return keep_highest(law.scaled(Fraction(-1)), copies, keep).scaled(Fraction(-1))


def keep_dice(law: Pmf, copies: int, keep: int, *, highest: bool) -> Pmf:
    """Distribution of the sum of the `keep` highest, or lowest, of `copies` independent draws.

    Parameters
    ----------
    law : Pmf
        One draw.
    copies, keep : int
        0 <= keep <= copies; the sum of none is 0.
    highest : bool
        Whether the highest are kept; else the lowest.

    Returns
    -------
    Pmf

    Raises
    ------
    ConvError
        If that takes too long to count.
    """
    if keep == 0:
        return certain(Fraction(0))
    return keep_highest(law, copies, keep) if highest else keep_lowest(law, copies, keep)


def keep_of(laws: Sequence[Pmf], keep: int, *, highest: bool) -> Pmf:
    """Distribution of the sum of the `keep` highest, or lowest, of different dice.

    Parameters
    ----------
    laws : sequence of Pmf
        One draw from each.
    keep : int
        0 <= keep <= len(laws); the sum of none is 0.
    highest : bool
        Whether the highest are kept; else the lowest.

    Raises
    ------
    ConvError
        If that takes too long to count.

    Notes
    -----
    For every value t that the last one kept can have: the dice above it, fewer than `keep`, add up to a sum,
    and enough others show t itself to fill the places that are left.
    """
    if len(set(laws)) == 1 or keep == 0:
        return keep_dice(laws[0], len(laws), keep, highest=highest)
    if not highest:
        mirrored = [law.scaled(Fraction(-1)) for law in laws]
        return keep_of(mirrored, keep, highest=True).scaled(Fraction(-1))
    # States are counts of dice above and at t, and sums; every die takes each state to every face.
    step = common_step([law.step for law in laws] + [abs(law.low - laws[0].low) for law in laws])
    faces = sum(law.points for law in laws)
    sums = sum(law.points * int(law.step / step) for law in laws)
    if faces**2 * keep**2 * sums > 20 * WORK_LIMIT:
        raise ConvError(
            f"keeping {keep} of {len(laws)} different dice takes too long to count",
            hint="roll or keep fewer dice, or use dice with fewer sides",
        )
    tables = [{int((v - laws[0].low) / step): count for v, count in law.items()} for law in laws]
    values = sorted({*chain.from_iterable(tables)})
    result: Counter[int] = Counter()
    for last in values:
        for (above, equal, total), ways in _around(tables, last, keep).items():
            if above < keep <= above + equal:
                result[total + (keep - above) * last] += ways
    weights = {laws[0].low * keep + total * step: ways for total, ways in result.items()}
    cut = (sum(law.cut[0] for law in laws), sum(law.cut[1] for law in laws))
    return replace(from_weights(weights), cut=cut)


def _around(tables: Sequence[Mapping[int, int]], last: int, keep: int) -> Counter[tuple[int, int, int]]:
    """Ways for so many dice to be above a value, so many at it, and those above to have a sum."""
    states: Counter[tuple[int, int, int]] = Counter({(0, 0, 0): 1})
    for table in tables:
        lower = sum(count for value, count in table.items() if value < last)
        same = table.get(last, 0)
        higher = [(value, count) for value, count in table.items() if value > last]
        after: Counter[tuple[int, int, int]] = Counter()
        for (above, equal, total), ways in states.items():
            if lower:
                after[above, equal, total] += ways * lower
            if same:
                after[above, equal + 1, total] += ways * same
            if above + 1 < keep:
                for value, count in higher:
                    after[above + 1, equal, total + value] += ways * count
        states = after
    return states


def _ways_to_fill(places: int, *, room: int, weight: int, lower: int) -> int:
    """Ways for `room` dice to show this face at least `places` times and lower faces else."""
    fewer: int = sum(comb(room, j) * weight**j * lower ** (room - j) for j in range(places))
    return int((weight + lower) ** room) - fewer


def _leave_places(
    states: dict[int, Counter[int]], face: int, *, copies: int, keep: int, weight: int
) -> dict[int, Counter[int]]:
    """The states after a face that was shown too few times to fill the places."""
    after: dict[int, Counter[int]] = defaultdict(Counter)
    for shown, sums in states.items():
        for j in range(keep - shown):
            ways = comb(copies - shown, j) * weight**j
            for total, count in sums.items():
                after[shown + j][total + j * face] += count * ways
    return after
