"""Discrete Fourier transforms of small arrays, and the convolution theorem in numbers."""

from __future__ import annotations

import cmath
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcli.arithmetic.notation import plain_number
from convcli.arithmetic.tensors import Tensor, total
from convcli.errors import ConvError

MOST_FREQUENCIES = 1024
_LARGEST = 10**300  # of sums in floating-point numbers, with room for the steps between

# Of sum |f| times sum |g|, which no product of the two spectra exceeds; rounding stays far below.
_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectra:
    """Transforms of two operands and of their full convolution, all of its length.

    Parameters
    ----------
    shape : tuple of int
        Lengths of the transforms, one for each axis.
    f, g, result : tuple of complex
        A number for each frequency, the last axis running fastest.
    scale : float
        What no product of the spectra of f and g exceeds.
    wrapped : Tensor or None
        What transforms of the length of the longer operand give instead, exact; None if it is the same.
    """

    shape: tuple[int, ...]
    f: tuple[complex, ...]
    g: tuple[complex, ...]
    result: tuple[complex, ...]
    scale: float
    wrapped: Tensor | None

    @property
    def product(self) -> tuple[complex, ...]:
        """F(f) F(g)."""
        return tuple(a * b for a, b in zip(self.f, self.g, strict=True))

    @property
    def difference(self) -> float:
        """Largest distance of the product from the transform of the convolution."""
        return max(abs(a - b) for a, b in zip(self.product, self.result, strict=True))

    @property
    def agree(self) -> bool:
        """Whether that is no more than rounding."""
        return self.difference <= _TOLERANCE * self.scale

    def record(self) -> dict[str, Any]:
        """Return the transforms, as pairs of real and imaginary part, for JSON."""

        def pairs(values: Iterable[complex]) -> list[list[float]]:
            return [[value.real, value.imag] for value in values]

        return {
            "shape": list(self.shape),
            "f": pairs(self.f),
            "g": pairs(self.g),
            "product": pairs(self.product),
            "result": pairs(self.result),
            "difference": self.difference,
            "wrapped": None if self.wrapped is None else self.wrapped.nested(plain_number),
        }


def spectra(f: Tensor, g: Tensor, result: Tensor) -> Spectra:
    """Transform two arrays and their full convolution.

    Parameters
    ----------
    f, g, result : Tensor
        With the same number of axes.

    Returns
    -------
    Spectra

    Raises
    ------
    ConvError
        If there are more than `MOST_FREQUENCIES` frequencies, or numbers too large for floats.
    """
    shape = result.shape
    if (count := math.prod(shape)) > MOST_FREQUENCIES:
        raise ConvError(
            f"{count:,} frequencies are too many to write: the most is {MOST_FREQUENCIES:,}",
            hint="take shorter operands",
        )
    longer = tuple(max(pair) for pair in zip(f.shape, g.shape, strict=True))
    sums = [total(map(abs, x.values)) for x in (f, g)]
    if max(*sums, scale := sums[0] * sums[1]) > _LARGEST:
        raise ConvError(
            "numbers as large as these have no transform in floating-point numbers",
            hint="divide the operands by a power of ten",
        )
    return Spectra(
        shape=shape,
        f=transform(f, shape),
        g=transform(g, shape),
        result=transform(result, shape),
        scale=float(scale),
        wrapped=None if longer == shape else wrapped(result, longer),
    )


def transform(x: Tensor, shape: tuple[int, ...]) -> tuple[complex, ...]:
    """Return the discrete Fourier transform of an array with zeros behind it.

    Parameters
    ----------
    x : Tensor
    shape : tuple of int
        Lengths of the transform, not below those of `x`.

    Returns
    -------
    tuple of complex
        ``sum_n x[n] exp(-2 pi i (k_1 n_1 / N_1 + ...))`` for the frequencies k of `shape`, the last axis
        running fastest.
    """
    padded = dict(zip(x.indices(), x.values, strict=True))
    values = [complex(float(padded.get(at, 0))) for at in itertools.product(*map(range, shape))]
    for axis, size in enumerate(shape):
        # Along one axis after the other, with numbers that lie so far apart.
        step = math.prod(shape[axis + 1 :])
        starts = [at for at in range(len(values)) if at // step % size == 0]
        for start in starts:
            line = slice(start, start + size * step, step)
            values[line] = _along(values[line])
    return tuple(values)


def _along(values: Sequence[complex]) -> list[complex]:
    size = len(values)
    roots = [cmath.exp(-2j * cmath.pi * number / size) for number in range(size)]
    return [
        sum(value * roots[frequency * at % size] for at, value in enumerate(values))
        for frequency in range(size)
    ]


def wrapped(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Add up what falls on the same place when an array is wound round a shorter one, shape `shape`."""
    sums = dict.fromkeys(itertools.product(*map(range, shape)), Fraction(0))
    for index, value in zip(x.indices(), x.values, strict=True):
        sums[tuple(at % size for at, size in zip(index, shape, strict=True))] += value
    return Tensor(shape, tuple(sums.values()))
