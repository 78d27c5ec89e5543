"""Layers on tensors against plain loops, SciPy, and numbers that PyTorch printed."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import signal

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary, parse_boundary
from convcli.engine import layers, tiles
from convcli.engine.layers import lattice, numbers, planning, products
from convcli.errors import ConvError, ShapeError, UsageError

METHODS = ("shifted", "gathered", "single")

# What numpy.pad calls the rules.
PADS = {"replicate": "edge", "reflect": "reflect", "symmetric": "symmetric", "circular": "wrap"}

ZEROS = Boundary("zeros")


# --- plain loops ---------------------------------------------------------------------------------


def padded(x, axes, boundary):
    """The input with all that windows of these axes read around it."""
    ends = [
        (a.before, max((a.output - 1) * a.stride + a.dilation * (a.kernel - 1) + 1 - a.size - a.before, 0))
        for a in axes
    ]
    amounts = [(0, 0), (0, 0), *ends]
    if boundary.constant:
        return np.pad(x, amounts, constant_values=boundary.number)
    return np.pad(x, amounts, mode=PADS[boundary.name])


def window(at, axes):
    """Index of the samples that one output reads."""
    first = [u * a.stride for u, a in zip(at, axes, strict=True)]
    return (
        slice(None),
        slice(None),
        *(
            slice(f, f + a.dilation * (a.kernel - 1) + 1, a.dilation)
            for f, a in zip(first, axes, strict=True)
        ),
    )


def loop_convolve(x, w, b, axes, groups, boundary, correlate):
    wide = padded(x, axes, boundary)
    if not correlate:
        w = np.flip(w, tuple(range(2, w.ndim)))
    outputs, inner = w.shape[:2]
    y = np.zeros((len(x), outputs, *(a.output for a in axes)), np.result_type(x, w))
    for at in np.ndindex(*y.shape[2:]):
        seen = wide[window(at, axes)]
        for m in range(outputs):
            first = m // (outputs // groups) * inner
            y[(slice(None), m, *at)] = (seen[:, first : first + inner] * w[m]).sum(tuple(range(1, x.ndim)))
    return y if b is None else y + b.reshape(-1, *(1,) * len(axes))


def loop_transpose(x, w, b, axes, groups, correlate):
    if not correlate:
        w = np.flip(w, tuple(range(2, w.ndim)))
    channels, outputs = w.shape[:2]
    y = np.zeros((len(x), outputs * groups, *(a.output for a in axes)), np.result_type(x, w))
    for at in np.ndindex(*x.shape[2:]):
        for tap in np.ndindex(*w.shape[2:]):
            to = tuple(
                i * a.stride - a.before + t * a.dilation for i, t, a in zip(at, tap, axes, strict=True)
            )
            if not all(0 <= u < a.output for u, a in zip(to, axes, strict=True)):
                continue
            for c in range(channels):
                first = c // (channels // groups) * outputs
                painted = x[(slice(None), c, *at)][:, None] * w[(c, slice(None), *tap)]
                y[(slice(None), slice(first, first + outputs), *to)] += painted
    return y if b is None else y + b.reshape(-1, *(1,) * len(axes))


def loop_pool(x, how, axes, count_padding):
    y = np.zeros((*x.shape[:2], *(a.output for a in axes)), x.dtype if how == "max" else np.float64)
    for at in np.ndindex(*y.shape[2:]):
        inside, counted = [], 0
        for tap in itertools.product(*(range(a.kernel) for a in axes)):
            place = [u * a.stride - a.before + t * a.dilation for u, t, a in zip(at, tap, axes, strict=True)]
            within = all(0 <= p < a.size for p, a in zip(place, axes, strict=True))
            near = all(-a.before <= p < a.size + a.after for p, a in zip(place, axes, strict=True))
            counted += near if count_padding else within
            if within:
                inside.append(x[(slice(None), slice(None), *place)])
        into = (slice(None), slice(None), *at)
        if how == "max":
            least = -math.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
            y[into] = np.max(inside, axis=0) if inside else least
        elif inside:
            y[into] = np.sum(inside, axis=0) / counted
    return y


# --- random layers -------------------------------------------------------------------------------


class Draw:
    """Layers that follow from a seed; samples and weights are small whole numbers, whose sums are exact."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def number(self, low: int, high: int) -> int:
        return int(self.random.integers(low, high + 1))

    def one(self, items: Any) -> Any:
        return items[self.number(0, len(items) - 1)]

    def axes(self, *, transposed: bool = False, ceil: bool = False) -> tuple[Axis, ...]:
        count = self.one((1, 1, 2, 2, 2, 3))
        while True:
            axes = tuple(self._axis(count, transposed, ceil) for _ in range(count))
            try:
                if math.prod(axis.output for axis in axes) <= 150:
                    return axes
            except (ShapeError, UsageError):
                continue

    def _axis(self, count: int, transposed: bool, ceil: bool) -> Axis:
        stride, dilation = self.one((1, 1, 1, 2, 3)), self.one((1, 1, 1, 2, 3))
        return Axis(
            size=self.number(1, (12, 7, 4)[count - 1]),
            kernel=self.number(1, (6, 4, 3)[count - 1]),
            stride=stride,
            dilation=dilation,
            before=self.number(-2 if transposed else 0, 4),
            after=self.number(-2 if transposed else 0, 4),
            output_padding=self.number(0, max(stride, dilation) - 1) if transposed else 0,
            transposed=transposed,
            ceil=ceil and bool(self.number(0, 1)),
        )

    def values(self, shape: tuple[int, ...], dtype: Any) -> Any:
        whole = self.random.integers(0 if np.dtype(dtype).kind in "bu" else -9, 10, shape)
        if np.dtype(dtype).kind == "c":
            return (whole + 1j * self.random.integers(-9, 10, shape)).astype(dtype)
        return (whole % 2 if np.dtype(dtype).kind == "b" else whole).astype(dtype)

    def dtype(self) -> Any:
        return self.one(("f8", "f4", "f2", "i1", "u1", "i8", "u8", "?", "c8", "c16", ">f4"))

    def boundary(self) -> Boundary:
        texts = ("zeros", "replicate", "reflect", "symmetric", "circular", "constant:3", "constant:-2")
        return parse_boundary(self.one(texts))


