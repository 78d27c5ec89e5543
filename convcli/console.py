"""The only writer to the terminal: data and tables, messages, JSON, progress, colour.

Data goes to standard output; reports, warnings, errors and progress to standard error. Colour and
styles appear on terminals only (``NO_COLOR``, ``FORCE_COLOR`` and ``TERM=dumb`` are obeyed).
Rich is imported when first needed, so that commands that print plain lines start without it.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Any, TextIO

from . import halfblocks
from .errors import CheckErrors, ConvError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.text import Text

_THEME = {"name": "bold", "number": "", "bar": "cyan", "dim": "dim", "title": "bold", "": ""}
_JUSTIFY = {"l": "left", "r": "right", "c": "center"}
_LEAST_PROSE = 8  # columns of text that a column of words needs at least
_PROGRESS_AFTER = 1.0  # seconds: shorter work needs no bar

# The bar on screen, which other output has to step around; jobs advance it from their threads.
_bar: Progress | None = None
_screen = threading.RLock()


def line(text: str = "") -> None:
    """Print one line of data on standard output, as it is."""
    with _bar_hidden():
        _write(sys.stdout, text + "\n")


def path(name: str) -> None:
    """Print the name of a file on standard output, byte for byte, whatever its characters."""
    with _bar_hidden():
        sys.stdout.flush()
        sys.stdout.buffer.write(os.fsencode(name) + b"\n")
        sys.stdout.buffer.flush()


def emit(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line of standard output; NaN and infinities become null."""
    line(json.dumps(_finite(value), allow_nan=False))


def note(text: str) -> None:
    """Print a line on standard error; if nobody takes it, there is nobody to tell."""
    with _bar_hidden(), suppress(OSError):
        _write(sys.stderr, _printable(text) + "\n")


def warn(text: str) -> None:
    """Print a warning on standard error."""
    note(f"convcli: warning: {text}")


def error(problem: ConvError) -> None:
    """Print an error, and its hint, on standard error; with ``CONVCLI_DEBUG`` set, the traceback too."""
    if os.environ.get("CONVCLI_DEBUG"):
        for text in "".join(traceback.format_exception(problem)).splitlines():
            note(text)
    for each in problem.problems if isinstance(problem, CheckErrors) else (problem,):
        note(f"convcli: error: {each.message}")
        if each.hint:
            note(f"hint: {each.hint}")


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str | None = None,
    caption: str | None = None,
    align: str = "",
    styles: Sequence[str] = (),
    err: bool = False,
) -> None:
    """Print an aligned table on standard output, or on standard error.

    Parameters
    ----------
    columns : sequence of str
        Headings; all empty: no heading line.
    rows : iterable of sequences of str
        Cells, printed as they are.
    title, caption : str, optional
        A line above, a line below.
    align : str
        One of ``l r c`` a column; missing ones are ``r``.
    styles : sequence of str
        Names of styles, one a column: ``name``, ``number``, ``bar``, ``dim`` or empty.
    err : bool
        Print on standard error.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [tuple(row) for row in rows]
    console = _console(err=err)
    if all(columns) and _least_width(columns, cells, align, styles) > console.width:
        cells, columns, align, styles = _stacked(columns, cells), ("", ""), "ll", ("name",)
    grid = Table(
        box=box.SIMPLE_HEAD, show_header=any(columns), show_edge=False, pad_edge=False, safe_box=True
    )
    for index, heading in enumerate(columns):
        justify: Any = _JUSTIFY[align[index] if index < len(align) else "r"]
        style = _THEME[styles[index]] if index < len(styles) else ""
        whole = _is_whole(index, align, styles)
        grid.add_column(
            Text(heading),
            justify=justify,
            style=style,
            overflow="ellipsis" if whole else "fold",
            no_wrap=whole,
        )
    for row in cells:
        grid.add_row(*(Text(cell) for cell in row))
    with _bar_hidden(), suppress(OSError) if err else nullcontext():
        with console.capture() as drawn:
            if title:
                console.print(Text(_printable(title), style=_THEME["title"]), soft_wrap=True)
            console.print(grid)
            if caption:
                console.print(Text(caption), soft_wrap=True)
        lines = "".join(f"{text.rstrip(' ')}\n" for text in drawn.get().splitlines())
        _write(sys.stderr if err else sys.stdout, lines)


def _is_whole(index: int, align: str, styles: Sequence[str]) -> bool:
    """Whether a column stays in one piece on a narrow terminal: numbers and names do, prose gives way."""
    return align[index : index + 1] in ("", "r") or "name" in styles[index : index + 1]


def _least_width(
    columns: Sequence[str], rows: Sequence[Sequence[str]], align: str, styles: Sequence[str]
) -> int:
    """Columns of text that a table cannot do without."""
    widths = [
        max(len(text) for text in (heading, *(row[index] for row in rows)))
        if _is_whole(index, align, styles)
        else _LEAST_PROSE
        for index, heading in enumerate(columns)
    ]
    return sum(widths) + 3 * (len(widths) - 1)


def _stacked(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """Each row as lines of heading and cell, for a terminal that is too narrow for the table."""
    lines: list[tuple[str, ...]] = []
    for row in rows:
        lines += [("", "")] if lines else []
        lines += zip(columns, row, strict=True)
    return lines


def width(*, err: bool = False) -> int:
    """Return the columns to lay text out in: the terminal's, and 80 where there is none."""
    return _terminal_size(sys.stderr if err else sys.stdout).columns


