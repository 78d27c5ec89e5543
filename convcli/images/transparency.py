"""Means of colours that count by their opacity, as light does."""

from __future__ import annotations

from typing import Any

import numpy as np

from .missing import Convolution
from .picture import Pixels
from .setting import Setting

_FAINTEST = 1e-6  # opacity of real numbers, of which less is rounding


def weighted(
    colours: Pixels,
    alpha: Pixels,
    weights: Pixels,
    setting: Setting,
    *,
    opaque: float,
    work: type[Any],
    convolve: Convolution,
) -> tuple[Pixels, Pixels]:
    """Filter colours by their opacity, and the opacity itself.

    With straight transparency a and colours c, and weights w of sum s, the results are
    s sum(w a c) / sum(w a) and sum(w a) / s: what is transparent lends no colour.

    Parameters
    ----------
    colours : ndarray, shape (H, W) or (H, W, C)
    alpha : ndarray, shape (H, W)
    weights : ndarray, shape (h, w)
        Their sum is not 0.
    setting : Setting
        Zeros outside are nothing at all; a constant is opaque.
    opaque : float
        Value of `alpha` where nothing is transparent.
    work : dtype
        Of the results: float32 or float64.
    convolve : callable
        As `missing.convolution` gives it.

    Returns
    -------
    mean : ndarray, shape (H', W') or (H', W', C)
        Not rounded or limited, as weights of both signs leave the range; 0 where the opacity is less than
        half a step, or 1e-6 for real numbers.
    coverage : ndarray, shape (H', W')
        The same of the opacity.
    """
    total = float(weights.sum())
    share = weights if abs(total - 1) < 1e-12 else weights / total
    outer = alpha if colours.ndim == 2 else alpha[..., np.newaxis]
    light = colours * outer.astype(_product(colours, alpha))
    if light.dtype.kind == "f":
        np.copyto(light, 0, where=outer == 0)  # be it infinite or NaN
    over = setting.with_outside(opaque)
    lit = setting.with_outside(setting.border.value * int(opaque))
    coverage = convolve(over, alpha, share, out_dtype=work)
    mean = convolve(lit, light, weights, out_dtype=work)
    own = coverage if mean.ndim == 2 else coverage[..., np.newaxis]
    if light.dtype.kind == "f" and np.isnan(light).any():
        # Each channel has the opacity of its own samples, so that a colour stays what it is around a gap.
        own = convolve(over, np.where(np.isnan(light), np.nan, outer), share, out_dtype=work)
    faintest = 0.5 if alpha.dtype.kind != "f" else _FAINTEST
    mean /= np.maximum(own, faintest)
    np.copyto(mean, 0, where=own <= faintest)
    return mean, coverage


def _product(colours: Pixels, alpha: Pixels) -> np.dtype[Any]:
    """Type that holds the product of two samples, exactly if they are of 8 or 16 bits."""
    if colours.dtype.kind == "u" and alpha.dtype.itemsize <= 2:
        return np.dtype(f"u{2 * alpha.dtype.itemsize}")
    return np.dtype(np.float32 if colours.dtype in (np.float16, np.float32) else np.float64)
