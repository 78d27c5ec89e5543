"""convcli shape: formulas, tables, JSON, and shapes that cannot be."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable

import pytest

from convcli.commands.shape import EXAMPLES

Run = Callable[..., tuple[int, str, str]]


def test_without_a_size_a_formula_and_a_table(convcli: Run) -> None:
    code, out, err = convcli("shape", "--stride", "2", "--padding", "1")
    assert (code, err) == (0, "")
    assert out.startswith("output = (input + 1 + 1 - 3) // 2 + 1\nrelationship 6 of the guide")
    rows = [line.split() for line in out.splitlines()[3:]]
    assert rows[0] == ["input", "output", "left", "over"]
    assert ["28", "14", "1"] in rows
    assert ["224", "112", "1"] in rows


def test_without_a_size_json_has_rows(convcli: Run) -> None:
    code, out, _ = convcli("shape", "--stride", "2", "--padding", "1", "--json")
    report = json.loads(out)
    assert code == 0
    assert sorted(report) == ["formula", "rows"]
    assert report["formula"] == "output = (input + 1 + 1 - 3) // 2 + 1"
    assert {"input": 28, "output": 14} in report["rows"]


def test_axes_that_differ_have_lists_in_the_rows(convcli: Run) -> None:
    _, out, _ = convcli("shape", "--kernel", "3x5", "--json")
    report = json.loads(out)
    assert {"input": [28, 28], "output": [26, 24]} in report["rows"]
    assert report["formula"] == (
        "height = (input + 0 + 0 - 3) // 1 + 1; width = (input + 0 + 0 - 5) // 1 + 1"
    )


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_fit_80_columns(convcli: Run, example: str) -> None:
    program, *arguments = shlex.split(example)
    code, out, err = convcli(*arguments)
    assert (program, code) == ("convcli", 0)
    assert max(map(len, (out + err).splitlines())) <= 80


def test_a_layer(convcli: Run) -> None:
    code, out, err = convcli("shape", "3x224x224", "-k", "7", "-s", "2", "-p", "3", "--out-channels", "64")
    assert code == 0
    assert out.startswith("conv 3x224x224 -> 64x112x112\n")
    assert "output = (224 + 3 + 3 - 7) // 2 + 1 = 112\n" in out
    assert "parameters  9,472 = 64 x 3 x 7 x 7 weights + 64 biases\n" in out
    assert "MACs        118,013,952 = 112 x 112 outputs x 64 x 3 x 7 x 7 (no biases)\n" in out
    assert err == "the stride steps over the last 1 of 230 padded samples, 0 of the input\n"


def test_quiet_keeps_the_data(convcli: Run) -> None:
    loud = convcli("shape", "6", "-s", "2")
    assert loud[2] != ""
    assert convcli("shape", "6", "-s", "2", "--quiet") == (0, loud[1], "")


def test_json_of_a_layer(convcli: Run) -> None:
    code, out, err = convcli(
        "shape", "8x7x7", "-k", "3x2", "-s", "2", "-p", "1x0", "-g", "4", "--out-channels", "12", "--json"
    )
    assert (code, err) == (0, "")
    report = json.loads(out)
    [layer] = report["layers"]
    assert report["input"] == layer["input"] == [8, 7, 7]
    assert report["output"] == layer["output"] == [12, 4, 3]
    assert layer["padding"] == [[1, 1], [0, 0]]
    assert report["params"] == layer["params"] == 12 * 2 * 6 + 12
    assert report["macs"] == layer["macs"] == 4 * 3 * 12 * 2 * 6
    assert layer["receptive_field"] == [3, 2]
    assert layer["jump"] == [2, 2]
    assert layer["start"] == [0, 0.5]


def test_transposed(convcli: Run) -> None:
    arguments = ("shape", "14", "-k", "3", "-s", "2", "-p", "1", "--transposed", "--output-padding", "1")
    code, out, _ = convcli(*arguments)
    assert code == 0
    assert out.startswith("transposed conv 14 -> 28\n")
    assert "output = (14 - 1) * 2 - 1 - 1 + 3 + 1 = 28" in out
    assert json.loads(convcli(*arguments, "--json")[1])["output"] == [28]


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("arguments", [("3x224x224", "-k", "7x5", "-s", "2"), ("-k", "3x5", "-s", "2x3")])
def test_tables_keep_to_the_terminal(
    convcli: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], width: int
) -> None:
    monkeypatch.setattr("convcli.console.width", lambda: width)
    code, out, _ = convcli("shape", *arguments, "-p", "1")
    [table] = [part for part in out.split("\n\n") if "──" in part]
    assert code == 0
    assert max(map(len, table.splitlines())) <= width


def test_a_narrow_terminal_has_a_column_an_axis(convcli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcli.console.width", lambda: 40)
    rows = [line.split() for line in convcli("shape", "5x7", "-k", "3", "-s", "2")[1].splitlines()]
    assert rows[2] == ["axis", "height", "width"]
    assert ["output", "2", "3"] in rows
    assert ["receptive", "field", "3", "3"] in rows


def test_help_of_the_commands_loads_no_arithmetic() -> None:
    probe = "import sys, convcli.cli; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60
    )
    rooms = ("account", "boundary", "grid", "layers", "literals", "sheet", "worked")
    assert not {f"convcli.arithmetic.{room}" for room in rooms} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (("28", "-p", "same", "-k", "4"), [28]),
        (("28", "-p", "valid"), [26]),
        (("28", "-p", "full"), [30]),
        (("28", "-p", "HALF", "-s", "2"), [14]),
        (("28", "--groups", "2", "--out-channels", "4"), [4, 26]),
        (("28", "-d", "2"), [24]),
        (("5x7", "--kernel", "1x3"), [5, 5]),
        (("28", "--transposed", "-s", "2", "--output-padding", "0"), [57]),
        (("2x8x28x28", "-k", "3", "--out-channels", "5"), [5, 6, 26, 26]),
    ],
)
def test_outputs(convcli: Run, arguments: tuple[str, ...], output: list[int]) -> None:
    code, out, _ = convcli("shape", *arguments, "--json")
    assert (code, json.loads(out)["output"]) == (0, output)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("5x7", "-k", "9"), 1, "height: kernel 9 does not fit in 5 (input 5 + padding 0 + 0)"),
        (("4", "-p", "9", "--transposed"), 1, "padding 9 + 9 crops all 6 samples"),
        (("-k", "2000"), 1, "the layer fits no input of up to 1024 samples"),
        (("28", "-p", "same", "-s", "2"), 2, "padding same with stride 2"),
        (("28", "-d", "0"), 2, "'0': dilation is the spacing"),
        (("28", "-s", "0"), 2, "'0' is not N or HxW in whole numbers above 0"),
        (("28", "--output-padding", "1"), 2, "output padding 1 belongs to a transposed convolution"),
        (("28", "--output-padding", "same"), 2, "'same' is not N or PxQ in whole numbers"),
        (
            ("28", "--output-padding", "2", "-s", "2", "--transposed"),
            2,
            "output padding 2: must be from 0 to 1",
        ),
        (("3x28x28", "-g", "2"), 2, "3 input channels do not divide into 2 groups"),
        (("3x28x28", "--in-channels", "4"), 2, "4 input channels, but the size 3x28x28 says 3"),
        (("28", "-g", "0"), 2, "'--groups' / '-g': '0' is not a whole number above 0, e.g. 2"),
        (("28", "--in-channels", "1e3"), 2, "'--in-channels': '1e3' is not a whole number above 0"),
        (("28", "--out-channels", "-1"), 2, "'--out-channels': '-1' is not a whole number above 0"),
        (("28", "-g", "2"), 2, "--groups 2 divides channels, but no number of channels is given"),
        (("--out-channels", "8"), 2, "they need the SIZE of an input"),
        (
            ("28", "-p", "foo"),
            2,
            "'foo' is not same, same-lower, valid, half, full, causal, N or PxQ, e.g. 1 or 1x2",
        ),
        (("0",), 2, "'0' is not N, HxW, CxHxW or CxDxHxW in whole numbers above 0, e.g. 28 or 3x224x224"),
        (("28x",), 2, "'28x' is not N, HxW, CxHxW or CxDxHxW"),
        (("1x2x3x4x5",), 2, "has 5 numbers: 1 to 4 are understood"),
    ],
)
def test_impossible_requests_get_one_line(
    convcli: Run, arguments: tuple[str, ...], code: int, message: str
) -> None:
    actual, out, err = convcli("shape", *arguments)
    assert (actual, out) == (code, "")
    first, *rest = err.splitlines()
    assert first.startswith("convcli: error: ")
    assert message in first
    assert all(line.startswith("hint: ") for line in rest)
