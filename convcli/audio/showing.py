"""Impulse responses as text: what they are, how they fade, as tables, CSV or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10
from typing import Any

import numpy as np

from .decay import EVALUATIONS, Decay
from .responses import Recording

CHANNELS = ("channel", "peak", "at", "sum", "sum of |h|", "worst-case gain")
CURVE = ("time", "energy to come", "")
COLUMNS = ("seconds", "energy_db")  # of CSV

_FLOOR = -60.0  # dB: where curves end
_ROWS = 24
_STEPS = (1, 2, 5)  # times a power of ten
_GAP = 3  # between the columns of a table


def title(recording: Recording) -> str:
    """Return the line above: length, rate and channels."""
    frames, channels = recording.samples.shape
    plural = "channel" if channels == 1 else "channels"
    return (
        f"{recording.name}: {recording.seconds:.4g} s, {frames} samples at {recording.rate} Hz, "
        f"{channels} {plural}"
    )


def channels(recording: Recording) -> list[tuple[str, ...]]:
    """Return a row of `CHANNELS` for each channel."""
    rows: list[tuple[str, ...]] = []
    for number, h in enumerate(recording.samples.T, 1):
        absolute = float(np.abs(h).sum())
        peak = int(np.abs(h).argmax())
        gain = f"{20 * log10(absolute):+.2f} dB" if absolute else "silent"
        rows.append((str(number), f"{h[peak]:.6g}", str(peak), f"{h.sum():.6g}", f"{absolute:.6g}", gain))
    return rows


def curve(decay: Decay, *, width: int, bar: str) -> list[tuple[str, ...]]:
    """Return rows of `CURVE`: the energy decay curve down to -60 dB, in steps that are easily read.

    Parameters
    ----------
    decay : Decay
    width : int
        Columns of text to fill.
    bar : str
        One character of a bar.
    """
    shown = int(np.count_nonzero(decay.curve >= _FLOOR)) / decay.rate
    step = _step(shown / _ROWS)
    decimals = max(0, ceil(-log10(step)))
    rows: list[tuple[str, str, float]] = []
    for number in range(max(1, ceil(shown / step))):
        level = decay.level(number * step)
        if rows and level < _FLOOR:  # rounded to just behind the end
            break
        rows.append((f"{number * step:.{decimals}f} s", f"{level:.1f} dB", level))
    labels = max(len(label) for label, _, _ in rows)
    room = max(1, width - labels - len(CURVE[1]) - 2 * _GAP)
    return [(label, text, bar * round((1 - level / _FLOOR) * room)) for label, text, level in rows]


def notes(decay: Decay) -> list[str]:
    """Say when the sound arrives, and how long it takes to fade."""
    lines = [f"direct sound at sample {decay.onset} ({1000 * decay.onset / decay.rate:.4g} ms)"]
    if decay.noise_db is not None:
        lines.append(f"the end is {-decay.noise_db:.0f} dB below the loudest 10 ms")
    if found := decay.rt60:
        seconds, name = found
        top, bottom = EVALUATIONS[name]
        lines.append(
            f"reverberation time RT60 {seconds:.3g} s ({name}: the slope from {top:g} to {bottom:g} dB)"
        )
    else:
        lines.append("no reverberation time: it needs a fall by 25 dB, 10 dB above what is left in the end")
    return lines


def record(recording: Recording, decay: Decay) -> dict[str, Any]:
    """Return a response as a JSON object with documented keys."""
    h = recording.samples
    absolute = np.abs(h).sum(axis=0)
    found = decay.rt60
    step = _step(len(decay.curve) / decay.rate / (4 * _ROWS))
    count = ceil(len(decay.curve) / decay.rate / step)
    return {
        "name": recording.name,
        "sample_rate": recording.rate,
        "shape": list(h.shape),
        "seconds": recording.seconds,
        "peak": np.abs(h).max(axis=0).tolist(),
        "sum": h.sum(axis=0).tolist(),
        "absolute_sum": absolute.tolist(),
        "worst_case_gain_db": 20 * log10(absolute.max()),
        "direct_sound_sample": decay.onset,
        "peak_sample": decay.peak,
        "noise_db": decay.noise_db,
        "rt60": found[0] if found else None,
        "rt60_from": found[1] if found else None,
        **{name.lower(): decay.time(name) for name in EVALUATIONS},
        "decay": [[round(number * step, 9), decay.level(number * step)] for number in range(count)],
    }


def rows(decay: Decay) -> list[Sequence[str]]:
    """Return the energy decay curve as rows of `COLUMNS`, one a millisecond."""
    step = max(1, round(decay.rate / 1000))
    return [
        (f"{sample / decay.rate:.6f}", f"{level:.3f}")
        for sample, level in zip(range(0, len(decay.curve), step), decay.curve[::step], strict=True)
        if np.isfinite(level)
    ]


def _step(least: float) -> float:
    """Return the next of 1, 2, 5, 10, 20 ... times a power of ten."""
    decade = 10.0 ** np.floor(np.log10(least))
    return next(float(nice * decade) for nice in (*_STEPS, 10) if nice * decade >= least * (1 - 1e-9))
