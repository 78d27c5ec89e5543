"""Sparse kernels: one shifted multiply-add of the tile for each non-zero weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.geometry import AxisGeometry
from convcli.engine.passes import weighted_sum
from convcli.engine.scratch import Scratch
from convcli.engine.structure import Weights

Array = NDArray[Any]


class Taps:
    """Correlation tap by tap, in reading order: exact in integers, and exact in where non-finite values go.

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
        self._geometry = tuple(geometry)
        self._axes = tuple(axes)
        self._taps = [
            ([int(j) * g.dilation for j, g in zip(at, geometry, strict=True)], dtype.type(weights[tuple(at)]))
            for at in np.argwhere(weights)
        ]

    def __call__(self, tile: Array, scratch: Scratch) -> Array:
        """Outputs of a tile that holds its halo."""
        outputs = list(tile.shape)
        for axis, g in zip(self._axes, self._geometry, strict=True):
            outputs[axis] = g.produced(tile.shape[axis])
        if not self._taps:
            return np.zeros(outputs, tile.dtype)
        return weighted_sum([(tile[self._shifted(starts, outputs)], w) for starts, w in self._taps], scratch)

    def _shifted(self, starts: Sequence[int], outputs: Sequence[int]) -> tuple[slice, ...]:
        index = [slice(None)] * len(outputs)
        for start, axis, g in zip(starts, self._axes, self._geometry, strict=True):
            index[axis] = slice(start, start + (outputs[axis] - 1) * g.stride + 1, g.stride)
        return tuple(index)
