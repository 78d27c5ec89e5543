"""Sounds through real pipes: what ffmpeg and SoX write we read, what we write they read, every sample."""

import io
import shutil
import subprocess
import sys

import numpy as np
import pytest
import soundfile

COPY = """
import sys
from dataclasses import replace
from convcli.audio import reading, writing

container, subtype = sys.argv[1:]
with reading.opened("-") as sound:
    encoding = replace(sound.encoding, container=container or sound.encoding.container)
    encoding = replace(encoding, subtype=subtype or encoding.subtype)
    with writing.opened("-", encoding, frames=sound.frames, tags=sound.tags, chunks=sound.chunks) as sink:
        for block in sound.blocks():
            sink.write(block)
"""

ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg")
sox = pytest.mark.skipif(shutil.which("sox") is None, reason="no sox")

FRAMES = 70_001  # more than a block


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("pipes") / "source.wav"
    x = np.random.default_rng(0).integers(-(2**15), 2**15, (FRAMES, 2), dtype=np.int16) // 3
    soundfile.write(path, x, 48000, subtype="PCM_16")
    return path


def piped(*commands, data=b""):
    """Run commands one after the other, each with what the one before wrote; return what the last wrote."""
    for command in commands:
        done = subprocess.run(
            [str(word) for word in command], input=data, capture_output=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, b"")
        data = done.stdout
    return data


def copy(container="", subtype=""):
    return [sys.executable, "-c", COPY, container, subtype]


def stored(source):
    return soundfile.read(source, dtype="int16")[0]


FFMPEG = ["ffmpeg", "-v", "error", "-i"]
RAW = ["-f", "s16le", "-ac", "2", "-"]


@ffmpeg
@pytest.mark.parametrize(
    "form",
    [
        "wav",
        "wav -rf64 always",
        "wav -c:a pcm_s24le",
        "wav -c:a pcm_f32le",
        "wav -c:a pcm_f64le",
        "flac",
        "aiff",
        "au",
    ],
)
def test_what_ffmpeg_writes(source, form):
    out = piped([*FFMPEG, source, "-f", *form.split(), "-"], copy("WAV", "PCM_16"))
    with soundfile.SoundFile(io.BytesIO(out)) as sound:
        assert sound.subtype == "PCM_16"
        x = sound.read(FRAMES + 9, dtype="int16")
    np.testing.assert_array_equal(x, stored(source))


@ffmpeg
@pytest.mark.parametrize("form", ["ogg -c:a libvorbis", "opus", "mp3"])
def test_what_ffmpeg_compresses(source, form, tmp_path):
    data = piped([*FFMPEG, source, "-f", *form.split(), "-"])
    out = piped(copy("WAV", "PCM_16"), data=data)
    path = tmp_path / "a.wav"
    path.write_bytes(out)
    theirs = piped([*FFMPEG, "-", "-f", "wav", "-c:a", "pcm_s16le", "-"], data=data)
    count = (len(out) - 44) // 4
    assert count >= FRAMES
    assert (
        abs(count - (len(theirs) - 44) // 4) <= 2400
    )  # decoders begin and end compressed sounds differently


@sox
@pytest.mark.parametrize("form", ["wav", "wav -b 24", "wav -B", "flac", "aiff", "au"])
def test_what_sox_writes(source, form):
    out = piped(["sox", "-V1", source, "-t", *form.split(), "-"], copy("WAV", "PCM_16"))
    with soundfile.SoundFile(io.BytesIO(out)) as sound:
        np.testing.assert_array_equal(sound.read(FRAMES + 9, dtype="int16"), stored(source))


@ffmpeg
@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64", "FLAC", "AIFF", "AU", "W64"])
def test_what_we_write_for_ffmpeg(source, container, unknown):
    first = [*FFMPEG, source, "-f", "wav", "-"] if unknown else ["cat", source]
    out = piped(first, copy(container, "PCM_16"), [*FFMPEG, "-", *RAW])
    np.testing.assert_array_equal(np.frombuffer(out, "<i2").reshape(-1, 2), stored(source))


@sox
@pytest.mark.parametrize("unknown", [False, True])
@pytest.mark.parametrize("form", ["wav WAV", "wav WAVEX", "flac FLAC", "aiff AIFF", "au AU"])
def test_what_we_write_for_sox(source, form, unknown):
    kind, container = form.split()
    if unknown and shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg")
    first = [*FFMPEG, source, "-f", "wav", "-"] if unknown else ["cat", source]
    out = piped(first, copy(container, "PCM_16"), ["sox", "-V1", "-t", kind, "-", "-t", "s16", "-"])
    np.testing.assert_array_equal(np.frombuffer(out, "<i2").reshape(-1, 2), stored(source))


@pytest.mark.parametrize("container", ["WAV", "FLAC", "AIFF"])
def test_a_file_on_standard_input_and_one_on_standard_output(source, tmp_path, container):
    """A shell's ``< a > b``: both can be seeked in, and the header is put right."""
    given, taken = tmp_path / "a", tmp_path / "b.wav"
    soundfile.write(given, stored(source), 48000, subtype="PCM_16", format=container)
    with given.open("rb") as stdin, taken.open("wb") as stdout:
        subprocess.run(copy("WAV"), stdin=stdin, stdout=stdout, check=True, timeout=60)
    assert taken.stat().st_size == 44 + 4 * FRAMES
    np.testing.assert_array_equal(soundfile.read(taken, dtype="int16")[0], stored(source))


@ffmpeg
def test_a_header_on_a_file_is_put_right(source, tmp_path):
    taken = tmp_path / "b.wav"
    data = piped([*FFMPEG, source, "-f", "wav", "-"])
    with taken.open("wb") as stdout:
        subprocess.run(copy("WAV"), input=data, stdout=stdout, check=True, timeout=60)
    with soundfile.SoundFile(taken) as sound:
        assert sound.frames == FRAMES
    before = taken.read_bytes()
    with taken.open("ab") as stdout:  # what stands there already stays
        subprocess.run(copy("WAV"), input=data, stdout=stdout, check=True, timeout=60)
    assert taken.read_bytes().startswith(before + b"RIFF\xff\xff\xff\xffWAVE")
