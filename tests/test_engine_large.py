"""Wide kernels, long dilations and absurd sizes: tiles, products and predictions that stay in proportion."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from convcli.engine import box, convolve, fft, layout, plan, tiles
from convcli.engine.constants import NANOSECONDS
from convcli.engine.geometry import AxisGeometry, resolve
from convcli.engine.passes import MatrixPass, ShiftPass, make_pass, products
from convcli.engine.scratch import Scratch
from convcli.errors import ConvError, ShapeError

SHAPE = (400, 600, 3)


def gaussian(sigma):
    at = np.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1)
    line = np.exp(-0.5 * (at / sigma) ** 2)
    return line / line.sum()


def axis_geometry(size, taps, *, stride=1, dilation=1):
    out = (size - dilation * (taps - 1) - 1) // stride + 1
    return AxisGeometry(0, size, taps, 0, 0, stride, dilation, out)


def read_for_each_output(made):
    read = [made.tile_shape[axis] for axis in range(len(made.tile_shape))]
    for g in made.geometry:
        read[g.axis] = g.span(read[g.axis])
    return math.prod(read) / math.prod(made.tile_shape)


# --- tiles


@pytest.mark.parametrize("sigma", [50, 80, 100, 300])
def test_tiles_under_wide_kernels_are_not_mostly_halo(sigma):
    kernel = np.outer(gaussian(sigma), gaussian(sigma))
    made = plan(SHAPE, np.uint8, kernel, axes=(0, 1), method="separable")
    whole = math.prod(1 + made.geometry[i].halo / SHAPE[i] for i in range(2))
    assert read_for_each_output(made) < 3 * whole
    assert tiles.count(made.output_shape, made.tile_shape) <= 12


def test_channels_that_stand_first_in_a_tile_are_cut_first():
    kernel = np.outer(gaussian(30), gaussian(30))
    made = plan(SHAPE, np.uint8, kernel, axes=(0, 1), method="separable")
    assert made.order == (2, 0, 1)
    assert made.tile_shape == (400, 600, 1)


def test_a_single_plane_takes_less_memory_for_transforms_than_many():
    geometry = (axis_geometry(3800, 801), axis_geometry(4800, 801))
    single, many = (fft.transform_shape(geometry, planes, 8) for planes in (1, 100))
    assert math.prod(single) < math.prod(many)


# --- passes


@pytest.mark.parametrize("taps", [17, 300, 801, 5000])
@pytest.mark.parametrize("shape", [(70,), (70, 90), (3, 70, 90)])
@pytest.mark.parametrize("axis", [0, -1])
def test_no_product_is_large_enough_for_threads_of_its_own(monkeypatch, taps, shape, axis):
    largest = []

    def spy(left, right, out):
        largest.append(left.shape[-2] * left.shape[-1] * right.shape[-1])
        out[...] = 0

    sizes = list(shape)
    sizes[axis] += taps - 1
    step = MatrixPass(np.ones(taps), axis_geometry(sizes[axis], taps), axis % len(shape), np.dtype(float))
    monkeypatch.setattr(np, "matmul", spy)
    step(np.zeros(sizes), Scratch())
    # OpenBLAS shares a product among threads above this many multiply-adds.
    assert max(largest) <= 1 << 18


@pytest.mark.parametrize("taps", [50, 60, 200])
@pytest.mark.parametrize("outputs", [16, 17, 40, 81])
@pytest.mark.parametrize("behind", [(), (90,)])
def test_single_precision_sums_are_as_short_as_their_bound_says(monkeypatch, taps, outputs, behind):
    depths = []

    def spy(left, right, out):
        # The band has at most as many rows as a block, and stands on either side.
        depths.append(left.shape[-1])
        out[...] = 0

    geometry = axis_geometry(taps + outputs - 1, taps)
    step = MatrixPass(np.ones(taps), geometry, 0, np.dtype(np.float32))
    monkeypatch.setattr(np, "matmul", spy)
    step(np.zeros((taps + outputs - 1, *behind), np.float32), Scratch())
    (widest, *_) = products(np.ones(taps), geometry, 4)
    assert 0 < max(depths) <= widest.shape[1] <= 64


@pytest.mark.parametrize("taps", [255, 256, 257, 801])
@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (3, 1), (1, 2)])
@pytest.mark.parametrize(("shape", "axis"), [((1700, 5), 0), ((2, 1700), 1), ((1700,), 0)])
def test_wide_windows_add_up_from_several_products(taps, stride, dilation, shape, axis):
    rng = np.random.default_rng(taps)
    x, weights = rng.normal(size=shape), rng.normal(size=taps)
    geometry = axis_geometry(1700, taps, stride=stride, dilation=dilation)
    step = make_pass(weights, geometry, axis, x.dtype)
    assert isinstance(step, MatrixPass)
    windows = np.lib.stride_tricks.sliding_window_view(x, geometry.extent, axis=axis)
    wanted = np.moveaxis(np.moveaxis(windows, axis, 0)[::stride, ..., ::dilation] @ weights, 0, axis)
    assert_allclose(step(x.copy(), Scratch()), wanted, atol=1e-11)


def test_bands_of_mostly_zeros_are_shifted_instead():
    for taps, dilation, kind in (
        (5, 1, MatrixPass),
        (3, 1, ShiftPass),
        (101, 1, MatrixPass),
        (101, 1000, ShiftPass),
    ):
        step = make_pass(np.ones(taps), axis_geometry(10**6, taps, dilation=dilation), 0, np.dtype(float))
        assert isinstance(step, kind)
    assert isinstance(make_pass(np.ones(9), axis_geometry(99, 9), 0, np.dtype(int)), ShiftPass)


# --- window sums


@pytest.mark.parametrize("axes", [(0, 1), (1, 2), (2, 0)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64])
def test_window_sums_in_strips_are_those_of_the_whole_tile(monkeypatch, axes, dtype):
    x = np.random.default_rng(0).integers(0, 256, (50, 40, 9)).astype(dtype)
    kernel, options = (
        np.full((21, 6), 1 / 126),
        {"axes": axes, "method": "box", "dilation": (1, 2), "stride": 2},
    )
    whole = convolve(x, kernel, **options)
    monkeypatch.setattr(box, "_WHOLE", 100)
    monkeypatch.setattr(box, "_STRIP", 5000)
    monkeypatch.setattr(box, "_RUN", 20)
    assert_array_equal(convolve(x, kernel, **options), whole)


def test_window_sums_of_a_large_tile_take_little_memory_beside_it():
    made = plan((1000, 1000, 3), np.uint8, np.ones((801, 801)), axes=(0, 1), method="box")
    summed = box.Box(
        1.0, made.geometry, (0, 1), work=made.work_dtype, out=made.output_dtype, values=made.values
    )
    tile, scratch = np.zeros((1800, 1800, 3), summed.tile_dtype), Scratch()
    tracemalloc.start()
    try:
        summed(tile, scratch)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Both passes' results are 5/6 of it; the doubled sums of whole tiles would be several times that.
    assert peak < 1.5 * tile.nbytes


# --- predictions


def test_a_kernel_wider_than_the_picture_costs_its_halo():
    kernel = np.outer(gaussian(100), gaussian(100))
    options = {"axes": (0, 1), "method": "separable", "workers": 1}
    small, large = (
        plan(shape, np.uint8, kernel, **options).predicted_seconds / math.prod(shape)
        for shape in ((400, 600), (6000, 8000))
    )
    assert 1.2 < small / large < 6


@pytest.mark.parametrize("sigma", [1, 10, 100])
def test_a_separable_plan_pays_for_every_multiply_add(sigma):
    kernel = np.outer(gaussian(sigma), gaussian(sigma))
    made = plan(SHAPE, np.uint8, kernel, axes=(0, 1), method="separable", workers=1)
    rows, columns = made.geometry
    tall, wide = made.tile_shape[:2]
    first = tall * columns.span(wide) * rows.span(32)
    second = tall * wide * columns.span(32)
    done = tiles.count(made.output_shape, made.tile_shape) * made.tile_shape[2] * (first + second)
    assert made.predicted_seconds > 1e-9 * NANOSECONDS[f"matrix{8 * made.work_dtype.itemsize}"] * done


def test_threads_left_idle_by_the_last_tiles_are_paid_for():
    kernel = np.outer(gaussian(30), gaussian(30))
    made = plan(SHAPE, np.uint8, kernel, axes=(0, 1), method="separable")
    [bill] = (candidate.bill for candidate in made.candidates if candidate.method == "separable")
    name = f"matrix{8 * made.work_dtype.itemsize}"
    one, two, three = (bill.counts(workers)[name] for workers in (1, 2, 3))
    # Three channels are three tiles: two threads need two rounds.
    assert two == pytest.approx(one * 2 / 3)
    assert three == pytest.approx(one / 3)


def test_small_tiles_pay_for_starting_operations():
    # 961 weights are 1922 operations of a microsecond, on 64 samples that cost next to nothing.
    made = plan((8, 8), np.uint8, np.ones((31, 31)), axes=(0, 1), method="taps")
    assert made.predicted_seconds > 0.0015


@pytest.mark.parametrize("sigma", [5, 100])
def test_a_blur_wider_than_the_picture_is_right(sigma):
    x = np.random.default_rng(0).integers(0, 256, (40, 30, 3), np.uint8)
    line = gaussian(sigma)
    radius = len(line) // 2
    padded = np.pad(x.astype(float), ((radius, radius), (radius, radius), (0, 0)), mode="edge")
    exact = np.apply_along_axis(np.convolve, 0, padded, line, "valid")
    exact = np.apply_along_axis(np.convolve, 1, exact, line, "valid")
    clear = np.abs(exact - np.floor(exact) - 0.5) > 1e-3
    for method in ("auto", "separable", "fft"):
        got = convolve(x, np.outer(line, line), axes=(0, 1), method=method)
        assert_array_equal(got[clear], np.rint(exact)[clear])


# --- absurd sizes

EDGE = np.outer([1, 0, -1.0], [1, 2, 1])
NOISE = np.random.default_rng(0).random((9, 9))


@pytest.mark.parametrize("kernel", [np.full((3, 3), 1 / 9), EDGE, NOISE])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"mode": ((99_999_999_999,) * 2,) * 2}, r"result of 2\d{11}x2\d{11}x3 samples: more than 1 TiB"),
        ({"mode": "full", "dilation": 99_999_999_999_999}, "more than 1 TiB"),
        ({"dilation": 99_999_999_999_999}, "more than 4 GiB"),
        ({"dilation": 100_000}, r"kernel reaching over \d+x\d+ samples: \d+x\d+x\d would .* more than 4 GiB"),
        ({"dilation": 50_000}, "more than 4 GiB"),
        ({"dilation": 10**300}, "axis of 400 samples .* beyond"),
        ({"mode": ((10**30,) * 2,) * 2, "stride": 10**29}, "axis of 400 samples .* beyond"),
    ],
)
def test_absurd_sizes_are_refused_before_anything_is_computed(kernel, options, words):
    with pytest.raises(ShapeError, match=words) as caught:
        plan(SHAPE, np.uint8, kernel, axes=(0, 1), **options)
    assert caught.value.hint
    with pytest.raises(ShapeError, match=words):
        convolve(np.zeros(SHAPE, np.uint8), kernel, axes=(0, 1), **options)


@pytest.mark.parametrize("method", ["taps", "box", "separable", "direct", "fft"])
def test_no_method_that_is_asked_for_gets_round_the_limit(method):
    with pytest.raises(ConvError, match="4 GiB"):
        plan(SHAPE, np.uint8, np.ones((3, 3)), axes=(0, 1), dilation=50_000, method=method)


def test_a_method_whose_tiles_fit_is_taken_before_a_cheaper_one(monkeypatch):
    kernel = np.outer(gaussian(60), gaussian(60))
    options = {"axes": (0, 1), "workers": 1}
    made = {m: plan(SHAPE, np.uint8, kernel, method=m, **options) for m in ("separable", "fft")}
    cheaper, other = sorted(made, key=lambda m: made[m].predicted_seconds)
    assert plan(SHAPE, np.uint8, kernel, **options).method == cheaper
    monkeypatch.setattr(layout, "fits", lambda tiled, work: bool(tiled.lengths) == (other == "fft"))
    assert plan(SHAPE, np.uint8, kernel, **options).method == other


def test_far_padding_at_a_long_stride_is_no_trouble():
    x = np.arange(12.0).reshape(3, 4)
    far = 10**15
    got = convolve(x, np.ones((3, 3)), axes=(0, 1), mode=((far, far),) * 2, stride=far)
    assert got.shape == (3, 3)
    assert (got[0, 0], got[2, 2]) == (0, 99)


def test_long_dilations_that_fit_are_computed():
    x = np.random.default_rng(0).integers(0, 256, (7, 6), np.uint8)
    got = convolve(x, EDGE / 4, axes=(0, 1), dilation=1000, out_dtype=float)
    # Every weight but the middle ones falls on the replicated border.
    above, below = x[0].astype(float), x[-1].astype(float)
    row = (below - above) / 4
    assert_allclose(got[3], row[0] + 2 * row + row[-1])


def test_rows_that_lie_next_to_each_other_are_one():
    # Starting an operation anew for each of 240 000 pixels would take 14 ms.
    made = plan(SHAPE, np.uint8, np.pad(np.eye(2), 7), axes=(0, 1), workers=1)
    assert (made.method, made.order) == ("taps", (0, 1, 2))
    assert made.predicted_seconds < 0.004


# --- running totals


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.uint32, np.int64])
@pytest.mark.parametrize("taps", [23, 24, 100])
@pytest.mark.parametrize(("shape", "axis"), [((3, 900), 1), ((4, 700, 3), 1), ((500, 2), 0)])
@pytest.mark.parametrize("stride", [1, 3])
def test_window_sums_survive_totals_that_wrap_around(dtype, taps, shape, axis, stride):
    low, high = (-327, 327) if np.dtype(dtype).kind == "i" else (500, 655)
    tile = np.random.default_rng(0).integers(low, high, shape).astype(dtype)
    # Whole lines add up to far more than 16 bits hold; windows do not.
    (g,) = resolve(shape, (taps,), axes=axis, mode="valid", stride=stride, dilation=1)
    got = box.window_sums(tile, g, axis, Scratch())
    windows = np.lib.stride_tricks.sliding_window_view(tile.astype(np.int64), taps, axis=axis)
    wanted = windows.sum(axis=-1)[(slice(None),) * axis + (slice(None, None, stride),)]
    assert_array_equal(got.astype(np.int64), wanted)


@pytest.mark.parametrize(
    ("x", "weight", "side"),
    [(np.zeros((310, 310), np.int64), 1 / 301**2, 301), (np.full((9, 9), 255, np.uint8), 1 / 70001, 3)],
)
def test_divisors_may_be_larger_than_any_sum(x, weight, side):
    assert_array_equal(
        convolve(x, np.full((side, side), weight), axes=(0, 1), method="box"), np.zeros(x.shape)
    )