def small_tiles(patch: pytest.MonkeyPatch, draw: Draw, method: str | None = None) -> None:
    """Let tiles, and the outputs they hold, be cut anywhere, and the method be any."""
    method = method or draw.one(METHODS)
    patch.setattr(planning, "choose", lambda *args, **options: method)
    patch.setattr(tiles, "TILE_BYTES", draw.one((1, 500, 5_000, 1 << 21)))
    patch.setattr(tiles, "_OVERLAP", draw.one((0.4, 100.0)))
    patch.setattr(planning, "_MULTIPLY_ADDS", draw.one((1, 500, 1 << 25)))
    patch.setattr(planning, "_THREAD", 1)
    patch.setattr(planning, "_LEAST_OUTPUTS", draw.one((1, 64)))
    patch.setattr(products, "_DEPTH", draw.one((1, 2, 3, 64)))
    patch.setattr(products, "_HEIGHT", draw.one((1, 2, 64)))
    patch.setattr(products, "_HELD", draw.one((1, 1_000, 1 << 19)))
    patch.setattr(products, "PRODUCT", draw.one((1, 200, 1 << 18)))


def channels(draw: Draw) -> tuple[int, int, int, int]:
    """Batch, groups, channels of a group of the input and of the output."""
    return draw.one((0, 1, 1, 2, 3)), draw.one((1, 1, 2, 3)), draw.number(1, 3), draw.number(1, 3)


def same(found: Any, expected: Any, *read: Any) -> None:
    """Exactly equal, and of the type that the documentation says."""
    whole = all(array.dtype.kind in "biu" for array in read)
    assert found.dtype == (np.int64 if whole else np.result_type(*(array.dtype for array in read)))
    assert_array_equal(found, expected)


