"""Layers that conv-arith runs on tensors: what is computed, printed, written and refused."""

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from convcli import arrays, files
from convcli.arithmetic.boundary import parse_boundary
from convcli.arithmetic.specs import LayerSpec
from convcli.commands import conv_arith_tensor_text as text
from convcli.commands.conv_arith_tensors import run
from convcli.engine import layers
from convcli.errors import ConvError, ShapeError, UsageError, WriteError

Call = Callable[..., tuple[str, str]]
Run = Callable[..., tuple[int, str, str]]
Process = Callable[..., "subprocess.CompletedProcess[bytes]"]

X = np.arange(2 * 3 * 5 * 6, dtype=np.float32).reshape(2, 3, 5, 6)
W = np.arange(4 * 3 * 3 * 3, dtype=np.float32).reshape(4, 3, 3, 3) - 50


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """Run a layer: standard output, standard error."""

    def layer(
        x: Any, w: Any, b: Any = None, spec: LayerSpec = LayerSpec(), **options: Any
    ) -> tuple[str, str]:
        defaults: dict[str, Any] = {
            "boundary": parse_boundary("zeros"),
            "correlate": True,
            "count_padding": True,
            "target": None,
            "force": False,
            "json": False,
            "quiet": False,
            "jobs": None,
        }
        capfd.readouterr()
        run(x, w, b, spec, **{**defaults, **options})
        captured = capfd.readouterr()
        return captured.out, captured.err

    return layer


@contextmanager
def expect_refusal(error: type[ConvError], message: str, hint: str | None = None) -> Iterator[None]:
    """Expect an error of one line, with a remedy."""
    with pytest.raises(error, match=message) as caught:
        yield
    assert "\n" not in caught.value.message
    if hint is not None:
        assert hint in (caught.value.hint or "")


# --- results -------------------------------------------------------------------------------------


def test_a_layer_is_written(call: Call, tmp_path: Path) -> None:
    target = tmp_path / "y.npy"
    spec = LayerSpec(stride=(2,), padding=(1,))
    out, err = call(X, W, np.ones(4, np.float32), spec, target=str(target), jobs=1)
    assert out == f"{target}\n"
    assert err.splitlines()[:5] == [
        "correlation: 2x3x5x6 with 4x3x3x3 -> 2x4x3x3, float32",
        "height: (5 + 1 + 1 - 3) // 2 + 1 = 3",
        "width: (6 + 1 + 1 - 3) // 2 + 1 = 3",
        "parameters  112 = 4 x 3 x 3 x 3 weights + 4 biases",
        "MACs        972 = 3 x 3 outputs x 4 x 3 x 3 x 3 (no biases)",
    ]
    assert err.splitlines()[5] == "            1,944 for a batch of 2"
    assert err.endswith(" s\n")
    axes = LayerSpec(stride=(2,), padding=(1,), out_channels=4).over(3, (5, 6)).axes
    expected = layers.convolve(X, W, np.ones(4, np.float32), axes=axes)
    found = np.load(target)
    assert found.dtype == np.float32
    assert_array_equal(found, expected)


def test_without_a_bias_there_are_weights_alone(call: Call) -> None:
    assert "parameters  108 = 4 x 3 x 3 x 3 weights\n" in call(X, W)[1]


def test_quiet_leaves_the_path_alone(call: Call, tmp_path: Path) -> None:
    target = tmp_path / "y.npy"
    assert call(X, W, target=str(target), quiet=True) == (f"{target}\n", "")


def test_without_a_batch_the_result_has_none(call: Call) -> None:
    record = json.loads(call(X[0], W, json=True)[0])
    assert record["output_shape"] == [4, 3, 4]
    batch = json.loads(call(X, W, json=True)[0])
    assert record["output"] == batch["output"][0]


