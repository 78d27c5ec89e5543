"""Sounds to files and to standard output, block by block."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from convcli import files
from convcli.errors import WriteError

from . import virtual, wav
from .formats import Encoding, can_be_empty, fit, frame_bytes, overflows
from .quantise import Quantiser


class Sink:
    """Takes the blocks of a sound that is being written.

    Parameters
    ----------
    put : callable
        Stores finished samples.
    quantise : Quantiser
        Makes them; it knows peak and clipped samples at the end.
    lost_tags : tuple of str
        Tags that the container has no place for.
    """

    def __init__(
        self, put: Callable[[NDArray[np.generic]], None], quantise: Quantiser, lost_tags: tuple[str, ...]
    ) -> None:
        self._put = put
        self.quantise = quantise
        self.lost_tags = lost_tags
        self.frames = 0

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
    force: bool = False,
    whole: bool = False,
) -> Iterator[Sink]:
    """Open a sound for writing.

    Parameters
    ----------
    target : str
        A path, or ``"-"`` for standard output.
    encoding : Encoding
        How the samples are stored; WAV becomes RF64 where `frames` needs it.
    frames : int or None
        The length, if it is known beforehand.
    tags : mapping of str to str
        Title, artist and so on.
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
    name = files.display_name(target, output=True)
    if target != files.STREAM:
        with files.replacing(target, force=force) as path, _to_file(path, encoding, tags, name) as sink:
            yield sink
    elif _streams(encoding) and not whole:
        with _to_stdout(encoding, frames, tags, name) as sink:
            yield sink
    else:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "sound"
            with _to_file(path, encoding, tags, name) as sink:
                yield sink
            with path.open("rb") as finished, files.stdout_binary() as stream:
                shutil.copyfileobj(finished, stream)


def _streams(encoding: Encoding) -> bool:
    return encoding.container in {"WAV", "WAVEX", "RF64"} and encoding.subtype in wav.STREAMABLE


@contextmanager
def _to_stdout(encoding: Encoding, frames: int | None, tags: Mapping[str, str], name: str) -> Iterator[Sink]:
    """Write WAV or RF64 to a stream that cannot be seeked in."""
    with files.stdout_binary() as stream:
        # The header leaves in one piece with the first samples: sox takes what a pipe gives at once for all
        # there is when it guesses the format.
        waiting = wav.write_header(encoding, frames=frames, tags=tags)

        def put(samples: NDArray[np.generic]) -> None:
            nonlocal waiting
            stream.write(waiting + wav.encode(samples, encoding))
            waiting = b""

        sink = Sink(put, Quantiser(encoding.subtype, name=name), tuple(sorted(tags.keys() - wav.TAGS)))
        yield sink
        padding = b"\0" * (sink.frames * frame_bytes(encoding) % 2)  # chunks have even lengths
        stream.write(waiting + padding)


@contextmanager
def _to_file(path: Path, encoding: Encoding, tags: Mapping[str, str], name: str) -> Iterator[Sink]:
    """Write through libsndfile."""
    with virtual.written(path, name=name) as file, _encoder(file, encoding, name) as sound:

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

        sink = Sink(put, Quantiser(encoding.subtype, name=name), _set_tags(sound, tags))
        yield sink
        if not sink.frames and not can_be_empty(encoding):
            raise WriteError(
                f"{name}: {encoding.container} cannot hold a sound without samples",
                hint="choose another format with --format, e.g. wav",
            )


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


def _set_tags(sound: soundfile.SoundFile, tags: Mapping[str, str]) -> tuple[str, ...]:
    """Set what the container has a place for, and return the rest."""
    lost = []
    for key, text in tags.items():
        try:
            setattr(sound, key, text)
        except soundfile.LibsndfileError:
            lost.append(key)
    return tuple(lost)
