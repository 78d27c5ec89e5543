"""Sounds convolved with any kernel: numbers, a named one, or a recorded response."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from convcli.arithmetic.normalization import Normalization, divisor
from convcli.errors import ShapeError, UsageError
from convcli.kernels import Kernel

from . import responses
from .effects import Prepared
from .formats import Encoding
from .resampling import resample
from .responding import convolution, described
from .responses import Recording, Samples

Mode = Literal["full", "same", "valid"] | int


@dataclass(frozen=True, slots=True)
class Convolve:
    """What is done to a sound: ``y[n] = w[0] x[n] + w[1] x[n - 1] + ...``, with zeros around the sound.

    Parameters
    ----------
    kernel : Kernel or Recording
        Weights a sample each, of which the columns of a table are added up; or a recorded response, which is
        brought to the rate of the sound.
    normalization : str
        Divide by the sum of the weights, of their absolute values, or of the positive ones; of
        several channels, by the largest.
    correlate : bool
        Whether the weights lie on the sound in the order of time, not turned round.
    mode : "full", "same", "valid" or int
        The whole result; as long as the sound, with its middle weight on each sample; only where all weights
        lie on the sound; or with so many zeros around it.
    method : str
        As for `plan_response`.
    workers : int or None
        Threads; None: one a CPU.
    """

    kernel: Kernel | Recording
    normalization: Normalization = "none"
    correlate: bool = False
    mode: Mode = "full"
    method: str = "auto"
    workers: int | None = None

    def prepare(self, sound: Encoding, frames: int | None, *, dtype: np.dtype[Any]) -> Prepared:
        """Return the convolution for a sound.

        Raises
        ------
        UsageError
            The kernel has nothing for a line, or its channels do not fit the sound's.
        ShapeError
            The sound is shorter than what is left out at its ends.
        ConvError
            The weights cannot be divided as asked.
        """
        weights, begins, notes = self._weights(sound)
        weights = weights / self._divisor(weights)
        weights, early, tail = self._placed(weights, begins)
        if frames is not None and frames + tail < 0:
            raise ShapeError(
                f"a kernel of {len(weights)} samples is longer than the sound of {frames}",
                hint="choose a shorter kernel, or --padding same or full",
            )
        return convolution(
            weights,
            sound,
            frames,
            name=self.kernel.name,
            early=early,
            tail=tail,
            dtype=dtype,
            workers=self.workers,
            notes=notes,
            method=self.method,
        )

    def _weights(self, sound: Encoding) -> tuple[Samples, int, tuple[str, ...]]:
        """The weights for a sound, how many of them are there before the first, and what they are like."""
        if isinstance(self.kernel, Kernel):
            line, notes = _line(self.kernel)
            return line[::-1] if self.correlate else line, 0, notes
        recording = self.kernel
        samples = recording.samples[::-1] if self.correlate else recording.samples
        samples, begins = resample(samples, recording.rate, sound.rate)
        edited = replace(recording, samples=samples, rate=sound.rate)
        laid_out = responses.lay_out(edited, "auto", sound.channels)
        return laid_out, begins, (described(recording, edited),)

    def _divisor(self, weights: Samples) -> float:
        return divisor(
            self.normalization,
            total=responses.constant_gain(weights),
            absolute=responses.worst_case(weights),
            positive=responses.worst_case(np.maximum(weights, 0)),
        )

    def _placed(self, weights: Samples, begins: int) -> tuple[Samples, int, int]:
        """The weights, how many of them look ahead, and how much longer than the sound the result is."""
        reach = len(weights) - 1
        match self.mode:
            case "full":
                return weights, begins, reach - begins
            case "same":
                return weights, reach // 2, 0
            case "valid":
                return weights, reach, -reach
            case zeros:
                return weights, reach - zeros, 2 * zeros - reach


def _line(kernel: Kernel) -> tuple[Samples, tuple[str, ...]]:
    """The weights of a kernel along time, and what has become of a table."""
    if min(kernel.plane.shape) == 1:
        return kernel.array.ravel(), ()
    # A line of samples is a picture that looks the same at every height.
    line = kernel.plane.sum(axis=0)
    height, width = kernel.plane.shape
    if not line.any():
        raise UsageError(
            f"{kernel.name}: the columns of its {height}x{width} weights add up to 0, and a sound is a line",
            hint="give numbers such as 1,2,1, a kernel of one row such as pair-x, or a recorded response",
        )
    return line, (f"{kernel.name}: the columns of its {height}x{width} weights are added up",)
