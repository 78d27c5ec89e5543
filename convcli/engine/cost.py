"""What each method does for a request, counted, and what that is expected to cost.

A prediction is a sum of counts, each times a constant that stands in `constants`. The counts are:

start, thread, weight
    Convolutions, threads beyond the first, weights examined.
tile, call, row
    Tiles begun; operations begun on a tile; contiguous rows that those operations go over.
handover
    Operations begun while other threads run, as far as they are short: a thread that waits for the
    interpreter wakes too late to do anything meanwhile.
gather, planar, store, round
    Bytes of the work type read with their halo; samples moved so that the convolved axes stand last, and
    back; bytes written; bytes rounded to integers first.
multiply_add, add, divide, strided
    Bytes of the work type that a shifted multiply-add, an addition or a division goes over; samples of a
    multiply-add or addition that do not lie next to each other.
matrix32, matrix64
    Multiply-adds inside matrix products, in single and double precision.
transform32, transform64
    What `fft.cost` says of the transforms there and back, the product between, and memory for them.

Threads share all but what runs under the interpreter's lock (`SERIAL`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcli.engine import box as boxes
from convcli.engine import fft, tiles
from convcli.engine.constants import NANOSECONDS
from convcli.engine.direct import line_axis
from convcli.engine.geometry import AxisGeometry
from convcli.engine.layout import Layout
from convcli.engine.passes import band_width, multiplies, pass_order, product_count
from convcli.engine.request import Request
from convcli.engine.structure import Structure, Weights

Counts = dict[str, float]
Charge = tuple[str, float]

SERIAL = frozenset({"start", "thread", "weight", "tile", "call", "handover"})

# Operations on a tile that a matrix pass, and a batch of transforms for each axis, take.
_MATRIX_CALLS = 8
_TRANSFORM_CALLS = 4

# Preparing a pass, once for all tiles, takes as long as starting so many operations.
_PREPARATION = 10

# An operation on so many samples takes about as long as waking a thread (measured 2026-11-21, 2-core EPYC).
_WAKING = 1 << 14


@dataclass(frozen=True, slots=True)
class Tiling:
    """The tiles of a request, as far as costs depend on them.

    Attributes
    ----------
    outputs : int
        Samples of the result.
    pieces : int
        Tiles it is cut into.
    overlap : tuple of float
        Samples read for one output, along each convolved axis: the halo's share.
    last : int
        Which of the convolved axes comes last in memory.
    rows : float
        Contiguous rows of the result, in all tiles.
    steps : float
        Runs of samples that an operation goes over when it takes the stride of the last axis.
    apart : bool
        Whether those are runs of samples that do not lie next to each other.
    """

    outputs: int
    pieces: int
    overlap: tuple[float, ...]
    last: int
    rows: float
    steps: float
    apart: bool


@dataclass(frozen=True, slots=True)
class Bill:
    """What a method does for a request, whoever does it.

    Attributes
    ----------
    amounts : mapping
        Counts by name, for all tiles.
    pieces : int
        Tiles.
    """

    amounts: Mapping[str, float]
    pieces: int

    def counts(self, workers: int) -> Counts:
        """What the busiest of the threads does, and all that only one at a time can do."""
        threads = max(min(workers, self.pieces), 1)
        # The last tiles may leave threads idle.
        share = -(-self.pieces // threads) / max(self.pieces, 1)
        counted = {
            name: amount if name in SERIAL else amount * share for name, amount in self.amounts.items()
        }
        counted["thread"] = threads - 1
        if threads == 1:
            counted["handover"] = 0.0
        return counted

    def seconds(self, workers: int) -> float:
        """Predicted time on up to so many threads."""
        return seconds(self.counts(workers))


def describe(layout: Layout, request: Request) -> Tiling:
    """The tiles of a layout."""
    outputs, geometry = math.prod(request.outputs), request.geometry
    last = max(range(len(geometry)), key=lambda i: layout.order.index(geometry[i].axis))
    axis = geometry[last].axis
    behind = math.prod(layout.tile[i] for i in layout.order[layout.order.index(axis) + 1 :])
    # Slices along an axis stay contiguous together with all that lies behind it, unless they skip samples.
    run = behind * layout.tile[axis]
    skips = geometry[last].stride > 1
    return Tiling(
        outputs=outputs,
        pieces=tiles.count(request.outputs, layout.tile),
        overlap=tuple(layout.read[g.axis] / layout.tile[g.axis] for g in geometry),
        last=last,
        rows=outputs / run,
        steps=outputs / (behind if skips and behind > 1 else run),
        apart=skips and behind == 1,
    )


def bill(
    method: str, request: Request, kernel: Structure, layout: Layout, work: np.dtype[Any], *, planar: bool
) -> Bill:
    """Count what a method does for a request.

    Parameters
    ----------
    method : str
        It must be able to compute the kernel.
    request : Request
        What is to be computed.
    kernel : Structure
        The kernel.
    layout : Layout
        The tiles.
    work : dtype
        What is computed in.
    planar : bool
        Whether tiles have the convolved axes last where the array has not.
    """
    tiling = describe(layout, request)
    amounts = dict.fromkeys(NANOSECONDS, 0.0)
    for name, amount in _charges(method, request, kernel, layout, work, tiling, planar=planar):
        amounts[name] += amount
    return Bill(amounts, tiling.pieces)


def seconds(amounts: Mapping[str, float], nanoseconds: Mapping[str, float] = NANOSECONDS) -> float:
    """Predicted time of what was counted."""
    return 1e-9 * sum(amount * nanoseconds[name] for name, amount in amounts.items())


def _charges(
    method: str,
    request: Request,
    kernel: Structure,
    layout: Layout,
    work: np.dtype[Any],
    tiling: Tiling,
    *,
    planar: bool,
) -> Iterator[Charge]:
    yield "start", 1
    yield "weight", kernel.weights.size
    yield from _handling(request, work, tiling, planar=planar)
    match method:
        case "taps":
            yield "call", kernel.nonzero  # to prepare it
            yield from _taps(kernel.nonzero, tiling, work)
        case "box":
            yield from _box(kernel, request, layout, tiling, work)
        case "separable":
            for term in kernel.factors:
                yield from _separable(term, request.geometry, tiling, work)
        case "direct":
            yield from _direct(kernel, request.geometry, tiling, work)
        case _:
            yield from _transform(request, layout, tiling, work)


def _handling(request: Request, work: np.dtype[Any], tiling: Tiling, *, planar: bool) -> Iterator[Charge]:
    """Gathering and storing, whatever is computed between."""
    read, written = tiling.outputs * math.prod(tiling.overlap), tiling.outputs
    yield "tile", tiling.pieces
    yield "gather", read * work.itemsize
    yield "store", written * work.itemsize
    if planar:
        yield "planar", read + written
    if work.kind == "f" and request.out.kind in "iu":
        yield "round", written * work.itemsize


def _operations(
    count: float, tiling: Tiling, *, coverage: float = 1.0, strided: bool = True
) -> Iterator[Charge]:
    """Starting operations on every tile; they go over `coverage` times its outputs.

    Those that are `strided` take the stride of the axis that comes last in memory, if it has one.
    """
    calls = count * tiling.pieces
    samples = coverage * tiling.outputs / max(tiling.pieces, 1)
    yield "call", calls
    yield "handover", calls / (1 + samples / _WAKING)
    yield "row", count * (tiling.steps if strided else tiling.rows) * coverage
    if tiling.apart and strided:
        yield "strided", count * tiling.outputs * coverage


def _taps(
    nonzero: int, tiling: Tiling, work: np.dtype[Any], *, coverage: float = 1.0, strided: bool = True
) -> Iterator[Charge]:
    """One shifted multiply-add, in two operations, of which the first reads the tile, for each tap."""
    yield "multiply_add", nonzero * tiling.outputs * work.itemsize * coverage
    yield from _operations(nonzero, tiling, coverage=coverage, strided=strided)
    yield from _operations(nonzero, tiling, coverage=coverage, strided=False)


def _box(
    kernel: Structure, request: Request, layout: Layout, tiling: Tiling, work: np.dtype[Any]
) -> Iterator[Charge]:
    """Additions of whole tiles along one axis after the other."""
    windows = 1
    for i, g in enumerate(request.geometry):
        windows *= g.taps
        narrow = boxes.sum_dtype(request.values, windows, kernel.constant or 0.0)
        element = narrow if narrow is not None and work.kind in "iu" else work
        behind = math.prod(layout.tile[axis] for axis in layout.order[layout.order.index(g.axis) + 1 :])
        additions = boxes.additions(g, element, behind)
        # Doubling runs over what the axis reads, and over what later axes will read beyond the outputs.
        coverage = math.prod(tiling.overlap[i:])
        yield "add", additions * tiling.outputs * element.itemsize * coverage
        yield from _operations(additions, tiling, coverage=coverage, strided=i == tiling.last)
    if kernel.constant != 1:
        yield "divide", tiling.outputs * work.itemsize
        yield from _operations(2, tiling, strided=False)


def _separable(
    term: Iterable[Weights], geometry: Sequence[AxisGeometry], tiling: Tiling, work: np.dtype[Any]
) -> Iterator[Charge]:
    """One pass an axis: each also covers what the later ones will read beyond the outputs."""
    factors = tuple(term)
    coverage = math.prod(tiling.overlap)
    for axis in pass_order(geometry):
        coverage /= tiling.overlap[axis]
        strided = axis == tiling.last
        yield from _one_pass(factors[axis], geometry[axis], tiling, work, coverage=coverage, strided=strided)
    yield "add", tiling.outputs * work.itemsize


def _direct(
    kernel: Structure, geometry: Sequence[AxisGeometry], tiling: Tiling, work: np.dtype[Any]
) -> Iterator[Charge]:
    """One pass, and one addition, for each of the kernel's lines along one of its axes."""
    axis = line_axis(kernel, geometry)
    lines = kernel.lines(axis)
    densest = lines[int(np.argmax(np.count_nonzero(lines, axis=1)))]
    for name, amount in _one_pass(densest, geometry[axis], tiling, work, strided=axis == tiling.last):
        yield name, len(lines) * amount
    yield "add", len(lines) * tiling.outputs * work.itemsize
    yield from _operations(len(lines), tiling, strided=False)


