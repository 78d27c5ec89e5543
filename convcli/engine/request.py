"""A convolution as asked for: checked, with names resolved, before anything is decided."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcli.arithmetic.boundary import Boundary
from convcli.arithmetic.notation import format_shape
from convcli.engine import geometry, precision, tiles
from convcli.engine.geometry import AxisGeometry, Mode, PerAxis
from convcli.engine.precision import Range
from convcli.errors import ConvError, ShapeError

# Bytes of a result. Larger ones are taken for a slip of the finger, and refused before memory is.
LARGEST_RESULT = 1 << 40

METHODS = ("taps", "box", "separable", "direct", "fft")


@dataclass(frozen=True, slots=True)
class Request:
    """One real-valued convolution.

    Attributes
    ----------
    shape, dtype : tuple of int, dtype
        Of the input.
    out : dtype
        Of the result.
    geometry : tuple of AxisGeometry
        The convolved axes, in the order of the kernel's dimensions.
    boundary : Boundary
        What stands outside the array.
    values : Range
        What the input may hold.
    method : str
        One of `METHODS`, or auto.
    workers : int
        Threads at most.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    out: np.dtype[Any]
    geometry: tuple[AxisGeometry, ...]
    boundary: Boundary
    values: Range
    method: str
    workers: int

    @property
    def outputs(self) -> tuple[int, ...]:
        """Shape of the result."""
        sizes = list(self.shape)
        for g in self.geometry:
            sizes[g.axis] = g.out
        return tuple(sizes)

    @property
    def planes(self) -> int:
        """How many arrays of the convolved axes alone there are, at least 1."""
        convolved = {g.axis for g in self.geometry}
        return max(math.prod(n for axis, n in enumerate(self.shape) if axis not in convolved), 1)


def resolve(
    shape: Sequence[int],
    dtype: np.dtype[Any],
    out: np.dtype[Any],
    kernel_shape: Sequence[int],
    *,
    axes: PerAxis,
    mode: Mode,
    boundary: Boundary,
    stride: PerAxis,
    dilation: PerAxis,
    method: str,
    workers: int | None,
    peak: float | None,
) -> Request:
    """Check a real-valued request and resolve its geometry.

    Parameters
    ----------
    shape, dtype : sequence of int, dtype
        Of the input; the type is real.
    out : dtype
        Real element type of the result.
    kernel_shape : sequence of int
        Sizes of the kernel, one for each of `axes`.
    axes, mode, stride, dilation, method, workers
        As for `convolve`; `workers` None takes every CPU.
    boundary : Boundary
        What stands outside the array.
    peak : float or None
        Largest absolute value of an integer input, if known.

    Raises
    ------
    ConvError
        If the request is not a convolution.
    ShapeError
        If the kernel does not fit the padded array, or the result exceeds `LARGEST_RESULT`.
    """
    if method not in ("auto", *METHODS):
        raise ConvError(f"method {method!r}: not one of auto, {', '.join(METHODS)}")
    if workers is not None and workers < 1:
        raise ConvError(f"workers {workers}: must be at least 1")
    request = Request(
        shape=tuple(int(size) for size in shape),
        dtype=dtype,
        out=out,
        geometry=geometry.resolve(
            shape, kernel_shape, axes=axes, mode=mode, stride=stride, dilation=dilation
        ),
        boundary=boundary,
        values=precision.input_range(dtype, peak, boundary),
        method=method,
        workers=workers or tiles.default_workers(),
    )
    if math.prod(request.outputs) * out.itemsize > LARGEST_RESULT:
        raise ShapeError(
            f"result of {format_shape(request.outputs)} samples: more than {LARGEST_RESULT >> 40} TiB",
            hint="pad less, or take a longer stride",
        )
    return request


def real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The element type of a complex type's parts; any other type itself."""
    return np.zeros(0, dtype).real.dtype
