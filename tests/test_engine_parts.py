"""The engine's parts: boundaries, structure, plans, tiles, transforms, rounding, and non-finite values."""

from __future__ import annotations

import itertools
import time
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from convcli.arithmetic.boundary import Boundary, parse_boundary
from convcli.engine import boundary as boundaries
from convcli.engine import convolve, fft, plan, precision, rounding, structure, tiles
from convcli.engine import scratch as scratches
from convcli.engine.passes import weighted_sum
from convcli.engine.scratch import Scratch
from convcli.errors import ConvError

PAD = {
    "replicate": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "circular": "wrap",
    "zeros": "constant",
}


def gaussian(sigma):
    at = np.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1)
    line = np.exp(-0.5 * (at / sigma) ** 2)
    return line / line.sum()


# --- boundaries


@given(
    st.sampled_from(list(PAD)), st.integers(1, 7), st.integers(1, 5), st.integers(0, 20), st.integers(0, 20),
    st.integers(0, 12), st.integers(1, 12),
)  # fmt: skip
def test_gathered_boxes_are_cut_from_the_padded_array(name, height, width, before, after, start, length):
    x = np.arange(height * width).reshape(height, width)
    padded = np.pad(x, ((before, after), (after, before)), mode=PAD[name])
    rows = (start, min(start + length, padded.shape[0]))
    if rows[0] >= rows[1]:
        rows = (0, padded.shape[0])
    tile = np.empty((rows[1] - rows[0], padded.shape[1]))
    boundaries.gather(
        x, (rows[0] - before, -after), (rows[1] - before, width + before), parse_boundary(name), tile
    )
    assert_array_equal(tile, padded[slice(*rows)])


def test_names_aliases_and_constants():
    assert [parse_boundary(n).name for n in ("edge", "nearest", "wrap")] == [
        "replicate",
        "replicate",
        "circular",
    ]
    assert parse_boundary("constant:-1.5") == Boundary("constant", Fraction(-3, 2))
    assert str(parse_boundary("constant:2")) == "constant:2"
    with pytest.raises(ConvError) as caught:
        parse_boundary("mirror")
    assert "symmetric" in (caught.value.hint or "")


# --- structure


def analyse(kernel):
    return structure.analyse(np.asarray(kernel, float), correlate=True)


def test_structure_is_detected():
    box = analyse(np.full((3, 5), 0.2))
    assert box.constant == 0.2
    assert box.rank_one
    sobel = analyse(np.outer([1, 2, 1], [-1, 0, 1]))
    assert sobel.rank_one
    assert sobel.integer
    assert sobel.nonzero == 6
    assert (sobel.negative, sobel.positive, sobel.magnitude) == (-4, 4, 8)
    assert all((factor == np.rint(factor)).all() for factor in sobel.factors[0])
    nothing = analyse(np.zeros((3, 2)))
    assert (nothing.constant, nothing.nonzero, nothing.rank_one) == (0, 0, True)
    assert analyse(np.eye(5)).factors == ()
    wide = np.outer(gaussian(2), gaussian(2)) - np.outer(gaussian(1).repeat(2)[:17], np.ones(17))
    assert len(analyse(wide).factors) == 2


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 6), min_size=1, max_size=3))
def test_factors_multiply_to_the_kernel(seed, shape):
    rng = np.random.default_rng(seed)
    kernel = np.ones(())
    for size in shape:
        kernel = np.multiply.outer(kernel, rng.normal(size=size))
    (factors,) = analyse(kernel).factors
    product = np.ones(())
    for factor in factors:
        product = np.multiply.outer(product, factor)
    assert_allclose(product, kernel, rtol=1e-14)


def test_a_nearly_separable_kernel_is_not_taken_for_one():
    kernel = np.outer([1.0, 2, 1], [1.0, 2, 1])
    kernel[0, 0] += 1e-9
    assert not analyse(kernel).rank_one


def test_zeros_must_match_for_a_product():
    # The product of the tails, 1e-310, is as good as 0, but it would carry NaN where no weight stands.
    assert not analyse([[1.0, 1e-155], [1e-155, 0.0]]).rank_one


# --- sums


@given(
    st.lists(st.integers(-4, 4).filter(bool), min_size=1, max_size=9),
    st.sampled_from(["i2", "i8", "f4", "f8"]),
)
def test_weighted_sums_do_not_care_how_weights_are_grouped(weights, kind):
    dtype = np.dtype(kind)
    arrays = np.random.default_rng(len(weights)).integers(-99, 99, (len(weights), 5)).astype(dtype)
    before = arrays.copy()
    got = weighted_sum([(x, dtype.type(w)) for x, w in zip(arrays, weights, strict=True)], Scratch())
    assert_array_equal(got, np.array(weights) @ before.astype(np.int64))
    assert_array_equal(arrays, before)


