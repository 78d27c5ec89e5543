"""How exact numbers are written: integers, fractions, and decimals for those who typed decimals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction


def format_number(value: Fraction, *, decimals: bool = False) -> str:
    """Write a number exactly.

    Parameters
    ----------
    value : Fraction
    decimals : bool
        Write a fraction as a decimal if it has a finite one.

    Returns
    -------
    str
        ``"-2"``, ``"1/9"``, or with `decimals` ``"0.125"``.
    """
    if value.denominator == 1 or not decimals:
        return str(value)
    places = _decimal_places(value.denominator)
    if places is None:
        return str(value)
    digits = str(abs(value.numerator) * 10**places // value.denominator).zfill(places + 1)
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


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
