"""convcli itself."""

from __future__ import annotations

from functools import partial

from benchmarks.timing import Call
from benchmarks.works import Pixels, Work
from convcli import engine
from convcli.images import Edge, Layout, Picture, Setting

from .model import Peer


def peers(threads: int) -> tuple[Peer, ...]:
    """As the commands use it: the engine for blurs, the edge filter for edges."""
    return (Peer("convcli", partial(_prepare, threads)),)


def _prepare(threads: int, work: Work, pixels: Pixels) -> tuple[Call, str] | None:
    if work.kind != "edge":
        plan = engine.plan(pixels.shape, pixels.dtype, work.weights, axes=(0, 1), workers=threads)
        call = partial(engine.convolve, pixels, work.weights, axes=(0, 1), workers=threads)
        return call, f"method {plan.method}"
    edge = Edge(work.operator, setting=Setting(workers=threads))
    height, width = pixels.shape[:2]
    picture = Picture(Layout.of("RGB8", height, width, format="PNG"), pixels)
    return (lambda: edge.apply(picture)[0]), "images.Edge"
