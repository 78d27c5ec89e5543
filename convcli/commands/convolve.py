"""convcli convolve: pictures and tables of numbers with any kernel."""

from typing import TYPE_CHECKING, Annotated

import typer

from convcli import options
from convcli.options import CONVOLUTION, ONE, SAME

from . import picture_options
from .kernel_texts import read_kernel
from .pictures import run, setting, workers

if TYPE_CHECKING:
    from convcli.images import Share

EXAMPLES = (
    "convcli convolve samples/chelsea.png -k sharpen",
    "convcli convolve samples/coffee.png -k unsharp:2,0.8 -o crisp.png",
    "convcli convolve samples/coffee.png --kernel=-1,0,1 --bias 50% -o slope.png",
    "echo 1,2,3,4 | convcli convolve - -k 1,2,3 -p full --padding-mode zeros",
)

KernelOpt = Annotated[
    str,
    typer.Option(
        "--kernel",
        "-k",
        metavar="KERNEL",
        help="A name with its arguments ('convcli kernels' lists them), numbers such as 1,2,1 or "
        "1,0,-1;2,0,-2;1,0,-1, a file of numbers (.csv .txt .npy .json), or a picture, whose sum becomes 1.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
CorrelateOpt = Annotated[
    bool,
    typer.Option(
        "--correlate",
        metavar="",
        help="Lay the kernel on the picture as it is written, not turned round.",
        rich_help_panel=CONVOLUTION,
    ),
]
BiasOpt = Annotated[
    str,
    typer.Option(
        "--bias",
        metavar="B|P%",
        help="Add this to the result, in the units of the samples, or as a part of their range.",
        rich_help_panel=CONVOLUTION,
    ),
]


def convolve(
    inputs: options.InputsArg,
    kernel: KernelOpt,
    normalize: picture_options.KernelNormalizeOpt = None,
    correlate: CorrelateOpt = False,
    bias: BiasOpt = "0",
    channels: picture_options.ChannelsOpt = None,
    linear: picture_options.LinearOpt = False,
    nan: picture_options.NanOpt = "propagate",
    like: picture_options.LikeOpt = None,
    padding: options.PaddingOpt = SAME,
    padding_mode: picture_options.PaddingModeOpt = None,
    stride: options.StrideOpt = ONE,
    dilation: options.DilationOpt = ONE,
    method: options.MethodOpt = "auto",
    output: options.OutputOpt = None,
    format: options.FormatOpt = None,
    quality: picture_options.QualityOpt = None,
    compress_level: picture_options.CompressLevelOpt = None,
    preview: picture_options.PreviewOpt = False,
    force: options.ForceOpt = False,
    quiet: options.QuietOpt = False,
    json: options.JsonOpt = False,
    dry_run: options.DryRunOpt = False,
    explain: options.ExplainOpt = False,
    jobs: options.JobsOpt = None,
    max_pixels: picture_options.MaxPixelsOpt = None,
) -> int:
    """Convolve pictures and tables of numbers with any kernel.

    The kernel is turned round and slid over the picture; every pixel becomes the sum of its neighbours
    times the weights they lie under. Results beyond the range of the samples are clipped and counted;
    real numbers never are. Whole numbers of a table stay whole if the weights are. What is transparent
    lends its neighbours no colour. Put = before numbers that begin with a minus: --kernel=-1,0,1.
    """
    from convcli import images
    from convcli.images import like as tools

    how = setting(
        "convolve",
        like=like,
        padding=padding,
        padding_mode=padding_mode,
        stride=stride,
        dilation=dilation,
        method=method,
        correlate=correlate,
        workers=workers(jobs, inputs),
    )
    work = images.Convolve(
        tools.kernel(like, read_kernel(kernel, normalize)),
        how,
        bias=_bias(bias),
        channels=channels,
        linear=linear,
        nan=nan,
        ring=tools.keeps_border(like, padding_mode),
    )
    choices = picture_options.PictureChoices(
        output=output,
        format=format,
        quality=quality,
        compress_level=compress_level,
        max_pixels=max_pixels,
        preview=preview,
        force=force,
        quiet=quiet,
        json=json,
        dry_run=dry_run,
        explain=explain,
        jobs=jobs,
    )
    return run("convolve", work, inputs, choices)


def _bias(text: str) -> "float | Share":
    """Read a number in the units of the samples, or a percentage of their range."""
    from convcli.images import Share

    if text.strip().endswith("%"):
        return Share(picture_options.parse_real(text.strip().removesuffix("%"), option="--bias") / 100)
    return picture_options.parse_real(text, option="--bias")