def _one_pass(
    weights: Weights,
    geometry: AxisGeometry,
    tiling: Tiling,
    work: np.dtype[Any],
    *,
    coverage: float = 1.0,
    strided: bool = True,
) -> Iterator[Charge]:
    """A one-dimensional pass, of the kind that `passes.make_pass` makes."""
    yield "call", _PREPARATION
    if not multiplies(weights, geometry, integer=work.kind in "iu"):
        yield from _taps(int(np.count_nonzero(weights)), tiling, work, coverage=coverage, strided=strided)
        return
    yield f"matrix{8 * work.itemsize}", tiling.outputs * band_width(geometry) * coverage
    parts = product_count(geometry, work.itemsize)
    # Sums of several products leave the cache in between, as the sums of taps do.
    yield "multiply_add", (parts - 1) * tiling.outputs * work.itemsize * coverage
    yield "call", _MATRIX_CALLS * parts * tiling.pieces


def _transform(request: Request, layout: Layout, tiling: Tiling, work: np.dtype[Any]) -> Iterator[Charge]:
    """Overlap-save with the layout's transform lengths."""
    lengths = layout.lengths or ()
    each = fft.cost(lengths, request.geometry, request.planes, work.itemsize)
    yield f"transform{8 * work.itemsize}", each * tiling.outputs
    yield "call", _TRANSFORM_CALLS * len(lengths) * tiling.pieces
