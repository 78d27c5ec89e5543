"""A whole request: read the terms, convolve them, condition, answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from . import rendering
from .digits import value_text
from .lattice import Pmf
from .posterior import posterior, split
from .questions import Answer, answer, questions
from .sums import distribution
from .terms import read_terms


@dataclass(frozen=True, slots=True)
class Result:
    """What a request came to.

    Parameters
    ----------
    law : Pmf
        The distribution of the sum, or of its first part given the sum.
    description : str
        What the law is of.
    answers : list of Answer
        To the questions; with a given total, the probability of that total comes first.
    report : list of str
        The shape arithmetic of the convolution.
    warnings : tuple of str
        What was put right while reading.
    """

    law: Pmf
    description: str
    answers: list[Answer]
    report: list[str]
    warnings: tuple[str, ...]


def examine(
    texts: Sequence[str],
    *,
    times: int = 1,
    given: Fraction | None = None,
    at_least: Sequence[Fraction] = (),
    at_most: Sequence[Fraction] = (),
    exactly: Sequence[Fraction] = (),
    between: tuple[Fraction, Fraction] | None = None,
) -> Result:
    """Tabulate a sum of independent terms, and answer questions about it.

    Parameters
    ----------
    texts : sequence of str
        Terms: notation, literal tables, files, ``-``.
    times : int
        Independent repetitions of the whole, > 0.
    given : Fraction, optional
        A known total: the law becomes that of the first part.
    at_least, at_most, exactly, between
        Questions about the law; ends are included.

    Raises
    ------
    ConvError
        See `read_terms`, `distribution`, `split`, `posterior` and `questions`.
    """
    asked = questions(at_least=at_least, at_most=at_most, exactly=exactly, between=between)
    problem = read_terms(texts, times=times)
    description = problem.description
    if given is None:
        law, evidence = distribution(problem.total), []
    else:
        parts = split(problem)
        result = posterior(parts, given)
        law, evidence = result.law, [Answer(f"total {value_text(given)}", result.evidence)]
        description = f"{parts.label} of {description}, given a total of {value_text(given)}"
    answers = [*evidence, *answer(law, asked)]
    return Result(law, description, answers, rendering.shape_lines(problem), problem.warnings)
