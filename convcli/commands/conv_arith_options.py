"""Options of the command conv-arith, and the texts behind them."""

from typing import Annotated, Literal

import typer

from convcli.options import CONVOLUTION, INPUT, OUTPUT, parse_count

QUESTION = "Questions"
PROPERTIES = ("commutative", "associative", "distributive", "theorem")

NumbersOpt = Annotated[
    str | None,
    typer.Option(
        "--input",
        "-i",
        metavar="NUMBERS|FILE",
        help="Numbers 1,2,3 or rows 1,2;3,4, exact decimals and fractions, with | between channels; a .csv, "
        ".tsv, .txt, .json or .npy file; or - for standard input.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
WeightsOpt = Annotated[
    str | None,
    typer.Option(
        "--kernel",
        "-k",
        metavar="NUMBERS|FILE",
        help="The kernel, written like the input, --kernel=-1,0,1 where it begins with a minus; | between "
        "the channels that one output reads, || between outputs. With --pool the size of the window.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
BiasOpt = Annotated[
    str | None,
    typer.Option(
        "--bias",
        metavar="NUMBERS|FILE",
        help="What is added to the output, a number for each of its channels.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
ModeOpt = Annotated[
    Literal["full", "same", "valid"] | None,
    typer.Option(
        "--mode",
        metavar="full|same|valid",
        help="Where the two touch at all (the default of lists and tables), as many outputs as inputs (as "
        "NumPy centres them), or only where no padding is needed (the default of layers).",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
GroupsOpt = Annotated[
    int,
    typer.Option(
        "--groups",
        "-g",
        parser=parse_count,
        metavar="N",
        help="Parts that the channels are divided into.",
        rich_help_panel=CONVOLUTION,
    ),
]
CorrelateOpt = Annotated[
    bool,
    typer.Option(
        "--correlate",
        metavar="",
        help="Slide the kernel as it is, as neural networks do: the default of layers, which have "
        "channels or are transposed.",
        rich_help_panel=CONVOLUTION,
    ),
]
ConvolveOpt = Annotated[
    bool,
    typer.Option(
        "--convolve",
        metavar="",
        help="Reverse the kernel first, as in mathematics: the default of all else.",
        rich_help_panel=CONVOLUTION,
    ),
]
CountPaddingOpt = Annotated[
    Literal["yes", "no"] | None,
    typer.Option(
        "--count-include-pad",
        metavar="yes|no",
        help="Whether an average divides by the padding in its window, too; without it as the "
        "framework does.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
ViewOpt = Annotated[
    Literal["slide", "table", "matrix", "scatter"] | None,
    typer.Option(
        "--view",
        metavar="slide|table|matrix|scatter",
        help="The kernel sliding along the input (the default), the multiplication table with its "
        "anti-diagonals, the matrix that the input is multiplied by, or what each input adds to the output.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
GradOpt = Annotated[
    bool,
    typer.Option(
        "--grad",
        metavar="",
        help="The gradients of input, kernel and bias, each worked as the convolution it is.",
        rich_help_panel=QUESTION,
    ),
]
UpstreamOpt = Annotated[
    str | None,
    typer.Option(
        "--upstream",
        metavar="NUMBERS|FILE",
        help="The gradient of the output that --grad begins with; without it all ones.",
        rich_help_panel=QUESTION,
        show_default=False,
    ),
]
CheckOpt = Annotated[
    str | None,
    typer.Option(
        "--check",
        metavar="NAMES",
        help=f"Work both sides of these laws with your numbers: {', '.join(PROPERTIES)}, or all.",
        rich_help_panel=QUESTION,
        show_default=False,
    ),
]
ThirdOpt = Annotated[
    str | None,
    typer.Option(
        "--third",
        metavar="NUMBERS|FILE",
        help="The third operand of the associative and distributive laws; without it 1,-1.",
        rich_help_panel=QUESTION,
        show_default=False,
    ),
]
SnippetOpt = Annotated[
    Literal["numpy", "torch", "keras", "jax", "onnx"] | None,
    typer.Option(
        "--code",
        metavar="numpy|torch|keras|jax|onnx",
        help="Code that gives the same numbers.",
        rich_help_panel=QUESTION,
        show_default=False,
    ),
]
TensorOpt = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE.npy",
        help="Compute with the engine, at any size, and write the result; - for standard output.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
