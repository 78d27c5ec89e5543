"""What all effects share: blocks, precision, level, dither, progress, and threads that end with the work."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from fractions import Fraction

import numpy as np
import pytest
import soundfile
from scipy.signal import oaconvolve

from convcli.audio import source
from convcli.audio.echo import Echo
from convcli.audio.finish import Finish
from convcli.audio.processing import process
from convcli.audio.responses import Recording
from convcli.audio.reverb import Reverb
from convcli.audio.taps import Delay, Tap
from convcli.errors import ConvError, ReadError, UsageError, WriteError
from convcli.jobs import Job

RATE = 8000
BITS = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}


def echo(delay=70, gain=0.37, **options):
    return Echo((Tap(Delay(Fraction(delay), "samples"), gain),), **options)


def room(frames=900, channels=2, **options):
    decay = np.exp(-6 * np.arange(frames) / frames)[:, np.newaxis]
    h = np.random.default_rng(3).standard_normal((frames, channels)) * decay / 40
    return Reverb(Recording("hall.wav", h, RATE), **options)


def noise(frames, channels=2, *, loud=0.3, seed=0):
    return loud * np.random.default_rng(seed).uniform(-1, 1, (frames, channels))


def given(folder, x, *, subtype="PCM_16", name="in.wav"):
    path = folder / name
    soundfile.write(path, x, RATE, subtype=subtype)
    return path


def done(folder, effect, path, finish=None, *, target="out.wav", **options):
    """Return the result's samples and the outcome."""
    out = folder / target
    job = Job(str(path), str(out), suffix=out.suffix, force=True)
    outcome = process(job, effect, finish or Finish(), **options)
    return soundfile.read(out, dtype="float64", always_2d=True)[0], outcome


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 10
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)  # the engine's pools end when they are no longer referred to
    assert set(threading.enumerate()) <= before


class TestBlocks:
    @pytest.mark.parametrize("size", [1, 17, 4096])
    @pytest.mark.parametrize(
        "effect", [echo(20), echo(20, feedback=0.5), room(60)], ids=["taps", "feedback", "room"]
    )
    @pytest.mark.parametrize("finish", [Finish(), Finish(dither="tpdf"), Finish(normalize=-3.0)])
    def test_any_blocks_give_the_same_bytes(self, tmp_path, monkeypatch, size, effect, finish):
        for frames in (0, 1, size - 1, size, size + 1):
            path = given(tmp_path, noise(frames))
            done(tmp_path, effect, path, finish, target="whole.wav")
            monkeypatch.setattr(source, "BLOCK", 2 * size)
            done(tmp_path, effect, path, finish, target="blocks.wav")
            monkeypatch.undo()
            assert (tmp_path / "whole.wav").read_bytes() == (tmp_path / "blocks.wav").read_bytes()

    @pytest.mark.parametrize("workers", [1, 2, 5])
    def test_any_number_of_threads_gives_the_same_bytes(self, tmp_path, workers):
        path = given(tmp_path, noise(50_000), subtype="PCM_24")
        done(tmp_path, room(workers=workers), path, target=f"{workers}.wav")
        done(tmp_path, room(), path, target="any.wav")
        assert (tmp_path / f"{workers}.wav").read_bytes() == (tmp_path / "any.wav").read_bytes()


