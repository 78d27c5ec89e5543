"""convcli conv-arith beyond lists and tables: channels, transposed, poolings, views, gradients, files."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

Run = Callable[..., tuple[int, str, str]]


def result(out: str) -> list[str]:
    """Lines below the heading "result"."""
    lines = out.splitlines()
    return lines[lines.index("result") + 1 :]


@pytest.mark.parametrize("view", ["slide", "table", "matrix", "scatter"])
def test_every_view_gives_the_same_numbers(convcli: Run, view: str) -> None:
    code, out, _ = convcli("conv-arith", "-i", "1,2,3,4", "-k", "1,2,3", "--view", view)
    assert (code, result(out)) == (0, ["1 4 10 16 17 12"])
    assert out.startswith("convolution: the kernel is reversed, then slid along the input\n")


def test_matrix_times_vector_is_the_result_and_transposed_its_transpose(convcli: Run) -> None:
    options = (
        "-k",
        "1,2;3,5",
        "--stride",
        "2",
        "--padding",
        "1",
        "--correlate",
        "--json",
        "--view",
        "matrix",
    )
    code, out, _ = convcli("conv-arith", "-i", "1,2,3;4,5,6;7,8,9", *options)
    forward = json.loads(out)
    matrix = np.array(forward["matrix"])
    assert code == 0
    np.testing.assert_array_equal(matrix @ np.arange(1, 10), np.ravel(forward["output"]))
    y = ";".join(",".join("3" for _ in row) for row in forward["output"])
    code, out, _ = convcli("conv-arith", "-i", y, *options, "--transposed", "--output-padding", "1")
    back = json.loads(out)
    assert (code, back["output_shape"]) == (0, [3, 3])
    np.testing.assert_array_equal(np.array(back["matrix"]), matrix.T)
    np.testing.assert_array_equal(np.ravel(back["output"]), matrix.T @ np.full(len(matrix), 3))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("-i '1,2,3|4,5,6' -k '1,2|1,1||0,1|1,0' --bias 1,2", ["15 20", " 8 10"]),
        ("-i '1,2|5,6' -k '1||2' --groups 2", [" 1  2", "10 12"]),
        ("-i '1,2|5,6' -k '1,2||3,4' --convolve --groups 2 --mode full", [" 1  4  4", "15 38 24"]),
        ("-i 1,2,3 -k 1,2,3 --transposed --stride 2", ["1 2 5 4 9 6 9"]),
        ("-i 1,2,3 -k 1,2,3 --transposed --stride 2 --padding 1 --output-padding 1", ["2 5 4 9 6 9"]),
        ("-i 1,2,3 -k 1,2,3 --transposed --stride 2 --convolve", ["3 2 7 4 11 6 3"]),
        ("-i '1,2;3,4' -k '1,1' --transposed --stride 2", ["1 1 2 2", "0 0 0 0", "3 3 4 4"]),
        ("-i 1,5,2,4,3 -k 2 --pool max", ["5 4"]),
        ("-i 1,5,2,4,3 -k 2 --pool max --ceil-mode", ["5 4 3"]),
        ("-i 1,5,2,4,3 -k 2 --pool avg --stride 1 -p 1", ["1/2 3 7/2 3 7/2 3/2"]),
        ("-i 1,5,2,4,3 -k 2 --pool avg --stride 1 -p 1 --count-include-pad no", ["1 3 7/2 3 7/2 3"]),
        ("-i '1,2;3,4|5,6;7,8' -k 2x2 --pool max", ["4", "", "8"]),
        ("-i 1,2,3,4,5,6,7 -k 1,10,100 -p same --correlate", ["210 321 432 543 654 765 76"]),
        ("-i 1,2,3,4,5,6 -k 1,10,100 -p same -s 2 --framework keras --correlate", ["321 543 65"]),
        ("-i 1,2,3 -k 1,1 --pad-begin 1 --pad-end 0 --bias 1/2", ["3/2 7/2 11/2"]),
        ("-i 8,6,10 -k 0.3,0.5,0.2 --mode valid --correlate", ["7.4"]),
    ],
)
def test_layers(convcli: Run, options: str, expected: list[str]) -> None:
    code, out, err = convcli("conv-arith", *shlex.split(options))
    assert (code, result(out)) == (0, expected), err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("-k 1,2", "convolution: the kernel is reversed"),
        ("-k 1,2 --correlate", "correlation: the kernel is slid along the input as it is"),
        ("-k '1,2|3,4' -i '1,2|3,4'", "the layer that PyTorch, TensorFlow, Keras and ONNX call Conv"),
        ("-k '1,2|3,4' -i '1,2|3,4' --convolve", "convolution: "),
        ("-k 1,2 --transposed", "transposed correlation: "),
        ("-k 1,2 --transposed --convolve", "transposed convolution: "),
        ("-k 2 --pool max", "max pooling: "),
    ],
)
def test_the_header_always_says_which_operation(convcli: Run, options: str, says: str) -> None:
    arguments = shlex.split(options)
    given = () if "-i" in arguments else ("-i", "1,2,3")
    code, out, _ = convcli("conv-arith", *given, *arguments)
    assert code == 0
    assert says in "\n".join(out.splitlines()[:2])


def test_gradients(convcli: Run) -> None:
    code, out, _ = convcli("conv-arith", "-i", "1,2,3,4,5", "-k", "1,2,1", "-s", "2", "--grad")
    assert code == 0
    lines = out.splitlines()
    assert lines[lines.index("dL/dx") + 1] == "2 2 2 2 2"
    assert lines[lines.index("dL/dk") + 1] == "9 6 9"
    arguments = ("-i", "1,2,3", "-k", "1,2", "--bias", "1", "--grad", "--upstream", "1,0,0,2", "--json")
    code, out, _ = convcli("conv-arith", *arguments)
    grad = json.loads(out)["grad"]
    assert (code, grad["upstream"]) == (0, [1, 0, 0, 2])
    assert (grad["input"], grad["kernel"], grad["bias"]) == ([1, 0, 4], [1, 6], [3])
    assert grad["exact"]["kernel"] == ["1", "6"]


def test_laws(convcli: Run) -> None:
    code, out, _ = convcli("conv-arith", "-i", "1,2,3", "-k", "1,2", "--check", "commutative,theorem")
    assert code == 0
    assert "f * g = 1 4 7 6" in out
    assert "g * f = 1 4 7 6" in out
    assert "associative" not in out
    code, out, _ = convcli(
        "conv-arith", "-i", "1,2,3", "-k", "1,2", "--check", "all", "--third", "5", "--json"
    )
    checks = json.loads(out)["checks"]
    assert code == 0
    assert [(check["name"], check["holds"]) for check in checks] == [
        ("commutative", True),
        ("associative", True),
        ("distributive", True),
        ("theorem", True),
    ]


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ("-i 1,2,3 -k 1,1", ["1,3,5,3"]),
        ("-i '1,2;3,4' -k 1/2", ["0.5,1", "1.5,2"]),
        ("-i 1,2 -k 1,2 --view matrix", ["1,0", "2,1", "0,2"]),
        (
            "-i '1;2|3;4' -k '1|1||1|0'",
            ["channel,height,width,value", "0,0,0,4", "0,1,0,6", "1,0,0,1", "1,1,0,2"],
        ),
    ],
)
def test_comma_separated_values(convcli: Run, options: str, lines: list[str]) -> None:
    code, out, _ = convcli("conv-arith", *shlex.split(options), "--format", "csv")
    assert (code, out.splitlines()) == (0, lines)


def test_wide_results_stay_whole_for_programs(convcli: Run) -> None:
    wide = ",".join(str(number) for number in range(1000, 1100))
    code, out, _ = convcli("conv-arith", "-i", wide, "-k", "1")
    assert (code, result(out)) == (0, [wide.replace(",", " ")])


def test_nested_lists_in_a_file_are_a_layer(convcli: Run, tmp_path: Path) -> None:
    x, weights = tmp_path / "x.json", tmp_path / "w.json"
    x.write_text("[[1, 2.5, 3]]")
    weights.write_text('[[["1/2", 1]]]')
    code, out, _ = convcli("conv-arith", "-i", x, "-k", weights)
    assert (code, result(out)) == (0, ["3 4.25"])


def test_small_arrays_are_worked_and_layers_are_computed(convcli: Run, tmp_path: Path) -> None:
    x, w, y = (tmp_path / name for name in ("x.npy", "w.npy", "y.npy"))
    np.save(x, np.array([1.0, 2.5]))
    np.save(w, np.array([1, 2]))
    code, out, _ = convcli("conv-arith", "-i", x, "-k", w)
    assert (code, result(out)) == (0, ["1 4.5 5"])
    generator = np.random.default_rng(0)
    tensor = generator.integers(-3, 4, (1, 2, 5, 5))
    weights = generator.integers(-3, 4, (3, 2, 3, 3))
    np.save(x, tensor)
    np.save(w, weights)
    code, out, _ = convcli("conv-arith", "-i", x, "-k", w, "-p", "1", "-s", "2", "--bias", "1,0,-1", "-o", y)
    assert (code, out) == (0, f"{y}\n")
    code, out, _ = convcli(
        "conv-arith", "-i", x, "-k", w, "-p", "1", "-s", "2", "--bias", "1,0,-1", "--view", "slide", "--json"
    )
    assert code == 0
    np.testing.assert_array_equal(np.load(y)[0], json.loads(out)["output"])
    code, out, _ = convcli("conv-arith", "-i", x, "-k", w, "-p", "1", "-s", "2", "--bias", "1,0,-1", "--json")
    assert (code, json.loads(out)["output"]) == (0, np.load(y).tolist())


def test_typed_numbers_take_the_type_of_the_file(convcli: Run, tmp_path: Path) -> None:
    x, y = tmp_path / "x.npy", tmp_path / "y.npy"
    np.save(x, np.array([1, 2, 3], np.float32))
    code, _, err = convcli("conv-arith", "-i", x, "-k", "1,2", "--normalize", "sum", "-o", y)
    assert code == 0, err
    assert np.load(y).dtype == np.float32
    np.testing.assert_allclose(np.load(y), np.convolve([1, 2, 3], [1 / 3, 2 / 3]), rtol=1e-6)


def test_drawings(convcli: Run, tmp_path: Path) -> None:
    targets = [tmp_path / f"a.{kind}" for kind in ("gif", "svg", "png", "html")]
    options = [word for target in targets for word in (f"--{target.suffix[1:]}", target)]
    code, out, err = convcli("conv-arith", "-i", "1,2,3", "-k", "1,2", *options)
    assert (code, out.splitlines()) == (0, [str(target) for target in targets])
    assert "4 frames" in err
    starts = [b"GIF89a", b"<svg ", b"\x89PNG", b"<!doctype html>"]
    for target, start in zip(targets, starts, strict=True):
        assert target.read_bytes().lower().startswith(start.lower())
    code, out, err = convcli("conv-arith", "-i", "1,2,3", "-k", "1,2", *options)
    assert (code, out) == (1, "")
    assert err.count("exists already") == 4


def test_a_frame_in_the_terminal(convcli: Run) -> None:
    code, out, _ = convcli("conv-arith", "-i", "1,2,3,4", "-k", "1,2,3", "--frame", "3")
    assert code == 0
    assert "y[2] = 1·3 + 2·2 + 3·1 = 10" in out
    assert "16" not in out


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ("-k 1", 2, "missing option '--input'"),
        ("-i 1 -k 1 --grad --check all", 2, "--grad and --check are two questions"),
        ("-i 1 -k 1 --grad --gif a.gif", 2, "--grad and a drawing are two questions"),
        ("-i 1 -k 1 --json --gif a.gif", 2, "--json and a drawing are two questions"),
        ("-i 1 -k 1 --upstream 1", 2, "--upstream belongs to --grad"),
        ("-i 1 -k 1 --third 1", 2, "--third belongs to --check"),
        ("-i 1,2 -k 1 --grad --upstream 1", 2, "the output has shape 2"),
        ("-i 1 -k 1 --check beauty", 2, "'beauty' is no law of convolution"),
        ("-i 1 -k 1 --check all --transposed", 2, "--transposed: the laws are those of full convolution"),
        ("-i 1 -k 1 --check all -s 2", 2, "--stride: the laws are those of full convolution"),
        ("-i '1|2' -k '1|1' --check all", 2, "the laws are those of lists and tables"),
        ("-i 1 -k 2x --pool max", 2, "--kernel 2x: of a pooling it is the size of the window"),
        ("-i 1 -k 1 --pool max --correlate", 2, "a pooling has no kernel to turn round"),
        ("-i 1 -k 1 --pool max --bias 1", 2, "--bias: a pooling adds nothing"),
        ("-i 1 -k 1 --count-include-pad no", 2, "--count-include-pad belongs to averages"),
        ("-i 1 -k 1 --correlate --convolve", 2, "--correlate contradicts --convolve"),
        ("-i 1 -k 1 --pool max --view matrix", 2, "max pooling has no matrix"),
        ("-i 1,2 -k 1 --bias 1,2", 2, "--bias: 2 numbers for 1 output channel"),
        ("-i '1|2' -k 1", 2, "--input: has channels, but --kernel has none"),
        ("-i '1|2' -k '1|1|1'", 2, "input of 2 channels, but the kernel is for 3"),
        ("-i 1,2 -k 1 --groups 2", 2, "1 input channels do not divide into 2 groups"),
        ("-i 1 -k 1 --output-padding 1", 2, "belongs to a transposed convolution"),
        ("-i 1 -k 1 --transposed --output-padding 1", 2, "output padding 1: must be from 0 to 0"),
        ("-i 1 -k 1 --transposed --padding-mode circular", 2, "around the input of a transposed convolution"),
        ("-i 1 -k 1 --format csv --grad", 2, "--format csv: gradients are several tables"),
        ("-i 1 -k 1 -o y.png", 2, "arrays are written as .npy files"),
        ("-i 1 -k 1 --gif a.png", 2, "the name does not end in .gif"),
        ("-i '1|2' -k '1|1' --html a.html", 2, "--html: the page shows one channel"),
        ("-i 1 -k 1 --pool max --html a.html", 2, "--html: the page has no max pooling"),
        ("-i 1,2 -k 1 --frame 3", 2, "--frame 3: there are 2 steps"),
        ("-i x.json -k 1", 1, "x.json: no such file"),
        ("-i bad.json -k 1", 1, "bad.json: not an array of numbers"),
        ("-i nan.npy -k 1", 1, "nan.npy: not all of its numbers are finite"),
        ("-i batch.npy -k w.npy --grad", 2, "batch.npy: a batch of 2 is not worked step by step"),
    ],
)
def test_bad_requests_get_one_line(
    convcli: Run, options: str, code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.json").write_text('[[1, 2], {"a": 1}]')
    np.save("nan.npy", np.array([1, np.nan]))
    np.save("batch.npy", np.ones((2, 1, 3)))
    np.save("w.npy", np.ones((1, 1, 2)))
    before = sorted(Path().iterdir())
    found, out, err = convcli("conv-arith", *shlex.split(options))
    assert (found, out) == (code, ""), err
    assert message in err.splitlines()[0]
    assert sorted(Path().iterdir()) == before