def test_kernels_without_channels_slide_over_lists_and_tables(call: Call) -> None:
    full = LayerSpec(padding="full")
    assert call(
        np.array([1, 2, 3, 4], np.int8), np.array([1, 2, 3]), None, full, correlate=False, quiet=True
    ) == (
        "1 4 10 16 17 12\n",
        "",
    )
    out, _ = call(np.arange(6).reshape(2, 3), np.array([[1, 10]]), quiet=True)
    assert out == "10 21\n43 54\n"


def test_json_has_every_number(call: Call, tmp_path: Path) -> None:
    x = np.array([[1.5, math.nan, math.inf, 2]], np.float32)
    out, err = call(x, np.ones((1, 1, 1), np.float32), json=True)
    assert err == ""
    assert json.loads(out) == {
        "operation": "correlation",
        "input_shape": [1, 4],
        "kernel_shape": [1, 1, 1],
        "output_shape": [1, 4],
        "output": [[1.5, None, None, 2]],
        "dtype": "float32",
        "exact": None,
        "steps": [],
        "matrix": None,
        "grad": None,
    }
    target = tmp_path / "y.npy"
    record = json.loads(call(x, np.ones((1, 1, 1)), json=True, target=str(target))[0])
    assert (record["output"], record["path"], record["dtype"]) == (None, str(target), "float64")
    assert np.load(target).shape == (1, 4)
    assert len(json.loads(call(np.zeros(3_000), np.ones(1), json=True)[0])["output"]) == 3_000


def test_complex_numbers_are_pairs_in_json(call: Call) -> None:
    record = json.loads(call(np.array([1 + 2j, 3]), np.array([1j]), json=True)[0])
    assert record["output"] == [[-2, 1], [0, 3]]


@pytest.mark.parametrize(
    ("operation", "correlate", "name"),
    [
        ("conv", True, "correlation"),
        ("conv", False, "convolution"),
        ("convt", True, "transposed correlation"),
        ("convt", False, "transposed convolution"),
        ("maxpool", True, "max pooling"),
        ("avgpool", True, "average pooling"),
    ],
)
def test_operations_by_name(call: Call, operation: Any, correlate: bool, name: str) -> None:
    weights = None if operation.endswith("pool") else np.ones((3, 3, 2, 2), np.float32)
    record = json.loads(
        call(X, weights, None, LayerSpec(operation=operation, kernel=(2, 2)), correlate=correlate, json=True)[
            0
        ]
    )
    assert record["operation"] == name
    assert record["kernel_shape"] == ([2, 2] if weights is None else [3, 3, 2, 2])


def test_transposed_layers(call: Call) -> None:
    spec = LayerSpec(operation="convt", stride=(2,), output_padding=(1,))
    out, err = call(np.array([[1, 2]]), np.array([[[1, 10, 100]]]), np.array([5]), spec)
    assert out == "channel 0\n6 15 107 25 205 5\n"
    assert "length: (2 - 1) * 2 - 0 - 0 + 3 + 1 = 6" in err
    assert "MACs        6 = 2 inputs x 1 x 1 x 3 (no biases)" in err


def test_transposed_kernels_are_reversed_on_request(call: Call) -> None:
    spec = LayerSpec(operation="convt")
    x, w = np.array([1, 0]), np.array([1, 2, 3])
    assert call(x, w, None, spec, quiet=True)[0] == "1 2 3 0\n"
    assert call(x, w, None, spec, correlate=False, quiet=True)[0] == "3 2 1 0\n"


def test_poolings(call: Call) -> None:
    x = np.arange(1.0, 8)
    spec = LayerSpec(operation="avgpool", kernel=(3,), stride=(2,), padding=(1,))
    assert call(x, None, None, spec, quiet=True)[0] == "1 3 5 4.33333\n"
    assert call(x, None, None, spec, count_padding=False, quiet=True)[0] == "1.5 3 5 6.5\n"
    out, err = call(X, None, None, LayerSpec(operation="maxpool", kernel=(2, 3)))
    assert out.startswith("batch 0, channel 0\n 8 11\n20 23\n\nbatch 0, channel 1\n")
    assert err.startswith("max pooling: 2x3x5x6 with 2x3 -> 2x3x2x2, float32\n")
    assert "parameters" not in err


