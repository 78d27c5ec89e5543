"""Which method computes a request: the cheapest of those that apply, or the one asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcli.engine import box, cost, fft, precision
from convcli.engine.geometry import AxisGeometry
from convcli.engine.passes import SHORT
from convcli.engine.request import METHODS, Request
from convcli.engine.structure import Structure
from convcli.errors import ConvError


@dataclass(frozen=True, slots=True)
class Choice:
    """A method with the element type it would compute in, its cost, and the reason in words."""

    method: str
    work: np.dtype[Any]
    cost: float
    planar: bool
    reason: str


def choose(request: Request, kernel: Structure) -> Choice:
    """The method asked for, or else the cheapest.

    Raises
    ------
    ConvError
        If the method asked for cannot compute this kernel.
    """
    if request.method != "auto":
        check(request.method, kernel)
        choice = _weigh(request.method, request, kernel)
        return Choice(choice.method, choice.work, choice.cost, choice.planar, f"asked for: {choice.reason}")
    # Whole numbers of 32 and 64 bits are promised exactly, which rules the other methods out.
    exact = precision.exact_methods(request.values, kernel) if request.dtype.itemsize > 2 else ()
    names = [name for name in exact or METHODS if _applies(name, kernel)]
    return min((_weigh(name, request, kernel) for name in names), key=lambda choice: choice.cost)


def check(method: str, kernel: Structure) -> None:
    """Refuse a method that cannot compute the kernel."""
    if _applies(method, kernel):
        return
    if method == "box":
        raise ConvError(
            "method box: the kernel's weights are not all the same",
            hint="leave the method at auto, or use a constant kernel such as box:3",
        )
    raise ConvError(
        "method separable: the kernel is not a short sum of products of one factor an axis",
        hint="use direct for a small kernel, fft for a large one, or leave the method at auto",
    )


def _applies(method: str, kernel: Structure) -> bool:
    match method:
        case "box":
            return kernel.constant is not None
        case "separable":
            return bool(kernel.factors)
    return True


def _weigh(method: str, request: Request, kernel: Structure) -> Choice:
    work = _work(method, request, kernel)
    planar = method == "fft" or (_multiplies(method, work, kernel) and _interleaved(request))
    price = _price(method, request, kernel, work) + (cost.PLANAR if planar else 0.0)
    return Choice(method, work, price, planar, _reason(method, request.geometry, kernel))


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


def _price(method: str, request: Request, kernel: Structure, work: np.dtype[Any]) -> float:
    integer = work.kind in "iu"
    match method:
        case "taps":
            return cost.taps(kernel.nonzero, work.itemsize)
        case "box":
            return cost.box(request.geometry, work.itemsize)
        case "separable":
            return cost.separable(kernel, request.geometry, work.itemsize, integer=integer)
        case "direct":
            return cost.direct(kernel, request.geometry, work.itemsize, integer=integer)
    return cost.transform(request.geometry, fft.transform_shape(request.geometry))


def _multiplies(method: str, work: np.dtype[Any], kernel: Structure) -> bool:
    """Whether the method forms matrix products, along some axis."""
    if work.kind in "iu":
        return False
    if method == "separable":
        return any(np.count_nonzero(factor) > SHORT for term in kernel.factors for factor in term)
    return method == "direct" and kernel.weights.shape[-1] > SHORT


def _interleaved(request: Request) -> bool:
    """Whether a few channels stand behind a convolved axis: too short rows for matrix products."""
    behind = [math.prod(request.shape[g.axis + 1 :]) for g in request.geometry]
    return any(1 < count < 16 for count in behind)


def _reason(method: str, geometry: Sequence[AxisGeometry], kernel: Structure) -> str:
    size = "x".join(str(g.taps) for g in geometry)
    match method:
        case "taps":
            return f"{kernel.nonzero} of {kernel.weights.size} weights are not 0: a shifted multiply-add each"
        case "box":
            return f"constant {size} kernel: window sums"
        case "separable" if kernel.rank_one and len(geometry) == 1:
            return f"kernel of {size} taps: one pass"
        case "separable" if kernel.rank_one:
            return f"separable {size} kernel: one pass an axis"
        case "separable":
            return f"{size} kernel of rank {len(kernel.factors)}: one pass an axis for each rank"
        case "direct":
            return f"{size} kernel: a pass for each of its lines"
    return f"{kernel.nonzero} weights of a {size} kernel: Fourier transforms of tiles"
