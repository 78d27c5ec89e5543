"""Options that several commands share, as annotated aliases, and the text grammars behind them.

Short flags, so that none means two things:

-a  free                        -o  --output: all that make files
-d  --dilation                  -p  --padding
-f  --force                     -q  --quiet: all
-g  --groups: shape             -s  --stride
-h  --help: all                 -V  --version: root
-j  --jobs                      -k  --kernel: conv-arith, convolve, shape
-n  --dry-run                   -i  --input: conv-arith

An alias ends in Arg or Opt. Options of a single command stand in that command's module. A parser
raises ``typer.BadParameter`` with the value, the rule and an example.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

import typer

from .errors import UsageError, shortened

# --- text grammars ------------------------------------------------------------------------------

_DIGITS = 12  # of a count at most: `int` refuses more than 4300, and no count is that large


@dataclass(frozen=True, slots=True)
class Sizes:
    """One whole number, or one for each axis, height first: ``3`` or ``3x5``."""

    values: tuple[int, ...]

    def per_axis(self, count: int, *, option: str) -> tuple[int, ...]:
        """Return `count` values: a single one holds for every axis; `option` is named if they do not fit."""
        if len(self.values) == 1:
            return self.values * count
        if len(self.values) != count:
            axes = "1 axis" if count == 1 else f"{count} axes"
            raise typer.BadParameter(
                f"'{self}' has {len(self.values)} values for {axes}", param_hint=f"'{option}'"
            )
        return self.values

    def __str__(self) -> str:
        return "x".join(str(value) for value in self.values)


PaddingName = Literal["same", "valid", "full"]


@dataclass(frozen=True, slots=True)
class Padding:
    """A named padding, or amounts: one for every axis, or one for each, height first."""

    name: PaddingName | None = None
    amounts: Sizes | None = None

    def for_engine(self, count: int, *, option: str) -> PaddingName | tuple[tuple[int, int], ...]:
        """Return the engine's ``mode``: a name, or (before, after) for each of `count` axes.

        `option` is named if there are amounts for another number of axes.
        """
        if self.name is not None:
            return self.name
        assert self.amounts is not None
        return tuple((amount, amount) for amount in self.amounts.per_axis(count, option=option))

    def __str__(self) -> str:
        return self.name or str(self.amounts)


def _is_whole_number(text: str, *, least: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) >= least


def whole_numbers(text: str | Sizes, *, least: int, rule: str) -> Sizes:
    """Read whole numbers with an x between them; an error says that the text is not what `rule` tells."""
    if isinstance(text, Sizes):
        return text
    parts = text.lower().replace("×", "x").split("x")
    if not all(_is_whole_number(part, least=least) for part in parts):
        raise typer.BadParameter(f"{shortened(text)!r} is not {rule}")
    return Sizes(tuple(int(part) for part in parts))


def parse_sizes(text: str | Sizes) -> Sizes:
    """Read ``3`` or ``3x5``: whole numbers above 0, height first."""
    return whole_numbers(text, least=1, rule="N or HxW in whole numbers above 0, e.g. 3 or 3x5")


def parse_amounts(text: str | Sizes) -> Sizes:
    """Read ``1`` or ``1x2``: whole numbers, 0 included, height first."""
    return whole_numbers(text, least=0, rule="N or PxQ in whole numbers, e.g. 1 or 1x2")


def parse_padding(text: str | Padding) -> Padding:
    """Read ``same``, ``valid``, ``full``, ``1`` or ``1x2``."""
    if isinstance(text, Padding):
        return text
    match text.lower():
        case "same" | "valid" | "full" as name:
            return Padding(name=name)
    rule = "same, valid, full, N or PxQ, e.g. 1 or 1x2"
    return Padding(amounts=whole_numbers(text, least=0, rule=rule))


def parse_dilation(text: str | Sizes) -> Sizes:
    """Read a dilation; 0 is refused with the convention that is meant."""
    if not isinstance(text, Sizes) and "0" in text.lower().split("x"):
        raise typer.BadParameter(f"{text!r}: dilation is the spacing of the weights, 1 is a dense kernel")
    return parse_sizes(text)


def parse_count(text: str | int) -> int:
    """Read a whole number above 0."""
    if not _is_whole_number(str(text), least=1):
        raise typer.BadParameter(f"{shortened(str(text))!r} is not a whole number above 0, e.g. 2")
    return int(text)


def parse_seed(text: str | int) -> int:
    """Read a whole number, 0 included."""
    if not _is_whole_number(str(text), least=0):
        raise typer.BadParameter(f"{shortened(str(text))!r} is not a whole number, e.g. 1")
    return int(text)


Layout = Literal["table", "csv", "json"]


def layout(format: str | None, *, json: bool) -> str:
    """Return the form to print, a table by default; --json and another --format contradict each other."""
    if json and format not in (None, "json"):
        raise UsageError(f"--format {format} contradicts --json", hint="give one of the two")
    return "json" if json else format or "table"


# --- panels of the help pages -------------------------------------------------------------------

INPUT = "Input"
CONVOLUTION = "Convolution"
OUTPUT = "Output"

# --- files --------------------------------------------------------------------------------------

InputsArg = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT", help="Files, or - for standard input.", rich_help_panel=INPUT, show_default=False
    ),
]
OutputOpt = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        help="A file, a folder, - for standard output, or a template with {stem} {suffix} {dir} {n} "
        "{command}. Without it: {stem}-{command}{suffix} beside the input.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
FormatOpt = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="Format of the result; without it that of the output's name, else the input's.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
ForceOpt = Annotated[
    bool, typer.Option("--force", "-f", metavar="", help="Replace existing outputs.", rich_help_panel=OUTPUT)
]
DryRunOpt = Annotated[
    bool,
    typer.Option(
        "--dry-run", "-n", metavar="", help="Print the plan, write nothing.", rich_help_panel=OUTPUT
    ),
]
ExplainOpt = Annotated[
    bool,
    typer.Option(
        "--explain",
        metavar="",
        help="Say why this method, with the predicted and measured time of every method there is.",
        rich_help_panel=OUTPUT,
    ),
]
QuietOpt = Annotated[
    bool, typer.Option("--quiet", "-q", metavar="", help="No report, no progress.", rich_help_panel=OUTPUT)
]
JsonOpt = Annotated[
    bool,
    typer.Option(
        "--json", metavar="", help="Print the report as JSON, one object a line.", rich_help_panel=OUTPUT
    ),
]
LayoutOpt = Annotated[
    Layout | None,
    typer.Option(
        "--format",
        metavar="table|csv|json",
        help="How to print the result; --json is --format json. Without it a table.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
JobsOpt = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        parser=parse_count,
        metavar="N",
        help="Threads to use; without it one a CPU. The result is the same for any number.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]

# --- convolution --------------------------------------------------------------------------------

BOUNDARY_HELP = (
    "What lies outside: replicate aaa|abcd|ddd, reflect dcb|abcd|cba, symmetric cba|abcd|dcb, "
    "circular bcd|abcd|abc, zeros, constant:V."
)

PaddingOpt = Annotated[
    Padding,
    typer.Option(
        "--padding",
        "-p",
        parser=parse_padding,
        metavar="same|valid|full|N|PxQ",
        help="How far the kernel reaches over the border; same keeps the size.",
        rich_help_panel=CONVOLUTION,
    ),
]
PaddingModeOpt = Annotated[
    str, typer.Option("--padding-mode", metavar="MODE", help=BOUNDARY_HELP, rich_help_panel=CONVOLUTION)
]
StrideOpt = Annotated[
    Sizes,
    typer.Option(
        "--stride",
        "-s",
        parser=parse_sizes,
        metavar="N|HxW",
        help="Keep every N-th output.",
        rich_help_panel=CONVOLUTION,
    ),
]
DilationOpt = Annotated[
    Sizes,
    typer.Option(
        "--dilation",
        "-d",
        parser=parse_dilation,
        metavar="N|HxW",
        help="Spacing of the weights: 1 is dense, N puts N-1 zeros between them.",
        rich_help_panel=CONVOLUTION,
    ),
]
NormalizeOpt = Annotated[
    Literal["none", "sum", "abs", "positive"],
    typer.Option(
        "--normalize",
        metavar="none|sum|abs|positive",
        help="Divide the kernel by the sum of its weights, of their absolute values, or of the positive.",
        rich_help_panel=CONVOLUTION,
    ),
]
MethodOpt = Annotated[
    Literal["auto", "taps", "box", "separable", "direct", "fft"],
    typer.Option(
        "--method",
        metavar="NAME",
        help="How to compute it: auto, taps, box, separable, direct or fft; all give the same result.",
        rich_help_panel=CONVOLUTION,
    ),
]

ONE = Sizes((1,))
THREE = Sizes((3,))
SAME = Padding(name="same")