@pytest.mark.parametrize(
    ("shape", "outputs"), [((8,), 1), ((8, 8), 2), ((3, 8, 8), 2), ((2, 3, 8, 8), 2), ((2, 3, 8, 8, 8), 3)]
)
def test_what_a_single_window_slides_along(
    convcli: Run, tmp_path: Path, shape: tuple[int, ...], outputs: int
) -> None:
    source, target = str(tmp_path / "x.npy"), str(tmp_path / "y.npy")
    np.save(source, np.zeros(shape))
    code, _, _ = convcli("conv-arith", "-i", source, "-k", "2", "--pool", "max", "-o", target)
    assert code == 0
    assert list(np.load(target).shape) == [*shape[: len(shape) - outputs], *(4,) * outputs]


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (np.ones((64, 64, 3, 3), "f4"), "a matrix product for each tap"),
        (np.ones((64, 1, 3, 3), "f4"), "multiply-adds tap by tap"),
    ],
)
def test_the_way_is_told(call: Call, weights: Any, words: str) -> None:
    x = np.ones((1, 64, 100, 100), np.float32)
    _, err = call(x, weights, None, LayerSpec(groups=64 // weights.shape[1]))
    assert f"\n{words}, " in err


# --- as a program --------------------------------------------------------------------------------


@pytest.fixture
def tensors(tmp_path: Path) -> Path:
    """Return a folder with an input, x.npy, and kernels, w.npy."""
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "w.npy", W)
    return tmp_path


def test_files_become_a_file(process: Process, tensors: Path) -> None:
    done = process(
        "conv-arith", "--input", "x.npy", "--kernel", "w.npy", "-s", "2", "-o", "y.npy", cwd=tensors
    )
    assert (done.returncode, done.stdout) == (0, b"y.npy\n")
    axes = LayerSpec(stride=(2,), out_channels=4).over(3, (5, 6)).axes
    assert_array_equal(np.load(tensors / "y.npy"), layers.convolve(X, W, axes=axes))


def test_pipes_carry_the_same_bytes(process: Process, tensors: Path) -> None:
    line = ("conv-arith", "-i", "-", "-k", "w.npy", "-p", "1", "-q", "-o")
    data = (tensors / "x.npy").read_bytes()
    piped = process(*line, "-", input=data, cwd=tensors)
    assert (piped.returncode, piped.stderr) == (0, b"")
    assert process(*line, "y.npy", input=data, cwd=tensors).returncode == 0
    assert piped.stdout == (tensors / "y.npy").read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "code", "message"),
    [
        ("w.npy", b"junk", 1, b"w.npy: is not a NumPy file"),
        ("w.npy", arrays.encode(W)[:-1], 1, b"w.npy: is damaged"),
        ("w.npy", arrays.encode(W[:, :2]), 1, b"--kernel of shape 4x2x3x3 with --groups 1 reads 2 channels"),
        ("y.npy", b"before", 1, b"y.npy: exists already"),
    ],
)
def test_mistakes_leave_nothing_behind(
    process: Process, tensors: Path, name: str, content: bytes, code: int, message: bytes
) -> None:
    (tensors / name).write_bytes(content)
    before = {path.name: path.read_bytes() for path in tensors.iterdir()}
    done = process("conv-arith", "-i", "x.npy", "-k", "w.npy", "-o", "y.npy", cwd=tensors)
    assert (done.returncode, done.stdout) == (code, b"")
    assert done.stderr.startswith(b"convcli: error: " + message)
    assert {path.name: path.read_bytes() for path in tensors.iterdir()} == before


