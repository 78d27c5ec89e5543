"""One request, read by five frameworks: what each gives, and why they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convcli.arithmetic.account import Account
from convcli.arithmetic.dialects import FRAMEWORKS, TITLES
from convcli.arithmetic.layers import Layer
from convcli.arithmetic.notation import format_shape
from convcli.arithmetic.relations import named_axes
from convcli.arithmetic.specs import LayerSpec, split_channels
from convcli.arithmetic.tables import Table
from convcli.errors import ConvError, ShapeError, UsageError

COLUMNS = ("framework", "output", "stride", "padding", "beyond")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a framework makes of a request: a layer and the rule it followed, or a refusal."""

    framework: str
    layer: Layer | None = None
    rule: str = ""
    refusal: ConvError | None = None

    @property
    def title(self) -> str:
        """The framework's name as its authors write it."""
        return TITLES[self.framework]

    @property
    def geometry(self) -> tuple[Any, ...]:
        """What decides the output: equal for frameworks that agree."""
        axes = () if self.layer is None else self.layer.axes
        return tuple(
            (axis.output, axis.stride, axis.before, axis.after, axis.output_padding) for axis in axes
        )


def read(spec: LayerSpec, shape: tuple[int, ...]) -> list[Reading]:
    """Let every framework read a request.

    Raises
    ------
    ConvError
        If all of them refuse it: what the one of `spec` says.
    """
    readings = [_reading(spec.as_read_by(framework), shape) for framework in FRAMEWORKS]
    if all(reading.layer is None for reading in readings):
        [chosen] = [reading for reading in readings if reading.framework == spec.framework]
        assert chosen.refusal is not None
        raise chosen.refusal
    return readings


def _reading(spec: LayerSpec, shape: tuple[int, ...]) -> Reading:
    try:
        layer = spec.on(shape)
        _, spatial = split_channels(shape)
        rule = spec.plan(spatial if len(spatial) > 1 else spatial * spec.axis_count).rule
    except (ShapeError, UsageError) as refusal:
        return Reading(framework=spec.framework, refusal=refusal)
    return Reading(framework=spec.framework, layer=layer, rule=rule)


def of_frameworks(spec: LayerSpec, shape: tuple[int, ...]) -> Account:
    """Give an account of a request as every framework reads it; raises what `read` does."""
    readings = read(spec, shape)
    table = Table(COLUMNS, [_row(reading) for reading in readings], "lllll")
    some = next(reading.layer for reading in readings if reading.layer)
    agreeing = len({reading.geometry for reading in readings}) == 1
    verdict = "all five agree on the shape" if agreeing else "they differ"
    return Account(
        before=(f"{some.name} {format_shape(some.input)}: {verdict}",),
        tables=(table, table.without("stride", "beyond")),
        prose=tuple(explanations(readings)),
        values=Table(
            (*COLUMNS, "because"),
            [(*row, _because(reading)) for row, reading in zip(table.rows, readings, strict=True)],
        ),
        record={"input": list(some.input), "frameworks": [_record(reading) for reading in readings]},
    )


def _row(reading: Reading) -> tuple[str, ...]:
    if reading.layer is None:
        return (reading.framework, "refused", "", "", "")
    named = named_axes(reading.layer.axes)
    pads = " x ".join(f"{axis.before} + {axis.after}" for _, axis in named)
    strides = "x".join(str(axis.stride) for _, axis in named)
    beyond = "x".join(str(axis.output_padding or axis.overhang) for _, axis in named)
    return (reading.framework, format_shape(reading.layer.output), strides, pads, beyond)


def explanations(readings: list[Reading]) -> list[str]:
    """Say in a sentence each which rule every framework followed, those that agree together."""
    reasons: dict[str, list[str]] = {}
    for reading in readings:
        reasons.setdefault(_because(reading), []).append(reading.title)
    lines = [f"{', '.join(titles)}: {reason}" for reason, titles in reasons.items()]
    for reading in readings:
        lines += [f"{reading.title}: {remark}" for remark in (reading.layer.remarks if reading.layer else ())]
    return list(dict.fromkeys(_without_repeated_name(line) for line in lines))


def _without_repeated_name(line: str) -> str:
    title, _, text = line.partition(": ")
    return text if text.startswith(title) else line


def _because(reading: Reading) -> str:
    return reading.rule if reading.refusal is None else f"refused: {reading.refusal.message}"


def _record(reading: Reading) -> dict[str, Any]:
    record: dict[str, Any] = {"framework": reading.framework, "output": None, "layer": None}
    if reading.layer is not None:
        entry = reading.layer.record()["layers"][0]
        record |= {"output": entry["output"], "layer": entry}
    return record | {"because": _because(reading), "refused": reading.refusal is not None}
