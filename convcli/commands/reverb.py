"""convcli reverb: a sound in a room of which there is a recording."""

from typing import Annotated, Literal

import typer

from convcli import options
from convcli.errors import UsageError
from convcli.files import STREAM
from convcli.options import CONVOLUTION

from . import sound_options
from .batches import workers
from .sound_options import SoundChoices
from .sounds import run

EXAMPLES = (
    "convcli reverb samples/guit_harmonics.flac --ir samples/perc_snap.wav",
    "convcli reverb samples/misc_crow.flac --ir samples/perc_snap.wav --mix 30%",
    "convcli reverb samples/misc_crow.flac --ir samples/perc_snap.wav -o c.wav",
)

ResponseOpt = Annotated[
    str,
    typer.Option(
        "--ir",
        metavar="FILE",
        help="The impulse response: any sound, or - for standard input.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
WetOpt = Annotated[
    str | None,
    typer.Option(
        "--wet",
        metavar="GAIN",
        help="Gain of the convolved sound: a factor, or -6dB. Without it 1.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
DryOpt = Annotated[
    str | None,
    typer.Option(
        "--dry",
        metavar="GAIN",
        help="Gain of the sound itself. Without it 0.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
NormOpt = Annotated[
    Literal["none", "peak", "l1", "energy"],
    typer.Option(
        "--ir-norm",
        metavar="none|peak|l1|energy",
        help="Level of the response: as recorded; its peak is 1; nothing can clip; noise keeps its level. "
        "All its channels alike.",
        rich_help_panel=CONVOLUTION,
    ),
]
TrimOpt = Annotated[
    str | None,
    typer.Option(
        "--ir-trim",
        metavar="DB",
        help="Cut off what is softer at both ends of the response, e.g. -60 dB below its peak.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
FadeOpt = Annotated[
    str | None,
    typer.Option(
        "--ir-fade",
        metavar="TIME",
        help="Fade the end of the response out, e.g. for 50ms.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
ReverseOpt = Annotated[
    bool,
    typer.Option("--ir-reverse", metavar="", help="Turn the response round.", rich_help_panel=CONVOLUTION),
]
LayoutOpt = Annotated[
    Literal["auto", "mono", "stereo", "channels", "true-stereo"],
    typer.Option(
        "--ir-layout",
        metavar="auto|mono|stereo|channels|true-stereo",
        help="What the channels of the response are: one for all (their mean), left and right, one for "
        "each of the sound, or left to left, left to right, right to left, right to right.",
        rich_help_panel=CONVOLUTION,
    ),
]
PreDelayOpt = Annotated[
    str | None,
    typer.Option(
        "--pre-delay",
        metavar="TIME",
        help="Let the room answer later, e.g. by 20ms; the sound itself stays in its place.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]


def reverb(
    inputs: options.InputsArg,
    ir: ResponseOpt,
    wet: WetOpt = None,
    dry: DryOpt = None,
    mix: sound_options.MixOpt = None,
    pre_delay: PreDelayOpt = None,
    ir_norm: NormOpt = "none",
    ir_trim: TrimOpt = None,
    ir_fade: FadeOpt = None,
    ir_reverse: ReverseOpt = False,
    ir_layout: LayoutOpt = "auto",
    tail: sound_options.TailOpt = "keep",
    normalize: sound_options.LevelOpt = "off",
    clip: sound_options.ClipOpt = "warn",
    dither: sound_options.DitherOpt = None,
    seed: sound_options.SeedOpt = 0,
    subtype: sound_options.SubtypeOpt = None,
    plot: sound_options.PlotOpt = None,
    output: options.OutputOpt = None,
    format: options.FormatOpt = None,
    force: options.ForceOpt = False,
    dry_run: options.DryRunOpt = False,
    explain: options.ExplainOpt = False,
    quiet: options.QuietOpt = False,
    json: options.JsonOpt = False,
    jobs: options.JobsOpt = None,
) -> int:
    """Put sounds into a room: convolve them with its impulse response.

    y = dry x + wet (h * x), where the sound and its room begin together

    The response h is a recording of what a room makes of a click. It is trimmed, faded, turned round,
    brought to the rate of the sound with its gain kept, laid out between the channels, brought to its
    level and delayed, in this order. One channel serves all channels of the sound; as many as the sound
    has serve one each; two make a mono sound stereo; four are true stereo. The report names the worst
    case: how much louder than the sound the result can be. The tail is kept.
    """
    from convcli.audio import responses, rooms

    if ir == STREAM and STREAM in inputs:
        raise UsageError(
            "'-': standard input is the sound or the response, not both", hint="name one of them"
        )
    effect = rooms.arrange(
        responses.read(ir),
        wet=wet,
        dry=dry,
        mix=mix,
        norm=ir_norm,
        layout=ir_layout,
        trim=ir_trim,
        fade=ir_fade,
        reverse=ir_reverse,
        pre_delay=pre_delay,
        tail=tail,
        workers=workers(jobs, inputs),
    )
    choices = SoundChoices(
        normalize=sound_options.parse_level(normalize),
        clip=clip,
        dither=dither,
        seed=seed,
        subtype=subtype,
        plot=plot,
        output=output,
        format=format,
        force=force,
        quiet=quiet,
        json=json,
        dry_run=dry_run,
        explain=explain,
        jobs=jobs,
    )
    return run("reverb", effect, inputs, choices)
