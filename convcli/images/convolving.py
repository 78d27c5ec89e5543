"""Convolving pictures with one kernel: blurs, sharpening, and whatever users write down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

import numpy as np

from convcli import engine
from convcli.engine import rounding
from convcli.errors import UsageError
from convcli.kernels import Kernel, Weights

from . import lines, missing, whole
from .bands import by_rows
from .channels import Selection, select
from .clipping import outside
from .light import curve_for, notes_on_light
from .missing import Missing
from .picture import Layout, Picture, Pixels
from .setting import Setting
from .transparency import weighted

_CANCELLED = 1e-9  # of the absolute sum of weights: a smaller sum is that of a derivative
_ROUNDED = 1e-12  # next to 1: what adding up the weights of a mean leaves


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the range of samples, whatever it is: 0.5 is the middle.

    Parameters
    ----------
    fraction : float
        Of the lightest value.
    """

    fraction: float


@dataclass(frozen=True, slots=True)
class _Task:
    """A convolution of pictures of one layout."""

    selection: Selection
    setting: Setting
    weights: Weights
    bias: float
    dtype: np.dtype[Any]

    @property
    def total(self) -> float:
        """Sum of the weights, 0 for those of a derivative."""
        total = float(self.weights.sum())
        return total if abs(total) > _CANCELLED * np.abs(self.weights).sum() else 0.0

    @property
    def mean(self) -> bool:
        """Whether results never leave the range of the samples."""
        return bool((self.weights >= 0).all()) and self.total <= 1 + _ROUNDED and not self.bias

    @property
    def weighs(self) -> bool:
        """Whether colours count by their opacity.

        Not those of derivatives, nor of a single weight, which mixes nothing; nor those that negative weights
        sharpen while the transparency is kept, which may be nothing where that is something.
        """
        mixes = np.count_nonzero(self.weights) > 1 and self.total != 0
        if not (self.selection.colours and mixes):
            return False
        return self.selection.alpha or bool((self.weights >= 0).all())


