"""The account of a network: a row a layer, and what it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcli.arithmetic.account import Account, entry_table
from convcli.arithmetic.dialects import Framework
from convcli.arithmetic.layers import BYTES
from convcli.arithmetic.networks.chains import parse_chain
from convcli.arithmetic.networks.darknet import looks_like_darknet, parse_darknet
from convcli.arithmetic.networks.matrices import looks_like_matrices, of_matrices
from convcli.arithmetic.networks.operations import Network
from convcli.arithmetic.networks.tracing import Step, trace
from convcli.arithmetic.notation import format_shape
from convcli.arithmetic.tables import Table
from convcli.errors import UsageError

COLUMNS = ("layer", "output", "params", "MACs", "memory", "field", "jump", "start")


def of_text(
    text: str, size: tuple[int, ...] | None, *, framework: Framework = "torch", title: str = ""
) -> Account:
    """Give an account of a network, or of a product of matrices.

    Parameters
    ----------
    text : str
        A chain of layers, a torchvision list, a Darknet file or a chain of matrices.
    size : tuple of int, optional
        Overrides the input that the text begins with: all of it, its spatial axes, or one side for these.
    framework : {"torch", "keras", "tf", "jax", "onnx"}
        Whose meaning of paddings holds.
    title : str
        What to call it.

    Raises
    ------
    UsageError
        If the text is not understood, or no size is known.
    ShapeError
        If a layer does not fit what it is given.
    """
    if looks_like_matrices(text):
        if size is not None:
            raise UsageError("a chain of matrices has its sizes", hint="leave SIZE out")
        return of_matrices(text)
    network = parse_darknet(text) if looks_like_darknet(text) else parse_chain(text)
    shape = input_shape(network, size)
    steps = trace(network, shape, framework=framework)
    return _account(network, shape, steps, title=title)


def input_shape(network: Network, size: tuple[int, ...] | None) -> tuple[int, ...]:
    """Return the shape to begin with: what the network says, where SIZE does not say otherwise."""
    own = network.input
    if size is None and own is None:
        raise UsageError(
            "the network does not say the size of its input",
            hint="give it as SIZE, channels first, e.g. 3x224x224, or begin the chain with in 3x224x224",
        )
    if size is None or own is None or len(size) == len(own):
        return size or own or ()
    spatial = own[1:]
    if len(size) == 1 and spatial:
        return (own[0], *size * len(spatial))
    if len(size) == len(spatial):
        return (own[0], *size)
    raise UsageError(
        f"size {format_shape(size)} does not fit the network's input {format_shape(own)}",
        hint="give all of it, its spatial axes, or one side for all of them",
    )


def _account(network: Network, shape: tuple[int, ...], steps: Sequence[Step], *, title: str) -> Account:
    params, macs = sum(step.params for step in steps), sum(step.macs for step in steps)
    memory = sum(step.memory for step in steps)
    output = steps[-1].output.shape
    entries = [step.record() for step in steps]
    record: dict[str, Any] = {
        "input": list(shape),
        "layers": entries,
        "output": list(output),
        "params": params,
        "macs": macs,
        "memory": memory,
    }
    table = Table(COLUMNS, _rows(steps), "l")
    values = entry_table(entries)
    return Account(
        before=(f"{title or 'network'} {format_shape(shape)} -> {format_shape(output)}",),
        tables=(
            table,
            table.without("memory"),
            table.without("memory", "start"),
            table.without(*COLUMNS[4:]),
            table.without(*COLUMNS[3:]),
        ),
        after=(
            f"parameters  {params:,} ({_bytes(params * BYTES)} as 32-bit floats)",
            f"MACs        {macs:,} ({_scaled(macs, 3)}; no biases, norms, poolings)",
            f"memory      {_bytes(memory)} for all outputs as 32-bit floats",
        ),
        values=Table(
            ("layer", *values.columns),
            [(step.node.operation.text, *row) for step, row in zip(steps, values.rows, strict=True)],
            "l" + values.align,
        ),
        record=record,
        notes=network.notes,
    )


def _rows(steps: Sequence[Step]) -> list[tuple[str, ...]]:
    """A row for each operation; what leaves the shape as it is stands in the row of what it follows."""
    groups: list[list[int]] = []
    for index, step in enumerate(steps):
        operation = step.node.operation
        follows = operation.is_elementwise and step.node.sources == (index - 1,)
        if groups and follows and operation.name != "identity":
            groups[-1].append(index)
        else:
            groups.append([index])
    return [_row([steps[index] for index in group]) for group in groups]


def _row(group: Sequence[Step]) -> tuple[str, ...]:
    last = group[-1]
    params, macs = sum(step.params for step in group), sum(step.macs for step in group)
    label = " ".join(step.node.operation.text for step in group)
    if group[0].node.operation.name == "flatten":
        label += " " + group[0].formula.partition(" = ")[0].replace(" ", "")
    return (
        "  " * group[0].node.depth + label,
        format_shape(last.output.shape),
        f"{params:,}" if params else "-",
        _scaled(macs, 2) if macs else "-",
        _bytes(sum(step.memory for step in group)),
        _per_axis(last.receptive_field),
        _per_axis(last.jump),
        _per_axis(last.start),
    )


def _per_axis(values: Sequence[int | float | None]) -> str:
    """One value where the axes agree, else all of them."""
    texts = ["-" if value is None else f"{value:g}" for value in values]
    return texts[0] if len(set(texts)) == 1 else "x".join(texts) or "-"


def _scaled(count: int, places: int) -> str:
    """A count in thousand millions or millions; a small one as it is."""
    if count < 100_000:
        return f"{count:,}"
    return f"{count / 1e9:.{places}f} G" if count >= 1e9 else f"{count / 1e6:.{places}f} M"


def _bytes(count: int) -> str:
    for unit, factor in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"
