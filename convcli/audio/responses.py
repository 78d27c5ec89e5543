"""Impulse responses from sounds: edited, laid out between channels, brought to a level."""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from convcli.errors import ConvError, ReadError, UsageError
from convcli.kernels.model import MOST_WEIGHTS

from . import reading

Samples = NDArray[np.float64]
Norm = Literal["none", "peak", "l1", "energy"]
Layout = Literal["auto", "mono", "stereo", "channels", "true-stereo"]

_TRUE_STEREO = 4  # left to left, left to right, right to left, right to right


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """A sound that is used as an impulse response.

    Parameters
    ----------
    name : str
        For messages.
    samples : ndarray of float64, shape (frames, channels)
    rate : int
        In Hz.
    """

    name: str
    samples: Samples
    rate: int

    @property
    def channels(self) -> int:
        """Channels of the recording."""
        return int(self.samples.shape[1])

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / self.rate


def read(source: str) -> Recording:
    """Read a whole sound as an impulse response.

    Raises
    ------
    ReadError
        It cannot be read, is silent, too long, or holds samples that are no finite numbers.
    """
    with reading.opened(source) as sound:
        blocks, count = [], 0
        for block in sound.blocks():
            blocks.append(block)
            count += block.size
            if count > MOST_WEIGHTS:
                raise ReadError(
                    f"{sound.name}: an impulse response of more than {MOST_WEIGHTS} samples",
                    hint="cut it to the part that sounds",
                )
    if not blocks or not any(block.any() for block in blocks):
        raise ReadError(f"{sound.name}: an impulse response that is silent makes everything silent")
    samples = np.concatenate(blocks)
    if not np.isfinite(samples).all():
        raise ReadError(f"{sound.name}: an impulse response with infinite samples, or not numbers")
    return Recording(sound.name, samples, sound.encoding.rate)


def trim(samples: Samples, below_db: float) -> Samples:
    """Cut off what is softer at both ends.

    Parameters
    ----------
    samples : ndarray, shape (frames, channels)
        Not silent.
    below_db : float
        Relative to the largest sample of all channels; below 0.
    """
    envelope = np.abs(samples).max(axis=1)
    [loud] = np.nonzero(envelope >= envelope.max() * 10 ** (below_db / 20))
    return samples[loud[0] : loud[-1] + 1]


def fade(samples: Samples, frames: int) -> Samples:
    """Fade the last frames out along half a period of a cosine; at most all of them."""
    count = min(frames, len(samples))
    curve = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, count + 1) / (count + 1))
    faded = samples.copy()
    faded[len(samples) - count :] *= curve[:, np.newaxis]
    return faded


def lay_out(recording: Recording, layout: Layout, channels: int) -> Samples:
    """Say which channel of a sound is heard in which channel of the result, and how.

    Parameters
    ----------
    recording : Recording
    layout : str
        ``mono``: the mean of all channels of the response, for every channel of the sound. ``stereo``: left
        and right, for a mono or stereo sound. ``channels``: one for each channel of the sound.
        ``true-stereo``: four, from left to left and right, then from right to left and right. ``auto``: one
        channel is mono; as many as the sound has are channels; two for a mono sound are stereo, four for a
        mono or stereo sound true stereo.
    channels : int
        Of the sound.

    Returns
    -------
    ndarray, shape (frames,), (frames, channels) or (frames, inputs, outputs)
        Responses as the engine's streams take them.

    Raises
    ------
    UsageError
        The channels do not fit each other.
    """
    samples, count = recording.samples, recording.channels
    if layout == "mono" or (layout == "auto" and count == 1):
        return samples.mean(axis=1) if count > 1 else samples[:, 0]
    if layout in ("auto", "channels") and count == channels:
        return samples
    if layout in ("auto", "stereo") and count == 2 and channels == 1:
        return samples[:, np.newaxis, :]
    if layout == "stereo" and count == channels == 2:
        return samples
    if layout in ("auto", "true-stereo") and count == _TRUE_STEREO and channels in (1, 2):
        matrix = samples.reshape(-1, 2, 2)
        # A sound of one channel is both left and right.
        return matrix if channels == 2 else matrix.sum(axis=1, keepdims=True)
    said = "" if layout == "auto" else f"--ir-layout {layout}: "
    raise UsageError(
        f"{said}{recording.name} has {channel_count(count)}, the sound {channels}: they do not fit",
        hint="a response has 1 channel, as many as the sound, 2 for a mono sound, or 4 for true stereo;"
        " --ir-layout mono takes the mean of them",
    )


def outputs_of(responses: Samples, channels: int) -> int:
    """Return the channels of the result for a sound of so many."""
    return responses.shape[2] if responses.ndim == 3 else channels


def norm_factor(responses: Samples, how: Norm) -> float:
    """Return what to multiply responses by, all alike.

    Parameters
    ----------
    responses : ndarray
        As `lay_out` returns them, not silent.
    how : str
        ``none``: 1. ``peak``: the largest sample becomes 1. ``l1``: nothing can become louder than full
        scale. ``energy``: noise keeps its level, in the output that is loudest.

    Raises
    ------
    ConvError
        They are silent.
    """
    magnitudes = np.abs(responses)
    match how:
        case "none":
            return 1.0
        case "peak":
            size = float(magnitudes.max())
        case "l1":
            size = worst_case(responses)
        case "energy":
            size = float(np.sqrt(_per_output(magnitudes**2).max()))
    if size == 0:
        raise ConvError("an impulse response that is silent has no level", hint="leave --ir-norm away")
    return 1 / size


def worst_case(responses: Samples) -> float:
    """Return the largest peak that a sound of peak 1 can have afterwards: the sum of the magnitudes."""
    return float(_per_output(np.abs(responses)).max())


def constant_gain(responses: Samples) -> float:
    """Return what a constant is multiplied by, in the output where that is most."""
    gains = np.atleast_1d(_per_output(responses))
    return float(gains[np.abs(gains).argmax()])


def decibels(gain: float) -> str:
    """Write a gain in decibels."""
    return f"{20 * log10(gain):+.2f} dB" if gain > 0 else "silence"


def _per_output(values: Samples) -> Samples:
    """Add up over time and inputs: one number an output."""
    total: Samples = values.sum(axis=(0, 1)) if values.ndim == 3 else values.sum(axis=0)
    return total


def channel_count(count: int) -> str:
    """Write a number of channels."""
    return "1 channel" if count == 1 else f"{count} channels"
