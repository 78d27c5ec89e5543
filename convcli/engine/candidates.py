"""The methods that could compute a request: what each would cost, or why it cannot."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from convcli.arithmetic.notation import format_shape
from convcli.engine import box, cost, layout, precision
from convcli.engine.cost import Bill
from convcli.engine.layout import Layout
from convcli.engine.passes import multiplies
from convcli.engine.request import Request
from convcli.engine.structure import Structure

# The choice must not depend on the workers, for methods round differently and the result must not show how
# many there were: it is made for two.
RANKING_WORKERS = 2


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
    work = _work(method, request, kernel)
    planar = method == "fft" or (_multiplies(method, work, request, kernel) and _interleaved(request))
    if method == "fft":
        tiled = layout.transformed(request)
    else:
        tiled = layout.shifted(request, work.itemsize, planar=planar)
    bill = cost.bill(method, request, kernel, tiled, work, planar=planar)
    return Candidate(
        method=method,
        applies=True,
        reason=_description(method, kernel, tiled),
        work_dtype=work,
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


def _work(method: str, request: Request, kernel: Structure) -> np.dtype[Any]:
    if method == "box" and kernel.constant is not None:
        sums = box.sum_dtype(request.values, kernel.weights.size, kernel.constant)
        if sums is not None:
            return sums
    return precision.work_dtype(
        method,
        dtype=request.dtype,
        out=request.out,
        values=request.values,
        structure=kernel,
        additions=_additions(method, kernel),
    )


def _additions(method: str, kernel: Structure) -> int:
    """Longest chain of roundings before one result: its taps, or those of all passes and the terms."""
    if method == "separable":
        return sum(kernel.weights.shape) + kernel.weights.ndim + len(kernel.factors)
    return kernel.nonzero


def _multiplies(method: str, work: np.dtype[Any], request: Request, kernel: Structure) -> bool:
    """Whether the method forms matrix products, along some axis."""
    integer = work.kind in "iu"
    if method == "separable":
        return any(
            multiplies(factor, g, integer=integer)
            for term in kernel.factors
            for factor, g in zip(term, request.geometry, strict=True)
        )
    return method == "direct" and multiplies(kernel.densest_line, request.geometry[-1], integer=integer)


def _interleaved(request: Request) -> bool:
    """Whether a few channels stand behind a convolved axis: too short rows for matrix products."""
    behind = [math.prod(request.shape[g.axis + 1 :]) for g in request.geometry]
    return any(1 < count < 16 for count in behind)


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
