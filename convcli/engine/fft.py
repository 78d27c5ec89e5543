"""Large kernels: overlap-save tiles through batched real FFTs, with the kernel's spectrum computed once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convcli.engine.geometry import AxisGeometry
from convcli.engine.scratch import Scratch
from convcli.engine.structure import Weights

Array = NDArray[Any]

# Transforms above this many bytes leave the cache: each doubling then slows them down by this part. Lengths
# with factors 3 and 5 are slower than powers of two, by this part for each binary digit of those factors
# (measured 2026-11-21 on a 2-core EPYC with both at work, from 128 x 128 to 2048 x 2400).
_CACHED = 1 << 20
_SLOWDOWN = {4: 0.27, 8: 0.35}
_ODD = 0.03

# Beside log2 N, each element of a transform pays for being moved: as much as this adds.
_MOVED = 16

# Starting a tile costs about as much as transforming this many elements once more.
_START = 6_000

# Transforms above this many bytes need memory that the system has to clear first, and slow down once more.
_LARGE = 6 << 20
_CLEARED = 1.3

# Asking for a tile's memory costs each element as much as adding this to log2 N would.
_FRESH = 25

# Short transforms are batched up to this many elements, to let them share the cost of a call.
BATCH = 1 << 18


@lru_cache(maxsize=4096)
def next_fast_length(minimum: int) -> int:
    """Smallest integer >= minimum whose only prime factors are 2, 3 and 5."""
    if minimum <= 6:
        return max(minimum, 1)
    best = 1 << (minimum - 1).bit_length()
    five = 1
    while five < best:
        three = five
        while three < best:
            # The power of two that lifts 3^a 5^b to the minimum.
            quotient = -(-minimum // three)
            best = min(best, three << (quotient - 1).bit_length())
            three *= 3
        five *= 5
    return best


@lru_cache(maxsize=256)
def transform_shape(geometry: tuple[AxisGeometry, ...], planes: int, itemsize: int) -> tuple[int, ...]:
    """Transform lengths, one an axis, that cost least per output.

    Parameters
    ----------
    geometry : tuple of AxisGeometry
        The convolved axes.
    planes : int
        How many arrays of these axes alone there are, such as a picture's channels.
    itemsize : int
        Bytes of a sample in a tile.

    Notes
    -----
    A transform of N samples yields (N - extent) // stride + 1 outputs an axis: short ones waste their
    overlap, long ones leave the cache. Candidates cut each axis into 1, 2, 3, 4, 6, 8 ... equal parts, or
    take powers of two and the like.
    """
    candidates = [_lengths(g) for g in geometry]
    return min(product(*candidates), key=lambda lengths: (cost(lengths, geometry, planes, itemsize), lengths))


def cost(lengths: Sequence[int], geometry: Sequence[AxisGeometry], planes: int, itemsize: int) -> float:
    """Relative work per output with these transform lengths: about N log N for each that it takes.

    To this comes what is done once, over all outputs: the kernel's spectrum, and memory for the tiles.
    """
    elements = math.prod(lengths)
    outputs = math.prod(max(g.out, 1) for g in geometry)
    count = math.prod(-(-max(g.out, 1) // g.produced(n)) for n, g in zip(lengths, geometry, strict=True))
    slow = 1.0 + sum(_ODD * math.log2(n // (n & -n)) for n in lengths)
    if elements * itemsize > _CACHED:
        slow *= 1.0 + _SLOWDOWN[itemsize] * math.log2(elements * itemsize / _CACHED)
    if elements * itemsize > _LARGE:
        slow *= _CLEARED
    share = math.log2(elements) + _MOVED
    once = elements * (share / 2 + _FRESH) / planes
    return ((elements * slow + _START) * share * count + once) / outputs


def _lengths(geometry: AxisGeometry) -> list[int]:
    outputs = max(geometry.out, 1)
    lengths: set[int] = set()
    parts = 1
    while True:
        for split in (parts, parts + parts // 2):
            least = geometry.span(-(-outputs // split))
            lengths.update((next_fast_length(least), 1 << (least - 1).bit_length(), _three_halves(least)))
        # Past this, most of a transform would be overlap.
        if parts >= outputs or outputs // parts * geometry.stride < geometry.extent // 2:
            return sorted(lengths)
        parts *= 2


def _three_halves(minimum: int) -> int:
    """Smallest 3 * 2**n that is not below the minimum."""
    return 3 << max((-(-minimum // 3) - 1).bit_length(), 0)


class Fft:
    """Correlation of tiles whose convolved axes are the last ones.

    Parameters
    ----------
    weights : ndarray of float64
        The kernel, one dimension for each convolved axis.
    geometry : sequence of AxisGeometry
        The convolved axes.
    lengths : sequence of int
        Transform lengths along them.
    dtype : dtype
        Element type of the tiles, float32 or float64.
    keep : bool
        Whether tiles are to be left unchanged.
    """

    def __init__(
        self,
        weights: Weights,
        geometry: Sequence[AxisGeometry],
        lengths: Sequence[int],
        dtype: np.dtype[Any],
        *,
        keep: bool = True,
    ) -> None:
        self._keep = keep
        self._geometry = tuple(geometry)
        self._lengths = tuple(lengths)
        self._axes = tuple(range(-len(lengths), 0))
        # With the default norm, whose factor is the integer 1, NumPy transforms floats as doubles, converted
        # there and back, which takes up to eight times as long. A factor that is a float keeps it single, as
        # fast as scipy.fft; there and back both norms come to the same.
        self._norm: Literal["ortho"] | None = "ortho" if dtype == np.float32 else None
        spread = np.zeros([g.extent for g in geometry])
        spread[tuple(slice(None, None, g.dilation) for g in geometry)] = weights
        # The conjugate spectrum correlates: output n starts at sample n, and only samples past
        # length - extent wrap around, which are dropped.
        spectrum = np.conj(np.fft.rfftn(spread, s=self._lengths, axes=self._axes))
        self._spectrum = spectrum.astype(np.result_type(dtype, np.complex64), copy=False)

    def __call__(self, tile: Array, scratch: Scratch) -> Array:
        """Outputs of a tile that holds its halo, in its own precision."""
        sizes = tile.shape[-len(self._lengths) :]
        padded = self._padded(tile, scratch)
        spectrum = scratch.take((*padded.shape[:-1], self._spectrum.shape[-1]), self._spectrum.dtype)
        np.fft.rfft(padded, axis=-1, norm=self._norm, out=spectrum)
        if padded is not tile or not self._keep:
            # Its memory will do for the result.
            scratch.give(padded)
        for axis in self._axes[:-1]:
            np.fft.fft(spectrum, axis=axis, norm=self._norm, out=spectrum)
        np.multiply(spectrum, self._spectrum, out=spectrum)
        for axis in self._axes[:-1]:
            np.fft.ifft(spectrum, axis=axis, norm=self._norm, out=spectrum)
        kept: list[slice] = [
            slice(0, (g.produced(size) - 1) * g.stride + 1, g.stride)
            for g, size in zip(self._geometry, sizes, strict=True)
        ]
        # Of the last transforms only the lines that are kept.
        lines = spectrum[_last([*kept[:-1], slice(None)])]
        result = scratch.take((*lines.shape[:-1], self._lengths[-1]), tile.dtype)
        np.fft.irfft(lines, n=self._lengths[-1], axis=-1, norm=self._norm, out=result)
        outputs: Array = result[..., kept[-1]]
        return outputs

    def _padded(self, tile: Array, scratch: Scratch) -> Array:
        """The tile with zeros up to the transform lengths; the tile itself if it has them."""
        sizes = tile.shape[-len(self._lengths) :]
        if sizes == self._lengths:
            return tile
        padded = scratch.take((*tile.shape[: -len(sizes)], *self._lengths), tile.dtype)
        padded[...] = 0
        padded[_last([slice(size) for size in sizes])] = tile
        return padded


def _last(parts: Sequence[slice]) -> Any:
    """Index of slices along the last axes."""
    return (..., *parts)
