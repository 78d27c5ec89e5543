"""Small pictures of pictures of any kind, to be looked at in a terminal."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .picture import Layout, Picture

Real = NDArray[np.float64]
Raster = NDArray[np.uint8]

_SQUARE = 4  # pixels of the checkerboard behind what is transparent
_LIGHT, _DARK = 0.6, 0.4


def thumbnail(picture: Picture, *, width: int, height: int) -> Raster:
    """Shrink a picture so that it fits a box, and show it in 8-bit colours.

    Parameters
    ----------
    picture : Picture
        Of any kind. Real numbers beyond 0 to 1, and integers that are signed or longer than 16 bits, are
        shown from the least (black) to the largest (white).
    width, height : int
        Of the box in pixels, at least 1. Smaller pictures stay as they are.

    Returns
    -------
    ndarray of uint8, shape (H', W', 3)
        Means of rectangles of pixels; what is transparent lets a checkerboard through, and what is no number
        is black.
    """
    layout, (rows, columns) = picture.layout, picture.pixels.shape[:2]
    scale = min(width / columns, height / rows, 1.0)
    size = max(round(rows * scale), 1), max(round(columns * scale), 1)
    with np.errstate(all="ignore"):
        means = _means(picture, *size)
        alpha = means[..., -1:] / layout.opaque if layout.has_alpha else np.ones(())
        colours = _rgb(means, layout)
        shown = np.nan_to_num(colours + (1 - alpha) * _checkerboard(*size), nan=0.0, posinf=1.0, neginf=0.0)
    return np.rint(np.clip(shown, 0, 1) * 255).astype(np.uint8)


def _means(picture: Picture, height: int, width: int) -> Real:
    """Means of rectangles, shape (height, width, C); colours count by their transparency."""
    pixels, layout = picture.pixels, picture.layout
    rows, columns = pixels.shape[:2]
    tops = [row * rows // height for row in range(height + 1)]
    lefts = np.arange(width) * columns // width
    widths = np.diff(lefts, append=columns)
    result = np.empty((height, width, len(layout.channels)))
    for row in range(height):
        band = pixels[tops[row] : tops[row + 1]].astype(np.float64).reshape(-1, columns, len(layout.channels))
        if layout.has_alpha and not layout.premultiplied:
            band[..., :-1] *= band[..., -1:] / layout.opaque
        result[row] = np.add.reduceat(band.mean(axis=0), lefts, axis=0) / widths[:, np.newaxis]
    return result


def _rgb(means: Real, layout: Layout) -> Real:
    """Red, green and blue from 0 to 1 of the channels of a picture."""
    names = layout.colours.channels
    values = _scaled(means[..., : len(names)], layout)
    if names[:4] == tuple("CMYK"):
        return (1 - values[..., :3]) * (1 - values[..., 3:4])
    if set("RGB") <= set(names):
        return values[..., [names.index(name) for name in "RGB"]]
    return np.repeat(values.mean(axis=-1, keepdims=True), 3, axis=-1)


def _scaled(values: Real, layout: Layout) -> Real:
    """Samples from 0 to 1."""
    if layout.dtype.kind == "u" and layout.dtype.itemsize <= 2:
        return values / layout.opaque
    found: NDArray[Any] = values[np.isfinite(values)]
    low, high = (found.min(), found.max()) if found.size else (0.0, 1.0)
    if layout.dtype.kind == "f" and low >= 0 and high <= 1:
        return values
    return (values - low) / ((high - low) or 1.0)


def _checkerboard(height: int, width: int) -> Real:
    y, x = np.ogrid[:height, :width]
    return np.where((y // _SQUARE + x // _SQUARE) % 2, _LIGHT, _DARK)[..., np.newaxis]