# --- plans


@pytest.mark.parametrize(
    ("kernel", "method", "work"),
    [
        (np.full((3, 3), 1 / 9), "box", "uint16"),
        (np.full((31, 31), 1 / 961), "box", "uint32"),
        (np.outer([1, 2, 1], [-1, 0, 1]), "separable", "int16"),
        (np.outer(gaussian(2), gaussian(2)), "separable", "float32"),
        (np.outer(gaussian(10), gaussian(10)), "separable", "float32"),
        (np.random.default_rng(0).random((31, 31)), "fft", "float64"),
        (np.random.default_rng(0).dirichlet(np.ones(961)).reshape(31, 31), "fft", "float32"),
        (np.pad(np.eye(2), 7), "taps", "uint16"),
    ],
)
def test_the_cheapest_exact_method_is_planned(kernel, method, work):
    made = plan((3000, 4000, 3), np.uint8, kernel, axes=(0, 1))
    assert (made.method, made.work_dtype) == (method, np.dtype(work))


def test_a_plan_tells_what_convolve_does():
    made = plan((20, 30, 3), "uint8", np.ones((3, 4)) / 12, axes=(0, 1), stride=(2, 1), dilation=(1, 2))
    assert made.output_shape == (10, 30, 3)
    assert made.padding == ((1, 1), (3, 3))
    assert made.stride == (2, 1)
    assert made.dilation == (1, 2)
    assert made.halo == (2, 6)
    assert made.fft_shape is None
    assert made.output_dtype == np.uint8
    assert made.predicted_seconds > 0
    assert made.reason == "equal weights: window sums"
    assert str(made.boundary) == "replicate"
    forced = plan((20, 30, 3), "uint8", np.ones((3, 4)), axes=(0, 1), method="fft")
    assert forced.reason.startswith("asked for: ")
    assert forced.fft_shape is not None


def test_a_peak_allows_exact_long_integers():
    kernel = [1, 2, 1.0]
    assert plan((9,), "int64", kernel, axes=0, method="taps").work_dtype == np.float64
    assert plan((9,), "int64", kernel, axes=0, method="taps", peak=1000).work_dtype == np.int16


def test_a_complex_plan_names_the_complex_types():
    made = plan((9,), "complex64", [1, 2j], axes=0)
    assert (made.input_dtype, made.output_dtype, made.work_dtype) == ("complex64", "complex64", "float32")


@pytest.mark.parametrize("dtype", ["int32", "uint32", "int64"])
def test_long_integers_under_large_whole_kernels_stay_exact(dtype):
    rng = np.random.default_rng(0)
    kernel = rng.integers(-9, 9, (15, 15)).astype(float)
    made = plan((500, 500), dtype, kernel, axes=(0, 1), peak=2**40)
    assert made.work_dtype == np.int64
    assert made.method in ("taps", "direct")
    x = rng.integers(0, 2**31, (20, 20)).astype(dtype)
    got = convolve(x, kernel, axes=(0, 1), mode="valid", out_dtype="int64")
    windows = np.lib.stride_tricks.sliding_window_view(x.astype(np.int64), kernel.shape)
    assert_array_equal(got, (windows * np.flip(kernel).astype(np.int64)).sum(axis=(2, 3)))


def test_products_beyond_double_precision_are_shifted():
    line = np.array([2**13, 1, 1.0])
    made = plan((500, 500), "int32", np.outer(line, line), axes=(0, 1))
    assert (made.method in ("taps", "direct"), made.work_dtype) == (True, np.int64)


def test_wide_integers_and_floats_keep_their_precision():
    assert plan((99,), "uint16", gaussian(1), axes=0, method="taps").work_dtype == np.float64
    assert plan((99,), "float32", gaussian(9), axes=0, method="separable").work_dtype == np.float32


def test_ranges_include_a_constant_boundary():
    values = precision.input_range(np.dtype("uint8"), None, parse_boundary("constant:-300"))
    assert (values.low, values.high, values.whole) == (-300, 255, True)
    assert not precision.input_range(np.dtype("uint8"), None, parse_boundary("constant:0.5")).whole
    x = np.array([255], np.uint8)
    assert convolve(x, [1, 1, 1], axes=0, boundary="constant:-300", out_dtype="int16").tolist() == [-345]
    assert convolve(x, [1, 1, 1], axes=0, boundary="constant:0.5", out_dtype="float64").tolist() == [256.0]


# --- transforms


