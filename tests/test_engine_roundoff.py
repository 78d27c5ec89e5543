"""Error bounds against measured errors, and the promise they keep: results rounded as the exact ones are."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from convcli.engine import convolve, plan, roundoff
from convcli.engine.direct import Direct
from convcli.engine.fft import Fft
from convcli.engine.geometry import resolve
from convcli.engine.passes import MatrixPass
from convcli.engine.scratch import Scratch
from convcli.engine.separable import Separable
from convcli.engine.structure import analyse
from convcli.engine.taps import Taps

UNIT = 2.0**-24


def gaussian(sigma):
    at = np.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1)
    line = np.exp(-0.5 * (at / sigma) ** 2)
    return line / line.sum()


def built(method, kernel, geometry):
    if method == "separable":
        return Separable(kernel.factors, geometry, (0, 1), np.dtype(np.float32))
    if method == "direct":
        return Direct(kernel, geometry, (0, 1), np.dtype(np.float32))
    return Taps(kernel.weights, geometry, (0, 1), np.dtype(np.float32))


def hostile(kernel, shape, seed):
    """Samples up to 1 in size: noise, extremes, and what the kernel itself adds up to most."""
    rng = np.random.default_rng(seed)
    signs = np.resize(np.sign(kernel.weights) + (kernel.weights == 0), shape)
    yield rng.uniform(-1, 1, shape)
    yield rng.choice([-1.0, 1.0], shape)
    yield np.ones(shape) * (1 - 2.0**-20)
    yield signs * rng.uniform(0.9, 1, shape)


KERNELS = {
    "gaussian": np.outer(gaussian(3), gaussian(5)),
    "wide": np.outer(gaussian(30), [1.0]),
    "long": np.outer([0.3, 0.7], gaussian(20)),
    "growing": np.outer(np.linspace(0.1, 1, 90), np.linspace(1, 0.1, 40)),
    "signed": np.random.default_rng(1).normal(size=(15, 22)),
    "sparse": np.where(np.random.default_rng(2).random((9, 30)) < 0.1, 1.7, 0),
    "two terms": np.outer(gaussian(4), gaussian(4)) - np.outer(gaussian(4.0), np.roll(gaussian(4.0), 3)) / 3,
}


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("method", ["separable", "direct", "taps"])
def test_no_error_exceeds_its_bound(name, method):
    weights = KERNELS[name]
    kernel = analyse(weights, correlate=True)
    if method == "separable" and not kernel.factors:
        pytest.skip("not a short sum of products")
    shape = (weights.shape[0] + 60, weights.shape[1] + 60)
    geometry = resolve(shape, weights.shape, axes=(0, 1), mode="valid", stride=1, dilation=1)
    bound = roundoff.method_bound(method, kernel, geometry, 4)
    assert bound.size >= kernel.magnitude * (1 - 1e-12)
    single, double = built(method, kernel, geometry), Taps(weights, geometry, (0, 1), np.dtype(np.float64))
    worst = 0.0
    for x in hostile(kernel, shape, seed=3):
        samples = x.astype(np.float32)
        exact = double(samples.astype(np.float64), Scratch())
        worst = max(worst, float(np.abs(single(samples, Scratch()) - exact).max()))
    assert 0 < worst <= UNIT * bound.error
    # A bound far above all that happens would drive pictures into double precision for nothing.
    assert UNIT * bound.error < 400 * worst


def roundings(terms):
    """What rounding weights, products and partial sums costs: forwards, backwards, in interleaved chains."""
    used = terms[terms > 0]
    for order in (used, used[::-1]):
        yield 2 * order.sum() + np.cumsum(order)[1:].sum()
        for chains in (2, 4, 8):
            parts = [order[start::chains] for start in range(chains)]
            joins = np.cumsum([part.sum() for part in parts])[1:].sum()
            yield 2 * order.sum() + sum(np.cumsum(part)[1:].sum() for part in parts) + joins


@pytest.mark.parametrize("taps", [7, 20, 60, 81, 161, 401])
@pytest.mark.parametrize("shape", ["flat", "gaussian", "growing"])
def test_bounds_of_matrix_passes_hold_for_every_block_and_order(taps, shape):
    line = {
        "flat": np.ones(taps),
        "gaussian": np.hanning(taps + 2)[1:-1],
        "growing": np.arange(1.0, taps + 1),
    }[shape]
    line /= line.sum()
    (geometry,) = resolve((taps + 99,), (taps,), axes=0, mode="valid", stride=1, dilation=1)
    bound = roundoff.method_bound("separable", analyse(line, correlate=True), (geometry,), 4)
    made = MatrixPass(line, geometry, 0, np.dtype(np.float32))
    for size in range(1, len(made._band) + 1):
        for row in made._band[:size, : geometry.span(size)].astype(np.float64):
            cuts = [row[first : first + made._depth] for first in range(0, len(row), made._depth)]
            joins = np.cumsum([cut.sum() for cut in cuts])[1:].sum()
            worst = max(sum(each) for each in zip(*(roundings(cut) for cut in cuts), strict=True))
            assert worst + joins <= bound.error * (1 + 1e-6)


@pytest.mark.parametrize("lengths", [(64, 96), (256, 512), (1024, 768)])
def test_transforms_err_like_the_noise_they_are_bounded_by(lengths):
    weights = np.random.default_rng(4).random((31, 27))
    weights /= weights.sum()
    kernel = analyse(weights, correlate=True)
    geometry = resolve(lengths, weights.shape, axes=(0, 1), mode="valid", stride=1, dilation=1)
    single, double = (Fft(weights, geometry, lengths, np.dtype(kind)) for kind in (np.float32, np.float64))
    allowed = UNIT * roundoff.transform_bound(kernel, lengths).error
    rows, columns = np.indices(lengths)
    for x in (
        np.random.default_rng(5).choice([-1.0, 1.0], lengths),
        np.where((rows + columns) % 2, 1.0, -1.0),
        np.where(columns < lengths[1] // 2, 1.0, -1.0),
        np.cos(2 * np.pi * (3 * rows / lengths[0] + 5 * columns / lengths[1])),
        np.eye(*lengths),
        np.ones(lengths),
    ):
        samples = x.astype(np.float32)
        error = np.abs(single(samples, Scratch()) - double(samples.astype(np.float64), Scratch()))
        # Eight standard deviations are allowed; none of these comes near.
        assert error.max() < 0.8 * allowed
        assert error.std() < allowed / 8


def test_terms_that_cancel_count_in_full():
    weights = np.kron([[1, 1], [1, 0.0]], np.ones((4, 4))) * 2 / 48
    kernel = analyse(weights, correlate=True)
    geometry = resolve((99, 99), weights.shape, axes=(0, 1), mode="same", stride=1, dilation=1)
    assert roundoff.method_bound("separable", kernel, geometry, 4).size > 1.4 * kernel.magnitude


@pytest.mark.parametrize("sigma", [1, 4, 10, 20, 50])
def test_gaussians_of_any_width_stay_single_for_8_bits(sigma):
    line = gaussian(sigma)
    made = plan((999, 999), "uint8", np.outer(line, line), axes=(0, 1), method="separable")
    assert made.work_dtype == np.float32
    assert made.centre == (0 if sigma < 8 else 127.5)
    assert plan((999,), "uint16", line, axes=0, method="separable").work_dtype == np.float64


def test_amplifying_kernels_are_computed_in_double_precision():
    for method in ("direct", "fft", "taps"):
        for gain, expected in ((1, np.float32), (50, np.float64)):
            weights = gain * np.random.default_rng(6).dirichlet(np.ones(121)).reshape(11, 11)
            assert plan((99, 99), "uint8", weights, axes=(0, 1), method=method).work_dtype == expected


# --- the promise, on whole pictures


WIDE = {
    "gaussian": np.outer(gaussian(12), gaussian(12)),
    "dense": np.random.default_rng(8).dirichlet(np.ones(101 * 75)).reshape(101, 75),
    "signed": np.random.default_rng(9).normal(size=(31, 31)) / 25,
}


@cache
def pictures(dtype, name):
    """Pictures of extremes, where sums are largest and where they cancel, and their exact convolution."""
    top = np.iinfo(dtype).max
    rows, columns = np.indices((330, 290))
    rng = np.random.default_rng(7)
    made = [
        rng.integers(0, top, rows.shape, endpoint=True),
        rng.choice([0, top], rows.shape),
        ((rows + columns) % 3 == 0) * top,
        (columns > 140) * top,
        np.full(rows.shape, top),
        ((rows == 160) & (columns == 150)) * top,
    ]
    return [(x.astype(dtype), exact(x, WIDE[name])) for x in made]


def exact(x, weights):
    """Double precision in another way: by rows of windows, with zeros outside."""
    height, width = weights.shape
    padded = np.pad(x.astype(np.float64), ((height // 2,), (width // 2,)))
    lines = np.lib.stride_tricks.sliding_window_view(padded, width, axis=1)
    return sum(lines[row : row + x.shape[0]] @ weights[row] for row in range(height))


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("method", ["auto", "separable", "direct", "fft"])
def test_results_are_the_exact_ones_rounded(name, dtype, method):
    weights = WIDE[name]
    if method == "separable" and not analyse(weights, correlate=True).factors:
        pytest.skip("not a short sum of products")
    for x, wanted in pictures(dtype, name):
        got = convolve(x, weights, axes=(0, 1), boundary="zeros", correlate=True, method=method)
        far = np.abs(wanted - np.floor(wanted) - 0.5) > 1e-3
        assert far.mean() > 0.9
        assert_array_equal(got[far], np.clip(np.rint(wanted), 0, np.iinfo(dtype).max).astype(dtype)[far])


@pytest.mark.parametrize(
    "boundary", ["replicate", "reflect", "symmetric", "circular", "constant:300.3", "constant:-7"]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.int8])
@pytest.mark.parametrize(("stride", "dilation", "mode"), [(1, 1, "full"), (3, 1, "same"), (1, 2, "same")])
@pytest.mark.parametrize("method", ["separable", "fft"])
def test_centred_samples_come_back_where_they_were(boundary, dtype, stride, dilation, mode, method):
    line = np.hanning(83)[1:-1] / np.hanning(83).sum()
    weights = np.outer(line, line)
    x = (
        np.random.default_rng(10)
        .integers(np.iinfo(dtype).min, np.iinfo(dtype).max + 1, (90, 101))
        .astype(dtype)
    )
    how = {"axes": (0, 1), "boundary": boundary, "stride": stride, "dilation": dilation, "mode": mode}
    made = plan(x.shape, dtype, weights, method=method, **how)
    if dtype == np.uint8 and dilation == 1:
        assert made.centre != 0
    got = convolve(x, weights, method=method, **how)
    wanted = convolve(x.astype(np.float64), weights, method="direct", **how)
    far = np.abs(wanted - np.floor(wanted) - 0.5) > 1e-3
    limits = np.iinfo(dtype)
    assert_array_equal(got[far], np.clip(np.rint(wanted), limits.min, limits.max).astype(dtype)[far])
