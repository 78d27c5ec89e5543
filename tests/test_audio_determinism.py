"""Formats in which libsndfile leaves something to chance come out the same every time."""

import numpy as np
import pytest
import soundfile

from convcli.audio import writing
from convcli.audio.formats import Encoding


def written(path, container, subtype, x):
    with writing.opened(str(path), Encoding(container, subtype, 48000, 2), frames=None, tags={}) as sink:
        sink.write(x.copy())
    return path.read_bytes()


def noise(frames, seed=0):
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, 2))


def pages(data):
    while data:
        assert data[:4] == b"OggS"
        size = 27 + data[26] + sum(data[27 : 27 + data[26]])
        yield data[:size]
        data = data[size:]


def checksum(page):
    """Bit by bit, as RFC 3533 words it."""
    register = 0
    for byte in page[:22] + bytes(4) + page[26:]:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1) ^ (0x104C11DB7 if register >> 31 else 0)
    return register


@pytest.mark.parametrize("frames", [0, 1, 5000, 30000])
def test_two_ogg_files_of_one_sound_are_alike(tmp_path, frames):
    x = noise(frames)
    one, two = (written(tmp_path / name, "OGG", "VORBIS", x) for name in "ab")
    assert one == two
    assert soundfile.info(tmp_path / "a").frames == frames


def test_two_opus_files_of_one_sound_are_alike(tmp_path):
    one, two = (written(tmp_path / name, "OGG", "OPUS", noise(5000)) for name in "ab")
    assert one == two


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_numbers_and_checksums_of_pages(tmp_path, subtype):
    found = list(pages(written(tmp_path / "a", "OGG", subtype, noise(20000))))
    assert len(found) > 3
    assert len({page[14:18] for page in found}) == 1
    assert [int.from_bytes(page[22:26], "little") for page in found] == [checksum(page) for page in found]


def test_other_sounds_have_other_numbers(tmp_path):
    one, two = (written(tmp_path / str(seed), "OGG", "VORBIS", noise(100, seed)) for seed in (1, 2))
    assert one[14:18] != two[14:18]


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_an_aiff_does_not_say_when_it_was_written(tmp_path, subtype):
    data = written(tmp_path / "a", "AIFF", subtype, noise(100))
    peak = data.index(b"PEAK") + 8
    assert data[peak : peak + 4] == b"\0\0\0\1"
    assert data[peak + 4 : peak + 8] == bytes(4)
    np.testing.assert_array_equal(soundfile.read(tmp_path / "a", dtype="float32")[0], noise(100).astype("f4"))
