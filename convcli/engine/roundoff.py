"""How far floating-point results may lie from the exact ones: bounds for every method.

With unit roundoff u, each rounding of a number s errs by at most u |s|. All bounds here count what the
roundings of one output add up to, in units of u max|x|, to first order (Higham, Accuracy and Stability of
Numerical Algorithms, 2002, chapters 3 and 4):

- A weight and its product with a sample are rounded once each: together 2 |w|.
- A partial sum is at most the sum of the absolute weights in it, and is rounded once. Adding up w[0], w[1],
  ... one after the other therefore costs ``|w[0]| + (|w[0]| + |w[1]|) + ...``: for a symmetric kernel of K
  taps and sum 1 half of K, where the textbook's ``K u sum|w| max|x|`` has all of it.
- A pass on top of another multiplies the error it finds by its own sum of absolute weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.engine.direct import line_axis
from convcli.engine.geometry import AxisGeometry
from convcli.engine.passes import multiplies, pass_order, products
from convcli.engine.structure import Structure, Weights

# Roundings in a Fourier transform are far too many for the worst case to say anything. Taken as independent,
# they add up like noise, whose variance each of the log2 N stages raises by 0.42 u^2 of the signal's
# (Oppenheim and Weinstein, Effects of finite register length in digital filters and the fast Fourier
# transform, 1972). Bounds on such sums fail with a probability below 2 exp(-lambda^2 / 2) a sample (Higham
# and Mary, A new approach to probabilistic rounding error analysis, 2019): for 8, 3e-14.
_STAGE = 0.42
_LAMBDA = 8.0

# Roundings of an axis's scaling: the square root and its reciprocal, there and back, and two products.
_SCALING = 6

# Kernels of more lines than this are bounded more roughly.
_MANY = 16


@dataclass(frozen=True, slots=True)
class Bound:
    """What a computation makes of samples up to 1.

    Attributes
    ----------
    size : float
        Largest absolute value of the result.
    error : float
        Largest error of it, in units of u.
    """

    size: float
    error: float

    def after(self, first: Bound) -> Bound:
        """This computation on the results of another."""
        return Bound(self.size * first.size, self.size * first.error + first.size * self.error)


def method_bound(method: str, kernel: Structure, geometry: Sequence[AxisGeometry], itemsize: int) -> Bound:
    """What a method's sums in floating point may come to.

    Parameters
    ----------
    method : str
        taps, box, separable or direct.
    kernel : Structure
        The kernel.
    geometry : sequence of AxisGeometry
        The convolved axes, in the order of its dimensions.
    itemsize : int
        Bytes of an element in the floating type.
    """
    match method:
        case "separable":
            return _added([_term(term, geometry, itemsize) for term in kernel.factors])
        case "direct":
            axis = line_axis(kernel, geometry)
            lines = np.abs(kernel.lines(axis))
            if len(lines) > _MANY:
                return _added(_roughly(lines))
            return _added([_pass(line, geometry[axis], itemsize) for line in lines])
    return _chain(np.abs(kernel.weights.ravel()))


def transform_bound(kernel: Structure, lengths: Sequence[int]) -> Bound:
    """What overlap-save with these transform lengths may come to: a bound that holds almost surely."""
    stages = math.log2(math.prod(lengths))
    # A transform there and one back, and the product with the kernel's spectrum, itself rounded from doubles.
    deviation = math.sqrt(2 * _STAGE * stages + 1)
    # The factors that scale there and back are rounded alike for all samples: no noise, but a common error.
    scaling = _SCALING * len(lengths)
    return Bound(kernel.magnitude, (_LAMBDA * deviation + scaling) * kernel.magnitude)


def _added(parts: Sequence[Bound]) -> Bound:
    """Parts added one after the other."""
    sizes = np.cumsum([part.size for part in parts])
    return Bound(float(sizes[-1]), sum(part.error for part in parts) + float(sizes[1:].sum()))


def _chain(weights: NDArray[Any]) -> Bound:
    """Products added one after the other."""
    sums = np.cumsum(weights[weights > 0])
    if not len(sums):
        return Bound(0.0, 0.0)
    return Bound(float(sums[-1]), 2 * float(sums[-1]) + float(sums[1:].sum()))


def _roughly(lines: NDArray[Any]) -> list[Bound]:
    """The textbook's bound for each of many lines: planning must not take as long as computing."""
    steps = lines.shape[1] + 3
    return [Bound(size, steps * size) for size in lines.sum(axis=1).tolist()]


def _term(factors: Sequence[Weights], geometry: Sequence[AxisGeometry], itemsize: int) -> Bound:
    bound = Bound(1.0, 0.0)
    for axis in pass_order(geometry):
        bound = _pass(factors[axis], geometry[axis], itemsize).after(bound)
    return bound


def _pass(weights: Weights, geometry: AxisGeometry, itemsize: int) -> Bound:
    if multiplies(weights, geometry, integer=False):
        return _blocks(products(np.abs(weights), geometry, itemsize))
    return _chain(np.abs(weights))


def _blocks(matrices: Sequence[NDArray[Any]]) -> Bound:
    """Matrix products added one after the other; the worst of their rows.

    The BLAS may add up forwards, backwards, or in a few interleaved chains that it adds at the end: whichever
    is worst, and once the whole sum for those ends. Products with the zeros of a band are exact.
    """
    sizes = np.cumsum([matrix.sum(axis=1) for matrix in matrices], axis=0)
    error = 3 * sizes[-1] + sizes[1:].sum(axis=0)
    for matrix in matrices:
        used = matrix > 0
        forwards = (np.cumsum(matrix, axis=1) * used).sum(axis=1)
        backwards = (np.cumsum(matrix[:, ::-1], axis=1) * used[:, ::-1]).sum(axis=1)
        error = error + np.maximum(forwards, backwards)
    return Bound(float(sizes[-1].max()), float(error.max()))
