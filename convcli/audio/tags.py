"""Title, artist and so on: from and to the lists of a WAV, and to the other containers through soundfile.

References
----------
Multimedia Programming Interface and Data Specifications 1.0, IBM and Microsoft, 1991 (LIST INFO).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping

import soundfile

from .chunks import Chunk, pack

_INFO = {
    "title": b"INAM",
    "copyright": b"ICOP",
    "software": b"ISFT",
    "artist": b"IART",
    "comment": b"ICMT",
    "date": b"ICRD",
    "album": b"IPRD",
    "genre": b"IGNR",
    "tracknumber": b"ITRK",
}
_KEYS = {code: key for key, code in _INFO.items()}


def from_info(bodies: Iterable[bytes], *, big_endian: bool = False) -> dict[str, str]:
    """Return the tags of INFO lists, under soundfile's names.

    Parameters
    ----------
    bodies : iterable of bytes
        Those of the lists, which begin with INFO. The first list that has a tag counts.
    big_endian : bool
        Whether their sizes are.
    """
    found: dict[str, str] = {}
    for body in bodies:
        for code, text in _entries(body, big_endian=big_endian):
            if code in _KEYS and text:
                found.setdefault(_KEYS[code], text)
    return found


def to_info(tags: Mapping[str, str], present: Iterable[Chunk]) -> tuple[bytes, tuple[str, ...]]:
    """Return the tags as a LIST chunk, and the names of those that it has no place for.

    Parameters
    ----------
    tags : mapping of str to str
        Under soundfile's names.
    present : iterable of Chunk
        What the file has already: no tag is said twice.

    Returns
    -------
    chunk : bytes
        Empty if there is nothing to say.
    lost : tuple of str
    """
    said = from_info(chunk.body for chunk in present if chunk.is_info)
    fresh = {key: text for key, text in tags.items() if text and key not in said}
    entries = b"".join(pack(_INFO[key], text.encode() + b"\0") for key, text in fresh.items() if key in _INFO)
    lost = tuple(sorted(fresh.keys() - _INFO.keys()))
    return (pack(b"LIST", b"INFO" + entries) if entries else b""), lost


def strange(chunk: Chunk) -> tuple[str, ...]:
    """Return the names of what an INFO list holds that soundfile has no name for."""
    codes = (code for code, text in _entries(chunk.body, big_endian=False) if text and code not in _KEYS)
    return tuple(code.decode("latin-1") for code in codes)


def assign(sound: soundfile.SoundFile, tags: Mapping[str, str]) -> tuple[str, ...]:
    """Set what a container has a place for, and return the names of the rest."""
    lost = []
    for key, text in tags.items():
        try:
            setattr(sound, key, text)
        except soundfile.LibsndfileError:
            lost.append(key)
    return tuple(lost)


def _entries(body: bytes, *, big_endian: bool) -> Iterator[tuple[bytes, str]]:
    """Yield code and text of what an INFO list holds."""
    left = body[4:]
    while len(left) >= 8:
        code, size = struct.unpack(">4sI" if big_endian else "<4sI", left[:8])
        yield code, _text(left[8 : 8 + size].split(b"\0")[0])
        left = left[8 + size + size % 2 :]


def _text(data: bytes) -> str:
    """Decode UTF-8, or else Windows' Latin alphabet, which the first programs wrote."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
