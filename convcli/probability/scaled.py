"""Non-negative float64 numbers with an exponent each: 53 bits of precision at any magnitude.

Probabilities of sums run down to 1e-778 and far below, where a float has long become zero, and no common
scale helps where one table spans more than 600 decades. Here every entry is m * 2^e with 1/2 <= m < 1.

Convolution is direct: sums of products of non-negative numbers have a small relative error in every entry.
A fast Fourier transform has a small error relative to the largest entry only, which drowns the tails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .law import Ratio

Floats = NDArray[np.float64]
Exponents = NDArray[np.int64]

BLOCK_BITS = 480
"""Entries that are convolved as plain floats lie within 2^+-480 of a common scale: no product underflows,
and a sum of 2^60 of them does not overflow."""

LONGEST = 4096
"""Entries of a block that is convolved: beyond that, NumPy's dot products leave the cache and the thread."""

_NEVER = -(2**40)
"""Exponent of a zero: below that of any number."""


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """Numbers m * 2^e.

    Parameters
    ----------
    mantissas : ndarray of float64, shape (N,)
        0, or from 1/2 up to but not including 1.
    exponents : ndarray of int64, shape (N,)
        Any for a mantissa of 0.
    """

    mantissas: Floats
    exponents: Exponents

    def __len__(self) -> int:
        return len(self.mantissas)

    def __getitem__(self, part: slice) -> Scaled:
        return Scaled(self.mantissas[part], self.exponents[part])

    def __mul__(self, other: Scaled) -> Scaled:
        """Products entry by entry."""
        return normalized(self.mantissas * other.mantissas, self.exponents + other.exponents)

    def ratio(self, index: int) -> Ratio:
        """One entry as the ratio of an integer and a power of two."""
        return dyadic(float(self.mantissas[index]), int(self.exponents[index]))

    def ratios(self) -> list[Ratio]:
        """All entries as ratios."""
        return [dyadic(m, e) for m, e in zip(self.mantissas.tolist(), self.exponents.tolist(), strict=True)]

    def top(self) -> int:
        """Largest exponent; 0 if all entries are 0."""
        return int(self.exponents[self.mantissas > 0].max(initial=_NEVER)) if self.mantissas.any() else 0

    def over(self, scale: int) -> Floats:
        """The entries divided by 2^scale, as plain floats: what is below their range becomes 0."""
        shift = np.clip(self.exponents - scale, -1200, 1200).astype(np.int32)
        return np.ldexp(self.mantissas, shift)

    def floats(self) -> Floats:
        """Plain floats; what is below their range becomes 0."""
        return self.over(0)

    def sum(self) -> Scaled:
        """The sum of all entries, as a single one."""
        return from_floats(np.array([self.over(self.top()).sum()]), self.top())

    def shares(self) -> Scaled:
        """The entries divided by their sum."""
        total = self.sum()
        return normalized(self.mantissas / total.mantissas, self.exponents - total.exponents)

    def cumulated(self) -> Scaled:
        """Running sums from the first entry on.

        Blocks share a scale, so that sums of tiny entries are not lost; what was summed before a block comes
        in as its first term.
        """
        parts, carry = [], from_floats(np.zeros(1))
        for start, stop in blocks(self):
            joined = joined_up([carry, self[start:stop]])
            scale = joined.top()
            parts.append(from_floats(np.cumsum(joined.over(scale))[1:], scale))
            carry = parts[-1][-1:]
        return joined_up(parts)

    def reversed(self) -> Scaled:
        """The entries in the opposite order."""
        return self[::-1]


def normalized(values: Floats, exponents: Exponents) -> Scaled:
    """Numbers values * 2^exponents with the mantissas brought into their range."""
    mantissas, shift = np.frexp(values)
    return Scaled(mantissas, np.where(mantissas > 0, exponents + shift, _NEVER))


def from_floats(values: Floats, scale: int = 0) -> Scaled:
    """Plain floats, >= 0, times 2^scale."""
    return normalized(values, np.full(len(values), scale, np.int64))


def from_ratios(numerators: Iterable[int], denominator: int) -> Scaled:
    """Ratios of integers of any length, each rounded once.

    Parameters
    ----------
    numerators : iterable of int
        >= 0.
    denominator : int
        > 0, of all of them.
    """
    # 64 bits more than the denominator make every quotient at least 2^63: its rounding is below 2^-62.
    shift = denominator.bit_length() + 64
    mantissas, exponents = [], []
    for numerator in numerators:
        lift = shift - numerator.bit_length() if numerator else 0
        quotient = (numerator << lift if lift >= 0 else numerator >> -lift) // denominator
        mantissas.append(float(quotient))
        exponents.append(-lift)
    return normalized(np.array(mantissas), np.array(exponents, np.int64))


