"""A layer of a network on an input: its output, parameters, multiply-adds, and what one output sees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.notation import plain_number

AXIS_NAMES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}

OPERATION_NAMES = {
    "conv": "conv",
    "convt": "transposed conv",
    "maxpool": "max pool",
    "avgpool": "average pool",
}

BYTES = 4  # of a number: 32-bit floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A layer on an input of known size.

    Parameters
    ----------
    operation : {"conv", "convt", "maxpool", "avgpool"}
    axes : tuple of Axis
        Spatial axes, slowest first.
    groups : int
    in_channels, out_channels : int, optional
        None where unknown.
    bias : bool
        Whether each output channel has a bias.
    remarks : tuple of str
        What has to be known to write the layer in the chosen framework.
    """

    operation: str = "conv"
    axes: tuple[Axis, ...]
    groups: int = 1
    in_channels: int | None = None
    out_channels: int | None = None
    bias: bool = True
    remarks: tuple[str, ...] = ()

    @property
    def transposed(self) -> bool:
        """Whether this is a transposed convolution."""
        return self.operation == "convt"

    @property
    def pools(self) -> bool:
        """Whether this is a pooling, which has neither weights nor multiply-adds."""
        return self.operation in ("maxpool", "avgpool")

    @property
    def name(self) -> str:
        """What the operation is called in a sentence."""
        return OPERATION_NAMES[self.operation]

    @property
    def input(self) -> tuple[int, ...]:
        """Input shape, with the channels first where they are known."""
        return (*_known(self.in_channels), *(axis.size for axis in self.axes))

    @property
    def output(self) -> tuple[int, ...]:
        """Output shape, with the channels first where they are known."""
        return (*_known(self.out_channels), *(axis.output for axis in self.axes))

    @property
    def taps(self) -> int:
        """Weights of one kernel over the spatial axes."""
        return math.prod(axis.kernel for axis in self.axes)

    @property
    def weights(self) -> int | None:
        """Weights of all kernels; None if channels are unknown."""
        if self.pools:
            return 0
        if self.in_channels is None or self.out_channels is None:
            return None
        return self.out_channels * (self.in_channels // self.groups) * self.taps

    @property
    def params(self) -> int | None:
        """Weights, and one bias for each output channel; None if channels are unknown."""
        if self.pools or self.weights is None or self.out_channels is None:
            return self.weights
        return self.weights + self.out_channels * self.bias

    @property
    def macs(self) -> int | None:
        """Multiply-adds, without those of the bias; None if channels are unknown.

        A convolution reads a kernel for each output; a transposed one paints a kernel for each input.
        Poolings multiply nothing.
        """
        if self.weights is None:
            return None
        return self.weights * math.prod(axis.size if axis.transposed else axis.output for axis in self.axes)

    @property
    def formula(self) -> str:
        """The size rule with the numbers put in; one for each axis where they differ."""
        return "; ".join(dict.fromkeys(axis.formula for axis in self.axes))

    def record(self) -> dict[str, Any]:
        """Return the account of a network of this one layer as plain values for JSON."""
        layer = self._entry()
        totals = {name: layer[name] for name in ("output", "params", "macs")}
        return {"input": layer["input"], "layers": [layer], **totals}

    def _entry(self) -> dict[str, Any]:
        starts = [axis.start for axis in self.axes]
        return {
            "op": self.operation,
            "input": list(self.input),
            "output": list(self.output),
            "padding": [[axis.before, axis.after] for axis in self.axes],
            "params": self.params,
            "macs": self.macs,
            "memory": math.prod(self.output) * BYTES,
            "receptive_field": [axis.receptive_field for axis in self.axes],
            "jump": [plain_number(axis.jump) for axis in self.axes],
            "start": [None if start is None else plain_number(start) for start in starts],
            "formula": self.formula,
        }


def _known(channels: int | None) -> tuple[int, ...]:
    return () if channels is None else (channels,)
