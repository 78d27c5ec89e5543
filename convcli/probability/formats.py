"""Distributions as data: CSV, Markdown, the export of AnyDice, and the JSON record."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from convcli.arithmetic.notation import format_integer, format_number, plain_number
from convcli.errors import ConvError

from .digits import ratio_text, value_text
from .law import Law, Ratio
from .questions import Answer, AnyAnswer, IntervalAnswer, QuantileAnswer
from .rendering import HEADER, HEADINGS

DIGITS_LIMIT = 200_000_000
"""Digits that the fractions of one JSON object may have together."""

JSON_INTEGERS = 2**53
"""Integers from here on other readers of JSON round, so that they are written as text."""


def csv_lines(law: Law, *, exact: bool = False) -> Iterator[str]:
    """Yield the lines of the CSV form: all possible values, full precision.

    Parameters
    ----------
    law : Law
    exact : bool
        Fractions instead of decimals; `law` has to be exact.
    """
    yield ",".join(HEADER)
    for value, *shares in law.rows():
        yield ",".join((value_text(value), *(full_text(share, exact=exact) for share in shares)))


def markdown_lines(law: Law, *, exact: bool = False) -> Iterator[str]:
    """Yield the lines of a table in Markdown, as `csv_lines` does."""
    yield from markdown_head(HEADINGS)
    for value, *shares in law.rows():
        yield markdown_row((value_text(value), *(full_text(share, exact=exact) for share in shares)))


def markdown_head(names: Sequence[str]) -> Iterator[str]:
    """Yield the headings of a table in Markdown, and the rule below them."""
    yield markdown_row(names)
    yield markdown_row(["---:"] * len(names))


def markdown_row(cells: Sequence[str]) -> str:
    """Write one row of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


def anydice_lines(law: Law, name: str) -> Iterator[str]:
    """Yield the lines of the form that AnyDice exports: a line of statistics, a heading, percentages.

    Parameters
    ----------
    law : Law
    name : str
        What the law is of.
    """
    quoted = name.replace('"', '""')
    numbers = (float(law.mean), law.sd)
    yield ",".join((f'"{quoted}"', *map(repr, numbers), value_text(law.low), value_text(law.high)))
    yield "#,%"
    for value, (count, total), *_ in law.rows():
        yield f"{value_text(value)},{ratio_text(100 * count, total)}"


def full_text(share: Ratio, *, exact: bool) -> str:
    """Write a probability in all its digits, or as a fraction."""
    return format_number(Fraction(*share)) if exact else ratio_text(*share)


def record(
    law: Law, description: str, answers: Sequence[AnyAnswer], *, exact: bool = False
) -> dict[str, Any]:
    """The JSON form, with the documented keys.

    Parameters
    ----------
    law : Law
    description : str
        What the law is of.
    answers : sequence of Answer, QuantileAnswer or IntervalAnswer
    exact : bool
        Give the probabilities as fractions too; `law` has to be exact.

    Returns
    -------
    dict
        Plain values; the denominator is text from 2**53 on, where other readers of JSON would round it.

    Raises
    ------
    ConvError
        If the exact fractions would fill the memory.
    """
    rows = [(value, share) for value, share, *_ in law.rows()]
    return {
        "description": description,
        "support": [plain_number(value) for value, _ in rows],
        **shares_record([share for _, share in rows], exact=exact),
        "denominator": plain_integer(law.total) if law.exact else None,
        "mean": float(law.mean),
        "variance": float(law.variance),
        "sd": law.sd,
        "min": plain_number(law.low),
        "max": plain_number(law.high),
        "median": plain_number(law.median),
        "method": law.method,
        "mass": float(law.mass),
        "truncated_mass": law.truncated_mass,
        "grid_error": law.grid_error,
        "answers": {answer.name: plain_answer(answer) for answer in answers},
    }


def shares_record(shares: Sequence[Ratio], *, exact: bool) -> dict[str, list[float] | list[str] | None]:
    """The probabilities of a record, as numbers and as fractions.

    Raises
    ------
    ConvError
        If the fractions would fill the memory.
    """
    if exact and shares:
        size = len(shares) * 2 * shares[0][1].bit_length() * math.log10(2)
        if size > DIGITS_LIMIT:
            raise ConvError(
                f"the fractions of {len(shares)} values have about {size / 1e6:.0f} MB of digits",
                hint="leave --exact out, or use --format csv, which prints them one by one",
            )
    return {
        "probability": [count / total for count, total in shares],
        "exact": [full_text(share, exact=True) for share in shares] if exact else None,
    }


def plain_integer(value: int) -> int | str:
    """An integer as other readers of JSON take it."""
    return value if value < JSON_INTEGERS else format_integer(value)


def plain_answer(answer: AnyAnswer) -> Any:
    """An answer as JSON has it: a number, or the ends of an interval and what it holds."""
    match answer:
        case Answer():
            return float(answer.probability)
        case QuantileAnswer():
            return plain_number(answer.value)
        case IntervalAnswer():
            ends = {"low": plain_number(answer.low), "high": plain_number(answer.high)}
            return {**ends, "mass": float(answer.mass.probability)}
