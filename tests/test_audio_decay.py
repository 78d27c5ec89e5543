"""Reverberation times against decays whose time is known."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convcli.audio import decay, showing

RATE = 8000


def fading(seconds, rt60, *, rate=RATE, channels=1, seed=0):
    """Return noise whose energy falls by 60 dB in `rt60` seconds."""
    t = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).standard_normal((len(t), channels))
    return noise * 10 ** (-3 * t / rt60)[:, np.newaxis]


def smooth(seconds, rt60, rate=RATE):
    """Return the bare exponential, of which everything is known exactly."""
    return 10 ** (-3 * np.arange(round(seconds * rate)) / rate / rt60)[:, np.newaxis]


@pytest.mark.parametrize("rt60", [0.2, 1.0, 2.5])
@pytest.mark.parametrize("name", ["EDT", "T20", "T30"])
def test_an_exponential_has_one_time(rt60, name):
    found = decay.analyse(smooth(1.5 * rt60, rt60), RATE)
    assert found.time(name) == pytest.approx(rt60, rel=1e-3)
    assert found.rt60 == (found.time("T30"), "T30")
    assert (found.onset, found.peak) == (0, 0)


@given(
    rt60=st.floats(0.3, 3),
    rate=st.sampled_from([8000, 11025, 44100]),
    seed=st.integers(0, 99),
    gain=st.floats(1e-6, 1e6),
    ahead=st.integers(0, 500),
)
def test_noise_that_fades(rt60, rate, seed, gain, ahead):
    h = np.concatenate(
        [np.zeros((ahead, 2)), gain * fading(1.2 * rt60, rt60, rate=rate, channels=2, seed=seed)]
    )
    found = decay.analyse(h, rate)
    seconds, name = found.rt60
    assert (seconds, name) == (pytest.approx(rt60, rel=0.12), "T30")
    assert ahead <= found.onset < ahead + 20


def test_what_was_cut_off_is_made_up_for():
    """An exponential that ends at -51 dB has lost nothing that can be seen at -35 dB."""
    found = decay.analyse(smooth(0.85, 1.0), RATE)
    assert found.time("T30") == pytest.approx(1.0, rel=1e-3)
    assert found.level(0.7) == pytest.approx(-42, abs=0.1)


def test_the_curve_falls_60_db_in_its_time():
    found = decay.analyse(smooth(3, 1.5), RATE)
    assert found.level(0) == 0
    for seconds in (0.25, 0.5, 1.0):
        assert found.level(seconds) == pytest.approx(-60 * seconds / 1.5, abs=0.05)
    assert found.level(1e6) == -math.inf
    assert (np.diff(found.curve) <= 0).all()


@pytest.mark.parametrize(
    ("background_db", "name"), [(-80, "T30"), (-57, "T30"), (-42, "T20"), (-25, None), (-10, None)]
)
def test_background_noise_leaves_a_smaller_range(background_db, name):
    h = fading(3, 1.0)
    h += 10 ** (background_db / 20) * np.random.default_rng(1).standard_normal(h.shape)
    found = decay.analyse(h, RATE)
    if name is None:
        assert found.rt60 is None
    else:
        seconds, used = found.rt60
        assert (used, seconds) == (name, pytest.approx(1.0, rel=0.1))
    assert found.noise_db == pytest.approx(background_db, abs=2)
    assert found.end < len(h)


def test_a_curve_that_bends_has_several_times():
    """Two rooms coupled: the early part is the fast one's."""
    h = smooth(4, 0.4) + 0.03 * smooth(4, 3.0)
    found = decay.analyse(h, RATE)
    assert found.time("EDT") < 0.5 < found.time("T20") < found.time("T30") < 3.0


@pytest.mark.parametrize("frames", [1, 2, 50, 4000])
def test_a_single_spike_has_no_time(frames):
    h = np.zeros((frames, 1))
    h[frames // 2] = -0.5
    found = decay.analyse(h, RATE)
    assert (found.onset, found.peak, found.rt60, found.noise_db) == (frames // 2, frames // 2, None, None)
    assert found.curve[0] == 0


def test_the_direct_sound_comes_before_a_louder_reflection():
    h = np.zeros((4000, 1))
    h[100], h[60], h[300] = 0.2, 0.05, 1.0
    found = decay.analyse(h, RATE)
    assert (found.onset, found.peak) == (100, 300)


def test_a_steady_sound_never_fades():
    assert decay.analyse(np.ones((9000, 1)), RATE).rt60 is None


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=300).filter(any))
@example([1.0, *[0.0] * 7, 0.5, 0.0])
def test_no_response_does_harm(values):
    found = decay.analyse(np.array(values)[:, np.newaxis], 1000)
    assert found.rt60 is None or found.rt60[0] > 0
    assert 0 <= found.onset <= found.peak < len(values)


@given(st.integers(1, 1000), st.sampled_from([1000, 8000, 44100]))
def test_curves_of_sounds_that_do_not_fade_end_with_them(frames, rate):
    rows = showing.curve(decay.analyse(np.ones((frames, 1)), rate), width=60, bar="#")
    assert rows[0][1] == "0.0 dB"
    assert all(math.isfinite(float(level.removesuffix(" dB"))) for _, level, _ in rows)
    assert len(rows[0][2]) >= len(rows[-1][2])
