"""The engine against a reference written straight from the definition: every method, hostile sizes."""

from __future__ import annotations

import doctest
import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from convcli.engine import convolve, execution, plan
from convcli.errors import ConvError, ShapeError

BOUNDARIES = ("zeros", "replicate", "reflect", "symmetric", "circular", "constant:3")
METHODS = ("auto", "taps", "box", "separable", "direct", "fft")
INTEGERS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64")
FLOATS = ("float16", "float32", "float64")


def source(at, size, boundary):
    """Where coordinate `at` of the extended array comes from, by walking; None for a constant."""
    if 0 <= at < size:
        return at
    match boundary:
        case "replicate":
            return 0 if at < 0 else size - 1
        case "circular":
            return source(at + (size if at < 0 else -size), size, boundary)
        case "symmetric":
            return source(-1 - at if at < 0 else 2 * size - 1 - at, size, boundary)
        case "reflect":
            return 0 if size == 1 else source(-at if at < 0 else 2 * (size - 1) - at, size, boundary)
    return None


def reference(x, kernel, *, axes, mode, boundary, stride, dilation, correlate):
    """out[n] = sum_j w[j] x[n s - before + j d], one output at a time, in exact integers where it can."""
    w = kernel if correlate else np.flip(kernel)
    extents = [d * (k - 1) + 1 for k, d in zip(w.shape, dilation, strict=True)]
    named = {
        "same": lambda e: (e // 2, (e - 1) // 2),
        "full": lambda e: (e - 1, e - 1),
        "valid": lambda e: (0, 0),
    }
    pads = [named[mode](e) for e in extents] if isinstance(mode, str) else mode
    value = float(boundary.partition(":")[2] or 0)
    x = np.moveaxis(x, axes, range(len(axes)))
    sizes = [
        0 if n == 0 else (n + sum(p) - e) // s + 1
        for n, p, e, s in zip(x.shape[: len(axes)], pads, extents, stride, strict=True)
    ]
    exact = x.dtype.kind in "iub" and (w == np.rint(w)).all() and value.is_integer()
    out = np.zeros((*sizes, *x.shape[len(axes) :]), object if exact else np.float64)
    x = x.astype(out.dtype)
    for n in np.ndindex(*sizes):
        for j in np.ndindex(*w.shape):
            if w[j] == 0:
                continue
            at = [
                source(n_ * s - p[0] + j_ * d, size, boundary.partition(":")[0])
                for n_, j_, s, d, p, size in zip(n, j, stride, dilation, pads, x.shape, strict=False)
            ]
            sample = value if None in at else x[tuple(at)]
            with np.errstate(all="ignore"):
                out[n] = out[n] + (int(w[j]) if exact else w[j]) * (
                    int(sample) if exact and None in at else sample
                )
    return np.moveaxis(out, range(len(axes)), axes)


def assert_rounded(got, exact):
    """Integers equal the exact value rounded half to even and saturated, unless within 1e-3 of a tie."""
    limits = np.iinfo(got.dtype)
    if exact.dtype == object:
        wanted = np.array([min(max(v, limits.min), limits.max) for v in exact.flat], got.dtype)
        assert_array_equal(got, wanted.reshape(got.shape))
        return
    tie = np.abs(exact - np.floor(exact) - 0.5) <= 1e-3
    wanted = np.clip(np.rint(exact), limits.min, limits.max)
    assert_array_equal(got[~tie].astype(np.float64), wanted[~tie])
    near = np.clip(exact, limits.min, limits.max)
    assert np.all(np.abs(got.astype(np.float64) - near)[tie] <= 0.51)


def applicable(method, kernel):
    if method == "box":
        return bool((kernel == kernel.flat[0]).all())
    if method == "separable":
        try:
            plan((9,) * kernel.ndim, float, kernel, axes=tuple(range(kernel.ndim)), method=method)
        except ConvError:
            return False
    return True


@st.composite
def kernels(draw, ndim):
    shape = tuple(draw(st.integers(1, 5 if ndim == 1 else 3)) for _ in range(ndim))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(("constant", "product", "whole product", "sparse", "dense", "whole", "zero")))
    match kind:
        case "constant":
            return np.full(shape, draw(st.sampled_from((1.0, 1 / 9, 0.25, -1.0, 2.0, 0.3))))
        case "product" | "whole product":
            w = np.ones(())
            for size in shape:
                line = rng.integers(-2, 4, size) if "whole" in kind else rng.uniform(-0.5, 0.5, size)
                w = np.multiply.outer(w, line.astype(float))
            return w
        case "sparse":
            return rng.integers(-2, 3, shape) * (rng.random(shape) < 0.4).astype(float)
        case "dense":
            return rng.uniform(-0.5, 0.5, shape)
        case "whole":
            return rng.integers(-3, 4, shape).astype(float)
    return np.zeros(shape)


