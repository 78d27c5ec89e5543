"""convcli conv-arith: a small convolution worked in full, or a layer run on tensors."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from convcli import console, files
from convcli.commands import conv_arith_operands as operands
from convcli.commands.conv_arith_layers import Asked
from convcli.commands.conv_arith_options import (
    BiasOpt,
    CheckOpt,
    CorrelateOpt,
    CountPaddingOpt,
    GradOpt,
    GroupsOpt,
    ModeOpt,
    NumbersOpt,
    SnippetOpt,
    TensorOpt,
    ThirdOpt,
    UpstreamOpt,
    ViewOpt,
    WeightsOpt,
)
from convcli.commands.shape_options import (
    CeilModeOpt,
    DilationGapOpt,
    FrameworkOpt,
    LayerDilationOpt,
    LayerPaddingOpt,
    LayerStrideOpt,
    OutputPaddingOpt,
    PadBeginOpt,
    PadEndOpt,
    PoolOpt,
    TransposedOpt,
)
from convcli.errors import UsageError
from convcli.options import (
    ForceOpt,
    JobsOpt,
    JsonOpt,
    LayoutOpt,
    NormalizeOpt,
    PaddingModeOpt,
    QuietOpt,
    layout,
)

if TYPE_CHECKING:
    from convcli.arithmetic.sheet import Style
    from convcli.arithmetic.worked import Worked

EXAMPLES: tuple[str, ...] = (
    "convcli conv-arith --input 1,2,3,4 --kernel 1,2,3",
    "convcli conv-arith --input 1,2,3,4 --kernel 1,2,3 --view table",
    "convcli conv-arith -i 1,2,3,4 --kernel=-1,0,1 --mode same --correlate",
    "convcli conv-arith -i '1,2,3;4,5,6;7,8,9' -k '1,0;0,-1' --mode valid",
)


def conv_arith(
    numbers: NumbersOpt,
    weights: WeightsOpt,
    bias: BiasOpt = None,
    mode: ModeOpt = None,
    padding: LayerPaddingOpt = None,
    pad_begin: PadBeginOpt = None,
    pad_end: PadEndOpt = None,
    padding_mode: PaddingModeOpt = "zeros",
    stride: LayerStrideOpt = None,
    dilation: LayerDilationOpt = None,
    dilation_gap: DilationGapOpt = None,
    groups: GroupsOpt = 1,
    transposed: TransposedOpt = False,
    output_padding: OutputPaddingOpt = None,
    pool: PoolOpt = None,
    ceil_mode: CeilModeOpt = False,
    count_padding: CountPaddingOpt = None,
    correlate: CorrelateOpt = None,
    normalization: NormalizeOpt = "none",
    framework: FrameworkOpt = "torch",
    grad: GradOpt = False,
    upstream: UpstreamOpt = None,
    check: CheckOpt = None,
    third: ThirdOpt = None,
    code: SnippetOpt = None,
    view: ViewOpt = None,
    output: TensorOpt = None,
    force: ForceOpt = False,
    format: LayoutOpt = None,
    json: JsonOpt = False,
    jobs: JobsOpt = None,
    quiet: QuietOpt = False,
) -> None:
    """Work a small convolution by hand: every step, every product, in exact arithmetic.

    The numbers stay integers and fractions throughout, so the result has no rounding; decimals are
    printed if decimals were typed. A list next to a table counts as a table of one row, and a file
    with one number a line is a list. At most 64 steps are printed; --json has all of them.

    Kernels with channels make a layer, as neural networks have them: it correlates, without padding unless
    you ask for it. NumPy files of three and more axes are (batch, channels, *sizes) and (outputs,
    channels / groups, *taps); they, and whatever is written with -o, go through the engine in their own type.
    """
    asked = Asked(
        mode=mode,
        padding=padding,
        pad_begin=pad_begin,
        pad_end=pad_end,
        padding_mode=padding_mode,
        stride=stride,
        dilation=dilation,
        dilation_gap=dilation_gap,
        groups=groups,
        transposed=transposed,
        output_padding=output_padding,
        pool=pool,
        ceil_mode=ceil_mode,
        correlate=correlate,
        count_padding=count_padding,
        framework=framework,
        normalization=normalization,
    )
    from convcli.arithmetic import sheet

    asked.check()
    _check_streams({"--input": numbers, "--kernel": weights, "--bias": bias, "--upstream": upstream})
    _check_questions({"--grad": grad, "--check": check, "--code": code})
    form = layout(format, json=json)
    x = operands.read(numbers, name="--input")
    kernel = asked.window(weights) if asked.pool else operands.read(weights, name="--kernel")
    worked = asked.worked(x, kernel, None if bias is None else operands.read(bias, name="--bias"))
    decimals = x.decimals or getattr(kernel, "decimals", False)
    if form == "json":
        console.emit(worked.record())
        return
    if form == "csv":
        _print(sheet.comma_separated(worked.result()))
        return
    _show(worked, view or "slide", _style(decimals=decimals))
    if not quiet:
        _report(worked)


def _check_streams(sources: dict[str, str | None]) -> None:
    if sum(source == files.STREAM for source in sources.values()) > 1:
        raise UsageError("'-': standard input can be read only once", hint="name a file for one of the two")


def _check_questions(asked: dict[str, object]) -> None:
    names = [name for name, value in asked.items() if value]
    if len(names) > 1:
        raise UsageError(f"{names[0]} and {names[1]} are two questions", hint="ask one at a time")


def _style(*, decimals: bool) -> "Style":
    from convcli.arithmetic import sheet

    return sheet.Style(
        width=console.width(),
        decimals=decimals,
        elide=console.on_terminal(),
        times=console.glyph("·", "*"),
        bar=console.glyph("│", "|"),
        dash=console.glyph("─", "-"),
        cross=console.glyph("┼", "+"),
        dots=console.glyph("…", "..."),
    )


def _show(worked: "Worked", view: str, style: "Style") -> None:
    from convcli.arithmetic import sheet

    views = {"slide": sheet.slide, "table": sheet.table, "matrix": sheet.matrix_view}
    _print(
        (*sheet.heading(worked), "", *views[view](worked, style), "", "result", *sheet.result(worked, style))
    )


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        console.line(line)


def _report(worked: "Worked") -> None:
    from convcli.arithmetic.layers import AXIS_NAMES

    names = AXIS_NAMES[worked.ndim] if worked.ndim > 1 else ("output size",)
    for name, axis in zip(names, worked.axes, strict=True):
        console.note(f"{name}: {axis.formula}")