@dataclass(frozen=True, slots=True)
class Convolve:
    """Convolve every channel with a kernel.

    Parameters
    ----------
    kernel : Kernel
    setting : Setting
    bias : float or Share
        Added to the colours after filtering, in the samples' units.
    channels : str or None
        As for `channels.select`; None: all, but for derivatives the colours alone.
    linear : bool
        Filter light, not the samples that sRGB codes it with.
    nan : {'propagate', 'ignore'}
        Whether NaN spreads as far as the kernel reaches, or is passed over.
    rows_alike : bool
        Take a line of numbers for a picture whose rows are all alike, so that a kernel of several rows and
        columns acts by the sums of its columns; else such a kernel is refused there.
    deep : Kernel or None
        The kernel for samples of more than 8 bits, if it is another.
    ring : bool
        Leave as it is what lies so near the border that the kernel would reach over it.
    """

    kernel: Kernel
    setting: Setting = field(default_factory=Setting)
    _: KW_ONLY
    bias: float | Share = 0.0
    channels: str | None = None
    linear: bool = False
    nan: Missing = "propagate"
    rows_alike: bool = False
    deep: Kernel | None = None
    ring: bool = False

    def plan(self, layout: Layout) -> engine.Plan:
        """Return the engine's plan, and refuse what cannot be done.

        Raises
        ------
        UsageError, ShapeError, ConvError
            If a channel does not exist, the samples are not light, a constant border is out of range, the
            kernel does not fit, or the method does not apply.
        """
        self.setting.check_border(layout)
        task = self._task(layout)
        shape = layout.shape if task.selection.alpha else task.selection.shape
        return task.setting.plan(shape, task.selection.dtype, task.weights, out_dtype=task.dtype)

    def result(self, layout: Layout) -> Layout:
        """Return the kind of the result: that of the picture, unless it becomes gray.

        Whole numbers of a table stay whole if the weights and the bias are; they become int64, or else
        float64.
        """
        task = self._task(layout)
        return replace(task.selection.result, dtype=task.dtype)

    def notes(self, layout: Layout) -> tuple[str, ...]:
        """Return what the user should know of how this picture is taken."""
        return notes_on_light(layout, linear=self.linear)

    @np.errstate(all="ignore")  # overflow and NaN are results here, not accidents
    def apply(self, picture: Picture) -> tuple[Pixels, int]:
        """Convolve a picture.

        Parameters
        ----------
        picture : Picture

        Returns
        -------
        pixels : ndarray, shape (H', W') or (H', W', C)
            Of the result's dtype, rounded once.
        clipped : int
            Samples that left the range by more than half a step.

        Notes
        -----
        Colours count by their opacity, as `transparency.weighted` tells. Where everything under the kernel is
        opaque this is the plain sum(w c), and is computed as such.
        """
        task = self._task(picture.layout)
        clipped: list[int] = []  # of each tile, from any thread
        alpha = picture.alpha
        if alpha is None or not task.weighs or self._stays_opaque(alpha, picture.layout):
            pixels = self._plain(task, picture, clipped)
        else:
            pixels = self._weighted(task, picture, alpha, clipped)
        if self.ring:
            _keep_border(pixels, picture.pixels, task)
        return pixels, sum(clipped)

    def measure(self, plan: engine.Plan, picture: Picture) -> engine.Plan:
        """Return the plan with the times that its candidates take on the picture."""
        task = self._task(picture.layout)
        values = (
            picture.pixels
            if task.selection.alpha
            else task.selection.values(picture.pixels, workers=self.setting.workers)
        )
        return engine.measure(plan, values, task.weights)

    def _task(self, layout: Layout) -> _Task:
        """Resolve what depends on the picture."""
        kernel = self.deep if self.deep is not None and layout.dtype != np.uint8 else self.kernel
        setting, weights = self.setting, kernel.plane
        if layout.line:
            setting, weights = lines.laid(setting), lines.flattened(kernel, rows_alike=self.rows_alike)
        curve = curve_for(layout, linear=self.linear)
        derivative = abs(kernel.sum) <= _CANCELLED * np.abs(kernel.array).sum()
        selection = select(
            layout, self.channels, default="rgb" if derivative else "rgba", alike=derivative, curve=curve
        )
        bias = _in_units(self.bias, layout)
        dtype = whole.result_dtype(layout, setting, weights, bias) if layout.table else layout.dtype
        return _Task(selection, setting, weights, bias, dtype)

    def _stays_opaque(self, alpha: Pixels, layout: Layout) -> bool:
        """Whether nothing is transparent inside, nor outside by the border's rule."""
        return not self.setting.border.constant and bool((alpha == layout.opaque).all())

    def _plain(self, task: _Task, picture: Picture, clipped: list[int]) -> Pixels:
        """Convolve each channel by itself; transparency, if it is filtered, with weights of sum 1."""
        selection = task.selection
        alike = selection.alpha and abs(task.total - 1) < _ROUNDED and not (task.bias or selection.curve)
        if alike and not self.setting.border.constant:
            return self._filtered(task, picture.pixels, clipped)
        filtered = self._filtered(
            task, selection.values(picture.pixels, workers=self.setting.workers), clipped
        )
        alpha = None
        if selection.alpha and picture.alpha is not None:
            setting = task.setting.with_outside(picture.layout.opaque)
            convolve = missing.convolution(self.nan, picture.alpha)
            alpha = convolve(setting, picture.alpha, task.weights / task.total)
        return selection.assemble(filtered, alpha, picture, task.setting, task.weights)

    def _filtered(self, task: _Task, values: Pixels, clipped: list[int]) -> Pixels:
        """Convolve and finish values, by the shortest way."""
        finish = _finishing(task, clipped)
        if task.dtype == np.int64 and values.dtype.kind in "biu":
            return whole.convolve(task.setting, values, task.weights, bias=int(task.bias))
        setting = task.selection.in_light(task.setting)
        if missing.passed_over(self.nan, values):
            return missing.combine(setting, values, [task.weights], finish, out_dtype=task.dtype)
        if not (task.selection.curve or task.bias) and (task.mean or task.dtype.kind == "f"):
            return setting.convolve(values, task.weights, out_dtype=task.dtype)
        work = setting.work_dtype(values.shape, values.dtype, task.weights, out_dtype=task.dtype)
        return setting.combine(values, [task.weights], finish, work_dtype=work, out_dtype=task.dtype)

    def _weighted(self, task: _Task, picture: Picture, alpha: Pixels, clipped: list[int]) -> Pixels:
        """Convolve colours by their opacity, and the opacity itself."""
        selection, weights = task.selection, task.weights
        values = selection.values(picture.pixels, workers=self.setting.workers)
        short = values.dtype in (np.uint8, np.float16, np.float32) and (weights >= 0).all()
        sums = weighted(
            values,
            alpha,
            weights,
            selection.in_light(task.setting),
            opaque=picture.layout.opaque,
            work=np.float32 if short else np.float64,
            convolve=missing.convolution(self.nan, picture.pixels),
        )
        colours = result = np.empty(sums.light.shape, task.dtype)
        if selection.alpha:
            result = np.empty((*sums.coverage.shape, len(selection.channels) + 1), task.dtype)
            colours = result[..., :-1] if sums.light.ndim == 3 else result[..., 0]
        finish = _finishing(task, clipped)

        def store(rows: slice) -> None:
            rounding.store(finish([sums.mean(rows)]), colours[rows])
            if selection.alpha:
                coverage = sums.coverage[rows]
                clipped.append(outside(coverage, task.dtype))
                rounding.store(coverage, result[rows][..., -1])

        by_rows(store, sums.light.shape, workers=task.setting.workers)
        if selection.alpha:
            return result
        return selection.assemble(result, None, picture, task.setting, weights)


def _in_units(bias: float | Share, layout: Layout) -> float:
    """The bias in the units of the samples."""
    if not isinstance(bias, Share):
        return bias
    if layout.table:
        raise UsageError(
            f"--bias {bias.fraction:.0%}: numbers of a table have no range", hint="give the bias as a number"
        )
    return bias.fraction * layout.opaque


def _finishing(task: _Task, clipped: list[int]) -> Callable[[list[Pixels]], Pixels]:
    """What turns filtered values into samples that are not rounded yet, and counts those out of range."""
    curve, bias, dtype = task.selection.curve, task.bias, task.dtype

    def finish(parts: list[Pixels]) -> Pixels:
        values = curve.encode(parts[0]) if curve else parts[0]
        if bias:
            values += bias
        clipped.append(outside(values, dtype))
        return values

    return finish


def _keep_border(pixels: Pixels, original: Pixels, task: _Task) -> None:
    """Put back the pixels whose windows reach over the border, where results lie on what they come from."""
    if pixels.shape != original.shape:
        return
    sizes = zip(task.weights.shape, task.setting.dilation, strict=True)
    top, left = (gap * (size // 2) for size, gap in sizes)
    for rows, columns in (
        (slice(0, top), slice(None)),
        (slice(max(len(pixels) - top, 0), None), slice(None)),
        (slice(None), slice(0, left)),
        (slice(None), slice(max(pixels.shape[1] - left, 0), None)),
    ):
        pixels[rows, columns] = original[rows, columns]
