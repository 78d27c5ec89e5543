"""Echoes as their options describe them, against the definition, sample by sample."""

from math import ceil, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.audio.arrangement import arrange
from convcli.audio.formats import Encoding
from convcli.audio.mixing import parse_mix
from convcli.audio.pan import pan_gains
from convcli.errors import UsageError

RATE = 8000


def prepared(effect, channels=1, rate=RATE):
    return effect.prepare(Encoding("WAV", "DOUBLE", rate, channels), None, dtype=np.dtype(np.float64))


def run(effect, x, cuts=()):
    """Return the whole result for a sound, pushed in blocks."""
    plan = prepared(effect, x.shape[1])
    flow = plan.stream()
    padded = np.concatenate([x, np.zeros((plan.tail, x.shape[1]))])
    y = np.concatenate([*(flow.push(block) for block in np.split(padded, cuts)), flow.finish(0)])
    assert y.shape == (len(x) + plan.tail, plan.channels)
    return y


def impulse(channels=1, frames=1):
    x = np.zeros((frames, channels))
    x[0] = 1
    return x


def noise(frames, channels):
    return np.random.default_rng([frames, channels]).uniform(-1, 1, (frames, channels))


PLACES = st.one_of(st.none(), st.integers(-8, 8).map(lambda eighths: eighths / 8))


@given(
    pairs=st.lists(st.tuples(st.integers(1, 300), st.integers(-64, 64)), min_size=1, max_size=8),
    dry=st.integers(-4, 4),
    channels=st.integers(1, 3),
)
def test_an_impulse_returns_exactly_the_taps(pairs, dry, channels):
    effect = arrange(taps=[f"{delay}S:{gain}/64" for delay, gain in pairs], dry=str(dry))
    y = run(effect, impulse(channels))
    expected = np.zeros((1 + max([delay for delay, gain in pairs if gain], default=0), channels))
    expected[0] += dry
    for delay, gain in pairs:
        if gain:
            expected[delay] += gain / 64
    np.testing.assert_array_equal(y, expected)


@given(
    triples=st.lists(st.tuples(st.integers(1, 90), st.integers(-64, 64), PLACES), min_size=1, max_size=6),
    channels=st.integers(1, 2),
    frames=st.integers(0, 120),
    cuts=st.lists(st.integers(0, 200), max_size=3),
)
def test_taps_with_a_place(triples, channels, frames, cuts):
    texts = [f"{delay}S:{gain}/64" + ("" if pan is None else f":{pan}") for delay, gain, pan in triples]
    effect, x = arrange(taps=texts), noise(frames, channels)
    y = run(effect, x, sorted(cuts))
    stereo = np.broadcast_to(x, (frames, 2)) if any(pan is not None for _, _, pan in triples) else x
    expected = np.zeros((len(y) + 100, stereo.shape[1]))
    expected[:frames] += stereo
    for delay, gain, pan in triples:
        gains = 1 if pan is None else np.array(pan_gains(pan, channels))
        expected[delay : delay + frames] += gain / 64 * gains * stereo
    np.testing.assert_allclose(y, expected[: len(y)], atol=1e-14)
    assert not np.any(expected[len(y) :])


def test_a_mono_sound_without_places_stays_mono():
    assert prepared(arrange(taps=["1S:1"])).channels == 1
    assert prepared(arrange(taps=["1S:1:0"])).channels == 2


def test_ping_pong_takes_turns_with_the_mean_of_both_channels():
    effect = arrange(delay="2S", gain="0.5", repeats=3, ping_pong=True)
    np.testing.assert_array_equal(
        run(effect, np.array([[1.0]])), [[1, 1], [0, 0], [0.5, 0], [0, 0], [0, 0.25], [0, 0], [0.125, 0]]
    )
    np.testing.assert_array_equal(
        run(effect, np.array([[1.0, 0.0]])),
        [[1, 0], [0, 0], [0.25, 0], [0, 0], [0, 0.125], [0, 0], [0.0625, 0]],
    )


@given(
    delay=st.integers(1, 40),
    feedback=st.sampled_from([0.75, -0.5, 0.25, 0.0]),
    frames=st.integers(0, 150),
    cuts=st.lists(st.integers(0, 300), max_size=3),
)
def test_ping_pong_is_a_recursion_between_left_and_right(delay, feedback, frames, cuts):
    effect = arrange(delay=f"{delay}S", gain="0.5", feedback=str(feedback), ping_pong=True, tail="0.02")
    x = noise(frames, 2)
    y = run(effect, x, sorted(cuts))
    padded = np.concatenate([x, np.zeros((len(y) - frames, 2))])
    wet = np.zeros_like(padded)
    for n in range(delay, len(wet)):
        wet[n] = feedback * wet[n - delay, ::-1]
        wet[n, 0] += 0.5 * padded[n - delay].mean()
    np.testing.assert_allclose(y, padded + wet, atol=1e-13)
    np.testing.assert_array_equal(y, run(effect, x))


@pytest.mark.parametrize("channels", [1, 2])
def test_ping_pong_fed_back_is_ping_pong_repeated(channels):
    x = noise(50, channels)
    fed = run(arrange(delay="7S", gain="0.5", feedback="0.5", ping_pong=True), x)
    taken = run(arrange(delay="7S", gain="0.5", repeats=60, ping_pong=True), x)
    np.testing.assert_allclose(fed, taken[: len(fed)], atol=1e-15)


