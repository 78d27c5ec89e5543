"""The kernel under the input, step by step: the window, the products, the sum."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.notation import align_rows, each
from convcli.arithmetic.sheet.style import LAST_SHOWN, STEPS_SHOWN, Style, label
from convcli.arithmetic.worked import Step, Term, Worked, stretched

# Lines above the steps, and the lines of each step; None where they would be wider than the sheet.
_Drawing = tuple[list[str], list[list[str]]]


def slide(worked: Worked, style: Style) -> list[str]:
    """Write the steps: the kernel under the input, the products, the sum.

    At most `STEPS_SHOWN` steps are written; sums alone where the drawing would be wider than the sheet. A
    transposed convolution is drawn as the ordinary one that it equals, over the stretched input.

    Parameters
    ----------
    worked : Worked
    style : Style

    Returns
    -------
    list of str
        One line of text each.
    """
    lain = stretched(worked)
    steps, skipped = _shown(lain)
    draw = {1: _ribbons, 2: _blocks}.get(lain.ndim, _no_drawing)
    lines, entries = draw(lain, steps, style) or ([], _sums(lain, steps, style))
    lines = [*_as_ordinary(worked, lain), *lines]
    for number, entry in enumerate(entries):
        if skipped and number == STEPS_SHOWN - LAST_SHOWN:
            lines.append(f"{style.dots} {skipped:,} more steps")
        lines += entry
    return lines


def _shown(worked: Worked) -> tuple[list[Step], int]:
    """The steps to write, the first and the last ones, and how many are left out between them."""
    count = worked.step_count
    if count <= STEPS_SHOWN:
        return list(worked.steps()), 0
    last = range(count - LAST_SHOWN, count)
    return list(worked.steps([*range(STEPS_SHOWN - LAST_SHOWN), *last])), count - STEPS_SHOWN


def _as_ordinary(worked: Worked, lain: Worked) -> list[str]:
    """Say how a transposed convolution is drawn as an ordinary one."""
    if not worked.transposed or lain.stretch is None:
        return []
    gaps = [step - 1 for step in lain.stretch]
    zeros = each(gaps)
    between = (
        f" with {zeros} {'zero' if set(gaps) == {1} else 'zeros'} between its samples" if any(gaps) else ""
    )
    padding = each(f"{axis.before}+{axis.after}" for axis in lain.axes)
    way = "as it is" if lain.correlate else "reversed"
    return [
        f"drawn as sliding over the input{between},",
        f"padded by {padding}; the kernel {way}, stride 1",
        "",
    ]


# --- what is written of a step -------------------------------------------------------------------


def _spoken(worked: Worked, term: Term) -> bool:
    """Whether a product is written; those with zeros around or between samples are not, as by hand."""
    everything = worked.boundary.value != 0 or not worked.boundary.constant
    return (term.inside or everything) and not worked.inserted(term.place[1:])


def _terms(worked: Worked, terms: Sequence[Term], style: Style) -> list[str]:
    if worked.pool:
        return [style.number(term.x) if worked.pool == "max" else style.factor(term.x) for term in terms]
    return [
        style.term(term.x, term.weight) for term in terms if term.weight is not None and _spoken(worked, term)
    ]


def _formula(worked: Worked, terms: list[str], step: Step, style: Style, *, room: int) -> str:
    """Everything between the equals signs of a step."""
    if worked.pool == "max":
        return f"max({style.total(terms, room=room - len('max()'), sign=', ')})"
    if worked.pool == "avg":
        weight = step.terms[0].weight
        assert weight is not None
        by = f" / {weight.denominator}"
        return f"({style.total(terms, room=room - len('()') - len(by))}){by}"
    added = [] if worked.bias is None else [style.factor(step.bias)]
    return style.total([*terms, *added] or ["0"], room=room)


def _by_channel(worked: Worked, step: Step) -> list[list[Term]]:
    terms = itertools.groupby(step.terms, key=lambda term: term.place[0])
    found = {channel: list(group) for channel, group in terms}
    return [found.get(channel, []) for channel in worked.read_by(step.index[0])]


def _sums(worked: Worked, steps: Sequence[Step], style: Style) -> list[list[str]]:
    """One line a step without a drawing."""
    lines = []
    for step in steps:
        name, value = label(step, layered=worked.layered), style.number(step.value)
        room = style.width - len(name) - len(value) - len(" =  = ")
        formula = _formula(worked, _terms(worked, step.terms, style), step, style, room=room)
        lines.append([f"{name} = {formula} = {value}"])
    return lines


def _no_drawing(_worked: Worked, _steps: Sequence[Step], _style: Style) -> _Drawing | None:
    return None


# --- lists ---------------------------------------------------------------------------------------


def _ribbons(worked: Worked, steps: Sequence[Step], style: Style) -> _Drawing | None:
    """The padded input above, and under it the kernel of each step; None if that is too wide."""
    [axis] = worked.axes
    span = range(-axis.before, axis.size + axis.after + axis.overhang)
    if len(span) > style.width:
        return None
    padded = {
        channel: {at: _outside(worked, at) or style.number(worked.padded((channel, at))) for at in span}
        for channel in range(worked.channels)
    }
    names = [_input_name(worked, channel) for channel in range(worked.channels)]
    margin = max(map(len, (*names, *(label(step, layered=worked.layered) for step in steps))))
    weights = [] if worked.sliding is None else [style.number(value) for value in worked.sliding.values]
    cell = max(
        map(len, (*weights, *itertools.chain.from_iterable(tape.values() for tape in padded.values())))
    )
    tapes = [
        f"{name:<{margin}} {_tape(padded[channel], axis, cell, style.bar)}"
        for channel, name in enumerate(names)
    ]
    if len(tapes[0]) > style.width:
        return None
    written = [_ribbon(worked, step, style, span, cell) for step in steps]
    values = [style.number(step.value) for step in steps]
    room = style.width - margin - max(map(len, values)) - len("   = ")
    sums = [_sum_lines(worked, step, style, room=room) for step in steps]
    longest = max(len(line) for lines in sums for line in lines)
    beside = len(tapes[0]) + len(" ") + longest <= room + margin
    entries: list[list[str]] = []
    read: range | None = None
    for step, rows, totals, value in zip(steps, written, sums, values, strict=True):
        name = label(step, layered=worked.layered)
        ends = [f"  {text:<{longest}}" for text in totals]
        ends[-1] += f" = {value}"
        if beside:
            drawn = [
                f"{name if not number else '':<{margin}} {row}" + " " + end
                for number, (row, end) in enumerate(zip(rows, ends, strict=True))
            ]
        else:
            drawn = [f"{name if not number else '':<{margin}} {row}" for number, row in enumerate(rows)]
            drawn += [" " * margin + end for end in ends]
        channels = worked.read_by(step.index[0])
        head = [tapes[channel] for channel in channels] if channels != read else []
        gap = [""] if head and read is not None else []
        entries.append([line.rstrip() for line in (*gap, *head, *drawn)])
        read = channels
    return [], entries


def _outside(worked: Worked, position: int) -> str:
    """A blank where a pooling sees nothing: in the padding of a maximum, and beyond any padding."""
    [axis] = worked.axes
    beyond = not -axis.before <= position < axis.size + axis.after
    return " " if beyond or (worked.pool == "max" and not 0 <= position < axis.size) else ""


def _input_name(worked: Worked, channel: int) -> str:
    return f"input[{channel}]" if worked.layered else "input"


def _ribbon(worked: Worked, step: Step, style: Style, span: range, cell: int) -> list[str]:
    """The weights where they lie, a line for each channel; of a pooling the numbers in the window."""
    [axis] = worked.axes
    first = step.index[1] * axis.stride - axis.before
    rows = []
    for number, terms in enumerate(_by_channel(worked, step)):
        if worked.sliding is None:
            lain = {term.place[1]: style.number(term.x) for term in terms}
        else:
            lain = {
                first + tap * axis.dilation: style.number(worked.sliding[step.index[0], number, tap])
                for tap in range(axis.kernel)
            }
        rows.append(_tape({at: lain.get(at, "") for at in span}, axis, cell, " "))
    return rows


def _sum_lines(worked: Worked, step: Step, style: Style, *, room: int) -> list[str]:
    """The sum of a step, a line for each channel."""
    parts = [_terms(worked, terms, style) for terms in _by_channel(worked, step)]
    if len(parts) == 1:
        return [_formula(worked, parts[0], step, style, room=room)]
    lines = [style.total(part or ["0"], room=room - len("+ ")) for part in parts]
    if worked.bias is not None:
        lines[-1] = style.total([*(parts[-1] or ["0"]), style.factor(step.bias)], room=room - len("+ "))
    return [f"{'+ ' if number else '  '}{line}" for number, line in enumerate(lines)]


def _tape(cells: dict[int, str], axis: Axis, width: int, bar: str) -> str:
    """Cells of equal width side by side, with a bar where the input begins and ends."""
    border = {0: axis.before > 0, axis.size: axis.after + axis.overhang > 0}
    return "".join(f" {bar}" * border.get(at, False) + f" {cell:>{width}}" for at, cell in cells.items())


# --- tables --------------------------------------------------------------------------------------


def _blocks(worked: Worked, steps: Sequence[Step], style: Style) -> _Drawing | None:
    """Window, kernel and products of each step side by side; None if that is too wide."""
    names = [label(step, layered=worked.layered) for step in steps]
    margin = " " * max(map(len, names))
    # The three parts of each step, channel by channel.
    drawn = [_block(worked, step, style) for step in steps]
    titles = ("window",) if worked.pool else ("window", "kernel", "products")
    parts = [_column(title, [step[number] for step in drawn]) for number, title in enumerate(titles)]
    head = "  ".join((margin, *(title for title, _ in parts)))
    ends = [_ending(worked, step, style) for step in steps]
    if len(head) + 2 + max(map(len, ends)) > style.width:
        return None
    entries = []
    for number, (name, end) in enumerate(zip(names, ends, strict=True)):
        rows = zip(*(blocks[number] for _, blocks in parts), strict=True)
        lines = ["  ".join((margin, *row)) for row in rows]
        lines[0] = name + lines[0][len(name) :]
        lines[-1] += f"  {end}"
        entries.append(["", *map(str.rstrip, lines)])
    return [head.rstrip()], entries


def _ending(worked: Worked, step: Step, style: Style) -> str:
    name = {"max": "max", "avg": "mean", None: "sum"}[worked.pool]
    bias = "" if worked.bias is None else f" with bias {style.number(step.bias)}"
    return f"{name}{bias} {style.number(step.value)}"


def _block(worked: Worked, step: Step, style: Style) -> list[list[list[str]]]:
    """Window, weights and products of a step as rows of cells; channels under one another."""
    height, width = (axis.kernel for axis in worked.axes)
    if worked.pool:
        found = {term.tap: style.number(term.x) for term in step.terms}
        return [[[found.get((row, column), "") for column in range(width)] for row in range(height)]]
    writers: tuple[Callable[[Term], str], ...] = (
        lambda term: style.number(term.x),
        lambda term: "" if term.weight is None else style.number(term.weight),
        lambda term: style.number(term.product),
    )
    return [list(_rows([write(term) for term in step.terms], width)) for write in writers]


def _rows(cells: list[str], width: int) -> Iterator[list[str]]:
    for at in range(0, len(cells), width):
        yield cells[at : at + width]


def _column(title: str, blocks: Sequence[Sequence[Sequence[str]]]) -> tuple[str, list[list[str]]]:
    """Blocks of cells as lines of one width, and their title in that width."""
    height = len(blocks[0])
    lines = align_rows([row for block in blocks for row in block])
    width = max(len(title), len(lines[0]))
    padded = [line.ljust(width) for line in lines]
    return title.ljust(width), [padded[at : at + height] for at in range(0, len(lines), height)]
