"""What can be done to a sound, and everything about it that is decided before the first sample is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from convcli.engine.streams import Stream

from .formats import Encoding

Block = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class KernelFacts:
    """What a report says of an impulse response.

    Parameters
    ----------
    name : str
    length : int
        Samples from the first to the last weight, both included.
    sum : float
        Sum of its weights: the gain of a constant.
    """

    name: str
    length: int
    sum: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """An effect for one sound: everything decided, nothing computed.

    Parameters
    ----------
    kernel : KernelFacts
        What to report.
    channels : int
        Of the result.
    tail : int
        Samples of the result after the end of the input; below 0, it ends before that.
    stream : callable
        Makes the engine's stream, each time a new one. It takes blocks of shape (frames, channels), and is
        handed the tail as `tail` frames of silence, block by block, before ``finish(0)``.
    dtype : dtype
        Floating type of what the stream returns.
    method, reason : str
        How it will be computed, and why so.
    seconds_per_frame : float
        What a frame of the result is expected to cost one core; reading and writing not included.
    notes : tuple of str
        What the user should know, a line each: delays that were realised, say.
    details : mapping of str to Any
        What the JSON report adds.
    ahead : int
        Samples of the response that stand before the sample they belong to: the stream looks so far ahead, or
        so far back if it is below 0.
    """

    kernel: KernelFacts
    channels: int
    tail: int
    stream: Callable[[], Stream]
    dtype: np.dtype[Any]
    method: str
    reason: str
    seconds_per_frame: float
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    ahead: int = 0


class Effect(Protocol):
    """What can be done to a sound: `Echo`, `Reverb` and `Convolve`."""

    def prepare(self, sound: Encoding, frames: int | None, *, dtype: np.dtype[Any]) -> Prepared:
        """Decide how a sound is worked on.

        Parameters
        ----------
        sound : Encoding
            That of the input.
        frames : int or None
            Its length, if that is certain.
        dtype : dtype
            float32 or float64: transforms in it are exact enough for the result; see `precision.work_dtype`.

        Raises
        ------
        ConvError
            The effect makes no sense for this sound.
        """


class Viewer(Protocol):
    """Looks at a sound as it was and as it became, while it passes.

    The two methods may be called by different threads. What they get is overwritten afterwards.
    """

    def before(self, block: Block, rate: int) -> None:
        """See the next block of the input, shape (frames, channels)."""

    def after(self, block: Block, rate: int) -> None:
        """See the next block of the result, before it is rounded to its sample format."""
