"""Sounds convolved with dense responses: what the engine is asked for, and what is told of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from convcli.engine.streams import AheadStream, Stream, plan_response, respond

from . import precision, responses
from .effects import KernelFacts, Prepared
from .formats import Encoding
from .responses import Recording, Samples

_ROUNDING = 1e-9  # of a sum of weights that is 1


def convolution(
    weights: Samples,
    sound: Encoding,
    frames: int | None,
    *,
    name: str,
    early: int,
    tail: int,
    dtype: np.dtype[Any],
    workers: int | None,
    notes: tuple[str, ...],
    delays: tuple[int, ...] = (),
    method: str = "auto",
) -> Prepared:
    """Return the convolution of a sound with responses.

    Parameters
    ----------
    weights : ndarray, shape (frames,), (frames, channels) or (frames, inputs, outputs)
        Responses as the engine's streams take them.
    sound : Encoding
    frames : int or None
        Its length, if that is certain.
    name : str
        Of the response.
    early : int
        Frames of the response that stand before the sample they belong to; below 0, it stands so far behind.
    tail : int
        Frames of the result after the end of the sound, or before it if less than 0.
    dtype : dtype
        Of the computation, unless the response is too loud for it.
    workers : int or None
        Threads.
    notes : tuple of str
        What the user should know; the worst case is added.
    delays : tuple of int
        To report.
    method : str
        As for `plan_response`.
    """
    dtype = precision.for_response(dtype, weights)
    late = np.concatenate([np.zeros((max(-early, 0), *weights.shape[1:])), weights])
    planned = plan_response(late, channels=sound.channels, dtype=dtype, frames=frames, method=method)

    def stream() -> Stream:
        flow = respond(
            late, channels=sound.channels, dtype=dtype, frames=frames, method=method, workers=workers
        )
        # Where the result ends before the sound does, no silence is pushed that could be asked for.
        return AheadStream(flow, early, last=early + min(tail, 0)) if early > 0 else flow

    return Prepared(
        kernel=KernelFacts(name=name, length=len(weights), sum=responses.constant_gain(weights)),
        channels=responses.outputs_of(weights, sound.channels),
        tail=tail,
        ahead=early,
        stream=stream,
        dtype=planned.dtype,
        method=planned.method,
        reason=planned.reason,
        seconds_per_frame=planned.seconds_per_frame,
        notes=(*notes, _loudest(responses.worst_case(weights))),
        details={"delay_samples": list(delays)},
    )


def _loudest(gain: float) -> str:
    """Say how loud a result can become at most."""
    text = f"worst case {responses.decibels(gain)}"
    if gain > 1 + _ROUNDING:
        return f"{text}: peaks up to {responses.decibels(1 / gain)}FS cannot clip"
    return f"{text}: nothing can clip"


def described(recording: Recording, edited: Recording) -> str:
    """Say what a response is like, and what became of it."""
    count = responses.channel_count(recording.channels)
    text = f"{recording.name}: {count}, {recording.seconds:.3g} s at {recording.rate} Hz"
    if edited.rate != recording.rate:
        text += f", resampled to {edited.rate} Hz"
    return f"{text}, {len(edited.samples)} samples"
