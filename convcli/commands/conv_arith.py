"""convcli conv-arith: a small convolution worked in full."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from convcli import console, files
from convcli.errors import ReadError, UsageError
from convcli.options import (
    CONVOLUTION,
    INPUT,
    ONE,
    OUTPUT,
    DilationOpt,
    JsonOpt,
    NormalizeOpt,
    Padding,
    PaddingModeOpt,
    QuietOpt,
    Sizes,
    StrideOpt,
    parse_amounts,
)

if TYPE_CHECKING:
    from convcli.arithmetic.grid import Grid
    from convcli.arithmetic.worked import Worked

EXAMPLES: tuple[str, ...] = (
    "convcli conv-arith --input 1,2,3,4 --kernel 1,2,3",
    "convcli conv-arith --input 1,2,3,4 --kernel 1,2,3 --view table",
    "convcli conv-arith -i 1,2,3,4 --kernel=-1,0,1 --mode same --correlate",
    "convcli conv-arith -i '1,2,3;4,5,6;7,8,9' -k '1,0;0,-1' --mode valid",
)

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")

NumbersOpt = Annotated[
    str,
    typer.Option(
        "--input",
        "-i",
        metavar="NUMBERS|FILE",
        help="Numbers 1,2,3 or rows 1,2;3,4, exact decimals and fractions; a .csv, .tsv or .txt file; "
        "or - for standard input.",
        rich_help_panel=INPUT,
    ),
]
WeightsOpt = Annotated[
    str,
    typer.Option(
        "--kernel",
        "-k",
        metavar="NUMBERS|FILE",
        help="The kernel, written like the input; --kernel=-1,0,1 where it begins with a minus.",
        rich_help_panel=INPUT,
    ),
]
ModeOpt = Annotated[
    Literal["full", "same", "valid"] | None,
    typer.Option(
        "--mode",
        metavar="full|same|valid",
        help="Every position where the two touch (the default), as many as the input has, or only those "
        "without padding.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
AmountOpt = Annotated[
    Sizes | None,
    typer.Option(
        "--padding",
        "-p",
        parser=parse_amounts,
        metavar="N|PxQ",
        help="Samples to pad at both ends, in place of --mode.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
CorrelateOpt = Annotated[
    bool,
    typer.Option(
        "--correlate",
        metavar="",
        help="Slide the kernel as it is, as neural networks do; without it the kernel is reversed.",
        rich_help_panel=CONVOLUTION,
    ),
]
ViewOpt = Annotated[
    Literal["slide", "table"],
    typer.Option(
        "--view",
        metavar="slide|table",
        help="The kernel sliding along the input, or the multiplication table with its anti-diagonals.",
        rich_help_panel=OUTPUT,
    ),
]


def conv_arith(
    numbers: NumbersOpt,
    weights: WeightsOpt,
    mode: ModeOpt = None,
    padding: AmountOpt = None,
    padding_mode: PaddingModeOpt = "zeros",
    stride: StrideOpt = ONE,
    dilation: DilationOpt = ONE,
    correlate: CorrelateOpt = False,
    normalization: NormalizeOpt = "none",
    view: ViewOpt = "slide",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Work a small convolution by hand: every step, every product, in exact arithmetic.

    The numbers stay integers and fractions throughout, so the result has no rounding; decimals are
    printed if decimals were typed. A list next to a table counts as a table of one row, and a file
    with one number a line is a list. At most 64 steps are printed; --json has all of them.
    """
    from convcli.arithmetic.boundary import parse_boundary
    from convcli.arithmetic.grid import normalize
    from convcli.arithmetic.worked import work

    if numbers == weights == files.STREAM:
        raise UsageError("'-': standard input can be read only once", hint="name a file for one of the two")
    if mode is not None and padding is not None:
        raise UsageError(
            f"--mode {mode} and --padding {padding}: both say how far to pad", hint="give one of them"
        )
    x, x_decimals = _load(numbers, name="--input")
    kernel, kernel_decimals = _load(weights, name="--kernel")
    ndim = max(x.ndim, kernel.ndim)
    reach = Padding(name=mode or "full") if padding is None else Padding(amounts=padding)
    worked = work(
        x,
        normalize(kernel, normalization),
        padding=reach.for_engine(ndim, option="--padding"),
        boundary=parse_boundary(padding_mode),
        stride=stride.per_axis(ndim, option="--stride"),
        dilation=dilation.per_axis(ndim, option="--dilation"),
        correlate=correlate,
    )
    if json:
        console.emit(worked.record())
        return
    _show(worked, view=view, decimals=x_decimals or kernel_decimals)
    if not quiet:
        _report(worked)


def _load(text: str, *, name: str) -> tuple["Grid", bool]:
    """Read a literal or a file, and say whether it has decimals."""
    from convcli.arithmetic.grid import Grid
    from convcli.arithmetic.literals import parse_array

    if text != files.STREAM and Path(text).suffix.lower() not in TABLE_SUFFIXES:
        return Grid.of(parse_array(text, name=name)), _has_decimals(text)
    content = files.read_bytes(text).decode("utf-8-sig", errors="replace")
    grid = Grid.of(parse_array(content, name=files.display_name(text), problem=ReadError))
    return grid.listed(), _has_decimals(content)


def _has_decimals(text: str) -> bool:
    return any(sign in text for sign in ".eE")


def _show(worked: "Worked", *, view: str, decimals: bool) -> None:
    from convcli.arithmetic import sheet

    style = sheet.Style(
        width=console.width(),
        decimals=decimals,
        times=console.glyph("·", "*"),
        bar=console.glyph("│", "|"),
        dash=console.glyph("─", "-"),
        cross=console.glyph("┼", "+"),
        dots=console.glyph("…", "..."),
    )
    steps = sheet.table(worked, style) if view == "table" else sheet.slide(worked, style)
    for text in (*sheet.heading(worked), "", *steps, "", "result", *sheet.result(worked, style)):
        console.line(text)


def _report(worked: "Worked") -> None:
    from convcli.arithmetic.layers import AXIS_NAMES

    names = AXIS_NAMES[worked.ndim] if worked.ndim > 1 else ("output size",)
    for name, axis in zip(names, worked.spatial, strict=True):
        console.note(f"{name}: {axis.formula}")
