"""Means of colours that count by their opacity, as light does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .bands import by_rows
from .missing import Convolution
from .picture import Pixels
from .setting import Setting

_FAINTEST = 1e-6  # opacity of real numbers, of which less is rounding


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What colours and their opacity add up to under every window.

    Parameters
    ----------
    light : ndarray of float, shape (H', W') or (H', W', C)
        sum(w a c).
    coverage : ndarray of float, shape (H', W')
        sum(w a) / s: the opacity of the result, not rounded or limited.
    own : ndarray of float
        The same for each channel, of a shape that fits `light`.
    faintest : float
        Opacity of which less is nothing.
    """

    light: Pixels
    coverage: Pixels
    own: Pixels
    faintest: float

    def mean(self, rows: slice) -> Pixels:
        """Return the colours of some rows, which takes the memory of their light.

        They are s sum(w a c) / sum(w a), or 0 where the opacity is next to nothing; not rounded or limited,
        as weights of both signs leave the range.
        """
        mean, own = self.light[rows], self.own[rows]
        mean /= np.maximum(own, self.faintest)
        np.copyto(mean, 0, where=own <= self.faintest)
        return mean


def weighted(
    colours: Pixels,
    alpha: Pixels,
    weights: Pixels,
    setting: Setting,
    *,
    opaque: float,
    work: type[Any],
    convolve: Convolution,
) -> Sums:
    """Filter colours by their opacity, and the opacity itself: what is transparent lends no colour.

    Parameters
    ----------
    colours : ndarray, shape (H, W) or (H, W, C)
    alpha : ndarray, shape (H, W)
        Straight: the colours are not multiplied by it.
    weights : ndarray, shape (h, w)
        Their sum s is not 0.
    setting : Setting
        Zeros outside are nothing at all; a constant is opaque.
    opaque : float
        Value of `alpha` where nothing is transparent.
    work : dtype
        Of the results: float32 or float64.
    convolve : callable
        As `missing.convolution` gives it.
    """
    total = float(weights.sum())
    share = weights if abs(total - 1) < 1e-12 else weights / total
    outer = alpha if colours.ndim == 2 else alpha[..., np.newaxis]
    light = _light(colours, outer, workers=setting.workers)
    over = setting.with_outside(opaque)
    lit = setting.with_outside(setting.border.value * int(opaque))
    coverage = convolve(over, alpha, share, out_dtype=work)
    own = coverage if colours.ndim == 2 else coverage[..., np.newaxis]
    if light.dtype.kind == "f" and np.isnan(light).any():
        # Each channel has the opacity of its own samples, so that a colour stays what it is around a gap.
        own = convolve(over, np.where(np.isnan(light), np.nan, outer), share, out_dtype=work)
    faintest = 0.5 if alpha.dtype.kind != "f" else _FAINTEST
    return Sums(convolve(lit, light, weights, out_dtype=work), coverage, own, faintest)


def _light(colours: Pixels, alpha: Pixels, *, workers: int | None) -> Pixels:
    """Colours times their opacity."""
    light = np.empty(colours.shape, _product(colours, alpha))

    def multiply(rows: slice) -> None:
        np.multiply(colours[rows], alpha[rows], out=light[rows], dtype=light.dtype)
        if light.dtype.kind == "f":
            np.copyto(light[rows], 0, where=alpha[rows] == 0)  # be it infinite or NaN

    by_rows(multiply, light.shape, workers=workers)
    return light


def _product(colours: Pixels, alpha: Pixels) -> np.dtype[Any]:
    """Type that holds the product of two samples, exactly if they are of 8 or 16 bits."""
    if colours.dtype.kind == "u" and alpha.dtype.itemsize <= 2:
        return np.dtype(f"u{2 * alpha.dtype.itemsize}")
    return np.dtype(np.float32 if colours.dtype in (np.float16, np.float32) else np.float64)
