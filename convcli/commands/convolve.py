"""convcli convolve: pictures, sounds and tables of numbers with any kernel."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from convcli import options
from convcli.arithmetic.normalization import Normalization
from convcli.errors import UsageError
from convcli.options import CONVOLUTION, ONE, SAME, Padding, parse_padding

from . import media, picture_options, pictures, sound_options, sounds
from .batches import FileChoices, workers
from .kernel_texts import read_kernel, read_kernel_of_sounds
from .picture_options import PictureChoices
from .sound_options import SoundChoices

if TYPE_CHECKING:
    from convcli.audio.convolving import Convolve
    from convcli.images import Share

EXAMPLES = (
    "convcli convolve samples/chelsea.png -k sharpen",
    "convcli convolve samples/coffee.png -k unsharp:2,0.8 -o crisp.png",
    "convcli convolve samples/coffee.png --kernel=-1,0,1 --bias 50% -o slope.png",
    "convcli convolve samples/misc_crow.flac -k samples/perc_snap.wav -o c.wav",
    "echo 1,2,3,4 | convcli convolve - -k 1,2,3 -p full --padding-mode zeros",
)

KernelOpt = Annotated[
    str,
    typer.Option(
        "--kernel",
        "-k",
        metavar="KERNEL",
        help="A name with its arguments ('convcli kernels' lists them), numbers such as 1,2,1 or "
        "1,0,-1;2,0,-2;1,0,-1, a file of numbers (.csv .txt .npy .json), a picture, whose sum becomes 1, or "
        "for sounds a sound: an impulse response.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
NormalizeOpt = Annotated[
    list[str] | None,
    typer.Option(
        "--normalize",
        metavar="HOW|DB",
        help="Divide the kernel by the sum of its weights, of their absolute values (abs), or of the "
        "positive; without it none, and sum for a picture. For sounds also a level, e.g. -1: the peak of the "
        "result in decibels; twice for both.",
        rich_help_panel=CONVOLUTION,
    ),
]
CorrelateOpt = Annotated[
    bool,
    typer.Option(
        "--correlate",
        metavar="",
        help="Lay the kernel on the picture or the sound as it is written, not turned round.",
        rich_help_panel=CONVOLUTION,
    ),
]
BiasOpt = Annotated[
    str | None,
    typer.Option(
        "--bias",
        metavar="B|P%",
        help="Add this to the result, in the units of the samples, or as a part of their range.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
PaddingOpt = Annotated[
    Padding | None,
    typer.Option(
        "--padding",
        "-p",
        parser=parse_padding,
        metavar="same|valid|full|N|PxQ",
        help="How far the kernel reaches over the border; same keeps the size. Without it same, and full for "
        "sounds.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]

# What streams of sound call the methods of --method.
_METHODS = {"auto": "auto", "taps": "taps", "fft": "overlap-save"}


def convolve(
    inputs: options.InputsArg,
    kernel: KernelOpt,
    normalize: NormalizeOpt = None,
    correlate: CorrelateOpt = False,
    bias: BiasOpt = None,
    channels: picture_options.ChannelsOpt = None,
    linear: picture_options.LinearOpt = False,
    nan: picture_options.NanOpt = "propagate",
    like: picture_options.LikeOpt = None,
    padding: PaddingOpt = None,
    padding_mode: picture_options.PaddingModeOpt = None,
    stride: options.StrideOpt = ONE,
    dilation: options.DilationOpt = ONE,
    method: options.MethodOpt = "auto",
    output: options.OutputOpt = None,
    format: options.FormatOpt = None,
    quality: picture_options.QualityOpt = None,
    compress_level: picture_options.CompressLevelOpt = None,
    clip: sound_options.ClipOpt = "warn",
    dither: sound_options.DitherOpt = None,
    seed: sound_options.SeedOpt = 0,
    subtype: sound_options.SubtypeOpt = None,
    plot: sound_options.PlotOpt = None,
    preview: picture_options.PreviewOpt = False,
    force: options.ForceOpt = False,
    quiet: options.QuietOpt = False,
    json: options.JsonOpt = False,
    dry_run: options.DryRunOpt = False,
    explain: options.ExplainOpt = False,
    jobs: options.JobsOpt = None,
    max_pixels: picture_options.MaxPixelsOpt = None,
) -> int:
    """Convolve pictures, sounds and tables of numbers with any kernel.

    The kernel is turned round and slid over the picture; every pixel becomes the sum of its neighbours
    times the weights they lie under. Results beyond the range of the samples are clipped and counted;
    real numbers never are. Whole numbers of a table stay whole if the weights are. What is transparent
    lends its neighbours no colour. Put = before numbers that begin with a minus: --kernel=-1,0,1.

    A sound is slid over in time as a picture is in space, with zeros around it, y[n] = w[0] x[n] +
    w[1] x[n - 1] + ..., and its result is longer by the kernel unless --padding says otherwise.

    For pictures alone are --bias --channels --linear --nan --like --padding-mode --stride --dilation
    --quality --compress-level --preview --max-pixels; for sounds alone --clip --dither --seed --subtype
    --plot, and --normalize DB.
    """
    medium = media.medium(inputs, kernel=kernel)
    by, level = _normalizations(normalize or ())
    files = FileChoices(
        output=output,
        format=format,
        force=force,
        quiet=quiet,
        json=json,
        dry_run=dry_run,
        explain=explain,
        jobs=jobs,
    )
    for_pictures = {
        "--bias": bias is not None,
        "--channels": channels is not None,
        "--linear": linear,
        "--nan": nan != "propagate",
        "--like": like is not None,
        "--padding-mode": padding_mode not in (None, "zeros"),
        "--stride": stride != ONE,
        "--dilation": dilation != ONE,
        f"--method {method}": method not in _METHODS,
        "--quality": quality is not None,
        "--compress-level": compress_level is not None,
        "--preview": preview,
        "--max-pixels": max_pixels is not None,
    }
    for_sounds = {
        f"--normalize {level}": level is not None,
        "--clip": clip != "warn",
        "--dither": dither is not None,
        "--seed": seed != 0,
        "--subtype": subtype is not None,
        "--plot": plot is not None,
    }
    if medium == "sound":
        media.refuse(for_pictures, medium=medium)
        sound_choices = SoundChoices(
            **asdict(files),
            normalize=None if level is None else sound_options.parse_level(level),
            clip=clip,
            dither=dither,
            seed=seed,
            subtype=subtype,
            plot=plot,
        )
        effect = _effect(kernel, by or "none", correlate, padding, method, workers(jobs, inputs))
        return sounds.run("convolve", effect, inputs, sound_choices)
    media.refuse(for_sounds, medium=medium)
    from convcli import images
    from convcli.images import like as tools

    how = pictures.setting(
        "convolve",
        like=like,
        padding=padding or SAME,
        padding_mode=padding_mode,
        stride=stride,
        dilation=dilation,
        method=method,
        correlate=correlate,
        workers=workers(jobs, inputs),
    )
    work = images.Convolve(
        tools.kernel(like, read_kernel(kernel, by)),
        how,
        bias=_bias(bias or "0"),
        channels=channels,
        linear=linear,
        nan=nan,
        ring=tools.keeps_border(like, padding_mode),
    )
    picture_choices = PictureChoices(
        **asdict(files),
        quality=quality,
        compress_level=compress_level,
        max_pixels=max_pixels,
        preview=preview,
    )
    return pictures.run("convolve", work, inputs, picture_choices)


def _normalizations(texts: Sequence[str]) -> tuple[Normalization | None, str | None]:
    """Tell what the kernel is divided by from the level of the result; each may be given once."""
    words = [text for text in texts if text in get_args(Normalization)]
    levels = [text for text in texts if text not in words]
    for several in (words, levels):
        if len(several) > 1:
            raise UsageError(
                f"--normalize {several[0]} contradicts --normalize {several[1]}", hint="give one of the two"
            )
    return (cast(Normalization, words[0]) if words else None), (levels[0] if levels else None)


def _effect(
    kernel: str, by: Normalization, correlate: bool, padding: Padding | None, method: str, threads: int
) -> "Convolve":
    """Put the options into the words of the sounds' room: one axis, time."""
    from convcli.audio.convolving import Convolve

    mode = "full" if padding is None else padding.for_engine(1, option="--padding")
    return Convolve(
        read_kernel_of_sounds(kernel),
        normalization=by,
        correlate=correlate,
        mode=mode if isinstance(mode, str) else mode[0][0],
        method=_METHODS[method],
        workers=threads,
    )


def _bias(text: str) -> "float | Share":
    """Read a number in the units of the samples, or a percentage of their range."""
    from convcli.images import Share

    if text.strip().endswith("%"):
        return Share(picture_options.parse_real(text.strip().removesuffix("%"), option="--bias") / 100)
    return picture_options.parse_real(text, option="--bias")