class TestPrecision:
    """The convolution in float64 by scipy, rounded once."""

    def expected(self, path, effect):
        x = soundfile.read(path, dtype="float64", always_2d=True)[0]
        return oaconvolve(x, effect.recording.samples, axes=0)

    @pytest.mark.parametrize("length", [1, 30, 900, 20_000])
    def test_16_bits_are_at_most_a_step_off(self, tmp_path, length):
        effect = room(length)
        path = given(tmp_path, noise(30_000, loud=0.35))
        y, outcome = done(tmp_path, effect, path, Finish(dither="none"))
        steps = np.rint(self.expected(path, effect) * 2**15)
        assert outcome.clipped == 0
        assert np.abs(y * 2**15 - steps).max() <= 1
        assert np.mean(y * 2**15 == steps) > 0.99

    @pytest.mark.parametrize("subtype", ["PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
    def test_deeper_samples_are_off_by_less_than_120_dB(self, tmp_path, subtype):
        effect = room(20_000)
        path = given(tmp_path, noise(30_000), subtype=subtype)
        y, _ = done(tmp_path, effect, path)
        truth = self.expected(path, effect)
        rounding = 2.0 ** -BITS[subtype] if subtype in BITS else np.abs(truth) * 2.0**-24
        assert np.all(np.abs(y - truth) <= 1.0001 * rounding + 1e-13)
        assert np.abs(y - truth).max() < 1e-6 * np.abs(truth).max()


class TestLevel:
    @pytest.mark.parametrize("goal", [0.0, -1.0, -23.0])
    @pytest.mark.parametrize("loud", [0.001, 0.3, 1.0])
    @pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
    def test_the_peak_is_brought_to_a_level(self, tmp_path, goal, loud, subtype):
        path = given(tmp_path, noise(5000, loud=loud), subtype=subtype)
        y, outcome = done(tmp_path, echo(), path, Finish(normalize=goal))
        step = 2.0 ** (1 - BITS.get(subtype, 24))
        assert abs(np.abs(y).max() - 10 ** (goal / 20)) <= 1.001 * step
        assert outcome.clipped == 0
        assert outcome.peak_dbfs == pytest.approx(goal, abs=1e-3)
        plain, _ = done(tmp_path, echo(), path, Finish(), target="plain.wav")
        if np.abs(plain).max() < 0.99:
            factor = 10 ** (outcome.gain_db / 20)
            assert np.abs(y - factor * plain).max() <= (0.5 + 0.5 * factor) * step * 1.001

    def test_silence_stays_silence(self, tmp_path):
        y, outcome = done(tmp_path, echo(), given(tmp_path, np.zeros((90, 1))), Finish(normalize=-1.0))
        assert (outcome.gain_db, outcome.peak_dbfs, np.abs(y).max()) == (0, None, 0)

    def test_above_full_scale_there_is_nothing_but_floats(self, tmp_path):
        path = given(tmp_path, noise(100))
        with pytest.raises(UsageError, match="--normalize: 6 dB is above full scale, which PCM_16 ends at"):
            done(tmp_path, echo(), path, Finish(normalize=6.0))
        y, _ = done(tmp_path, echo(), path, Finish(normalize=6.0, subtype="FLOAT"))
        assert np.abs(y).max() == pytest.approx(10 ** (6 / 20))

    def test_room_is_left_for_the_noise(self, tmp_path):
        path = given(tmp_path, noise(50_000), subtype="PCM_24")
        _, outcome = done(tmp_path, echo(), path, Finish(normalize=0.0, subtype="PCM_16"))
        assert outcome.dithered
        assert outcome.clipped == 0

    @pytest.mark.parametrize("finish", [Finish(normalize=-2.0), Finish(clip="normalize")])
    @pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "DOUBLE"])
    def test_a_pipe_is_levelled_as_a_file_is(self, tmp_path, finish, subtype):
        path = given(tmp_path, noise(200_000, loud=1.0), subtype=subtype)
        y, outcome = done(tmp_path, room(), path, finish, target="file.wav")
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        with subprocess.Popen(["cp", path, pipe]):
            z, again = done(tmp_path, room(), pipe, finish, target="piped.wav")
        np.testing.assert_array_equal(y, z)
        assert (outcome.gain_db, outcome.peak) == (again.gain_db, again.peak)


