"""Our WAV and RF64 framing against libsndfile, Python's wave module, and headers of other programs."""

import io
import struct
import wave

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from convcli.audio import pcm, wav
from convcli.audio.formats import Encoding
from convcli.audio.quantise import Quantiser
from convcli.audio.tags import to_info

SUBTYPES = sorted(pcm.STORAGES)
TAGS = {"title": "Öd", "artist": "nobody", "comment": "odd", "date": "1999"}


def parsed(data):
    stream = io.BytesIO(data)
    header = wav.read_header(stream.read(12), stream.read)
    return header, stream.read()


def info(tags):
    return to_info(tags, ())[0]


def noise(channels, frames=101):
    return np.random.default_rng(channels).uniform(-1, 1, (frames, channels))


def chunk(kind, body, size=None):
    return kind + struct.pack("<I", len(body) if size is None else size) + body


def riff(*chunks, size=None, start=b"RIFF"):
    body = b"WAVE" + b"".join(chunks)
    return start + struct.pack("<I", len(body) if size is None else size) + body


def form(*, channels=1, bits=16, tag=1, rate=8000):
    align = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits)


class TestAgainstLibsndfile:
    @pytest.mark.parametrize("subtype", SUBTYPES)
    @pytest.mark.parametrize("channels", [1, 2, 6])
    def test_it_reads_what_we_write(self, subtype, channels):
        encoding = Encoding("WAV", subtype, 44100, channels)
        samples = Quantiser(subtype, name="")(noise(channels))
        data = wav.write_header(encoding, frames=101, beside=info(TAGS)) + pcm.encode(samples, subtype)
        with soundfile.SoundFile(io.BytesIO(data + b"\0" * (len(data) % 2))) as sound:
            assert (sound.frames, sound.channels, sound.samplerate) == (101, channels, 44100)
            assert (sound.format, sound.subtype) == ("WAV", subtype)
            assert sound.copy_metadata().items() >= TAGS.items()
            np.testing.assert_array_equal(
                sound.read(dtype="float64", always_2d=True),
                pcm.decode(pcm.encode(samples, subtype), pcm.STORAGES[subtype], channels),
            )

    @pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64"])
    @pytest.mark.parametrize("subtype", SUBTYPES)
    def test_we_read_what_it_writes(self, subtype, container, tmp_path):
        path = tmp_path / "a.wav"
        with soundfile.SoundFile(path, "w", 48000, 3, format=container, subtype=subtype) as sound:
            sound.title = "Öd"
            sound.write(noise(3))
        header, rest = parsed(path.read_bytes())
        speakers = None if container == "WAV" else header.encoding.speakers
        assert header.encoding == Encoding(container, subtype, 48000, 3, speakers)
        assert header.tags["title"] == "Öd"
        with soundfile.SoundFile(path) as sound:
            expected = sound.read(dtype="float64")
        np.testing.assert_array_equal(pcm.decode(rest[: header.data_bytes], header.storage, 3), expected)

    def test_compressed_wav_is_left_to_it(self, tmp_path):
        path = tmp_path / "a.wav"
        soundfile.write(path, noise(1), 8000, subtype="IMA_ADPCM")
        assert parsed(path.read_bytes())[0] is None


@given(
    subtype=st.sampled_from(SUBTYPES),
    channels=st.integers(1, 9),
    frames=st.one_of(st.none(), st.integers(1, 2**40)),
    container=st.sampled_from(["WAV", "RF64"]),
    title=st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=9),
)
def test_headers_come_back(subtype, channels, frames, container, title):
    encoding = Encoding(container, subtype, 96000, channels)
    data = wav.write_header(encoding, frames=frames, beside=info({"title": title, "license": "free"}))
    header, rest = parsed(data)
    assert rest == b""
    assert header.data_bytes == (None if frames is None else frames * channels * frame_size(subtype))
    assert header.tags == ({"title": title} if title else {})
    large = frames and (container == "RF64" or frames * channels * frame_size(subtype) > 2**32 - 200)
    if large:
        assert data[:4] == b"RF64"
    elif frames is None or frames * channels * frame_size(subtype) < 2**32 - 2000:
        assert data[:4] == b"RIFF"


