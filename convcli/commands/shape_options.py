"""Options of the command shape, and the texts behind them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from convcli.errors import UsageError
from convcli.options import (
    CONVOLUTION,
    INPUT,
    OUTPUT,
    Sizes,
    parse_amounts,
    parse_count,
    parse_dilation,
    parse_sizes,
    whole_numbers,
)

if TYPE_CHECKING:
    from convcli.arithmetic.dialects import Operation

PADDING_NAMES = ("same", "same-lower", "valid", "half", "full", "causal")
LAYOUTS = "table|json|csv|markdown"
QUESTION = "Questions"


@dataclass(frozen=True, slots=True)
class LayerPadding:
    """A padding of a layer: one of its names, or amounts."""

    given: str | Sizes

    @property
    def value(self) -> str | tuple[int, ...]:
        """The padding as `LayerSpec` takes it."""
        return self.given if isinstance(self.given, str) else self.given.values

    def __str__(self) -> str:
        return str(self.given)


def parse_input_size(text: str | Sizes) -> Sizes:
    """Read ``28``, ``5x7`` or ``3x224x224``: whole numbers above 0, channels first."""
    rule = "N, HxW, CxHxW or CxDxHxW in whole numbers above 0, e.g. 28 or 3x224x224"
    return whole_numbers(text, least=1, rule=rule)


def parse_layer_padding(text: str | LayerPadding) -> LayerPadding:
    """Read one of the names, ``1`` or ``1x2``."""
    if isinstance(text, LayerPadding):
        return text
    if text.lower() in PADDING_NAMES:
        return LayerPadding(text.lower())
    rule = f"{', '.join(PADDING_NAMES)}, N or PxQ, e.g. 1 or 1x2"
    return LayerPadding(whole_numbers(text, least=0, rule=rule))


SizeArg = Annotated[
    Sizes | None,
    typer.Argument(
        metavar="SIZE",
        parser=parse_input_size,
        help="Size of the input: N for one axis, HxW, CxHxW or CxDxHxW, channels first. "
        "Without it: a table of common sizes.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
KernelSizeOpt = Annotated[
    Sizes | None,
    typer.Option(
        "--kernel",
        "-k",
        parser=parse_sizes,
        metavar="N|HxW",
        help="Size of the kernel; without it 3, of a pooling 2.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
LayerStrideOpt = Annotated[
    Sizes | None,
    typer.Option(
        "--stride",
        "-s",
        parser=parse_sizes,
        metavar="N|HxW",
        help="Keep every N-th output; without it 1, of a pooling what the framework takes.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
LayerPaddingOpt = Annotated[
    LayerPadding | None,
    typer.Option(
        "--padding",
        "-p",
        parser=parse_layer_padding,
        metavar="N|PxQ|NAME",
        help="Zeros at both ends: how many, or same and same-lower (as the framework means them), valid "
        "(none), half (of the kernel, rounded down), full (the kernel but for one sample), causal (before).",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
PadBeginOpt = Annotated[
    Sizes | None,
    typer.Option(
        "--pad-begin",
        parser=parse_amounts,
        metavar="N|PxQ",
        help="Zeros before each axis, where they differ from those after it.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
PadEndOpt = Annotated[
    Sizes | None,
    typer.Option(
        "--pad-end",
        parser=parse_amounts,
        metavar="N|PxQ",
        help="Zeros after each axis.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
LayerDilationOpt = Annotated[
    Sizes | None,
    typer.Option(
        "--dilation",
        "-d",
        parser=parse_dilation,
        metavar="N|HxW",
        help="Spacing of the weights: 1 is dense, N puts N-1 zeros between them.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
DilationGapOpt = Annotated[
    Sizes | None,
    typer.Option(
        "--dilation-gap",
        parser=parse_amounts,
        metavar="N|HxW",
        help="The same in the other convention: zeros between two weights, 0 is dense.",
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
        help="Parts that the channels are divided into; for parameters and multiply-adds.",
        rich_help_panel=CONVOLUTION,
    ),
]
InChannelsOpt = Annotated[
    int | None,
    typer.Option(
        "--in-channels",
        parser=parse_count,
        metavar="N",
        help="Channels of the input, where SIZE does not say.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
OutChannelsOpt = Annotated[
    int | None,
    typer.Option(
        "--out-channels",
        parser=parse_count,
        metavar="N",
        help="Channels of the output; with those of the input they give parameters and multiply-adds.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
TransposedOpt = Annotated[
    bool,
    typer.Option(
        "--transposed",
        metavar="",
        help="A transposed convolution; padding is that of the convolution it transposes.",
        rich_help_panel=CONVOLUTION,
    ),
]
OutputPaddingOpt = Annotated[
    Sizes | None,
    typer.Option(
        "--output-padding",
        parser=parse_amounts,
        metavar="N|PxQ",
        help="Further outputs at the end of a transposed convolution, below its stride or dilation.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
PoolOpt = Annotated[
    Literal["max", "avg"] | None,
    typer.Option(
        "--pool",
        metavar="max|avg",
        help="A pooling instead of a convolution.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
CeilModeOpt = Annotated[
    bool,
    typer.Option(
        "--ceil-mode",
        metavar="",
        help="Count the last window of a pooling even if it is not whole.",
        rich_help_panel=CONVOLUTION,
    ),
]
FrameworkOpt = Annotated[
    Literal["torch", "keras", "tf", "jax", "onnx"],
    typer.Option(
        "--framework",
        metavar="NAME",
        help="Whose meaning of paddings, defaults and refusals: torch, keras, tf, jax or onnx.",
        rich_help_panel=CONVOLUTION,
    ),
]
CompareOpt = Annotated[
    bool,
    typer.Option(
        "--compare",
        metavar="",
        help="What all five make of it, side by side, and why they differ.",
        rich_help_panel=QUESTION,
    ),
]
SolveOpt = Annotated[
    Sizes | None,
    typer.Option(
        "--solve",
        parser=parse_input_size,
        metavar="OUT",
        help="Every layer that makes OUT of SIZE, simplest first; what you give stays fixed. Without "
        "SIZE: every input that gives OUT.",
        rich_help_panel=QUESTION,
        show_default=False,
    ),
]
NetOpt = Annotated[
    str | None,
    typer.Option(
        "--net",
        metavar="TEXT|FILE|NAME",
        help="A chain of layers: in 3x32x32 (conv3-64 p1 relu)*2 maxpool2 flatten fc-10; [a | b] branches; a "
        "file of it, a torchvision list, a Darknet .cfg, - for standard input, a chain of matrices, or a "
        "network by name, such as vgg16. SIZE overrides its input.",
        rich_help_panel=QUESTION,
        show_default=False,
    ),
]
CodeOpt = Annotated[
    Literal["torch", "keras", "jax", "onnx"] | None,
    typer.Option(
        "--code",
        metavar="torch|keras|jax|onnx",
        help="One line of code that makes this layer.",
        rich_help_panel=QUESTION,
        show_default=False,
    ),
]
ShapeLayoutOpt = Annotated[
    Literal["table", "json", "csv", "markdown"] | None,
    typer.Option(
        "--format",
        metavar=LAYOUTS,
        help="How to print the answer; --json is --format json. Without it a table.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]

# Before each axis, as a name or as amounts, and after it where that differs.
Paddings = tuple[str | tuple[int, ...], tuple[int, ...] | None]


def operation_of(*, transposed: bool, pool: Literal["max", "avg"] | None) -> "Operation":
    """Name the operation that two options ask for."""
    if transposed and pool:
        raise UsageError("--transposed contradicts --pool", hint="give one of the two")
    return "convt" if transposed else "maxpool" if pool == "max" else "avgpool" if pool else "conv"


def padding_of(both: LayerPadding | None, begin: Sizes | None, end: Sizes | None) -> Paddings:
    """Return a name or amounts before, and amounts after if those differ."""
    if begin is None and end is None:
        return (both.value if both else (0,)), None
    if both is not None:
        raise UsageError(
            "--padding contradicts --pad-begin and --pad-end", hint="give one for both ends, or each end"
        )
    return (begin.values if begin else (0,)), (end.values if end else (0,))


def dilation_of(spacing: Sizes | None, gap: Sizes | None) -> Sizes | None:
    """Return the spacing of the weights; a gap is the zeros between them."""
    if gap is None:
        return spacing
    if spacing is not None:
        raise UsageError(
            "--dilation contradicts --dilation-gap",
            hint="a dilation of 2, the spacing, is a gap of 1: the zeros between two weights",
        )
    return Sizes(tuple(value + 1 for value in gap.values))


def check_questions(asked: Mapping[str, object]) -> None:
    """Refuse two questions at a time; by their names, what was given of each."""
    names = [name for name, value in asked.items() if value]
    if len(names) > 1:
        raise UsageError(f"{names[0]} and {names[1]} are two questions", hint="ask one at a time")
