"""Options of conv-arith either act or are refused: none is taken and then forgotten."""

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

Run = Callable[..., tuple[int, str, str]]
Process = Callable[..., "subprocess.CompletedProcess[bytes]"]

LISTS = "-i 1,2,3,4 -k 1,2,3"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--ceil-mode", "ceil mode belongs to poolings"),
        ("--stride 2 --dilation 2 --framework keras", "Keras refuses a stride with a dilation"),
        ("--upstream=", "--upstream belongs to --grad"),
        ("--fps 3", "--fps 3 belongs to --gif, --svg or --play"),
        ("--png a.png --fps 2", "--fps 2 belongs to"),
        ("--svg a.svg --frame 2 --fps 2", "--fps 2 belongs to"),
        ("--html a.html --fps 2", "--fps 2 belongs to"),
        ("--html a.html --frame 2", "--frame 2 belongs to --png or --svg"),
        ("--html a.html --blank", "--blank belongs to --gif, --svg, --png or --play"),
        ("--html a.html --scale 2", "--scale 2 belongs to --gif, --svg or --png"),
        ("--html a.html --theme dark", "--theme dark belongs to"),
        ("--play --theme dark", "--theme dark belongs to"),
        ("--frame 2 --scale 2", "--scale 2 belongs to"),
        ("--blank", "--blank belongs to"),
        ("--gif=", "--gif : the name does not end in .gif"),
        ("--gif a.gif --view matrix", "--view matrix and a drawing are two questions"),
        ("--code numpy --view matrix", "--view matrix and --code are two questions"),
        ("--check all --view matrix", "--view matrix and --check are two questions"),
        ("-o y.npy --view table", "--view table and --output are two questions"),
        ("-o y.npy --format csv", "--format csv: what the engine computes"),
        ("--view table --json", "--view table is not in --format json"),
        ("--view scatter --format csv", "--view scatter is not in --format csv"),
        ("--view slide --format csv", "--view slide is not in --format csv"),
        ("--gif a.gif --format csv", "--format csv and a drawing are two questions"),
        ("--catalogue c", "--input and --catalogue: the animations are those of the guide"),
    ],
)
def test_what_would_do_nothing_is_refused(convcli: Run, options: str, message: str) -> None:
    code, out, err = convcli("conv-arith", *shlex.split(LISTS), *shlex.split(options))
    assert (code, out) == (2, "")
    first, hint, *rest = err.splitlines()
    assert first.startswith(f"convcli: error: {message}")
    assert hint.startswith("hint: ")
    assert not rest
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    "options",
    [
        "--mode same",
        "--padding 1",
        "--pad-begin 1",
        "--pad-end 1",
        "--padding-mode reflect",
        "--stride 2",
        "--dilation 2",
        "--dilation-gap 1",
        "--groups 2",
        "--transposed",
        "--output-padding 1",
        "--ceil-mode",
        "--normalize sum",
        "--framework keras",
        "--bias 3",
    ],
)
def test_laws_take_lists_as_they_are(convcli: Run, options: str) -> None:
    code, out, err = convcli("conv-arith", *shlex.split(LISTS), "--check", "all", *shlex.split(options))
    assert (code, out) == (2, "")
    assert f"{options.split()[0]}: the laws are those of full convolution" in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            "--check commutative,theorem --third 1,2",
            "--third belongs to the associative and the distributive",
        ),
        ("--check all --third '1|2'", "--third: has channels"),
        ("--check all --third three.json", "three.json: has channels"),
    ],
)
def test_third_operands_are_of_laws_that_have_one(convcli: Run, options: str, message: str) -> None:
    Path("three.json").write_text("[[[1]]]")
    code, out, err = convcli("conv-arith", *shlex.split(LISTS), *shlex.split(options))
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ("--mode full", "--mode"),
        ("--framework keras", "--framework"),
        ("--count-include-pad no", "--count-include-pad"),
        ("--bias 1", "--bias"),
        ("--grad", "--grad"),
        ("--json", "--format json"),
        ("--svg a.svg", "--svg"),
        ("--frame 1", "--frame"),
        ("--play", "--play"),
        ("--blank", "--blank"),
        ("--view slide", "--view"),
        ("-o y.npy", "--output"),
    ],
)
def test_the_catalogue_stands_alone(convcli: Run, options: str, name: str) -> None:
    code, out, err = convcli("conv-arith", "--catalogue", "c", *shlex.split(options))
    assert (code, out) == (2, "")
    assert f"{name} and --catalogue: " in err or "belongs to averages" in err
    assert not Path("c").exists()


