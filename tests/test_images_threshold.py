"""Edges as numbers, angles, and black and white."""

import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from convcli.errors import UsageError
from convcli.images import Edge, Layout, Picture, Setting
from convcli.images.otsu import threshold
from convcli.kernels import parse

LETTERS = {"u": "", "i": "i", "f": "f"}
DIRECTED = ("pair", "sobel", "prewitt", "scharr", "farid")


def picture(pixels: np.ndarray, names: str = "L", **others: object) -> Picture:
    kind = f"{names}{pixels.dtype.itemsize * 8}{LETTERS[pixels.dtype.kind]}"
    return Picture(Layout.of(kind, *pixels.shape[:2], "TIFF", **others), pixels)


def edges(given: Picture, *choices: str, **options: object) -> np.ndarray:
    work = Edge(*choices, **options)
    result, _ = work.apply(given)
    made = work.result(given.layout)
    assert (result.dtype, result.shape[2:]) == (made.dtype, made.shape[2:])
    assert result.shape[:2] == work.plan(given.layout).output_shape[:2]
    return result


def noise(*shape: int, dtype: str = "u1") -> np.ndarray:
    limits = np.iinfo(dtype)
    return np.random.default_rng(5).integers(limits.min, limits.max, shape, dtype, endpoint=True)


def slopes(plane: np.ndarray, operator: str) -> tuple[np.ndarray, np.ndarray]:
    """Differences to the right and downwards in float64."""
    kernels = [parse(f"{operator}-{axis}").plane for axis in "xy"]
    parts = []
    for weights in kernels:
        origin = [-1 if size % 2 == 0 else 0 for size in weights.shape]
        parts.append(ndimage.convolve(plane.astype(np.float64), weights, mode="nearest", origin=origin))
    return parts[0], parts[1]


# --- raw values ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dtype", "raw"), [("u1", "f4"), ("u2", "f4"), ("i4", "f8"), ("f2", "f2"), ("f4", "f4"), ("f8", "f8")]
)
@pytest.mark.parametrize("show", ["magnitude", "absolute", "signed"])
def test_raw_values_are_those_of_the_kernels(show: str, dtype: str, raw: str) -> None:
    pixels = noise(11, 12, dtype="u1").astype(dtype)
    x, y = slopes(pixels, "sobel")
    expected = {"magnitude": np.hypot(x, y), "absolute": abs(x) + abs(y), "signed": (x + y) / 2}[show]
    result = edges(picture(pixels), "sobel", show=show, raw=True)
    assert result.dtype == raw
    assert expected.max() > 255
    assert_allclose(result, expected, rtol=1e-3 if raw == "f2" else 1e-6, atol=1e-4)


@pytest.mark.parametrize(
    ("operator", "axis"), [("scharr", "x"), ("pair", "y"), ("laplacian", "both"), ("log", "both")]
)
def test_raw_values_of_one_kernel_keep_their_sign(operator: str, axis: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (9, 12), np.uint8)
    result = edges(picture(pixels), operator, axis, raw=True)
    assert result.min() < 0
    assert_array_equal(result, edges(picture(pixels), operator, axis, "signed", raw=True))
    length = edges(picture(pixels), operator, axis, "magnitude", raw=True)
    assert_array_equal(length, np.abs(result))
    # Black and white, and what is scaled to a picture, are of the length.
    assert_array_equal(edges(picture(pixels), operator, axis, raw=True, threshold=9) > 0, length > 9)
    scaled = edges(picture(pixels), operator, axis)
    assert_array_equal(scaled, edges(picture(pixels), operator, axis, "magnitude"))


def test_raw_values_keep_transparency_as_a_part_of_one() -> None:
    pixels = noise(7, 8, 4, dtype="u2")
    result = edges(picture(pixels, "RGBA"), "sobel", "x", "signed", raw=True)
    assert_allclose(result[..., 3], pixels[..., 3] / 65535, rtol=1e-6)
    assert_allclose(result[..., 1], slopes(pixels[..., 1], "sobel")[0])


def test_tables_are_real_and_keep_the_sign() -> None:
    numbers = np.array([[1, 5, 2]], np.uint8)
    for line in ("row", None):
        table = Picture(Layout(("L",), numbers.dtype, 1, 3, "CSV", table=True, line=line), numbers)
        result = edges(table, "pair", "x", "signed")
        assert result.dtype == np.float64
        assert_array_equal(result, [[0, 4, -3]])
        assert_array_equal(edges(table, "sobel", raw=True), [[16, 4, 12]])
    line = Picture(Layout(("L",), numbers.dtype, 1, 3, "CSV", table=True, line="row"), numbers)
    setting = Setting(mode="full", boundary="zeros")
    assert_array_equal(edges(line, "pair", "both", "absolute", setting), [[1, 4, 3, 2]])
    with pytest.raises(UsageError, match="--axis y: a list of numbers has no such direction"):
        Edge("pair", "y").plan(Layout(("L",), numbers.dtype, 1, 3, "CSV", table=True, line="row"))


# --- smoothing and luminance ---------------------------------------------------------------------


