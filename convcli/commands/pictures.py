"""What the commands that filter pictures share: the setting, the run over the files, the report."""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from convcli import batch, console
from convcli.jobs import Job
from convcli.options import Padding, Sizes
from convcli.reports import Report

from . import batches
from .picture_options import PictureChoices

if TYPE_CHECKING:
    from convcli.images import Filter, Outcome, Picture, Setting
    from convcli.images.like import Command
    from convcli.kernels import Tool


def setting(
    command: "Command",
    *,
    like: "Tool | None",
    padding: Padding,
    padding_mode: str | None,
    stride: Sizes,
    dilation: Sizes,
    method: str,
    correlate: bool = False,
    workers: int,
) -> "Setting":
    """Put the options of a convolution into the words of the pictures' room: two axes, height first."""
    from convcli.images import like as tools

    return tools.setting(
        like,
        command,
        boundary=padding_mode,
        correlate=correlate or None,
        mode=padding.for_engine(2, option="--padding"),
        stride=stride.per_axis(2, option="--stride"),
        dilation=dilation.per_axis(2, option="--dilation"),
        method=method,
        workers=workers,
    )


def run(command: str, work: "Filter", inputs: Sequence[str], choices: PictureChoices) -> int:
    """Filter every input, and return the exit code."""
    from convcli import images
    from convcli.images.thumbnails import thumbnail

    saving = images.Saving(
        quality=choices.quality,
        compress_level=choices.compress_level,
        workers=batches.workers(choices.jobs, inputs),
    )
    jobs = batches.plan(command, inputs, images.BY_SUFFIX, choices)
    width, height = console.preview_room()

    def do(job: Job, step: batch.Step) -> Report:
        shown: list[list[list[list[int]]]] = []

        def show(*pictures: "Picture") -> None:
            shown.extend(thumbnail(each, width=width, height=height).tolist() for each in pictures)

        outcome = images.process(
            job,
            work,
            saving,
            dry_run=choices.dry_run,
            explain=choices.explain,
            max_pixels=choices.max_pixels,
            step=step,
            show=show if choices.preview else None,
        )
        return _report(command, job, work, outcome, preview=tuple(shown))

    # Pillow warns of broken metadata and of sizes that are allowed here. Warning filters belong to the whole
    # process, so they are set before any thread starts.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        return batches.run(do, jobs, choices)


def _report(
    command: str, job: Job, work: "Filter", outcome: "Outcome", *, preview: tuple[list[list[list[int]]], ...]
) -> Report:
    """Put what was done to one picture into the words of every command."""
    plan, source, target = outcome.plan, outcome.source, outcome.target
    several = "pages" if source.format == "TIFF" else "frames"
    axes = slice(1, None) if source.line else slice(None)  # a line of numbers has no height
    return Report(
        command=command,
        source=job.source,
        target=job.target,
        axes=("length",) if source.line else ("height", "width"),
        input_shape=source.shape[axes],
        input_dtype=str(source.dtype),
        kernel_name=work.kernel.name,
        kernel_shape=tuple(geometry.taps for geometry in plan.geometry)[axes],
        kernel_sum=work.kernel.sum,
        padding_mode=str(plan.boundary),
        padding=plan.padding[axes],
        stride=plan.stride[axes],
        dilation=plan.dilation[axes],
        output_shape=target.shape[axes],
        output_dtype=str(target.dtype),
        method=plan.method,
        seconds=outcome.seconds,
        clipped=outcome.clipped,
        pictures=f"{source.frames} {several}" if source.frames > 1 else "",
        preview=preview,
        details={"channels": list(target.channels), "frames": source.frames},
        notes=outcome.notes,
        warnings=outcome.warnings,
        reason=plan.reason,
        predicted_seconds=plan.predicted_seconds,
        candidates=plan.candidates,
    )
