"""Several convolutions combined tile by tile, against whole arrays combined afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from convcli.engine import combine, convolve, tiles
from convcli.errors import ConvError

RNG = np.random.default_rng(0)
SOBEL = np.outer([1, 2, 1], [-1, 0, 1.0])
# A product by shifts, one by matrix products, a dense kernel and a box: methods, types and tiles differ.
MIXED = [
    np.pad(SOBEL, 4),
    np.outer(np.hanning(13)[1:-1], np.hanning(13)[1:-1]),
    RNG.random((11, 11)),
    np.ones((11, 11)),
]


def magnitude(parts):
    return np.sqrt(sum(part * part for part in parts))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(70, 90), (70, 90, 3), (2, 40, 50)])
@pytest.mark.parametrize("kernels", [[SOBEL, SOBEL.T], MIXED])
@pytest.mark.parametrize(("stride", "mode"), [(1, "same"), ((2, 3), "full"), (1, "valid")])
def test_combined_tiles_are_parts_of_the_combined_whole(monkeypatch, dtype, shape, kernels, stride, mode):
    monkeypatch.setattr(tiles, "TILE_BYTES", 8192)
    x = (RNG.random(shape) * 200).astype(dtype)
    axes = (0, 1) if shape[0] != 2 else (-2, -1)
    how = {"axes": axes, "stride": stride, "mode": mode, "boundary": "reflect"}
    got = combine(x, kernels, magnitude, out_dtype=np.float64, **how)
    wanted = magnitude([convolve(x, kernel, out_dtype=np.float64, **how) for kernel in kernels])
    assert_allclose(got, wanted, rtol=1e-5 if dtype == np.float32 else 1e-9)


def test_results_are_rounded_to_even_and_saturated():
    x = np.array([[1, 2, 3, 200, 255]], np.uint8)
    got = combine(x, [[[0.5]], [[1.0]]], lambda parts: parts[0] + parts[1], axes=(0, 1))
    assert_array_equal(got, [[2, 3, 4, 255, 255]])


def test_threads_change_nothing(monkeypatch):
    monkeypatch.setattr(tiles, "TILE_BYTES", 4096)
    x = RNG.integers(0, 256, (90, 80, 3), dtype=np.uint8)
    one, three = (
        combine(x, [SOBEL, SOBEL.T], magnitude, axes=(0, 1), workers=workers, work_dtype=np.float32)
        for workers in (1, 3)
    )
    assert_array_equal(one, three)


def test_what_the_function_makes_of_its_parts_does_not_reach_the_input():
    def ruin(parts):
        for part in parts:
            part[...] = -1
        return parts[0]

    x = RNG.random((9, 9))
    before = x.copy()
    combine(x, [[[1.0]], [[1.0]]], ruin, axes=(0, 1))
    assert_array_equal(x, before)


@pytest.mark.parametrize("kernels", [[], [SOBEL, SOBEL[:2]]])
def test_kernels_that_do_not_fit_each_other_are_refused(kernels):
    with pytest.raises(ConvError, match="all of one shape"):
        combine(np.zeros((5, 5)), kernels, magnitude, axes=(0, 1))


def test_complex_numbers_are_refused_rather_than_cut():
    for x, kernel in ((np.zeros((5, 5), np.complex64), SOBEL), (np.zeros((5, 5)), SOBEL * 1j)):
        with pytest.raises(ConvError, match="complex"):
            combine(x, [kernel], magnitude, axes=(0, 1))


@pytest.mark.parametrize("work", [np.float16, np.int32])
def test_only_two_types_are_worked_in(work):
    with pytest.raises(ConvError, match="float32 or float64"):
        combine(np.zeros((5, 5)), [SOBEL], magnitude, axes=(0, 1), work_dtype=work)