def check_convolve(seed: int) -> None:
    draw = Draw(seed)
    axes, (batch, groups, inner, outer) = draw.axes(), channels(draw)
    boundary, correlate = draw.boundary(), bool(draw.number(0, 1))
    dtype = draw.dtype()
    x = draw.values((batch, groups * inner, *(a.size for a in axes)), dtype)
    w = draw.values((groups * outer, inner, *(a.kernel for a in axes)), draw.one((dtype, draw.dtype())))
    b = draw.values((groups * outer,), dtype) if draw.number(0, 1) else None
    with pytest.MonkeyPatch.context() as patch:
        small_tiles(patch, draw)
        y = layers.convolve(
            x,
            w,
            b,
            axes=axes,
            groups=groups,
            boundary=boundary,
            correlate=correlate,
            workers=draw.number(1, 2),
        )
    wide = [np.complex128 if array.dtype.kind == "c" else np.int64 for array in (x, w)]
    expected = loop_convolve(
        x.astype(wide[0]), w.astype(wide[1]), None if b is None else b * 1, axes, groups, boundary, correlate
    )
    same(y, expected, *((x, w) if b is None else (x, w, b)))


def check_transpose(seed: int) -> None:
    draw = Draw(seed)
    axes, (batch, groups, inner, outer) = draw.axes(transposed=True), channels(draw)
    correlate, dtype = bool(draw.number(0, 1)), draw.dtype()
    x = draw.values((batch, groups * inner, *(a.size for a in axes)), dtype)
    w = draw.values((groups * inner, outer, *(a.kernel for a in axes)), dtype)
    b = draw.values((groups * outer,), dtype) if draw.number(0, 1) else None
    with pytest.MonkeyPatch.context() as patch:
        small_tiles(patch, draw)
        y = layers.transpose(
            x, w, b, axes=axes, groups=groups, correlate=correlate, workers=draw.number(1, 2)
        )
    wide = np.complex128 if x.dtype.kind == "c" else np.int64
    expected = loop_transpose(
        x.astype(wide), w.astype(wide), None if b is None else b * 1, axes, groups, correlate
    )
    same(y, expected, x, w)


def check_pool(seed: int) -> None:
    draw = Draw(seed)
    axes, how, count_padding = draw.axes(ceil=True), draw.one(("max", "avg")), bool(draw.number(0, 1))
    shape = (draw.one((0, 1, 2)), draw.number(1, 3), *(a.size for a in axes))
    x = draw.values(shape, draw.one(("f8", "f4", "f2", "i1", "u1", "i8", ">f8")))
    with pytest.MonkeyPatch.context() as patch:
        small_tiles(patch, draw)
        y = layers.pool(x, how=how, axes=axes, count_padding=count_padding, workers=draw.number(1, 2))
    expected = loop_pool(x, how, axes, count_padding)
    if how == "max":
        assert_array_equal(y, expected)
        assert y.dtype == x.dtype.newbyteorder("=")
    else:
        assert y.dtype == (np.float64 if x.dtype.kind in "iu" else x.dtype.newbyteorder("="))
        assert_array_equal(
            y, expected.astype(y.dtype) if y.dtype.itemsize > 2 else expected.astype("f4").astype("f2")
        )


CHECKS = {"convolve": check_convolve, "transpose": check_transpose, "pool": check_pool}


@pytest.mark.parametrize("operation", CHECKS)
def test_layers_are_what_plain_loops_give(operation: str) -> None:
    check = CHECKS[operation]
    for seed in range(300):
        check(seed)


@pytest.mark.slow
@pytest.mark.parametrize("operation", CHECKS)
def test_thousands_of_layers_are_what_plain_loops_give(operation: str) -> None:
    check = CHECKS[operation]
    for seed in range(300, 3_700):
        check(seed)


@given(operation=st.sampled_from(sorted(CHECKS)), seed=st.integers(0, 2**32))
def test_any_layer_is_what_plain_loops_give(operation: str, seed: int) -> None:
    check = CHECKS[operation]
    check(seed)


# --- other oracles -------------------------------------------------------------------------------


def line(size: int, kernel: int, **options: Any) -> Axis:
    return Axis(size=size, kernel=kernel, **options)


def row(*values: float, dtype: Any = float) -> Any:
    return np.array(values, dtype).reshape(1, 1, -1)


SEVEN = row(1, 2, 3, 4, 5, 6, 7)


