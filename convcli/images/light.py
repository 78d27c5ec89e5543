"""Linear light: the transfer curve of sRGB, exact to the last step of 8 bits.

References
----------
IEC 61966-2-1:1999, "Default RGB colour space - sRGB"
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.errors import UsageError

from .picture import Layout, Pixels

Real = NDArray[np.float64]

_CODES = np.arange(-1, 257)  # results of 8 bits, and one beyond either end that tells what is to be clipped
_BINS = 4096  # narrower than the distance of any two neighbouring thresholds: none holds two
_LOWEST, _HIGHEST = -1.0, 258.0  # in light, beyond the first and the last threshold


def decoded(samples: Pixels | float) -> Real:
    """Turn stored samples of 0 ... 1 into light of 0 ... 1."""
    stored = np.asarray(samples, np.float64)
    curved = ((np.maximum(stored, 0) + 0.055) / 1.055) ** 2.4
    light: Real = np.where(stored <= 0.04045, stored / 12.92, curved)
    return light


def encoded(light: Pixels) -> Real:
    """Turn light of 0 ... 1 into stored samples of 0 ... 1; below 0 the straight part goes on."""
    curved = 1.055 * np.maximum(light, 0.0) ** (1 / 2.4) - 0.055
    stored: Real = np.where(light <= 0.0031308, 12.92 * light, curved)
    return stored


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve for integer samples: light is measured from 0 to the samples' own largest value.

    Parameters
    ----------
    dtype : dtype
        uint8 or uint16.
    """

    dtype: np.dtype[Any]

    @property
    def top(self) -> int:
        """The largest sample."""
        return int(np.iinfo(self.dtype).max)

    @property
    def light_dtype(self) -> np.dtype[Any]:
        """Type of the light: float32 is exact enough for 8 bits."""
        return np.dtype(np.float32 if self.dtype == np.uint8 else np.float64)

    def decode(self, samples: Pixels) -> Pixels:
        """Turn samples into light."""
        return np.take(_light(self.dtype), samples)

    def level(self, value: float) -> float:
        """Turn a single sample, which may lie between two steps, into light."""
        return float(decoded(value / self.top)) * self.top

    def encode(self, light: Pixels) -> Pixels:
        """Turn light into samples: whole ones, rounded as the exact formula's, for 8 bits.

        Returns
        -------
        ndarray of float
            What lies beyond the range stays beyond it.
        """
        if self.dtype != np.uint8:
            stored: Pixels = encoded(light / self.top) * self.top
            return stored
        thresholds, lowest = _steps()
        at = (light - _LOWEST) * (_BINS / (_HIGHEST - _LOWEST))
        position = np.take(lowest, at.astype(np.intp), mode="clip")
        position += light >= np.take(thresholds, position, mode="clip")
        code = position.astype(light.dtype)
        code += _CODES[0]
        return code


def curve_for(layout: Layout, *, linear: bool) -> Curve | None:
    """Return the curve of a picture's samples; None if they are filtered as they are stored.

    Raises
    ------
    UsageError
        If they are wanted as light, but are not known to be sRGB.
    """
    if not linear or layout.dtype.kind == "f":
        return None
    named = set(layout.colours.channels) <= {"L", "R", "G", "B"}
    if layout.table or not named or layout.dtype not in (np.uint8, np.uint16):
        what = "a table" if layout.table else f"a picture of kind {layout.kind}"
        raise UsageError(
            f"--linear: {what} has no sRGB curve",
            hint="gray and RGB pictures of 8 or 16 bits have one; leave --linear out",
        )
    return Curve(layout.dtype)


def notes_on_light(layout: Layout, *, linear: bool) -> tuple[str, ...]:
    """Return what --linear means for a picture, if it means nothing."""
    if linear and layout.dtype.kind == "f":
        return ("real numbers are linear light already: --linear changes nothing",)
    return ()


@cache
def _light(dtype: np.dtype[Any]) -> Pixels:
    """The light of every sample."""
    curve = Curve(dtype)
    light = decoded(np.arange(curve.top + 1) / curve.top) * curve.top
    return light.astype(curve.light_dtype)


@cache
def _steps() -> tuple[Real, NDArray[np.intp]]:
    """Thresholds of light between the codes of 8 bits, and the position of the code that each bin begins in.

    Each code holds until the least light that the formula rounds to the next, found by halving the interval
    until nothing is between its ends.
    """
    low = np.full(_CODES.size - 1, _LOWEST)
    high = np.full(_CODES.size - 1, _HIGHEST)
    while True:
        middle = (low + high) / 2
        if ((middle == low) | (middle == high)).all():
            break
        above = np.rint(encoded(middle / 255) * 255) >= _CODES[1:]
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    ends = _LOWEST + np.arange(_BINS) * ((_HIGHEST - _LOWEST) / _BINS)
    lowest = np.searchsorted(high, ends, side="right")
    return np.append(high, np.inf), lowest
