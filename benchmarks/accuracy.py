"""How far a result is from the true one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .works import Pixels, Work

# Results whose true value lies this close to halfway between two levels may be rounded either way.
TIE = 1e-3


def exact(work: Work, pixels: Pixels) -> NDArray[np.float64]:
    """The true result before rounding, where the window lies inside the picture.

    Parameters
    ----------
    work : Work
    pixels : ndarray of uint8, shape (H, W, C)

    Returns
    -------
    ndarray of float64, shape (H - side + 1, W - side + 1, C)
        From a transform in double precision; whole-number sums are put right by rounding them.
    """
    if work.kind != "edge":
        if work.kind == "gaussian":
            return _sums(pixels, work.weights)
        return np.asarray(np.rint(_sums(pixels, work.numerators)) / work.numerators.sum())
    right, down = (np.rint(_sums(pixels, table)) for table in work.differences)
    return np.minimum(np.hypot(right, down) / work.steepest, 255)


def _sums(pixels: Pixels, weights: NDArray[Any]) -> NDArray[np.float64]:
    """Plain convolution of each channel, windows inside the picture only."""
    from scipy.signal import fftconvolve

    return np.asarray(fftconvolve(pixels.astype(np.float64), weights[..., np.newaxis] * 1.0, "valid", (0, 1)))


def judge(result: Pixels, truth: NDArray[np.float64]) -> str:
    """Say how far 8-bit values are from the true ones, correctly rounded.

    Parameters
    ----------
    result : ndarray, shape (H, W, C)
        As large as the picture.
    truth : ndarray of float64, shape (H', W', C)
        Its inner part; what depends on the border is left out.

    Returns
    -------
    str
        As of `deviation`.
    """
    return deviation(_inner(np.asarray(result, np.float64), truth.shape), truth)


def deviation(values: NDArray[np.float64], truth: NDArray[np.float64]) -> str:
    """Say how far whole values are from the true ones, correctly rounded.

    Parameters
    ----------
    values, truth : ndarray of float64, of one shape

    Returns
    -------
    str
        "exact" if every value is the nearest whole number; else the largest error in steps, and the part of
        the values that have one.
    """
    wrong = np.abs(values - truth) > 0.5 + TIE
    if not wrong.any():
        return "exact"
    largest = np.abs(values - np.rint(truth)).max()
    part = wrong.mean()
    return f"off by {largest:.0f} ({'< 1' if part < 0.01 else f'{100 * part:.0f}'} %)"


def _inner(values: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The part whose windows lie inside; an even window reaches further to the left and up."""
    lost = [n - inner for n, inner in zip(values.shape[:2], shape[:2], strict=True)]
    cuts = [slice(-(-n // 2), -(-n // 2) + inner) for n, inner in zip(lost, shape[:2], strict=True)]
    return values[tuple(cuts)]
