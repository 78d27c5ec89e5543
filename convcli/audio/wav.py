"""WAV and RF64 as a stream: headers, and samples to and from bytes, without ever seeking.

libsndfile needs a file it can seek in for these two, a pipe is none. Everything else is left to it.

References
----------
Multimedia Programming Interface and Data Specifications 1.0, IBM and Microsoft, 1991 (RIFF, LIST INFO).
EBU Tech 3306, RF64: an extended file format for audio, 2009 (ds64).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcli.errors import ReadError

from .formats import Encoding, frame_bytes

Take = Callable[[int], bytes]  # the next n bytes, fewer only at the end

_PCM, _IEEE_FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# The last 14 bytes of an extensible format's identifier; its first two are the format tag.
_GUID_REST = bytes.fromhex("000000001000800000aa00389b71")
_SUBTYPES = {
    (_PCM, 8): "PCM_U8",
    (_PCM, 16): "PCM_16",
    (_PCM, 24): "PCM_24",
    (_PCM, 32): "PCM_32",
    (_IEEE_FLOAT, 32): "FLOAT",
    (_IEEE_FLOAT, 64): "DOUBLE",
}
_CODES = {subtype: code for code, subtype in _SUBTYPES.items()}
STREAMABLE = frozenset(_CODES)

_UNKNOWN = 0xFFFFFFFF
_FOUR_GIB = 2**32
_INFO = {
    "title": b"INAM",
    "copyright": b"ICOP",
    "software": b"ISFT",
    "artist": b"IART",
    "comment": b"ICMT",
    "date": b"ICRD",
    "album": b"IPRD",
    "genre": b"IGNR",
    "tracknumber": b"ITRK",
}
TAGS = frozenset(_INFO)
_LONGEST_CHUNK = 1 << 20  # bytes; a longer one is no header of a sound


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the samples.

    Parameters
    ----------
    encoding : Encoding or None
        None: a compressed format, which this module cannot read.
    data_bytes : int or None
        Size of the samples; None: they go on until the end of the stream.
    tags : mapping of str to str
        Title, artist and so on.
    """

    encoding: Encoding | None
    data_bytes: int | None
    tags: Mapping[str, str] = field(default_factory=dict)


class _Format(NamedTuple):
    tag: int
    channels: int
    rate: int
    align: int  # bytes a frame
    bits: int  # a sample


def is_wave(start: bytes) -> bool:
    """Say whether the first 12 bytes are those of a WAV or RF64 file."""
    return start[:4] in (b"RIFF", b"RF64") and start[8:12] == b"WAVE"


def read_header(start: bytes, take: Take, *, name: str) -> Header:
    """Read everything up to the first sample.

    Parameters
    ----------
    start : bytes
        The first 12 bytes of the stream, see `is_wave`.
    take : callable
        Returns the bytes that follow.
    name : str
        What is being read, for messages.

    Raises
    ------
    ReadError
        The stream ends early, or describes no sound.
    """
    bodies, size, position = _chunks_before_samples(take, name)
    if b"fmt " not in bodies:
        raise ReadError(f"{name}: WAV without a format chunk before the samples")
    form = _read_format(bodies[b"fmt "], name)
    container = "WAV" if start[:4] == b"RIFF" else "RF64"
    subtype = _SUBTYPES.get((form.tag, form.bits))
    plain = subtype is not None and form.align == form.channels * form.bits // 8
    if container == "RF64" and size == _UNKNOWN:
        size = int.from_bytes(bodies.get(b"ds64", b"")[8:16], "little")
        known = size not in (0, 2**64 - 1)
    else:
        # A size of 0 is that of an empty sound only if the whole has room for something after it.
        whole = int.from_bytes(start[4:8], "little")
        empty = size == 0 and position < whole and not _is_open_ended(whole, 0)
        known = empty or (size > 0 and not _is_open_ended(size, form.align))
    return Header(
        encoding=Encoding(container, subtype, form.rate, form.channels) if subtype and plain else None,
        data_bytes=size if known else None,
        tags=_read_info(bodies.get(b"LIST", b"")),
    )


def write_header(encoding: Encoding, *, frames: int | None, tags: Mapping[str, str]) -> bytes:
    """Return everything up to the first sample.

    Parameters
    ----------
    encoding : Encoding
        Of a subtype in `STREAMABLE`.
    frames : int or None
        Length of the sound. None is written as the largest size, which readers take as "until the
        end"; a size of 0 would be believed.
    tags : mapping of str to str
        Those in `TAGS` are written.

    Returns
    -------
    bytes
        RF64 if the sizes need it or the container asks for it, else RIFF. Of unknown length there is
        only RIFF: readers take an RF64 without its sizes for empty.
    """
    tag, bits = _CODES[encoding.subtype]
    align = frame_bytes(encoding)
    form = struct.pack("<HHIIHH", tag, encoding.channels, encoding.rate, encoding.rate * align, align, bits)
    info = b"".join(
        _pack(_INFO[key], text.encode() + b"\0") for key, text in tags.items() if key in _INFO and text
    )
    chunks = _pack(b"fmt ", form)
    if tag == _IEEE_FLOAT:  # other formats than PCM carry the extension's size and a fact chunk
        chunks = _pack(b"fmt ", form + b"\0\0") + _pack(
            b"fact", struct.pack("<I", _UNKNOWN if frames is None else min(frames, _UNKNOWN))
        )
    if info:
        chunks += _pack(b"LIST", b"INFO" + info)
    chunks += b"data"
    if frames is None:
        return struct.pack("<4sI4s", b"RIFF", _UNKNOWN, b"WAVE") + chunks + struct.pack("<I", _UNKNOWN)
    data_bytes = frames * align
    riff_bytes = 4 + len(chunks) + 4 + data_bytes + data_bytes % 2
    if encoding.container != "RF64" and riff_bytes < _FOUR_GIB:
        return struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE") + chunks + struct.pack("<I", data_bytes)
    long = _pack(b"ds64", struct.pack("<QQQI", riff_bytes + 36, data_bytes, frames, 0))
    start = struct.pack("<4sI4s", b"RF64", _UNKNOWN, b"WAVE")
    return start + long + chunks + struct.pack("<I", _UNKNOWN)


