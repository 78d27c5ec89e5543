"""convcli probability - the distribution of a sum of independent terms."""

from typing import TYPE_CHECKING

from convcli import console, figures
from convcli.files import write_bytes
from convcli.options import ForceOpt, JsonOpt, QuietOpt, layout

from .probability_options import (
    AfterOpt,
    AtLeastOpt,
    AtMostOpt,
    BetweenOpt,
    ExactlyOpt,
    ExactOpt,
    FormOpt,
    GivenOpt,
    HtmlOpt,
    IntervalOpt,
    LogOpt,
    OriginOpt,
    PlotOpt,
    QuantileOpt,
    StepOpt,
    TermsArg,
    TimesOpt,
    check_page,
)

if TYPE_CHECKING:
    from convcli.probability.request import Result
    from convcli.probability.request2 import Result2

EXAMPLES = (
    "convcli probability 2d6 --at-least 9",
    "convcli probability 2d6 1d4 --between 5 9 --interval 90%",
    "convcli probability 4d6kh3 --exact",
    "convcli probability ball:2 ball:3 --given 1",
    "convcli probability ball:2 ball:3 --given 1 --html ball.html",
    "convcli probability d6 --times 10 --after 3 --given 42",
    "convcli probability ball2:12",
    "convcli probability 0:0.5,1:0.25,2:1/4 --times 12 --format csv",
)


def probability(
    terms: TermsArg,
    origin: OriginOpt = None,
    times: TimesOpt = 1,
    step: StepOpt = None,
    given: GivenOpt = None,
    after: AfterOpt = None,
    at_least: AtLeastOpt = None,
    at_most: AtMostOpt = None,
    exactly: ExactlyOpt = None,
    between: BetweenOpt = None,
    quantile: QuantileOpt = None,
    interval: IntervalOpt = None,
    exact: ExactOpt = False,
    format: FormOpt = None,
    json: JsonOpt = False,
    plot: PlotOpt = None,
    html: HtmlOpt = None,
    log: LogOpt = False,
    force: ForceOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Tabulate a sum of dice, laws or points, exactly, and answer questions.

    The distribution of a sum is the convolution of the distributions of its
    terms: P(c) = sum of f(a) g(c - a) over all a. It is computed in whole
    numbers, tails included; continuous laws, and tables too large for that,
    in floats.

    A TERM is dice: 2d6, d%, dF, d{1,1,2}, 4d6kh3 (keeps the highest 3), 3d6!
    (explodes), 4d6r1 (rolls 1 again), 5d10>=7 (counts); a sum or a multiple:
    2d10-d8+3, (2d6+3)*5; a law of scipy.stats: binom(10,0.3), poisson(4),
    norm(loc=0,scale=2); values with their probabilities: 0:0.5,1:1/2. Quote
    what your shell would expand, and put -- before a minus at the beginning.

    ball:H is where a ball dropped from H metres comes to rest: each metre of
    fall knocks it twice by half a metre, left or right. ball2:H falls on a
    floor: each metre knocks it one metre into any of four directions. Dropped
    again where it landed, it adds a second jump to the first.

    A file (.csv, .tsv, .txt, .json, .npy) has the columns value and
    probability, percent or weight, or none of these names; for points x, y
    and probability; or it is a matrix, its rows of one y, with --origin.
    JSON is what --json prints, {"0": 0.5, "1": 0.5} or [[0, 0.5], [1, 0.5]].

    --given asks where the first random TERM was, or the first die of a single
    one such as 2d6; with --after, the sum of the first K of N. A long table
    shows the central 99.99 %, in bands if need be; csv and json have it all.
    """
    from convcli.probability import output, plotting
    from convcli.probability.questions import Asked
    from convcli.probability.request import examine

    form = layout(format, json=json)
    if plot is not None:
        figures.check_target(plot, force=force)
    if html is not None:
        check_page(html, force=force)
    result = examine(
        terms,
        asked=Asked(
            at_least=at_least or (),
            at_most=at_most or (),
            exactly=[place.values for place in exactly or ()],
            between=between,
            quantile=quantile or (),
            interval=interval or (),
        ),
        times=times,
        given=None if given is None else given.values,
        after=after,
        step=None if step is None else step.values,
        origin=None if origin is None else origin.values,
        paired=None if html is None else "--html",
    )
    output.check_form(result, form, exact=exact)
    page = None if html is None else _page(result)
    if plot is not None:
        plotting.save(result, plot, log=log, force=force)
    if html is not None and page is not None:
        write_bytes(html, page, force=force)
    for warning in result.warnings:
        console.warn(warning)
    for line in () if quiet or form == "json" else result.report:
        console.note(line)
    if plot is not None and not quiet:
        console.note(f"plot: {plot}")
    if html is not None and not quiet:
        console.note(f"page: {html}")
    if form == "table":
        _show_table(result, exact=exact, log=log)
    elif form == "json":
        console.emit(output.record(result, exact=exact))
    else:
        for line in output.lines(result, form, exact=exact):
            console.line(line)
        for line in () if quiet else output.answers(result):
            console.note(line)


def _page(result: "Result | Result2") -> bytes:
    """The page on which the two parts of a sum slide over each other."""
    from convcli.drawing.page import render
    from convcli.probability.scene import scene

    return render(scene(result)).encode()


def _show_table(result: "Result | Result2", *, exact: bool, log: bool) -> None:
    from convcli.probability import output
    from convcli.probability.request2 import Result2

    if isinstance(result, Result2):
        drawn = output.heat_map(result, room=console.picture_room(), log=log)
        console.picture(result.description, drawn.raster)
        console.line(drawn.caption)
        console.line()
    table = output.table(result, width=console.width(), bar=console.glyph("█", "#"), exact=exact)
    if table is not None:
        columns, keys = table.columns, table.keys
        console.table(
            columns,
            table.rows,
            title=None if isinstance(result, Result2) else result.description,
            caption=table.caption,
            align="r" * keys + "l" * (len(columns) - keys),
            styles=("name",) * keys + tuple("number" if name else "bar" for name in columns[keys:]),
        )
        console.line()
    for line in output.remarks(result):
        console.line(line)
