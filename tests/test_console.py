"""What reaches the terminal, and on which stream."""

import io
import json
import math
import os
import sys

import pytest
from rich.console import Console

from convcli import console
from convcli.errors import CheckErrors, ConvError


def test_json_is_one_line_and_never_nan(capfd: pytest.CaptureFixture[str]) -> None:
    console.emit({"a": math.nan, "b": [1.5, math.inf, {"c": (-math.inf,)}], "d": "ä\n"})
    out = capfd.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {"a": None, "b": [1.5, None, {"c": [None]}], "d": "ä\n"}


@pytest.mark.parametrize("err", [False, True])
def test_characters_that_the_encoding_lacks_become_escapes(
    monkeypatch: pytest.MonkeyPatch, err: bool
) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    monkeypatch.setattr("sys.stderr" if err else "sys.stdout", stream)
    (console.note if err else console.line)("ü")
    console.table(("a",), [("☃",)], err=err)
    assert raw.getvalue().startswith(b"\\xfc\n")
    assert b"\\u2603" in raw.getvalue()


def test_a_message_is_one_line_whatever_it_names(capfd: pytest.CaptureFixture[str]) -> None:
    console.error(ConvError("a\nb\x1b[2J ü\udcff.png: is odd"))
    console.table(("a", "b"), [("1", "2")], title="x\ry", err=True)
    err = capfd.readouterr().err
    assert err.startswith("convcli: error: a\\nb\\x1b[2J ü\\udcff.png: is odd\nx\\ry\n")


def test_a_narrow_terminal_stacks_what_does_not_fit(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    columns, rows = ("axis", "input", "what it is"), [("time", "123456789", "a word"), ("x", "1", "more")]
    monkeypatch.setattr(console, "_console", lambda *, err: Console(file=sys.stdout, width=size))
    for size, stacked in ((30, False), (26, True)):
        console.table(columns, rows, align="lrl", styles=("name",))
        out = capfd.readouterr().out
        assert ("axis         time" in out) == stacked
        assert "123456789" in out
        assert max(map(len, out.splitlines())) <= size


def test_nobody_reads_standard_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("sys.stderr", Full())
    console.note("lost")
    console.table(("a",), [("lost",)], err=True)
    assert console.glyph("x", "y", err=True) == "x"


def test_messages_go_to_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    console.note("n")
    console.warn("w")
    console.error(ConvError("a.png: is odd", hint="make it even"))
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "n\nconvcli: warning: w\nconvcli: error: a.png: is odd\nhint: make it even\n"


def test_several_problems_are_told_one_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    console.error(CheckErrors([ConvError("one"), ConvError("two")]))
    assert capfd.readouterr().err == "convcli: error: one\nconvcli: error: two\n"


def test_debug_adds_the_traceback(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVCLI_DEBUG", "1")
    try:
        raise ConvError("odd")
    except ConvError as problem:
        console.error(problem)
    err = capfd.readouterr().err
    assert "Traceback" in err
    assert err.endswith("convcli: error: odd\n")


def test_table_prints_cells_as_they_are(capfd: pytest.CaptureFixture[str]) -> None:
    console.table(("axis", "x"), [("[bold]", "1"), (":smile:", "20")], title="[t]", caption="c", align="l")
    out, err = capfd.readouterr()
    assert err == ""
    lines = [text.rstrip() for text in out.splitlines()]
    assert lines[0] == "[t]"
    assert lines[1].split() == ["axis", "x"]
    assert lines[3:] == ["[bold]     1", ":smile:   20", "c"]


def test_table_in_a_pipe_is_not_folded(capfd: pytest.CaptureFixture[str]) -> None:
    console.table(("a",), [("x" * 300,)], err=True)
    assert "x" * 300 in capfd.readouterr().err


@pytest.mark.parametrize(("encoding", "expected"), [("utf-8", "█"), ("ascii", "#")])
def test_glyph_depends_on_the_encoding(monkeypatch: pytest.MonkeyPatch, encoding: str, expected: str) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert console.glyph("█", "#") == expected


def test_width_is_80_without_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert console.width() == 80


class _Terminal(io.StringIO):
    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


def test_progress_appears_late_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.5, 2.0, 2.0, 2.0, 2.0, 2.0])
    screen = _Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("convcli.console.time.monotonic", lambda: next(clock))
    monkeypatch.setenv("TERM", "xterm")
    with console.progress("files", 3) as update:
        update(1)
        assert screen.getvalue() == ""
        update(2)
        assert "files" in screen.getvalue()
        console.note("message")
    assert "message\n" in screen.getvalue()
    assert console._bar is None


def test_no_progress_when_quiet_or_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    clock = iter(range(0, 100, 10))
    monkeypatch.setattr("convcli.console.time.monotonic", lambda: next(clock))
    with console.progress("files", 2) as update:
        update(1)
    screen = _Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with console.progress("files", 2, quiet=True) as update:
        update(1)
    assert screen.getvalue() == ""
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("variables", "red", "expected"),
    [
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, 255, "\x1b[38;2;255;0;0;48;2;0;255;0m▀\x1b[0m"),
        ({"TERM": "xterm-256color", "COLORTERM": ""}, 254, "\x1b[38;5;196;48;5;46m▀\x1b[0m"),
        ({"TERM": "xterm", "COLORTERM": ""}, 253, "\x1b[31;42m▀\x1b[0m"),
        ({"TERM": "xterm", "NO_COLOR": "1"}, 252, "▒▒"),
        ({"TERM": "dumb"}, 251, "▒▒"),
    ],
    ids=["16 million", "256", "16", "none wanted", "dumb"],
)
def test_preview_takes_the_colours_there_are(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], red: int, expected: str
) -> None:
    """Rich remembers the codes of a colour, so each terminal gets a red of its own."""
    screen = _Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    console.preview(("a\n.png", "b"), [[[(red, 0, 0)] * 2, [(0, red, 0)] * 2]] * 2)
    first, second = screen.getvalue().splitlines()
    assert first == "a\\n.png  b"
    assert expected in second


def test_preview_in_a_pipe_of_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stderr", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    assert console.preview_room() == (39, 42)
    console.preview(("a", "b"), [[[(255, 0, 0)] * 2, [(0, 255, 0)] * 2]] * 2)
    assert raw.getvalue() == b"a   b\n==  ==\n"


@pytest.mark.parametrize(("columns", "room"), [("50", (50, 12)), ("100", (49, 30))])
def test_preview_knows_the_terminal(
    monkeypatch: pytest.MonkeyPatch, columns: str, room: tuple[int, int]
) -> None:
    monkeypatch.setattr("sys.stderr", _Terminal())
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("LINES", "18" if columns == "100" else "15")
    assert console.preview_room() == room


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_the_width_is_that_of_the_stream_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl
    import pty
    import struct
    import termios

    reader, writer = pty.openpty()
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.delenv("LINES", raising=False)
    monkeypatch.setattr("sys.__stdout__", None)  # standard output goes elsewhere
    with os.fdopen(writer, "w", encoding="utf-8") as screen:
        monkeypatch.setattr("sys.stderr", screen)
        assert console.width(err=True) == 80  # a terminal that does not know its size
        fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 47, 0, 0))
        assert console.width(err=True) == 47
        assert console.preview_room() == (47, 30)
        monkeypatch.setenv("COLUMNS", "61")
        assert console.width(err=True) == 61
    os.close(reader)
