"""Gradients of a small convolution, exact, and the convolutions that they are.

``L = sum(upstream * y)`` for the outputs y of a convolution, so that ``upstream`` is the gradient of L with
respect to them. L is linear in the input, in the kernel and in the bias, each for itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary
from convcli.arithmetic.notation import format_shape, plain_number
from convcli.arithmetic.tensors import Index, Tensor, total
from convcli.arithmetic.worked.model import Step, Worked
from convcli.arithmetic.worked.stretching import stretched
from convcli.errors import UsageError

Ends = list[tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradients:
    """Gradients of L with respect to all that a convolution is made of.

    Parameters
    ----------
    worked : Worked
        The convolution.
    upstream : Tensor
        Gradient of the output, shape (outputs, *sizes).
    input, kernel, bias : Tensor or None
        Gradients in the shapes of the input, of the kernel, and (outputs,); None of what a pooling has not.
    input_as : Worked or None
        The convolution over the upstream that gives the gradient of the input; before what the padding shows
        is added to the samples that it shows, where it shows any. None for a maximum.
    kernel_as : Worked or None
        The correlation that gives the gradient of the kernel, as it lies on the input: its output
        ``c * n + j`` is what channel c of the longer of input and upstream has with the j-th of the n
        channels of the other one in its group. None for poolings.
    """

    worked: Worked
    upstream: Tensor
    input: Tensor
    kernel: Tensor | None
    bias: Tensor | None
    input_as: Worked | None
    kernel_as: Worked | None

    @property
    def folded(self) -> bool:
        """Whether the padding shows samples, which get its gradient, too."""
        padded = any(axis.before or axis.after for axis in self.worked.axes)
        return padded and not self.worked.boundary.constant

    @property
    def shown(self) -> dict[str, Tensor | None]:
        """All of them by name, with channels only where there are any to speak of."""
        worked, kernel = self.worked, self.kernel
        return {
            "upstream": self.upstream.reshaped(worked.output_shape),
            "input": self.input.reshaped(worked.input_shape),
            "kernel": None if kernel is None else kernel.reshaped(worked.kernel_shape),
            "bias": self.bias,
        }

    def record(self) -> dict[str, Any]:
        """Return them as nested lists of plain numbers for JSON, and as exact texts."""

        def nested(convert: Callable[[Fraction], Any]) -> dict[str, Any]:
            return {
                name: None if tensor is None else tensor.nested(convert)
                for name, tensor in self.shown.items()
            }

        return {**nested(plain_number), "exact": nested(str)}


def gradients(worked: Worked, upstream: Tensor | None = None) -> Gradients:
    """Work the gradients of a convolution.

    Parameters
    ----------
    worked : Worked
    upstream : Tensor, optional
        Gradient of the output, in its shape; default all ones, so that L is the sum of the outputs.

    Returns
    -------
    Gradients
        A maximum passes its gradient on to the first of the largest samples in its window, as PyTorch does.

    Raises
    ------
    UsageError
        If `upstream` has another shape than the output.
    """
    shape = worked.output.shape
    if upstream is None:
        upstream = Tensor.full(shape, 1)
    elif _without_ones(upstream.shape) != _without_ones(shape):
        raise UsageError(
            f"upstream gradient of shape {format_shape(upstream.shape)}: "
            f"the output has shape {format_shape(worked.output_shape)}",
            hint="give one number for each output",
        )
    upstream = upstream.reshaped(shape)
    of_input, of_kernel = _collected(worked, upstream)
    sizes = len(upstream.values) // shape[0]
    sums = (total(upstream.values[at : at + sizes]) for at in range(0, len(upstream.values), sizes))
    return Gradients(
        worked=worked,
        upstream=upstream,
        input=of_input,
        kernel=of_kernel,
        bias=None if worked.pool else Tensor((shape[0],), tuple(sums)),
        input_as=_input_as(worked, upstream),
        kernel_as=_kernel_as(worked, upstream),
    )


def winner(step: Step) -> Index:
    """Return the sample that a maximum passes its gradient on to: the first of the largest."""
    return next(term.place for term in step.terms if term.x == step.value)


def _without_ones(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without the ones before it: a list next to a table counts as a table of one row."""
    return tuple(itertools.dropwhile(lambda size: size == 1, shape))


def _collected(worked: Worked, upstream: Tensor) -> tuple[Tensor, Tensor | None]:
    """The gradients of input and kernel, product by product."""
    of_input: dict[Index, Fraction] = {}
    of_kernel: dict[Index, Fraction] = {}

    def add(sums: dict[Index, Fraction], index: Index, amount: Fraction) -> None:
        sums[index] = sums.get(index, Fraction(0)) + amount

    for step, share in zip(worked.steps(), upstream.values, strict=True):
        if not worked.linear:
            add(of_input, winner(step), share)
            continue
        for term in step.terms:
            assert term.weight is not None
            if term.source is not None:
                add(of_input, term.source, share * term.weight)
            add(of_kernel, term.tap, share * term.x)

    def gathered(like: Tensor, sums: dict[Index, Fraction]) -> Tensor:
        return Tensor(like.shape, tuple(sums.get(index, Fraction(0)) for index in like.indices()))

    kernel = None if worked.kernel is None else gathered(worked.kernel, of_kernel)
    return gathered(worked.input, of_input), kernel


