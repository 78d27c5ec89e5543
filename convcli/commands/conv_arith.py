"""convcli conv-arith: a small convolution worked in full, or a layer run on tensors."""

from typing import TYPE_CHECKING, Any

from convcli.commands import conv_arith_answers as answers
from convcli.commands import conv_arith_drawing as drawing
from convcli.commands import conv_arith_operands as operands
from convcli.commands.conv_arith_checks import check_alone, check_streams, check_together
from convcli.commands.conv_arith_drawing import (
    BlankOpt,
    CatalogueOpt,
    FpsOpt,
    FrameOpt,
    GifOpt,
    HtmlOpt,
    PlayOpt,
    PngOpt,
    ScaleOpt,
    SvgOpt,
    ThemeOpt,
)
from convcli.commands.conv_arith_layers import Asked
from convcli.commands.conv_arith_options import (
    BiasOpt,
    CheckOpt,
    ConvolveOpt,
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
    from convcli.arithmetic.worked import Worked
    from convcli.arithmetic.worked.gradients import Gradients
    from convcli.commands.conv_arith_operands import Given

EXAMPLES: tuple[str, ...] = (
    "convcli conv-arith --input 1,2,3,4 --kernel 1,2,3",
    "convcli conv-arith --input 1,2,3,4 --kernel 1,2,3 --view table",
    "convcli conv-arith -i 1,2,3,4 --kernel=-1,0,1 --mode same --correlate",
    "convcli conv-arith -i '1,2,3;4,5,6;7,8,9' -k '1,0;0,-1' --mode valid",
    "convcli conv-arith -i '1,2;3,4' -k '1,1;1,1' --transposed -s 2 --view matrix",
    "convcli conv-arith -i 1,2,3,4,5 -k 1,2,1 --stride 2 --grad",
    "convcli conv-arith -i 1,2,3,4 -k 1,2,3 --gif sliding.gif --html sliding.html",
)


def conv_arith(
    numbers: NumbersOpt = None,
    weights: WeightsOpt = None,
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
    correlate: CorrelateOpt = False,
    convolve: ConvolveOpt = False,
    normalization: NormalizeOpt = "none",
    framework: FrameworkOpt = "torch",
    grad: GradOpt = False,
    upstream: UpstreamOpt = None,
    check: CheckOpt = None,
    third: ThirdOpt = None,
    code: SnippetOpt = None,
    view: ViewOpt = None,
    gif: GifOpt = None,
    svg: SvgOpt = None,
    png: PngOpt = None,
    html: HtmlOpt = None,
    play: PlayOpt = False,
    frame: FrameOpt = None,
    fps: FpsOpt = 1.0,
    theme: ThemeOpt = "auto",
    scale: ScaleOpt = 1,
    blank: BlankOpt = False,
    catalogue: CatalogueOpt = None,
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
    channels / groups, *taps); they, and whatever is written with -o y.npy, go through the engine in their own
    type.
    """
    look: dict[str, Any] = {"fps": fps, "theme": theme, "scale": scale, "force": force, "quiet": quiet}
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
        convolve=convolve,
        count_padding=count_padding,
        framework=framework,
        normalization=normalization,
    )
    asked.check()
    form = layout(format, json=json)
    targets: dict[drawing.Kind, str | None] = {"gif": gif, "svg": svg, "png": png, "html": html}
    sources = {"input": numbers, "kernel": weights, "bias": bias, "upstream": upstream, "third": third}
    if catalogue is not None:
        texts = {"check": check, "code": code, "output": output, "view": view, **sources}
        flags = {"grad": grad, "play": play, "frame": frame is not None, "blank": blank}
        given_too = [name for name, text in (*texts.items(), *targets.items()) if text is not None]
        given_too += [name for name, on in {**flags, f"format {form}": form != "table"}.items() if on]
        check_alone((*asked.options, *(f"--{name}" for name in given_too)))
        drawing.catalogue(catalogue, **look)
        return
    draws = play or frame is not None or any(target is not None for target in targets.values())
    check_together(
        grad=grad,
        upstream=upstream,
        check=check,
        third=third,
        code=code,
        output=output,
        view=view,
        form=form,
        draws=draws,
    )
    drawing.check_look(targets, play=play, frame=frame, fps=fps, theme=theme, scale=scale, blank=blank)
    check_streams(sources.values())
    given = asked.given(numbers, weights, bias, upstream=upstream, third=third)
    if output is not None or (given.has_channels and not (view or grad or check or code or draws)):
        _run(asked, given, output, form=form, force=force, quiet=quiet, jobs=jobs)
        return
    if check is not None:
        asked.check_plain(bias=bias is not None)
        correlates = asked.correlates(layered=False)
        answers.show_laws(check, *given.plain(), correlate=correlates, form=form, decimals=given.decimals)
        return
    worked = asked.worked(given)
    decimals = given.decimals or "." in padding_mode
    if draws:
        drawing.draw(
            worked,
            gif=gif,
            svg=svg,
            png=png,
            html=html,
            frame=frame,
            blank=blank,
            play=play,
            decimals=decimals,
            **look,
        )
    elif code is not None:
        answers.show_code(worked, code, form=form)
    else:
        gradients = _gradients(worked, given) if grad else None
        answers.show(worked, view=view, gradients=gradients, form=form, decimals=decimals, quiet=quiet)


def _run(
    asked: Asked,
    given: "Given",
    target: str | None,
    *,
    form: str,
    force: bool,
    quiet: bool,
    jobs: int | None,
) -> None:
    """Compute with the engine."""
    from convcli.commands import conv_arith_tensors

    if form == "csv":
        raise UsageError(
            "--format csv: what the engine computes is printed as text or JSON, or written as .npy",
            hint="use --json, or -o y.npy without --format",
        )
    arrays = given.arrays()
    conv_arith_tensors.run(
        arrays.x,
        asked.normalized(arrays.weights),
        arrays.bias,
        asked.spec(arrays.taps, layered=arrays.layered),
        boundary=asked.boundary,
        correlate=asked.correlates(layered=arrays.layered),
        count_padding=asked.counts_padding,
        target=target,
        force=force,
        json=form == "json",
        quiet=quiet,
        jobs=jobs,
    )


def _gradients(worked: "Worked", given: "Given") -> "Gradients":
    from convcli.arithmetic.worked.gradients import gradients

    return gradients(worked, None if given.further is None else operands.exact(given.further).tensor)
