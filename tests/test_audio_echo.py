"""Echoes against the definition in float64, rounded once, in every sample format."""

import os
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from convcli.audio import reading, taps
from convcli.audio.arrangement import arrange
from convcli.audio.echo import Echo
from convcli.audio.finish import Finish
from convcli.audio.processing import process
from convcli.audio.taps import Delay, Tap
from convcli.errors import ConvError
from convcli.jobs import Job


def spikes(*pairs, **options):
    """Return an echo with taps at so many samples."""
    return Echo(tuple(Tap(Delay(Fraction(offset), "samples"), gain) for offset, gain in pairs), **options)


def definition(x, pairs, *, dry=1.0, tail=None):
    length = len(x) + (max(offset for offset, _ in pairs) if tail is None else tail)
    y = np.zeros((max(length, len(x) + max(offset for offset, _ in pairs)), x.shape[1]))
    y[: len(x)] += dry * x
    for offset, gain in pairs:
        y[offset : offset + len(x)] += gain * x
    return y[:length]


def integers(frames, channels, *, bits=16, seed=0, loud=0.4):
    top = int(loud * 2 ** (bits - 1))
    return np.random.default_rng(seed).integers(-top, top, (frames, channels)) / 2 ** (bits - 1)


def applied(tmp_path, request, x, *, clip="warn", subtype="PCM_16", source="in.wav", target="out.wav"):
    path, out = tmp_path / source, tmp_path / target
    soundfile.write(path, x, 8000, subtype=subtype)
    job = Job(str(path), str(out), suffix=out.suffix, force=True)
    outcome = process(job, request, Finish(clip=clip))
    y, rate = soundfile.read(out, dtype="float64", always_2d=True)
    assert rate == 8000
    return y, outcome


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize(
    ("subtype", "bits", "suffix"),
    [
        ("PCM_U8", 8, "wav"),
        ("PCM_16", 16, "wav"),
        ("PCM_24", 24, "wav"),
        ("PCM_32", 32, "wav"),
        ("PCM_16", 16, "flac"),
        ("PCM_24", 24, "flac"),
        ("PCM_16", 16, "aiff"),
        ("PCM_24", 24, "au"),
    ],
)
def test_integers_are_the_exact_result_rounded_once(tmp_path, channels, subtype, bits, suffix):
    pairs = ((13, 0.37), (801, -0.21))
    x = integers(4000, channels, bits=bits)
    y, outcome = applied(
        tmp_path, spikes(*pairs), x, subtype=subtype, source=f"in.{suffix}", target=f"out.{suffix}"
    )
    scale = 2 ** (bits - 1)
    np.testing.assert_array_equal(y * scale, np.rint(definition(x, pairs) * scale))
    assert soundfile.info(tmp_path / f"out.{suffix}").subtype == subtype
    assert outcome.frames == 4000
    assert outcome.clipped == 0


@pytest.mark.parametrize(("subtype", "dtype"), [("FLOAT", "f4"), ("DOUBLE", "f8")])
def test_floats_are_not_limited(tmp_path, subtype, dtype):
    x = integers(3000, 2).astype("f4") * 5
    y, outcome = applied(tmp_path, spikes((7, 0.3)), x, subtype=subtype)
    np.testing.assert_array_equal(y, definition(x.astype("f8"), ((7, 0.3),)).astype(dtype))
    assert outcome.clipped == 0
    assert outcome.peak_dbfs > 6


def test_an_impulse_returns_the_taps(tmp_path):
    x = np.zeros((1, 1))
    x[0] = 0.5
    y, _ = applied(tmp_path, spikes((5, -0.25), (9, 0.125)), x)
    assert {int(n): float(y[n, 0]) for n in np.flatnonzero(y)} == {0: 0.5, 5: -0.125, 9: 0.0625}
    assert len(y) == 10


@pytest.mark.parametrize(
    "subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]
)
def test_a_gain_of_zero_leaves_every_bit_alone(tmp_path, subtype):
    x = np.random.default_rng(0).uniform(-1, 1, (5000, 2))
    y, _ = applied(tmp_path, spikes((100, 0.0)), x, subtype=subtype)
    np.testing.assert_array_equal(y, soundfile.read(tmp_path / "in.wav", dtype="float64")[0])


def test_no_dry_sound_is_a_pure_delay(tmp_path):
    x = integers(50, 1)
    y, _ = applied(tmp_path, spikes((30, 1.0), dry=0.0), x)
    np.testing.assert_array_equal(y, np.concatenate([np.zeros((30, 1)), x]))


def test_silence_all_the_way(tmp_path):
    y, outcome = applied(tmp_path, spikes((30, 0.0), dry=0.0), integers(50, 1))
    np.testing.assert_array_equal(y, np.zeros((50, 1)))
    assert outcome.peak_dbfs is None


