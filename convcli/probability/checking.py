"""No distribution leaves without a check: its mass, mean and variance against those of its parts.

The moments of a sum follow from the moments of its terms alone, by another way than its probabilities.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from .lattice2 import Pmf2
from .law import Law
from .sums import Sum, distribution
from .sums2 import Term2, distribution2

TOLERANCE = Fraction(1, 10**8)
"""Deviation that the rounding of floats may cause, relative to the standard deviation or the variance."""


def verified(terms: Sum) -> Law:
    """Distribution of a sum, checked.

    Raises
    ------
    ConvError
        See `distribution`.
    ArithmeticError
        If the check fails, which only a defect of the program can bring about.
    """
    terms = terms.settled(terms.grid())
    law = distribution(terms)
    check(law, mean=terms.mean, variance=terms.variance, reach=(terms.points - 1) * terms.step)
    return law


def check(law: Law, *, mean: Fraction, variance: Fraction, reach: Fraction = Fraction(0)) -> None:
    """Compare mass, mean and variance; exactly if the law is exact and complete.

    Parameters
    ----------
    law : Law
    mean, variance : Fraction
        Of its parts together.
    reach : Fraction
        From the smallest value of the parts together to the largest: so far away a truncated mass may lie.

    Raises
    ------
    ArithmeticError
        If one of them is off.
    """
    tolerance = TOLERANCE if law.truncated_mass or not law.exact else Fraction(0)
    # The scale on which a mean counts: the spread, and the places that its own digits take.
    spread = Fraction(law.sd) + max(abs(law.low), abs(law.high)) / 10**4
    lost = Fraction(law.truncated_mass)
    _compare("mass", law.mass, Fraction(1), tolerance)
    _compare("mean", law.mean, mean, tolerance * spread + lost * reach)
    _compare("variance", law.variance, variance, tolerance * spread**2 + lost * reach**2)


def verified2(terms: Sequence[Term2]) -> Pmf2:
    """Distribution of a sum of points, checked as `verified` does, the covariance included."""
    law = distribution2(terms)
    for axis in (0, 1):
        _compare("mean", law.mean[axis], sum((t.copies * t.law.mean[axis] for t in terms), Fraction(0)))
        _compare(
            "variance", law.variance[axis], sum((t.copies * t.law.variance[axis] for t in terms), Fraction(0))
        )
    _compare("covariance", law.covariance, sum((t.copies * t.law.covariance for t in terms), Fraction(0)))
    return law


def _compare(name: str, found: Fraction, expected: Fraction, tolerance: Fraction = Fraction(0)) -> None:
    if abs(found - expected) > tolerance:
        raise ArithmeticError(
            f"the {name} of the result is {float(found):.12g}, its parts make it {float(expected):.12g}"
        )
