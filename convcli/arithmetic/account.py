"""The account of a layer: lines, a table and JSON for whatever was asked about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.layers import AXIS_NAMES, Layer
from convcli.arithmetic.notation import format_number, format_shape
from convcli.arithmetic.relations import cautions, named_axes, relationship_line, relationships
from convcli.arithmetic.specs import LayerSpec, fitting_sizes
from convcli.arithmetic.tables import Table

AXIS_COLUMNS = ("axis", "input", "output", "left over", "receptive field", "jump", "start")
LAYER_COLUMNS = (
    "op",
    "input",
    "output",
    "padding",
    "params",
    "macs",
    "memory",
    "receptive_field",
    "jump",
    "start",
    "formula",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An answer in every form it can be printed in.

    Parameters
    ----------
    before, after : tuple of str
        Lines above and below the table.
    prose : tuple of str
        Sentences below that, to be broken into lines.
    tables : tuple of Table
        The table for people, widest form first; the first that fits is printed, or else the last.
    values : Table
        The table for programs: plain numbers, a list as ``1x2``, lower-case headings.
    record : mapping
        The answer as JSON.
    notes : tuple of str
        What to look out for; it goes to standard error.
    bare : bool
        Whether people are spared the table.
    """

    before: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    after: tuple[str, ...] = ()
    prose: tuple[str, ...] = ()
    values: Table
    record: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    bare: bool = False

    def table(self, *, width: int) -> Table:
        """Return the widest form of the table that keeps to `width` columns, or the narrowest, cut."""
        fitting = (table for table in self.tables if table.width <= width)
        return next(fitting, None) or self.tables[-1].clipped(width)

    def lines(self, *, width: int, rule: str) -> list[str]:
        """Return the account as a person reads it, laid out in `width` columns of text."""
        table = self.table(width=width).drawn(rule=rule) if self.tables and not self.bare else []
        broken = [line for text in self.prose for line in wrap(text, width, subsequent_indent="  ")]
        parts = (self.before, table, self.after, broken)
        lines: list[str] = []
        for part in filter(None, parts):
            lines += [*([""] if lines else []), *part]
        return lines


def of_layer(layer: Layer) -> Account:
    """Give an account of a layer on its input."""
    record = layer.record()
    record["layers"][0]["relationship"] = relationships(layer)
    table = Table(AXIS_COLUMNS, _axis_rows(layer), "l")
    line = relationship_line(layer)
    return Account(
        before=(f"{layer.name} {format_shape(layer.input)} -> {format_shape(layer.output)}",),
        tables=(table, table.turned()),
        after=(*formulas(layer), *([line] if line else []), *costs(layer)),
        values=entry_table(record["layers"]),
        record=record,
        notes=(*cautions(layer), *_readings(layer), *layer.remarks),
    )


def of_sizes(spec: LayerSpec) -> Account:
    """Give an account of a layer on inputs of common sizes; raises what `fitting_sizes` does."""
    fitting = fitting_sizes(spec)
    sized = _common_rules(fitting)
    wide, narrow = size_table(fitting), size_table(fitting, left_over=False)
    columns = tuple(column.replace(" ", "_") for column in wide.columns)
    line = relationship_line(Layer(operation=spec.operation, axes=fitting[0]))
    line = None if sized != rules(fitting[0]) else line
    return Account(
        before=(*sized, *([line] if line else [])),
        tables=(wide, narrow),
        values=Table(columns, wide.rows),
        record={"rows": size_records(fitting), "formula": "; ".join(sized)},
    )


def entry_table(entries: Sequence[Mapping[str, Any]]) -> Table:
    """Lay out layers, as they are in JSON, for programs."""
    rows = [tuple(_value(entry[column]) for column in LAYER_COLUMNS) for entry in entries]
    return Table(LAYER_COLUMNS, rows, "lll")


def _value(value: Any) -> str:
    """A value of JSON in a cell: lists with an x between, pairs with a +, nothing for null."""
    if isinstance(value, list):
        nested = ("+".join(map(str, item)) if isinstance(item, list) else _value(item) for item in value)
        return "x".join(nested)
    return "" if value is None else str(value)


