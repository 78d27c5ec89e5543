"""Every sample is rounded once, to the nearest, and what is limited is counted."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.audio import formats
from convcli.audio.formats import Encoding
from convcli.audio.quantise import Quantiser
from convcli.errors import ConvError, UsageError

BITS = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "ALAC_20": 20, "PCM_24": 24, "PCM_32": 32}


def quantised(subtype, values):
    """Return the integers before they are shifted to the top bits, and the quantiser."""
    quantise = Quantiser(subtype, name="a.wav")
    samples = quantise(np.array(values, np.float64).reshape(-1, 1))[:, 0]
    return samples.astype(np.int64) >> (samples.dtype.itemsize * 8 - BITS[subtype]), quantise


@pytest.mark.parametrize("subtype", BITS)
def test_halves_go_to_even(subtype):
    scale = 2 ** (BITS[subtype] - 1)
    halves = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49, -0.51])
    np.testing.assert_array_equal(quantised(subtype, halves / scale)[0], [0, 2, 2, 0, -2, -2, 0, -1])


@pytest.mark.parametrize("subtype", BITS)
def test_the_ends_of_the_range(subtype):
    scale = 2 ** (BITS[subtype] - 1)
    samples, quantise = quantised(subtype, [-1.0, (scale - 1) / scale, 0.0])
    np.testing.assert_array_equal(samples, [-scale, scale - 1, 0])
    assert quantise.clipped == 0
    assert quantise.meter.peak == 1.0


@pytest.mark.parametrize("subtype", BITS)
def test_clipped_samples_are_limited_and_counted(subtype):
    scale = 2 ** (BITS[subtype] - 1)
    samples, quantise = quantised(subtype, [1.0, -1.5, 3.0, 0.25, -1.0, (scale - 0.6) / scale])
    np.testing.assert_array_equal(samples, [scale - 1, -scale, scale - 1, scale // 4, -scale, scale - 1])
    assert quantise.clipped == 3
    assert quantise.meter.peak == 3.0


@given(st.lists(st.floats(-1.2, 1.2), min_size=1, max_size=20), st.sampled_from(sorted(BITS)))
def test_every_sample_is_the_nearest(values, subtype):
    scale = 2 ** (BITS[subtype] - 1)
    exact = [min(max(round(Fraction(value) * scale), -scale), scale - 1) for value in values]
    np.testing.assert_array_equal(quantised(subtype, values)[0], exact)


def test_peak_and_count_go_on_over_blocks():
    quantise = Quantiser("PCM_16", name="a.wav")
    for value in (0.5, -2.0, 1.5):
        quantise(np.full((4, 2), value))
    assert (quantise.meter.peak, quantise.clipped) == (2.0, 16)


@pytest.mark.parametrize(("subtype", "dtype"), [("FLOAT", "f4"), ("DOUBLE", "f8"), ("VORBIS", "f4")])
def test_floats_are_never_limited(subtype, dtype):
    quantise = Quantiser(subtype, name="a.wav")
    samples = quantise(np.array([[2.5], [-7.0]]))
    assert samples.dtype == dtype
    np.testing.assert_array_equal(samples[:, 0], [2.5, -7.0])
    assert (quantise.meter.peak, quantise.clipped) == (7.0, 0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("subtype", ["PCM_24", "VORBIS", "MPEG_LAYER_III"])
def test_what_is_not_finite_needs_a_float_format(value, subtype):
    block = np.array([[0.5], [value]])
    with pytest.raises(
        ConvError, match=rf"a\.wav: a sample is not a finite number, which {subtype} cannot hold"
    ):
        Quantiser(subtype, name="a.wav")(block)


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_floats_that_are_not_finite_are_kept_and_counted(subtype):
    quantise = Quantiser(subtype, name="a.wav")
    for value in (np.nan, 0.25, np.inf, -np.inf):
        block = np.array([[-0.5], [value], [value]])
        np.testing.assert_array_equal(quantise(block.copy()), block)
    assert (quantise.meter.nonfinite, quantise.meter.peak) == (6, 0.5)


def test_what_float32_cannot_hold_becomes_infinite():
    quantise = Quantiser("FLOAT", name="a.wav")
    np.testing.assert_array_equal(quantise(np.array([[1e39], [0.5]])), [[np.inf], [0.5]])
    assert (quantise.meter.nonfinite, quantise.meter.peak) == (1, 0.5)


def test_an_empty_block():
    assert Quantiser("PCM_16", name="a.wav")(np.empty((0, 2))).shape == (0, 2)


class TestFormats:
    @pytest.mark.parametrize(
        ("container", "subtype", "suffix", "expected"),
        [
            ("WAV", "PCM_24", ".wav", ("WAV", "PCM_24")),
            ("WAV", "PCM_24", None, ("WAV", "PCM_24")),
            ("WAV", "PCM_U8", ".flac", ("FLAC", "PCM_S8")),
            ("WAV", "PCM_24", ".flac", ("FLAC", "PCM_24")),
            ("WAV", "ULAW", ".flac", ("FLAC", "PCM_16")),
            ("FLAC", "PCM_S8", ".wav", ("WAV", "PCM_U8")),
            ("CAF", "ALAC_20", ".wav", ("WAV", "PCM_24")),
            ("CAF", "ALAC_16", None, ("CAF", "PCM_16")),  # libsndfile can crash
            ("CAF", "ALAC_24", None, ("CAF", "PCM_24")),  # libsndfile stores noise wrongly
            ("MP3", "MPEG_LAYER_III", ".wav", ("WAV", "PCM_16")),
            ("WAV", "FLOAT", ".ogg", ("OGG", "VORBIS")),
            ("WAV", "PCM_16", ".opus", ("OGG", "OPUS")),
            ("WAVEX", "PCM_16", ".wav", ("WAVEX", "PCM_16")),
            ("WAVEX", "PCM_16", ".aiff", ("AIFF", "PCM_16")),
            ("MAT5", "DOUBLE", ".au", ("AU", "DOUBLE")),
        ],
    )
    def test_the_subtype_is_kept_or_the_nearest_not_smaller(self, container, subtype, suffix, expected):
        chosen = formats.choose(Encoding(container, subtype, 48000, 2), suffix=suffix, subtype=None)
        assert (chosen.container, chosen.subtype) == expected
        assert (chosen.rate, chosen.channels) == (48000, 2)

    @pytest.mark.parametrize("subtype", ["PCM_32", "FLOAT", "DOUBLE"])
    def test_nothing_is_made_smaller_silently(self, subtype):
        with pytest.raises(UsageError, match=f"FLAC has nothing that holds {subtype} in full") as caught:
            formats.choose(Encoding("WAV", subtype, 48000, 2), suffix=".flac", subtype=None)
        assert "PCM_24" in caught.value.hint

    def test_the_user_may_choose(self):
        source = Encoding("WAV", "FLOAT", 48000, 2)
        assert formats.choose(source, suffix=".flac", subtype="pcm_24").subtype == "PCM_24"
        with pytest.raises(UsageError, match="--subtype: FLAC has no 'FLOAT'") as caught:
            formats.choose(source, suffix=".flac", subtype="float")
        assert "PCM_S8 PCM_16 PCM_24" in caught.value.hint

    def test_some_formats_are_only_read(self):
        with pytest.raises(UsageError, match="VOC: this format is only read"):
            formats.choose(Encoding("VOC", "PCM_16", 8000, 1), suffix=None, subtype=None)

    @pytest.mark.parametrize(
        ("frames", "container"), [(None, "WAV"), (10**6, "WAV"), (2**30 - 2**15, "WAV"), (2**30, "RF64")]
    )
    def test_wav_ends_at_four_gibibytes(self, frames, container):
        assert formats.fit(Encoding("WAV", "PCM_16", 48000, 2), frames).container == container

    def test_other_containers_are_left_alone(self):
        encoding = Encoding("AU", "PCM_16", 48000, 2)
        assert formats.fit(encoding, 2**40) is encoding

    @pytest.mark.parametrize(
        ("subtype", "bytes_each"), [("PCM_U8", 1), ("PCM_16", 2), ("PCM_24", 3), ("FLOAT", 4), ("DOUBLE", 8)]
    )
    def test_frame_bytes(self, subtype, bytes_each):
        assert formats.frame_bytes(Encoding("WAV", subtype, 8000, 3)) == 3 * bytes_each