@pytest.mark.parametrize("frames", [0, 1, reading.BLOCK - 1, reading.BLOCK, reading.BLOCK + 1])
def test_lengths_around_a_block(tmp_path, frames):
    x = integers(frames, 1)
    y, outcome = applied(tmp_path, spikes((3, 0.5)), x)
    np.testing.assert_array_equal(y * 32768, np.rint(definition(x, ((3, 0.5),)) * 32768))
    assert outcome.frames == frames


def test_a_delay_longer_than_the_sound(tmp_path):
    x = integers(10, 2)
    y, _ = applied(tmp_path, spikes((200_000, 0.5)), x)
    assert len(y) == 200_010
    np.testing.assert_array_equal(y[:10], x)
    assert not y[10:200_000].any()


@pytest.mark.parametrize(
    ("tail", "extra"),
    [("keep", 100), ("cut", 0), (Delay(Fraction(40), "samples"), 40), (Delay(Fraction(1), "s"), 8000)],
)
def test_tails(tmp_path, tail, extra):
    x = integers(500, 1)
    y, outcome = applied(tmp_path, spikes((100, 0.5), (60, 0.5), tail=tail), x)
    assert outcome.prepared.tail == extra
    expected = definition(x, ((100, 0.5), (60, 0.5)), tail=max(extra, 100))[: 500 + extra]
    np.testing.assert_array_equal(y * 32768, np.rint(expected * 32768)[: len(y)])
    assert len(y) == 500 + extra


@given(
    frames=st.integers(0, 300),
    pairs=st.lists(st.tuples(st.integers(1, 400), st.floats(-0.5, 0.5)), min_size=1, max_size=4),
    dry=st.floats(-1, 1),
)
def test_any_echo_is_its_definition(tmp_path_factory, frames, pairs, dry):
    x = integers(frames, 2, loud=0.3)
    pairs = [(offset, gain) for offset, gain in pairs if gain] or [(1, 0.5)]
    y, _ = applied(tmp_path_factory.mktemp("echo"), spikes(*pairs, dry=dry), x)
    assert np.max(np.abs(y * 32768 - definition(x, pairs, dry=dry) * 32768), initial=0) <= 0.5 + 1e-9


class TestClipping:
    X = np.full((100, 1), 0.75)

    def test_samples_are_counted_and_the_remedy_works(self, tmp_path):
        y, outcome = applied(tmp_path, spikes((10, 0.5)), self.X)
        assert outcome.clipped == 90
        assert outcome.peak_dbfs == pytest.approx(20 * np.log10(1.125))
        assert y.max() == 32767 / 32768
        [warning] = outcome.warnings(Job("in.wav", "out.wav"))
        assert warning.startswith("in.wav: 90 samples clipped, peak +1.02 dBFS; 1.03 dB less avoids")
        softer = taps.parse_gain(f"{outcome.safe_gain_db}dB", option="")
        _, again = applied(tmp_path, spikes((10, 0.5 * softer), dry=softer), self.X)
        assert again.clipped == 0

    def test_an_error_leaves_no_file(self, tmp_path):
        with pytest.raises(ConvError, match=r"in\.wav: 90 samples clipped, peak \+1\.02 dBFS") as caught:
            applied(tmp_path, spikes((10, 0.5)), self.X, clip="error")
        assert "1.03 dB" in caught.value.hint
        assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]

    @pytest.mark.parametrize("channels", [1, 2, 3, 6])
    @pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
    def test_normalising_makes_all_softer_by_one_gain(self, tmp_path, subtype, channels):
        rng = np.random.default_rng(1)
        x = rng.uniform(-0.9, 0.9, (reading.BLOCK + 7, channels))  # more than a block
        y, outcome = applied(tmp_path, spikes((10, 0.5)), x, clip="normalize", subtype=subtype)
        stored = soundfile.read(tmp_path / "in.wav", dtype="float64", always_2d=True)[0]
        expected = definition(stored, ((10, 0.5),)) * 10 ** (outcome.gain_db / 20)
        step = {"PCM_16": 2**-15, "PCM_24": 2**-23}[subtype]
        assert np.max(np.abs(y - expected)) <= step / 2 * 1.0001
        assert outcome.clipped == 0
        assert -0.02 < outcome.peak_dbfs <= 0
        *_, note = outcome.notes()
        assert note.startswith(f"{outcome.gain_db:+.2f} dB applied: the peak became ")

    def test_normalising_leaves_alone_what_fits(self, tmp_path):
        x = integers(100, 1)
        y, outcome = applied(tmp_path, spikes((10, 0.5)), x, clip="normalize")
        assert outcome.gain_db == 0
        assert outcome.notes() == outcome.prepared.notes
        np.testing.assert_array_equal(y * 32768, np.rint(definition(x, ((10, 0.5),)) * 32768))

    def test_floats_need_no_normalising(self, tmp_path):
        y, outcome = applied(tmp_path, spikes((10, 0.5)), self.X, clip="normalize", subtype="FLOAT")
        assert (outcome.gain_db, y.max()) == (0, 1.125)


