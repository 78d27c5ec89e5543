"""How exact numbers are written: integers, fractions, and decimals for those who typed decimals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

_SHORT_BITS = 2_000  # `str` writes integers this short under any setting of its limit (640 digits at least)
_GAP = 3  # columns of text between two columns of a printed table
_MOST_DIGITS = 20  # of a decimal: after the point, or in all before an exponent


def format_number(value: Fraction, *, decimals: bool = False) -> str:
    """Write a number exactly.

    Parameters
    ----------
    value : Fraction
    decimals : bool
        Write a fraction as a decimal if it has a finite one of at most 20 digits.

    Returns
    -------
    str
        ``"-2"``, ``"1/9"``, or with `decimals` ``"0.125"`` and ``"1e-300"``.
    """
    if value.denominator == 1:
        return format_integer(value.numerator)
    decimal = _decimal(abs(value)) if decimals else None
    if decimal is not None:
        return f"-{decimal}" if value < 0 else decimal
    return f"{format_integer(value.numerator)}/{format_integer(value.denominator)}"


def format_integer(value: int) -> str:
    """Write all digits of an integer.

    `str` refuses more than 4300 digits, a guard of the interpreter that belongs to the whole process;
    `Decimal` converts exactly and without that limit.
    """
    return str(value) if value.bit_length() < _SHORT_BITS else str(Decimal(value))


def _decimal(value: Fraction) -> str | None:
    """A fraction above 0 in lowest terms as a decimal; None where that never ends, or is long."""
    places = _decimal_places(value.denominator)
    if places is None:
        return None
    digits = format_integer(value.numerator * 10**places // value.denominator)
    if places <= _MOST_DIGITS:
        digits = digits.zfill(places + 1)
        return f"{digits[:-places]}.{digits[-places:]}"
    if len(digits) > _MOST_DIGITS:
        return None
    first, rest = digits[0], digits[1:]
    return f"{first}{'.' if rest else ''}{rest}e{len(rest) - places}"


def _decimal_places(denominator: int) -> int | None:
    """Digits after the point of a fraction in lowest terms; None where they never end."""
    places = {2: 0, 5: 0}
    for prime in places:
        while denominator % prime == 0:
            denominator //= prime
            places[prime] += 1
    return max(places.values()) if denominator == 1 else None


def plain_number(value: Fraction) -> int | float:
    """Return an integer as int and any other number as the nearest float."""
    return value.numerator if value.denominator == 1 else float(value)


def format_shape(shape: Iterable[int]) -> str:
    """Write a shape as sizes are typed: ``"3x224x224"``."""
    return "x".join(map(str, shape))


def table_width(rows: Iterable[Sequence[str]]) -> int:
    """Return the columns of text that a printed table takes, its headings being one of the rows."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return sum(widths) + _GAP * (len(widths) - 1)


def align_rows(rows: Sequence[Sequence[str]], *, separator: str = " ") -> list[str]:
    """Lay cells out in columns, aligned to the right.

    Parameters
    ----------
    rows : sequence of sequences of str
        Rows of equal length.
    separator : str
        What stands between two columns.

    Returns
    -------
    list of str
        One line a row.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        separator.join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
    ]


def each(values: Iterable[object]) -> str:
    """Write a setting of every axis: once where all axes agree."""
    written = [str(value) for value in values]
    # Pairs of pads are easier to read with blanks between the axes.
    separator = " x " if any("+" in value for value in written) else "x"
    return written[0] if len(set(written)) == 1 else separator.join(written)
