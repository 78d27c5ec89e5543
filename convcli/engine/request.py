"""A convolution as asked for: checked, with names resolved, before anything is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcli.arithmetic.boundary import Boundary
from convcli.engine import geometry, precision, tiles
from convcli.engine.geometry import AxisGeometry, Mode, PerAxis
from convcli.engine.precision import Range
from convcli.errors import ConvError

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
    """Check a real-valued request and resolve its geometry."""
    if method not in ("auto", *METHODS):
        raise ConvError(f"method {method!r}: not one of auto, {', '.join(METHODS)}")
    if workers is not None and workers < 1:
        raise ConvError(f"workers {workers}: must be at least 1")
    return Request(
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


def real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The element type of a complex type's parts; any other type itself."""
    return np.zeros(0, dtype).real.dtype
