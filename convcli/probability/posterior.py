"""Where the first part of a sum was, given where the sum ended: P(a | c) = f(a) g(c - a) / (f * g)(c)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from convcli.errors import ConvError, UsageError

from .checking import verified
from .digits import value_text
from .lattice import Pmf, common_step, from_weights
from .law import Law
from .sums import Sum
from .terms import Problem


@dataclass(frozen=True, slots=True)
class Split:
    """A sum in two independent parts.

    Parameters
    ----------
    first, rest : Sum
        The part that is asked about, and everything else.
    label, rest_label : str
        The two parts as a person would name them.
    """

    first: Sum
    rest: Sum
    label: str
    rest_label: str = "the rest"


@dataclass(frozen=True, slots=True)
class Posterior:
    """The law of the first part once the total is known.

    Parameters
    ----------
    law, prior : Law
        With and without that knowledge.
    rest : Law
        Of the other part, without it.
    total : Fraction
        What was taken as the total.
    evidence : Fraction
        How probable the total was.
    """

    law: Law
    prior: Law
    rest: Law
    total: Fraction
    evidence: Fraction


def split(problem: Problem, *, after: int | None = None, asked: str = "--given") -> Split:
    """Split a problem after its first term, or after some of its repetitions.

    The first term is the first random one; a single term is split after its first random summand, and
    a single summand such as `2d6` after its first die, `ball:3` after its first metre.

    Parameters
    ----------
    problem : Problem
    after : int, optional
        Repetitions that make up the first part.
    asked : str
        The option that needs two parts, for messages.

    Raises
    ------
    UsageError
        If there are not two random parts.
    """
    random = [term for term in problem.terms if term.expression.value.random]
    total = problem.total
    if not random:
        raise indivisible(problem.description, asked=asked)
    rest_label = "the rest"
    if after is not None:
        first, label = problem.once.repeated(repetitions(after, problem.times)), partial_label(after)
        others = problem.times - after
        rest_label = f"sum of the other {others}" if others > 1 else "the last one"
    elif len(random) > 1 or problem.times > 1:
        first, label = random[0].expression.value, f"first term {random[0].text}"
        if problem.times == 1 and len(problem.terms) == 2:
            rest_label = f"second term {random[1].text}"
    elif len(problem.summands) > 1:
        first, label = problem.summands[0].value, f"first term {problem.summands[0].text}"
    elif problem.summands[0].copies > 1:
        [summand] = problem.summands
        first, label = summand.single, "first metre" if summand.text.startswith("ball") else "first die"
    else:
        raise indivisible(problem.description, asked=asked)
    return Split(first, total.without(first), label, rest_label)


def indivisible(description: str, *, asked: str = "--given") -> UsageError:
    """Say that a sum does not consist of two random parts, which an option needs."""
    return UsageError(
        f"{description}: {asked} needs at least two random parts",
        hint="give two terms such as ball:2 ball:3, several dice, or --times 2",
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


def posterior(parts: Split, total: Fraction, *, nearest: bool = False) -> Posterior:
    """Distribution of the first part, given the total.

    Parameters
    ----------
    parts : Split
    total : Fraction
        What the two parts added up to.
    nearest : bool
        The parts are continuous laws on a lattice: the point of it that is nearest to `total` is meant.

    Returns
    -------
    Posterior
        Exact where both parts are; its probabilities then add up to exactly 1.

    Raises
    ------
    ConvError
        If that total cannot occur.
    """
    first, rest = verified(parts.first), verified(parts.rest)
    if nearest:
        total = _nearest(total, first.low + rest.low, common_step([first.step, rest.step]))
    weights = {value: weight * rest.count_at(total - value) for value, weight in first.items()}
    ways = sum(weights.values())
    if not ways:
        low, high = first.low + rest.low, first.high + rest.high
        raise ConvError(
            f"a total of {value_text(total)} cannot occur: "
            f"the sum lies between {value_text(low)} and {value_text(high)}"
            + (", and skips it" if low <= total <= high else "")
        )
    evidence = Fraction(ways) / (first.total * rest.total)
    law = replace(from_weights(weights), cut=_cut(first, rest, total, evidence))
    if not (first.exact and rest.exact):
        return Posterior(_rounded(law, first, rest, nearest=nearest), first, rest, total, evidence)
    return Posterior(law, first, rest, total, evidence)


def _nearest(value: Fraction, origin: Fraction, step: Fraction) -> Fraction:
    """The point of a lattice that is nearest to a value."""
    return origin + round((value - origin) / step) * step


def _cut(first: Law, rest: Law, total: Fraction, evidence: Fraction) -> tuple[float, float]:
    """Bounds of the probability that the posterior would have beyond either end, but for cut tails.

    A tail that was cut off one part counts only where the other part can make up for it.
    """
    below = Fraction(first.cut[0] if total - first.low < rest.high else 0.0)
    below += Fraction(rest.cut[1] if total - rest.high > first.low else 0.0)
    above = Fraction(first.cut[1] if total - first.high > rest.low else 0.0)
    above += Fraction(rest.cut[0] if total - rest.low < first.high else 0.0)
    return min(1.0, float(below / evidence)), min(1.0, float(above / evidence))


def _rounded(law: Pmf, first: Law, rest: Law, *, nearest: bool) -> Law:
    """A posterior in floats, where a part of the sum was one; how far a grid is off is not known."""
    from .floats import as_floats

    inexact = first if rest.exact else rest
    return replace(as_floats(law), method=inexact.method, grid_error=math.nan if nearest else 0.0)
