"""Products and powers of polynomials with integer coefficients, exact and fast.

The probability generating function of a sum of independent terms is the product of theirs, so adding
terms is multiplying polynomials. Two methods cover it, neither of them in floating point, where the
tails would drown in the rounding of the peak:

- one linear recurrence for products of powers (`expand`), whose cost does not grow with the powers;
- Kronecker substitution for the product of two different long polynomials (`multiply`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convcli.arithmetic.notation import format_integer

from .digits import EXACT, parse_int

DECIMAL_FROM = 250_000
"""Bits of the shorter operand from which decimal slots are faster than bytes."""

Terms = Mapping[int, int]
"""A sparse polynomial: exponent -> coefficient."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A polynomial raised to a power.

    A negative power stands for division; its polynomial then has the constant term 1.
    """

    terms: tuple[tuple[int, int], ...]
    power: int


def uniform_factors(sides: int, *, stride: int, copies: int) -> list[Factor]:
    """Factors of (1 + x^m + ... + x^(m (s - 1)))^n.

    Parameters
    ----------
    sides, stride, copies : int
        s, m and n above, each >= 1.

    Returns
    -------
    list of Factor

    Notes
    -----
    The geometric series is (1 - x^(m s)) / (1 - x^m): four terms in the recurrence however many sides.
    """
    if sides == 1:
        return []
    return [
        Factor(((0, 1), (sides * stride, -1)), copies),
        Factor(((0, 1), (stride, -1)), -copies),
    ]


def merge(factors: Sequence[Factor]) -> list[Factor]:
    """Join factors of the same polynomial, by adding their powers."""
    powers: dict[tuple[tuple[int, int], ...], int] = {}
    for factor in factors:
        powers[factor.terms] = powers.get(factor.terms, 0) + factor.power
    return [Factor(terms, power) for terms, power in powers.items() if power]


def expand(factors: Sequence[Factor], length: int) -> list[int]:
    """Coefficients of a product of powers of polynomials, by a linear recurrence.

    Parameters
    ----------
    factors : sequence of Factor
        Each polynomial has a non-zero constant term. The product must be a polynomial.
    length : int
        How many coefficients to compute, from the constant term up.

    Returns
    -------
    list of int, length `length`

    Notes
    -----
    For F = f1^n1 f2^n2 ... the logarithmic derivative gives D F' = N F with

        D = f1 f2 ...,    N = sum_i n_i f_i' (product of the other f_j)

    and comparing the coefficients of x^(k-1):

        k D_0 F_k = sum_{i >= 1} (N_{i-1} - (k - i) D_i) F_{k-i}

    With a single factor this is J. C. P. Miller's recurrence (Knuth, The Art of Computer Programming,
    volume 2, section 4.7, exercise 4). The division is exact. Terms of either sign cancel, so it is
    for integers only: floats would lose every digit.
    """
    denominator, numerator = _logarithmic_derivative(factors)
    lead = denominator[0]
    taps = [
        (i, numerator.get(i - 1, 0), denominator.get(i, 0))
        for i in sorted({*denominator, *(e + 1 for e in numerator)})
        if i > 0
    ]
    coefficients = [1]
    for factor in factors:
        coefficients[0] *= dict(factor.terms)[0] ** abs(factor.power)
    for k in range(1, length):
        value = 0
        for i, n, d in taps:
            if i > k:
                break
            value += (n - (k - i) * d) * coefficients[k - i]
        coefficients.append(value // (k * lead))
    return coefficients


def _logarithmic_derivative(factors: Sequence[Factor]) -> tuple[dict[int, int], dict[int, int]]:
    """D and N of D F' = N F for the product F of the factors."""
    denominator: dict[int, int] = {0: 1}
    numerator: dict[int, int] = {}
    for factor in factors:
        terms = dict(factor.terms)
        slope = {e - 1: factor.power * e * c for e, c in factor.terms if e}
        # (N / D) + (n f' / f) = (N f + n f' D) / (D f)
        numerator = _add(sparse_product(numerator, terms), sparse_product(slope, denominator))
        denominator = sparse_product(denominator, terms)
    return denominator, numerator


def sparse_product(a: Terms, b: Terms) -> dict[int, int]:
    """Product of two sparse polynomials, without zero coefficients."""
    product: dict[int, int] = {}
    for i, x in a.items():
        for j, y in b.items():
            product[i + j] = product.get(i + j, 0) + x * y
    return {e: c for e, c in product.items() if c}


def _add(a: Terms, b: Terms) -> dict[int, int]:
    return {e: a.get(e, 0) + b.get(e, 0) for e in {*a, *b} if a.get(e, 0) + b.get(e, 0)}


def multiply(a: Sequence[int], b: Sequence[int]) -> list[int]:
    """Full convolution of two sequences.

    Parameters
    ----------
    a, b : sequence of int
        Non-negative, at least one each.

    Returns
    -------
    list of int, length len(a) + len(b) - 1

    Notes
    -----
    Kronecker substitution: one multiplication of two big numbers, with a slot for each coefficient.
    No coefficient of the product exceeds sum(a) * sum(b), so slots of that width never overflow.
    """
    bound = (sum(a) or 1) * (sum(b) or 1)
    if bound.bit_length() * min(len(a), len(b)) < DECIMAL_FROM:
        return _multiply_bytes(a, b, bound)
    return _multiply_digits(a, b, bound)


def _multiply_bytes(a: Sequence[int], b: Sequence[int], bound: int) -> list[int]:
    """Slots of whole bytes in Python integers: the quickest to pack, multiplied by Karatsuba's method."""
    slot = bound.bit_length() // 8 + 1
    left, right = (
        int.from_bytes(b"".join(x.to_bytes(slot, "little") for x in operand), "little") for operand in (a, b)
    )
    length = len(a) + len(b) - 1
    packed = memoryview((left * right).to_bytes(length * slot, "little"))
    return [int.from_bytes(packed[i * slot : (i + 1) * slot], "little") for i in range(length)]


def _multiply_digits(a: Sequence[int], b: Sequence[int], bound: int) -> list[int]:
    """Slots of decimal digits: libmpdec multiplies by number theoretic transforms, exact and quasi-linear."""
    slot = len(format_integer(bound))
    left, right = (
        EXACT.create_decimal("".join(format_integer(x).zfill(slot) for x in reversed(operand)))
        for operand in (a, b)
    )
    length = len(a) + len(b) - 1
    packed = str(EXACT.multiply(left, right)).zfill(length * slot)
    return [parse_int(packed[i - slot : i]) for i in range(length * slot, 0, -slot)]


def product(polynomials: Sequence[Sequence[int]]) -> list[int]:
    """Product of several polynomials, the shortest first, in a balanced tree."""
    level = sorted((list(polynomial) for polynomial in polynomials), key=len) or [[1]]
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = sorted((multiply(*pair) if len(pair) == 2 else pair[0] for pair in pairs), key=len)
    return level[0]


def power(base: Sequence[int], exponent: int) -> list[int]:
    """`base` raised to an exponent >= 1, by repeated squaring from the exponent's leading bit."""
    result = list(base)
    for bit in bin(exponent)[3:]:
        result = multiply(result, result)
        if bit == "1":
            result = multiply(result, base)
    return result
