"""The shape arithmetic of sums, and how they were computed, as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from .digits import value_text
from .law import Law
from .notation import Summand
from .questions import place_text
from .sums import Sum
from .sums2 import Frame, Term2, frame
from .terms import Problem


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


def shape_lines2(terms: Sequence[Term2]) -> list[str]:
    """The shape arithmetic of a sum of points, points along x by points along y."""
    single = [_plane(frame([term])) for term in terms]
    whole = _plane(frame(terms))
    lines = [f"{term.text}: {size}" for term, size in zip(terms, single, strict=True)]
    return lines if len(terms) == 1 else [*lines, f"sum: {whole}"]


def _plane(lattice: Frame) -> str:
    columns, rows = lattice.shape
    steps = "" if set(lattice.step) == {Fraction(1)} else f" in steps of {place_text(lattice.step)}"
    return f"{columns} x {rows} points{steps}"


def method_line(law: Law) -> str:
    """How a law was computed, and what it does not hold."""
    parts = [law.method]
    if law.truncated_mass:
        parts.append(f"truncated mass {law.truncated_mass:.2g}")
    if math.isnan(law.grid_error):
        parts.append("the error of the grid is not known")
    elif law.grid_error:
        parts.append(f"at most {law.grid_error:.2g} off by the grid")
    return f"method: {', '.join(parts)}"
