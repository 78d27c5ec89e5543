"""Sounds as blocks of samples, from files and from pipes, at any length in constant memory."""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from convcli import files
from convcli.errors import ReadError

from . import tags, virtual, wav
from .chunks import Chunks, Walk, walk
from .formats import Encoding
from .pcm import decode

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
    chunks : Chunks
        What a WAV has beside them; of a pipe, those behind the samples are known when all blocks are.
    """

    name: str
    encoding: Encoding
    frames: int | None
    tags: Mapping[str, str]
    read: Callable[[int], NDArray[np.float64]]
    chunks: Chunks = field(default_factory=Chunks)

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
    name = files.display_name(source)
    with ExitStack() as stack:
        try:
            if source == files.STREAM:
                stream = files.stdin_binary()
            else:
                stream = stack.enter_context(Path(source).open("rb"))
            if _is_regular(stream):
                sound = _from_file(name, stream, None if source == files.STREAM else source, stack)
            else:  # a pipe, a named one, or a shell's <(...)
                sound = _from_pipe(name, stream, stack)
        except OSError as error:
            raise ReadError(f"{name}: {files.reason(error)}") from None
        yield sound


def _is_regular(stream: BinaryIO) -> bool:
    """Say whether a stream is a file from its beginning, which can be read again."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode) and stream.tell() == 0
    except OSError:  # not even a stream of the system
        return False


def _from_file(name: str, stream: BinaryIO, path: str | None, stack: ExitStack) -> Source:
    """Open what can be read twice: we look at a header, libsndfile at what is not ours."""
    start = stream.read(12)
    if wav.is_wave(start):
        if header := wav.read_header(start, stream.read):
            return _wave_file(name, stream, header)
        stream.seek(12)
        _check_data(name, stream)
    stream.seek(0)
    # Left to itself, soundfile takes the bytes of a name for UTF-8.
    file = stream if path is None else path if os.name == "nt" else os.fsencode(path)
    return _decoded(name, stack.enter_context(_opened(name, file)))


def _wave_file(name: str, stream: BinaryIO, header: wav.Header) -> Source:
    """Read the samples of a file, and know beforehand what stands behind them."""
    if header.data_bytes is None:
        return _wave(name, stream, header)
    first = stream.tell()
    present = stream.seek(0, os.SEEK_END) - first
    _check_length(name, present, header.data_bytes)
    stream.seek(first + header.data_bytes + header.data_bytes % 2)
    behind = _walk_behind(stream, header)
    stream.seek(first)
    told = {**tags.from_info(behind.info, big_endian=header.storage.big_endian), **header.tags}
    return _wave(name, stream, replace(header, tags=told))


def _walk_behind(stream: BinaryIO, header: wav.Header) -> Walk:
    """Read the chunks behind the samples, and remember those to copy."""
    found = walk(stream.read, big_endian=header.storage.big_endian)
    header.chunks.after = found.chunks
    header.chunks.left_out += found.left_out
    return found


def _from_pipe(name: str, stream: BinaryIO, stack: ExitStack) -> Source:
    """Open what can be read only once, and only onwards."""
    spool = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=_SPOOLED))  # noqa: SIM115 - the stack closes it
    take = _Copying(stream, spool)
    start = take(12)
    if wav.is_wave(start) and (header := wav.read_header(start, take)):
        return _wave(name, stream, header)
    shutil.copyfileobj(stream, spool)
    if wav.is_wave(start):
        spool.seek(12)
        _check_data(name, spool)
    spool.seek(0)
    return _decoded(name, stack.enter_context(_opened(name, spool)))


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


def _wave(name: str, stream: BinaryIO, header: wav.Header) -> Source:
    """Read plain samples, from wherever they come."""
    channels = header.encoding.channels
    align = channels * header.storage.width
    frames = None if header.data_bytes is None else header.data_bytes // align
    left = frames

    def read(count: int) -> NDArray[np.float64]:
        nonlocal left
        data = stream.read(align * (count if left is None else min(count, left)))
        if left is not None:
            left -= len(data) // align
        if len(data) < align * count and header.chunks.after is None:  # a pipe has come to the end
            header.chunks.after = []
            if header.data_bytes is not None and not left:
                stream.read(header.data_bytes % align + header.data_bytes % 2)
                _walk_behind(stream, header)
        # A pipe that ends within a frame leaves a fragment that is no sound.
        return decode(data[: len(data) - len(data) % align], header.storage, channels)

    return Source(name, header.encoding, frames, header.tags, read, header.chunks)


def _check_data(name: str, stream: IO[bytes]) -> None:
    """Refuse compressed samples that were cut off, which libsndfile would read as far as they go."""
    declared = walk(stream.read).data_bytes or 0
    if declared < _OPEN_ENDED:
        first = stream.tell()
        _check_length(name, stream.seek(0, os.SEEK_END) - first, declared)


def _check_length(name: str, present: int, declared: int) -> None:
    if present < declared:
        raise _cut_off(name, f"{max(present, 0)} of {declared} bytes are there")


def _cut_off(name: str, detail: str) -> ReadError:
    return ReadError(f"{name}: ends early, {detail}", hint="copy or download it again")