def on_terminal() -> bool:
    """Whether standard output is read by a person rather than by a program."""
    return sys.stdout.isatty()


def _terminal_size(stream: TextIO) -> os.terminal_size:
    """Columns and lines of the terminal that a stream goes to, even if standard output goes elsewhere."""
    size = os.terminal_size((80, 24))
    if not stream.isatty():
        return size
    with suppress(OSError):
        found = os.get_terminal_size(stream.fileno())
        size = found if all(found) else size
    return shutil.get_terminal_size(size)


def glyph(fancy: str, plain: str, *, err: bool = False) -> str:
    """Return `fancy` if the stream's encoding has it, else `plain`."""
    stream = sys.stderr if err else sys.stdout
    try:
        fancy.encode(stream.encoding or "ascii")
    except UnicodeEncodeError:
        return plain
    return fancy


def preview_room() -> tuple[int, int]:
    """Return the width and the height, in pixels, that `preview` has for each of two pictures."""
    return halfblocks.room(*_terminal_size(sys.stderr))


def preview(titles: Sequence[str], rasters: Sequence[halfblocks.Raster]) -> None:
    """Draw two pictures on standard error, in the colours that the terminal has.

    Without colours, or in an encoding without half blocks, characters of growing density stand for gray.

    Parameters
    ----------
    titles : sequence of str
        One for each picture, such as the name of its file.
    rasters : sequence of Raster
        Not larger than `preview_room` says.
    """
    with suppress(OSError):
        _draw([_printable(title)[: preview_room()[0]] for title in titles], rasters, err=True)


def picture_room() -> tuple[int, int]:
    """Return the width and the height, in pixels, that `picture` has."""
    return halfblocks.room(*_terminal_size(sys.stdout), count=1)


def picture(title: str, raster: halfblocks.Raster) -> None:
    """Draw a picture, not larger than `picture_room` says, on standard output, as `preview` does."""
    _draw([_printable(title)], [raster], err=False)


def _draw(titles: Sequence[str], rasters: Sequence[halfblocks.Raster], *, err: bool) -> None:
    from rich.color import Color
    from rich.style import Style
    from rich.text import Text

    console = _console(err=err)
    drawn = glyph(halfblocks.HALF + halfblocks.BLOCKS, "", err=err) != ""
    coloured = drawn and console.color_system is not None and not console.no_color
    ramp = None if coloured else halfblocks.BLOCKS if drawn else halfblocks.ASCII

    def style(cell: halfblocks.Cell) -> Style:
        colours = (cell.colour, cell.background)
        return Style.from_color(*(Color.from_rgb(*colour) if colour else None for colour in colours))

    with _bar_hidden():
        with console.capture() as captured:
            for cells in halfblocks.compose(titles, rasters, columns=width(err=err), ramp=ramp):
                console.print(Text.assemble(*((cell.text, style(cell)) for cell in cells)), soft_wrap=True)
        lines = "".join(f"{text.rstrip(' ')}\n" for text in captured.get().splitlines())
        _write(sys.stderr if err else sys.stdout, lines)


