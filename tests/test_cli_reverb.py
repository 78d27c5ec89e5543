"""convcli reverb as it is typed: files, pipes, reports, mistakes."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import oaconvolve

RATE = 8000


@pytest.fixture
def sounds(tmp_path, monkeypatch):
    """Return a short stereo sound and a response, in the current folder as in.wav and hall.wav."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.integers(-9000, 9000, (1000, 2)).astype(np.int16)
    h = 0.05 * rng.uniform(-1, 1, (300, 2)) * np.exp(-np.arange(300) / 60)[:, None]
    soundfile.write("in.wav", x, RATE)
    soundfile.write("hall.wav", h, RATE, subtype="DOUBLE")
    return x.astype(float), h


def stored(path):
    return soundfile.read(path, dtype="int16", always_2d=True)[0]


def test_the_whole_tail_within_a_step_of_16_bits(convcli, sounds):
    x, h = sounds
    code, out, err = convcli("reverb", "in.wav", "--ir", "hall.wav")
    assert (code, out) == (0, "in-reverb.wav\n")
    wanted = oaconvolve(x, h, axes=0)
    assert len(wanted) == 1299
    assert np.abs(stored("in-reverb.wav") - wanted).max() <= 1
    assert "hall.wav: 2 channels, 0.0375 s at 8000 Hz, 300 samples" in err
    worst = 20 * np.log10(np.abs(h).sum(axis=0).max())
    assert f"worst case {worst:+.2f} dB" in err


def test_24_bits_are_120_db_below_the_peak(convcli, sounds, tmp_path):
    x = np.random.default_rng(1).uniform(-0.9, 0.9, (30_000, 2))
    h = np.random.default_rng(2).standard_normal((9000, 2)) * np.exp(-np.arange(9000) / 900)[:, None] / 60
    soundfile.write("deep.wav", x, RATE, subtype="PCM_24")
    soundfile.write("h.wav", h, RATE, subtype="DOUBLE")
    assert convcli("reverb", "deep.wav", "--ir", "h.wav", "--subtype", "DOUBLE", "-o", "out.wav")[0] == 0
    wanted = oaconvolve(soundfile.read("deep.wav")[0], h, axes=0)
    error = np.abs(soundfile.read("out.wav")[0] - wanted).max() / np.abs(wanted).max()
    assert 20 * np.log10(error) < -120
    assert convcli("reverb", "deep.wav", "--ir", "h.wav", "--dither", "none", "-o", "out24.wav")[0] == 0
    step = np.abs(soundfile.read("out24.wav")[0] - np.clip(wanted, -1, 1 - 2**-23)).max() * 2**23
    assert step <= 0.51


def test_json(convcli, sounds):
    options = ("--pre-delay", "20ms", "--wet", "-6dB", "--dry", "1", "--json")
    code, out, err = convcli("reverb", "in.wav", "--ir", "hall.wav", *options)
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert report["command"] == "reverb"
    assert report["kernel"]["name"] == "hall.wav"
    assert report["kernel"]["shape"] == [460]
    assert report["padding"] == {"mode": "zeros", "amount": [[459, 459]]}
    assert report["output"]["shape"] == [1459, 2]
    assert (report["sample_rate"], report["delay_samples"]) == (RATE, [160])
    assert {"method", "seconds", "clipped", "peak_dbfs", "gain_db"} <= set(report)
    assert "pre-delay 20ms = 160 samples at 8000 Hz" in report["notes"]


def test_a_mix_takes_both_from_the_start(convcli, sounds):
    x, h = sounds
    assert convcli("reverb", "in.wav", "--ir", "hall.wav", "--mix", "25%")[0] == 0
    wanted = 0.25 * oaconvolve(x, h, axes=0)
    wanted[:1000] += 0.75 * x
    assert np.abs(stored("in-reverb.wav") - wanted).max() <= 1


@pytest.mark.parametrize(
    ("options", "frames"),
    [((), 1299), (("--tail", "cut"), 1000), (("--tail", "0.1"), 1800), (("--pre-delay", "100"), 2099)],
)
def test_lengths(convcli, sounds, options, frames):
    assert convcli("reverb", "in.wav", "--ir", "hall.wav", *options)[0] == 0
    assert soundfile.info("in-reverb.wav").frames == frames


def test_a_mono_sound_becomes_stereo(convcli, sounds):
    x, h = sounds
    soundfile.write("mono.wav", x[:, 0].astype(np.int16), RATE)
    code, _, err = convcli("reverb", "mono.wav", "--ir", "hall.wav")
    assert code == 0
    assert "2 channels PCM_16" in err
    wanted = oaconvolve(x[:, :1].repeat(2, axis=1), h, axes=0)
    assert np.abs(stored("mono-reverb.wav") - wanted).max() <= 1


def test_a_response_of_another_rate(convcli, sounds):
    _, h = sounds
    soundfile.write("hall48.wav", h, 48000, subtype="DOUBLE")
    code, _, err = convcli("reverb", "in.wav", "--ir", "hall48.wav")
    assert code == 0
    assert "hall48.wav: 2 channels, 0.00625 s at 48000 Hz, resampled to 8000 Hz, " in err


