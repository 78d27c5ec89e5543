"""Layers as asked for: refused in one line where shapes, axes and options contradict each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.layers import AXIS_NAMES
from convcli.arithmetic.notation import format_shape
from convcli.engine import precision
from convcli.engine.layers.lattice import Line
from convcli.engine.layout import LARGEST_TILE
from convcli.engine.request import LARGEST_RESULT
from convcli.errors import ConvError, ShapeError

Array = NDArray[Any]


def operands(
    x: ArrayLike,
    weights: ArrayLike,
    bias: ArrayLike | None,
    *,
    axes: Sequence[Axis],
    groups: int,
    transposed: bool,
    workers: int | None,
) -> tuple[Array, Array, Array | None]:
    """Return input, weights and bias of a layer as arrays that fit each other.

    Raises
    ------
    ConvError, ShapeError
        As `convolution.convolve` says.
    """
    array = samples(x, axes, transposed=transposed, workers=workers)
    if any(axis.ceil for axis in axes):
        raise ConvError("ceil mode belongs to poolings", hint="pad more at the end instead")
    kernel = np.asarray(weights)
    precision.checked(kernel.dtype)
    taps = tuple(axis.kernel for axis in axes)
    if kernel.shape[2:] != taps or kernel.ndim != array.ndim or 0 in kernel.shape:
        raise ShapeError(
            f"weights of shape {format_shape(kernel.shape)}: the axes have {format_shape(taps)} taps, "
            "behind two axes of channels"
        )
    if groups < 1:
        raise ConvError(f"groups {groups}: must be at least 1")
    channels, (first, second) = array.shape[1], kernel.shape[:2]
    reads, outputs = (first, second * groups) if transposed else (second * groups, first)
    if channels != reads or first % groups:
        raise ShapeError(
            f"weights of shape {format_shape(kernel.shape)} in {groups} groups read {reads} channels and "
            f"make {outputs}: the input has {channels}",
            hint="both numbers of channels must be multiples of the groups",
        )
    if bias is None:
        return array, kernel, None
    shift = np.asarray(bias)
    precision.checked(shift.dtype)
    if shift.shape != (outputs,):
        raise ShapeError(
            f"bias of shape {format_shape(shift.shape)}: {outputs} output channels need one each"
        )
    return array, kernel, shift


def samples(x: ArrayLike, axes: Sequence[Axis], *, transposed: bool, workers: int | None) -> Array:
    """Return the input of a layer as an array that fits the axes; raises as `operands`."""
    array = np.asarray(x)
    precision.checked(array.dtype)
    if workers is not None and workers < 1:
        raise ConvError(f"workers {workers}: must be at least 1")
    if len(axes) not in AXIS_NAMES:
        raise ShapeError(f"{len(axes)} spatial axes: 1 to {max(AXIS_NAMES)} are understood")
    sizes = tuple(axis.size for axis in axes)
    if array.shape[2:] != sizes or array.ndim != len(axes) + 2:
        raise ShapeError(
            f"input of shape {format_shape(array.shape)}: the axes have {format_shape(sizes)} samples, "
            "behind batch and channels"
        )
    if array.shape[1] == 0:
        raise ShapeError(f"input of shape {format_shape(array.shape)}: it has no channels")
    if any(axis.transposed != transposed for axis in axes):
        raise ConvError(f"the axes must {'all' if transposed else 'not'} be transposed")
    return array


def result(shape: Sequence[int], dtype: np.dtype[Any]) -> None:
    """Refuse a result that takes absurd memory."""
    if math.prod(shape) * dtype.itemsize > LARGEST_RESULT:
        raise ShapeError(
            f"result of {format_shape(shape)} numbers: more than {LARGEST_RESULT >> 40} TiB",
            hint="pad less, or take a longer stride",
        )


def memory(lines: Sequence[Line], positions: Sequence[int], planes: int, work: np.dtype[Any]) -> None:
    """Refuse a tile whose samples take absurd memory, because its windows reach so far."""
    reads = [line.reads(0, count) for line, count in zip(lines, positions, strict=True)]
    held = [stop - start for start, stop in reads]
    if math.prod(held) * planes * work.itemsize > LARGEST_TILE:
        raise ShapeError(
            f"windows reaching over {format_shape(line.extent for line in lines)} samples: {planes} times "
            f"{format_shape(held)} would have to be held at once, more than {LARGEST_TILE >> 30} GiB",
            hint="take a smaller kernel or dilation",
        )
