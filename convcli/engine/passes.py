"""One-dimensional correlations along one axis of a tile: the passes that several methods are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from convcli.engine.geometry import AxisGeometry
from convcli.engine.scratch import Scratch
from convcli.engine.structure import Weights

Array = NDArray[Any]

# Outputs computed by one matrix product. Wider blocks multiply more zeros, narrower ones reread more input
# (measured 2026-11-21 on a 2-core EPYC: 32 is best, or close to it, from 17 to 161 taps).
BLOCK = 32

# Products are cut to this many multiply-adds, below which OpenBLAS starts no threads of its own. The tiles
# have theirs: with both, two cores took twice as long as one.
_PRODUCT = 1 << 18

# Up to this many taps shifted multiply-adds beat a matrix product.
SHORT = 3


def part(axis: int, start: int, count: int, step: int) -> tuple[slice, ...]:
    """Index of `count` samples, `step` apart, along one axis."""
    return (slice(None),) * axis + (slice(start, start + (count - 1) * step + 1, step),)


class ShiftPass:
    """One shifted multiply-add of the whole tile for each non-zero tap."""

    def __init__(self, weights: Weights, geometry: AxisGeometry, axis: int, dtype: np.dtype[Any]) -> None:
        self._geometry = geometry
        self._axis = axis
        self._taps = [(j * geometry.dilation, dtype.type(w)) for j, w in enumerate(weights) if w != 0]

    def __call__(self, tile: Array, scratch: Scratch) -> Array:
        """Correlate along the axis; shape as `tile` but for that axis."""
        outputs = self._geometry.produced(tile.shape[self._axis])
        views = [(tile[part(self._axis, at, outputs, self._geometry.stride)], w) for at, w in self._taps]
        if not views:
            return np.zeros_like(tile[part(self._axis, 0, outputs, 1)])
        return weighted_sum(views, scratch)


class MatrixPass:
    """Blocks of outputs as products with a banded Toeplitz matrix, at the speed of the BLAS."""

    def __init__(self, weights: Weights, geometry: AxisGeometry, axis: int, dtype: np.dtype[Any]) -> None:
        self._geometry = geometry
        self._axis = axis
        # A long stride or dilation widens the band: fewer rows then hold fewer zeros.
        self._block = max(8, min(BLOCK, 8 * BLOCK // geometry.stride))
        band = np.zeros((self._block, geometry.span(self._block)), dtype)
        for row in range(self._block):
            first = row * geometry.stride
            band[row, first : first + geometry.extent : geometry.dilation] = weights
        self._band = band

    def __call__(self, tile: Array, scratch: Scratch) -> Array:
        """Correlate along the axis; shape as `tile` but for that axis."""
        axis, geometry = self._axis, self._geometry
        before, after = tile.shape[:axis], tile.shape[axis + 1 :]
        outputs = geometry.produced(tile.shape[axis])
        result = scratch.take((*before, outputs, *after), tile.dtype)
        lines = int(np.prod(before, dtype=np.int64)), int(np.prod(after, dtype=np.int64))
        source = tile.reshape(lines[0], tile.shape[axis], lines[1])
        target = result.reshape(lines[0], outputs, lines[1])
        for start, stop, size in _cuts(outputs, self._block):
            span = geometry.span(size)
            first = start * geometry.stride
            windows = sliding_window_view(source[:, first:], span, axis=1)[:, :: size * geometry.stride]
            blocks = target[:, start:stop].reshape(lines[0], -1, size, lines[1])
            self._multiply(self._band[:size, :span], windows[:, : blocks.shape[1]], blocks)
        return result

    @staticmethod
    def _multiply(band: Array, windows: Array, blocks: Array) -> None:
        """Blocks (lines, count, size, columns) from windows (lines, count, columns, samples)."""
        chunk = max(16, _PRODUCT // band.size // 16 * 16)
        if windows.shape[2] == 1:
            # Nothing stands behind the axis: lines take the place of columns, and the band stands right.
            rows, results = windows[:, :, 0].swapaxes(0, 1), blocks[..., 0].swapaxes(0, 1)
            for start, stop, size in _cuts(rows.shape[1], chunk):
                left = _split(rows[:, start:stop], 1, size)
                np.matmul(left, band.T, out=_split(results[:, start:stop], 1, size))
            return
        for start, stop, size in _cuts(windows.shape[2], chunk):
            right = _split(windows[:, :, start:stop], 2, size).swapaxes(3, 4)
            np.matmul(band, right, out=_split(blocks[..., start:stop], 3, size).swapaxes(2, 3))


def _cuts(total: int, size: int) -> Iterator[tuple[int, int, int]]:
    """(start, stop, size) of the part that whole pieces cover, and of the rest as one piece."""
    whole = total // size * size
    if whole:
        yield 0, whole, size
    if whole < total:
        yield whole, total, total - whole


def _split(array: Array, axis: int, size: int) -> Array:
    """View with one axis cut into pieces."""
    return array.reshape(*array.shape[:axis], -1, size, *array.shape[axis + 1 :])


Pass = ShiftPass | MatrixPass


def make_pass(weights: Weights, geometry: AxisGeometry, axis: int, dtype: np.dtype[Any]) -> Pass:
    """The faster kind of pass for these taps; integers are always shifted, which is exact."""
    if dtype.kind in "iu" or np.count_nonzero(weights) <= SHORT:
        return ShiftPass(weights, geometry, axis, dtype)
    return MatrixPass(weights, geometry, axis, dtype)


def weighted_sum(views: list[tuple[Array, Any]], scratch: Scratch) -> Array:
    """Sum of arrays of one shape, each times its weight, in the order given."""
    first, weight = views[0]
    total = scratch.take(first.shape, first.dtype)
    np.multiply(first, weight, out=total)
    product = scratch.take(first.shape, first.dtype)
    for view, weight in views[1:]:
        if weight == 1:
            np.add(total, view, out=total)
        else:
            np.multiply(view, weight, out=product)
            np.add(total, product, out=total)
    scratch.give(product)
    return total
