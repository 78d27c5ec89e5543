"""The report: a page of prose around the tables of a run."""

from __future__ import annotations

from pathlib import Path
from string import Template

from . import choices, layers, pictures, plots, processes, scaling, sounds, sums, tables
from .results import Part, Run
from .works import GOALS, SOUND_MEMORY

# What a reader finds in place of a part that was not measured.
_NOT_MEASURED = "Not measured in this run."

_TEMPLATE = Path(__file__).with_name("template.md")


def write(run: Run, folder: Path) -> Path:
    """Write ``performance.md`` into a folder, with its plots in ``performance/``.

    Parameters
    ----------
    run : Run
    folder : Path
        Made if it is not there.

    Returns
    -------
    Path
        Of the page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    images = _drawn(run, folder)
    page = folder / "performance.md"
    page.write_text(render(run, images), encoding="utf-8")
    return page


def render(run: Run, images: str = "") -> str:
    """The page as Markdown.

    Parameters
    ----------
    run : Run
    images : str
        Markdown of the plots.
    """
    goals = {} if run.quick else GOALS  # they were set for the full size
    values = {
        "machine": tables.machine(run.machine),
        "threads": run.machine.get("threads", "?"),
        "warning": _QUICK if run.quick else "",
        pictures.NAME: _pictures(run.parts.get(pictures.NAME), goals),
        sounds.NAME: _sounds(run.parts.get(sounds.NAME), goals),
        processes.NAME: _processes(run.parts.get(processes.NAME), goals),
        sums.NAME: _sums(run.parts.get(sums.NAME)),
        layers.NAME: _layers(run.parts.get(layers.NAME), goals),
        scaling.NAME: _scaling(run.parts.get(scaling.NAME), images),
        choices.NAME: _choices(run.parts.get(choices.NAME)),
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(values)


_QUICK = """
> These figures are from a quick run on small inputs. They show that everything works, not how fast it is.
"""


def _drawn(run: Run, folder: Path) -> str:
    part = run.parts.get(scaling.NAME)
    if part is None:
        return ""
    paths = plots.draw(scaling.curves(part), folder / "performance")
    lines = [
        f"![Time of each library against the size of the kernel: {family}](performance/{path.name})"
        for family, path in paths.items()
    ]
    return "\n\n".join(lines)


def _pictures(part: Part | None, goals: tables.Goals) -> str:
    if part is None:
        return _NOT_MEASURED
    return _joined(
        part,
        "Milliseconds, smaller is better; `~` was measured on a part of the picture and scaled:",
        tables.times(part),
        "The time of convcli over that of each peer, and what it aims at:",
        tables.ratios(part, goals),
        "How far the results are from the true ones:",
        tables.errors(part),
        "What was called:",
        tables.calls(part),
    )


def _sounds(part: Part | None, goals: tables.Goals) -> str:
    if part is None:
        return _NOT_MEASURED
    return _joined(
        part,
        "Milliseconds:",
        tables.times(part),
        "The time of convcli over that of each peer, and what it aims at:",
        tables.ratios(part, goals),
        "Largest error, below the peak:",
        tables.errors(part),
        "Memory beyond input and output, in MiB:",
        tables.memories(part, SOUND_MEMORY),
    )


def _processes(part: Part | None, goals: tables.Goals) -> str:
    if part is None:
        return _NOT_MEASURED
    return _joined(
        part,
        "Milliseconds:",
        tables.times(part),
        "The time of convcli over that of each peer, and what it aims at:",
        tables.ratios(part, goals),
        "How far the results are from the true ones:",
        tables.errors(part),
        "Peak memory, in MiB:",
        tables.memories(part),
    )


def _sums(part: Part | None) -> str:
    if part is None:
        return _NOT_MEASURED
    return _joined(
        part,
        "Milliseconds:",
        tables.times(part),
        "The time of convcli over that of each peer:",
        tables.ratios(part, {}),
        "Every count compared with that of convcli:",
        tables.errors(part),
    )


def _layers(part: Part | None, goals: tables.Goals) -> str:
    if part is None:
        return _NOT_MEASURED
    return _joined(
        part,
        "Milliseconds:",
        tables.times(part),
        "The time of convcli over that of each peer, and what it aims at:",
        tables.ratios(part, goals),
        "Largest error, as a part of the largest number of the result in double precision:",
        tables.errors(part),
        "Memory beyond input and output, in MiB:",
        tables.memories(part),
    )


def _scaling(part: Part | None, images: str) -> str:
    if part is None:
        return _NOT_MEASURED
    return _joined(part, images, "The same in milliseconds:", tables.times(part))


def _choices(part: Part | None) -> str:
    if part is None:
        return _NOT_MEASURED
    return _joined(part, tables.choice_summary(part), "The worst cases:", tables.chosen(part))


def _joined(part: Part, *pieces: str) -> str:
    """Subject and date, the pieces, and what was left out."""
    head = f"{part.subject[:1].upper()}{part.subject[1:]}. Measured {part.date}."
    remarks = "\n".join(f"- {line}" for line in part.remarks)
    return "\n\n".join(piece for piece in (head, *pieces, remarks) if piece)
