"""The Typer app: it registers the commands. Nothing else."""

import os
from collections.abc import Sequence
from importlib import import_module
from inspect import cleandoc
from typing import Annotated

import typer

from . import __version__

EXAMPLES = (
    "convcli blur samples/coffee.png",
    "convcli edge samples/chelsea.png",
    "convcli convolve samples/chelsea.png -k sharpen",
    "convcli echo samples/guit_harmonics.flac",
    "convcli probability 2d6 --at-least 9",
    "convcli conv-arith --input 1,2,3,4 --kernel 1,2,3",
    "convcli shape --stride 2 --padding 1",
)

# Each is a function in a module of its name.
_PANELS = {
    "blur": "Pictures",
    "edge": "Pictures",
    "convolve": "Pictures",
    "echo": "Sounds",
    "reverb": "Sounds",
    "probability": "Numbers",
    "conv-arith": "Numbers",
    "shape": "Numbers",
    "kernels": "Numbers",
}


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


def _root(
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


def app(arguments: Sequence[str]) -> typer.Typer:
    """Make the app for some arguments.

    Parameters
    ----------
    arguments : sequence of str
        What follows the program's name. If they begin with a command, that is the only one in the app: to
        load all of them, and to read the types of all their options, would take a fifth of a short run.

    Returns
    -------
    typer.Typer
    """
    made = typer.Typer(
        name="convcli",
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    summary = "Convolve pictures, sounds, probability distributions and numbers on paper."
    made.callback(invoke_without_command=True, help=_help(summary, EXAMPLES))(_root)
    completing = "_CONVCLI_COMPLETE" in os.environ
    asked = {arguments[0]} & _PANELS.keys() if arguments and not completing else None
    for name in asked or _PANELS:
        _register(made, name)
    return made


def _register(made: typer.Typer, name: str) -> None:
    function = name.replace("-", "_")
    module = import_module(f".commands.{function}", __package__)
    command = getattr(module, function)
    text = _help(command.__doc__ or "", module.EXAMPLES)
    made.command(name, help=text, rich_help_panel=_PANELS[name])(command)
