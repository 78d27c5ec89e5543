"""Laying out a convolution of small arrays, from lists and tables or from a layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from convcli.arithmetic import shapes
from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary, check_boundary
from convcli.arithmetic.layers import Layer
from convcli.arithmetic.notation import format_shape
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked.model import ZEROS, Pooling, Worked
from convcli.errors import ConvError, ShapeError, UsageError

MOST_PRODUCTS = 250_000

_NAMED_PADDING: dict[str, Callable[[int, int], tuple[int, int]]] = {
    "full": shapes.full_padding,
    "same": shapes.same_padding,
    "valid": lambda _kernel, _dilation: (0, 0),
}


def named_padding(name: str, kernel: Sequence[int], dilation: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the amounts of ``full``, ``same`` or ``valid``, as in signal processing, for each axis."""
    return tuple(_NAMED_PADDING[name](taps, spacing) for taps, spacing in zip(kernel, dilation, strict=True))


def work(
    x: Tensor,
    kernel: Tensor,
    *,
    padding: str | tuple[tuple[int, int], ...] = "full",
    boundary: Boundary = ZEROS,
    stride: tuple[int, ...] | None = None,
    dilation: tuple[int, ...] | None = None,
    correlate: bool = False,
    bias: Fraction | None = None,
) -> Worked:
    """Lay out a convolution of lists, tables or volumes.

    Parameters
    ----------
    x, kernel : Tensor
        Without channels. A list next to a table counts as a table of one row.
    padding : {"full", "same", "valid"} or tuple of (int, int)
        Samples before and after, for each axis.
    boundary : Boundary
        What stands in the padding.
    stride, dilation : tuple of int, optional
        One number for each axis; default 1.
    correlate : bool
        Slide the kernel as it is instead of reversing it first.
    bias : Fraction, optional
        Added to every output.

    Returns
    -------
    Worked
        ``out[n] = sum_j kernel[j] x[n + c - j]`` with ``c = (K - 1) // 2`` for ``"same"``.

    Raises
    ------
    ShapeError
        If the kernel does not fit the padded input.
    UsageError
        If a stride, a dilation or a padding is out of range.
    ConvError
        If the result takes more than `MOST_PRODUCTS` products.
    """
    ndim = max(x.ndim, kernel.ndim)
    sizes, taps = aligned(x.shape, ndim), aligned(kernel.shape, ndim)
    ones = (1,) * ndim
    spacing = dilation or ones
    amounts = named_padding(padding, taps, spacing) if isinstance(padding, str) else padding
    axes = tuple(
        Axis(size=size, kernel=count, stride=step, dilation=gap, before=before, after=after)
        for size, count, step, gap, (before, after) in zip(
            sizes, taps, stride or ones, spacing, amounts, strict=True
        )
    )
    return _checked(
        Worked(
            input=x.reshaped((1, *sizes)),
            kernel=kernel.reshaped((1, 1, *taps)),
            bias=None if bias is None else (bias,),
            axes=axes,
            boundary=boundary,
            correlate=correlate,
        )
    )


def work_layer(
    x: Tensor,
    kernel: Tensor | None,
    layer: Layer,
    *,
    bias: Sequence[Fraction] | None = None,
    boundary: Boundary = ZEROS,
    correlate: bool = True,
    count_padding: bool = True,
    layered: bool = True,
) -> Worked:
    """Lay out a layer of a network: with channels, transposed, or a pooling.

    Parameters
    ----------
    x : Tensor
        Shape (channels, *sizes).
    kernel : Tensor or None
        Shape (outputs, channels / groups, *taps), transposed (channels, outputs / groups, *taps); None for
        poolings.
    layer : Layer
        Geometry and groups, on an input of these sizes and channels.
    bias : sequence of Fraction, optional
        One for each output channel.
    boundary : Boundary
        What stands in the padding; zeros if the layer is transposed or a pooling.
    correlate, count_padding, layered : bool
        As in `Worked`.

    Returns
    -------
    Worked

    Raises
    ------
    UsageError
        If channels contradict each other, or there is another boundary than zeros where none can be.
    ShapeError
        If the layer does not fit.
    ConvError
        If the result takes more than `MOST_PRODUCTS` products.
    """
    pools: dict[str, Pooling] = {"maxpool": "max", "avgpool": "avg"}
    check_boundary(boundary, transposed=layer.transposed, pools=layer.pools)
    if kernel is not None:
        _check_channels(x, kernel, layer)
    worked = Worked(
        input=x,
        kernel=kernel,
        bias=None if bias is None else tuple(bias),
        axes=layer.axes,
        groups=layer.groups,
        boundary=boundary,
        correlate=correlate,
        pool=pools.get(layer.operation),
        count_padding=count_padding,
        layered=layered,
    )
    if bias is not None:
        check_bias(len(bias), worked.outputs)
    return _checked(worked)


def aligned(shape: tuple[int, ...], ndim: int) -> tuple[int, ...]:
    """Put sizes of 1 before a shape, so that a list counts as a table of one row."""
    return (1,) * (ndim - len(shape)) + shape


def check_bias(count: int, outputs: int) -> None:
    """Refuse a bias of other than one number for each output channel.

    Raises
    ------
    UsageError
    """
    if count != outputs:
        raise UsageError(
            f"--bias: {_counted(count, 'number')} for {_counted(outputs, 'output channel')}",
            hint="give one for each output channel",
        )


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _check_channels(x: Tensor, kernel: Tensor, layer: Layer) -> None:
    first, second = kernel.shape[:2]
    expected = first if layer.transposed else second * layer.groups
    if x.shape[0] != expected:
        each = "" if layer.groups == 1 else f" in each of {layer.groups} groups"
        of = first if layer.transposed else second
        raise UsageError(
            f"input of {_counted(x.shape[0], 'channel')}, but the kernel is for {of}"
            f"{'' if layer.transposed else each}",
            hint="a kernel is output channels || of input channels | of weights, e.g. '1,2|3,4||5,6|7,8'",
        )
    if first % layer.groups:
        raise UsageError(
            f"--groups {layer.groups}: {first} kernels do not divide into them",
            hint="the number of kernels is a multiple of --groups",
        )


def _checked(worked: Worked) -> Worked:
    """Refuse what would take too long; the sizes raise what does not fit."""
    read = 1 if worked.pool else worked.channels // worked.groups
    outputs = worked.outputs * math.prod(worked.sizes)
    if not outputs:
        raise ShapeError(
            f"the output of {format_shape(worked.sizes)} is empty: there is nothing to work",
            hint="pad more, or take a smaller kernel",
        )
    products = outputs * read * math.prod(axis.kernel for axis in worked.axes)
    if products > MOST_PRODUCTS:
        raise ConvError(
            f"{products:,} products are too many to work step by step: the most is {MOST_PRODUCTS:,}",
            hint="give .npy files and -o y.npy to compute a layer of any size",
        )
    return worked
