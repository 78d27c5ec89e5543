"""What a run has measured, and its JSON form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One tool at one work.

    Parameters
    ----------
    work, tool : str
        What was computed, and by whom; together they are unique within a part.
    seconds : float
        Median, for the whole work.
    samples : tuple of float
        Every time measured, in seconds, as measured.
    share : float
        The part of the work that was measured; `seconds` is the median divided by it.
    accuracy : str
        How far the result is from the exactly rounded one; empty if that was not looked at.
    note : str
        How the tool was called, if that says more than its name.
    memory : float or None
        MiB at most: of a process, or beyond input and output within one.
    size : float or None
        Where the work stands on the axis of a plot.
    predicted : float or None
        Seconds that the planner expected.
    chosen : bool
        Whether it is what the planner chose.
    """

    work: str
    tool: str
    seconds: float
    samples: tuple[float, ...] = ()
    share: float = 1.0
    accuracy: str = ""
    note: str = ""
    memory: float | None = None
    size: float | None = None
    predicted: float | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the benchmarks.

    Parameters
    ----------
    name : str
    date : str
        When it was measured, ISO 8601.
    subject : str
        What was worked on, in words.
    rows : tuple of Row
    remarks : tuple of str
        What was left out, and why, a line each.
    """

    name: str
    date: str
    subject: str
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()

    def works(self) -> dict[str, dict[str, Row]]:
        """The rows by work and tool, in their order."""
        found: dict[str, dict[str, Row]] = {}
        for row in self.rows:
            found.setdefault(row.work, {})[row.tool] = row
        return found

    def updated(self, newer: Part) -> Part:
        """This part with the works of a newer one in place of its own; new works come last."""
        fresh = newer.works()
        kept = {work: rows for work, rows in self.works().items() if work not in fresh}
        ordered = dict.fromkeys((*self.works(), *fresh))
        rows = [row for work in ordered for row in (fresh.get(work) or kept[work]).values()]
        return replace(newer, rows=tuple(rows))


@dataclass(frozen=True, slots=True)
class Run:
    """Everything a report is made from.

    Parameters
    ----------
    machine : mapping of str to str
        Processor, versions and so on, by what they are.
    parts : mapping of str to Part
        By name.
    quick : bool
        Whether smaller inputs and fewer repetitions stand behind it.
    """

    machine: Mapping[str, str]
    parts: Mapping[str, Part] = field(default_factory=dict)
    quick: bool = False

    def with_part(self, part: Part, *, whole: bool) -> Run:
        """This run with a part measured anew: all of it, or the works that it has."""
        old = self.parts.get(part.name)
        merged = part if whole or old is None else old.updated(part)
        return replace(self, parts={**self.parts, part.name: merged})


def save(run: Run, path: Path) -> None:
    """Write a run as JSON.

    Parameters
    ----------
    run : Run
    path : Path
        Its folder is made if there is none.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {
        "machine": dict(run.machine),
        "quick": run.quick,
        "parts": [{**_told(part), "rows": [_told(row) for row in part.rows]} for part in run.parts.values()],
    }
    # A row a line: small, and readable in a comparison of two runs.
    text = json.dumps(content, allow_nan=False).replace('{"work"', '\n{"work"')
    path.write_text(text + "\n", encoding="utf-8")


def load(path: Path) -> Run:
    """Read a run that was saved."""
    content = json.loads(path.read_text(encoding="utf-8"))
    parts = [_part(part) for part in content["parts"]]
    return Run(content["machine"], {part.name: part for part in parts}, content["quick"])


def median(values: Sequence[float]) -> float:
    """Middle value; of an even number of them the lower middle, which was really measured."""
    if not values:
        raise ValueError("no values, no median")
    return sorted(values)[(len(values) - 1) // 2]


def _part(content: Mapping[str, Any]) -> Part:
    rows = (Row(**{**row, "samples": tuple(row.get("samples", ()))}) for row in content["rows"])
    return Part(**{**content, "rows": tuple(rows), "remarks": tuple(content.get("remarks", ()))})


def _told(thing: Row | Part) -> dict[str, Any]:
    """The fields that say something: those that differ from their default. Times to the microsecond."""
    said = asdict(thing)
    silent = {each.name for each in fields(thing) if said[each.name] == each.default}
    return {name: _rounded(value) for name, value in said.items() if name not in silent}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    return [_rounded(each) for each in value] if isinstance(value, tuple) else value
