"""Element types of layers: what the result is made of, and what it is computed in."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli.arithmetic.boundary import Boundary
from convcli.engine import precision
from convcli.errors import ConvError

Array = NDArray[Any]

_INT64 = np.dtype(np.int64)
_BITS = 63  # of a signed sum, without its sign


@dataclass(frozen=True, slots=True)
class Numbers:
    """Element types of one layer.

    Attributes
    ----------
    out : dtype
        Of the result.
    work : dtype
        Of samples, weights and sums.
    """

    out: np.dtype[Any]
    work: np.dtype[Any]


def settle(x: Array, weights: Array, bias: Array | None, boundary: Boundary) -> Numbers:
    """Choose the element types of a layer with weights.

    Parameters
    ----------
    x, weights, bias : ndarray
        The weights as (groups, outputs, channels, *taps). Whole numbers, truth values, or floats and complex
        numbers of up to 64 bits a part.
        What is read around the input.

    Returns
    -------
    Numbers
        The result is int64 if everything is whole, and what `numpy.result_type` says else. Whole numbers are
        computed in floats as long as these hold every sum exactly, for then a matrix product is exact and
        fast; float16 is computed in float32.

    Raises
    ------
    ConvError
        If whole numbers might add up to more than 63 bits, or an element type or the constant outside is
        not one that can be computed with.
    """
    arrays = [x, weights] if bias is None else [x, weights, bias]
    types = [precision.checked(array.dtype) for array in arrays]
    if all(dtype.kind in "biu" for dtype in types) and isinstance(boundary.number, int):
        return Numbers(_INT64, _exact(largest_sum(x, weights, bias, boundary)))
    if all(dtype.kind in "biu" for dtype in types):
        types.append(precision.FLOAT64)  # a constant such as 0.5 around whole numbers
    out = np.result_type(*types)
    work = precision.FLOAT32 if out == np.float16 else out
    check_constant(boundary, work)
    return Numbers(out, work)


def check_constant(boundary: Boundary, work: np.dtype[Any]) -> None:
    """Refuse a constant outside that floats of this type cannot hold."""
    if abs(boundary.value) > float(np.finfo(work).max):
        raise ConvError(
            f"padding mode {boundary.name}: the constant is beyond the range of {work}",
            hint="take a smaller constant, or convert the input to float64",
        )


def largest_sum(x: Array, weights: Array, bias: Array | None, boundary: Boundary) -> int:
    """Bound on the absolute value of every sum of whole numbers, from the values there are.

    Parameters
    ----------
    x, bias, boundary
        As for `settle`.
    weights : ndarray, shape (groups, outputs, ...)
    """
    peak = max(_peak(x), abs(int(boundary.number)))
    sums = _absolute_sums(weights)
    return peak * max(sums, default=0) + (0 if bias is None else _peak(bias))


def _peak(x: Array) -> int:
    return max(abs(int(x.min())), abs(int(x.max()))) if x.size else 0


def _absolute_sums(weights: Array) -> list[int]:
    """The exact sums of absolute values, for each output channel."""
    rows = weights.reshape(math.prod(weights.shape[:2]), -1)
    # The absolute value of the least integer of a type is right once it is read without a sign.
    sizes = (np.abs(rows.astype(np.int64)) if rows.dtype.kind == "i" else rows).astype(np.uint64)
    # In halves, none of whose sums leaves 64 bits.
    high, low = (sizes >> np.uint64(32)).sum(axis=1), (sizes & np.uint64(0xFFFFFFFF)).sum(axis=1)
    return [(int(a) << 32) + int(b) for a, b in zip(high, low, strict=True)]


def _exact(bound: int) -> np.dtype[Any]:
    """The fastest type in which whole numbers and sums up to a bound are exact."""
    if bound < 1 << 24:
        return precision.FLOAT32
    if bound < 1 << 53:
        return precision.FLOAT64
    if bound < 1 << _BITS:
        return _INT64
    raise ConvError(
        f"whole numbers may add up to sums of {bound.bit_length()} bits: {_BITS} is the most",
        hint="convert the input to float64, which rounds",
    )