# --- as convolutions ------------------------------------------------------------------------------
#
# Of input and output the longer one is read by windows, and each of those belongs to a sample of the shorter
# one: output and input of a transposed convolution exchange these parts. Padded at its ends by `_ends`, the
# longer one has just those samples that the windows reach.


def _ends(worked: Worked) -> Ends:
    """What to pad at both ends of the longer one; negative: samples that no window reaches."""
    if worked.transposed:
        return [(axis.before, axis.after - axis.output_padding) for axis in worked.axes]
    return [(axis.before, axis.after + axis.overhang - axis.unread) for axis in worked.axes]


def _input_as(worked: Worked, upstream: Tensor) -> Worked | None:
    if not worked.linear:
        return None
    plain = replace(worked, input=upstream, bias=None, boundary=Boundary("zeros"))
    ends = _ends(worked)
    if worked.transposed:
        reached, padding = _reached(upstream, plain.boundary, ends)
        axes = tuple(
            Axis(size=size, kernel=axis.kernel, stride=axis.stride, dilation=axis.dilation, before=b, after=a)
            for axis, size, (b, a) in zip(worked.axes, reached.shape[1:], padding, strict=True)
        )
        return replace(plain, input=reached, axes=axes)
    if not worked.boundary.constant:
        # All of the padding gets a gradient, which the samples that it shows are given later.
        ends = [(0, 0)] * len(ends)
    axes = tuple(
        Axis(
            size=axis.output,
            kernel=axis.kernel,
            stride=axis.stride,
            dilation=axis.dilation,
            before=before,
            after=after,
            transposed=True,
        )
        for axis, (before, after) in zip(worked.axes, ends, strict=True)
    )
    if worked.pool:
        plain = _pool_as(worked, upstream)
    return stretched(replace(plain, axes=axes))


def _pool_as(worked: Worked, upstream: Tensor) -> Worked:
    """An average as a convolution with ones, channel by channel; the divisors go to the upstream."""
    weights = (step.terms[0].weight or Fraction(0) for step in worked.steps())
    shares = (share * weight for share, weight in zip(upstream.values, weights, strict=True))
    taps = [axis.kernel for axis in worked.axes]
    return replace(
        worked,
        input=Tensor(upstream.shape, tuple(shares)),
        kernel=Tensor.full((worked.channels, 1, *taps), 1),
        groups=worked.channels,
        correlate=True,
        pool=None,
    )


def _kernel_as(worked: Worked, upstream: Tensor) -> Worked | None:
    if worked.pool:
        return None
    long, short = (upstream, worked.input) if worked.transposed else (worked.input, upstream)
    reached, padding = _reached(long, worked.boundary, _ends(worked))
    channels, each = long.shape[0], short.shape[0] // worked.groups
    read = channels // worked.groups

    def source(index: Index) -> Index:
        channel, number = divmod(index[0], each)
        return (channel // read * each + number, *index[2:])

    axes = tuple(
        # The steps of the windows and the spacing of the taps exchange their parts.
        Axis(size=size, kernel=taps, stride=axis.dilation, dilation=axis.stride, before=b, after=a)
        for axis, size, taps, (b, a) in zip(
            worked.axes, reached.shape[1:], short.shape[1:], padding, strict=True
        )
    )
    return Worked(
        input=reached,
        kernel=short.gathered((channels * each, 1, *short.shape[1:]), source),
        axes=axes,
        groups=channels,
        boundary=worked.boundary,
        correlate=True,
        layered=worked.layered,
    )


def _reached(x: Tensor, boundary: Boundary, ends: Sequence[tuple[int, int]]) -> tuple[Tensor, Ends]:
    """The samples that are reached, and what to pad at their ends, which is not negative."""
    sizes = x.shape[1:]
    kept = [size + min(b, 0) + min(a, 0) for size, (b, a) in zip(sizes, ends, strict=True)]
    whole = all(min(pair) >= 0 for pair in ends)
    if whole or (boundary.constant and min(kept) >= 1):
        cropped = x.gathered(
            (x.shape[0], *kept),
            lambda index: (
                index[0],
                *(at - min(before, 0) for at, (before, _) in zip(index[1:], ends, strict=True)),
            ),
        )
        return cropped, [(max(before, 0), max(after, 0)) for before, after in ends]
    # What the padding shows may be beyond the samples that are reached: it is written out.
    shape = (x.shape[0], *(b + size + a for size, (b, a) in zip(sizes, ends, strict=True)))
    values = []
    for channel, *position in itertools.product(*map(range, shape)):
        places = zip(position, ends, sizes, strict=True)
        seen = [boundary.source(at - before, size) for at, (before, _), size in places]
        found = tuple(sample for sample in seen if sample is not None)
        values.append(x[(channel, *found)] if len(found) == len(seen) else boundary.value)
    return Tensor(shape, tuple(values)), [(0, 0)] * len(sizes)