@st.composite
def problems(draw, dtypes):
    ndim = draw(st.integers(1, 3))
    axes = tuple(draw(st.permutations(range(ndim))))[: draw(st.integers(1, min(ndim, 2)))]
    kernel = draw(kernels(len(axes)))
    stride = tuple(draw(st.integers(1, 3)) for _ in axes)
    dilation = tuple(draw(st.integers(1, 3)) for _ in axes)
    shape = [draw(st.sampled_from((1, 2, 3))) for _ in range(ndim)]
    mode = draw(st.sampled_from(("same", "valid", "full", "pairs")))
    for axis, k, d in zip(axes, kernel.shape, dilation, strict=True):
        extent = d * (k - 1) + 1
        smallest = extent if mode in ("valid", "pairs") else 1
        shape[axis] = max(draw(st.sampled_from((0, 1, 2, extent - 1, extent, extent + 1, 7, 11))), smallest)
    if mode == "pairs":
        mode = tuple((draw(st.integers(0, 4)), draw(st.integers(0, 4))) for _ in axes)
    dtype = np.dtype(draw(st.sampled_from(dtypes)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        x = rng.integers(limits.min, limits.max, shape, dtype, endpoint=True)
        if dtype.itemsize == 8:
            # Weights of up to 324 in all, by absolute value, keep sums of these within 63 bits.
            x >>= 10
    else:
        x = rng.normal(size=shape).astype(dtype)
    given_axes = tuple(axis - ndim if draw(st.booleans()) else axis for axis in axes)
    options = {
        "axes": given_axes, "mode": mode, "boundary": draw(st.sampled_from(BOUNDARIES)), "stride": stride,
        "dilation": dilation, "correlate": draw(st.booleans()),
    }  # fmt: skip
    return x, kernel, options


def relaxed(examples):
    return settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


SHORT = ("uint8", "int8", "uint16", "int16")
LONG = ("uint32", "int32", "uint64", "int64")
FLOATS = ("float32", "float64", "float16")


def check_integers(x, kernel, method, options):
    if x.dtype.itemsize > 2:
        kernel = np.rint(kernel * 4)
    if not applicable(method, kernel):
        method = "auto"
    got = convolve(x, kernel, method=method, **options)
    assert got.dtype == x.dtype
    assert_rounded(got, reference(x, kernel, **options))


def check_floats(x, kernel, method, options):
    if not applicable(method, kernel):
        method = "auto"
    got = convolve(x, kernel, method=method, **options)
    exact = reference(x, kernel, **options)
    assert got.dtype == x.dtype
    assert got.shape == exact.shape
    scale = np.abs(kernel).sum() * max(np.abs(x.astype(float)).max(initial=0), 3)
    # A transform of N samples adds up log2 N roundings, each relative to the largest sample.
    roundings = 2 + (np.log2(64 + x.size * kernel.size) if method == "fft" else 0)
    tolerance = roundings * scale * np.finfo(x.dtype).eps
    assert_allclose(got.astype(float), exact.astype(float), rtol=0, atol=tolerance)


@relaxed(250)
@given(problems(SHORT), st.sampled_from(METHODS))
def test_short_integers_round_the_exact_result_once(problem, method):
    x, kernel, options = problem
    check_integers(x, kernel, method, options)


@relaxed(150)
@given(problems(FLOATS), st.sampled_from(METHODS))
def test_floats_agree_with_the_definition(problem, method):
    x, kernel, options = problem
    check_floats(x, kernel, method, options)


@relaxed(150)
@given(problems(LONG), st.sampled_from(("auto", "taps", "box", "direct")))
def test_whole_kernels_are_exact_on_long_integers(problem, method):
    x, kernel, options = problem
    check_integers(x, kernel, method, options)


@pytest.mark.slow
@relaxed(6000)
@given(problems(SHORT), st.sampled_from(METHODS))
def test_sweep_of_short_integers(problem, method):
    x, kernel, options = problem
    check_integers(x, kernel, method, options)


@pytest.mark.slow
@relaxed(4000)
@given(problems(FLOATS), st.sampled_from(METHODS))
def test_sweep_of_floats(problem, method):
    x, kernel, options = problem
    check_floats(x, kernel, method, options)


@pytest.mark.slow
@relaxed(2000)
@given(problems(LONG), st.sampled_from(("auto", "taps", "box", "direct")))
def test_sweep_of_long_integers(problem, method):
    x, kernel, options = problem
    check_integers(x, kernel, method, options)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_the_identity_keeps_the_extremes_of_every_integer_type(dtype):
    limits = np.iinfo(dtype)
    x = np.array([limits.min, limits.max, 0, 1, limits.max - 1, limits.min + 1], dtype)
    for kernel in ([1], [0, 1, 0]):
        assert_array_equal(convolve(x, kernel, axes=0), x)


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("method", ["taps", "box", "separable", "direct", "fft"])
def test_results_saturate_at_both_ends(dtype, method):
    limits = np.iinfo(dtype)
    x = np.array([limits.max, limits.max, limits.min, limits.min] * 3, dtype)
    got = convolve(x, [1, 1], axes=0, mode="valid", method=method)
    wanted = [min(max(int(a) + int(b), limits.min), limits.max) for a, b in itertools.pairwise(x)]
    if (
        x.dtype.itemsize == 8 and limits.min < 0
    ):  # the sums leave 64 bits, and so double precision is promised
        assert_allclose(got.astype(float), np.array(wanted, float), atol=1e5)
    else:
        assert_array_equal(got, np.array(wanted, dtype))


def test_the_documented_example_runs():
    results = doctest.testmod(execution)
    assert (results.failed, results.attempted) == (0, 1)


def test_int64_sums_beyond_double_precision_are_exact():
    x = np.array([2**53 + 1, 1, -(2**53) - 1, 5], np.int64)
    assert convolve(x, [1, 1, 1], axes=0, boundary="zeros").tolist() == [2**53 + 2, 1, 5 - 2**53, 4 - 2**53]
    assert convolve(x, [3, 0, -2], axes=0, boundary="zeros").tolist() == [
        3, -5 * (2**53 + 1), 13, 2 * (2**53 + 1),
    ]  # fmt: skip


def test_large_negative_values_count_towards_the_peak():
    x = np.array([-(2**60), 5, 1], np.int64)
    assert convolve(x, [1, 1], axes=0, mode="valid").tolist() == [5 - 2**60, 6]


@pytest.mark.parametrize("method", ["taps", "separable", "direct", "fft"])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
def test_dilated_dense_kernels_agree_with_the_definition(method, dtype, stride):
    rng = np.random.default_rng(0)
    x = (rng.random((19, 23)) * 255).astype(dtype)
    kernel = rng.random((4, 5)) / 20
    if method == "separable":
        kernel = np.outer(kernel[:, 0], kernel[0])
    options = {"axes": (0, 1), "mode": "same", "boundary": "symmetric", "stride": stride, "correlate": False}
    got = convolve(x, kernel, method=method, dilation=(3, 2), out_dtype="float64", **options)
    assert_allclose(got, reference(x, kernel, dilation=(3, 2), **options), rtol=2e-6)


@pytest.mark.parametrize("method", ["auto", "taps", "separable", "direct", "fft"])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16"])
@pytest.mark.parametrize("data", ["noise", "extremes", "flat"])
def test_large_gaussians_round_correctly_by_every_method(method, dtype, data):
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(3)
    x = {
        "noise": rng.integers(limits.min, limits.max, (70, 61), dtype, endpoint=True),
        "extremes": np.where(rng.random((70, 61)) < 0.5, limits.min, limits.max).astype(dtype),
        "flat": np.full((70, 61), limits.max, dtype),
    }[data]
    line = np.exp(-0.5 * (np.arange(-12, 13) / 3.3) ** 2)
    line /= line.sum()
    kernel = np.outer(line, line)
    exact = convolve(x.astype(np.float64), kernel, axes=(0, 1), method="taps")
    assert_rounded(convolve(x, kernel, axes=(0, 1), method=method), exact)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 16, 31])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "int32"])
