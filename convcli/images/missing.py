"""Convolutions that pass over missing samples, which are NaN.

References
----------
H. Knutsson and C.-F. Westin, "Normalized and differential convolution", 1993
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from .picture import Pixels
from .setting import Function, Setting

Missing = Literal["propagate", "ignore"]
Convolution = Callable[..., Pixels]  # of a setting, pixels and weights; out_dtype


def passed_over(nan: Missing, values: Pixels) -> bool:
    """Whether there are missing values, and they are to be passed over."""
    return nan == "ignore" and values.dtype.kind == "f" and bool(np.isnan(values).any())


def convolution(nan: Missing, values: Pixels) -> Convolution:
    """Return what convolves such values, pixels like them, by a setting."""
    return convolve if passed_over(nan, values) else Setting.convolve


def convolve(setting: Setting, pixels: Pixels, weights: Pixels, *, out_dtype: Any = None) -> Pixels:
    """Convolve with the weights that stand on a sample, enlarged so that those of each sign keep their sum.

    With the positive weights w of sum P, the negative ones -v of sum -N, and m = 1 where the sample x is not
    NaN, else 0, the result is P sum(w x m) / sum(w m) - N sum(v x m) / sum(v m). A constant outside counts as
    samples.

    Parameters
    ----------
    setting : Setting
    pixels : ndarray of float, shape (H, W) or (H, W, C)
    weights : ndarray, shape (h, w)
    out_dtype : dtype, optional
        Default: that of the pixels.

    Returns
    -------
    ndarray
        NaN where weights of one sign stand on missing samples only.
    """
    present = ~np.isnan(pixels)
    values = np.where(present, pixels, 0).astype(np.float64)
    found = replace(setting, boundary="constant:1") if setting.border.constant else setting
    total: Any = 0.0
    for sign in (1, -1):
        part = np.maximum(sign * weights, 0)
        if not part.any():
            continue
        weight = found.convolve(present, part, out_dtype=np.float64)
        # Counted in whole numbers: the smallest weight tells from none.
        some = found.convolve(present, (part > 0).astype(np.float64), out_dtype=np.int32) > 0
        mean = np.full(weight.shape, np.nan)
        np.divide(setting.convolve(values, part), weight, out=mean, where=some)
        total = total + sign * part.sum() * mean
    if isinstance(total, float):
        return setting.convolve(values, weights, out_dtype=out_dtype or pixels.dtype)
    result: Pixels = total.astype(out_dtype or pixels.dtype)
    return result


def combine(
    setting: Setting, pixels: Pixels, weights: Sequence[Pixels], function: Function, *, out_dtype: Any
) -> Pixels:
    """Make one picture of several such convolutions, as `Setting.combine` does of plain ones."""
    parts = [convolve(setting, pixels, each, out_dtype=np.float64) for each in weights]
    result: Pixels = function(parts).astype(out_dtype)
    return result
