"""`convcli probability` with points of the plane, as typed."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., tuple[int, str, str]]
Process = Callable[..., "CompletedProcess[bytes]"]


def record(convcli: Run, *arguments: object) -> dict[str, object]:
    code, out, _ = convcli("probability", *arguments, "--json")
    assert code == 0
    parsed: dict[str, object] = json.loads(out)
    return parsed


def test_the_heat_map_the_table_and_the_summary(convcli: Run) -> None:
    code, out, err = convcli("probability", "ball2:2", "--exactly", "0,0", "--exactly=-1,-1")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "ball2:2"
    assert any("█" in line for line in lines[1:20])
    assert "x -2 to 2 rightwards, y -2 to 2 upwards" in lines
    assert lines[-2:] == ["exactly 0,0: 0.25 = 1/4, 1 in 4", "exactly -1,-1: 0.125 = 1/8, 1 in 8"]
    assert lines[-5].startswith("x: mean 0, sd 1, ")
    assert err == "ball2:2: 5 x 5 points\nmethod: exact\n"


def test_nothing_is_wider_than_eighty_columns(convcli: Run) -> None:
    for arguments in (["ball2:100"], ["ball2:60", "--log"], ["ball2:3", "--given", "1,0"]):
        _, out, err = convcli("probability", *arguments)
        assert max(len(line) for line in (out + err).splitlines()) <= 80


def test_heat_maps_are_coloured_on_request(process: Process) -> None:
    done = process("probability", "ball2:2", FORCE_COLOR="1", NO_COLOR="", TERM="xterm-256color")
    assert "▀".encode() in done.stdout
    assert b"\x1b[" in done.stdout
    plain = process("probability", "ball2:2", PYTHONIOENCODING="ascii")
    assert plain.returncode == 0
    assert b"%%%%" in plain.stdout


def test_formats_agree(convcli: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(convcli("probability", "ball2:3", "--format", "csv")[1])))
    got = record(convcli, "ball2:3")
    assert got["support"] == [[int(row["x"]), int(row["y"])] for row in rows]
    assert got["probability"] == [float(row["probability"]) for row in rows]
    markdown = convcli("probability", "ball2:3", "--format", "markdown")[1].splitlines()
    assert markdown[0] == "| x | y | probability |"
    assert len(markdown) == len(rows) + 2


def test_where_the_ball_was(convcli: Run) -> None:
    got = record(convcli, "ball2:1", "--times", "3", "--after", "2", "--given", "1,0", "--exact")
    assert got["description"] == "sum after 2 of 3 times ball2:1, given a total of 1,0"
    assert got["answers"] == {"total 1,0": 9 / 64}
    shares = dict(zip(map(tuple, got["support"]), got["exact"], strict=True))  # type: ignore[call-overload]
    assert shares == {(0, 0): "4/9", (1, -1): "2/9", (1, 1): "2/9", (2, 0): "1/9"}


def test_files_matrices_and_pipes(convcli: Run, process: Process, tmp_path: Path) -> None:
    expected = record(convcli, "ball2:2", "--exact")["exact"]
    for layout in ("csv", "json"):
        path = tmp_path / f"one.{layout}"
        path.write_text(convcli("probability", "ball2:1", "--exact", "--format", layout)[1])
        assert record(convcli, path, "ball2:1", "--exact")["exact"] == expected
        piped = process("probability", "-", "--times", "2", "--exact", "--json", input=path.read_bytes())
        assert json.loads(piped.stdout)["exact"] == expected
    (tmp_path / "matrix.csv").write_text("0,1,0\n1,0,1\n0,1,0\n")
    got = record(convcli, tmp_path / "matrix.csv", "--origin=-1,-1", "--times", "2", "--exact")
    assert got["exact"] == expected
    got = record(convcli, tmp_path / "matrix.csv", "--step", "0.5,2")
    assert got["support"] == [[0, 2], [0.5, 0], [0.5, 4], [1, 2]]


def test_plots(convcli: Run, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    target = tmp_path / "plot.png"
    code, out, err = convcli("probability", "ball2:3", "--plot", target, "--log")
    assert code == 0
    assert target.read_bytes().startswith(b"\x89PNG")
    assert str(target) in err
    before = target.read_bytes()
    code, out, err = convcli("probability", "2d6", "--plot", target)
    assert (code, out, target.read_bytes()) == (1, "", before)
    assert "exists already" in err
    assert convcli("probability", "2d6", "--plot", target, "--force", "-q")[0::2] == (0, "")
    assert target.read_bytes() != before
    assert convcli("probability", "2d6", "--given", "13", "--plot", tmp_path / "none.svg")[0] == 1
    assert not (tmp_path / "none.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "mentions"),
    [
        (("ball2:3", "--given", "1"), 2, "--given 1: the values are points"),
        (("2d6", "--given", "1,2"), 2, "--given 1,2: the values are numbers"),
        (("2d6", "--given", "1,2,3"), 2, "'1,2,3' is not a number or a point"),
        (("ball2:3", "--given", "9,9"), 1, "a total of 9,9 cannot occur"),
        (("ball2:3", "--at-least", "1"), 2, "points have no order"),
        (("ball2:3", "--quantile", "0.5"), 2, "points have no order"),
        (("ball2:3", "2d6"), 2, "2d6: a number cannot be added to ball2:3"),
        (("ball2:3", "--format", "anydice"), 2, "not for points"),
        (("2d6", "--format", "anydice", "--exact"), 2, "percentages only"),
        (("ball2:3", "--after", "1"), 2, "--after"),
        (("d6", "--times", "3", "--after", "3", "--given", "9"), 2, "--after 3: there are 3 repetitions"),
        (("2d6", "--origin", "0,0"), 2, "2d6: no matrix"),
        (("2d6", "--step", "0,1"), 2, "a step is above 0"),
        (("2d6", "--quantile", "95"), 2, "'95' is not above 0 and at most 1"),
        (("2d6", "--interval", "0"), 2, "'0' is not above 0"),
        (("2d6", "--plot", "a.jpg"), 2, "the name ends in .png, .svg or .pdf"),
        (("ball2:20000",), 1, "more than"),
    ],
)
def test_bad_requests_get_one_clear_line(
    convcli: Run, arguments: tuple[str, ...], code: int, mentions: str
) -> None:
    got, out, err = convcli("probability", *arguments)
    assert (got, out) == (code, "")
    first, *hints = err.splitlines()
    assert first.startswith("convcli: error: ")
    assert mentions in first
    assert all(hint.startswith("hint: ") for hint in hints)
