"""scipy.ndimage: one thread, integers cut off between passes."""

from __future__ import annotations

from functools import partial

import numpy as np
from scipy import ndimage

from benchmarks.timing import Call
from benchmarks.works import Pixels, Work

from .model import WIDE, Peer


def peers(threads: int) -> tuple[Peer, ...]:
    """scipy.ndimage's filters."""
    shares = {**WIDE, "dense 11x11": 1 / 16, "dense 31x31": 1 / 64}
    return (Peer("scipy.ndimage", _prepare, shares),)


def _prepare(work: Work, pixels: Pixels) -> tuple[Call, str] | None:
    side = work.side
    if work.kind == "box":
        return partial(ndimage.uniform_filter, pixels, (side, side, 1), mode="nearest"), "uniform_filter"
    if work.kind == "gaussian":
        sigmas = (work.amount, work.amount, 0)
        return partial(ndimage.gaussian_filter, pixels, sigmas, mode="nearest"), "gaussian_filter"
    if work.kind == "dense" and side <= 31:
        weights = work.weights[..., np.newaxis]
        return partial(ndimage.convolve, pixels, weights, mode="nearest"), "convolve"
    return None
