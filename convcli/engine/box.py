"""Constant kernels: sums over windows of any width, exact in integers.

Doubling takes about 2 log2(width) additions, differences of running totals always the same time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.geometry import AxisGeometry
from convcli.engine.passes import part
from convcli.engine.precision import FLOAT32, FLOAT64, Range, integer_dtype
from convcli.engine.scratch import Scratch

Array = NDArray[Any]

# A tile of more bytes is summed strip by strip, each of the size below or with contiguous runs that long.
# The doubled sums would take three times the tile's own memory, fresh from the system. Touching it first
# takes up to 2 ns a byte, forty additions' time (measured 2026-11-21 on a virtual machine whose host had
# reclaimed the pages; 0.05 ns where it had not).
_WHOLE = 8 << 20
_STRIP = 1 << 20
_RUN = 192

# Running totals along an axis take as long as some five additions whatever the width, where neighbours along
# it lie within so many bytes and share cache lines; elsewhere ten times as long (measured 2026-11-21).
_TOTALS = 5
_ACCUMULATED = 24
_NEAR = 16


class Box:
    """Window sums of tiles, scaled by the kernel's one weight.

    Integers are summed exactly, in types that widen from pass to pass, and divided once. Floats are scaled
    before they are summed, so that large values do not overflow on the way to a moderate average.

    Parameters
    ----------
    weight : float
        The value of every weight.
    geometry : sequence of AxisGeometry
        The convolved axes.
    axes : sequence of int
        Where they stand in a tile.
    work, out : dtype
        Element types to compute in and of the result.
    values : Range
        What the input may hold.
    """

    def __init__(
        self,
        weight: float,
        geometry: Sequence[AxisGeometry],
        axes: Sequence[int],
        *,
        work: np.dtype[Any],
        out: np.dtype[Any],
        values: Range,
    ) -> None:
        self._divisor = _divisor(weight)
        self._weight = weight
        self._out = out
        self._integer = work.kind in "iu"
        self._bound = 0
        self._passes: list[tuple[AxisGeometry, int, np.dtype[Any]]] = []
        windows = 1
        for axis, g in zip(axes, geometry, strict=True):
            windows *= g.taps
            narrow = sum_dtype(values, windows, weight) if self._integer else None
            self._passes.append((g, axis, narrow or work))
        if self._integer:
            self._bound = windows * int(values.peak)
        self.tile_dtype = self._passes[0][2]
        if self._integer and len(geometry) > 1 and math.prod(g.extent for g in geometry) > _WHOLE:
            # One window alone is summed strip by strip, which may as well widen it: less memory to fill.
            self.tile_dtype = sum_dtype(values, 1, 1.0) or self.tile_dtype

    def __call__(self, tile: Array, scratch: Scratch) -> Array:
        """Outputs of a tile that holds its halo; integers come back already rounded when that is exact."""
        if not self._integer:
            self._scale(tile)
        for geometry, axis, dtype in self._passes:
            if tile.nbytes > _WHOLE and tile.ndim > 1:
                tile = _by_strips(tile, geometry, axis, dtype, scratch)
                continue
            if tile.dtype != dtype:
                narrow, tile = tile, scratch.take(tile.shape, dtype)
                np.copyto(tile, narrow)
                scratch.give(narrow)
            tile = window_sums(tile, geometry, axis, scratch)
        return self._averaged(tile, scratch) if self._integer else tile

    def _scale(self, values: Array) -> None:
        """Divide by a whole number or multiply by the weight, in place."""
        if self._divisor > 1:
            np.divide(values, values.dtype.type(self._divisor), out=values)
        elif self._divisor == 0:
            np.multiply(values, values.dtype.type(self._weight), out=values)

    def _averaged(self, sums: Array, scratch: Scratch) -> Array:
        if self._divisor == 1:
            return sums
        if self._weight.is_integer():
            np.multiply(sums, sums.dtype.type(self._weight), out=sums)
            return sums
        if self._out.kind in "iu" and self._divisor % 2 == 1 and self._divisor <= np.iinfo(sums.dtype).max:
            # An odd divisor knows no ties, so rounding is adding half of it and dividing downwards.
            return self._divided(sums)
        quotients = scratch.take(sums.shape, self._quotient_dtype())
        np.copyto(quotients, sums, casting="unsafe")
        self._scale(quotients)
        return quotients

    def _divided(self, sums: Array) -> Array:
        half = self._divisor // 2
        if self._bound + half > np.iinfo(sums.dtype).max:
            # Adding half would leave the type: round by the remainder instead.
            quotient, rest = np.divmod(sums, sums.dtype.type(self._divisor))
            np.add(quotient, rest > half, out=sums)
            return sums
        np.add(sums, sums.dtype.type(half), out=sums)
        np.floor_divide(sums, sums.dtype.type(self._divisor), out=sums)
        return sums

    def _quotient_dtype(self) -> np.dtype[Any]:
        # Single precision errs by two roundings, some 1e-5 of an 8-bit value.
        short = self._out.itemsize == 1 or self._out in (FLOAT32, np.float16)
        return FLOAT32 if short else FLOAT64


def sum_dtype(values: Range, windows: int, weight: float) -> np.dtype[Any] | None:
    """Smallest integer type that holds a sum of that many inputs, and a whole weight times it, or None."""
    if not values.whole:
        return None
    factor = int(weight) if weight.is_integer() else 1
    sums = [windows * int(value) for value in (values.low, values.high)]
    reached = [*sums, *(factor * value for value in sums), factor, 0]
    return integer_dtype(min(reached), max(reached))


def window_sums(tile: Array, geometry: AxisGeometry, axis: int, scratch: Scratch) -> Array:
    """Sums of `taps` samples, `dilation` apart, at every `stride`-th sample along an axis.

    Doubling gives the sums of 1, 2, 4 ... samples; those named by the binary digits of the width are added
    side by side. Wide windows of integers along a contiguous axis are differences of running totals.

    Parameters
    ----------
    tile : ndarray
        Numbers of a type that holds the sums.
    geometry : AxisGeometry
        Taps, dilation and stride along the axis.
    axis : int
        The axis of the tile.
    scratch : Scratch
        Memory for the sums.

    Returns
    -------
    ndarray
        Shape as `tile` but for that axis. Sums of one sample are a view of the tile; all others may be
        overwritten.
    """
    outputs = geometry.produced(tile.shape[axis])
    if _accumulates(geometry, tile.dtype, math.prod(tile.shape[axis + 1 :])):
        return _differences(tile, geometry, axis, outputs, scratch)
    pieces: list[Array] = []
    doubled, width, offset = tile, 1, 0
    total: Array | None = None
    while True:
        if geometry.taps & width:
            pieces.append(doubled[part(axis, offset, outputs, geometry.stride)])
            offset += width * geometry.dilation
        if len(pieces) == 2:
            if total is None:
                total = scratch.take(pieces[0].shape, tile.dtype)
            np.add(pieces[0], pieces[1], out=total)
            pieces = [total]
        if 2 * width > geometry.taps:
            return pieces[0]
        narrower = doubled
        shift, length = width * geometry.dilation, doubled.shape[axis]
        left, right = (doubled[part(axis, start, length - shift, 1)] for start in (0, shift))
        doubled = np.add(left, right, out=scratch.take(left.shape, tile.dtype))
        if narrower is not tile and not any(np.shares_memory(narrower, piece) for piece in pieces):
            scratch.give(narrower)
        width *= 2


def additions(geometry: AxisGeometry, dtype: np.dtype[Any], behind: int) -> int:
    """How many additions of the whole tile the sums along an axis take, or take as long as.

    Parameters
    ----------
    geometry : AxisGeometry
        The axis.
    dtype : dtype
        Element type of the sums.
    behind : int
        Samples from one to the next along the axis in memory.
    """
    if _accumulates(geometry, dtype, behind):
        return _TOTALS
    return geometry.taps.bit_length() + geometry.taps.bit_count() - 2


def _accumulates(geometry: AxisGeometry, dtype: np.dtype[Any], behind: int) -> bool:
    """Whether running totals are faster: in integers, where they are exact though they wrap around."""
    near = behind * dtype.itemsize <= _NEAR
    return dtype.kind in "iu" and near and geometry.dilation == 1 and geometry.taps >= _ACCUMULATED


def _differences(tile: Array, geometry: AxisGeometry, axis: int, outputs: int, scratch: Scratch) -> Array:
    """Window sums as differences of running totals, which begin with 0."""
    shape = list(tile.shape)
    shape[axis] += 1
    totals = scratch.take(shape, tile.dtype)
    totals[part(axis, 0, 1, 1)] = 0
    np.add.accumulate(tile, axis=axis, dtype=tile.dtype, out=totals[part(axis, 1, tile.shape[axis], 1)])
    ends, starts = (totals[part(axis, first, outputs, geometry.stride)] for first in (geometry.taps, 0))
    sums = np.subtract(ends, starts, out=scratch.take(starts.shape, tile.dtype))
    scratch.give(totals)
    return sums


def _by_strips(
    tile: Array, geometry: AxisGeometry, axis: int, dtype: np.dtype[Any], scratch: Scratch
) -> Array:
    """Window sums in a type that holds them, strip after strip; the tile itself is given back."""
    shape = list(tile.shape)
    shape[axis] = geometry.produced(tile.shape[axis])
    # Cut across the axis, where the tile is longest.
    across = max((i for i in range(tile.ndim) if i != axis), key=lambda i: tile.shape[i])
    length = tile.shape[across]
    run = math.prod(tile.shape[across + 1 :]) if across > axis else _RUN
    step = max(_STRIP * length // (tile.size * dtype.itemsize), -(-_RUN // run), 1)
    result, inner = scratch.take(shape, dtype), Scratch()
    for start in range(0, length, step):
        strip = tile[part(across, start, min(step, length - start), 1)]
        if strip.dtype != dtype:
            narrow, strip = strip, inner.take(strip.shape, dtype)
            np.copyto(strip, narrow)
        sums = window_sums(strip, geometry, axis, inner)
        np.copyto(result[part(across, start, sums.shape[across], 1)], sums)
        inner.reset()
    scratch.give(tile)
    return result


def _divisor(weight: float) -> int:
    """The whole number n for a weight of 1 / n, else 0."""
    inverse = 1.0 / weight
    nearest = round(inverse) if 1 <= inverse < 2**53 else 0
    return nearest if nearest and abs(weight * nearest - 1.0) <= 4 * np.finfo(np.float64).eps else 0
