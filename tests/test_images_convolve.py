"""Pictures and tables under any kernel: rounding at every depth, bias, clipping, channels, lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

from convcli.errors import ConvError, UsageError
from convcli.images import Convolve, Layout, Picture, Setting, Share
from convcli.kernels import Kernel, parse

DTYPES = ("u1", "u2", "i4", "f2", "f4", "f8")
LETTERS = {"u": "", "i": "i", "f": "f"}


def layout(pixels: np.ndarray, channels: str, **others: object) -> Layout:
    kind = f"{channels}{pixels.dtype.itemsize * 8}{LETTERS[pixels.dtype.kind]}"
    return Layout.of(kind, *pixels.shape[:2], "TIFF", **others)


def convolved(
    pixels: np.ndarray, names: str, spec: str, setting: Setting | None = None, **options: object
) -> tuple[np.ndarray, int]:
    work = Convolve(parse(spec), setting or Setting(), **options)
    given_layout = layout(pixels, names)
    result, clipped = work.apply(Picture(given_layout, pixels))
    made = work.result(given_layout)
    assert result.dtype == made.dtype
    assert result.shape[2:] == made.shape[2:]
    assert result.shape[:2] == work.plan(given_layout).output_shape[:2]
    return result, clipped


def noise(*shape: int, dtype: str = "u1", seed: int = 7) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if dtype[0] == "f":
        return rng.normal(0, 100, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)


def exact(pixels: np.ndarray, spec: str) -> np.ndarray:
    """Convolve every channel in float64, the border replicated."""
    weights = parse(spec).plane
    origin = [-1 if size % 2 == 0 else 0 for size in weights.shape]
    planes = np.atleast_3d(pixels).astype(np.float64)
    filtered = [
        ndimage.convolve(planes[..., channel], weights, mode="nearest", origin=origin)
        for channel in range(planes.shape[2])
    ]
    return np.dstack(filtered).reshape(pixels.shape)


def assert_rounded_once(result: np.ndarray, values: np.ndarray) -> None:
    """Check integers against what they are rounded and clipped from, but where that is as good as a tie."""
    limits = np.iinfo(result.dtype)
    sure = np.abs(values - np.floor(values) - 0.5) >= 1e-3
    expected = np.clip(np.rint(values), limits.min, limits.max)
    assert_array_equal(result[sure], expected[sure])


@pytest.mark.parametrize("channels", ["L", "RGB", "CMYK", "XYZUV"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "spec", ["gaussian:1.3", "sharpen", "unsharp:2,1.5", "emboss", "sobel-x", "1/3,1/5;1,-2"]
)
def test_every_depth_and_kind(spec: str, dtype: str, channels: str) -> None:
    pixels = noise(17, 14, len(channels), dtype=dtype)
    pixels = pixels[..., 0] if channels == "L" else pixels
    result, clipped = convolved(pixels, channels, spec)
    values = exact(pixels, spec)
    if pixels.dtype.kind == "f":
        # Errors of rounding grow with what is added up, not with what is left of it.
        tolerance = {"f2": 1e-3, "f4": 2e-6, "f8": 1e-14}[dtype] * exact(
            np.abs(pixels.astype(float)), "box:3"
        ).max()
        assert_allclose(result, values, atol=20 * tolerance, rtol=2e-3 if dtype == "f2" else 1e-6)
        assert clipped == 0
    elif dtype == "i4":
        limits = np.iinfo(np.int32)
        assert_allclose(result, np.clip(values, limits.min, limits.max), atol=0.51)
    else:
        assert_rounded_once(result, values)
        limits = np.iinfo(dtype)
        assert clipped == ((values > limits.max + 0.5) | (values < limits.min - 0.5)).sum()


@pytest.mark.parametrize("method", ["auto", "direct", "taps"])
def test_large_weights_that_cancel_are_added_exactly_enough(method: str) -> None:
    weights = np.random.default_rng(3).normal(0, 3, (15, 15))
    weights -= weights.mean()
    pixels = 200 + noise(60, 61) % 4
    values = ndimage.convolve(pixels.astype(np.float64), weights, mode="nearest") + 120
    work = Convolve(Kernel("some", weights), Setting(method=method), bias=120)
    result, clipped = work.apply(Picture(layout(pixels, "L"), pixels))
    assert_rounded_once(result, values)
    assert clipped == ((values > 255.5) | (values < -0.5)).sum() < 1000


def test_the_identity_changes_no_bit() -> None:
    for dtype in DTYPES:
        for channels in ("L", "RGB", "RGBA", "LA"):
            pixels = noise(9, 8, len(channels), dtype=dtype)
            pixels = pixels[..., 0] if channels == "L" else pixels
            if dtype[0] == "f":
                pixels.flat[3], pixels.flat[10], pixels.flat[12] = np.nan, np.inf, -0.0
            result, clipped = convolved(pixels, channels, "identity")
            assert_array_equal(result, pixels)
            assert clipped == 0


def test_bias_is_added_before_rounding() -> None:
    pixels = np.array([[0, 1, 2, 3, 200, 255]], np.uint8)
    result, clipped = convolved(pixels, "L", "0.5", bias=0.25)
    assert_array_equal(result, [[0, 1, 1, 2, 100, 128]])
    result, clipped = convolved(pixels, "L", "1", bias=100)
    assert_array_equal(result, [[100, 101, 102, 103, 255, 255]])
    assert clipped == 2
    result, clipped = convolved(pixels, "L", "1", bias=-1.5)
    assert_array_equal(result, [[0, 0, 0, 2, 198, 254]])  # 0.5 and 253.5 go to the even neighbour
    assert clipped == 1


def test_what_leaves_the_range_is_counted() -> None:
    pixels = np.array([[0, 127, 128, 200]], np.uint8)
    assert convolved(pixels, "L", "2")[1] == 2
    assert convolved(pixels, "L", "-1")[1] == 3
    assert convolved(pixels.astype(np.float32), "L", "-2e9")[1] == 0


def test_bias_as_a_share_of_the_range() -> None:
    for dtype, middle in (("u1", 128), ("u2", 32768), ("f4", 0.5)):
        flat = np.zeros((4, 4), dtype)
        assert (convolved(flat, "L", "sobel-x", bias=Share(0.5))[0] == middle).all()
    assert Convolve(parse("box"), bias=Share(0.5)).result(layout(np.zeros((4, 4), "u2"), "L")).dtype == "u2"


def test_bias_does_not_touch_transparency() -> None:
    pixels = noise(6, 6, 4)
    plain, _ = convolved(pixels, "RGBA", "box:3")
    lighter, _ = convolved(pixels, "RGBA", "box:3", bias=10)
    assert_array_equal(plain[..., 3], lighter[..., 3])
    assert_array_equal(np.minimum(plain[..., :3].astype(int) + 10, 255), lighter[..., :3])


# --- channels ------------------------------------------------------------------------------------


def test_one_channel_by_name_and_the_others_kept() -> None:
    pixels = noise(12, 13, 3)
    for name, position in (("R", 0), ("g", 1), ("B", 2)):
        result, _ = convolved(pixels, "RGB", "gaussian:2", channels=name)
        for channel in range(3):
            expected = pixels[..., channel]
            if channel == position:
                expected, _ = convolved(np.ascontiguousarray(expected), "L", "gaussian:2")
            assert_array_equal(result[..., channel], expected)


def test_kept_channels_follow_stride_and_cut() -> None:
    pixels = noise(20, 21, 3)
    result, _ = convolved(pixels, "RGB", "box:3", Setting(mode="valid", stride=(2, 3)), channels="B")
    assert_array_equal(result[..., 0], pixels[1:-1:2, 1:-1:3, 0])
    assert_array_equal(result[..., 2], convolved(pixels[..., 2], "L", "box:3")[0][1:-1:2, 1:-1:3])


def test_transparency_by_its_name() -> None:
    pixels = noise(9, 9, 4)
    result, _ = convolved(pixels, "RGBA", "box:3", channels="A")
    assert_array_equal(result[..., :3], pixels[..., :3])
    assert_array_equal(result[..., 3], convolved(np.ascontiguousarray(pixels[..., 3]), "L", "box:3")[0])


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_gray_is_the_luminance_rounded_once(dtype: str) -> None:
    pixels = noise(11, 12, 3, dtype=dtype)
    luminance = pixels.astype(np.float64) @ [0.2126, 0.7152, 0.0722]
    values = exact(luminance, "gaussian:1")
    result, _ = convolved(pixels, "RGB", "gaussian:1", channels="gray")
    assert result.shape == (11, 12)
    if dtype == "f4":
        assert_allclose(result, values, atol=1e-4)
    else:
        assert_rounded_once(result, values)


def test_gray_of_gray_is_itself() -> None:
    pixels = noise(8, 8, 2)
    pixels[..., 1] = 255
    result, _ = convolved(pixels, "LA", "box:3", channels="gray")
    assert_array_equal(result, convolved(pixels, "LA", "box:3")[0])


@pytest.mark.parametrize(
    ("channels", "choice", "message"),
    [
        ("RGB", "A", "--channels A: there is no such channel"),
        ("RGB", "depth", "--channels depth: there is no such channel"),
        ("CMYK", "gray", "C, M, Y, K have no luminance"),
        ("RG", "gray", "have no luminance"),
    ],
)
def test_channels_that_are_not_there(channels: str, choice: str, message: str) -> None:
    work = Convolve(parse("box"), channels=choice)
    with pytest.raises(UsageError, match=message) as raised:
        work.plan(layout(np.zeros((3, 3, len(channels)), np.uint8), channels))
    assert raised.value.hint


def test_names_that_differ_in_case_only() -> None:
    pixels = noise(5, 5, 2)
    named = Layout(("z", "Z"), np.dtype("u1"), 5, 5, "EXR")
    result, _ = Convolve(parse("box"), channels="Z").apply(Picture(named, pixels))
    assert_array_equal(result[..., 0], pixels[..., 0])
    assert (result[..., 1] != pixels[..., 1]).any()


# --- direction and centre ------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("correlate", [False, True])
@pytest.mark.parametrize("dilation", [1, 2])
def test_centres_are_scipys(size: int, *, correlate: bool, dilation: int) -> None:
    pixels = noise(1, 30, dtype="f8")
    weights = np.arange(1.0, size + 1)
    centres = (None, "lower", "upper") if size % 2 or dilation == 1 else ("lower", "upper")
    dense = np.zeros(dilation * (size - 1) + 1)
    dense[::dilation] = weights
    spec = ",".join(f"{weight:g}" for weight in weights)
    for centre in centres:
        upper = correlate if centre is None else centre == "upper"
        # scipy's own centre is len // 2; it counts the origin from there, turned round for a convolution.
        middle = dilation * (size // 2 if upper else (size - 1) // 2)
        origin = middle - dense.size // 2
        function = ndimage.correlate1d if correlate else ndimage.convolve1d
        expected = function(pixels[0], dense, mode="nearest", origin=origin)
        setting = Setting(correlate=correlate, centre=centre, dilation=(1, dilation))
        assert_allclose(convolved(pixels, "L", spec, setting)[0][0], expected)


@pytest.mark.parametrize("centre", [None, "lower", "upper"])
@pytest.mark.parametrize("correlate", [False, True])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 3)])
def test_kept_channels_stay_where_they_are(
    dilation: tuple[int, int], centre: str | None, *, correlate: bool
) -> None:
    pixels = noise(9, 9, 3)
    setting = Setting(correlate=correlate, centre=centre, dilation=dilation)
    assert_array_equal(
        convolved(pixels, "RGB", "box:4x2", setting, channels="R")[0][..., 1:], pixels[..., 1:]
    )


# --- tables --------------------------------------------------------------------------------------


def table(values: object, dtype: str = "i8", *, line: str | None = None) -> Picture:
    numbers = np.atleast_2d(np.asarray(values, dtype))
    return Picture(Layout(("L",), numbers.dtype, *numbers.shape, "CSV", table=True, line=line), numbers)


@given(
    numbers=st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=12),
    weights=st.lists(st.integers(-9, 9), min_size=1, max_size=4),
    bias=st.integers(-100, 100),
)
def test_whole_numbers_stay_whole(numbers: list[int], weights: list[int], bias: int) -> None:
    work = Convolve(parse(",".join(map(str, weights))), Setting(mode="full", boundary="zeros"), bias=bias)
    result, clipped = work.apply(table(numbers, line="row"))
    assert result.dtype == np.int64
    expected = [
        sum(numbers[n - j] * w for j, w in enumerate(weights) if 0 <= n - j < len(numbers)) + bias
        for n in range(len(numbers) + len(weights) - 1)
    ]
    assert result.tolist() == [expected]
    assert clipped == 0


@pytest.mark.parametrize("dtype", ["u1", "i2", "u4", "i8", "?"])
def test_whole_numbers_become_real_under_fractions(dtype: str) -> None:
    source = table([[1, 0, 1], [0, 1, 1]], dtype)
    work = Convolve(parse("box:3"))
    result, _ = work.apply(source)
    assert result.dtype == work.result(source.layout).dtype == np.float64
    assert_allclose(result, ndimage.uniform_filter(source.pixels.astype(float), 3, mode="nearest"))
    assert Convolve(parse("sharpen"), bias=0.5).result(source.layout).dtype == np.float64
    assert Convolve(parse("sharpen")).result(source.layout).dtype == np.int64
    halves = Convolve(parse("sharpen"), Setting(boundary="constant:1/2"))
    assert halves.result(source.layout).dtype == np.float64


def test_real_numbers_keep_their_precision() -> None:
    for dtype in ("f2", "f4", "f8"):
        assert Convolve(parse("sharpen")).apply(table([1, 2, 4], dtype))[0].dtype == dtype


def test_numbers_have_no_range_to_take_a_share_of() -> None:
    with pytest.raises(UsageError, match="--bias 50%: numbers of a table have no range"):
        Convolve(parse("box"), bias=Share(0.5)).plan(table([[1, 2], [3, 4]]).layout)


def test_whole_numbers_that_may_not_fit_are_refused() -> None:
    with pytest.raises(ConvError, match="64 bits"):
        Convolve(parse("2,2")).apply(table([2**61, 1], line="row"))
    assert Convolve(parse("1,1")).apply(table([2**61, 2**60], line="row"))[0][0, 1] == 2**61 + 2**60


def test_constants_outside_a_table_are_not_limited() -> None:
    work = Convolve(parse("1,1,1"), Setting(boundary="constant:-1000"))
    source = table([1, 2, 3], "u1", line="row")
    work.plan(source.layout)
    assert_array_equal(work.apply(source)[0], [[-997, 6, -995]])


def test_a_list_is_a_picture_whose_rows_are_all_alike() -> None:
    numbers = noise(1, 20, dtype="f8")
    line = Picture(Layout(("L",), numbers.dtype, 1, 20, "CSV", table=True, line="row"), numbers)
    rows = np.repeat(numbers, 9, axis=0)
    for spec in ("box:3", "gaussian:1", "disk:2", "motion:5,30"):
        result, _ = Convolve(parse(spec), rows_alike=True).apply(line)
        assert result.shape == (1, 20)
        assert_allclose(result[0], exact(rows, spec)[4], atol=1e-10)


def test_padding_stride_and_dilation_act_along_a_list() -> None:
    setting = Setting(mode=((2, 2), (1, 1)), stride=(2, 2), dilation=(3, 2), boundary="zeros")
    work = Convolve(parse("1;10"), setting)
    source = table([1, 2, 3, 4, 5], line="column")
    # Padded 0 1 2 3 4 5 0, weights 10 . 1 under the window, every second window.
    expected = [[0 * 10 + 2, 2 * 10 + 4, 4 * 10 + 0]]
    assert work.apply(source)[0].tolist() == expected
    assert work.plan(source.layout).output_shape == (1, 3)


def test_a_kernel_of_rows_and_columns_does_not_fit_a_list() -> None:
    with pytest.raises(UsageError, match="kernel sharpen of 3x3 does not fit a list of numbers"):
        Convolve(parse("sharpen")).plan(table([1, 2], line="row").layout)
