"""Distributions as text: the table with bars, its summary, CSV, the JSON record, the shape arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

from convcli.arithmetic.notation import format_integer, format_number, table_width
from convcli.errors import ConvError

from .digits import ratio_text, value_text
from .lattice import Pmf
from .notation import Summand
from .questions import Answer
from .sums import Sum
from .terms import Problem

ROWS = 60
"""Longest table that is printed in full."""

TAIL = Fraction(5, 100_000)
"""Probability that a longer table leaves out at either end: the central 99.99 % stay."""

HEADER = ("value", "probability", "at_most", "at_least")
DIGITS = 6
SHORTEST_PEAK = 4
"""Columns of the longest bar below which bars say nothing."""

FRACTION_LIMIT = 10**7
"""Denominators from here on do not fit three to a row; answers have room for their square."""

DIGITS_LIMIT = 200_000_000
"""Digits that the fractions of one JSON object may have together."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows for the terminal, and what was left out of them; a column without a heading holds bars."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    caption: str | None


@dataclass(frozen=True, slots=True)
class _Band:
    """Neighbouring lattice points in one row: indices first..last, both included."""

    first: int
    last: int


def table(law: Pmf, *, width: int, bar: str, exact: bool = False) -> Table:
    """Lay out a distribution with bars scaled to its peak.

    Parameters
    ----------
    law : Pmf
    width : int
        Columns of text to fill. Where they are few, the bars go first, then the tails.
    bar : str
        One character of a bar.
    exact : bool
        Fractions instead of decimals.

    Returns
    -------
    Table
    """
    bands, notes = _bands(law)
    if exact and law.total >= FRACTION_LIMIT:
        exact = False
        notes.append("the fractions are long (--format csv or json prints them)")
    below = [0, *accumulate(law.counts)]
    counts = [below[band.last + 1] - below[band.first] for band in bands]
    cells = [tuple(name.replace("_", " ") for name in HEADER)]
    for band, count in zip(bands, counts, strict=True):
        parts = (count, below[band.last + 1], law.total - below[band.first])
        cells.append((_label(law, band), *(_share(part, law.total, exact=exact) for part in parts)))
    room = width - table_width([(*row, "") for row in cells])
    if room >= SHORTEST_PEAK:
        cells = _with_bars(cells, counts, room=room, bar=bar)
    else:
        cells = _narrowed(cells, width, notes)
    columns, *rows = cells
    return Table(columns, rows, "\n".join(notes) or None)


def _with_bars(
    cells: Sequence[tuple[str, ...]], counts: Sequence[int], *, room: int, bar: str
) -> list[tuple[str, ...]]:
    """Add a column of bars, the longest as long as there is room."""
    peak = max(counts)
    bars = ("", *(_bar(Fraction(count, peak), room, bar) for count in counts))
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


