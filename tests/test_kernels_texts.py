"""Kernel texts and files, the kernel that a blur asks for, and kernels shown as text."""

import json
import re
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from convcli.errors import ConvError, ReadError, UsageError
from convcli.kernels import blur_kernel, make, parse, showing
from convcli.kernels.catalogue import REGISTRY

# --- texts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("1,2,1", [1, 2, 1]),
        ("-1,0,1", [-1, 0, 1]),
        ("1/9,1/3", [1 / 9, 1 / 3]),
        (".5,1e-1", [0.5, 0.1]),
        ("1,0,-1;2,0,-2;1,0,-1", [[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
        ("7", [7]),
    ],
)
def test_literal(spec: str, expected: object) -> None:
    kernel = parse(spec)
    assert_array_equal(kernel.array, expected)
    assert kernel.name == spec


@pytest.mark.parametrize(
    ("spec", "message", "hint"),
    [
        ("sobelx", "'sobelx' is not a named kernel", "sobel-x"),
        ("gausian:2", "'gausian' is not a named kernel", "did you mean gaussian"),
        ("xyzzy", "'xyzzy' is not", "'convcli kernels' lists"),
        ("", "'' is not a named kernel", "lists"),
        ("box:3,4", "'box' takes 1 argument, not 2", "box:SIZE"),
        ("sobel-x:3", "'sobel-x' takes no arguments", "sobel-x"),
        ("box:0", "'0' is not N or HxW", "3x5"),
        ("box:2.5", "'2.5' is not N or HxW", "3x5"),
        ("box:1x2x3", "not N or HxW", "3x5"),
        ("gaussian:0", "sigma 0 is not", "e.g. 2"),
        ("gaussian:-1", "sigma -1 is not", "e.g. 2"),
        ("gaussian:two", "'two' is not a finite number", "1/9"),
        ("gaussian:1000", "too large", "shrink"),
        ("disk:0", "radius 0 is not", "e.g. 4"),
        ("disk:99999", "too large", "shrink"),
        ("motion:0", "length 0 is below 1", "15"),
        ("dog:2,2", "are equal", ""),
        ("gabor:0", "wavelength 0 is not", ""),
        ("box:99999999", "too large", "shrink"),
        ("1,2;3", "rows differ in length", "rows by semicolons"),
        ("1,,2", "empty", ""),
        ("1,nan", "not a finite number", ""),
        ("disk:1e-300", "kernel 'disk': weights and their absolute sum must be finite", "nearer to 1"),
        ("log:1e-200", "kernel 'log': weights and their absolute sum must be finite", "nearer to 1"),
        ("gabor:8,0,1e-200", "kernel 'gabor': weights and", "nearer to 1"),
        ("motion:1e80", "a kernel of 1e+80x1e+80 is too large", "shrink"),
        ("coffee.png", "coffee.png: .png files are not read as kernels", ".csv, .txt, .npy, .json"),
        ("a/2024-07:12.JPEG", ".jpeg files are not read as kernels", "only a sound"),
    ],
)
def test_bad_text(spec: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        parse(spec)
    assert hint in (caught.value.hint or "")


@given(st.text(max_size=12))
def test_any_text_is_a_kernel_or_an_error(text: str) -> None:
    with suppress(ConvError):
        assert np.isfinite(parse(text).array).all()


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("k.csv", "1,0,-1\n2,0,-2\n"),
        ("k.txt", "# a comment\n1 0 -1\n2 0 -2\n"),
        ("K.CSV", "\ufeff1,0,-1\r\n2,0,-2\r\n"),
        ("k.json", "[[1, 0, -1], [2, 0, -2]]"),
        ("k.json", '[["1", "0", -1], [2.0, 0, "-4/2"]]'),
    ],
)
def test_text_file(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    kernel = parse(str(path))
    assert_array_equal(kernel.array, [[1, 0, -1], [2, 0, -2]])
    assert kernel.name == str(path)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64, np.bool_])
def test_npy_file(tmp_path: Path, dtype: type) -> None:
    path = tmp_path / "k.npy"
    np.save(path, np.array([[1, 0, 1]], dtype))
    assert_array_equal(parse(str(path)).array, [[1.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("k.csv", b"1,2\n3\n"),
        ("k.csv", b"a,b\n"),
        ("k.csv", b"\xff\xfe1"),
        ("k.json", b"{}"),
        ("k.json", b"[[1, 2], [3]]"),
        ("k.json", b"[1, null]"),
        ("k.json", b"[true]"),
        ("k.json", b"[1, NaN]"),
        ("k.json", b"[]"),
        ("k.json", b"[1, 2"),
        ("k.json", b"[[[1]]]"),
        ("k.json", b"[" * 5000),
        ("k.json", b"[" + b"9" * 400 + b"]"),
        ("k.npy", b"junk"),
        ("k.npy", b""),
    ],
)
def test_bad_file(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ReadError, match="k\\.") as caught:
        parse(str(path))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a"]),
        np.array([1j]),
        np.array(1.0),
        np.zeros((2, 0)),
        np.array([np.inf]),
        np.array([1e308, 1e308]),
        np.array([None]),
    ],
    ids=str,
)
def test_npy_file_without_real_numbers(tmp_path: Path, array: np.ndarray) -> None:
    path = tmp_path / "k.npy"
    np.save(path, array)
    with pytest.raises(ReadError, match="not a kernel"):
        parse(str(path))


