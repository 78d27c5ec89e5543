"""A stream whose output comes earlier than its input: what a response that begins before 0 needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convcli.engine.streams.respond import Stream
from convcli.errors import ShapeError

Block = NDArray[np.floating]


class AheadStream:
    """Leaves out the first frames of another stream's output, and asks it for as many more at the end.

    Parameters
    ----------
    stream : Stream
    ahead : int
        Frames to leave out.
    last : int, optional
        Frames to ask for at the end, beyond those that `finish` is asked for; default: `ahead`, so that there
        are as many frames of output as of input.
    """

    def __init__(self, stream: Stream, ahead: int, *, last: int | None = None) -> None:
        self._stream = stream
        self._left = ahead
        self._last = ahead if last is None else last

    def push(self, block: Block) -> Block:
        """Take frames and return the output that is ready, shape (frames, channels)."""
        return self._cut(self._stream.push(block))

    def finish(self, tail: int | None = None) -> Block:
        """Return the rest, with so many frames after the end; default: all that sounds.

        Raises
        ------
        ShapeError
            There were fewer frames than had to be left out.
        """
        rest = self._cut(self._stream.finish(None if tail is None else tail + self._last))
        if self._left:
            raise ShapeError(
                f"the kernel is longer than the signal, which lacks {self._left} samples",
                hint="choose a shorter kernel, or padding same or full",
            )
        return rest

    def _cut(self, block: Block) -> Block:
        dropped = min(self._left, len(block))
        self._left -= dropped
        return block[dropped:]
