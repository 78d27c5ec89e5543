"""Impulse responses at another rate."""

from __future__ import annotations

from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

from convcli.errors import UsageError

Samples = NDArray[np.float64]

# The low-pass: its reach to either side in samples of the lower rate, and the beta of its Kaiser window. What
# lies above the lower rate's Nyquist frequency is 90 dB down from a tenth beyond it on.
_REACH = 32
_BETA = 9.0

_MOST = 1 << 24  # weights of the low-pass: rates such as 44100 and 44101 Hz have no small ratio


def resample(samples: Samples, rate: int, wanted: int) -> tuple[Samples, int]:
    """Return an impulse response at another rate, with the gain that makes it sound the same.

    A response sums over as many samples as there are in its time, so its samples are multiplied by
    ``rate / wanted``: its gain at every frequency stays what it was.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
    rate, wanted : int
        In Hz.

    Returns
    -------
    samples : ndarray, shape (frames, channels)
    ahead : int
        Samples before the one that stands where the first one stood: a band-limited click begins before its
        middle.

    Raises
    ------
    UsageError
        The rates have no ratio of small whole numbers.
    """
    if rate == wanted:
        return samples, 0
    divisor = gcd(rate, wanted)
    up, down = wanted // divisor, rate // divisor
    most = max(up, down)
    if 2 * _REACH * most + 1 > _MOST:
        raise UsageError(
            f"a response at {rate} Hz cannot be brought to {wanted} Hz: their ratio is {up}/{down}",
            hint="resample one of the two files first, e.g. with sox INPUT -r RATE output.wav",
        )
    from scipy.signal import firwin, resample_poly  # takes half a second: only where rates differ

    low_pass = firwin(2 * _REACH * most + 1, 1 / most, window=("kaiser", _BETA))
    reach = ceil(_REACH * most / down)  # in samples of the result
    silence = np.zeros((down * ceil((reach + 1) / up), samples.shape[1]))
    padded = np.concatenate([silence, samples, silence])
    resampled: Samples = resample_poly(padded, up, down, axis=0, window=low_pass)
    start = len(silence) * up // down - reach
    length = ceil(len(samples) * up / down) + 2 * reach
    return resampled[start : start + length] * (rate / wanted), reach
