"""A worked convolution laid out as lines of text, as one would on a sheet of paper."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.notation import align_rows, format_number, format_shape
from convcli.arithmetic.worked import Step, Worked
from convcli.errors import UsageError

STEPS_SHOWN = 64
_LAST_SHOWN = 4  # of these, at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How to write on the sheet.

    Parameters
    ----------
    width : int
        Columns of text that lines should keep to.
    decimals : bool
        Write fractions as decimals where they end.
    times, bar, dash, cross, dots : str
        Signs for a product, lines down and across and where they meet, what is left out.
    """

    width: int = 80
    decimals: bool = False
    times: str = "·"
    bar: str = "│"
    dash: str = "─"
    cross: str = "┼"
    dots: str = "…"

    def number(self, value: Fraction) -> str:
        """Write a number."""
        return format_number(value, decimals=self.decimals)

    def term(self, x: Fraction, weight: Fraction) -> str:
        """Write a product; negative factors stand in parentheses."""
        return self.times.join(
            f"({self.number(value)})" if value < 0 else self.number(value) for value in (x, weight)
        )

    def total(self, terms: Sequence[str], *, room: int) -> str:
        """Write a sum, with as much of its middle left out as it takes to keep to `room` columns."""
        if len(text := " + ".join(terms)) <= room:
            return text
        end = f"{self.dots} + {terms[-1]}"
        if len(end) > room:
            return self.dots
        lengths = itertools.accumulate(len(term) + len(" + ") for term in terms[:-1])
        count = sum(length + len(end) <= room for length in lengths)
        return " + ".join((*terms[:count], end))


def heading(worked: Worked) -> list[str]:
    """Say which operation it is, with which kernel, and what surrounds the input."""
    slid = "slid along the input"
    how = f"{slid} as it is" if worked.correlate else f"reversed, then {slid}"
    axes = worked.spatial
    padding = " x ".join(dict.fromkeys(f"{axis.before}+{axis.after}" for axis in axes))
    outside = f" ({worked.boundary})" if any(axis.before or axis.after for axis in axes) else ""
    stride = format_shape(dict.fromkeys(axis.stride for axis in axes))
    dilation = format_shape(dict.fromkeys(axis.dilation for axis in axes))
    shapes = [format_shape(shape) for shape in (worked.input.shape, worked.kernel.shape, worked.output_shape)]
    return [
        f"{worked.operation}: the kernel is {how}",
        f"input {shapes[0]}, kernel {shapes[1]}, output {shapes[2]}",
        f"padding {padding}{outside}, stride {stride}, dilation {dilation}",
    ]


def result(worked: Worked, style: Style) -> list[str]:
    """Write the output: a list on one line, a table aligned in columns."""
    rows = [[style.number(value) for value in row] for row in worked.output().rows]
    return [" ".join(rows[0])] if worked.ndim == 1 else align_rows(rows)


def slide(worked: Worked, style: Style) -> list[str]:
    """Write the steps: the kernel under the input, the products, the sum.

    At most `STEPS_SHOWN` steps are written; sums alone where the drawing would be wider than the sheet.

    Parameters
    ----------
    worked : Worked
    style : Style

    Returns
    -------
    list of str
        One line of text each.
    """
    steps, skipped = _shown(worked)
    draw = _ribbon if worked.ndim == 1 else _blocks
    lines, entries = draw(worked, steps, style) or ([], _sums(worked, steps, style))
    for number, entry in enumerate(entries):
        if skipped and number == STEPS_SHOWN - _LAST_SHOWN:
            lines.append(f"{style.dots} {skipped:,} more steps")
        lines += entry
    return lines


def _shown(worked: Worked) -> tuple[list[Step], int]:
    """The steps to write, the first and the last ones, and how many are left out between them."""
    count = math.prod(worked.output_shape)
    if count <= STEPS_SHOWN:
        return list(worked.steps()), 0
    last = range(count - _LAST_SHOWN, count)
    return list(worked.steps([*range(STEPS_SHOWN - _LAST_SHOWN), *last])), count - STEPS_SHOWN


def _label(step: Step) -> str:
    return f"y[{','.join(map(str, step.index))}]"


def _terms(worked: Worked, step: Step, style: Style) -> list[str]:
    """The products of a step; those with padding of zeros are left out, as one does by hand."""
    everything = worked.boundary.value != 0 or worked.boundary.name not in ("zeros", "constant")
    flat = itertools.chain.from_iterable
    terms = [
        style.term(x, weight)
        for x, inside, weight in zip(flat(step.window), flat(step.inside), worked.sliding.cells, strict=True)
        if inside or everything
    ]
    return terms or ["0"]


def _sums(worked: Worked, steps: Sequence[Step], style: Style) -> list[list[str]]:
    """One line a step without a drawing."""
    lines = []
    for step in steps:
        value = style.number(step.value)
        room = style.width - len(_label(step)) - len(value) - len(" =  = ")
        lines.append([f"{_label(step)} = {style.total(_terms(worked, step, style), room=room)} = {value}"])
    return lines


