"""Small dense kernels: a one-dimensional pass for each line of the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.geometry import AxisGeometry
from convcli.engine.passes import Pass, make_pass
from convcli.engine.scratch import Scratch
from convcli.engine.structure import Weights

Array = NDArray[Any]


class Direct:
    """Correlation as a sum of one-dimensional passes, one for each line along the kernel's last axis.

    Parameters
    ----------
    weights : ndarray of float64
        The kernel, one dimension for each convolved axis.
    geometry : sequence of AxisGeometry
        The convolved axes.
    axes : sequence of int
        Where they stand in a tile.
    dtype : dtype
        Element type of the tiles.
    """

    def __init__(
        self, weights: Weights, geometry: Sequence[AxisGeometry], axes: Sequence[int], dtype: np.dtype[Any]
    ) -> None:
        self._axes = tuple(axes)
        self._geometry = tuple(geometry)
        self._lines: list[tuple[tuple[int, ...], Pass]] = [
            (at, make_pass(weights[at], geometry[-1], axes[-1], dtype))
            for at in np.ndindex(*weights.shape[:-1])
            if weights[at].any()
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
            last = self._geometry[-1].produced(tile.shape[self._axes[-1]])
            slab = tile[self._slab(tile, (0,) * (len(self._axes) - 1))]
            return np.zeros_like(slab.take(range(last), axis=self._axes[-1]))
        return total

    def _slab(self, tile: Array, at: tuple[int, ...]) -> tuple[slice, ...]:
        """What the kernel line at a position reads, along all axes but its own."""
        index = [slice(None)] * tile.ndim
        for tap, axis, g in zip(at, self._axes, self._geometry[:-1], strict=False):
            first = tap * g.dilation
            index[axis] = slice(first, first + (g.produced(tile.shape[axis]) - 1) * g.stride + 1, g.stride)
        return tuple(index)
