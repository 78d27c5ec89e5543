"""Element types to compute in: the cheapest that keeps the promised accuracy.

The promise: 8- and 16-bit results equal the exact result rounded half to even, except where the exact value
lies within `TIE` of a tie; 32- and 64-bit integers under whole-number kernels are exact while they fit 64
bits; floats are computed in their own precision (half precision in single).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from convcli.arithmetic.boundary import Boundary
from convcli.engine.roundoff import Bound
from convcli.engine.structure import Structure
from convcli.errors import ConvError

Number = TypeVar("Number", int, float)

# An exact value this close to a tie may be rounded either way. The bound is kept a tenth below it.
TIE = 1e-3
_ERROR_LIMIT = 0.9 * TIE

FLOAT32 = np.dtype(np.float32)
FLOAT64 = np.dtype(np.float64)
_SIGNED = tuple(np.dtype(f"i{size}") for size in (2, 4, 8))
_UNSIGNED = tuple(np.dtype(f"u{size}") for size in (2, 4, 8))

# Methods that shift and add whole arrays, and so can add integers.
SHIFTING = ("taps", "box", "separable", "direct")


@dataclass(frozen=True, slots=True)
class Work:
    """How a method computes.

    Attributes
    ----------
    dtype : dtype
        Element type of tiles.
    centre : float
        Subtracted from samples before, its share added to results after: samples 0 ... 255 become
        -127.5 ... 127.5, which halves every rounding error. 0 where that is not needed.
    """

    dtype: np.dtype[Any]
    centre: float = 0.0


@dataclass(frozen=True, slots=True)
class Range:
    """What values an input may take, boundary included.

    Attributes
    ----------
    low, high : float
        Smallest and largest value; infinite for floats.
    whole : bool
        Whether all of them are whole numbers.
    """

    low: float
    high: float
    whole: bool

    @property
    def peak(self) -> float:
        """Largest absolute value, and at least 1, so that whatever holds a sum also holds its weights."""
        return max(abs(self.low), abs(self.high), 1)

    @property
    def known(self) -> bool:
        """Whether there are limits at all."""
        return self.high < math.inf


def checked(dtype: DTypeLike) -> np.dtype[Any]:
    """The element type in this machine's byte order; one that cannot be computed with is refused."""
    given: np.dtype[Any] = np.dtype(dtype).newbyteorder("=")
    if given.kind in "biu" or given in (np.float16, np.float32, np.float64, np.complex64, np.complex128):
        return given
    raise ConvError(
        f"element type {given}: not one the engine computes with",
        hint="use integers of up to 64 bits, float16, float32, float64, complex64 or complex128",
    )


def output_dtype(dtype: np.dtype[Any], out_dtype: DTypeLike | None, *, complex_result: bool) -> np.dtype[Any]:
    """The result's element type: what was asked for, else the input's own (float64 for booleans)."""
    if out_dtype is None:
        own: np.dtype[Any] = FLOAT64 if dtype.kind == "b" else dtype
        widened: np.dtype[Any] = np.result_type(own, np.complex64)
        return widened if complex_result else own
    asked = checked(out_dtype)
    if asked.kind == "b":
        raise ConvError(
            "out_dtype bool: a convolution is not true or false", hint="compare the result instead"
        )
    if complex_result and asked.kind != "c":
        raise ConvError(f"out_dtype {asked}: the result is complex", hint="take its real part or magnitude")
    return asked


def input_range(dtype: np.dtype[Any], peak: float | None, boundary: Boundary) -> Range:
    """What values an input of this type may take, boundary included; `peak` narrows integers."""
    if dtype.kind not in "biu":
        return Range(-math.inf, math.inf, whole=False)
    low = 0 if dtype.kind in "bu" else int(np.iinfo(dtype).min)
    high = 1 if dtype.kind == "b" else int(np.iinfo(dtype).max)
    if peak is not None:
        low, high = max(low, -math.ceil(peak)), min(high, math.ceil(peak))
    if not boundary.constant:
        return Range(low, high, whole=True)
    outside = boundary.number
    return Range(min(low, outside), max(high, outside), whole=isinstance(outside, int))


