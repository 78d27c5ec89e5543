"""Pillow: one thread, its own images in and out."""

from __future__ import annotations

from functools import partial

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.timing import Call
from benchmarks.works import Pixels, Work

from .model import Peer


def peers(threads: int) -> tuple[Peer, ...]:
    """Pillow's filters."""
    return (Peer("Pillow", _prepare),)


def _prepare(work: Work, pixels: Pixels) -> tuple[Call, str] | None:
    image = Image.fromarray(pixels)
    if work.kind == "box":
        return partial(image.filter, ImageFilter.BoxBlur(work.side // 2)), "BoxBlur"
    if work.kind == "gaussian":
        return partial(image.filter, ImageFilter.GaussianBlur(work.amount)), "GaussianBlur: three boxes"
    if work.kind == "dense" and work.side in (3, 5):
        # Read from the bottom row up, as Pillow does, and turned round for a convolution.
        weights = np.flip(work.numerators, 1).ravel().tolist()
        kernel = ImageFilter.Kernel((work.side, work.side), weights, scale=sum(weights))
        return partial(image.filter, kernel), "Kernel"
    return None
