"""What conv-arith draws: files of frames, and frames in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from convcli import console, files
from convcli.errors import CheckErrors, ConvError, UsageError, shortened
from convcli.jobs import Job, unwritable
from convcli.options import parse_count

if TYPE_CHECKING:
    from convcli.arithmetic.worked import Worked
    from convcli.drawing.frames import Animation

Kind = Literal["gif", "svg", "png", "html"]

DRAWINGS = "Drawings"


def parse_fps(text: str | float) -> float:
    """Read frames a second: a number from 0.01 to 50."""
    from convcli.drawing.raster import MOST_FPS

    try:
        fps = float(text)
    except ValueError:
        fps = 0.0
    if not 0.01 <= fps <= MOST_FPS:
        raise typer.BadParameter(
            f"{shortened(str(text))!r} is not a number from 0.01 to {MOST_FPS:g}, e.g. 2 or 0.5"
        )
    return fps


def parse_scale(text: str | int) -> int:
    """Read a size of drawings: 1, 2 or 3."""
    if str(text) not in ("1", "2", "3"):
        raise typer.BadParameter(f"{shortened(str(text))!r} is not 1, 2 or 3")
    return int(text)


GifOpt = Annotated[
    str | None,
    typer.Option(
        "--gif",
        metavar="FILE",
        help="Draw every step as an animation; - for standard output.",
        rich_help_panel=DRAWINGS,
        show_default=False,
    ),
]
SvgOpt = Annotated[
    str | None,
    typer.Option(
        "--svg",
        metavar="FILE",
        help="The same as vector graphics, in the colours and the motion its reader prefers.",
        rich_help_panel=DRAWINGS,
        show_default=False,
    ),
]
PngOpt = Annotated[
    str | None,
    typer.Option(
        "--png",
        metavar="FILE",
        help="Draw one step, the last one without --frame.",
        rich_help_panel=DRAWINGS,
        show_default=False,
    ),
]
HtmlOpt = Annotated[
    str | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="A page on which the kernel is dragged along, and every number and setting changed.",
        rich_help_panel=DRAWINGS,
        show_default=False,
    ),
]
FrameOpt = Annotated[
    int | None,
    typer.Option(
        "--frame",
        parser=parse_count,
        metavar="N",
        help="The step to draw with --png or --svg, counted from 1; without them in the terminal.",
        rich_help_panel=DRAWINGS,
        show_default=False,
    ),
]
PlayOpt = Annotated[
    bool,
    typer.Option(
        "--play",
        metavar="",
        help="Show the steps one after another in the terminal.",
        rich_help_panel=DRAWINGS,
    ),
]
FpsOpt = Annotated[
    float,
    typer.Option(
        "--fps",
        parser=parse_fps,
        metavar="F",
        help="Steps a second of an animation.",
        rich_help_panel=DRAWINGS,
    ),
]
ThemeOpt = Annotated[
    Literal["light", "dark", "auto"],
    typer.Option(
        "--theme",
        metavar="light|dark|auto",
        help="Colours of a drawing; auto is what its reader prefers in an SVG, and light elsewhere.",
        rich_help_panel=DRAWINGS,
    ),
]
ScaleOpt = Annotated[
    int,
    typer.Option(
        "--scale",
        parser=parse_scale,
        metavar="1|2|3",
        help="Size of a drawing; 2 is sharp on dense screens.",
        rich_help_panel=DRAWINGS,
    ),
]
BlankOpt = Annotated[
    bool,
    typer.Option(
        "--blank",
        metavar="",
        help="Draw the geometry alone, without numbers in the cells.",
        rich_help_panel=DRAWINGS,
    ),
]
CatalogueOpt = Annotated[
    str | None,
    typer.Option(
        "--catalogue",
        metavar="FOLDER",
        help="Draw the 19 animations of the guide to convolution arithmetic (Dumoulin and Visin), as GIF "
        "and SVG.",
        rich_help_panel=DRAWINGS,
        show_default=False,
    ),
]


def check_targets(targets: Mapping[Kind, str | None], *, force: bool) -> dict[Kind, str]:
    """Return the files that are asked for, by kind, or say all that is wrong with them.

    Parameters
    ----------
    targets : mapping of str to str or None
        Names of files by kind: ``gif``, ``svg``, ``png``, ``html``.
    force : bool
        Whether existing ones are replaced.

    Raises
    ------
    UsageError, WriteError, CheckErrors
        A name has another suffix, two would go to standard output, or one cannot be written.
    """
    wanted = {kind: target for kind, target in targets.items() if target is not None}
    problems = [
        problem for kind, target in wanted.items() if (problem := _problem(kind, target, force=force))
    ]
    if list(wanted.values()).count(files.STREAM) > 1:
        problems.append(
            UsageError("'-': standard output can carry one drawing", hint="name files for the others")
        )
    if len(problems) > 1:
        raise CheckErrors(problems)
    if problems:
        raise problems[0]
    return wanted


def _problem(kind: str, target: str, *, force: bool) -> ConvError | None:
    """What keeps a drawing from being written."""
    if target == files.STREAM:
        if kind in ("gif", "png") and sys.stdout.isatty():
            return UsageError(
                f"--{kind} -: refusing to write binary data to a terminal", hint="redirect it, or name a file"
            )
        return None
    if Path(target).suffix.lower() != f".{kind}" and not files.is_special(target):
        return UsageError(
            f"--{kind} {shortened(target)}: the name does not end in .{kind}", hint=f"e.g. --{kind} a.{kind}"
        )
    if Path(target).is_file() and not force:
        return files.exists(target, option=f"--{kind}")
    return unwritable(Job(files.STREAM, target, force=True))


def check_look(
    targets: Mapping[Kind, str | None],
    *,
    play: bool,
    frame: int | None,
    fps: float,
    theme: str,
    scale: int,
    blank: bool,
) -> None:
    """Refuse what none of the drawings that are asked for can show; the options of these names.

    Raises
    ------
    UsageError
    """
    files_asked = {kind for kind, target in targets.items() if target is not None}
    pictures = files_asked & {"gif", "svg", "png"}
    animates = play or "gif" in files_asked or ("svg" in files_asked and frame is None)
    terminal = play or (frame is not None and not files_asked)
    needs = {
        f"--frame {frame}": (frame is not None and files_asked == {"html"}, "--png or --svg"),
        f"--fps {fps:g}": (fps != 1.0 and not animates, "--gif, --svg or --play"),
        f"--theme {theme}": (theme != "auto" and not pictures, "--gif, --svg or --png"),
        f"--scale {scale}": (scale != 1 and not pictures, "--gif, --svg or --png"),
        "--blank": (blank and not pictures and not terminal, "--gif, --svg, --png or --play"),
    }
    for option, (idle, drawings) in needs.items():
        if idle:
            raise UsageError(f"{option} belongs to {drawings}", hint=f"add {drawings}, or leave it out")


def draw(
    worked: Worked,
    *,
    gif: str | None = None,
    svg: str | None = None,
    png: str | None = None,
    html: str | None = None,
    frame: int | None = None,
    fps: float = 1.0,
    theme: Literal["light", "dark", "auto"] = "auto",
    scale: int = 1,
    blank: bool = False,
    play: bool = False,
    decimals: bool = False,
    force: bool = False,
    quiet: bool = False,
) -> None:
    """Draw a worked convolution into files, or show it in the terminal, as the options of these names say."""
    from convcli.drawing import page, scenes

    targets = check_targets({"gif": gif, "svg": svg, "png": png, "html": html}, force=force)
    _check_frame(worked, frame, targets, play=play)
    if play and files.STREAM in targets.values():
        raise UsageError("--play: standard output carries a drawing already", hint="name a file for it")

    @cache
    def staged(whole: bool) -> Animation:
        numbers = None if whole else [(frame or worked.step_count) - 1]
        return scenes.animate(worked, fps=fps, blank=blank, decimals=decimals, numbers=numbers)

    def drawn(kind: Kind) -> tuple[bytes, str]:
        """The bytes of a file, and what is in it."""
        if kind == "html":
            return page.render(page.scene_of(worked)).encode(), "page"
        from convcli.drawing.rendering import render

        animation = staged(kind == "gif" or (kind == "svg" and frame is None))
        count = len(animation.frames)
        with console.progress(f"--{kind}", count, quiet=quiet) as watch:
            data = render(animation, kind, theme_name=theme, scale=scale, watch=watch)
        return data, f"{count:,} {'frame' if count == 1 else 'frames'}"

    drawings = [(target, *drawn(kind)) for kind, target in targets.items()]
    for target, data, content in drawings:
        files.write_bytes(target, data, force=force)
        if target != files.STREAM:
            console.path(target)
        if not quiet:
            console.note(f"{files.display_name(target, output=True)}: {content}, {len(data):,} bytes")
    if play or not targets:
        _show(staged(play), fps=fps)


def _show(animation: Animation, *, fps: float) -> None:
    """Show the frames in the terminal, under their heading."""
    from convcli.drawing import terminal

    signs = terminal.FANCY if console.glyph(terminal.FANCY.all, "") else terminal.ASCII
    width = console.width()
    console.frame([*terminal.heading(animation, width=width), []])
    console.play(terminal.frames(animation, width=width, signs=signs), fps=fps)


def _check_frame(worked: Worked, frame: int | None, targets: Mapping[Kind, str], *, play: bool) -> None:
    if frame is None:
        return
    if frame > worked.step_count:
        raise UsageError(
            f"--frame {frame}: there are {worked.step_count:,} steps", hint="steps are counted from 1"
        )
    if play or list(targets) == ["gif"]:
        raise UsageError(
            f"--frame {frame}: is one step, and {'--play' if play else '--gif'} shows all of them",
            hint="use --png for one step",
        )


def catalogue(
    folder: str,
    *,
    fps: float = 1.0,
    theme: Literal["light", "dark", "auto"] = "auto",
    scale: int = 1,
    force: bool = False,
    quiet: bool = False,
) -> None:
    """Draw the catalogue of the guide into a folder, and print the names of its files."""
    from convcli.drawing.catalogue import CATALOGUE, write

    if not folder:
        raise UsageError("--catalogue: the name of its folder is empty", hint="e.g. --catalogue animations")
    count = 0
    for path in write(folder, fps=fps, theme_name=theme, scale=scale, force=force):
        console.path(path)
        count += 1
    if not quiet:
        console.note(f"{folder}: {len(CATALOGUE)} animations, {count} files")
