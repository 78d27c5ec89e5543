"""The text of delays, gains and taps, and their exact rounding to samples."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.audio import level, taps
from convcli.audio.arrangement import arrange
from convcli.audio.taps import Delay, Tap
from convcli.errors import UsageError


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        ("300ms", 44100, 13230),
        ("300", 44100, 13230),
        ("0.3s", 44100, 13230),
        ("13230samples", 8000, 13230),
        ("13230S", 8000, 13230),
        ("1 sample", 8000, 1),
        (" 2.5 s ", 48000, 120000),
        ("1/3s", 48000, 16000),
        ("10ms", 48000, 480),  # a float32 of 0.01 gives 479
        ("2.5samples", 8000, 2),  # halves to even
        ("3.5samples", 8000, 4),
        ("0.0003125s", 8000, 2),  # 2.5 samples exactly, though no binary fraction
        ("1e2ms", 44100, 4410),
    ],
)
def test_delays_in_samples(text, rate, frames):
    assert taps.parse_delay(text, option="--delay").frames(rate) == frames


@given(st.integers(1, 10**7), st.sampled_from([8000, 22050, 44100, 48000, 96000]))
def test_a_decimal_delay_is_rounded_once(microseconds, rate):
    exact = Fraction(microseconds * rate, 10**6)
    for text in (f"{microseconds}e-6s", f"{microseconds}e-3ms", f"{microseconds}e-3"):
        assert taps.parse_delay(text, option="--delay").frames(rate) == round(exact)


@pytest.mark.parametrize(
    "text", ["", "ms", "fast", "300 miles", "0", "-3ms", "1/8", "nan", "1:2", "0x10", "1e999s"]
)
def test_bad_delays(text):
    with pytest.raises(UsageError, match=r"--delay: '") as caught:
        taps.parse_delay(text, option="--delay")
    assert repr(text) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "gain"),
    [
        ("0.5", 0.5),
        ("-0.5", -0.5),
        ("1/3", 1 / 3),
        ("0dB", 1.0),
        ("-20dB", 0.1),
        ("6.0206 db", 2.0),
        ("0", 0.0),
    ],
)
def test_gains(text, gain):
    assert taps.parse_gain(text, option="--gain") == pytest.approx(gain, rel=1e-6)


@pytest.mark.parametrize("text", ["", "dB", "loud", "5000dB", "-6 bels", "inf", "0.5x"])
def test_bad_gains(text):
    with pytest.raises(UsageError, match=r"--gain: ") as caught:
        taps.parse_gain(text, option="--gain")
    assert caught.value.hint


def test_a_tap_is_delay_and_gain():
    assert taps.parse_tap("300ms:-0.5") == Tap(Delay(Fraction(300), "ms"), -0.5)


@pytest.mark.parametrize("text", ["300ms", "300ms:0.5:-2", "300ms:0.5:L:R", "300ms:0.5:", ":0.5", "300ms:"])
def test_bad_taps(text):
    with pytest.raises(UsageError, match="--tap: "):
        taps.parse_tap(text)


def test_tails():
    assert taps.parse_tail("keep") == "keep"
    assert taps.parse_tail("CUT") == "cut"
    assert taps.parse_tail("0") == "cut"
    assert taps.parse_tail("2.5") == Delay(Fraction(5, 2), "s")
    assert taps.parse_tail("500ms") == Delay(Fraction(500), "ms")
    with pytest.raises(UsageError, match="--tail: 'long'"):
        taps.parse_tail("long")


def test_the_default_is_one_spike():
    [tap] = arrange().taps
    assert tap == Tap(Delay(Fraction(300), "ms"), 0.5)


def test_repeats_are_geometric_and_do_not_drift():
    arranged = arrange(delay="1/3ms", gain="-0.5", repeats=3).taps
    assert [tap.gain for tap in arranged] == [-0.5, 0.25, -0.125]
    assert taps.offsets(arranged, 44100) == (15, 29, 44)  # 14.7, 29.4, 44.1: not 15, 30, 45


def test_taps_keep_their_order():
    arranged = arrange(taps=("20samples:1", "10samples:2")).taps
    assert taps.offsets(arranged, 8000) == (20, 10)


@pytest.mark.parametrize("given_with", [{"delay": "1"}, {"gain": "1"}, {"repeats": 2}])
def test_taps_stand_alone(given_with):
    with pytest.raises(UsageError, match="--tap"):
        arrange(taps=("1ms:1",), **given_with)


@pytest.mark.parametrize("repeats", [0, -1, 1001])
def test_repeats_have_bounds(repeats):
    with pytest.raises(UsageError, match=f"--repeats: {repeats} "):
        arrange(repeats=repeats)


@pytest.mark.parametrize(
    ("text", "reason"), [("0.01ms", "no whole sample at 8000 Hz"), ("2e3s", None), ("3601s", "hour")]
)
def test_delays_that_make_no_sense(text, reason):
    arranged = arrange(delay=text).taps
    if reason is None:
        assert taps.offsets(arranged, 8000) == (16_000_000,)
        return
    with pytest.raises(UsageError, match=reason):
        taps.offsets(arranged, 8000)


def test_tails_have_a_bound():
    assert taps.tail_frames(Delay(Fraction(3600), "s"), 8000, reach=7) == 3600 * 8000
    assert (taps.tail_frames("keep", 8000, reach=7), taps.tail_frames("cut", 8000, reach=7)) == (7, 0)
    for span in (Delay(Fraction(3600 * 8000 + 1), "samples"), Delay(Fraction(10**12), "s")):
        with pytest.raises(UsageError, match=r"--tail .* is longer than an hour at 8000 Hz") as caught:
            taps.tail_frames(span, 8000, reach=7)
        assert caught.value.hint == "write e.g. --tail 2.5 for seconds"


@pytest.mark.parametrize(("text", "told"), [("300ms", "300ms"), ("0.3s", "0.3s"), ("5S", "5 samples")])
def test_delays_are_told_as_written(text, told):
    assert str(taps.parse_delay(text, option="--delay")) == told


class TestLevel:
    def test_full_scale_is_0_dbfs(self):
        assert level.dbfs(1.0) == 0
        assert level.dbfs(0.5) == pytest.approx(-6.0206, abs=1e-4)

    def test_silence_has_no_level(self):
        assert level.dbfs(0.0) is None

    @given(st.floats(1e-3, 1e3))
    def test_the_safe_gain_is_enough_and_not_too_much(self, peak):
        limit = 32767 / 32768
        gain = level.safe_gain(peak, limit)
        scaled = peak * 10 ** (gain / 20)
        assert scaled <= limit * (1 + 1e-12)
        if peak > limit:
            assert scaled > limit * 10 ** (-0.011 / 20)
        else:
            assert gain == 0

    def test_no_gain_tames_infinity(self):
        assert level.safe_gain(float("inf"), 1.0) == 0