def rules(axes: Sequence[Axis]) -> list[str]:
    """Write the size rule of each axis with all numbers but the input's."""
    return [f"{name or 'output'} = {axis.rule}" for name, axis in named_axes(axes)]


def _common_rules(fitting: Sequence[Sequence[Axis]]) -> list[str]:
    """The rules that hold for all inputs; a padding that depends on the input is left out of them."""
    sized = rules(fitting[0])
    if all(rules(axes) == sized for axes in fitting):
        return sized
    return [f"{name or 'output'} = ceil(input / {axis.stride})" for name, axis in named_axes(fitting[0])]


def size_table(fitting: Sequence[Sequence[Axis]], *, left_over: bool = True) -> Table:
    """Lay out the outputs of several inputs.

    Parameters
    ----------
    fitting : sequence of sequences of Axis
        The axes of one layer on inputs of equal sides, input by input.
    left_over : bool
        Whether samples left over are a column, where a stride can leave some.

    Returns
    -------
    Table
    """
    names = [name for name, _ in _columns_of(fitting)]
    headings = ("input", *(name or "output" for name in names))
    picked = [[axes[index] for _, index in _columns_of(fitting)] for axes in fitting]
    rows = [tuple(map(str, (axes[0].size, *(axis.output for axis in axes)))) for axes in picked]
    if not left_over or not any(axis.stride > 1 and not axis.transposed for axis in fitting[0]):
        return Table(headings, rows)
    headings += tuple(f"{name} left over".lstrip() for name in names)
    wide = zip(rows, picked, strict=True)
    return Table(headings, [row + tuple(str(axis.unread) for axis in axes) for row, axes in wide])


def _columns_of(fitting: Sequence[Sequence[Axis]]) -> list[tuple[str, int]]:
    """Which axes have a column of their own; one without a name where all are always equal."""
    if all(len(set(axes)) == 1 for axes in fitting):
        return [("", 0)]
    return [(name, index) for index, name in enumerate(AXIS_NAMES[len(fitting[0])])]


def size_records(fitting: Sequence[Sequence[Axis]]) -> list[dict[str, int | list[int]]]:
    """Return inputs and outputs for JSON: numbers where one rule holds, lists where the axes differ."""
    records: list[dict[str, int | list[int]]] = []
    for axes in fitting:
        if len(set(axes)) == 1:
            records.append({"input": axes[0].size, "output": axes[0].output})
        else:
            records.append({"input": [axis.size for axis in axes], "output": [axis.output for axis in axes]})
    return records


def _axis_rows(layer: Layer) -> list[tuple[str, ...]]:
    return [
        (
            name,
            str(axis.size),
            str(axis.output),
            str(axis.unread),
            str(axis.receptive_field),
            format_number(axis.jump),
            "-" if axis.start is None else format_number(axis.start, decimals=True),
        )
        for name, axis in zip(AXIS_NAMES[len(layer.axes)], layer.axes, strict=True)
    ]


def formulas(layer: Layer) -> list[str]:
    """Write the size rule of each axis with all numbers put in; once where they are equal."""
    return [f"{name or 'output'} = {axis.formula}" for name, axis in named_axes(layer.axes)]


def costs(layer: Layer) -> list[str]:
    """Write parameters and multiply-adds with the rule they follow; nothing while channels are unknown."""
    if layer.pools or layer.in_channels is None or layer.out_channels is None:
        return []
    kernel = (axis.kernel for axis in layer.axes)
    weights = _factors((layer.out_channels, layer.in_channels // layer.groups, *kernel))
    side = "inputs" if layer.transposed else "outputs"
    positions = _factors(axis.size if layer.transposed else axis.output for axis in layer.axes)
    biases = f" + {layer.out_channels} biases" if layer.bias else ""
    return [
        f"parameters  {layer.params:,} = {weights} weights{biases}",
        f"MACs        {layer.macs:,} = {positions} {side} x {weights} (no biases)",
    ]


def _readings(layer: Layer) -> list[str]:
    """Say what a single number may have meant."""
    if len(layer.axes) > 1 or not layer.weights:
        return []
    size = layer.axes[0].size
    return [f"{size} is one axis; a square picture is {size}x{size}"]


def _factors(numbers: Iterable[int]) -> str:
    return " x ".join(map(str, numbers))