@pytest.mark.parametrize(
    ("weights", "axis", "expected"),
    [
        # PyTorch 2.13, one axis: dilation is a spacing, "same" puts its odd sample after.
        ((1, 10, 100), line(7, 3), [321, 432, 543, 654, 765]),
        ((1, 10, 100), line(7, 3, dilation=2), [531, 642, 753]),
        ((1, 10), line(7, 2, after=1), [21, 32, 43, 54, 65, 76, 7]),
        ((1, 10), line(7, 2, before=1), [10, 21, 32, 43, 54, 65, 76]),
        # TensorFlow 2.21, SAME with a stride of 2.
        ((1, 10, 100), line(7, 3, stride=2, before=1, after=1), [210, 432, 654, 76]),
    ],
)
def test_convolutions_that_frameworks_printed(weights: Any, axis: Axis, expected: list[float]) -> None:
    assert layers.convolve(SEVEN, row(*weights), axes=[axis]).ravel().tolist() == expected


def test_a_transposed_convolution_that_jax_printed() -> None:
    axis = line(3, 3, stride=2, transposed=True)
    painted = layers.transpose(row(1, 0, 0), row(1, 2, 3), axes=[axis])
    assert painted.ravel().tolist() == [1, 2, 3, 0, 0, 0, 0]
    turned = layers.transpose(row(1, 0, 0), row(1, 2, 3), axes=[axis], correlate=False)
    assert turned.ravel().tolist() == [3, 2, 1, 0, 0, 0, 0]


def test_averages_that_frameworks_printed() -> None:
    # PyTorch 2.13 and ONNX's defaults on one axis, then PyTorch's ceil mode, whose overhang never counts.
    axis = line(7, 3, stride=2, before=1, after=1)
    assert_allclose(layers.pool(SEVEN, how="avg", axes=[axis]).ravel(), [1, 3, 5, 13 / 3])
    alone = layers.pool(SEVEN, how="avg", axes=[axis], count_padding=False)
    assert alone.ravel().tolist() == [1.5, 3, 5, 6.5]
    beyond = line(6, 3, stride=2, ceil=True)
    assert layers.pool(SEVEN[..., :6], how="avg", axes=[beyond]).ravel().tolist() == [2, 4, 5.5]


@pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 3)])
def test_several_channels_are_sums_of_scipy_correlations(stride: int, dilation: int) -> None:
    random = np.random.default_rng(7)
    x, w = random.standard_normal((2, 20, 30, 41)), random.standard_normal((5, 20, 3, 4))
    spread = np.zeros((5, 20, 2 * dilation + 1, 3 * dilation + 1))
    spread[..., ::dilation, ::dilation] = w
    axes = [line(n, k, stride=stride, dilation=dilation) for n, k in zip((30, 41), (3, 4), strict=True)]
    found = layers.convolve(x, w, axes=axes)
    for n, m in np.ndindex(2, 5):
        each = sum(signal.correlate2d(x[n, c], spread[m, c], "valid") for c in range(20))
        assert_allclose(found[n, m], each[::stride, ::stride], rtol=1e-12, atol=1e-12)


def test_volumes_against_scipy() -> None:
    random = np.random.default_rng(8)
    x, w = random.standard_normal((1, 3, 7, 8, 9)), random.standard_normal((2, 3, 3, 2, 3))
    axes = [line(n, k) for n, k in zip((7, 8, 9), (3, 2, 3), strict=True)]
    found = layers.convolve(x, w, axes=axes, correlate=False)
    for m in range(2):
        each = sum(signal.convolve(x[0, c], w[m, c], "valid", method="direct") for c in range(3))
        assert_allclose(found[0, m], each, rtol=1e-12, atol=1e-12)


@given(
    seed=st.integers(0, 2**32),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 3),
    groups=st.integers(1, 2),
)
def test_transposing_is_the_adjoint(seed: int, stride: int, dilation: int, groups: int) -> None:
    random = np.random.default_rng(seed)
    size = int(random.integers(2 * dilation + 1, 12))
    axis = line(size, 3, stride=stride, dilation=dilation, before=1, after=1)
    x = random.standard_normal((2, 2 * groups, size))
    w = random.standard_normal((3 * groups, 2, 3))
    y = layers.convolve(x, w, axes=[axis], groups=groups)
    back = line(
        axis.output,
        3,
        stride=stride,
        dilation=dilation,
        before=1,
        after=1,
        output_padding=axis.unread % max(stride, dilation),
        transposed=True,
    )
    up = random.standard_normal(y.shape)
    assert back.output == size
    down = layers.transpose(up, w, axes=[back], groups=groups)
    assert_allclose((y * up).sum(), (x * down).sum(), rtol=1e-9, atol=1e-9)


