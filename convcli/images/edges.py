"""Edges: derivatives of a picture, and how they are shown as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from convcli import engine
from convcli.errors import ReadError, UsageError
from convcli.kernels import Kernel, Weights, compose, gaussian, parse

from . import gradients, lines, missing, otsu
from .channels import Selection, select
from .clipping import outside
from .gradients import Show
from .light import curve_for, notes_on_light
from .missing import Missing
from .picture import Layout, Picture, Pixels
from .setting import Setting

Operator = Literal["pair", "sobel", "prewitt", "scharr", "roberts", "farid", "laplacian", "log"]
Axis = Literal["x", "y", "both"]

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
_DIRECTED = "choose pair, sobel, prewitt, scharr or farid"


@dataclass(frozen=True, slots=True)
class _Task:
    """The edges of pictures of one layout."""

    selection: Selection
    setting: Setting
    weights: tuple[Weights, ...]
    scale: float
    shown: np.dtype[Any]
    result: Layout

    @property
    def top(self) -> float:
        """The lightest value of the result."""
        return 1.0 if self.result.dtype.kind == "f" else float(np.iinfo(self.result.dtype).max)


@dataclass(frozen=True, slots=True)
class Edge:
    """Subtract neighbours and show the differences.

    Parameters
    ----------
    operator : str
        Which neighbours, with which weights.
    axis : {'x', 'y', 'both'}
        Differences to the right, downwards, or both.
    show : {'magnitude', 'absolute', 'signed', 'direction'} or None
        Root of the sum of squares; sum of absolute values; mean, with mid-grey for 0; or where the luminance
        grows most, as a colour: its hue is the angle, red to the right, and as bright as the magnitude. None:
        the magnitude, or the raw values of a single kernel with their sign.
    setting : Setting
    sigma : float or None
        Standard deviation in pixels of a Gaussian to smooth with first; one kernel does both.
    raw : bool
        Keep values as the kernels give them, not scaled, rounded or limited; directions in degrees, above
        -180 and up to 180, 90 downwards.
    threshold : float, 'otsu' or None
        Show what lies above it white and the rest black, in the units of what would be shown.
    channels : str or None
        As for `channels.select`; None: the colours, or their luminance for directions and thresholds.
    linear : bool
        Take the differences of light, not of the samples that sRGB codes it with; they are stored as they
        are, measured from 0 to the largest sample.
    nan : {'propagate', 'ignore'}
        Whether NaN spreads as far as the kernel reaches, or is passed over.

    Raises
    ------
    UsageError
        If the operator has no such direction, or one choice contradicts another.
    """

    operator: Operator = "pair"
    axis: Axis = "both"
    show: Show | None = None
    setting: Setting = field(default_factory=Setting)
    _: KW_ONLY
    sigma: float | None = None
    raw: bool = False
    threshold: float | Literal["otsu"] | None = None
    channels: str | None = None
    linear: bool = False
    nan: Missing = "propagate"

    def __post_init__(self) -> None:
        directed = f"{self.operator}-x" in _KERNELS[self.operator]
        if self.axis != "both" and not directed:
            raise UsageError(
                f"--axis {self.axis}: the {self.operator} operator has no such direction",
                hint=f"{_DIRECTED}, or leave --axis out",
            )
        if self.show == "direction":
            self._check_direction(directed)
        if self._gray and (self.channels or "gray") != "gray":
            option = "--show direction" if self.show == "direction" else "--threshold"
            raise UsageError(
                f"{option} is of the luminance, not of --channels {self.channels}",
                hint="leave --channels out",
            )
        try:
            _kernels(self.operator, self.axis, self.sigma)
        except UsageError as error:
            raise UsageError(f"--sigma: {error.message}", hint=error.hint) from None

    def _check_direction(self, directed: bool) -> None:
        if not directed:
            raise UsageError(
                f"--show direction: the {self.operator} operator has no directions", hint=_DIRECTED
            )
        if self.axis != "both":
            raise UsageError(
                f"--show direction needs both axes, not --axis {self.axis}", hint="leave --axis out"
            )
        if self.threshold is not None:
            raise UsageError("--threshold does not apply to directions", hint="show the magnitude")

    @property
    def _gray(self) -> bool:
        """Whether what is asked for is known of the luminance only."""
        return self.show == "direction" or self.threshold is not None

    @property
    def kernels(self) -> tuple[Kernel, ...]:
        """The kernels, of one shape so that their results fit each other in every mode."""
        return _kernels(self.operator, self.axis, self.sigma)

    @property
    def kernel(self) -> Kernel:
        """The first kernel, under the name of all of them."""
        first = self.kernels[0]
        return first if len(self.kernels) == 1 else replace(first, name=_name(self.operator, self.sigma))

    @property
    def _effective_show(self) -> Show:
        """What is shown, also where that is left open."""
        if self.show is not None:
            return self.show
        signed = self.raw and self.threshold is None and len(self.kernels) == 1
        return "signed" if signed else "magnitude"

    def plan(self, layout: Layout) -> engine.Plan:
        """Return the engine's plan for one kernel with the time of all, and refuse what cannot be done.

        Raises
        ------
        ReadError
            If the picture holds amounts of ink: more is darker, and its differences mean the opposite.
        UsageError, ShapeError, ConvError
            As for any convolution.
        """
        if layout.channels[:4] == tuple("CMYK"):
            raise ReadError("edges of CMYK colours are not supported", hint="convert it to RGB first")
        if layout.line and self.axis == "y":
            raise UsageError("--axis y: a list of numbers has no such direction", hint="leave --axis out")
        self.setting.check_border(layout)
        task = self._task(layout)
        work = self._work(task, task.selection.shape)
        plan = task.setting.plan(task.selection.shape, task.selection.dtype, task.weights[0], out_dtype=work)
        return plan.times(len(task.weights))

    def result(self, layout: Layout) -> Layout:
        """Return the kind of the result: that of the picture, unless another is asked for.

        Luminance and thresholds are gray, directions are colours. Raw values are float32, or float64 if the
        samples have more than 16 bits; so is what comes of whole numbers in a table.
        """
        return self._task(layout).result

    def notes(self, layout: Layout) -> tuple[str, ...]:
        """Return what the user should know of how this picture is taken."""
        return notes_on_light(layout, linear=self.linear)

    @np.errstate(all="ignore")  # overflow and NaN are results here, not accidents
    def apply(self, picture: Picture) -> tuple[Pixels, int]:
        """Find the edges of a picture, in each channel by itself.

        Parameters
        ----------
        picture : Picture

        Returns
        -------
        pixels : ndarray, shape (H', W') or (H', W', C)
            Of the result's dtype. What is not filtered, such as transparency, is that of the pixel in the
            middle of each window.
        clipped : int
            Samples that left the range.

        Notes
        -----
        Differences are divided by the sum of the kernel's positive weights, so the largest one fits the
        range. Signed differences of unsigned samples are halved and put on the middle of the range, 128 or
        32768; other samples keep the sign themselves.
        """
        task = self._task(picture.layout)
        values = task.selection.values(picture.pixels, workers=self.setting.workers)
        clipped: list[int] = []  # of each tile, from any thread
        if len(task.result.colours.channels) == 3 and self.show == "direction":
            pixels = self._coloured(task, values, clipped)
            alpha = task.selection.alpha_of(picture, task.setting, task.weights[0].shape, pixels.dtype)
            return (pixels if alpha is None else np.dstack((pixels, alpha))), sum(clipped)
        dtype = task.shown if self.threshold == "otsu" else task.result.dtype
        pixels = self._combined(task, values, self._shown(task, clipped), dtype)
        if self.threshold == "otsu":
            pixels = np.where(pixels > otsu.threshold(pixels), task.top, 0).astype(task.result.dtype)
        return task.selection.assemble(pixels, None, picture, task.setting, task.weights[0]), sum(clipped)

    def measure(self, plan: engine.Plan, picture: Picture) -> engine.Plan:
        """Return the plan with the times that its candidates take on the picture, for all kernels."""
        task = self._task(picture.layout)
        values = task.selection.values(picture.pixels, workers=self.setting.workers)
        return engine.measure(plan, values, task.weights[0], repeats=len(task.weights))

    def _task(self, layout: Layout) -> _Task:
        """Resolve what depends on the picture."""
        setting, kernels = self.setting, self.kernels
        weights = [kernel.plane for kernel in kernels]
        scale = float(weights[0][weights[0] > 0].sum())
        if layout.line:
            setting = lines.laid(setting)
            weights = [lines.flattened(kernel, rows_alike=True) for kernel in kernels]
        curve = curve_for(layout, linear=self.linear)
        default = "gray" if self._gray else "rgb"
        selection = select(layout, self.channels, default=default, alike=True, curve=curve)
        shown = _shown_dtype(layout, raw=self.raw)
        result = selection.result
        if self.show == "direction" and not (self.raw or layout.table):
            result = replace(result, channels=("R", "G", "B", *(("A",) if layout.has_alpha else ())))
        stored = _shown_dtype(layout, raw=False) if self.threshold is not None else shown
        return _Task(selection, setting, tuple(weights), scale, shown, replace(result, dtype=stored))

    def _shown(self, task: _Task, clipped: list[int]) -> Callable[[list[Pixels]], Pixels]:
        """What makes one value of the differences in all directions, and counts those out of range."""
        angle = self.show == "direction"

        def shown(parts: list[Pixels]) -> Pixels:
            values = gradients.combined(parts, self._effective_show)
            if task.scale != 1 and not (self.raw or angle):
                values /= task.scale
            if self._effective_show == "signed" and task.shown.kind == "u":
                values /= 2
                values += np.iinfo(task.shown).max // 2 + 1
            if isinstance(self.threshold, float | int):
                return np.where(values > self.threshold, task.top, 0).astype(values.dtype)
            clipped.append(outside(values, task.shown))
            return values

        return shown

    def _coloured(self, task: _Task, values: Pixels, clipped: list[int]) -> Pixels:
        """The directions as a circle of hues, channel by channel, so that each is rounded in its tiles."""
        top = np.inf if task.shown.kind == "f" else task.top

        def channel(position: int) -> Pixels:
            def shown(parts: list[Pixels]) -> Pixels:
                colour, length = gradients.hue(parts, position, scale=task.scale, top=top)
                if position == 0:
                    clipped.append(outside(length, task.shown))
                return colour

            return self._combined(task, values, shown, task.shown)

        return np.stack([channel(position) for position in range(3)], axis=-1)

    def _combined(
        self, task: _Task, values: Pixels, function: Callable[[list[Pixels]], Pixels], dtype: np.dtype[Any]
    ) -> Pixels:
        """Convolve with every kernel and make one picture of the results."""
        setting = task.selection.in_light(task.setting)
        if missing.passed_over(self.nan, values):
            return missing.combine(setting, values, task.weights, function, out_dtype=dtype)
        work = self._work(task, values.shape)
        return setting.combine(values, task.weights, function, work_dtype=work, out_dtype=dtype)

    def _work(self, task: _Task, shape: tuple[int, ...]) -> type[Any]:
        """Float type to square and add differences in."""
        return task.setting.work_dtype(shape, task.selection.dtype, task.weights[0], out_dtype=task.shown)


@lru_cache(maxsize=4)  # wide ones take seconds, and every frame asks for them
def _kernels(operator: Operator, axis: Axis, sigma: float | None) -> tuple[Kernel, ...]:
    """The kernels of one or both directions, each behind a Gaussian as one, all of one shape."""
    names = _KERNELS[operator] if axis == "both" else (f"{operator}-{axis}",)
    found = [parse(name) for name in names]
    height, width = (max(sizes) for sizes in zip(*(kernel.shape for kernel in found), strict=True))
    grown = [_grown(kernel, height, width) for kernel in found]
    if sigma is None:
        return tuple(grown)
    smooth = gaussian(sigma)
    return tuple(
        replace(kernel, name=_name(kernel.name, sigma), array=compose(smooth, kernel.plane))
        for kernel in grown
    )


def _name(name: str, sigma: float | None) -> str:
    return name if sigma is None else f"{name} of gaussian:{sigma:g}"


def _shown_dtype(layout: Layout, *, raw: bool) -> np.dtype[Any]:
    """Type of what is shown: raw values and tables are real numbers."""
    if not raw and not layout.table:
        return layout.dtype
    if layout.dtype.kind == "f":
        return layout.dtype
    return np.dtype(np.float32 if raw and layout.dtype.itemsize <= 2 else np.float64)


def _grown(kernel: Kernel, height: int, width: int) -> Kernel:
    """Append rows and columns of zeros; from an odd to the next even size the centre stays where it is."""
    rows, columns = height - kernel.shape[0], width - kernel.shape[1]
    array = np.pad(kernel.array, ((0, rows), (0, columns)))
    return replace(kernel, array=array)
