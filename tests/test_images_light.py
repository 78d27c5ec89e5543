"""Linear light: the curve of sRGB to the last step, and filters that use it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from convcli.errors import UsageError
from convcli.images import Convolve, Edge, Layout, Picture, Setting
from convcli.images.light import Curve
from convcli.kernels import parse

TOP = {"u1": 255, "u2": 65535}


def to_light(stored: np.ndarray) -> np.ndarray:
    """Apply IEC 61966-2-1 as written, 0 ... 1."""
    return np.where(stored <= 0.04045, stored / 12.92, (np.maximum(stored + 0.055, 0) / 1.055) ** 2.4)


def to_samples(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def noise(*shape: int, dtype: str = "u1") -> np.ndarray:
    return np.random.default_rng(4).integers(0, TOP[dtype], shape, dtype, endpoint=True)


def picture(pixels: np.ndarray, names: str) -> Picture:
    return Picture(Layout.of(f"{names}{pixels.dtype.itemsize * 8}", *pixels.shape[:2], "PNG"), pixels)


@pytest.mark.parametrize("dtype", TOP)
def test_every_sample_comes_back(dtype: str) -> None:
    samples = np.arange(TOP[dtype] + 1).astype(dtype)
    curve = Curve(np.dtype(dtype))
    light = curve.decode(samples)
    assert_allclose(light, to_light(samples / TOP[dtype]) * TOP[dtype], rtol=1e-6, atol=0)
    assert_array_equal(np.rint(curve.encode(light)), samples)


@given(light=st.lists(st.floats(-300, 600), min_size=1, max_size=50))
def test_eight_bits_are_rounded_as_the_formula(light: list[float]) -> None:
    values = np.array(light)
    expected = np.clip(np.rint(to_samples(values / 255) * 255), -1, 256)
    assert_array_equal(Curve(np.dtype("u1")).encode(values), expected)


def test_eight_bits_next_to_every_threshold() -> None:
    near = to_light((np.arange(255) + 0.5) / 255) * 255
    for steps in range(-3, 4):
        values = near + steps * np.spacing(near)
        expected = np.rint(to_samples(values / 255) * 255)
        assert_array_equal(Curve(np.dtype("u1")).encode(values), expected)
    grid = np.linspace(-2, 300, 100_001)
    expected = np.clip(np.rint(to_samples(grid / 255) * 255), -1, 256)
    assert_array_equal(Curve(np.dtype("u1")).encode(grid), expected)
    assert_array_equal(Curve(np.dtype("u1")).encode(grid.astype(np.float32)).dtype, np.float32)


@pytest.mark.parametrize("dtype", TOP)
@pytest.mark.parametrize("spec", ["gaussian:1.5", "box:4", "sharpen", "unsharp:1,1"])
@pytest.mark.parametrize("names", ["L", "RGB"])
def test_filters_of_light(names: str, spec: str, dtype: str) -> None:
    pixels = noise(16, 15, *((3,) if names == "RGB" else ()), dtype=dtype)
    result, clipped = Convolve(parse(spec), linear=True).apply(picture(pixels, names))
    light = np.atleast_3d(to_light(pixels / TOP[dtype]))
    weights = parse(spec).plane
    origin = [-1 if size % 2 == 0 else 0 for size in weights.shape]
    values = np.dstack(
        [
            ndimage.convolve(light[..., channel], weights, mode="nearest", origin=origin)
            for channel in range(light.shape[2])
        ]
    ).reshape(pixels.shape)
    exact = to_samples(values) * TOP[dtype]
    sure = np.abs(exact - np.floor(exact) - 0.5) >= 1e-3
    assert_array_equal(result[sure], np.clip(np.rint(exact), 0, TOP[dtype])[sure])
    assert clipped == ((exact < -0.5) | (exact > TOP[dtype] + 0.5)).sum()


def test_the_mean_of_black_and_white_is_light() -> None:
    pixels = np.tile(np.array([[0, 255]], np.uint8), (4, 4))
    result, _ = Convolve(parse("1/2,1/2"), Setting(boundary="circular"), linear=True).apply(
        picture(pixels, "L")
    )
    assert (result == 188).all()


@pytest.mark.parametrize("dtype", TOP)
def test_light_counts_by_opacity(dtype: str) -> None:
    top = TOP[dtype]
    pixels = np.zeros((1, 8, 4), dtype)
    pixels[:, :4], pixels[:, 4:] = (top, 0, 0, top), (0, top, 0, 0)
    result, _ = Convolve(parse("box:1x3"), linear=True).apply(picture(pixels, "RGBA"))
    assert_array_equal(result[0, :5, :3], np.tile((top, 0, 0), (5, 1)))
    assert_array_equal(result[0, :, 3], np.rint(np.array([3, 3, 3, 2, 1, 0, 0, 0]) * top / 3))


def test_a_constant_outside_is_a_sample_too() -> None:
    pixels = np.full((5, 5), 120, np.uint8)
    setting = Setting(boundary="constant:120")
    assert (Convolve(parse("box:3"), setting, linear=True).apply(picture(pixels, "L"))[0] == 120).all()


def test_a_constant_outside_of_kept_channels_is_as_it_is_stored() -> None:
    pixels = noise(5, 5, 3)
    setting = Setting(boundary="constant:120", mode="full")
    for work in (
        Convolve(parse("box:3"), setting, linear=True, channels="R"),
        Edge("sobel", setting=setting, linear=True, channels="R"),
    ):
        result, _ = work.apply(picture(pixels, "RGB"))
        assert (result[0, :, 1:] == 120).all()
        assert str(work.plan(picture(pixels, "RGB").layout).boundary) == "constant:120"


def test_gray_is_the_luminance_of_light() -> None:
    pixels = noise(9, 9, 3)
    result, _ = Convolve(parse("identity"), linear=True, channels="gray").apply(picture(pixels, "RGB"))
    exact = to_samples(to_light(pixels / 255) @ [0.2126, 0.7152, 0.0722]) * 255
    sure = np.abs(exact - np.floor(exact) - 0.5) >= 1e-3
    assert_array_equal(result[sure], np.rint(exact)[sure])


def test_edges_of_light_are_measured_in_light() -> None:
    pixels = np.array([[0, 0, 188, 188, 255]], np.uint8)
    result, clipped = Edge("pair", "x", linear=True).apply(picture(pixels, "L"))
    half = to_light(np.array(188 / 255))
    assert_array_equal(result, [[0, 0, round(half * 255), 0, round((1 - half) * 255)]])
    assert clipped == 0


def test_real_numbers_are_light_already() -> None:
    pixels = np.random.default_rng(0).random((6, 6)).astype(np.float32)
    layout = Layout.of("L32f", 6, 6, "TIFF")
    work = Convolve(parse("box:3"), linear=True)
    plain = Convolve(parse("box:3")).apply(Picture(layout, pixels))[0]
    assert_array_equal(work.apply(Picture(layout, pixels))[0], plain)
    assert work.notes(layout) == ("real numbers are linear light already: --linear changes nothing",)
    assert work.notes(Layout.of("L8", 6, 6, "PNG")) == () == Convolve(parse("box")).notes(layout)


@pytest.mark.parametrize(("kind", "table"), [("CMYK8", False), ("L32i", False), ("L8", True)])
def test_what_has_no_curve_is_refused(kind: str, *, table: bool) -> None:
    layout = Layout.of(kind, 4, 4, "TIFF", table=table)
    for work in (Convolve(parse("box"), linear=True), Edge(linear=True, channels="rgb")):
        if kind == "CMYK8" and isinstance(work, Edge):
            continue
        with pytest.raises(UsageError, match=r"--linear: a .* has no sRGB curve"):
            work.plan(layout)