def test_missing_file() -> None:
    with pytest.raises(ReadError, match=r"none\.csv: no such file"):
        parse("none.csv")


# --- what a request to blur means ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "box:3"),
        ({"size": "5x7"}, "box:5x7"),
        ({"sigma": "2.5"}, "gaussian:2.5"),
        ({"radius": "3"}, "disk:3"),
        ({"length": "9"}, "motion:9,0"),
        ({"angle": "45"}, "motion:15,45"),
        ({"kind": "triangle", "size": "7"}, "triangle:7"),
        ({"kind": "gaussian"}, "gaussian:2"),
    ],
)
def test_blur_kernel(options: dict[str, str], name: str) -> None:
    assert blur_kernel(**options).name == name


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": "0"}, "--size: '0' is not N or HxW in whole numbers above 0"),
        ({"size": "3x"}, "--size: '3x' is not N or HxW in whole numbers above 0"),
        ({"size": "wide"}, "--size: 'wide' is not N or HxW in whole numbers above 0"),
        ({"size": "3x5x7"}, "--size: '3x5x7' is not N or HxW in whole numbers above 0"),
        ({"sigma": "x2"}, "--sigma: 'x2' is not one number, or two with an x between them"),
        ({"sigma": "1x2x3"}, "--sigma: '1x2x3' is not one number, or two with an x between them"),
        ({"kind": "triangle", "size": "99999x99999"}, "--size: a kernel of 99999x99999 is too large"),
        ({"sigma": "-1"}, "--sigma: sigma -1 is not a number above 0"),
        ({"radius": "1e-300"}, "--radius: weights and their absolute sum must be finite numbers"),
        ({"length": "0.5", "angle": "45"}, "--length: length 0.5 is below 1"),
        ({"length": "9", "angle": "up"}, "--angle: 'up' is not a finite number"),
    ],
)
def test_the_option_at_fault_is_named(options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        blur_kernel(**options)
    assert caught.value.message == message or caught.value.message.startswith(f"{message}: ")


@pytest.mark.parametrize(
    "options",
    [{"kind": "box", "sigma": "2"}, {"kind": "disk", "size": "3"}, {"size": "3", "sigma": "2"}],
)
def test_measures_of_another_kind_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        blur_kernel(**options)


# --- showing -------------------------------------------------------------------------------------


def test_wide_kernels_lose_digits_then_columns() -> None:
    line = parse(",".join(["0.123456789"] * 8))
    assert showing.cells(line, width=100) == [("0.123457",) * 8]
    assert showing.cells(line, width=70) == [("0.1235",) * 8]
    assert showing.cells(line, width=53) == [("0.12",) * 8]
    assert showing.cells(line, width=40) == [("..", "0.12", "0.12", "0.12", "0.12", "..")]
    assert showing.cells(line, width=1) == [("..", "0.12", "0.12", "..")]
    assert showing.cells(parse(",".join(["0"] * 99)), width=40)[0].count("0") == 7


def test_of_wide_kernels_the_middle_is_shown() -> None:
    for name, middle in (("gabor", "0.029"), ("dog:1,2", "0.12"), ("log:2", "-0.020")):
        rows = showing.cells(parse(name), width=80)
        assert len(rows) == parse(name).shape[0]
        row = rows[len(rows) // 2]
        assert (row[0], row[len(row) // 2], row[-1]) == ("..", middle, "..")
        assert sum(map(len, row)) + 3 * (len(row) - 1) <= 80
        assert not any(set(cell) <= set("-0.") and cell.startswith("-") for line in rows for cell in line)


def test_digits_are_given_up_before_columns() -> None:
    gaussian = showing.cells(parse("gaussian:1"), width=80)
    assert [row[4] for row in gaussian[2:5]] == ["0.0215", "0.0965", "0.1592"]
    assert len(gaussian[0]) == 9


def test_cells_are_fractions_or_six_digits() -> None:
    assert showing.cells(parse("box"), width=80)[0] == ("1/9",) * 3
    assert showing.cells(parse("1/3,0.1,-2,1e-9,0.123456789"), width=80) == [
        ("1/3", "1/10", "-2", "1e-09", "0.123457")
    ]


@pytest.mark.parametrize("name", REGISTRY)
def test_csv_reads_back_as_the_same_numbers(tmp_path: Path, name: str) -> None:
    kernel = make(name)
    path = tmp_path / "k.csv"
    path.write_text("\n".join(showing.csv_lines(showing.exact_cells(kernel))))
    assert_array_equal(np.atleast_2d(parse(str(path)).array), kernel.plane)


def test_record_is_json() -> None:
    record = showing.record(parse("sobel-x"))
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["values"] == [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
