"""What each method is expected to cost, in nanoseconds of one thread for one output sample.

The constants were measured on 2026-11-21 on one core of an AMD EPYC (family 26) with NumPy 2.4 and OpenBLAS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcli.engine import fft
from convcli.engine.direct import line_axis
from convcli.engine.geometry import AxisGeometry
from convcli.engine.layout import Layout
from convcli.engine.passes import band_width, multiplies, pass_order
from convcli.engine.request import Request
from convcli.engine.structure import Structure, Weights

# Gathering and converting a sample that is read; rounding, converting and storing one that is written.
_GATHER = 0.3
_STORE = 0.3
# Moving the convolved axes last, and back.
_PLANAR = 0.4
# One shifted multiply-add, and one shifted addition, for each byte of the work type.
_MULTIPLY_ADD = 0.055
_ADD = 0.04
# One multiply-add inside a matrix product, for each byte of the work type.
_MATRIX = 0.006
# One element's share of a forward and an inverse real transform and the product between, for each log2 N + 4.
_TRANSFORM = 0.4
# Starting an operation on a tile, and one on each of its rows.
_CALL = 1000.0
_ROW = 15.0
# Examining a weight, and its share in preparing the method.
_WEIGHT = 15.0
# Starting the first tile: threads, weights, scratch.
_START_SECONDS = 2e-4


@dataclass(frozen=True, slots=True)
class Tile:
    """What the costs of a method depend on beside the kernel.

    Attributes
    ----------
    itemsize : int
        Bytes of an element in the work type.
    integer : bool
        Whether it is an integer type, which rules matrix products out.
    overlap : tuple of float
        Samples read for one output, along each convolved axis: the halo's share.
    start : float
        Starting one operation on the whole tile, for each of its outputs.
    """

    itemsize: int
    integer: bool
    overlap: tuple[float, ...]
    start: float


def describe(layout: Layout, request: Request, work: np.dtype[Any]) -> Tile:
    """A tile of a layout, in a work type."""
    outputs = math.prod(layout.tile)
    # Slices along an axis stay contiguous together with all that lies behind it.
    last = max(layout.order.index(g.axis) for g in request.geometry)
    rows = outputs / math.prod(layout.tile[axis] for axis in layout.order[last:])
    return Tile(
        itemsize=work.itemsize,
        integer=work.kind in "iu",
        overlap=tuple(layout.read[g.axis] / layout.tile[g.axis] for g in request.geometry),
        start=(_CALL + _ROW * rows) / outputs,
    )


def handling(layout: Layout, *, planar: bool) -> float:
    """Gathering and storing, whatever is computed between."""
    read = math.prod(layout.read) / math.prod(layout.tile)
    return _GATHER * read + _STORE + (_PLANAR * (read + 1) if planar else 0.0)


def taps(nonzero: int, tile: Tile) -> float:
    """One shifted multiply-add, in two operations, for each weight that is not 0."""
    return nonzero * (_MULTIPLY_ADD * tile.itemsize + 2 * tile.start)


def box(geometry: Sequence[AxisGeometry], tile: Tile) -> float:
    """Doubling: as many additions an axis as its width has binary digits, and ones among them."""
    addition = _ADD * tile.itemsize + tile.start
    additions = [g.taps.bit_length() + g.taps.bit_count() - 2 for g in geometry]
    # Doubling runs over what the axis reads.
    each = [count * addition * read for count, read in zip(additions, tile.overlap, strict=True)]
    return _successive(each, range(len(each)), tile.overlap)


def separable(structure: Structure, geometry: Sequence[AxisGeometry], tile: Tile) -> float:
    """One pass an axis for each term.

    Parameters
    ----------
    structure : Structure
        The kernel; it has factors.
    geometry : sequence of AxisGeometry
        The convolved axes.
    tile : Tile
        What the passes go over.
    """
    order = pass_order(geometry)
    return sum(
        _successive(
            [one_pass(factor, g, tile) for factor, g in zip(term, geometry, strict=True)], order, tile.overlap
        )
        for term in structure.factors
    )


def direct(structure: Structure, geometry: Sequence[AxisGeometry], tile: Tile) -> float:
    """One pass, and one addition, for each line along the kernel's last axis.

    Parameters
    ----------
    structure : Structure
        The kernel.
    geometry : sequence of AxisGeometry
        The convolved axes.
    tile : Tile
        What the passes go over.
    """
    axis = line_axis(structure, geometry)
    lines = structure.lines(axis)
    densest = lines[int(np.argmax(np.count_nonzero(lines, axis=1)))]
    return len(lines) * (one_pass(densest, geometry[axis], tile) + _ADD * tile.itemsize + tile.start)


def one_pass(weights: Weights, geometry: AxisGeometry, tile: Tile) -> float:
    """A one-dimensional pass, of the kind that `passes.make_pass` makes.

    Parameters
    ----------
    weights : ndarray of float64, one-dimensional
        The weights along the axis.
    geometry : AxisGeometry
        The axis.
    tile : Tile
        What the pass goes over.
    """
    if multiplies(weights, geometry, integer=tile.integer):
        # Products of blocks, and of what is left behind the last whole block.
        return band_width(geometry) * _MATRIX * tile.itemsize + 8 * tile.start
    return taps(int(np.count_nonzero(weights)), tile)


def transform(request: Request, layout: Layout, itemsize: int) -> float:
    """Overlap-save with the layout's transform lengths."""
    return _TRANSFORM * fft.cost(layout.lengths or (), request.geometry, request.planes, itemsize)


def seconds(per_sample: float, request: Request, structure: Structure, *, pieces: int) -> float:
    """Predicted time of the whole computation, cut into so many tiles."""
    threads = max(min(request.workers, pieces), 1)
    # The last tiles may leave threads idle.
    rounds = -(-pieces // threads) / max(pieces, 1)
    samples = math.prod(request.outputs)
    return _START_SECONDS + (per_sample * samples * rounds + _WEIGHT * structure.weights.size) * 1e-9


def _successive(each: Sequence[float], order: Sequence[int], overlap: Sequence[float]) -> float:
    """Passes one after the other: each also covers what the later ones will read beyond the outputs."""
    total, ahead = 0.0, math.prod(overlap)
    for axis in order:
        ahead /= overlap[axis]
        total += each[axis] * ahead
    return total
