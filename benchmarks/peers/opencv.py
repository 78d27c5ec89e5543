"""OpenCV: several threads, hand-written vector code."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from benchmarks.timing import Call
from benchmarks.works import Pixels, Work

from .model import Peer

_BORDER = cv2.BORDER_REPLICATE


def peers(threads: int) -> tuple[Peer, ...]:
    """OpenCV's filters, the Gaussian with the same table of weights as everyone's."""
    cv2.setNumThreads(threads)
    return (Peer("OpenCV", _prepare),)


def _prepare(work: Work, pixels: Pixels) -> tuple[Call, str] | None:
    size = (work.side, work.side)
    match work.kind:
        case "box":
            return partial(cv2.blur, pixels, size, borderType=_BORDER), "blur"
        case "gaussian":
            blur = partial(cv2.GaussianBlur, pixels, size, sigmaX=work.amount, borderType=_BORDER)
            return blur, "GaussianBlur"
        case "dense":
            weights = np.ascontiguousarray(np.flip(work.weights))
            return partial(cv2.filter2D, pixels, -1, weights, borderType=_BORDER), "filter2D"
    return partial(_magnitude, work, pixels), "two differences, magnitude, convertScaleAbs"


def _magnitude(work: Work, pixels: Pixels) -> Pixels:
    if work.operator == "sobel":
        right, down = (cv2.Sobel(pixels, cv2.CV_32F, x, 1 - x, borderType=_BORDER) for x in (1, 0))
    else:
        kernels = (np.array([[-1.0, 1.0]]), np.array([[-1.0], [1.0]]))
        right, down = (cv2.filter2D(pixels, cv2.CV_32F, each, borderType=_BORDER) for each in kernels)
    return np.asarray(cv2.convertScaleAbs(cv2.magnitude(right, down), alpha=1 / work.steepest))
