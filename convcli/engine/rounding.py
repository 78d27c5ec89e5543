"""From a tile in the work type to the result: rounded half to even once, saturated, converted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def store(result: Array, target: Array) -> None:
    """Write a computed tile into its place in the output.

    Parameters
    ----------
    result : ndarray
        Integers, or floats not yet rounded; may be overwritten.
    target : ndarray
        Where to write, of the output's element type. Integer targets take the nearest value (ties to even)
        that the type can hold, and 0 for NaN; float targets take the value as it is.
    """
    if target.dtype.kind not in "iu":
        _copy(target, result)
    elif result.dtype.kind in "iu":
        _store_integers(result, target)
    else:
        _store_rounded(result, target)


def _store_integers(result: Array, target: Array) -> None:
    held, wanted = np.iinfo(result.dtype), np.iinfo(target.dtype)
    low, high = max(held.min, wanted.min), min(held.max, wanted.max)
    if (low, high) != (held.min, held.max):
        np.clip(result, result.dtype.type(low), result.dtype.type(high), out=result)
    _copy(target, result)


def _store_rounded(result: Array, target: Array) -> None:
    limits = np.iinfo(target.dtype)
    rounded = np.rint(result, out=result)
    low, high = rounded.dtype.type(limits.min), rounded.dtype.type(limits.max)
    if int(high) <= limits.max:
        np.clip(rounded, low, high, out=rounded)
        _zero_nan(rounded)
        _copy(target, rounded)
        return
    # 64-bit limits are not floats: the largest float below stands in, and the limit itself is written last.
    beyond = rounded >= high
    np.clip(rounded, low, np.nextafter(high, low), out=rounded)
    _zero_nan(rounded)
    _copy(target, rounded)
    target[beyond] = limits.max


def _copy(target: Array, values: Array) -> None:
    # Channels that lie next to each other would make inner loops of two or three samples; one at a time, the
    # loops are as long as the rows.
    if target.ndim > 1 and len(target) < 16 and abs(target.strides[0]) < abs(target.strides[-1]):
        for plane, plane_values in zip(target, values, strict=True):
            _copy(plane, plane_values)
    else:
        np.copyto(target, values, casting="unsafe")


def _zero_nan(values: Array) -> None:
    missing = np.isnan(values)
    if missing.any():
        values[missing] = 0
