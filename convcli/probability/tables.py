"""Tables of values and probabilities as text: literals, CSV and JSON."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from convcli.errors import UsageError, shortened

from .lattice import Pmf, from_weights
from .rows import (
    PROBABILITY,
    WEIGHT,
    Row,
    Source,
    are_weights,
    check_distinct,
    decode,
    file_source,
    is_number,
    load_json,
    read_lines,
    read_shares,
    report_columns,
)

NPY = b"\x93NUMPY"
"""How a file of NumPy begins."""

_VALUE = ("value", "outcome", "total")
_HEADER_HINT = (
    f"name a column of values ({', '.join(_VALUE)}) and one of probabilities ({', '.join(PROBABILITY)}) "
    f"or whole weights ({', '.join(WEIGHT)})"
)
_LITERAL = re.compile(r"\s*[-+\N{MINUS SIGN}]?[0-9.][^:{}]*:")


@dataclass(frozen=True, slots=True)
class Law:
    """A distribution that was read, and what has to be said about the reading."""

    pmf: Pmf
    warnings: tuple[str, ...] = ()


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
    source = Source(name, UsageError, "weights go in braces, as in d{0:3,1:5}")
    rows = []
    for number, part in enumerate(text.split(","), start=1):
        value, colon, share = part.partition(":")
        if not colon:
            source.fail(
                f"item {number}, {part!r}, is not value:probability", hint="write e.g. 0:0.5,1:0.25,2:1/4"
            )
        rows.append(Row(f"item {number}", value.strip(), share.strip()))
    return _law(rows, source, weights=False)


def read_table(data: bytes, name: str) -> Law:
    """Read a file's content.

    Parameters
    ----------
    data : bytes
        An array of NumPy, whose entries belong to the values 0, 1, 2 ...; JSON, if it begins with a bracket;
        an export of AnyDice, by its line of statistics; else a table of two columns. Text is in UTF-8.
    name : str
        Name of the file, for messages.

    Raises
    ------
    ReadError
        If it is no distribution; the message names the line or the entry.
    """
    source = file_source(name)
    if data.startswith(NPY):
        rows = _array_rows(data, source)
        return _law(rows, source, weights=are_weights(rows))
    text = decode(data, source)
    if text.lstrip().startswith(("{", "[")):
        rows = _json_rows(text, source)
        return _law(rows, source, weights=are_weights(rows))
    rows, weights = _csv_rows(text, source)
    return _law(rows, source, weights=weights)


def _array_rows(data: bytes, source: Source) -> list[Row]:
    """Entries of a one-dimensional array."""
    import numpy as np

    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        source.fail(f"not an array of numbers: {str(error)[:80]}")
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        source.fail(
            f"an array of {array.ndim} dimensions and type {array.dtype}, not a row of probabilities",
            hint="save the probabilities of the values 0, 1, 2 ... as one row of numbers",
        )
    return [Row(f"entry {i}", str(i), repr(share)) for i, share in enumerate(array.tolist())]


def _csv_rows(text: str, source: Source) -> tuple[list[Row], bool]:
    """Rows of a table with or without a header, and whether they carry weights."""
    table = read_lines(text, source, hint="write one value,probability a line")
    width, value, share, kind = 2, 0, 1, ""
    if _is_statistics(table[0][1]):
        table, kind = _one_output(table, source), "percent"
    elif not is_number(table[0][1][0]):
        _, head = table.pop(0)
        width, (value, share, kind) = len(head), _columns(head, source)
    rows = []
    for n, row in table:
        if len(row) != width:
            source.fail(f"line {n} has {len(row)} cells, expected {width}", hint=_HEADER_HINT)
        percent = "%" if kind == "percent" and not row[share].endswith("%") else ""
        rows.append(Row(f"line {n}", row[value], row[share] + percent))
    return rows, kind in WEIGHT or (not kind and are_weights(rows))


def _is_statistics(cells: Sequence[str]) -> bool:
    """Whether this is how an output of AnyDice begins: name, mean, standard deviation, minimum, maximum."""
    return len(cells) == 5 and not is_number(cells[0]) and all(map(is_number, cells[1:]))


def _one_output(table: list[tuple[int, list[str]]], source: Source) -> list[tuple[int, list[str]]]:
    """The rows of the only output of an export of AnyDice, which have values and percentages."""
    rows = [(n, cells) for n, cells in table[1:] if cells != ["#", "%"]]
    outputs = 1 + sum(_is_statistics(cells) for _, cells in rows)
    if outputs > 1:
        source.fail(
            f"{outputs} outputs of AnyDice", hint="keep one of them, or save each in a file of its own"
        )
    return rows


def _columns(head: Sequence[str], source: Source) -> tuple[int, int, str]:
    """Positions of the values and of their shares, and the name of the latter column."""
    names = [cell.strip().lower() for cell in head]
    value = next((names.index(each) for each in _VALUE if each in names), None)
    kind = next((each for each in (*PROBABILITY, *WEIGHT) if each in names), None)
    if value is None or kind is None:
        source.fail(f"no distribution in the columns {', '.join(head)}", hint=_HEADER_HINT)
    return value, names.index(kind), kind


def _json_rows(text: str, source: Source) -> list[Row]:
    """Entries of our own report, of a {value: probability} object or of [[value, probability], ...].

    The shares may be whole weights; an object may hold its table under the name results, as dicey's does.
    """
    data = load_json(text, source)
    if isinstance(data, dict) and isinstance(data.get("results"), dict):
        data = data["results"]
    if isinstance(data, dict):
        pairs: Any = report_columns(data, source) if "support" in data else list(data.items())
    else:
        pairs = data
    rows = []
    for number, pair in enumerate(pairs, start=1):
        if not (isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(x, str) for x in pair)):
            source.fail(
                f"entry {number} is not a value and its probability",
                hint='write [[0, "1/2"], [1, 0.5]] or {"0": 0.5, "1": 0.5}, or what --json prints',
            )
        rows.append(Row(f"entry {number}", *pair))
    return rows


def _law(rows: Sequence[Row], source: Source, *, weights: bool) -> Law:
    """Check the rows and build the distribution."""
    values = [source.number(row.value, row.place) for row in rows]
    check_distinct(values, rows, source)
    shares, warnings = read_shares(rows, source, weights=weights)
    return Law(from_weights(dict(zip(values, shares, strict=True))), warnings)
