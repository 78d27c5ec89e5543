"""How numbers, products and sums are written on the sheet."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from convcli.arithmetic.notation import align_rows, format_number
from convcli.arithmetic.worked import Step

STEPS_SHOWN = 64
LAST_SHOWN = 4  # of these, at the end


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How to write on the sheet.

    Parameters
    ----------
    width : int
        Columns of text that lines should keep to.
    decimals : bool
        Write fractions as decimals where they end.
    elide : bool
        Leave out the middle of results wider than that; for a program that reads them they stay whole.
    times, bar, dash, cross, dots, star : str
        Signs for a product, lines down and across and where they meet, what is left out, and correlation.
    """

    width: int = 80
    decimals: bool = False
    elide: bool = True
    times: str = "·"
    bar: str = "│"
    dash: str = "─"
    cross: str = "┼"
    dots: str = "…"
    star: str = "⋆"

    def number(self, value: Fraction) -> str:
        """Write a number."""
        return format_number(value, decimals=self.decimals)

    def factor(self, value: Fraction) -> str:
        """Write a number as a part of a product or of a sum: a negative one stands in parentheses."""
        return f"({self.number(value)})" if value < 0 else self.number(value)

    def term(self, x: Fraction, weight: Fraction) -> str:
        """Write a product; negative factors stand in parentheses."""
        return self.times.join(map(self.factor, (x, weight)))

    def total(self, terms: Sequence[str], *, room: int, sign: str = " + ") -> str:
        """Write a sum, with as much of its middle left out as it takes to keep to `room` columns."""
        if len(text := sign.join(terms)) <= room:
            return text
        end = f"{self.dots}{sign}{terms[-1]}"
        if len(end) > room:
            return self.dots
        lengths = itertools.accumulate(len(term) + len(sign) for term in terms[:-1])
        count = sum(length + len(end) <= room for length in lengths)
        return sign.join((*terms[:count], end))

    def rows(self, rows: Iterable[Iterable[Fraction]]) -> list[list[str]]:
        """Write numbers row by row."""
        return [[self.number(value) for value in row] for row in rows]


def label(step: Step, *, layered: bool) -> str:
    """Name an output: ``y[2]``, ``y[0,2]``; with its channel first where there are channels."""
    return f"y[{','.join(map(str, step.index if layered else step.index[1:]))}]"


def fitted(rows: Sequence[Sequence[str]], style: Style, *, taken: int = 0, separator: str = " ") -> list[str]:
    """Align rows of cells, leaving out columns in their middle until they fit.

    Parameters
    ----------
    rows : sequence of sequences of str
        Of equal length.
    style : Style
    taken : int
        Columns of text that something else on the line takes.
    separator : str
        What stands between two cells.

    Returns
    -------
    list of str
        One line a row.
    """
    lines = align_rows(rows, separator=separator)
    room, kept = style.width - taken, len(rows[0])
    while len(lines[0]) > room and kept > 2:
        # Few rounds: cells are of similar width, so that a proportion comes close.
        kept = max(min(kept - 1, kept * room // len(lines[0])), 2)
        first = kept - kept // 2
        shortened = [[*row[:first], style.dots, *row[len(row) - kept // 2 :]] for row in rows]
        lines = align_rows(shortened, separator=separator)
    return lines


def left_out(line: str, columns: int, style: Style) -> list[str]:
    """Say which of its columns a line of `fitted` lacks, in one line of text or in none.

    Parameters
    ----------
    line : str
        Its cells are parted by blanks, and those of bars are not counted.
    columns : int
        How many there were.
    style : Style
    """
    cells = [cell for cell in line.split() if cell.strip(style.bar)]
    if style.dots not in cells:
        return []
    first = cells.index(style.dots)
    last = columns - (len(cells) - first - 1) - 1
    return [f"{style.dots} in each row: columns {first} to {last} of {columns} are left out"]


def joined(parts: Iterable[str], style: Style) -> list[str]:
    """Write parts with commas between them, on as many lines as they take."""
    lines: list[str] = []
    for part in parts:
        if lines and len(f"{lines[-1]}, {part},") <= style.width:
            lines[-1] += f", {part}"
        else:
            lines = [*lines[:-1], f"{lines[-1]},", part] if lines else [part]
    return lines
