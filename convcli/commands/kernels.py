"""convcli kernels: the named kernels, and the numbers of one."""

from typing import TYPE_CHECKING, Annotated

import typer

from convcli import console
from convcli.errors import UsageError
from convcli.options import INPUT, JsonOpt, LayoutOpt, layout

from .kernel_texts import read_kernel
from .media import is_sound_name
from .picture_options import KernelNormalizeOpt

if TYPE_CHECKING:
    from convcli.arithmetic.normalization import Normalization

EXAMPLES = (
    "convcli kernels",
    "convcli kernels sobel-x",
    "convcli kernels gaussian:1",
    "convcli kernels --normalize sum 1,2,1",
    "convcli kernels disk:2 --format csv",
    "convcli kernels samples/perc_snap.wav",
)

SpecArg = Annotated[
    str | None,
    typer.Argument(
        metavar="KERNEL",
        help="A name with its arguments, numbers such as 1,2,1 or 1,0,-1;2,0,-2, a file of numbers "
        "(.csv .txt .npy .json), a picture, or a sound. Put -- before numbers that begin with a minus.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]


def kernels(
    kernel: SpecArg = None,
    normalize: KernelNormalizeOpt = None,
    format: LayoutOpt = None,
    json: JsonOpt = False,
) -> None:
    """List the named kernels, or show the numbers of one.

    The numbers are those of a convolution, which turns a kernel round: sobel-x is positive where a
    picture gets brighter to the right. A kernel of rank 1 is a column times a row, so two short passes
    do its work. The list shows every kernel with the arguments it has if you give none; the sources are
    in --format csv and with each kernel's numbers. Of a kernel too wide for the terminal the middle is
    shown; csv and json have all of it.

    Of a sound, the impulse response of a room, it shows how loud it is and how it fades: the energy decay
    curve, and the reverberation time RT60 from its slope (T30, or T20 where noise is near; ISO 3382-1).
    """
    from convcli.kernels import showing

    form = layout(format, json=json)
    if kernel is not None and is_sound_name(kernel):
        _show_response(kernel, form, normalize)
        return
    if kernel is None and normalize is not None:
        raise UsageError(
            "--normalize needs a kernel", hint="for example: convcli kernels 1,2,1 --normalize sum"
        )
    chosen = None if kernel is None else read_kernel(kernel, normalize)
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


def _show_response(path: str, form: str, normalize: "Normalization | None") -> None:
    """Show a sound as an impulse response."""
    from convcli.audio import decay, responses, showing
    from convcli.kernels import showing as tables

    if normalize is not None:
        raise UsageError(
            "--normalize: is for kernels of numbers and pictures",
            hint="reverb --ir-norm brings an impulse response to a level",
        )
    recording = responses.read(path)
    fading = decay.analyse(recording.samples, recording.rate)
    if form == "json":
        console.emit(showing.record(recording, fading))
    elif form == "csv":
        for line in tables.csv_lines([showing.COLUMNS, *showing.rows(fading)]):
            console.line(line)
    else:
        console.table(showing.CHANNELS, showing.channels(recording), title=showing.title(recording))
        console.line()
        curve = showing.curve(fading, width=console.width(), bar=console.glyph("█", "#"))
        console.table(
            showing.CURVE,
            curve,
            align="rrl",
            styles=("", "", "bar"),
            caption="\n".join(showing.notes(fading)),
        )
