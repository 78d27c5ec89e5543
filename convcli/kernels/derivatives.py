"""Kernels that subtract: first and second derivatives, band-passes. Raw scale, as published.

Signs are those under convolution, which turns a kernel round: a derivative is positive where the picture
gets brighter to the right (x) or downwards (y). Turned round, ``PAIR`` is the familiar [-1, 1].
"""

from __future__ import annotations

import numpy as np

from convcli.errors import UsageError

from .model import Weights
from .smoothing import check_extent, gaussian_line

# One row along the axis of the derivative, one across it; the kernel is their product.
PAIR = np.array([1.0, -1.0])
CENTRAL = np.array([1.0, 0.0, -1.0])
SOBEL_SMOOTH = np.array([1.0, 2.0, 1.0])
PREWITT_SMOOTH = np.array([1.0, 1.0, 1.0])
SCHARR_SMOOTH = np.array([3.0, 10.0, 3.0])

# Farid and Simoncelli (2004), table 1, 5 taps: first derivative and the matched prefilter.
FARID_EDGE = np.array([0.109603762960254, 0.276690988455557, 0.0, -0.276690988455557, -0.109603762960254])
FARID_SMOOTH = np.array(
    [0.0376593171958126, 0.249153396177344, 0.426374573253687, 0.249153396177344, 0.0376593171958126]
)

ROBERTS_A = np.array([[1.0, 0.0], [0.0, -1.0]])
ROBERTS_B = np.array([[0.0, 1.0], [-1.0, 0.0]])
LAPLACIAN = np.array([[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]])
LAPLACIAN8 = np.array([[1.0, 1.0, 1.0], [1.0, -8.0, 1.0], [1.0, 1.0, 1.0]])


def along_x(edge: Weights, smooth: Weights | None = None) -> Weights:
    """Derivative to the right, smoothed downwards; shape (len(smooth), len(edge))."""
    return np.outer(np.ones(1) if smooth is None else smooth, edge)


def along_y(edge: Weights, smooth: Weights | None = None) -> Weights:
    """Derivative downwards, smoothed to the right; shape (len(edge), len(smooth))."""
    return along_x(edge, smooth).T.copy()


def laplacian_of_gaussian(sigma: float = 2.0) -> Weights:
    """Sum of the second derivatives of a Gaussian: negative in the middle of a bright spot.

    Parameters
    ----------
    sigma : float
        Standard deviation in pixels, above 0.

    Returns
    -------
    ndarray of float64, shape (N, N), N odd
        Sum 0: what sampling and cutting leave is taken off in the shape of the Gaussian, so that flat areas
        give 0.
    """
    check_extent(8 * sigma + 1, 8 * sigma + 1)
    line = gaussian_line(sigma)
    x = np.arange(line.size) - line.size // 2
    curvature = line * ((x / sigma) ** 2 - 1) / sigma**2
    curvature -= curvature.sum() * line
    return _not_empty(np.outer(curvature, line) + np.outer(line, curvature), sigma)


def difference_of_gaussians(narrow: float = 1.0, wide: float = 2.0) -> Weights:
    """Subtract a wide Gaussian from a narrow one: a band-pass.

    Parameters
    ----------
    narrow, wide : float
        Standard deviations in pixels, above 0 and not equal.

    Returns
    -------
    ndarray of float64, shape (N, N), N odd
        Sum 0.
    """
    if narrow == wide:
        raise UsageError(f"sigmas {narrow:g} and {wide:g} are equal: their difference is nothing")
    check_extent(8 * max(narrow, wide) + 1, 8 * max(narrow, wide) + 1)
    radius = gaussian_line(max(narrow, wide)).size // 2
    first, second = (_centred(gaussian_line(sigma), radius) for sigma in (narrow, wide))
    return _not_empty(np.outer(first, first) - np.outer(second, second), max(narrow, wide))


def _not_empty(weights: Weights, sigma: float) -> Weights:
    """Refuse a kernel so narrow that it falls between the pixels."""
    if not weights.any():
        raise UsageError(
            f"sigma {sigma:g} is so small that all weights are zero", hint="use half a pixel or more, e.g. 1"
        )
    return weights


def _centred(line: Weights, radius: int) -> Weights:
    return np.pad(line, radius - line.size // 2)


def gabor(
    wavelength: float = 8.0, angle: float = 0.0, sigma: float = 3.0, aspect: float = 1.0, phase: float = 0.0
) -> Weights:
    """Cosine wave under a Gaussian: answers to stripes of one width and direction.

    Parameters
    ----------
    wavelength : float
        Pixels from crest to crest, above 0.
    angle : float
        Direction in which the wave runs, degrees from the x axis, counter-clockwise as seen.
    sigma : float
        Standard deviation of the Gaussian in pixels, along the wave, above 0.
    aspect : float
        Sigma along the wave divided by sigma across it, above 0.
    phase : float
        Degrees: 0 is symmetric (a stripe), 90 antisymmetric (an edge).

    Returns
    -------
    ndarray of float64, shape (N, N), N odd
        Absolute sum 1, so that the result never leaves the range of the input.
    """
    for name, value in (("wavelength", wavelength), ("sigma", sigma), ("aspect", aspect)):
        if not 0 < value < float("inf"):
            raise UsageError(f"{name} {value:g} is not a number above 0")
    widest = max(sigma, sigma / aspect)
    check_extent(8 * widest + 1, 8 * widest + 1)
    radius = int(4 * widest + 0.5)
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    along, across = x * cosine - y * sine, x * sine + y * cosine  # rows count downwards
    envelope = np.exp(-0.5 * (along**2 + (aspect * across) ** 2) / sigma**2)
    wave = envelope * np.cos(2 * np.pi * along / wavelength + np.radians(phase))
    kernel: Weights = wave / np.abs(wave).sum()
    return kernel
