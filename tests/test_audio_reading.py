"""Sounds come in as they are stored, whole or not at all, from files and from pipes."""

import io
import os
import struct
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from convcli.audio import pcm, reading, wav
from convcli.audio.formats import Encoding
from convcli.audio.quantise import Quantiser
from convcli.errors import ReadError


@pytest.fixture
def piped(monkeypatch):
    """Return a function that puts bytes on standard input."""

    def put(data):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))

    return put


def whole(source):
    with reading.opened(str(source)) as sound:
        return np.concatenate([np.zeros((0, sound.encoding.channels)), *sound.blocks()])


def noise(frames=5000, channels=2):
    return np.random.default_rng(frames).uniform(-0.9, 0.9, (frames, channels))


def stored(path, container, subtype, x=None, rate=44100):
    soundfile.write(path, noise() if x is None else x, rate, format=container, subtype=subtype)
    return soundfile.read(path, dtype="float64", always_2d=True)[0]


KINDS = [
    ("WAV", "PCM_16"),
    ("WAV", "PCM_U8"),
    ("WAV", "PCM_24"),
    ("WAV", "PCM_32"),
    ("WAV", "FLOAT"),
    ("WAV", "DOUBLE"),
    ("WAV", "ULAW"),
    ("WAV", "IMA_ADPCM"),
    ("WAVEX", "PCM_24"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_16"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("AIFF", "PCM_24"),
    ("AU", "FLOAT"),
    ("CAF", "PCM_16"),
    ("OGG", "VORBIS"),
    ("MP3", "MPEG_LAYER_III"),
]
kinds = pytest.mark.parametrize(("container", "subtype"), KINDS, ids="-".join)


@kinds
def test_files_come_in_as_libsndfile_has_them(tmp_path, container, subtype):
    path = tmp_path / "a.snd"
    expected = stored(path, container, subtype)
    with reading.opened(str(path)) as sound:
        assert replace(sound.encoding, speakers=None) == Encoding(container, subtype, 44100, 2)
        assert sound.frames == (None if container in {"OGG", "MP3"} else len(expected))
    np.testing.assert_array_equal(whole(path), expected)


@kinds
def test_pipes_give_the_same(tmp_path, piped, container, subtype):
    path = tmp_path / "a.snd"
    expected = stored(path, container, subtype)
    piped(path.read_bytes())
    np.testing.assert_array_equal(whole("-"), expected)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("container", ["WAV", "FLAC"])
def test_named_pipes_too(tmp_path, container):
    path, pipe = tmp_path / "a.snd", tmp_path / "pipe"
    expected = stored(path, container, "PCM_16")
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(path.read_bytes()))
    writer.start()
    np.testing.assert_array_equal(whole(pipe), expected)
    writer.join()


