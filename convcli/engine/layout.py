"""How the output is cut into tiles, and how a tile lies in memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcli.arithmetic.notation import format_shape
from convcli.engine import fft, tiles
from convcli.engine.request import Request
from convcli.errors import ShapeError

# A tile with its halo is one array in memory, and several of its size are in use at once: a larger one is
# refused before anything is computed. Tiles reach this only where the halo alone does.
LARGEST_TILE = 4 << 30


@dataclass(frozen=True, slots=True)
class Layout:
    """The tiles of one request.

    Attributes
    ----------
    order : tuple of int
        The array's axes as they stand in a tile.
    tile : tuple of int
        Outputs of one tile along each axis of the array.
    lengths : tuple of int or None
        Transform lengths along the convolved axes.
    read : tuple of int
        Samples of one tile with its halo, along each axis of the array.
    """

    order: tuple[int, ...]
    tile: tuple[int, ...]
    lengths: tuple[int, ...] | None
    read: tuple[int, ...]


def shifted(request: Request, itemsize: int, *, planar: bool) -> Layout:
    """Tiles that fit the cache.

    Parameters
    ----------
    request : Request
        What is to be computed.
    itemsize : int
        Bytes of an element in a tile.
    planar : bool
        Whether the convolved axes are to stand last, as matrix products want them; else the array's own
        order is kept.
    """
    order = _planar(request) if planar else tuple(range(len(request.shape)))
    strides, halos = [1] * len(order), [0] * len(order)
    for g in request.geometry:
        strides[g.axis], halos[g.axis] = g.stride, g.halo
    outputs = request.outputs
    # As a tile lies in memory, so it is cut: its last axis is its contiguous one.
    cut = tiles.tile_shape(
        [outputs[axis] for axis in order],
        [strides[axis] for axis in order],
        [halos[axis] for axis in order],
        itemsize,
    )
    tile = tuple(cut[order.index(axis)] for axis in range(len(order)))
    return Layout(order, tile, None, _read(request, tile))


def transformed(request: Request, itemsize: int) -> Layout:
    """What one batch of transforms yields: whole transforms, several at once while they stay in the cache.

    Parameters
    ----------
    request : Request
        What is to be computed.
    itemsize : int
        Bytes of an element in a tile.
    """
    lengths = fft.transform_shape(request.geometry, request.planes, itemsize)
    tile = [1] * len(request.shape)
    for g, length in zip(request.geometry, lengths, strict=True):
        tile[g.axis] = max(min(g.produced(length), g.out), 1)
    batch = max(fft.BATCH // math.prod(lengths), 1)
    axes = {g.axis for g in request.geometry}
    read = [*tile]
    for axis in sorted(set(range(len(tile))) - axes, reverse=True):
        tile[axis] = read[axis] = max(min(batch, request.outputs[axis]), 1)
        batch //= tile[axis]
    for g, length in zip(request.geometry, lengths, strict=True):
        read[g.axis] = length
    return Layout(_planar(request), tuple(tile), lengths, tuple(read))


def fits(layout: Layout, work: np.dtype[Any]) -> bool:
    """Whether a tile stays below `LARGEST_TILE`."""
    return math.prod(layout.read) * work.itemsize <= LARGEST_TILE


def check(layout: Layout, work: np.dtype[Any], request: Request) -> None:
    """Refuse tiles larger than `LARGEST_TILE`.

    Raises
    ------
    ShapeError
        With the sizes that cause it.
    """
    if fits(layout, work):
        return
    reach = format_shape(g.extent for g in request.geometry)
    raise ShapeError(
        f"kernel reaching over {reach} samples: {format_shape(layout.read)} would have to be held at once, "
        f"more than {LARGEST_TILE >> 30} GiB",
        hint="take a smaller kernel or dilation, or make the input smaller first and the result larger again",
    )


def _planar(request: Request) -> tuple[int, ...]:
    axes = tuple(g.axis for g in request.geometry)
    return (*(axis for axis in range(len(request.shape)) if axis not in axes), *axes)


def _read(request: Request, tile: Sequence[int]) -> tuple[int, ...]:
    read = list(tile)
    for g in request.geometry:
        read[g.axis] = g.span(tile[g.axis])
    return tuple(read)
