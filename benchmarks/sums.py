"""Exact distributions of sums of dice: convcli beside icepool and dyce, in one process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import timing
from .results import Part, Row
from .settings import Settings
from .timing import Contender

NAME = "sums"

Table = Mapping[int, int]
"""Ways for each total."""


@dataclass(frozen=True, slots=True)
class Roll:
    """What is rolled and added up.

    Parameters
    ----------
    text : str
        In the notation of convcli.
    dice : tuple of (int, int)
        How many dice of how many sides.
    keep : int, optional
        So many of the highest are kept.
    """

    text: str
    dice: tuple[tuple[int, int], ...]
    keep: int | None = None


ROLLS = (
    Roll("1000d6", ((1000, 6),)),
    Roll("100d6", ((100, 6),)),
    Roll("6d1000", ((6, 1000),)),
    Roll("20d6+10d8+5d20", ((20, 6), (10, 8), (5, 20))),
    Roll("10d10kh5", ((10, 10),), keep=5),
)

QUICK = ROLLS[1:]
"""Those that nobody takes seconds for."""

PROCESSES = ("2d6", "1000d6")
"""Whole commands: what starting takes, and what the longest of the sums adds to it."""


def measure(settings: Settings) -> Part:
    """Time the exact tables, and compare every count with that of convcli."""
    rows: list[Row] = []
    remarks: list[str] = []
    for roll in QUICK if settings.quick else ROLLS:
        if not settings.wants(roll.text):
            continue
        settings.tell(f"sums: {roll.text}")
        contenders, tables, missing = _contenders(roll)
        remarks += [line for line in missing if line not in remarks]
        truth = tables["convcli"](_run(contenders[0]))
        judged = {each.tool: _judged(tables[each.tool](_run(each)), truth) for each in contenders}
        measured = timing.rows(roll.text, contenders, repeats=settings.repeats)
        rows += [replace(row, accuracy=judged[row.tool]) for row in measured]
    for text in PROCESSES:
        work = f"{text}, whole command"
        if settings.wants(work):
            settings.tell(f"sums: {work}")
            rows += timing.rows(work, [_command(text)], repeats=settings.repeats)
    return settings.part(NAME, "exact counts of every total", rows, remarks)


def _run(contender: Contender) -> Any:
    return contender.call()


def _judged(found: Table, truth: Table) -> str:
    """Compare two tables of counts, which may have a common factor."""
    whole, expected = sum(found.values()), sum(truth.values())
    same = found.keys() == truth.keys()
    same = same and all(count * expected == truth[total] * whole for total, count in found.items())
    return "exact" if same else "wrong"


def _contenders(roll: Roll) -> tuple[list[Contender], dict[str, Callable[[Any], Table]], list[str]]:
    """Ways to compute a roll, how to read what each returns, and what is missing."""
    from convcli.probability.notation import parse
    from convcli.probability.sums import distribution

    ways = [Contender("convcli", lambda: distribution(parse(roll.text).value))]
    tables: dict[str, Callable[[Any], Table]] = {
        "convcli": lambda law: {int(total): count for total, count in law.items()}
    }
    remarks: list[str] = []
    for tool, make in (("icepool", _icepool), ("dyce", _dyce)):
        try:
            call = make(roll)
        except ImportError:
            remarks.append(f"{tool} is left out: {tool} is not installed")
            continue
        ways.append(Contender(tool, call))
        tables[tool] = lambda law: {int(total): int(count) for total, count in law.items()}
    return ways, tables, remarks


def _icepool(roll: Roll) -> Callable[[], Any]:
    import icepool

    # It adds dice one by one, each a level deeper.
    deepest = max(count for count, _ in roll.dice)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 3 * deepest + 1000))

    def die(sides: int) -> Any:
        # A die keeps the sums that it was asked for; each turn begins with new ones.
        return icepool.Die(range(1, sides + 1))

    def once() -> Any:
        if roll.keep is not None:
            [(count, sides)] = roll.dice
            return die(sides).pool(count).highest(roll.keep).sum()
        return sum(count @ die(sides) for count, sides in roll.dice)

    return once


def _dyce(roll: Roll) -> Callable[[], Any]:
    from dyce import H, P

    def once() -> Any:
        if roll.keep is not None:
            [(count, sides)] = roll.dice
            return (count @ P(sides)).at(slice(-roll.keep, None))
        return sum((count @ H(sides) for count, sides in roll.dice[1:]), roll.dice[0][0] @ H(roll.dice[0][1]))

    return once


def _command(text: str) -> Contender:
    """The program, from start to end, with a table of all values."""
    argv = [sys.executable, "-m", "convcli", "probability", text, "--format", "csv", "-q"]
    return Contender("convcli", lambda: subprocess.run(argv, check=True, stdout=subprocess.DEVNULL))