@given(
    delay=st.integers(1, 60),
    gain=st.floats(-2, 2),
    feedback=st.floats(-0.9, 0.9),
    dry=st.floats(-1, 1),
    frames=st.integers(0, 200),
    cuts=st.lists(st.integers(0, 300), max_size=3),
)
def test_feedback_is_its_recursion(delay, gain, feedback, dry, frames, cuts):
    effect = arrange(
        delay=f"{delay}S", gain=f"{gain:.9f}", feedback=f"{feedback:.9f}", dry=f"{dry:.9f}", tail="0.02"
    )
    [tap] = effect.taps
    x = noise(frames, 2)
    y = run(effect, x, sorted(cuts))
    padded = np.concatenate([x, np.zeros((len(y) - frames, 2))])
    wet = np.zeros_like(padded)
    for n in range(delay, len(wet)):
        wet[n] = tap.gain * padded[n - delay] + effect.feedback * wet[n - delay]
    np.testing.assert_allclose(y, effect.dry * padded + wet, atol=1e-12)
    np.testing.assert_array_equal(y, run(effect, x))


@pytest.mark.parametrize("feedback", [0.5, -0.5, 0.9, 0.1, 0.001, 0.0])
def test_the_tail_of_feedback_goes_to_60_db_below_the_first_echo(feedback):
    plan = prepared(arrange(delay="100S", feedback=str(feedback)))
    echoes = ceil(round(log(0.001) / log(abs(feedback)), 9)) if feedback else 1
    assert plan.tail == 100 * echoes
    y = run(arrange(delay="100S", feedback=str(feedback)), impulse())[:, 0]
    assert abs(y[-1]) > 0.001 * 0.5
    assert np.flatnonzero(y[1:]).tolist() == [100 * n - 1 for n in range(1, echoes + 1)]
    assert f"the tail has {echoes} echo" in plan.notes[-1]
    assert ("60 dB below" in plan.notes[-1]) == bool(feedback)
    assert plan.kernel.sum == pytest.approx(1 + 0.5 / (1 - feedback))


def test_the_tail_of_feedback_has_a_limit_that_is_told():
    plan = prepared(arrange(delay="300ms", feedback="0.999"))
    assert plan.tail == 30 * RATE
    assert plan.notes[-1] == (
        "feedback 0.999: the tail is cut after 100 echoes, 30 s at most, where they are 0.9 dB below"
        " the first; --tail SECONDS sets another length"
    )
    assert prepared(arrange(delay="50s", feedback="0.5")).tail == 50 * RATE  # one echo at least
    chosen = prepared(arrange(delay="300ms", feedback="0.999", tail="90"))
    assert chosen.tail == 90 * RATE
    assert len(chosen.notes) == 1


def test_a_mix_is_a_share_of_both():
    y = run(arrange(delay="3S", gain="0.5", mix="25%"), impulse())[:, 0]
    np.testing.assert_array_equal(y, [0.75, 0, 0, 0.125])
    np.testing.assert_array_equal(run(arrange(delay="3S", mix="0"), impulse()), [[1]])
    fed = run(arrange(delay="3S", gain="1", feedback="0.5", mix="0.5"), impulse())[:, 0]
    np.testing.assert_array_equal(fed[:7:3], [0.5, 0.5, 0.25])


@pytest.mark.parametrize("text", ["1.1", "-0.1", "101%", "half", "", "%"])
def test_bad_mixes(text):
    with pytest.raises(UsageError, match=r"--mix: '.*' is not a share from 0 to 1"):
        parse_mix(text)


def test_notes_of_a_tempo():
    plan = prepared(arrange(delay="1/8.", tempo="120", repeats=2), rate=44100)
    assert plan.notes == (
        "delay 3/16 at 120 BPM = 16538 samples at 44100 Hz, gain 0.5",
        "delay 3/8 at 120 BPM = 33075 samples at 44100 Hz, gain 0.25",
    )
    assert plan.details == {"delay_samples": [16538, 33075]}
    assert prepared(arrange(taps=["1/4:0.5:L", "20ms:1"], tempo="60")).notes[0].endswith("gain 0.5, left")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"taps": ["1:1"], "feedback": "0.5"}, "--feedback: has no meaning together with --tap"),
        ({"repeats": 3, "feedback": "0.5"}, "--repeats: has no meaning together with --feedback"),
        ({"dry": "1", "mix": "0.5"}, "--dry: has no meaning together with --mix"),
        ({"ping_pong": True, "taps": ["1:1:L"]}, "--ping-pong: has no meaning together with a PAN"),
        ({"tempo": "120", "delay": "300ms"}, "--tempo: no delay is a note"),
        ({"tempo": "120"}, "--tempo: no delay is a note"),
        ({"delay": "1/8"}, "--delay: '1/8' is a note, which needs a tempo"),
        ({"taps": ["1/8:1"]}, "--tap: '1/8' is a note, which needs a tempo"),
        ({"delay": "1/3", "tempo": "120"}, "--delay: '1/3' has no unit"),
        ({"feedback": "1"}, "--feedback: '1' is not between -1 and 1"),
        ({"feedback": "-1"}, "--feedback: '-1' is not between -1 and 1"),
        ({"feedback": "0dB"}, "--feedback: '0dB' is not between -1 and 1"),
        ({"feedback": "loud"}, "--feedback: 'loud' cannot be read"),
    ],
)
def test_contradictions_have_a_remedy(options, message):
    with pytest.raises(UsageError) as caught:
        arrange(**options)
    assert caught.value.message.startswith(message)
    assert caught.value.hint


@pytest.mark.parametrize("options", [{"ping_pong": True}, {"taps": ["1:1:L"]}])
def test_surround_has_more_than_left_and_right(options):
    with pytest.raises(UsageError, match="a sound of 6 channels has more than left and right"):
        prepared(arrange(**options), channels=6)
