"""Colours that count by their opacity, at every depth and under weights of both signs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from convcli.images import Convolve, Edge, Layout, Picture, Setting
from convcli.kernels import Kernel, parse

OPAQUE = {"u1": 255, "u2": 65535, "f4": 1.0, "f8": 1.0}
LETTERS = {"u": "", "f": "f"}


def picture(pixels: np.ndarray, **others: object) -> Picture:
    names = "LA" if pixels.shape[2] == 2 else "RGBA"
    kind = f"{names}{pixels.dtype.itemsize * 8}{LETTERS[pixels.dtype.kind]}"
    return Picture(Layout.of(kind, *pixels.shape[:2], "TIFF", **others), pixels)


def noise(height: int, width: int, channels: int, dtype: str, seed: int = 2) -> np.ndarray:
    """Make colours and opacities of the whole range, some of them nothing and some of them all."""
    rng = np.random.default_rng(seed)
    values = rng.random((height, width, channels))
    values[rng.random((height, width)) < 0.3, -1] = 0
    values[rng.random((height, width)) < 0.3, -1] = 1
    scaled = values * OPAQUE[dtype]
    return (np.rint(scaled) if dtype[0] == "u" else scaled).astype(dtype)


def brute_force(pixels: np.ndarray, weights: np.ndarray, opaque: float) -> tuple[np.ndarray, np.ndarray]:
    """Work out s sum(w a c) / sum(w a) and sum(w a) / s in float64, the border replicated."""
    values = pixels.astype(np.float64)
    alpha, total = values[..., -1], weights.sum()

    def sums(plane: np.ndarray) -> np.ndarray:
        return ndimage.convolve(plane, weights, mode="nearest")

    over = sums(alpha) / total
    light = np.dstack([sums(alpha * values[..., channel]) for channel in range(values.shape[2] - 1)])
    faintest = 0.5 if opaque > 1 else 1e-6
    with np.errstate(all="ignore"):
        return np.where(over[..., None] > faintest, light / over[..., None], 0), over


def assert_rounded_once(result: np.ndarray, values: np.ndarray) -> None:
    sure = np.abs(values - np.floor(values) - 0.5) >= 1e-3
    expected = np.clip(np.rint(values), 0, np.iinfo(result.dtype).max)
    assert_array_equal(result[sure], expected[sure])


@pytest.mark.parametrize("dtype", OPAQUE)
@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("spec", ["gaussian:1", "box:5", "sharpen", "unsharp:1,2", "2,4,2", "emboss"])
def test_against_brute_force(spec: str, channels: int, dtype: str) -> None:
    pixels = noise(15, 14, channels, dtype)
    weights, opaque = parse(spec).plane, OPAQUE[dtype]
    result, clipped = Convolve(parse(spec)).apply(picture(pixels))
    colours, over = brute_force(pixels, weights, opaque)
    assert result.dtype == dtype
    if dtype[0] == "f":
        assert_allclose(result[..., -1], over, atol=1e-6)
        sure = over > 1e-2  # a quotient of next to nothing has few digits
        assert_allclose(result[..., :-1][sure], colours[sure], rtol=1e-4, atol=1e-4)
        assert clipped == 0
        return
    faint = np.abs(over - 0.5) < 1e-3
    assert_rounded_once(result[..., -1], over)
    assert_rounded_once(result[..., :-1][~faint], colours[~faint])
    high = opaque + 0.5
    assert clipped == sum(((values < -0.5) | (values > high)).sum() for values in (colours, over))


@pytest.mark.parametrize("dtype", OPAQUE)
@pytest.mark.parametrize("spec", ["gaussian:1", "box:3", "disk:2.5"])
def test_opaque_red_beside_transparent_green_stays_red(spec: str, dtype: str) -> None:
    pixels = np.zeros((12, 12, 4), dtype)
    opaque = OPAQUE[dtype]
    pixels[:, :6] = (opaque, 0, 0, opaque)
    pixels[:, 6:] = (0, opaque, 0, 0)
    result, _ = Convolve(parse(spec)).apply(picture(pixels))
    visible = result[..., 3] > 1e-3
    assert visible[:, 6].all()
    assert_allclose(result[visible][:, 0], opaque, rtol=0 if dtype[0] == "u" else 1e-6)
    assert not result[visible][:, 1:3].any()


def test_limits_come_after_the_division() -> None:
    # A colour that is the same everywhere stays the same, however the opacity overshoots.
    pixels = np.zeros((1, 8, 4), np.uint8)
    pixels[..., :3] = (200, 100, 50)
    pixels[0, :, 3] = (255, 255, 255, 255, 60, 60, 60, 60)
    result, _ = Convolve(parse("-1,3,-1")).apply(picture(pixels))
    assert_array_equal(result[result[..., 3] > 0][:, :3], np.tile((200, 100, 50), (7, 1)))
    assert result[0, 3, 3] == 255


@pytest.mark.parametrize("spec", ["sobel-x", "laplacian", "dog:1,2"])
def test_derivatives_take_the_colours_alone(spec: str) -> None:
    pixels = noise(20, 21, 4, "u1")
    result, _ = Convolve(parse(spec)).apply(picture(pixels))
    opaque = pixels.copy()
    opaque[..., 3] = 255
    assert_array_equal(result[..., :3], Convolve(parse(spec)).apply(picture(opaque))[0][..., :3])
    assert_array_equal(result[..., 3], pixels[..., 3])


def test_a_derivative_of_transparency_if_asked_for() -> None:
    pixels = noise(9, 9, 2, "u1")
    result, _ = Convolve(parse("pair-x"), channels="rgba").apply(picture(pixels))
    values = np.diff(pixels.astype(int), axis=1, prepend=pixels[:, :1].astype(int))
    assert_array_equal(result, np.clip(values, 0, 255))


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_smoothed_colours_under_kept_transparency(dtype: str) -> None:
    pixels = noise(14, 15, 4, dtype)
    both, _ = Convolve(parse("gaussian:1")).apply(picture(pixels))
    kept, _ = Convolve(parse("gaussian:1"), channels="rgb").apply(picture(pixels))
    assert_array_equal(kept[..., :3], both[..., :3])
    assert_array_equal(kept[..., 3], pixels[..., 3])


def test_sharpened_colours_under_kept_transparency_are_taken_alone() -> None:
    pixels = noise(9, 10, 4, "u1")
    opaque = pixels.copy()
    opaque[..., 3] = 255
    result, _ = Convolve(parse("sharpen"), channels="rgb").apply(picture(pixels))
    assert_array_equal(result[..., :3], Convolve(parse("sharpen")).apply(picture(opaque))[0][..., :3])
    assert_array_equal(result[..., 3], pixels[..., 3])


def test_kept_transparency_is_cut_and_thinned() -> None:
    pixels = noise(14, 15, 4, "u1")
    setting = Setting(mode="valid", stride=(3, 2))
    result, _ = Convolve(parse("box:5"), setting, channels="rgb").apply(picture(pixels))
    assert_array_equal(result[..., 3], pixels[2:-2:3, 2:-2:2, 3])


@pytest.mark.parametrize("outside", ["1e90", "-0.1", "1/3", "1e-90"])
def test_any_constant_may_stand_outside_real_numbers(outside: str) -> None:
    pixels = np.ones((3, 3, 2))
    setting = Setting(boundary=f"constant:{outside}", mode="full")
    result, _ = Convolve(parse("1/2,1/2"), setting).apply(picture(pixels))
    value = float(outside) if "/" not in outside else 1 / 3
    assert_allclose(result[0, 0], [(1 + value) / 2, 1])


def test_gray_keeps_its_transparency() -> None:
    pixels = noise(9, 10, 4, "u1")
    work = Convolve(parse("box:3"), channels="gray")
    result, _ = work.apply(picture(pixels))
    assert work.result(picture(pixels).layout).channels == ("L", "A")
    assert_array_equal(result[..., 1], pixels[..., 3])
    luminance = pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722])
    mixed = np.dstack((luminance, pixels[..., 3]))
    colours, over = brute_force(mixed, parse("box:3").plane, 255)
    visible = over > 0.6
    assert_rounded_once(result[..., 0][visible], colours[..., 0][visible])


@pytest.mark.parametrize("spec", ["box:3", "sharpen", "3", "1/2,1/4"])
def test_opaque_pictures_stay_opaque(spec: str) -> None:
    for dtype, opaque in OPAQUE.items():
        pixels = noise(8, 9, 4, dtype)
        pixels[..., 3] = opaque
        result, clipped = Convolve(parse(spec)).apply(picture(pixels))
        assert (result[..., 3] == opaque).all()
        plain = Layout.of("RGB8", 8, 9, "PNG") if dtype == "u1" else None
        if plain is not None:
            colours = np.ascontiguousarray(pixels[..., :3])
            expected, count = Convolve(parse(spec)).apply(Picture(plain, colours))
            assert_array_equal(result[..., :3], expected)
            assert clipped == count


def test_a_single_weight_mixes_nothing() -> None:
    pixels = noise(9, 9, 4, "u1")
    for spec, shift in (("1", 0), ("0,0,1", 1)):
        result, _ = Convolve(parse(spec)).apply(picture(pixels))
        assert_array_equal(result[:, shift:], pixels[:, : 9 - shift])


def test_premultiplied_channels_are_filtered_as_they_are() -> None:
    pixels = noise(9, 9, 4, "f4")
    shining = picture(pixels, premultiplied=True)
    result, _ = Convolve(parse("gaussian:1")).apply(shining)
    for channel in range(4):
        plane = pixels[..., channel].astype(np.float64)
        assert_allclose(result[..., channel], ndimage.gaussian_filter(plane, 1, mode="nearest"), atol=1e-6)
    colours, _ = Convolve(parse("gaussian:1"), channels="rgb").apply(shining)
    assert_array_equal(colours[..., :3], result[..., :3])
    assert_array_equal(colours[..., 3], pixels[..., 3])


@given(
    seed=st.integers(0, 2**32),
    dtype=st.sampled_from(["u1", "u2"]),
    weights=st.lists(st.integers(0, 5), min_size=2, max_size=4).filter(any),
)
def test_a_colour_that_is_the_same_everywhere_stays(seed: int, dtype: str, weights: list[int]) -> None:
    pixels = noise(7, 6, 4, dtype, seed)
    colour = pixels[0, 0, :3].copy()
    pixels[..., :3] = colour
    kernel = Kernel("some", np.array([weights], float) / sum(weights))
    result, clipped = Convolve(kernel, Setting(boundary="zeros", mode="full")).apply(picture(pixels))
    visible = result[..., 3] > 0
    assert_array_equal(result[visible][:, :3], np.tile(colour, (visible.sum(), 1)))
    assert clipped == 0


@pytest.mark.parametrize("nan", ["propagate", "ignore"])
def test_what_is_hidden_may_be_anything(nan: str) -> None:
    pixels = noise(9, 9, 4, "f4")
    pixels[..., 3] = 1
    pixels[4, 4, 3] = 0
    plain, _ = Convolve(parse("box:3"), nan=nan).apply(picture(pixels))
    for hidden in (np.nan, np.inf, -np.inf, 1e38):
        pixels[4, 4, :3] = hidden
        assert_allclose(Convolve(parse("box:3"), nan=nan).apply(picture(pixels))[0], plain, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("spec", ["box:3", "sharpen", "sobel-x", "1e6"])
def test_no_number_is_too_large(spec: str, dtype: str) -> None:
    # Warnings are errors here.
    rng = np.random.default_rng(1)
    values = np.array([0, 1, -1, np.nan, np.inf, -np.inf, np.finfo(dtype).max, -np.finfo(dtype).max])
    pixels = rng.choice(values, (12, 13, 4)).astype(dtype)
    for channels in (None, "rgb", "gray", "A"):
        for nan in ("propagate", "ignore"):
            work = Convolve(parse(spec), channels=channels, nan=nan, bias=1)
            result, clipped = work.apply(picture(pixels))
            assert result.dtype == dtype
            assert clipped == 0
            for show in ("magnitude", "signed", "direction"):
                edges = Edge("sobel", show=show, channels="gray", nan=nan)
                assert edges.apply(picture(pixels))[0].dtype == dtype
            black_and_white = Edge("sobel", threshold="otsu", nan=nan).apply(picture(pixels))[0]
            assert set(np.unique(black_and_white[..., 0])) <= {0, 1}
