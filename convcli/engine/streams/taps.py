"""Sparse convolution of a signal that arrives in blocks, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import DTypeLike, NDArray

Block = NDArray[np.floating]

# Bytes of all channels taken at once from a block of any length: the products stay in the cache.
ROOM = 1 << 18


class TapStream:
    """Delayed adds: ``y[n] = gains[0] x[n - offsets[0]] + gains[1] x[n - offsets[1]] + ...``.

    The products are added in the order of the taps, each rounded once to `dtype`, so a sample does not
    depend on how the signal was cut into blocks: any cutting gives the same bits.

    Parameters
    ----------
    offsets : sequence of int
        Delays in frames, 0 or more, in any order. No taps at all give silence.
    gains : sequence of float
        One factor a delay.
    channels : int
        Channels of the signal, all treated alike.
    dtype : dtype, optional
        The floating type of the sums and of the output.

    Notes
    -----
    The past is kept in a ring of ``max(offsets)`` frames and a little room. It starts as zeros that the
    system hands out when they are first written, so a delay longer than the signal costs address space,
    not memory.
    """

    def __init__(
        self,
        offsets: Sequence[int],
        gains: Sequence[float],
        *,
        channels: int,
        dtype: DTypeLike = np.float64,
    ) -> None:
        if len(offsets) != len(gains):
            raise ValueError(f"{len(offsets)} offsets and {len(gains)} gains: one gain an offset")
        if min(offsets, default=0) < 0:
            raise ValueError(f"offset {min(offsets)}: a tap cannot look ahead")
        self.dtype = np.dtype(dtype)
        self.depth = max(offsets, default=0)
        rounded = np.asarray(gains, self.dtype)
        self._taps = list(zip(offsets, rounded, strict=True))
        self._room = max(1, ROOM // (channels * self.dtype.itemsize))
        self._ring: Block = np.zeros((self.depth + self._room, channels), self.dtype)
        self._product: Block = np.empty((self._room, channels), self.dtype)
        self._end = 0

    def push(self, block: Block) -> Block:
        """Return the output for the next block of input.

        Parameters
        ----------
        block : ndarray, shape (frames, channels)
            Any number of frames, none included.

        Returns
        -------
        ndarray, shape (frames, channels)
            A new array of the stream's dtype.
        """
        out = np.empty(block.shape, self.dtype)
        # Infinities in a floating-point sound are the sound's own; they pass without a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(block), self._room):
                piece = slice(start, start + self._room)
                self._advance(block[piece], out[piece])
        return out

    def tail(self, frames: int) -> Block:
        """Return what still sounds after the last block.

        Parameters
        ----------
        frames : int
            The next so many frames; after the first ``max(offsets)`` of all there is silence.

        Returns
        -------
        ndarray, shape (frames, channels)
        """
        return self.push(np.zeros((frames, self._ring.shape[1]), self.dtype))

    def finish(self, tail: int | None = None) -> Block:
        """Return the rest of the output: so many frames after the last block, by default all that sound."""
        return self.tail(self.depth if tail is None else tail)

    def _advance(self, block: Block, out: Block) -> None:
        """Store what fits the room and compute their output."""
        for here, there in self._runs(self._end, len(block)):
            self._ring[there] = block[here]
        if not self._taps:
            out.fill(0)
        for number, (offset, gain) in enumerate(self._taps):
            target = self._product if number else out
            for here, there in self._runs(self._end - offset, len(block)):
                np.multiply(self._ring[there], gain, out=target[here])
            if number:
                np.add(out, target[: len(block)], out=out)
        self._end = (self._end + len(block)) % len(self._ring)

    def _runs(self, start: int, frames: int) -> Iterator[tuple[slice, slice]]:
        """Cut `frames` ring positions from `start` on into pieces that do not wrap around."""
        start %= len(self._ring)
        first = min(frames, len(self._ring) - start)
        yield slice(0, first), slice(start, start + first)
        if first < frames:
            yield slice(first, frames), slice(0, frames - first)