@pytest.mark.skipif(os.name != "posix", reason="signals and pipes as Unix has them")
def test_an_interrupt_ends_the_work_and_leaves_nothing(tensors: Path) -> None:
    np.save(tensors / "w.npy", np.ones((64, 64, 41, 41)))
    before = sorted(tensors.iterdir())
    line = [
        sys.executable,
        "-m",
        "convcli",
        "conv-arith",
        "-i",
        "-",
        "-k",
        "w.npy",
        "-o",
        "y.npy",
        "-j",
        "1",
    ]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, cwd=tensors, stdin=pipe, stdout=pipe, stderr=pipe) as running:
        assert running.stdin is not None
        # Once it has read this, it is well under way, however busy the machine is.
        running.stdin.write(arrays.encode(np.ones((1, 64, 300, 300))))
        running.stdin.close()
        running.stdin = None
        time.sleep(0.5)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=60)
    assert (running.returncode, out) == (130, b"")
    assert sorted(tensors.iterdir()) == before


# --- text ----------------------------------------------------------------------------------------


def shown(array: Any, sizes: int) -> list[str]:
    return list(text.lines(array, sizes=sizes, dots="..."))


def test_whole_numbers_keep_all_their_digits() -> None:
    assert shown(np.array([2**62, -1]), 1) == [f"{2**62} -1"]
    assert shown(np.array([1 / 3, 1e-9]), 1) == ["0.333333 1e-09"]
    assert shown(np.array([1 + 2j]), 1) == ["1+2j"]


def test_places_stand_above_tables() -> None:
    assert shown(np.arange(4).reshape(2, 2), 1) == ["channel 0", "0 1", "", "channel 1", "2 3"]
    volume = shown(np.arange(8).reshape(1, 1, 2, 2, 2), 3)
    assert volume[:3] == ["batch 0, channel 0, depth 0", "0 1", "2 3"]
    assert volume[4] == "batch 0, channel 0, depth 1"
    assert shown(np.zeros((2, 1, 1, 1)), 2)[3] == "batch 1, channel 0"


def test_the_middle_of_long_ones_is_left_out(call: Call) -> None:
    assert len(shown(np.zeros(1_000), 1)[0].split()) == 1_000
    assert shown(np.arange(1_001), 1) == ["0 1 2 ... 998 999 1000"]
    lines = shown(np.zeros((20, 30, 40, 50), np.float32), 2)
    assert len(lines) == 6 * 8 + 6 + 1
    assert lines[26:30] == ["", "...", "", "batch 19, channel 27"]
    assert max(map(len, lines)) < 80
    _, err = call(np.zeros(2_000), np.ones(1))
    assert err.startswith("hint: not all of the 2,000 numbers are shown; -o y.npy writes them\n")
    assert call(np.zeros(2_000), np.ones(1), quiet=True)[1] == ""


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "w", "spec", "message", "hint"),
    [
        (
            X,
            W[:, :2],
            {},
            "--kernel of shape 4x2x3x3 with --groups 1 reads 2 channels, --input has 3",
            "kernels",
        ),
        (X, W[:, :1], {}, "reads 1 channels, --input has 3", "kernels have the shape"),
        (X, W[:3, :1], {}, "reads 1 channels, --input has 3", "--groups 3 makes them fit"),
        (X[:, :2], W[:3, :1], {"groups": 2}, "3 output channels do not divide into --groups 2", "multiples"),
        (
            X,
            W,
            {"operation": "convt"},
            "reads 4 channels, --input has 3",
            "transposed kernels have the shape",
        ),
        (X, W[:3], {"operation": "convt", "groups": 2}, "3 input channels do not divide", "multiples"),
        (
            X,
            W[0, 0],
            {},
            "--kernel of shape 3x3: without channels it fits an input of as many axes",
            "layers",
        ),
        (
            X[0, 0],
            W,
            {},
            "--input of shape 5x6 has 2 axes, the kernel slides along 2",
            "(batch, channels, *sizes)",
        ),
        (X, np.ones((1,) * 6), {}, "the kernel slides along 4", "with 1 to 3 sizes"),
        (X[0, 0, 0, 0], np.array(1.0), {}, "the kernel slides along 0", "with 1 to 3 sizes"),
        (np.ones((1,) * 6), None, {"operation": "maxpool"}, "has 6 axes", "with 1 to 3 sizes"),
        (
            X,
            np.ones((1, 3, 7, 3)),
            {},
            r"height: kernel 7 does not fit in 5 \(input 5 \+ padding 0",
            "pad by 2 more",
        ),
    ],
)
def test_shapes_that_contradict_each_other(
    call: Call, x: Any, w: Any, spec: dict[str, Any], message: str, hint: str
) -> None:
    with expect_refusal(ShapeError, message, hint):
        call(x, w, None, LayerSpec(**spec))


