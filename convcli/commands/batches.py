"""What the commands that make files share: which input becomes which result, and the run over all of them."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from convcli import batch
from convcli.jobs import Job, plan_jobs
from convcli.reports import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChoices:
    """What is done with the files, whatever they hold.

    Parameters
    ----------
    output, format : str or None
        Where results go, and in which format.
    force, quiet, json, dry_run, explain : bool
        As their options say.
    jobs : int or None
        Threads; None: one a CPU.
    """

    output: str | None
    format: str | None
    force: bool
    quiet: bool
    json: bool
    dry_run: bool
    explain: bool
    jobs: int | None

    @property
    def threads(self) -> int:
        """Threads to use."""
        from convcli.engine.tiles import default_workers

        return self.jobs or default_workers()


def workers(jobs: int | None, inputs: Sequence[str]) -> int:
    """Threads for one input, when as many inputs as there are threads are worked on at a time."""
    from convcli.engine.tiles import default_workers

    return max((jobs or default_workers()) // len(inputs), 1)


def plan(command: str, inputs: Sequence[str], suffixes: Collection[str], choices: FileChoices) -> list[Job]:
    """Pair every input with its output, and check all of them before any work."""
    return plan_jobs(
        inputs,
        choices.output,
        command=command,
        suffixes=suffixes,
        format=choices.format,
        force=choices.force,
        json=choices.json,
        dry_run=choices.dry_run,
    )


def run(work: Callable[[Job, batch.Step], Report], jobs: Sequence[Job], choices: FileChoices) -> int:
    """Do the work for every job, and return the exit code."""
    return batch.run(
        work,
        jobs,
        threads=choices.threads,
        quiet=choices.quiet,
        json=choices.json,
        dry_run=choices.dry_run,
        explain=choices.explain,
    )
