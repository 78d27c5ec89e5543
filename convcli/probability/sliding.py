"""The sliding picture of a known total: f, g reversed and moved to c, their product, and the posterior."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from .digits import value_text
from .law import Law
from .pairs import Pair, Part
from .questions import Answer
from .rendering import learned, with_fraction
from .strokes import heading, shown

FEW = 25
"""Lattice points that are shown whole, however few of them the product covers."""

ZOOM = 4
"""How much wider than the product everything else may be before only what is near the product is shown."""

TAIL = Fraction(1, 10**4)
"""Probability that is left out at either end on a linear scale, where it would be a line on the axis."""

MENTIONED = 1e-6
"""Probability beyond the ends of the axis that is not worth a word."""

NOTE = 110
"""Characters that a line below the picture has room for."""

SMALL = -200
"""Decade below which heights are drawn in a unit of their own: floats, and axes, end not far below."""

Heights = tuple[tuple[Fraction, Fraction], ...]
"""Values, ascending, and what stands on them."""

Interval = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True)
class Row:
    """One of the drawings over the axis of a.

    Parameters
    ----------
    name, title : str
        Of the axis, ``f(a)``; and what it shows.
    heights : Heights
        Probabilities, or densities.
    step : Fraction
        Distance of the lattice points.
    smooth : bool
        The heights are the density of a continuous law, not values that stand apart.
    peak : Fraction
        The largest height where the product can be seen; what is higher elsewhere may be cut.
    """

    name: str
    title: str
    heights: Heights
    step: Fraction
    smooth: bool
    peak: Fraction

    @property
    def decade(self) -> int:
        """Exponent of the unit in which the heights can be drawn: 0 where floats hold them."""
        decade = math.floor(math.log10(self.peak.numerator) - math.log10(self.peak.denominator))
        return decade if decade < SMALL else 0


@dataclass(frozen=True, slots=True)
class Slide:
    """The whole picture.

    Parameters
    ----------
    formula : str
        The sum or the integral with its value.
    rows : tuple of Row
        f, g reversed and moved, their product, the posterior; only what lies within `low` and `high`.
    prior : Row or None
        f in the units of the posterior, None where one is a density and the other is not.
    low, high : Fraction
        Ends of the common axis.
    label : str
        The first part as a person would name it.
    notes : tuple of str
        What is shown, what the total told, and what is left out.
    total : Fraction
        c.
    """

    formula: str
    rows: tuple[Row, Row, Row, Row]
    prior: Row | None
    low: Fraction
    high: Fraction
    label: str
    notes: tuple[str, ...]
    total: Fraction


def slide(pair: Pair, law: Law, description: str, *, log: bool) -> Slide:
    """Work out the sliding picture.

    Parameters
    ----------
    pair : Pair
        Two parts with a known total.
    law : Law
        The posterior of the first.
    description : str
        What the posterior is of.
    log : bool
        Heights are seen on a logarithmic scale, tails included.

    Returns
    -------
    Slide
        Continuous parts as densities: the probabilities of cells, divided by their width. The product of two
        densities is one over a, and its area the density of the total; the product of a density with
        probabilities stands on single values, and its sum is that density.

    Raises
    ------
    ValueError
        If the total is not known.
    """
    if pair.total is None or pair.evidence is None:
        raise ValueError("the sliding picture needs a total")
    first, rest, total = pair.first, pair.rest, pair.total
    (low, high), seen = _window(pair, law, total, log=log)
    both = first.smooth and rest.smooth
    step = max(part.law.step for part in (first, rest) if part.smooth == both)
    cell = step if both else Fraction(1)
    density = pair.evidence / (cell if both else first.cell * rest.cell)
    known = _heights(law, low, high, cell)
    ways = tuple((a, height * density) for a, height in known)
    mirrored = _heights(rest.law, total - high, total - low, rest.cell)
    moved = tuple((total - b, height) for b, height in reversed(mirrored))
    c = value_text(total)
    whole, shifted = f"{'p' if pair.smooth else 'P'}({c})", f"g({c} − a)"

    def row(name: str, title: str, heights: Heights, step: Fraction, smooth: bool) -> Row:
        inside = [height for a, height in heights if seen[0] <= a <= seen[1]]
        return Row(name, heading(title), heights, step, smooth, max(inside))

    f = _heights(first.law, low, high, first.cell)
    rows = (
        row("f(a)", f"f: {first.label}", f, first.law.step, first.smooth),
        row(shifted, f"g: {rest.label}, reversed and moved to c = {c}", moved, rest.law.step, rest.smooth),
        row(
            f"f(a) {shifted}",
            f"the product, whose {'area is' if both else 'values add up to'} {whole}",
            ways,
            step,
            both,
        ),
        row(f"{'p' if both else 'P'}(a | {c})", f"the product divided by {whole}", known, step, both),
    )
    total_text = with_fraction(Answer("", density, exact=law.exact))
    notes = [heading(description, room=NOTE), learned(law, first.law), *_left_out(pair, law, low, high)]
    return Slide(
        formula=f"{whole} = {'∫' if both else 'Σ'} f(a) {shifted}{' da' if both else ''} = {total_text}",
        rows=rows,
        prior=rows[0] if first.smooth == both else None,
        low=low,
        high=high,
        label=first.label,
        notes=tuple(notes),
        total=total,
    )


def _heights(law: Law, low: Fraction, high: Fraction, cell: Fraction) -> Heights:
    """Probabilities between two values, both included, divided by the width of a cell."""
    unit = law.total * cell
    return tuple((value, weight / unit) for value, weight in law.items() if low <= value <= high)


def _window(pair: Pair, law: Law, total: Fraction, *, log: bool) -> tuple[Interval, Interval]:
    """Ends of the common axis, and of the part of it that sets the scale of the heights.

    Both are everything, or what is near the product and the product, if that is too narrow to be seen.
    """
    step = max(_apart(pair.first), _apart(pair.rest))
    low, high = _union(pair, total, log=True)
    if pair.smooth or high - low > FEW * step:
        seen = shown(law, log=log, tail=TAIL)
        low, high = _union(pair, total, log=log)
        low, high, width = min(low, seen[0]), max(high, seen[1]), seen[1] - seen[0]
        if high - low > max(ZOOM * width, FEW * step):
            room = max(width, 2 * step)
            return (max(low, seen[0] - room), min(high, seen[1] + room)), seen
    return (low, high), (low, high)


def _union(pair: Pair, total: Fraction, *, log: bool) -> Interval:
    """Where f, or g when it is reversed and moved, can be seen."""
    first, rest = (shown(part.law, log=log, tail=TAIL) for part in (pair.first, pair.rest))
    return min(first[0], total - rest[1]), max(first[1], total - rest[0])


def _apart(part: Part) -> Fraction:
    """Distance of values that stand apart; a grid has none."""
    return Fraction(0) if part.smooth else part.law.step


def _left_out(pair: Pair, law: Law, low: Fraction, high: Fraction) -> list[str]:
    """Say how much lies beyond the ends of the axis."""
    total = pair.total or Fraction(0)
    outside = {
        "f": _beyond(pair.first.law, low, high),
        "g": _beyond(pair.rest.law, total - high, total - low),
        "the product": _beyond(law, low, high),
    }
    told = [f"{100 * share:.3g} % of {name}" for name, share in outside.items() if share > MENTIONED]
    return [f"beyond the edges: {', '.join(told)}"] if told else []


def _beyond(law: Law, low: Fraction, high: Fraction) -> float:
    """Probability outside of an interval, added up from the ends."""
    below, above = law.between(None, low), law.between(high, None)
    return float(below - law.between(low, low) + above - law.between(high, high))