# --- element types -------------------------------------------------------------------------------


@pytest.mark.parametrize("peak", [2**20, 2**40, 2**60])
@pytest.mark.parametrize("method", METHODS)
def test_whole_numbers_are_exact_at_any_size(monkeypatch: pytest.MonkeyPatch, peak: int, method: str) -> None:
    monkeypatch.setattr(planning, "choose", lambda *args, **options: method)
    random = np.random.default_rng(peak)
    x = random.integers(-peak, peak, (1, 2, 5, 6), endpoint=True)
    w = random.integers(-1, 1, (3, 2, 2, 2), endpoint=True)
    axes = [line(5, 2), line(6, 2)]
    exact = loop_convolve(x.astype(object), w.astype(object), None, axes, 1, ZEROS, True)
    assert layers.convolve(x, w, axes=axes).tolist() == exact.tolist()


@pytest.mark.parametrize(("bound", "work"), [(2**24 - 1, "f4"), (2**53 - 1, "f8"), (2**63 - 1, "i8")])
def test_floats_compute_whole_numbers_while_they_hold_them(bound: int, work: str) -> None:
    one = np.ones((1, 1, 1, 1), np.int64)
    assert numbers.settle(one * bound, one, None, ZEROS).work == np.dtype(work)
    if work != "i8":
        assert numbers.settle(one * (bound + 1), one, None, ZEROS).work.itemsize == 8
    assert numbers.settle(one * (bound - 1), one, np.array([1]), ZEROS).work == np.dtype(work)


@pytest.mark.parametrize(
    ("x", "w", "b", "boundary"),
    [
        ([2**62, 2**62], [1, 1], None, "zeros"),
        ([-(2**63)], [1], None, "zeros"),
        ([2**62], [-2], None, "zeros"),
        ([2**63 - 1], [1], [1], "zeros"),
        ([0], [1], None, f"constant:{2**63}"),
        (np.array([2**64 - 1], np.uint64), [1], None, "zeros"),
        ([1], np.array([-128] * 2, np.int8), [2**63 - 1], "zeros"),
    ],
)
def test_sums_beyond_63_bits_are_refused(x: Any, w: Any, b: Any, boundary: str) -> None:
    x, w = np.array(x).reshape(1, 1, -1), np.array(w).reshape(1, 1, -1)
    axis = line(x.shape[2], w.shape[2], before=w.shape[2], after=w.shape[2])
    with pytest.raises(ConvError, match=r"may add up to sums of 6\d bits: 63 is the most"):
        layers.convolve(x, w, b, axes=[axis], boundary=parse_boundary(boundary))


def test_the_least_weight_has_its_size() -> None:
    w = np.full((1, 1, 2), -128, np.int8)
    assert numbers.largest_sum(np.array([3], np.uint8), w, None, ZEROS) == 2 * 128 * 3
    w = np.full((1, 1, 1), -(2**63))
    assert numbers.largest_sum(np.array([1]), w, None, ZEROS) == 2**63
    w = np.full((1, 2, 3), 2**33 - 1)
    assert numbers.largest_sum(np.array([-2]), w, np.array([0, -7]), ZEROS) == 6 * (2**33 - 1) + 7


def test_a_constant_that_is_not_whole_makes_floats_of_whole_numbers() -> None:
    x, axis = row(1, 2, dtype=np.int8), line(2, 1, before=1)
    found = layers.convolve(x, x[..., :1], axes=[axis], boundary=Boundary("constant", Fraction(1, 2)))
    assert found.dtype == np.float64
    assert found.ravel().tolist() == [0.5, 1, 2]


def test_a_constant_out_of_range_is_refused() -> None:
    boundary = Boundary("constant", Fraction(10**39))
    axis = line(7, 1, before=1)
    with pytest.raises(ConvError, match="beyond the range of float32"):
        layers.convolve(SEVEN.astype("f4"), row(1, dtype="f4"), axes=[axis], boundary=boundary)
    assert layers.convolve(SEVEN, row(1), axes=[axis], boundary=boundary)[0, 0, 0] == 1e39


