"""Distributions as pictures: bars and running sums, the sliding picture of a known total, heat maps."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from convcli import figures
from convcli.arithmetic.notation import format_number

from .lattice import Pmf
from .lattice2 import Pmf2
from .rendering import summary
from .rendering2 import central
from .request import Result
from .request2 import Result2
from .sliding import Row, Slide, slide
from .strokes import (
    DECADES,
    EDGE,
    FACE,
    LINE_WIDTH,
    PRIOR,
    PRODUCT,
    QUIET,
    REST,
    TAIL,
    draw_heights,
    heading,
    shown,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
LABELS = 85
"""Characters that fit side by side on the axis."""

LABEL = 10_000
"""Denominators from here on are too long to stand on a bar."""

GRID = "#e4e4e4"


def save(result: Result | Result2, target: str, *, log: bool, force: bool) -> None:
    """Draw a result into a file.

    Parameters
    ----------
    result : Result or Result2
    target : str
        A name that `figures.check_target` lets pass.
    log : bool
        Probabilities on a logarithmic scale.
    force : bool
        Replace an existing file.

    Raises
    ------
    WriteError
        If the file cannot be written.
    """
    known = isinstance(result, Result) and result.prior is not None
    size = (7.5, 7.0) if isinstance(result, Result2) else (8.0, 9.0 if known else 6.0)
    with figures.drawn(target, size=size, force=force) as figure:
        if isinstance(result, Result2):
            draw_points(figure, result, log=log)
        else:
            draw_numbers(figure, result, log=log)


def draw_numbers(figure: Figure, result: Result, *, log: bool) -> None:
    """Draw bars above, P(X <= v) below, with one axis of values; the sliding picture of a given total."""
    if result.pair is not None and result.pair.total is not None:
        draw_slide(figure, slide(result.pair, result.law, result.description, log=log), log=log)
        return
    law = result.law
    rows = [(float(value), n / d, below / whole) for value, (n, d), (below, whole), _ in law.rows()]
    values, shares, sums = zip(*rows, strict=True)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    draw_heights(upper, values, shares, step=float(law.step))
    low, high = shown(law, log=log)
    ends = (float(low - law.step), float(high + law.step))
    outer = (min(ends[0], values[0]), max(ends[1], values[-1]))
    lower.step(
        (outer[0], *values, outer[1]), (0.0, *sums, 1.0), where="post", color=EDGE, linewidth=LINE_WIDTH
    )
    upper.set_xlim(ends)
    upper.set_ylabel("probability")
    lower.set(ylabel="P(X ≤ value)", xlabel="value", ylim=(0, 1.03))
    if log:
        upper.set_yscale("log")
        upper.set_ylim(max(min(filter(None, shares)), 10.0**-DECADES) / 2, 2 * max(shares))
    else:
        upper.set_ylim(bottom=0)
    upper.set_title(heading(result.description), loc="left", fontweight="bold", pad=20)
    upper.text(0, 1.02, summary(law), transform=upper.transAxes, fontsize="small", color=QUIET)


def draw_slide(figure: Figure, picture: Slide, *, log: bool) -> None:
    """Draw f, g reversed and moved, their product and the posterior below each other, with one axis of a."""
    panels = figure.subplots(4, 1, sharex=True, height_ratios=(2, 2, 2, 3))
    for axes, row, colour in zip(panels, picture.rows, (FACE, REST, PRODUCT, FACE), strict=True):
        _draw_row(axes, row, decade=row.decade, colour=colour, label="total known")
        if not log:
            _label_bars(axes, row, room=picture.high - picture.low)
        axes.grid(axis="x", color=GRID)
        axes.set_axisbelow(True)
        axes.set_title(row.title, loc="left", fontsize="medium")
        unit = f"\nin units of 1e{row.decade}" if row.decade else ""
        axes.set_ylabel(f"{row.name}{unit}")
    if picture.prior is not None:
        decade = picture.rows[3].decade
        _draw_row(
            panels[3], picture.prior, decade=decade, colour=PRIOR, label="total not known", filled=False
        )
        panels[3].legend(frameon=False)
    for axes, row in zip(panels, picture.rows, strict=True):
        _scale(axes, row, picture.prior if axes is panels[3] else None, log=log)
    _mark_second_part(panels[1], picture.total)
    apart = max((row.step for row in picture.rows if not row.smooth), default=Fraction(0))
    margin = max(apart, (picture.high - picture.low) / 50)
    panels[0].set_xlim(float(picture.low - margin), float(picture.high + margin))
    panels[3].set_xlabel(f"a, the {picture.label}")
    figure.suptitle(picture.formula, x=0.01, ha="left", fontweight="bold")
    figure.supxlabel("\n".join(picture.notes), x=0.01, ha="left", fontsize="small", color=QUIET)


def _draw_row(axes: Axes, row: Row, *, decade: int, colour: str, label: str, filled: bool = True) -> None:
    """Draw the heights of a row in units of a power of ten."""
    unit = Fraction(10) ** decade
    draw_heights(
        axes,
        [float(value) for value, _ in row.heights],
        [float(height / unit) for _, height in row.heights],
        step=float(row.step),
        colour=colour,
        filled=filled,
        outlined=row.smooth,
        label=label,
    )


def _scale(axes: Axes, row: Row, prior: Row | None, *, log: bool) -> None:
    """Let the vertical axis end above what is to be seen, with room for a number on the highest bar."""
    unit = Fraction(10) ** row.decade
    peaks = [float(each.peak / unit) for each in (row, prior) if each is not None]
    if log:
        least = min(filter(None, (*peaks, *(float(height / unit) for _, height in row.heights))))
        axes.set_yscale("log")
        axes.set_ylim(max(least, 10.0**-DECADES) / 2, 2 * max(peaks))
    else:
        axes.set_ylim(0, 1.16 * max(peaks))


def _label_bars(axes: Axes, row: Row, *, room: Fraction) -> None:
    """Write their heights on bars if they are wide enough, as fractions if these are short."""
    if row.smooth or row.decade:
        return
    exact = all(height.denominator < LABEL for _, height in row.heights)
    texts = [format_number(height) if exact else f"{float(height):.3g}" for _, height in row.heights]
    if max(map(len, texts)) * room > LABELS * row.step:
        return
    for (value, height), text in zip(row.heights, texts, strict=True):
        if height <= row.peak:
            axes.annotate(
                text, (float(value), float(height)), (0, 2), textcoords="offset points",
                ha="center", fontsize="small", color=QUIET,
            )  # fmt: skip


def _mark_second_part(axes: Axes, total: Fraction) -> None:
    """Write the values of the second part, b = c - a, along the upper edge: they run from right to left."""
    c = float(total)

    def other(value: Any) -> Any:
        return c - value

    second = axes.secondary_xaxis("top", functions=(other, other))
    second.set_xlabel("b = c − a", fontsize="small", color=QUIET)
    second.tick_params(labelsize="small", colors=QUIET)


def draw_points(figure: Figure, result: Result2, *, log: bool) -> None:
    """Draw a heat map, with the distributions of x and of y alone along its sides."""
    from matplotlib.colors import LogNorm

    law = result.law if log else central(result.law, TAIL)
    grid = figure.subplot_mosaic(
        [["x", "."], ["map", "y"]], width_ratios=(4, 1), height_ratios=(1, 4),
    )  # fmt: skip
    shares = _matrix(law, result.law.total)
    image = grid["map"].imshow(
        shares, origin="lower", extent=_extent(law), aspect="auto", interpolation="nearest",
        norm=LogNorm() if log else None, vmin=None if log else 0,
    )  # fmt: skip
    grid["map"].set(xlabel="x", ylabel="y")
    for name, axis in (("x", 0), ("y", 1)):
        _draw_marginal(grid[name], result.law.marginal(axis), sideways=name == "y")
    grid["x"].sharex(grid["map"])
    grid["y"].sharey(grid["map"])
    left, right, bottom, top = _extent(law)
    grid["map"].set(xlim=(left, right), ylim=(bottom, top))
    grid["x"].tick_params(labelbottom=False)
    grid["y"].tick_params(labelleft=False)
    figure.colorbar(image, ax=grid["y"], label="probability", location="right", fraction=0.5)
    grid["x"].set_title(heading(result.description), loc="left", fontweight="bold")


def _matrix(law: Pmf2, total: int) -> list[list[float]]:
    """Probabilities by rows of one y, NaN where a point is not possible: no colour."""
    columns, rows = law.shape
    return [
        [count / total if (count := law.counts[i * rows + j]) else math.nan for i in range(columns)]
        for j in range(rows)
    ]


def _extent(law: Pmf2) -> tuple[float, float, float, float]:
    """Outer edges of the first and the last cells."""
    (x, y), (right, top), (dx, dy) = law.low, law.high, law.step
    edges = (x - dx / 2, right + dx / 2, y - dy / 2, top + dy / 2)
    left, right_edge, bottom, top_edge = map(float, edges)
    return left, right_edge, bottom, top_edge


def _draw_marginal(axes: Axes, law: Pmf, *, sideways: bool) -> None:
    values = [float(value) for value, _ in law.items()]
    shares = [count / law.total for _, count in law.items()]
    draw = axes.barh if sideways else axes.bar
    draw(values, shares, 0.85 * float(law.step), color=FACE)
