"""Missing samples: NaN that spreads as far as the kernel, or is passed over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from convcli.images import Convolve, Edge, Layout, Picture, Setting
from convcli.kernels import Kernel, parse


def picture(pixels: np.ndarray, names: str = "L", **others: object) -> Picture:
    kind = f"{names}{pixels.dtype.itemsize * 8}f"
    return Picture(Layout.of(kind, *pixels.shape[:2], "TIFF", **others), pixels)


def gaps(*shape: int, dtype: str = "f8", share: float = 0.3, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    pixels = rng.normal(5, 2, shape)
    pixels[rng.random(shape) < share] = np.nan
    return pixels.astype(dtype)


def brute_force(pixels: np.ndarray, weights: np.ndarray, outside: float | None) -> np.ndarray:
    """P sum(w x m) / sum(w m) for each sign by itself, window by window."""
    height, width = weights.shape
    above, left = height // 2, width // 2
    pad = ((above, height - 1 - above), (left, width - 1 - left))
    wide = np.pad(pixels, pad, "edge") if outside is None else np.pad(pixels, pad, constant_values=outside)
    turned = weights[::-1, ::-1]
    result = np.zeros(pixels.shape)
    for y, x in np.ndindex(*pixels.shape):
        window = wide[y : y + height, x : x + width]
        for sign in (1, -1):
            part = np.where(sign * turned > 0, sign * turned, 0)
            if not part.any():
                continue
            found = (part > 0) & ~np.isnan(window)
            if not found.any():
                result[y, x] = np.nan
                break
            result[y, x] += sign * part.sum() * (part[found] * window[found]).sum() / part[found].sum()
    return result


@pytest.mark.parametrize("boundary", ["replicate", "zeros", "constant:3"])
@pytest.mark.parametrize("spec", ["box:3", "gaussian:1", "sharpen", "sobel-x", "laplacian", "1,2;3,4"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_against_brute_force(dtype: str, spec: str, boundary: str) -> None:
    pixels = gaps(13, 12, dtype=dtype)
    outside = {"replicate": None, "zeros": 0.0, "constant:3": 3.0}[boundary]
    result, clipped = Convolve(parse(spec), Setting(boundary=boundary), nan="ignore").apply(picture(pixels))
    expected = brute_force(pixels.astype(np.float64), parse(spec).plane, outside)
    assert result.dtype == dtype
    assert_allclose(
        result, expected, rtol=1e-5 if dtype == "f4" else 1e-10, atol=1e-5 if dtype == "f4" else 1e-9
    )
    assert clipped == 0


@given(
    seed=st.integers(0, 2**32),
    share=st.sampled_from([0.1, 0.5, 0.9]),
    weights=st.lists(st.integers(-3, 3), min_size=1, max_size=5),
)
def test_any_weights(seed: int, share: float, weights: list[int]) -> None:
    pixels = gaps(1, 9, share=share, seed=seed)
    kernel = Kernel("some", np.array([weights], float))
    result, _ = Convolve(kernel, nan="ignore").apply(picture(pixels))
    assert_allclose(result, brute_force(pixels, kernel.plane, None), atol=1e-9)


def test_a_large_kernel_by_any_method() -> None:
    pixels = gaps(60, 50, share=0.7)
    expected = brute_force(pixels, parse("gaussian:3").plane, None)
    for method in ("auto", "fft", "separable"):
        result, _ = Convolve(parse("gaussian:3"), Setting(method=method), nan="ignore").apply(picture(pixels))
        assert_allclose(result, expected, rtol=1e-6)


def test_the_faintest_weight_finds_its_sample() -> None:
    pixels = np.full((25, 25), np.nan)
    pixels[0, 0] = 7
    result, _ = Convolve(parse("gaussian:3"), nan="ignore").apply(picture(pixels))
    assert_allclose(result[:13, :13], 7)
    assert np.isnan(result[13:]).all()
    assert np.isnan(result[:, 13:]).all()


def test_pictures_without_gaps_take_the_plain_way() -> None:
    pixels = gaps(20, 20, share=0, dtype="f4")
    for spec in ("gaussian:2", "sharpen"):
        plain = Convolve(parse(spec)).apply(picture(pixels))[0]
        assert_array_equal(Convolve(parse(spec), nan="ignore").apply(picture(pixels))[0], plain)


def test_nan_spreads_as_far_as_the_kernel_unless_it_is_ignored() -> None:
    pixels = np.ones((9, 9), np.float32)
    pixels[4, 4] = np.nan
    result, _ = Convolve(parse("box:3")).apply(picture(pixels))
    assert np.isnan(result[3:6, 3:6]).all()
    assert np.isnan(result).sum() == 9
    assert_allclose(Convolve(parse("box:3"), nan="ignore").apply(picture(pixels))[0], 1)


def test_bias_and_tables() -> None:
    pixels = gaps(6, 7)
    layout = Layout(("L",), pixels.dtype, 6, 7, "CSV", table=True)
    result, _ = Convolve(parse("box:3"), nan="ignore", bias=2).apply(Picture(layout, pixels))
    assert_allclose(result, brute_force(pixels, parse("box:3").plane, None) + 2)


def test_channels_miss_their_own_samples() -> None:
    pixels = gaps(8, 9, 3)
    result, _ = Convolve(parse("gaussian:1"), nan="ignore").apply(picture(pixels, "RGB"))
    for channel in range(3):
        assert_allclose(
            result[..., channel], brute_force(pixels[..., channel], parse("gaussian:1").plane, None)
        )


def test_a_gap_in_a_colour_leaves_it_what_it_is_around() -> None:
    pixels = np.zeros((9, 9, 4), np.float32)
    pixels[...] = (0.25, 0.5, 0.75, 0.4)
    pixels[:, 5:, 3] = 1.0
    pixels[4, 4, 1] = pixels[2, 6, 0] = np.nan
    result, _ = Convolve(parse("gaussian:1"), nan="ignore").apply(picture(pixels, "RGBA"))
    assert_allclose(result[..., :3], np.broadcast_to((0.25, 0.5, 0.75), (9, 9, 3)), rtol=1e-5)
    assert not np.isnan(result).any()


@pytest.mark.parametrize("show", ["magnitude", "absolute", "signed"])
def test_edges_pass_over_gaps(show: str) -> None:
    pixels = gaps(11, 12, share=0.15)
    parts = [brute_force(pixels, parse(f"sobel-{axis}").plane, None) / 4 for axis in "xy"]
    expected = {
        "magnitude": np.hypot(*parts),
        "absolute": np.abs(parts[0]) + np.abs(parts[1]),
        "signed": (parts[0] + parts[1]) / 2,
    }[show]
    result, _ = Edge("sobel", show=show, nan="ignore").apply(picture(pixels))
    assert_allclose(result, expected, atol=1e-9)
