"""Run one command over its jobs: report each, go on after a failure, count the failures."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from . import console
from .errors import ConvError, internal_error
from .files import STREAM, display_name, reason, remove_temporaries
from .jobs import Job
from .reports import CANDIDATE_COLUMNS, COLUMNS, Report

# Called now and then by the work on one job: how much of it is done, and how much there is (None: unknown).
# Raises KeyboardInterrupt once the user has interrupted.
Step = Callable[[float, float | None], None]


def run(
    work: Callable[[Job, Step], Report],
    jobs: Sequence[Job],
    *,
    threads: int = 1,
    quiet: bool = False,
    json: bool = False,
    dry_run: bool = False,
    explain: bool = False,
) -> int:
    """Do `work` for every job and tell the results, in the order of the jobs.

    Parameters
    ----------
    work : callable
        Reads, computes and writes one job (or only plans it, in a dry run) and returns its report. It gets
        the job and a `Step`, and is called from several threads when there are several jobs.
    jobs : sequence of Job
        Already checked.
    threads : int
        Jobs at a time.
    quiet : bool
        No reports, no progress; warnings, errors and the paths of the results remain.
    json : bool
        One JSON object a job on standard output, in place of report and path.
    dry_run : bool
        The plan is the data: it goes to standard output.
    explain : bool
        Add why the method was chosen, and what every method would cost.

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
    description = display_name(jobs[0].source) if len(jobs) == 1 else f"{len(jobs)} files"
    with console.progress(description, len(jobs), quiet=quiet) as update:
        for result in _results(work, jobs, threads, update):
            if isinstance(result, Report):
                _tell(result, quiet=quiet, json=json, dry_run=dry_run, explain=explain)
            elif len(jobs) == 1:
                raise result
            else:
                console.error(result)
                failures += 1
    if failures:
        console.note(f"convcli: {failures} of {len(jobs)} inputs failed")
    return 1 if failures else 0


def _results(
    work: Callable[[Job, Step], Report],
    jobs: Sequence[Job],
    threads: int,
    update: Callable[[float], None],
) -> Iterator[Report | ConvError]:
    """Reports and failures in the order of the jobs, each as soon as it is there."""
    stopped = threading.Event()
    done = [0.0] * len(jobs)

    def attempt(index: int) -> Report | ConvError:
        def step(amount: float, total: float | None) -> None:
            if stopped.is_set():
                raise KeyboardInterrupt
            done[index] = min(amount / total, 1.0) if total else 0.0
            update(sum(done))

        result = _attempt(work, jobs[index], step)
        step(1.0, 1.0)
        return result

    if min(threads, len(jobs)) == 1:
        # In the main thread, where an interrupt stops the work at once.
        yield from map(attempt, range(len(jobs)))
        return
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(min(threads, len(jobs)))
    try:
        yield from pool.map(attempt, range(len(jobs)))
    finally:
        stopped.set()
        with _leaving_at_once():
            pool.shutdown(cancel_futures=True)


@contextmanager
def _leaving_at_once() -> Iterator[None]:
    """Let a second signal end the process, while jobs under way come to notice the first.

    An encoder, say, takes no notice for seconds. Temporary files are removed here, since the threads that own
    them do not get to it.
    """

    def leave(number: int, _frame: object) -> None:
        remove_temporaries()
        os._exit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _attempt(work: Callable[[Job, Step], Report], job: Job, step: Step) -> Report | ConvError:
    """Do one job; whatever goes wrong with it costs the others nothing."""
    try:
        return work(job, step)
    except ConvError as problem:
        return problem
    except MemoryError:
        return ConvError(f"{display_name(job.source)}: not enough memory")
    except BrokenPipeError:
        raise
    except OSError as error:
        return ConvError(f"{display_name(error.filename or job.source)}: {reason(error)}")
    except Exception as error:
        return internal_error(error)


def _tell(report: Report, *, quiet: bool, json: bool, dry_run: bool, explain: bool) -> None:
    for text in report.warnings:
        console.warn(text)
    if report.preview:
        names = display_name(report.source), display_name(report.target, output=True)
        console.preview(names, report.preview)
    if json:
        console.emit(report.as_json(explain=explain))
        return
    if dry_run or not quiet:
        for text in report.notes:
            console.note(text)
        _print_table(report, err=not dry_run, explain=explain)
    if not dry_run and report.target != STREAM:
        console.path(report.target)


def _print_table(report: Report, *, err: bool, explain: bool) -> None:
    caption = report.caption()
    if explain:
        caption += f"\nwhy {report.method}: {report.reason}"
        if report.predicted_seconds is not None:
            caption += f"; predicted {report.predicted_seconds:.3g} s"
    console.table(
        COLUMNS, report.rows(), title=report.title(), caption=caption, align="l", styles=("name",), err=err
    )
    if explain and report.candidates:
        console.table(
            CANDIDATE_COLUMNS,
            report.candidate_rows(),
            caption="* taken" if report.seconds is None else "* taken; measured on this input",
            align="llrrl",
            styles=("name",),
            err=err,
        )
