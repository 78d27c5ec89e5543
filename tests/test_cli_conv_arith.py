"""convcli conv-arith: what is printed, what is refused."""

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from convcli.commands.conv_arith import EXAMPLES

Run = Callable[..., tuple[int, str, str]]
Process = Callable[..., "subprocess.CompletedProcess[bytes]"]


def test_the_example(convcli: Run) -> None:
    code, out, err = convcli("conv-arith", "--input", "1,2,3,4", "--kernel", "1,2,3")
    assert code == 0
    assert out.startswith("convolution: the kernel is reversed")
    assert "1·3 + 2·2 + 3·1 = 10" in out
    assert out.endswith("\nresult\n1 4 10 16 17 12\n")
    assert err == "output size: (4 + 2 + 2 - 3) // 1 + 1 = 6\n"


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_fit_80_columns(
    convcli: Run, example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.ones((1, 2, 5, 5)))
    np.save("w.npy", np.ones((3, 2, 3, 3)))
    program, *arguments = shlex.split(example)
    code, out, err = convcli(*arguments)
    assert (program, code) == ("convcli", 0)
    assert max(map(len, (out + err).splitlines())) <= 80


def test_quiet(convcli: Run) -> None:
    loud = convcli("conv-arith", "-i", "1,2", "-k", "1,1")
    quiet = convcli("conv-arith", "-i", "1,2", "-k", "1,1", "-q")
    assert quiet == (0, loud[1], "")


def test_json(convcli: Run) -> None:
    code, out, err = convcli("conv-arith", "-i", "1,1/2", "-k", "1,2", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "operation": "convolution",
        "input_shape": [2],
        "kernel_shape": [2],
        "output_shape": [3],
        "output": [1, 2.5, 1],
        "exact": ["1", "5/2", "1"],
        "steps": [
            {"index": [0], "terms": [[0, 2], [1, 1]], "value": 1},
            {"index": [1], "terms": [[1, 2], [0.5, 1]], "value": 2.5},
            {"index": [2], "terms": [[0.5, 2], [0, 1]], "value": 1},
        ],
        "matrix": None,
        "grad": None,
    }


def test_json_leaves_no_step_out(convcli: Run) -> None:
    _, out, _ = convcli("conv-arith", "-i", ",".join(map(str, range(300))), "-k", "1,1", "--json")
    assert len(json.loads(out)["steps"]) == 301


@pytest.mark.parametrize(
    ("options", "result"),
    [
        (("--mode", "same"), "4 10 16 17"),
        (("--mode", "valid"), "10 16"),
        (("--correlate",), "3 8 14 20 11 4"),
        (("--padding", "1"), "4 10 16 17"),
        (("-p", "0"), "10 16"),
        (("--stride", "2"), "1 10 17"),
        (("--dilation", "2"), "1 2 5 8 9 14 9 12"),
        (("--mode", "same", "--padding-mode", "replicate"), "7 10 16 21"),
        (("--mode", "same", "--padding-mode", "circular"), "16 10 16 18"),
        (("-p", "1", "--padding-mode", "constant:10"), "34 10 16 27"),
        (("--normalize", "sum"), "1/6 2/3 5/3 8/3 17/6 2"),
    ],
)
def test_options(convcli: Run, options: tuple[str, ...], result: str) -> None:
    code, out, _ = convcli("conv-arith", "-i", "1,2,3,4", "-k", "1,2,3", *options)
    assert code == 0
    assert out.splitlines()[-1] == result


@pytest.mark.parametrize("kernel", [("--kernel=-1,0,1",), ("--kernel", "-1,0,1"), ("-k", "-1,0,1")])
def test_a_kernel_may_begin_with_a_minus(convcli: Run, kernel: tuple[str, ...]) -> None:
    code, out, _ = convcli("conv-arith", "--input=-1,2,3", "--mode", "valid", *kernel)
    assert (code, out.splitlines()[-1]) == (0, "-4")


def test_tables_print_a_grid_and_a_size_an_axis(convcli: Run) -> None:
    code, out, err = convcli("conv-arith", "-i", "1,2,3;4,5,6", "-k", "1,1;1,1", "--mode", "valid")
    assert code == 0
    assert "y[0,1]" in out
    assert out.endswith("\nresult\n12 16\n")
    assert err.splitlines() == ["height: (2 + 0 + 0 - 2) // 1 + 1 = 1", "width: (3 + 0 + 0 - 2) // 1 + 1 = 2"]


def test_decimals_only_where_decimals_were_typed(convcli: Run) -> None:
    typed = convcli("conv-arith", "-i", "0.5,1", "-k", "0.1")
    assert typed[1].splitlines()[-1] == "0.05 0.1"
    fractions = convcli("conv-arith", "-i", "1/2,1", "-k", "1/10")
    assert fractions[1].splitlines()[-1] == "1/20 1/10"


