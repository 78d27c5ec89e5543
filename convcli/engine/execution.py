"""Carrying out a plan: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from convcli.arithmetic.boundary import Boundary, parse_boundary
from convcli.engine import boundary as boundaries
from convcli.engine import plan as planning
from convcli.engine import precision, rounding, structure, tiles
from convcli.engine import request as requests
from convcli.engine.box import Box
from convcli.engine.direct import Direct
from convcli.engine.fft import Fft
from convcli.engine.geometry import Mode, PerAxis
from convcli.engine.nonfinite import Compute, guarded
from convcli.engine.plan import Plan
from convcli.engine.scratch import Scratch
from convcli.engine.separable import Separable
from convcli.engine.structure import Structure
from convcli.engine.taps import Taps

Array = NDArray[Any]


def convolve(
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    axes: PerAxis,
    mode: Mode = "same",
    boundary: str = "replicate",
    stride: PerAxis = 1,
    dilation: PerAxis = 1,
    correlate: bool = False,
    method: str = "auto",
    workers: int | None = None,
    out_dtype: DTypeLike | None = None,
) -> Array:
    """Convolve an array with a kernel along some of its axes.

    Parameters
    ----------
    x : array_like
        Numbers of any shape: booleans, integers of 8 to 64 bits, float16 to float64, complex64 or complex128.
    kernel : array_like
        Finite weights, one dimension for each of `axes`, used as given.
    axes : int or sequence of int
        The axes to convolve, in the order of the kernel's dimensions; negative ones count from the end.
    mode : {"same", "valid", "full"} or sequence of (before, after)
        How far windows reach beyond the array: as many outputs as inputs, windows inside the array only,
        every window that touches it, or an explicit padding for each axis, in samples.
    boundary : str
        What stands there: zeros, replicate, reflect, symmetric, circular or constant:V.
    stride, dilation : int or sequence of int
        Samples from one window to the next and from one weight to the next, for each axis, >= 1.
    correlate : bool
        Leave the kernel as it is instead of reversing it.
    method : {"auto", "taps", "box", "separable", "direct", "fft"}
        How to compute; auto takes the cheapest that is exact enough.
    workers : int, optional
        Threads, by default one for each CPU. The result does not depend on it, to the last bit.
    out_dtype : dtype, optional
        Element type of the result, by default that of `x` (float64 for booleans, complex for complex
        kernels). Integers are rounded half to even once and saturated; floats are not rounded.

    Returns
    -------
    ndarray
        C-contiguous; shape as `x` but for the convolved axes.

    Raises
    ------
    ConvError
        If the request is not a convolution, or its method cannot compute it.
    ShapeError
        If the kernel does not fit the padded array, or the result or a tile would take absurd memory.

    Notes
    -----
    With K weights, effective size E = dilation (K - 1) + 1 and `before` samples of padding,
    ``out[n] = sum_j w[K - 1 - j] x[n stride - before + j dilation]``; `correlate` takes w[j] instead. Mode
    same pads E // 2 before and (E - 1) // 2 after, full E - 1 at both ends.

    NaN and infinite samples reach exactly the outputs whose window gives them a weight other than 0.

    Examples
    --------
    >>> convolve([1, 2, 3, 4], [1, 2, 3], axes=0, mode="full", boundary="zeros")
    array([ 1,  4, 10, 16, 17, 12])
    """
    array, weights = np.asarray(x), np.asarray(kernel)
    dtype = precision.checked(array.dtype)
    out = precision.output_dtype(dtype, out_dtype, complex_result="c" in (dtype.kind, weights.dtype.kind))
    rule = parse_boundary(boundary)

    def part(values: Array, kernel_part: Array, outside: Boundary, into: np.dtype[Any]) -> Array:
        request = requests.resolve(
            values.shape, requests.real(dtype), into, kernel_part.shape, axes=axes, mode=mode,
            boundary=outside, stride=stride, dilation=dilation, method=method, workers=workers,
            peak=integer_peak(values),
        )  # fmt: skip
        found = structure.analyse(kernel_part, correlate=correlate)
        return execute(planning.decide(request, found), found, values)

    if out.kind == "c":
        return _by_parts(array, weights, rule, out, part)
    return part(array, weights, rule, out)


def _by_parts(
    x: Array,
    kernel: Array,
    boundary: Boundary,
    out: np.dtype[Any],
    part: Callable[[Array, Array, Boundary, np.dtype[Any]], Array],
) -> Array:
    """(a + ib) * (v + iw) = a*v - b*w + i (a*w + b*v), leaving out the parts that are absent."""
    own = requests.real(out)
    inner = Boundary("zeros") if boundary.constant else boundary

    def product(values: Array, kernel_part: Array, *, imaginary: bool) -> Array:
        return part(values, kernel_part, inner if imaginary else boundary, own)

    first = product(x.real, kernel.real, imaginary=False)
    result = np.zeros(first.shape, out)
    result.real = first
    if x.dtype.kind == "c":
        result.imag = product(x.imag, kernel.real, imaginary=True)
    if kernel.dtype.kind == "c":
        result.imag += product(x.real, kernel.imag, imaginary=False)
        if x.dtype.kind == "c":
            result.real -= product(x.imag, kernel.imag, imaginary=True)
    return result


def execute(plan: Plan, kernel: Structure, x: Array) -> Array:
    """Compute what a plan describes.

    Parameters
    ----------
    plan : Plan
        Made for this kernel and for arrays of this shape and element type, all real.
    kernel : Structure
        The kernel it was made for.
    x : ndarray
        The input; read only.
    """
    result = np.empty(plan.output_shape, plan.output_dtype)
    if result.size == 0:
        return result
    target = result.transpose(plan.order)
    outputs = Outputs(plan, kernel, x)

    def work(region: tiles.Region, scratch: Scratch) -> None:
        into = target[tuple(slice(*cut) for cut in region)]
        # Overflow and NaN are results here, not accidents.
        with np.errstate(all="ignore"):
            rounding.store(outputs.tile(region, scratch), into, finite=outputs.finite, within=outputs.within)

    tiles.run(work, target.shape, [plan.tile_shape[axis] for axis in plan.order], workers=plan.workers)
    return result


class Outputs:
    """A planned convolution of an array, ready to compute any part of its result from any thread.

    Parameters
    ----------
    plan, kernel, x
        As for `execute`.

    Attributes
    ----------
    finite : bool
        Whether it is known that no output is NaN.
    within : bool
        Whether it is known that the plan's output type holds every output, once rounded.
    """

    def __init__(self, plan: Plan, kernel: Structure, x: Array) -> None:
        # From here on all is in tile order: a view of the input, so nothing is copied twice.
        self._source = x.transpose(plan.order)
        self._boundary = plan.boundary
        self._along = {plan.order.index(g.axis): g for g in plan.geometry}
        self._compute, self._dtype = prepare(plan, kernel)
        self._centre = self._dtype.type(plan.centre)
        self._share = self._dtype.type(float(self._centre) * float(kernel.weights.sum()))
        self.finite = plan.values.known
        self.within = self.finite and rounding.holds(
            plan.output_dtype, *precision.result_range(plan.values, kernel)
        )

    def tile(self, region: tiles.Region, scratch: Scratch) -> Array:
        """The outputs of a region, not yet rounded.

        Parameters
        ----------
        region : tuple of (start, stop)
            Along each axis, in the plan's order of them.
        scratch : Scratch
            Memory for the result and what leads to it.
        """
        reads = [self._along[i].reads(*cut) if i in self._along else cut for i, cut in enumerate(region)]
        starts, stops = zip(*reads, strict=True)
        tile = scratch.take([stop - start for start, stop in reads], self._dtype)
        boundaries.gather(self._source, starts, stops, self._boundary, tile)
        if self._centre:
            np.subtract(tile, self._centre, out=tile)
        outputs = self._compute(tile, scratch)
        if self._share:
            np.add(outputs, self._share, out=outputs)
        return outputs


def prepare(plan: Plan, kernel: Structure) -> tuple[Compute, np.dtype[Any]]:
    """The method, ready to be called with tiles from any thread, and the element type it takes them in."""
    axes = [plan.order.index(axis) for axis in plan.axes]
    work, geometry = plan.work_dtype, plan.geometry
    if plan.method == "taps" or kernel.nonzero == 0:
        return Taps(kernel.weights, geometry, axes, work), work
    if plan.method == "box" and kernel.constant is not None:
        summed = Box(kernel.constant, geometry, axes, work=work, out=plan.output_dtype, values=plan.values)
        return summed, summed.tile_dtype
    finite = plan.values.known  # integers, which are never infinite or NaN
    fast: Compute
    match plan.method:
        case "separable":
            fast = Separable(kernel.factors, geometry, axes, work)
        case "direct":
            fast = Direct(kernel, geometry, axes, work)
        case _:
            fast = Fft(kernel.weights, geometry, plan.fft_shape or (), work, keep=not finite)

    def careful() -> Compute:
        # Passes of a single product spread nothing beyond its window; sums of several would.
        if kernel.rank_one:
            return Separable(kernel.factors, geometry, axes, work, shifted=True)
        return Taps(kernel.weights, geometry, axes, work)

    return (fast if finite else guarded(fast, careful)), work


def integer_peak(x: Array) -> float | None:
    """Largest absolute value of a 64-bit integer array, whose type alone says too little."""
    if x.dtype.kind not in "iu" or x.dtype.itemsize < 8 or x.size == 0:
        return None
    return max(abs(int(x.min())), abs(int(x.max())))
