"""Sparse convolution between channels: which input sounds in which output, by taps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from convcli.engine.streams.taps import TapStream

Block = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Route:
    """Taps from one input channel to one output channel.

    Parameters
    ----------
    source, output : int
        Channels, from 0.
    offsets : sequence of int
        Delays in frames.
    gains : sequence of float
        One factor a delay.
    """

    source: int
    output: int
    offsets: Sequence[int]
    gains: Sequence[float]


class RoutedTaps:
    """Adds up the taps of all routes that lead to an output, in their order.

    Parameters
    ----------
    routes : sequence of Route
        Outputs that none leads to are silent.
    outputs : int
        Channels of the result.
    dtype : dtype, optional
        The floating type of the sums and of the output.

    Notes
    -----
    As with `TapStream`, any cutting into blocks gives the same bits.
    """

    def __init__(self, routes: Sequence[Route], *, outputs: int, dtype: DTypeLike = np.float64) -> None:
        self.dtype = np.dtype(dtype)
        self._outputs = outputs
        self._depth = max((max(route.offsets, default=0) for route in routes), default=0)
        self._inputs = max((route.source for route in routes), default=0) + 1
        self._flows = [
            (route, TapStream(route.offsets, route.gains, channels=1, dtype=dtype)) for route in routes
        ]

    def push(self, block: Block) -> Block:
        """Return the output for the next block of input, shape (frames, outputs)."""
        out = np.zeros((len(block), self._outputs), self.dtype)
        # Infinities in a floating-point sound are the sound's own; they pass without a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            for route, flow in self._flows:
                out[:, route.output] += flow.push(block[:, route.source : route.source + 1])[:, 0]
        return out

    def finish(self, tail: int | None = None) -> Block:
        """Return the rest of the output: so many frames after the last block, by default all that sound."""
        return self.push(np.zeros((self._depth if tail is None else tail, self._inputs), self.dtype))
