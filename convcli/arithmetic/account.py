"""The account of a layer as rows and lines of text: sizes axis by axis, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.layers import AXIS_NAMES, Layer
from convcli.arithmetic.notation import format_number, table_width

AXIS_COLUMNS = ("axis", "input", "output", "left over", "receptive field", "jump", "start")

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


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


def size_table(fitting: Sequence[Sequence[Axis]], *, width: int) -> Table:
    """Lay out the outputs of several inputs.

    Parameters
    ----------
    fitting : sequence of sequences of Axis
        The axes of one layer on inputs of equal sides, input by input.
    width : int
        Columns of text to keep to.

    Returns
    -------
    tuple of str, list of tuple of str
        Headings and rows; samples left over are a column where a stride can leave some, and `width` has
        room for it.
    """
    names = [name for name, _ in named_axes(fitting[0])]
    headings = ("input", *(name or "output" for name in names))
    all_axes = [[axis for _, axis in named_axes(axes)] for axes in fitting]
    rows = [tuple(map(str, (axes[0].size, *(axis.output for axis in axes)))) for axes in all_axes]
    if not any(axis.stride > 1 and not axis.transposed for axis in fitting[0]):
        return headings, rows
    wide_headings = headings + tuple(f"{name} left over".lstrip() for name in names)
    wide_rows = [
        row + tuple(str(axis.unread) for axis in axes) for row, axes in zip(rows, all_axes, strict=True)
    ]
    fits = table_width([wide_headings, *wide_rows]) <= width
    return (wide_headings, wide_rows) if fits else (headings, rows)


def size_records(fitting: Sequence[Sequence[Axis]]) -> list[dict[str, int | list[int]]]:
    """Return inputs and outputs for JSON: numbers where one rule holds, lists where the axes differ."""
    records: list[dict[str, int | list[int]]] = []
    for axes in fitting:
        if len(set(axes)) == 1:
            records.append({"input": axes[0].size, "output": axes[0].output})
        else:
            records.append({"input": [axis.size for axis in axes], "output": [axis.output for axis in axes]})
    return records


def axis_table(layer: Layer, *, width: int) -> Table:
    """Lay out the axes of a layer.

    Parameters
    ----------
    layer : Layer
    width : int
        Columns of text to keep to.

    Returns
    -------
    tuple of str, list of tuple of str
        Headings and rows: a row an axis, or where that is too wide a column an axis.
    """
    rows = _axis_rows(layer)
    if table_width([AXIS_COLUMNS, *rows]) <= width:
        return AXIS_COLUMNS, rows
    headings, *turned = zip(AXIS_COLUMNS, *rows, strict=True)
    return headings, turned


def _axis_rows(layer: Layer) -> list[tuple[str, ...]]:
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
