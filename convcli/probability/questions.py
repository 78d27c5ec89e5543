"""Questions about a distribution, and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from convcli.errors import UsageError

from .digits import value_text
from .lattice2 import Point
from .law import Law

Place = tuple[Fraction, ...]
"""A number, or a point of the plane: one entry or two."""


@dataclass(frozen=True, slots=True)
class Question:
    """How probable an interval of values is; None leaves a side open.

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

    def answer(self, law: Law) -> Answer:
        """Add up what lies inside, never 1 minus the rest."""
        return Answer(self.name, law.between(self.low, self.high), exact=law.exact)


@dataclass(frozen=True, slots=True)
class QuantileQuestion:
    """Which value is reached with the probability `share`: the smallest v with P(X <= v) >= share."""

    name: str
    share: Fraction

    def answer(self, law: Law) -> QuantileAnswer:
        """Look the value up."""
        return QuantileAnswer(self.name, law.quantile(self.share))


@dataclass(frozen=True, slots=True)
class IntervalQuestion:
    """Which values in the middle hold the probability `share`."""

    name: str
    share: Fraction

    def answer(self, law: Law) -> IntervalAnswer:
        """Find the shortest interval outside of which either tail holds at most (1 - share) / 2."""
        tail = (1 - self.share) / 2
        low, high = law.quantile(tail), law.quantile(1 - tail)
        if law.between(None, low) <= tail:  # a tail that ends with `low` is not too heavy yet
            low = next(value for value, _ in law.items() if value > low)
        return IntervalAnswer(
            self.name, low, high, Answer(self.name, law.between(low, high), exact=law.exact)
        )


AnyQuestion = Question | QuantileQuestion | IntervalQuestion


@dataclass(frozen=True, slots=True)
class Answer:
    """A probability; `exact` tells whether its fraction is more than the rounding of a float."""

    name: str
    probability: Fraction
    exact: bool = True


@dataclass(frozen=True, slots=True)
class QuantileAnswer:
    """A value."""

    name: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class IntervalAnswer:
    """The ends of an interval, both included, and what it holds: at least what was asked for."""

    name: str
    low: Fraction
    high: Fraction
    mass: Answer


AnyAnswer = Answer | QuantileAnswer | IntervalAnswer


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of a request, as typed.

    Parameters
    ----------
    at_least, at_most : sequence of Fraction
        Bounds, a question each.
    exactly : sequence of Place
        Values, or points of the plane.
    between : (Fraction, Fraction), optional
        The lower and the upper end, both included.
    quantile, interval : sequence of Fraction
        Probabilities above 0, at most 1.
    """

    at_least: Sequence[Fraction] = ()
    at_most: Sequence[Fraction] = ()
    exactly: Sequence[Place] = ()
    between: tuple[Fraction, Fraction] | None = None
    quantile: Sequence[Fraction] = ()
    interval: Sequence[Fraction] = ()

    def of_numbers(self) -> list[AnyQuestion]:
        """List the questions about a distribution of numbers, in the order of the fields.

        Raises
        ------
        UsageError
            If a point is asked for, or the ends of `between` are the wrong way round.
        """
        values = [number(place, option="--exactly") for place in self.exactly]
        listed: list[AnyQuestion] = [Question(f"at_least {value_text(v)}", v, None) for v in self.at_least]
        listed += [Question(f"at_most {value_text(v)}", None, v) for v in self.at_most]
        listed += [Question(f"exactly {value_text(v)}", v, v) for v in values]
        if self.between is not None:
            low, high = self.between
            if low > high:
                raise UsageError(
                    f"--between {value_text(low)} {value_text(high)}: the first end is above the second",
                    hint=f"swap them: --between {value_text(high)} {value_text(low)}",
                )
            listed.append(Question(f"between {value_text(low)} {value_text(high)}", low, high))
        listed += [QuantileQuestion(f"quantile {value_text(p)}", p) for p in self.quantile]
        return listed + [IntervalQuestion(f"interval {value_text(p)}", p) for p in self.interval]

    def of_points(self) -> list[Point]:
        """List the points whose probability is asked for.

        Raises
        ------
        UsageError
            If a question has no meaning in the plane.
        """
        for option in ("at_least", "at_most", "between", "quantile", "interval"):
            if getattr(self, option):
                raise UsageError(
                    f"--{option.replace('_', '-')}: points have no order",
                    hint="ask for one, e.g. --exactly 1,0",
                )
        return [point(place, option="--exactly") for place in self.exactly]


def number(place: Place, *, option: str) -> Fraction:
    """Return the number that was typed; `option` is named if it was a point."""
    if len(place) != 1:
        raise UsageError(f"{option} {place_text(place)}: the values are numbers, not points x,y")
    return place[0]


def point(place: Place, *, option: str) -> Point:
    """Return the point that was typed; `option` is named if it was one number."""
    if len(place) != 2:
        raise UsageError(
            f"{option} {place_text(place)}: the values are points", hint=f"give x and y, e.g. {option} 1,0"
        )
    return place[0], place[1]


def place_text(place: Place) -> str:
    """Write a number or a point as it is typed: ``1``, ``1,-0.5``."""
    return ",".join(map(value_text, place))


def answer(law: Law, asked: Sequence[AnyQuestion]) -> list[AnyAnswer]:
    """Answer each question."""
    return [question.answer(law) for question in asked]
