"""Rooms against scipy in float64: layouts, levels, edits, rates."""

from fractions import Fraction

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import freqz, oaconvolve

from convcli.audio import responses
from convcli.audio.finish import Finish
from convcli.audio.formats import Encoding
from convcli.audio.processing import process
from convcli.audio.resampling import resample
from convcli.audio.responses import Recording
from convcli.audio.reverb import Reverb
from convcli.audio.taps import Delay
from convcli.errors import ConvError, ReadError, UsageError
from convcli.jobs import Job

RATE = 8000


def noise(frames, channels=1, seed=0):
    return np.random.default_rng([frames, channels, seed]).uniform(-1, 1, (frames, channels))


def samples(count):
    return Delay(Fraction(count), "samples")


def room(h, rate=RATE, **options):
    h = np.asarray(h, float)
    return Reverb(Recording("hall.wav", h[:, np.newaxis] if h.ndim == 1 else h, rate), **options)


def prepared(effect, channels=1, *, rate=RATE, frames=None, dtype=np.float64):
    return effect.prepare(Encoding("WAV", "DOUBLE", rate, channels), frames, dtype=np.dtype(dtype))


def run(effect, x, *, block=1000, rate=RATE):
    """Return the whole result for a sound, as the processing room gets it."""
    plan = prepared(effect, x.shape[1], rate=rate, frames=len(x))
    flow = plan.stream()
    padded = np.concatenate([x, np.zeros((max(plan.tail, 0), x.shape[1]))])
    pieces = [flow.push(padded[start : start + block]) for start in range(0, len(padded), block)]
    y = np.concatenate([*pieces, flow.finish(0)])
    assert y.shape == (len(x) + plan.tail, plan.channels)
    return y


def full(x, h):
    return oaconvolve(x, h, axes=0)


