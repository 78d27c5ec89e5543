"""What a network is made of: operations, and the graph that joins them."""

from __future__ import annotations

from dataclasses import dataclass, field

from convcli.arithmetic.dialects import Operation as Windowed

INPUT = -1  # the index that stands for the network's input

WINDOWED: dict[str, Windowed] = {"conv": "conv", "dw": "conv", "convt": "convt", "maxpool": "maxpool"}
WINDOWED["avgpool"] = "avgpool"

ACTIVATIONS = (
    "relu",
    "relu6",
    "leakyrelu",
    "prelu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "sigmoid",
    "hardsigmoid",
    "hardswish",
    "tanh",
    "softmax",
    "logsoftmax",
    "softplus",
)
NORMS = ("batchnorm", "layernorm", "groupnorm", "instancenorm", "lrn")
ELEMENTWISE = (*ACTIVATIONS, *NORMS, "dropout", "identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of a network, before it meets an input.

    Parameters
    ----------
    name : str
        ``"conv"``, ``"maxpool"``, ``"linear"``, ``"relu"`` ...
    text : str
        As it was written, for messages and tables.
    size : tuple of int, optional
        Kernel of a convolution or pooling, factor of an upsampling, output of an adaptive pooling.
    out : int, optional
        Channels of the output, or features of a linear layer.
    stride, padding, padding_after, dilation, output_padding, groups, ceil, bias
        As in `LayerSpec`; a group of 0 is one for each channel.
    """

    name: str
    text: str
    size: tuple[int, ...] | None = None
    out: int | None = None
    stride: tuple[int, ...] | None = None
    padding: str | tuple[int, ...] = (0,)
    padding_after: tuple[int, ...] | None = None
    dilation: tuple[int, ...] = (1,)
    output_padding: tuple[int, ...] | None = None
    groups: int = 1
    ceil: bool = False
    bias: bool = True

    @property
    def is_elementwise(self) -> bool:
        """Whether it leaves the shape as it is: activations, normalisations, dropout."""
        return self.name in ELEMENTWISE


@dataclass(frozen=True, slots=True)
class Node:
    """An operation and the nodes that it reads, by index; `INPUT` is the network's input."""

    operation: Operation
    sources: tuple[int, ...]
    depth: int = 0  # branches that it stands in, for the indentation of tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A graph of operations in an order in which they can be computed.

    Parameters
    ----------
    nodes : tuple of Node
        Each reads nodes before it; the last one is the output.
    input : tuple of int, optional
        Shape of the input, channels first; None where the text does not say.
    notes : tuple of str
        What was passed over when it was read.
    """

    nodes: tuple[Node, ...]
    input: tuple[int, ...] | None = None
    notes: tuple[str, ...] = field(default=())