def test_the_multiplication_table(convcli: Run) -> None:
    code, out, _ = convcli("conv-arith", "-i", "1,2,3,4", "-k", "1,2,3", "--view", "table")
    assert code == 0
    assert "y[2] = 3 + 4 + 3 = 10" in out
    assert out.endswith("1 4 10 16 17 12\n")


def test_files(convcli: Run, tmp_path: Path) -> None:
    series, table = tmp_path / "series.txt", tmp_path / "table.CSV"
    series.write_bytes("\ufeff# volts\r\n1\r\n2\r\n3\r\n4\r\n".encode())
    table.write_text("1, 2\n3, 4\n")
    code, out, _ = convcli("conv-arith", "-i", series, "-k", "1,2,3")
    assert (code, out.splitlines()[-1]) == (0, "1 4 10 16 17 12")
    code, out, _ = convcli("conv-arith", "-i", table, "-k", table, "--mode", "valid")
    assert (code, out.splitlines()[-1]) == (0, "20")


def test_standard_input(process: Process) -> None:
    done = process("conv-arith", "-i", "-", "-k", "1,1", "-q", input=b"1 2 3\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[-1] == "1 3 5 3"


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo-terminals on this system")
def test_a_terminal_is_not_read(convcli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower = os.openpty()
    with os.fdopen(leader, "rb"), os.fdopen(follower, encoding="ascii") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        code, out, err = convcli("conv-arith", "-i", "-", "-k", "1")
    assert (code, out) == (2, "")
    assert err.startswith("convcli: error: '-': standard input is a terminal\nhint: ")


def test_plain_signs_where_the_terminal_has_no_others(process: Process) -> None:
    done = process("conv-arith", "-i", "1,2", "-k", "1,2", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0
    assert b"input  0 | 1 2 | 0" in done.stdout
    assert b"1*2 + 2*1 = 4" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("-i", "1,2", "-k", "1,x"), 2, "--kernel: 'x' is not a finite number (row 1, number 2)"),
        (("-i", "nan", "-k", "1"), 2, "--input: 'nan' is not a finite number (row 1, number 1)"),
        (("-i", "1,2;3", "-k", "1"), 2, "--input: rows differ in length: row 1 has 2 numbers, row 2 has 1"),
        (("-i", "-", "-k", "-"), 2, "'-': standard input can be read only once"),
        (("-i", "1", "-k", "1", "--mode", "full", "-p", "1"), 2, "--mode full and --padding 1: both say"),
        (("-i", "1", "-k", "1", "--padding-mode", "mirror"), 2, "padding mode 'mirror' means opposite"),
        (("-i", "1", "-k", "1", "-p", "1x2"), 2, "for '--padding': '1x2' has 2 values for 1 axis"),
        (("-i", "1", "-k", "1", "-s", "2x2"), 2, "for '--stride': '2x2' has 2 values for 1 axis"),
        (("-i", "1", "-k", "1;1", "-d", "1x1x1"), 2, "for '--dilation': '1x1x1' has 3 values for 2 axes"),
        (("-i", "1", "-k", "1", "-p", "some"), 2, "'some' is not same, same-lower, valid, half, full"),
        (("-i", "1", "-k", "1", "--padding-mode", "constant:"), 2, "'constant:': the value is missing"),
        (("-i", "1", "-k", "1", "-s", "0"), 2, "--stride"),
        (("-i", "1", "-k", "1", "-d", "0"), 2, "1 is a dense kernel"),
        (("-i", "1,2;3,4", "-k", "1", "--view", "table"), 2, "--view table shows the full convolution"),
        (("-i", "1"), 2, "missing option '--kernel'"),
        (("-i", "1,2", "-k", "1,2,3", "--mode", "valid"), 1, "kernel 3 does not fit in 2"),
        (("-i", "1,2", "-k=0", "--normalize", "sum"), 2, "--kernel: '=0' is not a finite number"),
        (("-i", "1,2", "-k", "0", "--normalize", "sum"), 1, "kernel: cannot be divided by its sum"),
        (("-i", "nowhere.csv", "-k", "1"), 1, "nowhere.csv: no such file"),
        (("-i", "1", "-k", "1", "-p", "999999"), 1, "products are too many to work step by step"),
    ],
)
def test_bad_input_gets_one_line(convcli: Run, arguments: tuple[str, ...], code: int, message: str) -> None:
    actual, out, err = convcli("conv-arith", *arguments)
    assert (actual, out) == (code, "")
    first, *rest = err.splitlines()
    assert first.startswith("convcli: error: ")
    assert message in first
    assert all(line.startswith("hint: ") for line in rest)


def test_a_bad_file_is_a_read_error(convcli: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"time,volts\n1,2\n")
    code, out, err = convcli("conv-arith", "-i", bad, "-k", "1")
    assert (code, out) == (1, "")
    assert err.startswith(f"convcli: error: {bad}: 'time' is not a finite number (row 1, number 1)\nhint: ")
