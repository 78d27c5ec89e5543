"""Animations as the bytes of a file, in any of the formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from convcli.drawing import raster, svg
from convcli.drawing.frames import Animation
from convcli.drawing.themes import ThemeName

Format = Literal["gif", "svg", "png"]


def render(
    animation: Animation,
    kind: Format,
    *,
    theme_name: ThemeName = "auto",
    scale: int = 1,
    watch: Callable[[float], None] | None = None,
) -> bytes:
    """Draw an animation.

    Parameters
    ----------
    animation : Animation
    kind : {"gif", "svg", "png"}
        A PNG shows the last frame. An SVG of one frame does not move.
    theme_name : {"light", "dark", "auto"}
        ``auto`` is what the reader prefers in an SVG, and light elsewhere.
    scale : int
        Pixels for each pixel of the layout.
    watch : callable, optional
        Gets the number of frames of a GIF that are drawn, after each.

    Returns
    -------
    bytes
        The same for the same request.
    """
    match kind:
        case "gif":
            return raster.gif(animation, theme_name=theme_name, scale=scale, watch=watch)
        case "png":
            return raster.png(animation, theme_name=theme_name, scale=scale)
        case "svg":
            return svg.animated(animation, theme_name=theme_name, scale=scale).encode()