def decode(data: bytes, encoding: Encoding) -> NDArray[np.float64]:
    """Return samples as numbers, full scale 1.0.

    Parameters
    ----------
    data : bytes
        Whole frames.
    encoding : Encoding
        Of a subtype in `STREAMABLE`.

    Returns
    -------
    ndarray of float64, shape (frames, channels)
    """
    match encoding.subtype:
        case "PCM_U8":
            samples = (np.frombuffer(data, np.uint8) - 128.0) / 2**7
        case "PCM_16":
            samples = np.frombuffer(data, "<i2") / 2.0**15
        case "PCM_24":
            widened = np.zeros((len(data) // 3, 4), np.uint8)
            widened[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            samples = widened.view("<i4")[:, 0] / 2.0**31
        case "PCM_32":
            samples = np.frombuffer(data, "<i4") / 2.0**31
        case "FLOAT":
            samples = np.frombuffer(data, "<f4").astype(np.float64)
        case _:
            samples = np.frombuffer(data, "<f8").astype(np.float64)
    return samples.reshape(-1, encoding.channels)


def encode(samples: NDArray[np.generic], encoding: Encoding) -> bytes:
    """Return finished samples as bytes.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
        As a `Quantiser` for the subtype returns them.
    encoding : Encoding
        Of a subtype in `STREAMABLE`.
    """
    match encoding.subtype:
        case "PCM_U8":
            return ((samples.astype(np.int16) >> 8) + 128).astype(np.uint8).tobytes()
        case "PCM_24":
            return samples.astype("<i4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    return samples.astype(samples.dtype.newbyteorder("<"), copy=False).tobytes()


def _exactly(take: Take, count: int, name: str) -> bytes:
    data = take(count)
    if len(data) < count:
        raise ReadError(f"{name}: ends before its first sample")
    return data


def _chunks_before_samples(take: Take, name: str) -> tuple[dict[bytes, bytes], int, int]:
    """Return the chunks of interest, the size of the samples, and the position of the first of them."""
    bodies: dict[bytes, bytes] = {}
    position = 4
    while True:
        kind, size = struct.unpack("<4sI", _exactly(take, 8, name))
        position += 8
        if kind == b"data":
            return bodies, size, position
        padded = size + size % 2
        position += padded
        if kind in (b"fmt ", b"ds64", b"LIST") and size <= _LONGEST_CHUNK:
            body = _exactly(take, padded, name)[:size]
            if kind != b"LIST" or body.startswith(b"INFO"):  # there are lists of other things
                bodies[kind] = body
            continue
        while padded:
            padded -= len(_exactly(take, min(padded, 1 << 16), name))


def _read_format(body: bytes, name: str) -> _Format:
    if len(body) < 16:
        raise ReadError(f"{name}: WAV with a format chunk of {len(body)} bytes, at least 16 are needed")
    tag, channels, rate, _, align, bits = struct.unpack("<HHIIHH", body[:16])
    if tag == _EXTENSIBLE and body[26:40] == _GUID_REST:
        tag = int.from_bytes(body[24:26], "little")
    if not channels or not rate:
        raise ReadError(f"{name}: WAV with {channels} channels at {rate} Hz, both must be above 0")
    return _Format(tag, channels, rate, align, bits)


def _read_info(body: bytes) -> dict[str, str]:
    """Return the tags of a list whose first four bytes say INFO."""
    names = {code: key for key, code in _INFO.items()}
    found: dict[str, str] = {}
    body = body[4:]
    while len(body) >= 8:
        code, size = struct.unpack("<4sI", body[:8])
        text = body[8 : 8 + size].split(b"\0")[0].decode("utf-8", "replace")
        if code in names and text:
            found[names[code]] = text
        body = body[8 + size + size % 2 :]
    return found


def _is_open_ended(size: int, align: int) -> bool:
    """Say whether a size stands for "until the end".

    SoX writes 0x7FFFF000 less what is no whole frame, others the largest signed or unsigned number.
    """
    return 0x7FFFF000 - align < size <= 0x80000000 or size >= 0xFFFFFF00


def _pack(kind: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", kind, len(body)) + body + b"\0" * (len(body) % 2)
