"""Small convolutions worked in full, in exact arithmetic."""

from __future__ import annotations

from convcli.arithmetic.worked.building import MOST_PRODUCTS, work, work_layer
from convcli.arithmetic.worked.model import Step, Term, Worked
from convcli.arithmetic.worked.stretching import stretched

__all__ = ["MOST_PRODUCTS", "Step", "Term", "Worked", "stretched", "work", "work_layer"]
