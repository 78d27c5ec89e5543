"""From a sound to a sound: read, convolve, level, round and write, block by block."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcli.engine import Candidate
from convcli.engine.streams import pages
from convcli.errors import ConvError
from convcli.files import display_name
from convcli.jobs import Job

from . import formats, level, precision, reading, writing
from .effects import Effect, Prepared, Viewer
from .finish import Finish
from .formats import Encoding
from .running import Run, Step

# Measured on 21 minutes of stereo 16-bit WAV, on one core of a 2-core server in 2026.
_SECONDS_A_SAMPLE = 3.4e-9  # read, quantise and write


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one sound.

    Parameters
    ----------
    source, target : Encoding
        Of the input and of the result.
    prepared : Prepared
        How it was computed.
    frames : int
        Length of the input; the output is ``prepared.tail`` longer.
    clipped : int
        Samples that were limited, of all channels.
    peak : float
        Largest absolute finite sample before limiting, full scale 1.0.
    gain_db : float
        Gain applied to the whole output, in decibels; 0 unless it was normalised.
    safe_gain_db : float
        Gain that would have kept every sample in range.
    nonfinite : int
        Samples of the output that are infinite or not a number.
    lost_tags : tuple of str
        Tags and chunks of the input that the output does not have.
    dithered : bool
        Whether noise was added before rounding.
    seconds : float or None
        Time taken; None if nothing was written.
    """

    source: Encoding
    target: Encoding
    prepared: Prepared
    frames: int
    clipped: int = 0
    peak: float = 0.0
    gain_db: float = 0.0
    safe_gain_db: float = 0.0
    nonfinite: int = 0
    lost_tags: tuple[str, ...] = ()
    dithered: bool = False
    seconds: float | None = None

    @property
    def peak_dbfs(self) -> float | None:
        """Peak level before limiting; None for silence."""
        return level.dbfs(self.peak)

    @property
    def candidate(self) -> Candidate:
        """The method, what it should have taken with reading and writing uncompressed, and took."""
        frames = self.frames + self.prepared.tail
        return Candidate(
            method=self.prepared.method,
            applies=True,
            reason=self.prepared.reason,
            work_dtype=self.prepared.dtype,
            predicted_seconds=frames
            * (self.prepared.seconds_per_frame + _SECONDS_A_SAMPLE * self.prepared.channels),
            measured_seconds=self.seconds,
        )

    def clipping(self) -> str:
        """Say how much was clipped, for warnings and errors."""
        return f"{_samples(self.clipped)} clipped, peak {self.peak_dbfs or 0.0:+.2f} dBFS"

    def remedy(self) -> str:
        """Say what would have kept every sample in range."""
        return f"{-self.safe_gain_db:.2f} dB less avoids it, as does --clip normalize"

    def notes(self) -> tuple[str, ...]:
        """Say what the effect decided and, where that is not what always happens, what the level became."""
        lines = list(self.prepared.notes)
        if self.gain_db:
            lines.append(f"{self.gain_db:+.2f} dB applied: the peak became {self.peak_dbfs or 0.0:z.2f} dBFS")
        if self.dithered:
            lines.append(f"rounded to {self.target.subtype} with TPDF dither")
        return tuple(lines)

    def warnings(self, job: Job) -> tuple[str, ...]:
        """Say what is wrong with the output, or was lost."""
        target = display_name(job.target, output=True)
        lines = []
        if self.clipped:
            lines.append(f"{display_name(job.source)}: {self.clipping()}; {self.remedy()}")
        if self.nonfinite:
            lines.append(f"{target}: {_samples(self.nonfinite)} infinite or not a number")
        if self.lost_tags:
            names = ", ".join(self.lost_tags)
            lines.append(f"{target}: is written without {names}")
        return tuple(lines)


def _no_step(done: float, total: float | None) -> None:
    """Take no notice of progress."""


def process(
    job: Job,
    effect: Effect,
    finish: Finish,
    *,
    dry_run: bool = False,
    step: Step = _no_step,
    show: Viewer | None = None,
) -> Outcome:
    """Read a sound, apply an effect to it, and write it. Memory does not grow with its length.

    Parameters
    ----------
    job : Job
        From where to where.
    effect : Effect
        What to do.
    finish : Finish
        Level and sample format of the result.
    dry_run : bool
        Write nothing. A sound of uncertain length is read through.
    step : callable
        Called after every block. What it raises ends the work, and leaves no file.
    show : Viewer, optional
        Sees every block as it was read and as it became.

    Raises
    ------
    ReadError, WriteError, UsageError
        The sound cannot be read or written so.
    ConvError
        Samples were clipped and `finish.clip` is ``"error"``.
    """
    started = time.perf_counter()
    pages.keep()
    with reading.opened(job.source) as sound:
        stored = formats.choose(sound.encoding, suffix=job.suffix, subtype=finish.subtype)
        dtype = precision.work_dtype(sound.encoding, stored)
        prepared = _prepared(effect, sound, dtype)
        target = replace(stored, channels=prepared.channels)
        finish.check(target)
        if dry_run:
            frames = _length(sound, step) if sound.frames is None else sound.frames
            return Outcome(sound.encoding, target, prepared, frames)
        run = Run(job, prepared, finish, sound, target, step, show)
        with run.written() as sink:
            outcome = _outcome(run, sink)
            if outcome.clipped and finish.clip == "error":
                raise ConvError(
                    f"{display_name(job.source)}: {outcome.clipping()}; nothing is written",
                    hint=outcome.remedy(),
                )
    return replace(outcome, seconds=time.perf_counter() - started)


def _prepared(effect: Effect, sound: reading.Source, dtype: np.dtype[Any]) -> Prepared:
    """Prepare, and put the sound's name before what is wrong with it."""
    try:
        return effect.prepare(sound.encoding, sound.frames, dtype=dtype)
    except ConvError as error:
        raise type(error)(f"{sound.name}: {error.message}", hint=error.hint) from None


def _outcome(run: Run, sink: writing.Sink) -> Outcome:
    quantise, prepared = sink.quantise, run.prepared
    return Outcome(
        source=run.sound.encoding,
        target=run.target,
        prepared=prepared,
        frames=sink.frames - prepared.tail,
        clipped=quantise.clipped,
        peak=quantise.meter.peak,
        gain_db=run.gain_db,
        safe_gain_db=level.safe_gain(quantise.meter.peak, run.limit),
        nonfinite=quantise.meter.nonfinite,
        lost_tags=sink.lost_tags,
        dithered=run.dithered,
    )


def _length(sound: reading.Source, step: Step) -> int:
    """Read a sound through, and return its frames."""
    frames = 0
    for block in sound.blocks():
        frames += len(block)
        step(frames, None)
    return frames


def _samples(count: int) -> str:
    return f"{count} sample" if count == 1 else f"{count} samples"
