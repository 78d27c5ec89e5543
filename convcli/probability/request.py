"""A whole request about numbers: read the terms, convolve them, condition, answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from convcli.errors import UsageError
from convcli.files import read_bytes

from .account import method_line, shape_lines
from .checking import verified
from .digits import value_text
from .law import Law
from .pairs import Pair, Part
from .posterior import Split, posterior, split
from .questions import Answer, AnyAnswer, Asked, Place, answer, number
from .request2 import Result2, examine_points
from .terms import Problem, read_terms
from .terms2 import matrix_frame, read_points


@dataclass(frozen=True, slots=True)
class Result:
    """What a request came to.

    Parameters
    ----------
    law : Law
        The distribution of the sum, or of its first part given the sum.
    description : str
        What the law is of.
    answers : list of Answer, QuantileAnswer or IntervalAnswer
        To the questions; with a given total, the probability of that total comes first.
    report : list of str
        The shape arithmetic of the convolution, and how it was computed.
    warnings : tuple of str
        What was put right while reading.
    pair : Pair or None
        The first part and the rest: with a given total, or where they were asked for.
    """

    law: Law
    description: str
    answers: list[AnyAnswer]
    report: list[str]
    warnings: tuple[str, ...]
    pair: Pair | None = None

    @property
    def prior(self) -> Law | None:
        """With a given total: the distribution of the first part without that knowledge."""
        return self.pair.first.law if self.pair and self.pair.total is not None else None


def examine(
    texts: Sequence[str],
    *,
    asked: Asked = Asked(),
    times: int = 1,
    given: Place | None = None,
    after: int | None = None,
    step: Place | None = None,
    origin: Place | None = None,
    paired: str | None = None,
) -> Result | Result2:
    """Tabulate a sum of independent terms, and answer questions about it.

    Parameters
    ----------
    texts : sequence of str
        Terms: notation, literal tables, files, ``-``. All of numbers, or all of points.
    asked : Asked
        Questions about the law.
    times : int
        Independent repetitions of the whole, > 0.
    given : Place, optional
        A known total: the law becomes that of the first part.
    after : int, optional
        With `given`: the first part is the sum of so many repetitions.
    step : Place, optional
        Of continuous laws; of matrices, along x and along y.
    origin : Place, optional
        Of matrices: the x and y of their first entry.
    paired : str, optional
        The option that needs the two parts, whether or not their total is known; it is for numbers.

    Raises
    ------
    UsageError
        If options contradict each other.
    ConvError
        See `read_terms`, `distribution`, `split` and `posterior`.
    """
    if after is not None and given is None and paired is None:
        raise UsageError("--after: nothing is known about the end", hint="add the total, e.g. --given 35")
    read = cache(read_bytes)  # standard input can be read once only, and is looked at before it is understood
    points = read_points(texts, times=times, read=read, frame=matrix_frame(origin, step))
    if points is not None and paired is not None:
        raise UsageError(f"{paired}: it is for numbers, not for points", hint="--plot draws a heat map")
    if points is not None:
        return examine_points(points, asked=asked, given=given, after=after)
    problem = read_terms(texts, times=times, read=read)
    wanted = None if step is None else number(step, option="--step")
    if wanted is not None and not problem.total.pending:
        raise UsageError(f"--step {value_text(wanted)}: it is for continuous laws, and there is none")
    return examine_numbers(problem, asked=asked, given=given, after=after, step=wanted, paired=paired)


def examine_numbers(
    problem: Problem,
    *,
    asked: Asked,
    given: Place | None,
    after: int | None,
    step: Fraction | None,
    paired: str | None,
) -> Result:
    """Do what `examine` does, on a sum of numbers that was read."""
    questions = asked.of_numbers()
    continuous = bool(problem.total.pending)
    problem = problem.settled(step)
    description, pair, evidence = problem.description, None, []
    if given is None:
        law = verified(problem.total)
        if paired is not None:
            parts = split(problem, after=after, asked=paired)
            pair = _pair(problem, parts, verified(parts.first), verified(parts.rest))
    else:
        parts = split(problem, after=after)
        found = posterior(parts, number(given, option="--given"), nearest=continuous)
        total = value_text(found.total)
        law = found.law
        pair = _pair(problem, parts, found.prior, found.rest, total=found.total, evidence=found.evidence)
        evidence = [Answer(f"total {total}", found.evidence, exact=law.exact)]
        cell = f" (within {value_text(problem.total.step / 2)})" if continuous else ""
        description = f"{parts.label} of {description}, given a total of {total}{cell}"
    answers = [*evidence, *answer(law, questions)]
    report = [*shape_lines(problem), method_line(law)]
    return Result(law, description, answers, report, problem.warnings, pair)


def _pair(
    problem: Problem,
    parts: Split,
    first: Law,
    rest: Law,
    *,
    total: Fraction | None = None,
    evidence: Fraction | None = None,
) -> Pair:
    """What is known of the two parts of a sum."""
    return Pair(
        Part(first, parts.label, parts.first.smooth),
        Part(rest, parts.rest_label, parts.rest.smooth),
        problem.description,
        total,
        evidence,
    )
