"""What a WAV holds beside its samples comes through byte for byte, where it stood, or is told to be lost."""

import io
import struct
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from convcli.audio import chunks, reading, writing
from convcli.audio.chunks import Chunk, pack, walk

BEXT = pack(b"bext", bytes(range(256)) * 2 + b"\1" * 91)  # an odd length
CUE = pack(b"cue ", struct.pack("<II4sIIII", 1, 1, b"data", 0, 0, 0, 7)[:-4] + bytes(4))
SMPL = pack(b"smpl", bytes(36))
IXML = pack(b"iXML", b"<BWFXML/>")
INFO = pack(b"LIST", b"INFO" + pack(b"INAM", b"\xd6d\0") + pack(b"IENG", b"nobody\0"))
ADTL = pack(b"LIST", b"adtl" + pack(b"labl", b"\1\0\0\0here\0"))
ID3 = pack(b"id3 ", b"ID3\3" + bytes(20))
STALE = [pack(kind, b"\1" * 24) for kind in (b"PEAK", b"fact", b"JUNK", b"FLLR", b"levl")]

SAMPLES = np.arange(-5, 6, dtype="<i2")  # eleven of 16 bits, or 22 of 8: even
BEFORE, AFTER = [BEXT, IXML, INFO, ID3], [CUE, SMPL, ADTL]


def wave(before=(), after=(), *, form=None, samples=SAMPLES.tobytes(), start=b"RIFF"):
    order = ">" if start == b"RIFX" else "<"
    form = form or struct.pack(f"{order}HHIIHH", 1, 1, 8000, 16000, 2, 16)

    def chunk(kind, body):
        return kind + struct.pack(f"{order}I", len(body)) + body + b"\0" * (len(body) % 2)

    body = b"WAVE" + chunk(b"fmt ", form) + b"".join(before) + chunk(b"data", samples) + b"".join(after)
    return start + struct.pack(f"{order}I", len(body)) + body


def taken_apart(data):
    """Return the chunks of a WAV before and after its samples, and check that they fill it."""
    stream = io.BytesIO(data)
    stream.seek(12)
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    found, here = ([], []), 0
    while start := stream.read(8):
        kind, size = struct.unpack("<4sI", start)
        body = stream.read(size)
        assert len(body) == size
        stream.read(size % 2)
        if kind == b"data":
            here = 1
        else:
            found[here].append(pack(kind, body))
    return found


def copy(source, target, **changes):
    """Read a sound and write it as it is, or in another encoding."""
    with reading.opened(str(source)) as sound:
        encoding = replace(sound.encoding, **changes)
        frames = sound.frames
        with writing.opened(
            str(target), encoding, frames=frames, tags=sound.tags, chunks=sound.chunks, force=True
        ) as sink:
            for block in sound.blocks():
                sink.write(block)
    return sink.lost_tags


@pytest.fixture
def piped(monkeypatch):
    """Return a function that puts bytes on standard input."""

    def put(data):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))

    return put


@pytest.fixture
def stdout(monkeypatch):
    """Return what is written to standard output."""
    buffer = io.BytesIO()

    @contextmanager
    def binary():
        yield buffer

    monkeypatch.setattr("convcli.files.stdout_binary", binary)
    return buffer


class TestCopies:
    @pytest.mark.parametrize("source", ["file", "pipe"])
    @pytest.mark.parametrize("target", ["file", "pipe"])
    def test_chunks_keep_bytes_and_places(self, tmp_path, piped, stdout, source, target):
        path, result = tmp_path / "a.wav", tmp_path / "b.wav"
        data = wave([*STALE, *BEFORE], [*AFTER, *STALE])
        path.write_bytes(data)
        piped(data)
        lost = copy(path if source == "file" else "-", result if target == "file" else "-")
        copied = stdout.getvalue() if target == "pipe" else result.read_bytes()
        before, after = taken_apart(copied)
        before = [chunk for chunk in before if chunk[:4] not in (b"fmt ", b"JUNK")]
        assert before == BEFORE
        if source == target == "pipe":  # the header had left before they were known
            assert (after, lost) == ([], ("cue", "smpl", "LIST adtl"))
        else:
            assert (after, lost) == (AFTER, ())
        np.testing.assert_array_equal(soundfile.read(io.BytesIO(copied), dtype="int16")[0], SAMPLES)

    def test_a_copy_is_the_original(self, tmp_path):
        path, result = tmp_path / "a.wav", tmp_path / "b.wav"
        path.write_bytes(wave(BEFORE, AFTER))
        copy(path, result)
        assert result.read_bytes() == path.read_bytes()

    def test_rf64_has_them_too(self, tmp_path):
        path, result, again = tmp_path / "a.wav", tmp_path / "b.rf64", tmp_path / "c.wav"
        path.write_bytes(wave(BEFORE, AFTER))
        assert copy(path, result, container="RF64") == ()
        assert copy(result, again, container="WAV") == ()
        assert again.read_bytes() == path.read_bytes()

    def test_samples_of_odd_size(self, tmp_path):
        path, result = tmp_path / "a.wav", tmp_path / "b.wav"
        form = struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)
        path.write_bytes(wave([], AFTER, form=form, samples=b"\x80\x90\xa0"))
        copy(path, result)
        assert result.read_bytes() == path.read_bytes()

    def test_of_unknown_length(self, tmp_path, piped, stdout):
        data = bytearray(wave(BEFORE))
        data[4:8] = data[-26:-22] = b"\xff" * 4
        piped(bytes(data))
        assert copy("-", "-") == ()
        assert stdout.getvalue() == bytes(data)

    def test_no_tag_is_said_twice(self, tmp_path):
        path, result = tmp_path / "a.wav", tmp_path / "b.wav"
        path.write_bytes(wave([], [INFO]))
        with reading.opened(str(path)) as sound:
            assert sound.tags == {"title": "Öd"}
        copy(path, result)
        assert result.read_bytes().count(b"INAM") == 1

    def test_a_chunk_that_is_cut_off_is_none(self, tmp_path):
        path, result = tmp_path / "a.wav", tmp_path / "b.wav"
        path.write_bytes(wave([], [CUE, SMPL])[:-1])
        assert copy(path, result) == ()
        assert taken_apart(result.read_bytes())[1] == [CUE]