def test_half_precision_is_summed_in_single() -> None:
    x, w = row(*[1.0] * 4096, dtype=np.float16), row(*[1.0] * 4096, dtype=np.float16)
    assert layers.convolve(x, w, axes=[line(4096, 4096)]).item() == 4096
    assert layers.pool(x, how="avg", axes=[line(4096, 4096)]).item() == 1


@pytest.mark.parametrize("dtype", ["O", "U1", "M8[s]"])
def test_what_is_no_number_is_refused(dtype: str) -> None:
    with pytest.raises(ConvError, match="not one the engine computes with"):
        layers.convolve(np.zeros((1, 1, 3), dtype), row(1), axes=[line(3, 1)])


def test_complex_numbers_have_no_largest() -> None:
    with pytest.raises(ConvError, match="none is the largest"):
        layers.pool(SEVEN.astype(complex), how="max", axes=[line(7, 2)])


# --- NaN and infinity ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_reaches_its_windows_and_no_others(
    monkeypatch: pytest.MonkeyPatch, method: str, value: float
) -> None:
    monkeypatch.setattr(planning, "choose", lambda *args, **options: method)
    monkeypatch.setattr(tiles, "TILE_BYTES", 4_000)
    x = np.ones((1, 2, 12, 15))
    x[0, 1, 5, 7] = value
    axes = [line(12, 3, before=1, after=1, dilation=2), line(15, 2, stride=2, after=1)]
    found = layers.convolve(x, np.ones((3, 2, 3, 2)), axes=axes, boundary=parse_boundary("circular"))
    reached = loop_convolve((~np.isfinite(x)).astype(int), np.ones((3, 2, 3, 2), int), None, axes, 1,
                            parse_boundary("circular"), True)  # fmt: skip
    assert_array_equal(~np.isfinite(found), reached > 0)
    assert 0 < reached.sum() < reached.size / 4


def test_transposed_paints_what_is_not_finite_on_its_kernel_alone() -> None:
    x = np.ones((1, 1, 6))
    x[0, 0, 2] = np.nan
    found = layers.transpose(x, row(1, 1), axes=[line(6, 2, stride=3, transposed=True)])
    assert np.flatnonzero(np.isnan(found)).tolist() == [6, 7]
    assert found.ravel()[2] == 0


@pytest.mark.parametrize("kernel", [2, 5, 8])
def test_poolings_keep_nan_in_its_windows(kernel: int) -> None:
    x = np.ones((1, 1, 30))
    x[0, 0, 13] = np.nan
    for how in ("max", "avg"):
        found = layers.pool(x, how=how, axes=[line(30, kernel)])
        assert np.flatnonzero(np.isnan(found)).tolist() == list(range(14 - kernel, 14))


def test_windows_without_samples() -> None:
    # A dilated window may straddle the input: it has no largest sample, and PyTorch's average of none is 0.
    axis = line(1, 2, before=1, after=1, dilation=2)
    assert layers.pool(row(5), how="max", axes=[axis]).item() == -math.inf
    assert layers.pool(row(5, dtype=np.int8), how="max", axes=[axis]).item() == -128
    assert layers.pool(row(5), how="avg", axes=[axis], count_padding=False).item() == 0


def test_long_windows_are_doubled() -> None:
    x = np.random.default_rng(3).integers(0, 1000, (1, 1, 5_000))
    axis = line(5_000, 777, stride=2, dilation=3)
    seen = np.lib.stride_tricks.sliding_window_view(x, 776 * 3 + 1, axis=2)[..., ::2, ::3]
    assert_array_equal(layers.pool(x, how="max", axes=[axis]), seen.max(-1))
    assert_array_equal(layers.pool(x, how="avg", axes=[axis]), seen.sum(-1) / 777)


