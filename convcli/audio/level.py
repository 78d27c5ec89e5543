"""How loud a sound is: peak level, and the gain that keeps it in range."""

from __future__ import annotations

import math


def dbfs(peak: float) -> float | None:
    """Return a peak in decibels relative to full scale.

    Parameters
    ----------
    peak : float
        Largest absolute sample, where 1.0 is full scale.

    Returns
    -------
    float or None
        None for silence.
    """
    return 20 * math.log10(peak) if peak > 0 else None


def safe_gain(peak: float, limit: float) -> float:
    """Return the gain in decibels that brings `peak` down to `limit`, rounded down to 0.01 dB.

    Parameters
    ----------
    peak : float
        Largest absolute sample.
    limit : float
        Largest sample that the format can hold.

    Returns
    -------
    float
        0 or less; 0 for an infinite peak, which no gain brings down.
    """
    if peak <= limit or math.isinf(peak):
        return 0.0
    return math.floor(2000 * math.log10(limit / peak)) / 100
