"""Distributions as tables with bars, and what is said about them in a line."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from convcli.arithmetic.notation import format_number, table_width

from .digits import ratio_text, value_text
from .law import Law, Ratio
from .questions import Answer, AnyAnswer, IntervalAnswer, QuantileAnswer

ROWS = 60
"""Longest table that is printed in full."""

TAIL = Fraction(5, 100_000)
"""Probability that a longer table leaves out at either end: the central 99.99 % stay."""

HEADER = ("value", "probability", "at_most", "at_least")
HEADINGS = tuple(name.replace("_", " ") for name in HEADER)
DIGITS = 6
SHORTEST_PEAK = 4
"""Columns of the longest bar below which bars say nothing."""

FRACTION_LIMIT = 10**7
"""Denominators from here on do not fit three to a row; answers have room for their square."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for the terminal, and what was left out of them.

    The first `keys` columns hold the values, the others what belongs to them, one without a heading bars.
    """

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    caption: str | None
    keys: int = 1


@dataclass(frozen=True, slots=True)
class _Band:
    """Neighbouring lattice points in one row: indices first..last, both included."""

    first: int
    last: int


def table(law: Law, *, width: int, bar: str, exact: bool = False) -> Table:
    """Lay out a distribution with bars scaled to its peak.

    Parameters
    ----------
    law : Law
    width : int
        Columns of text to fill. Where they are few, the bars go first, then the tails.
    bar : str
        One character of a bar.
    exact : bool
        Fractions instead of decimals; `law` has to be exact.

    Returns
    -------
    Table
    """
    bands, notes = _bands(law)
    if exact and law.total >= FRACTION_LIMIT:
        exact = False
        notes.append("the fractions are long (--format csv or json prints them)")
    shares = law.sums([(band.first, band.last) for band in bands])
    at_most = law.sums([(0, band.last) for band in bands])
    at_least = law.sums([(band.first, law.points - 1) for band in bands])
    cells = [HEADINGS]
    for band, *parts in zip(bands, shares, at_most, at_least, strict=True):
        cells.append((_label(law, band), *(share_text(part, exact=exact) for part in parts)))
    room = width - table_width([(*row, "") for row in cells])
    if room >= SHORTEST_PEAK:
        cells = with_bars(cells, shares, room=room, bar=bar)
    else:
        cells = _narrowed(cells, width, notes)
    columns, *rows = cells
    return Table(columns, rows, "\n".join(notes) or None)


def with_bars(
    cells: Sequence[tuple[str, ...]], shares: Sequence[Ratio], *, room: int, bar: str
) -> list[tuple[str, ...]]:
    """Add a column of bars, the longest as long as there is room; the first row holds the headings."""
    parts = [Fraction(*share) for share in shares]
    peak = max(parts)
    bars = ("", *(_bar(part / peak, room, bar) for part in parts))
    return [(*row, stroke) for row, stroke in zip(cells, bars, strict=True)]


def _narrowed(cells: list[tuple[str, ...]], width: int, notes: list[str]) -> list[tuple[str, ...]]:
    """Leave out the last columns that do not fit, and note that; values and probabilities stay."""
    kept = len(HEADER)
    while kept > 2 and table_width([row[:kept] for row in cells]) > width:
        kept -= 1
    if kept < len(HEADER):
        left_out = " and ".join(cells[0][kept:])
        notes.append(f"no room for {left_out} (--format csv prints all)")
    return [row[:kept] for row in cells]


def _bands(law: Law) -> tuple[list[_Band], list[str]]:
    """Rows of the table: every possible value, or the central ones, or bands of these."""
    possible = law.support()
    if len(possible) <= ROWS:
        return [_Band(i, i) for i in possible], []
    first, last = (int((law.quantile(p) - law.origin) / law.step) for p in (TAIL, 1 - TAIL))
    central = possible[bisect_left(possible, first) : bisect_right(possible, last)]
    inside = float(100 * (1 - 2 * TAIL))
    shown = "all" if len(central) == len(possible) else f"the central {inside:.6g} %: {len(central)} of"
    shown = f"{shown} {len(possible)} values"
    if len(central) <= ROWS:
        return [_Band(i, i) for i in central], [f"{shown} (--format csv prints all)"]
    size = _round_up(-(-(last - first + 1) // ROWS))
    offset = math.floor(law.origin / law.step) % size
    starts = range(first - (first + offset) % size, last + 1, size)
    bands = [_Band(max(start, 0), min(start + size, law.points) - 1) for start in starts]
    occupied = [b for b in bands if bisect_left(possible, b.first) < bisect_right(possible, b.last)]
    return occupied, [f"{shown}, {size} in a row (--format csv prints all)"]


def _round_up(size: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 ..."""
    decade = 1
    while True:
        for nice in (decade, 2 * decade, 5 * decade):
            if nice >= size:
                return nice
        decade *= 10


