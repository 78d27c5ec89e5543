"""convcli echo as it is typed: files, pipes, reports, mistakes."""

import io
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile


@pytest.fixture
def sound(tmp_path, monkeypatch):
    """Return a short 16-bit stereo WAV in the current folder, and its samples."""
    monkeypatch.chdir(tmp_path)
    x = np.random.default_rng(0).integers(-9000, 9000, (1000, 2)).astype(np.int16)
    soundfile.write("in.wav", x, 8000)
    return x


def echoed(x, delay, gain=0.5):
    y = np.zeros((len(x) + delay, *x.shape[1:]))
    y[: len(x)] += x
    y[delay:] += gain * x
    return np.rint(y)


def test_the_default_is_half_as_loud_after_300_ms(convcli, sound):
    code, out, err = convcli("echo", "in.wav")
    assert (code, out) == (0, "in-echo.wav\n")
    assert "delay 300ms = 2400 samples at 8000 Hz, gain 0.5" in err
    np.testing.assert_array_equal(soundfile.read("in-echo.wav", dtype="int16")[0], echoed(sound, 2400))


@pytest.mark.parametrize("name", ["guit_harmonics", "misc_crow", "perc_snap"])
def test_the_samples(convcli, samples, tmp_path, name):
    target = tmp_path / "out.flac"
    code, _, err = convcli("echo", samples / f"{name}.flac", "-o", target)
    assert code == 0
    x, rate = soundfile.read(samples / f"{name}.flac", dtype="int16", always_2d=True)
    y = echoed(x.astype(float), round(0.3 * rate))
    written = soundfile.info(target)
    assert (written.samplerate, written.channels, written.subtype) == (rate, x.shape[1], "PCM_16")
    np.testing.assert_array_equal(
        soundfile.read(target, dtype="int16", always_2d=True)[0], np.clip(y, -32768, 32767)
    )
    assert ("clipped, peak" in err) == bool((np.abs(y) > 32768).any())


@pytest.mark.parametrize(
    ("options", "delays"),
    [
        (("--delay", "100"), [800]),
        (("--delay", "0.05s", "--repeats", "3"), [400, 800, 1200]),
        (("--tap", "10ms:0.5", "--tap=4S:-6dB"), [80, 4]),
        (("--gain=-0.5",), [2400]),
    ],
)
def test_json(convcli, sound, options, delays):
    code, out, err = convcli("echo", "in.wav", "--json", *options)
    assert (code, err) == (0, "")
    report = json.loads(out)
    longest = max(delays)
    assert report["command"] == "echo"
    assert report["input"] == {"path": "in.wav", "shape": [1000, 2], "dtype": "PCM_16"}
    assert report["output"] == {"path": "in-echo.wav", "shape": [1000 + longest, 2], "dtype": "PCM_16"}
    assert report["kernel"]["shape"] == [longest + 1]
    assert report["padding"] == {"mode": "zeros", "amount": [[longest, longest]]}
    assert (report["stride"], report["dilation"], report["method"]) == ([1], [1], "taps")
    assert (report["sample_rate"], report["delay_samples"]) == (8000, delays)
    assert (report["clipped"], report["gain_db"]) == (0, 0.0)
    y = soundfile.read("in-echo.wav", dtype="float64")[0]
    assert report["peak_dbfs"] == pytest.approx(20 * np.log10(np.abs(y).max()), abs=1e-3)


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="names are UTF-8 there")
@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg"])
def test_names_that_are_not_utf_8(process, tmp_path, suffix):
    name = os.fsdecode(b"b\xff.") + suffix
    with (tmp_path / name).open("wb") as file:
        soundfile.write(file, np.zeros(9), 8000, format=suffix)
    done = process("echo", name, "-q", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"b\xff-echo." + suffix.encode() + b"\n"
    with (tmp_path / os.fsdecode(done.stdout[:-1])).open("rb") as file:
        assert soundfile.info(file).frames == 2409


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("inputs", [("a.wav",), ("a.wav", "b.wav", "c.wav")])
def test_an_interrupt_leaves_nothing(tmp_path, inputs):
    sound = np.random.default_rng(0).integers(-9000, 9000, (6_000_000, 2)).astype(np.int16)
    for name in inputs:
        soundfile.write(tmp_path / name, sound, 44100)
    # A suite in the background ignores interrupts; a handler is reset for the child.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [sys.executable, "-m", "convcli", "echo", *inputs, "--format", "mp3"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        signal.signal(signal.SIGINT, before)
        while not any(path.stat().st_size for path in tmp_path.glob(".*.mp3")):
            assert running.poll() is None
            time.sleep(0.01)
        running.send_signal(signal.SIGINT)
        assert running.communicate(timeout=60) == (b"", b"")
    assert running.returncode == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == list(inputs)


def test_the_peak_of_silence_is_null(convcli, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(10), 8000)
    _, out, _ = convcli("echo", tmp_path / "a.wav", "--json")
    assert json.loads(out)["peak_dbfs"] is None


def test_a_dry_run_writes_nothing(convcli, sound, tmp_path):
    code, out, _ = convcli("echo", "in.wav", "-n", "--explain")
    assert code == 0
    assert "3400" in out
    assert "2399 of 2401 weights are zero" in out
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]


