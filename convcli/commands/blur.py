"""convcli blur: a weighted mean of neighbouring pixels."""

from functools import partial
from typing import Annotated, Literal

import typer

from convcli import options
from convcli.options import CONVOLUTION, ONE, SAME, parse_count

from . import picture_options
from .batches import workers
from .pictures import run, setting

EXAMPLES = (
    "convcli blur samples/coffee.png",
    "convcli blur samples/coffee.png --sigma 4 -o soft.png",
    "convcli blur samples/astronaut.png --radius 5 --linear --preview",
    "convcli blur samples/*.png --length 25 --angle 30 -o '{stem}-moved.jpg'",
    "convcli blur samples/chelsea.png --size 8 --stride 8 -p valid -o small.png",
)

KindOpt = Annotated[
    Literal["box", "gaussian", "triangle", "disk", "motion"] | None,
    typer.Option(
        "--kind",
        metavar="NAME",
        help="Shape of the mean: box, gaussian, triangle, disk or motion; without it the one that the "
        "measures below imply, else box.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
SizeOpt = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="N|HxW",
        help="Of a box or triangle, in pixels; 3 if left out.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
SigmaOpt = Annotated[
    str | None,
    typer.Option(
        "--sigma",
        metavar="S|SyxSx",
        help="Standard deviation of a Gaussian, in pixels; 2 if left out.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
RadiusOpt = Annotated[
    str | None,
    typer.Option(
        "--radius",
        metavar="R",
        help="Of a disk, in pixels; 4 if left out.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
LengthOpt = Annotated[
    str | None,
    typer.Option(
        "--length",
        metavar="L",
        help="Path of a motion, in pixels; 15 if left out.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
AngleOpt = Annotated[
    str | None,
    typer.Option(
        "--angle",
        metavar="A",
        help="Direction of a motion: degrees, counter-clockwise from the right; 0 if left out.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
PassesOpt = Annotated[
    int,
    typer.Option(
        "--passes",
        parser=parse_count,
        metavar="N",
        help="Blur this many times, in one go: three boxes are nearly a Gaussian.",
        rich_help_panel=CONVOLUTION,
    ),
]
TruncateOpt = Annotated[
    str | None,
    typer.Option(
        "--truncate",
        metavar="T",
        help="Standard deviations that a Gaussian reaches; 4 if left out.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]


def blur(
    inputs: options.InputsArg,
    kind: KindOpt = None,
    size: SizeOpt = None,
    sigma: SigmaOpt = None,
    radius: RadiusOpt = None,
    length: LengthOpt = None,
    angle: AngleOpt = None,
    passes: PassesOpt = 1,
    truncate: TruncateOpt = None,
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
    """Blur pictures: every pixel becomes a weighted mean of its neighbours.

    Without options the mean of 3x3 pixels. Bit depth, frames, colour profile, resolution and camera data
    are kept, and photographs come out upright. What is transparent lends its neighbours no colour. A
    border of zeros is black, or transparent in a picture with transparency. Tables of numbers (.csv,
    .npy) are taken like pictures.
    """
    from convcli import images
    from convcli.images import like as tools

    kernel = partial(
        tools.blur_kernel,
        like,
        kind,
        size=size,
        sigma=sigma,
        radius=radius,
        length=length,
        angle=angle,
        truncate=truncate,
        passes=passes,
    )
    how = setting(
        "blur",
        like=like,
        padding=padding,
        padding_mode=padding_mode,
        stride=stride,
        dilation=dilation,
        method=method,
        workers=workers(jobs, inputs),
    )
    work = images.Convolve(
        kernel(),
        how,
        channels=channels,
        linear=linear,
        nan=nan,
        rows_alike=True,
        deep=kernel(deep=True) if like else None,
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
    return run("blur", work, inputs, choices)
