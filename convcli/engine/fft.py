"""Large kernels: overlap-save tiles through batched real FFTs, with the kernel's spectrum computed once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.geometry import AxisGeometry
from convcli.engine.scratch import Scratch
from convcli.engine.structure import Weights

Array = NDArray[Any]

COMPLEX = np.dtype(np.complex128)

# Transforms above this many elements leave the cache: each doubling then slows them down by this part
# (measured 2026-11-21 on a 2-core EPYC, up to 3000 x 4000).
_CACHED = 1 << 18
_SLOWDOWN = 0.2

# Starting a tile costs about as much as transforming this many elements once more.
_START = 10_000

# Asking for a tile's memory costs about as much as this share of log2 N when its samples are transformed.
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
def transform_shape(geometry: tuple[AxisGeometry, ...], planes: int) -> tuple[int, ...]:
    """Transform lengths, one an axis, that cost least per output.

    Parameters
    ----------
    geometry : tuple of AxisGeometry
        The convolved axes.
    planes : int
        How many arrays of these axes alone there are, such as a picture's channels.

    Notes
    -----
    A transform of N samples yields (N - extent) // stride + 1 outputs an axis: short ones waste their
    overlap, long ones leave the cache. Candidates cut each axis into 1, 2, 3, 4, 6, 8 ... equal parts.
    """
    candidates = [_lengths(g) for g in geometry]
    return min(product(*candidates), key=lambda lengths: (cost(lengths, geometry, planes), lengths))


def cost(lengths: Sequence[int], geometry: Sequence[AxisGeometry], planes: int) -> float:
    """Relative work per output with these transform lengths: N log N over the outputs kept.

    To this comes what is done once, over all outputs: the kernel's spectrum, and memory for the tiles.
    """
    elements = math.prod(lengths)
    kept = math.prod(min(g.produced(n), max(g.out, 1)) for n, g in zip(lengths, geometry, strict=True))
    slow = 1.0 if elements <= _CACHED else 1.0 + _SLOWDOWN * math.log2(elements / _CACHED)
    share = math.log2(elements) + 4
    once = elements * (share / 2 + _FRESH) / (planes * math.prod(max(g.out, 1) for g in geometry))
    return (elements * slow + _START) * share / kept + once


def _lengths(geometry: AxisGeometry) -> list[int]:
    outputs = max(geometry.out, 1)
    lengths = set()
    parts = 1
    while True:
        for split in (parts, parts + parts // 2):
            lengths.add(next_fast_length(geometry.span(-(-outputs // split))))
        # Past this, most of a transform would be overlap.
        if parts >= outputs or outputs // parts * geometry.stride < geometry.extent // 2:
            return sorted(lengths)
        parts *= 2


class Fft:
    """Correlation of tiles whose convolved axes are the last ones."""

    def __init__(self, weights: Weights, geometry: Sequence[AxisGeometry], lengths: Sequence[int]) -> None:
        self._geometry = tuple(geometry)
        self._lengths = tuple(lengths)
        self._axes = tuple(range(-len(lengths), 0))
        spread = np.zeros([g.extent for g in geometry])
        spread[tuple(slice(None, None, g.dilation) for g in geometry)] = weights
        # The conjugate spectrum correlates: output n starts at sample n, and only samples past
        # length - extent wrap around, which are dropped.
        self._spectrum = np.conj(np.fft.rfftn(spread, s=self._lengths, axes=self._axes))

    def __call__(self, tile: Array, scratch: Scratch) -> Array:
        """Outputs of a tile that holds its halo, in double precision."""
        batch, sizes = tile.shape[: -len(self._lengths)], tile.shape[-len(self._lengths) :]
        padded = self._padded(tile, scratch)
        shape = (*batch, *self._spectrum.shape)
        spectrum, other = scratch.take(shape, COMPLEX), scratch.take(shape, COMPLEX)
        np.fft.rfft(padded, axis=-1, out=spectrum)
        for axis in self._axes[:-1]:
            spectrum, other = np.fft.fft(spectrum, axis=axis, out=other), spectrum
        np.multiply(spectrum, self._spectrum, out=spectrum)
        for axis in self._axes[:-1]:
            spectrum, other = np.fft.ifft(spectrum, axis=axis, out=other), spectrum
        # Not into the tile, which may be needed again.
        result = scratch.take((*batch, *self._lengths), tile.dtype)
        np.fft.irfft(spectrum, n=self._lengths[-1], axis=-1, out=result)
        kept: list[slice] = [
            slice(0, (g.produced(size) - 1) * g.stride + 1, g.stride)
            for g, size in zip(self._geometry, sizes, strict=True)
        ]
        outputs: Array = result[_last(kept)]
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
