"""Gradients on the sheet: which convolution each is, worked, and its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.arithmetic.notation import each
from convcli.arithmetic.sheet.heading import geometry, numbers
from convcli.arithmetic.sheet.slide import slide
from convcli.arithmetic.sheet.style import LAST_SHOWN, STEPS_SHOWN, Style, joined, label
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked
from convcli.arithmetic.worked.gradients import Gradients, winner


def gradients_view(found: Gradients, style: Style) -> list[str]:
    """Write the gradients of a convolution, each as the convolution that it is.

    Parameters
    ----------
    found : Gradients
    style : Style

    Returns
    -------
    list of str
        One line of text each.
    """
    parts = [_of_upstream(found, style), _of_input(found, style)]
    if found.kernel_as is not None:
        parts.append(_of_kernel(found, found.kernel_as, style))
    if found.bias is not None:
        parts.append(_of_bias(found.bias, style))
    return [line for number, part in enumerate(parts) for line in ([""] if number else []) + list(part)]


def _of_upstream(found: Gradients, style: Style) -> Iterator[str]:
    yield f"L = sum(u {style.times} y), where u = dL/dy is the upstream gradient"
    yield ""
    yield "u"
    yield from numbers(found.upstream.reshaped(found.worked.output_shape), style)


def _of_input(found: Gradients, style: Style) -> Iterator[str]:
    worked, lain = found.worked, found.input_as
    if lain is None:
        yield "dL/dx: each number of u goes to the largest sample of its window,"
        yield "to the first of equal ones as in PyTorch"
        yield ""
        yield from _winners(found, style)
    else:
        yield f"dL/dx is the {lain.operation} of u with {'ones' if worked.pool else 'the kernel'}"
        if worked.pool:
            yield "each number of u is first divided by what its window is divided by"
        yield from _worked(lain, f"input is u{_between(lain)}, y is dL/dx{_from(found)}", style)
        if found.folded:
            yield ""
            yield f"what falls on the padding ({worked.boundary}) is added to the samples that it shows"
    yield ""
    yield "dL/dx"
    yield from numbers(found.input.reshaped(worked.input_shape), style)


def _between(lain: Worked) -> str:
    """Say which zeros a stride has put into the upstream."""
    zeros = [step - 1 for step in lain.stretch or ()]
    if not any(zeros):
        return ""
    return f" with {each(zeros)} {'zero' if set(zeros) == {1} else 'zeros'} in between"


def _from(found: Gradients) -> str:
    """Say where the gradient begins if it goes over the padding, too."""
    if not found.folded:
        return ""
    return f" from {','.join(str(-axis.before) for axis in found.worked.axes)} on"


def _of_kernel(found: Gradients, lain: Worked, style: Style) -> Iterator[str]:
    worked, kernel = found.worked, found.kernel
    assert kernel is not None
    long, short = ("u", "the input") if worked.transposed else ("the input", "u")
    yield f"dL/dk is the correlation of {long} with {short}"
    if any(axis.stride > 1 or axis.dilation > 1 for axis in worked.axes):
        yield "stride and dilation exchange their parts"
    if lain.outputs > 1:
        yield f"there is a y for each channel of {long} with each channel of {short} in its group"
    order = "" if worked.correlate else " in opposite order, as the kernel lies"
    yield from _worked(lain, f"{'input is u, ' * worked.transposed}y is dL/dk{order}", style)
    yield ""
    yield "dL/dk"
    yield from numbers(kernel.reshaped(worked.kernel_shape), style)


def _of_bias(bias: Tensor, style: Style) -> Iterator[str]:
    yield f"dL/db is the sum of u{', channel by channel' if len(bias.values) > 1 else ''}"
    yield ""
    yield "dL/db"
    yield from numbers(bias, style)


def _worked(lain: Worked, names: str, style: Style) -> Iterator[str]:
    """The steps of a gradient, and what their names stand for."""
    yield f"below, {names}"
    yield from joined(geometry(lain), style)
    yield ""
    yield from slide(lain, style)


def _winners(found: Gradients, style: Style) -> Iterator[str]:
    """For each maximum the sample that it is, and what this is given."""
    worked = found.worked
    steps = list(worked.steps())
    skipped = len(steps) - STEPS_SHOWN
    for number, (step, share) in enumerate(zip(steps, found.upstream.values, strict=True)):
        first = number - (STEPS_SHOWN - LAST_SHOWN)
        if skipped > 0 and first == 0:
            yield f"{style.dots} {skipped:,} more outputs"
        if first < 0 or first >= skipped:
            place = ",".join(map(str, winner(step)[worked.shown]))
            name, value = label(step, layered=worked.layered), style.number(step.value)
            yield f"{name} = x[{place}] = {value}, which is given u = {style.number(share)}"