class TestDither:
    def test_it_is_added_where_bits_are_lost(self, tmp_path):
        path = given(tmp_path, noise(4000), subtype="PCM_24")
        for subtype, dithered in [("PCM_16", True), ("PCM_24", False), ("FLOAT", False)]:
            _, outcome = done(tmp_path, echo(), path, Finish(subtype=subtype))
            assert outcome.dithered == dithered
            assert (f"rounded to {subtype} with TPDF dither" in outcome.notes()) == dithered

    def test_it_can_be_left_out_or_asked_for(self, tmp_path):
        deep, flat = given(tmp_path, noise(4000), subtype="PCM_24"), tmp_path / "flat.wav"
        soundfile.write(flat, noise(4000), RATE, subtype="PCM_16")
        y, outcome = done(tmp_path, echo(), deep, Finish(subtype="PCM_16", dither="none"))
        exact, _ = done(tmp_path, echo(), deep, Finish(subtype="DOUBLE"), target="exact.wav")
        assert not outcome.dithered
        np.testing.assert_array_equal(y * 2**15, np.rint(exact * 2**15))
        plain, _ = done(tmp_path, echo(), flat)
        noisy, outcome = done(tmp_path, echo(), flat, Finish(dither="tpdf"))
        assert outcome.dithered
        assert set(np.unique((noisy - plain) * 2**15)) == {-1, 0, 1}

    def test_a_seed_gives_the_same_noise_again(self, tmp_path):
        path = given(tmp_path, noise(4000), subtype="PCM_24")
        results = [done(tmp_path, echo(), path, Finish(subtype="PCM_16", seed=seed))[0] for seed in (0, 0, 1)]
        np.testing.assert_array_equal(results[0], results[1])
        assert not np.array_equal(results[0], results[2])

    def test_floats_get_none_even_if_asked_for(self, tmp_path):
        path = given(tmp_path, noise(400), subtype="FLOAT")
        y, outcome = done(tmp_path, echo(gain=0.5), path, Finish(dither="tpdf"))
        plain, _ = done(tmp_path, echo(gain=0.5), path)
        np.testing.assert_array_equal(y, plain)
        assert not outcome.dithered


class Seen:
    def __init__(self):
        self.blocks = {"before": [], "after": []}

    def before(self, block, rate):
        assert rate == RATE
        self.blocks["before"].append(block.copy())

    def after(self, block, rate):
        assert rate == RATE
        self.blocks["after"].append(block.copy())


@pytest.mark.parametrize("finish", [Finish(), Finish(normalize=-6.0)])
def test_a_viewer_sees_all_of_it_once(tmp_path, finish):
    path, seen = given(tmp_path, noise(source.BLOCK + 5)), Seen()
    y, _ = done(tmp_path, room(), path, finish, show=seen)
    before, after = (np.concatenate(blocks) for blocks in seen.blocks.values())
    np.testing.assert_array_equal(before, soundfile.read(path, always_2d=True)[0])
    assert np.abs(after - y).max() <= 0.5001 * 2**-15


