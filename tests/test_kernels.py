"""Named kernels against published numbers and independent definitions."""

from itertools import product

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from convcli import kernels
from convcli.errors import ConvError, UsageError
from convcli.kernels import Kernel, make, normalize, parse
from convcli.kernels.catalogue import REGISTRY
from convcli.kernels.smoothing import gaussian_line

AVERAGES = ("identity", "box", "triangle", "gaussian", "disk", "motion", "sharpen", "unsharp", "emboss")
SLOPES = ("pair", "sobel", "prewitt", "scharr", "farid")


def convolve(picture: np.ndarray, weights: np.ndarray, *, rows: slice = slice(None)) -> np.ndarray:
    """Convolve from the definition: out[n] = sum w[j] x[n + c - j], c = (K - 1) // 2, replicated borders.

    Other rows than those asked for stay 0.
    """
    out = np.zeros(picture.shape)
    height, width = weights.shape
    for y, x in product(range(picture.shape[0])[rows], range(picture.shape[1])):
        for i, j in np.ndindex(height, width):
            row = min(max(y + (height - 1) // 2 - i, 0), picture.shape[0] - 1)
            column = min(max(x + (width - 1) // 2 - j, 0), picture.shape[1] - 1)
            out[y, x] += weights[i, j] * picture[row, column]
    return out


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("identity", [[1]]),
        ("box:2x3", np.full((2, 3), 1 / 6)),
        ("triangle:5x1", np.array([[1], [2], [3], [2], [1]]) / 9),
        ("triangle:4x1", np.array([[1], [2], [2], [1]]) / 6),
        ("sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
        ("pair-x", [[1, -1]]),
        ("pair-y", [[1], [-1]]),
        ("sobel-x", [[1, 0, -1], [2, 0, -2], [1, 0, -1]]),
        ("sobel-y", [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]),
        ("prewitt-x", [[1, 0, -1]] * 3),
        ("scharr-y", [[3, 10, 3], [0, 0, 0], [-3, -10, -3]]),
        ("roberts-a", [[1, 0], [0, -1]]),
        ("roberts-b", [[0, 1], [-1, 0]]),
        ("laplacian", [[0, 1, 0], [1, -4, 1], [0, 1, 0]]),
        ("laplacian8", [[1, 1, 1], [1, -8, 1], [1, 1, 1]]),
        ("motion:5,0", np.full((1, 5), 0.2)),
        ("motion:5,90", np.full((5, 1), 0.2)),
        ("motion:4", np.array([[1, 2, 2, 2, 1]]) / 8),
        # MATLAB's documentation of fspecial('disk', 1), to 4 decimals.
        ("disk:1", [[0.0251, 0.1453, 0.0251], [0.1453, 0.3183, 0.1453], [0.0251, 0.1453, 0.0251]]),
    ],
)
def test_known_kernel(name: str, expected: object) -> None:
    assert_allclose(parse(name).array, expected, atol=5e-5 if name.startswith("disk") else 1e-15)


def test_farid_is_the_published_table() -> None:
    edge, smooth = [0.109604, 0.276691, 0], [0.037659, 0.249153, 0.426375]
    weights = parse("farid-x").array
    assert_allclose(weights[:, :3], np.outer([*smooth, *smooth[1::-1]], edge), atol=1e-6)
    assert_allclose(weights[:, 3:], -weights[:, 1::-1])
    assert_array_equal(parse("farid-y").array, weights.T)


@pytest.mark.parametrize("sigma", [0.1, 0.5, 0.7, 1, 2, 3.3, 10])
@pytest.mark.parametrize("truncate", [3.0, 4.0])
def test_gaussian_is_that_of_scipy(sigma: float, truncate: float) -> None:
    radius = int(truncate * sigma + 0.5)
    impulse = np.zeros((2 * radius + 3,) * 2)
    impulse[radius + 1, radius + 1] = 1
    expected = ndimage.gaussian_filter(impulse, sigma, truncate=truncate, mode="constant")
    weights = kernels.gaussian(sigma, truncate=truncate)
    assert weights.shape == (2 * radius + 1,) * 2
    assert_allclose(weights, expected[1:-1, 1:-1], rtol=1e-13, atol=1e-300)


def test_gaussian_takes_the_vertical_sigma_first() -> None:
    assert parse("gaussian:1x3").shape == (9, 25)
    assert_allclose(parse("gaussian:1x3").array, np.outer(gaussian_line(1), gaussian_line(3)), rtol=1e-14)


def test_gaussian_of_almost_no_width_is_the_identity() -> None:
    assert_array_equal(gaussian_line(1e-3, radius=1), [0, 1, 0])
    assert_array_equal(parse("gaussian:0.01").array, [[1]])


@pytest.mark.parametrize("sigma", [1.0, 2.0, 3.5])
def test_log_is_that_of_scipy_but_for_its_mean(sigma: float) -> None:
    radius = int(4 * sigma + 0.5)
    impulse = np.zeros((2 * radius + 1,) * 2)
    impulse[radius, radius] = 1
    expected = ndimage.gaussian_laplace(impulse, sigma, mode="constant")
    assert_allclose(parse(f"log:{sigma}").array, expected, atol=2e-3 * np.abs(expected).max())


def test_dog_is_a_difference() -> None:
    expected = -kernels.gaussian(2.0)
    expected[4:13, 4:13] += kernels.gaussian(1.0)
    assert_allclose(parse("dog:1,2").array, expected, rtol=1e-14)
    assert_allclose(parse("dog:2,1").array, -expected, rtol=1e-14)


def test_unsharp_adds_what_the_gaussian_takes_away() -> None:
    picture = np.random.default_rng(0).random((12, 11))
    soft = convolve(picture, kernels.gaussian(1.0))
    assert_allclose(convolve(picture, parse("unsharp:1,0.5").array), picture + 0.5 * (picture - soft))


@pytest.mark.parametrize("radius", [0.3, 0.5, 1, 1.7, 3, 4.25])
def test_disk_is_the_area_inside_a_circle(radius: float) -> None:
    weights = kernels.disk(radius)
    fine = 64
    reach = weights.shape[0] // 2
    points = (np.arange((2 * reach + 1) * fine) + 0.5) / fine - reach - 0.5
    inside = np.hypot.outer(points, points) <= radius
    counted = inside.reshape(2 * reach + 1, fine, 2 * reach + 1, fine).mean(axis=(1, 3))
    assert_allclose(weights * np.pi * radius**2, counted, atol=0.02)
    assert_allclose(weights.sum(), 1)
    assert weights.any(axis=1).all(), "no empty border"


@example(length=20, angle=45)
@example(length=20, angle=-30)
@given(length=st.floats(1, 30), angle=st.floats(-360, 360))
def test_motion_lies_along_its_direction(length: float, angle: float) -> None:
    weights = kernels.motion(length, angle)
    assert_allclose(weights, weights[::-1, ::-1], atol=1e-12)
    assert_allclose(weights.sum(), 1)
    assert weights.shape[0] % 2 == weights.shape[1] % 2 == 1
    y, x = (axis - axis.mean() for axis in np.indices(weights.shape).astype(float))
    if length > 8:
        # The second moments of the weights point where the motion goes, and tell how far; y counts downwards.
        xx, yy, xy = (float((weights * each).sum()) for each in (x * x, y * y, -x * y))
        direction = np.degrees(np.arctan2(2 * xy, xx - yy)) / 2
        assert xx + yy == pytest.approx(length**2 / 12, rel=0.15)
        assert abs((direction - angle + 90) % 180 - 90) < 6


def test_gabor_answers_to_its_own_stripes() -> None:
    _, x = np.indices((41, 41))
    stripes = np.cos(2 * np.pi * x / 8)

    def answer(spec: str) -> float:
        return float(np.abs(convolve(stripes, parse(spec).array, rows=slice(20, 21))).max())

    assert answer("gabor:8,0,3") > 5 * answer("gabor:8,90,3")
    assert answer("gabor:8,0,3") > 5 * answer("gabor:4,0,3")
    assert_allclose(np.abs(parse("gabor").array).sum(), 1)


# --- signs and sums ------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", SLOPES)
def test_slopes_are_positive_to_the_right_and_downwards(operator: str) -> None:
    _, x = np.indices((9, 9)).astype(float)
    right, down = parse(f"{operator}-x").array, parse(f"{operator}-y").array
    assert convolve(x, right)[4, 4] > 0
    assert convolve(x.T, down)[4, 4] > 0
    assert_allclose(convolve(x.T, right)[4, 4], 0, atol=1e-12)
    assert_allclose(convolve(x, down)[4, 4], 0, atol=1e-12)


@pytest.mark.parametrize(("operator", "scale"), [("pair", 1), ("prewitt", 6), ("sobel", 8), ("scharr", 32)])
def test_slopes_have_their_published_scale(operator: str, scale: float) -> None:
    _, x = np.indices((9, 9)).astype(float)
    assert convolve(x, parse(f"{operator}-x").array)[4, 4] == scale


@pytest.mark.parametrize("axis", [0, 1])
def test_sobel_and_prewitt_are_those_of_scipy(axis: int) -> None:
    picture = np.random.default_rng(1).random((8, 9))
    name = "yx"[axis]
    for operator, filtered in (("sobel", ndimage.sobel), ("prewitt", ndimage.prewitt)):
        expected = filtered(picture, axis=axis, mode="nearest")
        assert_allclose(convolve(picture, parse(f"{operator}-{name}").array), expected, atol=1e-12)


def test_roberts_points_to_the_lower_right_and_lower_left() -> None:
    y, x = np.indices((5, 5)).astype(float)
    assert convolve(x + y, parse("roberts-a").array)[2, 2] == 2
    assert convolve(y - x, parse("roberts-b").array)[2, 2] == 2


def test_second_derivatives_are_negative_on_a_bright_spot() -> None:
    spot = np.zeros((21, 21))
    spot[10, 10] = 1
    for name in ("laplacian", "laplacian8", "log:2"):
        assert convolve(spot, parse(name).array)[10, 10] < 0


def test_emboss_is_lit_from_the_upper_left() -> None:
    y, x = np.indices((5, 5)).astype(float)
    assert convolve(x + y, parse("emboss").array)[2, 2] > (x + y)[2, 2]


@pytest.mark.parametrize("name", REGISTRY)
def test_sum_is_one_or_zero(name: str) -> None:
    kernel = make(name)
    if name in AVERAGES:
        assert kernel.sum == pytest.approx(1, abs=1e-14)
    elif name != "gabor":
        assert kernel.sum == 0
    assert kernel.description
    assert kernel.citation


def test_weights_cannot_be_changed() -> None:
    array = parse("sobel-x").array
    with pytest.raises(ValueError, match="read-only"):
        array[0, 0] = 7
    assert parse("sobel-x").array[0, 0] == 1


@pytest.mark.parametrize("weights", [[np.nan], [1, -np.inf], [1e308, -1e308]])
def test_weights_and_their_sums_are_finite(weights: list[float]) -> None:
    with pytest.raises(UsageError, match="must be finite"):
        Kernel("k", np.array(weights))


@pytest.mark.parametrize(
    ("name", "rank"), [("box", 1), ("sobel-x", 1), ("laplacian", 2), ("log", 2), ("dog", 2)]
)
def test_rank(name: str, rank: int) -> None:
    assert make(name).rank == rank


# --- normalizing ---------------------------------------------------------------------------------


def test_normalize() -> None:
    weights = np.array([[2.0, -1.0], [4.0, 3.0]])
    assert_array_equal(normalize(weights, "none"), weights)
    assert_allclose(normalize(weights, "sum").sum(), 1)
    assert_allclose(np.abs(normalize(weights, "abs")).sum(), 1)
    assert_allclose(normalize(weights, "positive"), weights / 9)


@pytest.mark.parametrize("how", ["sum", "abs", "positive"])
def test_a_kernel_of_zeros_has_no_divisor(how: kernels.Normalization) -> None:
    with pytest.raises(ConvError, match="all of its weights are zero"):
        normalize(np.zeros((3, 3)), how)


def test_a_sum_of_rounding_is_no_divisor() -> None:
    with pytest.raises(ConvError, match=r"cannot be divided by 1e-12, the sum of its weights"):
        normalize(np.array([0.1, 0.2, -0.3 + 1e-12]), "sum")
    with pytest.raises(ConvError, match=r"cannot be divided by 0, the sum of its weights"):
        normalize(make("sobel-x").array, "sum")
    assert_allclose(normalize(np.array([1.0, -1 + 1e-6]), "sum").sum(), 1)