def test_a_catalogue_needs_a_name(convcli: Run) -> None:
    code, out, err = convcli("conv-arith", "--catalogue=")
    assert (code, out, list(Path().iterdir())) == (2, "", [])
    assert "--catalogue: the name of its folder is empty" in err


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("-i 1,2 -k 1,2 --padding-mode constant:0.5", "2 4 4.5"),
        ("-i 1,2 -k 1,2 --padding-mode constant:1/2", "2 4 9/2"),
        ("-i 1,2 -k 1,2 --grad --upstream 0.5,1,1", "2.5 3"),
        ("-i 1,2 -k 1,2 --grad --upstream 1/2,1,1", "5/2 3"),
        ("-i 1,2 -k 1,2 --check associative --third 0.5,1", "f * (g * h) = 0.5 3 6 4"),
        ("-i notes.csv -k 1,2", "1/2 2 2"),
    ],
)
def test_decimals_where_decimals_were_typed(convcli: Run, options: str, line: str) -> None:
    Path("notes.csv").write_text("# the samples, e.g. from a page\n1/2,1\n")
    code, out, _ = convcli("conv-arith", *shlex.split(options))
    assert code == 0
    assert line in [" ".join(text.split()) for text in out.splitlines()]


def test_a_file_whose_name_does_not_say_what_it_is(convcli: Run) -> None:
    Path("samples.dat").write_text("1,2,3\n")
    Path("7").write_text("1,2,3\n")
    code, out, err = convcli("conv-arith", "-i", "samples.dat", "-k", "1")
    assert (code, out) == (2, "")
    assert "--input samples.dat: the name of the file does not say how its numbers are written" in err
    assert "--input - < FILE" in err
    code, out, _ = convcli("conv-arith", "-i", "7", "-k", "1")
    assert (code, out.splitlines()[-1]) == (0, "7")
    code, _, err = convcli("conv-arith", "-i", "x" * 5000, "-k", "1")
    assert code == 2
    assert "is not a finite number" in err


def test_numbers_of_extended_precision_are_worked(convcli: Run) -> None:
    np.save("wide.npy", np.array([1, 2, 3], np.longdouble) / 2)
    code, out, _ = convcli("conv-arith", "-i", "wide.npy", "-k", "1,1")
    assert (code, out.splitlines()[-1]) == (0, "0.5 1.5 2.5 1.5")


def test_whole_numbers_that_the_engine_cannot_hold(convcli: Run) -> None:
    code, out, err = convcli("conv-arith", "-i", str(2**63), "-k", "1", "-o", "y.npy")
    assert (code, out, list(Path().iterdir())) == (2, "", [])
    assert "--input: whole numbers beyond 64 bits" in err
    code, _, _ = convcli("conv-arith", f"--input={-(2**62)}", "-k", "1", "-o", "y.npy")
    assert (code, np.load("y.npy").tolist()) == (0, [-(2**62)])


