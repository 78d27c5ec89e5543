"""Kernels that average: their weights are not negative and sum to 1."""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from convcli.errors import UsageError

from .model import MOST_WEIGHTS, Weights

_NOISE = 1e-12  # weights below it come from the rounding of sines and cosines


def pair(value: float | tuple[float, ...]) -> tuple[float, float]:
    """Return (vertical, horizontal): a single value holds for both."""
    values = value if isinstance(value, tuple) else (value,)
    if len(values) not in (1, 2):
        raise UsageError(
            f"{len(values)} values where one or two are needed", hint="height first, e.g. 3 or 3x5"
        )
    return values[0], values[-1]


def unit_sum(weights: Weights) -> Weights:
    """Divide weights that are not negative by their sum."""
    result: Weights = weights / weights.sum()
    return result


def check_extent(height: float, width: float) -> None:
    """Refuse a kernel that would fill the memory.

    Raises
    ------
    UsageError
        If it would have more than 2**24 weights.
    """
    if height * width > MOST_WEIGHTS:
        raise UsageError(
            f"a kernel of {height:.10g}x{width:.10g} is too large: at most {MOST_WEIGHTS} weights",
            hint="shrink the picture first, or choose a smaller size",
        )


def box(size: int | tuple[int, ...] = 3) -> Weights:
    """Mean of a rectangle.

    Parameters
    ----------
    size : int or (int, int)
        Height and width in pixels, each at least 1.

    Returns
    -------
    ndarray of float64, shape (height, width)
    """
    height, width = (int(n) for n in pair(size))
    check_extent(height, width)
    return np.full((height, width), 1 / (height * width))


def triangle(size: int | tuple[int, ...] = 5) -> Weights:
    """Mean with weights that fall off linearly: a box convolved with a box.

    Parameters
    ----------
    size : int or (int, int)
        Height and width in pixels, each at least 1.

    Returns
    -------
    ndarray of float64, shape (height, width)
    """
    height, width = (int(n) for n in pair(size))
    check_extent(height, width)

    def ramp(n: int) -> Weights:
        up = np.arange(1.0, n + 1)
        falling: Weights = np.minimum(up, up[::-1])
        return falling

    product = np.outer(ramp(height), ramp(width))
    return unit_sum(product)


def gaussian_line(sigma: float, *, radius: int | None = None, truncate: float = 4.0) -> Weights:
    """Sample and normalize a Gaussian along one axis, as ``scipy.ndimage`` defines it.

    Parameters
    ----------
    sigma : float
        Standard deviation in samples, above 0.
    radius : int, optional
        Samples on each side; default: ``int(truncate * sigma + 0.5)``.
    truncate : float
        Standard deviations to reach.

    Returns
    -------
    ndarray of float64, shape (2 * radius + 1,)
        Sum 1.
    """
    if not 0 < sigma < float("inf"):
        raise UsageError(f"sigma {sigma:g} is not a number above 0", hint="use a few pixels, e.g. 2")
    reach = truncate * sigma + 0.5
    if radius is None:
        check_extent(1, 2 * reach)
        radius = int(reach)
    x = np.arange(-radius, radius + 1, dtype=np.float64)
    weights: Weights = np.exp(-0.5 * (x / sigma) ** 2)
    return unit_sum(weights)


def gaussian(sigma: float | tuple[float, ...] = 2.0, truncate: float = 4.0) -> Weights:
    """Gaussian: sampled, cut at `truncate` standard deviations, normalized.

    Parameters
    ----------
    sigma : float or (float, float)
        Standard deviations in pixels, vertical first, above 0.
    truncate : float
        Standard deviations to reach; the radius is ``int(truncate * sigma + 0.5)``.

    Returns
    -------
    ndarray of float64, shape (2 ry + 1, 2 rx + 1)
    """
    vertical, horizontal = pair(sigma)
    check_extent(2 * truncate * vertical + 1, 2 * truncate * horizontal + 1)
    return np.outer(gaussian_line(vertical, truncate=truncate), gaussian_line(horizontal, truncate=truncate))


def disk(radius: float = 4.0) -> Weights:
    """Mean of a circle, as of a lens out of focus: each weight is the area of its pixel inside the circle.

    Parameters
    ----------
    radius : float
        In pixels, above 0.

    Returns
    -------
    ndarray of float64, shape (N, N), N odd
    """
    if not 0 < radius < float("inf"):
        raise UsageError(f"radius {radius:g} is not a number above 0", hint="use a few pixels, e.g. 4")
    reach = max(ceil(radius - 0.5), 0)
    check_extent(2 * reach + 1, 2 * reach + 1)
    corners = np.arange(-reach - 0.5, reach + 1)
    area = np.diff(np.diff(_disk_area(corners, radius), axis=0), axis=1)
    # Differences of areas carry rounding of either sign where the circle does not reach.
    area = np.where(area > _NOISE * radius * radius, area, 0.0)
    return unit_sum(area)


def _disk_area(corners: Weights, radius: float) -> Weights:
    """Signed area of the disk between the axes and each corner (y, x): odd in y and in x."""
    y, x = np.meshgrid(*(np.minimum(np.abs(corners), radius),) * 2, indexing="ij")
    # Up to where the circle comes below y the region is a rectangle, from there it lies under the arc.
    turn = np.minimum(np.sqrt(np.maximum(radius * radius - y * y, 0)), x)
    area = y * turn + _arc_integral(x, radius) - _arc_integral(turn, radius)
    sign = np.sign(corners)
    signed: Weights = area * np.outer(sign, sign)
    return signed


def _arc_integral(t: NDArray[np.float64], radius: float) -> Weights:
    """Integral of sqrt(radius^2 - s^2) for s from 0 to t."""
    height = np.sqrt(np.maximum(radius * radius - t * t, 0))
    result: Weights = (t * height + radius * radius * np.arcsin(np.minimum(t / radius, 1))) / 2
    return result


def motion(length: float = 15.0, angle: float = 0.0) -> Weights:
    """Mean along a straight line, as of a camera that moved.

    Parameters
    ----------
    length : float
        Of the path in pixels, at least 1.
    angle : float
        Degrees from the x axis, counter-clockwise as seen.

    Returns
    -------
    ndarray of float64, shape (H, W), both odd

    Notes
    -----
    A pixel weighs 1 minus its distance from the line between the centres of the first and the last pixel,
    so a horizontal path of whole length is a box.
    """
    if not 1 <= length < float("inf"):
        raise UsageError(f"length {length:g} is below 1", hint="use the path in pixels, e.g. 15")
    half = (length - 1) / 2
    reach = ceil(half)
    check_extent(2 * reach + 1, 2 * reach + 1)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    along, across = x * cosine - y * sine, x * sine + y * cosine  # rows count downwards
    distance = np.hypot(across, np.maximum(np.abs(along) - half, 0))
    weights = np.where(distance < 1 - _NOISE, 1 - distance, 0.0)
    weights = weights[np.ix_(weights.any(axis=1), weights.any(axis=0))]
    return unit_sum(weights)
