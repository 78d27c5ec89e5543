"""Drawings asked for on the command line: files, frames in the terminal, and what is refused."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from PIL import Image

from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked, work
from convcli.commands.conv_arith_drawing import catalogue, check_targets, draw, parse_fps
from convcli.errors import CheckErrors, ConvError, UsageError, WriteError

SCRIPT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background ignore it
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import work
from convcli.commands.conv_arith_drawing import draw
worked = work(Tensor.of([1, 2, 3, 4]), Tensor.of([1, 2, 3]))
draw(worked, {arguments})
"""


@pytest.fixture
def worked() -> Worked:
    return work(Tensor.of([1, 2, 3, 4]), Tensor.of([1, 2, 3]))


def test_three_files_at_once(worked: Worked, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    names = {kind: str(tmp_path / f"a.{kind}") for kind in ("gif", "svg", "png")}
    draw(worked, **names, fps=4, scale=2)  # type: ignore[arg-type]
    out, err = capfd.readouterr()
    assert out.splitlines() == list(names.values())
    assert [line.rpartition(", ")[0] for line in err.splitlines()] == [
        f"{names['gif']}: 6 frames",
        f"{names['svg']}: 6 frames",
        f"{names['png']}: 1 frame",
    ]
    with Image.open(names["gif"]) as picture:
        assert (picture.n_frames, picture.info["duration"]) == (6, 250)  # type: ignore[attr-defined]
        assert picture.size[0] == 2 * 488
    assert "1.5s step-end" in Path(names["svg"]).read_text()


def test_a_frame_is_one_step(worked: Worked, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    svg, png = tmp_path / "a.svg", tmp_path / "a.png"
    draw(worked, svg=str(svg), png=str(png), frame=4, quiet=True)
    assert capfd.readouterr() == (f"{svg}\n{png}\n", "")
    written = "".join(ElementTree.fromstring(svg.read_text()).itertext())
    assert "step 4 of 6" in written
    assert "step 3 of 6" not in written
    with Image.open(png) as picture:
        assert "step 4 of 6" in picture.info["Description"]


def test_a_drawing_on_standard_output(capfdbinary: pytest.CaptureFixture[bytes], worked: Worked) -> None:
    draw(worked, gif="-")
    out, err = capfdbinary.readouterr()
    with Image.open(io.BytesIO(out)) as picture:
        assert picture.n_frames == 6  # type: ignore[attr-defined]
    assert err.startswith(b"standard output: 6 frames, ")


def test_one_step_in_the_terminal(worked: Worked, capfd: pytest.CaptureFixture[str]) -> None:
    draw(worked, frame=2)
    assert capfd.readouterr().out.splitlines() == [
        "Convolution",
        "input 4, kernel 3, padding 2, output 6",
        "",
        "input",
        " ░0 [░0][ 1][ 2]  3   4  ░0  ░0",
        "      3   2   1",
        "",
        "output",
        "  1 [ 4]  ·   ·   ·   ·",
        "",
        "y[1] = 0·3 + 1·2 + 2·1 = 4",
        "step 2 of 6: convolution, the kernel lies reversed",
    ]


def test_in_a_pipe_the_steps_follow_each_other(worked: Worked, capfd: pytest.CaptureFixture[str]) -> None:
    draw(worked, play=True, blank=True, fps=0.01)
    heading, *blocks = capfd.readouterr().out.split("\n\ninput\n")
    assert heading == "Convolution\ninput 4, kernel 3, padding 2, output 6"
    assert [re.findall(r"step (\d) of 6", block) for block in blocks] == [[str(n)] for n in range(1, 7)]


def test_poor_encodings_get_poor_signs(worked: Worked, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii", write_through=True))
    draw(worked, frame=2)
    assert b" :0 [:0][ 1][ 2]  3   4  :0  :0\n" in raw.getvalue()
    assert b"y[1] = 0*3 + 1*2 + 2*1 = 4\n" in raw.getvalue()


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"gif": "a.png"}, r"--gif a\.png: the name does not end in \.gif"),
        ({"svg": "a"}, r"--svg a: the name does not end in \.svg"),
        ({"png": "missing/a.png"}, r"missing/a\.png: no such folder: .*"),
        ({"png": "folder.png"}, r"folder\.png: is a folder"),
        ({"gif": "-", "svg": "-"}, "'-': standard output can carry one drawing"),
        ({"gif": "there.gif"}, r"there\.gif: exists already"),
    ],
)
def test_targets_are_checked_before_any_work(
    names: dict[str, str], message: str, work: Path, worked: Worked
) -> None:
    (work / "folder.png").mkdir()
    (work / "there.gif").write_text("mine")
    before = sorted(work.rglob("*"))
    with pytest.raises(ConvError, match=f"^{message}$") as caught:
        draw(worked, **names)  # type: ignore[arg-type]
    assert caught.value.hint or "is a folder" in message
    assert sorted(work.rglob("*")) == before
    assert (work / "there.gif").read_text() == "mine"


