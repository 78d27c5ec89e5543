"""How a layer is cut into tiles, and which way its sums are computed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convcli.arithmetic.axis import Axis
from convcli.engine import tiles
from convcli.engine.layers import checking, lattice
from convcli.engine.layers.lattice import Line, Part
from convcli.engine.layers.products import Method, Tile, choose

# Multiply-adds of a tile: enough of them to keep a thread busy while another one waits for the interpreter,
# few enough to give several threads something to do. Tiles of fewer positions than these are not worth it:
# each reads all the weights once.
_MULTIPLY_ADDS = 1 << 26
_POSITIONS = 512

# Multiply-adds for which a further thread is worth starting: some 3 ms (measured 2026-11-21 on a 2-core Xeon:
# 115 million take 2.9 ms on one thread and 4.0 ms on two, eight times as many 25 and 17 ms).
_THREAD = 1 << 27

# Outputs of a group that a tile is cut down to, where positions are too few to be shared out.
_LEAST_OUTPUTS = 64


@dataclass(frozen=True, slots=True)
class Plan:
    """How a layer is cut, and how its tiles are computed.

    Attributes
    ----------
    lines : tuple of Line
    parts : tuple of Part
    phases : tuple of tuple of int
        Samples of a step that any tap reads.
    tile : tuple of int
        Groups, outputs of a group, samples of the batch, and positions along each axis.
    method : str
    threads : int
        As many as there is work for.
    """

    lines: tuple[Line, ...]
    parts: tuple[Part, ...]
    phases: tuple[tuple[int, ...], ...]
    tile: tuple[int, ...]
    method: Method
    threads: int

    @classmethod
    def make(
        cls, batch: int, groups: int, outputs: int, channels: int, axes: Sequence[Axis], work: np.dtype[Any]
    ) -> Plan:
        """Plan a layer.

        Parameters
        ----------
        batch, groups, outputs, channels : int
            Samples of the batch, groups, and channels of output and input in each group.
        axes : sequence of Axis
        work : dtype
            What it is computed in.

        Raises
        ------
        ShapeError
            If a tile would take absurd memory.
        """
        lines = tuple(lattice.along(axis) for axis in axes)
        parts = tuple(lattice.parts(lines))
        phases = tuple(dict.fromkeys(tap.phase for part in parts for tap in part.taps))
        tile = _cut(batch, groups, outputs, channels, lines, parts, work)
        checking.memory(lines, tile[3:], tile[0] * tile[2] * channels, work)
        places = batch * math.prod(line.count for line in lines)
        most = max(len(part.taps) for part in parts)
        method = choose(layout(tile[2:], lines), most, outputs, channels, places, integer=work.kind == "i")
        multiply_adds = groups * outputs * channels * places * sum(len(part.taps) for part in parts)
        return cls(lines, parts, phases, tile, method, 1 + multiply_adds // _THREAD)


def _cut(
    batch: int,
    groups: int,
    outputs: int,
    channels: int,
    lines: Sequence[Line],
    parts: Sequence[Part],
    work: np.dtype[Any],
) -> tuple[int, ...]:
    """Groups, outputs of a group, samples of the batch, and positions that a tile has."""
    # For each position: samples, those of a stride once more when they are parted, and two sums.
    terms = channels * sum(len(part.taps) for part in parts)
    held = 2 * channels * math.prod(line.step for line in lines) + 2 * outputs
    busy = min(outputs * terms / _MULTIPLY_ADDS, 1 / _POSITIONS) * tiles.TILE_BYTES
    # Tiles are cut by the samples that they read, `stride` for each position.
    group_tile, batch_tile, *positions = tiles.tile_shape(
        (groups, batch, *(line.count for line in lines)),
        (1, 1, *(line.step for line in lines)),
        (0, 0, *(line.extent - 1 for line in lines)),
        math.ceil(max(held * work.itemsize, busy) / math.prod(line.step for line in lines)),
        channels=channels,
    )
    each = group_tile * batch_tile * math.prod(positions) * terms
    height = outputs
    while height >= 2 * _LEAST_OUTPUTS and each * height > 2 * _MULTIPLY_ADDS:
        height = -(-height // 2)
    return group_tile, height, batch_tile, *positions


def layout(positions: Sequence[int], lines: Sequence[Line]) -> Tile:
    """Return how a tile of so many samples of the batch, and positions along each axis, lies in memory."""
    batch, *spatial = positions
    room = (size + line.reach for size, line in zip(spatial, lines, strict=True))
    return Tile(tuple(positions), (batch, *room))
