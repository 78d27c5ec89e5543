"""A sound that is being read: what it is, and its samples block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import DTypeLike, NDArray

from convcli.errors import ReadError

from .chunks import Chunks
from .formats import Encoding

BLOCK = 1 << 17  # samples of all channels together: a megabyte of float64, which stays in the cache


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
        Takes a number of frames and a floating type, and returns the next so many, fewer only at the end.
    chunks : Chunks
        What a WAV has beside them; of a pipe, those behind the samples are known when all blocks are.
    """

    name: str
    encoding: Encoding
    frames: int | None
    tags: Mapping[str, str]
    read: Callable[[int, DTypeLike], NDArray[np.floating]]
    chunks: Chunks = field(default_factory=Chunks)

    def blocks(self, dtype: DTypeLike = np.float64) -> Iterator[NDArray[np.floating]]:
        """Yield the sound block by block.

        Parameters
        ----------
        dtype : dtype, optional
            float64, or float32, which holds integers of up to 24 bits exactly.

        Yields
        ------
        ndarray, shape (frames, channels)
            Full scale is 1.0. Not to be written to.

        Raises
        ------
        ReadError
            The sound cannot be decoded, or ends before its declared length.
        """
        size = frames_a_block(self.encoding.channels)
        count, full = 0, True
        while full:
            block = self.read(size, dtype)
            count += len(block)
            full = len(block) == size
            if len(block):
                yield block
        if self.frames is not None and count < self.frames:
            raise cut_off(self.name, f"{count} of {self.frames} frames are there")


def check_length(name: str, present: int, declared: int) -> None:
    """Refuse a sound of which not all is there."""
    if present < declared:
        raise cut_off(name, f"{max(present, 0)} of {declared} bytes are there")


def cut_off(name: str, detail: str) -> ReadError:
    """Say that a sound ends early."""
    return ReadError(
        f"{name}: ends early, {detail}",
        hint="copy or download it again, or take what is there with ffmpeg -i INPUT output.wav",
    )
