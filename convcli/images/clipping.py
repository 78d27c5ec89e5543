"""Samples beyond the range of their format."""

from __future__ import annotations

from typing import Any

import numpy as np

from .picture import Pixels


def outside(values: Pixels, dtype: np.dtype[Any]) -> int:
    """How many values lie more than half a step beyond what `dtype` holds; real numbers have no range."""
    if dtype.kind == "f":
        return 0
    limits = np.iinfo(dtype)
    low, high = limits.min - 0.5, limits.max + 0.5
    # Most tiles hold none, which their extremes tell.
    if values.size == 0 or (low <= values.min() and values.max() <= high):
        return 0
    return int(np.count_nonzero(values > high)) + int(np.count_nonzero(values < low))
