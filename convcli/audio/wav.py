"""The headers of WAV, RF64 and RIFX, read and written without ever seeking.

libsndfile needs a file it can seek in, stops at 4 GiB, and forgets chunks and channel masks; so plain samples
are read and written here. Compressed ones are left to it.

References
----------
Multimedia Programming Interface and Data Specifications 1.0, IBM and Microsoft, 1991 (RIFF, RIFX).
Multiple channel audio data and WAVE files, Microsoft, 2007 (WAVE_FORMAT_EXTENSIBLE).
EBU Tech 3306, RF64: an extended file format for audio, 2009 (ds64, and the JUNK chunk that becomes one).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

from . import tags
from .chunks import Chunks, Take, Walk, pack, walk
from .formats import Encoding, frame_bytes
from .pcm import STORAGES, Storage

_PCM, _IEEE_FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# What follows the tag in an extensible format's identifier: two numbers, and bytes that have no order.
_GUID_NUMBERS, _GUID_BYTES = (0x0000, 0x0010), bytes.fromhex("800000aa00389b71")
# Loudspeakers that are usual for so many channels, a bit each; the first ones are written where nothing else
# is known. Those of 5 and 6 channels stand at the back or at the sides.
_SPEAKERS = {
    1: [0x4],
    2: [0x3],
    3: [0x7],
    4: [0x33],
    5: [0x37, 0x607],
    6: [0x3F, 0x60F],
    7: [0x70F],
    8: [0x63F],
}

_STARTS = (b"RIFF", b"RF64", b"RIFX")
_UNKNOWN = 0xFFFFFFFF
_FOUR_GIB = 2**32
_DS64_BYTES = 28


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the samples.

    Parameters
    ----------
    encoding : Encoding
        How a copy is stored; its subtype holds all that a sample has.
    storage : Storage
        How a sample is stored here.
    data_bytes : int or None
        Size of the samples; None: they go on until the end of the stream.
    tags : mapping of str to str
        Title, artist and so on.
    chunks : Chunks
        What else there is; those behind the samples are not known yet.
    """

    encoding: Encoding
    storage: Storage
    data_bytes: int | None
    tags: Mapping[str, str]
    chunks: Chunks


def is_wave(start: bytes) -> bool:
    """Say whether the first 12 bytes are those of a WAV, RF64 or RIFX file."""
    return start[:4] in _STARTS and start[8:12] == b"WAVE"


def read_header(start: bytes, take: Take) -> Header | None:
    """Read everything up to the first sample.

    Parameters
    ----------
    start : bytes
        The first 12 bytes of the stream, see `is_wave`.
    take : callable
        Returns the bytes that follow.

    Returns
    -------
    Header or None
        None if it is damaged, or one of compressed samples.
    """
    big_endian = start[:4] == b"RIFX"
    found = walk(take, big_endian=big_endian)
    if found.data_bytes is None or b"fmt " not in found.describing:
        return None
    container = "RF64" if start[:4] == b"RF64" else "WAV"
    described = _read_format(found.describing[b"fmt "], container, big_endian=big_endian)
    if described is None:
        return None
    encoding, storage = described
    return Header(
        encoding=encoding,
        storage=storage,
        data_bytes=_data_bytes(start, found, encoding.channels * storage.width),
        tags=tags.from_info(found.info, big_endian=big_endian),
        chunks=Chunks(found.chunks, None, found.left_out),
    )


def _data_bytes(start: bytes, found: Walk, align: int) -> int | None:
    """Return the size of the samples, or None if the header was written before it was known."""
    size = found.data_bytes or 0
    if start[:4] == b"RF64" and size == _UNKNOWN:
        size = int.from_bytes(found.describing.get(b"ds64", b"")[8:16], "little")
        return size if size not in (0, 2**64 - 1) else None
    # A size of 0 is that of an empty sound only if the whole has room for something after it.
    whole = int.from_bytes(start[4:8], "big" if start[:4] == b"RIFX" else "little")
    empty = size == 0 and 4 + found.position < whole and not _is_open_ended(whole, 0)
    return size if empty or (size > 0 and not _is_open_ended(size, align)) else None


