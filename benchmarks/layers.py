"""Layers of neural networks: convcli beside the matrix product alone, plain NumPy, SciPy and PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from convcli.arithmetic.axis import Axis
from convcli.engine import layers

from . import memory, timing
from .results import Part, Row
from .settings import Settings
from .timing import Contender

NAME = "layers"

Tensor = NDArray[Any]

GEMM = "the product alone"

# SciPy convolves one channel at a time: with more pairs of channels than these it is not waited for.
_PATIENCE = 5_000


@dataclass(frozen=True)
class LayerWork:
    """A layer on a batch of squares, in single precision.

    Parameters
    ----------
    title : str
        Where such a layer is found.
    shape : tuple of int
        Batch, channels, side.
    outputs, kernel, stride, padding, groups : int
    kind : {"conv", "convt", "max", "avg"}
    """

    title: str
    shape: tuple[int, int, int]
    outputs: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1
    kind: Literal["conv", "convt", "max", "avg"] = "conv"

    @property
    def name(self) -> str:
        """For tables."""
        batch, channels, side = self.shape
        return f"{self.title}, {batch}x{channels}x{side}x{side}"

    @property
    def axis(self) -> Axis:
        """Both axes."""
        return Axis(
            size=self.shape[2],
            kernel=self.kernel,
            stride=self.stride,
            before=self.padding,
            after=self.padding,
            transposed=self.kind == "convt",
        )

    @cached_property
    def x(self) -> Tensor:
        """The input."""
        batch, channels, side = self.shape
        random = np.random.default_rng(1)
        return random.standard_normal((batch, channels, side, side)).astype(np.float32)

    @cached_property
    def weights(self) -> Tensor:
        """The kernels, as PyTorch has them."""
        channels = self.shape[1]
        first, second = (channels, self.outputs) if self.kind == "convt" else (self.outputs, channels)
        shape = (first, second // self.groups, self.kernel, self.kernel)
        return np.random.default_rng(2).standard_normal(shape).astype(np.float32)

    @property
    def multiply_adds(self) -> int:
        """Of the whole batch."""
        places = (self.shape[2] if self.kind == "convt" else self.axis.output) ** 2
        return self.shape[0] * places * int(self.weights.size)


WORKS = (
    LayerWork("3x3, 64 to 64 channels", (1, 64, 56), 64, 3, padding=1),
    LayerWork("3x3, 64 to 64 channels", (16, 64, 56), 64, 3, padding=1),
    LayerWork("7x7 stride 2, 3 to 64", (1, 3, 224), 64, 7, stride=2, padding=3),
    LayerWork("1x1, 256 to 64", (1, 256, 56), 64, 1),
    LayerWork("3x3, 512 to 512", (1, 512, 7), 512, 3, padding=1),
    LayerWork("3x3 stride 2, 128 to 128", (4, 128, 56), 128, 3, stride=2, padding=1),
    LayerWork("3x3 in 32 groups of 4", (1, 128, 56), 128, 3, padding=1, groups=32),
    LayerWork("3x3 depthwise", (1, 64, 112), 64, 3, padding=1, groups=64),
    LayerWork("4x4 stride 2 transposed, 128 to 64", (1, 128, 28), 64, 4, 2, 1, kind="convt"),
    LayerWork("3x3 stride 2 maximum", (8, 64, 112), 64, 3, 2, 1, kind="max"),
    LayerWork("7x7 average", (8, 64, 56), 64, 7, 1, 3, kind="avg"),
)


def measure(settings: Settings) -> Part:
    """Time every way at every layer, and compare the results in double precision."""
    rows: list[Row] = []
    remarks: list[str] = []
    torch = _torch(settings.threads)
    if torch is None:
        remarks.append("PyTorch is left out: torch is not installed")
    for work in WORKS[2:] if settings.quick else WORKS:
        if not settings.wants(work.name):
            continue
        settings.tell(f"layers: {work.name}")
        contenders = [
            Contender("convcli", lambda work=work: own(work, work.x, work.weights, settings.threads))
        ]
        contenders += _others(work)
        if torch is not None:
            contenders.append(Contender("PyTorch", torch(work)))
        truth = own(work, work.x.astype(float), work.weights.astype(float), settings.threads)
        for row, way in zip(
            timing.rows(work.name, contenders, repeats=settings.repeats), contenders, strict=True
        ):
            judged = "" if row.tool == GEMM else _judged(way.call(), truth)
            grown = memory.peak_growth(way.call)
            beyond = None if grown is None else max(grown - truth.nbytes / 2 / memory.MIB, 0.0)
            rows.append(replace(row, accuracy=judged, memory=None if row.tool == GEMM else beyond))
    return settings.part(NAME, "batches in single precision, in memory", rows, remarks)


def own(work: LayerWork, x: Tensor, weights: Tensor, workers: int) -> Tensor:
    """The layer by convcli."""
    axes = (work.axis, work.axis)
    if work.kind in ("max", "avg"):
        return layers.pool(x, how=work.kind, axes=axes, workers=workers)
    if work.kind == "convt":
        return layers.transpose(x, weights, axes=axes, groups=work.groups, workers=workers)
    return layers.convolve(x, weights, axes=axes, groups=work.groups, workers=workers)


def _others(work: LayerWork) -> list[Contender]:
    """The product, plain NumPy, and SciPy, where they can do it."""
    if work.kind == "convt":
        return []
    if work.kind in ("max", "avg"):
        return [Contender("NumPy", lambda: numpy_pool(work), "sliding_window_view, and its maximum or mean")]
    ways = [
        Contender(GEMM, product(work), "numpy.matmul of the kernels and windows gathered before"),
        Contender("NumPy", lambda: gathered(work), "sliding_window_view, copied, and numpy.matmul"),
    ]
    if work.shape[0] * work.weights[..., 0, 0].size <= _PATIENCE and work.stride == 1:
        ways.append(Contender("scipy.signal", lambda: scipy_sums(work), "correlate, channel by channel"))
    return ways


def _padded(work: LayerWork, value: float = 0.0) -> Tensor:
    ends = (work.padding, work.padding)
    return np.pad(work.x, ((0, 0), (0, 0), ends, ends), constant_values=value)


def _windows(x: Tensor, work: LayerWork) -> Tensor:
    seen = np.lib.stride_tricks.sliding_window_view(x, (work.kernel, work.kernel), axis=(2, 3))
    return seen[:, :, :: work.stride, :: work.stride]


def gathered(work: LayerWork) -> Tensor:
    """All windows copied at once, and one product for each sample of the batch and group."""
    batch, _, side = work.shape[0], work.shape[1], work.axis.output
    windows = _windows(_padded(work), work).reshape(batch, work.groups, -1, side, side, work.kernel**2)
    columns = windows.transpose(0, 1, 2, 5, 3, 4).reshape(batch, work.groups, -1, side * side)
    kernels = work.weights.reshape(work.groups, work.outputs // work.groups, -1)
    return np.matmul(kernels, columns).reshape(batch, work.outputs, side, side)


def product(work: LayerWork) -> Callable[[], Tensor]:
    """A product of the size that the layer comes to."""
    kernels = work.weights.reshape(work.groups, work.outputs // work.groups, -1)
    places = work.shape[0] * work.axis.output**2
    columns = np.random.default_rng(3).standard_normal((work.groups, kernels.shape[2], places), np.float32)
    out = np.empty((work.groups, kernels.shape[1], places), np.float32)
    return lambda: np.matmul(kernels, columns, out=out)


def scipy_sums(work: LayerWork) -> Tensor:
    """Sums of convolutions of one channel each."""
    from scipy.signal import correlate

    x, side = _padded(work), work.axis.output
    result = np.zeros((work.shape[0], work.outputs, side, side), np.float32)
    inner = work.weights.shape[1]
    for n, m, c in np.ndindex(*result.shape[:2], inner):
        channel = m // (work.outputs // work.groups) * inner + c
        result[n, m] += correlate(x[n, channel], work.weights[m, c], "valid")
    return result


def numpy_pool(work: LayerWork) -> Tensor:
    """Pooling by a view of all windows."""
    least = -np.inf if work.kind == "max" else 0.0
    windows = _windows(_padded(work, least), work)
    return windows.max((4, 5)) if work.kind == "max" else windows.mean((4, 5))


def _torch(threads: int) -> Callable[[LayerWork], Callable[[], Tensor]] | None:
    """A way to make PyTorch's contender; None without PyTorch."""
    try:
        import torch
        from torch.nn import functional
    except ImportError:
        return None
    torch.set_num_threads(threads)

    def way(work: LayerWork) -> Callable[[], Tensor]:
        x, weights = torch.from_numpy(work.x), torch.from_numpy(work.weights)
        steps = {"stride": work.stride, "padding": work.padding}

        @torch.inference_mode()
        def call() -> Tensor:
            match work.kind:
                case "conv":
                    found = functional.conv2d(x, weights, groups=work.groups, **steps)
                case "convt":
                    found = functional.conv_transpose2d(x, weights, groups=work.groups, **steps)
                case "max":
                    found = functional.max_pool2d(x, work.kernel, **steps)
                case "avg":
                    found = functional.avg_pool2d(x, work.kernel, **steps)
            return np.asarray(found)

        return call

    return way


def _judged(found: Tensor, truth: Tensor) -> str:
    """The largest error, as a part of the largest result."""
    error = float(np.abs(found - truth).max() / np.abs(truth).max())
    return "exact" if error == 0 else f"{error:.1e}"
