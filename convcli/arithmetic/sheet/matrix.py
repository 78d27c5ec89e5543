"""A convolution as a matrix times a vector: the rows, the samples beside them, the outputs."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from textwrap import wrap

from convcli.arithmetic.notation import align_rows, each
from convcli.arithmetic.sheet.style import LAST_SHOWN, STEPS_SHOWN, Style, fitted, left_out
from convcli.arithmetic.worked import Worked
from convcli.arithmetic.worked.matrix import Matrix, matrix, structure, transposes
from convcli.errors import UsageError

_NOTHING = "."  # where no tap lies, as in prints of sparse matrices


def matrix_view(worked: Worked, style: Style) -> list[str]:
    """Write a convolution as the product of a matrix and the input, beside the result.

    Entries at which no tap lies are dots. Bars and rules part the rows of tables and, doubled, planes and
    channels. Beyond `STEPS_SHOWN` rows and beyond the sheet's width the middle is left out, which is said.

    Parameters
    ----------
    worked : Worked
    style : Style

    Returns
    -------
    list of str
        One line of text each.

    Raises
    ------
    UsageError
        If there is no matrix, or numbers too long for the sheet.
    ConvError
        If the matrix is too large.
    """
    found = matrix(worked)
    return [*_heading(worked, found, style), "", *_drawn(worked, found, style)]


def _heading(worked: Worked, found: Matrix, style: Style) -> list[str]:
    height, width = found.values.shape
    offset = any(found.offset)
    pairs = found.rows[0] * found.columns[0]
    name = structure(worked, found)
    spread = [axis.dilation for axis in worked.axes]
    said = [f"y = M x{' + c' if offset else ''}, where M is {height} x {width}"]
    if pairs > 1:
        said.append(f"M has a block for each of {pairs} pairs of an output channel and an input channel")
    if name is not None:
        said += wrap(f"{'M' if pairs == 1 else 'each block'} is {name}", style.width)
    if transposes(worked):
        said.append("M is the transpose of the matrix of the convolution with the same kernel")
    if max(spread) > 1:
        gaps = each(spread)
        said.append(f"dilation {gaps}: its taps stand so far apart")
    if not worked.boundary.constant and any(axis.before or axis.after for axis in worked.axes):
        said.append(f"taps in the padding ({worked.boundary}) are added to the samples that are seen there")
    if offset:
        parts = ["the bias"] * (worked.bias is not None) + ["what the padding adds"] * bool(
            worked.boundary.value
        )
        said.append(f"c is {' and '.join(parts)}")
    if len(found.reached) < height * width:
        said.append(f"{_NOTHING} is a 0 where no tap lies")
    return said


def _drawn(worked: Worked, found: Matrix, style: Style) -> list[str]:
    """The matrix with its labels, and beside it the vectors."""
    height, width = found.values.shape
    shown = list(range(height))
    if height > STEPS_SHOWN:
        shown = [*range(STEPS_SHOWN - LAST_SHOWN), *range(height - LAST_SHOWN, height)]
    indices = list(itertools.product(*map(range, found.rows)))
    labels = [f"y[{','.join(map(str, indices[row][worked.shown]))}]" for row in shown]
    margin = max(map(len, labels))
    x = _boxed(worked.input.values, style)
    ends = _ends([found.offset[row] for row in shown], [worked.output.values[row] for row in shown], style)
    taken = margin + len(x[0]) + len(ends[0]) + len(f" {style.bar}  {style.bar} {style.times} ")
    lines = fitted([_cells(found, row, style) for row in shown], style, taken=taken)
    if (needed := taken + len(lines[0])) > style.width:
        raise UsageError(
            f"--view matrix: rows of these numbers take {needed} columns of text, here are {style.width}",
            hint="widen the terminal, or use --json",
        )
    body = []
    for number, row in enumerate(shown):
        if number and row != shown[number - 1] + 1:
            body.append((f"{style.dots} {row - shown[number - 1] - 1:,} more rows", "", ""))
        elif number:
            rule = "".join(style.cross if sign == style.bar else style.dash for sign in lines[number])
            body += [("", rule, "")] * _level(row, found.rows)
        body.append((labels[number], lines[number], ends[number]))
    middle = (min(len(body), len(x)) - 1) // 2
    written = []
    for number, (parts, beside) in enumerate(itertools.zip_longest(body, x)):
        name, line, end = parts or ("", "", "")
        sides = style.bar if line else " "
        text = f"{name:<{margin}} {sides} {line:<{len(lines[0])}} {sides}"
        if name.startswith(style.dots):
            text = f"{name:<{len(text)}}"
        times = style.times if number == middle else " "
        written.append(f"{text} {times} {beside or ' ' * len(x[0])}{end}".rstrip())
    return [*written, *left_out(lines[0], width, style)]


def _cells(found: Matrix, row: int, style: Style) -> list[str]:
    """The entries of a row, with bars between them as cells of their own."""
    cells = []
    for column in range(found.values.shape[1]):
        if column and (level := _level(column, found.columns)):
            cells.append(style.bar * level)
        at = (row, column)
        cells.append(style.number(found.values[at]) if at in found.reached else _NOTHING)
    return cells


def _level(number: int, shape: tuple[int, ...]) -> int:
    """How many axes begin anew at a number of the run through a shape; axes of one do not count."""
    runs = (math.prod(shape[axis:]) for axis in range(1, len(shape)) if shape[axis] > 1)
    return sum(number % run == 0 for run in runs)


def _boxed(values: Sequence[Fraction], style: Style) -> list[str]:
    """A column of numbers between bars; of a long one the first and the last."""
    cells = [style.number(value) for value in values]
    if len(cells) > STEPS_SHOWN:
        cells = [*cells[: STEPS_SHOWN - LAST_SHOWN], style.dots, *cells[-LAST_SHOWN:]]
    return [f"{style.bar} {line} {style.bar}" for line in align_rows([[cell] for cell in cells])]


def _ends(offset: Sequence[Fraction], y: Sequence[Fraction], style: Style) -> list[str]:
    """What stands behind the vector of samples on each row."""
    added = align_rows([[style.number(value)] for value in offset]) if any(offset) else None
    values = align_rows([[style.number(value)] for value in y])
    plus = [""] * len(values) if added is None else [f" + {style.bar} {value} {style.bar}" for value in added]
    return [f"{more} = {style.bar} {value} {style.bar}" for more, value in zip(plus, values, strict=True)]
