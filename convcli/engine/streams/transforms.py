"""Lengths of the Fourier transforms that convolve a stream with a long response."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

# Nanoseconds of one core for one element's share of a forward and an inverse real transform and the product
# between, for each log2 N + 4 and each byte of the element. Measured on 2026-11-21 on one core of an AMD EPYC
# (family 26) with NumPy 2.4, as all constants here.
_TRANSFORM = 0.04
# Longer transforms leave the cache: each doubling then slows them down by this part.
_CACHED = 1 << 18
_SLOWDOWN = 0.4
# Multiplying and adding one more partition of the response, for each byte of an output sample.
_PARTITION = 0.18
# Storing a sample on arrival and writing it out.
_HANDLING = 1.0
# Starting a group of transforms.
_START = 40_000.0

# pocketfft transforms as many rows at once as fit 16 bytes side by side.
_LANE_BYTES = 16
# Groups of short transforms hold so many bytes, so that threads meet rarely.
_GROUP_BYTES = 1 << 20

_SHORTEST = 1 << 10
# A response is cut into partitions rather than transformed at a greater length: beyond this the cache and the
# memory for several rows at a time are exhausted.
_LONGEST = 5 << 16


@dataclass(frozen=True, slots=True)
class Transforms:
    """How a stream is cut for overlap-save with a response of `length` frames.

    A transform reads the `overlap` frames before a hop and the `hop` itself, and yields the outputs of the
    hop. A group of `batch` successive hops of all channels is transformed in one call.

    Attributes
    ----------
    length : int
        Frames of the response.
    fft_length : int
        Samples of one transform.
    hop : int
        Frames from one transform to the next.
    partitions : int
        Pieces of `hop` frames that the response is cut into; 1: it is transformed whole.
    batch : int
        Hops of a group.
    """

    length: int
    fft_length: int
    hop: int
    partitions: int
    batch: int

    @property
    def overlap(self) -> int:
        """Frames that a transform shares with the one before."""
        return self.fft_length - self.hop

    @property
    def bins(self) -> int:
        """Frequencies of a spectrum."""
        return self.fft_length // 2 + 1

    @property
    def span(self) -> int:
        """Frames that a group yields."""
        return self.batch * self.hop


def choose(
    length: int, *, inputs: int, dtype: np.dtype[Any], products: int = 1, frames: int | None = None
) -> Transforms:
    """Return the cut that costs least per output frame.

    The choice depends on the arguments alone, so that a stream's output does not depend on the machine's
    load or its number of threads.

    Parameters
    ----------
    length : int
        Frames of the response.
    inputs : int
        Channels of the signal.
    dtype : dtype
        float32 or float64.
    products : int
        Responses that are added up for one output channel.
    frames : int, optional
        Frames of the signal, if known: short ones get shorter transforms.

    Raises
    ------
    ValueError
        There are no transforms of that type.
    """
    if dtype not in (np.float32, np.float64):
        raise ValueError(f"dtype {dtype}: transforms are computed in float32 or float64")
    cuts = [
        _cut(length, fft_length, inputs=inputs, itemsize=dtype.itemsize) for fft_length in _lengths(length)
    ]

    def price(cut: Transforms) -> tuple[float, int]:
        cost = nanoseconds(cut, inputs=inputs, dtype=dtype, products=products, frames=frames)
        return cost, cut.fft_length

    return min(cuts, key=price)


def nanoseconds(
    cut: Transforms, *, inputs: int, dtype: np.dtype[Any], products: int = 1, frames: int | None = None
) -> float:
    """Return what an output frame costs one core, all channels together."""
    slow = 1.0 + _SLOWDOWN * max(0.0, math.log2(cut.fft_length / _CACHED))
    element = _TRANSFORM * dtype.itemsize * (math.log2(cut.fft_length) + 4) * slow
    element += _PARTITION * dtype.itemsize * (cut.partitions * products - 1) / 2
    group = _START + element * cut.fft_length * cut.batch * inputs
    # A signal that ends within a group pays for all of it.
    outputs = cut.span if frames is None else max(frames + cut.length - 1, 1)
    return group * -(-outputs // cut.span) / outputs + _HANDLING * inputs


def _lengths(length: int) -> list[int]:
    """Transform lengths to consider, from short ones, for partitions, to many times the response."""
    largest = min(16 * max(length, _SHORTEST), _LONGEST)
    sizes = [1 << power for power in range(_SHORTEST.bit_length() - 1, largest.bit_length())]
    return sorted(n for size in sizes for n in (size, size * 5 // 4, size * 3 // 2) if n <= largest)


def _cut(length: int, fft_length: int, *, inputs: int, itemsize: int) -> Transforms:
    """The cut with transforms of a given length."""
    lanes = _LANE_BYTES // itemsize
    # The fewest hops whose rows fill all lanes; of short ones, several times as many.
    fewest = lanes // math.gcd(lanes, inputs)
    batch = fewest * max(1, _GROUP_BYTES // (fewest * inputs * fft_length * itemsize))
    hop = fft_length - length + 1
    # Whole, unless most of a transform would be overlap.
    if hop >= fft_length // 4:
        return Transforms(length, fft_length, hop, 1, batch)
    hop = fft_length // 2
    return Transforms(length, fft_length, hop, -(-length // hop), batch)
