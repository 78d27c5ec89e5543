"""The choice between taps and transforms, and that both give the same output."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import oaconvolve

from convcli.engine.streams.overlap import OverlapSaveStream
from convcli.engine.streams.respond import ResponseTaps, plan_response, respond
from convcli.errors import ConvError


def noise(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def spikes(length, *offsets):
    response = np.zeros(length)
    response[list(offsets)] = 0.5
    return response


def streamed(x, response, cuts=(), **options):
    flow = respond(response, channels=x.shape[1], **options)
    return np.concatenate([*[flow.push(block) for block in np.split(x, cuts)], flow.finish()])


@pytest.mark.parametrize("delay", [0, 5, 4999])
def test_a_delta_returns_the_signal_bit_for_bit(delay):
    x, response = noise(300, 2), np.zeros(5000)
    response[delay] = 1
    y = streamed(x, response, [7, 100])
    assert len(y) == 300 + 4999
    np.testing.assert_array_equal(y[delay : delay + 300], x)
    assert np.count_nonzero(y) == x.size


def test_an_identity_matrix_returns_the_signal_bit_for_bit():
    x, response = noise(300, 2), np.zeros((10, 2, 2))
    response[0] = np.eye(2)
    np.testing.assert_array_equal(streamed(x, response)[:300], x)


def test_crossed_deltas_swap_the_channels():
    x, response = noise(300, 2), np.zeros((10, 2, 2))
    response[0] = [[0, 1], [1, 0]]
    np.testing.assert_array_equal(streamed(x, response)[:300], x[:, ::-1])


@pytest.mark.parametrize(
    ("response", "method"),
    [
        (np.ones(1), "taps"),
        (spikes(200_000, 0, 13_230, 190_000), "taps"),
        (np.zeros(10), "taps"),
        (noise(5000), "overlap-save"),
        (noise(132_300, 2), "overlap-save"),
        (noise(3000, 2, 2), "overlap-save"),
    ],
)
def test_the_cheaper_method_is_chosen(response, method):
    planned = plan_response(response, channels=2)
    assert planned.method == method
    assert (planned.transforms is None) == (method == "taps")
    assert planned.seconds_per_frame > 0
    assert planned.length == len(response)
    kinds = {"taps": ResponseTaps, "overlap-save": OverlapSaveStream}
    assert isinstance(respond(response, channels=2), kinds[method])


def test_reasons_name_the_numbers():
    assert plan_response(spikes(100, 0, 7), channels=2).reason == (
        "4 of 200 weights are not 0: a delayed multiply-add each"
    )
    planned = plan_response(noise(1_000_000), channels=2)
    assert f"transforms of {planned.transforms.fft_length}" in planned.reason
    assert f"{planned.transforms.partitions} partitions" in planned.reason


def test_the_plan_is_what_the_stream_does():
    response = noise(20_000)
    for frames in (None, 500):
        flow = respond(response, channels=2, dtype=np.float32, frames=frames)
        planned = plan_response(response, channels=2, dtype=np.float32, frames=frames)
        assert flow.transforms == planned.transforms


@settings(max_examples=40, deadline=None)
@given(
    frames=st.integers(0, 200),
    shape=st.sampled_from([(30,), (30, 2), (30, 2, 2), (30, 2, 1), (1, 2, 3)]),
    density=st.sampled_from([0.0, 0.1, 1.0]),
    cuts=st.lists(st.integers(0, 200), max_size=4),
)
def test_both_methods_convolve(frames, shape, density, cuts):
    x, response = noise(frames, 2), noise(*shape, seed=1)
    response[np.random.default_rng(2).random(shape) >= density] = 0
    full = (
        response if len(shape) == 3 else (response.reshape(shape[0], -1) * np.ones(2))[:, :, None] * np.eye(2)
    )
    wanted = np.zeros((frames + shape[0] - 1, full.shape[2]))
    if frames:
        wanted = sum(oaconvolve(x[:, i, None], full[:, i], axes=0) for i in range(2))
    cuts = sorted(min(cut, frames) for cut in cuts)
    for method in ("taps", "overlap-save"):
        y = streamed(x, response, cuts, method=method)
        np.testing.assert_array_equal(y, streamed(x, response, method=method))
        np.testing.assert_allclose(y, wanted, rtol=0, atol=1e-12)


def test_taps_keep_infinities_where_they_are():
    x = np.array([[np.inf, 1.0], [1.0, 1.0]])
    y = streamed(x, np.array([[1.0, 2.0], [0.5, 0.0]]))
    np.testing.assert_array_equal(y, [[np.inf, 2], [np.inf, 2], [0.5, 0]])


def test_unknown_methods_are_refused():
    with pytest.raises(ConvError, match="method fft"):
        plan_response([1.0], channels=1, method="fft")
