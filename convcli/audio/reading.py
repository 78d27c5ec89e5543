"""Sounds as blocks of samples, from files and from pipes, at any length in constant memory."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from convcli import files
from convcli.errors import ReadError

from . import decoding, tags, wav
from .chunks import Walk, walk
from .pcm import decode
from .source import BLOCK, Source, check_length, frames_a_block

__all__ = ["BLOCK", "Source", "frames_a_block", "opened"]

_SPOOLED = 1 << 26  # bytes of a piped compressed sound that are kept in memory before a file takes over


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
    _check_start(name, start)
    if wav.is_wave(start):
        if header := wav.read_header(start, stream.read):
            return _wave_file(name, stream, header)
        stream.seek(12)
        _check_data(name, stream)
    stream.seek(0)
    # Left to itself, soundfile takes the bytes of a name for UTF-8.
    file = stream if path is None else path if os.name == "nt" else os.fsencode(path)
    return decoding.decoded(name, stack.enter_context(decoding.opened(name, file)), stream)


def _wave_file(name: str, stream: BinaryIO, header: wav.Header) -> Source:
    """Read the samples of a file, and know beforehand what stands behind them."""
    if header.data_bytes is None:
        return _wave(name, stream, header)
    first = stream.tell()
    present = stream.seek(0, os.SEEK_END) - first
    check_length(name, present, header.data_bytes)
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
    _check_start(name, start)
    if not decoding.recognises(start):  # and may never end
        raise decoding.not_a_sound(name, "it begins like none")
    if wav.is_wave(start) and (header := wav.read_header(start, take)):
        return _wave(name, stream, header)
    shutil.copyfileobj(stream, spool)
    if wav.is_wave(start):
        spool.seek(12)
        _check_data(name, spool)
    spool.seek(0)
    return decoding.decoded(name, stack.enter_context(decoding.opened(name, spool)), spool)


def _check_start(name: str, start: bytes) -> None:
    if not start:
        raise ReadError(f"{name}: is empty")


class _Copying:
    """Reads from a stream and keeps a copy, for a decoder that has to start from the beginning."""

    def __init__(self, stream: BinaryIO, copy: IO[bytes]) -> None:
        self._stream = stream
        self._copy = copy

    def __call__(self, count: int) -> bytes:
        data = self._stream.read(count)
        self._copy.write(data)
        return data


def _wave(name: str, stream: BinaryIO, header: wav.Header) -> Source:
    """Read plain samples, from wherever they come."""
    channels = header.encoding.channels
    align = channels * header.storage.width
    frames = None if header.data_bytes is None else header.data_bytes // align
    left = frames

    def read(count: int, dtype: DTypeLike) -> NDArray[np.floating]:
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
        return decode(data[: len(data) - len(data) % align], header.storage, channels, dtype)

    return Source(name, header.encoding, frames, header.tags, read, header.chunks)


def _check_data(name: str, stream: IO[bytes]) -> None:
    """Refuse compressed samples that were cut off, which libsndfile would read as far as they go."""
    declared = walk(stream.read).data_bytes or 0
    if declared < decoding.OPEN_ENDED:
        first = stream.tell()
        check_length(name, stream.seek(0, os.SEEK_END) - first, declared)
