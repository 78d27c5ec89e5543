"""Two parts of a sum as the data of a page on which one slides over the other."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import count, takewhile
from typing import Any

from convcli.errors import ConvError

from .digits import value_text
from .lattice import common_step
from .law import Law
from .pairs import Pair, Part
from .request import Result
from .request2 import Result2
from .strokes import TAIL, shown

VALUES = 2000
"""Most lattice points of a part that is a page's to show: each is drawn anew whenever the page moves."""

CELLS = 200
"""Most cells of a continuous part, which are merged until they are so few: as fine as a screen shows."""

Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class _Grid:
    """Cells into which the points of a continuous law are merged: their width, and the middle of one."""

    step: Fraction
    anchor: Fraction


def scene(result: Result | Result2) -> dict[str, Any]:
    """Return what a page of two distributions begins with.

    Parameters
    ----------
    result : Result or Result2
        Of numbers, and with its pair.

    Returns
    -------
    dict
        ``kind``, ``title``, ``f`` and ``g`` (``name``, ``support`` in fractions, ``probability`` in floats),
        and ``given``, a fraction or None.
        Continuous parts are merged into at most `CELLS` cells, one of which has the total in its middle;
        their tails, and those of parts with more than `VALUES` values, are left out below 1e-6, unless the
        total makes them count. The title says so.

    Raises
    ------
    ConvError
        If a part has too many values for a page.
    ValueError
        If the result has no pair.
    """
    if isinstance(result, Result2) or result.pair is None:
        raise ValueError("the page needs two parts")
    pair, law = result.pair, result.law
    parts = (pair.first, pair.rest)
    common = common_step([part.law.step for part in parts])
    crowded = [part.smooth or _points((part.law.low, part.law.high), common) > VALUES for part in parts]
    ends = [
        _ends(part, pair, law) if cut else (part.law.low, part.law.high)
        for part, cut in zip(parts, crowded, strict=True)
    ]
    step = _merged(pair, ends, common)
    for part, interval in zip(parts, ends, strict=True):
        if (points := _points(interval, step)) > VALUES:
            raise ConvError(
                f"--html: {part.label} has {points} steps, more than the {VALUES} that a page can show",
                hint="--plot draws any number, or use fewer or coarser values",
            )
    anchors = _anchors(pair)
    f, g = (
        _record(part, interval, _Grid(step if part.smooth else part.law.step, anchor))
        for part, interval, anchor in zip(parts, ends, anchors, strict=True)
    )
    notes = [f"in cells of {value_text(step)}"] if pair.smooth else []
    notes += [f"tails cut at 1 in {TAIL.denominator:,}"] if any(crowded) else []
    return {
        "kind": "distribution",
        "title": ", ".join([pair.description, *notes]),
        "f": f,
        "g": g,
        "given": pair.total,
    }


def _points(interval: Interval, step: Fraction) -> int:
    """Lattice points from one end to the other."""
    return int((interval[1] - interval[0]) / step) + 1


def _ends(part: Part, pair: Pair, law: Law) -> Interval:
    """What is shown of a part: its own values but for the tails, and those that the total makes count."""
    low, high = shown(part.law, log=False)
    if pair.total is None:
        return low, high
    seen = shown(law, log=False)
    needed = seen if part is pair.first else (pair.total - seen[1], pair.total - seen[0])
    return min(low, needed[0]), max(high, needed[1])


def _merged(pair: Pair, ends: list[Interval], step: Fraction) -> Fraction:
    """Width of the cells: an odd number of steps, so that each has a point in its middle.

    Where the other part is not continuous, its values must stay so many cells apart.
    """
    smooth = [interval for part, interval in zip((pair.first, pair.rest), ends, strict=True) if part.smooth]
    if not smooth:
        return step
    apart = [part.law.step / step for part in (pair.first, pair.rest) if not part.smooth]
    most = max(_points(interval, step) for interval in smooth)
    odd = takewhile(lambda steps: steps <= most, count(1, 2))
    fitting = [steps for steps in odd if all(distance % steps == 0 for distance in apart)]
    return step * next((steps for steps in fitting if most <= steps * CELLS), fitting[-1])


def _anchors(pair: Pair) -> tuple[Fraction, Fraction]:
    """A value of either part that is in the middle of a cell; with cells they add up to a known total."""
    first, rest = (_near_zero(part.law) for part in (pair.first, pair.rest))
    if pair.total is not None and pair.rest.smooth:
        rest = pair.total - first
    elif pair.total is not None and pair.first.smooth:
        first = pair.total - rest
    return first, rest


def _near_zero(law: Law) -> Fraction:
    """The point of the lattice that is nearest to 0, which need not be a possible value."""
    return law.origin - round(law.origin / law.step) * law.step


def _record(part: Part, interval: Interval, grid: _Grid) -> dict[str, Any]:
    """A part by the cells of a grid, one point each where it is not continuous."""
    law, (low, high) = part.law, interval
    beside = (grid.step / law.step - 1) / 2
    first, last = (round((end - grid.anchor) / grid.step) for end in (low, high))
    values, ranges = [], []
    for number in range(first, last + 1):
        value = grid.anchor + number * grid.step
        middle = (value - law.origin) / law.step
        ends = (max(0, int(middle - beside)), min(law.points - 1, int(middle + beside)))
        if ends[0] <= ends[1]:
            values.append(value)
            ranges.append(ends)
    shares = [numerator / denominator for numerator, denominator in law.sums(ranges)]
    possible = [(value, share) for value, share in zip(values, shares, strict=True) if share]
    support, probability = map(list, zip(*possible, strict=True))
    return {"name": part.label, "support": support, "probability": probability}
