"""The Typer app: it registers the commands. Nothing else."""

from collections.abc import Callable
from inspect import cleandoc
from typing import Annotated, Any

import typer

from . import __version__
from .commands import blur, conv_arith, convolve, echo, edge, kernels, probability, reverb, shape

app = typer.Typer(
    name="convcli",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

EXAMPLES = (
    "convcli blur samples/coffee.png",
    "convcli edge samples/chelsea.png",
    "convcli convolve samples/chelsea.png -k sharpen",
    "convcli echo samples/guit_harmonics.flac",
    "convcli probability 2d6 --at-least 9",
    "convcli conv-arith --input 1,2,3,4 --kernel 1,2,3",
    "convcli shape --stride 2 --padding 1",
)


def _help(text: str, examples: tuple[str, ...]) -> str:
    """First line, examples, prose in flowing paragraphs; square brackets are text here, not markup."""
    summary, _, prose = cleandoc(text).partition("\n")
    listing = "\n".join(("\b", "Examples:", *(f"  {example}" for example in examples)))
    paragraphs = (" ".join(paragraph.split()) for paragraph in prose.split("\n\n"))
    return "\n\n".join((summary, listing, *paragraphs)).replace("[", r"\[")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"convcli {__version__}")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    help=_help("Convolve pictures, sounds, probability distributions and numbers on paper.", EXAMPLES),
)
def root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", metavar="", callback=_show_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


def _register(name: str, command: Callable[..., Any], examples: tuple[str, ...], *, panel: str) -> None:
    app.command(name, help=_help(command.__doc__ or "", examples), rich_help_panel=panel)(command)


_register("blur", blur.blur, blur.EXAMPLES, panel="Pictures")
_register("edge", edge.edge, edge.EXAMPLES, panel="Pictures")
_register("convolve", convolve.convolve, convolve.EXAMPLES, panel="Pictures")
_register("echo", echo.echo, echo.EXAMPLES, panel="Sounds")
_register("reverb", reverb.reverb, reverb.EXAMPLES, panel="Sounds")
_register("probability", probability.probability, probability.EXAMPLES, panel="Numbers")
_register("conv-arith", conv_arith.conv_arith, conv_arith.EXAMPLES, panel="Numbers")
_register("shape", shape.shape, shape.EXAMPLES, panel="Numbers")
_register("kernels", kernels.kernels, kernels.EXAMPLES, panel="Numbers")
