"""Colours for levels from 0 to 1 that look evenly spaced, and as bright in gray."""

from __future__ import annotations

from itertools import pairwise

Colour = tuple[int, int, int]

VIRIDIS: tuple[Colour, ...] = (
    (68, 1, 84),
    (71, 44, 122),
    (59, 81, 139),
    (44, 113, 142),
    (33, 144, 141),
    (39, 173, 129),
    (92, 200, 99),
    (170, 220, 50),
    (253, 231, 37),
)
"""Every 32nd colour of viridis, by S. van der Walt and N. Smith (2015, public domain)."""

IMPOSSIBLE: Colour = (0, 0, 0)
"""What is not possible at all is darker than anything that is."""


def shade(level: float) -> Colour:
    """Return the colour of a level from 0 to 1: red, green, blue, from 0 to 255."""
    place = min(max(level, 0.0), 1.0) * (len(VIRIDIS) - 1)
    index = min(int(place), len(VIRIDIS) - 2)
    below, above = list(pairwise(VIRIDIS))[index]
    red, green, blue = (round(a + (b - a) * (place - index)) for a, b in zip(below, above, strict=True))
    return red, green, blue
