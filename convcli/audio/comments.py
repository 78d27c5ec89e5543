"""Tags that soundfile has no name for. They are lost, and that has to be told.

References
----------
RFC 9639, Free Lossless Audio Codec, 2024 (metadata blocks, Vorbis comments).
RFC 3533, The Ogg Encapsulation Format Version 0, 2003 (pages).
M. Nilsson, ID3 tag version 2.4.0, 2000, and 2.3.0, 1999 (frames).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import IO

_KEPT = {"TITLE", "COPYRIGHT", "SOFTWARE", "ARTIST", "COMMENT", "DATE", "ALBUM", "LICENSE", "TRACKNUMBER"}
_KEPT |= {"GENRE", "DESCRIPTION", "ENCODER"}
_KEPT_FRAMES = {"TIT2", "TCOP", "TPE1", "COMM", "TDRC", "TYER", "TDAT", "TALB", "TRCK", "TCON"}
_KEPT_FRAMES |= {"TSSE", "TENC", "TLEN"}
_PICTURES = {"METADATA_BLOCK_PICTURE", "COVERART", "APIC"}

_MOST_BYTES = 1 << 22  # of comments that are looked at
_FLAC_COMMENTS, _FLAC_PICTURE = 4, 6


def unkept(stream: IO[bytes]) -> list[str]:
    """Return the names of tags, and of pictures, that do not come along.

    Parameters
    ----------
    stream : file object
        A FLAC, Ogg or MP3 file; in others nothing is looked for. It is left where it was.
    """
    position = stream.tell()
    stream.seek(0)
    start = stream.read(10)
    names: list[str] = []
    if start[:4] == b"fLaC":
        stream.seek(4)
        names = list(_flac(stream))
    elif start[:4] == b"OggS":
        stream.seek(0)
        names = list(_vorbis(_ogg(stream)))
    elif start[:3] == b"ID3" and len(start) == 10:
        names = list(_id3(stream, start[3], syncsafe(start[6:])))
    stream.seek(position)
    return list(dict.fromkeys("picture" if name in _PICTURES else name for name in names))


def _flac(stream: IO[bytes]) -> Iterator[str]:
    last = False
    while not last and len(head := stream.read(4)) == 4:
        last, kind, size = bool(head[0] & 0x80), head[0] & 0x7F, int.from_bytes(head[1:], "big")
        if kind == _FLAC_COMMENTS:
            yield from _vorbis(stream.read(size))
        else:
            if kind == _FLAC_PICTURE:
                yield "picture"
            stream.seek(size, 1)


def _ogg(stream: IO[bytes]) -> bytes:
    """Return what the first pages carry, from the comments on."""
    carried = b""
    while len(carried) < _MOST_BYTES and len(head := stream.read(27)) == 27 and head[:4] == b"OggS":
        carried += stream.read(sum(stream.read(head[26])))
        if head[5] == 0 and head[6:14] != bytes(8):  # a page with samples
            break
    starts = [carried.find(mark) + len(mark) for mark in (b"\3vorbis", b"OpusTags") if mark in carried]
    return carried[min(starts) :] if starts else b""


def _vorbis(data: bytes) -> Iterator[str]:
    """Yield what comments hold that is not kept; what is cut off is nothing."""
    if len(data) < 8:
        return
    place = 4 + int.from_bytes(data[:4], "little")
    count = int.from_bytes(data[place : place + 4], "little")
    place += 4
    for _ in range(count):
        if place + 4 > len(data):
            return
        size = int.from_bytes(data[place : place + 4], "little")
        name = data[place + 4 : place + 4 + min(size, 64)].split(b"=")[0].decode("ascii", "replace").upper()
        place += 4 + size
        if name not in _KEPT and name.isprintable():
            yield name


def _id3(stream: IO[bytes], version: int, size: int) -> Iterator[str]:
    if version not in (3, 4):
        return
    data, place = stream.read(min(size, _MOST_BYTES)), 0
    while place + 10 <= len(data) and data[place] and data[place : place + 4].isalnum():
        name, length = struct.unpack(">4sI", data[place : place + 8])
        place += 10 + (syncsafe(data[place + 4 : place + 8]) if version == 4 else length)
        if (text := name.decode()) not in _KEPT_FRAMES:
            yield text


def syncsafe(data: bytes) -> int:
    """Return a number of 7 bits a byte, as ID3 writes its sizes."""
    return sum(byte << shift for byte, shift in zip(data, (21, 14, 7, 0), strict=True))
