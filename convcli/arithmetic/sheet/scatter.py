"""What each sample of the input adds to the outputs that it reaches, the sums, and how many samples meet."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.sheet.style import LAST_SHOWN, STEPS_SHOWN, Style, fitted, left_out
from convcli.arithmetic.worked import Worked
from convcli.arithmetic.worked.matrix import Matrix, matrix
from convcli.errors import UsageError

_NOTHING = "."  # where a sample does not reach
_GAP = "   "  # between patches side by side


def scatter_view(worked: Worked, style: Style) -> list[str]:
    """Write what each sample paints, the kernel times itself, onto the outputs that it reaches.

    Lists have a row for each sample, tables and volumes a patch; then follow the sums, which are the outputs,
    and the overlap: how many samples reach each output. Output channels come one after another. Of more than
    `STEPS_SHOWN` samples those in the middle are left out, as is what is wider than the sheet.

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
        If it is a maximum, which is no sum.
    ConvError
        If there are more products than a matrix may have.
    """
    if not worked.linear:
        raise UsageError(
            "--view scatter: the largest of a window is not a sum that each sample adds to",
            hint="use --view slide, or average pooling",
        )
    found = matrix(worked)
    painted = list(found.painted(worked.input))
    lain = "the kernel as it is" if worked.transposed == worked.correlate else "the reversed kernel"
    adds = "its share" if worked.pool else f"{lain}, times itself,"
    lines = [f"each sample adds {adds} to the outputs it reaches"]
    if not worked.boundary.constant and any(axis.before or axis.after for axis in worked.axes):
        lines.append(f"also through the padding that shows it ({worked.boundary})")
    lines += [f"{_NOTHING} is an output out of reach", *_unevenness(worked, style)]
    drawn: list[str] = []
    for output in range(worked.outputs):
        drawn += ["", *([f"output channel {output}", ""] if worked.outputs > 1 else [])]
        drawn += _section(worked, found, painted, output, style)
    if (needed := max(map(len, drawn))) > style.width:
        raise UsageError(
            f"--view scatter: these numbers take {needed} columns of text, here are {style.width}",
            hint="widen the terminal, or use --view slide",
        )
    return [*lines, *drawn]


def _unevenness(worked: Worked, style: Style) -> Iterator[str]:
    """Whether far from the ends all outputs of a transposed convolution are reached equally often."""
    if not worked.transposed:
        return
    for axis in dict.fromkeys(worked.axes):
        counts = _reaching(axis)
        if len(set(counts)) > 1:
            spread = f", dilation {axis.dilation}" if axis.dilation > 1 else ""
            yield f"kernel {axis.kernel}, stride {axis.stride}{spread}: neighbouring outputs are reached by"
            end = f" and {counts[-1]} samples in turn: the {_pattern(worked)}"
            yield style.total([*map(str, counts[:-1])], room=style.width - len(end), sign=", ") + end


def _pattern(worked: Worked) -> str:
    uneven = sum(len(set(_reaching(axis))) > 1 for axis in worked.axes)
    return "checkerboard of transposed convolutions" if uneven > 1 else "stripes of transposed convolutions"


def _reaching(axis: Axis) -> list[int]:
    """How many samples reach an output far from the ends, for each of the outputs up to the stride."""
    taps = range(0, axis.kernel * axis.dilation, axis.dilation)
    return [sum((at + axis.before - tap) % axis.stride == 0 for tap in taps) for at in range(axis.stride)]


# What is written at the places of one output channel, by their number in the run through the sizes; and a
# name for it: a sample, a sum.
_Entry = tuple[str, Mapping[int, str]]


def _section(
    worked: Worked, found: Matrix, painted: Sequence[Mapping[int, Fraction]], output: int, style: Style
) -> list[str]:
    """One output channel: the samples that it is made of, what else is added, the sums."""
    size = math.prod(worked.sizes)
    rows = range(output * size, (output + 1) * size)
    read = _samples(worked, output)
    indices = list(worked.input.indices())

    def entry(name: str, amounts: Mapping[int, Fraction]) -> _Entry:
        return name, {at: style.number(amounts[row]) for at, row in enumerate(rows) if row in amounts}

    samples = []
    for number in read:
        place, value = indices[number][worked.shown], worked.input.values[number]
        samples.append(entry(f"x[{','.join(map(str, place))}] = {style.number(value)}", painted[number]))
    skipped = max(len(samples) - STEPS_SHOWN, 0)
    first, last = (samples[: STEPS_SHOWN - LAST_SHOWN], samples[-LAST_SHOWN:]) if skipped else (samples, [])
    more = [f"{style.dots} {skipped:,} more samples"] if skipped else []

    bias = Fraction(0) if worked.bias is None else worked.bias[output]
    if any(found.offset[row] != bias for row in rows):
        last.append(entry("padding", {row: found.offset[row] - bias for row in rows}))
    if worked.bias is not None and worked.ndim == 1:
        last.append(entry("bias", dict.fromkeys(rows, bias)))
    counts = Counter(row for number in read for row in painted[number])
    overlap = {row: Fraction(counts[row]) for row in rows}
    with_bias = "" if worked.bias is None or worked.ndim == 1 else f" with bias {style.number(bias)}"
    sums = [entry(f"y{with_bias}", dict(enumerate(worked.output.values))), entry("overlap", overlap)]

    draw = _ribbons if worked.ndim == 1 else _patches
    return draw(worked, (first, last, sums), more, style)


def _samples(worked: Worked, output: int) -> list[int]:
    """The samples of the channels that an output channel is made of, by number."""
    size = math.prod(worked.input.shape[1:])
    return [at for channel in worked.read_by(output) for at in range(channel * size, (channel + 1) * size)]


def _ribbons(worked: Worked, parts: Sequence[list[_Entry]], more: list[str], style: Style) -> list[str]:
    """A row for each entry, the sums under a rule."""
    [size] = worked.sizes
    entries = list(itertools.chain.from_iterable(parts))
    margin = max(len(name) for name, _ in entries)
    cells = [[written.get(at, _NOTHING) for at in range(size)] for _, written in entries]
    rows = fitted(cells, style, taken=margin + len("  "))
    lines = [f"{name:<{margin}}  {row}" for (name, _), row in zip(entries, rows, strict=True)]
    first, rest = len(parts[0]), len(lines) - len(parts[2])
    rule = style.dash * len(lines[0])
    return [*lines[:first], *more, *lines[first:rest], rule, *lines[rest:], *left_out(rows[0], size, style)]


def _patches(worked: Worked, parts: Sequence[list[_Entry]], more: list[str], style: Style) -> list[str]:
    """A table for each entry, those of a row of the input side by side if they fit."""
    cell = max(len(text) for part in parts for _, written in part for text in written.values())
    first, last, sums = ([_patch(worked, entry, cell, style) for entry in part] for part in parts)
    together = worked.input.shape[-1]
    blocks = [_side_by_side(first, together, style), more, _side_by_side(last, together, style)]
    lines = [line for block in blocks if block for line in (*block, "")]
    return [
        *lines,
        *_side_by_side(sums, len(sums), style),
        *left_out(sums[0][-1], worked.sizes[-1], style),
    ]


def _patch(worked: Worked, entry: _Entry, cell: int, style: Style) -> list[str]:
    """A title, then rows of cells; planes of volumes one under another."""
    name, written = entry
    *_, height, width = worked.sizes
    cells = [written.get(at, _NOTHING).rjust(cell) for at in range(math.prod(worked.sizes))]
    rows = fitted([cells[at : at + width] for at in range(0, len(cells), width)], style)
    planes = (rows[at : at + height] for at in range(0, len(rows), height))
    return [
        name,
        *itertools.chain.from_iterable(["", *plane] if at else plane for at, plane in enumerate(planes)),
    ]


def _side_by_side(blocks: Sequence[list[str]], together: int, style: Style) -> list[str]:
    """Blocks of text of equal height, so many side by side if there is room."""
    if not blocks:
        return []
    width = max(len(line) for block in blocks for line in block)
    count = max(min((style.width + len(_GAP)) // (width + len(_GAP)), together), 1)
    lines: list[str] = []
    for at in range(0, len(blocks), count):
        rows = zip(*blocks[at : at + count], strict=True)
        lines += [""] * (at > 0) + [_GAP.join(f"{text:<{width}}" for text in row).rstrip() for row in rows]
    return lines
