"""convcli kernels: the named kernels, and the numbers of one."""

from typing import Annotated

import typer

from convcli import console
from convcli.options import INPUT, JsonOpt, LayoutOpt, NormalizeOpt, layout

EXAMPLES = (
    "convcli kernels",
    "convcli kernels sobel-x",
    "convcli kernels gaussian:1",
    "convcli kernels --normalize sum 1,2,1",
    "convcli kernels disk:2 --format csv",
)

SpecArg = Annotated[
    str | None,
    typer.Argument(
        metavar="KERNEL",
        help="A name with its arguments, numbers such as 1,2,1 or 1,0,-1;2,0,-2, or a file of numbers "
        "(.csv .txt .npy .json). Put -- before numbers that begin with a minus.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]


def kernels(
    kernel: SpecArg = None,
    normalize: NormalizeOpt = "none",
    format: LayoutOpt = None,
    json: JsonOpt = False,
) -> None:
    """List the named kernels, or show the numbers of one.

    The numbers are those of a convolution, which turns a kernel round: sobel-x is positive where a
    picture gets brighter to the right. A kernel of rank 1 is a column times a row, so two short passes
    do its work. The list shows every kernel with the arguments it has if you give none; the sources are
    in --format csv and with each kernel's numbers. A wide kernel is cut in the middle to fit the
    terminal; csv and json have all of it.
    """
    from convcli.kernels import showing

    form = layout(format, json=json)
    chosen = showing.requested(kernel, normalize)
    if form == "json":
        for each in showing.named() if chosen is None else [chosen]:
            console.emit(showing.record(each))
    elif form == "csv":
        rows = [showing.COLUMNS, *showing.listing()] if chosen is None else showing.exact_cells(chosen)
        for line in showing.csv_lines(rows):
            console.line(line)
    elif chosen is None:
        rows = [row[:-1] for row in showing.listing()]
        console.table(showing.COLUMNS[:-1], rows, align="llll", styles=("name",))
    else:
        cells = showing.cells(chosen, width=console.width())
        console.table(
            [""] * len(cells[0]), cells, title=showing.title(chosen), caption=showing.summary(chosen)
        )
