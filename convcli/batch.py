"""Run one command over its jobs: report each, go on after a failure, count the failures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from . import console
from .errors import ConvError
from .files import STREAM, Job, display_name
from .reports import COLUMNS, Report


def run(
    work: Callable[[Job], Report],
    jobs: Sequence[Job],
    *,
    quiet: bool = False,
    json: bool = False,
    dry_run: bool = False,
    explain: bool = False,
) -> int:
    """Do `work` for every job and tell the result.

    Parameters
    ----------
    work : callable
        Reads, computes and writes one job (or only plans it, in a dry run) and returns its report.
    jobs : sequence of Job
        Already checked.
    quiet : bool
        No reports, no progress; warnings, errors and the paths of the results remain.
    json : bool
        One JSON object a job on standard output, in place of report and path.
    dry_run : bool
        The plan is the data: it goes to standard output.
    explain : bool
        Add why the method was chosen and its predicted cost.

    Returns
    -------
    int
        Exit code: 0, or 1 if any of several jobs failed.

    Raises
    ------
    ConvError
        The only job failed.
    """
    failures = 0
    with console.progress("files", len(jobs), quiet=quiet or len(jobs) == 1) as advance:
        for job in jobs:
            try:
                report = _guarded(work, job)
            except ConvError as problem:
                if len(jobs) == 1:
                    raise
                console.error(problem)
                failures += 1
            else:
                _tell(report, quiet=quiet, json=json, dry_run=dry_run, explain=explain)
            advance(1)
    if failures:
        console.note(f"convcli: {failures} of {len(jobs)} inputs failed")
    return 1 if failures else 0


def _guarded(work: Callable[[Job], Report], job: Job) -> Report:
    try:
        return work(job)
    except MemoryError:
        raise ConvError(f"{display_name(job.source)}: not enough memory") from None


def _tell(report: Report, *, quiet: bool, json: bool, dry_run: bool, explain: bool) -> None:
    for text in report.warnings:
        console.warn(text)
    if json:
        console.emit(report.as_json(explain=explain))
        return
    if dry_run or not quiet:
        for text in report.notes:
            console.note(text)
        _print_table(report, err=not dry_run, explain=explain)
    if not dry_run and report.target != STREAM:
        console.line(report.target)


def _print_table(report: Report, *, err: bool, explain: bool) -> None:
    caption = report.caption()
    if explain:
        caption += f"\nwhy {report.method}: {report.reason}"
        if report.predicted_seconds is not None:
            caption += f"; predicted {report.predicted_seconds:.3g} s"
    console.table(
        COLUMNS, report.rows(), title=report.title(), caption=caption, align="l", styles=("name",), err=err
    )