@pytest.mark.parametrize(
    ("format", "kind"), [("flac", "FLAC"), ("aiff", "AIFF"), ("au", "AU"), ("ogg", "OGG")]
)
def test_other_formats(convcli, sound, format, kind):
    code, out, _ = convcli("echo", "in.wav", "--format", format)
    assert (code, out) == (0, f"in-echo.{format}\n")
    assert soundfile.info(f"in-echo.{format}").format == kind


def test_a_deeper_subtype_keeps_the_halves(convcli, sound):
    assert convcli("echo", "in.wav", "--subtype", "pcm_24")[0] == 0
    x = sound.astype(float)
    y = np.zeros((3400, 2))
    y[:1000] += x
    y[2400:] += 0.5 * x
    np.testing.assert_array_equal(soundfile.read("in-echo.wav", dtype="int32")[0] / 2**16, y)


def test_tags_are_kept_or_their_loss_is_told(convcli, sound):
    with soundfile.SoundFile("tagged.wav", "w", 8000, 1) as file:
        file.title, file.artist = "Tune", "Nobody"
        file.write(np.zeros(10))
    assert convcli("echo", "tagged.wav", "-o", "a.flac")[0] == 0
    with soundfile.SoundFile("a.flac") as file:
        assert (file.title, file.artist) == ("Tune", "Nobody")
    _, _, err = convcli("echo", "tagged.wav", "-q", "-o", "a.au")
    assert err == "convcli: warning: a.au: is written without title, artist\n"


class TestPlaces:
    def test_taps_on_both_sides_make_a_mono_sound_stereo(self, convcli, sound):
        soundfile.write("mono.wav", sound[:, 0], 8000)
        code, _, err = convcli("echo", "mono.wav", "--tap", "10ms:0.5:L", "--tap", "20ms:0.25:R")
        assert code == 0
        assert "delay 10ms = 80 samples at 8000 Hz, gain 0.5, left" in err
        x = sound[:, 0].astype(float)
        wanted = np.zeros((1160, 2))
        wanted[:1000] += x[:, None]
        wanted[80:1080, 0] += 0.5 * x
        wanted[160:, 1] += 0.25 * x
        written = soundfile.read("mono-echo.wav", dtype="int16")[0]
        np.testing.assert_array_equal(written, np.rint(wanted))

    def test_ping_pong_fed_back(self, convcli, sound):
        options = ("--delay", "10ms", "--feedback", "0.5", "--ping-pong", "--dry", "0", "--json")
        code, out, _ = convcli("echo", "in.wav", *options)
        assert code == 0
        report = json.loads(out)
        assert (report["method"], report["kernel"]["name"]) == ("feedback", "feedback 0.5")
        assert report["output"]["shape"] == [1800, 2]  # ten echoes
        middle, wet = sound.mean(axis=1), np.zeros((1800, 2))
        for number in range(1, 11):
            wet[80 * number : 80 * number + 1000, 1 - number % 2] += 0.5**number * middle
        written = soundfile.read("in-echo.wav", dtype="int16")[0]
        assert np.abs(written[:800] - wet[:800]).max() <= 0.5  # later ones hold the eleventh echo too

    def test_surround_has_no_left_and_right(self, convcli, sound):
        soundfile.write("six.wav", np.zeros((9, 6)), 8000)
        code, _, err = convcli("echo", "six.wav", "--ping-pong")
        assert code == 2
        assert "six.wav: --ping-pong: a sound of 6 channels has more than left and right" in err


