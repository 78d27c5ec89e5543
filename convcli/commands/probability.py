"""convcli probability - the distribution of a sum of independent terms."""

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import typer

from convcli import console
from convcli.errors import UsageError
from convcli.options import CONVOLUTION, INPUT, OUTPUT, JsonOpt, LayoutOpt, QuietOpt, layout, parse_count

if TYPE_CHECKING:
    from convcli.probability.request import Result

EXAMPLES = (
    "convcli probability 2d6 --at-least 9",
    "convcli probability 2d6 1d4 --between 5 9",
    "convcli probability 4d6kh3 --exact",
    "convcli probability ball:2 ball:3 --given 1",
    "convcli probability 0:0.5,1:0.25,2:1/4 --times 12 --format csv",
)


def parse_value(text: str | Fraction) -> Fraction:
    """Read a value exactly: an integer, a decimal or a fraction."""
    from convcli.arithmetic.literals import parse_number

    try:
        return text if isinstance(text, Fraction) else parse_number(text)
    except UsageError as error:
        raise typer.BadParameter(f"{error.message}, e.g. 9, -0.5 or 1/3") from None


TermsArg = Annotated[
    list[str],
    typer.Argument(
        metavar="TERM",
        help="Dice, numbers, value:probability lists, ball:METRES, files, or - for standard input. "
        "All are added up.",
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
GivenOpt = Annotated[
    Fraction | None,
    typer.Option(
        "--given",
        parser=parse_value,
        metavar="TOTAL",
        help="The first term alone, once the total is known: P(a | c) = f(a) g(c - a) / (f * g)(c).",
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
        help="Probability of N or less. Repeatable.",
        rich_help_panel=OUTPUT,
        show_default=False,
    ),
]
ExactlyOpt = Annotated[
    list[Fraction] | None,
    typer.Option(
        "--exactly",
        parser=parse_value,
        metavar="N",
        help="Probability of N. Repeatable.",
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


def probability(
    terms: TermsArg,
    times: TimesOpt = 1,
    given: GivenOpt = None,
    at_least: AtLeastOpt = None,
    at_most: AtMostOpt = None,
    exactly: ExactlyOpt = None,
    between: BetweenOpt = None,
    exact: ExactOpt = False,
    format: LayoutOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Tabulate a sum of dice, of jumps of a ball, of any independent values.

    The distribution of a sum is the convolution of the distributions of its
    terms: P(c) = sum of f(a) g(c - a) over all a. It is computed in whole
    numbers over one common denominator, so that it is exact, tails included.

    A TERM is an expression: 2d6 (two dice of six sides), d%, dF (-1, 0, 1),
    d{1,1,2} (listed faces), d{0:3,1:5} (with weights), d{1..4}. 4d6kh3 keeps
    the highest 3, kl the lowest; dh and dl drop them. + and - join terms,
    (2d6+3)*5 multiplies the value. Quote what your shell would expand, and
    put -- before a TERM that begins with a minus.

    ball:H is where a ball dropped from H metres comes to rest, in metres from
    below the hand: each metre of fall knocks it twice by half a metre, left
    or right with equal chance, so that P(c) = C(2H, H+c) / 4^H. Dropped again
    where it landed, it adds a second jump to the first, and --given tells
    where it was in between.

    0:0.5,1:0.25,2:1/4 lists values with their probabilities. A file (.csv,
    .tsv, .txt, .json) has a column value and a column probability, percent or
    weight, or two columns without names; JSON is what --json prints,
    {"0": 0.5, "1": 0.5} or [[0, 0.5], [1, 0.5]]. Decimals count exactly as
    written. A sum that misses 1 by up to 1e-6 is scaled, with a warning.

    --given looks at the first random TERM, or at the first die of a single
    one such as 2d6. A table of more than 60 values shows the central 99.99 %,
    in bands if need be; csv and json are always complete.
    """
    from convcli.probability.request import examine

    form = layout(format, json=json)
    result = examine(
        terms,
        times=times,
        given=given,
        at_least=at_least or (),
        at_most=at_most or (),
        exactly=exactly or (),
        between=between,
    )
    for warning in result.warnings:
        console.warn(warning)
    for line in () if quiet or form == "json" else result.report:
        console.note(line)
    _SHOW[form](result, exact=exact, quiet=quiet)


def _show_table(result: "Result", *, exact: bool, quiet: bool) -> None:
    from convcli.probability import rendering

    table = rendering.table(result.law, width=console.width(), bar=console.glyph("█", "#"), exact=exact)
    console.table(
        table.columns,
        table.rows,
        title=result.description,
        caption=table.caption,
        align="rllll",
        styles=("name", "number", "number", "number", "bar"),
    )
    console.line()
    console.line(rendering.summary(result.law))
    for answer in result.answers:
        console.line(rendering.answer_line(answer))


def _show_csv(result: "Result", *, exact: bool, quiet: bool) -> None:
    from convcli.probability import rendering

    for line in rendering.csv_lines(result.law, exact=exact):
        console.line(line)
    for answer in () if quiet else result.answers:
        console.note(rendering.answer_line(answer))


def _show_json(result: "Result", *, exact: bool, quiet: bool) -> None:
    from convcli.probability import rendering

    console.emit(rendering.record(result.law, result.description, result.answers, exact=exact))


_SHOW = {"table": _show_table, "csv": _show_csv, "json": _show_json}
