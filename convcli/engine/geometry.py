"""Where each output of a convolution reads its input, axis by axis, in plain integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import index

from convcli.arithmetic.notation import format_shape
from convcli.arithmetic.shapes import effective_kernel, full_padding, output_size, same_padding
from convcli.errors import ConvError, ShapeError

# Positions along an axis are 64-bit indices; a bit is left for arithmetic on them.
_POSITIONS = 2**62

PerAxis = int | Sequence[int]
Mode = str | Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class AxisGeometry:
    """One convolved axis: output n reads input n * stride - before + j * dilation, j = 0 ... taps - 1.

    Attributes
    ----------
    axis : int
        Position in the array, >= 0.
    size, taps, out : int
        Samples of input, kernel and output along the axis.
    before, after : int
        Samples of padding at the two ends.
    stride, dilation : int
        Samples from one window to the next, and from one tap to the next.
    """

    axis: int
    size: int
    taps: int
    before: int
    after: int
    stride: int
    dilation: int
    out: int

    @property
    def extent(self) -> int:
        """Samples from the first to the last tap."""
        return effective_kernel(self.taps, self.dilation)

    @property
    def halo(self) -> int:
        """Input samples a tile needs beyond those its outputs advance over."""
        return self.extent - 1

    def reads(self, start: int, stop: int) -> tuple[int, int]:
        """Half-open range of input coordinates read by outputs start ... stop - 1 (may leave the array)."""
        first = start * self.stride - self.before
        return first, (stop - 1) * self.stride - self.before + self.extent

    def span(self, outputs: int) -> int:
        """Input samples read by that many neighbouring outputs."""
        return (outputs - 1) * self.stride + self.extent

    def produced(self, inputs: int) -> int:
        """Outputs that a run of input samples yields: the inverse of `span`."""
        return (inputs - self.extent) // self.stride + 1


def resolve(
    shape: Sequence[int],
    kernel_shape: Sequence[int],
    *,
    axes: PerAxis,
    mode: Mode,
    stride: PerAxis,
    dilation: PerAxis,
) -> tuple[AxisGeometry, ...]:
    """Check the request and work out the geometry of each convolved axis, in the order of `axes`.

    Parameters
    ----------
    shape, kernel_shape : sequence of int
        Sizes of the array, and of the kernel along each of `axes`.
    axes, mode, stride, dilation
        As for `convolve`.

    Raises
    ------
    ConvError
        If axes, kernel, mode, stride or dilation do not describe a convolution.
    ShapeError
        If the kernel does not fit the padded array, or positions in that leave the range of 64 bits.
    """
    chosen = _axes(axes, len(shape))
    if len(kernel_shape) != len(chosen):
        raise ConvError(
            f"kernel of {len(kernel_shape)} dimensions: {len(chosen)} axes are to be convolved",
            hint="give the kernel one dimension for each convolved axis",
        )
    if 0 in kernel_shape:
        raise ConvError(f"kernel of shape {format_shape(kernel_shape)}: it has no weights")
    strides = _steps("stride", stride, len(chosen))
    dilations = _steps("dilation", dilation, len(chosen))
    paddings = _paddings(mode, kernel_shape, dilations)
    resolved = tuple(
        AxisGeometry(
            axis, size, taps, before, after, step, gap, _outputs(size, taps, before, after, step, gap)
        )
        for axis, size, taps, (before, after), step, gap in zip(
            chosen, [shape[a] for a in chosen], kernel_shape, paddings, strides, dilations, strict=True
        )
    )
    for g in resolved:
        _check_positions(g)
    return resolved


def _check_positions(geometry: AxisGeometry) -> None:
    g = geometry
    if g.before + g.size + g.after + g.extent + g.stride > _POSITIONS:
        raise ShapeError(
            f"axis of {g.size} samples padded by {g.before} + {g.after}, {g.taps} taps {g.dilation} apart, "
            f"stride {g.stride}: positions beyond 2**62",
            hint="take less padding, or a shorter dilation or stride",
        )


def _outputs(size: int, taps: int, before: int, after: int, stride: int, dilation: int) -> int:
    # An empty axis stays empty: there is nothing a boundary rule could repeat.
    if size == 0:
        return 0
    return output_size(size, taps, stride=stride, before=before, after=after, dilation=dilation)


def _axes(axes: PerAxis, ndim: int) -> tuple[int, ...]:
    given = tuple(index(axis) for axis in axes) if isinstance(axes, Sequence) else (index(axes),)
    for axis in given:
        if not -ndim <= axis < ndim:
            raise ConvError(f"axis {axis}: the array has {ndim} dimensions")
    chosen = tuple(axis % ndim for axis in given)
    if len(set(chosen)) != len(chosen):
        raise ConvError(f"axes {given}: an axis is named twice")
    if not chosen:
        raise ConvError("no axes to convolve: name at least one")
    return chosen


def _steps(name: str, value: PerAxis, count: int) -> tuple[int, ...]:
    steps = tuple(index(step) for step in (value if isinstance(value, Sequence) else (value,) * count))
    if len(steps) != count:
        raise ConvError(
            f"{name} {format_shape(steps)}: {count} axes are convolved, so {count} values are needed"
        )
    if any(step < 1 for step in steps):
        raise ConvError(f"{name} {format_shape(steps)}: must be at least 1")
    return steps


def _paddings(mode: Mode, taps: Sequence[int], dilations: Sequence[int]) -> tuple[tuple[int, int], ...]:
    if isinstance(mode, str):
        return tuple(_named(mode, k, d) for k, d in zip(taps, dilations, strict=True))
    pairs = tuple(tuple(index(side) for side in pair) for pair in mode)
    if len(pairs) != len(taps) or any(len(pair) != 2 for pair in pairs):
        raise ConvError(f"padding {pairs}: give one (before, after) pair for each of the {len(taps)} axes")
    if any(side < 0 for pair in pairs for side in pair):
        raise ShapeError(f"padding {pairs}: must be 0 or more")
    return tuple((before, after) for before, after in pairs)


def _named(mode: str, taps: int, dilation: int) -> tuple[int, int]:
    match mode:
        case "same":
            return same_padding(taps, dilation)
        case "full":
            return full_padding(taps, dilation)
        case "valid":
            return (0, 0)
    raise ConvError(
        f"mode {mode!r}: not one of same, valid, full", hint="or give (before, after) paddings for each axis"
    )
