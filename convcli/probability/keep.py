"""The sum of the highest, or of the lowest, of several dice."""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from math import comb

from convcli.errors import ConvError

from .lattice import Pmf, certain

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
    return Pmf(law.origin * keep, law.step, counts, law.total**copies)


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
