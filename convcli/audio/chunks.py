"""What a WAV holds beside its samples: broadcast data, cues, loops, notes, pictures, copied byte for byte.

References
----------
Multimedia Programming Interface and Data Specifications 1.0, IBM and Microsoft, 1991 (RIFF, cue, LIST).
EBU Tech 3285, Broadcast Wave Format, 2011 (bext), and its supplement 3 (levl).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

Take = Callable[[int], bytes]  # the next n bytes, fewer only at the end

# Bytes of all chunks on one side of the samples that are kept in memory: pictures of sleeves fit.
MOST_BYTES = 1 << 26
_PIECE = 1 << 20  # bytes read at a time: a size that lies must not cost memory

_DESCRIBING = {b"fmt ", b"ds64"}
# What describes the samples or the file itself is written anew, and padding is not needed.
_NOT_COPIED = _DESCRIBING | {b"data", b"fact", b"PEAK", b"levl", b"JUNK", b"junk", b"FLLR", b"PAD "}
# Those without numbers, which have a byte order.
_PORTABLE = {b"iXML", b"axml", b"_PMX", b"id3 ", b"ID3 "}


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk.

    Parameters
    ----------
    kind : bytes
        Its four characters, e.g. ``b"bext"``.
    body : bytes
        What follows its size.
    """

    kind: bytes
    body: bytes

    @property
    def name(self) -> str:
        """What it is called in messages: its kind, and what a list is of."""
        kind = self.kind.decode("latin-1").strip()
        return f"{kind} {self.body[:4].decode('latin-1').strip()}" if self.kind == b"LIST" else kind

    @property
    def is_info(self) -> bool:
        """Whether it is the list of title, artist and so on."""
        return self.kind == b"LIST" and self.body[:4] == b"INFO"


@dataclass(slots=True)
class Chunks:
    """The chunks of one sound that a copy of it should have.

    Parameters
    ----------
    before : list of Chunk
        Those in front of the samples.
    after : list of Chunk or None
        Those behind; None until a pipe has been read so far.
    left_out : list of str
        Names of those that cannot be copied.
    """

    before: list[Chunk] = field(default_factory=list)
    after: list[Chunk] | None = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def known(self) -> list[Chunk]:
        """Return those that have been read."""
        return [*self.before, *(self.after or ())]


@dataclass(slots=True)
class Walk:
    """What was found on the way to the samples, or from there to the end.

    Parameters
    ----------
    chunks : list of Chunk
        Those to copy.
    left_out : list of str
        Names of those that cannot be copied.
    describing : dict of bytes to bytes
        The bodies of ``fmt`` and ``ds64``.
    info : list of bytes
        The bodies of lists of title, artist and so on.
    data_bytes : int or None
        What the data chunk says its size is; None: the stream ended before one.
    position : int
        Bytes walked.
    """

    chunks: list[Chunk] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    describing: dict[bytes, bytes] = field(default_factory=dict)
    info: list[bytes] = field(default_factory=list)
    data_bytes: int | None = None
    position: int = 0

    def add(self, chunk: Chunk, *, big_endian: bool) -> None:
        """Take note of a chunk; a copy is little-endian."""
        if chunk.kind in _DESCRIBING:
            self.describing.setdefault(chunk.kind, chunk.body)
        if chunk.is_info:
            self.info.append(chunk.body)
        if chunk.kind in _NOT_COPIED:
            return
        if not big_endian or chunk.kind in _PORTABLE:
            self.chunks.append(chunk)
        elif not chunk.is_info:  # which travels as tags
            self.left_out.append(chunk.name)


def walk(take: Take, *, big_endian: bool = False) -> Walk:
    """Read chunks until the samples begin, or until no whole chunk follows.

    Parameters
    ----------
    take : callable
        Returns the bytes where a chunk begins.
    big_endian : bool
        Whether the file is, which RIFX says.
    """
    found, room = Walk(), MOST_BYTES
    while len(start := take(8)) == 8 and all(32 <= byte < 127 for byte in start[:4]):
        kind, size = start[:4], int.from_bytes(start[4:], "big" if big_endian else "little")
        found.position += 8
        if kind == b"data":
            found.data_bytes = size
            break
        kept = size <= room and (kind not in _NOT_COPIED or kind in _DESCRIBING)
        if not kept and kind not in _NOT_COPIED:
            found.left_out.append(Chunk(kind, b"").name)
        body = _body(take, size, kept=kept)
        if body is None:
            break
        found.position += size + size % 2
        if kept:
            room -= size
            found.add(Chunk(kind, body), big_endian=big_endian)
    return found


def pack(kind: bytes, body: bytes) -> bytes:
    """Return a chunk as bytes: kind, size, body, and what makes its length even."""
    return struct.pack("<4sI", kind, len(body)) + body + b"\0" * (len(body) % 2)


def packed(chunks: Iterable[Chunk]) -> bytes:
    """Return chunks as bytes, one after the other."""
    return b"".join(pack(chunk.kind, chunk.body) for chunk in chunks)


def _body(take: Take, size: int, *, kept: bool) -> bytes | None:
    """Go past a body and its padding, which may be missing at the end; None if more is missing."""
    pieces, left = [], size + size % 2
    while left and (piece := take(min(left, _PIECE))):
        left -= len(piece)
        if kept:
            pieces.append(piece)
    return b"".join(pieces)[:size] if left <= size % 2 else None
