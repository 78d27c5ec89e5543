"""Tables as text: aligned for people, Markdown and CSV for what reads them next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convcli.arithmetic.notation import table_width

_LEAST_WORDS = 10  # columns of text that the names of rows keep
_QUOTED = frozenset(',"\n\r')


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows of cells, as they are printed.

    Parameters
    ----------
    columns : tuple of str
    rows : sequence of tuple of str
    align : str
        ``l`` or ``r`` a column; missing ones are ``r``.
    """

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    align: str = ""

    @property
    def width(self) -> int:
        """Columns of text that it takes, drawn."""
        return table_width([self.columns, *self.rows])

    def without(self, *names: str) -> Table:
        """Return the table without the columns of these headings."""
        kept = [index for index, column in enumerate(self.columns) if column not in names]
        return Table(
            tuple(self.columns[index] for index in kept),
            [tuple(row[index] for index in kept) for row in self.rows],
            "".join(self.align[index : index + 1] or "r" for index in kept),
        )

    def clipped(self, width: int) -> Table:
        """Return the table with its first column shortened, as far as that goes, to keep to a width."""
        first = max(len(row[0]) for row in (self.columns, *self.rows))
        most = max(first - (self.width - width), _LEAST_WORDS)
        rows = [(row[0] if len(row[0]) <= most else f"{row[0][: most - 2]}..", *row[1:]) for row in self.rows]
        return Table(self.columns, rows, self.align)

    def turned(self) -> Table:
        """Return the table with a row for each column; the first column becomes the headings."""
        columns, *rows = zip(self.columns, *self.rows, strict=True)
        return Table(columns, rows, "l")

    def drawn(self, *, rule: str = "─") -> list[str]:
        """Return the lines of the table, columns aligned, a rule below the headings."""
        widths = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        lines = [self._line(self.columns, widths), rule * self.width]
        return [*lines, *(self._line(row, widths) for row in self.rows)]

    def _line(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        padded = (
            cell.ljust(width) if self.align[index : index + 1] == "l" else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "   ".join(padded).rstrip()

    def markdown(self) -> list[str]:
        """Return the lines of a Markdown table."""
        aligns = self.align.ljust(len(self.columns), "r")
        lines = [self.columns, tuple("---" if align == "l" else "---:" for align in aligns), *self.rows]
        return [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |" for cells in lines]

    def csv(self) -> list[str]:
        """Return the lines of a CSV table (RFC 4180), headings first."""
        return [",".join(map(_quoted, cells)) for cells in (self.columns, *self.rows)]


def _quoted(cell: str) -> str:
    if _QUOTED.isdisjoint(cell):
        return cell
    doubled = cell.replace('"', '""')
    return f'"{doubled}"'
