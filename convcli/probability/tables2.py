"""Tables of points and their probabilities as text: x,y,probability in lines, matrices, and JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .lattice2 import Pmf2, Point, from_weights2
from .rows import (
    PROBABILITY,
    WEIGHT,
    Row,
    Source,
    are_weights,
    check_distinct,
    file_source,
    is_number,
    read_lines,
    read_shares,
    report_columns,
)

NPY = b"\x93NUMPY"
"""How a file of NumPy begins."""

_MATRIX_HINT = "give the place of its first entry, e.g. --origin 0,0, and --step 1,1 if its steps are not 1"
_HEADER_HINT = f"name the columns x, y and {', '.join((*PROBABILITY, *WEIGHT))}"


@dataclass(frozen=True, slots=True)
class MatrixFrame:
    """Where the entries of a matrix stand: the x and y of the first one, and the steps along x and y.

    A row of the matrix has one y; the next row below has the next larger one.
    """

    origin: Point
    step: Point

    def x(self, column: int) -> Fraction:
        """Return the x of a column, counted from 0."""
        return self.origin[0] + column * self.step[0]

    def y(self, row: int) -> Fraction:
        """Return the y of a row, counted from 0."""
        return self.origin[1] + row * self.step[1]


@dataclass(frozen=True, slots=True)
class Law2:
    """A distribution that was read, and what has to be said about the reading."""

    pmf: Pmf2
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Table:
    """Rows, the points they stand for, and whether they carry whole weights (None: to be found out)."""

    points: list[Point]
    rows: list[Row]
    weights: bool | None


def read_table2(data: bytes, name: str, *, frame: MatrixFrame | None) -> Law2 | None:
    """Read a file's content if it is a distribution of points.

    Parameters
    ----------
    data : bytes
        JSON (our own report, or [[x, y, probability], ...]), a matrix of NumPy, lines of x, y, probability, a
        matrix with its x in the first line and its y in the first column (after the number of columns, as
        gnuplot has it), or, with `frame`, a plain matrix.
    name : str
        Name of the file, for messages.
    frame : MatrixFrame, optional
        Where the entries of plain matrices stand.

    Returns
    -------
    Law2 or None
        None if the content looks like a distribution of numbers, or like none at all.

    Raises
    ------
    ReadError
        If it is a distribution of points, but a wrong one; the message names the line or the entry.
    """
    source = file_source(name)
    table = _npy_table(data, source, frame) if data.startswith(NPY) else _text_table(data, source, frame)
    if table is None:
        return None
    check_distinct(table.points, table.rows, source)
    weights = are_weights(table.rows) if table.weights is None else table.weights
    shares, warnings = read_shares(table.rows, source, weights=weights)
    return Law2(from_weights2(dict(zip(table.points, shares, strict=True))), warnings)


def _text_table(data: bytes, source: Source, frame: MatrixFrame | None) -> _Table | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if text.lstrip().startswith(("{", "[")):
        return _json_table(text, source)
    return _csv_table(text, source, frame) if text.strip() else None


def _csv_table(text: str, source: Source, frame: MatrixFrame | None) -> _Table | None:
    lines = read_lines(text, source, hint="write one x,y,probability a line")
    _, first = lines[0]
    width = len(first)
    if not is_number(first[0]):
        names = [cell.lower() for cell in first]
        return _named_table(names, lines[1:], source) if {"x", "y"} <= set(names) else None
    if frame is not None:
        return _matrix(lines, source, frame)
    if width == 3:
        return _long_table(lines, (0, 1, 2), source, width=width)
    if width > 3 and first[0] == str(width - 1):
        return _framed_matrix(lines, source)
    if width > 3:
        source.fail("a matrix, whose entries have no x and y", hint=_MATRIX_HINT)
    return None


def _named_table(names: Sequence[str], lines: Sequence[tuple[int, list[str]]], source: Source) -> _Table:
    """Lines below a header."""
    kind = next((each for each in (*PROBABILITY, *WEIGHT) if each in names), None)
    if kind is None:
        source.fail(f"no distribution in the columns {', '.join(names)}", hint=_HEADER_HINT)
    columns = (names.index("x"), names.index("y"), names.index(kind))
    table = _long_table(lines, columns, source, width=len(names), percent=kind == "percent")
    return _Table(table.points, table.rows, kind in WEIGHT)


def _long_table(
    lines: Sequence[tuple[int, list[str]]],
    columns: tuple[int, int, int],
    source: Source,
    *,
    width: int,
    percent: bool = False,
) -> _Table:
    """Lines of x, y and a share; `columns` says where these stand."""
    points: list[Point] = []
    rows: list[Row] = []
    for n, cells in lines:
        _check_width(cells, width, n, source)
        x, y, share = (cells[column] for column in columns)
        place = f"line {n}"
        points.append((source.number(x, place), source.number(y, place)))
        mark = "%" if percent and not share.endswith("%") else ""
        rows.append(Row(place, f"{x},{y}", share + mark))
    return _Table(points, rows, None)


def _matrix(lines: Sequence[tuple[int, list[str]]], source: Source, frame: MatrixFrame) -> _Table:
    """A plain matrix."""
    width = len(lines[0][1])
    xs = [frame.x(column) for column in range(width)]
    points: list[Point] = []
    rows: list[Row] = []
    for row, (n, cells) in enumerate(lines):
        _check_width(cells, width, n, source)
        points += [(x, frame.y(row)) for x in xs]
        rows += _row_of_matrix(n, cells)
    return _Table(points, rows, None)


def _framed_matrix(lines: Sequence[tuple[int, list[str]]], source: Source) -> _Table:
    """A matrix below a line of x values, each of its rows after its y: gnuplot's nonuniform matrix."""
    (top, (_, *heads)), *body = lines
    xs = [source.number(head, f"line {top}") for head in heads]
    points: list[Point] = []
    rows: list[Row] = []
    for n, cells in body:
        _check_width(cells, len(heads) + 1, n, source)
        y = source.number(cells[0], f"line {n}")
        points += [(x, y) for x in xs]
        rows += _row_of_matrix(n, cells[1:])
    return _Table(points, rows, None)


