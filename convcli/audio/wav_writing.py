"""WAV and RF64 written onwards, with the chunks of the sound they come from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from . import tags as tagging
from . import wav
from .chunks import Chunks, packed
from .formats import Encoding, frame_bytes
from .pcm import encode


class Stream(Protocol):
    """Where bytes go; only what can be put right in the end is seeked in."""

    def write(self, data: bytes) -> int:
        """Write all of them."""

    def seek(self, offset: int, whence: int) -> int:
        """Go to a position."""


class WaveWriter:
    """Writes one sound.

    Parameters
    ----------
    stream : Stream
    encoding : Encoding
        Of a subtype in `pcm.STORAGES`.
    frames : int or None
        The length, if it is known beforehand.
    tags : mapping of str to str
        Title, artist and so on, if they are not in a chunk.
    chunks : Chunks
        Those to copy. Those behind the samples may become known while the samples are written.
    seekable : bool
        Whether the header can be put right in the end.
    """

    def __init__(
        self,
        stream: Stream,
        encoding: Encoding,
        *,
        frames: int | None,
        tags: Mapping[str, str],
        chunks: Chunks,
        seekable: bool,
    ) -> None:
        self._stream = stream
        self._encoding = encoding
        self._chunks = chunks
        self._seekable = seekable
        self._frames = 0
        # A header that promises a size has to know what comes behind the samples; if it promises none,
        # readers take all that follows for samples.
        self._room_behind = seekable or (frames is not None and chunks.after is not None)
        info, self._lost = tagging.to_info(tags, chunks.known())
        self._header = partial(
            wav.write_header,
            encoding,
            beside=packed(chunks.before) + info,
            # Any length may turn out, and make it an RF64.
            reserved=seekable and (frames is None or chunks.after is None),
        )
        # The header leaves in one piece with the first samples: sox takes what a pipe gives at once for all
        # there is when it guesses the format.
        self._waiting = self._begun = self._header(frames=frames, after=len(self._behind()))

    @property
    def lost(self) -> tuple[str, ...]:
        """Names of tags and chunks that there is no place for."""
        behind = () if self._room_behind else (chunk.name for chunk in self._chunks.after or ())
        return (*self._lost, *self._chunks.left_out, *behind)

    def write(self, samples: NDArray[np.generic]) -> None:
        """Write finished samples, shape (frames, channels)."""
        self._stream.write(self._waiting + encode(samples, self._encoding.subtype))
        self._waiting = b""
        self._frames += len(samples)

    def finish(self) -> None:
        """Write what comes behind the samples, and put the header right if that is possible."""
        padding = b"\0" * (self._frames * frame_bytes(self._encoding) % 2)  # chunks have even lengths
        behind = self._behind()
        self._stream.write(self._waiting + padding + behind)
        header = self._header(frames=self._frames, after=len(behind))
        if self._seekable and header != self._begun:
            self._stream.seek(0, 0)
            self._stream.write(header)

    def _behind(self) -> bytes:
        return packed(self._chunks.after or ()) if self._room_behind else b""
