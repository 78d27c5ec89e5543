"""Strokes that the plots of distributions share: bars, outlines where there are many, and headings."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from .law import Law

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TAIL = Fraction(1, 10**6)
"""Probability that a plot on a linear scale leaves out at either end; no bar of it would be seen."""

BARS = 120
"""Most values that are drawn as bars; more of them are drawn as one outline."""

FACE, EDGE, PRIOR, REST, PRODUCT = "#3b6ea8", "#1f3d5e", "#909090", "#e69f00", "#009e73"
"""Fill and line of what is asked about, what was known before, and what it is multiplied with and becomes."""

QUIET = "#555555"
LINE_WIDTH = 1.2
HEADING = 70
DECADES = 300
"""Decades that a logarithmic axis reaches below 1: floats end there."""


def shown(law: Law, *, log: bool, tail: Fraction = TAIL) -> tuple[Fraction, Fraction]:
    """The first and the last value to show: those whose bars can be seen."""
    return (law.low, law.high) if log else (law.quantile(tail), law.quantile(1 - tail))


def draw_heights(
    axes: Axes,
    values: Sequence[float],
    heights: Sequence[float],
    *,
    step: float,
    colour: str = FACE,
    filled: bool = True,
    outlined: bool = False,
    label: str | None = None,
) -> None:
    """Draw bars, or an outline where there are many or they are cells of a density.

    Parameters
    ----------
    axes : Axes
    values, heights : sequence of float, length n >= 1
        Ascending values and what stands on them.
    step : float
        Distance of the lattice points: the width of a single bar, and of the cells of an outline.
    colour : str
    filled : bool
        Else empty, and in front of what is filled.
    outlined : bool
        One outline, however few there are.
    label : str, optional
        For the legend.
    """
    if len(values) <= BARS and not outlined:
        style: dict[str, Any] = (
            {"color": colour} if filled else {"fill": False, "edgecolor": colour, "zorder": 3}
        )
        width = 0.85 * min((b - a for a, b in pairwise(values)), default=step)
        axes.bar(values, heights, width, label=label, **style)
        return
    # The first and the last cell end at their edges.
    values, heights = [values[0] - step, *values, values[-1] + step], [0.0, *heights, 0.0]
    if filled:
        axes.fill_between(values, heights, step="mid", color=colour, linewidth=0, label=label)
    else:
        axes.step(values, heights, where="mid", color=colour, linewidth=LINE_WIDTH, label=label)


def heading(description: str, *, room: int = HEADING) -> str:
    """A description that stays on its line of so many characters."""
    return description if len(description) <= room else f"{description[: room - 1]}…"
