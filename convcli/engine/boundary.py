"""Boundary rules for whole arrays: index arithmetic, and the tiles gathered by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.arithmetic.boundary import Boundary

Array = NDArray[Any]


def _source_indices(start: int, stop: int, size: int, boundary: Boundary) -> NDArray[np.intp]:
    """Array indices that coordinates start ... stop - 1 take their values from.

    Parameters
    ----------
    start, stop : int
        Half-open range of coordinates; 0 ... size - 1 is the array, all integers are allowed.
    size : int
        Samples in the array along the axis, >= 1.
    boundary : Boundary
        circular, symmetric or reflect. The other rules need no indices.

    Returns
    -------
    ndarray of intp, shape (stop - start,)
        Indices into the array.
    """
    at = np.arange(start, stop, dtype=np.intp)
    match boundary.name:
        case "circular":
            return at % size
        case "symmetric":
            # The pattern abcddcba repeats with period 2 size.
            at %= 2 * size
            return np.minimum(at, 2 * size - 1 - at)
        case _:
            # The pattern abcdcb repeats with period 2 (size - 1); a single sample repeats itself.
            period = max(2 * (size - 1), 1)
            at %= period
            return np.minimum(at, period - at) if size > 1 else at


def gather(x: Array, starts: Sequence[int], stops: Sequence[int], boundary: Boundary, tile: Array) -> None:
    """Copy the box starts ... stops of the endlessly extended array into a tile, converting its elements.

    Parameters
    ----------
    x : ndarray
        The array, with no empty axis.
    starts, stops : sequence of int
        Half-open coordinates of the box along every axis; they may lie outside the array.
    boundary : Boundary
        The rule outside the array.
    tile : ndarray, shape stops - starts
        Where to copy to.
    """
    # Axes that stay inside are sliced first, so that the borders of the others copy no more than the tile.
    inside = [start >= 0 and stop <= size for start, stop, size in zip(starts, stops, x.shape, strict=True)]
    cut = tuple(slice(a, b) if ok else slice(None) for a, b, ok in zip(starts, stops, inside, strict=True))
    crossing = [axis for axis, ok in enumerate(inside) if not ok]
    _fill(tile, x[cut], crossing, starts, stops, boundary)


def _fill(
    tile: Array,
    x: Array,
    axes: Sequence[int],
    starts: Sequence[int],
    stops: Sequence[int],
    boundary: Boundary,
) -> None:
    """Fill the tile along the first of `axes` in three pieces (before, inside, after), the rest in each."""
    if not axes:
        np.copyto(tile, x, casting="unsafe")
        return
    axis, rest = axes[0], axes[1:]
    start, stop, size = starts[axis], stops[axis], x.shape[axis]
    for low, high in ((start, min(stop, 0)), (max(start, 0), min(stop, size)), (max(start, size), stop)):
        if low >= high:
            continue
        piece = tile[_along(axis, slice(low - start, high - start))]
        if low >= 0 and high <= size:
            _fill(piece, x[_along(axis, slice(low, high))], rest, starts, stops, boundary)
        elif boundary.constant:
            piece[...] = boundary.number
        else:
            _fill(piece, _outside(x, axis, low, high, boundary), rest, starts, stops, boundary)


def _outside(x: Array, axis: int, low: int, high: int, boundary: Boundary) -> Array:
    if boundary.name == "replicate":
        # One slice, which broadcasts over the whole border when it is copied.
        edge = 0 if low < 0 else x.shape[axis] - 1
        return x[_along(axis, slice(edge, edge + 1))]
    return np.take(x, _source_indices(low, high, x.shape[axis], boundary), axis=axis)


def _along(axis: int, part: slice) -> tuple[slice, ...]:
    return (slice(None),) * axis + (part,)
