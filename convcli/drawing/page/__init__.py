"""One self-contained page on which a convolution is explored: numbers, functions, distributions."""

from __future__ import annotations

from convcli.drawing.page.assembling import render
from convcli.drawing.page.worked import scene_of

__all__ = ["render", "scene_of"]
