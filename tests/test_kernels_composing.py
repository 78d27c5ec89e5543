"""Kernels of several passes, and of pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import signal

from convcli.errors import UsageError
from convcli.kernels import blur_kernel, compose, from_picture, parse, repeat


@pytest.mark.parametrize("first", ["box:3", "gaussian:1x2", "disk:3", "sobel-x", "0,0;0,0"])
@pytest.mark.parametrize("second", ["box:2x5", "disk:2", "laplacian", "pair-y", "1,2;3,5"])
def test_one_kernel_for_two(first: str, second: str) -> None:
    one, other = parse(first).plane, parse(second).plane
    assert_allclose(compose(one, other), signal.convolve2d(one, other), rtol=0, atol=1e-15)
    assert_allclose(compose(other, one), compose(one, other), rtol=0, atol=1e-15)


@given(
    first=st.lists(st.integers(-9, 9), min_size=1, max_size=6),
    second=st.lists(st.integers(-9, 9), min_size=1, max_size=6),
)
def test_whole_numbers_are_exact(first: list[int], second: list[int]) -> None:
    one, other = np.array([first], float), np.array([second], float)
    assert_allclose(compose(one, other)[0], np.convolve(first, second), rtol=1e-14, atol=1e-12)


@pytest.mark.parametrize("spec", ["box:3", "disk:2", "motion:5,30"])
def test_passes(spec: str) -> None:
    weights = parse(spec).plane
    expected = weights
    for passes in range(1, 4):
        assert_allclose(repeat(weights, passes), expected, rtol=0, atol=1e-15)
        expected = signal.convolve2d(expected, weights)


def test_blurs_of_several_passes() -> None:
    kernel = blur_kernel("box", size="3x1", passes=2)
    assert kernel.name == "box:3x1, 2 passes"
    assert_allclose(kernel.array[:, 0] * 9, [1, 2, 3, 2, 1])
    assert_allclose(blur_kernel(passes=4).array.sum(), 1)
    assert blur_kernel(passes=1).name == "box:3"


def test_passes_out_of_range() -> None:
    with pytest.raises(UsageError, match="--passes 0: must be at least 1"):
        blur_kernel(passes=0)
    with pytest.raises(UsageError, match="too large"):
        blur_kernel(size="999", passes=99)
    with pytest.raises(UsageError, match="too large"):
        blur_kernel(radius="400", passes=3)


def test_gaussians_cut_elsewhere() -> None:
    kernel = blur_kernel(sigma="2", truncate="3")
    assert (kernel.name, kernel.shape) == ("gaussian:2,3", (13, 13))
    assert blur_kernel(sigma="2").name == "gaussian:2" == parse("gaussian:2").name
    assert_array_equal(parse("gaussian:2,3").array, kernel.array)
    for text in ("0", "-1", "x"):
        with pytest.raises(UsageError, match="--truncate"):
            blur_kernel(sigma="2", truncate=text)
    with pytest.raises(UsageError, match="--truncate is not a measure of a box"):
        blur_kernel("box", truncate="3")


@pytest.mark.parametrize("spec", ["log:0.1", "dog:0.1,0.05"])
def test_kernels_between_the_pixels_are_refused(spec: str) -> None:
    with pytest.raises(UsageError, match=r"sigma 0\.1 is so small that all weights are zero"):
        parse(spec)


def test_pictures_as_point_spread_functions() -> None:
    kernel = from_picture("spot.png", np.array([[0, 10], [20, 10]], np.uint8))
    assert_allclose(kernel.array, [[0, 0.25], [0.5, 0.25]])
    assert kernel.name == "spot.png"
    assert from_picture("huge", np.full((2, 2), 1e308)).sum == 1


@pytest.mark.parametrize(
    ("plane", "message"),
    [
        (np.zeros((3, 3)), "spot.png: a picture that is black all over"),
        (np.array([[1.0, -0.1]]), "spot.png: .*no negative"),
        (np.array([[1.0, np.nan]]), "spot.png: .*missing"),
        (np.array([[1.0, np.inf]]), "spot.png: .*infinite"),
        (np.broadcast_to(np.uint8(1), (2**12, 2**13)), "spot.png: 33554432 weights are too many"),
    ],
)
def test_pictures_that_are_no_kernel(plane: np.ndarray, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        from_picture("spot.png", plane)