def _label(law: Law, band: _Band) -> str:
    low = value_text(law.value(band.first))
    return low if band.first == band.last else f"{low}..{value_text(law.value(band.last))}"


def share_text(share: Ratio, *, exact: bool) -> str:
    """Write a probability in a few digits, or as a fraction."""
    return format_number(Fraction(*share)) if exact else ratio_text(*share, digits=DIGITS)


def _bar(share: Fraction, room: int, bar: str) -> str:
    """A bar; what is possible but too small for one is a dot."""
    return bar * round(share * room) or ("." if share else "")


def summary(law: Law) -> str:
    """Mean, standard deviation, extremes, median and modes in one line."""
    return (
        f"mean {short(law.mean)}, sd {law.sd:.{DIGITS}g}, min {value_text(law.low)}, "
        f"max {value_text(law.high)}, median {value_text(law.median)}, mode {modes_text(law.modes)}"
    )


def learned(law: Law, prior: Law) -> str:
    """What knowing the total changed, in one line."""
    return (
        f"known total: mean {short(law.mean)} (else {short(prior.mean)}), "
        f"sd {law.sd:.{DIGITS}g} (else {prior.sd:.{DIGITS}g})"
    )


def modes_text(modes: Sequence[Fraction]) -> str:
    """List the first most probable values, and count the others."""
    listed = ", ".join(map(value_text, modes[:3]))
    return listed + (f" and {len(modes) - 3} more" if len(modes) > 3 else "")


def short(value: Fraction) -> str:
    """A value in few characters: exact if that is short."""
    text = value_text(value) if value.denominator < 10**9 else ""
    return text if 0 < len(text) <= 10 and "/" not in text else f"{float(value):.{DIGITS}g}"


def answer_line(answer: AnyAnswer) -> str:
    """An answer in words: ``at least 9: 0.277778 = 5/18, 1 in 3.6``, ``quantile 0.95: 11``."""
    name = answer.name.replace("_", " ")
    match answer:
        case Answer():
            return f"{name}: {_probability_text(answer)}"
        case QuantileAnswer():
            return f"{name}: {value_text(answer.value)}"
        case IntervalAnswer():
            ends = f"{value_text(answer.low)} to {value_text(answer.high)}"
            return f"{name}: {ends}, which hold {with_fraction(answer.mass)}"


def with_fraction(answer: Answer) -> str:
    """A probability, and its fraction if that is short."""
    share = answer.probability
    text = ratio_text(*share.as_integer_ratio(), digits=DIGITS)
    short_one = answer.exact and 1 < share.denominator < FRACTION_LIMIT**2
    return f"{text} = {format_number(share)}" if short_one else text


def _probability_text(answer: Answer) -> str:
    """A probability with its fraction and its odds."""
    share, text = answer.probability, with_fraction(answer)
    if share == 0:
        return f"{text}, impossible"
    if share == 1:
        return f"{text}, certain"
    odds = share.denominator / share.numerator if share > Fraction(1, 10**15) else 0.0
    return f"{text}, 1 in {odds:.4g}" if odds else text