class TestErrors:
    def test_a_sound_that_is_damaged_on_the_way(self, tmp_path):
        path = given(tmp_path, noise(3 * source.BLOCK), name="in.flac")
        data = bytearray(path.read_bytes())
        data[len(data) // 2 :] = bytes(len(data) - len(data) // 2)
        path.write_bytes(data)
        with pytest.raises(ReadError, match=r"in\.flac: "):
            done(tmp_path, echo(), path)
        assert [each.name for each in tmp_path.iterdir()] == ["in.flac"]

    @pytest.mark.skipif(sys.platform == "win32", reason="no limits of file sizes")
    @pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
    def test_a_disk_that_is_full(self, tmp_path, suffix):
        path = given(tmp_path, noise(1 << 20))
        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, old[1]))
        try:
            with pytest.raises(WriteError, match=rf"out\.{suffix}: file too large"):
                done(tmp_path, room(), path, target=f"out.{suffix}")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
        assert [each.name for each in tmp_path.iterdir()] == ["in.wav"]

    def test_samples_that_no_integer_holds(self, tmp_path):
        x = noise(3 * source.BLOCK)
        x[-1] = np.inf
        with pytest.raises(ConvError, match="a sample is not a finite number, which PCM_16 cannot hold"):
            done(tmp_path, echo(), given(tmp_path, x, subtype="FLOAT"), Finish(subtype="PCM_16"))
        assert [each.name for each in tmp_path.iterdir()] == ["in.wav"]

    def test_a_step_that_raises(self, tmp_path):
        def step(_done, _total):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            done(tmp_path, room(), given(tmp_path, noise(3 * source.BLOCK)), step=step)
        assert [each.name for each in tmp_path.iterdir()] == ["in.wav"]


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
class TestSignals:
    """Processes that wait for others, or have all hands full, end at once and leave nothing."""

    def started(self, folder, *arguments, **streams):
        # A suite in the background ignores interrupts; a handler is reset for the child.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return subprocess.Popen(
                [sys.executable, "-m", "convcli", "echo", *arguments],
                cwd=folder,
                **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
                | streams,
            )
        finally:
            signal.signal(signal.SIGINT, before)

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_while_a_producer_keeps_silent(self, tmp_path, number, code):
        data = given(tmp_path, noise(1 << 20)).read_bytes()
        with self.started(tmp_path, "-", "-o", "out.wav", stdin=subprocess.PIPE) as running:
            running.stdin.write(data[: 1 << 21])
            running.stdin.flush()
            while not any(path.stat().st_size for path in tmp_path.glob(".out-*.wav")):
                assert running.poll() is None
                time.sleep(0.01)
            time.sleep(0.3)  # by now it waits for more
            running.send_signal(number)
            assert running.wait(20) == code
            assert running.stderr.read() == b""
        assert [each.name for each in tmp_path.iterdir()] == ["in.wav"]

    def test_while_a_consumer_does_not_read(self, tmp_path):
        given(tmp_path, noise(1 << 21))
        with self.started(tmp_path, "in.wav", "-o", "-") as running:
            running.stdout.read(44)
            time.sleep(0.5)  # by now the pipe is full
            running.send_signal(signal.SIGINT)
            assert running.wait(20) == 130
            assert running.stderr.read() == b""

    @pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
    @pytest.mark.parametrize("extra", [(), ("--clip", "normalize")])
    def test_in_the_middle(self, tmp_path, suffix, extra):
        given(tmp_path, noise(1 << 23), name="in.wav")
        with self.started(tmp_path, "in.wav", "-o", f"out.{suffix}", *extra) as running:
            while not any(path.stat().st_size for path in tmp_path.glob(".out-*")):
                if running.poll() is not None:
                    pytest.skip("it was faster than the signal")
                time.sleep(0.005)
            running.send_signal(signal.SIGINT)
            assert running.wait(20) == 130
            assert running.stderr.read() == b""
        assert [each.name for each in tmp_path.iterdir()] == ["in.wav"]

    def test_a_consumer_that_leaves(self, tmp_path):
        given(tmp_path, noise(1 << 21))
        with self.started(tmp_path, "in.wav", "-o", "-") as running:
            running.stdout.read(1000)
            running.stdout.close()
            assert running.wait(20) == 141
            assert running.stderr.read() == b""


MEMORY = """
import resource, sys
import numpy as np
from convcli.audio.echo import Echo
from convcli.audio.finish import Finish
from convcli.audio.processing import process
from convcli.audio.responses import Recording
from convcli.audio.reverb import Reverb
from convcli.audio.taps import Delay, Tap
from convcli.jobs import Job
from fractions import Fraction

kind, source, target = sys.argv[1:]
effect = Echo((Tap(Delay(Fraction(300), "ms"), 0.5),))
if kind == "reverb":
    h = np.random.default_rng(0).standard_normal((3 * 44100, 2)) / 400
    effect = Reverb(Recording("hall.wav", h, 44100))
process(Job(source, target, suffix=".wav", force=True), effect, Finish())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no resource module")
@pytest.mark.parametrize("kind", ["echo", "reverb"])
def test_an_hour_takes_no_more_memory_than_a_minute(tmp_path, kind):
    peaks = []
    for minutes in (1, 60):
        path, out = tmp_path / "in.wav", tmp_path / "out.wav"
        frames = minutes * 60 * 44100
        soundfile.write(path, np.zeros((0, 2)), 44100, subtype="PCM_16")
        header = bytearray(path.read_bytes()[:44])
        header[4:8] = (36 + 4 * frames).to_bytes(4, "little")
        header[40:44] = (4 * frames).to_bytes(4, "little")
        with path.open("wb") as file:  # with a hole: all samples are 0
            file.write(header)
            file.truncate(44 + 4 * frames)
        told = subprocess.run(
            [sys.executable, "-c", MEMORY, kind, path, out], capture_output=True, check=True, text=True
        )
        peaks.append(int(told.stdout))
        out.unlink()
    unit = 1 if sys.platform == "darwin" else 1024
    assert abs(peaks[1] - peaks[0]) * unit < 20e6
