"""Notes at a tempo, and places between left and right."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.audio import notes, taps
from convcli.audio.pan import pan_gains, parse_pan
from convcli.errors import UsageError


@pytest.mark.parametrize(
    ("text", "tempo", "milliseconds"),
    [
        ("1/4", 120, 500),  # the beat
        ("1/8", 120, 250),
        ("1/8.", 120, 375),
        ("1/8t", 120, Fraction(500, 3)),
        ("1/8T", 90, Fraction(2000, 9)),
        ("1/1", 60, 4000),
        ("3/16", 120, 375),
        ("2/1", 240, 2000),
        ("1/128", 60, Fraction(4000, 128)),
    ],
)
def test_notes(text, tempo, milliseconds):
    length = notes.parse_note(text)
    assert notes.seconds(length, Fraction(tempo)) * 1000 == milliseconds
    delay = taps.parse_delay(text, option="--delay", tempo=Fraction(tempo), musical=True)
    assert delay.frames(44100) == round(Fraction(milliseconds) * 44100 / 1000)


@pytest.mark.parametrize("text", ["1/3", "0/4", "1/0", "1/256", "1/8..", "1/8x", "8", "-1/8", "", "1/4ms"])
def test_what_is_no_note(text):
    assert notes.parse_note(text) is None


@given(st.integers(1, 32), st.sampled_from([1, 2, 4, 8, 16, 32]), st.sampled_from(["", ".", "t"]))
def test_notes_are_told_as_they_can_be_typed(count, part, change):
    length = notes.parse_note(f"{count}/{part}{change}")
    assert notes.parse_note(notes.format_note(length)) == length


@pytest.mark.parametrize(
    ("text", "told"), [("1/8", "1/8"), ("1/8.", "3/16"), ("1/8t", "1/8t"), ("2/8", "1/4")]
)
def test_delays_of_notes_name_the_tempo(text, told):
    delay = taps.parse_delay(text, option="--delay", tempo=Fraction("92.5"), musical=True)
    assert str(delay) == f"{told} at 92.5 BPM"


def test_repeats_of_notes_do_not_drift():
    delay = taps.parse_delay("1/8t", option="--delay", tempo=Fraction(120), musical=True)
    assert [delay.times(n).frames(44100) for n in (1, 2, 3)] == [7350, 14700, 22050]
    assert delay.times(3).frames(44100) == round(Fraction(44100, 2))


def test_a_note_needs_a_tempo():
    with pytest.raises(UsageError, match=r"--delay: '1/8' is a note, which needs a tempo") as caught:
        taps.parse_delay("1/8", option="--delay", musical=True)
    assert "--tempo" in caught.value.hint


@pytest.mark.parametrize("text", ["0", "-120", "fast", "", "nan"])
def test_bad_tempos(text):
    with pytest.raises(UsageError, match="--tempo: ") as caught:
        notes.parse_tempo(text)
    assert "120" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "place"), [("L", -1), ("c", 0), ("R", 1), ("-1", -1), ("0.5", 0.5), (" 1/4 ", 0.25), ("1", 1)]
)
def test_places(text, place):
    assert parse_pan(text, option="--tap") == place


@pytest.mark.parametrize("text", ["", "left", "1.01", "-2", "nan", "LR"])
def test_bad_places(text):
    with pytest.raises(UsageError, match=r"--tap: '.*' is no place between left and right"):
        parse_pan(text, option="--tap")


@given(st.floats(-1, 1))
def test_one_channel_is_spread_with_constant_power(place):
    left, right = pan_gains(place, 1)
    assert left**2 + right**2 == pytest.approx(1)
    assert (left - right) * place <= 0
    # The tangent law of a pair of loudspeakers.
    assert np.arctan2(right, left) == pytest.approx((1 + place) * np.pi / 4, abs=1e-12)


@given(st.floats(-1, 1))
def test_two_channels_are_balanced(place):
    left, right = pan_gains(place, 2)
    assert max(left, right) == 1
    assert min(left, right) == pytest.approx(1 - abs(place))


@pytest.mark.parametrize("channels", [1, 2])
def test_the_ends_are_exact(channels):
    assert pan_gains(-1, channels) == (1, 0)
    assert pan_gains(1, channels) == (0, 1)
    assert pan_gains(0, channels) == ((1, 1) if channels == 2 else pytest.approx((0.5**0.5,) * 2))
