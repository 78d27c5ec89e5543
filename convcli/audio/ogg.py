"""What libsndfile leaves to chance in Ogg files.

References
----------
RFC 3533, The Ogg Encapsulation Format Version 0, 2003 (pages, serial numbers, checksums).
"""

from __future__ import annotations

import zlib
from functools import cache

from .formats import Encoding
from .virtual import Written

_HEADER = 27  # bytes of a page's header before the sizes of its segments
_SERIAL, _CHECKSUM = 14, 22  # where they stand in it, four bytes each
_POLYNOMIAL = 0x104C11DB7  # of the checksum, which begins with 0 and so is linear


def mend(file: Written, encoding: Encoding) -> None:
    """Give a finished file a serial number that follows from what it holds, the same every time.

    libsndfile draws one by lot. It must not be the same for all files: those put one after the other are a
    chain only if their numbers differ.

    Parameters
    ----------
    file : Written
    encoding : Encoding
        Of an Ogg; others are left alone.
    """
    if encoding.container != "OGG":
        return
    pages, position = [], 0  # where each begins, its checksum with 0 for a number, what the number adds to it
    file.seek(position, 0)
    while len(head := file.read(_HEADER)) == _HEADER:
        segments = file.read(head[-1])
        size = _HEADER + len(segments) + sum(segments)
        weight = _power(8 * (size - _SERIAL))
        drawn = int.from_bytes(head[_SERIAL : _SERIAL + 4], "big")
        checksum = int.from_bytes(head[_CHECKSUM : _CHECKSUM + 4], "little")
        pages.append((position, checksum ^ _product(drawn, weight), weight))
        position += size
        file.seek(position, 0)
    serial = zlib.crc32(b"".join(checksum.to_bytes(4, "little") for _, checksum, _ in pages))
    for position, checksum, weight in pages:
        file.seek(position + _SERIAL, 0)
        file.write(serial.to_bytes(4, "big"))
        file.seek(position + _CHECKSUM, 0)
        file.write((checksum ^ _product(serial, weight)).to_bytes(4, "little"))


@cache
def _power(exponent: int) -> int:
    """Return x to a power, modulo the checksum's polynomial over two elements."""
    if exponent == 0:
        return 1
    half = _power(exponent // 2)
    square = _product(half, half)
    return _product(square, 2) if exponent % 2 else square


def _product(left: int, right: int) -> int:
    """Multiply two polynomials of 32 coefficients, modulo the checksum's."""
    result = 0
    for bit in range(31, -1, -1):
        result <<= 1
        if result >> 32:
            result ^= _POLYNOMIAL
        if left >> bit & 1:
            result ^= right
    return result