def dyadic(mantissa: float, exponent: int) -> Ratio:
    """A float times a power of two, exactly, as the ratio of two integers."""
    if mantissa == 0:
        return 0, 1
    numerator, denominator = mantissa.as_integer_ratio()
    return (numerator << exponent, denominator) if exponent >= 0 else (numerator, denominator << -exponent)


def products(factors: Floats) -> Scaled:
    """1, f1, f1 f2, f1 f2 f3, ...: one rounding a step, at any magnitude."""
    mantissas, shifts = np.frexp(np.concatenate(([1.0], factors)))
    exponents = np.cumsum(shifts.astype(np.int64))
    parts, carry = [], from_floats(np.ones(1))
    # A product of so many mantissas, at least 1/2 each, is far above the smallest float.
    for start in range(0, len(mantissas), 2 * BLOCK_BITS):
        part = slice(start, start + 2 * BLOCK_BITS)
        running = np.cumprod(np.concatenate((carry.mantissas, mantissas[part])))[1:]
        parts.append(normalized(running, exponents[part] + carry.exponents))
        last = parts[-1][-1:]
        carry = Scaled(last.mantissas, last.exponents - exponents[part][-1:])
    return joined_up(parts)


def joined_up(parts: Sequence[Scaled]) -> Scaled:
    """The entries of several, one after another."""
    return Scaled(
        np.concatenate([part.mantissas for part in parts]), np.concatenate([part.exponents for part in parts])
    )


def blocks(a: Scaled) -> list[tuple[int, int]]:
    """Cut into runs (start, stop) of entries within 2^+-BLOCK_BITS of a common scale, zeros apart."""
    some = np.flatnonzero(a.mantissas > 0)
    exponents = a.exponents[some]
    starts = [0]
    position = 0
    while position < len(some):
        # Doubling windows find the end of a run without looking at everything that follows it.
        low = high = int(exponents[position])
        stop = position
        size = 256
        while stop < len(some):
            window = exponents[stop : stop + size]
            lows = np.minimum(np.minimum.accumulate(window), low)
            highs = np.maximum(np.maximum.accumulate(window), high)
            beyond = np.flatnonzero(highs - lows > 2 * BLOCK_BITS)
            if len(beyond):
                stop += int(beyond[0])
                break
            low, high = int(lows[-1]), int(highs[-1])
            stop += len(window)
            size *= 2
        position = stop
        if position < len(some):
            starts.append(int(some[position]))
    return list(zip(starts, [*starts[1:], len(a)], strict=True))


def convolve(a: Scaled, b: Scaled) -> Scaled:
    """Full convolution, by direct sums.

    Parameters
    ----------
    a, b : Scaled
        At least one entry each.

    Returns
    -------
    Scaled, length len(a) + len(b) - 1
        Every entry with a relative error of at most min(len(a), len(b)) roundings.
    """
    out = from_floats(np.zeros(len(a) + len(b) - 1))
    right = [(start, *_plain(b[start:stop])) for start, stop in _short(blocks(b))]
    for start, stop in _short(blocks(a)):
        left, left_scale = _plain(a[start:stop])
        for offset, values, scale in right:
            _add(out, start + offset, np.convolve(left, values), left_scale + scale)
    return out


def _short(runs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same runs in pieces of at most LONGEST entries."""
    return [(at, min(at + LONGEST, stop)) for start, stop in runs for at in range(start, stop, LONGEST)]


def _plain(a: Scaled) -> tuple[Floats, int]:
    """One block as plain floats, and the power of two that they were divided by."""
    some = a.exponents[a.mantissas > 0]
    scale = (int(some.max()) + int(some.min())) // 2 if len(some) else 0
    return a.over(scale), scale


def _add(out: Scaled, start: int, values: Floats, scale: int) -> None:
    """Add values * 2^scale to the entries of `out` from `start` on, in place."""
    part = slice(start, start + len(values))
    terms, before = from_floats(values, scale), out[part]
    common = np.maximum(before.exponents, terms.exponents)
    left, right = (
        np.ldexp(each.mantissas, np.maximum(each.exponents - common, -1200).astype(np.int32))
        for each in (before, terms)
    )
    sums = normalized(left + right, common)
    out.mantissas[part], out.exponents[part] = sums.mantissas, sums.exponents


def power(base: Scaled, exponent: int) -> Scaled:
    """`base` convolved with itself `exponent` >= 1 times, by repeated squaring from the leading bit."""
    result = base
    for bit in bin(exponent)[3:]:
        result = convolve(result, result)
        if bit == "1":
            result = convolve(result, base)
    return result
