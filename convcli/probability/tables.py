"""Tables of values and probabilities as text: literals, CSV and JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Never

from convcli.arithmetic.notation import format_number
from convcli.errors import ConvError, ReadError, UsageError, shortened

from .digits import parse_probability
from .lattice import Pmf, from_weights

ROUNDING = Fraction(1, 10**12)
"""Deviation of a sum from 1 that rounded decimals explain: the table is scaled without a word."""

TOLERANCE = Fraction(1, 10**6)
"""Deviation of a sum from 1 that is scaled away with a warning; beyond it the table is refused."""

_VALUE = ("value", "outcome", "total")
_PROBABILITY = ("probability", "p", "percent")
_WEIGHT = ("weight", "count", "quantity")
_HEADER_HINT = (
    f"name a column of values ({', '.join(_VALUE)}) and one of probabilities ({', '.join(_PROBABILITY)}) "
    f"or whole weights ({', '.join(_WEIGHT)})"
)
_LITERAL = re.compile(r"\s*[-+\N{MINUS SIGN}]?[0-9.][^:{}]*:")


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution that was read, and what has to be said about the reading."""

    pmf: Pmf
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """One outcome as written, and where it stands."""

    place: str
    value: str
    share: str


@dataclass(frozen=True, slots=True)
class _Source:
    """Where rows come from: a name for the messages, and what kind of error they make."""

    name: str
    error: type[ConvError]
    remedy: str

    def fail(self, rule: str, *, hint: str | None = None) -> Never:
        raise self.error(f"{self.name}: {rule}", hint=hint) from None


def is_literal(text: str) -> bool:
    """Whether a text looks like ``value:probability,...``."""
    return _LITERAL.match(text) is not None


def read_literal(text: str) -> Law:
    """Read ``0:0.5,1:0.25,2:1/4``: values with their probabilities.

    Raises
    ------
    UsageError
        If a part is not value:probability, or the probabilities do not add up to 1.
    """
    name = shortened(text)
    source = _Source(name, UsageError, "weights go in braces, as in d{0:3,1:5}")
    rows = []
    for number, part in enumerate(text.split(","), start=1):
        value, colon, share = part.partition(":")
        if not colon:
            source.fail(
                f"item {number}, {part!r}, is not value:probability", hint="write e.g. 0:0.5,1:0.25,2:1/4"
            )
        rows.append(_Row(f"item {number}", value.strip(), share.strip()))
    return _law(rows, source, weights=False)


