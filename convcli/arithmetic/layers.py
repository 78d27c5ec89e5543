"""A layer of a network: its output, parameters, multiply-adds, and what one output sees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from convcli.arithmetic import shapes
from convcli.arithmetic.axis import Axis
from convcli.arithmetic.notation import format_shape, plain_number
from convcli.errors import ShapeError, UsageError

# Sides that pictures and feature maps commonly have.
COMMON_SIZES = (5, 7, 8, 14, 16, 28, 32, 56, 64, 96, 112, 128, 224, 256, 384, 512, 640, 1024)

AXIS_NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSpec:
    """A layer before it meets an input. Sizes have one entry an axis, or one for every axis.

    Parameters
    ----------
    kernel, stride, dilation, output_padding : tuple of int
    padding : {"same", "valid", "full", "half"} or tuple of int
        Samples at both ends of each axis. ``"same"`` is PyTorch's: stride 1, an odd sample after.
    transposed : bool
        `padding` is that of the convolution which is transposed, so it takes away from the output.
    groups : int
        Parts that the channels are divided into, each convolved on its own.
    in_channels, out_channels : int, optional
        None where unknown.
    """

    kernel: tuple[int, ...] = (3,)
    stride: tuple[int, ...] = (1,)
    padding: str | tuple[int, ...] = (0,)
    dilation: tuple[int, ...] = (1,)
    output_padding: tuple[int, ...] = (0,)
    transposed: bool = False
    groups: int = 1
    in_channels: int | None = None
    out_channels: int | None = None

    @property
    def axis_count(self) -> int:
        """Axes that the sizes speak of; 1 where each has a single entry."""
        return max(map(len, self._per_axis().values()))

    @property
    def counts_channels(self) -> bool:
        """Whether anything is said about channels."""
        return self.groups != 1 or self.in_channels is not None or self.out_channels is not None

    def on(self, shape: tuple[int, ...]) -> Layer:
        """Apply the layer to an input.

        Parameters
        ----------
        shape : tuple of int
            One number: samples of one axis, or a side of a square if the sizes speak of two axes.
            Two: height, width. Three: channels, height, width. Four: channels, depth, height, width.

        Returns
        -------
        Layer

        Raises
        ------
        UsageError
            If numbers of axes or of channels contradict each other.
        ShapeError
            If the layer does not fit the input.
        """
        channels, spatial = _split_channels(shape)
        if len(spatial) == 1:
            spatial *= self.axis_count
        if channels is not None and self.in_channels not in (None, channels):
            raise UsageError(
                f"{self.in_channels} input channels, but the size {format_shape(shape)} says {channels}",
                hint="leave --in-channels out: the size has it",
            )
        layer = Layer(
            axes=self.axes(spatial),
            groups=self.groups,
            in_channels=self.in_channels if channels is None else channels,
            out_channels=self.out_channels,
        )
        _check_channels(layer)
        _check_axes(layer.axes)
        return layer

    def axes(self, spatial: tuple[int, ...]) -> tuple[Axis, ...]:
        """Return the geometry along each axis of an input of spatial shape `spatial`; it need not fit."""
        count = len(spatial)
        if count not in AXIS_NAMES:
            raise UsageError(f"{count} axes: 1 to {max(AXIS_NAMES)} are understood")
        if not self.transposed and any(self.output_padding):
            raise UsageError(
                f"output padding {format_shape(self.output_padding)} belongs to a transposed convolution",
                hint="add --transposed, or use --padding",
            )
        values = {name: _spread(name, value, count) for name, value in self._per_axis().items()}
        return tuple(
            self._axis(spatial[index], {name: value[index] for name, value in values.items()})
            for index in range(count)
        )

    def _per_axis(self) -> dict[str, tuple[int, ...]]:
        sizes = {
            "kernel": self.kernel,
            "stride": self.stride,
            "dilation": self.dilation,
            "output padding": self.output_padding,
        }
        return sizes if isinstance(self.padding, str) else sizes | {"padding": self.padding}

    def _axis(self, size: int, values: dict[str, int]) -> Axis:
        kernel, stride, dilation = values["kernel"], values["stride"], values["dilation"]
        if "padding" in values:
            before = after = values["padding"]
        else:
            before, after = self._named_padding(kernel, stride=stride, dilation=dilation)
        return Axis(
            size=size,
            kernel=kernel,
            stride=stride,
            dilation=dilation,
            before=before,
            after=after,
            output_padding=values["output padding"],
            transposed=self.transposed,
        )

    def _named_padding(self, kernel: int, *, stride: int, dilation: int) -> tuple[int, int]:
        match self.padding:
            case "valid":
                return 0, 0
            case "full":
                return shapes.full_padding(kernel, dilation)
            case "half":
                return shapes.half_padding(kernel, dilation)
            case "same":
                self._check_same(stride)
                return shapes.torch_same_padding(kernel, dilation)
        raise UsageError(f"{self.padding!r} is not a padding", hint="same, valid, full, half, N or PxQ")

    def _check_same(self, stride: int) -> None:
        if self.transposed:
            raise UsageError(
                "padding same is not defined for a transposed convolution",
                hint="--padding half keeps the size of an odd kernel at stride 1",
            )
        if stride != 1:
            raise UsageError(
                f"padding same with stride {stride}: same keeps the size, which a stride divides",
                hint="--padding half gives the input over the stride, rounded up, for odd kernels",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer on an input of known size.

    Parameters
    ----------
    axes : tuple of Axis
        Spatial axes, slowest first.
    groups : int
    in_channels, out_channels : int, optional
        None where unknown.
    """

    axes: tuple[Axis, ...]
    groups: int = 1
    in_channels: int | None = None
    out_channels: int | None = None

    @property
    def transposed(self) -> bool:
        """Whether this is a transposed convolution."""
        return self.axes[0].transposed

    @property
    def op(self) -> str:
        """``"conv"`` or ``"convt"``, transposed."""
        return "convt" if self.transposed else "conv"

    @property
    def input(self) -> tuple[int, ...]:
        """Input shape, with the channels first where they are known."""
        return (*_known(self.in_channels), *(axis.size for axis in self.axes))

    @property
    def output(self) -> tuple[int, ...]:
        """Output shape, with the channels first where they are known."""
        return (*_known(self.out_channels), *(axis.output for axis in self.axes))

    @property
    def taps(self) -> int:
        """Weights of one kernel over the spatial axes."""
        return math.prod(axis.kernel for axis in self.axes)

    @property
    def params(self) -> int | None:
        """Weights, and one bias for each output channel; None if channels are unknown."""
        if self.in_channels is None or self.out_channels is None:
            return None
        return self.out_channels * (self.in_channels // self.groups) * self.taps + self.out_channels

    @property
    def macs(self) -> int | None:
        """Multiply-adds, without those of the bias; None if channels are unknown.

        A convolution reads a kernel for each output; a transposed one paints a kernel for each input.
        """
        if self.in_channels is None or self.out_channels is None:
            return None
        positions = math.prod(axis.size if axis.transposed else axis.output for axis in self.axes)
        return positions * self.out_channels * (self.in_channels // self.groups) * self.taps

    @property
    def formula(self) -> str:
        """The size rule with the numbers put in; one for each axis where they differ."""
        return "; ".join(dict.fromkeys(axis.formula for axis in self.axes))

    def record(self) -> dict[str, Any]:
        """Return the account of a network of this one layer as plain values for JSON."""
        layer = self._entry()
        totals = {name: layer[name] for name in ("output", "params", "macs")}
        return {"input": layer["input"], "layers": [layer], **totals}

    def _entry(self) -> dict[str, Any]:
        return {
            "op": self.op,
            "input": list(self.input),
            "output": list(self.output),
            "padding": [[axis.before, axis.after] for axis in self.axes],
            "params": self.params,
            "macs": self.macs,
            "receptive_field": [axis.receptive_field for axis in self.axes],
            "jump": [plain_number(axis.jump) for axis in self.axes],
            "start": [plain_number(axis.start) for axis in self.axes],
            "formula": self.formula,
        }


def fitting_sizes(spec: LayerSpec) -> list[tuple[Axis, ...]]:
    """Return the axes of the layer on a line, square or cube of each common size that it fits.

    Raises
    ------
    ShapeError
        If it fits none of them.
    UsageError
        If the layer itself is impossible.
    """
    fitting = [axes for size in COMMON_SIZES if _fits(axes := spec.axes((size,) * spec.axis_count))]
    if not fitting:
        raise ShapeError(
            f"the layer fits no input of up to {COMMON_SIZES[-1]} samples an axis",
            hint="give the size of the input, e.g. convcli shape 4096",
        )
    return fitting


def _fits(axes: tuple[Axis, ...]) -> bool:
    try:
        return min(axis.output for axis in axes) > 0
    except ShapeError:
        return False


def _split_channels(shape: tuple[int, ...]) -> tuple[int | None, tuple[int, ...]]:
    match shape:
        case (_,) | (_, _):
            return None, shape
        case (channels, *spatial) if len(spatial) in AXIS_NAMES:
            return channels, tuple(spatial)
    raise UsageError(
        f"size {format_shape(shape)} has {len(shape)} numbers: 1 to 4 are understood",
        hint="N, HxW, CxHxW or CxDxHxW, channels first and without the batch, e.g. 3x224x224",
    )


def _spread(name: str, values: tuple[int, ...], count: int) -> tuple[int, ...]:
    if len(values) == 1:
        return values * count
    if len(values) != count:
        raise UsageError(
            f"{name} {format_shape(values)} has {len(values)} values for {count} axes: "
            f"give one for each axis, or one for all"
        )
    return values


def _check_channels(layer: Layer) -> None:
    if layer.groups > 1 and layer.in_channels is None and layer.out_channels is None:
        raise UsageError(
            f"--groups {layer.groups} divides channels, but no number of channels is given",
            hint="add --in-channels or --out-channels, or a size with channels, e.g. 4x28x28",
        )
    for name, channels in (("input", layer.in_channels), ("output", layer.out_channels)):
        if channels is not None and channels % layer.groups:
            raise UsageError(
                f"{channels} {name} channels do not divide into {layer.groups} groups",
                hint="both numbers of channels must be multiples of --groups",
            )


def _check_axes(axes: tuple[Axis, ...]) -> None:
    """Raise what an impossible axis raises, with the name of the axis."""
    for name, axis in zip(AXIS_NAMES[len(axes)], axes, strict=True):
        try:
            _ = axis.output
        except ShapeError as error:
            raise ShapeError(f"{name}: {error.message}", hint=error.hint) from None


def _known(channels: int | None) -> tuple[int, ...]:
    return () if channels is None else (channels,)
