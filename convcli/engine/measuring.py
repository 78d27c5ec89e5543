"""What a plan's candidates take on real samples: each runs on a few tiles, and is scaled to the whole."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcli.engine import execution, structure, tiles
from convcli.engine import request as requests
from convcli.engine.candidates import Candidate
from convcli.engine.geometry import AxisGeometry
from convcli.engine.plan import Plan
from convcli.engine.structure import Structure

Array = NDArray[Any]

# Seconds of measuring for a candidate, beside its warm-up.
BUDGET = 0.3

# So often a measurement is repeated while it fits the budget.
_REPEATS = 5

# A candidate that would take longer for a single tile is not measured.
_LONGEST_TILE = 20.0

# Seconds below which the clock is not asked what a tile takes.
_LEAST = 1e-5


def measure(
    plan: Plan,
    x: ArrayLike,
    kernel: ArrayLike,
    *,
    correlate: bool = False,
    repeats: int = 1,
    budget: float = BUDGET,
) -> Plan:
    """Time every candidate of a plan that applies.

    Parameters
    ----------
    plan : Plan
        Made for this input and kernel.
    x, kernel, correlate
        As for `convolve`. Of complex arrays one real part is taken.
    repeats : int
        How many convolutions like this one the plan's times are for.
    budget : float
        Seconds for a candidate. At least one tile for each thread is computed, and before it another to warm
        up, unless that one alone takes as long; none where a tile is expected to take more than 20 s.

    Returns
    -------
    Plan
        With `measured_seconds` where it was measured.

    Notes
    -----
    The tiles at the start of the array stand for all: what they take is multiplied, and what is done once for
    all tiles is not. Nothing that is computed is kept.
    """
    weights = np.asarray(kernel)
    # As in a plan, the larger part of a complex kernel stands for both.
    part = weights if weights.dtype.kind != "c" else np.abs(weights)
    found = structure.analyse(part, correlate=correlate)
    samples = np.asarray(x).real
    single = replace(
        plan, input_dtype=requests.real(plan.input_dtype), output_dtype=requests.real(plan.output_dtype)
    )

    def timed(candidate: Candidate) -> Candidate:
        if not candidate.applies or candidate.predicted_seconds is None:
            return candidate
        once = replace(candidate, predicted_seconds=candidate.predicted_seconds / repeats)
        seconds = _seconds(single.using(once), found, samples, budget)
        return replace(candidate, measured_seconds=None if seconds is None else repeats * seconds)

    return replace(plan, candidates=tuple(timed(candidate) for candidate in plan.candidates))


def _seconds(plan: Plan, kernel: Structure, x: Array, budget: float) -> float | None:
    """Time of a whole plan, judging by some of its tiles; None if one alone would take too long."""
    if plan.predicted_seconds / max(_rounds(plan), 1) > _LONGEST_TILE:
        return None
    try:
        once = _clock(lambda: execution.prepare(plan, kernel))
        excerpt, samples = _excerpt(plan, x, rounds=1)
        warming = _clock(lambda: execution.execute(excerpt, kernel, samples))
        if warming > budget:
            return _scaled(warming, once, excerpt, plan)
        fitting = int(budget / _REPEATS / max(warming - once, _LEAST))
        excerpt, samples = _excerpt(plan, x, rounds=max(fitting, 1))
        times: list[float] = []
        while len(times) < _REPEATS and sum(times) <= budget:
            times.append(_clock(lambda: execution.execute(excerpt, kernel, samples)))
    except MemoryError:
        return None
    return _scaled(float(np.median(times)), once, excerpt, plan)


def _clock(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _scaled(seconds: float, once: float, excerpt: Plan, whole: Plan) -> float:
    """What the whole takes if its excerpt took so long, of which a part is spent once."""
    once = min(once, seconds)
    return once + (seconds - once) * _load(whole) / max(_load(excerpt), 1)


def _load(plan: Plan) -> float:
    """Outputs that the busiest thread computes."""
    pieces = tiles.count(plan.output_shape, plan.tile_shape)
    return _rounds(plan) * math.prod(plan.output_shape) / max(pieces, 1)


def _rounds(plan: Plan) -> int:
    """Tiles that the busiest thread computes."""
    pieces = tiles.count(plan.output_shape, plan.tile_shape)
    return -(-pieces // max(min(plan.workers, pieces), 1))


def _excerpt(plan: Plan, x: Array, *, rounds: int) -> tuple[Plan, Array]:
    """A plan for the first tiles only, so many for each thread, and the samples that they read."""
    wanted = rounds * plan.workers
    outputs = list(plan.output_shape)
    for axis in reversed(plan.order):
        there = -(-outputs[axis] // plan.tile_shape[axis])
        taken = min(max(wanted, 1), there)
        outputs[axis] = min(taken * plan.tile_shape[axis], outputs[axis])
        wanted //= max(taken, 1)
    geometry = tuple(_cut(g, outputs[g.axis]) for g in plan.geometry)
    sizes = dict(enumerate(outputs)) | {g.axis: g.size for g in geometry}
    samples = x[tuple(slice(0, sizes[axis]) for axis in range(x.ndim))]
    return replace(plan, geometry=geometry, input_shape=samples.shape, output_shape=tuple(outputs)), samples


def _cut(geometry: AxisGeometry, outputs: int) -> AxisGeometry:
    """The axis up to what its first outputs read."""
    _, stop = geometry.reads(0, outputs)
    size = min(max(stop, 1), geometry.size)
    return replace(geometry, size=size, after=max(stop - size, 0), out=outputs)
