"""Edges: derivatives of a picture, and how they are shown as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convcli import engine
from convcli.errors import ReadError, UsageError
from convcli.kernels import Kernel, parse

from .convolving import Setting
from .picture import Layout, Picture, Pixels

Operator = Literal["pair", "sobel", "prewitt", "scharr", "roberts", "farid", "laplacian", "log"]
Axis = Literal["x", "y", "both"]
Show = Literal["magnitude", "absolute", "signed"]

Real = NDArray[Any]

# The kernels of each operator; two that end in -x and -y are the directions that --axis chooses from.
_KERNELS: Mapping[Operator, tuple[str, ...]] = {
    "pair": ("pair-x", "pair-y"),
    "sobel": ("sobel-x", "sobel-y"),
    "prewitt": ("prewitt-x", "prewitt-y"),
    "scharr": ("scharr-x", "scharr-y"),
    "roberts": ("roberts-a", "roberts-b"),
    "farid": ("farid-x", "farid-y"),
    "laplacian": ("laplacian",),
    "log": ("log:2",),
}


@dataclass(frozen=True, slots=True)
class Edge:
    """Subtract neighbours and show the differences.

    Parameters
    ----------
    operator : str
        Which neighbours, with which weights.
    axis : {'x', 'y', 'both'}
        Differences to the right, downwards, or both.
    show : {'magnitude', 'absolute', 'signed'}
        Root of the sum of squares; sum of absolute values; mean, with mid-grey for 0.
    setting : Setting

    Raises
    ------
    UsageError
        If the operator has no such direction.
    """

    operator: Operator = "pair"
    axis: Axis = "both"
    show: Show = "magnitude"
    setting: Setting = field(default_factory=Setting)

    def __post_init__(self) -> None:
        if self.axis != "both" and f"{self.operator}-{self.axis}" not in _KERNELS[self.operator]:
            raise UsageError(
                f"--axis {self.axis}: the {self.operator} operator has no such direction",
                hint="choose pair, sobel, prewitt, scharr or farid, or leave --axis out",
            )

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """The kernels, of one shape so that their results fit each other in every mode."""
        if self.axis != "both":
            return (parse(f"{self.operator}-{self.axis}"),)
        found = [parse(name) for name in _KERNELS[self.operator]]
        height, width = (max(sizes) for sizes in zip(*(kernel.shape for kernel in found), strict=True))
        return tuple(_grown(kernel, height, width) for kernel in found)

    @property
    def kernel(self) -> Kernel:
        """The first kernel, under the name of all of them."""
        first = self.kernels[0]
        return first if len(self.kernels) == 1 else replace(first, name=self.operator)

    def plan(self, layout: Layout) -> engine.Plan:
        """Return the engine's plan for one kernel with the time of all, and refuse what cannot be done.

        Raises
        ------
        ReadError
            If the picture holds amounts of ink: more is darker, and its differences mean the opposite.
        UsageError, ShapeError, ConvError
            As for a blur.
        """
        if layout.channels[:4] == tuple("CMYK"):
            raise ReadError("edges of CMYK colours are not supported", hint="convert it to RGB first")
        self.setting.check_border(layout)
        work = _work(layout.dtype)
        kernels = self.kernels
        plan = self.setting.plan(layout.colours.shape, layout.dtype, kernels[0].array, out_dtype=work)
        return plan.times(len(kernels))

    def result(self, layout: Layout) -> Layout:
        """Return the kind of the result, which is that of the picture."""
        return layout

    def apply(self, picture: Picture) -> tuple[Pixels, int]:
        """Find the edges of a picture, in each colour channel by itself.

        Parameters
        ----------
        picture : Picture

        Returns
        -------
        pixels : ndarray, shape (H', W') or (H', W', C)
            Of the picture's dtype. Transparency is not filtered: each result has that of the pixel in the
            middle of its window.
        clipped : int
            Samples that left the range.

        Notes
        -----
        Differences are divided by the sum of the kernel's positive weights, so the largest one fits the
        range. Signed differences of unsigned samples are halved and put on the middle of the range, 128 or
        32768; other samples keep the sign themselves.
        """
        dtype, weights = picture.pixels.dtype, self.kernel.array
        scale = float(weights[weights > 0].sum())
        clipped: list[int] = []  # of each tile, from any thread

        def shown(parts: list[Real]) -> Real:
            values = _combined(parts, self.show)
            if scale != 1:
                values /= scale
            if self.show == "signed" and dtype.kind == "u":
                values /= 2
                values += np.iinfo(dtype).max // 2 + 1
            clipped.append(_outside(values, dtype))
            return values

        pixels = self.setting.combine(
            picture.colours, [kernel.array for kernel in self.kernels], shown, work_dtype=_work(dtype)
        )
        if picture.alpha is None:
            return pixels, sum(clipped)
        return np.dstack((pixels, self._alpha(picture.alpha))), sum(clipped)

    def measure(self, plan: engine.Plan, picture: Picture) -> engine.Plan:
        """Return the plan with the times that its candidates take on the picture, for all kernels."""
        kernels = self.kernels
        return engine.measure(plan, picture.colours, kernels[0].array, repeats=len(kernels))

    def _alpha(self, alpha: Pixels) -> Pixels:
        """Transparency of the pixel in the middle of each window."""
        middle = np.zeros_like(self.kernel.array)
        height, width = middle.shape
        middle[(height - 1) // 2, (width - 1) // 2] = 1
        return replace(self.setting.for_alpha(255), method="auto").convolve(alpha, middle)


def _grown(kernel: Kernel, height: int, width: int) -> Kernel:
    """Append rows and columns of zeros; from an odd to the next even size the centre stays where it is."""
    rows, columns = height - kernel.shape[0], width - kernel.shape[1]
    array = np.pad(kernel.array, ((0, rows), (0, columns)))
    return replace(kernel, array=array)


def _work(dtype: np.dtype[Any]) -> type[np.floating[Any]]:
    """Type to square and add differences in: float32 is exact enough for 8 bits."""
    return np.float32 if dtype in (np.uint8, np.float32) else np.float64


def _combined(parts: list[Real], show: Show) -> Real:
    """One value of the differences in all directions, in the memory of the first."""
    total = parts[0]
    if show == "signed":
        for part in parts[1:]:
            total += part
        total /= len(parts)
        return total
    if show == "absolute" or len(parts) == 1:
        np.abs(total, out=total)
        for part in parts[1:]:
            total += np.abs(part, out=part)
        return total
    total *= total
    for part in parts[1:]:
        part *= part
        total += part
    root: Real = np.sqrt(total, out=total)
    return root


def _outside(values: Real, dtype: np.dtype[Any]) -> int:
    """How many values lie more than half a step beyond what `dtype` holds; a full signed step does not."""
    if dtype.kind == "f":
        return 0
    limits = np.iinfo(dtype)
    low, high = limits.min - 0.5, limits.max + 0.5
    # Most tiles hold none, which their extremes tell.
    if values.size == 0 or (low <= values.min() and values.max() <= high):
        return 0
    return int(np.count_nonzero(values > high)) + int(np.count_nonzero(values < low))
