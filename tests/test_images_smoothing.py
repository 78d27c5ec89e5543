"""Blurred pixels against exact arithmetic: rounding, borders, transparency."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import ndimage

from convcli.engine import convolve
from convcli.errors import ConvError, ShapeError, UsageError
from convcli.images import Convolve, Layout, Picture, Setting, formats
from convcli.kernels import parse

KINDS = {mode: kind for kind, mode in formats.MODES.items()}


SCIPY = {"replicate": "nearest", "reflect": "mirror", "symmetric": "reflect", "circular": "wrap"}


def picture(pixels: np.ndarray, mode: str) -> Picture:
    return Picture(Layout.of(KINDS[mode], *pixels.shape[:2], "PNG"), pixels)


def blurred(pixels: np.ndarray, mode: str, spec: str, **setting: object) -> np.ndarray:
    result, clipped = Convolve(parse(spec), Setting(**setting)).apply(picture(pixels, mode))
    assert clipped == 0
    return result


def noise(*shape: int, dtype: type = np.uint8, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)


def near_a_tie(exact: np.ndarray) -> np.ndarray:
    return np.abs(exact - np.floor(exact) - 0.5) < 1e-3


@pytest.mark.parametrize("boundary", SCIPY)
@pytest.mark.parametrize(
    "spec", ["box:3", "box:4x7", "gaussian:1", "gaussian:2x5", "triangle:5", "disk:3", "motion:9,30"]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_equals_the_exact_result_rounded_once(spec: str, boundary: str, dtype: type) -> None:
    pixels = noise(33, 29, dtype=dtype)
    # scipy puts the centre of an even kernel one sample further on.
    weights = parse(spec).array
    origin = [-1 if size % 2 == 0 else 0 for size in weights.shape]
    exact = ndimage.convolve(pixels.astype(float), weights, mode=SCIPY[boundary], origin=origin)
    result = blurred(pixels, "I;16" if dtype == np.uint16 else "L", spec, boundary=boundary)
    assert result.dtype == dtype
    differs = result != np.rint(exact)
    assert not (differs & ~near_a_tie(exact)).any()


def test_every_channel_by_itself() -> None:
    pixels = noise(20, 21, 3)
    result = blurred(pixels, "RGB", "gaussian:1.5")
    for channel in range(3):
        assert_array_equal(result[..., channel], blurred(pixels[..., channel], "L", "gaussian:1.5"))


def test_cmyk_has_no_transparency() -> None:
    pixels = noise(9, 9, 4)
    result = blurred(pixels, "CMYK", "box:3")
    assert_array_equal(result[..., 3], blurred(pixels[..., 3], "L", "box:3"))


def test_real_numbers_are_not_rounded() -> None:
    pixels = np.random.default_rng(0).normal(0, 1e-3, (9, 8)).astype(np.float32)
    result = blurred(pixels, "F", "box:3")
    assert result.dtype == np.float32
    exact = ndimage.uniform_filter(pixels.astype(float), 3, mode="nearest")
    np.testing.assert_allclose(result, exact, rtol=1e-5, atol=1e-9)


# --- transparency --------------------------------------------------------------------------------


@pytest.mark.parametrize("sigma", ["0.6", "1", "4"])
def test_transparent_pixels_lend_no_colour(sigma: str) -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:, :8] = (255, 0, 0, 255)
    pixels[:, 8:] = (0, 255, 0, 0)
    result = blurred(pixels, "RGBA", f"gaussian:{sigma}")
    visible = result[..., 3] > 0
    assert visible[:, 8].all()
    assert_array_equal(np.unique(result[visible][:, :3], axis=0), [[255, 0, 0]])
    alpha = blurred(pixels[..., 3], "L", f"gaussian:{sigma}")
    assert_array_equal(result[..., 3], alpha)


def exact_mean(colour: np.ndarray, alpha: np.ndarray, y: int, x: int) -> tuple[Fraction, Fraction]:
    """Work out 3x3 box means of colour (weighted by alpha) and of alpha, with replicated borders."""
    rows = np.clip([y - 1, y, y + 1], 0, colour.shape[0] - 1)
    columns = np.clip([x - 1, x, x + 1], 0, colour.shape[1] - 1)
    c, a = colour[np.ix_(rows, columns)].astype(int), alpha[np.ix_(rows, columns)].astype(int)
    total = int(a.sum())
    return Fraction(int((c * a).sum()), total or 1), Fraction(total, 9)


@given(seed=st.integers(0, 2**32), holes=st.sampled_from([0.1, 0.5, 0.9]))
def test_colours_are_weighted_by_their_opacity(seed: int, holes: float) -> None:
    rng = np.random.default_rng(seed)
    pixels = noise(6, 5, 2, seed=seed)
    pixels[rng.random((6, 5)) < holes, 1] = rng.choice([0, 255])
    result = blurred(pixels, "LA", "box:3")
    for y, x in np.ndindex(6, 5):
        colour, alpha = exact_mean(pixels[..., 0], pixels[..., 1], y, x)
        assert abs(result[y, x, 1] - alpha) <= Fraction(1, 2)
        if alpha > Fraction(1, 2):
            assert abs(result[y, x, 0] - colour) <= Fraction(1, 2) + Fraction(1, 1000)
        else:
            assert result[y, x, 0] == 0


@pytest.mark.parametrize("boundary", ["replicate", "zeros", "constant:40", "circular"])
@pytest.mark.parametrize("spec", ["box:2x3", "gaussian:1.3", "disk:2.5"])
def test_opaque_places_equal_the_picture_without_transparency(spec: str, boundary: str) -> None:
    pixels = noise(40, 40, 4)
    pixels[..., 3] = 255
    plain = blurred(pixels[..., :3], "RGB", spec, boundary=boundary)
    inside = (slice(6, -6), slice(6, -6)) if boundary == "zeros" else (slice(None), slice(None))
    # Computed in other types, they may round differently where the exact value is as good as a tie.
    weights = parse(spec).array
    values = pixels[..., :3].astype(np.float64)
    exact = convolve(values, weights, axes=(0, 1), boundary=boundary, method="taps")
    sure = ~near_a_tie(exact)
    coloured = blurred(pixels, "RGBA", spec, boundary=boundary)[..., :3]
    assert_array_equal(coloured[inside][sure[inside]], plain[inside][sure[inside]])
    pixels[5, 5] = (9, 9, 9, 0)
    result = blurred(pixels, "RGBA", spec, boundary=boundary)
    far = (slice(16, -6), slice(16, -6))
    assert_array_equal(result[far][..., :3][sure[far]], plain[far][sure[far]])
    assert (result[far][..., 3] == 255).all()


def test_a_border_of_zeros_is_transparent_where_there_is_transparency_else_black() -> None:
    pixels = np.full((9, 9, 4), 200, np.uint8)
    pixels[..., 3] = 255
    result = blurred(pixels, "RGBA", "box:3", boundary="zeros")
    assert (result[..., :3] == 200).all()
    assert result[0, 0, 3] == round(255 * 4 / 9)
    assert blurred(pixels[..., :3], "RGB", "box:3", boundary="zeros")[0, 0, 0] == round(200 * 4 / 9)


def test_a_constant_border_is_opaque() -> None:
    pixels = np.zeros((5, 5, 2), np.uint8)
    result = blurred(pixels, "LA", "box:3", boundary="constant:90")
    assert_array_equal(result[0, 0], [90, round(255 * 5 / 9)])
    assert_array_equal(result[2, 2], [0, 0])


# --- geometry ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["same", "valid", "full", ((1, 1), (4, 4))])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
@pytest.mark.parametrize("dilation", [(1, 1), (3, 2)])
def test_the_plan_tells_the_shape(mode: object, stride: tuple[int, int], dilation: tuple[int, int]) -> None:
    pixels = noise(23, 24, 4)
    blur = Convolve(parse("box:3x4"), Setting(mode=mode, stride=stride, dilation=dilation))
    result, _ = blur.apply(picture(pixels, "RGBA"))
    plan = blur.plan(Layout.of("RGBA8", 23, 24, "PNG"))
    assert result.shape == plan.output_shape
    # Transparency goes the same way as the colours.
    alone, _ = blur.apply(picture(np.ascontiguousarray(pixels[..., 3]), "L"))
    assert_array_equal(result[..., 3], alone)


def test_the_result_does_not_depend_on_the_method_or_the_threads() -> None:
    pixels = noise(64, 50, 3)
    results = [
        blurred(pixels, "RGB", "box:5", method=method, workers=workers)
        for method in ("auto", "box", "separable", "direct", "taps", "fft")
        for workers in (1, 3)
    ]
    for result in results[1:]:
        assert_array_equal(result, results[0])


def test_requests_that_cannot_be_met() -> None:
    layout = Layout.of("L8", 9, 9, "PNG")
    with pytest.raises(ShapeError):
        Convolve(parse("box:10"), Setting(mode="valid")).plan(layout)
    with pytest.raises(UsageError, match="constant:300: not from 0 to 255"):
        Convolve(parse("box"), Setting(boundary="constant:300")).plan(layout)
    with pytest.raises(UsageError, match="not from 0 to 65535"):
        Convolve(parse("box"), Setting(boundary="constant:-1")).plan(Layout.of("L16", 9, 9, "PNG"))
    Convolve(parse("box"), Setting(boundary="constant:-1")).plan(Layout.of("L32f", 9, 9, "TIFF"))
    with pytest.raises(UsageError, match="mirror"):
        Setting(boundary="mirror")
    with pytest.raises(ConvError, match="box"):
        Convolve(parse("gaussian"), Setting(method="box")).plan(layout)
