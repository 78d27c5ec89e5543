"""A network on an input: the shape, the cost and the view of every operation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.dialects import Framework
from convcli.arithmetic.layers import AXIS_NAMES, BYTES
from convcli.arithmetic.networks.operations import INPUT, WINDOWED, Network, Node, Operation
from convcli.arithmetic.networks.views import View, merged
from convcli.arithmetic.notation import format_shape, plain_number
from convcli.arithmetic.specs import LayerSpec
from convcli.errors import ConvError, ShapeError, UsageError

Views = tuple[View | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """What stands between two operations.

    Parameters
    ----------
    shape : tuple of int
        Channels, then spatial axes; features alone after a flatten.
    views : tuple of View or None
        Of each spatial axis of the network's input; None where there is no even pattern.
    whole : bool
        Whether every number depends on the whole input.
    """

    shape: tuple[int, ...]
    views: Views = ()
    whole: bool = False

    @property
    def spatial(self) -> tuple[int, ...]:
        """Sizes without the channels."""
        return self.shape[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An operation of a network on its input."""

    node: Node
    input: Tensor
    output: Tensor
    params: int = 0
    macs: int = 0
    axes: tuple[Axis, ...] = ()
    formula: str = ""
    side: tuple[int, ...] = ()  # the network's input, spatial axes

    @property
    def memory(self) -> int:
        """Bytes of the output in 32-bit floats."""
        return math.prod(self.output.shape) * BYTES

    @property
    def receptive_field(self) -> list[int | None]:
        """Input samples that an output sees along each axis of the input."""
        if self.output.whole:
            return list(self.side)
        return [view.receptive_field if view else None for view in self.output.views]

    @property
    def jump(self) -> list[int | float | None]:
        """Input samples from one output to the next; empty after a flatten."""
        if not self.output.spatial or self.output.whole:
            return []
        return [plain_number(view.jump) if view else None for view in self.output.views]

    @property
    def start(self) -> list[int | float | None]:
        """Centre of what the first output sees; empty after a flatten."""
        if not self.output.spatial or self.output.whole:
            return []
        starts = [view.start if view else None for view in self.output.views]
        return [None if start is None else plain_number(start) for start in starts]

    def record(self) -> dict[str, Any]:
        """Return the step as plain values for JSON."""
        return {
            "op": self.node.operation.name,
            "layer": self.node.operation.text,
            "from": list(self.node.sources),
            "input": list(self.input.shape),
            "output": list(self.output.shape),
            "padding": [[axis.before, axis.after] for axis in self.axes],
            "params": self.params,
            "macs": self.macs,
            "memory": self.memory,
            "receptive_field": self.receptive_field,
            "jump": self.jump,
            "start": self.start,
            "formula": self.formula,
        }


def trace(network: Network, shape: tuple[int, ...], *, framework: Framework = "torch") -> list[Step]:
    """Compute every operation of a network on an input.

    Parameters
    ----------
    network : Network
    shape : tuple of int
        Channels first; one number is features without space.
    framework : {"torch", "keras", "tf", "jax", "onnx"}
        Whose meaning of paddings holds.

    Returns
    -------
    list of Step
        One for each node.

    Raises
    ------
    UsageError, ShapeError
        If an operation does not fit what it is given; the message names it.
    """
    start = Tensor(shape=shape, views=(View(),) * (len(shape) - 1), whole=False)
    tensors: dict[int, Tensor] = {INPUT: start}
    steps = []
    for index, node in enumerate(network.nodes):
        inputs = [tensors[source] for source in node.sources]
        try:
            step = _apply(node, inputs, framework=framework, side=shape[1:])
        except ConvError as error:
            place = f"layer {index + 1}, {node.operation.text}, on {format_shape(inputs[0].shape)}"
            raise type(error)(f"{place}: {error.message}", hint=error.hint) from None
        tensors[index] = step.output
        steps.append(step)
    return steps


def _apply(node: Node, inputs: Sequence[Tensor], *, framework: Framework, side: tuple[int, ...]) -> Step:
    name = node.operation.name
    if name in ("add", "concat"):
        output, formula = _merge(name, inputs)
        return Step(node=node, input=inputs[0], output=output, formula=formula, side=side)
    if name == "crop":
        return _crop(node, inputs[0], [tensor.spatial for tensor in inputs[1:]], side=side)
    [given] = inputs
    if name in WINDOWED:
        return _window(node, given, framework=framework, side=side)
    output, params, macs, formula = _PLAIN.get(name, _elementwise)(node.operation, given)
    return Step(node=node, input=given, output=output, params=params, macs=macs, formula=formula, side=side)


