"""convcli kernels: the list, one kernel, JSON and CSV."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

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
        (["samples/perc_snap.wav"], 2, "samples/perc_snap.wav: .wav files are not read as kernels"),
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