def test_several_sounds_give_the_same_bytes_on_any_number_of_threads(convcli, samples, tmp_path):
    inputs = [samples / name for name in ("guit_harmonics.flac", "misc_crow.flac", "perc_snap.wav")]
    results = []
    for jobs in (1, 3):
        folder = tmp_path / str(jobs)
        folder.mkdir()
        options = ("--feedback", "0.5", "--subtype", "PCM_16", "--dither", "tpdf", "--clip", "normalize")
        assert convcli("echo", *inputs, *options, "-q", "-j", jobs, "-o", folder)[0] == 0
        results.append([path.read_bytes() for path in sorted(folder.iterdir())])
    assert len(results[0]) == 3
    assert results[0] == results[1]


def test_a_plot_is_drawn_beside_the_sound(convcli, sound, tmp_path):
    pytest.importorskip("matplotlib")
    code, out, err = convcli("echo", "in.wav", "--plot", "a.png")
    assert (code, out) == (0, "in-echo.wav\n")
    assert "plot a.png" in err
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    code, _, err = convcli("echo", "in.wav", "-o", "b.wav", "--plot", "a.png")
    assert code == 1
    assert "a.png: exists already" in err
    assert not (tmp_path / "b.wav").exists()
    assert convcli("echo", "in.wav", "in.wav", "-o", "{n}.wav", "--plot", "c.png")[0] == 2
    assert convcli("echo", "in.wav", "-o", "d.wav", "--plot", "d.png", "-n")[0] == 0
    assert not (tmp_path / "d.png").exists()


class TestClipping:
    @pytest.fixture(autouse=True)
    def loud(self, sound):
        soundfile.write("in.wav", np.full(5000, 30000, np.int16), 8000)

    def test_it_is_a_warning(self, convcli):
        code, out, err = convcli("echo", "in.wav", "-q")
        assert (code, out) == (0, "in-echo.wav\n")
        [line] = err.splitlines()
        assert line.startswith(
            "convcli: warning: in.wav: 2600 samples clipped, peak +2.76 dBFS; 2.76 dB less"
        )

    def test_it_can_be_an_error(self, convcli, tmp_path):
        code, out, err = convcli("echo", "in.wav", "--clip", "error")
        assert (code, out) == (1, "")
        assert "convcli: error: in.wav: 2600 samples clipped" in err
        assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]

    def test_it_can_be_avoided(self, convcli):
        _, out, _ = convcli("echo", "in.wav", "--clip", "normalize", "--json")
        report = json.loads(out)
        assert (report["clipped"], report["gain_db"]) == (0, -2.76)
        assert report["notes"][-1] == "-2.76 dB applied: the peak became 0.00 dBFS"

    def test_a_gain_is_told_whatever_its_sign(self, convcli):
        _, out, _ = convcli("echo", "in.wav", "--normalize=-20", "--json")
        assert json.loads(out)["notes"][-1] == "-22.76 dB applied: the peak became -20.00 dBFS"
        _, out, _ = convcli("echo", "in-echo.wav", "--normalize=-3", "--mix", "0", "--json")
        assert json.loads(out)["notes"][-1] == "+17.00 dB applied: the peak became -3.00 dBFS"


