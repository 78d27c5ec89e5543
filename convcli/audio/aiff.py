"""What libsndfile gets wrong in AIFF files, and what it leaves to chance.

References
----------
Audio Interchange File Format, version 1.3, Apple, 1989 (COMM, SSND).
"""

from __future__ import annotations

import struct

from .formats import Encoding
from .virtual import Written

_BYTES = {"PCM_S8", "PCM_U8", "ULAW", "ALAW"}
_WITH_PEAK = {"FLOAT", "DOUBLE"}
_FIRST_CHUNK = 12  # behind FORM, its size, and AIFF or AIFC


def mend(file: Written, encoding: Encoding, frames: int) -> None:
    """Put the sizes in a finished file right, and take out the time at which it was written.

    libsndfile counts the byte that makes the samples' length even, which of samples of one byte is one more.
    What it notes of the peak of floating-point samples says when: no two files would be alike.

    Parameters
    ----------
    file : Written
    encoding : Encoding
        Of an AIFF; others are left alone.
    frames : int
        The length.
    """
    data_bytes = frames * encoding.channels
    uneven = encoding.subtype in _BYTES and data_bytes % 2 == 1
    if encoding.container != "AIFF" or not (uneven or encoding.subtype in _WITH_PEAK):
        return
    position = _FIRST_CHUNK
    kind = b""
    while kind != b"SSND":
        file.seek(position, 0)
        kind, size = struct.unpack(">4sI", file.read(8))
        if kind == b"PEAK":
            file.seek(position + 12, 0)  # behind its version
            file.write(bytes(4))
        if uneven and kind == b"COMM":
            file.seek(position + 10, 0)  # behind the number of channels
            file.write(struct.pack(">I", frames))
        position += 8 + size + size % 2
    if uneven:
        file.seek(position - size - size % 2 - 4, 0)
        file.write(struct.pack(">I", 8 + data_bytes))
