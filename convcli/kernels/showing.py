"""Kernels as text: the list of names, one kernel's numbers as a table, CSV or JSON."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from convcli.arithmetic.notation import format_shape

from .catalogue import REGISTRY, make
from .model import Kernel

COLUMNS = ("kernel", "parameters", "size", "what it does", "source")
_LARGEST_DENOMINATOR = 1000
_GAP = 3  # between the columns of a table


def named() -> list[Kernel]:
    """Build every named kernel with its default arguments."""
    return [make(name) for name in REGISTRY]


def listing() -> list[tuple[str, ...]]:
    """Return a row of `COLUMNS` for each named kernel."""
    rows: list[tuple[str, ...]] = []
    for name, entry in REGISTRY.items():
        kernel = make(name)
        defaults = ",".join(parameter.default for parameter in entry.parameters)
        spec = f"{name}:{defaults}" if defaults else name
        parameters = ", ".join(parameter.name for parameter in entry.parameters)
        rows.append((spec, parameters, format_shape(kernel.shape), entry.description, entry.citation))
    return rows


def record(kernel: Kernel) -> dict[str, Any]:
    """Return a kernel as a JSON object with documented keys."""
    return {
        "name": kernel.name,
        "shape": list(kernel.shape),
        "sum": kernel.sum,
        "rank": kernel.rank,
        "values": kernel.array.tolist(),
        "description": kernel.description,
        "citation": kernel.citation,
    }


def cells(kernel: Kernel, *, width: int) -> list[tuple[str, ...]]:
    """Return the weights as rows of text, as exact as there is room for.

    Parameters
    ----------
    kernel : Kernel
    width : int
        Columns of text to stay within. Small fractions and six significant digits if they fit; else as many
        decimals as do, at least two digits of the largest weight; else only the columns in the middle,
        between dots.

    Returns
    -------
    list of tuple of str
    """
    plane = kernel.plane.tolist()
    rows = [tuple(_short(value) for value in row) for row in plane]
    if _width(rows) <= width:
        return rows
    peak = float(np.abs(kernel.array).max())
    least = max(1 - math.floor(math.log10(peak)), 0) if peak else 0
    for decimals in range(least + 3, least - 1, -1):
        rows = [tuple(f"{value:z.{decimals}f}" if value else "0" for value in row) for row in plane]
        if _width(rows) <= width:
            return rows
    cut = 1
    while len(plane[0]) - 2 * cut > 2 and _width(_cut(rows, cut)) > width:
        cut += 1
    return _cut(rows, cut)


def _cut(rows: Sequence[tuple[str, ...]], count: int) -> list[tuple[str, ...]]:
    """Leave out so many columns at either side: a kernel weighs most in the middle."""
    return [("..", *row[count:-count], "..") for row in rows]


def _width(rows: Sequence[tuple[str, ...]]) -> int:
    """Columns that a table of these rows takes."""
    return sum(max(map(len, column)) + _GAP for column in zip(*rows, strict=True)) - _GAP


def title(kernel: Kernel) -> str:
    """Return the line above the numbers."""
    source = f" ({kernel.citation})" if kernel.citation else ""
    return f"{kernel.name}, {format_shape(kernel.shape)}: {kernel.description}{source}"


def summary(kernel: Kernel) -> str:
    """Return the line below the numbers: sums, and whether two passes do the work."""
    plane = kernel.plane
    if min(plane.shape) == 1:
        structure = "one dimension"
    elif kernel.rank == 1:
        structure = "rank 1: separable, a column times a row"
    else:
        structure = f"rank {kernel.rank}"
    return f"sum {_short(kernel.sum)}, absolute sum {_short(float(np.abs(plane).sum()))}, {structure}"


def csv_lines(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return rows as lines of comma-separated values."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    return buffer.getvalue().splitlines()


def exact_cells(kernel: Kernel) -> list[tuple[str, ...]]:
    """Return the weights as rows of decimals that read back as the same numbers."""
    return [
        tuple(str(int(value)) if value.is_integer() else repr(value) for value in row)
        for row in kernel.plane.tolist()
    ]


def _short(value: float) -> str:
    nearest = Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
    # Sums and quotients miss their fraction by a few roundings.
    if abs(value - nearest) <= 4 * np.spacing(abs(value)):
        return str(nearest)
    return f"{value:.6g}"
