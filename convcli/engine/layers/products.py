"""Sums over taps and channels, for all positions of a tile at once.

Three ways lead there, and `choose` takes the one that costs least:

*shifted*   For each tap a matrix product of its weights with the samples it reads. Those lie in the tile as
            they are, from one offset on: rows follow each other with a few samples between them, whose
            products are computed and left. Nothing is copied.
*gathered*  The samples of several taps are copied together, so that one product has them all.
*single*    Multiply-adds of whole arrays: for a channel or two, which fill no product.

Every product has one position to a column, so NaN and infinity reach the outputs that read them, no others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from convcli.engine.layers.lattice import Part
from convcli.engine.passes import LINE_PRODUCT, PRODUCT, cuts, split
from convcli.engine.scratch import Scratch

Array = NDArray[Any]
Method = Literal["shifted", "gathered", "single"]

# Terms of a sum that one product has, and outputs that it makes: with as many positions products are of a
# size up to which OpenBLAS starts no threads of its own, and as fast as larger ones.
_DEPTH = 64
_HEIGHT = 64

# Bytes of products that are computed by one call before they are added up: few calls where positions are few.
_HELD = 1 << 19

# Nanoseconds in single precision (measured 2026-11-21 on one core of a Sapphire Rapids Xeon at 2.6 GHz); in
# other types all of them grow alike, but for the multiply-adds of integers, which have no BLAS.
_MULTIPLY_ADD = 0.0145  # inside a product
_INTEGER_MULTIPLY_ADD = 0.65
_OUTPUT = 0.08  # an output of a product
_LONE = 1.5  # the same of a product of a single term, which NumPy does not hand to the BLAS
_READ, _LINE_READ = 0.07, 0.35  # a sample that a product reads, or one of a matrix and a line
_ADD = 0.10  # adding two arrays, an element
_SCALE = 0.30  # an array times weights, an element
_COPY, _RUN = 0.16, 4.0  # copying, an element, and a run of neighbours
_ARRANGE = 2.5  # bringing a weight to its place


@dataclass(frozen=True, slots=True)
class Tile:
    """What a tile holds along batch and spatial axes.

    Attributes
    ----------
    positions : tuple of int
        Positions, batch first.
    room : tuple of int
        Places in each plane of samples: as many as positions, and those that offsets reach beyond.
    """

    positions: tuple[int, ...]
    room: tuple[int, ...]

    @property
    def flat(self) -> int:
        """Places from the first position to the last, when a plane is read as one line."""
        return self._place([size - 1 for size in self.positions]) + 1

    def shift(self, offset: Sequence[int]) -> int:
        """How far along that line an offset of a tap leads."""
        return self._place((0, *offset))

    def _place(self, at: Sequence[int]) -> int:
        place = 0
        for index, size in zip(at, self.room, strict=True):
            place = place * size + index
        return place


@dataclass(frozen=True, slots=True)
class Block:
    """Terms that are multiplied at once: taps of channels.

    Attributes
    ----------
    channels, taps : slice
        Some taps of all channels, one tap of some channels, or all taps of some channels.
    depth : int
        Terms of each product; a divisor of how many there are.
    """

    channels: slice
    taps: slice
    depth: int


def choose(tile: Tile, taps: int, outputs: int, channels: int, places: int, *, integer: bool) -> Method:
    """Return the way that costs least.

    Parameters
    ----------
    tile : Tile
        A typical one.
    taps, outputs, channels : int
        Of a part of the layer: taps, and channels of output and input in a group.
    places : int
        Positions of the whole layer, batch included.
    integer : bool
        Whether integers are added.
    """
    multiply_add = _INTEGER_MULTIPLY_ADD if integer else _MULTIPLY_ADD
    waste = tile.flat / math.prod(tile.positions)
    terms = taps * channels

    def products(blocks: Iterator[Block]) -> float:
        each = [_LONE if block.depth == 1 else _OUTPUT for block in blocks]
        read = terms * (_READ if outputs > 1 else _LINE_READ)
        return outputs * (terms * multiply_add + sum(each) + (len(each) - 1) * _ADD) + read

    arrange = outputs * terms * _ARRANGE / places if taps > 1 else 0.0
    copy = terms * (_COPY + _RUN / tile.positions[-1])
    costs: dict[Method, float] = {
        "shifted": waste * products(_shifted_blocks(taps, channels, 1)) + arrange,
        "gathered": products(_gathered_blocks(taps, channels, 1)) + copy + arrange * _by_tap(taps, channels),
        "single": waste * outputs * terms * (_SCALE + _ADD + (multiply_add if integer else 0)),
    }
    return min(costs, key=lambda name: costs[name])


def _shifted_blocks(taps: int, channels: int, most: int) -> Iterator[Block]:
    """Blocks of one tap each, of at most `most` products."""
    for tap in range(taps):
        for low, high, depth in _ranges(channels, _DEPTH, most):
            yield Block(slice(low, high), slice(tap, tap + 1), depth)


def _gathered_blocks(taps: int, channels: int, most: int) -> Iterator[Block]:
    """Blocks of at most `most` products, which take as few copies as may be."""
    if channels <= _DEPTH:
        for low, high, depth in _ranges(taps, _DEPTH // channels, most):
            yield Block(slice(0, channels), slice(low, high), depth * channels)
    elif _by_tap(taps, channels):
        yield from _shifted_blocks(taps, channels, most)
    else:
        for low, high, depth in _ranges(channels, _DEPTH // taps, most):
            yield Block(slice(low, high), slice(0, taps), depth * taps)


def _by_tap(taps: int, channels: int) -> bool:
    """Whether gathered samples stand tap by tap; else as weights do, which then need not be arranged."""
    return channels <= _DEPTH or taps > _DEPTH


def _ranges(total: int, largest: int, most: int) -> Iterator[tuple[int, int, int]]:
    """(start, stop, size) of ranges of up to `most` pieces of one size, which is `largest` at most."""
    for low, high, size in cuts(total, _even(total, largest)):
        step = _even((high - low) // size, most) * size
        yield from ((at, min(at + step, high), size) for at in range(low, high, step))


def _even(total: int, most: int) -> int:
    """The size of the largest of as few pieces as may be, none of which is larger than `most`."""
    return -(-total // -(-total // most))


class Sum:
    """The sums of one part of a layer, ready for any tile and thread.

    Parameters
    ----------
    part : Part
        Its taps.
    planes : mapping of phase to int
        Where the samples of each phase stand in a tile.
    weights : ndarray, shape (groups, outputs, channels, *taps of the whole kernel)
        In the work type.
    method : str
        One of the three.
    """

    def __init__(
        self, part: Part, planes: Mapping[tuple[int, ...], int], weights: Array, method: Method
    ) -> None:
        self.output = part.output
        self._reads = [(planes[tap.phase], tap.offset) for tap in part.taps]
        self._channels = weights.shape[2]
        self._method = method
        taps = weights.reshape(*weights.shape[:3], -1)
        chosen = [int(np.ravel_multi_index(tap.index, weights.shape[3:])) for tap in part.taps]
        if chosen != list(range(taps.shape[3])):
            taps = taps[..., chosen]
        self._by_tap = method != "gathered" or _by_tap(len(chosen), self._channels)
        # (groups, outputs, taps, channels), or the weights' own order.
        self._weights = np.ascontiguousarray(taps.swapaxes(2, 3)) if self._by_tap else taps

    def __call__(self, planes: Array, tile: Tile, groups: slice, outputs: slice, scratch: Scratch) -> Array:
        """Return the sums of some groups and some of their outputs, as lines.

        Parameters
        ----------
        planes : ndarray, shape (phases, groups, channels, *room)
            Samples of these groups.

        Returns
        -------
        ndarray, shape (groups, outputs, places)
            `positions` finds the positions in them.
        """
        weights = self._weights[groups, outputs]
        places = math.prod(tile.positions) if self._method == "gathered" else tile.flat
        sums = scratch.take((*weights.shape[:2], places), planes.dtype)
        match self._method:
            case "shifted":
                self._shifted(planes, weights, tile, sums, scratch)
            case "gathered":
                self._gathered(planes, weights, tile, sums, scratch)
            case "single":
                self._single(planes, weights, tile, sums, scratch)
        return sums

    def positions(self, lines: Array, tile: Tile) -> Array:
        """View of the positions in lines, (groups, outputs, *positions), without what lies between rows."""
        # Lines end with their last position, so that they are added up in one contiguous loop (NumPy takes
        # four times as long for one loop a line); a reshape could then not tell the rows apart.
        room = tile.positions if self._method == "gathered" else tile.room
        steps = [math.prod(room[axis + 1 :]) * lines.itemsize for axis in range(len(room))]
        shape = (*lines.shape[:2], *tile.positions)
        return as_strided(lines, shape, (*lines.strides[:2], *steps), writeable=False)

    def _shifted(self, planes: Array, weights: Array, tile: Tile, sums: Array, scratch: Scratch) -> None:
        lines = planes.reshape(*planes.shape[:3], -1)

        def operands(block: Block) -> tuple[Array, Array]:
            plane, offset = self._reads[block.taps.start]
            first = tile.shift(offset)
            samples = lines[plane, :, block.channels, first : first + tile.flat]
            return weights[:, :, block.taps.start, block.channels], samples

        blocks = _shifted_blocks(len(self._reads), self._channels, _at_once(sums))
        _add_products(blocks, operands, sums, scratch)

    def _gathered(self, planes: Array, weights: Array, tile: Tile, sums: Array, scratch: Scratch) -> None:
        blocks = list(_gathered_blocks(len(self._reads), self._channels, _at_once(sums)))
        terms = [(b.channels.stop - b.channels.start) * (b.taps.stop - b.taps.start) for b in blocks]
        memory = scratch.take((planes.shape[1], max(terms), *tile.positions), planes.dtype)

        def operands(block: Block) -> tuple[Array, Array]:
            order = (block.taps, block.channels) if self._by_tap else (block.channels, block.taps)
            left = weights[:, :, *order]
            shape = (planes.shape[1], *left.shape[2:])
            columns = memory.reshape(-1)[: math.prod(shape) * sums.shape[2]].reshape(*shape, *tile.positions)
            by_tap = columns.swapaxes(0, 1) if self._by_tap else np.moveaxis(columns, 2, 0)
            for into, (plane, offset) in zip(by_tap, self._reads[block.taps], strict=True):
                spatial = (slice(at, at + n) for at, n in zip(offset, tile.positions[1:], strict=True))
                read: tuple[Any, ...] = (slice(None), block.channels, slice(None), *spatial)
                np.copyto(into, planes[plane][read])
            return left.reshape(*left.shape[:2], -1), columns.reshape(shape[0], -1, sums.shape[2])

        _add_products(blocks, operands, sums, scratch)
        scratch.give(memory)

    def _single(self, planes: Array, weights: Array, tile: Tile, sums: Array, scratch: Scratch) -> None:
        lines = planes.reshape(*planes.shape[:3], -1)
        product = scratch.take(sums.shape, sums.dtype)
        for tap, channel in np.ndindex(*weights.shape[2:]):
            plane, offset = self._reads[tap]
            first = tile.shift(offset)
            samples = lines[plane, :, None, channel, first : first + tile.flat]
            begins = tap == channel == 0
            np.multiply(samples, weights[:, :, tap, channel, None], out=sums if begins else product)
            if not begins:
                np.add(sums, product, out=sums)
        scratch.give(product)


def _at_once(sums: Array) -> int:
    """How many products of the size of these sums are computed by one call."""
    return max(_HELD // sums.nbytes, 1)


def _add_products(
    blocks: Iterable[Block],
    operands: Callable[[Block], tuple[Array, Array]],
    sums: Array,
    scratch: Scratch,
) -> None:
    """Add up the products of blocks, whose weights and samples `operands` returns."""
    for number, block in enumerate(blocks):
        weights, samples = operands(block)
        count = samples.shape[1] // block.depth
        if number == 0 and count == 1:
            _multiply(weights, samples, sums[None])
            continue
        products = scratch.take((count, *sums.shape), sums.dtype)
        _multiply(weights, samples, products)
        if number == 0:
            np.add(products[0], products[1], out=sums)
        for product in products[2 if number == 0 else 0 :]:
            np.add(sums, product, out=sums)
        scratch.give(products)


def _multiply(weights: Array, samples: Array, out: Array) -> None:
    """Products of (groups, outputs, terms) and (groups, terms, places): (parts, groups, outputs, places).

    There is one for each equal part of the terms. All is cut into pieces that keep OpenBLAS to one thread.
    """
    outputs, (terms, places) = weights.shape[1], samples.shape[1:]
    depth = terms // len(out)
    right = split(samples, 1, depth).swapaxes(0, 1)
    for top, bottom, rows in cuts(outputs, _divisor(outputs, _HEIGHT)):
        left = split(split(weights[:, top:bottom], 2, depth), 1, rows).transpose(3, 0, 1, 2, 4)[:, :, :, None]
        target = split(out[:, :, top:bottom], 2, rows)
        most = PRODUCT if rows > 1 else LINE_PRODUCT
        width = max(16, most // (rows * depth) // 16 * 16)
        for start, stop, size in cuts(places, width):
            columns = split(right[..., start:stop], 3, size).swapaxes(2, 3)[:, :, None]
            np.matmul(left, columns, out=split(target[..., start:stop], 4, size).swapaxes(3, 4))


def _divisor(total: int, most: int) -> int:
    """The largest number up to `most` that divides a total, if it is more than half of that; else `most`."""
    return next((size for size in range(min(most, total), most // 2, -1) if total % size == 0), most)
