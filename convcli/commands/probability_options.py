"""Options of `convcli probability`, and the numbers, points and shares that they take."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal

import typer

from convcli.errors import UsageError, shortened
from convcli.files import check_absent
from convcli.options import CONVOLUTION, INPUT, OUTPUT, parse_count


@dataclass(frozen=True, slots=True)
class Place:
    """A number, or a point of the plane: one value, or x and y."""

    values: tuple[Fraction, ...]


def _number(text: str) -> Fraction:
    from convcli.arithmetic.literals import parse_number

    try:
        return parse_number(text)
    except UsageError as error:
        raise typer.BadParameter(f"{error.message}, e.g. 9, -0.5 or 1/3") from None


def parse_value(text: str | Fraction) -> Fraction:
    """Read a value exactly: an integer, a decimal or a fraction."""
    return text if isinstance(text, Fraction) else _number(text)


def parse_place(text: str | Place) -> Place:
    """Read a value, or a point: ``7`` or ``1,-0.5``."""
    if isinstance(text, Place):
        return text
    parts = text.split(",")
    if len(parts) > 2:
        raise typer.BadParameter(f"{shortened(text)!r} is not a number or a point, e.g. 7 or 1,0")
    return Place(tuple(map(_number, parts)))


def parse_step(text: str | Place) -> Place:
    """Read a distance above 0, or one along x and one along y."""
    place = parse_place(text)
    if min(place.values) <= 0:
        raise typer.BadParameter(f"{text!r}: a step is above 0, e.g. 0.01 or 0.5,1")
    return place


def check_page(target: str, *, force: bool) -> None:
    """Refuse a page that could not be written in the end, before any work.

    Raises
    ------
    UsageError
        The name does not end in .html.
    WriteError
        The file exists and `force` is not set.
    """
    if not target.lower().endswith(".html"):
        raise UsageError(
            f"--html {shortened(target)}: the name does not end in .html", hint="e.g. --html a.html"
        )
    check_absent(target, option="--html", force=force)


def parse_share(text: str | Fraction) -> Fraction:
    """Read a probability above 0: ``0.95``, ``95%`` or ``19/20``."""
    if isinstance(text, Fraction):
        return text
    share = _number(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 < share <= 1:
        raise typer.BadParameter(f"{shortened(text)!r} is not above 0 and at most 1, e.g. 0.95 or 95%")
    return share


TermsArg = Annotated[
    list[str],
    typer.Argument(
        metavar="TERM",
        help="Dice, numbers, value:probability lists, laws, ball:METRES, files, or - for standard input. "
        "All are added up.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
OriginOpt = Annotated[
    Place | None,
    typer.Option(
        "--origin",
        parser=parse_place,
        metavar="X,Y",
        help="Of a matrix in a file: where its first entry stands.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
TimesOpt = Annotated[
    int,
    typer.Option(
        "--times",
        parser=parse_count,
        metavar="N",
        help="Add up N independent copies of the whole.",
        rich_help_panel=CONVOLUTION,
    ),
]
StepOpt = Annotated[
    Place | None,
    typer.Option(
        "--step",
        parser=parse_step,
        metavar="H",
        help="Grid of continuous laws; without it chosen by their spread. DX,DY: of a matrix.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
GivenOpt = Annotated[
    Place | None,
    typer.Option(
        "--given",
        parser=parse_place,
        metavar="TOTAL",
        help="The first term alone, once the total is known: P(a | c) = f(a) g(c - a) / (f * g)(c).",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
AfterOpt = Annotated[
    int | None,
    typer.Option(
        "--after",
        parser=parse_count,
        metavar="K",
        help="With --given or --html: the sum of the first K of N --times in place of the first term.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
AtLeastOpt = Annotated[
    list[Fraction] | None,
    typer.Option(
        "--at-least",
        parser=parse_value,
        metavar="N",
        help="Probability of N or more. Repeatable.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
AtMostOpt = Annotated[
    list[Fraction] | None,
    typer.Option(
        "--at-most",
        parser=parse_value,
        metavar="N",
        help="Probability of N or less.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
ExactlyOpt = Annotated[
    list[Place] | None,
    typer.Option(
        "--exactly",
        parser=parse_place,
        metavar="N",
        help="Probability of N, or of a point X,Y.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
QuantileOpt = Annotated[
    list[Fraction] | None,
    typer.Option(
        "--quantile",
        parser=parse_share,
        metavar="P",
        help="The smallest value v with P(X <= v) of at least P, e.g. 95%.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
IntervalOpt = Annotated[
    list[Fraction] | None,
    typer.Option(
        "--interval",
        parser=parse_share,
        metavar="P",
        help="The central values: at most (1 - P)/2 lies beyond either end.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
BetweenOpt = Annotated[
    tuple[Fraction, Fraction] | None,
    typer.Option(
        "--between",
        parser=parse_value,
        metavar="A B",
        help="Probability of A to B, both included.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
ExactOpt = Annotated[
    bool,
    typer.Option(
        "--exact",
        metavar="",
        help="Fractions instead of decimals (in JSON: beside them).",
        rich_help_panel=OUTPUT,
    ),
]
FormOpt = Annotated[
    Literal["table", "csv", "json", "markdown", "anydice"] | None,
    typer.Option(
        "--format",
        metavar="FORM",
        help="table, csv, json, markdown or anydice; --json is --format json.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
PlotOpt = Annotated[
    str | None,
    typer.Option(
        "--plot",
        metavar="FILE",
        help="Draw it too, as .png, .svg or .pdf: bars and running sums; with --given the sliding picture, "
        "f, g reversed, their product; of points a heat map.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
HtmlOpt = Annotated[
    str | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="An explorable page: g, the rest, reversed and slid over f, the first term. Of continuous laws "
        "it has up to 200 cells, of others up to 2000 values.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
LogOpt = Annotated[
    bool,
    typer.Option(
        "--log",
        metavar="",
        help="Heat maps and --plot on a logarithmic scale, which shows the tails.",
        rich_help_panel=OUTPUT,
    ),
]
