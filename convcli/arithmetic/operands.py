"""What is convolved with what: which axes of two arrays are channels, and that they belong together."""

from __future__ import annotations

from dataclasses import dataclass

from convcli.arithmetic.notation import format_shape
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked.building import aligned
from convcli.errors import UsageError

MOST_AXES = 3  # without channels


@dataclass(frozen=True, slots=True)
class Operand:
    """Numbers as they were given.

    Parameters
    ----------
    name : str
        What to call them in messages: an option or a file.
    tensor : Tensor
    channel_axes : int, optional
        How many of the first axes are no sizes: 0, 1 for channels, 2 for kernels of channels. None where
        only their number tells, as in a file.
    decimals : bool
        Whether decimals were given, so that decimals are to be printed.
    """

    name: str
    tensor: Tensor
    channel_axes: int | None = 0
    decimals: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """An input and its kernel, with a place for channels in both.

    Parameters
    ----------
    input : Tensor
        Shape (channels, *sizes).
    kernel : Tensor or None
        Shape (kernels, channels of each, *taps); None for poolings.
    layered : bool
        Whether channels were given.
    """

    input: Tensor
    kernel: Tensor | None
    layered: bool

    @property
    def plain(self) -> tuple[Tensor, Tensor]:
        """The two without their axes of channels, of which there is one each."""
        assert self.kernel is not None
        return self.input.reshaped(self.input.shape[1:]), self.kernel.reshaped(self.kernel.shape[2:])


def paired(x: Operand, kernel: Operand) -> Pair:
    """Find the channels of an input and of its kernel.

    A kernel of more than two axes has two of channels. A list next to a table counts as a table of one row.

    Raises
    ------
    UsageError
        If one has channels and the other has none to match, or numbers of axes contradict each other.
    """
    axes = kernel.channel_axes
    if axes is None:
        axes = 2 if kernel.tensor.ndim > 2 else 0
    if axes == 0:
        if x.channel_axes or (x.channel_axes is None and x.tensor.ndim > 2):
            raise UsageError(
                f"{x.name}: has channels, but {kernel.name} has none",
                hint="write a kernel for each channel, e.g. '1,2|3,4'; || begins that of the next output",
            )
        ndim = max(x.tensor.ndim, kernel.tensor.ndim)
        inputs = x.tensor.reshaped((1, *aligned(x.tensor.shape, ndim)))
        return Pair(inputs, kernel.tensor.reshaped((1, 1, *aligned(kernel.tensor.shape, ndim))), False)
    if axes == 1:
        # Channels of the only output.
        kernel = Operand(kernel.name, kernel.tensor.reshaped((1, *kernel.tensor.shape)), 2)
    taps = kernel.tensor.shape[2:]
    inputs = _with_channels(x, len(taps))
    ndim = max(len(taps), inputs.ndim - 1)
    if ndim > MOST_AXES:
        raise UsageError(
            f"{kernel.name}: {format_shape(kernel.tensor.shape)} has {len(taps)} axes behind its channels",
            hint="up to three are understood: (out, in/groups, depth, height, width)",
        )
    lead = inputs.shape[:1]
    return Pair(
        inputs.reshaped(lead + aligned(inputs.shape[1:], ndim)),
        kernel.tensor.reshaped(kernel.tensor.shape[:2] + aligned(taps, ndim)),
        True,
    )


def pooled(x: Operand, axes: int) -> Pair:
    """Find the channels of an input that is pooled along some axes.

    Parameters
    ----------
    x : Operand
    axes : int
        0: as many as a list or a table has; two for arrays of three and four axes, three for those of five.

    Raises
    ------
    UsageError
        If it has fewer axes, or more than those, channels and a batch of one.
    """
    given, ndim = x.channel_axes, x.tensor.ndim
    axes = axes or pooled_axes(x)
    return Pair(_with_channels(x, axes), None, given == 1 or (given is None and ndim > axes))


def pooled_axes(x: Operand) -> int:
    """Axes along which an input is pooled if nothing else is said, as `pooled` describes."""
    ndim = x.tensor.ndim
    return ndim - x.channel_axes if x.channel_axes is not None else max(min(ndim, 2), ndim - 2)


def _with_channels(x: Operand, axes: int) -> Tensor:
    """Shape (channels, *sizes) for an input with this many sizes."""
    tensor = x.tensor
    given = x.channel_axes
    if given == 2:
        raise UsageError(f"{x.name}: || stands between kernels", hint="an input has channels: '1,2,3|4,5,6'")
    if given == 1:
        return tensor
    if given == 0 or tensor.ndim <= axes:
        return tensor.reshaped((1, *aligned(tensor.shape, axes)))
    if tensor.ndim == axes + 1:
        return tensor
    if tensor.ndim == axes + 2 and tensor.shape[0] == 1:
        return tensor.reshaped(tensor.shape[1:])
    if tensor.ndim == axes + 2:
        raise UsageError(
            f"{x.name}: a batch of {tensor.shape[0]} is not worked step by step",
            hint="-o y.npy computes it, or give one sample of it",
        )
    raise UsageError(
        f"{x.name}: {format_shape(tensor.shape)} has too many axes for a kernel of {axes}",
        hint="an input is (channels, *sizes), or (1, channels, *sizes)",
    )
