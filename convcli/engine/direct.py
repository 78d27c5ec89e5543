"""Small dense kernels: a one-dimensional pass for each line of the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.geometry import AxisGeometry
from convcli.engine.passes import Pass, band_width, make_pass
from convcli.engine.scratch import Scratch
from convcli.engine.structure import Structure

Array = NDArray[Any]

# Passes along another than the last axis read contiguous samples, and take about this part of the time; those
# that leave samples out on the way have to copy the others together first.
_ACROSS = 0.7
_SKIPPING = 2.0


def line_axis(kernel: Structure, geometry: Sequence[AxisGeometry]) -> int:
    """The axis of the kernel along whose lines the passes cost least."""

    def cost(axis: int) -> float:
        behind = [g for g in geometry if g.axis > geometry[axis].axis]
        across = 1.0 if not behind else _ACROSS if all(g.stride == 1 for g in behind) else _SKIPPING
        return across * len(kernel.lines(axis)) * band_width(geometry[axis])

    return min(range(len(geometry)), key=cost)


class Direct:
    """Correlation as a sum of one-dimensional passes, one for each line of the kernel along one of its axes.

    Parameters
    ----------
    kernel : Structure
        The kernel.
    geometry : sequence of AxisGeometry
        The convolved axes.
    axes : sequence of int
        Where they stand in a tile.
    dtype : dtype
        Element type of the tiles.
    """

    def __init__(
        self, kernel: Structure, geometry: Sequence[AxisGeometry], axes: Sequence[int], dtype: np.dtype[Any]
    ) -> None:
        chosen = line_axis(kernel, geometry)
        self._axes = tuple(axes)
        self._geometry = tuple(geometry)
        self._chosen = chosen
        lines = np.moveaxis(kernel.weights, chosen, -1)
        self._lines: list[tuple[tuple[int, ...], Pass]] = [
            (at, make_pass(lines[at], geometry[chosen], axes[chosen], dtype))
            for at in np.ndindex(*lines.shape[:-1])
            if lines[at].any()
        ]

    def __call__(self, tile: Array, scratch: Scratch) -> Array:
        """Outputs of a tile that holds its halo."""
        total: Array | None = None
        for at, line in self._lines:
            partial = line(tile[self._slab(tile, at)], scratch)
            if total is None:
                total = partial
            else:
                np.add(total, partial, out=total)
                scratch.give(partial)
        if total is None:
            sizes = list(tile.shape)
            for axis, g in zip(self._axes, self._geometry, strict=True):
                sizes[axis] = g.produced(tile.shape[axis])
            return np.zeros(sizes, tile.dtype)
        return total

    def _slab(self, tile: Array, at: tuple[int, ...]) -> tuple[slice, ...]:
        """What the kernel line at a position reads, along all axes but its own."""
        index = [slice(None)] * tile.ndim
        others = [
            pair for i, pair in enumerate(zip(self._axes, self._geometry, strict=True)) if i != self._chosen
        ]
        for tap, (axis, g) in zip(at, others, strict=True):
            first = tap * g.dilation
            index[axis] = slice(first, first + (g.produced(tile.shape[axis]) - 1) * g.stride + 1, g.stride)
        return tuple(index)