def _row_of_matrix(n: int, cells: Sequence[str]) -> Iterator[Row]:
    for column, cell in enumerate(cells, start=1):
        place = f"line {n}, entry {column}"
        yield Row(place, place, cell)


def _check_width(cells: Sequence[str], width: int, n: int, source: Source) -> None:
    if len(cells) != width:
        source.fail(f"line {n} has {len(cells)} cells, expected {width}", hint=_HEADER_HINT)


def _json_table(text: str, source: Source) -> _Table | None:
    """Our own report, or [[x, y, probability], ...]; None for anything else, right or wrong."""
    try:
        data = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    entries = data.get("support") if isinstance(data, dict) else data
    if not (isinstance(entries, list) and entries and isinstance(entries[0], list)):
        return None
    if isinstance(data, dict):
        triples: list[Any] = [[*_listed(point), share] for point, share in report_columns(data, source)]
    elif len(entries[0]) == 3:
        triples = entries
    else:
        return None
    points: list[Point] = []
    rows: list[Row] = []
    for number, triple in enumerate(triples, start=1):
        place = f"entry {number}"
        if not (isinstance(triple, list) and len(triple) == 3 and all(isinstance(x, str) for x in triple)):
            source.fail(
                f"{place} is not x, y and their probability", hint='write e.g. [[0, 1, "1/2"], [1, 0, 0.5]]'
            )
        x, y, share = triple
        points.append((source.number(x, place), source.number(y, place)))
        rows.append(Row(place, f"{x},{y}", share))
    return _Table(points, rows, weights=False)


def _listed(point: Any) -> list[Any]:
    return point if isinstance(point, list) else [point]


def _npy_table(data: bytes, source: Source, frame: MatrixFrame | None) -> _Table | None:
    """A matrix of NumPy; None for arrays of another dimension, and for what is no array."""
    import numpy as np

    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError):
        return None
    if array.ndim != 2 or not array.size or array.dtype.kind not in "iuf":
        return None
    if frame is None:
        source.fail("a matrix, whose entries have no x and y", hint=_MATRIX_HINT)
    return _matrix(
        [(n, [repr(v) for v in row]) for n, row in enumerate(array.tolist(), start=1)], source, frame
    )