def test_averages_round_half_to_even(size, dtype):
    limits = np.iinfo(dtype)
    rng = np.random.default_rng(size)
    x = rng.integers(limits.min, limits.max, 400, dtype, endpoint=True)
    sums = np.convolve(x.astype(object), np.ones(size, object), "valid")
    # Exact ties included: Python rounds fractions half to even.
    wanted = [round(Fraction(int(s), size)) for s in sums]
    assert convolve(x, np.full(size, 1 / size), axes=0, mode="valid").tolist() == wanted


def test_integer_input_with_float_output_is_not_rounded():
    x = np.array([1, 2, 4], np.uint8)
    got = convolve(x, [0.25, 0.5], axes=0, mode="valid", out_dtype=np.float64)
    assert_array_equal(got, [1.0, 2.0])
    assert_array_equal(convolve(x, [0.5, 0.5], axes=0, mode="valid", out_dtype="float32"), [1.5, 3.0])


def test_booleans_count_as_zeros_and_ones():
    got = convolve(np.array([True, True, False]), [1, 1], axes=0, mode="full", boundary="zeros")
    assert got.dtype == np.float64
    assert_array_equal(got, [1, 2, 1, 0])


def test_float_input_to_integers_is_rounded_saturated_and_nan_is_zero():
    x = np.array([0.5, 1.5, 300.0, -4.0, np.nan, np.inf], np.float32)
    assert convolve(x, [1], axes=0, out_dtype=np.uint8).tolist() == [0, 2, 255, 0, 0, 255]
    huge = np.array([1e30, -1e30])
    limits = np.iinfo(np.int64)
    assert convolve(huge, [1], axes=0, out_dtype=np.int64).tolist() == [limits.max, limits.min]


