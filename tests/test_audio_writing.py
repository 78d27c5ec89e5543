"""Sounds go out whole or not at all, in every format as the integers we chose."""

import io
from contextlib import contextmanager

import numpy as np
import pytest
import soundfile

from convcli.audio import writing
from convcli.audio.formats import Encoding
from convcli.errors import WriteError


class Recorder(io.BytesIO):
    """Bytes, and the pieces in which they came."""

    def __init__(self):
        super().__init__()
        self.pieces = []

    def write(self, data):
        self.pieces.append(bytes(data))
        return super().write(data)


@pytest.fixture
def stdout(monkeypatch):
    """Return what is written to standard output."""
    buffer = Recorder()

    @contextmanager
    def binary():
        yield buffer

    monkeypatch.setattr("convcli.files.stdout_binary", binary)
    return buffer


def write(target, encoding, x, *, frames=None, tags=None, cut=3, **options):
    with writing.opened(str(target), encoding, frames=frames, tags=tags or {}, **options) as sink:
        for block in np.array_split(x.copy(), cut):
            sink.write(block)
    return sink


def noise(frames=1001, channels=2):
    return np.random.default_rng(frames).uniform(-1.1, 1.1, (frames, channels))


def rounded(x, bits):
    scale = 2 ** (bits - 1)
    return np.clip(np.rint(x * scale), -scale, scale - 1) / scale


INTEGERS = [
    ("WAV", "PCM_U8", 8),
    ("WAV", "PCM_16", 16),
    ("WAV", "PCM_24", 24),
    ("WAV", "PCM_32", 32),
    ("RF64", "PCM_16", 16),
    ("W64", "PCM_24", 24),
    ("FLAC", "PCM_S8", 8),
    ("FLAC", "PCM_16", 16),
    ("FLAC", "PCM_24", 24),
    ("AIFF", "PCM_S8", 8),
    ("AIFF", "PCM_16", 16),
    ("AIFF", "PCM_32", 32),
    ("AU", "PCM_24", 24),
    ("CAF", "PCM_16", 16),
]


@pytest.mark.parametrize(("container", "subtype", "bits"), INTEGERS)
@pytest.mark.parametrize("where", ["file", "pipe"])
def test_integers_are_the_nearest(tmp_path, stdout, container, subtype, bits, where):
    path, x = tmp_path / "a.snd", noise()
    encoding = Encoding(container, subtype, 44100, 2)
    sink = write("-" if where == "pipe" else path, encoding, x, frames=len(x))
    written = io.BytesIO(stdout.getvalue()) if where == "pipe" else path
    with soundfile.SoundFile(written) as sound:
        assert (sound.format, sound.subtype, sound.samplerate) == (container, subtype, 44100)
        np.testing.assert_array_equal(sound.read(dtype="float64"), rounded(x, bits))
    scaled = np.rint(x * 2 ** (bits - 1))
    outside = np.count_nonzero((scaled < -(2 ** (bits - 1))) | (scaled > 2 ** (bits - 1) - 1))
    assert (sink.quantise.clipped, sink.frames) == (outside, 1001)
    assert outside > 100


@pytest.mark.parametrize("container", ["WAV", "AU", "AIFF", "CAF"])
@pytest.mark.parametrize(("subtype", "dtype"), [("FLOAT", "f4"), ("DOUBLE", "f8")])
def test_floats_keep_what_is_beyond_full_scale(tmp_path, container, subtype, dtype):
    path, x = tmp_path / "a.snd", noise() * 3
    sink = write(path, Encoding(container, subtype, 8000, 2), x)
    np.testing.assert_array_equal(soundfile.read(path, dtype="float64")[0], x.astype(dtype))
    assert sink.quantise.clipped == 0


def test_ulaw_is_as_near_as_its_steps(tmp_path):
    path, x = tmp_path / "a.wav", noise() * 0.9
    write(path, Encoding("WAV", "ULAW", 8000, 2), x)
    y = soundfile.read(path, dtype="float64")[0]
    write(path, Encoding("WAV", "ULAW", 8000, 2), y, force=True)
    np.testing.assert_array_equal(soundfile.read(path, dtype="float64")[0], y)
    assert np.max(np.abs(y - x)) < 1 / 32


def test_the_two_ways_to_write_wav_agree(tmp_path, stdout):
    path, x, encoding = tmp_path / "a.wav", noise(), Encoding("WAV", "PCM_16", 44100, 2)
    write(path, encoding, x, frames=len(x))
    write("-", encoding, x, frames=len(x))
    assert stdout.getvalue() == path.read_bytes()


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24"])
def test_odd_sizes_are_padded(stdout, subtype):
    write("-", Encoding("WAV", subtype, 8000, 1), noise(7, 1), frames=7)
    assert len(stdout.getvalue()) % 2 == 0
    assert soundfile.info(io.BytesIO(stdout.getvalue())).frames == 7


def test_a_length_that_is_not_known(stdout):
    write("-", Encoding("WAV", "PCM_16", 8000, 2), noise(9))
    assert stdout.getvalue()[40:44] == b"\xff" * 4
    with soundfile.SoundFile(io.BytesIO(stdout.getvalue())) as sound:
        assert len(sound.read(100)) == 9


def test_long_wav_becomes_rf64(stdout):
    write("-", Encoding("WAV", "PCM_16", 8000, 2), noise(4), frames=2**30)
    assert stdout.getvalue()[:4] == b"RF64"


