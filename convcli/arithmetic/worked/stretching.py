"""A transposed convolution as the ordinary one that it equals, over a stretched input."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.tensors import Index, Tensor
from convcli.arithmetic.worked.model import Worked


def stretched(worked: Worked) -> Worked:
    """Return a transposed convolution as an ordinary one of stride 1.

    Between neighbouring samples stand ``stride - 1`` zeros, around them ``effective_kernel - 1 - padding``
    more, and the kernel that was painted slides along in opposite order.

    Parameters
    ----------
    worked : Worked
        Returned as it is unless it is transposed.

    Returns
    -------
    Worked
        With the same outputs. Samples that a padding of more than ``effective_kernel - 1`` crops are gone;
        `Worked.inserted` tells the zeros from the samples.

    References
    ----------
    .. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", relationships 8 to
       14.
    """
    if not worked.transposed or worked.kernel is None:
        return worked
    steps = [axis.stride for axis in worked.axes]
    sizes = [(axis.size - 1) * axis.stride + 1 for axis in worked.axes]
    ends = [
        (
            axis.effective_kernel - 1 - axis.before,
            axis.effective_kernel - 1 - axis.after + axis.output_padding,
        )
        for axis in worked.axes
    ]
    crops = [(max(-before, 0), max(-after, 0)) for before, after in ends]
    left = [size - sum(crop) for size, crop in zip(sizes, crops, strict=True)]
    # Where nothing but output padding is left, a zero of it stands for the input.
    kept = [max(size, 1) for size in left]
    axes = tuple(
        Axis(
            size=keep,
            kernel=axis.kernel,
            dilation=axis.dilation,
            before=max(before, 0),
            after=max(after, 0) - (keep - size),
        )
        for axis, size, keep, (before, after) in zip(worked.axes, left, kept, ends, strict=True)
    )
    starts = [crop[0] for crop in crops]
    return replace(
        worked,
        input=_stretched_input(worked.input, steps, starts, kept),
        kernel=_exchanged(worked.kernel, worked.groups),
        axes=axes,
        correlate=not worked.correlate,
        stretch=tuple(steps),
        phase=tuple(-start % step for start, step in zip(starts, steps, strict=True)),
    )


def _stretched_input(x: Tensor, steps: Sequence[int], starts: Sequence[int], kept: Sequence[int]) -> Tensor:
    shape = (x.shape[0], *kept)
    values = []
    for channel, *position in itertools.product(*map(range, shape)):
        places = [divmod(at + start, step) for at, start, step in zip(position, starts, steps, strict=True)]
        met = all(not rest and place < size for (place, rest), size in zip(places, x.shape[1:], strict=True))
        values.append(x[channel, *(place for place, _ in places)] if met else Fraction(0))
    return Tensor(shape, tuple(values))


def _exchanged(kernel: Tensor, groups: int) -> Tensor:
    """Weights (channels, outputs / groups, ...) as (outputs, channels / groups, ...)."""
    inputs, each, *taps = kernel.shape
    read = inputs // groups

    def source(index: Index) -> Index:
        output, number, *tap = index
        group, within = divmod(output, each)
        return (group * read + number, within, *tap)

    return kernel.gathered((each * groups, read, *taps), source)
