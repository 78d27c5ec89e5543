"""convcli echo: a sound and its echoes."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from convcli import batch
from convcli.jobs import Job
from convcli.options import (
    CONVOLUTION,
    OUTPUT,
    DryRunOpt,
    ExplainOpt,
    ForceOpt,
    FormatOpt,
    InputsArg,
    JobsOpt,
    JsonOpt,
    OutputOpt,
    QuietOpt,
    parse_count,
)
from convcli.reports import Report

from .batches import FileChoices, plan, run

if TYPE_CHECKING:
    from convcli.audio.processing import Outcome

EXAMPLES = (
    "convcli echo samples/guit_harmonics.flac",
    "convcli echo samples/misc_crow.flac --delay 0.25s --gain -6dB --repeats 4",
    "convcli echo samples/perc_snap.flac --tap 120ms:0.6 --tap 350ms:-0.3 -o snap.wav",
)

DelayOpt = Annotated[
    str | None,
    typer.Option(
        "--delay",
        metavar="TIME",
        help="Time until the echo: 300ms, 0.3s or 13230samples; a bare number is in ms. Without it 300ms.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
GainOpt = Annotated[
    str | None,
    typer.Option(
        "--gain",
        metavar="GAIN",
        help="Gain of the echo: a factor such as 0.5 or -0.5, or -6dB. Without it 0.5.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
TapOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--tap",
        metavar="TIME:GAIN",
        help="One echo, e.g. 300ms:0.5. Repeatable; replaces --delay and --gain.",
        rich_help_panel=CONVOLUTION,
    ),
]
RepeatsOpt = Annotated[
    int | None,
    typer.Option(
        "--repeats",
        parser=parse_count,
        metavar="N",
        help="Echoes in all, each --delay later and --gain times as loud as the one before. Without it 1.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
DryOpt = Annotated[
    str,
    typer.Option(
        "--dry",
        metavar="GAIN",
        help="Gain of the sound itself; 0 is echoes only.",
        rich_help_panel=CONVOLUTION,
    ),
]
TailOpt = Annotated[
    str,
    typer.Option(
        "--tail",
        metavar="keep|cut|SECONDS",
        help="How long to go on after the sound ends: until the last echo has ended, not at all, or so long.",
        rich_help_panel=CONVOLUTION,
    ),
]
ClipOpt = Annotated[
    Literal["warn", "error", "normalize"],
    typer.Option(
        "--clip",
        metavar="warn|error|normalize",
        help="When samples leave the range: limit and count them, write nothing, or make all softer.",
        rich_help_panel=OUTPUT,
    ),
]
SubtypeOpt = Annotated[
    str | None,
    typer.Option(
        "--subtype",
        metavar="NAME",
        help="Sample format: PCM_16, PCM_24, FLOAT ...; without it the input's, or the nearest not smaller.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]


def echo(
    inputs: InputsArg,
    delay: DelayOpt = None,
    gain: GainOpt = None,
    tap: TapOpt = None,
    repeats: RepeatsOpt = None,
    dry: DryOpt = "1",
    tail: TailOpt = "keep",
    clip: ClipOpt = "warn",
    subtype: SubtypeOpt = None,
    output: OutputOpt = None,
    format: FormatOpt = None,
    force: ForceOpt = False,
    dry_run: DryRunOpt = False,
    explain: ExplainOpt = False,
    quiet: QuietOpt = False,
    json: JsonOpt = False,
    jobs: JobsOpt = None,
) -> int:
    """Add an echo to sounds.

    The impulse response has two spikes: the sound itself, and half of it 300 ms later. In samples,
    with every delay rounded to the nearest one:

    y[n] = dry x[n] + gain_1 x[n - delay_1] + gain_2 x[n - delay_2] + ...

    Rate, channels, sample format and tags are kept, and the result is longer by the longest delay.
    Sounds of any length are worked on block by block.
    """
    from convcli.audio import formats, processing
    from convcli.audio.arrangement import arrange

    effect = arrange(delay=delay, gain=gain, taps=tap or (), repeats=repeats, dry=dry, tail=tail)
    finish = processing.Finish(clip=clip, subtype=subtype)
    choices = FileChoices(
        output=output,
        format=format,
        force=force,
        quiet=quiet,
        json=json,
        dry_run=dry_run,
        explain=explain,
        jobs=jobs,
    )

    def work(job: Job, step: batch.Step) -> Report:
        return _report(job, processing.process(job, effect, finish, dry_run=dry_run, step=step))

    return run(work, plan("echo", inputs, formats.WRITABLE, choices), choices)


def _report(job: Job, outcome: "Outcome") -> Report:
    prepared, taken = outcome.prepared, outcome.candidate
    return Report(
        command="echo",
        source=job.source,
        target=job.target,
        axes=("time",),
        input_shape=(outcome.frames, outcome.source.channels),
        input_dtype=outcome.source.subtype,
        kernel_name=prepared.kernel.name,
        kernel_shape=(prepared.kernel.length,),
        kernel_sum=prepared.kernel.sum,
        padding_mode="zeros",
        padding=((prepared.kernel.length - 1, prepared.tail),),
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