class TestContainersThatEnd:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch):
        """Let WAV and AIFF end at 1000 bytes: 250 frames."""
        monkeypatch.setattr("convcli.audio.formats._LARGEST", 1000)

    @pytest.mark.parametrize(("frames", "container"), [(250, "WAV"), (251, "RF64")])
    def test_a_known_length_chooses_rf64(self, tmp_path, frames, container):
        path, x = tmp_path / "a.wav", noise(frames)
        write(path, Encoding("WAV", "PCM_16", 8000, 2), x, frames=frames)
        assert soundfile.info(path).format == container
        np.testing.assert_array_equal(soundfile.read(path)[0], rounded(x, 16))

    @pytest.mark.parametrize(("frames", "start"), [(250, b"RIFF"), (251, b"RF64")])
    def test_an_unknown_length_becomes_rf64_in_the_end(self, tmp_path, monkeypatch, frames, start):
        monkeypatch.setattr("convcli.audio.wav._FOUR_GIB", 72 + 1001)
        path, x = tmp_path / "a.wav", noise(frames)
        write(path, Encoding("WAV", "PCM_16", 8000, 2), x)
        data = path.read_bytes()
        assert (data[:4], data[12:16]) == (start, b"JUNK" if start == b"RIFF" else b"ds64")
        np.testing.assert_array_equal(soundfile.read(path)[0], rounded(x, 16))

    @pytest.mark.parametrize(
        ("container", "subtype", "frames"),
        [("WAV", "ULAW", None), ("AIFF", "PCM_16", None), ("AIFF", "PCM_16", 251)],
    )
    def test_others_are_refused_in_time(self, tmp_path, container, subtype, frames):
        encoding = Encoding(container, subtype, 8000, 2)
        write(tmp_path / "fits", encoding, noise(250))
        with pytest.raises(WriteError, match=f"longer than the 4 GiB that {container} can hold"):
            write(tmp_path / "a.snd", encoding, noise(251), frames=frames)
        assert [path.name for path in tmp_path.iterdir()] == ["fits"]


@pytest.mark.parametrize("container", ["WAV", "FLAC", "OGG", "AIFF"])
def test_tags(tmp_path, container):
    path = tmp_path / "a.snd"
    subtype = "VORBIS" if container == "OGG" else "PCM_16"
    sink = write(path, Encoding(container, subtype, 44100, 2), noise(), tags={"title": "Öd"})
    assert sink.lost_tags == ()
    with soundfile.SoundFile(path) as sound:
        assert sound.title == "Öd"


def test_tags_that_are_lost_are_told(tmp_path, stdout):
    tags = {"title": "a", "license": "b"}
    assert write(tmp_path / "a.au", Encoding("AU", "PCM_16", 8000, 2), noise(), tags=tags).lost_tags == (
        "title",
        "license",
    )
    assert write("-", Encoding("WAV", "PCM_16", 8000, 2), noise(), tags=tags).lost_tags == ("license",)


class TestFailure:
    def test_nothing_stays_behind(self, tmp_path):
        encoding = Encoding("WAV", "PCM_16", 8000, 2)
        with (
            pytest.raises(ZeroDivisionError),
            writing.opened(str(tmp_path / "a.wav"), encoding, frames=None, tags={}) as sink,
        ):
            sink.write(noise())
            raise ZeroDivisionError
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(("container", "whole"), [("WAV", True), ("FLAC", False)])
    def test_standard_output_stays_empty(self, stdout, container, whole):
        encoding = Encoding(container, "PCM_16", 8000, 2)
        with (
            pytest.raises(ZeroDivisionError),
            writing.opened("-", encoding, frames=None, tags={}, whole=whole) as sink,
        ):
            sink.write(noise())
            raise ZeroDivisionError
        assert stdout.getvalue() == b""

    @pytest.mark.parametrize(
        ("container", "subtype", "rate", "channels"),
        [("FLAC", "PCM_16", 44100, 9), ("OGG", "OPUS", 44100, 2), ("MP3", "MPEG_LAYER_III", 96000, 2)],
    )
    def test_what_a_container_cannot_hold(self, tmp_path, container, subtype, rate, channels):
        encoding = Encoding(container, subtype, rate, channels)
        with pytest.raises(
            WriteError, match=rf"{container} cannot hold {channels} channels of {subtype} at {rate} Hz"
        ):
            write(tmp_path / "a.snd", encoding, noise(10, channels))
        assert list(tmp_path.iterdir()) == []

    def test_an_existing_file_stays(self, tmp_path):
        path = tmp_path / "a.wav"
        path.write_bytes(b"mine")
        with pytest.raises(WriteError, match="exists already"):
            write(path, Encoding("WAV", "PCM_16", 8000, 2), noise())
        assert path.read_bytes() == b"mine"

    @pytest.mark.parametrize(
        ("container", "subtype"), [("FLAC", "PCM_16"), ("MP3", "MPEG_LAYER_III"), ("OGG", "OPUS")]
    )
    def test_what_cannot_be_empty(self, tmp_path, container, subtype):
        with pytest.raises(WriteError, match=f"{container} cannot hold a sound without samples"):
            write(tmp_path / "a.snd", Encoding(container, subtype, 48000, 2), noise(0))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("container", "subtype"), [("WAV", "PCM_16"), ("OGG", "VORBIS"), ("AIFF", "PCM_16")]
    )
    def test_what_can(self, tmp_path, container, subtype):
        write(tmp_path / "a.snd", Encoding(container, subtype, 48000, 2), noise(0))
        assert soundfile.read(tmp_path / "a.snd")[0].shape == (0, 2)


def test_the_header_leaves_with_the_first_samples(stdout, monkeypatch):
    write("-", Encoding("WAV", "PCM_16", 8000, 2), noise(), cut=3)
    assert stdout.pieces[0].startswith(b"RIFF")
    assert len(stdout.pieces[0]) == 44 + 334 * 4
