"""A whole request about points of the plane: convolve, condition, answer."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .account import shape_lines2
from .checking import verified2
from .lattice2 import Pmf2
from .posterior2 import posterior2, split2
from .questions import Answer, Asked, Place, place_text, point
from .sums2 import Problem2


@dataclass(frozen=True, slots=True)
class Result2:
    """What a request came to.

    Parameters
    ----------
    law : Pmf2
        The distribution of the sum, or of its first part given the sum.
    description : str
        What the law is of.
    answers : list of Answer
        To the questions; with a given total, the probability of that total comes first.
    report : list of str
        The shape arithmetic of the convolution, and how it was computed.
    warnings : tuple of str
        What was put right while reading.
    prior : Pmf2 or None
        With a given total: the distribution of the first part without that knowledge.
    """

    law: Pmf2
    description: str
    answers: list[Answer]
    report: list[str]
    warnings: tuple[str, ...]
    prior: Pmf2 | None = None


def examine_points(problem: Problem2, *, asked: Asked, given: Place | None, after: int | None) -> Result2:
    """Tabulate a sum of independent points, and answer questions about it.

    Parameters
    ----------
    problem : Problem2
    asked : Asked
        Questions; only those about single points have a meaning here.
    given : Place, optional
        A known total: the law becomes that of the first part.
    after : int, optional
        With `given`: the first part is the sum of so many repetitions.

    Raises
    ------
    UsageError
        If a question is about numbers, or the sum cannot be split.
    ConvError
        See `distribution2` and `posterior2`.
    """
    points = asked.of_points()
    description, prior, evidence = problem.description, None, []
    if given is None:
        law = verified2(problem.total)
    else:
        parts = split2(problem, after=after)
        found = posterior2(parts, point(given, option="--given"))
        law, prior = found.law, found.prior
        evidence = [Answer(f"total {place_text(given)}", found.evidence)]
        description = f"{parts.label} of {description}, given a total of {place_text(given)}"
    asked_for = [Answer(f"exactly {place_text(p)}", Fraction(law.count_at(p), law.total)) for p in points]
    report = [*shape_lines2(problem.total), "method: exact"]
    return Result2(law, description, [*evidence, *asked_for], report, problem.warnings, prior)
