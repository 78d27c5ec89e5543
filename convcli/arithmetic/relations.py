"""What the guide to convolution arithmetic calls a layer, and what to look out for in it.

References
----------
.. [1] V. Dumoulin and F. Visin, "A guide to convolution arithmetic for deep learning", arXiv:1603.07285.
.. [2] A. Odena, V. Dumoulin and C. Olah, "Deconvolution and checkerboard artifacts", Distill, 2016.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.layers import AXIS_NAMES, Layer


def named_axes(axes: Sequence[Axis]) -> list[tuple[str, Axis]]:
    """Pair each axis with its name; axes of one rule share one, without a name.

    Returns
    -------
    list of (str, Axis)
        A single ``("", axis)`` where all axes are equal.
    """
    if len(set(axes)) == 1:
        return [("", axes[0])]
    return list(zip(AXIS_NAMES[len(axes)], axes, strict=True))


def relationship(axis: Axis, *, pools: bool = False) -> int | None:
    """Return the number of the guide's relationship that a layer follows along an axis.

    Parameters
    ----------
    axis : Axis
    pools : bool
        Whether the layer is a pooling.

    Returns
    -------
    int or None
        1 to 15, the most special one that holds; None where the guide has none: for pads that differ at the
        two ends, ceil mode, or a dilated transposed convolution.
    """
    if axis.before != axis.after or axis.ceil:
        return None
    if axis.transposed:
        return _transposed_relationship(axis)
    if axis.dilation > 1:
        return 15
    if pools and axis.before == 0:
        return 7
    if axis.stride > 1:
        return 5 if axis.before == 0 else 6
    return 1 + _padding_kind(axis)


def _transposed_relationship(axis: Axis) -> int | None:
    if axis.dilation > 1 or not 0 <= axis.before < axis.kernel:
        return None
    if axis.stride == 1:
        return 8 + _padding_kind(axis)
    if axis.output_padding:
        return 14
    return 12 if axis.before == 0 else 13


def _padding_kind(axis: Axis) -> int:
    """None, some, half or full padding, in the guide's order."""
    if axis.before == 0:
        return 0
    if axis.kernel % 2 == 1 and axis.before == axis.kernel // 2:
        return 2
    return 3 if axis.before == axis.kernel - 1 else 1


def relationships(layer: Layer) -> list[int | None]:
    """Return the number of the guide's relationship for each axis of a layer."""
    return [relationship(axis, pools=layer.pools) for axis in layer.axes]


def relationship_line(layer: Layer) -> str | None:
    """Say which relationship of the guide holds; None where it has none."""
    numbers = relationships(layer)
    if len(set(numbers)) == 1:
        which = f"relationship {numbers[0]}" if numbers[0] else ""
    else:
        names = zip(AXIS_NAMES[len(numbers)], numbers, strict=True)
        which = "relationships " + ", ".join(f"{number} ({name})" for name, number in names if number)
    return f"{which} of the guide to convolution arithmetic" if which else None


def overlaps(axis: Axis) -> list[int]:
    """Count the inputs that paint each output of a transposed convolution, over one period of its stride."""
    phases = [tap * axis.dilation % axis.stride for tap in range(axis.kernel)]
    return [phases.count(phase) for phase in range(axis.stride)]


def cautions(layer: Layer) -> list[str]:
    """Say what the border loses, and which kernels do not sit well."""
    where: dict[str, list[str]] = {}
    for name, axis in named_axes(layer.axes):
        for text in _transposed_cautions(axis) if axis.transposed else _cautions(axis, pools=layer.pools):
            where.setdefault(text, []).append(name)
    return [
        text if names == [""] or len(names) == len(layer.axes) else f"{', '.join(names)}: {text}"
        for text, names in where.items()
    ]


def _cautions(axis: Axis, *, pools: bool) -> Iterator[str]:
    if axis.unread:
        padded = axis.size + axis.before + axis.after
        real = max(axis.unread - axis.after, 0)
        where = "padded samples" if axis.before or axis.after else "samples"
        yield f"the stride steps over the last {axis.unread} of {padded} {where}, {real} of the input"
    if axis.overhang:
        yield f"ceil mode: the last window reaches {axis.overhang} beyond the padded input"
    if axis.dilation > 1:
        yield _dilation_line(axis)
    reach = axis.effective_kernel
    if not pools and reach % 2 == 0 and axis.stride == 1 and axis.before + axis.after > 0:
        yield f"kernel {reach} is even: it has no centre, so the output lies half a sample beside the input"


def _transposed_cautions(axis: Axis) -> Iterator[str]:
    if axis.dilation > 1:
        yield _dilation_line(axis)
    counts = sorted(set(overlaps(axis)))
    if counts[0] == 0:
        yield (
            f"kernel {axis.kernel} at stride {axis.stride} leaves gaps: some outputs are painted by no input"
        )
    elif len(counts) > 1:
        even = -(-axis.kernel // axis.stride) * axis.stride
        yield (
            f"checkerboard: at stride {axis.stride} outputs of kernel {axis.kernel} are painted by "
            f"{counts[0]} or {counts[-1]} inputs in turn; kernel {even} paints evenly"
        )


def _dilation_line(axis: Axis) -> str:
    gap = axis.dilation - 1
    zeros = "zero" if gap == 1 else "zeros"
    return (
        f"dilation {axis.dilation} is the spacing of the weights (1 is dense): {gap} {zeros} between two, "
        f"{axis.kernel} weights reach over {axis.effective_kernel}"
    )
