"""The threshold that parts dark from bright best.

References
----------
N. Otsu, "A threshold selection method from gray-level histograms", 1979
"""

from __future__ import annotations

import numpy as np

from .picture import Pixels

_BINS = 256


def threshold(samples: Pixels) -> float:
    """Find the value that parts samples into two classes whose means lie furthest apart.

    Parameters
    ----------
    samples : ndarray
        Of any shape. Those of 8 and 16 bits are told apart one by one, others in 256 steps from the smallest
        to the largest; NaN and infinite ones do not count.

    Returns
    -------
    float
        The bright class lies above it. It is the first of those that part equally well, and the largest
        sample if all are alike.

    Notes
    -----
    With n of N samples below or at the threshold, their sum S_n of S, the variance between the classes is
    (N S_n - n S)^2 / (N^2 n (N - n)); whole numbers compare it exactly.
    """
    counts, values = _histogram(samples)
    used = np.flatnonzero(counts)
    if used.size < 2:
        return float(values[used[0]]) if used.size else 0.0
    # Positions stand for the values: they are spaced alike, which the variance does not see.
    total = int(counts.sum())
    whole = sum(int(counts[k]) * int(k) for k in used)
    best, found, number, part = (-1, 1), used[0], 0, 0
    for k in used[:-1]:
        number += int(counts[k])
        part += int(counts[k]) * int(k)
        variance = ((total * part - number * whole) ** 2, number * (total - number))
        if variance[0] * best[1] > best[0] * variance[1]:
            best, found = variance, k
    return float(values[found])


def _histogram(samples: Pixels) -> tuple[Pixels, Pixels]:
    """How many samples there are in each step, and the largest value of it."""
    if samples.dtype in (np.uint8, np.uint16):
        size = np.iinfo(samples.dtype).max + 1
        return np.bincount(samples.ravel(), minlength=size), np.arange(size)
    finite = samples[np.isfinite(samples)].astype(np.float64)
    if finite.size == 0:
        return np.zeros(0, np.int64), np.zeros(0)
    low, high = float(finite.min()), float(finite.max())
    ends = np.linspace(low, high, _BINS + 1)[1:]
    return np.bincount(np.searchsorted(ends[:-1], finite), minlength=_BINS), ends
