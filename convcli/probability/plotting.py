"""Distributions as pictures: bars and running sums, posteriors beside what they began as, heat maps."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from convcli import figures

from .lattice import Pmf
from .lattice2 import Pmf2
from .law import Law
from .rendering import summary
from .rendering2 import central
from .request import Result
from .request2 import Result2

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TAIL = Fraction(1, 10**6)
"""Probability that a plot on a linear scale leaves out at either end; no bar of it would be seen."""

BARS = 120
"""Most values that are drawn as bars; more of them are drawn as one outline."""

FACE, EDGE, PRIOR = "#3b6ea8", "#1f3d5e", "#909090"
LINE_WIDTH = 1.2
HEADING = 70
DECADES = 300
"""Decades that a logarithmic axis reaches below 1: floats end there."""


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
    size = (7.5, 7.0) if isinstance(result, Result2) else (8.0, 6.0)
    with figures.drawn(target, size=size, force=force) as figure:
        if isinstance(result, Result2):
            draw_points(figure, result, log=log)
        else:
            draw_numbers(figure, result, log=log)


def draw_numbers(figure: Figure, result: Result, *, log: bool) -> None:
    """Draw bars above, P(X <= v) below, with one axis of values."""
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    laws = [result.law] if result.prior is None else [result.prior, result.law]
    for law in laws:
        known = law is result.law
        _draw_shares(upper, law, label="total known" if known else "total not known", filled=known)
    low, high = (edge(_range(law, log=log)[i] for law in laws) for i, edge in enumerate((min, max)))
    step = max(law.step for law in laws)
    ends = (float(low - step), float(high + step))
    for law in laws:
        _draw_sums(lower, law, ends, quiet=law is not result.law)
    upper.set_xlim(ends)
    upper.set_ylabel("probability")
    lower.set(ylabel="P(X ≤ value)", xlabel="value", ylim=(0, 1.03))
    if log:
        upper.set_yscale("log")
        upper.set_ylim(bottom=max(_smallest(laws), 10.0**-DECADES) / 2)
    else:
        upper.set_ylim(bottom=0)
    if result.prior is not None:
        upper.legend(frameon=False)
    _title(upper, result.description, summary(result.law))


def _range(law: Law, *, log: bool) -> tuple[Fraction, Fraction]:
    """The values to show: those whose bars can be seen."""
    return (law.low, law.high) if log else (law.quantile(TAIL), law.quantile(1 - TAIL))


def _smallest(laws: list[Law]) -> float:
    """The smallest probability that a float holds."""
    shares = (n / d for law in laws for _, (n, d), *_ in law.rows())
    return min(share for share in shares if share)


def _draw_shares(axes: Axes, law: Law, *, label: str, filled: bool) -> None:
    """Bars, or an outline where there are many; those of the prior stand as empty ones in front."""
    rows = [(float(value), n / d) for value, (n, d), *_ in law.rows()]
    values, shares = [value for value, _ in rows], [share for _, share in rows]
    if len(rows) <= BARS:
        style: dict[str, Any] = (
            {"color": FACE} if filled else {"fill": False, "edgecolor": PRIOR, "zorder": 3}
        )
        axes.bar(values, shares, 0.85 * _gap(values, float(law.step)), label=label, **style)
    elif filled:
        axes.fill_between(values, shares, step="mid", color=FACE, linewidth=0, label=label)
    else:
        axes.step(values, shares, where="mid", color=PRIOR, linewidth=LINE_WIDTH, label=label)


def _gap(values: list[float], step: float) -> float:
    """Smallest distance of two values."""
    return min((b - a for a, b in pairwise(values)), default=step)


def _draw_sums(axes: Axes, law: Law, ends: tuple[float, float], *, quiet: bool) -> None:
    rows = [(float(value), n / d) for value, _, (n, d), _ in law.rows()]
    values = [min(ends[0], rows[0][0]), *(value for value, _ in rows), max(ends[1], rows[-1][0])]
    sums = [0.0, *(at_most for _, at_most in rows), 1.0]
    axes.step(values, sums, where="post", color=PRIOR if quiet else EDGE, linewidth=LINE_WIDTH)


def _title(axes: Axes, description: str, detail: str) -> None:
    axes.set_title(_heading(description), loc="left", fontweight="bold", pad=20)
    axes.text(0, 1.02, detail, transform=axes.transAxes, fontsize="small", color="#555555")


def _heading(description: str) -> str:
    """A description that stays on its line."""
    return description if len(description) <= HEADING else f"{description[: HEADING - 1]}…"


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
    grid["x"].set_title(_heading(result.description), loc="left", fontweight="bold")


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
