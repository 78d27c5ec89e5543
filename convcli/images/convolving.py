"""How a picture is convolved: geometry and border, the same for its colours and its transparency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcli import engine
from convcli.arithmetic.boundary import Boundary, parse_boundary
from convcli.errors import UsageError

from .picture import Layout, Pixels

HEIGHT_WIDTH = (0, 1)
Mode = str | tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """Everything about a convolution but the picture and the kernel.

    Parameters
    ----------
    mode : str or tuple of (int, int)
        ``same``, ``valid``, ``full``, or pixels added (before, after) along height and width.
    boundary : str
        What lies outside, by the engine's names.
    stride, dilation : (int, int)
        Along height and width.
    method : str
        The engine's method, or ``auto``.
    workers : int or None
        Threads; None: one a CPU.

    Raises
    ------
    UsageError
        If there is no such boundary rule.
    """

    mode: Mode = "same"
    boundary: str = "replicate"
    stride: tuple[int, ...] = (1, 1)
    dilation: tuple[int, ...] = (1, 1)
    method: str = "auto"
    workers: int | None = None

    def __post_init__(self) -> None:
        parse_boundary(self.boundary)  # an unknown rule is refused before any file is read

    @property
    def border(self) -> Boundary:
        """The boundary rule, parsed."""
        return parse_boundary(self.boundary)

    def plan(
        self, shape: tuple[int, ...], dtype: Any, weights: Pixels, *, out_dtype: Any = None
    ) -> engine.Plan:
        """Return the engine's plan for pixels of this shape and dtype."""
        return engine.plan(shape, dtype, weights, out_dtype=out_dtype, **self._arguments())

    def convolve(self, pixels: Pixels, weights: Pixels, *, out_dtype: Any = None) -> Pixels:
        """Convolve pixels of shape (H, W) or (H, W, C), each channel by itself."""
        return engine.convolve(pixels, weights, out_dtype=out_dtype, **self._arguments())

    def combine(
        self,
        pixels: Pixels,
        weights: Sequence[Pixels],
        function: Callable[[list[Pixels]], Pixels],
        *,
        work_dtype: Any,
    ) -> Pixels:
        """Make one picture of several convolutions as `engine.combine` does, of the dtype of the pixels."""
        return engine.combine(pixels, weights, function, work_dtype=work_dtype, **self._arguments())

    def _arguments(self) -> dict[str, Any]:
        return {
            "axes": HEIGHT_WIDTH,
            "mode": self.mode,
            "boundary": self.boundary,
            "stride": self.stride,
            "dilation": self.dilation,
            "method": self.method,
            "workers": self.workers,
        }

    def for_alpha(self, opaque: int) -> Setting:
        """Return the setting for transparency: zeros outside are nothing at all, a constant is opaque."""
        return self if self.border.name != "constant" else replace(self, boundary=f"constant:{opaque}")

    def for_light(self, opaque: int) -> Setting:
        """Return the setting for colours multiplied by their alpha: so is a constant outside."""
        if self.border.name != "constant":
            return self
        return replace(self, boundary=f"constant:{self.border.value * opaque}")

    def check_border(self, layout: Layout) -> None:
        """Refuse a constant outside that the picture's samples cannot hold.

        Raises
        ------
        UsageError
            If it is out of the range of the picture's sample format.
        """
        if self.border.name != "constant" or layout.dtype.kind == "f":
            return
        limits = np.iinfo(layout.dtype)
        if not limits.min <= self.border.value <= limits.max:
            raise UsageError(
                f"--padding-mode {self.boundary}: not from {limits.min} to {limits.max}",
                hint=f"that is the range of {layout.dtype} samples",
            )
