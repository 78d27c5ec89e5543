"""Where the first part of a sum of points was, given where the sum ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from convcli.errors import ConvError

from .checking import verified2
from .lattice2 import Pmf2, Point, from_weights2
from .posterior import indivisible, partial_label, repetitions
from .questions import place_text
from .sums2 import Problem2, Term2, frame


@dataclass(frozen=True, slots=True)
class Split2:
    """A sum in two independent parts.

    Parameters
    ----------
    first, rest : tuple of Term2
        The part that is asked about, and everything else.
    label : str
        The first part as a person would name it.
    """

    first: tuple[Term2, ...]
    rest: tuple[Term2, ...]
    label: str


@dataclass(frozen=True, slots=True)
class Posterior2:
    """The law of the first part once the total is known.

    Parameters
    ----------
    law, prior : Pmf2
        With and without that knowledge.
    evidence : Fraction
        How probable the total was.
    """

    law: Pmf2
    prior: Pmf2
    evidence: Fraction


def split2(problem: Problem2, *, after: int | None = None) -> Split2:
    """Split a problem after its first term, after some of its repetitions, or a single term after one copy.

    Raises
    ------
    UsageError
        If there are not two parts.
    """
    first, *others = problem.terms
    if after is not None:
        count = repetitions(after, problem.times)
        before, later = (
            tuple(term.repeated(n) for term in problem.terms) for n in (count, problem.times - count)
        )
        return Split2(before, later, partial_label(after))
    copies = first.copies if others or problem.times > 1 else 1
    label = f"first term {first.text}" if others or problem.times > 1 else "first metre"
    left = replace(first, copies=first.copies * problem.times - copies)
    rest = tuple(term for term in (left, *(term.repeated(problem.times) for term in others)) if term.copies)
    if not rest:
        raise indivisible(problem.description)
    return Split2((replace(first, copies=copies),), rest, label)


def posterior2(parts: Split2, total: Point) -> Posterior2:
    """Distribution of the first part, given the total.

    Parameters
    ----------
    parts : Split2
    total : (Fraction, Fraction)
        What the two parts added up to.

    Returns
    -------
    Posterior2
        Its probabilities add up to exactly 1.

    Raises
    ------
    ConvError
        If that total cannot occur.
    """
    x, y = total
    first, rest = verified2(parts.first), verified2(parts.rest)
    weights = {(a, b): count * rest.count_at((x - a, y - b)) for (a, b), count in first.items()}
    ways = sum(weights.values())
    if not ways:
        whole = frame((*parts.first, *parts.rest))
        inside = all(low <= c <= high for low, c, high in zip(whole.origin, total, whole.high, strict=True))
        raise ConvError(
            f"a total of {place_text(total)} cannot occur: the sum lies between "
            f"{place_text(whole.origin)} and {place_text(whole.high)}" + (", and skips it" if inside else "")
        )
    return Posterior2(from_weights2(weights), first, Fraction(ways, first.total * rest.total))