def test_all_problems_are_told_at_once(work: Path) -> None:
    (work / "a.gif").write_text("")
    with pytest.raises(CheckErrors) as caught:
        check_targets({"gif": "a.gif", "svg": "b.gif", "png": None}, force=False)
    assert [type(problem) for problem in caught.value.problems] == [WriteError, UsageError]


def test_existing_files_are_replaced_by_force(work: Path, worked: Worked) -> None:
    target = work / "a.svg"
    target.write_text("mine")
    draw(worked, svg="a.svg", force=True)
    assert target.read_text().startswith("<svg")


def test_nothing_is_written_if_one_of_the_drawings_cannot_be(work: Path) -> None:
    long = work_long()
    with pytest.raises(ConvError, match="1,001 frames is too long"):
        draw(long, png="a.png", gif="a.gif")
    assert not list(work.glob("a.*"))
    draw(long, png="a.png")
    assert (work / "a.png").exists()


def work_long() -> Worked:
    return work(Tensor.of([1] * 1_001), Tensor.of([1]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frame": 7}, "--frame 7: there are 6 steps"),
        ({"frame": 2, "gif": "a.gif"}, "--frame 2: is one step, and --gif shows all of them"),
        ({"frame": 2, "play": True}, "--frame 2: is one step, and --play shows all of them"),
        ({"play": True, "svg": "-"}, "--play: standard output carries a drawing already"),
    ],
)
def test_options_that_contradict_each_other(
    options: dict[str, object], message: str, work: Path, worked: Worked
) -> None:
    with pytest.raises(UsageError, match=f"^{message}$"):
        draw(worked, **options)  # type: ignore[arg-type]
    assert not list(work.glob("a.*"))


@pytest.mark.parametrize("text", ["0", "-1", "51", "nan", "inf", "fast", ""])
def test_frames_a_second_have_limits(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"is not a number from 0\.01 to 50"):
        parse_fps(text)
    assert parse_fps("0.5") == 0.5


def test_the_catalogue_prints_its_files(work: Path, capfd: pytest.CaptureFixture[str]) -> None:
    catalogue("guide")
    out, err = capfd.readouterr()
    assert out.splitlines()[:2] == ["guide/no_padding_no_strides.gif", "guide/no_padding_no_strides.svg"]
    assert len(out.splitlines()) == len(list((work / "guide").iterdir())) == 38
    assert err == "guide: 19 animations, 38 files\n"


# --- on a terminal ------------------------------------------------------------------------------


def on_a_terminal(arguments: str, *, interrupt: bool = False, **variables: str) -> tuple[int, str]:
    """Run a drawing on a pseudo-terminal: exit code, and what the terminal got."""
    import pty

    reader, writer = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **variables}
    started = subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(arguments=arguments)],
        stdout=writer,
        stderr=writer,
        env=environment,
    )
    os.close(writer)
    written = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            part = os.read(reader, 4096)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        written += part
        if interrupt and b"step 1 of 6" in written:
            started.send_signal(signal.SIGINT)
            interrupt = False
    os.close(reader)
    return started.wait(timeout=60), written.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_on_a_terminal_frames_take_the_place_of_each_other() -> None:
    code, written = on_a_terminal("play=True, fps=50")
    assert code == 0
    assert list(dict.fromkeys(re.findall(r"step (\d) of 6", written))) == list("123456")
    assert written.count("\x1b[1A") >= 5 * 7  # up again, line by line
    assert written.endswith("\x1b[?25h")  # the cursor is back


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_an_interrupted_animation_leaves_the_terminal_in_order() -> None:
    code, written = on_a_terminal("play=True, fps=0.02", interrupt=True)
    assert code != 0
    assert "\x1b[?25h" in written
    assert "step 2 of 6" not in written


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_terminal_that_cannot_go_back_gets_one_frame_after_another() -> None:
    code, written = on_a_terminal("play=True, fps=0.01", TERM="dumb")
    assert code == 0
    assert "\x1b" not in written
    assert written.count("step") == 6


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_binary_data_is_not_written_to_a_terminal() -> None:
    code, written = on_a_terminal("gif='-'")
    assert code != 0
    assert "--gif -: refusing to write binary data to a terminal" in written


def test_frames_have_colours_where_there_are_some(
    monkeypatch: pytest.MonkeyPatch, worked: Worked, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    draw(worked, frame=1)
    out = capfd.readouterr().out
    assert "\x1b[1;36m[ 1]\x1b[0m" in out
    assert re.sub(r"\x1b\[[\d;]*m", "", out).splitlines()[4] == "[░0][░0][ 1]  2   3   4  ░0  ░0"
