"""An echo that is fed back: every echo is made from the one before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from convcli.engine.streams import FeedbackStream, TapStream

Block = NDArray[np.floating]


class EchoLoop:
    """``y[n] = dry x[n] + w[n]`` with ``w[n] = gain x[n - delay] + feedback w[n - delay]``.

    Parameters
    ----------
    delay : int
        In frames, 1 or more.
    gain : float
        Of the first echo.
    feedback : float
        Gain of each echo relative to the one before; between -1 and 1.
    dry : float
        Gain of the sound itself.
    channels : int
        Of the sound; 1 or 2 if echoes bounce.
    bounce : bool
        The echoes are of the mean of the channels, the first on the left, the next on the right, and so on;
        the result has two channels.

    Raises
    ------
    ConvError
        The feedback does not fade.
    """

    def __init__(
        self, delay: int, *, gain: float, feedback: float, dry: float, channels: int, bounce: bool = False
    ) -> None:
        self._dry = dry
        self._bounce = bounce
        self._channels = channels
        looped = 1 if bounce else channels
        self._delayed = TapStream([delay], [1.0], channels=looped)
        # Where echoes bounce, every other one is on the left, and the right is the left once more: just like
        # left and right that feed each other, which would be slow with short delays.
        period, factor = (2 * delay, feedback * feedback) if bounce else (delay, feedback)
        self._fed_back = FeedbackStream([period], [factor], gain=gain, channels=looped)
        self._right = TapStream([delay], [feedback], channels=1)
        self.echoes = -(-self._fed_back.tail_frames() // delay)  # to -60 dB of the first

    def push(self, block: Block) -> Block:
        """Return the output for the next block of input, shape (frames, outputs)."""
        # Infinities in a floating-point sound are the sound's own; they pass without a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            entering = block.mean(axis=1, keepdims=True) if self._bounce else block
            wet = self._fed_back.push(self._delayed.push(entering))
            if self._bounce:
                wet = np.concatenate([wet, self._right.push(wet)], axis=1)
            wet += self._dry * block
        return wet

    def finish(self, tail: int | None = None) -> Block:
        """Return so many frames after the last block; default: those with echoes to -60 dB."""
        frames = self.echoes * self._delayed.depth if tail is None else tail
        return self.push(np.zeros((frames, self._channels)))
