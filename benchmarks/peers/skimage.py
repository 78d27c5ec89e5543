"""scikit-image: one thread; its Gaussian computes in real numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from skimage import filters

from benchmarks.timing import Call
from benchmarks.works import Pixels, Work

from .model import WIDE, Peer


def peers(threads: int) -> tuple[Peer, ...]:
    """scikit-image's Gaussian; its other filters are of other kinds."""
    return (Peer("scikit-image", _prepare, WIDE),)


def _prepare(work: Work, pixels: Pixels) -> tuple[Call, str] | None:
    if work.kind != "gaussian":
        return None
    gaussian: Any = filters.gaussian

    def blur() -> Pixels:
        real = gaussian(
            pixels, work.amount, mode="nearest", preserve_range=True, channel_axis=-1, truncate=4.0
        )
        return np.asarray(np.rint(real), np.uint8)

    return blur, "gaussian, rounded to 8 bits"
