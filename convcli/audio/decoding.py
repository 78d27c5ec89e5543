"""Every sound but plain WAV, through libsndfile.

References
----------
The MP3 "Xing" and "Info" header: G. Bouvigne, Mp3 Info Tag revision 1, 1999.
"""

from __future__ import annotations

import os
import re
import struct
from typing import IO

import numpy as np
import soundfile
from numpy.typing import DTypeLike, NDArray

from convcli.errors import ReadError

from . import comments, virtual
from .chunks import Chunks
from .formats import Encoding
from .source import Source, check_length, cut_off

_ESTIMATED = {"OGG", "MP3"}  # libsndfile's length of these may differ from what it then decodes
_UNKNOWN_FRAMES = 2**62

# libsndfile reads what is left of a file that was cut off, and only its log tells: of AIFF, AU, W64,
# CAF, and of Ogg.
_CUT_OFF = re.compile(r"^\s*(?:SSND|Data Size|riff|data)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
_NO_LAST_PAGE = "without an End-Of-Stream flag"
OPEN_ENDED = 0x7F000000  # sizes from here on are a pipe's way to say that it did not know
_EMPTY_CAF = 1 << 14  # bytes, with the space that libsndfile leaves for tags
_LAST_TAG = 128  # bytes of the tag that an MP3 may have had in the end

# How sounds begin; an MP3 without tags begins with a frame.
_STARTS = (
    *(b"RIFF", b"RIFX", b"RF64", b"riff", b"fLaC", b"OggS", b"ID3", b"FORM", b".snd", b"dns.", b"caff"),
    *(b"NIST_1A", b"Creative Voice File", b" paf", b"fap ", b"PVF1", b"ALaw", b"MATLAB"),
)


def recognises(start: bytes) -> bool:
    """Say whether what begins so may be a sound, before all of a pipe is read."""
    return start.startswith(_STARTS) or (start[:1] == b"\xff" and start[1:2] >= b"\xe0")


def not_a_sound(name: str, reason: str) -> ReadError:
    """Say that something is no sound."""
    return ReadError(
        f"{name}: not a sound that can be read ({reason})",
        hint="convert it first, e.g. with ffmpeg -i INPUT output.wav",
    )


class _Forward(soundfile.SoundFile):  # type: ignore[misc]
    """A sound file that is only read onwards.

    soundfile seeks after every block of a file that can be seeked in, which fails for FLAC of unknown
    length and costs time for all others.
    """

    def seekable(self) -> bool:
        return False


def opened(name: str, file: object) -> soundfile.SoundFile:
    """Open a file for `decoded`.

    Parameters
    ----------
    name : str
        For messages.
    file : bytes, str or file object
        What soundfile opens.

    Raises
    ------
    ReadError
        It is no sound, or raw samples: libsndfile would guess from its name what they are.
    """
    try:
        with virtual.undisturbed():
            sound = _Forward(file)
    except soundfile.LibsndfileError as error:
        raise not_a_sound(name, error.error_string.rstrip(".").lower()) from None
    except TypeError:  # soundfile wants to be told what samples of this name are like
        raise _raw(name) from None
    if sound.format == "RAW":
        sound.close()
        raise _raw(name)
    return sound


def decoded(name: str, sound: soundfile.SoundFile, stream: IO[bytes]) -> Source:
    """Return what an open file holds.

    Parameters
    ----------
    name : str
        For messages.
    sound : SoundFile
        From `opened`.
    stream : file object
        The bytes of the same file.

    Raises
    ------
    ReadError
        It was cut off.
    """
    _check_whole(name, sound, stream)

    def read(frames: int, dtype: DTypeLike) -> NDArray[np.floating]:
        try:
            with virtual.undisturbed():
                block: NDArray[np.floating] = sound.read(frames, dtype=np.dtype(dtype).name, always_2d=True)
        except soundfile.LibsndfileError as error:
            reason = error.error_string.rstrip(".").lower()
            raise ReadError(f"{name}: damaged ({reason})") from None
        return block

    certain = sound.format not in _ESTIMATED and sound.frames < _UNKNOWN_FRAMES
    return Source(
        name=name,
        encoding=Encoding(sound.format, sound.subtype, sound.samplerate, sound.channels),
        frames=sound.frames if certain else None,
        tags={key: text for key, text in sound.copy_metadata().items() if text},
        read=read,
        chunks=Chunks(left_out=comments.unkept(stream)),
    )


def _raw(name: str) -> ReadError:
    return ReadError(
        f"{name}: raw samples, which do not say their rate and format",
        hint="say them to e.g. sox -t raw -r 44100 -e signed -b 16 -c 2 INPUT output.wav",
    )


def _check_whole(name: str, sound: soundfile.SoundFile, stream: IO[bytes]) -> None:
    """Refuse what was cut off, as far as it can be told before it is decoded."""
    log = sound.extra_info
    if found := _CUT_OFF.search(log):
        declared, present = (int(number) for number in found.groups())
        if declared < OPEN_ENDED:
            check_length(name, present, declared)
    if sound.format == "OGG" and _NO_LAST_PAGE in log:
        raise cut_off(name, "its last page is missing")
    if sound.format in {"CAF", "MP3"}:
        position = stream.tell()
        size = stream.seek(0, os.SEEK_END)
        if sound.format == "CAF" and not sound.frames and size > _EMPTY_CAF:
            raise not_a_sound(name, f"its header says that it is empty, yet it has {size} bytes")
        if sound.format == "MP3" and (told := _mp3_extent(stream)):
            first, declared = told
            if size - first < declared - _LAST_TAG:
                check_length(name, size - first, declared)
        stream.seek(position)  # libsndfile may be reading it


def _mp3_extent(stream: IO[bytes]) -> tuple[int, int] | None:
    """Return where the frames of an MP3 begin, and how many bytes they are, if its first frame says so."""
    stream.seek(0)
    start = stream.read(10)
    first = 10 + comments.syncsafe(start[6:]) if start[:3] == b"ID3" and len(start) == 10 else 0
    stream.seek(first)
    frame = stream.read(64)
    # The header stands behind the side information, which is shorter for MPEG 2 and for mono.
    for offset in (36, 21, 13):
        if frame[offset : offset + 4] in (b"Xing", b"Info"):
            flags, *numbers = struct.unpack(">III", frame[offset + 4 : offset + 16])
            if flags & 2:
                return first, numbers[flags & 1]
    return None
