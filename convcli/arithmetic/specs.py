"""A layer before it meets an input."""

from __future__ import annotations

from dataclasses import dataclass, replace

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.dialects import Framework, Operation, Plan, Request, Window, settle
from convcli.arithmetic.layers import AXIS_NAMES, Layer
from convcli.arithmetic.notation import format_shape
from convcli.errors import ShapeError, UsageError

# Sides that pictures and feature maps commonly have.
COMMON_SIZES = (5, 7, 8, 14, 16, 28, 32, 56, 64, 96, 112, 128, 224, 256, 384, 512, 640, 1024)

_REFUSALS = {  # of convolutions, and of poolings
    "torch": (
        "PyTorch says: Kernel size can't be greater than actual input size",
        "PyTorch says: Output size is too small",
    ),
    "keras": ("Keras says: Computed output size would be zero or negative",) * 2,
    "tf": ("TensorFlow says: Computed output size would be negative",) * 2,
    "onnx": (
        "onnxruntime says: Invalid input shape",
        # Its poolings divide towards zero, so that they let through a kernel that is too long by a bit.
        "onnxruntime says: Calculated output dimension is negative, or gives 1",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSpec:
    """A layer before it meets an input. Sizes have one entry an axis, or one for every axis.

    Parameters
    ----------
    operation : {"conv", "convt", "maxpool", "avgpool"}
        Convolution, transposed convolution, or a pooling.
    kernel, dilation : tuple of int
    stride : tuple of int, optional
        None: the framework's default, which for poolings is the kernel's size in most of them.
    padding : str or tuple of int
        A name of `dialects.PADDING_NAMES`, or samples before each axis; of a transposed convolution they
        are those of the convolution that it transposes, so they take away from the output.
    padding_after : tuple of int, optional
        Samples after each axis; None: as many as before.
    output_padding : tuple of int, optional
        Further outputs of a transposed convolution.
    ceil : bool
        Whether a pooling rounds up.
    groups : int
        Parts that the channels are divided into, each convolved on its own.
    in_channels, out_channels : int, optional
        None where unknown.
    bias : bool
        Whether each output channel has a bias.
    framework : {"torch", "keras", "tf", "jax", "onnx"}
        Whose meaning of paddings and defaults holds.
    """

    operation: Operation = "conv"
    kernel: tuple[int, ...] = (3,)
    stride: tuple[int, ...] | None = None
    padding: str | tuple[int, ...] = (0,)
    padding_after: tuple[int, ...] | None = None
    dilation: tuple[int, ...] = (1,)
    output_padding: tuple[int, ...] | None = None
    ceil: bool = False
    groups: int = 1
    in_channels: int | None = None
    out_channels: int | None = None
    bias: bool = True
    framework: Framework = "torch"

    @property
    def axis_count(self) -> int:
        """Axes that the sizes speak of; 1 where each has a single entry."""
        return max(map(len, self._per_axis().values()))

    @property
    def counts_channels(self) -> bool:
        """Whether anything is said about channels."""
        return self.groups != 1 or self.in_channels is not None or self.out_channels is not None

    @property
    def pools(self) -> bool:
        """Whether this is a pooling."""
        return self.operation in ("maxpool", "avgpool")

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
            If numbers of axes or of channels contradict each other, or the framework refuses the request.
        ShapeError
            If the layer does not fit the input.
        """
        channels, spatial = split_channels(shape)
        if len(spatial) == 1:
            spatial *= self.axis_count
        if channels is not None and self.in_channels not in (None, channels):
            raise UsageError(
                f"{self.in_channels} input channels, but the size {format_shape(shape)} says {channels}",
                hint="leave --in-channels out: the size has it",
            )
        return self.over(self.in_channels if channels is None else channels, spatial)

    def over(self, channels: int | None, spatial: tuple[int, ...]) -> Layer:
        """Apply the layer to an input of known axes; raises what `on` raises."""
        plan = self.plan(spatial)
        layer = Layer(
            operation=self.operation,
            axes=plan.axes,
            groups=self.groups,
            in_channels=channels,
            out_channels=channels if self.pools else self.out_channels,
            bias=self.bias,
            remarks=plan.remarks,
        )
        self._check_channels(layer)
        self._check_axes(layer.axes)
        return layer

    def plan(self, spatial: tuple[int, ...]) -> Plan:
        """Settle the geometry along each axis of an input of spatial shape `spatial`; it need not fit."""
        count = len(spatial)
        if count not in AXIS_NAMES:
            raise UsageError(f"{count} axes: 1 to {max(AXIS_NAMES)} are understood")
        self._check_operation()
        values = {name: _spread(name, value, count) for name, value in self._per_axis().items()}
        windows = tuple(
            self._window(spatial[index], {name: value[index] for name, value in values.items()})
            for index in range(count)
        )
        request = Request(operation=self.operation, windows=windows, ceil=self.ceil)
        return settle(request, self.framework)

    def as_read_by(self, framework: Framework) -> LayerSpec:
        """Return the same request to another framework."""
        return replace(self, framework=framework)

    def _check_operation(self) -> None:
        if self.output_padding is not None and any(self.output_padding) and self.operation != "convt":
            raise UsageError(
                f"output padding {format_shape(self.output_padding)} belongs to a transposed convolution",
                hint="add --transposed, or use --padding",
            )
        if self.ceil and not self.pools:
            raise UsageError(
                "ceil mode belongs to poolings: convolutions round down",
                hint="add --pool max or --pool avg; --padding half rounds up for odd kernels",
            )
        if self.pools and (self.groups != 1 or self.out_channels is not None):
            raise UsageError(
                "a pooling works on each channel alone: it has no groups and no output channels of its own",
                hint="leave --groups and --out-channels out",
            )

    def _per_axis(self) -> dict[str, tuple[int, ...]]:
        sizes = {
            "kernel": self.kernel,
            "stride": self.stride,
            "dilation": self.dilation,
            "output padding": self.output_padding if self.operation == "convt" else None,
            "padding": None if isinstance(self.padding, str) else self.padding,
            "padding after": self.padding_after,
        }
        return {name: value for name, value in sizes.items() if value is not None}

    def _window(self, size: int, values: dict[str, int]) -> Window:
        padding: str | tuple[int, int]
        if isinstance(self.padding, str):
            padding = self.padding
        else:
            padding = values["padding"], values.get("padding after", values["padding"])
        return Window(
            size=size,
            kernel=values["kernel"],
            stride=values.get("stride"),
            dilation=values["dilation"],
            padding=padding,
            output_padding=values.get("output padding"),
        )

    def _check_channels(self, layer: Layer) -> None:
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

    def _check_axes(self, axes: tuple[Axis, ...]) -> None:
        """Raise what an impossible axis raises, with the name of the axis and the framework's words."""
        for name, axis in zip(AXIS_NAMES[len(axes)], axes, strict=True):
            try:
                _ = axis.output
            except ShapeError as error:
                refusal = "" if axis.transposed else f"; {_REFUSALS[self.framework][self.pools]}"
                raise ShapeError(f"{name}: {error.message}{refusal}", hint=error.hint) from None


def fitting_sizes(spec: LayerSpec) -> list[tuple[Axis, ...]]:
    """Return the axes of the layer on a line, square or cube of each common size that it fits.

    Raises
    ------
    ShapeError
        If it fits none of them.
    UsageError
        If the layer itself is impossible.
    """
    fitting = [axes for size in COMMON_SIZES if fits(axes := spec.plan((size,) * spec.axis_count).axes)]
    if not fitting:
        raise ShapeError(
            f"the layer fits no input of up to {COMMON_SIZES[-1]} samples an axis",
            hint="give the size of the input, e.g. convcli shape 4096",
        )
    return fitting


def fits(axes: tuple[Axis, ...]) -> bool:
    """Return whether every axis has an output."""
    try:
        return min(axis.output for axis in axes) > 0
    except ShapeError:
        return False


def split_channels(shape: tuple[int, ...]) -> tuple[int | None, tuple[int, ...]]:
    """Divide a size as typed into channels, None where it does not say, and spatial axes."""
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
