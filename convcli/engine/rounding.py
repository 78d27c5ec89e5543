"""From a tile in the work type to the result: rounded half to even once, saturated, converted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def store(result: Array, target: Array, *, finite: bool = False, within: bool = False) -> None:
    """Write a computed tile into its place in the output.

    Parameters
    ----------
    result : ndarray
        Integers, or floats not yet rounded; may be overwritten.
    target : ndarray
        Where to write, of the output's element type. Integer targets take the nearest value (ties to even)
        that the type can hold, and 0 for NaN; float targets take the value as it is.
    finite : bool
        Whether it is known that the result holds no NaN.
    within : bool
        Whether it is known that the target's type holds every rounded value.
    """
    if target.dtype.kind not in "iu":
        _copy(target, result)
    elif result.dtype.kind in "iu":
        _store_integers(result, target, within=within)
    else:
        _store_rounded(result, target, finite=finite, within=within)


def holds(dtype: np.dtype[Any], low: float, high: float) -> bool:
    """Whether an integer type holds all from low to high, rounded after a small error."""
    if dtype.kind not in "iu":
        return False
    limits = np.iinfo(dtype)
    return limits.min - 0.49 <= low and high <= limits.max + 0.49


def _store_integers(result: Array, target: Array, *, within: bool) -> None:
    held, wanted = np.iinfo(result.dtype), np.iinfo(target.dtype)
    low, high = max(held.min, wanted.min), min(held.max, wanted.max)
    if not within and (low, high) != (held.min, held.max):
        np.clip(result, result.dtype.type(low), result.dtype.type(high), out=result)
    _copy(target, result)


def _store_rounded(result: Array, target: Array, *, finite: bool, within: bool) -> None:
    limits = np.iinfo(target.dtype)
    rounded = np.rint(result, out=result)
    low, high = rounded.dtype.type(limits.min), rounded.dtype.type(limits.max)
    beyond = None
    if int(high) > limits.max:
        # 64-bit limits are not floats: the largest float below stands in, and the limit itself comes last.
        beyond, high = rounded >= high, np.nextafter(high, low)
    if not within or beyond is not None:
        np.clip(rounded, low, high, out=rounded)
    if not finite:
        _zero_nan(rounded)
    _copy(target, rounded)
    if beyond is not None:
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
