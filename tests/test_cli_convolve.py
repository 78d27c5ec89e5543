"""convcli convolve, from the command line to the samples of the result."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from scipy import ndimage, signal

from convcli import images, kernels

Run = Callable[..., tuple[int, str, str]]


def decoded(path: Path) -> images.Picture:
    [picture] = images.decode(path.read_bytes(), name=path.name)
    return picture


def pixels(path: Path) -> np.ndarray:
    return decoded(path).pixels


@pytest.fixture
def chelsea(samples: Path) -> Path:
    return samples / "chelsea.png"


@pytest.fixture
def ramp(tmp_path: Path) -> Path:
    """Return a gray picture of 6x8 pixels."""
    path = tmp_path / "ramp.png"
    Image.fromarray((np.arange(48).reshape(6, 8) * 5).astype(np.uint8)).save(path)
    return path


def exact(source: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Convolve each channel in real numbers, with the border repeated."""
    return ndimage.convolve(source.astype(float), kernel[..., np.newaxis], mode="nearest")


def test_a_named_kernel(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    code, out, err = convcli("convolve", chelsea, "-k", "sharpen", "-o", tmp_path)
    target = tmp_path / "chelsea-convolve.png"
    assert (code, out) == (0, f"{target}\n")
    wanted = exact(pixels(chelsea), kernels.parse("sharpen").array)
    assert_array_equal(pixels(target), np.clip(np.rint(wanted), 0, 255))
    beyond = np.count_nonzero((wanted < -0.5) | (wanted > 255.5))
    assert beyond > 0
    assert f"sharpen (sum 1), padding replicate, method taps, 3 channels uint8, {beyond} clipped" in err


def test_convolution_turns_the_kernel_and_correlation_does_not(
    convcli: Run, ramp: Path, tmp_path: Path
) -> None:
    kernel, source = np.array([[0.5, 0.3, 0.2]]), pixels(ramp).astype(float)
    for options, weights in (([], kernel), (["--correlate"], kernel[:, ::-1])):
        assert convcli("convolve", ramp, "-k", ".5,.3,.2", "-o", tmp_path / "out.png", "-f", *options)[0] == 0
        wanted = ndimage.convolve(source, weights, mode="nearest")
        assert_array_equal(pixels(tmp_path / "out.png"), np.rint(wanted))


@pytest.mark.parametrize(("how", "divisor"), [("none", 1), ("sum", 2), ("abs", 4), ("positive", 3)])
def test_normalize(convcli: Run, ramp: Path, tmp_path: Path, how: str, divisor: int) -> None:
    target = tmp_path / "out.npy"
    assert convcli("convolve", ramp, "--kernel=-1,2,1", "--normalize", how, "-o", target)[0] == 0
    wanted = ndimage.convolve(pixels(ramp).astype(float), np.array([[-1, 2, 1]]) / divisor, mode="nearest")
    assert_array_equal(np.load(target), np.clip(np.rint(wanted), 0, 255))


@pytest.mark.parametrize(("bias", "added"), [("20", 20), ("-7.5", -7.5), ("50%", 127.5), ("1/2", 0.5)])
def test_bias(convcli: Run, ramp: Path, tmp_path: Path, bias: str, added: float) -> None:
    target = tmp_path / "out.png"
    assert convcli("convolve", ramp, "-k", "laplacian", f"--bias={bias}", "-o", target)[0] == 0
    wanted = ndimage.convolve(pixels(ramp).astype(float), kernels.parse("laplacian").array, mode="nearest")
    assert_array_equal(pixels(target), np.clip(np.rint(wanted + added), 0, 255))


def test_bias_as_a_share_knows_the_depth(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "deep.png"
    Image.fromarray(np.full((3, 3), 1000, np.uint16)).save(source)
    assert convcli("convolve", source, "-k", "laplacian", "--bias", "100%")[0] == 0
    assert (pixels(tmp_path / "deep-convolve.png") == 65535).all()


@pytest.mark.parametrize("suffix", [".csv", ".txt", ".npy", ".json"])
def test_a_file_of_numbers(convcli: Run, ramp: Path, tmp_path: Path, suffix: str) -> None:
    kernel = tmp_path / f"kernel{suffix}"
    weights = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    match suffix:
        case ".npy":
            np.save(kernel, weights)
        case ".json":
            kernel.write_text(json.dumps(weights.tolist()))
        case _:
            kernel.write_text("\n".join(",".join(map(str, row)) for row in weights))
    assert convcli("convolve", ramp, "-k", kernel, "--normalize", "sum", "-o", tmp_path / "out.png")[0] == 0
    wanted = ndimage.convolve(pixels(ramp).astype(float), weights / 16, mode="nearest")
    assert_array_equal(pixels(tmp_path / "out.png"), np.rint(wanted))


def test_a_picture_is_a_point_spread_function(
    convcli: Run, chelsea: Path, samples: Path, tmp_path: Path
) -> None:
    spread = tmp_path / "spread.png"
    colours = np.random.default_rng(3).integers(0, 256, (5, 7, 4), np.uint8)
    Image.fromarray(colours).save(spread)
    code, out, _ = convcli("convolve", chelsea, "-k", spread, "-o", tmp_path / "out.png", "--json")
    assert code == 0
    weights = colours[..., :3] @ np.array([0.2126, 0.7152, 0.0722]) * (colours[..., 3] / 255)
    record = json.loads(out)
    assert record["kernel"] == {"name": str(spread), "shape": [5, 7], "sum": pytest.approx(1)}
    wanted = exact(pixels(chelsea), weights / weights.sum())
    near_a_tie = np.abs(wanted - np.floor(wanted) - 0.5) < 1e-3
    assert_array_equal(pixels(tmp_path / "out.png")[~near_a_tie], np.rint(wanted)[~near_a_tie])
    plain = json.loads(convcli("kernels", spread, "--normalize", "none", "--json")[1])
    assert_allclose(plain["values"], weights, rtol=1e-12)
    shown = json.loads(convcli("kernels", spread, "--json")[1])
    assert_allclose(shown["values"], weights / weights.sum(), rtol=1e-12)


@pytest.mark.parametrize("kind", ["RGB16", "L16", "RGB8", "RGBA8", "LA8", "CMYK8"])
def test_identity_changes_no_bit(convcli: Run, tmp_path: Path, kind: str) -> None:
    layout = images.Layout.of(kind, 9, 11, "TIFF")
    samples = np.random.default_rng(1).integers(0, int(layout.opaque), layout.shape, layout.dtype)
    picture = images.Picture(layout, samples)
    source = tmp_path / "in.tif"
    source.write_bytes(images.encode([picture], images.BY_SUFFIX[".tif"], images.Saving(), name="in.tif"))
    assert convcli("convolve", source, "-k", "identity", "-q")[0] == 0
    result = decoded(tmp_path / "in-convolve.tif")
    assert result.layout.kind == kind
    if kind not in ("RGBA8", "LA8"):  # what is wholly transparent loses its hidden colour
        assert_array_equal(result.pixels, samples)
    else:
        seen = samples[..., -1] > 0
        assert_array_equal(result.pixels[seen], samples[seen])


def test_real_numbers_keep_sign_size_and_missing_ones(convcli: Run, tmp_path: Path) -> None:
    values = np.array([[-5, 0.25, np.nan, 1e6, np.inf, 0, -0.5, 7]], np.float32).repeat(3, axis=0)
    source = tmp_path / "in.tif"
    Image.fromarray(values).save(source)
    assert convcli("convolve", source, "-k", "identity", "-q")[0] == 0
    assert_array_equal(pixels(tmp_path / "in-convolve.tif"), values)
    assert convcli("convolve", source, "-k", "1,1,1", "-q", "-o", tmp_path / "sum.tif")[0] == 0
    summed = pixels(tmp_path / "sum.tif")[1]
    assert np.isnan(summed[1:4]).all()
    assert_array_equal(summed[[0, 6, 7]], np.float32([-9.75, 6.5, 13.5]))
    assert convcli("convolve", source, "-k", "1,1,1", "--nan", "ignore", "-o", tmp_path / "all.npy")[0] == 0
    assert_array_equal(np.load(tmp_path / "all.npy")[1, :2], np.float32([-9.75, 1.5 * -4.75]))


# --- tables of numbers ---------------------------------------------------------------------------


def test_a_line_of_numbers(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "line.csv"
    source.write_text("1,2,3,4\n")
    code, out, err = convcli(
        "convolve", source, "-k", "1,2,3", "--padding", "full", "--padding-mode", "zeros"
    )
    assert code == 0
    assert Path(out.strip()).read_text().strip() == "1,4,10,16,17,12"
    rows = [line.split()[0] for line in err.splitlines()[1:4]]
    assert rows[0] == "axis"
    assert rows[2] == "length"
    assert "int64" in err


def test_a_line_in_the_report(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "line.npy"
    np.save(source, np.arange(10.0))
    code, out, _ = convcli("convolve", source, "-k", "0.5;0.5", "-s", "2", "-d", "3", "-p", "1", "--json")
    assert code == 0
    record = json.loads(out)
    result = np.load(tmp_path / "line-convolve.npy")
    padded = np.pad(np.arange(10.0), 1, mode="edge")
    assert_array_equal(result, ((padded[:-3] + padded[3:]) / 2)[::2])
    assert record["input"]["shape"] == [10]
    assert record["output"]["shape"] == list(result.shape)
    assert record["kernel"]["shape"] == [2]
    assert record["padding"]["amount"] == [[1, 1]]
    assert (record["stride"], record["dilation"]) == ([2], [3])


def test_tables_of_whole_numbers_stay_whole(convcli: Run, tmp_path: Path) -> None:
    table = np.random.default_rng(2).integers(-(10**12), 10**12, (5, 4))
    source = tmp_path / "table.csv"
    np.savetxt(source, table, fmt="%d", delimiter=",")
    assert convcli("convolve", source, "-k", "sobel-x", "-p", "valid", "--bias", "1", "-q")[0] == 0
    wanted = signal.convolve2d(table, kernels.parse("sobel-x").array.astype(int), mode="valid") + 1
    assert_array_equal(np.loadtxt(tmp_path / "table-convolve.csv", delimiter=",", dtype=int), wanted)


def test_blur_and_edge_take_tables_too(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    source.write_text("0,0,9\n0,nan,0\n0,0,0\n")
    assert convcli("blur", source, "--nan", "ignore", "-q")[0] == 0
    assert np.loadtxt(tmp_path / "table-blur.csv", delimiter=",")[1, 1] == pytest.approx(9 / 8)
    assert convcli("edge", source, "--axis", "x", "--raw", "-o", tmp_path / "e.npy", "-q")[0] == 0
    assert_array_equal(np.load(tmp_path / "e.npy")[0], [0, 0, 9])


# --- what every filter shares ---------------------------------------------------------------------


def test_channels(convcli: Run, chelsea: Path, tmp_path: Path) -> None:
    source = pixels(chelsea)
    assert convcli("convolve", chelsea, "-k", "box:5", "--channels", "g", "-o", tmp_path / "g.png")[0] == 0
    result = pixels(tmp_path / "g.png")
    assert_array_equal(result[..., [0, 2]], source[..., [0, 2]])
    wanted = exact(source, np.full((5, 5), 1 / 25))[..., 1]
    assert_array_equal(result[..., 1], np.rint(wanted))
    code, out, _ = convcli("blur", chelsea, "--channels", "gray", "-o", tmp_path / "l.png", "--json")
    assert (code, json.loads(out)["channels"]) == (0, ["L"])
    gray = source @ np.array([0.2126, 0.7152, 0.0722])
    wanted = ndimage.uniform_filter(gray, 3, mode="nearest")
    near_a_tie = np.abs(wanted - np.floor(wanted) - 0.5) < 1e-3
    assert_array_equal(pixels(tmp_path / "l.png")[~near_a_tie], np.rint(wanted)[~near_a_tie])


def test_linear_light(convcli: Run, tmp_path: Path) -> None:
    source = tmp_path / "in.png"
    Image.fromarray(np.array([[0, 255]], np.uint8)).save(source)
    assert convcli("blur", source, "--size", "1x2", "--padding", "valid", "-o", tmp_path / "a.png")[0] == 0
    assert (
        convcli("blur", source, "--size", "1x2", "--padding", "valid", "--linear", "-o", tmp_path / "b.png")[
            0
        ]
        == 0
    )
    assert pixels(tmp_path / "a.png").tolist() == [[128]]
    assert pixels(tmp_path / "b.png").tolist() == [[188]]  # half the light of white, as sRGB codes it


def test_several_pictures_and_a_pipe(process: Callable[..., object], samples: Path, tmp_path: Path) -> None:
    first = process("blur", "-", "--size", "5", input=(samples / "coffee.png").read_bytes())
    second = process("convolve", "-", "-k", "sobel-x", "--bias", "50%", input=first.stdout)
    assert second.returncode == 0, second.stderr
    source = pixels(samples / "coffee.png")
    blurred = np.rint(exact(source, np.full((5, 5), 1 / 25)))
    wanted = exact(blurred, kernels.parse("sobel-x").array) + 127.5
    (tmp_path / "out.png").write_bytes(second.stdout)
    assert_array_equal(pixels(tmp_path / "out.png"), np.clip(np.rint(wanted), 0, 255))


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 2, "missing option '--kernel'"),
        (["-k", "-"], 2, "'-': a kernel is not read from standard input"),
        (["-k", "shapren"], 2, "'shapren' is not a named kernel"),
        (["-k", "none.csv"], 1, "none.csv: no such file"),
        (["-k", "none.png"], 1, "none.png: no such file"),
        (["-k", "black.png"], 2, "black.png: a picture that is black all over is no kernel"),
        (["-k", "ink.tif"], 2, "ink.tif: channels C, M, Y, K have no luminance"),
        (["-k", "text.png"], 1, "text.png"),
        (["-k", "1,-1", "--normalize", "sum"], 1, "cannot be divided by 0"),
        (["-k", "box", "--bias", "half"], 2, "--bias: 'half' is not a finite number"),
        (["-k", "box", "--bias", "%"], 2, "--bias: '' is not a finite number"),
        (["-k", "box", "--channels", "Z"], 2, "ramp.png: --channels Z: there is no such channel"),
        (["-k", "box:9", "-p", "valid"], 1, "9"),
        (["-k", "box", "--nan", "drop"], 2, "'drop'"),
        (["-k", "box", "--like", "gimp"], 2, "'gimp'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_requests(
    convcli: Run, ramp: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], code: int, message: str
) -> None:
    monkeypatch.chdir(ramp.parent)
    Image.new("RGB", (3, 3)).save("black.png")
    Image.new("CMYK", (3, 3)).save("ink.tif")
    Path("text.png").write_text("no picture")
    before = sorted(ramp.parent.iterdir())
    got, out, err = convcli("convolve", "ramp.png", *options)
    assert (got, out) == (code, "")
    assert message in err.splitlines()[0]
    assert sorted(ramp.parent.iterdir()) == before


def test_a_sound_becomes_no_picture(convcli: Run, samples: Path, tmp_path: Path) -> None:
    code, out, err = convcli("convolve", samples / "perc_snap.wav", "-k", "1,1", "-o", tmp_path / "a.png")
    assert (code, out) == (2, "")
    assert err.splitlines()[0].endswith("a.png: cannot write the format '.png'")
    assert list(tmp_path.iterdir()) == []
