"""Rooms: a sound convolved with a recorded impulse response."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcli.errors import UsageError

from . import responses
from .effects import Prepared
from .formats import Encoding
from .resampling import resample
from .responding import convolution, described
from .responses import Layout, Norm, Recording, Samples
from .taps import Delay, Tail, tail_frames

LONGEST_PRE_DELAY = 10  # seconds: it is part of the response


@dataclass(frozen=True, slots=True)
class Reverb:
    """What is done to a sound: ``y = dry x + wet (h * x)``, both beginning together.

    The response h is, in this order: trimmed, faded out, turned round, brought to the rate of the sound, laid
    out between the channels, brought to its level, and delayed.

    Parameters
    ----------
    recording : Recording
        The impulse response.
    wet, dry : float
        Gains of the convolved sound and of the sound itself.
    layout : str
        As for `responses.lay_out`.
    norm : str
        As for `responses.norm_factor`.
    trim_db : float or None
        What is softer than this at both ends is cut off, relative to the peak; None: nothing.
    fade, pre_delay : Delay or None
        How long the end fades out; silence before the start.
    reverse : bool
        Whether the response runs backwards.
    tail : "keep", "cut" or Delay
        How long the result goes on after the sound has ended: as long as the response, not at all, or exactly
        so long.
    workers : int or None
        Threads; None: one a CPU.
    """

    recording: Recording
    wet: float = 1.0
    dry: float = 0.0
    layout: Layout = "auto"
    norm: Norm = "none"
    trim_db: float | None = None
    fade: Delay | None = None
    pre_delay: Delay | None = None
    reverse: bool = False
    tail: Tail = "keep"
    workers: int | None = None

    def prepare(self, sound: Encoding, frames: int | None, *, dtype: np.dtype[Any]) -> Prepared:
        """Return the reverb for a sound: the response at its rate and for its channels.

        Raises
        ------
        UsageError
            Their channels do not fit each other, or a time makes no sense at this rate.
        """
        recording, begins = self._edited(sound.rate)
        laid_out = responses.lay_out(recording, self.layout, sound.channels)
        factor = responses.norm_factor(laid_out, self.norm)
        delay = self._delay(sound.rate)
        early = max(begins - delay, 0)
        total = _with_dry(self.wet * factor * laid_out, delay - begins, self.dry, early)
        return convolution(
            total,
            sound,
            frames,
            name=self.recording.name,
            early=early,
            tail=tail_frames(self.tail, sound.rate, reach=len(total) - 1 - early),
            dtype=dtype,
            workers=self.workers,
            notes=self._notes(recording, begins, delay, factor),
            delays=(delay,) if self.pre_delay else (),
        )

    def _edited(self, rate: int) -> tuple[Recording, int]:
        """The response in time, at the rate of the sound, and how many of its samples precede its start."""
        samples = self.recording.samples
        if self.trim_db is not None:
            samples = responses.trim(samples, self.trim_db)
        if self.fade is not None:
            samples = responses.fade(samples, self.fade.frames(self.recording.rate))
        if self.reverse:
            samples = samples[::-1]
        samples, begins = resample(samples, self.recording.rate, rate)
        return replace(self.recording, samples=samples, rate=rate), begins

    def _delay(self, rate: int) -> int:
        frames = 0 if self.pre_delay is None else self.pre_delay.frames(rate)
        if frames > LONGEST_PRE_DELAY * rate:
            raise UsageError(
                f"--pre-delay {self.pre_delay}: is longer than {LONGEST_PRE_DELAY} s",
                hint="write e.g. 20ms",
            )
        return frames

    def _notes(self, edited: Recording, begins: int, delay: int, factor: float) -> tuple[str, ...]:
        peak = int(np.abs(edited.samples).max(axis=1).argmax()) - begins
        after = f"its peak {1000 * peak / edited.rate:.1f} ms after its start"
        notes = [f"{described(self.recording, edited)}, {after}"]
        if self.pre_delay is not None:
            notes.append(f"pre-delay {self.pre_delay} = {delay} samples at {edited.rate} Hz")
        if self.norm != "none":
            notes.append(f"--ir-norm {self.norm}: {responses.decibels(factor)}")
        return tuple(notes)


def _with_dry(wet: Samples, delay: int, dry: float, early: int) -> Samples:
    """Responses that begin at `delay`, which may be before 0, with the sound itself at 0."""
    start = delay + early
    length = max(start + len(wet), early + 1)
    total = np.zeros((length, *wet.shape[1:]))
    total[start : start + len(wet)] = wet
    if wet.ndim == 3:
        # A sound of one channel is both left and right.
        inputs, outputs = wet.shape[1:]
        total[early] += dry * (np.eye(inputs) if inputs == outputs else np.ones((inputs, outputs)))
    else:
        total[early] += dry
    return total
