"""From floating point to the samples of a file, each rounded once.

libsndfile rounds down when it converts to WAV and AIFF, to the nearest when it converts to FLAC, and
does not tell how many samples it had to limit. So it is handed finished integers, which it stores as
they are: 16-bit, or 32-bit with the sample in the topmost bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convcli.errors import ConvError

from .formats import bits_of, holds_nonfinite
from .level import Meter

_SINGLE_BITS = 24  # of an integer, at most, that float32 holds


class Quantiser:
    """Converts blocks of samples, and remembers what they were like.

    Full scale is ``2**(bits - 1)``; the nearest integer is taken, halves to even. Floating-point and
    lossy subtypes are not limited.

    Parameters
    ----------
    subtype : str
        Name of the sample format, e.g. ``"PCM_16"``.
    name : str
        What is being written, for messages.

    Attributes
    ----------
    meter : Meter
        What the samples were like before limiting.
    clipped : int
        Samples that were limited.
    """

    def __init__(self, subtype: str, *, name: str) -> None:
        self.name = name
        self.subtype = subtype
        self.bits = bits_of(subtype)
        self.dtype = np.dtype(_dtype(subtype, self.bits))
        self.meter = Meter()
        self.clipped = 0

    def __call__(self, block: NDArray[np.floating]) -> NDArray[np.generic]:
        """Convert a block.

        Parameters
        ----------
        block : ndarray of float64 or float32, shape (frames, channels)
            Full scale is 1.0. Overwritten.

        Returns
        -------
        ndarray, shape (frames, channels)
            float32 or float64; int16 or int32 with the sample in the topmost bits.

        Raises
        ------
        ConvError
            A sample is infinite or not a number, and the subtype has no such things.
        """
        if self.bits is None:
            with np.errstate(over="ignore"):  # beyond float32 there is infinity, as IEEE 754 has it
                samples = block.astype(self.dtype)
            self._survey(samples)
            return samples
        low, high = self._survey(block)
        if self.bits > _SINGLE_BITS:
            block = block.astype(np.float64, copy=False)
        scale = 2.0 ** (self.bits - 1)
        np.multiply(block, scale, out=block)
        np.rint(block, out=block)
        if low * scale < -scale or high * scale > scale - 1:
            self.clipped += int(np.count_nonzero((block < -scale) | (block > scale - 1)))
            np.clip(block, -scale, scale - 1, out=block)
        samples = block.astype(self.dtype)
        if unused := self.dtype.itemsize * 8 - self.bits:
            samples <<= unused
        return samples

    def _survey(self, samples: NDArray[np.floating]) -> tuple[float, float]:
        """Return the least and the largest of 0 and the finite samples, and allow others only in floats."""
        extent = self.meter(samples)
        if self.meter.nonfinite and not holds_nonfinite(self.subtype):
            raise ConvError(
                f"{self.name}: a sample is not a finite number, which {self.subtype} cannot hold",
                hint="use --subtype FLOAT, or another --format if this one has no FLOAT",
            )
        return extent


def _dtype(subtype: str, bits: int | None) -> type[np.generic]:
    if bits is not None:
        return np.int16 if bits <= 16 else np.int32
    return np.float64 if subtype == "DOUBLE" else np.float32
