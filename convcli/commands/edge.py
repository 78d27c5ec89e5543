"""convcli edge: differences of neighbouring pixels."""

from typing import Annotated, Literal

import typer

from convcli.options import (
    CONVOLUTION,
    ONE,
    OUTPUT,
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
    "convcli edge samples/chelsea.png",
    "convcli edge samples/coffee.png --operator sobel -o outline.png",
    "convcli edge samples/coffee.png --operator scharr --axis x --show signed -o slope.png",
)

OperatorOpt = Annotated[
    Literal["pair", "sobel", "prewitt", "scharr", "roberts", "farid", "laplacian", "log"],
    typer.Option(
        "--operator",
        metavar="pair|sobel|prewitt|scharr|roberts|farid|laplacian|log",
        help="Which neighbours, with which weights; 'convcli kernels' shows them.",
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
ShowOpt = Annotated[
    Literal["magnitude", "absolute", "signed"],
    typer.Option(
        "--show",
        metavar="magnitude|absolute|signed",
        help="Length of the gradient; sum of its absolute parts; or its mean with the sign: mid-grey is 0.",
        rich_help_panel=OUTPUT,
    ),
]


def edge(
    inputs: InputsArg,
    operator: OperatorOpt = "pair",
    axis: AxisOpt = "both",
    padding: PaddingOpt = SAME,
    padding_mode: PaddingModeOpt = "replicate",
    stride: StrideOpt = ONE,
    dilation: DilationOpt = ONE,
    method: MethodOpt = "auto",
    show: ShowOpt = "magnitude",
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
    """Show edges: every pixel becomes its difference from its neighbours.

    Without options neighbours are subtracted with [-1, 1] along x and y, and the magnitude is shown.
    Differences are positive where the picture gets brighter to the right or downwards. They are divided
    by the sum of the positive weights, so that they fit the range; a magnitude beyond it is clipped and
    counted. Signed differences are halved around mid-grey (128, or 32768 at 16 bits); pictures of real
    numbers keep the sign. Colours are taken one by one. Transparency is not filtered, only cut or
    extended with the picture.
    """
    from convcli import images

    how = setting(
        padding=padding,
        padding_mode=padding_mode,
        stride=stride,
        dilation=dilation,
        method=method,
        workers=workers(jobs, inputs),
    )
    work = images.Edge(operator, axis, show, how)
    return run(
        "edge",
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