# --- tiles, threads, memory ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["f4", "f8", "c8", "i8"])
def test_results_do_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch, dtype: str) -> None:
    monkeypatch.setattr(planning, "_THREAD", 1)
    random = np.random.default_rng(5)
    x = (100 * random.standard_normal((3, 32, 40, 50))).astype(dtype)
    w = (100 * random.standard_normal((24, 32, 3, 3))).astype(dtype)
    axes = [line(n, 3, before=1, after=1, stride=2) for n in (40, 50)]
    up = [line(n, 3, before=1, after=1, stride=2, transposed=True) for n in (40, 50)]
    back = w.swapaxes(0, 1)
    monkeypatch.setattr(tiles, "TILE_BYTES", 50_000)
    first = layers.convolve(x, w, axes=axes, workers=1), layers.transpose(x, back, axes=up, workers=1)
    for workers in (2, 3):
        assert layers.convolve(x, w, axes=axes, workers=workers).tobytes() == first[0].tobytes()
        assert layers.transpose(x, back, axes=up, workers=workers).tobytes() == first[1].tobytes()


def peak(function: Any) -> int:
    """Bytes that a call takes at most, its result included."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_windows_are_never_gathered_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.ones((1, 16, 500, 500), np.float32)
    w = np.ones((16, 16, 5, 5), np.float32)
    axes = [line(500, 5, before=2, after=2)] * 2
    gathered, result = x.nbytes * 25, x.nbytes
    for method in ("shifted", "gathered"):
        monkeypatch.setattr(planning, "choose", lambda *args, method=method, **options: method)
        beyond = peak(lambda: layers.convolve(x, w, axes=axes, workers=2)) - result
        assert beyond < gathered / 20
        assert beyond < 8 * tiles.TILE_BYTES
    assert peak(lambda: layers.pool(x, how="avg", axes=axes, workers=2)) - result < 8 * tiles.TILE_BYTES
    up = [line(250, 5, before=2, after=2, stride=2, transposed=True)] * 2
    half = np.ones((1, 16, 250, 250), np.float32)
    beyond = peak(lambda: layers.transpose(half, w, axes=up, workers=2)) - 497 * 497 * 64
    assert beyond < 8 * tiles.TILE_BYTES


def test_no_product_is_large_enough_for_threads_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    real = np.matmul

    def spy(left: Any, right: Any, out: Any) -> Any:
        sizes.append(left.shape[-2] * left.shape[-1] * right.shape[-1])
        return real(left, right, out=out)

    monkeypatch.setattr(np, "matmul", spy)
    for outputs, inputs, side in ((64, 64, 56), (100, 300, 7), (1, 5, 200), (67, 127, 9)):
        x, w = np.ones((1, inputs, side, side), "f4"), np.ones((outputs, inputs, 3, 3), "f4")
        layers.convolve(x, w, axes=[line(side, 3)] * 2)
    assert 0 < max(sizes) <= products.PRODUCT


@pytest.mark.parametrize(
    ("shape", "weights", "groups", "method"),
    [
        ((1, 64, 56, 56), (64, 64, 3, 3), 1, "shifted"),
        ((1, 3, 224, 224), (64, 3, 7, 7), 1, "gathered"),
        ((1, 64, 112, 112), (64, 1, 3, 3), 64, "single"),
        ((1, 512, 7, 7), (512, 512, 3, 3), 1, "gathered"),
        ((8, 256, 56, 56), (64, 256, 1, 1), 1, "shifted"),
    ],
)
def test_layers_of_well_known_networks_take_the_way_made_for_them(
    shape: tuple[int, ...], weights: tuple[int, ...], groups: int, method: str
) -> None:
    axes = [line(n, k, before=k // 2, after=k // 2) for n, k in zip(shape[2:], weights[2:], strict=True)]
    x, w = np.zeros(shape, np.float32), np.zeros(weights, np.float32)
    assert layers.method(x, w, axes=axes, groups=groups) == method


@pytest.mark.parametrize("workers", [1, 8])
def test_tiles_read_all_weights_for_many_positions(workers: int) -> None:
    """Weights are read anew for each tile: more than once for every few positions would be waste."""
    axes = [line(n, 3, before=1, after=1) for n in (64, 64)]
    cut = []
    run = tiles.run

    def spy(work: Any, outputs: Any, tile: Any, **options: Any) -> None:
        cut.append(tile)
        run(work, outputs, tile, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "run", spy)
        layers.convolve(
            np.ones((1, 64, 64, 64), "f4"), np.ones((64, 64, 3, 3), "f4"), axes=axes, workers=workers
        )
        layers.convolve(
            np.ones((1, 256, 64, 64), "f4"), np.ones((256, 256, 3, 3), "f4"), axes=axes, workers=workers
        )
    assert all(math.prod(tile[2:]) >= 256 for tile in cut)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"x": np.ones((1, 2, 7))},
            "weights of shape 1x1x3 in 1 groups read 1 channels and make 1: the input has 2",
        ),
        ({"x": np.ones((1, 0, 7))}, "it has no channels"),
        (
            {"x": np.ones((1, 1, 8))},
            "input of shape 1x1x8: the axes have 7 samples, behind batch and channels",
        ),
        ({"x": np.ones((1, 1, 7, 7))}, "input of shape 1x1x7x7"),
        ({"weights": np.ones((1, 1, 4))}, "weights of shape 1x1x4: the axes have 3 taps"),
        ({"weights": np.ones((0, 1, 3))}, "weights of shape 0x1x3"),
        ({"weights": np.ones((2, 3))}, "weights of shape 2x3"),
        ({"bias": [1, 2]}, "bias of shape 2: 1 output channels need one each"),
        ({"groups": 0}, "groups 0: must be at least 1"),
        ({"groups": 2}, "in 2 groups read 2 channels"),
        (
            {"groups": 2, "x": np.ones((1, 2, 7)), "weights": np.ones((3, 1, 3))},
            "in 2 groups read 2 channels",
        ),
        ({"workers": 0}, "workers 0: must be at least 1"),
        ({"axes": []}, "0 spatial axes: 1 to 3"),
        ({"axes": [line(7, 3, transposed=True)]}, "the axes must not be transposed"),
        ({"axes": [line(7, 3, ceil=True)]}, "ceil mode belongs to poolings"),
        ({"axes": [line(7, 3, before=10**13)]}, "more than 1 TiB"),
        (
            {"axes": [line(7, 3, dilation=10**10, before=10**11, after=10**11, stride=10**11)]},
            "more than 4 GiB",
        ),
        ({"axes": [line(7, 3, dilation=9)]}, "does not fit in 7"),
    ],
)
def test_contradictions_are_refused_in_one_line(changes: dict[str, Any], message: str) -> None:
    arguments = {"x": SEVEN, "weights": row(1, 1, 1), "bias": None, "axes": [line(7, 3)]} | changes
    with pytest.raises(ConvError, match=message) as caught:
        layers.convolve(**arguments)
    assert "\n" not in caught.value.message


def test_transposed_and_pooled_contradictions() -> None:
    with pytest.raises(ConvError, match="the axes must all be transposed"):
        layers.transpose(SEVEN, row(1, 1, 1), axes=[line(7, 3)])
    with pytest.raises(ShapeError, match="read 2 channels and make 1: the input has 1"):
        layers.transpose(SEVEN, np.ones((2, 1, 3)), axes=[line(7, 3, transposed=True)])
    with pytest.raises(ConvError, match="pooling 'min': not one of max, avg"):
        layers.pool(SEVEN, how="min", axes=[line(7, 3)])  # type: ignore[arg-type]


def test_a_kernel_that_does_not_fit_may_give_an_empty_result() -> None:
    axis = line(7, 9, empty=True)
    assert layers.convolve(SEVEN, np.ones((2, 1, 9)), axes=[axis]).shape == (1, 2, 0)
    assert layers.pool(SEVEN, how="max", axes=[axis]).shape == (1, 1, 0)


def test_lines_of_a_transposed_axis_write_every_output_once() -> None:
    for size, kernel, stride, dilation, before, after in itertools.product(
        (1, 4), (1, 3), (1, 3), (1, 2), (-1, 0, 2), (0, 1)
    ):
        axis = line(
            size, kernel, stride=stride, dilation=dilation, before=before, after=after, transposed=True
        )
        try:
            outputs = axis.output
        except ShapeError:
            continue
        along = lattice.along(axis)
        written = np.zeros(outputs, int)
        for start in range(0, along.count, 2):
            stop = min(start + 2, along.count)
            for output in range(stride):
                picked, into = along.writes(start, stop, output)
                assert len(range(stop - start)[picked]) == len(written[into])
                written[into] += 1
        assert written.tolist() == [1] * outputs
