"""Numbers as text and back: integers of any length, probabilities far below the float range.

`int` refuses more than 4300 digits (a guard of the interpreter that belongs to the whole process, not to a
library); `Decimal` converts exactly and without that limit.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from fractions import Fraction

from convcli.arithmetic.literals import parse_number
from convcli.arithmetic.notation import format_number

SHORT_DIGITS = 600
"""Integers this short are read by `int` under any setting of the limit (640 at least)."""

EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Decimal arithmetic that never rounds a product of integers."""

_KEPT_BITS = 160
"""Leading bits kept of the integers of a ratio that is written as a decimal: 48 digits."""

_RATIO = re.compile(r"\s*(\d+)/(\d*[1-9]\d*)\s*")
_TINY = re.compile(r"\s*\d(?:\.\d{1,40})?[eE]-\d{1,4}\s*")


def parse_int(digits: str) -> int:
    """Read all digits of a non-negative integer."""
    return int(digits) if len(digits) < SHORT_DIGITS else int(EXACT.create_decimal(digits))


def parse_probability(text: str) -> Fraction:
    """Read a number exactly; ratios of integers of any length and decimals down to 1e-9999 included.

    Raises
    ------
    UsageError
        If the text is not a finite number.
    """
    if len(text) > 40 and (match := _RATIO.fullmatch(text)):
        return Fraction(*map(parse_int, match.groups()))
    if _TINY.fullmatch(text):
        return Fraction(Decimal(text))
    return parse_number(text)


def value_text(value: Fraction) -> str:
    """Write a value as all of this room does: ``7``, ``-0.5``, ``1/3``."""
    return format_number(value, decimals=True)


def ratio_text(numerator: int, denominator: int, *, digits: int | None = None) -> str:
    """Write a ratio of non-negative integers as a decimal.

    Parameters
    ----------
    numerator, denominator : int
        Of any length.
    digits : int, optional
        Significant digits; None: as many as a float needs to be read back, at most 17.

    Returns
    -------
    str
        Below the range of floats too, such as ``7.06033e-779``.
    """
    value = numerator / denominator
    if value > 1e-300 or numerator == 0:
        return repr(value) if digits is None else f"{value:.{digits}g}"
    return f"{_decimal(numerator, denominator):.{(digits or 17) - 1}e}"


def _decimal(numerator: int, denominator: int) -> Decimal:
    """A ratio of positive integers, right to 40 digits."""
    context = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN)
    above, below = (max(0, n.bit_length() - _KEPT_BITS) for n in (numerator, denominator))
    ratio = context.divide(Decimal(numerator >> above), Decimal(denominator >> below))
    return context.multiply(ratio, context.power(Decimal(2), above - below))
