"""How a convolution will be computed: a pure function of shapes, element types and kernel structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from convcli.arithmetic.boundary import Boundary, parse_boundary
from convcli.engine import precision, selection, structure
from convcli.engine import request as requests
from convcli.engine.candidates import Candidate
from convcli.engine.geometry import AxisGeometry, Mode, PerAxis
from convcli.engine.precision import Range
from convcli.engine.request import Request
from convcli.engine.structure import Structure


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was decided about a convolution before its samples are touched.

    Attributes
    ----------
    method : str
        taps, box, separable, direct or fft.
    reason : str
        Why this method, in words.
    predicted_seconds : float
        Expected time with `workers` threads.
    input_shape, output_shape : tuple of int
        In the array's own axis order.
    input_dtype, work_dtype, output_dtype : dtype
        Element types read, computed in, and written. Complex arrays are computed as real and imaginary parts.
    axes : tuple of int
        The convolved axes, as positions >= 0, in the order of the kernel's dimensions.
    geometry : tuple of AxisGeometry
        Sizes, padding, stride and dilation of each convolved axis.
    boundary : Boundary
        What stands outside the array.
    values : Range
        What the input may hold.
    order : tuple of int
        The axes as they stand in a tile.
    tile_shape : tuple of int
        Outputs of one tile along each axis of the array.
    fft_shape : tuple of int or None
        Transform lengths along the convolved axes.
    workers : int
        Threads at most.
    centre : float
        Subtracted from the samples of a tile, and its share added to the outputs, to halve rounding errors.
    candidates : tuple of Candidate
        Every method, whether it applies and what it would cost: those that apply first, cheapest first.
    """

    method: str
    reason: str
    predicted_seconds: float
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    input_dtype: np.dtype[Any]
    work_dtype: np.dtype[Any]
    output_dtype: np.dtype[Any]
    axes: tuple[int, ...]
    geometry: tuple[AxisGeometry, ...]
    boundary: Boundary
    values: Range
    order: tuple[int, ...]
    tile_shape: tuple[int, ...]
    fft_shape: tuple[int, ...] | None
    workers: int
    centre: float
    candidates: tuple[Candidate, ...] = field(repr=False)

    def using(self, candidate: Candidate) -> Plan:
        """The same convolution by one of its other candidates; its method must be able to compute it."""
        return replace(self, **candidate.decisions())

    def times(self, count: int) -> Plan:
        """The plan of so many convolutions like this one: every time is theirs together."""
        return replace(
            self,
            predicted_seconds=self.predicted_seconds * count,
            candidates=tuple(candidate.times(count) for candidate in self.candidates),
        )

    @property
    def padding(self) -> tuple[tuple[int, int], ...]:
        """(before, after) samples along each convolved axis."""
        return tuple((g.before, g.after) for g in self.geometry)

    @property
    def stride(self) -> tuple[int, ...]:
        """Samples from one window to the next along each convolved axis."""
        return tuple(g.stride for g in self.geometry)

    @property
    def dilation(self) -> tuple[int, ...]:
        """Samples from one tap to the next along each convolved axis."""
        return tuple(g.dilation for g in self.geometry)

    @property
    def halo(self) -> tuple[int, ...]:
        """Input samples read beyond a tile along each convolved axis."""
        return tuple(g.halo for g in self.geometry)


def plan(
    shape: Sequence[int],
    dtype: DTypeLike,
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
    peak: float | None = None,
) -> Plan:
    """Decide how `convolve` would compute, without computing anything.

    Parameters
    ----------
    shape, dtype : sequence of int, dtype
        Of the input.
    peak : float, optional
        Largest absolute value in an integer input, if known: it may allow exact or faster arithmetic.
    kernel, axes, mode, boundary, stride, dilation, correlate, method, workers, out_dtype
        As for `convolve`.

    Returns
    -------
    Plan

    Raises
    ------
    ConvError
        If the request is not a convolution, or its method cannot compute it.
    ShapeError
        If the kernel does not fit the padded array, or the result or a tile would take absurd memory.
    """
    given = precision.checked(dtype)
    weights = np.asarray(kernel)
    out = precision.output_dtype(given, out_dtype, complex_result="c" in (given.kind, weights.dtype.kind))
    request = requests.resolve(
        shape, requests.real(given), requests.real(out), weights.shape, axes=axes, mode=mode,
        boundary=parse_boundary(boundary), stride=stride, dilation=dilation, method=method, workers=workers,
        peak=peak,
    )  # fmt: skip
    # A complex kernel's parts share its support; the larger part decides.
    part = weights if weights.dtype.kind != "c" else np.abs(weights)
    decided = decide(request, structure.analyse(part, correlate=correlate))
    return replace(decided, input_dtype=given, output_dtype=out)


def decide(request: Request, kernel: Structure) -> Plan:
    """Choose method, element type, axis order and tiles for a checked request."""
    chosen, candidates = selection.choose(request, kernel)
    made = Plan(
        **chosen.decisions(),
        input_shape=request.shape,
        output_shape=request.outputs,
        input_dtype=request.dtype,
        output_dtype=request.out,
        axes=tuple(g.axis for g in request.geometry),
        geometry=request.geometry,
        boundary=request.boundary,
        values=request.values,
        workers=request.workers,
        candidates=candidates,
    )
    return made if request.method == "auto" else replace(made, reason=f"asked for: {made.reason}")