def test_a_dry_run_foretells_the_lengths(tmp_path):
    for suffix in ("wav", "flac", "ogg"):
        path = tmp_path / f"in.{suffix}"
        soundfile.write(path, integers(4321, 2), 8000)
        job = Job(str(path), str(tmp_path / f"out.{suffix}"), suffix=f".{suffix}")
        outcome = process(job, spikes((50, 0.5)), Finish(), dry_run=True)
        assert (outcome.frames, outcome.prepared.tail, outcome.seconds) == (4321, 50, None)
        assert not (tmp_path / f"out.{suffix}").exists()


def test_many_delays_are_told_by_first_and_last(tmp_path):
    path = tmp_path / "in.wav"
    soundfile.write(path, integers(9, 1), 8000)
    request = arrange(delay="5ms", gain="0.5", repeats=9)
    lines = process(Job(str(path), "out.wav", suffix=".wav"), request, Finish(), dry_run=True).notes()
    assert lines[0] == "delay 5ms = 40 samples at 8000 Hz, gain 0.5"
    assert lines[-2:] == ("... 5 more", "delay 45ms = 360 samples at 8000 Hz, gain 0.00195312")


class TestSteps:
    X = integers(2 * reading.BLOCK, 2)

    @pytest.mark.parametrize(
        ("clip", "suffix", "total"),
        [("warn", "wav", 2 * reading.BLOCK + 9), ("normalize", "wav", 2 * (2 * reading.BLOCK + 9))],
    )
    def test_every_block_is_one(self, tmp_path, clip, suffix, total):
        steps = self.steps(tmp_path, clip, suffix)
        passes = 2 if clip == "normalize" else 1
        assert len(steps) == 5 * passes  # four blocks and the tail
        assert [done for done, _ in steps] == sorted(done for done, _ in steps)
        assert {given for _, given in steps} == {total}
        assert steps[-1][0] == total

    def test_a_total_that_is_not_known(self, tmp_path):
        steps = self.steps(tmp_path, "warn", "ogg")
        assert {given for _, given in steps} == {None}
        assert steps[-1][0] == 2 * reading.BLOCK + 9

    def steps(self, folder, clip, suffix):
        path, steps = folder / f"in.{suffix}", []
        soundfile.write(path, self.X, 8000)
        process(
            Job(str(path), str(folder / "out.wav"), suffix=".wav"),
            spikes((9, 0.01)),
            Finish(clip=clip),
            step=lambda done, total: steps.append((done, total)),
        )
        return steps

    @pytest.mark.parametrize("clip", ["warn", "normalize"])
    @pytest.mark.parametrize("suffix", ["wav", "flac"])
    @pytest.mark.parametrize("after", [1, 4])
    def test_an_interrupt_leaves_no_file(self, tmp_path, clip, suffix, after):
        path, left = tmp_path / "in.wav", iter(range(after))
        soundfile.write(path, self.X, 8000)

        def step(_done, _total):
            if next(left, None) is None:
                raise KeyboardInterrupt

        job = Job(str(path), str(tmp_path / f"out.{suffix}"), suffix=f".{suffix}")
        with pytest.raises(KeyboardInterrupt):
            process(job, spikes((9, 0.01)), Finish(clip=clip), step=step)
        assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]

    def test_a_dry_run_can_be_interrupted_too(self, tmp_path):
        path = tmp_path / "in.ogg"
        soundfile.write(path, self.X, 8000)

        def step(_done, _total):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            process(
                Job(str(path), "out.ogg", suffix=".ogg"),
                spikes((9, 0.01)),
                Finish(),
                dry_run=True,
                step=step,
            )


def test_what_is_not_finite_is_told(tmp_path):
    x = integers(100, 1)
    x[50] = np.nan
    y, outcome = applied(tmp_path, spikes((10, 0.5)), x, subtype="FLOAT")
    assert np.flatnonzero(np.isnan(y)).tolist() == [50, 60]
    assert outcome.peak_dbfs < 0
    assert outcome.warnings(Job("in.wav", "out.wav")) == ("out.wav: 2 samples infinite or not a number",)


PEAK_MEMORY = """
import resource, sys
from convcli.__main__ import main
assert main(["echo", "-q", "-f", "-o", sys.argv[2], sys.argv[1]]) == 0
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no resource module")
def test_memory_does_not_grow_with_length(tmp_path):
    peaks = []
    for seconds in (30, 240):
        path = tmp_path / f"{seconds}.wav"
        with soundfile.SoundFile(path, "w", 44100, 2, "PCM_16") as sound:
            for _ in range(seconds // 10):
                sound.write(np.zeros((441000, 2), np.int16))
        done = subprocess.run(
            [sys.executable, "-c", PEAK_MEMORY, path, tmp_path / "out.wav"],
            capture_output=True,
            check=True,
            text=True,
            env=os.environ,
        )
        peaks.append(int(done.stderr.splitlines()[-1]))
    unit = 1 if sys.platform == "darwin" else 1024
    assert (peaks[1] - peaks[0]) * unit < 8e6  # the longer sound alone has 42 MB
