"""The conventions of other tools: scipy and Pillow themselves, and what the others were measured to do."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image, ImageFilter
from scipy import ndimage

from convcli.errors import UsageError
from convcli.images import Convolve, Edge, Layout, Picture, Setting, like
from convcli.kernels import Kernel, blur_kernel, parse

NOISE = np.random.default_rng(0).integers(0, 256, (24, 30), np.uint8)
KINDS = {np.uint8: "L8", np.uint16: "L16", np.float32: "L32f", np.float64: "L64f"}


def apply(work: Convolve | Edge, pixels: np.ndarray) -> np.ndarray:
    return work.apply(Picture(Layout.of(KINDS[pixels.dtype.type], *pixels.shape, "TIFF"), pixels))[0]


def blurred(tool: str, pixels: np.ndarray, **measures: str) -> np.ndarray:
    kernel, deep = (like.blur_kernel(tool, deep=deep, **measures) for deep in (False, True))
    return apply(Convolve(kernel, like.setting(tool, "blur"), deep=deep), pixels)


def convolved(tool: str, pixels: np.ndarray, spec: str, boundary: str | None = None) -> np.ndarray:
    setting = like.setting(tool, "convolve", boundary=boundary)
    kernel = like.kernel(tool, parse(spec))
    return apply(Convolve(kernel, setting, ring=like.keeps_border(tool, boundary)), pixels)


# --- scipy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", ["1,2;3,4", "1,2,3,4", "1,0,2;0,3,0;5,0,7", "1;2;3;4"])
def test_scipys_convolve(spec: str) -> None:
    pixels = NOISE.astype(np.float64)
    assert_allclose(convolved("scipy", pixels, spec), ndimage.convolve(pixels, parse(spec).plane))


@pytest.mark.parametrize("sigma", ["0.7", "2", "1.2x3"])
def test_scipys_gaussian(sigma: str) -> None:
    pixels = NOISE.astype(np.float64)
    sigmas = [float(part) for part in sigma.split("x")]
    expected = ndimage.gaussian_filter(pixels, sigmas if len(sigmas) > 1 else sigmas[0])
    assert_allclose(blurred("scipy", pixels, sigma=sigma), expected)


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_scipys_uniform_filter(size: int) -> None:
    pixels = NOISE.astype(np.float64)
    assert_allclose(blurred("scipy", pixels, size=str(size)), ndimage.uniform_filter(pixels, size))


@pytest.mark.parametrize(("operator", "function"), [("sobel", ndimage.sobel), ("prewitt", ndimage.prewitt)])
def test_scipys_edges(operator: str, function: object) -> None:
    pixels = NOISE.astype(np.float64)
    edge = Edge(operator, "x", "signed", like.setting("scipy", "edge"), raw=True)
    assert_allclose(apply(edge, pixels), function(pixels, axis=1))


# --- Pillow --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spec", ["0,1,0;2,3,4;0,9,1", "1,0,-1;2,1,-2;1,0,-1", "1,2,3,4,5;0,0,0,0,1;1,1,1,1,1;9,8,7,6,5;1,2,1,2,1"]
)
def test_pillows_kernel(spec: str) -> None:
    weights = parse(spec).plane
    total = weights.sum()
    kernel = like.kernel("pillow", Kernel("some", weights / total))
    result = apply(Convolve(kernel, like.setting("pillow", "convolve"), ring=True), NOISE)
    there = Image.fromarray(NOISE).filter(
        ImageFilter.Kernel(weights.shape, list(weights.ravel()), scale=float(total))
    )
    assert np.abs(result.astype(int) - np.asarray(there)).max() <= 1  # halves are rounded up there
    width = len(weights) // 2
    assert_array_equal(result[:width], NOISE[:width])
    assert_array_equal(result[:, -width:], NOISE[:, -width:])


def test_a_picture_smaller_than_pillows_kernel_stays() -> None:
    small = NOISE[:4, :4].copy()
    spec = ";".join(["1/25,1/25,1/25,1/25,1/25"] * 5)
    assert_array_equal(convolved("pillow", small, spec), small)


def test_pillows_border_is_as_wide_as_a_dilated_kernel_reaches() -> None:
    kernel = parse(";".join(["1/9,1/9,1/9"] * 3))
    setting = like.setting("pillow", "convolve", dilation=(3, 2))
    result = apply(Convolve(kernel, setting, ring=True), NOISE)
    inner = apply(Convolve(kernel, Setting(mode="valid", dilation=(3, 2))), NOISE)
    expected = NOISE.copy()
    expected[3:-3, 2:-2] = inner
    assert_array_equal(result, expected)


def test_a_border_given_for_pillow_is_used() -> None:
    pixels = np.full((5, 5), 90, np.uint8)
    spec = ";".join(["1/9,1/9,1/9"] * 3)
    assert convolved("pillow", pixels, spec, "zeros")[0, 0] == 40
    assert convolved("pillow", pixels, spec)[0, 0] == 90


@pytest.mark.parametrize("spec", ["1,2", "1,2;3,4", "1,2,1", "gaussian:2"])
def test_kernels_that_pillow_does_not_take(spec: str) -> None:
    with pytest.raises(UsageError, match=r"--like pillow: a kernel of .* does not exist there"):
        like.kernel("pillow", parse(spec))


@pytest.mark.parametrize("sigma", [0.4, 0.7, 1, 2, 3.3, 8])
def test_pillows_gaussian(sigma: float) -> None:
    steps = np.kron(np.random.default_rng(1).integers(0, 2, (4, 4)), np.full((24, 24), 255)).astype(np.uint8)
    for pixels, tolerance in ((NOISE, 4), (steps, 3)):
        there = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(sigma))).astype(int)
        inside = (slice(8, -8),) * 2
        difference = np.abs(blurred("pillow", pixels, sigma=str(sigma)) - there)
        assert difference[inside].max() <= (tolerance if sigma < 3 else 3)
    # The variance is that of the Gaussian, which ties the widths down.
    line = like.blur_kernel("pillow", sigma=str(sigma)).plane.sum(axis=0)
    x = np.arange(line.size) - line.size // 2
    assert (line * x**2).sum() == pytest.approx(sigma**2)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_pillows_box(size: int) -> None:
    there = Image.fromarray(NOISE).filter(ImageFilter.BoxBlur((size - 1) / 2))
    result = blurred("pillow", NOISE, size=str(size))
    assert np.abs(result.astype(int) - np.asarray(there)).max() <= 1


# --- measured ------------------------------------------------------------------------------------

# Right half of what a bright line becomes, its middle first.
OPENCV = {  # 5.0, cv2.GaussianBlur of 1000 in float32
    "1": [398.944, 241.971, 53.991, 4.432, 0.134, 0],
    "2": [199.475, 176.036, 120.987, 64.76, 26.996, 8.764, 2.216, 0.436, 0.067, 0],
}
OPENCV_BYTES = {"1": [102, 62, 14, 1, 0], "2": [52, 45, 31, 16, 7, 2, 1, 0]}  # the same of 255 in uint8
VIPS = {  # 8.18, gaussblur of 1000 in float
    "1": [454.545, 272.727, 0],
    "2": [217.391, 195.652, 130.435, 65.217, 0],
}
IMAGEMAGICK = {  # 6.9.11 Q16, convert -blur 0xS of 65535
    "1": [25203, 15847, 3925, 379, 14, 0],
    "2": [12952, 11457, 7929, 4293, 1818, 602, 156, 32, 5, 0],
}


def line(tool: str, sigma: str, value: float, dtype: type) -> np.ndarray:
    pixels = np.zeros((9, 41), dtype)
    pixels[:, 20] = value
    return blurred(tool, pixels, sigma=sigma)[4, 20:].astype(float)


@pytest.mark.parametrize("sigma", ["1", "2"])
@pytest.mark.parametrize(
    ("tool", "measured", "value", "dtype", "tolerance"),
    [
        ("opencv", OPENCV, 1000, np.float32, 6e-4),
        ("opencv", OPENCV_BYTES, 255, np.uint8, 1),
        ("vips", VIPS, 1000, np.float32, 6e-4),
        ("imagemagick", IMAGEMAGICK, 65535, np.uint16, 1),
    ],
)
def test_measured_gaussians(
    tool: str, measured: dict[str, list[float]], value: float, dtype: type, tolerance: float, sigma: str
) -> None:
    expected = np.zeros(21)
    expected[: len(measured[sigma])] = measured[sigma]
    assert_allclose(line(tool, sigma, value, dtype), expected, rtol=0, atol=tolerance)


def test_widths_are_imagemagicks() -> None:
    for sigma, taps in (("1", 9), ("2", 17)):
        assert like.blur_kernel("imagemagick", sigma=sigma).shape == (taps, taps)


# Where the weights of 1,2;3,4 and of 1,2,3,4 fall around a bright point at 0: offsets along x.
CONVENTIONS = {
    "scipy": ({(-1, -1): 1, (-1, 0): 2, (0, -1): 3, (0, 0): 4}, {-2: 1, -1: 2, 0: 3, 1: 4}),
    "opencv": ({(0, 0): 4, (0, 1): 3, (1, 0): 2, (1, 1): 1}, {-1: 4, 0: 3, 1: 2, 2: 1}),
    "vips": ({(0, 0): 4, (0, 1): 3, (1, 0): 2, (1, 1): 1}, {-1: 4, 0: 3, 1: 2, 2: 1}),
    "imagemagick": ({(0, 0): 1, (0, 1): 2, (1, 0): 3, (1, 1): 4}, {-1: 1, 0: 2, 1: 3, 2: 4}),
}


@pytest.mark.parametrize("tool", CONVENTIONS)
def test_measured_directions_and_middles(tool: str) -> None:
    pixels = np.zeros((9, 9))
    pixels[4, 4] = 1
    square, row = CONVENTIONS[tool]
    expected = np.zeros((9, 9))
    for (y, x), weight in square.items():
        expected[4 + y, 4 + x] = weight
    assert_array_equal(convolved(tool, pixels, "1,2;3,4"), expected)
    expected = np.zeros(9)
    for x, weight in row.items():
        expected[4 + x] = weight
    assert_array_equal(convolved(tool, pixels, "1,2,3,4")[4], expected)


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ("opencv", [1.5, 2.25, 4, 5]),
        ("vips", [1.25, 2.25, 4, 5.5]),
        ("imagemagick", [1.25, 2.25, 4, 5.5]),
        ("scipy", [1.25, 2.25, 4, 5.5]),
    ],
)
def test_measured_borders(tool: str, expected: list[float]) -> None:
    pixels = np.array([[1.0, 2, 4, 6]])
    assert_array_equal(convolved(tool, pixels, "1/4,1/2,1/4"), [expected])


def test_opencvs_even_box() -> None:
    pixels = np.array([[1.0, 2, 4, 6]])
    kernel = like.blur_kernel("opencv", size="1x2")
    result = apply(Convolve(kernel, like.setting("opencv", "blur")), pixels)
    assert_array_equal(result, [[1.5, 1.5, 3, 5]])


# --- what users say wins -------------------------------------------------------------------------


def test_options_win_over_the_tool() -> None:
    assert like.setting("opencv", "convolve", boundary="zeros", correlate=False) == Setting(
        boundary="zeros", correlate=False, centre="upper"
    )
    assert like.setting("opencv", "edge", stride=(2, 2)) == Setting(boundary="reflect", stride=(2, 2))
    own = blur_kernel(sigma="2", truncate="3")
    assert_array_equal(like.blur_kernel("vips", sigma="2", truncate="3").array, own.array)


def test_no_tool_is_convcli() -> None:
    assert like.setting(None, "convolve", correlate=True) == Setting(correlate=True)
    assert like.setting(None, "blur") == Setting()
    assert like.kernel(None, parse("box")).name == "box:3"
    assert_array_equal(like.blur_kernel(None, sigma="1").array, parse("gaussian:1").array)
    assert not like.keeps_border(None, None)


def test_passes_and_other_kinds_of_a_tool() -> None:
    once = like.blur_kernel("vips", sigma="1").plane
    twice = like.blur_kernel("vips", sigma="1", passes=2).plane
    assert_allclose(twice, ndimage.convolve(np.pad(once, 1), once, mode="constant"))
    for tool in like.TOOLS:
        assert_array_equal(like.blur_kernel(tool, radius="3").array, parse("disk:3").array)


@pytest.mark.parametrize("tool", ["opencv", "imagemagick", "vips", "pillow"])
def test_sigmas_out_of_range(tool: str) -> None:
    for sigma in ("0", "-1"):
        with pytest.raises(UsageError, match="--sigma"):
            like.blur_kernel(tool, sigma=sigma)
    with pytest.raises(UsageError, match="too large"):
        like.blur_kernel(tool, sigma="99999")