def _window(node: Node, given: Tensor, *, framework: Framework, side: tuple[int, ...]) -> Step:
    """A convolution, a transposed one or a pooling."""
    operation = node.operation
    _needs_space(given)
    channels, kind = given.shape[0], WINDOWED[operation.name]
    pools = kind in ("maxpool", "avgpool")
    layer = LayerSpec(
        operation=kind,
        kernel=operation.size or (1,),
        stride=operation.stride,
        padding=operation.padding,
        padding_after=operation.padding_after,
        dilation=operation.dilation,
        output_padding=operation.output_padding,
        ceil=operation.ceil,
        groups=1 if pools else operation.groups or channels,
        out_channels=None if pools else operation.out or channels,
        bias=operation.bias,
        framework=framework,
    ).over(channels, given.spatial)
    views = tuple(view and view.through(axis) for view, axis in zip(given.views, layer.axes, strict=True))
    return Step(
        node=node,
        input=given,
        output=Tensor(shape=layer.output, views=views, whole=given.whole),
        params=layer.params or 0,
        macs=layer.macs or 0,
        axes=layer.axes,
        formula=layer.formula,
        side=side,
    )


def _merge(name: str, inputs: Sequence[Tensor]) -> tuple[Tensor, str]:
    shapes = [tensor.shape for tensor in inputs]
    listed = " and ".join(format_shape(shape) for shape in shapes)
    alike = {shape if name == "add" else shape[1:] for shape in shapes}
    if len(alike) > 1:
        raise ShapeError(
            f"the branches give {listed}",
            hint="branches are added where all of their sizes are equal, and concatenated where all but the "
            "channels are; crop at the end of one cuts it to the others",
        )
    channels = sum(shape[0] for shape in shapes) if name == "concat" else shapes[0][0]
    views = tuple(
        None if None in at_axis else merged([view for view in at_axis if view])
        for at_axis in zip(*(tensor.views for tensor in inputs), strict=True)
    )
    shape = (channels, *shapes[0][1:])
    whole = any(tensor.whole for tensor in inputs)
    formula = f"{' + '.join(str(shape[0]) for shape in shapes)} = {channels}" if name == "concat" else ""
    return Tensor(shape=shape, views=views, whole=whole), formula