@pytest.mark.parametrize("frames", [0, 1, reading.BLOCK // 2 - 1, reading.BLOCK // 2, reading.BLOCK // 2 + 1])
@pytest.mark.parametrize("source", ["file", "pipe"])
def test_lengths_around_a_block(tmp_path, piped, frames, source):
    path = tmp_path / "a.wav"
    expected = stored(path, "WAV", "PCM_16", noise(frames))
    piped(path.read_bytes())
    x = whole(path if source == "file" else "-")
    assert x.shape == (frames, 2)
    np.testing.assert_array_equal(x, expected)


@pytest.mark.parametrize("container", ["WAV", "FLAC", "AIFF", "MP3", "OGG"])
def test_tags_come_along(tmp_path, container):
    path = tmp_path / "a.snd"
    with soundfile.SoundFile(path, "w", 44100, 1, format=container) as sound:
        sound.title = "Überall"
        sound.write(np.zeros(2000))
    with reading.opened(str(path)) as sound:
        assert sound.tags["title"] == "Überall"


def test_empty_tags_are_none(tmp_path):
    path = tmp_path / "a.mp3"
    stored(path, "MP3", "MPEG_LAYER_III")
    empty = b"TIT2" + struct.pack(">IH", 1, 0) + b"\0"
    path.write_bytes(b"ID3\x03\0\0\0\0\0" + bytes([len(empty)]) + empty + path.read_bytes())
    with reading.opened(str(path)) as sound:
        assert "title" not in sound.tags


class TestOpenEnded:
    """Sounds whose header was written before their length was known."""

    @pytest.mark.parametrize("size", [0, 0x7FFFF000, 0xFFFFFFFF])
    @pytest.mark.parametrize("source", ["file", "pipe"])
    def test_wav_goes_on_until_the_end(self, tmp_path, piped, size, source):
        path = tmp_path / "a.wav"
        expected = stored(path, "WAV", "PCM_16")
        data = bytearray(path.read_bytes())
        data[4:8] = data[40:44] = struct.pack("<I", size)
        path.write_bytes(data)
        piped(bytes(data))
        name = str(path) if source == "file" else "-"
        with reading.opened(name) as sound:
            assert sound.frames is None
            np.testing.assert_array_equal(np.concatenate(list(sound.blocks())), expected)

    def test_aiff_from_a_pipe_of_sox(self, tmp_path):
        path = tmp_path / "a.aiff"
        expected = stored(path, "AIFF", "PCM_16")
        data = bytearray(path.read_bytes())
        start = data.index(b"SSND") + 4
        data[start : start + 4] = struct.pack(">I", 0x7F000008)
        path.write_bytes(data)
        np.testing.assert_array_equal(whole(path), expected)

    def test_a_partial_frame_is_no_sound(self, piped):
        encoding = Encoding("WAV", "PCM_24", 8000, 2)
        samples = Quantiser("PCM_24", name="")(noise(10))
        piped(wav.write_header(encoding, frames=None) + pcm.encode(samples, "PCM_24")[:-1])
        assert whole("-").shape == (9, 2)

    def test_flac_of_unknown_length(self, tmp_path):
        path = tmp_path / "a.flac"
        expected = stored(path, "FLAC", "PCM_16")
        data = bytearray(path.read_bytes())
        data[21] &= 0xF0  # the 36-bit number of samples in STREAMINFO
        data[22:26] = bytes(4)
        path.write_bytes(data)
        with reading.opened(str(path)) as sound:
            assert sound.frames is None
            np.testing.assert_array_equal(np.concatenate(list(sound.blocks())), expected)


def test_a_chunk_after_the_samples_is_no_sound(tmp_path, piped):
    path = tmp_path / "a.wav"
    expected = stored(path, "WAV", "PCM_16")
    data = bytearray(path.read_bytes()) + b"LIST" + struct.pack("<I", 4) + b"INFO"
    data[4:8] = struct.pack("<I", len(data) - 8)
    path.write_bytes(data)
    piped(bytes(data))
    np.testing.assert_array_equal(whole(path), expected)
    np.testing.assert_array_equal(whole("-"), expected)


class TestDamage:
    @pytest.mark.parametrize(
        ("container", "subtype"),
        [
            *[(name, "PCM_16") for name in ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "FLAC")],
            *[("WAV", "ULAW"), ("WAV", "IMA_ADPCM"), ("OGG", "VORBIS"), ("OGG", "OPUS")],
            ("MP3", "MPEG_LAYER_III"),
        ],
    )
    @pytest.mark.parametrize("source", ["file", "pipe"])
    def test_a_sound_cut_off_anywhere(self, tmp_path, piped, container, subtype, source):
        path = tmp_path / "a.bin"
        stored(path, container, subtype, rate=48000)
        data, early = path.read_bytes(), 0
        for size in range(0, len(data), 1024):
            path.write_bytes(data[:size])
            piped(data[:size])
            with pytest.raises(ReadError) as caught:
                whole(path if source == "file" else "-")
            assert caught.value.message.startswith(str(path) if source == "file" else "standard input")
            early += "ends early" in caught.value.message
        assert early >= (container != "FLAC" and subtype != "OPUS")

    def test_a_wav_cut_off_is_refused_at_once(self, tmp_path):
        path = tmp_path / "a.wav"
        stored(path, "WAV", "PCM_16")
        path.write_bytes(path.read_bytes()[:-1])
        with pytest.raises(ReadError, match="19999 of 20000 bytes are there"), reading.opened(str(path)):
            pass

    def test_a_pipe_cut_off(self, tmp_path, piped):
        path = tmp_path / "a.wav"
        stored(path, "WAV", "PCM_16")
        piped(path.read_bytes()[:-4000])
        with pytest.raises(ReadError, match="standard input: ends early, 4000 of 5000 frames are there"):
            whole("-")

    @pytest.mark.parametrize(
        "data",
        [
            b"RIFF",
            b"hello, this is no sound\n" * 9,
            b"RIFF\0\0\0\0WAVE",
            b"fLaC" + bytes(99),
            bytes(4096),
        ],
    )
    def test_what_is_no_sound(self, tmp_path, piped, data):
        path = tmp_path / "a.wav"
        path.write_bytes(data)
        piped(data)
        for source, name in ((str(path), str(path)), ("-", "standard input")):
            with pytest.raises(ReadError, match="not a sound that can be read") as caught:
                whole(source)
            assert caught.value.message.startswith(f"{name}: ")
            assert caught.value.hint

    def test_samples_without_a_header(self, tmp_path):
        path = tmp_path / "a.raw"
        path.write_bytes(bytes(1000))
        with pytest.raises(ReadError, match=r"a\.raw: raw samples") as caught:
            whole(path)
        assert "sox" in caught.value.hint

    def test_text_is_no_telephone_call(self, tmp_path):
        path = tmp_path / "a.au"  # libsndfile takes what has no header for u-law
        path.write_text("hello, this is no sound\n" * 9)
        with pytest.raises(ReadError, match=r"a\.au: raw samples"):
            whole(path)

    def test_an_empty_file(self, tmp_path, piped):
        path = tmp_path / "a.wav"
        path.touch()
        piped(b"")
        for source in (path, "-", os.devnull):
            with pytest.raises(ReadError, match="is empty"):
                whole(source)

    def test_a_pipe_that_never_ends(self, monkeypatch):
        class Endless(io.BytesIO):
            def read(self, count=-1):
                assert 0 <= count < 1 << 20
                return b"y\n" * (count // 2)

        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=Endless()))
        with pytest.raises(ReadError, match="not a sound that can be read"):
            whole("-")

    def test_a_folder(self, tmp_path):
        with pytest.raises(ReadError, match="is a directory"):
            whole(tmp_path)

    def test_caf_that_a_pipe_got_without_its_size(self, tmp_path):
        path = tmp_path / "a.caf"
        stored(path, "CAF", "PCM_16")
        data = bytearray(path.read_bytes())
        size = data.index(b"data") + 4
        data[size : size + 8] = (4).to_bytes(8, "big")
        path.write_bytes(data)
        with pytest.raises(ReadError, match=r"its header says that it is empty, yet it has \d+ bytes"):
            whole(path)

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(ReadError, match="no such file or directory"):
            whole(tmp_path / "a.wav")
