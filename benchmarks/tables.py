"""Tables of the report, in Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from . import choices
from .results import Part, Row
from .works import CHOICE

OWN = "convcli"

Goals = Mapping[str, Mapping[str, float]]
Cell = Callable[[Row], str]


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> str:
    """A Markdown table.

    Parameters
    ----------
    header : sequence of str
    rows : sequence of sequence of str
        As long as the header.
    left : int
        So many columns are aligned to the left, the others to the right.
    """
    marks = ["---" if i < left else "---:" for i in range(len(header))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, marks, *rows))


def milliseconds(seconds: float) -> str:
    """Three digits or more, without an exponent: ``0.512``, ``51.2``, ``5120``."""
    value = 1000 * seconds
    decimals = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{decimals}f}"


def times(part: Part) -> str:
    """Works by tools, in milliseconds; ``~`` marks what was measured on a part and scaled."""
    return _grid(part, lambda row: ("~" if row.share < 1 else "") + milliseconds(row.seconds))


def errors(part: Part) -> str:
    """Works by tools: how far from the true result. Works that were not judged are left out."""
    judged = tuple(row for row in part.rows if row.accuracy)
    return _grid(replace(part, rows=judged), lambda row: row.accuracy, text=True)


def memories(part: Part, limit: float | None = None) -> str:
    """Works by tools: MiB, that of convcli beside its limit."""

    def cell(row: Row) -> str:
        if row.memory is None:
            return ""
        told = f"{row.memory:.0f}"
        return told if limit is None or row.tool != OWN else f"{told} {_mark(row.memory, limit)}"

    return _grid(part, cell)


def verdict(ratio: float, goal: float | None) -> str:
    """A ratio beside its goal: ``0.12 ok (<= 0.15)``."""
    if goal is None:
        return f"{ratio:.2g}"
    return f"{ratio:.2g} {_mark(ratio, goal)}"


def _mark(value: float, goal: float) -> str:
    return f"{'ok' if value <= goal else '**over**'} (<= {goal:g})"


def ratios(part: Part, goals: Goals) -> str:
    """The time of convcli over that of each peer, work by work, with the goals there are."""
    works = part.works()
    peers = [tool for tool in _tools(part) if not tool.startswith(OWN)]
    lines = []
    for work, rows in works.items():
        own = rows.get(OWN)
        if own is None:
            continue
        wanted = goals.get(work, {})
        cells = [
            verdict(own.seconds / rows[peer].seconds, wanted.get(peer)) if peer in rows else ""
            for peer in peers
        ]
        lines.append([work, *cells])
    return table(["convcli / peer", *peers], lines)


def missed(part: Part, goals: Goals) -> list[str]:
    """The goals that were not reached, a line each."""
    lines = []
    for work, rows in part.works().items():
        for peer, goal in goals.get(work, {}).items():
            if OWN in rows and peer in rows and (ratio := rows[OWN].seconds / rows[peer].seconds) > goal:
                lines.append(f"{work}: {ratio:.2g} of {peer}, goal {goal:g}")
    return lines


def calls(part: Part) -> str:
    """What each tool called for which works, a line each, for those who want to repeat it."""
    lines = []
    for tool in _tools(part):
        noted: dict[str, list[str]] = {}
        for row in part.rows:
            if row.tool == tool and row.note:
                noted.setdefault(row.note, []).append(row.work)
        lines.append(f"- {tool}: " + "; ".join(f"{note} ({', '.join(ws)})" for note, ws in noted.items()))
    return "\n".join(lines)


def chosen(part: Part, *, worst: int = 12) -> str:
    """The cases where the planner's choice was furthest from the best."""
    lines = [
        [work, own.tool, milliseconds(own.seconds), best.tool, milliseconds(best.seconds), f"{ratio:.2f}"]
        for ratio, work, own, best in choices.ratios(part)[:worst]
    ]
    return table(["case", "chosen", "ms", "best", "ms", "ratio"], lines)


def choice_summary(part: Part) -> str:
    """How often the choice was good, and how far predictions were off."""
    found = [ratio for ratio, *_ in choices.ratios(part)]
    if not found:
        return ""
    good = sum(ratio <= CHOICE for ratio in found)
    off = sorted(row.predicted / row.seconds for row in part.rows if row.predicted)
    tenth = len(off) // 10
    return (
        f"{len(found)} cases: the choice took at most {CHOICE} times as long as the best method in {good} of "
        f"them ({100 * good / len(found):.0f} %), {max(found):.2f} times at worst. "
        f"Predicted over measured time: {off[tenth]:.2f} to {off[-1 - tenth]:.2f} for eight methods in ten, "
        f"{off[len(off) // 2]:.2f} in the middle."
    )


def machine(described: Mapping[str, str]) -> str:
    """What it was measured on."""
    return table(["", ""], [[name, text] for name, text in described.items()], left=2)


def _tools(part: Part) -> list[str]:
    """Every tool once; convcli first, the others in the order they come up in."""
    tools = list(dict.fromkeys(row.tool for row in part.rows))
    return sorted(tools, key=lambda tool: tool != OWN)


def _grid(part: Part, cell: Cell, *, text: bool = False) -> str:
    tools = _tools(part)
    lines = [
        [work, *(cell(rows[tool]) if tool in rows else "" for tool in tools)]
        for work, rows in part.works().items()
    ]
    return table(["", *tools], lines, left=1 + len(tools) if text else 1)