def _ribbon(worked: Worked, steps: Sequence[Step], style: Style) -> tuple[list[str], list[list[str]]] | None:
    """The padded input above, and under it the kernel of each step; None if that is too wide."""
    axis = worked.spatial[0]
    span = range(-axis.before, axis.size + axis.after)
    weights = [style.number(weight) for weight in worked.sliding.rows[0]]
    if len(span) > style.width:
        return None
    padded = {at: style.number(worked.padded((0, at))) for at in span}
    margin = max(len("input"), *(len(_label(step)) for step in steps))
    cell = max(map(len, (*weights, *padded.values())))
    top = f"{'input':<{margin}} {_tape(padded, axis, cell, style.bar)}"
    if len(top) > style.width:
        return None
    values = [style.number(step.value) for step in steps]
    room = style.width - margin - max(map(len, values)) - len("   = ")
    sums = [style.total(_terms(worked, step, style), room=room) for step in steps]
    longest = max(map(len, sums))
    beside = len(top) + len(" ") + longest <= room + margin
    entries = []
    for step, total, value in zip(steps, sums, values, strict=True):
        first = step.index[0] * axis.stride - axis.before
        taps = {first + tap * axis.dilation: weight for tap, weight in enumerate(weights)}
        tape = _tape({at: taps.get(at, "") for at in span}, axis, cell, " ")
        drawn, written = f"{_label(step):<{margin}} {tape}", f"  {total:<{longest}} = {value}"
        entries.append([drawn + " " + written] if beside else [drawn.rstrip(), " " * margin + written])
    return [top], entries


def _tape(cells: dict[int, str], axis: Axis, width: int, bar: str) -> str:
    """Cells of equal width side by side, with a bar where the input begins and ends."""
    border = {0: axis.before > 0, axis.size: axis.after > 0}
    return "".join(f" {bar}" * border.get(at, False) + f" {cell:>{width}}" for at, cell in cells.items())


def _blocks(worked: Worked, steps: Sequence[Step], style: Style) -> tuple[list[str], list[list[str]]] | None:
    """Window, kernel and products of each step side by side; None if that is too wide."""
    kernel = _written(worked.sliding.rows, style)
    windows = [_written(step.window, style) for step in steps]
    products = [_written(step.products, style) for step in steps]
    parts = (
        _column("window", windows),
        _column("kernel", [kernel] * len(steps)),
        _column("products", products),
    )
    margin = " " * max(len(_label(step)) for step in steps)
    titles = "  ".join((margin, *(title for title, _ in parts)))
    sums = [f"sum {style.number(step.value)}" for step in steps]
    if len(titles) + 2 + max(map(len, sums)) > style.width:
        return None
    entries = []
    for number, step in enumerate(steps):
        rows = zip(*(blocks[number] for _, blocks in parts), strict=True)
        lines = ["  ".join((margin, *row)) for row in rows]
        lines[0] = _label(step) + lines[0][len(_label(step)) :]
        lines[-1] += f"  {sums[number]}"
        entries.append(["", *map(str.rstrip, lines)])
    return [titles.rstrip()], entries


def _written(rows: Iterable[Iterable[Fraction]], style: Style) -> list[list[str]]:
    return [[style.number(value) for value in row] for row in rows]


def _column(title: str, blocks: Sequence[Sequence[Sequence[str]]]) -> tuple[str, list[list[str]]]:
    """Blocks of cells as lines of one width, and their title in that width."""
    height = len(blocks[0])
    lines = align_rows([row for block in blocks for row in block])
    width = max(len(title), len(lines[0]))
    padded = [line.ljust(width) for line in lines]
    return title.ljust(width), [padded[at : at + height] for at in range(0, len(lines), height)]


def table(worked: Worked, style: Style) -> list[str]:
    """Write the multiplication table of a full convolution, and its anti-diagonals with their sums.

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
        If this is no full convolution of lists with stride and dilation 1.
    """
    axis = worked.spatial[0]
    reach = axis.kernel - 1
    plain = (axis.before, axis.after, axis.stride, axis.dilation) == (reach, reach, 1, 1)
    if worked.ndim != 1 or not plain or worked.boundary.name != "zeros":
        raise UsageError(
            "--view table shows the full convolution of two lists with zeros outside, undilated, stride 1",
            hint="use --view slide",
        )
    if axis.output > STEPS_SHOWN:
        raise UsageError(
            f"--view table shows at most {STEPS_SHOWN} outputs, here are {axis.output:,}",
            hint="use --view slide",
        )
    samples, weights = worked.input.rows[0], worked.sliding.reversed().rows[0]
    products = [[weight * x for x in samples] for weight in weights]
    labels = align_rows([[""], *_written([[weight] for weight in weights], style)])
    cells = align_rows(_written([samples, *products], style), separator="  ")
    head, *lines = [f"{label} {style.bar} {row}" for label, row in zip(labels, cells, strict=True)]
    rule = style.cross.join(style.dash * (len(part) + 1) for part in (labels[0], cells[0]))
    return [head, rule, *lines, "", *_diagonals(worked, products, style)]


def _diagonals(worked: Worked, products: Sequence[Sequence[Fraction]], style: Style) -> list[str]:
    """One line for each anti-diagonal of the table, from its upper right to its lower left, and its sum."""
    lines = []
    for step in worked.steps():
        [place] = step.index
        diagonal = [row[place - down] for down, row in enumerate(products) if 0 <= place - down < len(row)]
        terms = [f"({text})" if text[0] == "-" else text for text in map(style.number, diagonal)]
        value = style.number(step.value)
        room = style.width - len(_label(step)) - len(value) - len(" =  = ")
        total = f"{style.total(terms, room=room)} = " if len(terms) > 1 else ""
        lines.append(f"{_label(step)} = {total}{value}")
    return lines
