"""How a room's response fades: its beginning, its energy decay curve, its reverberation time.

References
----------
M. R. Schroeder, "New method of measuring reverberation time", J. Acoust. Soc. Am. 37, 409, 1965.
ISO 3382-1:2009, Acoustics - Measurement of room acoustic parameters, Part 1: Performance spaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

_ONSET = 10 ** (-20 / 20)  # of the peak, where a response is taken to begin (ISO 3382-1, 5.3.2)
_SPAN = 0.01  # seconds over which energy is gathered to tell sound from background noise
_LAST = 0.1  # of a response, whose energy is taken for the background's
_ABOVE_NOISE = 2.0  # times its energy, up to where a response counts
_MARGIN = 10.0  # dB that the background has to be below what is evaluated (ISO 3382-1, 5.3.3)
_LEAST_POINTS = 8  # of a line through a curve

# From how far below the beginning to how far a line is laid through the curve, in dB.
EVALUATIONS = {"EDT": (0.0, -10.0), "T20": (-5.0, -25.0), "T30": (-5.0, -35.0)}


@dataclass(frozen=True, slots=True, eq=False)
class Decay:
    """The fading of a response.

    Parameters
    ----------
    rate : int
        In Hz.
    onset : int
        Sample at which the direct sound arrives: the first within 20 dB of the peak.
    peak : int
        Sample of the largest value.
    end : int
        Sample from which on there is nothing but background noise.
    curve : ndarray of float64
        Energy that is still to come, in dB of all energy, at each sample from `onset` to `end`.
    noise_db : float or None
        Level of the background below the loudest 10 ms; None where there is none at all.
    """

    rate: int
    onset: int
    peak: int
    end: int
    curve: Samples
    noise_db: float | None

    def time(self, name: str) -> float | None:
        """Return a reverberation time: how long a fall by 60 dB takes at the slope of a part of the curve.

        Parameters
        ----------
        name : str
            One of `EVALUATIONS`.

        Returns
        -------
        float or None
            In seconds; None where the curve does not fall so far, or the background is too near.
        """
        top, bottom = EVALUATIONS[name]
        if self.noise_db is not None and self.noise_db > bottom - _MARGIN:
            return None
        first, last = (int(np.searchsorted(-self.curve, -level)) for level in (top, bottom))
        if last >= len(self.curve) or last - first < _LEAST_POINTS:
            return None
        slope = _slope(self.curve[first : last + 1]) * self.rate
        # A curve that ends at once falls by more decibels than there are.
        return -60 / slope if -np.inf < slope < 0 else None

    @property
    def rt60(self) -> tuple[float, str] | None:
        """The reverberation time from the largest range that the background leaves, and the range's name."""
        for name in ("T30", "T20"):
            if (seconds := self.time(name)) is not None:
                return seconds, name
        return None

    def level(self, seconds: float) -> float:
        """Return the energy still to come so long after the onset, in dB of all; -inf after the end."""
        sample = round(seconds * self.rate)
        return float(self.curve[sample]) if sample < len(self.curve) else -np.inf


def analyse(samples: Samples, rate: int) -> Decay:
    """Find how a response fades.

    Energy is integrated backwards (Schroeder 1965), up to where the background begins; what would have
    followed is added as if the sound had gone on to fade as before (ISO 3382-1, 5.3.3, the constant C).

    Parameters
    ----------
    samples : ndarray of float64, shape (frames, channels)
        Not silent. The energies of the channels are added.
    rate : int
        In Hz.
    """
    envelope = np.abs(samples).max(axis=1)
    scale = float(envelope.max())
    envelope /= scale
    peak = int(envelope.argmax())
    onset = int((envelope >= _ONSET).argmax())
    energy = np.square(samples[onset:] / scale).sum(axis=1)
    span = max(1, round(_SPAN * rate))
    gathered = np.add.reduceat(energy, np.arange(0, len(energy), span))[: max(1, len(energy) // span)]
    noise = float(gathered[-max(1, int(_LAST * len(gathered))) :].mean()) if len(gathered) > 1 else 0.0
    loudest_span = int(gathered.argmax())
    [quiet] = np.nonzero(gathered[loudest_span:] <= _ABOVE_NOISE * noise)
    count = (loudest_span + int(quiet[0])) * span if len(quiet) and noise else len(energy)
    kept = energy[: max(count, 1)]
    remaining = np.cumsum(kept[::-1])[::-1]
    if noise:
        remaining += _missing(gathered[loudest_span : count // span])
    with np.errstate(divide="ignore"):
        curve = 10 * np.log10(remaining / remaining[0])
    loudest = float(gathered.max())
    noise_db = 10 * log10(noise / loudest) if noise else None
    return Decay(rate, onset, peak, onset + len(kept), curve, noise_db)


def _missing(gathered: Samples) -> float:
    """Return the energy after the last span, if it had gone on to fade as it did in the end."""
    late = gathered[-max(_LEAST_POINTS, len(gathered) // 4) :]
    if len(late) < _LEAST_POINTS or not (late > 0).all():
        return 0.0
    levels = 10 * np.log10(late)
    slope = _slope(levels)
    if slope >= 0:
        return 0.0
    ratio = 10 ** (slope / 10)  # from a span to the next; the line passes through the middle of all
    return float(10 ** (levels.mean() / 10) * ratio ** ((len(late) + 1) / 2) / (1 - ratio))


def _slope(levels: Samples) -> float:
    """Return the slope of a line of least squares through levels, in dB a step."""
    steps = np.arange(len(levels)) - (len(levels) - 1) / 2
    return float(steps @ levels / (steps @ steps))
