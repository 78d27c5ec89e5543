"""Sounds as blocks of samples, from files and from pipes, at any length in constant memory."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from convcli import files
from convcli.errors import ReadError

from . import virtual, wav
from .formats import Encoding, frame_bytes

BLOCK = 1 << 17  # samples of all channels together: a megabyte of float64, which stays in the cache

_SPOOLED = 1 << 26  # bytes of a piped compressed sound that are kept in memory before a file takes over
_ESTIMATED = {"OGG", "MP3"}  # libsndfile's length of these may differ from what it then decodes
_UNKNOWN_FRAMES = 2**62

# libsndfile reads what is left of a file that was cut off, and only its log tells: of AIFF, AU and W64.
_CUT_OFF = re.compile(r"^\s*(?:SSND|Data Size|riff)\s*:\s*(\d+) \(should be (\d+)\)", re.MULTILINE)
_OPEN_ENDED = 0x7F000000  # sizes from here on are a pipe's way to say that it did not know


def frames_a_block(channels: int) -> int:
    """Return how many frames are worked on at a time."""
    return max(1, BLOCK // channels)


@dataclass(frozen=True, slots=True)
class Source:
    """A sound opened for reading.

    Parameters
    ----------
    name : str
        For messages.
    encoding : Encoding
        How its samples are stored.
    frames : int or None
        Its length where that is certain, else None.
    tags : mapping of str to str
        Title, artist and so on, under soundfile's names.
    read : callable
        Returns the next n frames, fewer only at the end.
    """

    name: str
    encoding: Encoding
    frames: int | None
    tags: Mapping[str, str]
    read: Callable[[int], NDArray[np.float64]]

    def blocks(self) -> Iterator[NDArray[np.float64]]:
        """Yield the sound block by block.

        Yields
        ------
        ndarray of float64, shape (frames, channels)
            Full scale is 1.0; every block may be overwritten.

        Raises
        ------
        ReadError
            The sound cannot be decoded, or ends before its declared length.
        """
        size = frames_a_block(self.encoding.channels)
        count, full = 0, True
        while full:
            block = self.read(size)
            count += len(block)
            full = len(block) == size
            if len(block):
                yield block
        if self.frames is not None and count < self.frames:
            raise _cut_off(self.name, f"{count} of {self.frames} frames are there")


@contextmanager
def opened(source: str) -> Iterator[Source]:
    """Open a sound.

    Parameters
    ----------
    source : str
        A path, or ``"-"`` for standard input.

    Yields
    ------
    Source

    Raises
    ------
    ReadError
        It is no sound, or was cut off.
    """
    with ExitStack() as stack:
        try:
            if source == files.STREAM:
                sound = _from_pipe(files.display_name(source), files.stdin_binary(), stack)
            elif Path(source).is_file():
                sound = _from_file(source, stack)
            else:  # a named pipe, or a shell's <(...)
                pipe = stack.enter_context(Path(source).open("rb"))
                sound = _from_pipe(files.display_name(source), pipe, stack)
        except OSError as error:
            raise ReadError(f"{files.display_name(source)}: {files.reason(error)}") from None
        yield sound


def _from_file(path: str, stack: ExitStack) -> Source:
    """Open what can be read twice: we look at a header, libsndfile at the rest."""
    name = files.display_name(path)
    stream = stack.enter_context(Path(path).open("rb"))  # noqa: SIM115 - the stack closes it
    header = _wave_header(name, stream.read)
    if header and header.data_bytes is None and header.encoding:
        # Redirected from a pipe: libsndfile takes some of these for empty.
        return _wav_stream(name, stream, header.encoding, header)
    if header and header.data_bytes:
        _check_length(name, Path(path).stat().st_size - stream.tell(), header.data_bytes)
    # Left to itself, soundfile takes the bytes of a name for UTF-8.
    file = path if os.name == "nt" else os.fsencode(path)
    return _decoded(name, stack.enter_context(_opened(name, file)))


def _from_pipe(name: str, stream: BinaryIO, stack: ExitStack) -> Source:
    """Open what can be read only once, and only onwards."""
    spool = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=_SPOOLED))  # noqa: SIM115 - as above
    header = _wave_header(name, _Copying(stream, spool))
    if header and header.encoding:
        return _wav_stream(name, stream, header.encoding, header)
    shutil.copyfileobj(stream, spool)
    spool.seek(0)
    return _decoded(name, stack.enter_context(_opened(name, spool)))


def _wave_header(name: str, take: wav.Take) -> wav.Header | None:
    """Return the header if it is that of a sound WAV or RF64; libsndfile judges all others."""
    start = take(12)
    try:
        return wav.read_header(start, take, name=name) if wav.is_wave(start) else None
    except ReadError:
        return None


class _Copying:
    """Reads from a stream and keeps a copy, for a decoder that has to start from the beginning."""

    def __init__(self, stream: BinaryIO, copy: IO[bytes]) -> None:
        self._stream = stream
        self._copy = copy

    def __call__(self, count: int) -> bytes:
        data = self._stream.read(count)
        self._copy.write(data)
        return data


class _Forward(soundfile.SoundFile):  # type: ignore[misc]
    """A sound file that is only read onwards.

    soundfile seeks after every block of a file that can be seeked in, which fails for FLAC of unknown
    length and costs time for all others.
    """

    def seekable(self) -> bool:
        return False


def _opened(name: str, file: object) -> soundfile.SoundFile:
    try:
        with virtual.undisturbed():
            return _Forward(file)
    except soundfile.LibsndfileError as error:
        reason = error.error_string.rstrip(".").lower()
        raise ReadError(
            f"{name}: not a sound that can be read ({reason})",
            hint="convert it first, e.g. with ffmpeg -i INPUT output.wav",
        ) from None
    except TypeError:  # soundfile wants to be told what samples of this name are like
        raise ReadError(
            f"{name}: raw samples, which do not say their rate and format",
            hint="say them to e.g. sox -t raw -r 44100 -e signed -b 16 -c 2 INPUT output.wav",
        ) from None


def _decoded(name: str, sound: soundfile.SoundFile) -> Source:
    """Read through libsndfile."""
    if found := _CUT_OFF.search(sound.extra_info):
        declared, present = (int(number) for number in found.groups())
        if declared < _OPEN_ENDED:
            _check_length(name, present, declared)

    def read(frames: int) -> NDArray[np.float64]:
        try:
            with virtual.undisturbed():
                block: NDArray[np.float64] = sound.read(frames, dtype="float64", always_2d=True)
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
    )


def _wav_stream(name: str, stream: BinaryIO, encoding: Encoding, header: wav.Header) -> Source:
    """Read WAV from a pipe, or from a file that a pipe was redirected into."""
    align = frame_bytes(encoding)
    frames = None if header.data_bytes is None else header.data_bytes // align
    left = frames

    def read(count: int) -> NDArray[np.float64]:
        nonlocal left
        data = stream.read(align * (count if left is None else min(count, left)))
        if left is not None:
            left -= len(data) // align
        # A pipe that ends within a frame leaves a fragment that is no sound.
        return wav.decode(data[: len(data) - len(data) % align], encoding)

    return Source(name=name, encoding=encoding, frames=frames, tags=header.tags, read=read)


def _check_length(name: str, present: int, declared: int) -> None:
    if present < declared:
        raise _cut_off(name, f"{max(present, 0)} of {declared} bytes are there")


def _cut_off(name: str, detail: str) -> ReadError:
    return ReadError(f"{name}: ends early, {detail}", hint="copy or download it again")