def integer_dtype(low: int, high: int) -> np.dtype[Any] | None:
    """Smallest integer type of 16 to 64 bits that holds low ... high, unsigned if it can be, or None."""
    for dtype in _UNSIGNED if low >= 0 else _SIGNED:
        limits = np.iinfo(dtype)
        if limits.min <= low and high <= limits.max:
            return dtype
    return None


def exact_dtype(values: Range, structure: Structure) -> np.dtype[Any] | None:
    """Integer type in which a whole-number kernel gives exact results, or None.

    Integers wrap around modulo a power of two, so partial sums may leave the type: only the inputs, the
    weights and the final sums must fit.
    """
    # Beyond 53 bits the sums of the weights are not known exactly.
    if not (values.whole and structure.integer) or structure.magnitude >= 2**53:
        return None
    low, high = int(values.low), int(values.high)
    positive, negative = int(structure.positive), int(structure.negative)
    lowest, highest = _extremes(low, high, negative, positive)
    return integer_dtype(min(lowest, low, negative), max(highest, high, positive))


def result_range(values: Range, structure: Structure) -> tuple[float, float]:
    """Smallest and largest value a convolution of such an input can have."""
    return _extremes(values.low, values.high, structure.negative, structure.positive)


def _extremes(low: Number, high: Number, negative: Number, positive: Number) -> tuple[Number, Number]:
    """The least and the most that weights of these sums make of values in a range; exact in integers."""
    return positive * low + negative * high, positive * high + negative * low


def exact_methods(values: Range, structure: Structure) -> tuple[str, ...]:
    """Methods that compute the result without any error, if whole numbers fit an integer type; else none."""
    if exact_dtype(values, structure) is None:
        return ()
    # Double precision holds whole numbers of 53 bits, which matrix products then add exactly.
    return (
        SHIFTING
        if structure.magnitude * values.peak < 2**53 and structure.rank_one
        else ("taps", "box", "direct")
    )


def work(
    method: str,
    *,
    dtype: np.dtype[Any],
    out: np.dtype[Any],
    values: Range,
    structure: Structure,
    bound: Callable[[], Bound],
) -> Work:
    """Element type in which a method computes.

    Parameters
    ----------
    method : str
        The method's name.
    dtype, out : dtype
        Input and result element types, both real.
    values : Range
        What the input may hold.
    structure : Structure
        The kernel.
    bound : callable
        Returns what the method's roundings come to in single precision; called only if that is in question.
    """
    if not values.known:
        return Work(FLOAT64 if method == "fft" else _float_work(dtype, out))
    exact = exact_dtype(values, structure) if method in SHIFTING else None
    if exact is not None and (method != "separable" or (structure.rank_one and exact.itemsize < 8)):
        return Work(exact)
    if out.kind == "f":
        short = out.itemsize <= 4 and dtype.itemsize <= 2 and method != "fft"
        return Work(FLOAT32 if short else FLOAT64)
    if out.itemsize <= 2 and dtype.itemsize <= 2:
        centre = (values.low + values.high) / 2
        roundings = bound()
        for offset in (0.0, centre) if method != "fft" else (centre,):
            if _error(values, offset, structure, roundings) < _ERROR_LIMIT:
                return Work(FLOAT32, offset)
    return Work(FLOAT64)


def _error(values: Range, centre: float, structure: Structure, bound: Bound) -> float:
    """Largest error in single precision, of a convolution of the values minus a centre, added again after."""
    unit = float(np.finfo(np.float32).eps) / 2
    error = bound.error * max(values.high - centre, centre - values.low)
    if centre:
        # The centre's share of the result is rounded, and so is the sum.
        error += 2 * structure.magnitude * values.peak
    if not values.whole:
        # So is a constant outside, when it is converted and when the centre is taken from it.
        error += 2 * bound.size * values.peak
    return unit * error


def _float_work(dtype: np.dtype[Any], out: np.dtype[Any]) -> np.dtype[Any]:
    # Floats may be of any size, so their rounding to integers is decided in double precision.
    if out.kind != "f" or FLOAT64 in (dtype, out):
        return FLOAT64
    return FLOAT32