def test_fast_lengths_are_the_next_five_smooth_numbers():
    smooth = sorted({2**a * 3**b * 5**c for a, b, c in itertools.product(range(13), range(9), range(6))})
    for minimum in range(1, 4000):
        assert fft.next_fast_length(minimum) == next(n for n in smooth if n >= minimum)


# --- tiles and workers


@given(st.lists(st.integers(0, 9), min_size=1, max_size=3), st.data())
def test_regions_cover_the_output_once(outputs, data):
    tile = [data.draw(st.integers(1, 10)) for _ in outputs]
    seen = np.zeros(outputs, int)
    regions = list(tiles.regions(outputs, tile))
    for region in regions:
        seen[tuple(slice(*cut) for cut in region)] += 1
    assert (seen == 1).all()
    assert len(regions) == tiles.count(outputs, tile)


@pytest.mark.parametrize("kernel", ["box", "gaussian", "dense", "sparse"])
@pytest.mark.parametrize("method", ["auto", "taps", "direct", "fft"])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_tiles_and_workers_do_not_show(monkeypatch, kernel, method, dtype):
    rng = np.random.default_rng(0)
    x = (rng.random((67, 59, 3)) * 255).astype(dtype)
    weights = {
        # No weights that give exact ties, which the methods may round differently.
        "box": np.full((5, 5), 1 / 25),
        "gaussian": np.outer(gaussian(1.5), gaussian(1)),
        "dense": rng.random((5, 7)) / 17,
        "sparse": np.diag([0.4, 0, 0, 0, 0.6]),
    }[kernel]
    options = {"axes": (0, 1), "boundary": "reflect", "stride": (1, 2), "method": method}
    whole = convolve(x, weights, workers=1, **options)
    monkeypatch.setattr(tiles, "TILE_BYTES", 4096)
    monkeypatch.setattr(tiles, "_OVERLAP", 9.0)
    monkeypatch.setattr(fft, "transform_shape", lambda geometry, *_: tuple(g.extent + 8 for g in geometry))
    monkeypatch.setattr(fft, "BATCH", 1)
    made = plan(x.shape, x.dtype, weights, **options)
    assert tiles.count(made.output_shape, made.tile_shape) > 8
    cut = convolve(x, weights, workers=1, **options)
    if dtype == "uint8":
        assert_array_equal(cut, whole)
    else:
        assert_allclose(cut, whole, rtol=0, atol=2e-4)
    for workers in (2, 4, 7):
        assert convolve(x, weights, workers=workers, **options).tobytes() == cut.tobytes()


def test_large_tiles_on_many_workers_give_the_same_bytes():
    x = np.random.default_rng(0).random((700, 600)).astype(np.float32)
    for kernel in (np.outer(gaussian(3), gaussian(3)), np.random.default_rng(1).random((15, 15))):
        for method in ("separable", "direct", "fft") if kernel.shape[0] > 15 else ("direct", "fft"):
            one = convolve(x, kernel, axes=(0, 1), method=method, workers=1)
            assert convolve(x, kernel, axes=(0, 1), method=method, workers=4).tobytes() == one.tobytes()


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_every_tile_is_computed_once(workers):
    done = []
    tiles.run(lambda region, scratch: done.append(region), (9, 4), (2, 3), workers=workers)
    assert sorted(done) == list(tiles.regions((9, 4), (2, 3)))


def test_an_error_in_a_worker_is_raised():
    def fail(region, scratch):
        raise ConvError("boom")

    with pytest.raises(ConvError, match="boom"):
        tiles.run(fail, (10,), (1,), workers=3)


def test_an_error_stops_the_other_workers():
    done = []

    def work(region, scratch):
        if region[0][0] == 0:
            raise ConvError("boom")
        time.sleep(0.001)
        done.append(region)

    with pytest.raises(ConvError, match="boom"):
        tiles.run(work, (2000,), (1,), workers=2)
    assert len(done) < 500


