"""Samples to and from the bytes of a WAV: integers of 1 to 8 bytes and floats, in either byte order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray


@dataclass(frozen=True, slots=True)
class Storage:
    """How one sample is stored.

    Parameters
    ----------
    floating : bool
        Whether it is an IEEE 754 number; else an integer, unsigned in one byte and signed in more.
    width : int
        Bytes a sample.
    big_endian : bool
        Whether its most significant byte comes first.
    """

    floating: bool
    width: int
    big_endian: bool = False

    @property
    def subtype(self) -> str:
        """The sample format that holds it: of more than 32 bits, DOUBLE as far as it goes."""
        if self.floating:
            return "FLOAT" if self.width == 4 else "DOUBLE"
        return _INTEGERS.get(self.width, "DOUBLE")


_INTEGERS = {1: "PCM_U8", 2: "PCM_16", 3: "PCM_24", 4: "PCM_32"}
STORAGES = {
    each.subtype: each
    for each in (*(Storage(False, width) for width in _INTEGERS), Storage(True, 4), Storage(True, 8))
}


def decode(
    data: bytes, storage: Storage, channels: int, dtype: DTypeLike = np.float64
) -> NDArray[np.floating]:
    """Return samples as numbers, full scale 1.0.

    Integers that fill their bytes only in part stand in the upper bits, as the format demands, so they need
    no case of their own.

    Parameters
    ----------
    data : bytes
        Whole frames.
    storage : Storage
    channels : int
    dtype : dtype, optional
        float64 or float32, of the result.

    Returns
    -------
    ndarray, shape (frames, channels)
        New memory. Exact, but for what has more than 53 bits, or 24 in float32, which is rounded once.
    """
    order = ">" if storage.big_endian else "<"
    width = storage.width
    samples: NDArray[np.floating]
    if storage.floating:
        with np.errstate(over="ignore"):  # beyond float32 there is infinity, as IEEE 754 has it
            samples = np.frombuffer(data, f"{order}f{width}").astype(dtype)
    elif width == 1:
        samples = np.subtract(np.frombuffer(data, np.uint8), 128.0, dtype=dtype)
        samples *= 2.0**-7
    elif width in (2, 4, 8):
        samples = np.multiply(np.frombuffer(data, f"{order}i{width}"), 2.0 ** (1 - 8 * width), dtype=dtype)
    elif width == 3 and not storage.big_endian:
        # Overlapping 32-bit integers, whose lowest byte is of the sample before: a third of the time.
        overlapping = np.ndarray((len(data) // 3,), "<i4", b"\0" + data, strides=(3,))
        samples = np.multiply(overlapping & -(1 << 8), 2.0**-31, dtype=dtype)
    else:
        whole = 4 if width == 3 else 8
        stored = np.frombuffer(data, np.uint8).reshape(-1, width)
        widened = np.zeros((len(stored), whole), np.uint8)
        widened[:, whole - width :] = stored[:, ::-1] if storage.big_endian else stored
        samples = np.multiply(widened.view(f"<i{whole}")[:, 0], 2.0 ** (1 - 8 * whole), dtype=dtype)
    return samples.reshape(-1, channels)


def encode(samples: NDArray[np.generic], subtype: str) -> bytes:
    """Return finished samples as bytes, least significant first.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
        As a `Quantiser` for the subtype returns them.
    subtype : str
        One of `STORAGES`.
    """
    match subtype:
        case "PCM_U8":
            return ((samples.astype(np.int16) >> 8) + 128).astype(np.uint8).tobytes()
        case "PCM_24":
            stored = samples.astype("<i4", copy=False).view(np.uint8).reshape(-1, 4)
            packed = np.empty((len(stored), 3), np.uint8)
            for byte in range(3):  # a fourth of the time that one assignment of rows takes
                packed[:, byte] = stored[:, byte + 1]
            return packed.tobytes()
    return samples.astype(samples.dtype.newbyteorder("<"), copy=False).tobytes()
