"""Measure, and write the report: ``python -m benchmarks [PART...]``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from .results import Run, load, save
from .settings import Settings

PARTS = ("pictures", "scaling", "sounds", "processes", "sums", "layers", "choices")

# Those at whose full size the goals are set.
GUIDED = ("pictures", "sounds", "processes", "layers")

ROOT = Path(__file__).resolve().parent.parent


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(
        prog="benchmarks/run", description="Measure convcli beside its peers, and write a report."
    )
    found.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; default: all")
    found.add_argument("--quick", action="store_true", help="small inputs, two rounds")
    found.add_argument("--only", default="", metavar="TEXT", help="works whose name contains TEXT")
    found.add_argument("--repeats", type=_positive, metavar="N", help="rounds of timing; default: 7, quick 2")
    found.add_argument("--threads", type=_positive, default=2, metavar="N", help="for every tool; default: 2")
    found.add_argument(
        "--output", type=Path, metavar="FOLDER", help="default: docs, with --quick benchmarks/quick"
    )
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Run the parts that were asked for; each is saved as soon as it is done."""
    asked = parser().parse_args(argv)
    unknown = sorted(set(asked.parts) - set(PARTS))
    if unknown:
        parser().error(f"no such part: {', '.join(unknown)}; choose from {', '.join(PARTS)}")
    # Read when libvips starts, so before anything imports it.
    os.environ["VIPS_CONCURRENCY"] = str(asked.threads)
    settings = Settings(
        quick=asked.quick,
        repeats=asked.repeats or (2 if asked.quick else 7),
        threads=asked.threads,
        only=asked.only,
        tell=lambda line: print(line, file=sys.stderr, flush=True),
    )
    folder = asked.output or ROOT / ("benchmarks/quick" if asked.quick else "docs")
    run_parts(asked.parts or PARTS, settings, folder)
    return 0


def run_parts(parts: Sequence[str], settings: Settings, folder: Path) -> Run:
    """Measure parts, merge them into what the folder holds, and write page, plots and JSON there.

    Parameters
    ----------
    parts : sequence of str
    settings : Settings
    folder : Path
    """
    from . import machine, report, tables
    from .works import GOALS

    path = folder / "performance.json"
    described = machine.describe(settings.threads)
    old = load(path) if path.exists() else None
    # What another machine, other versions or smaller inputs gave does not stand on one page with this.
    run = Run(described, {}, settings.quick)
    if old is not None and (old.machine, old.quick) == (run.machine, run.quick):
        run = old
    for name in parts:
        part = import_module(f"{__package__}.{name}").measure(settings)
        if not part.rows:
            continue
        run = run.with_part(part, whole=not settings.only)
        save(run, path)
        for line in tables.missed(part, GOALS) if part.name in GUIDED and not run.quick else ():
            print(f"over the goal: {line}")
    print(report.write(run, folder))
    return run


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is below 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