@pytest.mark.parametrize("target", ["", "-o y.npy"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--transposed --padding-mode circular", "around the input of a transposed convolution"),
        ("--transposed --padding-mode constant:1", "around the input of a transposed convolution"),
        ("--pool max --padding-mode reflect", "the padding of a pooling is never the largest"),
    ],
)
def test_boundaries_are_refused_alike_on_paper_and_by_the_engine(
    convcli: Run, options: str, message: str, target: str
) -> None:
    code, out, err = convcli("conv-arith", "-i", "1,2,3", "-k", "2", *shlex.split(f"{options} {target}"))
    assert (code, out, list(Path().iterdir())) == (2, "", [])
    assert message in err
    zeros = shlex.split(options)[:-1]
    for boundary in ("zeros", "constant:0"):
        command = ("-i", "1,2,3", "-k", "2", *zeros, boundary, *shlex.split(target))
        assert convcli("conv-arith", *command, "--force")[0] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("-i 1,2 -k 1 --bias 1,2", "--bias: 2 numbers for 1 output channel\n"),
        ("-i '1,2|3,4' -k '1|1||2|2' --bias 1", "--bias: 1 number for 2 output channels\n"),
        ("-i '1,2' -k '1|1'", "input of 1 channel, but the kernel is for 2\n"),
    ],
)
def test_numbers_of_channels_are_counted_in_words_that_fit(convcli: Run, options: str, message: str) -> None:
    code, out, err = convcli("conv-arith", *shlex.split(options))
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("numbers", ["[1, [2]]", "[[1], 2]", "[[1, 2], [3]]"])
def test_lists_beside_numbers_are_no_array(convcli: Run, numbers: str) -> None:
    Path("mixed.json").write_text(numbers)
    code, out, err = convcli("conv-arith", "-i", "mixed.json", "-k", "1")
    assert (code, out) == (1, "")
    assert err.startswith("convcli: error: mixed.json: not an array of numbers: ")


def test_json_on_standard_input(process: Process) -> None:
    done = process("conv-arith", "-i", "-", "-k", "1,1", "-q", input=b' [[1, "1/2"], [3, 4]]\n')
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines()[-2:] == ["1 3/2 1/2", "3   7   4"]


@pytest.mark.parametrize(
    "options",
    [
        "-i 1,5,2,4 -k 1,2",
        "-i 1,2,3 -k '1,2;3,4'",
        "-i '1,2,3;4,5,6' -k 1,2 --mode same",
        "-i '1,2,3;4,5,6' -k '1|2||3|4' --transposed",
        "-i '1,2,3|4,5,6' -k '1,2|3,4||5,6|7,8' --bias 1,2",
        "-i '1,2,3|4,5,6' -k '1,2||5,6' --groups 2 --mode same",
        "-i '1,2;3,4|5,6;7,8' -k '1,2;3,4|5,6;7,8' --padding 1",
        "-i '1,2;3,4' -k '1,2|3,4'",
        "-i '1,2|3,4' -k '1,2;3,4'",
        "-i '1,2||3,4' -k '1|2'",
        "-i '1,2,3|4,5,6' -k 2 --pool max",
        "-i '1,2,3|4,5,6' -k 2x2 --pool max",
        "-i '1,2,3;4,5,6' -k 2 --pool max",
        "-i '1,2;3,4|5,6;7,8' -k 2x1 --pool avg",
        "-i table.npy -k 1,2",
        "-i table.npy -k '1,2|3,4'",
        "-i table.npy -k 2 --pool avg --stride 1",
        "-i scalar.npy -k 1,2",
    ],
)
def test_the_engine_finds_the_channels_that_paper_finds(convcli: Run, options: str) -> None:
    np.save("table.npy", np.arange(6).reshape(2, 3))
    np.save("scalar.npy", np.array(3))
    code, out, _ = convcli("conv-arith", *shlex.split(options), "--json")
    found, _, _ = convcli("conv-arith", *shlex.split(options), "-o", "y.npy")
    if code:
        assert found
        assert not Path("y.npy").exists()
        return
    worked = json.loads(out)
    assert (found, list(np.load("y.npy").shape)) == (0, worked["output_shape"])
    np.testing.assert_array_equal(np.load("y.npy"), worked["output"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--pool", "max", "-k"), "of a pooling it is the size of the window"),
        (("-k", "1", "--check"), "is no law of convolution"),
        (("-k", "1", "--padding-mode"), "is not a padding mode"),
        (("-k", "1", "--padding-mode=constant:1", "--bias"), "is not a finite number (row 1, number 1)"),
    ],
)
def test_what_cannot_be_read_is_quoted_in_short(convcli: Run, options: tuple[str, ...], message: str) -> None:
    code, out, err = convcli("conv-arith", "-i", "1,2", *options, "x" * 3000)
    assert (code, out) == (2, "")
    first, hint = err.splitlines()
    assert first.endswith(message)
    assert len(first) < 200
    assert hint.startswith("hint: ")
