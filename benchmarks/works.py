"""The works that pictures are measured at, and how fast convcli shall be at each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convcli import kernels

Kind = Literal["box", "gaussian", "dense", "edge"]
Pixels = NDArray[Any]

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


@dataclass(frozen=True)
class Work:
    """One thing to do to a picture.

    Parameters
    ----------
    kind : str
        Mean of a square, Gaussian, a full table of weights, or the magnitude of two differences.
    amount : float
        Side of the square or table, or sigma.
    operator : str
        Of an edge.
    """

    kind: Kind
    amount: float = 0
    operator: Literal["pair", "sobel"] = "pair"

    @property
    def name(self) -> str:
        """For tables."""
        match self.kind:
            case "gaussian":
                return f"Gaussian {self.amount:g}"
            case "edge":
                return f"{self.operator} edge magnitude"
            case _:
                return f"{self.kind} {self.side}x{self.side}"

    @property
    def side(self) -> int:
        """Side of the table of weights."""
        match self.kind:
            case "gaussian":
                return 2 * int(4 * self.amount + 0.5) + 1
            case "edge":
                return {"pair": 2, "sobel": 3}[self.operator]
            case _:
                return int(self.amount)

    @cached_property
    def numerators(self) -> Pixels:
        """Whole weights of a box or a dense kernel, which every library can represent; dense ones 1 to 9."""
        if self.kind == "box":
            return np.ones((self.side, self.side), np.int64)
        return np.random.default_rng(self.side).integers(1, 10, (self.side, self.side))

    @cached_property
    def weights(self) -> Pixels:
        """Weights of a blur in float64, sum 1, in the order of a convolution."""
        if self.kind == "gaussian":
            return kernels.gaussian(self.amount)
        return np.asarray(self.numerators / self.numerators.sum())

    @cached_property
    def differences(self) -> tuple[Pixels, Pixels]:
        """Weights of an edge's differences to the right and down, as squares, in a convolution's order."""
        names = (f"{self.operator}-x", f"{self.operator}-y")
        right, down = (
            np.pad(array, [(0, self.side - n) for n in array.shape])
            for array in (kernels.make(name).array for name in names)
        )
        return right, down

    @property
    def steepest(self) -> float:
        """What an edge's differences are divided by, so that the largest fits the range."""
        right = self.differences[0]
        return float(right[right > 0].sum())


WORKS = (
    Work("box", 3),
    Work("box", 31),
    Work("gaussian", 2),
    Work("gaussian", 10),
    Work("gaussian", 20),
    Work("gaussian", 50),
    Work("dense", 5),
    Work("dense", 11),
    Work("dense", 31),
    Work("dense", 101),
    Work("edge", operator="pair"),
    Work("edge", operator="sobel"),
)

# The time of convcli over that of a peer, at most.
GOALS: Mapping[str, Mapping[str, float]] = {
    "box 3x3": {"Pillow": 0.15, "scipy.ndimage": 0.12, "OpenCV": 2.5, "libvips": 1.0},
    "box 31x31": {"Pillow": 0.4, "OpenCV": 2.5, "libvips": 1.0},
    "Gaussian 2": {"Pillow": 0.25, "scipy.ndimage": 0.2, "OpenCV": 2.5, "libvips": 2.5},
    "Gaussian 10": {"Pillow": 0.4, "OpenCV": 0.95},
    "Gaussian 20": {"Pillow": 0.8, "OpenCV": 0.8},
    "Gaussian 50": {"Pillow": 1.3, "OpenCV": 0.3},
    "dense 5x5": {"scipy.ndimage": 0.2, "OpenCV": 3},
    "dense 31x31": {"scipy.ndimage": 0.02, "OpenCV": 0.3, "libvips, float": 0.02},
    "dense 101x101": {"OpenCV": 0.35},
    "pair edge magnitude": {"OpenCV": 0.7},
    "3x3, 64 to 64 channels, 1x64x56x56": {"the product alone": 3.0},
    "impulse response": {"scipy oaconvolve": 0.15, "pedalboard": 0.15},
    "two-spike echo": {"scipy oaconvolve": 0.2},
    "Gaussian 2, JPEG as typed": {"ImageMagick": 0.35, "G'MIC": 0.6},
    "Gaussian 2, PNG as typed": {"ImageMagick": 0.35, "G'MIC": 0.6, "vips": 1.3},
    "Gaussian 2, 20 JPEGs": {"vips": 0.8},
    "echo, WAV": {"SoX": 0.9, "FFmpeg": 1.3},
    "reverb of 3 s, WAV": {"FFmpeg": 1.6, "pedalboard": 0.25},
}


# MiB beyond input and output that a sound of any length may take.
SOUND_MEMORY = 64.0

# The time of the method chosen over that of the best one.
CHOICE = 1.3


def photograph(height: int, width: int) -> Pixels:
    """A real picture of any size: the samples, side by side and over and over, with a little noise.

    Parameters
    ----------
    height, width : int

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        The same every time. The noise keeps repeated parts from being alike to a codec.
    """
    from PIL import Image

    parts = []
    for name in ("coffee.png", "astronaut.png", "chelsea.png"):
        with Image.open(SAMPLES / name) as picture:
            parts.append(np.asarray(picture.convert("RGB"))[:300])
    band = np.concatenate(parts, axis=1)
    times = (-(-height // band.shape[0]), -(-width // band.shape[1]), 1)
    tiled = np.tile(band, times)[:height, :width].astype(np.int16)
    tiled += np.random.default_rng(1).integers(-3, 4, tiled.shape, dtype=np.int16)
    return np.clip(tiled, 0, 255).astype(np.uint8)


def part_of(pixels: Pixels, share: float) -> Pixels:
    """The upper left part of a picture, with so large a share of its area and about its proportions."""
    if share >= 1:
        return pixels
    height, width = (max(1, round(n * share**0.5)) for n in pixels.shape[:2])
    return np.ascontiguousarray(pixels[:height, :width])
