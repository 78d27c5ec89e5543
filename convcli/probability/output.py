"""Results in the form that was asked for: lines of text, a JSON record, and what is said about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from convcli.errors import ConvError, UsageError

from . import formats, rendering, rendering2
from .rendering import Table
from .rendering2 import HeatMap
from .request import Result
from .request2 import Result2


def check_form(result: Result | Result2, form: str, *, exact: bool) -> None:
    """Refuse a form that a result cannot be given in.

    Parameters
    ----------
    result : Result or Result2
    form : str
        table, csv, json, markdown or anydice.
    exact : bool
        Whether fractions are wanted.

    Raises
    ------
    UsageError
        If the form is for numbers, and these are points, or has no fractions.
    ConvError
        If fractions are wanted of floats.
    """
    if form == "anydice" and isinstance(result, Result2):
        raise UsageError("--format anydice: it is for numbers, not for points", hint="use --format csv")
    if form == "anydice" and exact:
        raise UsageError("--exact: --format anydice has percentages only", hint="use --format csv")
    if exact and isinstance(result, Result) and not result.law.exact:
        raise ConvError(
            f"--exact: {result.description} has no exact fractions, it was computed as {result.law.method}",
            hint="leave --exact out",
        )


def table(result: Result | Result2, *, width: int, bar: str, exact: bool) -> Table | None:
    """Lay a law out with bars, for a terminal of so many columns; None for points that are too many."""
    if isinstance(result, Result2):
        return rendering2.table2(result.law, width=width, bar=bar, exact=exact)
    return rendering.table(result.law, width=width, bar=bar, exact=exact)


def heat_map(result: Result2, *, room: tuple[int, int], log: bool) -> HeatMap:
    """Draw a law of points within so many columns and rows of pixels."""
    return rendering2.heat_map(result.law, room=room, log=log)


def lines(result: Result | Result2, form: str, *, exact: bool) -> Iterator[str]:
    """Return the lines of a form that holds all values; see `check_form`."""
    if isinstance(result, Result2):
        write2 = rendering2.csv_lines2 if form == "csv" else rendering2.markdown_lines2
        return write2(result.law, exact=exact)
    if form == "anydice":
        return formats.anydice_lines(result.law, result.description)
    write = formats.csv_lines if form == "csv" else formats.markdown_lines
    return write(result.law, exact=exact)


def record(result: Result | Result2, *, exact: bool) -> dict[str, Any]:
    """Return the JSON form."""
    if isinstance(result, Result2):
        return rendering2.record2(result.law, result.description, result.answers, exact=exact)
    return formats.record(result.law, result.description, result.answers, exact=exact)


def remarks(result: Result | Result2) -> list[str]:
    """Return the summary of a law, what a known total changed, and the answers, a line each."""
    if isinstance(result, Result2):
        said = rendering2.summary2(result.law)
        said += [] if result.prior is None else [rendering2.learned2(result.law, result.prior)]
    else:
        said = [rendering.summary(result.law)]
        said += [] if result.prior is None else [rendering.learned(result.law, result.prior)]
    return [*said, *answers(result)]


def answers(result: Result | Result2) -> list[str]:
    """Return the answers, a line each."""
    return [rendering.answer_line(answer) for answer in result.answers]
