"""Distributions of points: the summary, the table, the heat map, CSV, Markdown and the JSON record."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcli.arithmetic.notation import plain_number, table_width

from .digits import value_text
from .formats import full_text, markdown_head, markdown_row, plain_integer, shares_record
from .lattice2 import Pmf2, correlation
from .questions import Answer, place_text
from .rendering import DIGITS, ROWS, SHORTEST_PEAK, TAIL, Table, share_text, short, with_bars
from .shading import IMPOSSIBLE, Colour, shade

HEADER2 = ("x", "y", "probability")

LOG_DECADES = 12.0
"""Decades that a logarithmic scale shows at most: what is below is as dark as its end."""

MAGNIFIED = 24
"""Columns that a heat map of few points is enlarged to."""


def summary2(law: Pmf2) -> list[str]:
    """Moments of both coordinates, extremes and modes, one line for each and one for both."""
    lines = [
        f"{name}: mean {short(law.mean[axis])}, sd {math.sqrt(law.variance[axis]):.{DIGITS}g}, "
        f"min {value_text(law.low[axis])}, max {value_text(law.high[axis])}, "
        f"median {value_text(law.marginal(axis).median)}"
        for axis, name in enumerate("xy")
    ]
    modes = law.modes
    listed = " ".join(f"({place_text(mode)})" for mode in modes[:3])
    more = f" and {len(modes) - 3} more" if len(modes) > 3 else ""
    related = correlation(law)
    rho = "" if related is None else f", correlation {related:.{DIGITS}g}"
    return [*lines, f"covariance {short(law.covariance)}{rho}, mode {listed}{more}"]


def learned2(law: Pmf2, prior: Pmf2) -> str:
    """What knowing the total changed, in one line."""
    now, else_ = (", ".join(map(short, each.mean)) for each in (law, prior))
    return f"known total: mean ({now}), else ({else_})"


def table2(law: Pmf2, *, width: int, bar: str, exact: bool = False) -> Table | None:
    """Lay out the points with bars; None if they are more than a table is long."""
    items = list(law.items())
    if len(items) > ROWS:
        return None
    shares = [(count, law.total) for _, count in items]
    cells: list[tuple[str, ...]] = [HEADER2]
    for (point, _), share in zip(items, shares, strict=True):
        cells.append((*map(value_text, point), share_text(share, exact=exact)))
    room = width - table_width([(*row, "") for row in cells])
    if room >= SHORTEST_PEAK:
        cells = with_bars(cells, shares, room=room, bar=bar)
    columns, *rows = cells
    return Table(columns, rows, None, keys=2)


@dataclass(frozen=True, slots=True)
class HeatMap:
    """A picture of a law, its rows from the largest y down, and what the colours say."""

    raster: list[list[Colour]]
    caption: str


def heat_map(law: Pmf2, *, room: tuple[int, int], log: bool = False) -> HeatMap:
    """Draw the probabilities as colours.

    Parameters
    ----------
    law : Pmf2
    room : (int, int)
        Columns and rows of pixels that there are. Larger tables are drawn in square blocks of points.
    log : bool
        On a logarithmic scale.

    Returns
    -------
    HeatMap
    """
    fits = all(points <= most for points, most in zip(law.shape, room, strict=True))
    shown = law if log or fits else central(law, TAIL)
    size = max(1, *(-(-points // most) for points, most in zip(shown.shape, room, strict=True)))
    blocks = _blocks(shown, size)
    peak = max(map(max, blocks))
    lowest = min(count for row in blocks for count in row if count)
    decades = min(LOG_DECADES, math.log10(peak) - math.log10(lowest)) or 1.0

    def colour(count: int) -> Colour:
        if not count:
            return IMPOSSIBLE
        level = count / peak if not log else 1 + (math.log10(count) - math.log10(peak)) / decades
        return shade(level)

    times = max(1, min(MAGNIFIED, *room) // max(len(blocks), len(blocks[0])))
    raster = [[colour(count) for count in row for _ in range(times)] for row in reversed(blocks)]
    raster = [row for row in raster for _ in range(times)]
    return HeatMap(raster, _legend(law, shown, peak, size=size, decades=decades if log else None))


def central(law: Pmf2, tail: Fraction) -> Pmf2:
    """Keep the counts in the rectangle beyond each of whose sides a probability of at most `tail` lies."""
    ranges = []
    for axis in (0, 1):
        alone = law.marginal(axis)
        ends = (alone.quantile(tail), alone.quantile(1 - tail))
        first, last = (int((end - law.low[axis]) / law.step[axis]) for end in ends)
        ranges.append(range(first, last + 1))
    counts = tuple(law.counts[i * law.shape[1] + j] for i in ranges[0] for j in ranges[1])
    corner = law.value(ranges[0].start, ranges[1].start)
    return Pmf2(corner, law.step, (len(ranges[0]), len(ranges[1])), counts, sum(counts))


def _blocks(law: Pmf2, size: int) -> list[list[int]]:
    """Counts of square blocks of `size` x `size` points: rows of one y, the smallest first."""
    columns, rows = (-(-points // size) for points in law.shape)
    blocks = [[0] * columns for _ in range(rows)]
    for index, count in enumerate(law.counts):
        if count:
            i, j = divmod(index, law.shape[1])
            blocks[j // size][i // size] += count
    return blocks


def _legend(law: Pmf2, shown: Pmf2, peak: int, *, size: int, decades: float | None) -> str:
    """What the axes and the colours of a heat map mean."""
    (x, y), (right, top) = ([value_text(v) for v in end] for end in (shown.low, shown.high))
    brightest = share_text((peak, law.total), exact=False)
    scale = "dark is 0" if decades is None else f"dark is 1e-{decades:.3g} of it, logarithmic"
    blocks = f", {size} x {size} points in a pixel" if size > 1 else ""
    axes = f"x {x} to {right} rightwards, y {y} to {top} upwards"
    inside = f", {100 * shown.total / law.total:.6g} % of all" if shown is not law else ""
    return f"{axes}{inside}\nbright is {brightest}, {scale}{blocks}"


def csv_lines2(law: Pmf2, *, exact: bool = False) -> Iterator[str]:
    """Yield the lines of the CSV form: all possible points, full precision."""
    yield ",".join(HEADER2)
    for cells in _full_rows(law, exact=exact):
        yield ",".join(cells)


def markdown_lines2(law: Pmf2, *, exact: bool = False) -> Iterator[str]:
    """Yield the lines of a table in Markdown, as `csv_lines2` does."""
    yield from markdown_head(HEADER2)
    yield from map(markdown_row, _full_rows(law, exact=exact))


def _full_rows(law: Pmf2, *, exact: bool) -> Iterator[tuple[str, ...]]:
    for point, count in law.items():
        yield (*map(value_text, point), full_text((count, law.total), exact=exact))


def record2(law: Pmf2, description: str, answers: Sequence[Answer], *, exact: bool = False) -> dict[str, Any]:
    """The JSON form, with the keys of `formats.record`: pairs where that has numbers.

    The variance of a point is its matrix of covariances, [[var x, cov], [cov, var y]].
    """
    items = list(law.items())
    (x, y), covariance = law.variance, float(law.covariance)
    return {
        "description": description,
        "support": [_plain(point) for point, _ in items],
        **shares_record([(count, law.total) for _, count in items], exact=exact),
        "denominator": plain_integer(law.total),
        "mean": [float(mean) for mean in law.mean],
        "variance": [[float(x), covariance], [covariance, float(y)]],
        "sd": [math.sqrt(x), math.sqrt(y)],
        "min": _plain(law.low),
        "max": _plain(law.high),
        "median": [plain_number(law.marginal(axis).median) for axis in (0, 1)],
        "method": "exact",
        "mass": 1.0,
        "truncated_mass": 0.0,
        "grid_error": 0.0,
        "answers": {answer.name: float(answer.probability) for answer in answers},
    }


def _plain(point: Sequence[Fraction]) -> list[int | float]:
    return [plain_number(value) for value in point]