class TestMistakes:
    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--delay", "soon"), "--delay: 'soon' cannot be read"),
            (("--delay", "0"), "--delay: '0' is not above 0"),
            (("--delay", "0.01ms"), "in.wav: delay 0.01ms: is no whole sample at 8000 Hz"),
            (("--gain", "loud"), "--gain: 'loud' cannot be read"),
            (("--tap", "300"), "--tap: '300' is not DELAY:GAIN"),
            (("--tap", "1:1", "--delay", "3"), "--delay: has no meaning together with --tap"),
            (("--repeats", "1001"), "--repeats: 1001 is not a whole number from 1 to 1000"),
            (("--repeats", "0"), "invalid value for '--repeats': '0' is not a whole number above 0"),
            (
                ("--repeats", "1e6"),
                "invalid value for '--repeats': '1e6' is not a whole number above 0",
            ),
            (("--dry", "x"), "--dry: 'x' cannot be read"),
            (("--dry", "1", "--mix", "0.5"), "--dry: has no meaning together with --mix"),
            (("--delay", "1/8"), "--delay: '1/8' is a note, which needs a tempo"),
            (("--tempo", "120"), "--tempo: no delay is a note"),
            (("--feedback", "1"), "--feedback: '1' is not between -1 and 1"),
            (("--feedback", "0.5", "--repeats", "2"), "--repeats: has no meaning together with --feedback"),
            (("--ping-pong", "--tap", "1:1:L"), "--ping-pong: has no meaning together with a PAN"),
            (("--normalize", "loud"), "--normalize: 'loud' is not a level in decibels"),
            (("--plot", "a.txt"), "--plot a.txt: the name ends in .png, .svg or .pdf"),
            (("--tail", "3601"), "in.wav: --tail 3601s: is longer than an hour at 8000 Hz"),
            (("--tail", "-1"), "--tail: '-1' is not keep, cut or a time above 0"),
            (("--subtype", "PCM_17"), "--subtype: WAV has no 'PCM_17'"),
            (("--format", "flac", "--subtype", "FLOAT"), "--subtype: FLAC has no 'FLOAT'"),
            (("--subtype", ""), "--subtype: WAV has no ''"),
            (("--seed", "-1"), "invalid value for '--seed': '-1' is not a whole number, e.g. 1"),
            (("--format", "png"), "--format: 'png'"),
        ],
    )
    def test_usage(self, convcli, sound, tmp_path, options, message):
        code, out, err = convcli("echo", "in.wav", *options)
        assert (code, out) == (2, "")
        assert err.startswith(f"convcli: error: {message}")
        assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]

    def test_a_sound_cut_off(self, convcli, sound, tmp_path):
        path = tmp_path / "in.wav"
        path.write_bytes(path.read_bytes()[:-1000])
        code, out, err = convcli("echo", "in.wav")
        assert (code, out) == (1, "")
        assert "in.wav: ends early, 3000 of 4000 bytes are there" in err
        assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]

    def test_text_named_wav(self, convcli, tmp_path):
        (tmp_path / "a.wav").write_text("hello\n")
        code, _, err = convcli("echo", tmp_path / "a.wav")
        assert code == 1
        assert "a.wav: not a sound that can be read" in err

    def test_one_bad_input_of_several(self, convcli, sound, tmp_path):
        (tmp_path / "bad.wav").write_text("hello\n")
        code, out, err = convcli("echo", "bad.wav", "in.wav", "-q")
        assert (code, out) == (1, "in-echo.wav\n")
        assert "1 of 2 inputs failed" in err


