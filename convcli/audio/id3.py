"""What libsndfile gets wrong in the tags of MP3 files.

References
----------
M. Nilsson, ID3 tag version 2.4.0, 2000 (UTF-8), and 2.3.0, 1999 (frames).
"""

from __future__ import annotations

from .comments import syncsafe
from .formats import Encoding
from .virtual import Written

_HEADER = 10  # bytes, of the tag and of each of its frames
_LATIN_1, _UTF_8 = 0, 3
_TEXTS = (b"T", b"COMM")  # how the names of frames of text begin


def mend(file: Written, encoding: Encoding) -> None:
    """Say that the texts of a finished file are UTF-8.

    libsndfile writes UTF-8, and says that it is Latin-1: only ASCII is read as it was meant. UTF-8 is known
    since version 2.4, which writes sizes of frames with seven bits a byte. The tag of version 1 at the end
    is left as it is; it is alone where all texts are of 30 bytes at most.

    Parameters
    ----------
    file : Written
    encoding : Encoding
        Of an MP3; others are left alone.
    """
    if encoding.container != "MP3":
        return
    file.seek(0, 0)
    head = file.read(_HEADER)
    if head[:4] != b"ID3\3":
        return
    tag = bytearray(head + file.read(syncsafe(head[6:])))
    if tag.isascii():
        return
    tag[3] = 4
    place = _HEADER
    while place + _HEADER < len(tag) and tag[place]:
        size = int.from_bytes(tag[place + 4 : place + 8], "big")
        tag[place + 4 : place + 8] = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
        place += _HEADER
        if tag.startswith(_TEXTS, place - _HEADER) and tag[place] == _LATIN_1:
            tag[place] = _UTF_8
        place += size
    file.seek(0, 0)
    file.write(bytes(tag))
