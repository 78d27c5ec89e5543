"""What the commands that work on sounds share: the run over the files, and the report."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from convcli import batch
from convcli.errors import UsageError
from convcli.files import display_name
from convcli.jobs import Job
from convcli.reports import Report

from . import batches
from .sound_options import SoundChoices

if TYPE_CHECKING:
    from convcli.audio.effects import Effect
    from convcli.audio.processing import Outcome


def run(command: str, effect: "Effect", inputs: Sequence[str], choices: SoundChoices) -> int:
    """Apply an effect to every input, and return the exit code."""
    from convcli.audio import formats, processing

    finish = choices.finish()
    jobs = batches.plan(command, inputs, formats.WRITABLE, choices)
    if choices.plot is not None:
        _check_plot(choices.plot, jobs, force=choices.force)

    def do(job: Job, step: batch.Step) -> Report:
        if choices.plot is None or choices.dry_run:
            outcome = processing.process(job, effect, finish, dry_run=choices.dry_run, step=step)
            return _report(command, job, outcome)
        from convcli.audio.plotting import Portrait

        portrait = Portrait()
        outcome = processing.process(job, effect, finish, step=step, show=portrait)
        title = f"convcli {command} {display_name(job.source)}: {outcome.prepared.kernel.name}"
        portrait.save(choices.plot, title=title, force=choices.force)
        report = _report(command, job, outcome)
        return replace(report, notes=(*report.notes, f"plot {choices.plot}"))

    return batches.run(do, jobs, choices)


def _check_plot(target: str, jobs: Sequence[Job], *, force: bool) -> None:
    """Refuse a picture that could not be drawn, before any work."""
    from convcli import figures

    if len(jobs) > 1:
        raise UsageError(
            f"--plot: one picture shows one sound, not {len(jobs)}",
            hint="name one input, or leave --plot away",
        )
    figures.check_target(target, force=force)


def _report(command: str, job: Job, outcome: "Outcome") -> Report:
    """Put what was done to one sound into the words of every command."""
    prepared, taken = outcome.prepared, outcome.candidate
    reach = prepared.kernel.length - 1
    return Report(
        command=command,
        source=job.source,
        target=job.target,
        axes=("time",),
        input_shape=(outcome.frames, outcome.source.channels),
        input_dtype=outcome.source.subtype,
        kernel_name=prepared.kernel.name,
        kernel_shape=(prepared.kernel.length,),
        kernel_sum=prepared.kernel.sum,
        padding_mode="zeros",
        padding=((reach - prepared.ahead, prepared.tail + prepared.ahead),),
        stride=(1,),
        dilation=(1,),
        output_shape=(outcome.frames + prepared.tail, outcome.target.channels),
        output_dtype=outcome.target.subtype,
        method=taken.method,
        seconds=outcome.seconds,
        clipped=outcome.clipped,
        details={
            "sample_rate": outcome.source.rate,
            **prepared.details,
            "peak_dbfs": outcome.peak_dbfs,
            "gain_db": outcome.gain_db,
        },
        notes=outcome.notes(),
        warnings=outcome.warnings(job),
        reason=taken.reason,
        predicted_seconds=taken.predicted_seconds,
        candidates=(taken,),
    )
