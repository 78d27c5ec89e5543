"""What AVIF and HEIC files say before their pixels are decoded: which of the two, and how deep.

Structure: ISO/IEC 14496-12 (boxes) and 23008-12 (brands), AV1-ISOBMFF section 2.3 (``av1C``), ISO/IEC
14496-15 section 8.3.3 (``hvcC``).
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from convcli.errors import ReadError

_HEIC = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs"})
_SHARED = frozenset({b"mif1", b"msf1"})  # whose compatible brands tell more
_DESCRIBING = (b"meta", b"moov")


def is_heic(data: bytes) -> bool:
    """Whether the pictures are compressed as HEVC does."""
    if data[4:8] != b"ftyp":
        return False
    brand, length = data[8:12], int.from_bytes(data[:4], "big")
    others = {data[at : at + 4] for at in range(16, min(length, len(data)), 4)}
    return brand in _HEIC or (brand in _SHARED and bool(others & _HEIC))


def bits(data: bytes) -> int:
    """Bits a sample of the deepest picture in the file; 8 if it does not say."""
    found = [8]
    for content in _described(data):
        found += [_of_av1(record) for record in _records(content, b"av1C")]
        found += [8 + (record[17] & 7) for record in _records(content, b"hvcC") if len(record) > 17]
    return max(found)


def register(name: str) -> None:
    """Teach Pillow to read HEIC.

    Raises
    ------
    ReadError
        If the plug-in is not installed.
    """
    try:
        plugin = importlib.import_module("pillow_heif")
    except ImportError:
        raise ReadError(
            f"{name}: HEIC needs pillow-heif",
            hint="install it with: pip install pillow-heif; or convert the picture to JPEG or PNG first",
        ) from None
    plugin.register_heif_opener()


def _described(data: bytes) -> Iterator[bytes]:
    """Contents of the boxes that describe the pictures rather than hold them."""
    at = 0
    while at + 16 <= len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        size = size or len(data) - at  # 0 reaches to the end
        if size < 8:
            return
        if kind in _DESCRIBING:
            yield data[at + 8 : at + size]
        at += size


def _records(content: bytes, name: bytes) -> Iterator[bytes]:
    """What follows each box of the name, at any depth."""
    at = content.find(name)
    while at >= 0:
        yield content[at + 4 : at + 36]
        at = content.find(name, at + 4)


def _of_av1(record: bytes) -> int:
    """Flags of the third byte: tier, more than 8 bits, 12 bits."""
    flags = record[2] if len(record) > 2 else 0
    return 8 if not flags & 0x40 else 12 if flags & 0x20 else 10
