"""The methods that could compute a request: what each would cost, or why it cannot."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from convcli.arithmetic.notation import format_shape
from convcli.engine import box, cost, layout, precision, roundoff
from convcli.engine.cost import Bill
from convcli.engine.direct import line_axis
from convcli.engine.layout import Layout
from convcli.engine.passes import multiplies
from convcli.engine.precision import FLOAT32, Work
from convcli.engine.request import Request
from convcli.engine.structure import Structure

# The choice must not depend on the workers, for methods round differently and the result must not show how
# many there were: it is made for two.
RANKING_WORKERS = 2

# Fewer samples than these behind an axis make short rows.
_SHORT_ROW = 16


@dataclass(frozen=True, slots=True)
class Candidate:
    """One method, weighed for one request.

    Attributes
    ----------
    method : str
        Its name.
    applies : bool
        Whether it may be taken.
    reason : str
        What it does, or why it does not apply, in a few words.
    work_dtype : dtype or None
        Element type it would compute in; None, as all below, if it cannot compute the kernel at all.
    centre : float
        What it would subtract from samples, and add again to results.
    layout : Layout or None
        How it would cut the output into tiles.
    bill : Bill or None
        What it would do.
    predicted_seconds : float or None
        Expected time with the request's workers.
    measured_seconds : float or None
        Time it took, or would take judging by some of its tiles; None until it is measured.
    """

    method: str
    applies: bool
    reason: str
    work_dtype: np.dtype[Any] | None = None
    centre: float = 0.0
    layout: Layout | None = None
    bill: Bill | None = field(default=None, repr=False, compare=False)
    predicted_seconds: float | None = None
    measured_seconds: float | None = None

    @property
    def rank(self) -> float:
        """What the choice goes by: the expected time of `RANKING_WORKERS`."""
        return math.inf if self.bill is None else self.bill.seconds(RANKING_WORKERS)

    def decisions(self) -> dict[str, Any]:
        """The fields of a plan that it decides.

        Raises
        ------
        ValueError
            If the method cannot compute the kernel.
        """
        if self.layout is None:
            raise ValueError(f"{self.method}: {self.reason}")
        return {
            "method": self.method,
            "reason": self.reason,
            "predicted_seconds": self.predicted_seconds,
            "work_dtype": self.work_dtype,
            "centre": self.centre,
            "order": self.layout.order,
            "tile_shape": self.layout.tile,
            "fft_shape": self.layout.lengths,
        }

    def times(self, count: int) -> Candidate:
        """The candidate for so many convolutions."""
        predicted, measured = (
            None if seconds is None else count * seconds
            for seconds in (self.predicted_seconds, self.measured_seconds)
        )
        return replace(self, predicted_seconds=predicted, measured_seconds=measured)


def weigh(method: str, request: Request, kernel: Structure) -> Candidate:
    """Lay out a method that can compute the kernel, and predict its time."""
    if method == "fft":
        tiled, work = _transformed(request, kernel)
        planar = True
    else:
        work = _work(method, request, kernel)
        planar = _planar(method, work.dtype, request, kernel)
        tiled = layout.shifted(request, _gathered(method, work.dtype, request, kernel), planar=planar)
    bill = cost.bill(method, request, kernel, tiled, work.dtype, planar=planar)
    return Candidate(
        method=method,
        applies=True,
        reason=_description(method, kernel, tiled),
        work_dtype=work.dtype,
        centre=work.centre,
        layout=tiled,
        bill=bill,
        predicted_seconds=bill.seconds(request.workers),
    )


def obstacle(method: str, kernel: Structure) -> str | None:
    """Why a method cannot compute a kernel; None if it can."""
    if method == "box" and kernel.constant is None:
        return "weights differ"
    if method == "separable" and not kernel.factors:
        return "not a short sum of products"
    return None


def _work(method: str, request: Request, kernel: Structure) -> Work:
    if method == "box" and kernel.constant is not None:
        sums = box.sum_dtype(request.values, kernel.weights.size, kernel.constant)
        if sums is not None:
            return Work(sums)
    return precision.work(
        method,
        dtype=request.dtype,
        out=request.out,
        values=request.values,
        structure=kernel,
        bound=lambda: roundoff.method_bound(method, kernel, request.geometry, FLOAT32.itemsize),
    )


def _gathered(method: str, work: np.dtype[Any], request: Request, kernel: Structure) -> int:
    """Bytes of a sample of a tile: sums of integers begin in a narrower type than they end in."""
    if method == "box" and work.kind in "iu":
        first = box.sum_dtype(request.values, request.geometry[0].taps, kernel.constant or 0.0)
        return (first or work).itemsize
    return work.itemsize


def _transformed(request: Request, kernel: Structure) -> tuple[Layout, Work]:
    """Tiles in single precision if their transforms are exact enough, else in double."""
    tiled = layout.transformed(request, FLOAT32.itemsize)
    work = precision.work(
        "fft",
        dtype=request.dtype,
        out=request.out,
        values=request.values,
        structure=kernel,
        bound=lambda: roundoff.transform_bound(kernel, tiled.lengths or ()),
    )
    return (tiled if work.dtype == FLOAT32 else layout.transformed(request, work.dtype.itemsize)), work


def _planar(method: str, work: np.dtype[Any], request: Request, kernel: Structure) -> bool:
    """Whether the convolved axes are to stand last in a tile.

    That is so where matrix products run along an axis with a few channels behind it, as in a picture: their
    rows would be as short.
    """
    if work.kind in "iu":
        return False
    if method == "direct":
        axis = line_axis(kernel, request.geometry)
        passes = [(request.geometry[axis], line) for line in kernel.lines(axis)[:1]]
    elif method == "separable":
        passes = [(g, f) for term in kernel.factors for g, f in zip(request.geometry, term, strict=True)]
    else:
        return False
    behind = [
        math.prod(request.shape[g.axis + 1 :]) for g, line in passes if multiplies(line, g, integer=False)
    ]
    return any(1 < count < _SHORT_ROW for count in behind)


def _description(method: str, kernel: Structure, tiled: Layout) -> str:
    match method:
        case "taps":
            return f"{kernel.nonzero} of {kernel.weights.size} weights are not 0"
        case "box":
            return "equal weights: window sums"
        case "separable" if kernel.weights.ndim == 1:
            return "one pass"
        case "separable" if kernel.rank_one:
            return "a product: one pass an axis"
        case "separable":
            return f"rank {len(kernel.factors)}: so many passes an axis"
        case "direct":
            return "one pass for each line"
    return f"transforms of {format_shape(tiled.lengths or ())}"