def test_memory_is_that_of_tiles():
    x = np.zeros((2000, 3000), np.uint8)
    kernel = np.outer(gaussian(2), gaussian(2))
    tracemalloc.start()
    convolve(x, kernel, axes=(0, 1), workers=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < x.nbytes + 12 * tiles.TILE_BYTES


def test_scratch_lends_each_byte_to_one_array_at_a_time():
    scratch = Scratch()
    first, second = (scratch.take((4, 5), np.dtype(float)) for _ in range(2))
    assert not np.shares_memory(first, second)
    scratch.give(first[1:])
    assert np.shares_memory(scratch.take((3,), np.dtype("u1")), first)
    scratch.give(np.zeros(3))
    scratch.reset()
    again = [scratch.take((4, 5), np.dtype(float)) for _ in range(2)]
    assert all(np.shares_memory(lent, first) or np.shares_memory(lent, second) for lent in again)


# --- rounding


def test_ties_go_to_even_and_limits_hold():
    values = np.array([0.5, 1.5, 2.5, -0.5, 254.5, 255.5, 1e9, -1e9, np.nan])
    target = np.empty(9, np.uint8)
    rounding.store(values.copy(), target)
    assert target.tolist() == [0, 2, 2, 0, 254, 255, 255, 0, 0]
    long = np.empty(3, np.uint64)
    rounding.store(np.array([2.0**64, 2.0**63, -1.0]), long)
    assert long.tolist() == [2**64 - 1, 2**63, 0]
    single = np.empty(1, np.int32)
    rounding.store(np.array([2.0**31], np.float32), single)
    assert single.tolist() == [2**31 - 1]


# --- window sums


def test_sums_that_just_fill_a_type_widen_in_time():
    x = np.ones((128, 256, 2), bool)
    assert convolve(x, -np.ones(x.shape), axes=(0, 1, 2), mode="valid").item() == -(2**16)


# --- non-finite values


@pytest.mark.parametrize("method", ["auto", "taps", "separable", "direct", "fft"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["product", "holes", "box"])
def test_non_finite_values_stay_in_the_window(method, bad, kind):
    rng = np.random.default_rng(0)
    kernel = {
        "product": np.outer([1, -2, 0, 3, 1.5], [0.5, 0, 1, 2.0]),
        "holes": rng.normal(size=(5, 4)) * (rng.random((5, 4)) < 0.6),
        "box": np.full((5, 4), 0.05),
    }[kind]
    if kind == "holes" and method == "separable":
        method = "direct"
    x = rng.normal(size=(30, 31))
    x[8, 9] = bad
    x[9, 10] = np.inf
    options = {"axes": (0, 1), "boundary": "circular"}
    got = convolve(x, kernel, method=method, **options)
    wanted = convolve(x, kernel, method="taps", **options)
    reached = convolve((~np.isfinite(x)).astype(int), (kernel != 0).astype(int), **options) > 0
    assert_array_equal(~np.isfinite(got), reached)
    assert_allclose(got, wanted, atol=1e-12)


@pytest.mark.parametrize("method", ["separable", "direct", "fft"])
def test_large_finite_values_overflow_only_where_they_must(method):
    x = np.ones((20, 20))
    x[5, 5] = 1.5e308
    kernel = np.outer([0.5, 1, 1, 1, 0.25], [1, 1, 1, 1, 1.0])
    got = convolve(x, kernel, axes=(0, 1), method=method)
    wanted = convolve(x, kernel, axes=(0, 1), method="taps")
    assert_array_equal(np.isfinite(got), np.isfinite(wanted))
    # A transform's error is relative to the largest value in the tile.
    assert_allclose(got, wanted, rtol=1e-13, atol=1e294 if method == "fft" else 0)
    assert np.isfinite(got[12:, 12:]).all()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_checkpoint_ends_the_work(workers):
    seen = []

    def check(begun, total):
        seen.append((begun, total))
        if len(seen) >= 3:
            raise KeyboardInterrupt

    x = np.zeros((4000, 4000), np.uint8)
    token = tiles.checkpoint.set(check)
    try:
        with pytest.raises(KeyboardInterrupt):
            convolve(x, np.ones((3, 3)), axes=(0, 1), workers=workers)
    finally:
        tiles.checkpoint.reset(token)
    tile = plan(x.shape, x.dtype, np.ones((3, 3)), axes=(0, 1)).tile_shape
    assert 3 <= len(seen) <= 3 + workers
    assert sorted(begun for begun, _ in seen) == list(range(len(seen)))
    assert {total for _, total in seen} == {tiles.count((4000, 4000), tile)}
    assert convolve(x, np.ones((3, 3)), axes=(0, 1), workers=workers).shape == x.shape


def test_memory_is_kept_for_the_next_convolution_but_not_without_limit(monkeypatch):
    monkeypatch.setattr(scratches, "_idle", [])
    with scratches.borrowed() as first:
        small = first.take((1000,), np.dtype(np.uint8))
    with scratches.borrowed() as again:
        assert again is first
        assert np.shares_memory(again.take((999,), np.dtype(np.uint8)), small)
        with scratches.borrowed() as other:
            assert other is not first
            other.take((scratches._KEPT + 1,), np.dtype(np.uint8))
    with scratches.borrowed() as last:
        assert last is first
        with scratches.borrowed() as new:
            assert new is not other