class TestLosses:
    @pytest.mark.parametrize("container", ["FLAC", "AIFF", "AU", "W64"])
    def test_other_containers(self, tmp_path, container):
        path = tmp_path / "a.wav"
        path.write_bytes(wave([BEXT, INFO], [CUE]))
        lost = copy(path, tmp_path / "b.snd", container=container)
        assert lost[-3:] == ("bext", "IENG", "cue")
        assert ("title" in lost) == (container in {"AU", "W64"})

    def test_big_endian_numbers(self, tmp_path):
        path, result = tmp_path / "a.wav", tmp_path / "b.wav"
        iXML = b"iXML" + struct.pack(">I", 8) + b"<BWFXML>"
        info = b"LIST" + struct.pack(">I", 14) + b"INFO" + b"INAM" + struct.pack(">I", 2) + b"T\0"
        cue = b"cue " + struct.pack(">I", 4) + bytes(4)
        samples = SAMPLES.astype(">i2").tobytes()
        path.write_bytes(wave([iXML, info, cue], start=b"RIFX", samples=samples))
        with reading.opened(str(path)) as sound:
            assert sound.tags == {"title": "T"}
        assert copy(path, result) == ("cue",)
        np.testing.assert_array_equal(soundfile.read(result, dtype="int16")[0], SAMPLES)
        with soundfile.SoundFile(result) as sound:
            assert sound.title == "T"
        assert b"iXML\x08\0\0\0<BWFXML>" in result.read_bytes()

    def test_chunks_that_would_fill_the_memory(self, tmp_path, monkeypatch):
        monkeypatch.setattr(chunks, "MOST_BYTES", len(BEXT) + 20)
        path, result = tmp_path / "a.wav", tmp_path / "b.wav"
        path.write_bytes(wave([BEXT, SMPL]))
        assert copy(path, result) == ("smpl",)
        assert taken_apart(result.read_bytes())[0][1:] == [BEXT]


class TestLoudspeakers:
    def extensible(self, channels, speakers):
        guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
        form = struct.pack("<HHIIHH", 0xFFFE, channels, 8000, 16000 * channels, 2 * channels, 16)
        return wave(form=form + struct.pack("<HHI", 22, 16, speakers) + guid, samples=bytes(2 * channels * 9))

    @pytest.mark.parametrize(("channels", "speakers"), [(2, 3), (6, 0x60F), (2, 0x600), (4, 0), (8, 0xFF)])
    def test_masks_stay(self, tmp_path, channels, speakers):
        path, result, long = tmp_path / "a.wav", tmp_path / "b.wav", tmp_path / "c.rf64"
        path.write_bytes(self.extensible(channels, speakers))
        copy(path, result)
        assert result.read_bytes() == path.read_bytes()
        copy(path, long, container="RF64")
        with reading.opened(str(long)) as sound:
            assert sound.encoding.speakers == speakers

    def test_other_channels_have_other_loudspeakers(self, tmp_path):
        path, result = tmp_path / "a.wav", tmp_path / "b.wav"
        path.write_bytes(self.extensible(1, 4))
        with reading.opened(str(path)) as sound:
            encoding = replace(sound.encoding, channels=2)
        with writing.opened(str(result), encoding, frames=None, tags={}) as sink:
            sink.write(np.zeros((9, 2)))
        with reading.opened(str(result)) as sound:
            assert (sound.encoding.channels, sound.encoding.speakers) == (2, 3)

    @pytest.mark.parametrize(
        ("channels", "speakers", "lost"), [(2, 3, ()), (6, 0x60F, ()), (2, 0x600, ("loudspeakers 0x600",))]
    )
    def test_flac_has_the_usual_ones(self, tmp_path, channels, speakers, lost):
        path = tmp_path / "a.wav"
        path.write_bytes(self.extensible(channels, speakers))
        assert copy(path, tmp_path / "b.flac", container="FLAC") == lost


@given(
    st.lists(st.tuples(st.sampled_from([b"bext", b"cue ", b"LIST", b"id3 ", b"abcd"]), st.binary(max_size=9)))
)
def test_walking_finds_what_was_packed(items):
    stream = io.BytesIO(b"".join(pack(*item) for item in items) + b"data\7\0\0\0")
    found = walk(stream.read)
    assert found.chunks == [Chunk(*item) for item in items]
    assert found.data_bytes == 7
    assert found.position == stream.tell()


@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_do_harm(data, big_endian):
    found = walk(io.BytesIO(data).read, big_endian=big_endian)
    assert all(chunk.body in data for chunk in found.chunks)


@pytest.mark.parametrize("size", [2**32 - 1, 2**31])
def test_a_size_that_lies_costs_no_memory(size):
    asked = []

    def take(count):
        asked.append(count)
        return stream.read(count)

    stream = io.BytesIO(b"bext" + struct.pack("<I", size) + b"short")
    assert walk(take).chunks == []
    assert max(asked) <= 1 << 20