def test_norms_and_edits_are_told(convcli, sounds):
    options = ("--ir-norm", "l1", "--ir-trim", "-40", "--ir-fade", "5ms", "--ir-reverse", "-n")
    code, out, err = convcli("reverb", "in.wav", "--ir", "hall.wav", *options)
    assert code == 0
    assert "--ir-norm l1: " in err
    assert "worst case +0.00 dB: nothing can clip" in err
    assert "in.wav -> in-reverb.wav" in out


def test_several_sounds_give_the_same_bytes_on_any_number_of_threads(convcli, sounds, samples):
    inputs = [samples / "guit_harmonics.flac", samples / "misc_crow.flac", "in.wav"]
    room = ("--ir", samples / "perc_snap.wav", "--ir-norm", "energy", "-q")
    results = []
    for jobs in ("1", "3"):
        assert convcli("reverb", *inputs, *room, "-j", jobs, "-o", f"{{stem}}-{jobs}.wav")[0] == 0
        names = [f"guit_harmonics-{jobs}.wav", f"misc_crow-{jobs}.wav", f"in-{jobs}.wav"]
        results.append([Path(name).read_bytes() for name in names])
    assert results[0] == results[1]


class TestPipes:
    def test_the_response_can_come_from_a_pipe(self, process, sounds, tmp_path):
        data = (tmp_path / "hall.wav").read_bytes()
        done = process("reverb", "in.wav", "--ir", "-", "-o", "piped.wav", "-q", input=data, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b"")
        process("reverb", "in.wav", "--ir", "hall.wav", "-o", "named.wav", cwd=tmp_path)
        assert (tmp_path / "piped.wav").read_bytes() == (tmp_path / "named.wav").read_bytes()

    def test_the_sound_too(self, process, sounds, tmp_path):
        data = (tmp_path / "in.wav").read_bytes()
        done = process("reverb", "-", "--ir", "hall.wav", "-q", input=data, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, b"")
        assert soundfile.info(io.BytesIO(done.stdout)).frames == 1299

    def test_but_not_both(self, process, sounds, tmp_path):
        done = process("reverb", "-", "--ir", "-", cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.startswith(b"convcli: error: '-': standard input is the sound or the response")

    @pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
    def test_between_two_ffmpeg(self, sounds, tmp_path):
        quiet, here = "ffmpeg -nostdin -loglevel error", f"{sys.executable} -m convcli reverb -q -"
        chain = f"{quiet} -i in.wav -f wav - | {here} --ir hall.wav | {quiet} -i - -f s16le -"
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", chain], cwd=tmp_path, check=True, capture_output=True
        )
        x, h = sounds
        y = np.frombuffer(done.stdout, "<i2").reshape(-1, 2)
        assert np.abs(y - oaconvolve(x, h, axes=0)).max() <= 1


class TestMistakes:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--mix", "0.5", "--wet", "1"), "--wet: has no meaning together with --mix"),
            (("--mix", "0.5", "--dry", "1"), "--dry: has no meaning together with --mix"),
            (("--mix", "2"), "--mix: '2' is not a share"),
            (("--wet", "loud"), "--wet: 'loud' cannot be read"),
            (("--ir-trim", "0"), "--ir-trim: '0' is no number of decibels below the peak"),
            (("--ir-trim", "soft"), "--ir-trim: 'soft' is no number"),
            (("--ir-fade", "1/8"), "--ir-fade: '1/8' has no unit"),
            (("--pre-delay", "11s"), "in.wav: --pre-delay 11s: is longer than 10 s"),
            (
                ("--ir-layout", "true-stereo"),
                "in.wav: --ir-layout true-stereo: hall.wav has 2 channels, the sound 2",
            ),
            (("--normalize", "loud"), "--normalize: 'loud' is not a level in decibels"),
            (("--normalize", "999"), "--normalize: '999' is out of range"),
        ],
    )
    def test_usage(self, convcli, sounds, tmp_path, options, message):
        code, out, err = convcli("reverb", "in.wav", "--ir", "hall.wav", *options)
        assert (code, out) == (2, "")
        first, *rest = err.splitlines()
        assert first.startswith(f"convcli: error: {message}")
        assert [line.split(":")[0] for line in rest] == ["hint"]
        assert sorted(path.name for path in tmp_path.iterdir()) == ["hall.wav", "in.wav"]

    def test_a_response_is_needed(self, convcli, sounds):
        code, _, err = convcli("reverb", "in.wav")
        assert code == 2
        assert "--ir" in err

    @pytest.mark.parametrize(("name", "reason"), [("none.wav", "no such file"), ("text.wav", "not a sound")])
    def test_what_is_no_response(self, convcli, sounds, tmp_path, name, reason):
        (tmp_path / "text.wav").write_text("hello\n")
        code, out, err = convcli("reverb", "in.wav", "--ir", name)
        assert (code, out) == (1, "")
        assert f"{name}: {reason}" in err
