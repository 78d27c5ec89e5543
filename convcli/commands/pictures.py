"""What the commands that filter pictures share: options for saving, the run over the files, the report."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from convcli import batch
from convcli.jobs import Job, plan_jobs
from convcli.options import OUTPUT, Padding, Sizes
from convcli.reports import Report

if TYPE_CHECKING:
    from convcli.images import Filter, Outcome, Setting

QualityOpt = Annotated[
    int | None,
    typer.Option(
        "--quality",
        metavar="1-100",
        help="Of JPEG and WebP. Without it: JPEG 95; WebP without loss, unless the input had lost already.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
CompressLevelOpt = Annotated[
    int | None,
    typer.Option(
        "--compress-level",
        metavar="0-9",
        help="Effort of PNG; without it 4, which is close to the smallest in half the time.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]


def setting(
    *, padding: Padding, padding_mode: str, stride: Sizes, dilation: Sizes, method: str, workers: int
) -> "Setting":
    """Put the options of a convolution into the words of the pictures' room: two axes, height first."""
    from convcli.images import Setting

    return Setting(
        mode=padding.for_engine(2, option="--padding"),
        boundary=padding_mode,
        stride=stride.per_axis(2, option="--stride"),
        dilation=dilation.per_axis(2, option="--dilation"),
        method=method,
        workers=workers,
    )


def workers(jobs: int | None, inputs: Sequence[str]) -> int:
    """Threads for one picture, when as many pictures as there are threads are worked on at a time."""
    from convcli.engine.tiles import default_workers

    return max((jobs or default_workers()) // len(inputs), 1)


def run(
    command: str,
    work: "Filter",
    inputs: Sequence[str],
    output: str | None,
    *,
    format: str | None,
    quality: int | None,
    compress_level: int | None,
    force: bool,
    quiet: bool,
    json: bool,
    dry_run: bool,
    explain: bool,
    jobs: int | None,
) -> int:
    """Filter every input, and return the exit code."""
    from convcli import images
    from convcli.engine.tiles import default_workers

    saving = images.Saving(quality=quality, compress_level=compress_level)
    planned = plan_jobs(
        inputs,
        output,
        command=command,
        suffixes=images.BY_SUFFIX,
        format=format,
        force=force,
        json=json,
        dry_run=dry_run,
    )

    def do(job: Job, step: batch.Step) -> Report:
        outcome = images.process(job, work, saving, dry_run=dry_run, explain=explain, step=step)
        return _report(command, job, work, outcome)

    # Pillow warns of broken metadata and of sizes that are allowed here. Warning filters belong to the whole
    # process, so they are set before any thread starts.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        return batch.run(
            do,
            planned,
            threads=jobs or default_workers(),
            quiet=quiet,
            json=json,
            dry_run=dry_run,
            explain=explain,
        )


def _report(command: str, job: Job, work: "Filter", outcome: "Outcome") -> Report:
    """Put what was done to one picture into the words of every command."""
    plan, kernel = outcome.plan, work.kernel
    return Report(
        command=command,
        source=job.source,
        target=job.target,
        axes=("height", "width"),
        input_shape=outcome.source.shape,
        input_dtype=str(outcome.source.dtype),
        kernel_name=kernel.name,
        kernel_shape=kernel.plane.shape,
        kernel_sum=kernel.sum,
        padding_mode=str(plan.boundary),
        padding=plan.padding,
        stride=plan.stride,
        dilation=plan.dilation,
        output_shape=outcome.target.shape,
        output_dtype=str(outcome.target.dtype),
        method=plan.method,
        seconds=outcome.seconds,
        clipped=outcome.clipped,
        notes=outcome.notes,
        warnings=outcome.warnings,
        reason=plan.reason,
        predicted_seconds=plan.predicted_seconds,
        candidates=plan.candidates,
    )
