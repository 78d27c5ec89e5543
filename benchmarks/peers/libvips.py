"""libvips: several threads, pixels streamed from memory to memory.

VIPS_CONCURRENCY holds the number of threads; it must be set before libvips starts.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

import numpy as np
import pyvips

from benchmarks.timing import Call
from benchmarks.works import Pixels, Work

from .model import WIDE, Peer

Precision = Literal["integer", "float"]

# One call for a small table of ones is faster than two for its row and column.
_SMALL = 5

# Its widest Gaussian: cut where the weights fall to this part of the largest.
_LEAST = 0.001


def peers(threads: int) -> tuple[Peer, ...]:
    """libvips's fast way, in whole numbers, and its exact one, in real numbers."""
    slow = {**WIDE, "dense 11x11": 1 / 4, "dense 31x31": 1 / 16, "dense 101x101": 1 / 64}
    return (
        Peer("libvips", partial(_prepare, "integer")),
        Peer("libvips, float", partial(_prepare, "float"), slow),
    )


def _prepare(precision: Precision, work: Work, pixels: Pixels) -> tuple[Call, str] | None:
    if work.kind == "edge" or (precision == "integer" and work.side > 31 and work.kind == "dense"):
        return None
    options: dict[str, Any] = {"precision": precision}
    call: tuple[str, tuple[Any, ...]]
    if work.kind == "gaussian":
        call = "gaussblur", (work.amount,)
        if precision == "float":
            options["min_ampl"] = _LEAST
    elif work.kind == "box" and (work.side > _SMALL or precision == "float"):
        call = "convsep", (pyvips.Image.new_from_array([[1] * work.side], scale=work.side),)
    else:
        call = "conv", (_mask(work),)
    return partial(_run, np.ascontiguousarray(pixels), call, options), call[0]


def _mask(work: Work) -> Any:
    """The weights turned round, for a correlation."""
    return pyvips.Image.new_from_array(np.flip(work.numerators).tolist(), scale=float(work.numerators.sum()))


def _run(pixels: Pixels, call: tuple[str, tuple[Any, ...]], options: dict[str, Any]) -> Pixels:
    height, width, bands = pixels.shape
    name, arguments = call
    image = pyvips.Image.new_from_memory(pixels.data, width, height, bands, "uchar")
    result = getattr(image, name)(*arguments, **options)
    if options["precision"] == "float":
        result = result.rint().cast("uchar")
    return np.frombuffer(result.write_to_memory(), np.uint8).reshape(result.height, result.width, bands)
