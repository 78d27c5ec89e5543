"""A worked convolution laid out as lines of text, as one would on a sheet of paper."""

from __future__ import annotations

from convcli.arithmetic.sheet.cells import comma_separated
from convcli.arithmetic.sheet.gradients import gradients_view
from convcli.arithmetic.sheet.heading import heading, numbers, result
from convcli.arithmetic.sheet.matrix import matrix_view
from convcli.arithmetic.sheet.properties import properties_view
from convcli.arithmetic.sheet.scatter import scatter_view
from convcli.arithmetic.sheet.slide import slide
from convcli.arithmetic.sheet.style import STEPS_SHOWN, Style
from convcli.arithmetic.sheet.table import table

__all__ = [
    "STEPS_SHOWN",
    "Style",
    "comma_separated",
    "gradients_view",
    "heading",
    "matrix_view",
    "numbers",
    "properties_view",
    "result",
    "scatter_view",
    "slide",
    "table",
]
