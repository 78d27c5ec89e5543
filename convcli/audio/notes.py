"""Lengths of notes at a tempo: ``1/8``, dotted ``1/8.`` and triplet ``1/8t``, exact."""

from __future__ import annotations

import re
from fractions import Fraction

from convcli.arithmetic.literals import parse_number
from convcli.errors import UsageError

HINT = "write e.g. 1/4, 1/8, dotted 1/8. or triplet 1/8t"

_NOTE = re.compile(r"(?P<count>[0-9]{1,3})/(?P<part>[0-9]{1,3})(?P<change>[.tT]?)")
_CHANGES = {"": Fraction(1), ".": Fraction(3, 2), "t": Fraction(2, 3)}
_SHORTEST = 128
_BEATS = 4  # of a whole note: a beat is a quarter


def parse_note(text: str) -> Fraction | None:
    """Read the length of a note.

    Parameters
    ----------
    text : str
        ``1/8``; a dot makes it half as long again, a ``t`` two thirds as long, three in the time of two.

    Returns
    -------
    Fraction or None
        In whole notes; None if the text is no note: parts are 1, 2, 4 ... 128.
    """
    match = _NOTE.fullmatch(text.strip())
    if match is None:
        return None
    count, part = int(match["count"]), int(match["part"])
    if count == 0 or part not in {2**power for power in range(_SHORTEST.bit_length())}:
        return None
    return Fraction(count, part) * _CHANGES[match["change"].lower()]


def format_note(length: Fraction) -> str:
    """Write a length in whole notes as `parse_note` reads it, triplets with their ``t``."""
    if length.denominator % 3:
        return f"{length.numerator}/{length.denominator}"
    straight = length / _CHANGES["t"]
    return f"{straight.numerator}/{straight.denominator}t"


def parse_tempo(text: str) -> Fraction:
    """Read beats a minute.

    Raises
    ------
    UsageError
        The text is no number above 0.
    """
    try:
        tempo = parse_number(text)
    except UsageError as error:
        raise UsageError(f"--tempo: {error.message}", hint="write beats a minute, e.g. 120") from None
    if tempo <= 0:
        raise UsageError(f"--tempo: {text!r} is not above 0", hint="write beats a minute, e.g. 120")
    return tempo


def seconds(length: Fraction, tempo: Fraction) -> Fraction:
    """Return how long a note sounds; the beat is a quarter note.

    Parameters
    ----------
    length : Fraction
        In whole notes.
    tempo : Fraction
        Beats a minute.
    """
    return length * _BEATS * 60 / tempo
