"""Where the first term was, given where the sum ended: P(a | c) = f(a) g(c - a) / (f * g)(c)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from convcli.errors import ConvError, UsageError

from .digits import value_text
from .lattice import Pmf, from_weights
from .sums import Sum, distribution
from .terms import Problem


@dataclass(frozen=True, slots=True)
class Split:
    """A sum in two independent parts.

    Parameters
    ----------
    first, rest : Sum
        The part that is asked about, and everything else.
    label : str
        The first part as a person would name it.
    """

    first: Sum
    rest: Sum
    label: str


@dataclass(frozen=True, slots=True)
class Posterior:
    """The law of the first part once the total is known, and how probable that total was."""

    law: Pmf
    evidence: Fraction


def split(problem: Problem) -> Split:
    """Split a problem after its first term.

    The first term is the first random one; a single term is split after its first random summand, and
    a single summand such as `2d6` after its first die.

    Raises
    ------
    UsageError
        If there are not two random parts.
    """
    random = [term for term in problem.terms if term.expression.value.draws]
    total = problem.total
    if len(random) > 1 or (random and problem.times > 1):
        first, label = random[0].expression.value, f"first term {random[0].text}"
    elif len(problem.summands) > 1:
        first, label = problem.summands[0].value, f"first term {problem.summands[0].text}"
    elif problem.summands and problem.summands[0].copies > 1:
        first, label = problem.summands[0].single, "first die"
    else:
        raise UsageError(
            f"{problem.description}: --given needs at least two random parts",
            hint="give two terms, several dice or --times 2, e.g. ball:2 ball:3 --given 1",
        )
    return Split(first, total.without(first), label)


def posterior(parts: Split, total: Fraction) -> Posterior:
    """Distribution of the first part, given the total.

    Parameters
    ----------
    parts : Split
    total : Fraction
        What the two parts added up to.

    Returns
    -------
    Posterior

    Raises
    ------
    ConvError
        If that total cannot occur.
    """
    first, rest = distribution(parts.first), distribution(parts.rest)
    weights = {value: count * rest.count_at(total - value) for value, count in first.items()}
    ways = sum(weights.values())
    if not ways:
        low, high = first.low + rest.low, first.high + rest.high
        raise ConvError(
            f"a total of {value_text(total)} cannot occur: "
            f"the sum lies between {value_text(low)} and {value_text(high)}"
            + (", and skips it" if low <= total <= high else "")
        )
    return Posterior(from_weights(weights), Fraction(ways, first.total * rest.total))