class TestPipes:
    def open_ended(self):
        """Return a WAV whose header was written before its length was known."""
        data = bytearray(Path("in.wav").read_bytes())
        data[4:8] = data[40:44] = struct.pack("<I", 0xFFFFFFFF)
        return bytes(data)

    def test_wav_in_and_out(self, process, sound, tmp_path):
        done = process("echo", "-", input=self.open_ended(), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        y = echoed(sound, 2400)
        np.testing.assert_array_equal(
            soundfile.read(io.BytesIO(done.stdout), dtype="int16", frames=9999)[0], y
        )
        with wave.open(io.BytesIO(done.stdout)) as file:
            np.testing.assert_array_equal(np.frombuffer(file.readframes(9999), "<i2").reshape(-1, 2), y)

    def test_a_known_length_gives_an_exact_header(self, process, sound, tmp_path):
        data = (tmp_path / "in.wav").read_bytes()
        done = process("echo", "-", "-q", input=data, cwd=tmp_path)
        process("echo", "in.wav", "-q", cwd=tmp_path)
        assert done.stderr == b""
        assert done.stdout == (tmp_path / "in-echo.wav").read_bytes()

    @pytest.mark.parametrize(
        ("format", "kind"), [("flac", "FLAC"), ("ogg", "OGG"), ("au", "AU"), ("mp3", "MP3")]
    )
    def test_other_formats_out(self, process, sound, tmp_path, format, kind):
        done = process("echo", "-", "--format", format, input=self.open_ended(), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        with soundfile.SoundFile(io.BytesIO(done.stdout)) as file:
            assert (file.format, file.channels, file.frames) == (kind, 2, 3400)

    def test_flac_in_is_flac_out(self, process, samples, tmp_path):
        data = (samples / "misc_crow.flac").read_bytes()
        done = process("echo", "-", input=data, cwd=tmp_path)
        with soundfile.SoundFile(io.BytesIO(done.stdout)) as file:
            assert (file.format, file.frames) == ("FLAC", 21196 + 13230)

    def test_a_pipe_to_a_file(self, process, sound, tmp_path):
        done = process("echo", "-", "-o", "out.wav", input=self.open_ended(), cwd=tmp_path)
        assert done.stdout == b"out.wav\n"
        np.testing.assert_array_equal(soundfile.read("out.wav", dtype="int16")[0], echoed(sound, 2400))

    def test_errors_write_nothing(self, process, sound, tmp_path):
        done = process("echo", "-", "--gain", "9", "--clip", "error", input=self.open_ended(), cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, b"")
        assert b"clipped" in done.stderr

    def test_a_reader_that_leaves(self, tmp_path):
        soundfile.write(tmp_path / "long.wav", np.zeros((400_000, 2)), 44100)
        with subprocess.Popen(
            [sys.executable, "-m", "convcli", "echo", "long.wav", "-o", "-"],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running:
            running.stdout.read(44)
            running.stdout.close()
            assert running.wait(60) == 141
            assert running.stderr.read() == b""

    @pytest.mark.skipif(not shutil.which("sox"), reason="sox is not installed")
    def test_between_two_sox(self, sound, tmp_path):
        command = f"{sys.executable} -m convcli echo -q -"
        chain = f"sox in.wav -b 24 -t wav - | {command} | sox --ignore-length -t wav - out.wav"
        subprocess.run(["bash", "-o", "pipefail", "-c", chain], cwd=tmp_path, check=True, capture_output=True)
        y = np.zeros((3400, 2))
        y[:1000] += sound
        y[2400:] += 0.5 * sound
        np.testing.assert_array_equal(soundfile.read("out.wav", dtype="int32")[0] / 2**16, y)

    @pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
    @pytest.mark.parametrize("kind", ["wav", "flac", "aiff"])
    def test_between_two_ffmpeg(self, sound, tmp_path, kind):
        quiet = "ffmpeg -nostdin -loglevel error"
        chain = (
            f"{quiet} -i in.wav -f {kind} - | {sys.executable} -m convcli echo -q - | {quiet} -i - -f s16le -"
        )
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", chain], cwd=tmp_path, check=True, capture_output=True
        )
        np.testing.assert_array_equal(np.frombuffer(done.stdout, "<i2").reshape(-1, 2), echoed(sound, 2400))
