"""The multiplication table of two lists, whose anti-diagonals add up to their convolution."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from convcli.arithmetic.notation import align_rows
from convcli.arithmetic.sheet.style import STEPS_SHOWN, Style, fitted, label
from convcli.arithmetic.worked import Worked
from convcli.errors import UsageError

_HINT = "use --view slide"


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
        If this is no full convolution of lists with stride and dilation 1, or too large to be read.
    """
    axis = worked.axes[0]
    reach = axis.kernel - 1
    plain = (axis.before, axis.after, axis.stride, axis.dilation) == (reach, reach, 1, 1)
    simple = worked.ndim == 1 and not (worked.layered or worked.transposed or worked.pool)
    if not (plain and simple) or worked.boundary.name != "zeros" or worked.sliding is None:
        raise UsageError(
            "--view table shows the full convolution of two lists with zeros outside, undilated, stride 1",
            hint=_HINT,
        )
    if axis.output > STEPS_SHOWN:
        raise UsageError(
            f"--view table shows at most {STEPS_SHOWN} outputs, here are {axis.output:,}", hint=_HINT
        )
    samples, weights = worked.input.values, worked.sliding.values[::-1]
    products = [[weight * x for x in samples] for weight in weights]
    labels = align_rows([[""], *style.rows([[weight] for weight in weights])])
    taken = len(labels[0]) + len(f" {style.bar} ")
    cells = fitted(style.rows([samples, *products]), style, taken=taken, separator="  ")
    head, *lines = [f"{label} {style.bar} {row}" for label, row in zip(labels, cells, strict=True)]
    rule = style.cross.join(style.dash * (len(part) + 1) for part in (labels[0], cells[0]))
    return [head, rule, *lines, "", *_diagonals(worked, products, style)]


def _diagonals(worked: Worked, products: Sequence[Sequence[Fraction]], style: Style) -> list[str]:
    """One line for each anti-diagonal of the table, from its upper right to its lower left, and its sum."""
    lines = []
    for step in worked.steps():
        place = step.index[1]
        diagonal = [row[place - down] for down, row in enumerate(products) if 0 <= place - down < len(row)]
        terms = [*map(style.factor, diagonal), *([] if worked.bias is None else [style.factor(step.bias)])]
        name, value = label(step, layered=False), style.number(step.value)
        room = style.width - len(name) - len(value) - len(" =  = ")
        sum_of_them = f"{style.total(terms, room=room)} = " if len(terms) > 1 else ""
        lines.append(f"{name} = {sum_of_them}{value}")
    return lines
