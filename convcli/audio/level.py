"""How loud a sound is: peak level, and the gain that keeps it in range."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


class Meter:
    """Follows the peak of a sound.

    Attributes
    ----------
    peak : float
        Largest absolute sample of those that are finite; full scale is 1.0.
    nonfinite : int
        Samples that are infinite or not a number.
    """

    def __init__(self) -> None:
        self.peak = 0.0
        self.nonfinite = 0

    def __call__(self, samples: NDArray[np.floating]) -> tuple[float, float]:
        """Take the next samples, and return the least and the largest of 0 and those that are finite."""
        low, high = np.min(samples, initial=0.0), np.max(samples, initial=0.0)
        if not (np.isfinite(low) and np.isfinite(high)):
            finite = np.isfinite(samples)
            low, high = np.min(samples, initial=0.0, where=finite), np.max(samples, initial=0.0, where=finite)
            self.nonfinite += int(np.count_nonzero(~finite))
        self.peak = max(self.peak, -float(low), float(high))
        return float(low), float(high)


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


def factor(gain_db: float) -> float:
    """Return what samples are multiplied by for a gain in decibels."""
    return float(10 ** (gain_db / 20))


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


def gain_to(goal_db: float, peak: float, limit: float) -> float:
    """Return the gain in decibels that brings `peak` to a level, as far as the format can hold it.

    Parameters
    ----------
    goal_db : float
        Relative to full scale.
    peak : float
        Largest absolute sample.
    limit : float
        Largest sample that the format can hold.

    Returns
    -------
    float
        0 for silence.
    """
    if peak == 0:
        return 0.0
    return 20 * math.log10(min(factor(goal_db), limit) / peak)
