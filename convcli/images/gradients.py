"""What is made of the differences along x and y: lengths, sums, directions."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .picture import Pixels

Show = Literal["magnitude", "absolute", "signed", "direction"]


def combined(parts: list[Pixels], show: Show) -> Pixels:
    """One value of the differences in all directions, in the memory of the first."""
    total = parts[0]
    match show:
        case "direction":
            return _degrees(parts)
        case "signed":
            for part in parts[1:]:
                total += part
            total /= len(parts)
        case "absolute":
            np.abs(total, out=total)
            for part in parts[1:]:
                total += np.abs(part, out=part)
        case _ if len(parts) == 1:
            np.abs(total, out=total)
        case _:
            total *= total
            for part in parts[1:]:
                part *= part
                total += part
            np.sqrt(total, out=total)
    return total


def hue(parts: list[Pixels], channel: int, *, scale: float, top: float) -> tuple[Pixels, Pixels]:
    """One channel of the colour circle of directions.

    The hue is the angle, red to the right and yellow-green downwards; the value is the length.

    Parameters
    ----------
    parts : [dx, dy]
        Differences to the right and downwards.
    channel : {0, 1, 2}
        Red, green or blue.
    scale : float
        What the length is divided by.
    top : float
        What it is limited to.

    Returns
    -------
    colour : ndarray
    length : ndarray
        Not limited.

    Notes
    -----
    A. R. Smith, "Color gamut transform pairs", 1978, with saturation 1.
    """
    sixths = _degrees(parts) / 60
    length = np.hypot(*parts) / scale
    value = np.minimum(length, top)
    distance = np.mod((5, 3, 1)[channel] + sixths, 6)
    darker = np.clip(np.minimum(distance, 4 - distance), 0, 1)
    return value - value * darker, length


def _degrees(parts: list[Pixels]) -> Pixels:
    """Angle of the gradient from the x axis towards the y axis, which points down: above -180, up to 180."""
    across, down = parts
    angles: Pixels = np.degrees(np.arctan2(down, across))
    angles[angles == -180] = 180
    return angles
