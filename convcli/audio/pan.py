"""Where an echo stands between left and right."""

from __future__ import annotations

from math import pi, sin

from convcli.arithmetic.literals import parse_number
from convcli.errors import UsageError

LEFT, CENTRE, RIGHT = -1.0, 0.0, 1.0

_LETTERS = {"l": LEFT, "c": CENTRE, "r": RIGHT}


def parse_pan(text: str, *, option: str) -> float:
    """Read a place from -1 (left) to 1 (right), or ``L``, ``C``, ``R``.

    Raises
    ------
    UsageError
        The text is no such place.
    """
    written = text.strip()
    if (letter := written.lower()) in _LETTERS:
        return _LETTERS[letter]
    try:
        place = float(parse_number(written))
    except UsageError:
        place = float("nan")
    if not LEFT <= place <= RIGHT:
        raise UsageError(
            f"{option}: {text!r} is no place between left and right",
            hint="write a number from -1 (left) to 1 (right), or L, C or R",
        )
    return place


def pan_gains(place: float, channels: int) -> tuple[float, float]:
    """Return the gains of left and right.

    Parameters
    ----------
    place : float
        -1 is left, 0 the centre, 1 right.
    channels : int
        Of the sound. One channel is spread over two with constant power, ``sin((1 - place) pi/4)`` and
        ``sin((1 + place) pi/4)``, so 3 dB less in each at the centre. Of two channels the one opposite is
        made softer in proportion, and the centre leaves them as they are.
    """
    if channels == 1:
        return sin((1 - place) * pi / 4), sin((1 + place) * pi / 4)
    return min(1.0, 1 - place), min(1.0, 1 + place)
