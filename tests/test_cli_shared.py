"""Options that blur, edge and convolve share: previews, reports, frames, other tools' ways, limits."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from scipy import ndimage

Run = Callable[..., tuple[int, str, str]]

COMMANDS = {"blur": [], "edge": [], "convolve": ["-k", "sharpen"]}
every_command = pytest.mark.parametrize(("command", "options"), COMMANDS.items(), ids=COMMANDS)


@pytest.fixture
def chelsea(samples: Path) -> Path:
    return samples / "chelsea.png"


@pytest.fixture
def animation(tmp_path: Path) -> Path:
    """Return three frames, each of another gray."""
    path = tmp_path / "three.png"
    frames = [Image.new("L", (20, 10), level) for level in (10, 120, 250)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=70, loop=0)
    return path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


# --- preview -------------------------------------------------------------------------------------


@every_command
def test_preview_is_on_standard_error_and_changes_no_byte(
    convcli: Run, chelsea: Path, tmp_path: Path, command: str, options: list[str]
) -> None:
    assert convcli(command, chelsea, *options, "-o", tmp_path / "a.png", "-q")[0] == 0
    code, out, err = convcli(command, chelsea, *options, "-o", tmp_path / "b.png", "-q", "--preview")
    assert (code, out) == (0, f"{tmp_path / 'b.png'}\n")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    lines = err.splitlines()
    assert len(lines) == 1 + 13  # 300 x 451 pixels in 39 columns
    assert 39 <= max(map(len, lines[1:])) <= 39 + 2 + 39
    assert set("".join(lines[1:])) <= set(" ░▒▓█")


def test_preview_shows_before_and_after(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    Image.fromarray(np.where(np.arange(8) < 4, 0, 255).astype(np.uint8)[np.newaxis].repeat(8, 0)).save(source)
    _, _, err = convcli("edge", source, "--axis", "x", "-q", "--preview", "-o", tmp_path / "b.png")
    title, *lines = err.splitlines()
    assert title.split() == [str(source)[:39], str(tmp_path / "b.png")[:39]]
    assert len(lines) == 4
    assert all(line.split() == ["████", "█"] for line in lines)


@every_command
def test_preview_of_a_dry_run_writes_nothing(
    convcli: Run, chelsea: Path, tmp_path: Path, command: str, options: list[str]
) -> None:
    code, out, err = convcli(command, chelsea, *options, "-o", tmp_path, "-n", "--preview")
    assert code == 0
    assert "dry run, nothing written" in out
    assert len(err.splitlines()) == 1 + 13
    assert list(tmp_path.iterdir()) == []
    whole = convcli(command, chelsea, *options, "-o", tmp_path, "-q", "--preview")[2]
    assert whole.splitlines()[1:] == err.splitlines()[1:]


def test_preview_of_several_of_them_in_order(convcli: Run, samples: Path, work: Path) -> None:
    inputs = ["samples/coffee.png", "samples/chelsea.png"]
    code, out, err = convcli("blur", *inputs, "-o", ".", "--json", "--preview", "-j", "2")
    assert code == 0
    assert [json.loads(line)["input"]["path"] for line in out.splitlines()] == inputs
    assert [line.split()[0] for line in err.splitlines() if "samples/" in line] == inputs


def test_preview_shows_the_first_frame(convcli: Run, animation: Path) -> None:
    _, _, err = convcli("blur", animation, "-q", "--preview")
    assert len(err.splitlines()) == 1 + 5
    assert set(err.splitlines()[1]) == {" "} or not err.splitlines()[1]


# --- reports -------------------------------------------------------------------------------------


@every_command
def test_all_frames_are_filtered_and_counted(
    convcli: Run, animation: Path, tmp_path: Path, command: str, options: list[str]
) -> None:
    target = tmp_path / "out.png"
    code, _, err = convcli(command, animation, *options, "-o", target)
    assert code == 0
    assert "uint8, 3 frames, " in err
    with Image.open(target) as image:
        assert image.n_frames == 3
    record = json.loads(convcli(command, animation, *options, "-o", target, "-f", "--json")[1])
    assert (record["frames"], record["channels"]) == (3, ["L"])


def test_a_change_of_sample_format_is_told(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    code, _, err = convcli("edge", chelsea, "--raw", "--gray", "-o", tmp_path / "out.npy")
    assert code == 0
    assert "uint8 to float32" in err
    record = json.loads(convcli("edge", chelsea, "--raw", "--gray", "-o", tmp_path / "o.npy", "--json")[1])
    assert (record["input"]["dtype"], record["output"]["dtype"]) == ("uint8", "float32")
    assert record["output"]["shape"] == [300, 451]


def test_what_a_filter_has_to_say_reaches_the_user(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "real.tif"
    Image.fromarray(np.ones((3, 3), np.float32)).save(source)
    code, _, err = convcli("blur", source, "--linear")
    assert code == 0
    assert any("light" in line for line in err.splitlines()[:-5]), err


@every_command
def test_large_pictures_need_leave(
    convcli: Run, chelsea: Path, tmp_path: Path, command: str, options: list[str]
) -> None:
    count = 300 * 451
    code, out, err = convcli(command, chelsea, *options, "-o", tmp_path, "--max-pixels", str(count - 1))
    assert (code, out) == (1, "")
    assert f"chelsea.png: {count} pixels, more than the {count - 1} that are read" in err.splitlines()[0]
    assert list(tmp_path.iterdir()) == []
    assert convcli(command, chelsea, *options, "-o", tmp_path, "--max-pixels", "136k")[0] == 0


# --- the ways of other tools ---------------------------------------------------------------------


def test_like_scipy(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    source = pixels(chelsea).astype(float)
    target = tmp_path / "out.npy"
    kernel = np.array([[1.0, 2, 3], [0, 1, 0], [2, 0, 0]])
    text = ";".join(",".join(f"{weight:g}" for weight in row) for row in kernel)
    assert (
        convcli("convolve", chelsea, "-k", text, "--normalize", "sum", "--like", "scipy", "-o", target)[0]
        == 0
    )
    wanted = ndimage.convolve(source, kernel[..., np.newaxis] / 9)
    near_a_tie = np.abs(wanted - np.floor(wanted) - 0.5) < 1e-3
    assert_array_equal(np.load(target)[~near_a_tie], np.rint(wanted)[~near_a_tie])
    assert convcli("blur", chelsea, "--sigma", "2", "--like", "scipy", "-o", target, "-f")[0] == 0
    wanted = ndimage.gaussian_filter(source, (2, 2, 0))
    near_a_tie = np.abs(wanted - np.floor(wanted) - 0.5) < 1e-3
    assert_array_equal(np.load(target)[~near_a_tie], np.rint(wanted)[~near_a_tie])


def test_explicit_options_win_over_like(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    def border(*options: str) -> str:
        code, out, _ = convcli("blur", chelsea, "-o", tmp_path, "-n", "--json", *options)
        assert code == 0
        return json.loads(out)["padding"]["mode"]

    assert border() == "replicate"
    assert border("--like", "scipy") == "symmetric"
    assert border("--like", "opencv") == "reflect"
    assert border("--like", "scipy", "--padding-mode", "circular") == "circular"


def test_like_pillow_keeps_the_border(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    options = ("-k", "box:3", "--like", "pillow")
    assert convcli("convolve", chelsea, *options, "-o", tmp_path / "a.png")[0] == 0
    source, result = pixels(chelsea), pixels(tmp_path / "a.png")
    assert_array_equal(result[[0, -1]], source[[0, -1]])
    assert not np.array_equal(result[1:-1, 1:-1], source[1:-1, 1:-1])
    code, _, err = convcli("convolve", chelsea, "-k", "box:7", "--like", "pillow", "-o", tmp_path / "b.png")
    assert code == 2
    assert "--like pillow: a kernel of 7x7 does not exist there" in err


# --- measures of blurs and edges ---------------------------------------------------------------------


def test_passes_and_truncate(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    source = pixels(chelsea).astype(float)
    assert convcli("blur", chelsea, "--size", "3", "--passes", "3", "-o", tmp_path / "a.npy")[0] == 0
    line = np.convolve(np.convolve(np.ones(3), np.ones(3)), np.ones(3)) / 27
    wanted = ndimage.convolve(source, np.outer(line, line)[..., np.newaxis], mode="nearest")
    near_a_tie = np.abs(wanted - np.floor(wanted) - 0.5) < 1e-3
    assert_array_equal(np.load(tmp_path / "a.npy")[~near_a_tie], np.rint(wanted)[~near_a_tie])
    record = json.loads(
        convcli("blur", chelsea, "--sigma", "2", "--truncate", "3", "-n", "--json", "-o", tmp_path)[1]
    )
    assert record["kernel"]["shape"] == [13, 13]


def test_thresholds_and_directions(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    code, out, _ = convcli("edge", chelsea, "--threshold", "20", "-o", tmp_path / "t.png", "--json")
    assert (code, json.loads(out)["channels"]) == (0, ["L"])
    assert convcli("edge", chelsea, "--gray", "-o", tmp_path / "g.png")[0] == 0
    shades, parted = pixels(tmp_path / "g.png"), pixels(tmp_path / "t.png")
    assert (parted[shades > 20] == 255).all()
    assert (parted[shades < 20] == 0).all()
    options = ("--show", "direction", "--operator", "sobel")
    assert convcli("edge", chelsea, *options, "-o", tmp_path / "d.png")[0] == 0
    assert pixels(tmp_path / "d.png").shape == (300, 451, 3)
    assert convcli("edge", chelsea, *options, "--raw", "-o", tmp_path / "d.npy")[0] == 0
    gray = pixels(chelsea) @ np.array([0.2126, 0.7152, 0.0722])
    # scipy's Sobel is a correlation with -1 on the left, so it too is positive towards the right.
    angle = np.degrees(np.arctan2(*(ndimage.sobel(gray, axis, mode="nearest") for axis in (0, 1))))
    strong = np.hypot(*(ndimage.sobel(gray, axis, mode="nearest") for axis in (0, 1))) > 5
    difference = (np.load(tmp_path / "d.npy") - angle + 180) % 360 - 180
    assert np.abs(difference[strong]).max() < 0.01


def test_smoothing_first_is_one_kernel(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    code, out, _ = convcli("edge", chelsea, "--operator", "sobel", "--sigma", "1.5", "-o", tmp_path, "--json")
    assert code == 0
    assert json.loads(out)["kernel"]["shape"] == [3 + 12, 3 + 12]
