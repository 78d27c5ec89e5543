"""Questions about a distribution, and their exact answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from convcli.errors import UsageError

from .digits import value_text
from .lattice import Pmf


@dataclass(frozen=True, slots=True)
class Question:
    """An interval of values; None leaves a side open.

    Parameters
    ----------
    name : str
        Key of the answer: ``at_least 9``.
    low, high : Fraction or None
        Ends, both included.
    """

    name: str
    low: Fraction | None
    high: Fraction | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The probability that a question asks for."""

    name: str
    probability: Fraction


def questions(
    *,
    at_least: Sequence[Fraction] = (),
    at_most: Sequence[Fraction] = (),
    exactly: Sequence[Fraction] = (),
    between: tuple[Fraction, Fraction] | None = None,
) -> list[Question]:
    """List the questions of a request.

    Parameters
    ----------
    at_least, at_most, exactly : sequence of Fraction
        Bounds or values, a question each.
    between : (Fraction, Fraction), optional
        The lower and the upper end, both included.

    Returns
    -------
    list of Question
        In the order of the parameters.

    Raises
    ------
    UsageError
        If the ends of `between` are the wrong way round.
    """
    listed = [Question(f"at_least {value_text(low)}", low, None) for low in at_least]
    listed += [Question(f"at_most {value_text(high)}", None, high) for high in at_most]
    listed += [Question(f"exactly {value_text(value)}", value, value) for value in exactly]
    if between is not None:
        low, high = between
        if low > high:
            raise UsageError(
                f"--between {value_text(low)} {value_text(high)}: the first end is above the second",
                hint=f"swap them: --between {value_text(high)} {value_text(low)}",
            )
        listed.append(Question(f"between {value_text(low)} {value_text(high)}", low, high))
    return listed


def answer(law: Pmf, asked: Sequence[Question]) -> list[Answer]:
    """Answer each question by adding up exact counts."""
    return [Answer(question.name, law.between(question.low, question.high)) for question in asked]
