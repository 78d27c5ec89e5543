"""The engine against SciPy in double precision, and against the laws of convolution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage, signal

from convcli.engine import convolve

# Our names, and scipy.ndimage's for the same extension.
NDIMAGE = {
    "replicate": "nearest",
    "reflect": "mirror",
    "symmetric": "reflect",
    "circular": "wrap",
    "zeros": "constant",
    "constant:2.5": "constant",
}
METHODS = ("auto", "taps", "direct", "fft")


def noise(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("boundary", NDIMAGE)
@pytest.mark.parametrize("shape", [(3, 5), (4, 2), (1, 4), (9, 7)])
def test_same_agrees_with_ndimage(shape, boundary, method):
    x, kernel = noise(1, 11, 13), noise(2, *shape)
    value = 2.5 if boundary == "constant:2.5" else 0.0
    options = {"axes": (0, 1), "boundary": boundary, "method": method}
    extension = {"mode": NDIMAGE[boundary], "cval": value}
    assert_allclose(
        convolve(x, kernel, correlate=True, **options), ndimage.correlate(x, kernel, **extension), atol=1e-12
    )
    # ndimage centres even convolution kernels at K // 2, a sample later than the definition.
    origin = [-1 if size % 2 == 0 else 0 for size in shape]
    assert_allclose(
        convolve(x, kernel, **options), ndimage.convolve(x, kernel, origin=origin, **extension), atol=1e-12
    )


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("size", [1, 2, 3, 6, 7])
def test_one_dimension_agrees_with_numpy_and_scipy(size, mode):
    x, kernel = noise(3, 7), noise(4, size)
    options = {"axes": 0, "mode": mode, "boundary": "zeros"}
    assert_allclose(convolve(x, kernel, **options), np.convolve(x, kernel, mode), atol=1e-13)
    assert_allclose(
        convolve(x, kernel, correlate=True, **options), signal.correlate(x, kernel, mode), atol=1e-13
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_two_dimensions_agree_with_scipy_signal(mode, method):
    x, kernel = noise(5, 17, 19), noise(6, 4, 5)
    got = convolve(x, kernel, axes=(0, 1), mode=mode, boundary="zeros", method=method)
    assert_allclose(got, signal.convolve2d(x, kernel, mode), atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_three_dimensions_agree_with_scipy_signal(method):
    x, kernel = noise(7, 6, 7, 8), noise(8, 3, 2, 4)
    got = convolve(x, kernel, axes=(0, 1, 2), mode="full", boundary="zeros", method=method)
    assert_allclose(got, signal.convolve(x, kernel, "full"), atol=1e-12)


def test_channels_are_convolved_apart():
    x, kernel = noise(9, 12, 14, 3), noise(10, 3, 3)
    for axes, moved in (((0, 1), x), ((1, 2), np.moveaxis(x, 2, 0)), ((-2, -1), np.moveaxis(x, 2, 0))):
        got = convolve(moved, kernel, axes=axes)
        alone = [convolve(x[..., c], kernel, axes=(0, 1)) for c in range(3)]
        assert_allclose(np.moveaxis(got, 0, 2) if axes != (0, 1) else got, np.stack(alone, 2), atol=1e-13)


def test_axes_follow_the_kernels_dimensions():
    x, kernel = noise(11, 9, 8), noise(12, 2, 5)
    assert_allclose(
        convolve(x, kernel, axes=(1, 0), mode="full"),
        convolve(x, kernel.T, axes=(0, 1), mode="full"),
        atol=1e-13,
    )


FULL = {"axes": (0, 1), "mode": "full", "boundary": "zeros"}
SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 6))
SEEDS = st.integers(0, 2**32 - 1)


@given(SHAPES, SHAPES, SEEDS, st.sampled_from(METHODS))
def test_full_convolution_commutes(one, other, seed, method):
    a, b = noise(seed, *one), noise(seed + 1, *other)
    assert_allclose(convolve(a, b, method=method, **FULL), convolve(b, a, **FULL), atol=1e-12)


@given(SHAPES, SHAPES, SHAPES, SEEDS)
def test_full_convolution_is_associative(one, other, third, seed):
    a, b, c = noise(seed, *one), noise(seed + 1, *other), noise(seed + 2, *third)
    left = convolve(convolve(a, b, **FULL), c, **FULL)
    assert_allclose(left, convolve(a, convolve(b, c, **FULL), **FULL), atol=1e-11)


@given(SHAPES, SHAPES, SEEDS, st.sampled_from(METHODS))
def test_the_sum_of_a_full_convolution_is_the_product_of_sums(one, other, seed, method):
    x, kernel = noise(seed, *one), noise(seed + 1, *other)
    assert_allclose(convolve(x, kernel, method=method, **FULL).sum(), x.sum() * kernel.sum(), atol=1e-11)


@given(SHAPES, SEEDS, st.sampled_from(METHODS), st.sampled_from(list(NDIMAGE)[:5]))
def test_convolution_is_linear(shape, seed, method, boundary):
    x, y, kernel = noise(seed, 8, 9), noise(seed + 1, 8, 9), noise(seed + 2, *shape)

    def apply(values):
        return convolve(values, kernel, axes=(0, 1), boundary=boundary, method=method)

    assert_allclose(apply(2 * x - 3 * y), 2 * apply(x) - 3 * apply(y), atol=1e-11)


@given(SEEDS, st.integers(0, 8), st.sampled_from(METHODS))
def test_circular_convolution_commutes_with_shifts(seed, shift, method):
    x, kernel = noise(seed, 9), noise(seed + 1, 4)
    options = {"axes": 0, "boundary": "circular", "method": method}
    moved = convolve(np.roll(x, shift), kernel, **options)
    assert_allclose(moved, np.roll(convolve(x, kernel, **options), shift), atol=1e-12)


@given(SEEDS, st.integers(0, 4), st.integers(0, 4))
def test_a_delta_only_moves(seed, row, column):
    x = noise(seed, 5, 5)
    delta = np.zeros((5, 5))
    delta[row, column] = 1
    full = convolve(x, delta, **FULL)
    assert_array_equal(full[row : row + 5, column : column + 5], x)
    assert np.count_nonzero(full) == 25


@pytest.mark.parametrize("stride", [2, 3, 5])
@pytest.mark.parametrize("method", [*METHODS, "separable"])
def test_strides_keep_every_nth_output(stride, method):
    x, kernel = noise(13, 41, 37), np.outer(noise(14, 9), noise(15, 5))
    options = {"axes": (0, 1), "boundary": "reflect", "method": method}
    dense = convolve(x, kernel, **options)
    assert_allclose(convolve(x, kernel, stride=stride, **options), dense[::stride, ::stride], atol=1e-12)


@pytest.mark.parametrize("method", [*METHODS, "separable"])
def test_dilation_spreads_the_kernel(method):
    x, kernel = noise(16, 40), noise(17, 6)
    spread = np.zeros(16)
    spread[::3] = kernel
    got = convolve(x, kernel, axes=0, dilation=3, method=method)
    assert_allclose(got, convolve(x, spread, axes=0), atol=1e-12)
