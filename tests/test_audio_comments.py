"""Tags that cannot come along are named."""

import io
import shutil
import struct
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from convcli.audio import comments


def vorbis(*entries):
    packed = b"".join(struct.pack("<I", len(entry)) + entry for entry in entries)
    return struct.pack("<I", 4) + b"test" + struct.pack("<I", len(entries)) + packed


def block(kind, body, *, last=False):
    return bytes([kind | last << 7]) + len(body).to_bytes(3, "big") + body


def test_flac():
    tags = vorbis(b"title=a", b"ALBUMARTIST=b", b"discnumber=2", b"Encoder=c")
    data = (
        b"fLaC" + block(0, bytes(34)) + block(4, tags) + block(6, bytes(99)) + block(1, bytes(9), last=True)
    )
    stream = io.BytesIO(data + b"\x04\0\0\1")  # a frame that would pass for a block
    stream.seek(7)
    assert comments.unkept(stream) == ["ALBUMARTIST", "DISCNUMBER", "picture"]
    assert stream.tell() == 7


@pytest.mark.parametrize("mark", [b"\3vorbis", b"OpusTags"])
def test_ogg_over_several_pages(mark):
    packet = mark + vorbis(b"METADATA_BLOCK_PICTURE=" + b"x" * 90_000, b"MOOD=b", b"artist=c")
    pages = [b"\1first header"] + [packet[at : at + 255 * 255] for at in range(0, len(packet), 255 * 255)]
    data = b""
    for page in pages:
        lacing = bytes([255] * (len(page) // 255)) + bytes([len(page) % 255] if len(page) % 255 else [])
        data += b"OggS" + bytes([0, 0]) + bytes(20) + bytes([len(lacing)]) + lacing + page
    assert comments.unkept(io.BytesIO(data)) == ["picture", "MOOD"]


@pytest.mark.parametrize("version", [3, 4])
def test_id3(version):
    def frame(name, body):
        size = len(body)
        if version == 4:
            size = size >> 7 << 8 | size & 127
        return name + struct.pack(">IH", size, 0) + body

    frames = frame(b"TIT2", bytes(200)) + frame(b"TPE2", b"\0b") + frame(b"APIC", bytes(300)) + bytes(50)
    size = len(frames) >> 7 << 8 | len(frames) & 127
    data = b"ID3" + bytes([version, 0, 0]) + struct.pack(">I", size) + frames
    assert comments.unkept(io.BytesIO(data + b"\xff\xfb")) == ["TPE2", "picture"]


@given(start=st.sampled_from([b"fLaC", b"OggS", b"ID3\3", b"ID3\4", b"RIFF"]), data=st.binary(max_size=200))
def test_no_bytes_do_harm(start, data):
    assert len(comments.unkept(io.BytesIO(start + data))) <= len(data)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg")
@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3"])
def test_the_loss_is_told_once(convcli, tmp_path, suffix):
    path, source = tmp_path / f"a{suffix}", tmp_path / "a.wav"
    soundfile.write(source, np.random.default_rng(0).uniform(-0.2, 0.2, (9000, 2)), 44100)
    tags = ["-metadata", "title=kept", "-metadata", "album_artist=lost"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", source, *tags, path], check=True)
    code, _, err = convcli("echo", path, "-o", tmp_path / "b.wav")
    assert code == 0
    name = {".flac": "ALBUMARTIST", ".ogg": "ALBUMARTIST", ".mp3": "TPE2"}[suffix]
    assert err.count("is written without") == 1
    assert f"is written without {name}\n" in err
    with soundfile.SoundFile(tmp_path / "b.wav") as sound:
        assert sound.title == "kept"
