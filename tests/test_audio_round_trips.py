"""Samples come back bit for bit: what we write from what we read, in every container and sample format."""

import io
import os
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest
import scipy.io
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import wavfile

from convcli.audio import formats, pcm, reading, wav, writing
from convcli.audio.chunks import Chunks
from convcli.audio.formats import Encoding
from convcli.audio.wav_writing import WaveWriter
from convcli.errors import ReadError

CONTAINERS = ["WAV", "WAVEX", "RF64", "W64", "FLAC", "AIFF", "AU", "CAF"]
EXACT = ["PCM_U8", "PCM_S8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"]
PAIRS = [
    (container, subtype)
    for container in CONTAINERS
    for subtype in EXACT
    if subtype in soundfile.available_subtypes(container)
]


def whole(source):
    with reading.opened(str(source)) as sound:
        blocks = list(sound.blocks())
    return np.concatenate([np.zeros((0, sound.encoding.channels)), *blocks]), sound.encoding


def write(target, encoding, x, *, known=True):
    frames = len(x) if known else None
    with writing.opened(str(target), encoding, frames=frames, tags={}, force=True) as sink:
        sink.write(x.copy())


@st.composite
def sounds(draw, subtype):
    """Return samples that `subtype` can hold, all of its steps among them."""
    shape = draw(st.tuples(st.integers(1, 40), st.integers(1, 5)))
    if subtype in {"FLOAT", "DOUBLE"}:
        dtype = np.float32 if subtype == "FLOAT" else np.float64
        width = np.dtype(dtype).itemsize * 8
        values = st.floats(width=width, allow_nan=False, allow_infinity=False)
    elif subtype in {"ULAW", "ALAW"}:
        width, dtype, values = 16, np.float64, st.sampled_from(_steps(subtype))
    else:
        width, dtype = formats.bits_of(subtype), np.float64
        top = 2 ** (width - 1)
        values = st.integers(-top, top - 1).map(lambda value: value / top)
    size = shape[0] * shape[1]
    return np.array(draw(st.lists(values, min_size=size, max_size=size)), dtype).astype("f8").reshape(shape)


def _steps(subtype):
    """Return the samples that a byte of a companded format stands for."""
    sound = struct.pack(
        "<4sI4s4sIHHIIHHH", b"RIFF", 294, b"WAVE", b"fmt ", 18, _TAGS[subtype], 1, 8000, 8000, 1, 8, 0
    )
    data = sound + struct.pack("<4sI", b"data", 256) + bytes(range(256))
    return sorted(set(soundfile.read(io.BytesIO(data))[0].tolist()))


_TAGS = {"ALAW": 6, "ULAW": 7}


@pytest.mark.parametrize(("container", "subtype"), PAIRS, ids="-".join)
@given(data=st.data())
@settings(max_examples=8)
def test_every_step_comes_back(container, subtype, data):
    x = data.draw(sounds(subtype))
    encoding = Encoding(container, subtype, 44100, x.shape[1])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        write(path, encoding, x, known=data.draw(st.booleans()))
        y, told = whole(path)
        np.testing.assert_array_equal(y, x)
        assert (told.container, told.subtype) == (container, subtype)
        np.testing.assert_array_equal(soundfile.read(path, dtype="float64", always_2d=True)[0], x)