def test_bias_has_a_number_for_each_output(call: Call) -> None:
    for bias in (np.ones(3), np.ones((4, 1)), np.array(1.0)):
        with expect_refusal(
            ShapeError, r"--bias of shape \(.*\): 4 output channels need one number each", "(4,)"
        ):
            call(X, W, bias)


@pytest.mark.parametrize("operation", ["convt", "maxpool", "avgpool"])
def test_only_convolutions_have_other_boundaries(call: Call, operation: Any) -> None:
    w = np.ones((3, 1, 3, 3), np.float32) if operation == "convt" else None
    for mode in ("reflect", "constant:1"):
        with expect_refusal(UsageError, f"--padding-mode {mode}: ", "leave --padding-mode out"):
            call(X, w, None, LayerSpec(operation=operation, kernel=(3, 3)), boundary=parse_boundary(mode))
    call(X, w, None, LayerSpec(operation=operation, kernel=(3, 3)), boundary=parse_boundary("constant:0"))


def test_boundaries_of_convolutions(call: Call) -> None:
    options = {"boundary": parse_boundary("circular"), "quiet": True}
    same = LayerSpec(padding=(1,))
    assert call(np.array([1, 2, 3]), np.array([100, 10, 1]), None, same, **options)[0] == "312 123 231\n"


def test_sums_that_leave_63_bits_are_refused(call: Call, tmp_path: Path) -> None:
    target = tmp_path / "y.npy"
    with expect_refusal(ConvError, "may add up to sums of 64 bits", "float64"):
        call(np.full(3, 2**62), np.array([1, 1]), target=str(target))
    assert list(tmp_path.iterdir()) == []


def test_targets_are_checked_before_the_work(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layers, "convolve", lambda *args, **options: pytest.fail("computed"))
    target = tmp_path / "y.npy"
    target.write_bytes(b"before")
    with expect_refusal(WriteError, "exists already", "--force"):
        call(X, W, target=str(target))
    with expect_refusal(UsageError, r"--output y\.csv: arrays are written as \.npy files", "-o y.npy"):
        call(X, W, target="y.csv")
    with expect_refusal(WriteError, "no such folder", "mkdir -p"):
        call(X, W, target=str(tmp_path / "none" / "y.npy"))
    with expect_refusal(UsageError, "--json: standard output carries the data already"):
        call(X, W, target=files.STREAM, json=True)
    assert target.read_bytes() == b"before"


def test_force_replaces(call: Call, tmp_path: Path) -> None:
    target = tmp_path / "y.npy"
    target.write_bytes(b"before")
    call(X, W, target=str(target), force=True)
    assert np.load(target).shape == (2, 4, 3, 4)
    assert list(tmp_path.iterdir()) == [target]


def test_results_are_the_same_for_any_number_of_jobs(call: Call, tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    x, w = random.standard_normal((4, 64, 64, 64)), random.standard_normal((64, 64, 3, 3))
    written = []
    for jobs in (1, 2, 3):
        target = tmp_path / f"{jobs}.npy"
        call(x, w, target=str(target), jobs=jobs)
        written.append(target.read_bytes())
    assert written[0] == written[1] == written[2]
