"""What a kernel is made of: constant, sparse, a product of one factor an axis, or a sum of few products."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcli.errors import ConvError

Weights = NDArray[np.float64]

# Beyond this many taps a singular value decomposition costs more than it can save: the FFT takes over.
_SVD_LIMIT = 256 * 256


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A kernel's weights in reading order (reversed for a convolution), and what was found in them.

    Attributes
    ----------
    weights : ndarray of float64
        One dimension for each convolved axis.
    nonzero : int
        Number of weights that are not 0.
    constant : float or None
        The weight they all share, if they do.
    factors : tuple of tuple of ndarray
        Terms whose sum is the kernel, each an outer product of one factor an axis; empty if there is no
        short sum.
    integer : bool
        Whether every weight is a whole number.
    negative, positive : float
        Sums of the negative and of the positive weights.
    """

    weights: Weights
    nonzero: int
    constant: float | None
    factors: tuple[tuple[Weights, ...], ...]
    integer: bool
    negative: float
    positive: float

    @property
    def magnitude(self) -> float:
        """Sum of the absolute weights: what the largest input can grow to."""
        return self.positive - self.negative

    def lines(self, axis: int) -> Weights:
        """The kernel's lines along one of its axes that are not all 0, as rows; one at least."""
        lines = np.moveaxis(self.weights, axis, -1).reshape(-1, self.weights.shape[axis])
        busy: Weights = lines[lines.any(axis=1)]
        return busy if len(busy) else lines[:1]

    @property
    def rank_one(self) -> bool:
        """Whether the kernel is a single outer product."""
        return len(self.factors) == 1


def analyse(kernel: ArrayLike, *, correlate: bool) -> Structure:
    """Examine a kernel's weights.

    Parameters
    ----------
    kernel : array_like
        Real weights, one dimension for each convolved axis.
    correlate : bool
        True leaves the kernel as it is, False reverses it along every axis.

    Raises
    ------
    ConvError
        If the kernel has no finite real weights.
    """
    given = np.asarray(kernel)
    if given.dtype.kind not in "buif":
        raise ConvError(f"kernel of type {given.dtype}: weights must be numbers")
    weights = np.array(given if correlate else np.flip(given), dtype=np.float64, order="C")
    if not np.isfinite(weights).all():
        raise ConvError("kernel: every weight must be a finite number")
    first = float(weights.flat[0]) if weights.size else 0.0
    return Structure(
        weights=weights,
        nonzero=int(np.count_nonzero(weights)),
        constant=first if bool((weights == first).all()) else None,
        factors=_factorise(weights),
        integer=bool((weights == np.rint(weights)).all()),
        negative=float(weights[weights < 0].sum()),
        positive=float(weights[weights > 0].sum()),
    )


def _factorise(weights: Weights) -> tuple[tuple[Weights, ...], ...]:
    if not weights.any():
        return (tuple(np.zeros(size) for size in weights.shape),)
    single = _product(weights)
    if single is not None:
        return (single,)
    if weights.ndim == 2 and weights.size <= _SVD_LIMIT:
        return _low_rank(weights)
    return ()


def _product(weights: Weights) -> tuple[Weights, ...] | None:
    """Factors of a rank-1 kernel, read off the lines through its largest weight, or None.

    If w[i, j, ...] = a[i] b[j] ..., the lines through a pivot are multiples of the factors. Each line but the
    first is divided by a unit u of its own, and the first by what that leaves, (pivot / u) for each of them.
    """
    peak = np.unravel_index(int(np.argmax(np.abs(weights))), weights.shape)
    pivot = float(weights[peak])
    first, *lines = (_line(weights, peak, axis) for axis in range(weights.ndim))
    units = [_unit(line, pivot) for line in lines]
    factors = [first / np.prod([pivot / unit for unit in units])]
    factors += [line / unit for line, unit in zip(lines, units, strict=True)]
    product = factors[0]
    for factor in factors[1:]:
        product = np.multiply.outer(product, factor)
    # Equal to a few rounding errors an axis, and with the same zeros: windows end where weights do.
    tolerance = 8 * weights.ndim * np.finfo(np.float64).eps
    close = np.abs(product - weights) <= tolerance * np.abs(weights) + np.finfo(np.float64).tiny
    same = (product == 0) == (weights == 0)
    return tuple(factors) if bool((close & same).all()) else None


def _line(weights: Weights, at: tuple[Any, ...], axis: int) -> Weights:
    line: Weights = weights[(*at[:axis], slice(None), *at[axis + 1 :])]
    return line


def _unit(line: Weights, pivot: float) -> float:
    """The pivot itself, or for whole numbers their greatest divisor: Sobel stays 1, 2, 1 and exact."""
    if np.abs(pivot) < 2**53 and bool((line == np.rint(line)).all()):
        return float(math.gcd(*(int(weight) for weight in line)))
    return pivot


def _low_rank(weights: Weights) -> tuple[tuple[Weights, ...], ...]:
    """Column and row pairs of the singular value decomposition, if few enough to be cheaper."""
    left, values, right = np.linalg.svd(weights, full_matrices=False)
    rank = int(np.count_nonzero(values > values[0] * np.finfo(np.float64).eps * max(weights.shape)))
    if rank * sum(weights.shape) >= weights.size:
        return ()
    return tuple((left[:, i] * values[i], right[i]) for i in range(rank))
