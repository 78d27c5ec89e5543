"""Which method computes a request: the cheapest of those that apply, or the one asked for."""

from __future__ import annotations

from dataclasses import replace

from convcli.engine import layout, precision
from convcli.engine.candidates import Candidate, obstacle, weigh
from convcli.engine.request import METHODS, Request
from convcli.engine.structure import Structure
from convcli.errors import ConvError


def choose(request: Request, kernel: Structure) -> tuple[Candidate, tuple[Candidate, ...]]:
    """The method asked for, or else the cheapest.

    Returns
    -------
    chosen : Candidate
    candidates : tuple of Candidate
        All methods: those that apply first, the cheapest of them leading.

    Raises
    ------
    ConvError
        If the method asked for cannot compute this kernel.
    ShapeError
        If the halo of a tile would not fit in memory.
    """
    if request.method != "auto":
        check(request.method, kernel)
    allowed = _allowed(request, kernel)
    candidates = sorted(
        (_candidate(name, request, kernel, allowed) for name in METHODS),
        key=lambda c: (not c.applies, c.rank),
    )
    if request.method != "auto":
        chosen = next(c for c in candidates if c.method == request.method)
    else:
        chosen = next((c for c in candidates if c.applies), None) or _cheapest(candidates, allowed)
    if chosen.layout is not None and chosen.work_dtype is not None:
        layout.check(chosen.layout, chosen.work_dtype, request)
    return chosen, tuple(candidates)


def check(method: str, kernel: Structure) -> None:
    """Refuse a method that cannot compute the kernel."""
    if obstacle(method, kernel) is None:
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


def _allowed(request: Request, kernel: Structure) -> tuple[str, ...]:
    """Methods that keep the promises of `precision`, and the one asked for, at the user's own risk."""
    # Whole numbers of 32 and 64 bits are promised exactly, which rules the other methods out.
    exact = precision.exact_methods(request.values, kernel) if request.dtype.itemsize > 2 else ()
    return (*exact, request.method) if exact else METHODS


def _candidate(method: str, request: Request, kernel: Structure, allowed: tuple[str, ...]) -> Candidate:
    cannot = obstacle(method, kernel)
    if cannot is not None:
        return Candidate(method, False, cannot)
    weighed = weigh(method, request, kernel)
    if method not in allowed:
        return replace(weighed, applies=False, reason="whole numbers must be exact")
    if not _fits(weighed):
        return replace(weighed, applies=False, reason=f"tiles beyond {layout.LARGEST_TILE >> 30} GiB")
    return weighed


def _fits(candidate: Candidate) -> bool:
    return (
        candidate.layout is not None
        and candidate.work_dtype is not None
        and layout.fits(candidate.layout, candidate.work_dtype)
    )


def _cheapest(candidates: list[Candidate], allowed: tuple[str, ...]) -> Candidate:
    """The cheapest whose tiles, like all others', are too large: its sizes will be told."""
    return next(c for c in candidates if c.method in allowed and c.layout is not None)
