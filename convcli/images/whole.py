"""Whole numbers of a table, which stay whole where nothing makes fractions of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from convcli.errors import ConvError
from convcli.kernels import Weights

from .picture import Layout, Pixels
from .setting import Setting

_LARGEST = 2**63  # of int64, and 1 more


def result_dtype(layout: Layout, setting: Setting, weights: Weights, bias: float) -> np.dtype[Any]:
    """Return the type of what comes of a table: real numbers keep their own.

    Whole numbers become int64 if the weights, the bias and a constant outside are whole too, else float64.
    """
    if layout.dtype.kind == "f":
        return layout.dtype
    numbers = np.append(weights, [bias, float(setting.border.value)])
    return np.dtype(np.int64 if (numbers == np.rint(numbers)).all() else np.float64)


def convolve(setting: Setting, values: Pixels, weights: Weights, *, bias: int) -> Pixels:
    """Convolve whole numbers with whole weights, exactly.

    Parameters
    ----------
    setting : Setting
    values : ndarray of int or bool, shape (H, W) or (H, W, C)
    weights : ndarray, shape (h, w)
    bias : int
        Added to the results.

    Returns
    -------
    ndarray of int64

    Raises
    ------
    ConvError
        If a result might not fit 64 bits.
    """
    largest = max(abs(int(number)) for number in (values.min(), values.max(), setting.border.value))
    if largest * int(np.abs(weights).sum()) + abs(bias) >= _LARGEST:
        raise ConvError("results may exceed whole numbers of 64 bits", hint="store the numbers as float64")
    result: Pixels = setting.convolve(values, weights, out_dtype=np.int64)
    result += bias
    return result
