"""Edges: signs, scale, what is shown, clipping, transparency."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import ndimage

from convcli.errors import ReadError, UsageError
from convcli.images import Edge, Layout, Picture, Setting, formats

KINDS = {mode: kind for kind, mode in formats.MODES.items()}


DIRECTED = ("pair", "sobel", "prewitt", "scharr", "farid")
OPERATORS = (*DIRECTED, "roberts", "laplacian", "log")
SIGNED = {np.uint8: 128, np.uint16: 32768}
MODES = {np.uint8: "L", np.uint16: "I;16", np.int32: "I", np.float32: "F"}


def edges(pixels: np.ndarray, *choices: str, mode: str = "", **setting: object) -> tuple[np.ndarray, int]:
    layout = Layout.of(KINDS[mode or MODES[pixels.dtype.type]], *pixels.shape[:2], "PNG")
    return Edge(*choices, setting=Setting(**setting)).apply(Picture(layout, pixels))


def step(low: int, high: int, dtype: type = np.uint8) -> np.ndarray:
    """Dark on the left, bright from column 4 on."""
    return np.where(np.arange(8) < 4, low, high).astype(dtype) * np.ones((7, 1), dtype)


def noise(*shape: int, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(5).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


@pytest.mark.parametrize("operator", DIRECTED)
@pytest.mark.parametrize("dtype", SIGNED)
def test_signs(operator: str, dtype: type) -> None:
    middle = SIGNED[dtype]
    rising, falling = step(40, 140, dtype), step(140, 40, dtype)
    for pixels, axis in ((rising, "x"), (rising.T.copy(), "y")):
        result, clipped = edges(pixels, operator, axis, "signed")
        along = result[3] if axis == "x" else result[:, 3]
        assert along.max() > middle
        assert along.min() == middle
        assert clipped == 0
    result, _ = edges(falling, operator, "x", "signed")
    assert result.min() < middle == result.max()
    result, _ = edges(rising, operator, "y", "signed")
    assert (result == middle).all()


def test_the_pair_is_the_pixel_minus_its_left_or_upper_neighbour() -> None:
    pixels = noise(9, 11)
    wide = pixels.astype(int)
    right, down = np.zeros_like(wide), np.zeros_like(wide)
    right[:, 1:], down[1:] = wide[:, 1:] - wide[:, :-1], wide[1:] - wide[:-1]
    assert_array_equal(edges(pixels, "pair", "x")[0], np.abs(right))
    assert_array_equal(edges(pixels, "pair", "y")[0], np.abs(down))
    length = np.sqrt(right**2 + down**2)
    result, clipped = edges(pixels)
    assert_array_equal(result, np.minimum(np.rint(length), 255))
    assert clipped == (length > 255.5).sum() > 0


@pytest.mark.parametrize("operator", ["sobel", "prewitt"])
@pytest.mark.parametrize("dtype", SIGNED)
def test_magnitude_of_scipys_derivatives_rounded_once(operator: str, dtype: type) -> None:
    pixels = noise(21, 22, dtype=dtype)
    filtered, scale = {"sobel": (ndimage.sobel, 4), "prewitt": (ndimage.prewitt, 3)}[operator]
    parts = [filtered(pixels.astype(float), axis=axis, mode="nearest") for axis in (0, 1)]
    exact = np.hypot(*parts) / scale
    result, clipped = edges(pixels, operator)
    near_a_tie = np.abs(exact - np.floor(exact) - 0.5) < 1e-3
    assert not ((result != np.minimum(np.rint(exact), np.iinfo(dtype).max)) & ~near_a_tie).any()
    assert clipped == (exact > np.iinfo(dtype).max + 0.5).sum()


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_flat_picture_has_no_edges(operator: str) -> None:
    for show in ("magnitude", "absolute"):
        assert not edges(np.full((25, 25), 200, np.uint8), operator, "both", show)[0].any()
    assert (edges(np.full((25, 25), 200, np.uint8), operator, "both", "signed")[0] == 128).all()


@pytest.mark.parametrize("operator", DIRECTED)
def test_the_largest_step_fits_the_range(operator: str) -> None:
    for show, largest in (("magnitude", 255), ("absolute", 255), ("signed", 255)):
        result, clipped = edges(step(0, 255), operator, "x", show)
        assert (result.max(), clipped) == (largest, 0)
    assert edges(step(255, 0), operator, "x", "signed")[0].min() <= 1


def test_absolute_adds_the_directions_and_signed_takes_their_mean() -> None:
    pixels = noise(9, 9)
    x, y = (edges(pixels.astype(np.float32), "sobel", axis, "signed")[0].astype(float) for axis in "xy")
    both = edges(pixels, "sobel", "both", "absolute")[0]
    assert_array_equal(both, np.minimum(np.rint(np.abs(x) + np.abs(y)), 255))
    signed = edges(pixels, "sobel", "both", "signed")[0]
    assert_array_equal(signed, np.rint(128 + (x + y) / 4))


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_signed_samples_keep_their_sign(dtype: type) -> None:
    result, clipped = edges(step(90, -110, dtype), "pair", "x", "signed")
    assert result.dtype == dtype
    assert (result.min(), result.max(), clipped) == (-200, 0, 0)


def test_second_derivatives_are_of_both_signs_at_a_step() -> None:
    for operator in ("laplacian", "log"):
        row = edges(np.kron(step(50, 150), np.ones((4, 4), np.uint8)), operator, "both", "signed")[0][14]
        assert row[:16].max() > 128 > row[16:].min()  # the dark side of the step bends upwards
        assert row.min() < 128


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("mode", ["same", "valid", "full"])
def test_every_operator_in_every_mode(operator: str, mode: str) -> None:
    for axis, show in product(["both", "x"] if operator in DIRECTED else ["both"], ["magnitude", "signed"]):
        edge = Edge(operator, axis, show, Setting(mode=mode, stride=(2, 1)))
        layout = Layout.of("RGBA8", 30, 31, "PNG")
        result, _ = edge.apply(Picture(layout, noise(30, 31, 4)))
        assert result.shape == (*edge.plan(layout).output_shape[:2], 4)
        assert result.dtype == np.uint8


def test_even_kernels_keep_the_size() -> None:
    for operator in ("pair", "roberts"):
        assert edges(noise(6, 5), operator)[0].shape == (6, 5)
    assert edges(noise(6, 5), "pair", mode="L", boundary="zeros")[0].shape == (6, 5)


def test_valid_results_are_the_middle_of_the_same_ones() -> None:
    pixels = noise(8, 9)
    same = edges(pixels, "pair")[0]
    layout = Layout.of("L8", 8, 9, "PNG")
    valid, _ = Edge("pair", setting=Setting(mode="valid")).apply(Picture(layout, pixels))
    assert_array_equal(valid, same[1:, 1:])


@given(seed=st.integers(0, 2**32), operator=st.sampled_from(OPERATORS))
def test_colours_are_taken_one_by_one(seed: int, operator: str) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (7, 6, 3), np.uint8)
    result, clipped = edges(pixels, operator, mode="RGB")
    alone = [edges(np.ascontiguousarray(pixels[..., channel]), operator) for channel in range(3)]
    assert_array_equal(result, np.dstack([each for each, _ in alone]))
    assert clipped == sum(count for _, count in alone)


# --- transparency --------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", OPERATORS)
def test_transparency_is_not_filtered(operator: str) -> None:
    pixels = noise(20, 21, 4)
    result, _ = edges(pixels, operator, mode="RGBA")
    assert_array_equal(result[..., 3], pixels[..., 3])
    assert_array_equal(result[..., :3], edges(np.ascontiguousarray(pixels[..., :3]), operator, mode="RGB")[0])


@pytest.mark.parametrize("operator", ["pair", "sobel", "log"])
def test_transparency_is_cut_and_thinned_with_the_picture(operator: str) -> None:
    pixels = noise(30, 31, 2)
    layout = Layout.of("LA8", 30, 31, "PNG")
    edge = Edge(operator, setting=Setting(mode="valid", stride=(2, 3)))
    result, _ = edge.apply(Picture(layout, pixels))
    reach = edge.kernels[0].shape[0] // 2
    expected = pixels[reach::2, reach::3, 1][: result.shape[0], : result.shape[1]]
    assert_array_equal(result[..., 1], expected)


@pytest.mark.parametrize(("boundary", "outside"), [("replicate", 7), ("zeros", 0), ("constant:9", 255)])
def test_transparency_outside_follows_the_border(boundary: str, outside: int) -> None:
    pixels = np.full((4, 4, 2), 7, np.uint8)
    layout = Layout.of("LA8", 4, 4, "PNG")
    result, _ = Edge("sobel", setting=Setting(mode="full", boundary=boundary)).apply(Picture(layout, pixels))
    assert result.shape == (6, 6, 2)
    assert result[0, 0, 1] == outside
    assert (result[1:-1, 1:-1, 1] == 7).all()


# --- requests ------------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", ["roberts", "laplacian", "log"])
def test_operators_without_directions(operator: str) -> None:
    with pytest.raises(UsageError, match=f"--axis x: the {operator} operator has no such direction"):
        Edge(operator, "x")


def test_the_predicted_time_is_that_of_all_kernels() -> None:
    layout = Layout.of("RGB8", 300, 400, "PNG")
    setting = Setting(method="direct", workers=1)
    one = Edge("sobel", "x", setting=setting).plan(layout)
    both = Edge("sobel", setting=setting).plan(layout)
    assert both.predicted_seconds == pytest.approx(2 * one.predicted_seconds)


def test_ink_is_refused() -> None:
    with pytest.raises(ReadError, match="CMYK"):
        Edge().plan(Layout.of("CMYK8", 4, 4, "JPEG"))


def test_the_kernel_is_reported_under_the_name_of_the_operator() -> None:
    assert (Edge("sobel").kernel.name, Edge("sobel", "x").kernel.name) == ("sobel", "sobel-x")
    assert (Edge("pair").kernel.shape, Edge("pair", "x").kernel.shape) == ((2, 2), (1, 2))
    assert Edge("log").kernel.name == "log:2"
