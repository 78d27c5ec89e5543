"""Tables of numbers: text with separators, and NumPy's own files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath
from typing import Any, Literal

import numpy as np

from convcli import arrays
from convcli.errors import ReadError, shortened

from .picture import Layout, Metadata, Picture, Pixels

_TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
_MARK = b"\xef\xbb\xbf"  # that some editors put before UTF-8
_MOST_CHANNELS = 32
_MISSING = ("", "na")
_NUMBER = re.compile(rb"\s*[-+]?(\d|\.\d|nan\b|inf)", re.IGNORECASE)
_REAL = re.compile(r"[-+]?((\d+\.?\d*|\.\d+)(e[-+]?\d+)?|nan|inf(inity)?)", re.ASCII | re.IGNORECASE)
_WHOLE = re.compile(r"[-+]?\d+", re.ASCII)
_RGB = ("R", "G", "B")


def recognises(data: bytes, *, name: str) -> bool:
    """Whether a file is a table: by how it begins, or for text by its suffix."""
    if data.startswith(arrays.MAGIC) or PurePath(name).suffix.lower() in _TEXT_SUFFIXES:
        return True
    return _NUMBER.match(data.removeprefix(_MARK)) is not None and b"\0" not in data[:1024]


def probe(data: bytes, *, name: str) -> Layout:
    """Read size and kind of a table.

    Raises
    ------
    ReadError
        If it is damaged, or holds anything but numbers.
    """
    if not data.startswith(arrays.MAGIC):
        return _from_text(data, name)[0].layout
    shape, _, dtype, _ = arrays.header(data, name=name)
    return _npy_layout(shape, dtype, name)


def decode(data: bytes, *, name: str) -> Iterator[Picture]:
    """Decode the table.

    Raises
    ------
    ReadError
        As for `probe`.
    """
    if not data.startswith(arrays.MAGIC):
        yield from _from_text(data, name)
        return
    layout = probe(data, name=name)
    array = arrays.decode(data, name=name)
    yield Picture(layout, np.ascontiguousarray(array.reshape(layout.shape), layout.dtype))


def encode(picture: Picture, *, text: bool) -> bytes:
    """Encode the numbers of a picture.

    Parameters
    ----------
    picture : Picture
        For text with one channel.
    text : bool
        A row a line, each number with as few digits as tell it from its neighbours; else NumPy's format.

    Returns
    -------
    bytes
    """
    pixels, line = picture.pixels, picture.layout.line
    if not text:
        return arrays.encode(pixels[0] if line else pixels)
    rows = pixels.T if line == "column" else pixels
    separator = picture.metadata.separator
    return "".join(separator.join(map(str, row)) + "\n" for row in rows).encode()


# --- NumPy's format ------------------------------------------------------------------------------


def _npy_layout(shape: tuple[int, ...], dtype: np.dtype[Any], name: str) -> Layout:
    if dtype.kind not in "buif" or dtype.itemsize > 8:
        raise ReadError(f"{name}: {dtype} is no type of real numbers", hint="save it as float64")
    if not 1 <= len(shape) <= 3 or 0 in shape:
        raise ReadError(
            f"{name}: shape {shape} is neither a line, a table nor channels of one",
            hint="save one of shape (N), (H, W) or (H, W, C)",
        )
    height, width, channels = (1, *shape, 1) if len(shape) == 1 else (*shape, 1)[:3]
    if channels > _MOST_CHANNELS:
        raise ReadError(
            f"{name}: {channels} channels, more than {_MOST_CHANNELS}",
            hint=f"shape {shape} is read as height, width, channels",
        )
    boolean = dtype.kind == "b"
    return Layout(
        ("L",) if channels == 1 else _RGB if channels == 3 else _numbered(channels),
        np.dtype(np.uint8) if boolean else dtype.newbyteorder("="),
        height,
        width,
        "NPY",
        table=True,
        line="row" if len(shape) == 1 else None,
        notes=(f"{name}: true and false become 1 and 0",) if boolean else (),
    )


def _numbered(channels: int) -> tuple[str, ...]:
    return tuple(f"channel{number + 1}" for number in range(channels))


# --- text ----------------------------------------------------------------------------------------


def _from_text(data: bytes, name: str) -> tuple[Picture]:
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ReadError(f"{name}: is not text", hint="save the table as CSV in UTF-8") from None
    separator = _separator(lines)
    rows = [
        _cells(line, number, separator, name) for number, line in enumerate(lines, 1) if line.strip(" \t\r,;")
    ]
    if not rows:
        raise ReadError(f"{name}: holds no numbers")
    for number, row in enumerate(rows, 1):
        if len(row) != len(rows[0]):
            raise ReadError(
                f"{name}: row {number} has {len(row)} columns, the first has {len(rows[0])}",
                hint="every row needs as many; write nan for what is missing",
            )
    return (_picture(_numbers(rows), separator),)


def _numbers(rows: list[list[str]]) -> Pixels:
    if all(_WHOLE.fullmatch(cell) for row in rows for cell in row):
        with suppress(OverflowError):
            return np.array([[int(cell) for cell in row] for row in rows], np.int64)
    return np.array(rows, np.float64)


def _picture(array: Pixels, separator: str) -> Picture:
    line: Literal["row", "column"] | None = None
    if array.shape[0] == 1:
        line = "row"
    elif array.shape[1] == 1:
        line, array = "column", np.ascontiguousarray(array.T)
    height, width = array.shape
    layout = Layout(("L",), array.dtype, height, width, "CSV", table=True, line=line)
    return Picture(layout, array, Metadata(separator=separator))


def _separator(lines: list[str]) -> str:
    """What stands between the cells: the first of these that the text contains."""
    for separator in ";\t,":
        if any(separator in line for line in lines):
            return separator
    return " "


def _cells(line: str, row: int, separator: str, name: str) -> list[str]:
    """The numbers of a row, as texts that Python's float takes."""
    cells = line.split() if separator == " " else [cell.strip().strip('"') for cell in line.split(separator)]
    for column, cell in enumerate(cells):
        if cell.lower() in _MISSING:
            cells[column] = "nan"
            continue
        if not _REAL.fullmatch(cell):
            raise ReadError(
                f"{name}: row {row}, column {column + 1}: {shortened(cell)!r} is not a number",
                hint="a table holds numbers only, without headings; leave a cell empty where one is missing",
            )
    return cells
