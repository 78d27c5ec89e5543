"""Where the first part of a sum was, given where the sum ended: P(a | c) = f(a) g(c - a) / (f * g)(c)."""

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
    """The law of the first part once the total is known.

    Parameters
    ----------
    law, prior : Pmf
        With and without that knowledge.
    evidence : Fraction
        How probable the total was.
    """

    law: Pmf
    prior: Pmf
    evidence: Fraction


def split(problem: Problem, *, after: int | None = None) -> Split:
    """Split a problem after its first term, or after some of its repetitions.

    The first term is the first random one; a single term is split after its first random summand, and
    a single summand such as `2d6` after its first die.

    Parameters
    ----------
    problem : Problem
    after : int, optional
        Repetitions that make up the first part.

    Raises
    ------
    UsageError
        If there are not two random parts.
    """
    random = [term for term in problem.terms if term.expression.value.draws]
    total = problem.total
    if not random:
        raise indivisible(problem.description)
    if after is not None:
        first, label = problem.once.repeated(repetitions(after, problem.times)), partial_label(after)
    elif len(random) > 1 or problem.times > 1:
        first, label = random[0].expression.value, f"first term {random[0].text}"
    elif len(problem.summands) > 1:
        first, label = problem.summands[0].value, f"first term {problem.summands[0].text}"
    elif problem.summands[0].copies > 1:
        first, label = problem.summands[0].single, "first die"
    else:
        raise indivisible(problem.description)
    return Split(first, total.without(first), label)


def indivisible(description: str) -> UsageError:
    """Say that a sum does not consist of two random parts."""
    return UsageError(
        f"{description}: --given needs at least two random parts",
        hint="give two terms, several dice or --times 2, e.g. ball:2 ball:3 --given 1",
    )


def repetitions(after: int, times: int) -> int:
    """Return `after` if so many of the repetitions leave some for later.

    Raises
    ------
    UsageError
        If they do not.
    """
    if after >= times:
        raise UsageError(
            f"--after {after}: there are {times} repetitions in all, and the total is known after them",
            hint="give fewer than --times, e.g. d6 --times 10 --after 3 --given 35",
        )
    return after


def partial_label(after: int) -> str:
    """Name the sum of the first repetitions."""
    return f"sum after {after}"


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
        Its probabilities add up to exactly 1.

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
    return Posterior(from_weights(weights), first, Fraction(ways, first.total * rest.total))
