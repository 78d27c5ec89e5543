"""Poolings: the largest sample or the average of each window, channel by channel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary
from convcli.engine import boundary as boundaries
from convcli.engine import precision, tiles
from convcli.engine.layers import checking, lattice
from convcli.engine.scratch import Scratch
from convcli.errors import ConvError

Array = NDArray[Any]
How = Literal["max", "avg"]

ZEROS = Boundary("zeros")


def pool(
    x: ArrayLike,
    *,
    how: How,
    axes: Sequence[Axis],
    count_padding: bool = True,
    workers: int | None = None,
) -> Array:
    """Pool a batch as neural networks do.

    Parameters
    ----------
    x : array_like, shape (N, C, *spatial)
        Batch, channels, and 1 to 3 spatial axes, of the types that `convolve` takes; a maximum needs an
        order, so not complex ones. A batch of 0 is allowed.
    how : {"max", "avg"}
    axes : sequence of Axis
        The geometry of each spatial axis; with `ceil`, last windows may reach beyond the padding.
    count_padding : bool
        Whether an average divides by padding, too, which is 0, or by the samples of the input alone. What a
        last window of a ceil mode has beyond the padding never counts.
    workers : int, optional
        Threads, by default one for each CPU. The result does not depend on it, to the last bit.

    Returns
    -------
    ndarray, shape (N, C, *outputs)
        C-contiguous, of the input's type; averages of integers and truth values are float64.

    Raises
    ------
    ConvError, ShapeError
        As for `convolve`, or if `how` is neither, or the input of a maximum is complex.

    Notes
    -----
    Maxima are padded with minus infinity, or the least integer: padding is never the largest. NaN is larger
    than anything. The average of a window without a single sample is 0, as in PyTorch.

    References
    ----------
    .. [1] PyTorch, aten/src/ATen/native/cpu/AvgPoolKernel.cpp and MaxPoolKernel.cpp.

    Examples
    --------
    >>> axis = Axis(size=7, kernel=3, stride=2, before=1, after=1)
    >>> pool([[[1.0, 2, 3, 4, 5, 6, 7]]], how="avg", axes=[axis])
    array([[[1.        , 3.        , 5.        , 4.33333333]]])
    """
    if how not in ("max", "avg"):
        raise ConvError(f"pooling {how!r}: not one of max, avg")
    array = checking.samples(x, axes, transposed=False, workers=workers)
    dtype = precision.checked(array.dtype)
    if how == "max" and dtype.kind == "c":
        raise ConvError("complex numbers: none is the largest", hint="pool their parts or magnitudes")
    work = precision.FLOAT32 if dtype == np.float16 else dtype
    if how == "avg" and dtype.kind in "biu":
        work = dtype = precision.FLOAT64
    shape = (*array.shape[:2], *(axis.output for axis in axes))
    checking.result(shape, dtype)
    result = np.empty(shape, dtype)
    if result.size == 0:
        return result
    lines = [lattice.along(axis) for axis in axes]
    counts = _counts(axes, count_padding=count_padding) if how == "avg" else None
    tile = tiles.tile_shape(
        shape,
        (1, 1, *(line.step for line in lines)),
        (0, 0, *(line.extent - 1 for line in lines)),
        3 * work.itemsize,
    )
    checking.memory(lines, tile[2:], tile[0] * tile[1], work)

    def compute(region: tiles.Region, scratch: Scratch) -> None:
        reads = [line.reads(*span) for line, span in zip(lines, region[2:], strict=True)]
        starts, stops = zip(*region[:2], *reads, strict=True)
        box = scratch.take([stop - start for start, stop in zip(starts, stops, strict=True)], work)
        if counts is None:
            _gather_above_least(array, starts, stops, box)
        else:
            boundaries.gather(array, starts, stops, ZEROS, box)
        into = result[tuple(slice(*span) for span in region)]
        with np.errstate(all="ignore"):
            pooled = _windows(box, axes, into.shape[2:], np.maximum if how == "max" else np.add, scratch)
            if counts is not None:
                divisor = np.ones((), work.type(0).real.dtype)
                for count, span in zip(counts, region[2:], strict=True):
                    divisor = np.multiply.outer(divisor, count[slice(*span)])
                np.divide(pooled, divisor, out=pooled)
            np.copyto(into, pooled, casting="unsafe")

    tiles.run(compute, shape, tile, workers=workers or tiles.default_workers())
    return result


def _gather_above_least(x: Array, starts: Sequence[int], stops: Sequence[int], box: Array) -> None:
    """Copy a box of the input, which may reach beyond it: there stands what is not above any sample."""
    match box.dtype.kind:
        case "f":
            box.fill(-np.inf)
        case "b":
            box.fill(False)
        case _:
            box.fill(np.iinfo(box.dtype).min)
    cuts = [(max(a, 0), max(min(b, n), max(a, 0))) for a, b, n in zip(starts, stops, x.shape, strict=True)]
    inside = tuple(slice(a - start, b - start) for (a, b), start in zip(cuts, starts, strict=True))
    np.copyto(box[inside], x[tuple(slice(*cut) for cut in cuts)], casting="unsafe")


def _windows(
    box: Array,
    axes: Sequence[Axis],
    outputs: Sequence[int],
    combine: Callable[..., Array],
    scratch: Scratch,
) -> Array:
    """Maxima or sums over the windows of a box: windows are rectangles, so axis by axis."""
    for number, (axis, count) in enumerate(zip(axes, outputs, strict=True)):
        box = _along(box, number + 2, axis, count, combine, scratch)
    return box


def _along(
    box: Array, at: int, axis: Axis, count: int, combine: Callable[..., Array], scratch: Scratch
) -> Array:
    """Combine the samples of each window along one axis of a box."""
    shape = (*box.shape[:at], count, *box.shape[at + 1 :])
    span = (count - 1) * axis.stride + 1
    total = scratch.take(shape, box.dtype)

    def add(array: Array, first: int) -> None:
        samples = _cut(array, at, first, first + span, axis.stride)
        if first == 0:
            np.copyto(total, samples)
        else:
            combine(total, samples, out=total)

    if axis.kernel < _doubled(axis):
        for tap in range(axis.kernel):
            add(box, tap * axis.dilation)
        return total
    # Runs of 1, 2, 4, ... samples, each from two of half its length; a window is made of those in the binary
    # form of its size, none of which overlap.
    runs, length, first = box, 1, 0
    while True:
        if axis.kernel & length:
            add(runs, first)
            first += length * axis.dilation
        if 2 * length > axis.kernel:
            return total
        shift = length * axis.dilation
        ahead = _cut(runs, at, shift, runs.shape[at], 1)
        longer = scratch.take(ahead.shape, box.dtype)
        combine(_cut(runs, at, 0, ahead.shape[at], 1), ahead, out=longer)
        if runs is not box:
            scratch.give(runs)
        runs, length = longer, 2 * length


def _doubled(axis: Axis) -> int:
    """Operations an output takes by doubling; runs are made at every sample, so a stride multiplies them."""
    levels = axis.kernel.bit_length() - 1
    return levels * axis.stride + axis.kernel.bit_count()


def _cut(array: Array, at: int, start: int, stop: int, step: int) -> Array:
    return array[(slice(None),) * at + (slice(start, stop, step),)]


def _counts(axes: Sequence[Axis], *, count_padding: bool) -> list[NDArray[np.int64]]:
    """For each output along each axis the taps that an average divides by, at least 1."""
    counts = []
    for axis in axes:
        low, high = (-axis.before, axis.size + axis.after) if count_padding else (0, axis.size)
        first = np.arange(axis.output, dtype=np.int64) * axis.stride - axis.before
        # Taps first + t dilation with low <= place < high.
        begin = np.maximum(-(-(low - first) // axis.dilation), 0)
        end = np.minimum(-(-(high - first) // axis.dilation), axis.kernel)
        counts.append(np.maximum(end - begin, 1))
    return counts
