"""A sum as the convolution of two laws: f of its first part, g of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .law import Law


@dataclass(frozen=True, slots=True)
class Part:
    """One of the two parts.

    Parameters
    ----------
    law : Law
    label : str
        The part as a person would name it: ``first term ball:2``, ``first die``.
    smooth : bool
        A continuous law is among what was added up, so that the lattice is a grid and its points are cells.
    """

    law: Law
    label: str
    smooth: bool = False

    @property
    def cell(self) -> Fraction:
        """Width by which probabilities become densities: that of a cell, 1 for values that stand apart."""
        return self.law.step if self.smooth else Fraction(1)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two independent parts of a sum.

    Parameters
    ----------
    first, rest : Part
        f and g.
    description : str
        The sum as a person would write it.
    total : Fraction or None
        What they are known to add up to.
    evidence : Fraction or None
        How probable that total was: the sum of f(a) g(total - a) over all a.
    """

    first: Part
    rest: Part
    description: str
    total: Fraction | None = None
    evidence: Fraction | None = None

    @property
    def smooth(self) -> bool:
        """Whether either part is: the total then has a density."""
        return self.first.smooth or self.rest.smooth
