"""convcli kernels: the list, one kernel, JSON and CSV."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from convcli.kernels import REGISTRY, parse

Run = Callable[..., tuple[int, str, str]]


def test_the_list_names_every_kernel(convcli: Run) -> None:
    code, out, err = convcli("kernels")
    assert (code, err) == (0, "")
    for name, entry in REGISTRY.items():
        row = next(line for line in out.splitlines() if line.split()[0].split(":")[0] == name)
        assert entry.description in row
        assert all(parameter.name in row for parameter in entry.parameters)


def test_the_list_as_csv_and_json(convcli: Run) -> None:
    rows = list(csv.reader(io.StringIO(convcli("kernels", "--format", "csv")[1])))
    assert rows[0] == ["kernel", "parameters", "size", "what it does", "source"]
    assert [row[0].split(":")[0] for row in rows[1:]] == list(REGISTRY)
    assert [row[4] for row in rows[1:]] == [entry.citation for entry in REGISTRY.values()]
    for row in rows[1:]:
        assert "x".join(map(str, parse(row[0]).shape)) == row[2]
    records = [json.loads(line) for line in convcli("kernels", "--json")[1].splitlines()]
    assert [record["name"].split(":")[0] for record in records] == list(REGISTRY)
    for record in records:
        assert {"name", "shape", "sum", "values", "description"} <= set(record)
        assert list(np.shape(record["values"])) == record["shape"]


def test_one_kernel(convcli: Run) -> None:
    code, out, _ = convcli("kernels", "sobel-x")
    title, *rows, caption = out.splitlines()
    assert code == 0
    assert title.startswith("sobel-x, 3x3")
    assert [row.split() for row in rows] == [["1", "0", "-1"], ["2", "0", "-2"], ["1", "0", "-1"]]
    assert caption == "sum 0, absolute sum 8, rank 1: separable, a column times a row"


@pytest.mark.parametrize(
    ("arguments", "row", "caption"),
    [
        (["1,2,1", "--normalize", "sum"], "1/4 1/2 1/4", "sum 1, absolute sum 1, one dimension"),
        (["--", "-1,0,1"], "-1 0 1", "sum 0, absolute sum 2, one dimension"),
        (["1/9,0.5"], "1/9 1/2", "sum 11/18, absolute sum 11/18, one dimension"),
        (["box:2", "--normalize", "none"], "1/4 1/4", "sum 1, absolute sum 1, rank 1"),
        (["laplacian", "--normalize", "abs"], "0 1/8 0", "sum 0, absolute sum 1, rank 2"),
    ],
)
def test_numbers(convcli: Run, arguments: list[str], row: str, caption: str) -> None:
    code, out, _ = convcli("kernels", *arguments)
    assert code == 0
    assert out.splitlines()[1].split() == row.split()
    assert out.splitlines()[-1].startswith(caption)


def test_json(convcli: Run) -> None:
    for arguments in (["--json"], ["--format", "json"], ["--json", "--format", "json"]):
        code, out, _ = convcli("kernels", "gaussian:0.5", *arguments)
        record = json.loads(out)
        assert code == 0
        assert record["name"] == "gaussian:0.5"
        assert record["shape"] == [5, 5]
        assert record["sum"] == pytest.approx(1)
        assert record["values"] == parse("gaussian:0.5").array.tolist()
    assert json.loads(convcli("kernels", "1,2", "--json")[1])["values"] == [1, 2]


def test_csv_is_a_kernel_file(convcli: Run, tmp_path: Path) -> None:
    path = tmp_path / "disk.csv"
    path.write_text(convcli("kernels", "disk:2.5", "--format", "csv")[1])
    record = json.loads(convcli("kernels", path, "--json")[1])
    assert record["values"] == parse("disk:2.5").array.tolist()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["sobelx"], 2, "'sobelx' is not a named kernel"),
        (["sobel-x", "--normalize", "sum"], 1, "kernel: cannot be divided by 0, the sum of its weights"),
        (["--normalize", "sum"], 2, "--normalize needs a kernel"),
        (["1,2;3"], 2, "rows differ in length"),
        (["none.npy"], 1, "none.npy: no such file"),
        (["box:3", "--format", "xml"], 2, "xml"),
        (["box:3", "--json", "--format", "csv"], 2, "--format csv contradicts --json"),
        (["--json", "--format", "table"], 2, "--format table contradicts --json"),
        (["disk:1e-300"], 2, "kernel 'disk': weights and their absolute sum must be finite numbers"),
        (["none.wav"], 1, "none.wav: no such file"),
        (["none.png"], 1, "none.png: no such file"),
        (["-"], 2, "'-': a kernel is not read from standard input"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_requests(convcli: Run, arguments: list[str], code: int, message: str) -> None:
    got, out, err = convcli("kernels", *arguments)
    assert (got, out) == (code, "")
    assert message in err.splitlines()[0]


def test_a_close_name_is_suggested(convcli: Run) -> None:
    assert "did you mean gaussian" in convcli("kernels", "gausian")[2]


@pytest.fixture
def hall(tmp_path: Path) -> str:
    """Return the path of a response that begins after 10 ms and fades by 60 dB in 1.5 s."""
    t = np.arange(24000) / 8000
    h = 0.5 * 10 ** (-3 * t / 1.5)[:, np.newaxis] * [1, -0.5]
    path = tmp_path / "hall.wav"
    soundfile.write(path, np.concatenate([np.zeros((80, 2)), h]), 8000, subtype="DOUBLE")
    return str(path)


def test_a_response(convcli: Run, hall: str) -> None:
    code, out, err = convcli("kernels", hall)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == f"{hall}: 3.01 s, 24080 samples at 8000 Hz, 2 channels"
    total = 0.5 / (1 - 10 ** (-3 / 1.5 / 8000))
    assert lines[3].split()[:3] == ["1", "0.5", "80"]
    assert float(lines[3].split()[3]) == pytest.approx(total, rel=1e-3)
    assert lines[4].split()[1] == "-0.25"
    assert lines[3].split()[5] == f"{20 * np.log10(total):+.2f}"
    assert "direct sound at sample 80 (10 ms)" in lines
    assert "reverberation time RT60 1.5 s (T30: the slope from -5 to -35 dB)" in lines
    curve = [line.split() for line in lines if line.endswith(("█", "#"))]
    for time, _, level, _, bar in curve[1:]:
        assert float(level) == pytest.approx(-40 * float(time), abs=0.1)
        assert len(bar) == pytest.approx((1 + float(level) / 60) * len(curve[0][-1]), abs=1)
    assert max(map(len, lines[6:-3])) == 80


def test_a_response_as_json_and_csv(convcli: Run, hall: str) -> None:
    record = json.loads(convcli("kernels", hall, "--json")[1])
    assert (record["sample_rate"], record["shape"], record["seconds"]) == (8000, [24080, 2], 3.01)
    assert (record["direct_sound_sample"], record["rt60_from"]) == (80, "T30")
    for name in ("rt60", "edt", "t20", "t30"):
        assert record[name] == pytest.approx(1.5, rel=1e-3)
    assert record["decay"][0] == [0, 0]
    rows = list(csv.reader(io.StringIO(convcli("kernels", hall, "--format", "csv")[1])))
    assert rows[0] == ["seconds", "energy_db"]
    assert [float(number) for number in rows[751]] == pytest.approx([0.75, -30], abs=0.02)


def test_what_is_no_response(convcli: Run, hall: str, tmp_path: Path) -> None:
    code, out, err = convcli("kernels", hall, "--normalize", "sum")
    assert (code, out) == (2, "")
    assert "--normalize: is for kernels of numbers and pictures" in err
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(100), 8000)
    code, out, err = convcli("kernels", silent)
    assert (code, out) == (1, "")
    assert "silent" in err
