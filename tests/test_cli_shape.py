"""convcli shape: formulas, tables, JSON, and shapes that cannot be."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcli.commands.shape import EXAMPLES

Run = Callable[..., Any]


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


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (("28", "--pool", "max"), [14]),
        (("28", "--pool", "max", "--framework", "onnx"), [27]),
        (("6", "--pool", "avg", "-k", "3", "-s", "2"), [2]),
        (("6", "--pool", "avg", "-k", "3", "-s", "2", "--ceil-mode"), [3]),
        (("7", "-s", "2", "-p", "same", "--framework", "tf"), [4]),
        (("6", "-k", "2", "-p", "same-lower"), [6]),
        (("8", "-p", "causal"), [8]),
        (("5x5", "--pad-begin", "1x0", "--pad-end", "0x2"), [4, 5]),
        (("5", "--pad-end", "1"), [4]),
        (("28", "--dilation-gap", "1"), [24]),
        (("28", "--dilation-gap", "0"), [26]),
        (("4", "-k", "4", "-s", "2", "-p", "same", "--transposed", "--framework", "keras"), [8]),
        (("3", "-k", "5", "--framework", "jax"), [0]),
        (("2x4x6x6", "--pool", "max"), [2, 2, 3, 3]),
    ],
)
def test_outputs_of_poolings_and_dialects(
    convcli: Run, arguments: tuple[str, ...], output: list[int]
) -> None:
    code, out, _ = convcli("shape", *arguments, "--json")
    assert (code, json.loads(out)["output"]) == (0, output)


def test_the_relationship_of_the_guide(convcli: Run) -> None:
    _, out, _ = convcli("shape", "5", "-s", "2", "-p", "1")
    assert "relationship 6 of the guide to convolution arithmetic" in out.splitlines()
    _, out, _ = convcli("shape", "5x6", "-p", "1x0", "-s", "1x2")
    assert "relationships 3 (height), 5 (width) of the guide to convolution arithmetic" in out.splitlines()
    assert "relationship" not in convcli("shape", "5", "--pad-end", "1")[1]


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        (
            ("9", "--transposed", "-s", "2"),
            "checkerboard: at stride 2 outputs of kernel 3 are painted by 1 or 2",
        ),
        (("9", "--transposed", "-s", "2"), "kernel 4 paints evenly"),
        (("9", "--transposed", "-s", "3", "-k", "2"), "leaves gaps: some outputs are painted by no input"),
        (("9", "-k", "4", "-p", "same"), "kernel 4 is even: it has no centre"),
        (("9", "-d", "3"), "dilation 3 is the spacing of the weights (1 is dense): 2 zeros between two"),
        (("9", "--dilation-gap", "1"), "1 zero between two, 3 weights reach over 5"),
        (("6", "--pool", "max", "-k", "3", "-s", "2", "--ceil-mode"), "ceil mode: the last window reaches 1"),
        (("9", "-p", "full"), "PyTorch has no padding full: it is given the amounts"),
    ],
)
def test_what_to_look_out_for(convcli: Run, arguments: tuple[str, ...], note: str) -> None:
    code, _, err = convcli("shape", *arguments)
    assert code == 0
    assert note in err
    assert convcli("shape", *arguments, "--quiet")[2] == ""


def test_a_kernel_of_whole_strides_paints_evenly(convcli: Run) -> None:
    assert "checkerboard" not in convcli("shape", "9", "--transposed", "-s", "2", "-k", "4")[2]


def test_compare(convcli: Run) -> None:
    code, out, err = convcli("shape", "224", "-s", "2", "-p", "same", "--compare")
    assert (code, err) == (0, "")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line}
    assert rows["torch"] == ["refused"]
    assert rows["keras"] == rows["tf"] == rows["jax"] == rows["onnx"] == ["112", "2", "0", "+", "1", "0"]
    assert "PyTorch: refused: padding same with stride 2" in out
    assert (
        convcli("shape", "224", "-p", "9", "--transposed", "-k", "3", "--compare", "--format", "csv")[0] == 0
    )


@pytest.mark.parametrize("framework", ["torch", "keras", "tf", "onnx"])
def test_impossible_shapes_in_the_words_of_the_framework(convcli: Run, framework: str) -> None:
    code, out, err = convcli("shape", "5", "-k", "9", "--framework", framework)
    assert (code, out) == (1, "")
    assert "kernel 9 does not fit in 5 (input 5 + padding 0 + 0); " in err
    assert " says: " in err


def test_solve(convcli: Run) -> None:
    code, out, err = convcli("shape", "28", "--solve", "14")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert rows[4] == ["2", "2", "0", "1", "0"]
    assert ["3", "2", "1", "1", "1"] in rows
    _, out, _ = convcli("shape", "28", "--solve", "14", "--format", "csv")
    header, *lines = out.splitlines()
    assert header == "kernel,stride,padding,dilation,left_over"
    assert len(lines) == int(re.search(r"(\d+) layers", convcli("shape", "28", "--solve", "14")[1])[1])


def test_solve_for_the_input(convcli: Run) -> None:
    code, out, _ = convcli("shape", "--solve", "14", "-s", "2", "-p", "1")
    assert code == 0
    assert out.startswith("conv 27 to 28 -> 14\n")


def test_solve_with_what_is_given(convcli: Run) -> None:
    _, out, _ = convcli(
        "shape", "14", "--solve", "28", "--transposed", "-k", "3", "-s", "2", "-d", "1", "--json"
    )
    assert [layer["output_padding"] for layer in json.loads(out)["layers"]] == [1]
    code, _, err = convcli("shape", "28", "--solve", "99", "-k", "3")
    assert code == 1
    assert "no conv 28 -> 99 with equal values on all axes and kernel 3" in err


def test_code(convcli: Run) -> None:
    code, out, err = convcli("shape", "3x32x32", "-p", "1", "--out-channels", "8", "--code", "torch")
    assert (code, out, err) == (0, "nn.Conv2d(3, 8, kernel_size=3, padding=1)\n", "")
    _, out, _ = convcli("shape", "3x32x32", "--pool", "max", "--code", "onnx", "--json")
    assert json.loads(out)["code"].startswith('onnx.helper.make_node("MaxPool"')


def test_networks_by_name(convcli: Run) -> None:
    code, out, err = convcli("shape", "--net", "vgg16")
    assert (code, err) == (0, "")
    assert "parameters  138,357,544 (527.8 MiB as 32-bit floats)" in out
    assert "MACs        15,470,264,320 (15.470 G;" in out
    code, out, _ = convcli("shape", "--net", "unet", "--json")
    assert json.loads(out)["output"] == [2, 388, 388]
    assert json.loads(convcli("shape", "700", "--net", "unet", "--json")[1])["output"] == [2, 516, 516]


def test_networks_from_files_and_pipes(convcli: Run, process: Run, tmp_path: Path) -> None:
    chain = "in 1x28x28 conv5-6 relu maxpool2 flatten"
    file = tmp_path / "chain.txt"
    file.write_text(chain)
    typed = json.loads(convcli("shape", "--net", chain, "--json")[1])
    assert typed["output"] == [864]
    assert json.loads(convcli("shape", "--net", file, "--json")[1]) == typed
    piped = process("shape", "--net", "-", "--json", input=chain.encode())
    assert json.loads(piped.stdout) == typed
    cfg = tmp_path / "tiny.cfg"
    cfg.write_text("[net]\nwidth=8\nheight=8\nchannels=3\n[convolutional]\nfilters=4\nsize=3\npad=1\n")
    assert json.loads(convcli("shape", "--net", cfg, "--json")[1])["output"] == [4, 8, 8]
    (tmp_path / "image.txt").write_bytes(b"\xff\xfe\x00")
    code, _, err = convcli("shape", "--net", tmp_path / "image.txt")
    assert (code, "is not text" in err) == (1, True)


def test_a_matrix_chain(convcli: Run) -> None:
    code, out, _ = convcli("shape", "--net", "1x3 3x4 4x3 3x100 100x1")
    assert code == 0
    assert out.startswith("product of 5 matrices: 1x1\n")
    code, _, err = convcli("shape", "--net", "1x3 4x4")
    assert (code, "the inner sizes 3 and 4 differ" in err) == (1, True)


def test_formats(convcli: Run) -> None:
    chain = "in 1x8x8 conv3-2 relu"
    _, out, _ = convcli("shape", "--net", chain, "--format", "csv")
    assert out.splitlines()[:2] == [
        "layer,op,input,output,padding,params,macs,memory,receptive_field,jump,start,formula",
        "conv3-2,conv,1x8x8,2x6x6,0+0x0+0,20,648,288,3x3,1x1,1x1,(8 + 0 + 0 - 3) // 1 + 1 = 6",
    ]
    _, out, _ = convcli("shape", "--net", chain, "--format", "markdown")
    assert out.splitlines()[:3] == [
        "| layer | output | params | MACs | memory | field | jump | start |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        "| conv3-2 relu | 2x6x6 | 20 | 648 | 576 B | 3 | 1 | 1 |",
    ]
    assert convcli("shape", "28", "--format", "json")[1] == convcli("shape", "28", "--json")[1]
    _, out, _ = convcli("shape", "-s", "2", "--format", "csv")
    assert out.splitlines()[0] == "input,output,left_over"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("name", ["vgg16", "resnet50", "unet"])
def test_networks_keep_to_the_terminal(
    convcli: Run, monkeypatch: pytest.MonkeyPatch, name: str, width: int
) -> None:
    monkeypatch.setattr("convcli.console.width", lambda: width)
    _, out, _ = convcli("shape", "--net", name)
    [table] = [part for part in out.split("\n\n") if "──" in part]
    assert max(map(len, table.splitlines())) <= width
    assert all(column in table.splitlines()[0].split() for column in ("layer", "output", "params"))


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
        (("28", "--pool", "max", "--transposed"), 2, "--transposed contradicts --pool"),
        (("28", "--pool", "max", "-p", "2"), 2, "pad should be at most half of effective kernel size"),
        (("28", "--pool", "max", "-g", "2"), 2, "a pooling works on each channel alone"),
        (("28", "--ceil-mode"), 2, "ceil mode belongs to poolings"),
        (("28", "-p", "1", "--pad-end", "1"), 2, "--padding contradicts --pad-begin and --pad-end"),
        (("28", "-d", "2", "--dilation-gap", "1"), 2, "--dilation contradicts --dilation-gap"),
        (("28", "--format", "csv", "--json"), 2, "--format csv contradicts --json"),
        (("28", "--compare", "--solve", "3"), 2, "--compare and --solve are two questions"),
        (("--compare",), 2, "--compare needs the SIZE of an input"),
        (("--code", "torch"), 2, "--code needs the SIZE of an input"),
        (("28", "--code", "torch"), 2, "--code needs the channels of a layer"),
        (("--net", "vgg16", "-k", "3"), 2, "--kernel is of a single layer, and --net has many"),
        (("--net", "vgg61"), 2, "'vgg61' is neither a network, nor a file, nor a layer"),
        (("--net", "no/such.cfg"), 1, "no/such.cfg: no such file"),
        (("--net", "conv3-8"), 2, "the network does not say the size of its input"),
        (("--net", "in 1x4x4 conv9-8"), 1, "layer 1, conv9-8, on 1x4x4: height: kernel 9 does not fit"),
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
