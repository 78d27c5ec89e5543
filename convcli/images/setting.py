"""How a picture is convolved: geometry and border, the same for its colours and its transparency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from convcli import engine
from convcli.arithmetic.boundary import Boundary, parse_boundary
from convcli.arithmetic.shapes import effective_kernel
from convcli.errors import UsageError

from .picture import Layout, Pixels

HEIGHT_WIDTH = (0, 1)
Mode = str | tuple[tuple[int, int], ...]
Centre = Literal["lower", "upper"]
Function = Callable[[list[Pixels]], Pixels]


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
    correlate : bool
        Leave the kernel as it is instead of turning it round.
    centre : {'lower', 'upper'} or None
        Which of the two middle weights of an even kernel stands on the pixel, by its index in the kernel;
        None: lower for a convolution, upper for a correlation, and where weights stand apart what is in the
        middle of them all.

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
    correlate: bool = False
    centre: Centre | None = None

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
        return engine.plan(shape, dtype, weights, out_dtype=out_dtype, **self._arguments(weights.shape))

    def convolve(self, pixels: Pixels, weights: Pixels, *, out_dtype: Any = None) -> Pixels:
        """Convolve pixels of shape (H, W) or (H, W, C), each channel by itself."""
        return engine.convolve(pixels, weights, out_dtype=out_dtype, **self._arguments(weights.shape))

    def combine(
        self,
        pixels: Pixels,
        weights: Sequence[Pixels],
        function: Function,
        *,
        work_dtype: Any,
        out_dtype: Any,
    ) -> Pixels:
        """Make one picture of several convolutions as `engine.combine` does."""
        arguments = self._arguments(weights[0].shape)
        return engine.combine(
            pixels, weights, function, work_dtype=work_dtype, out_dtype=out_dtype, **arguments
        )

    def work_dtype(
        self, shape: tuple[int, ...], dtype: np.dtype[Any], weights: Pixels, *, out_dtype: np.dtype[Any]
    ) -> type[Any]:
        """Float type for `combine` that is exact enough to round its results once, or to leave them so.

        The engine knows when float32 is for its own results of 8 bits; those combined are not centred on the
        range, and where colours are given as light, it is as long as nothing cancels.
        """
        if dtype == np.uint8:
            plan = self.plan(shape, dtype, weights, out_dtype=np.uint8)
            return np.float64 if plan.work_dtype == np.float64 or plan.centre else np.float32
        if dtype not in (np.float16, np.float32) or out_dtype == np.float64:
            return np.float64
        return np.float32 if out_dtype.kind == "f" or (weights >= 0).all() else np.float64

    def middle(self, pixels: Pixels, kernel_shape: tuple[int, ...]) -> Pixels:
        """Return the pixel in the middle of each window of a kernel of this shape."""
        sizes = list(zip(kernel_shape, self.dilation, strict=True))
        impulse = np.zeros([effective_kernel(size, gap) for size, gap in sizes])
        impulse[tuple(self._before(size, gap) for size, gap in sizes)] = 1
        plain = replace(self, mode=self._mode(kernel_shape), dilation=(1, 1), correlate=True, centre=None)
        return replace(plain, method="auto").convolve(pixels, impulse)

    def with_outside(self, value: Fraction | float) -> Setting:
        """Return the setting with another constant outside, if one constant given by the user is there."""
        if self.border.name != "constant":
            return self
        return replace(self, boundary=f"constant:{float(value)!r}")

    def _before(self, size: int, gap: int) -> int:
        """Samples of a window that lie before the pixel it belongs to, along one axis."""
        if self.centre is None:
            return effective_kernel(size, gap) // 2
        index = size // 2 if self.centre == "upper" else (size - 1) // 2
        return gap * (index if self.correlate else size - 1 - index)

    def _mode(self, kernel_shape: tuple[int, ...]) -> Mode:
        """The engine's mode: with a centre of its own, same is so many pixels."""
        if self.mode != "same" or self.centre is None:
            return self.mode
        amounts = []
        for size, gap in zip(kernel_shape, self.dilation, strict=True):
            before = self._before(size, gap)
            amounts.append((before, effective_kernel(size, gap) - 1 - before))
        return tuple(amounts)

    def _arguments(self, kernel_shape: tuple[int, ...]) -> dict[str, Any]:
        return {
            "axes": HEIGHT_WIDTH,
            "mode": self._mode(kernel_shape),
            "boundary": self.boundary,
            "stride": self.stride,
            "dilation": self.dilation,
            "correlate": self.correlate,
            "method": self.method,
            "workers": self.workers,
        }

    def check_border(self, layout: Layout) -> None:
        """Refuse a constant outside that the picture's samples cannot hold.

        Raises
        ------
        UsageError
            If it is out of the range of the picture's sample format.
        """
        if self.border.name != "constant" or layout.table or layout.dtype.kind == "f":
            return
        limits = np.iinfo(layout.dtype)
        if not limits.min <= self.border.value <= limits.max:
            raise UsageError(
                f"--padding-mode {self.boundary}: not from {limits.min} to {limits.max}",
                hint=f"that is the range of {layout.dtype} samples",
            )