@pytest.mark.parametrize("operator", [*DIRECTED, "roberts", "laplacian"])
def test_smoothing_first(operator: str) -> None:
    pixels = np.random.default_rng(1).random((40, 41))
    smooth = ndimage.gaussian_filter(pixels, 1.5, mode="wrap", truncate=4)
    setting = Setting(boundary="circular")
    expected = edges(picture(smooth), operator, setting=setting, raw=True)
    result = edges(picture(pixels), operator, setting=setting, raw=True, sigma=1.5)
    assert_allclose(result, expected, atol=1e-12)


def test_a_smoothed_edge_still_fits_the_range() -> None:
    step = np.where(np.arange(40) < 20, 0, 255).astype(np.uint8) * np.ones((40, 1), np.uint8)
    for operator in DIRECTED:
        result, clipped = Edge(operator, "x", sigma=2).apply(picture(step))
        assert (result.max(), clipped) == (255, 0)
    assert Edge("sobel", sigma=2).kernel.name == "sobel of gaussian:2"
    assert Edge("log", sigma=50).kernel.sum == 0


def test_edges_of_the_luminance() -> None:
    pixels = noise(9, 10, 4)
    luminance = pixels[..., :3] @ np.array([0.2126, 0.7152, 0.0722])
    values = np.hypot(*slopes(luminance, "sobel")) / 4
    result = edges(picture(pixels, "RGBA"), "sobel", channels="gray")
    sure = np.abs(values - np.floor(values) - 0.5) >= 1e-3
    assert_array_equal(result[..., 0][sure], np.clip(np.rint(values), 0, 255)[sure])
    assert_array_equal(result[..., 1], pixels[..., 3])


def test_edges_of_one_channel() -> None:
    pixels = noise(9, 10, 3)
    result = edges(picture(pixels, "RGB"), "sobel", channels="G")
    assert_array_equal(result[..., ::2], pixels[..., ::2])
    assert_array_equal(result[..., 1], edges(picture(np.ascontiguousarray(pixels[..., 1])), "sobel"))


# --- directions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("operator", DIRECTED)
def test_degrees(operator: str) -> None:
    y, x = np.mgrid[:21, :21].astype(float)
    for angle in (0, 30, 90, 135, 180, -120, -45):
        radians = np.radians(angle)
        ramp = x * np.cos(radians) + y * np.sin(radians)
        result = edges(picture(ramp), operator, show="direction", raw=True)
        assert (result > -180).all()
        assert (result <= 180).all()
        assert_allclose((result[5:-5, 5:-5] - angle + 180) % 360, 180, atol=1e-9)


def test_degrees_have_one_name_for_every_direction() -> None:
    rng = np.random.default_rng(3)
    for pixels in (np.full((5, 5), 9.0), -np.zeros((5, 5)), rng.integers(0, 3, (30, 30)).astype(float)):
        result = edges(picture(pixels), show="direction", raw=True)
        assert (result > -180).all()
        assert (result <= 180).all()
        x, y = (np.round(part, 9) + 0.0 for part in slopes(pixels, "pair"))
        assert_allclose(result, np.degrees(np.arctan2(y, x)))
    # Brighter to the left: 180, whatever the sign of the zero downwards.
    assert (
        edges(picture(-np.mgrid[:3, :4][1].astype(float)), show="direction", raw=True)[:, 1:] == 180
    ).all()


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_a_circle_of_hues(dtype: str) -> None:
    top = {"u1": 255, "u2": 65535, "f4": 1.0}[dtype]
    rng = np.random.default_rng(0)
    shares = np.where(rng.random((8, 9, 1)) < 0.5, rng.integers(0, 2, (8, 9, 1)), rng.random((8, 9, 3)))
    pixels = (shares * top).astype(dtype)
    luminance = pixels @ np.array([0.2126, 0.7152, 0.0722])
    x, y = slopes(luminance, "pair")
    result, clipped = Edge("pair", show="direction").apply(picture(pixels, "RGB"))
    assert (result.shape, result.dtype) == ((8, 9, 3), dtype)
    beyond = (np.hypot(x, y) > top + 0.5).sum() if dtype != "f4" else 1
    assert beyond > 0
    assert clipped == (0 if dtype == "f4" else beyond)
    for at in np.ndindex(8, 9):
        hue = np.arctan2(y[at], x[at]) / (2 * np.pi) % 1
        value = np.hypot(y[at], x[at])
        value = value if dtype == "f4" else min(value, top)
        expected = np.array(colorsys.hsv_to_rgb(hue, 1, value))
        assert_allclose(result[at], expected, atol=0.51 if dtype != "f4" else 1e-5)


