"""Numbers and small arrays written as text, read exactly: ``1/9`` is a ninth and ``0.1`` is a tenth."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from convcli.errors import ConvError, UsageError

Row = tuple[Fraction, ...]

_INTEGER = r"[+-]?[0-9]+"
_NUMBER = re.compile(
    rf"(?:{_INTEGER}/[0-9]+|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE](?P<exponent>{_INTEGER}))?)"
)

# Bounds on one number, so that no text can ask for an astronomically large integer, and so that any sum of
# a million products still converts to a float.
_LONGEST = 50
_EXPONENTS = range(-400, 101)

_NUMBER_HINT = "write an integer, a decimal or a fraction, e.g. 2, -0.5 or 1/9"
_ARRAY_HINT = "separate numbers by commas and rows by semicolons, e.g. 1,2,1 or 1,0,-1;2,0,-2;1,0,-1"


def parse_number(text: str) -> Fraction:
    """Read one number exactly.

    Parameters
    ----------
    text : str
        An integer, a decimal (``0.1``, ``1e-3``) or a fraction (``1/9``), of at most 50 characters.

    Returns
    -------
    Fraction

    Raises
    ------
    UsageError
        If the text is anything else, NaN and infinity included.

    Examples
    --------
    >>> parse_number("0.1")
    Fraction(1, 10)
    """
    # Texts copied from a page often carry the typographic minus sign.
    written = text.strip().replace("\N{MINUS SIGN}", "-")
    match = _NUMBER.fullmatch(written)
    if match is None:
        raise UsageError(f"{_shortened(text)!r} is not a finite number", hint=_NUMBER_HINT)
    if len(written) > _LONGEST:
        raise UsageError(f"{_shortened(text)!r} is too long: a number has at most {_LONGEST} characters")
    exponent = match["exponent"]
    if exponent is not None and int(exponent) not in _EXPONENTS:
        raise UsageError(
            f"{text!r} is out of range: exponents go from {_EXPONENTS[0]} to {_EXPONENTS[-1]}",
        )
    if "/" in written and int(written.partition("/")[2]) == 0:
        raise UsageError(f"{text!r} divides by zero", hint=_NUMBER_HINT)
    return Fraction(written)


def parse_array(text: str, *, name: str = "", problem: type[ConvError] = UsageError) -> Row | tuple[Row, ...]:
    """Read a list of numbers, or a table of them.

    Parameters
    ----------
    text : str
        Numbers separated by commas or blanks; rows separated by semicolons or by new lines. Lines that start
        with ``#`` are comments.
    name : str
        What the text is (an option, a file), put before the messages.
    problem : type of ConvError
        What to raise; ``ReadError`` for the content of a file.

    Returns
    -------
    tuple of Fraction, or tuple of tuple of Fraction
        Flat, shape (N,), for a single row; else rows of equal length, shape (H, W).

    Raises
    ------
    UsageError, or `problem`
        If a cell is empty or not a number, rows differ in length, or nothing is there.

    Examples
    --------
    >>> parse_array("1,2,1")
    (Fraction(1, 1), Fraction(2, 1), Fraction(1, 1))
    >>> len(parse_array("1,0,-1;2,0,-2"))
    2
    """
    try:
        rows = tuple(_parse_row(line, number) for number, line in enumerate(_lines(text), start=1))
        _check_lengths(rows)
    except UsageError as error:
        label = f"{name}: " if name else ""
        raise problem(f"{label}{error.message}", hint=error.hint) from None
    return rows[0] if len(rows) == 1 else rows


def parse_channels(text: str, *, name: str = "") -> tuple[tuple[Any, ...], int]:
    """Read a list or a table, several of them as channels, or kernels of several channels each.

    Parameters
    ----------
    text : str
        As for `parse_array`, with ``|`` between channels and ``||`` between kernels.
    name : str
        What the text is, put before the messages.

    Returns
    -------
    tuple
        The numbers as nested tuples, shape (..., N) or (..., H, W).
    int
        How many axes stand before those: 0, 1 for channels, 2 for kernels of channels.

    Raises
    ------
    UsageError
        As `parse_array` does, or if channels differ in shape.

    Examples
    --------
    >>> parse_channels("1,2|3,4")[1], parse_channels("1|2||3|4")[1]
    (1, 2)
    """
    kernels = [part.split("|") for part in text.split("||")]
    several = len(kernels) > 1 or len(kernels[0]) > 1
    read = tuple(
        tuple(
            parse_array(channel, name=_place(name, kernel, number, len(kernels)) if several else name)
            for number, channel in enumerate(channels)
        )
        for kernel, channels in enumerate(kernels)
    )
    if (
        len({_shape(channel) for channels in read for channel in channels}) > 1
        or len(set(map(len, read))) > 1
    ):
        raise UsageError(
            f"{name}: channels differ in shape",
            hint="write as many numbers in each, e.g. '1,2|3,4' for two channels of two",
        )
    if len(kernels) > 1:
        return read, 2
    return (read[0], 1) if several else (read[0][0], 0)


def _place(name: str, kernel: int, channel: int, kernels: int) -> str:
    of = f"kernel {kernel}, " if kernels > 1 else ""
    return f"{name}: {of}channel {channel}" if name else f"{of}channel {channel}"


def _shape(numbers: Row | tuple[Row, ...]) -> tuple[int, ...]:
    first = numbers[0]
    return (len(numbers), len(first)) if isinstance(first, tuple) else (len(numbers),)


def _lines(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        raise UsageError("no numbers: at least one is needed", hint=_ARRAY_HINT)
    if len(lines) == 1:
        return lines[0].split(";")
    if any(";" in line for line in lines):
        # Either sign alone ends a row; together they most often mean a spreadsheet with semicolons as commas.
        raise UsageError(
            "semicolons in a table of several lines: each line is a row already",
            hint="separate the numbers of a line by commas",
        )
    return lines


def _parse_row(line: str, number: int) -> Row:
    cells = line.split(",") if "," in line else line.split() or [""]
    row = []
    for column, cell in enumerate(cells, start=1):
        place = f"row {number}, number {column}"
        if not cell.strip():
            raise UsageError(f"{place} is empty", hint=_ARRAY_HINT)
        try:
            row.append(parse_number(cell))
        except UsageError as error:
            raise UsageError(f"{error.message} ({place})", hint=error.hint) from None
    return tuple(row)


def _check_lengths(rows: tuple[Row, ...]) -> None:
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise UsageError(
                f"rows differ in length: row 1 has {len(rows[0])} numbers, row {number} has {len(row)}",
                hint=_ARRAY_HINT,
            )


def _shortened(text: str) -> str:
    """The start of a text, so that a message about a long one stays on its line."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
