"""Dense convolution of a signal that arrives in blocks: overlap-save, in memory that does not grow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from convcli.engine import tiles
from convcli.engine.streams import pages
from convcli.engine.streams.exclusion import Exclusion
from convcli.engine.streams.responses import Responses
from convcli.engine.streams.spectra import Spectra
from convcli.engine.streams.transforms import choose

Block = NDArray[np.floating]
Windows = NDArray[np.floating]


class OverlapSaveStream:
    """Convolves frames with long responses through Fourier transforms at fixed positions.

    The transforms stand at the same places however the signal is cut into blocks, and each is computed by
    the same operations on any number of threads: neither changes a bit of the output.

    Parameters
    ----------
    response : array_like, shape (length,), (length, channels) or (length, inputs, outputs)
        Impulse response of all channels, one a channel, or a matrix of them: output o is the sum over the
        inputs i, each convolved with ``response[:, i, o]``.
    channels : int
        Channels of the signal.
    dtype : dtype, optional
        float32 or float64, of the transforms and of the output. Measured on noise, the largest error is
        about -125 dB of the output's peak in float32, enough for 16 bits, and -290 dB in float64.
    workers : int, optional
        Threads at most; default: the CPUs this process may use. With one, `push` computes by itself.
    frames : int, optional
        Frames of the signal, if known: a short one is cut into shorter transforms.

    Raises
    ------
    ValueError
        The response is empty or fits no signal of `channels` channels, or `dtype` is another.

    Notes
    -----
    Blocks of any real type are converted to `dtype`, integers without scaling. A sample that is infinite or
    not a number makes the outputs it reaches, those of its own response's length, NaN, and no others.
    Memory is that of a few groups of transforms, and of the response's spectrum: see `Transforms`.
    """

    def __init__(
        self,
        response: ArrayLike,
        *,
        channels: int,
        dtype: DTypeLike = np.float64,
        workers: int | None = None,
        frames: int | None = None,
    ) -> None:
        pages.keep()
        self.dtype = np.dtype(dtype)
        self.responses = Responses.of(response, channels)
        self.transforms = cut = choose(
            self.responses.length,
            inputs=channels,
            dtype=self.dtype,
            products=self.responses.products,
            frames=frames,
        )
        self._workers = max(1, tiles.default_workers() if workers is None else workers)
        self._spectra = Spectra(self.responses, cut, dtype=self.dtype, ahead=self._workers)
        self._excluded = Exclusion(self.responses)
        self._size = (channels, cut.batch, cut.fft_length)
        # Zeros stand before the signal.
        self._window: Windows = np.zeros(self._size, self.dtype)
        self._spare: list[Windows] = []
        self._filled = 0  # frames in the window that are new
        self._groups = 0  # groups before the window's
        self._emitted = 0  # frames of output
        self._ended = False
        self._pool: ThreadPoolExecutor | None = None
        self._pending: deque[tuple[Future[Block], Windows]] = deque()

    def push(self, block: Block) -> Block:
        """Take the next block of input and return the output that is ready.

        Parameters
        ----------
        block : ndarray, shape (frames, channels)
            Any number of frames, none included.

        Returns
        -------
        ndarray, shape (frames, outputs)
            Of the stream's dtype. Often empty: whole groups of transforms come out at once.
        """
        if block.ndim != 2 or block.shape[1] != self.responses.inputs:
            raise ValueError(f"block of shape {block.shape}: frames of {self.responses.inputs} channels")
        if self._ended:
            raise ValueError("the stream has ended: nothing can be pushed after finish")
        return self._joined(self._taken(block))

    def finish(self, tail: int | None = None) -> Block:
        """Return the rest of the output. Nothing may be pushed afterwards.

        Parameters
        ----------
        tail : int, optional
            Frames after the end of the input; default: all that sounds, one less than the response.

        Returns
        -------
        ndarray, shape (frames, outputs)
        """
        fading = self.responses.length - 1
        tail = fading if tail is None else tail
        self._ended = True
        total = self._groups * self.transforms.span + self._filled + tail
        try:
            pieces = self._taken(np.zeros((min(tail, fading), self.responses.inputs), self.dtype))
            if self._filled:
                self._fill_up()
                pieces += self._submitted()
            pieces += [self._collected() for _ in range(len(self._pending))]
        finally:
            self.close()
        rest = self._joined(pieces)
        missing = total - self._emitted
        if missing <= 0:
            return rest[: len(rest) + missing]
        return np.concatenate([rest, np.zeros((missing, self.responses.outputs), self.dtype)])

    def close(self) -> None:
        """Give up the threads and what they have not begun. `finish` does so by itself."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _joined(self, pieces: list[Block]) -> Block:
        joined = pieces[0] if len(pieces) == 1 else np.concatenate([self._nothing(), *pieces])
        self._emitted += len(joined)
        return joined

    def _nothing(self) -> Block:
        return np.empty((0, self.responses.outputs), self.dtype)

    def _taken(self, block: Block) -> list[Block]:
        """Store a block, and return the outputs of the groups that are ready."""
        pieces, start = [], 0
        while start < len(block):
            row, within = divmod(self._filled, self.transforms.hop)
            size = min(self.transforms.hop - within, len(block) - start)
            self._store(block[start : start + size], row, within)
            start += size
            self._filled += size
            if self._filled == self.transforms.span:
                pieces += self._submitted()
        return pieces

    def _store(self, block: Block, row: int, within: int) -> None:
        """Write a block that fits into a row of the window; a full row begins the next one."""
        cut = self.transforms
        place = self._window[:, row, cut.overlap + within : cut.overlap + within + len(block)]
        # Infinities in a floating-point sound are the sound's own; they pass without a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            np.copyto(place, block.T)
            if place.size and not (np.isfinite(place.min()) and np.isfinite(place.max())):
                self._excluded.clear(place, self._groups * cut.span + self._filled)
        if within + len(block) == cut.hop and row + 1 < cut.batch:
            self._window[:, row + 1, : cut.overlap] = self._window[:, row, cut.hop :]

    def _fill_up(self) -> None:
        """Put zeros where the signal has ended within the window."""
        row, within = divmod(self._filled, self.transforms.hop)
        self._window[:, row, self.transforms.overlap + within :] = 0
        self._window[:, row + 1 :] = 0

    def _submitted(self) -> list[Block]:
        """Hand the window over, begin the next, and return the group that had to be waited for."""
        ready = [self._collected()] if len(self._pending) == self._workers else []
        cut, full, group = self.transforms, self._window, self._groups
        self._window = self._spare.pop() if self._spare else np.empty(self._size, self.dtype)
        self._window[:, 0, : cut.overlap] = full[:, -1, cut.hop :]
        self._groups, self._filled = group + 1, 0
        unknown = self._excluded.within(group * cut.span, (group + 1) * cut.span)

        def work() -> Block:
            with np.errstate(over="ignore", invalid="ignore"):
                result = self._spectra.convolve(full, group)
            for span in unknown:
                result[span.start : span.stop, span.output] = np.nan
            return result

        self._pending.append((self._started(work), full))
        return ready

    def _started(self, work: Callable[[], Block]) -> Future[Block]:
        if self._workers > 1:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._workers)
            return self._pool.submit(work)
        done: Future[Block] = Future()
        done.set_result(work())
        return done

    def _collected(self) -> Block:
        """Wait for the oldest group, and take its window back."""
        future, window = self._pending.popleft()
        result = future.result()
        self._spare.append(window)
        return result