def read_table(data: bytes, name: str) -> Law:
    """Read a file's content: JSON if it begins with a bracket, else a table of two columns.

    Parameters
    ----------
    data : bytes
        Text in UTF-8.
    name : str
        Name of the file, for messages.

    Raises
    ------
    ReadError
        If it is no distribution; the message names the line or the entry.
    """
    source = _Source(name, ReadError, "for weights name the column weight, with whole numbers in it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        source.fail("not a text in UTF-8", hint="save the table as CSV or JSON")
    if text.lstrip().startswith(("{", "[")):
        return _law(_json_rows(text, source), source, weights=False)
    rows, weights = _csv_rows(text, source)
    return _law(rows, source, weights=weights)


def _csv_rows(text: str, source: _Source) -> tuple[list[_Row], bool]:
    """Rows of a table with or without a header, and whether they carry weights."""
    lines = [(n, line) for n, line in enumerate(text.splitlines(), start=1) if _carries_data(line)]
    if not lines:
        source.fail("no rows", hint="write one value,probability a line")
    delimiter = next((mark for mark in ";\t," if mark in lines[0][1]), " ")
    table = [(n, _cells(line, delimiter, f"line {n}", source)) for n, line in lines]
    width, value, share, kind = 2, 0, 1, ""
    if not _is_number(table[0][1][0]):
        _, head = table.pop(0)
        width, (value, share, kind) = len(head), _columns(head, source)
    rows = []
    for n, row in table:
        if len(row) != width:
            source.fail(f"line {n} has {len(row)} cells, expected {width}", hint=_HEADER_HINT)
        percent = "%" if kind == "percent" and not row[share].endswith("%") else ""
        rows.append(_Row(f"line {n}", row[value], row[share] + percent))
    return rows, kind in _WEIGHT or (not kind and _are_weights(rows))


def _carries_data(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _cells(line: str, delimiter: str, place: str, source: _Source) -> list[str]:
    """The cells of one line; quotes do not reach over its end."""
    try:
        [cells] = csv.reader([line.strip()], delimiter=delimiter, skipinitialspace=True)
    except csv.Error as error:
        source.fail(f"{place}: {error}")
    return [cell.strip() for cell in cells]


def _columns(head: Sequence[str], source: _Source) -> tuple[int, int, str]:
    """Positions of the values and of their shares, and the name of the latter column."""
    names = [cell.strip().lower() for cell in head]
    value = next((names.index(each) for each in _VALUE if each in names), None)
    kind = next((each for each in (*_PROBABILITY, *_WEIGHT) if each in names), None)
    if value is None or kind is None:
        source.fail(f"no distribution in the columns {', '.join(head)}", hint=_HEADER_HINT)
    return value, names.index(kind), kind


def _are_weights(rows: Sequence[_Row]) -> bool:
    """Whether a column without a name holds weights: whole numbers that cannot be probabilities."""
    shares = [row.share for row in rows]
    return all(s.isdecimal() and len(s) <= 40 for s in shares) and sum(map(int, shares)) > 1


def _is_number(text: str) -> bool:
    try:
        parse_probability(text)
    except ConvError:
        # Words for numbers are data gone wrong, not the name of a column.
        return text.lstrip("+-").lower() in ("nan", "inf", "infinity", "")
    return True


def _json_rows(text: str, source: _Source) -> list[_Row]:
    """Entries of our own report, of a {value: probability} object or of [[value, probability], ...]."""
    try:
        # Numbers stay text: a decimal is read exactly, and an integer of any length is welcome.
        data = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        source.fail(f"not JSON: {str(error)[:80]}")
    if isinstance(data, dict):
        pairs = _report_pairs(data, source) if "support" in data else list(data.items())
    else:
        pairs = data
    rows = []
    for number, pair in enumerate(pairs, start=1):
        if not (isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(x, str) for x in pair)):
            source.fail(
                f"entry {number} is not a value and its probability",
                hint='write [[0, "1/2"], [1, 0.5]] or {"0": 0.5, "1": 0.5}, or what --json prints',
            )
        rows.append(_Row(f"entry {number}", *pair))
    return rows


def _report_pairs(data: dict[str, Any], source: _Source) -> list[tuple[Any, Any]]:
    """Values and shares of our own report, the exact shares if they are there."""
    key = "exact" if data.get("exact") else "probability"
    support, shares = data["support"], data.get(key)
    if not (isinstance(support, list) and isinstance(shares, list) and len(support) == len(shares)):
        source.fail(f'"support" and "{key}" are not two lists of one length')
    return list(zip(support, shares, strict=True))


def _law(rows: Sequence[_Row], source: _Source, *, weights: bool) -> Law:
    """Check the rows and build the distribution."""
    table: dict[Fraction, Fraction] = {}
    for row in rows:
        value = _cell(row.value, row.place, source)
        if value in table:
            source.fail(f"the value {row.value} stands twice, again in {row.place}", hint="join the two")
        table[value] = _share(row, source, weights=weights)
    total = sum(table.values(), Fraction(0))
    if total == 0:
        source.fail("no value with a share above 0")
    rounded = any(set(row.share) & set(".eE%") for row in rows)
    warnings = () if weights else _check_sum(total, source, rounded=rounded)
    return Law(from_weights(table), warnings)


def _cell(text: str, place: str, source: _Source) -> Fraction:
    try:
        return parse_probability(text)
    except UsageError as problem:
        source.fail(f"{problem.message} ({place})", hint=problem.hint)


def _share(row: _Row, source: _Source, *, weights: bool) -> Fraction:
    """The probability or weight of a row."""
    scale = 100 if row.share.endswith("%") else 1
    share = _cell(row.share.removesuffix("%"), row.place, source) / scale
    if weights and (share < 0 or share.denominator != 1):
        source.fail(f"the weight {row.share} in {row.place} is not a whole number from 0 up")
    if not weights and not 0 <= share <= 1:
        source.fail(f"the probability {row.share} in {row.place} is not between 0 and 1", hint=source.remedy)
    return share


def _check_sum(total: Fraction, source: _Source, *, rounded: bool) -> tuple[str, ...]:
    """Refuse probabilities that do not add up to 1; forgive the rounding of decimals."""
    off = abs(total - 1)
    if off <= (ROUNDING if rounded else 0):
        return ()
    text = f"{float(total):.9g}" if rounded or total.denominator > 10**12 else format_number(total)
    if off > (TOLERANCE if rounded else 0):
        rule = "1 (within 1e-6)" if rounded else "1"
        source.fail(f"the probabilities add up to {text}, not to {rule}", hint=source.remedy)
    return (f"{source.name}: the probabilities add up to {text}; scaled to 1",)