Lines = Sequence[Sequence[tuple[str, str]]]  # of pieces: a text and its style, such as "bold cyan"


def frame(lines: Lines) -> None:
    """Print one frame of an animation on standard output."""
    console = _console(err=False)
    with _bar_hidden():
        with console.capture() as captured:
            console.print(_text(lines), soft_wrap=True)
        _write(sys.stdout, captured.get())


def play(frames: Iterable[Lines], *, fps: float) -> None:
    """Show frames on standard output, so many a second, each in the place of the one before.

    In a pipe, and on a terminal that cannot go back, they follow each other at once, an empty line between.
    """
    console = _console(err=False)
    if not sys.stdout.isatty() or console.is_dumb_terminal:
        for number, lines in enumerate(frames):
            frame([[], *lines] if number else lines)
        return
    from rich.live import Live

    with (
        _bar_hidden(),
        Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False) as screen,
    ):
        for number, lines in enumerate(frames):
            if number:
                _wait(1 / fps)
            screen.update(_text(lines), refresh=True)


def _wait(seconds: float) -> None:
    """Wait in short steps: an interrupt right before one of them is heard only at its end."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.1))


def _text(lines: Lines) -> Text:
    from rich.text import Text

    text = Text(no_wrap=True)
    for number, pieces in enumerate(lines):
        text.append("\n" if number else "")
        for piece, style in pieces:
            text.append(piece, style=style)
    return text


@contextmanager
def progress(description: str, total: float, *, quiet: bool = False) -> Iterator[Callable[[float], None]]:
    """Give a function that moves a progress bar to an amount between 0 and `total`, from any thread.

    The bar stands on standard error, only on a terminal, only once the work has taken a second, and
    is gone when the work is done.
    """
    if quiet or not sys.stderr.isatty():
        yield _ignore
        return
    started = time.monotonic()

    def update(completed: float) -> None:
        with _screen:
            if _bar is None and time.monotonic() - started > _PROGRESS_AFTER:
                _show_bar(description, total)
            if _bar is not None:
                _bar.update(_bar.task_ids[0], completed=completed)

    try:
        yield update
    finally:
        _remove_bar()


def _ignore(_completed: float) -> None:
    pass


def _show_bar(description: str, total: float) -> None:
    global _bar
    _bar = _new_bar()
    _bar.add_task(description, total=total)
    _bar.start()


def _remove_bar() -> None:
    global _bar
    with _screen:
        if _bar is not None:
            _bar.stop()
            _bar = None


def _new_bar() -> Progress:
    from rich.progress import Progress

    # Standard output stays untouched: it may be a pipe that carries data.
    return Progress(console=_console(err=True), transient=True, redirect_stdout=False, redirect_stderr=False)


@contextmanager
def _bar_hidden() -> Iterator[None]:
    with _screen:
        if _bar is not None:
            _bar.stop()
        try:
            yield
        finally:
            if _bar is not None:
                _bar.start()


def _printable(text: str) -> str:
    """Show characters that would break the line or command the terminal, as in odd file names, as escapes."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _write(stream: TextIO, text: str) -> None:
    """Write text; characters that the stream's encoding lacks become escapes, not an error."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _console(*, err: bool) -> Console:
    from rich.console import Console

    stream: TextIO = sys.stderr if err else sys.stdout
    # In a pipe or a file a table is as wide as its content: there is no terminal to fold it for.
    columns = width(err=err) if stream.isatty() else 10_000
    return Console(file=stream, width=columns, highlight=False, markup=False, emoji=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
