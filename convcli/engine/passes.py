"""One-dimensional correlations along one axis of a tile: the passes that several methods are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from convcli.engine.geometry import AxisGeometry
from convcli.engine.scratch import Scratch
from convcli.engine.structure import Weights
from convcli.engine.tiles import BLOCK

Array = NDArray[Any]

# Outputs computed by one matrix product. Wider blocks multiply more zeros, narrower ones reread more input
# (measured 2026-11-21 on a 2-core EPYC, with AVX2 and with AVX-512: 16 is best up to some 100 taps, by up to
# a fifth; beyond 200 it is 32).
_NARROW, _WIDE = BLOCK, 2 * BLOCK
_WIDE_FROM = 150

# Products are cut to this many multiply-adds, up to which OpenBLAS starts no threads of its own. The tiles
# have theirs: with both, two cores took twice as long as one, and ten times as long under wide kernels.
PRODUCT = 1 << 18

# The same for products of a matrix and a single line, which a block of one output leaves.
LINE_PRODUCT = 9216

# Samples that one product adds up: wider windows are cut into several, whose results are added. In double
# precision this leaves every product some 32 columns, without which it falls to half its speed; in single
# precision it also keeps the chains of roundings short, which lets wide kernels stay in that type.
_DEPTH = {4: 64, 8: 256}

# Fewer lines than these do not fill a product; copies of overlapping windows hold so many samples.
_FEW = 16
_COPIED = 1 << 18

# A shifted multiply-add of a whole tile takes as long as this many multiply-adds inside a matrix product,
# which a narrow kernel, or a long dilation or stride, spends on the zeros of its band. Starting the products
# takes as long as so many more.
_SHIFT = 9
_PRODUCTS = 22


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
        self._band = _band(weights, geometry, dtype)
        # The same cuts for blocks left over, whose windows are shorter: bounds on roundings count on them.
        self._depth = _depth(self._band.shape[1], dtype.itemsize)

    def __call__(self, tile: Array, scratch: Scratch) -> Array:
        """Correlate along the axis; shape as `tile` but for that axis."""
        axis, geometry = self._axis, self._geometry
        before, after = tile.shape[:axis], tile.shape[axis + 1 :]
        outputs = geometry.produced(tile.shape[axis])
        result = scratch.take((*before, outputs, *after), tile.dtype)
        lines = math.prod(before), math.prod(after)
        source = tile.reshape(lines[0], tile.shape[axis], lines[1])
        target = result.reshape(lines[0], outputs, lines[1])
        for start, stop, size in cuts(outputs, len(self._band)):
            span = geometry.span(size)
            first = start * geometry.stride
            blocks = target[:, start:stop].reshape(lines[0], -1, size, lines[1])
            windows = _windows(source[:, first:], span, size * geometry.stride, blocks.shape[1])
            self._sum(self._band[:size, :span], windows, blocks, scratch)
        return result

    def _sum(self, band: Array, windows: Array, blocks: Array, scratch: Scratch) -> None:
        """Blocks as sums of products, each with a part of the band and the windows' samples there."""
        depth, span = self._depth, band.shape[1]
        self._multiply(band[:, :depth], windows[..., :depth], blocks, scratch)
        if span <= depth:
            return
        product = scratch.take(blocks.shape, blocks.dtype)
        for first in range(depth, span, depth):
            samples = slice(first, first + depth)
            self._multiply(band[:, samples], windows[..., samples], product, scratch)
            np.add(blocks, product, out=blocks)
        scratch.give(product)

    @staticmethod
    def _multiply(band: Array, windows: Array, blocks: Array, scratch: Scratch) -> None:
        """Blocks (lines, count, size, columns) from windows (lines, count, columns, samples)."""
        most = PRODUCT if len(band) > 1 else LINE_PRODUCT
        chunk = max(16, most // band.size // 16 * 16)
        if windows.shape[2] == 1 and len(windows) < _FEW:
            _multiply_copies(band, windows[:, :, 0], blocks[..., 0], chunk, scratch)
            return
        if windows.shape[2] == 1:
            # Nothing stands behind the axis: lines take the place of columns, and the band stands right.
            rows, results = windows[:, :, 0].swapaxes(0, 1), blocks[..., 0].swapaxes(0, 1)
            for start, stop, size in cuts(rows.shape[1], _even(rows.shape[1], chunk)):
                left = split(rows[:, start:stop], 1, size)
                np.matmul(left, band.T, out=split(results[:, start:stop], 1, size))
            return
        for start, stop, size in cuts(windows.shape[2], _even(windows.shape[2], chunk)):
            right = split(windows[:, :, start:stop], 2, size).swapaxes(3, 4)
            np.matmul(band, right, out=split(blocks[..., start:stop], 3, size).swapaxes(2, 3))


def _multiply_copies(band: Array, windows: Array, blocks: Array, chunk: int, scratch: Scratch) -> None:
    """Blocks (lines, count, size) from windows (lines, count, samples) of a few long lines.

    The blocks take the place of columns. Their windows overlap, which no BLAS can read, so they are copied.
    """
    piece = max(_COPIED // windows.shape[2] // chunk, 1) * chunk
    for line, results in zip(windows, blocks, strict=True):
        for first in range(0, len(line), piece):
            rows = scratch.take(line[first : first + piece].shape, line.dtype)
            np.copyto(rows, line[first : first + piece])
            for start, stop, size in cuts(len(rows), chunk):
                out = split(results[first + start : first + stop], 0, size)
                np.matmul(split(rows[start:stop], 0, size), band.T, out=out)
            scratch.give(rows)


def _block(geometry: AxisGeometry) -> int:
    """Rows of the band. A long stride widens it: fewer rows then hold fewer zeros."""
    rows = _NARROW if geometry.extent < _WIDE_FROM else _WIDE
    return max(8, min(rows, 8 * rows // geometry.stride))


def _band(weights: Weights, geometry: AxisGeometry, dtype: np.dtype[Any]) -> Array:
    """Toeplitz matrix: a row of weights for each output of a block, over the samples they all read."""
    rows = _block(geometry)
    band = np.zeros((rows, geometry.span(rows)), dtype)
    for row in range(rows):
        first = row * geometry.stride
        band[row, first : first + geometry.extent : geometry.dilation] = weights
    return band


def product_count(geometry: AxisGeometry, itemsize: int) -> int:
    """How many matrix products a pass in floats of that size adds up for an output."""
    return -(-band_width(geometry) // _DEPTH[itemsize])


def _depth(span: int, itemsize: int) -> int:
    """Samples of one product, when a window is cut into as few equal parts as may be."""
    return -(-span // -(-span // _DEPTH[itemsize]))


def cuts(total: int, size: int) -> Iterator[tuple[int, int, int]]:
    """(start, stop, size) of the part that whole pieces cover, and of the rest as one piece."""
    whole = total // size * size
    if whole:
        yield 0, whole, size
    if whole < total:
        yield whole, total, total - whole


def _even(total: int, size: int) -> int:
    """A size that divides the total without a rest, if there is one not much smaller: one call fewer."""
    pieces = -(-total // size)
    return next((total // n for n in range(pieces, pieces + pieces // 4 + 2) if total % n == 0), size)


def _windows(source: Array, span: int, step: int, count: int) -> Array:
    """Overlapping views (lines, count, columns, span) of an array (lines, samples, columns)."""
    line, sample, column = source.strides
    shape = (source.shape[0], count, source.shape[2], span)
    return as_strided(source, shape, (line, step * sample, column, sample), writeable=False)


def split(array: Array, axis: int, size: int) -> Array:
    """View with one axis cut into pieces."""
    return array.reshape(*array.shape[:axis], -1, size, *array.shape[axis + 1 :])


Pass = ShiftPass | MatrixPass


def multiplies(weights: Weights, geometry: AxisGeometry, *, integer: bool) -> bool:
    """Whether a matrix product is the faster pass; integers are always shifted, which is exact."""
    return not integer and _PRODUCTS + band_width(geometry) < _SHIFT * int(np.count_nonzero(weights))


def band_width(geometry: AxisGeometry) -> int:
    """Multiply-adds of a matrix pass for one output, zeros included."""
    return geometry.span(_block(geometry))


def products(weights: Weights, geometry: AxisGeometry, itemsize: int) -> list[Array]:
    """The matrices whose products with a window's samples a matrix pass adds up, one after the other."""
    band = _band(weights, geometry, np.dtype(np.float64))
    depth = _depth(band.shape[1], itemsize)
    return [band[:, first : first + depth] for first in range(0, band.shape[1], depth)]


def pass_order(geometry: Sequence[AxisGeometry]) -> list[int]:
    """The most strided axis first: it leaves the next passes the least to do."""
    return sorted(range(len(geometry)), key=lambda i: -geometry[i].stride)


def make_pass(weights: Weights, geometry: AxisGeometry, axis: int, dtype: np.dtype[Any]) -> Pass:
    """The faster kind of pass for these taps."""
    if multiplies(weights, geometry, integer=dtype.kind in "iu"):
        return MatrixPass(weights, geometry, axis, dtype)
    return ShiftPass(weights, geometry, axis, dtype)


def weighted_sum(views: list[tuple[Array, Any]], scratch: Scratch) -> Array:
    """Sum of arrays of one shape, each times its weight.

    Floats are added in the order given. Integers are exact in any order: those whose weights differ in sign
    only, as in every symmetric kernel, are added up first and multiplied once.
    """
    first, *others = _groups(views)
    total = _scaled_sum(first, scratch)
    for group in others:
        if len(group) == 1 and abs(group[0][1]) == 1:
            _add(total, *group[0])
        else:
            part = _scaled_sum(group, scratch)
            np.add(total, part, out=total)
            scratch.give(part)
    return total


def _groups(views: list[tuple[Array, Any]]) -> list[list[tuple[Array, Any]]]:
    """What may be added up before it is multiplied: weights of one size, but floats not across others."""
    if all(abs(weight) == 1 for _, weight in views):
        return [views]
    if views[0][0].dtype.kind == "f":
        return [[view] for view in views]
    same: dict[int, list[tuple[Array, Any]]] = {}
    for view, weight in views:
        same.setdefault(abs(int(weight)), []).append((view, weight))
    return list(same.values())


def _scaled_sum(group: list[tuple[Array, Any]], scratch: Scratch) -> Array:
    """Sum of arrays times weights that differ in sign only: the signs first, their size at the end."""
    (first, weight), *others = group
    total = scratch.take(first.shape, first.dtype)
    if not others:
        np.multiply(first, weight, out=total)
        return total
    second, sign = others[0]
    if weight > 0:
        (np.add if sign > 0 else np.subtract)(first, second, out=total)
    elif sign > 0:
        np.subtract(second, first, out=total)
    else:
        np.add(first, second, out=total)
        np.negative(total, out=total)
    for view, sign in others[1:]:
        _add(total, view, sign)
    if abs(weight) != 1:
        np.multiply(total, abs(weight), out=total)
    return total


def _add(total: Array, view: Array, sign: Any) -> None:
    (np.add if sign > 0 else np.subtract)(total, view, out=total)
