"""Means as other tools make them, which is not always what their names say.

References
----------
- OpenCV, modules/imgproc/src/smooth.dispatch.cpp: sizes of Gaussian kernels
- ImageMagick 6, magick/gem.c and magick/morphology.c: widths of kernels, "Blur"
- libvips, libvips/create/gaussmat.c
- Pillow, src/libImaging/BoxBlur.c, after P. Gwosdek et al., "Theoretical foundations of Gaussian convolution
  by extended box filtering", 2011
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import exp, floor, sqrt
from typing import Literal

import numpy as np

from .blurring import BlurKind
from .composing import repeat
from .model import Weights
from .smoothing import check_extent, gaussian_line, pair, unit_sum

Tool = Literal["scipy", "opencv", "imagemagick", "vips", "pillow"]
Build = Callable[..., Weights]
Sigma = float | tuple[float, ...]

_QUANTUM = 65535  # of ImageMagick built for 16 bits, as distributed
_OVERSAMPLED = 3  # points to a pixel of its Gaussian
_LEAST = 0.2  # of the peak: where libvips cuts a Gaussian
_STEPS = 20  # to the peak, in its whole-number weights
_BOXES = 3  # that make up Pillow's Gaussian


def builders(tool: Tool, *, deep: bool) -> Mapping[BlurKind, Build]:
    """Return what builds the kernels that a tool makes in its own way, by their kind.

    Parameters
    ----------
    tool : str
    deep : bool
        Whether samples have more than 8 bits: OpenCV's Gaussians are wider then.
    """
    match tool:
        case "opencv":
            return {"gaussian": _in_each_direction(_opencv_deep if deep else _opencv)}
        case "imagemagick":
            return {"gaussian": _in_each_direction(_imagemagick)}
        case "vips":
            return {"gaussian": _in_each_direction(_vips)}
        case "pillow":
            return {"gaussian": _in_each_direction(_pillow), "box": _pillow_box}
    return {}


def _in_each_direction(line: Callable[[float], Weights]) -> Build:
    """Build a table from the lines of two standard deviations."""

    def build(sigma: Sigma, truncate: float) -> Weights:
        vertical, horizontal = pair(sigma)
        check_extent(2 * truncate * vertical + 1, 2 * truncate * horizontal + 1)
        return np.outer(line(vertical), line(horizontal))

    return build


def _opencv(sigma: float) -> Weights:
    """cv2.GaussianBlur with ksize (0, 0), of 8 bits: 3 sigma to each side."""
    return gaussian_line(sigma, radius=(round(6 * sigma + 1) | 1) // 2)


def _opencv_deep(sigma: float) -> Weights:
    """The same of more than 8 bits: 4 sigma to each side."""
    return gaussian_line(sigma, radius=(round(8 * sigma + 1) | 1) // 2)


def _imagemagick(sigma: float) -> Weights:
    """``convert -blur 0xSIGMA``: three points to a pixel, added up."""
    gaussian_line(sigma, radius=0)  # refuses what is no standard deviation
    radius = 2
    while True:
        line = gaussian_line(sigma, radius=radius)
        if line[0] < 1 / _QUANTUM:
            break
        radius += 1
    width = 2 * radius - 1
    points = gaussian_line(_OVERSAMPLED * sigma, radius=(width * _OVERSAMPLED - 1) // 2)
    sums: Weights = points.reshape(width, _OVERSAMPLED).sum(axis=1)
    return unit_sum(sums)


def _vips(sigma: float) -> Weights:
    """``vips gaussblur``: weights of 0 ... 20, cut below a fifth of the peak."""
    gaussian_line(sigma, radius=0)
    radius = 0
    while exp(-((radius + 1) ** 2) / (2 * sigma * sigma)) >= _LEAST:
        radius += 1
    x = np.arange(-radius, radius + 1)
    return unit_sum(np.rint(_STEPS * np.exp(-(x**2) / (2 * sigma * sigma))))


def _pillow(sigma: float) -> Weights:
    """``ImageFilter.GaussianBlur``: three boxes with the variance of the Gaussian."""
    gaussian_line(sigma, radius=0)
    variance = sigma * sigma / _BOXES
    whole = floor((sqrt(12 * variance + 1) - 1) / 2)
    part = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance) / (6 * (variance - (whole + 1) ** 2))
    line: Weights = repeat(_extended_box(whole + part)[np.newaxis], _BOXES)[0]
    return line


def _pillow_box(size: int | tuple[int, ...]) -> Weights:
    """``ImageFilter.BoxBlur`` of so many pixels across; an even number ends in halves at both sides."""
    height, width = (int(n) for n in pair(size))
    check_extent(height + 1, width + 1)
    return np.outer(_extended_box((height - 1) / 2), _extended_box((width - 1) / 2))


def _extended_box(radius: float) -> Weights:
    """Mean of 2 radius + 1 samples, of which the outermost may count in part."""
    whole = floor(radius)
    part = radius - whole
    ends = [part] if part > 0 else []
    return unit_sum(np.array([*ends, *[1.0] * (2 * whole + 1), *ends]))
