"""Rows of tables as text, of numbers or of points, and their probabilities: read exactly, and checked."""

from __future__ import annotations

import csv
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Never

from convcli.arithmetic.notation import format_number
from convcli.errors import ConvError, ReadError, UsageError

from .digits import parse_probability

PROBABILITY = ("probability", "p", "percent")
WEIGHT = ("weight", "count", "quantity")
"""Names of columns, the first found counts."""

ROUNDING = Fraction(1, 10**10)
"""Deviation of a sum from 1 that decimals of 12 digits explain: the table is scaled without a word."""

TOLERANCE = Fraction(1, 10**6)
"""Deviation of a sum from 1 that is scaled away with a warning; beyond it the table is refused."""


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome as written, and where it stands."""

    place: str
    value: str
    share: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows come from: a name for the messages, and what kind of error they make."""

    name: str
    error: type[ConvError]
    remedy: str

    def fail(self, rule: str, *, hint: str | None = None) -> Never:
        raise self.error(f"{self.name}: {rule}", hint=hint) from None

    def number(self, text: str, place: str) -> Fraction:
        """Read a number exactly; the error names its place."""
        try:
            return parse_probability(text)
        except UsageError as problem:
            self.fail(f"{problem.message} ({place})", hint=problem.hint)


def file_source(name: str) -> Source:
    """A file, as a source of rows."""
    return Source(name, ReadError, "for weights name the column weight, with whole numbers in it")


def decode(data: bytes, source: Source) -> str:
    """Return the text of a file."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        source.fail("not a text in UTF-8", hint="save the table as CSV or JSON")


def read_lines(text: str, source: Source, *, hint: str) -> list[tuple[int, list[str]]]:
    """Cells of the lines that carry data, each with the number of its line; `hint` tells what is missing."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if _carries_data(line)]
    if not lines:
        source.fail("no rows", hint=hint)
    delimiter = next((mark for mark in ";\t," if mark in lines[0][1]), " ")
    return [(n, _cells(line, delimiter, f"line {n}", source)) for n, line in lines]


def _carries_data(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _cells(line: str, delimiter: str, place: str, source: Source) -> list[str]:
    """The cells of one line; quotes do not reach over its end."""
    try:
        [cells] = csv.reader([line.strip()], delimiter=delimiter, skipinitialspace=True)
    except csv.Error as error:
        source.fail(f"{place}: {error}")
    return [cell.strip() for cell in cells]


def are_weights(rows: Sequence[Row]) -> bool:
    """Whether a column without a name holds weights: whole numbers that cannot be probabilities."""
    shares = [row.share for row in rows]
    return all(s.isdecimal() and len(s) <= 40 for s in shares) and sum(map(int, shares)) > 1


def is_number(text: str) -> bool:
    try:
        parse_probability(text)
    except ConvError:
        # Words for numbers are data gone wrong, not the name of a column.
        return text.lstrip("+-").lower() in ("nan", "inf", "infinity", "")
    return True


def load_json(text: str, source: Source) -> Any:
    """Read JSON with all numbers left as text: decimals are read exactly, integers may have any length."""
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        source.fail(f"not JSON: {str(error)[:80]}")


def report_columns(data: dict[str, Any], source: Source) -> list[tuple[Any, Any]]:
    """Values and shares of our own report, the exact shares if they are there."""
    key = "exact" if data.get("exact") else "probability"
    support, shares = data["support"], data.get(key)
    if not (isinstance(support, list) and isinstance(shares, list) and len(support) == len(shares)):
        source.fail(f'"support" and "{key}" are not two lists of one length')
    return list(zip(support, shares, strict=True))


def check_distinct(keys: Sequence[Hashable], rows: Sequence[Row], source: Source) -> None:
    """Refuse a value, or a point, that stands in two rows."""
    seen: set[Hashable] = set()
    for key, row in zip(keys, rows, strict=True):
        if key in seen:
            source.fail(f"the value {row.value} stands twice, again in {row.place}", hint="join the two")
        seen.add(key)


def read_shares(
    rows: Sequence[Row], source: Source, *, weights: bool
) -> tuple[list[Fraction], tuple[str, ...]]:
    """Read the probabilities, or whole weights, of all rows.

    Returns
    -------
    (list of Fraction, tuple of str)
        The shares, not all of them 0, and what has to be said about their sum.
    """
    shares = [_share(row, source, weights=weights) for row in rows]
    total = sum(shares, Fraction(0))
    if total == 0:
        source.fail("no value with a share above 0")
    rounded = any(set(row.share) & set(".eE%") for row in rows)
    return shares, () if weights else _check_sum(total, source, rounded=rounded)


def _share(row: Row, source: Source, *, weights: bool) -> Fraction:
    """The probability or weight of a row."""
    scale = 100 if row.share.endswith("%") else 1
    share = source.number(row.share.removesuffix("%"), row.place) / scale
    if weights and (share < 0 or share.denominator != 1):
        source.fail(f"the weight {row.share} in {row.place} is not a whole number from 0 up")
    if not weights and not 0 <= share <= 1:
        source.fail(f"the probability {row.share} in {row.place} is not between 0 and 1", hint=source.remedy)
    return share


def _check_sum(total: Fraction, source: Source, *, rounded: bool) -> tuple[str, ...]:
    """Refuse probabilities that do not add up to 1; forgive the rounding of decimals."""
    off = abs(total - 1)
    if off <= (ROUNDING if rounded else 0):
        return ()
    text = f"{float(total):.9g}" if rounded or total.denominator > 10**12 else format_number(total)
    if off > (TOLERANCE if rounded else 0):
        rule = "1 (within 1e-6)" if rounded else "1"
        source.fail(f"the probabilities add up to {text}, not to {rule}", hint=source.remedy)
    return (f"{source.name}: the probabilities add up to {text}; scaled to 1",)