def _bands(law: Pmf) -> tuple[list[_Band], list[str]]:
    """Rows of the table: every possible value, or the central ones, or bands of these."""
    possible = [i for i, count in enumerate(law.counts) if count]
    if len(possible) <= ROWS:
        return [_Band(i, i) for i in possible], []
    first, last = _central(law)
    central = [i for i in possible if first <= i <= last]
    inside = float(100 * (1 - 2 * TAIL))
    shown = "all" if len(central) == len(possible) else f"the central {inside:.6g} %: {len(central)} of"
    shown = f"{shown} {len(possible)} values"
    if len(central) <= ROWS:
        return [_Band(i, i) for i in central], [f"{shown} (--format csv prints all)"]
    size = _round_up(-(-(last - first + 1) // ROWS))
    offset = math.floor(law.origin / law.step) % size
    starts = range(first - (first + offset) % size, last + 1, size)
    bands = [_Band(max(start, 0), min(start + size, len(law.counts)) - 1) for start in starts]
    return _occupied(bands, law), [f"{shown}, {size} in a row (--format csv prints all)"]


def _occupied(bands: Sequence[_Band], law: Pmf) -> list[_Band]:
    """The bands that hold a possible value."""
    return [band for band in bands if any(law.counts[band.first : band.last + 1])]


def _central(law: Pmf) -> tuple[int, int]:
    """First and last index outside of which the tails hold at most TAIL each."""
    allowed = law.total * TAIL.numerator // TAIL.denominator
    first, last = 0, len(law.counts) - 1
    tail = law.counts[first]
    while tail <= allowed:
        first += 1
        tail += law.counts[first]
    tail = law.counts[last]
    while tail <= allowed:
        last -= 1
        tail += law.counts[last]
    return first, last


def _round_up(size: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 ..."""
    decade = 1
    while True:
        for nice in (decade, 2 * decade, 5 * decade):
            if nice >= size:
                return nice
        decade *= 10


def _label(law: Pmf, band: _Band) -> str:
    low = value_text(law.value(band.first))
    return low if band.first == band.last else f"{low}..{value_text(law.value(band.last))}"


def _share(count: int, total: int, *, exact: bool) -> str:
    return format_number(Fraction(count, total)) if exact else ratio_text(count, total, digits=DIGITS)


def _bar(share: Fraction, room: int, bar: str) -> str:
    """A bar; what is possible but too small for one is a dot."""
    return bar * round(share * room) or ("." if share else "")


def summary(law: Pmf) -> str:
    """Mean, standard deviation, extremes, median and modes in one line."""
    modes = law.modes
    listed = ", ".join(map(value_text, modes[:3])) + (f" and {len(modes) - 3} more" if len(modes) > 3 else "")
    return (
        f"mean {short(law.mean)}, sd {law.sd:.{DIGITS}g}, min {value_text(law.low)}, "
        f"max {value_text(law.high)}, median {value_text(law.median)}, mode {listed}"
    )


def short(value: Fraction) -> str:
    """A value in few characters: exact if that is short."""
    text = value_text(value) if value.denominator < 10**9 else ""
    return text if 0 < len(text) <= 10 and "/" not in text else f"{float(value):.{DIGITS}g}"


def answer_line(answer: Answer) -> str:
    """An answer with its fraction and its odds: ``at least 9: 0.277778 = 5/18, 1 in 3.6``."""
    share = answer.probability
    text = f"{answer.name.replace('_', ' ')}: {ratio_text(*share.as_integer_ratio(), digits=DIGITS)}"
    if share == 0:
        return f"{text}, impossible"
    if share == 1:
        return f"{text}, certain"
    if share.denominator < FRACTION_LIMIT**2:
        text += f" = {format_number(share)}"
    odds = share.denominator / share.numerator if share > Fraction(1, 10**15) else 0.0
    return f"{text}, 1 in {odds:.4g}" if odds else text


def csv_lines(law: Pmf, *, exact: bool = False) -> Iterator[str]:
    """Yield the lines of the CSV form: all possible values, full precision.

    Parameters
    ----------
    law : Pmf
    exact : bool
        Fractions instead of decimals.
    """
    yield ",".join(HEADER)
    below = 0
    for value, count in law.items():
        shares = (count, below + count, law.total - below)
        below += count
        texts = (format_number(Fraction(s, law.total)) if exact else ratio_text(s, law.total) for s in shares)
        yield ",".join((value_text(value), *texts))


def record(law: Pmf, description: str, answers: Sequence[Answer], *, exact: bool = False) -> dict[str, Any]:
    """The JSON form, with the documented keys.

    Parameters
    ----------
    law : Pmf
    description : str
        What the law is of.
    answers : sequence of Answer
    exact : bool
        Give the probabilities as fractions too.

    Returns
    -------
    dict
        Plain values; the denominator is text from 2**53 on, where other readers of JSON would round it.

    Raises
    ------
    ConvError
        If the exact fractions would fill the memory.
    """
    items = list(law.items())
    if exact:
        _check_fractions(law, len(items))
    return {
        "description": description,
        "support": [_number(value) for value, _ in items],
        "probability": [count / law.total for _, count in items],
        "exact": [format_number(Fraction(count, law.total)) for _, count in items] if exact else None,
        "denominator": law.total if law.total < 2**53 else format_integer(law.total),
        "mean": float(law.mean),
        "variance": float(law.variance),
        "sd": law.sd,
        "min": _number(law.low),
        "max": _number(law.high),
        "median": _number(law.median),
        "method": "exact",
        "mass": 1.0,
        "truncated_mass": 0.0,
        "grid_error": 0.0,
        "answers": {answer.name: float(answer.probability) for answer in answers},
    }


def _check_fractions(law: Pmf, rows: int) -> None:
    size = rows * 2 * law.total.bit_length() * math.log10(2)
    if size > DIGITS_LIMIT:
        raise ConvError(
            f"the fractions of {rows} values have about {size / 1e6:.0f} MB of digits",
            hint="leave --exact out, or use --format csv, which prints them one by one",
        )


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def shape_lines(problem: Problem) -> list[str]:
    """The shape arithmetic of the convolution: how many values the sum of so many has."""
    lines = [_copies_line(summand) for summand in problem.summands if summand.copies > 1]
    once, total = problem.once, problem.total
    # On the lattice of the sum, where a coarser term has holes.
    sizes = [summand.value.points_on(once.step) for summand in problem.summands]
    if len(sizes) > 1:
        arithmetic = f"{' + '.join(map(str, sizes))} - {len(sizes) - 1} = "
        lines.append(f"{_joined(problem)}: {arithmetic}{once.points} {_noun(once)}")
    elif not lines:
        lines.append(f"{_joined(problem)}: {once.points} {_noun(once)}")
    if problem.times > 1:
        arithmetic = f"{problem.times} * ({once.points} - 1) + 1"
        lines.append(f"{problem.times} times: {arithmetic} = {total.points} {_noun(total)}")
    return lines


def _copies_line(summand: Summand) -> str:
    single, value = summand.single.points, summand.value
    return f"{summand.text}: {summand.copies} * ({single} - 1) + 1 = {value.points} {_noun(value)}"


def _joined(problem: Problem) -> str:
    text = " + ".join(summand.text for summand in problem.summands).replace("+ -", "- ")
    return text if 0 < len(text) <= 40 else "sum"


def _noun(value: Sum) -> str:
    noun = "value" if value.points == 1 else "values"
    return noun if value.step == 1 else f"{noun} in steps of {value_text(value.step)}"
