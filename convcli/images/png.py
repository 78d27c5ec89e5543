"""The chunks of PNG files: what Pillow and OpenImageIO each do only half of, put together.

OpenImageIO stores deep colours and Pillow everything said beside the pixels. So the metadata of a deep file
is read from, and written with, a twin of one pixel that Pillow can handle (PNG specification, section 5).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"

GRAY, DEEP = 0, 16  # colour type and bits a sample, as the header writes them
COLOUR_CHUNKS = (b"cHRM", b"gAMA", b"sRGB", b"cICP")

# Chunks whose content depends on the pixels, which the twin does not have.
_OF_PIXELS = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"bKGD", b"hIST", b"sBIT", b"sPLT"})
_OF_FRAMES = frozenset({b"acTL", b"fcTL", b"fdAT"})

COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by the number of channels
_CHANNELS = {0: ("L",), 2: ("R", "G", "B"), 4: ("L", "A"), 6: ("R", "G", "B", "A")}


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk, as far as the file reaches."""
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + length > len(data):
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def is_whole(data: bytes) -> bool:
    """Whether the chunk that ends every file is there."""
    return any(name == b"IEND" for name, _ in chunks(data))


def is_deep(data: bytes) -> bool:
    """Whether samples have 16 bits, and are more than gray of which nothing is transparent."""
    depth, colour_type = data[24:26]  # behind signature, chunk length and name, width and height
    return depth == DEEP and (colour_type != GRAY or _has_key(data))


def header(data: bytes) -> tuple[tuple[str, ...], int, int]:
    """Channels, height and width of a deep picture."""
    width, height = struct.unpack(">II", data[16:24])
    channels = _CHANNELS[data[25]]
    return (*channels, "A") if _has_key(data) and "A" not in channels else channels, height, width


def twin(data: bytes) -> bytes:
    """A file of one gray pixel that says beside it what this one says."""
    kept = [chunk(*each) for each in said(data)]
    size = struct.pack(">IIBBBBB", 1, 1, 8, GRAY, 0, 0, 0)
    pixel = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"".join((SIGNATURE, chunk(b"IHDR", size), *kept, pixel, chunk(b"IEND", b"")))


def said(data: bytes) -> list[tuple[bytes, bytes]]:
    """Name and content of the chunks that a picture of other pixels could have as well."""
    return [(name, content) for name, content in chunks(data) if name not in _OF_PIXELS | _OF_FRAMES]


def _has_key(data: bytes) -> bool:
    """Whether one value or colour counts as transparent."""
    return any(name == b"tRNS" for name, _ in chunks(data))


def chunk(name: bytes, content: bytes) -> bytes:
    """One chunk as it stands in a file."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
