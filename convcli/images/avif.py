"""The boxes of AVIF animations: the times of writing, which make two files of the same frames differ."""

from __future__ import annotations

from collections.abc import Iterator

_HOLDING = frozenset({b"moov", b"trak", b"mdia"})
_DATED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_WIDE = 1  # version of a box whose times have 64 bits


def without_times(data: bytes) -> bytes:
    """Set when an animation was made, and last changed, to 0, which stands for unknown.

    Parameters
    ----------
    data : bytes
        A whole file (ISO/IEC 14496-12, sections 8.2.2, 8.3.2 and 8.4.2).

    Returns
    -------
    bytes
        As long as before.
    """
    cleared = bytearray(data)
    for start in _dated(data, 0, len(data)):
        length = 16 if data[start] == _WIDE else 8
        times = slice(start + 4, start + 4 + length)  # behind version and flags
        cleared[times] = bytes(length)
    return bytes(cleared)


def _dated(data: bytes, start: int, stop: int) -> Iterator[int]:
    """Where the contents of the boxes with times begin."""
    while start + 8 <= stop:
        size, name = int.from_bytes(data[start : start + 4], "big"), data[start + 4 : start + 8]
        if size < 8:  # 0: until the end of the file; 1: of more than 4 GiB. Neither holds times
            return
        if name in _DATED:
            yield start + 8
        elif name in _HOLDING:
            yield from _dated(data, start + 8, start + size)
        start += size
