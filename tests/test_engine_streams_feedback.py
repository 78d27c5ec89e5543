"""Recursive streams against scipy's lfilter, against the recursion itself, and however cut."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from convcli.engine.streams.feedback import FeedbackStream
from convcli.errors import ConvError

CASES = [
    ([1], [0.5]),
    ([1], [-0.95]),
    ([7], [0.99]),
    ([63], [-0.7]),
    ([64], [0.7]),
    ([1000], [0.7]),
    ([3, 10], [0.5, -0.4]),
    ([1, 400], [0.5, -0.4]),
    ([1, 2, 3], [0.3, 0.3, -0.3]),
    ([700, 3000], [0.5, 0.4]),
    ([40, 40], [0.3, 0.2]),
]


def noise(frames, channels=2):
    return np.random.default_rng([frames, channels]).standard_normal((frames, channels))


def definition(x, delays, gains):
    denominator = np.zeros(max(delays) + 1)
    denominator[0] = 1
    np.subtract.at(denominator, delays, gains)
    return lfilter([1.0], denominator, x, axis=0)


def streamed(x, delays, gains, cuts=(), **options):
    flow = FeedbackStream(delays, gains, channels=x.shape[1], **options)
    return np.concatenate([flow.push(block) for block in np.split(x, cuts)])


@pytest.mark.parametrize(("delays", "gains"), CASES, ids=str)
def test_equals_the_recursive_filter(delays, gains):
    x = noise(9000)
    wanted = definition(x, delays, gains)
    y = streamed(x, delays, gains)
    np.testing.assert_allclose(y, wanted, rtol=0, atol=1e-14 * np.abs(wanted).max())


@pytest.mark.parametrize(("delays", "gains"), CASES, ids=str)
@pytest.mark.parametrize("block", [1, 63, 64, 65, 4000])
def test_blocks_do_not_change_a_bit(delays, gains, block):
    x = noise(1500)
    whole = streamed(x, delays, gains)
    np.testing.assert_array_equal(streamed(x, delays, gains, range(block, len(x), block)), whole)


@settings(max_examples=40, deadline=None)
@given(
    frames=st.integers(0, 300),
    channels=st.integers(1, 3),
    taps=st.lists(st.tuples(st.integers(1, 90), st.integers(-8, 8)), min_size=1, max_size=3),
    cuts=st.lists(st.integers(0, 300), max_size=5),
)
def test_any_cutting(frames, channels, taps, cuts):
    x = noise(frames, channels)
    delays, gains = [delay for delay, _ in taps], [eighths / 32 for _, eighths in taps]
    y = streamed(x, delays, gains, sorted(min(cut, frames) for cut in cuts))
    np.testing.assert_array_equal(y, streamed(x, delays, gains))
    np.testing.assert_allclose(y, definition(x, delays, gains) if frames else x, rtol=0, atol=1e-13)


def test_an_impulse_repeats_exactly():
    x = np.zeros((50, 1))
    x[0] = 1
    y = streamed(x, [10], [0.5], gain=3.0)[:, 0]
    np.testing.assert_array_equal(y[::10], [3, 1.5, 0.75, 0.375, 0.1875])
    assert np.count_nonzero(y) == 5


def test_single_precision_stays_single():
    x = noise(2000).astype(np.float32)
    y = streamed(x, [30], [0.7], dtype=np.float32)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, definition(x.astype(float), [30], [0.7]), atol=2e-6)


@pytest.mark.parametrize("cuts", [[], [1, 6, 40]])
def test_ping_pong_takes_turns(cuts):
    x = np.zeros((50, 2))
    x[0, 0] = 1
    y = streamed(x, [10], [0.5], cuts, sources=(1, 0))
    np.testing.assert_array_equal(y[::10], [[1, 0], [0, 0.5], [0.25, 0], [0, 0.125], [0.0625, 0]])
    assert np.count_nonzero(y) == 5


def test_short_delays_between_channels():
    x, delays, gains, sources = noise(300, 3), [1, 5], [0.5, -0.4], (2, 0, 1)
    wanted = np.zeros_like(x)
    for n in range(len(x)):
        fed = sum(
            g * wanted[n - d, list(sources)] for d, g in zip(delays, gains, strict=True) if n >= d
        )  # the recursion as it is written
        wanted[n] = x[n] + fed
    np.testing.assert_allclose(streamed(x, delays, gains, [100], sources=sources), wanted, atol=1e-12)


def test_each_channel_its_own_source_is_the_plain_recursion():
    x = noise(500)
    np.testing.assert_array_equal(streamed(x, [9], [0.5], sources=(0, 1)), streamed(x, [9], [0.5]))


def test_no_feedback_is_the_signal():
    x = noise(100)
    np.testing.assert_array_equal(streamed(x, [], [], [30]), x)
    np.testing.assert_array_equal(streamed(x, [5], [0.0], gain=0.5), 0.5 * x)


def test_the_tail_goes_on_where_the_signal_ended():
    x = noise(100)
    flow = FeedbackStream([30], [0.5], channels=2)
    y = np.concatenate([flow.push(x), flow.tail(10), flow.finish(40)])
    np.testing.assert_array_equal(y, streamed(np.concatenate([x, np.zeros((50, 2))]), [30], [0.5]))


@pytest.mark.parametrize(("delays", "gains"), [case for case in CASES if max(case[0]) < 1000], ids=str)
@pytest.mark.parametrize("level", [-20.0, -60.0])
def test_after_the_tail_every_echo_is_below_the_level(delays, gains, level):
    frames = FeedbackStream(delays, gains, channels=1).tail_frames(level)
    impulse = np.zeros((frames + 2000, 1))
    impulse[0] = 1
    response = np.abs(definition(impulse, delays, gains)[:, 0])
    assert response[frames:].max() <= 10 ** (level / 20) * (1 + 1e-6)
    if len(delays) == 1:  # and not much earlier
        assert response[max(0, frames - delays[0]) : frames].max() >= 10 ** (level / 20) * (1 - 1e-6)


def test_tail_of_a_halving_echo():
    flow = FeedbackStream([1000], [0.5], channels=2)
    assert flow.tail_frames(20 * math.log10(0.125)) == 3000
    assert len(FeedbackStream([100], [0.5], channels=2).finish()) == 997
    assert FeedbackStream([], [], channels=2).tail_frames() == 1


@pytest.mark.parametrize("gains", [[1.0, 0.0], [-0.6, 0.4], [math.nan, 0.1]])
def test_feedback_that_never_fades_is_refused(gains):
    with pytest.raises(ConvError, match="fades"):
        FeedbackStream([10, 20], gains, channels=2)


@pytest.mark.parametrize(
    ("delays", "gains", "sources", "match"),
    [([0], [0.5], None, "delay 0"), ([1, 2], [0.5], None, "one gain"), ([1], [0.5], (0, 2), "sources")],
)
def test_impossible_feedback_is_refused(delays, gains, sources, match):
    with pytest.raises(ValueError, match=match):
        FeedbackStream(delays, gains, channels=2, sources=sources)
    with pytest.raises(ValueError, match="level"):
        FeedbackStream([1], [0.5], channels=2).tail_frames(0.0)


def test_infinities_pass_without_a_warning():
    x = np.array([[np.inf], [1.0], [2.0]])
    np.testing.assert_array_equal(streamed(x, [2], [0.5])[:, 0], [np.inf, 1.0, np.inf])


def test_long_decays_end_in_silence_without_a_warning():
    x = np.zeros((60_000, 1))
    x[0] = 1
    y = streamed(x, [7], [0.5])
    assert y[-1000:].max() == 0


def test_input_is_left_alone():
    x = noise(200)
    before = x.copy()
    streamed(x, [3], [0.5], [50])
    np.testing.assert_array_equal(x, before)
