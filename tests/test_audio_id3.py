"""Tags of MP3 files are read as they were meant."""

import numpy as np
import pytest
import soundfile

from convcli.audio import writing
from convcli.audio.formats import Encoding

X = np.random.default_rng(0).uniform(-0.5, 0.5, (5000, 2))


def written(path, tags):
    with writing.opened(
        str(path), Encoding("MP3", "MPEG_LAYER_III", 44100, 2), frames=None, tags=tags
    ) as sink:
        sink.write(X.copy())
    return path.read_bytes()


@pytest.mark.parametrize("title", ["plain", "Tä", "Ωmega", "日本語", "🎵", "ä" * 150])
def test_texts_come_back(tmp_path, title):
    tags = {"title": title, "artist": "Bø", "comment": "ça va", "album": "x" * 200, "genre": "g"}
    written(tmp_path / "a.mp3", tags)
    with soundfile.SoundFile(tmp_path / "a.mp3") as sound:
        found = sound.copy_metadata()
        assert {key: found[key] for key in tags} == tags
        assert sound.frames == len(X)


def test_what_is_ascii_stays_in_the_version_that_most_programs_read(tmp_path):
    assert written(tmp_path / "a.mp3", {"title": "plain" * 10})[:4] == b"ID3\3"
    assert written(tmp_path / "b.mp3", {"title": "ä" * 30})[:4] == b"ID3\4"