@given(
    width=st.sampled_from(range(1, 9)),
    big_endian=st.booleans(),
    channels=st.integers(1, 3),
    data=st.binary(max_size=96),
)
def test_integers_of_any_width(width, big_endian, channels, data):
    """Against Python's integers, which have no width."""
    frame = width * channels
    data = data[: len(data) // frame * frame]
    order = "big" if big_endian else "little"
    pieces = [data[at : at + width] for at in range(0, len(data), width)]
    if width == 1:
        expected = [(piece[0] - 128) / 128 for piece in pieces]
    else:
        expected = [int.from_bytes(piece, order, signed=True) / 2 ** (8 * width - 1) for piece in pieces]
    got = pcm.decode(data, pcm.Storage(False, width, big_endian), channels)
    single = pcm.decode(data, pcm.Storage(False, width, big_endian), channels, np.float32)
    assert (got.dtype, single.dtype) == (np.float64, np.float32)
    assert single.ravel().tolist() == np.float32(expected).tolist()
    assert got.ravel().tolist() == expected
    assert got.shape == (len(data) // frame, channels)


@pytest.mark.parametrize("storage", pcm.STORAGES.values(), ids=pcm.STORAGES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_blocks_may_be_overwritten(storage, dtype):
    x = pcm.decode(bytes(24), storage, 1, dtype)
    assert x.dtype == dtype
    x += 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_in_either_order(dtype):
    numbers = np.array([0.1, -2.5, np.inf, 1e300])
    for order in "<>":
        stored = numbers.astype(f"{order}f8")
        with np.errstate(over="ignore"):
            expected = numbers.astype(dtype)
        x = pcm.decode(stored.tobytes(), pcm.Storage(True, 8, order == ">"), 2, dtype)
        np.testing.assert_array_equal(x, expected.reshape(2, 2))


ODD = sorted(Path(scipy.io.__file__).parent.glob("tests/data/test-*.wav"))


@pytest.mark.skipif(not ODD, reason="SciPy came without its test files")
@pytest.mark.parametrize("path", ODD, ids=lambda path: path.stem[5:])
@pytest.mark.filterwarnings("ignore::scipy.io.wavfile.WavFileWarning")
def test_odd_files_of_scipy(path):
    refused = {
        "early-eof": "944 of 17640 bytes",
        "early-eof-no-data": "no 'data' chunk",
        "incomplete-chunk": "no 'data'",
    }
    for kind, reason in refused.items():
        if path.stem.endswith(f"4bytes-{kind}"):
            with pytest.raises(ReadError, match=reason):
                whole(path)
            return
    y, encoding = whole(path)
    if path.stem.endswith(("inconsistent", "ulaw")):  # SciPy refuses them, although nothing is missing
        np.testing.assert_array_equal(y, soundfile.read(path, always_2d=True)[0])
        return
    rate, x = wavfile.read(path)
    if x.dtype.kind == "u":
        x = (x - 128.0) / 128
    elif x.dtype.kind == "i":
        x = x / 2.0 ** (8 * x.dtype.itemsize - 1)
    np.testing.assert_array_equal(y, x.reshape(len(x), -1))
    assert encoding.rate == rate


def test_beyond_32_bits_nothing_is_cut(tmp_path):
    path, result = tmp_path / "a.wav", tmp_path / "b.wav"
    numbers = [2**51 + 1, -(2**52), 3, -1]
    form = struct.pack("<HHIIHH", 1, 1, 8000, 8000 * 7, 7, 53)
    body = b"".join((number << 3).to_bytes(7, "little", signed=True) for number in numbers)
    data = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(body)) + body
    path.write_bytes(b"RIFF" + struct.pack("<I", len(data)) + data)
    x, encoding = whole(path)
    assert encoding.subtype == "DOUBLE"
    write(result, encoding, x)
    assert (whole(result)[0].ravel() * 2**52).tolist() == numbers


class Sparse:
    """A file that keeps no zeros."""

    def __init__(self, file):
        self.file = file

    def write(self, data):
        if data.count(0) == len(data):
            return self.file.seek(len(data), os.SEEK_CUR)
        return self.file.write(data)

    def seek(self, offset, whence):
        return self.file.seek(offset, whence)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="files are not sparse without being asked")
@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64"])
def test_five_gibibytes(tmp_path, known, container):
    path, block = tmp_path / "a.wav", np.zeros((1 << 22, 2), np.int32)
    frames = 160 * len(block) + 3
    encoding = formats.fit(Encoding(container, "PCM_32", 48000, 2), frames if known else None)
    with path.open("wb") as file:
        writer = WaveWriter(
            Sparse(file),
            encoding,
            frames=frames if known else None,
            tags={},
            chunks=Chunks(),
            seekable=True,
        )
        for _ in range(160):
            writer.write(block)
        writer.write(block[:3] + 1)
        writer.finish()
    assert path.stat().st_size > 5 * 2**30
    with soundfile.SoundFile(path) as sound:
        assert (sound.format, sound.frames) == ("RF64", frames)
        sound.seek(frames - 4)
        assert sound.read(9, dtype="int32")[:, 0].tolist() == [0, 1, 1, 1]
    with reading.opened(str(path)) as sound:
        assert sound.frames == frames
    if shutil.which("ffprobe"):
        seconds = subprocess.check_output(
            ["ffprobe", "-v", "error", "-show_entries", "stream=duration", "-of", "csv=p=0", path], text=True
        )
        assert float(seconds) == pytest.approx(frames / 48000, abs=1e-6)


def test_headers_of_any_length_have_one_size():
    encoding = Encoding("WAV", "PCM_16", 8000, 2)
    sizes = {
        len(wav.write_header(encoding, frames=frames, reserved=True)) for frames in (None, 0, 9, 2**31, 2**40)
    }
    assert len(sizes) == 1