@pytest.mark.parametrize("layout", ["fortran", "reversed", "strided", "readonly", "transposed"])
def test_any_memory_layout_gives_the_same(layout):
    base = np.random.default_rng(0).integers(0, 256, (24, 26, 3), dtype=np.uint8)
    x = {
        "fortran": np.asfortranarray(base),
        "reversed": base[::-1, ::-1],
        "strided": base[::2, ::3],
        "readonly": base.copy(),
        "transposed": base.transpose(1, 0, 2),
    }[layout]
    if layout == "readonly":
        x.flags.writeable = False
    kernel = np.outer([1, 4, 6, 4, 1], [1, 2, 1]) / 64
    for method in ("auto", "separable", "direct", "fft"):
        got = convolve(x, kernel, axes=(0, 1), method=method)
        assert_array_equal(got, convolve(np.ascontiguousarray(x), kernel, axes=(0, 1), method=method))
        assert got.flags.c_contiguous


def test_integers_of_numpy_are_integers():
    x = np.arange(12.0).reshape(3, 4)
    got = convolve(x, [1, 1], axes=np.int64(1), stride=np.int64(2), mode=((np.int8(1), np.int8(0)),))
    assert_array_equal(got, convolve(x, [1, 1], axes=1, stride=2, mode=((1, 0),)))
    with pytest.raises(TypeError):
        convolve(x, [1, 1], axes=1, stride=1.5)


@pytest.mark.parametrize("dtype", [">u2", ">i4", ">f4", ">f8", ">c16"])
def test_foreign_byte_orders_are_read_and_native_ones_written(dtype):
    x = np.arange(20).reshape(4, 5)
    for kernel in (np.full((3, 3), 1 / 9), np.ones((3, 3)), np.diag([1, 2, 0.5])):
        got = convolve(x.astype(dtype), kernel, axes=(0, 1))
        native = np.dtype(dtype).newbyteorder("=")
        assert got.dtype.isnative
        assert_array_equal(got, convolve(x.astype(native), kernel, axes=(0, 1)))
    assert convolve(x, [[1]], axes=(0, 1), out_dtype=">f8").dtype == np.float64


def test_input_is_left_alone():
    x = np.random.default_rng(0).normal(size=(20, 20))
    kept = x.copy()
    for kernel in (np.full((3, 3), 1 / 9), np.ones((1, 1)), np.outer([1, 2, 1], [1, 2, 1])):
        convolve(x, kernel, axes=(0, 1))
        assert_array_equal(x, kept)


