"""convcli echo: a sound and its echoes."""

from typing import Annotated

import typer

from convcli import options
from convcli.options import CONVOLUTION, parse_count

from . import sound_options
from .sound_options import SoundChoices
from .sounds import run

EXAMPLES = (
    "convcli echo samples/guit_harmonics.flac",
    "convcli echo samples/misc_crow.flac --delay 0.25s --gain -6dB --repeats 4",
    "convcli echo samples/perc_snap.flac --tap 120ms:0.6:L --tap 350ms:-0.3:R",
    "convcli echo samples/perc_snap.wav --delay 1/8 --tempo 96 --feedback 0.6",
    "convcli echo samples/misc_crow.flac --feedback 0.6 --ping-pong -o bounce.wav",
)

DelayOpt = Annotated[
    str | None,
    typer.Option(
        "--delay",
        metavar="TIME",
        help="Time until the echo: 300ms, 0.3s, 13230samples, or with --tempo a note: 1/8, dotted 1/8., "
        "triplet 1/8t. A bare number is in ms. Without it 300ms.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
TempoOpt = Annotated[
    str | None,
    typer.Option(
        "--tempo",
        metavar="BPM",
        help="Quarter notes a minute, for delays written as notes.",
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
        metavar="TIME:GAIN[:PAN]",
        help="One echo, e.g. 300ms:0.5, or 300ms:0.5:L, where PAN is L, C, R or -1 to 1 and makes the result "
        "stereo. Repeatable; replaces --delay and --gain.",
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
FeedbackOpt = Annotated[
    str | None,
    typer.Option(
        "--feedback",
        metavar="F",
        help="Echoes without end, each F times as loud as the one before, between -1 and 1. The tail goes to "
        "60 dB below the first, 30 s at most.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
PingPongOpt = Annotated[
    bool,
    typer.Option(
        "--ping-pong",
        metavar="",
        help="Echoes of both channels together, the first on the left, the next on the right, and so on.",
        rich_help_panel=CONVOLUTION,
    ),
]
DryOpt = Annotated[
    str | None,
    typer.Option(
        "--dry",
        metavar="GAIN",
        help="Gain of the sound itself; 0 is echoes only. Without it 1.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]


def echo(
    inputs: options.InputsArg,
    delay: DelayOpt = None,
    tempo: TempoOpt = None,
    gain: GainOpt = None,
    tap: TapOpt = None,
    repeats: RepeatsOpt = None,
    feedback: FeedbackOpt = None,
    ping_pong: PingPongOpt = False,
    dry: DryOpt = None,
    mix: sound_options.MixOpt = None,
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
    """Add an echo to sounds.

    The impulse response has two spikes: the sound itself, and half of it 300 ms later. In samples,
    with every delay rounded to the nearest one:

    y[n] = dry x[n] + gain_1 x[n - delay_1] + gain_2 x[n - delay_2] + ...

    With --feedback F, where w is all that echoes:

    y[n] = dry x[n] + w[n], w[n] = gain x[n - delay] + F w[n - delay]

    Rate, channels, sample format and tags are kept, and the result is longer by the longest delay. PAN
    spreads a mono sound with constant power (3 dB less on each side in the centre), and balances a stereo
    one; what has no PAN is on both sides in full. Sounds of any length are worked on block by block.
    """
    from convcli.audio.arrangement import arrange

    effect = arrange(
        delay=delay,
        gain=gain,
        taps=tap or (),
        repeats=repeats,
        feedback=feedback,
        ping_pong=ping_pong,
        tempo=tempo,
        dry=dry,
        mix=mix,
        tail=tail,
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
    return run("echo", effect, inputs, choices)
