"""What each method is expected to cost, in nanoseconds of one thread for one output sample.

The constants were measured on 2026-11-21 on one core of an AMD EPYC (family 26) with NumPy 2.4 and OpenBLAS,
on arrays that fit the L2 cache.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convcli.engine import fft
from convcli.engine.geometry import AxisGeometry
from convcli.engine.passes import BLOCK, SHORT
from convcli.engine.structure import Structure, Weights

# Gathering, converting, rounding and storing a sample.
_HANDLING = 0.6
# Moving the convolved axes last, there and back.
PLANAR = 0.8
# One shifted multiply-add, and one shifted addition, for each byte of the work type.
_MULTIPLY_ADD = 0.055
_ADD = 0.04
# One multiply-add inside a matrix product, for each byte of the work type.
_MATRIX = 0.006
# One element's share of a forward and an inverse real transform and the product between, for each log2 N + 4.
_TRANSFORM = 0.38
# Starting the first tile: threads, weights, scratch.
_START_SECONDS = 1e-4


def taps(nonzero: int, itemsize: int) -> float:
    """One shifted multiply-add for each weight that is not 0."""
    return _HANDLING + nonzero * _MULTIPLY_ADD * itemsize


def box(geometry: Sequence[AxisGeometry], itemsize: int) -> float:
    """Doubling: as many additions an axis as its width has binary digits, and ones among them."""
    additions = sum(g.taps.bit_length() + g.taps.bit_count() - 2 for g in geometry)
    return _HANDLING + additions * _ADD * itemsize


def separable(
    structure: Structure, geometry: Sequence[AxisGeometry], itemsize: int, *, integer: bool
) -> float:
    """One pass an axis for each term."""
    passes = [
        one_pass(factor, g, itemsize, integer=integer)
        for term in structure.factors
        for factor, g in zip(term, geometry, strict=True)
    ]
    return _HANDLING + sum(passes)


def direct(structure: Structure, geometry: Sequence[AxisGeometry], itemsize: int, *, integer: bool) -> float:
    """One pass for each line along the kernel's last axis."""
    lines = structure.weights.reshape(-1, structure.weights.shape[-1])
    densest = lines[int(np.argmax(np.count_nonzero(lines, axis=1)))]
    busy = int(np.count_nonzero(lines.any(axis=1)))
    each = one_pass(densest, geometry[-1], itemsize, integer=integer) + _ADD * itemsize
    return _HANDLING + busy * each


def one_pass(weights: Weights, geometry: AxisGeometry, itemsize: int, *, integer: bool) -> float:
    """A one-dimensional pass: see `passes.make_pass`, which chooses alike."""
    nonzero = int(np.count_nonzero(weights))
    if integer or nonzero <= SHORT:
        return nonzero * _MULTIPLY_ADD * itemsize
    return geometry.span(BLOCK) * _MATRIX * itemsize


def transform(geometry: Sequence[AxisGeometry], lengths: Sequence[int]) -> float:
    """Overlap-save with the given transform lengths."""
    return _HANDLING + _TRANSFORM * fft.cost(lengths, geometry)


def seconds(per_sample: float, samples: int, workers: int) -> float:
    """Predicted time of the whole computation."""
    return _START_SECONDS + per_sample * samples * 1e-9 / max(workers, 1)
