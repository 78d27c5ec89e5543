"""Several convolutions of one array combined sample by sample, tile by tile: gradients and their like."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from convcli.arithmetic.boundary import parse_boundary
from convcli.engine import precision, rounding, structure, tiles
from convcli.engine import request as requests
from convcli.engine.execution import Outputs, integer_peak
from convcli.engine.geometry import Mode, PerAxis
from convcli.engine.plan import decide
from convcli.engine.precision import FLOAT32, FLOAT64
from convcli.engine.scratch import Scratch
from convcli.errors import ConvError

Array = NDArray[Any]


def combine(
    x: ArrayLike,
    kernels: Sequence[ArrayLike],
    function: Callable[[list[Array]], Array],
    *,
    axes: PerAxis,
    mode: Mode = "same",
    boundary: str = "replicate",
    stride: PerAxis = 1,
    dilation: PerAxis = 1,
    correlate: bool = False,
    method: str = "auto",
    workers: int | None = None,
    work_dtype: DTypeLike = np.float64,
    out_dtype: DTypeLike | None = None,
) -> Array:
    """Convolve a real array with several kernels, and make one array of their results.

    Parameters
    ----------
    x : array_like
        Real numbers of any shape.
    kernels : sequence of array_like
        Real kernels, all of one shape.
    function : callable
        Takes the results of a tile, in the order of the kernels, not rounded, as arrays of `work_dtype` and
        of one shape. It returns one array of that shape, for which it may use theirs, and makes no NaN of
        numbers. It is called from several threads, and must not depend on where a tile lies.
    work_dtype : dtype
        float32 or float64.
    axes, mode, boundary, stride, dilation, correlate, method, workers, out_dtype
        As for `convolve`.

    Returns
    -------
    ndarray
        C-contiguous, as `convolve` returns for each kernel alone. Integers are rounded half to even once and
        saturated.

    Raises
    ------
    ConvError, ShapeError
        As for `convolve`, or if anything is complex, or there are no kernels or they differ in shape.
    """
    array, weights = np.asarray(x), [np.asarray(kernel) for kernel in kernels]
    if len({kernel.shape for kernel in weights}) != 1:
        raise ConvError(f"{len(weights)} kernels: there must be some, all of one shape")
    dtype, work = precision.checked(array.dtype), np.dtype(work_dtype)
    if "c" in (dtype.kind, *(kernel.dtype.kind for kernel in weights)):
        raise ConvError("complex numbers: combined convolutions are real", hint="combine their parts")
    if work not in (FLOAT32, FLOAT64):
        raise ConvError(f"work_dtype {work}: must be float32 or float64")
    out = precision.output_dtype(dtype, out_dtype, complex_result=False)
    request = requests.resolve(
        array.shape, dtype, work, weights[0].shape, axes=axes, mode=mode, boundary=parse_boundary(boundary),
        stride=stride, dilation=dilation, method=method, workers=workers, peak=integer_peak(array),
    )  # fmt: skip
    found = [structure.analyse(kernel, correlate=correlate) for kernel in weights]
    plans = [decide(request, kernel) for kernel in found]
    parts = [Outputs(plan, kernel, array) for plan, kernel in zip(plans, found, strict=True)]
    # Smaller tiles suit every method; only a halo read once more speaks for the larger ones.
    shape = [min(sizes) for sizes in zip(*(plan.tile_shape for plan in plans), strict=True)]
    finite = all(part.finite for part in parts)
    result = np.empty(request.outputs, out)

    def computed(part: Outputs, order: Sequence[int], region: tiles.Region, scratch: Scratch) -> Array:
        """The outputs of a region, in the array's own order of axes, as floats."""
        outputs = part.tile(tuple(region[axis] for axis in order), scratch)
        own = outputs.transpose([order.index(axis) for axis in range(outputs.ndim)])
        if own.dtype == work and own.flags.c_contiguous:
            return own
        floats = scratch.take(own.shape, work)
        np.copyto(floats, own)
        scratch.give(outputs)
        return floats

    def compute(region: tiles.Region, scratch: Scratch) -> None:
        with np.errstate(all="ignore"):
            results = [
                computed(part, plan.order, region, scratch) for part, plan in zip(parts, plans, strict=True)
            ]
            into = result[tuple(slice(*cut) for cut in region)]
            rounding.store(function(results), into, finite=finite)

    if result.size:
        tiles.run(compute, request.outputs, shape, workers=request.workers)
    return result