@pytest.mark.parametrize("length", [1, 2, 50, 3000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_one_response_for_every_channel(length, channels):
    x, h = noise(2500, channels), noise(length)
    np.testing.assert_allclose(run(room(h), x), full(x, h), atol=1e-11)


@pytest.mark.parametrize("layout", ["auto", "channels"])
@pytest.mark.parametrize("channels", [2, 4, 5])
def test_a_response_for_each_channel(channels, layout):
    x, h = noise(700, channels), noise(300, channels, seed=1)
    if channels == 4 and layout == "auto":  # four channels with four are no true stereo
        assert prepared(room(h), 4).channels == 4
    np.testing.assert_allclose(run(room(h, layout=layout), x), full(x, h), atol=1e-11)


@pytest.mark.parametrize("layout", ["auto", "stereo"])
def test_a_mono_sound_in_a_stereo_room_is_stereo(layout):
    x, h = noise(700), noise(300, 2)
    np.testing.assert_allclose(run(room(h, layout=layout), x), full(np.repeat(x, 2, axis=1), h), atol=1e-11)


@pytest.mark.parametrize("layout", ["auto", "true-stereo"])
def test_true_stereo(layout):
    x, h = noise(700, 2), noise(300, 4)
    y = run(room(h, layout=layout), x)
    left, right = (full(x[:, [c]], h[:, [2 * c, 2 * c + 1]]) for c in (0, 1))
    np.testing.assert_allclose(y, left + right, atol=1e-11)
    mono = run(room(h, layout=layout), x[:, :1])
    np.testing.assert_allclose(mono, full(x[:, :1], h[:, :2] + h[:, 2:]), atol=1e-11)


def test_the_order_of_true_stereo_is_that_of_web_audio():
    h = np.zeros((4, 4))
    h[range(4), range(4)] = 1, 2, 3, 4  # LL, LR, RL, RR, a frame each
    y = run(room(h), np.array([[1.0, 10.0]]))
    np.testing.assert_array_equal(y, [[1, 0], [0, 2], [30, 0], [0, 40]])


def test_a_room_made_mono_is_the_mean_of_its_channels():
    x, h = noise(700, 2), noise(300, 2, seed=1)
    y = run(room(h, layout="mono"), x)
    np.testing.assert_allclose(y, full(x, h.mean(axis=1, keepdims=True)), atol=1e-11)


@pytest.mark.parametrize(
    ("layout", "response", "sound"),
    [
        ("auto", 3, 2),
        ("auto", 2, 6),
        ("auto", 4, 6),
        ("stereo", 4, 2),
        ("stereo", 2, 3),
        ("channels", 2, 1),
        ("true-stereo", 2, 2),
        ("true-stereo", 4, 4),
    ],
)
def test_channels_that_do_not_fit(layout, response, sound):
    with pytest.raises(UsageError, match=rf"hall.wav has {response} channels, the sound {sound}:") as caught:
        prepared(room(noise(10, response), layout=layout), sound)
    assert caught.value.message.startswith("" if layout == "auto" else f"--ir-layout {layout}: ")
    assert "mono" in caught.value.hint


class TestLevel:
    @given(st.integers(1, 40), st.integers(1, 2), st.integers(0, 99))
    def test_norms(self, length, channels, seed):
        h = noise(length, channels, seed)
        laid_out = responses.lay_out(Recording("h", h, RATE), "auto", channels)
        assert responses.norm_factor(laid_out, "none") == 1
        assert np.abs(h * responses.norm_factor(laid_out, "peak")).max() == pytest.approx(1)
        assert np.abs(h * responses.norm_factor(laid_out, "l1")).sum(axis=0).max() == pytest.approx(1)
        assert np.square(h * responses.norm_factor(laid_out, "energy")).sum(axis=0).max() == pytest.approx(1)

    def test_norms_of_true_stereo_add_up_both_inputs(self):
        h = np.array([[1.0, 2.0, 3.0, -4.0]])  # to the left 1 + 3, to the right 2 + 4
        laid_out = responses.lay_out(Recording("h", h, RATE), "auto", 2)
        assert responses.norm_factor(laid_out, "l1") == pytest.approx(1 / 6)
        assert responses.norm_factor(laid_out, "energy") == pytest.approx(1 / np.sqrt(20))

    @pytest.mark.parametrize(("channels", "sound"), [(1, 2), (2, 2), (2, 1), (4, 2), (4, 1)])
    def test_the_worst_case_happens(self, channels, sound):
        h = noise(60, channels)
        effect = room(h, dry=0.3, wet=0.7)
        plan = prepared(effect, sound)
        weights = responses.lay_out(Recording("h", h, RATE), "auto", sound)
        weights = weights[:, None, None] * np.eye(sound) if weights.ndim == 1 else weights
        weights = weights[:, :, None] * np.eye(sound) if weights.ndim == 2 else weights
        weights = 0.7 * weights
        weights[0] += 0.3 * (np.eye(sound) if weights.shape[2] == sound else 1)
        loudest = np.abs(weights).sum(axis=(0, 1)).argmax()
        y = run(effect, np.sign(weights[::-1, :, loudest]))
        worst = np.abs(weights).sum(axis=(0, 1)).max()
        assert np.abs(y).max() == pytest.approx(worst)
        assert plan.notes[-1].startswith(f"worst case {20 * np.log10(worst):+.2f} dB")

    def test_a_quiet_room_cannot_clip(self):
        assert prepared(room([0.5, 0.25])).notes[-1] == "worst case -2.50 dB: nothing can clip"
        assert prepared(room([2.0])).notes[-1] == "worst case +6.02 dB: peaks up to -6.02 dBFS cannot clip"

    def test_silence_has_no_level(self):
        cancelling = room(np.array([[1.0, -1.0]]), norm="energy", layout="mono")
        with pytest.raises(ConvError, match="silent has no level"):
            prepared(cancelling)


class TestEdits:
    def test_dry_and_wet_begin_together(self):
        x = noise(50)
        y = run(room([0.0, 0.5], wet=2.0, dry=0.25), x)
        np.testing.assert_allclose(y, full(x, np.array([[0.25], [1.0]])), atol=1e-12)

    def test_trimming_moves_the_direct_sound_to_the_start(self):
        h = np.array([1e-5, 0, 1e-4, 0.5, 1e-6, -0.2, 1e-4, 1e-5])
        x = noise(20)
        y = run(room(h, trim_db=-60, dry=1), x)
        np.testing.assert_allclose(y, full(x, np.array([[1.5], [1e-6], [-0.2]])), atol=1e-12)

    def test_trimming_looks_at_all_channels(self):
        h = np.array([[1e-9, 1.0], [1e-9, 0], [0.5, 0], [1e-9, 1e-9]])
        np.testing.assert_array_equal(responses.trim(h, -60), h[:3])

    def test_fading(self):
        h = np.ones((10, 2))
        faded = responses.fade(h, 4)
        np.testing.assert_array_equal(faded[:6], 1)
        np.testing.assert_allclose(faded[6:, 0], (1 + np.cos(np.pi * np.arange(1, 5) / 5)) / 2)
        np.testing.assert_array_equal(faded[:, 0], faded[:, 1])
        assert np.all(np.diff(responses.fade(h, 99), axis=0) < 0)
        assert h.min() == 1  # the recording is untouched

    def test_reversing(self):
        x, h = noise(50), noise(20)
        np.testing.assert_allclose(run(room(h, reverse=True), x), full(x, h[::-1]), atol=1e-12)

    def test_edits_are_made_in_their_order(self):
        h = np.array([0.0, 1.0, 0.5, 0.25, 1e-9])
        effect = room(h, trim_db=-60, fade=samples(1), reverse=True, norm="peak")
        y = run(effect, np.ones((1, 1)))[:, 0]
        np.testing.assert_allclose(y, [0.125, 0.5, 1.0])

    def test_pre_delay(self):
        y = run(room([0.5, 0.25], pre_delay=samples(3), dry=1), np.ones((1, 1)))[:, 0]
        np.testing.assert_array_equal(y, [1, 0, 0, 0.5, 0.25])
        plan = prepared(room([0.5], pre_delay=Delay(Fraction(20), "ms")))
        assert plan.details == {"delay_samples": [160]}
        assert "pre-delay 20ms = 160 samples at 8000 Hz" in plan.notes

    def test_pre_delay_has_a_limit(self):
        with pytest.raises(UsageError, match="--pre-delay 11s: is longer than 10 s"):
            prepared(room([1.0], pre_delay=Delay(Fraction(11), "s")))

    @pytest.mark.parametrize(
        ("tail", "extra"), [("keep", 99), ("cut", 0), (samples(30), 30), (samples(150), 150)]
    )
    def test_tails(self, tail, extra):
        x, h = noise(500), noise(100)
        y = run(room(h, tail=tail), x)
        expected = np.concatenate([full(x, h), np.zeros((100, 1))])[: 500 + extra]
        np.testing.assert_allclose(y, expected, atol=1e-12)

    def test_the_peak_is_told(self):
        [note, *_] = prepared(room(np.r_[np.zeros(80), 1, 0.5])).notes
        assert (
            note == "hall.wav: 1 channel, 0.0103 s at 8000 Hz, 82 samples, its peak 10.0 ms after its start"
        )


RATES = [(44100, 48000), (48000, 44100), (96000, 44100), (22050, 44100), (44100, 8000), (8000, 11025)]


class TestRates:
    @pytest.mark.parametrize(("rate", "wanted"), RATES)
    def test_a_click_stays_a_click_of_the_same_gain_at_its_place(self, rate, wanted):
        h, begins = resample(np.array([[1.0], [0.0]]), rate, wanted)
        angles = 2 * np.pi * np.array([0, 100, 1000, 0.42 * min(rate, wanted)]) / wanted
        _, response = freqz(h[:, 0], worN=angles)
        aligned = response * np.exp(1j * angles * begins)
        np.testing.assert_allclose(aligned, 1, atol=2e-4)

    @pytest.mark.parametrize(("rate", "wanted"), RATES)
    def test_a_decay_keeps_its_frequency_response(self, rate, wanted):
        t = np.arange(int(0.2 * rate)) / rate
        h, begins = resample((np.exp(-40 * t) * np.sin(2 * np.pi * 500 * t) / rate)[:, None], rate, wanted)
        frequencies = np.array([50.0, 200, 500, 900, 2000])
        _, response = freqz(h[:, 0], worN=2 * np.pi * frequencies / wanted)
        response = response * np.exp(2j * np.pi * frequencies * begins / wanted)
        s = 2j * np.pi * frequencies
        analogue = 2 * np.pi * 500 / ((s + 40) ** 2 + (2 * np.pi * 500) ** 2)
        np.testing.assert_allclose(response, analogue, atol=2e-3 * np.abs(analogue).max())

    @pytest.mark.parametrize(("rate", "wanted"), RATES)
    def test_a_click_at_another_rate_leaves_a_tone_alone(self, rate, wanted):
        frequency = 0.05 * min(rate, wanted)
        x = np.sin(2 * np.pi * frequency * np.arange(4000) / wanted)[:, None]
        effect = room([1.0, 0.0], rate=rate)
        y = run(effect, x, rate=wanted)
        inner = slice(600, 3400)
        np.testing.assert_allclose(y[inner], x[inner], atol=2e-4)
        both = run(room([1.0, 0.0], rate=rate, dry=1.0), x, rate=wanted)  # in phase
        np.testing.assert_allclose(both[inner], 2 * x[inner], atol=4e-4)

    def test_pre_delay_leaves_room_for_the_click(self):
        x = noise(400)
        late = run(room([1.0], rate=44100, pre_delay=samples(100), dry=0.5), x, rate=48000)
        early = run(room([1.0], rate=44100, dry=0.0), x, rate=48000)
        expected = np.zeros_like(late)
        expected[:400] = 0.5 * x
        part = slice(200, 500)
        expected[part] += early[100:400]
        np.testing.assert_allclose(late[part], expected[part], atol=1e-12)

    def test_rates_without_a_small_ratio(self):
        with pytest.raises(UsageError, match="at 999983 Hz cannot be brought to 44100 Hz"):
            prepared(room([1.0], rate=999_983), rate=44100)

    def test_equal_rates_change_nothing(self):
        h = noise(9)
        assert resample(h, 44100, 44100)[0] is h


INTEGERS = ["PCM_U8", "PCM_16", "PCM_24", "PCM_32"]


@pytest.mark.parametrize("subtype", INTEGERS)
@pytest.mark.parametrize("response", [1, 2, 4])
def test_a_click_leaves_every_bit_alone(tmp_path, subtype, response):
    x = np.random.default_rng(0).uniform(-1, 1, (5000, 2))
    soundfile.write(tmp_path / "in.wav", x, RATE, subtype=subtype)
    click = np.zeros((1 if response < 4 else 3, response))
    click[0, :] = [1, 0, 0, 1] if response == 4 else 1
    job = Job(str(tmp_path / "in.wav"), str(tmp_path / "out.wav"), suffix=".wav")
    process(job, room(click), Finish())
    before, after = (soundfile.read(tmp_path / name, dtype="int32")[0] for name in ("in.wav", "out.wav"))
    np.testing.assert_array_equal(after[:5000], before)


class TestReading:
    def test_any_sound_is_a_response(self, samples):
        recording = responses.read(str(samples / "perc_snap.flac"))
        x, rate = soundfile.read(samples / "perc_snap.flac", always_2d=True)
        np.testing.assert_array_equal(recording.samples, x)
        assert (recording.rate, recording.channels) == (rate, x.shape[1])

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (np.zeros(0), "silent"),
            (np.zeros(10), "silent"),
            (np.array([1.0, np.nan]), "infinite samples, or not numbers"),
        ],
    )
    def test_what_is_no_response(self, tmp_path, content, reason):
        soundfile.write(tmp_path / "a.wav", content, RATE, subtype="FLOAT")
        with pytest.raises(ReadError, match=rf"a\.wav: an impulse response .*{reason}"):
            responses.read(str(tmp_path / "a.wav"))

    def test_an_album_is_no_response(self, tmp_path, monkeypatch):
        monkeypatch.setattr(responses, "MOST_WEIGHTS", 99)
        soundfile.write(tmp_path / "a.wav", np.ones((50, 2)), RATE)
        with pytest.raises(ReadError, match="of more than 99 samples"):
            responses.read(str(tmp_path / "a.wav"))
