"""convcli edge: differences of neighbouring pixels."""

from typing import Annotated, Literal

import typer

from convcli import options
from convcli.errors import UsageError
from convcli.options import CONVOLUTION, ONE, OUTPUT, SAME

from . import picture_options
from .batches import workers
from .pictures import run, setting

EXAMPLES = (
    "convcli edge samples/chelsea.png",
    "convcli edge samples/coffee.png --operator sobel -o outline.png",
    "convcli edge samples/coffee.png --operator scharr --axis x --show signed",
    "convcli edge samples/chelsea.png --show direction -o hues.png",
    "convcli edge samples/coffee.png --sigma 1.5 --threshold otsu -o lines.png",
    "convcli edge samples/chelsea.png --axis x --raw --gray -o slopes.npy",
)

OperatorOpt = Annotated[
    Literal["pair", "sobel", "prewitt", "scharr", "roberts", "farid", "laplacian", "log"],
    typer.Option(
        "--operator",
        metavar="NAME",
        help="Which neighbours, with which weights: pair, sobel, prewitt, scharr, roberts, farid, laplacian "
        "or log (of sigma 2); 'convcli kernels' shows them.",
        rich_help_panel=CONVOLUTION,
    ),
]
AxisOpt = Annotated[
    Literal["x", "y", "both"],
    typer.Option(
        "--axis",
        metavar="x|y|both",
        help="Differences to the right, downwards, or both.",
        rich_help_panel=CONVOLUTION,
    ),
]
SigmaOpt = Annotated[
    str | None,
    typer.Option(
        "--sigma",
        metavar="S",
        help="Smooth first, with a Gaussian of this standard deviation in pixels; not smoothed if left out.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
GrayOpt = Annotated[
    bool,
    typer.Option(
        "--gray",
        metavar="",
        help="Edges of the luminance, short for --channels gray.",
        rich_help_panel=CONVOLUTION,
    ),
]
ChannelsOpt = Annotated[
    str | None,
    typer.Option(
        "--channels",
        metavar=picture_options.CHANNELS,
        help=f"{picture_options.CHANNELS_HELP} Without it rgb; gray for directions and black and white.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
LikeOpt = Annotated[
    picture_options.Like | None,
    typer.Option(
        "--like",
        metavar="TOOL",
        help="The border of scipy, opencv, imagemagick, vips or pillow; kernels are the same. Without it "
        "convcli's own; --padding-mode wins.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
ShowOpt = Annotated[
    Literal["magnitude", "absolute", "signed", "direction"] | None,
    typer.Option(
        "--show",
        metavar="NAME",
        help="magnitude: length of the gradient; absolute: sum of its absolute parts; signed: their mean, "
        "with mid-grey for 0; direction: its angle as a hue, red where it gets brighter to the right. "
        "Without it magnitude, but signed for --raw of one direction.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
RawOpt = Annotated[
    bool,
    typer.Option(
        "--raw",
        metavar="",
        help="Real numbers as they come, not scaled, with their sign: for .npy, .tif and .exr. Directions in "
        "degrees.",
        rich_help_panel=OUTPUT,
    ),
]
ThresholdOpt = Annotated[
    str | None,
    typer.Option(
        "--threshold",
        metavar="T|otsu",
        help="Black and white: white where the result is above T, in its units, or above what parts it best "
        "(Otsu); of the luminance. Without it all shades.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]


def edge(
    inputs: options.InputsArg,
    operator: OperatorOpt = "pair",
    axis: AxisOpt = "both",
    sigma: SigmaOpt = None,
    gray: GrayOpt = False,
    channels: ChannelsOpt = None,
    linear: picture_options.LinearOpt = False,
    nan: picture_options.NanOpt = "propagate",
    like: LikeOpt = None,
    padding: options.PaddingOpt = SAME,
    padding_mode: picture_options.PaddingModeOpt = None,
    stride: options.StrideOpt = ONE,
    dilation: options.DilationOpt = ONE,
    method: options.MethodOpt = "auto",
    show: ShowOpt = None,
    threshold: ThresholdOpt = None,
    raw: RawOpt = False,
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
    """Show edges: every pixel becomes its difference from its neighbours.

    Without options neighbours are subtracted with [-1, 1] along x and y, and the magnitude is shown.
    Differences are positive where the picture gets brighter to the right or downwards. They are divided
    by the sum of the positive weights, so that they fit the range; a magnitude beyond it is clipped and
    counted. Signed differences are halved around mid-grey (128, or 32768 at 16 bits); pictures of real
    numbers keep the sign. Colours are taken one by one, hidden ones too; transparency is not filtered,
    only cut or extended with the picture. Tables of numbers (.csv, .npy) are taken like pictures.
    """
    from convcli import images

    if gray and channels not in (None, "gray"):
        raise UsageError(f"--gray contradicts --channels {channels}", hint="give one of the two")
    how = setting(
        "edge",
        like=like,
        padding=padding,
        padding_mode=padding_mode,
        stride=stride,
        dilation=dilation,
        method=method,
        workers=workers(jobs, inputs),
    )
    work = images.Edge(
        operator,
        axis,
        show,
        how,
        sigma=None if sigma is None else picture_options.parse_real(sigma, option="--sigma"),
        raw=raw,
        threshold=_threshold(threshold),
        channels="gray" if gray else channels,
        linear=linear,
        nan=nan,
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
    return run("edge", work, inputs, choices)


def _threshold(text: str | None) -> float | Literal["otsu"] | None:
    if text is None:
        return None
    return "otsu" if text.lower() == "otsu" else picture_options.parse_real(text, option="--threshold")
