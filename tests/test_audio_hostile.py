"""Files that are no sounds, or lie about themselves: right data or one clear line, and nothing else."""

import random
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from convcli.audio import reading
from convcli.audio.formats import WRITABLE
from convcli.errors import ReadError

KINDS = [
    *[(container, "PCM_16") for container in ("WAV", "WAVEX", "RF64", "W64", "FLAC", "AIFF", "AU", "CAF")],
    *[("WAV", "ULAW"), ("WAV", "IMA_ADPCM"), ("WAV", "MS_ADPCM"), ("OGG", "VORBIS"), ("OGG", "OPUS")],
]
HEADER = 200  # bytes in which damage does most


@cache
def whole(container, subtype):
    """Return the bytes of a file of 2000 frames."""
    x = np.random.default_rng(0).uniform(-0.9, 0.9, (2000, 2))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        soundfile.write(path, x, 48000, format=container, subtype=subtype)
        return path.read_bytes()


def check_reading(data):
    """Read bytes as a file; return the frames, or None if they are refused in one line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        path.write_bytes(data)
        try:
            with reading.opened(str(path)) as sound:
                count = 0
                for block in sound.blocks():
                    assert block.shape[1] == sound.encoding.channels
                    count += len(block)
                    assert count < 100_000, "more than the file can hold"
                return count
        except ReadError as error:
            message = error.message
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return None


@pytest.mark.parametrize(("container", "subtype"), KINDS, ids="-".join)
@given(damage=st.dictionaries(st.integers(0, HEADER - 1), st.integers(0, 255), min_size=1, max_size=4))
@settings(max_examples=25)
def test_damaged_headers(container, subtype, damage):
    data = bytearray(whole(container, subtype))
    for place, value in damage.items():
        data[min(place, len(data) - 1)] = value
    check_reading(bytes(data))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("container", "subtype"), KINDS, ids="-".join)
def test_many_damaged_headers(container, subtype, seed):
    chance = random.Random(f"{container}{subtype}{seed}")
    for _ in range(300):
        data = bytearray(whole(container, subtype))
        for _ in range(chance.choice([1, 1, 2, 4, 16])):
            data[chance.randrange(min(HEADER, len(data)))] = chance.choice(
                [0, 127, 128, 255, chance.randrange(256)]
            )
        check_reading(bytes(data))


@given(
    start=st.sampled_from([b"RIFF", b"RF64", b"RIFX", b"fLaC", b"OggS", b"FORM", b""]),
    data=st.binary(max_size=300),
)
def test_no_bytes_do_harm(start, data):
    check_reading(start + data)


def test_sizes_that_no_file_has(tmp_path):
    """2 GiB of samples, 65535 channels, a rate of 4 GHz: nothing is allocated for what is not there."""
    data = bytearray(whole("WAV", "PCM_16"))
    for place, value in ((40, b"\xff\xff\xff\x7e"), (22, b"\xff\xff"), (24, b"\xff\xff\xff\xff")):
        changed = bytearray(data)
        changed[place : place + len(value)] = value
        check_reading(bytes(changed))


@pytest.mark.parametrize("suffix", sorted(WRITABLE))
def test_what_is_no_sound_at_all(convcli, tmp_path, samples, suffix):
    (tmp_path / f"text{suffix}").write_text("hello, this is no sound\n" * 99)
    (tmp_path / f"zeros{suffix}").write_bytes(bytes(5000))
    (tmp_path / f"empty{suffix}").touch()
    shutil.copy(samples / "chelsea.png", tmp_path / f"picture{suffix}")
    names = sorted(path.name for path in tmp_path.iterdir())
    code, out, err = convcli("echo", *(tmp_path / name for name in names))
    assert (code, out) == (1, "")
    for name in names:
        assert err.count(f"convcli: error: {tmp_path / name}: ") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_names_do_not_matter(convcli, tmp_path, samples):
    path = tmp_path / "guitar.mp3"
    shutil.copy(samples / "guit_harmonics.flac", path)
    code, out, _ = convcli("echo", path, "-o", tmp_path / "a.wav")
    assert (code, out) == (0, f"{tmp_path / 'a.wav'}\n")
    with soundfile.SoundFile(tmp_path / "a.wav") as sound:
        assert sound.frames == soundfile.info(path).frames + sound.samplerate * 3 // 10
