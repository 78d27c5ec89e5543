"""Convolution layers and transposed ones, tile by tile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary
from convcli.engine import boundary as boundaries
from convcli.engine import tiles
from convcli.engine.layers import checking, lattice, numbers
from convcli.engine.layers.numbers import Numbers
from convcli.engine.layers.planning import Plan, layout
from convcli.engine.layers.products import Method, Sum, Tile
from convcli.engine.scratch import Scratch

Array = NDArray[Any]

ZEROS = Boundary("zeros")


def convolve(
    x: ArrayLike,
    weights: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    axes: Sequence[Axis],
    groups: int = 1,
    boundary: Boundary = ZEROS,
    correlate: bool = True,
    workers: int | None = None,
) -> Array:
    """Compute a convolution layer as neural networks have it.

    Parameters
    ----------
    x : array_like, shape (N, C, *spatial)
        Batch, channels, and 1 to 3 spatial axes. Truth values, integers, floats of 16 to 64 bits, complex
        numbers. A batch of 0 is allowed.
    weights : array_like, shape (M, C // groups, *taps)
    bias : array_like, shape (M,), optional
        Added to each output channel.
    axes : sequence of Axis
        The geometry of each spatial axis, none of them transposed.
    groups : int
        Parts that the channels are divided into; those of one part make the outputs of that part alone.
    boundary : Boundary
        What is read around the input, any distance away.
    correlate : bool
        Slide the kernels as they are, as the frameworks do; else reversed along every spatial axis.
    workers : int, optional
        Threads, by default one for each CPU. The result does not depend on it, to the last bit.

    Returns
    -------
    ndarray, shape (N, M, *outputs)
        C-contiguous. int64 if everything is whole, and exact; else of the type that `numpy.result_type` gives
        for all that is read. float16 is computed in float32, every other type in itself.

    Raises
    ------
    ConvError
        If an element type cannot be computed with, or sums of whole numbers might leave 63 bits.
    ShapeError
        If shapes, axes and groups contradict each other, a kernel does not fit, or the result or a tile would
        take absurd memory.

    Notes
    -----
    With ``c`` running over the channels of the group of m, and taps t,
    ``out[n, m, u] = bias[m] + sum_c sum_t weights[m, c, t] x[n, c, u stride - before + t dilation]``.

    NaN and infinity reach the outputs whose windows hold them, and no others; a weight of 0 times infinity is
    NaN, as IEEE 754 has it.

    References
    ----------
    .. [1] PyTorch, ``torch.nn.functional.conv2d`` and its relatives.
    .. [2] K. Chellapilla, S. Puri and P. Simard, "High performance convolutional neural networks for document
       processing", 2006, for gathered windows; A. Vasudevan, A. Anderson and D. Gregg, "Parallel multi
       channel convolution using general matrix multiplication", 2017, section III, for products tap by tap.
    """
    array, grouped, shift = _operands(
        x, weights, bias, axes=axes, groups=groups, transposed=False, workers=workers
    )
    return _compute(array, grouped, shift, axes, boundary, correlate=correlate, workers=workers)


def transpose(
    x: ArrayLike,
    weights: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    axes: Sequence[Axis],
    groups: int = 1,
    correlate: bool = True,
    workers: int | None = None,
) -> Array:
    """Compute a transposed convolution layer: every input paints its kernel.

    Parameters
    ----------
    x : array_like, shape (N, C, *spatial)
        As for `convolve`.
    weights : array_like, shape (C, M // groups, *taps)
        Those of the convolution from M channels to C whose transpose this is.
    bias : array_like, shape (M,), optional
    axes : sequence of Axis
        All of them transposed; there are zeros around the input.
    groups, correlate, workers
        As for `convolve`.

    Returns
    -------
    ndarray, shape (N, M, *outputs)
        As for `convolve`.

    Raises
    ------
    ConvError, ShapeError
        As for `convolve`.

    Notes
    -----
    ``out[n, m, i stride - before + t dilation] += weights[c, m, t] x[n, c, i]`` over all channels c of the
    group, samples i and taps t, beginning with the bias. Each output gathers what is painted on it: those
    with the same taps, `stride` apart, make a convolution of stride 1.

    References
    ----------
    .. [1] PyTorch, ``torch.nn.functional.conv_transpose2d`` and its relatives.
    """
    array, grouped, shift = _operands(
        x, weights, bias, axes=axes, groups=groups, transposed=True, workers=workers
    )
    return _compute(array, grouped, shift, axes, ZEROS, correlate=correlate, workers=workers)


def method(
    x: ArrayLike,
    weights: ArrayLike,
    bias: ArrayLike | None = None,
    *,
    axes: Sequence[Axis],
    groups: int = 1,
    boundary: Boundary = ZEROS,
) -> Method:
    """Return how `convolve` computes a layer, or `transpose` one with such axes, as `products` names it."""
    array, grouped, shift = _operands(
        x, weights, bias, axes=axes, groups=groups, transposed=axes[0].transposed, workers=None
    )
    work = numbers.settle(array, grouped, shift, boundary).work
    count, outputs, channels = grouped.shape[:3]
    return Plan.make(len(array), count, outputs, channels, axes, work).method


def _operands(
    x: ArrayLike,
    weights: ArrayLike,
    bias: ArrayLike | None,
    *,
    axes: Sequence[Axis],
    groups: int,
    transposed: bool,
    workers: int | None,
) -> tuple[Array, Array, Array | None]:
    """Checked operands, the weights as (groups, outputs, channels, *taps)."""
    array, kernel, shift = checking.operands(
        x, weights, bias, axes=axes, groups=groups, transposed=transposed, workers=workers
    )
    grouped = kernel.reshape(groups, -1, *kernel.shape[1:])
    return array, grouped.swapaxes(1, 2) if transposed else grouped, shift


def _compute(
    x: Array,
    weights: Array,
    bias: Array | None,
    axes: Sequence[Axis],
    boundary: Boundary,
    *,
    correlate: bool,
    workers: int | None,
) -> Array:
    """Weights stand as (groups, outputs, channels, *taps)."""
    groups, outputs, channels = weights.shape[:3]
    kinds = numbers.settle(x, weights, bias, boundary)
    shape = (len(x), groups * outputs, *(axis.output for axis in axes))
    checking.result(shape, kinds.out)
    result = np.empty(shape, kinds.out)
    if result.size == 0:
        return result
    plan = Plan.make(len(x), groups, outputs, channels, axes, kinds.work)
    sliding = weights if correlate else np.flip(weights, tuple(range(3, weights.ndim)))
    layer = _Layer(plan, kinds, x, sliding.astype(kinds.work, copy=False), bias, boundary, result)
    sizes = (groups, outputs, len(x), *(line.count for line in plan.lines))
    tiles.run(layer.work, sizes, plan.tile, workers=min(workers or tiles.default_workers(), plan.threads))
    return result


class _Layer:
    """A planned layer, ready to compute any part of its result from any thread."""

    def __init__(
        self,
        plan: Plan,
        kinds: Numbers,
        x: Array,
        weights: Array,
        bias: Array | None,
        boundary: Boundary,
        result: Array,
    ) -> None:
        groups, outputs = weights.shape[:2]
        self._plan, self._work, self._boundary = plan, kinds.work, boundary
        # Groups and channels first, the batch with the spatial axes: views, so nothing is copied twice.
        self._source = x.reshape(len(x), groups, -1, *x.shape[2:]).swapaxes(0, 1).swapaxes(1, 2)
        self._target = (
            result.reshape(len(x), groups, outputs, *result.shape[2:]).swapaxes(0, 1).swapaxes(1, 2)
        )
        planes = {phase: number for number, phase in enumerate(plan.phases)}
        self._sums = [Sum(part, planes, weights, plan.method) for part in plan.parts]
        self._bias: Array | None = None
        if bias is not None:
            self._bias = bias.astype(kinds.work).reshape(groups, outputs, *(1,) * (x.ndim - 1))
        self._reads_all = lattice.reads_all(plan.lines)

    def work(self, region: tiles.Region, scratch: Scratch) -> None:
        """Compute the results of some groups, outputs of a group, samples of the batch, and positions."""
        groups, outputs, batch, *spans = region
        some, rows = slice(*groups), slice(*outputs)
        target = self._target[some, rows, slice(*batch)]
        bias = None if self._bias is None else self._bias[some, rows]
        tile = layout([stop - start for start, stop in (batch, *spans)], self._plan.lines)
        # Overflow and NaN are results here, not accidents.
        with np.errstate(all="ignore"):
            if not self._reads_all:
                self._fill(target, bias, spans)
            planes = self._gather(groups, batch, spans, tile, scratch)
            for part in self._sums:
                lines = part(planes, tile, some, rows, scratch)
                sums = part.positions(lines, tile)
                writes = [
                    line.writes(*span, output)
                    for line, span, output in zip(self._plan.lines, spans, part.output, strict=True)
                ]
                picked, into = (_spatial(slices) for slices in zip(*writes, strict=True))
                if bias is None:
                    np.copyto(target[into], sums[picked], casting="unsafe")
                else:
                    np.add(sums[picked], bias, out=target[into], casting="unsafe")
                scratch.give(lines)

    def _fill(self, target: Array, bias: Array | None, spans: Sequence[tuple[int, int]]) -> None:
        """Outputs without a tap have the bias alone."""
        into = (
            slice(max(start * line.run - line.cut, 0), max(stop * line.run - line.cut, 0))
            for line, (start, stop) in zip(self._plan.lines, spans, strict=True)
        )
        np.copyto(target[_spatial(into)], 0 if bias is None else bias, casting="unsafe")

    def _gather(
        self,
        groups: tuple[int, int],
        batch: tuple[int, int],
        spans: Sequence[tuple[int, int]],
        tile: Tile,
        scratch: Scratch,
    ) -> Array:
        """The samples that positions read, (phases, groups, channels, *room)."""
        lines = self._plan.lines
        channels = 0, self._source.shape[1]
        reads = [line.reads(*span) for line, span in zip(lines, spans, strict=True)]
        starts, stops = zip(groups, channels, batch, *reads, strict=True)
        box = scratch.take([stop - start for start, stop in zip(starts, stops, strict=True)], self._work)
        boundaries.gather(self._source, starts, stops, self._boundary, box)
        if all(line.step == 1 for line in lines):
            return box[None]
        planes = scratch.take((len(self._plan.phases), *box.shape[:2], *tile.room), self._work)
        for plane, phase in zip(planes, self._plan.phases, strict=True):
            every = (slice(first, None, line.step) for first, line in zip(phase, lines, strict=True))
            samples = box[_spatial(every)]
            # Places behind the last sample that is read are left as they are: no position reads them.
            np.copyto(plane[_spatial(slice(size) for size in samples.shape[3:])], samples)
        scratch.give(box)
        return planes


def _spatial(slices: Iterable[slice]) -> tuple[Any, ...]:
    """Index of the last axes."""
    return (..., *slices)
