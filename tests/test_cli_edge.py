"""convcli edge, from the command line to the pixels of the result."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from scipy import ndimage

Run = Callable[..., tuple[int, str, str]]


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture
def chelsea(samples: Path) -> Path:
    return samples / "chelsea.png"


@pytest.fixture
def step(tmp_path: Path) -> Path:
    """Return a picture, dark on the left and bright on the right."""
    path = tmp_path / "step.png"
    row = np.where(np.arange(10) < 5, 50, 150).astype(np.uint8)
    Image.fromarray(np.tile(row, (8, 1))).save(path)
    return path


def test_without_options_the_length_of_the_differences(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    code, out, err = convcli("edge", chelsea, "-o", tmp_path)
    target = tmp_path / "chelsea-edge.png"
    assert (code, out) == (0, f"{target}\n")
    source = pixels(chelsea).astype(float)
    # scipy puts the centre of an even kernel on its second sample: the pixel minus the one before.
    parts = [ndimage.correlate1d(source, [-1, 1], axis=axis, mode="nearest") for axis in (0, 1)]
    assert_array_equal(pixels(target), np.minimum(np.rint(np.hypot(*parts)), 255))
    assert "pair (sum 0)" in err


@pytest.mark.parametrize(
    "operator", ["pair", "sobel", "prewitt", "scharr", "roberts", "farid", "laplacian", "log"]
)
@pytest.mark.parametrize("show", ["magnitude", "absolute", "signed"])
def test_operators(convcli: Run, step: Path, tmp_path: Path, operator: str, show: str) -> None:
    target = tmp_path / "out.png"
    assert convcli("edge", step, "-o", target, "--operator", operator, "--show", show)[0] == 0
    row = pixels(target)[4].astype(int)
    flat = 128 if show == "signed" else 0
    if (operator, show) != ("roberts", "signed"):  # its diagonals cancel across an upright step
        assert abs(row - flat).max() >= 10
    assert pixels(target).shape == (8, 10)
    if operator != "log":
        assert row[0] == row[-1] == flat


@pytest.mark.parametrize(("axis", "peak"), [("x", 178), ("y", 128)])
def test_signed(convcli: Run, step: Path, tmp_path: Path, axis: str, peak: int) -> None:
    target = tmp_path / "out.png"
    code, out, _ = convcli("edge", step, "-o", target, "--axis", axis, "--show", "signed", "--json")
    assert code == 0
    assert json.loads(out)["kernel"]["name"] == f"pair-{axis}"
    assert pixels(target).max() == peak
    assert pixels(target).min() == 128


def test_clipped_samples_are_counted(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "corner.png"
    corner = np.zeros((6, 6), np.uint8)
    corner[3:, 3:] = 255
    corner[2, 2] = 255
    Image.fromarray(corner).save(source)
    code, out, _ = convcli("edge", source, "--json")
    wide = corner.astype(float)
    parts = [ndimage.correlate1d(wide, [-1, 1], axis=axis, mode="nearest") for axis in (0, 1)]
    assert code == 0
    assert json.loads(out)["clipped"] == (np.hypot(*parts) > 255.5).sum() > 0
    assert "clipped" in convcli("edge", source, "-f")[2]


def test_json_report(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.png"
    options = ["--operator", "sobel", "--padding", "valid", "--stride", "2"]
    record = json.loads(convcli("edge", chelsea, "-o", target, "--json", *options)[1])
    assert record["kernel"] == {"name": "sobel", "shape": [3, 3], "sum": 0}
    assert record["padding"] == {"mode": "replicate", "amount": [[0, 0], [0, 0]]}
    assert record["output"] == {"path": str(target), "shape": [149, 225, 3], "dtype": "uint8"}
    assert pixels(target).shape == (149, 225, 3)


def test_transparency_is_kept(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    noise = np.random.default_rng(0).integers(0, 256, (9, 8, 4), np.uint8)
    Image.fromarray(noise).save(source)
    assert convcli("edge", source)[0] == 0
    assert_array_equal(pixels(tmp_path / "a-edge.png")[..., 3], noise[..., 3])


def test_deep_gray(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "a.png"
    deep = np.where(np.arange(8) < 4, 1000, 41000).astype(np.uint16) * np.ones((5, 1), np.uint16)
    Image.fromarray(deep).save(source)
    assert convcli("edge", source, "--axis", "x", "--show", "signed")[0] == 0
    result = pixels(tmp_path / "a-edge.png")
    assert (result.dtype, result.min(), result.max()) == (np.uint16, 32768, 52768)


def test_real_numbers_keep_the_sign(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "a.tif"
    Image.fromarray(np.array([[0.5, 0.25, 0.25]], np.float32)).save(source)
    assert convcli("edge", source, "--axis", "x", "--show", "signed")[0] == 0
    assert_array_equal(pixels(tmp_path / "a-edge.tif"), np.array([[0, -0.25, 0]], np.float32))


def test_raw_slopes_keep_the_sign(convcli: Run, step: Path, tmp_path: Path) -> None:
    Image.fromarray(255 - pixels(step)).save(step)
    for options in ([], ["--show", "signed"]):
        target = tmp_path / "slopes.npy"
        arguments = ["--operator", "scharr", "--axis", "x", "--raw", "-f", *options]
        assert convcli("edge", step, "-o", target, *arguments)[0] == 0
        assert_array_equal(np.load(target)[4], [0, 0, 0, 0, -1600, -1600, 0, 0, 0, 0])


def test_help_tells_the_defaults_of_edges(convcli: Run) -> None:
    text = " ".join(convcli("edge", "--help")[1].replace("│", " ").split())
    assert "Without it rgb; gray for directions and black and white." in text
    assert "Without it magnitude, but signed for --raw of one direction." in text


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--operator", "log", "--axis", "x"], 2, "the log operator has no such direction"),
        (["--operator", "canny"], 2, "canny"),
        (["--axis", "z"], 2, "'z'"),
        (["--show", "angle"], 2, "angle"),
        (["--show", "direction", "--axis", "x"], 2, "--show direction needs both axes"),
        (["--gray", "--channels", "rgb"], 2, "--gray contradicts --channels rgb"),
        (["--sigma", "wide"], 2, "--sigma: 'wide' is not a finite number"),
        (["--sigma", "0"], 2, "convcli: error: --sigma: sigma 0 is not a number above 0"),
        (["--sigma", "1e9"], 2, "convcli: error: --sigma: a kernel of"),
        (["--threshold", "some"], 2, "--threshold: 'some' is not a finite number"),
        (["--operator", "log", "--sigma", "1e3"], 2, "convcli: error: --sigma: a kernel of"),
        (["--channels", "Y"], 2, "step.png: --channels Y: there is no such channel"),
        (["--max-pixels", "1.5M"], 2, "'1.5M' is not a number of pixels, e.g. 500M or 2G"),
        (["--operator", "log", "--padding", "valid"], 1, "does not fit"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_requests(convcli: Run, step: Path, options: list[str], code: int, message: str) -> None:
    got, out, err = convcli("edge", step, *options)
    assert (got, out) == (code, "")
    assert message in err.splitlines()[0]
    assert list(step.parent.iterdir()) == [step]


def test_ink_is_refused(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "a.jpg"
    Image.new("CMYK", (4, 4)).save(source)
    code, out, err = convcli("edge", source)
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        f"convcli: error: {source}: edges of CMYK colours are not supported",
        "hint: convert it to RGB first",
    ]
