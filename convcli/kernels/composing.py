"""Kernels that act like several, one after the other."""

from __future__ import annotations

import numpy as np

from convcli.errors import UsageError

from .model import Weights
from .smoothing import check_extent

_PRODUCTS = 2**33  # some ten seconds
_ROUNDING = 1e-13


def compose(first: Weights, second: Weights) -> Weights:
    """Return the kernel that convolves like two, one after the other: their full convolution.

    Parameters
    ----------
    first, second : ndarray of float64, shapes (h, w) and (k, l)

    Returns
    -------
    ndarray of float64, shape (h + k - 1, w + l - 1)

    Raises
    ------
    UsageError
        If it would be too large, or take too long to work out.
    """
    (height, width), (rows, columns) = first.shape, second.shape
    check_extent(height + rows - 1, width + columns - 1)
    one, other = _lines(first), _lines(second)
    if one and other:
        return np.outer(np.convolve(one[0], other[0]), np.convolve(one[1], other[1]))
    large, small = (first, second) if np.count_nonzero(first) > np.count_nonzero(second) else (second, first)
    taps = np.argwhere(small)
    if len(taps) * large.size > _PRODUCTS:
        raise UsageError("the kernel of all passes is too large", hint="take fewer passes or a smaller size")
    result = np.zeros((height + rows - 1, width + columns - 1))
    for y, x in taps:
        result[y : y + large.shape[0], x : x + large.shape[1]] += small[y, x] * large
    return result


def repeat(weights: Weights, passes: int) -> Weights:
    """Return the kernel that acts like so many passes of one: convolved with itself passes - 1 times.

    Raises
    ------
    UsageError
        If it would be too large, or take too long to work out.
    """
    height, width = weights.shape
    check_extent(passes * (height - 1) + 1, passes * (width - 1) + 1)
    result = weights
    for _ in range(passes - 1):
        result = compose(result, weights)
    return result


def _lines(weights: Weights) -> tuple[Weights, Weights] | None:
    """A column and a row whose product the kernel is; None if there are none, or they cancel."""
    y, x = np.unravel_index(np.abs(weights).argmax(), weights.shape)
    if weights[y, x] == 0:
        return None
    down, across = weights[:, x], weights[y] / weights[y, x]
    error = np.abs(np.outer(down, across) - weights).max()
    return (down, across) if error <= _ROUNDING * abs(weights[y, x]) else None
