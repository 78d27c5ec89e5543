"""What a GIF says before its pixels are decoded: how many frames, in which colours, and whether all is there.

Structure: GIF89a specification (CompuServe, 1990), section 17 and following.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MAGICS = (b"GIF87a", b"GIF89a")

_SCREEN = 13  # bytes of signature and screen descriptor
_DESCRIPTOR = 10  # of a frame, with the byte that announces it
_EXTENSION, _FRAME, _END = 0x21, 0x2C, 0x3B


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a whole file.

    Parameters
    ----------
    frames : int
    gray : bool
        Whether every table of colours holds grays only.
    whole : bool
        Whether the file reaches its end.
    """

    frames: int
    gray: bool
    whole: bool


def survey(data: bytes) -> Survey:
    """Walk through the blocks of a file."""
    tables = list(_table(data, _SCREEN, data[10]))
    frames, at = 0, _SCREEN + sum(map(len, tables))
    whole = False
    while at < len(data) and not whole:
        kind = data[at]
        if kind == _EXTENSION:
            at = _behind_blocks(data, at + 2)
        elif kind == _FRAME and at + _DESCRIPTOR < len(data):
            colours = list(_table(data, at + _DESCRIPTOR, data[at + _DESCRIPTOR - 1]))
            tables += colours
            frames += 1
            at = _behind_blocks(data, at + _DESCRIPTOR + sum(map(len, colours)) + 1)
        else:
            whole = kind == _END
            at += 1  # stray bytes between blocks are passed over, as everywhere
    return Survey(frames, bool(tables) and all(map(_is_gray, tables)), whole)


def _table(data: bytes, at: int, flags: int) -> Iterator[bytes]:
    """The table of colours, if the flags say that there is one."""
    if flags & 0x80:
        yield data[at : at + (6 << (flags & 7))]


def _behind_blocks(data: bytes, at: int) -> int:
    """Where the data of a block end, which come in pieces that each tell their length."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1


def _is_gray(table: bytes) -> bool:
    return table[::3] == table[1::3] == table[2::3]
