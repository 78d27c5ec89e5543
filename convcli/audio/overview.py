"""A sound at a glance, gathered while it passes: the range of its samples, and its spectrum, over time.

Memory does not grow with the sound: columns are merged two by two when there are too many.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .effects import Block

_MOST_COLUMNS = 1024  # half as many at least, once a sound is long: about as many as a plot has pixels
_WINDOW_SECONDS = 0.04
_BANDS = (
    256  # of frequencies at most, which grow by the same factor each; at least a line of the spectrum wide
)
_FLOOR = 1e-15  # relative power, -150 dB: what is softer is silence


class Columns:
    """Reduces a stream of rows to at most `most` columns that all stand for the same number of rows.

    Parameters
    ----------
    merge : ufunc
        ``np.minimum``, ``np.maximum`` or ``np.add``.
    width : int
        Numbers in a row.
    most : int
        Even.

    Attributes
    ----------
    step : int
        Rows in a column.
    """

    def __init__(self, merge: np.ufunc, width: int, *, most: int = _MOST_COLUMNS) -> None:
        self.step = 1
        self._merge = merge
        self._columns = np.empty((most, width), np.float32)
        self._count = 0
        self._pending = np.empty((0, width), np.float32)

    def push(self, rows: NDArray[np.floating]) -> None:
        """Take rows, shape (n, width)."""
        rows = np.concatenate([self._pending, rows])
        while len(rows) >= self.step:
            count = min(len(rows) // self.step, len(self._columns) - self._count)
            whole = rows[: count * self.step].reshape(count, self.step, -1)
            self._columns[self._count : self._count + count] = self._merge.reduce(whole, axis=1)
            self._count += count
            rows = rows[count * self.step :]
            if self._count == len(self._columns):
                self._count //= 2
                self._columns[: self._count] = self._merge(self._columns[::2], self._columns[1::2])
                self.step *= 2
        self._pending = rows.copy()

    def result(self) -> NDArray[np.float32]:
        """Return the columns, shape (columns, width); the last may stand for fewer rows."""
        last = [self._merge.reduce(self._pending, axis=0)] if len(self._pending) else []
        return np.array([*self._columns[: self._count], *last], np.float32)

    def rows(self) -> NDArray[np.int64]:
        """Return how many rows each column stands for."""
        last = [len(self._pending)] if len(self._pending) else []
        return np.array([*[self.step] * self._count, *last], np.int64)


class Overview:
    """Gathers one sound.

    Parameters
    ----------
    rate : int
        In Hz.
    channels : int

    Attributes
    ----------
    frames : int
        Length so far.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self.rate = rate
        self.channels = channels
        self.frames = 0
        self._low = Columns(np.minimum, channels)
        self._high = Columns(np.maximum, channels)
        self._window = 1 << max(4, round(np.log2(_WINDOW_SECONDS * rate)))
        # A sine of full scale has the power 1.
        weights = np.hanning(self._window + 1)[:-1]
        self._weights = (weights / (weights.sum() / 2)).astype(np.float32)
        lines = self._window // 2
        self._lines = np.unique(np.geomspace(1, lines + 1, _BANDS + 1).round().astype(int))
        self._powers = Columns(np.add, len(self._lines) - 1)
        self._pending = np.zeros((channels, lines), np.float32)  # the first window begins before the sound

    def push(self, block: Block) -> None:
        """Take the next block, shape (frames, channels)."""
        if not len(block):
            return
        block = np.nan_to_num(block.astype(np.float32), posinf=0.0, neginf=0.0)
        self.frames += len(block)
        self._low.push(block)
        self._high.push(block)
        self._transform(block)

    def extent(self) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
        """Return the range of the samples: seconds, shape (n,), least and largest, shape (n, channels)."""
        low = self._low.result().reshape(-1, self.channels)
        seconds = (np.arange(len(low)) + 0.5) * self._low.step / self.rate
        return seconds, low, self._high.result().reshape(-1, self.channels)

    def spectrogram(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return edges of columns in seconds, edges of bands in Hz, and levels in dB of full scale.

        Returns
        -------
        seconds : ndarray, shape (n + 1,)
        frequencies : ndarray, shape (k + 1,)
        levels : ndarray, shape (k, n)
            The mean power of all channels and lines of a band; a sine of full scale has 0 dB in its line.
        """
        self._transform(np.zeros((self._window // 2, self.channels), np.float32))
        sums, counts = self._powers.result(), self._powers.rows()
        hop = self._window // 2
        seconds = np.append(0, np.cumsum(counts)) * hop / self.rate
        powers = sums.reshape(len(counts), -1) / np.maximum(counts, 1)[:, np.newaxis]
        frequencies = (self._lines - 0.5) * self.rate / self._window
        return seconds, frequencies, 10 * np.log10(np.maximum(powers.T.astype(np.float64), _FLOOR))

    def _transform(self, block: NDArray[np.float32]) -> None:
        """Add the power of each window, which overlaps the one before by half."""
        hop = self._window // 2
        samples = np.concatenate([self._pending, block.T], axis=1)
        count = max(0, samples.shape[1] // hop - 1)
        if count:
            windows = np.lib.stride_tricks.sliding_window_view(samples, self._window, axis=1)[:, ::hop][
                :, :count
            ]
            spectra = np.fft.rfft(windows * self._weights, axis=-1)
            powers = (np.square(spectra.real) + np.square(spectra.imag)).mean(axis=0)
            bands = np.add.reduceat(powers, self._lines[:-1], axis=-1)
            self._powers.push(bands / np.diff(self._lines).astype(np.float32))
        self._pending = samples[:, count * hop :].copy()