def write_header(
    encoding: Encoding, *, frames: int | None, beside: bytes = b"", after: int = 0, reserved: bool = False
) -> bytes:
    """Return everything up to the first sample.

    Parameters
    ----------
    encoding : Encoding
        Of a subtype in `STORAGES`.
    frames : int or None
        Length of the sound. None is written as the largest size, which readers take as "until the
        end"; a size of 0 would be believed.
    beside : bytes
        Packed chunks to stand before the samples.
    after : int
        Bytes of packed chunks that will follow the samples.
    reserved : bool
        Leave room for the sizes of RF64, so that a header for any other length has the same size.

    Returns
    -------
    bytes
        RF64 if the sizes need it or the container asks for it, else RIFF. Of unknown length there is
        only RIFF: readers take an RF64 without its sizes for empty.
    """
    chunks = _format_chunks(encoding, frames) + beside + b"data"
    junk = pack(b"JUNK", bytes(_DS64_BYTES)) if reserved else b""
    if frames is None:
        return struct.pack("<4sI4s", b"RIFF", _UNKNOWN, b"WAVE") + junk + chunks + struct.pack("<I", _UNKNOWN)
    data_bytes = frames * frame_bytes(encoding)
    riff_bytes = 4 + len(junk) + len(chunks) + 4 + data_bytes + data_bytes % 2 + after
    if encoding.container != "RF64" and riff_bytes < _FOUR_GIB:
        start = struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE")
        return start + junk + chunks + struct.pack("<I", data_bytes)
    riff_bytes += 0 if reserved else 8 + _DS64_BYTES
    long = pack(b"ds64", struct.pack("<QQQI", riff_bytes, data_bytes, frames, 0))
    start = struct.pack("<4sI4s", b"RF64", _UNKNOWN, b"WAVE")
    return start + long + chunks + struct.pack("<I", _UNKNOWN)


def _format_chunks(encoding: Encoding, frames: int | None) -> bytes:
    """Return the format, and for all but plain PCM the number of frames."""
    storage = STORAGES[encoding.subtype]
    tag, bits = _IEEE_FLOAT if storage.floating else _PCM, 8 * storage.width
    align = frame_bytes(encoding)
    rest = struct.pack("<HIIHH", encoding.channels, encoding.rate, encoding.rate * align, align, bits)
    fact = pack(b"fact", struct.pack("<I", _UNKNOWN if frames is None else min(frames, _UNKNOWN)))
    if encoding.container == "WAVEX" or (encoding.container == "RF64" and encoding.speakers is not None):
        speakers = encoding.speakers
        if speakers is None or (speakers and speakers.bit_count() != encoding.channels):
            speakers = _SPEAKERS.get(encoding.channels, [0])[0]
        extension = struct.pack("<HHIIHH", 22, bits, speakers, tag, *_GUID_NUMBERS) + _GUID_BYTES
        form = pack(b"fmt ", struct.pack("<H", _EXTENSIBLE) + rest + extension)
        return form + fact if storage.floating else form
    if storage.floating:
        return pack(b"fmt ", struct.pack("<H", tag) + rest + b"\0\0") + fact
    return pack(b"fmt ", struct.pack("<H", tag) + rest)


def _read_format(body: bytes, container: str, *, big_endian: bool) -> tuple[Encoding, Storage] | None:
    """Return how the samples are stored; None if they are compressed, or nonsense."""
    if len(body) < 16:
        return None
    order = ">" if big_endian else "<"
    tag, channels, rate, _, align, bits = struct.unpack(f"{order}HHIIHH", body[:16])
    speakers = None
    if tag == _EXTENSIBLE and len(body) >= 40:
        speakers, inner, *numbers = struct.unpack(f"{order}IIHH", body[20:32])
        if tuple(numbers) == _GUID_NUMBERS and body[32:40] == _GUID_BYTES:
            tag = inner
            container = "WAVEX" if container == "WAV" else container
    width = (bits + 7) // 8
    whole = channels and rate and align == channels * width
    if not whole or not ((tag == _PCM and 1 <= width <= 8) or (tag == _IEEE_FLOAT and bits in (32, 64))):
        return None
    storage = Storage(tag == _IEEE_FLOAT, width, big_endian)
    return Encoding(container, storage.subtype, rate, channels, speakers), storage


def are_usual(speakers: int | None, channels: int) -> bool:
    """Say whether a channel mask says what is understood without one, or nothing."""
    return not speakers or speakers in _SPEAKERS.get(channels, ()) or speakers.bit_count() != channels


def _is_open_ended(size: int, align: int) -> bool:
    """Say whether a size stands for "until the end".

    SoX writes 0x7FFFF000 less what is no whole frame, others the largest signed or unsigned number.
    """
    return 0x7FFFF000 - align < size <= 0x80000000 or size >= 0xFFFFFF00