def frame_size(subtype):
    return {"PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}[subtype]


def test_sizes_add_up_to_the_file():
    encoding = Encoding("WAV", "PCM_24", 8000, 1)
    data = wav.write_header(encoding, frames=3, beside=info(TAGS)) + b"\1" * 9 + b"\0"
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    long = wav.write_header(Encoding("RF64", "PCM_24", 8000, 1), frames=3) + b"\1" * 9 + b"\0"
    riff_size, data_size, frames = struct.unpack("<QQQ", long[20:44])
    assert (riff_size, data_size, frames) == (len(long) - 8, 9, 3)


def test_python_reads_an_open_ended_header():
    encoding = Encoding("WAV", "PCM_16", 8000, 2)
    data = wav.write_header(encoding, frames=None) + bytes(40)
    with wave.open(io.BytesIO(data)) as sound:
        assert len(sound.readframes(2**20)) == 40


class TestSizes:
    @pytest.mark.parametrize(
        "size", [0x7FFFF000, 0x7FFFEFFE, 0x7FFFFFFF, 0x80000000, 0xFFFFFF00, 0xFFFFFFFE, 0xFFFFFFFF]
    )
    def test_sizes_that_mean_until_the_end(self, size):
        data = riff(chunk(b"fmt ", form(channels=2)), chunk(b"data", bytes(8), size), size=size)
        header, rest = parsed(data)
        assert (header.data_bytes, len(rest)) == (None, 8)

    @pytest.mark.parametrize("riff_size", [0, 36, 0xFFFFFFFF])
    def test_a_size_of_zero_with_nothing_promised_after_it(self, riff_size):
        data = riff(chunk(b"fmt ", form()), chunk(b"data", bytes(8), 0), size=riff_size)
        assert parsed(data)[0].data_bytes is None

    def test_an_empty_sound_before_another_chunk(self):
        data = riff(chunk(b"fmt ", form()), chunk(b"data", b""), chunk(b"LIST", b"INFO" + bytes(20)))
        assert parsed(data)[0].data_bytes == 0

    def test_ordinary_sizes_are_believed(self):
        data = riff(chunk(b"fmt ", form()), chunk(b"data", bytes(8)), chunk(b"LIST", b"INFO"))
        assert parsed(data)[0].data_bytes == 8

    @pytest.mark.parametrize("size", [0, 2**64 - 1])
    def test_rf64_from_a_pipe(self, size):
        ds64 = chunk(b"ds64", struct.pack("<QQQI", 0, size, 0, 0))
        data = riff(
            ds64, chunk(b"fmt ", form()), chunk(b"data", bytes(8), 0xFFFFFFFF), size=0xFFFFFFFF, start=b"RF64"
        )
        header, rest = parsed(data)
        assert (header.data_bytes, len(rest)) == (None, 8)


class TestChunks:
    def test_odd_chunks_are_padded(self):
        junk = b"JUNK" + struct.pack("<I", 3) + b"abc\0"
        header, rest = parsed(riff(junk, chunk(b"fmt ", form(bits=8)), chunk(b"data", b"xyz")))
        assert header.encoding == Encoding("WAV", "PCM_U8", 8000, 1)
        assert rest == b"xyz"

    def test_the_extensible_identifier_names_the_format(self):
        guid = struct.pack("<H", 3) + bytes.fromhex("000000001000800000aa00389b71")
        extensible = form(channels=8, bits=32, tag=0xFFFE) + struct.pack("<HHI", 22, 32, 0xFF) + guid
        header, _ = parsed(riff(chunk(b"fmt ", extensible), chunk(b"data", b"")))
        assert header.encoding == Encoding("WAVEX", "FLOAT", 8000, 8, 0xFF)

    def test_an_identifier_of_something_else(self):
        extensible = form(tag=0xFFFE) + struct.pack("<HHI", 22, 16, 0) + struct.pack("<H", 1) + bytes(14)
        assert parsed(riff(chunk(b"fmt ", extensible), chunk(b"data", b"")))[0] is None

    @pytest.mark.parametrize(
        "data",
        [
            riff(),
            riff(chunk(b"fmt ", form())),
            riff(chunk(b"data", bytes(4))),
            riff(chunk(b"fmt ", form()[:10]), chunk(b"data", b"")),
            riff(chunk(b"fmt ", form(channels=0)), chunk(b"data", b"")),
            riff(chunk(b"fmt ", form(rate=0)), chunk(b"data", b"")),
            riff(chunk(b"JUNK", b"", 1 << 31)),
        ],
    )
    def test_headers_without_a_sound(self, data):
        assert parsed(data)[0] is None

    @given(st.binary(max_size=200))
    def test_no_bytes_do_harm(self, junk):
        stream = io.BytesIO(riff(junk))
        header = wav.read_header(stream.read(12), stream.read)
        assert header is None or header.data_bytes is None or header.data_bytes >= 0
