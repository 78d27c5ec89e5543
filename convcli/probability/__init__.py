"""Distributions of sums of independent random values."""

from __future__ import annotations

import warnings

from .lattice import Pmf
from .law import Law

__all__ = ["Law", "Pmf", "pmf"]


def pmf(text: str) -> Law:
    """Distribution of a random value written as text.

    Parameters
    ----------
    text : str
        Dice and constants (``2d6+1d4-1``, ``4d6kh3``, ``d%``, ``dF``, ``d{1,1,2}``, ``(2d6+3)*5``),
        ``ball:3``, a literal table (``0:0.5,1:1/2``), or the path of a CSV or JSON file.

    Returns
    -------
    Pmf
        Counts over one common denominator.

    Raises
    ------
    UsageError
        If the text follows no notation.
    ReadError
        If a file holds no distribution.
    ConvError
        If the exact table would be too large.

    Warns
    -----
    UserWarning
        If the probabilities of a table add up to 1 only within 1e-6 and were scaled.

    Examples
    --------
    >>> pmf("2d6").between(9, None)
    Fraction(5, 18)
    """
    from .sums import distribution
    from .terms import read_term

    term = read_term(text)
    for warning in term.warnings:
        warnings.warn(warning, stacklevel=2)
    return distribution(term.expression.value)
