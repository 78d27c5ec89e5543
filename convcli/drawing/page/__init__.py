"""One self-contained page on which a convolution is explored: numbers, functions, distributions."""

from __future__ import annotations

from convcli.drawing.page.assembling import render

__all__ = ["render"]