def _crop(node: Node, given: Tensor, others: Sequence[tuple[int, ...]], *, side: tuple[int, ...]) -> Step:
    """Cut to the smallest of the other branches, at the centre."""
    sizes = tuple(min(axis) for axis in zip(*others, strict=True))
    if any(size > have for size, have in zip(sizes, given.spatial, strict=True)):
        raise ShapeError(
            f"{format_shape(given.spatial)} is smaller than {format_shape(sizes)}, which it should be cut to",
            hint="put crop at the end of the larger branch",
        )
    offsets = [(have - size) // 2 for have, size in zip(given.spatial, sizes, strict=True)]
    views = tuple(view and view.moved(offset) for view, offset in zip(given.views, offsets, strict=True))
    output = Tensor(shape=(given.shape[0], *sizes), views=views, whole=given.whole)
    cuts = zip(given.spatial, sizes, offsets, strict=True)
    formula = "; ".join(f"{have} - {offset} - {have - size - offset} = {size}" for have, size, offset in cuts)
    return Step(node=node, input=given, output=output, formula=formula, side=side)


_Result = tuple[Tensor, int, int, str]


def _elementwise(operation: Operation, given: Tensor) -> _Result:
    scaled = {"batchnorm": 2, "layernorm": 2, "groupnorm": 2}
    params = 1 if operation.name == "prelu" else scaled.get(operation.name, 0) * given.shape[0]
    return given, params, 0, ""


def _flatten(_operation: Operation, given: Tensor) -> _Result:
    features = math.prod(given.shape)
    formula = f"{' * '.join(map(str, given.shape))} = {features}"
    return Tensor(shape=(features,), views=given.views, whole=given.whole), 0, 0, formula


def _linear(operation: Operation, given: Tensor) -> _Result:
    features = math.prod(given.shape)
    if features != given.shape[0]:
        raise UsageError(
            f"a linear layer reads features, not {format_shape(given.shape)}",
            hint=f"put flatten before it, which gives {features}",
        )
    out = operation.out or 1
    formula = f"{features} -> {out}"
    output = Tensor(shape=(out,), views=given.views, whole=True)
    return output, (features + operation.bias) * out, features * out, formula


def _global_pool(_operation: Operation, given: Tensor) -> _Result:
    _needs_space(given)
    return (
        Tensor(shape=(given.shape[0], *(1 for _ in given.spatial)), views=given.views, whole=True),
        0,
        0,
        "",
    )


def _adaptive_pool(operation: Operation, given: Tensor) -> _Result:
    sizes = _per_axis(operation, given)
    views = tuple(
        view and view.adapted(have, size)
        for view, have, size in zip(given.views, given.spatial, sizes, strict=True)
    )
    formula = "; ".join(f"{have} -> {size}" for have, size in zip(given.spatial, sizes, strict=True))
    return Tensor(shape=(given.shape[0], *sizes), views=views, whole=given.whole), 0, 0, formula


def _upsample(operation: Operation, given: Tensor) -> _Result:
    factors = _per_axis(operation, given)
    sizes = tuple(have * factor for have, factor in zip(given.spatial, factors, strict=True))
    views = tuple(view and view.repeated(factor) for view, factor in zip(given.views, factors, strict=True))
    formula = "; ".join(
        f"{have} * {by} = {have * by}" for have, by in zip(given.spatial, factors, strict=True)
    )
    return Tensor(shape=(given.shape[0], *sizes), views=views, whole=given.whole), 0, 0, formula


def _pad(operation: Operation, given: Tensor) -> _Result:
    amounts = _per_axis(operation, given)
    sizes = tuple(have + 2 * amount for have, amount in zip(given.spatial, amounts, strict=True))
    views = tuple(view and view.moved(-amount) for view, amount in zip(given.views, amounts, strict=True))
    formula = "; ".join(
        f"{have} + {by} + {by} = {have + 2 * by}" for have, by in zip(given.spatial, amounts, strict=True)
    )
    return Tensor(shape=(given.shape[0], *sizes), views=views, whole=given.whole), 0, 0, formula


def _reorganize(operation: Operation, given: Tensor) -> _Result:
    """Blocks of space become channels, as in Darknet's reorg."""
    [factor] = operation.size or (2,)
    if any(size % factor for size in given.spatial):
        raise ShapeError(f"{format_shape(given.spatial)} does not divide into blocks of {factor}")
    sizes = tuple(size // factor for size in given.spatial)
    block = Axis(size=factor, kernel=factor, stride=factor)
    views = tuple(view and view.through(block) for view in given.views)
    channels = given.shape[0] * factor ** len(sizes)
    return Tensor(shape=(channels, *sizes), views=views, whole=given.whole), 0, 0, ""


_PLAIN: dict[str, Callable[[Operation, Tensor], _Result]] = {
    "flatten": _flatten,
    "linear": _linear,
    "globalavgpool": _global_pool,
    "globalmaxpool": _global_pool,
    "adaptiveavgpool": _adaptive_pool,
    "upsample": _upsample,
    "pad": _pad,
    "reorg": _reorganize,
}


def _per_axis(operation: Operation, given: Tensor) -> tuple[int, ...]:
    _needs_space(given)
    sizes = operation.size or (1,)
    sizes = sizes * len(given.spatial) if len(sizes) == 1 else sizes
    if len(sizes) != len(given.spatial):
        raise UsageError(f"{format_shape(sizes)} has {len(sizes)} values for {len(given.spatial)} axes")
    return sizes


def _needs_space(given: Tensor) -> None:
    if not given.spatial:
        raise UsageError(
            f"{format_shape(given.shape)} has no spatial axes",
            hint="convolutions and poolings stand before flatten; inputs have channels first, e.g. 3x224x224",
        )
    if len(given.spatial) not in AXIS_NAMES:
        raise UsageError(f"{len(given.spatial)} spatial axes: 1 to {max(AXIS_NAMES)} are understood")
