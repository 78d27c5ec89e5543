"""The account of a layer as rows and lines of text: sizes axis by axis, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.layers import AXIS_NAMES, Layer
from convcli.arithmetic.notation import format_number

AXIS_COLUMNS = ("axis", "input", "output", "left over", "receptive field", "jump", "start")


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


def rules(axes: Sequence[Axis]) -> list[str]:
    """Write the size rule of each axis with all numbers but the input's."""
    return [f"{name or 'output'} = {axis.rule}" for name, axis in named_axes(axes)]


def size_table(fitting: Sequence[Sequence[Axis]]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Lay out the outputs of several inputs.

    Parameters
    ----------
    fitting : sequence of sequences of Axis
        The axes of one layer on inputs of equal sides, input by input.

    Returns
    -------
    tuple of str, list of tuple of str
        Headings and rows; samples left over are a column where a stride can leave some.
    """
    names = [name for name, _ in named_axes(fitting[0])]
    strided = any(axis.stride > 1 and not axis.transposed for axis in fitting[0])
    headings = ["input", *(name or "output" for name in names)]
    headings += [f"{name} left over".lstrip() for name in names] if strided else []
    rows = []
    for axes in fitting:
        pairs = [axis for _, axis in named_axes(axes)]
        row = [pairs[0].size, *(axis.output for axis in pairs)]
        rows.append(tuple(map(str, row + [axis.unread for axis in pairs] if strided else row)))
    return tuple(headings), rows


def size_records(fitting: Sequence[Sequence[Axis]]) -> list[dict[str, int | list[int]]]:
    """Return inputs and outputs for JSON: numbers where one rule holds, lists where the axes differ."""
    records: list[dict[str, int | list[int]]] = []
    for axes in fitting:
        if len(set(axes)) == 1:
            records.append({"input": axes[0].size, "output": axes[0].output})
        else:
            records.append({"input": [axis.size for axis in axes], "output": [axis.output for axis in axes]})
    return records


def axis_rows(layer: Layer) -> list[tuple[str, ...]]:
    """Lay out the axes of a layer under `AXIS_COLUMNS`."""
    return [
        (
            name,
            str(axis.size),
            str(axis.output),
            str(axis.unread),
            str(axis.receptive_field),
            format_number(axis.jump),
            format_number(axis.start, decimals=True),
        )
        for name, axis in zip(AXIS_NAMES[len(layer.axes)], layer.axes, strict=True)
    ]


def formulas(layer: Layer) -> list[str]:
    """Write the size rule of each axis with all numbers put in; once where they are equal."""
    return [f"{name or 'output'} = {axis.formula}" for name, axis in named_axes(layer.axes)]


def costs(layer: Layer) -> list[str]:
    """Write parameters and multiply-adds with the rule they follow; nothing while channels are unknown."""
    if layer.in_channels is None or layer.out_channels is None:
        return []
    kernel = (axis.kernel for axis in layer.axes)
    weights = _factors((layer.out_channels, layer.in_channels // layer.groups, *kernel))
    side = "inputs" if layer.transposed else "outputs"
    positions = _factors(axis.size if layer.transposed else axis.output for axis in layer.axes)
    return [
        f"parameters  {layer.params:,} = {weights} weights + {layer.out_channels} biases",
        f"MACs        {layer.macs:,} = {positions} {side} x {weights} (no biases)",
    ]


def remarks(layer: Layer) -> list[str]:
    """Say what the border loses, and what a single number may have meant."""
    lines = []
    for name, axis in named_axes(layer.axes):
        if axis.unread:
            padded = axis.size + axis.before + axis.after
            where = f"{name}: " if name else ""
            lines.append(f"{where}the stride steps over the last {axis.unread} of {padded} padded samples")
    if len(layer.axes) == 1 and layer.params is not None:
        size = layer.axes[0].size
        lines.append(f"{size} is one axis; a square picture is {size}x{size}")
    return lines


def _factors(numbers: Iterable[int]) -> str:
    return " x ".join(map(str, numbers))
