"""Kernels that are one outer product, or a short sum of them: one pass an axis for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.geometry import AxisGeometry
from convcli.engine.passes import Pass, ShiftPass, make_pass, pass_order
from convcli.engine.scratch import Scratch
from convcli.engine.structure import Weights

Array = NDArray[Any]


class Separable:
    """Correlation axis by axis, summed over the kernel's terms.

    Parameters
    ----------
    factors : sequence of tuple of ndarray
        Terms; each holds one factor an axis.
    geometry : sequence of AxisGeometry
        The convolved axes.
    axes : sequence of int
        Where they stand in a tile.
    dtype : dtype
        Element type of the tiles.
    shifted : bool
        Pass by shifted multiply-adds only, which keep non-finite values within the factors' windows.
    """

    def __init__(
        self,
        factors: Sequence[tuple[Weights, ...]],
        geometry: Sequence[AxisGeometry],
        axes: Sequence[int],
        dtype: np.dtype[Any],
        *,
        shifted: bool = False,
    ) -> None:
        order = pass_order(geometry)
        make = ShiftPass if shifted else make_pass
        self._terms: list[list[Pass]] = [
            [make(term[i], geometry[i], axes[i], dtype) for i in order] for term in factors
        ]

    def __call__(self, tile: Array, scratch: Scratch) -> Array:
        """Outputs of a tile that holds its halo."""
        total = self._term(self._terms[0], tile, scratch)
        for passes in self._terms[1:]:
            term = self._term(passes, tile, scratch)
            np.add(total, term, out=total)
            scratch.give(term)
        return total

    @staticmethod
    def _term(passes: Sequence[Pass], tile: Array, scratch: Scratch) -> Array:
        result = passes[0](tile, scratch)
        for step in passes[1:]:
            longer, result = result, step(result, scratch)
            scratch.give(longer)
        return result