@relaxed(60)
@given(problems(("float64",)), st.integers(0, 2**32 - 1), st.booleans(), st.booleans())
def test_complex_parts_combine(problem, seed, complex_input, complex_kernel):
    x, kernel, options = problem
    rng = np.random.default_rng(seed)
    options |= {"boundary": "zeros" if options["boundary"].startswith("constant") else options["boundary"]}
    xi = rng.normal(size=x.shape) if complex_input else np.zeros(x.shape)
    ki = rng.normal(size=kernel.shape) if complex_kernel else np.zeros(kernel.shape)
    got = convolve(
        x + 1j * xi if complex_input else x, kernel + 1j * ki if complex_kernel else kernel, **options
    )
    if not (complex_input or complex_kernel):
        assert got.dtype == np.float64
        return

    def part(a, b):
        return reference(a, b, **options).astype(float)

    exact = part(x, kernel) - part(xi, ki) + 1j * (part(x, ki) + part(xi, kernel))
    assert got.dtype == np.complex128
    assert_allclose(got, exact, rtol=0, atol=1e-12)


def test_a_constant_outside_is_real_for_complex_input():
    x = np.array([1 + 1j, 2 - 1j])
    got = convolve(x, [1, 1j, 0], axes=0, mode="full", boundary="constant:5", correlate=True)
    padded = np.array([5, 5, 1 + 1j, 2 - 1j, 5, 5])
    assert_allclose(got, [padded[i] + 1j * padded[i + 1] for i in range(4)])


@pytest.mark.parametrize("mode", ["same", "valid", "full", ((2, 2), (1, 0))])
@pytest.mark.parametrize("shape", [(0, 5), (5, 0), (0, 0)])
def test_an_empty_axis_stays_empty(mode, shape):
    got = convolve(np.zeros(shape, np.uint8), np.ones((3, 3)), axes=(0, 1), mode=mode)
    assert got.size == 0
    assert all(size == 0 for size, given_ in zip(got.shape, shape, strict=True) if given_ == 0)


def test_an_empty_channel_axis_is_kept():
    assert convolve(np.zeros((4, 5, 0)), np.ones((3, 3)), axes=(0, 1), mode="full").shape == (6, 7, 0)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"axes": 2}, ConvError, "axis 2"),
        ({"axes": (0, 0), "kernel": np.ones((1, 1))}, ConvError, "named twice"),
        ({"axes": (), "kernel": np.ones(())}, ConvError, "no axes"),
        ({"axes": (0, 1)}, ConvError, "dimensions"),
        ({"axes": 0, "kernel": np.ones(0)}, ConvError, "no weights"),
        ({"axes": 0, "kernel": [1.0, np.nan]}, ConvError, "finite"),
        ({"axes": 0, "kernel": ["a"]}, ConvError, "numbers"),
        ({"axes": 0, "mode": "some"}, ConvError, "same, valid, full"),
        ({"axes": 0, "mode": ((1, 1), (1, 1))}, ConvError, "pair"),
        ({"axes": 0, "mode": ((1,),)}, ConvError, "pair"),
        ({"axes": 0, "mode": ((-1, 0),)}, ShapeError, "0 or more"),
        ({"axes": 0, "mode": "valid", "kernel": np.ones(7)}, ShapeError, "7"),
        ({"axes": 0, "stride": 0}, ConvError, "at least 1"),
        ({"axes": 0, "stride": (1, 1)}, ConvError, "values are needed"),
        ({"axes": 0, "dilation": 0}, ConvError, "at least 1"),
        ({"axes": 0, "boundary": "mirror"}, ConvError, "opposite"),
        ({"axes": 0, "boundary": "constant"}, ConvError, "not a padding mode"),
        ({"axes": 0, "boundary": "constant:nan"}, ConvError, "finite"),
        ({"axes": 0, "boundary": "zeros:1"}, ConvError, "not a padding mode"),
        ({"axes": 0, "method": "magic"}, ConvError, "not one of auto"),
        ({"axes": 0, "method": "box", "kernel": [1, 2]}, ConvError, "not all the same"),
        ({"axes": (0, 1), "method": "separable", "kernel": np.eye(3)}, ConvError, "short sum"),
        ({"axes": 0, "workers": 0}, ConvError, "at least 1"),
        ({"axes": 0, "out_dtype": bool}, ConvError, "true or false"),
        ({"axes": 0, "out_dtype": float, "kernel": [1j]}, ConvError, "complex"),
        ({"axes": 0, "x": np.array(["a", "b"])}, ConvError, "element type"),
        ({"axes": 0, "x": np.zeros(4, np.longdouble)}, ConvError, "element type"),
    ],
)
def test_impossible_requests_are_named(options, error, words):
    x = options.pop("x", np.zeros((5, 6)))
    kernel = options.pop("kernel", np.ones(3))
    with pytest.raises(error, match=words):
        convolve(x, kernel, **options)
