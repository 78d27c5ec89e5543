"""Sounds to files and to standard output, block by block."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from convcli import files
from convcli.errors import WriteError

from . import aiff, id3, ogg, virtual, wav
from . import tags as tagging
from .chunks import Chunks
from .formats import Encoding, can_be_empty, fit, overflows
from .pcm import STORAGES
from .quantise import Quantiser
from .wav_writing import WaveWriter


class Sink:
    """Takes the blocks of a sound that is being written.

    Parameters
    ----------
    put : callable
        Stores finished samples.
    quantise : Quantiser
        Makes them; it knows peak and clipped samples at the end.
    losses : callable
        Returns what `lost_tags` says.
    """

    def __init__(
        self,
        put: Callable[[NDArray[np.generic]], None],
        quantise: Quantiser,
        losses: Callable[[], tuple[str, ...]],
    ) -> None:
        self._put = put
        self._losses = losses
        self.quantise = quantise
        self.frames = 0

    @property
    def lost_tags(self) -> tuple[str, ...]:
        """Names of tags and chunks that there is no place for; all of them when all blocks are written."""
        return self._losses()

    def write(self, block: NDArray[np.floating]) -> None:
        """Store a block, shape (frames, channels), full scale 1.0. It is overwritten."""
        self._put(self.quantise(block))
        self.frames += len(block)


@contextmanager
def opened(
    target: str,
    encoding: Encoding,
    *,
    frames: int | None,
    tags: Mapping[str, str],
    chunks: Chunks | None = None,
    force: bool = False,
    whole: bool = False,
) -> Iterator[Sink]:
    """Open a sound for writing.

    Parameters
    ----------
    target : str
        A path, or ``"-"`` for standard output.
    encoding : Encoding
        How the samples are stored; WAV becomes RF64 where its length needs it.
    frames : int or None
        The length, if it is known beforehand.
    tags : mapping of str to str
        Title, artist and so on.
    chunks : Chunks, optional
        What else the input has, see `reading.Source`.
    force : bool
        Whether an existing file may be replaced.
    whole : bool
        Nothing goes to standard output before the sound is complete.

    Yields
    ------
    Sink

    Raises
    ------
    WriteError
        The container cannot hold the sound, or the system refuses. A file is then left as it was.
    """
    encoding = fit(encoding, frames)
    chunks = Chunks() if chunks is None else chunks
    name = files.display_name(target, output=True)
    make = partial(_to_wave, frames=frames) if _is_plain(encoding) else _through_libsndfile
    if target != files.STREAM:
        with (
            files.replacing(target, force=force) as path,
            virtual.written(path, name=name) as file,
            make(file, encoding, tags, chunks, name) as sink,
        ):
            yield sink
    elif _is_plain(encoding) and not whole:
        with files.stdout_binary() as stream:
            writer = WaveWriter(
                stream, encoding, frames=frames, tags=tags, chunks=chunks, seekable=_is_rewritable(stream)
            )
            yield Sink(writer.write, Quantiser(encoding.subtype, name=name), lambda: writer.lost)
            writer.finish()
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sound"
            with (
                virtual.written(path, name=name) as file,
                make(file, encoding, tags, chunks, name) as sink,
            ):
                yield sink
            with path.open("rb") as finished, files.stdout_binary() as stream:
                shutil.copyfileobj(finished, stream)


def _is_plain(encoding: Encoding) -> bool:
    """Say whether a sound is a WAV of samples that are not compressed, which is written here."""
    return encoding.container in {"WAV", "WAVEX", "RF64"} and encoding.subtype in STORAGES


def _is_rewritable(stream: BinaryIO) -> bool:
    """Say whether standard output is a file that holds nothing else, so that a header can be put right."""
    try:
        state = os.fstat(stream.fileno())
        if not stat.S_ISREG(state.st_mode) or state.st_size or stream.tell():
            return False
    except OSError:  # not even a stream of the system
        return False
    if os.name == "nt":
        return True
    import fcntl

    return not fcntl.fcntl(stream.fileno(), fcntl.F_GETFL) & os.O_APPEND


@contextmanager
def _to_wave(
    file: virtual.Written,
    encoding: Encoding,
    tags: Mapping[str, str],
    chunks: Chunks,
    name: str,
    *,
    frames: int | None,
) -> Iterator[Sink]:
    """Write WAV or RF64."""
    writer = WaveWriter(file, encoding, frames=frames, tags=tags, chunks=chunks, seekable=True)

    def put(samples: NDArray[np.generic]) -> None:
        writer.write(samples)
        file.check()

    yield Sink(put, Quantiser(encoding.subtype, name=name), lambda: writer.lost)
    writer.finish()


@contextmanager
def _through_libsndfile(
    file: virtual.Written, encoding: Encoding, tags: Mapping[str, str], chunks: Chunks, name: str
) -> Iterator[Sink]:
    """Write every other format."""
    with _encoder(file, encoding, name) as sound:

        def put(samples: NDArray[np.generic]) -> None:
            # libsndfile would go on, and leave a header that says something else.
            if overflows(encoding, sound.frames + len(samples)):
                raise WriteError(
                    f"{name}: is longer than the 4 GiB that {encoding.container} can hold",
                    hint="choose --format rf64, w64 or flac",
                )
            with virtual.undisturbed():
                sound.write(samples)
            file.check()

        lost = tagging.assign(sound, tags)
        sink = Sink(
            put, Quantiser(encoding.subtype, name=name), lambda: (*lost, *_without_place(encoding, chunks))
        )
        yield sink
        if not sink.frames and not can_be_empty(encoding):
            raise WriteError(
                f"{name}: {encoding.container} cannot hold a sound without samples",
                hint="choose another format with --format, e.g. wav",
            )
    file.check()
    aiff.mend(file, encoding, sink.frames)
    ogg.mend(file, encoding)
    id3.mend(file, encoding)


def _without_place(encoding: Encoding, chunks: Chunks) -> tuple[str, ...]:
    """Return the names of what only a WAV of plain samples can have; lists of tags became tags."""
    lost = list(chunks.left_out)
    for chunk in chunks.known():
        lost += tagging.strange(chunk) if chunk.is_info else [chunk.name]
    if not wav.are_usual(encoding.speakers, encoding.channels):
        lost.append(f"loudspeakers {encoding.speakers:#x}")
    return tuple(lost)


@contextmanager
def _encoder(file: virtual.Written, encoding: Encoding, name: str) -> Iterator[soundfile.SoundFile]:
    with ExitStack() as stack:
        with virtual.undisturbed():
            sound = _created(file, encoding, name)
            stack.callback(_finish, sound)
        yield sound


def _finish(sound: soundfile.SoundFile) -> None:
    with virtual.undisturbed():
        sound.close()


def _created(file: virtual.Written, encoding: Encoding, name: str) -> soundfile.SoundFile:
    try:
        return soundfile.SoundFile(
            file,
            "w",
            samplerate=encoding.rate,
            channels=encoding.channels,
            format=encoding.container,
            subtype=encoding.subtype,
        )
    except soundfile.LibsndfileError as error:
        raise WriteError(
            f"{name}: {encoding.container} cannot hold {encoding.channels} channels of {encoding.subtype}"
            f" at {encoding.rate} Hz ({error.error_string.rstrip('.').lower()})",
            hint="choose another format with --format, e.g. wav",
        ) from None