def test_red_is_brighter_to_the_right() -> None:
    pixels = np.tile((np.arange(8) * 30).astype(np.uint8), (6, 1))
    assert_array_equal(edges(picture(pixels), show="direction")[3, 3], [30, 0, 0])
    assert_array_equal(edges(picture(pixels.T.copy()), show="direction")[3, 3], [15, 30, 0])
    with_alpha = np.dstack((pixels, noise(6, 8)))
    result = edges(picture(with_alpha, "LA"), show="direction")
    assert result.shape == (6, 8, 4)
    assert_array_equal(result[..., 3], with_alpha[..., 1])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"operator": "laplacian"}, "the laplacian operator has no directions"),
        ({"operator": "roberts"}, "the roberts operator has no directions"),
        ({"axis": "x"}, "needs both axes"),
        ({"threshold": 3.0}, "--threshold does not apply to directions"),
        ({"channels": "R"}, "--show direction is of the luminance"),
    ],
)
def test_directions_that_make_no_sense(choices: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Edge(show="direction", **choices)


# --- thresholds ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "white"), [("u1", 255), ("u2", 65535), ("f4", 1), ("i4", 2**31 - 1)])
def test_white_is_above_the_threshold(dtype: str, white: float) -> None:
    pixels = noise(12, 13, dtype="u1").astype(dtype)
    values = np.hypot(*slopes(pixels, "sobel")) / 4
    for level in (0, 40, 100.5):
        result = edges(picture(pixels), "sobel", threshold=level)
        assert result.dtype == dtype
        sure = np.abs(values - level) > 1e-3
        assert_array_equal(result[sure], np.where(values > level, white, 0)[sure])


def test_thresholds_are_in_the_units_of_what_is_shown() -> None:
    pixels = noise(12, 13)
    signed = edges(picture(pixels), "pair", "x", "signed", threshold=127.75)
    assert_array_equal(signed > 0, slopes(pixels, "pair")[0] / 2 + 128 > 127.75)
    raw = edges(picture(pixels), "sobel", raw=True, threshold=400)
    assert raw.dtype == np.uint8
    assert_array_equal(raw > 0, np.hypot(*slopes(pixels, "sobel")) > 400)


def test_thresholds_are_of_the_luminance_and_keep_transparency() -> None:
    pixels = noise(9, 9, 4)
    result = edges(picture(pixels, "RGBA"), threshold=50)
    assert result.shape == (9, 9, 2)
    assert set(np.unique(result[..., 0])) == {0, 255}
    assert_array_equal(result[..., 1], pixels[..., 3])
    with pytest.raises(UsageError, match="--threshold is of the luminance"):
        Edge(threshold=5, channels="rgb")


def brute_force(values: np.ndarray, levels: np.ndarray) -> float:
    """Try every threshold in exact integers: (N S_n - n S)^2 / (n (N - n))."""
    number, whole = len(values), int(values.sum())
    best, found = (0, 1), None
    for level in levels:
        below = values[values <= level]
        n, part = len(below), int(below.sum())
        if n in (0, number):
            continue
        variance = ((number * part - n * whole) ** 2, n * (number - n))
        if variance[0] * best[1] > best[0] * variance[1]:
            best, found = variance, level
    assert found is not None
    return float(found)


@given(samples=st.lists(st.integers(0, 255), min_size=2, max_size=60).filter(lambda s: len(set(s)) > 1))
def test_otsus_threshold_is_the_best_of_all(samples: list[int]) -> None:
    values = np.array(samples, np.uint8)
    levels = np.unique(values)
    assert threshold(values) == brute_force(values.astype(int), levels)
    deep = values.astype(np.uint16) * 257
    assert threshold(deep) == brute_force(deep.astype(int), np.unique(deep))


def test_the_first_of_thresholds_that_part_equally_well() -> None:
    assert threshold(np.array([10, 20, 30], np.uint8)) == 10


@given(samples=st.lists(st.floats(-5, 9), min_size=2, max_size=40).filter(lambda s: max(s) - min(s) > 1e-3))
def test_otsus_threshold_of_real_numbers_in_256_steps(samples: list[float]) -> None:
    values = np.array(samples)
    ends = np.linspace(values.min(), values.max(), 257)[1:]
    steps = np.array([int((value > ends[:-1]).sum()) for value in values])
    assert threshold(values) == ends[int(brute_force(steps, np.unique(steps)))]


def test_otsus_threshold_of_real_numbers() -> None:
    rng = np.random.default_rng(2)
    values = np.concatenate((rng.normal(-3, 0.3, 400), rng.normal(5, 0.3, 200)))
    found = threshold(np.append(values, [np.nan, np.inf]).astype(np.float32))
    assert values[:400].max() < found < values[400:].min()


@pytest.mark.parametrize(
    "samples", [np.full(9, 7, np.uint8), np.full(3, 2.5), np.full(2, np.nan), np.zeros(0)]
)
def test_one_class_is_all_black(samples: np.ndarray) -> None:
    assert not (samples > threshold(samples)).any()


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("raw", [False, True])
def test_otsu_parts_the_edges(dtype: str, *, raw: bool) -> None:
    pixels = noise(20, 21, dtype="u1").astype(dtype)
    shown = edges(picture(pixels), "sobel", raw=raw)
    result = edges(picture(pixels), "sobel", raw=raw, threshold="otsu")
    assert result.dtype == dtype
    assert_array_equal(result > 0, shown > threshold(shown))
    assert set(np.unique(result)) == {0, {"u1": 255, "u2": 65535, "f4": 1}[dtype]}
