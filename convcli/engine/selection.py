"""Which method computes a request: the cheapest of those that apply, or the one asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcli.arithmetic.notation import format_shape
from convcli.engine import box, cost, layout, precision, roundoff
from convcli.engine.cost import Tile
from convcli.engine.direct import line_axis
from convcli.engine.geometry import AxisGeometry
from convcli.engine.layout import Layout
from convcli.engine.passes import multiplies
from convcli.engine.precision import FLOAT32, Work
from convcli.engine.request import METHODS, Request
from convcli.engine.structure import Structure
from convcli.errors import ConvError

# Fewer samples than these behind an axis make short rows.
_FEW = 16


@dataclass(frozen=True, slots=True)
class Choice:
    """A method with the element type it would compute in, its cost, and the reason in words."""

    method: str
    work: Work
    cost: float
    layout: Layout
    reason: str


def choose(request: Request, kernel: Structure) -> Choice:
    """The method asked for, or else the cheapest.

    Raises
    ------
    ConvError
        If the method asked for cannot compute this kernel.
    ShapeError
        If the halo of a tile would not fit in memory.
    """
    if request.method != "auto":
        check(request.method, kernel)
        choice = _weigh(request.method, request, kernel)
        layout.check(choice.layout, choice.work.dtype, request)
        return replace(choice, reason=f"asked for: {choice.reason}")
    # Whole numbers of 32 and 64 bits are promised exactly, which rules the other methods out.
    exact = precision.exact_methods(request.values, kernel) if request.dtype.itemsize > 2 else ()
    names = [name for name in exact or METHODS if _applies(name, kernel)]
    choices = sorted((_weigh(name, request, kernel) for name in names), key=lambda choice: choice.cost)
    best = next((choice for choice in choices if layout.fits(choice.layout, choice.work.dtype)), choices[0])
    layout.check(best.layout, best.work.dtype, request)
    return best


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
    if method == "fft":
        tiled, work = _transformed(request, kernel)
        planar = True
    else:
        work = _work(method, request, kernel)
        planar = _planar(method, work.dtype, request, kernel)
        tiled = layout.shifted(request, work.dtype.itemsize, planar=planar)
    price = _price(method, request, kernel, cost.describe(tiled, request, work.dtype), tiled)
    price += cost.handling(tiled, planar=planar)
    return Choice(method, work, price, tiled, _reason(method, request.geometry, kernel))


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


def _price(method: str, request: Request, kernel: Structure, tile: Tile, tiled: Layout) -> float:
    match method:
        case "taps":
            return cost.taps(kernel.nonzero, tile)
        case "box":
            return cost.box(request.geometry, tile)
        case "separable":
            return cost.separable(kernel, request.geometry, tile)
        case "direct":
            return cost.direct(kernel, request.geometry, tile)
    return cost.transform(request, tiled, tile.itemsize)


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
    return any(1 < count < _FEW for count in behind)


def _reason(method: str, geometry: Sequence[AxisGeometry], kernel: Structure) -> str:
    size = format_shape(g.taps for g in geometry)
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
