"""convcli blur: a weighted mean of neighbouring pixels."""

from typing import Annotated, Literal

import typer

from convcli.options import (
    CONVOLUTION,
    ONE,
    SAME,
    DilationOpt,
    DryRunOpt,
    ExplainOpt,
    ForceOpt,
    FormatOpt,
    InputsArg,
    JobsOpt,
    JsonOpt,
    MethodOpt,
    OutputOpt,
    PaddingModeOpt,
    PaddingOpt,
    QuietOpt,
    StrideOpt,
)

from .pictures import CompressLevelOpt, QualityOpt, run, setting, workers

EXAMPLES = (
    "convcli blur samples/coffee.png",
    "convcli blur samples/coffee.png --sigma 4 -o soft.png",
    "convcli blur samples/*.png --length 25 --angle 30 -o '{stem}-moved.jpg'",
    "convcli blur samples/chelsea.png --size 8 --stride 8 -p valid -o small.png",
)

KindOpt = Annotated[
    Literal["box", "gaussian", "triangle", "disk", "motion"] | None,
    typer.Option(
        "--kind",
        metavar="box|gaussian|triangle|disk|motion",
        help="Shape of the mean; without it the one that the measures below imply, else box.",
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


def blur(
    inputs: InputsArg,
    kind: KindOpt = None,
    size: SizeOpt = None,
    sigma: SigmaOpt = None,
    radius: RadiusOpt = None,
    length: LengthOpt = None,
    angle: AngleOpt = None,
    padding: PaddingOpt = SAME,
    padding_mode: PaddingModeOpt = "replicate",
    stride: StrideOpt = ONE,
    dilation: DilationOpt = ONE,
    method: MethodOpt = "auto",
    output: OutputOpt = None,
    format: FormatOpt = None,
    quality: QualityOpt = None,
    compress_level: CompressLevelOpt = None,
    force: ForceOpt = False,
    quiet: QuietOpt = False,
    json: JsonOpt = False,
    dry_run: DryRunOpt = False,
    explain: ExplainOpt = False,
    jobs: JobsOpt = None,
) -> int:
    """Blur pictures: every pixel becomes a weighted mean of its neighbours.

    Without options the mean of 3x3 pixels. Bit depth, colour profile, resolution and camera data are
    kept, and photographs come out upright. What is transparent lends its neighbours no colour. A border
    of zeros is black, or transparent in a picture with transparency.
    """
    from convcli import images, kernels

    kernel = kernels.blur_kernel(kind, size=size, sigma=sigma, radius=radius, length=length, angle=angle)
    how = setting(
        padding=padding,
        padding_mode=padding_mode,
        stride=stride,
        dilation=dilation,
        method=method,
        workers=workers(jobs, inputs),
    )
    work = images.Convolve(kernel, how, rows_alike=True)
    return run(
        "blur",
        work,
        inputs,
        output,
        format=format,
        quality=quality,
        compress_level=compress_level,
        force=force,
        quiet=quiet,
        json=json,
        dry_run=dry_run,
        explain=explain,
        jobs=jobs,
    )
