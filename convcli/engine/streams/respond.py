"""Convolving a stream with any impulse response: the method that costs least, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from convcli.engine.streams import transforms
from convcli.engine.streams.overlap import OverlapSaveStream
from convcli.engine.streams.responses import Responses
from convcli.engine.streams.routes import Route, RoutedTaps
from convcli.engine.streams.taps import TapStream
from convcli.engine.streams.transforms import Transforms
from convcli.errors import ConvError

Block = NDArray[np.floating]

METHODS = ("taps", "overlap-save")

# Nanoseconds of one core: one multiply-add for each byte of a sample, and storing a sample of a stream and
# writing it out. Measured on 2026-11-21 on one core of an AMD EPYC (family 26) with NumPy 2.4.
_MULTIPLY_ADD = 0.037
_STREAM = 0.3
# The same where channels are taken apart.
_ROUTE = 1.0


class Stream(Protocol):
    """A signal in blocks, convolved."""

    def push(self, block: Block) -> Block:
        """Take frames, shape (frames, channels), and return the output that is ready."""

    def finish(self, tail: int | None = None) -> Block:
        """Return the rest, with so many frames after the end; default: all that sounds."""


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """How a stream will be convolved with a response, decided before any sample is touched.

    Attributes
    ----------
    method : str
        ``"taps"``: one delayed multiply-add for each weight that is not 0, exact to the last rounding; or
        ``"overlap-save"``: Fourier transforms.
    reason : str
        Why this method, in words.
    dtype : dtype
        Floating type of the computation and of the output.
    length : int
        Frames of the response.
    nonzero : int
        Its weights that are not 0, over all connections between channels.
    transforms : Transforms or None
        FFT length, hop and batch, for overlap-save.
    seconds_per_frame : float
        What a frame is expected to cost one core.
    """

    method: str
    reason: str
    dtype: np.dtype[Any]
    length: int
    nonzero: int
    transforms: Transforms | None
    seconds_per_frame: float


def plan_response(
    response: ArrayLike,
    *,
    channels: int,
    dtype: DTypeLike = np.float64,
    frames: int | None = None,
    method: str = "auto",
) -> ResponsePlan:
    """Decide how to convolve a stream with a response.

    Both methods are weighed by the work of one core, so that the choice, and with it the output, does not
    depend on the number of threads.

    Parameters
    ----------
    response : array_like, shape (length,), (length, channels) or (length, inputs, outputs)
        As for `OverlapSaveStream`.
    channels : int
        Channels of the signal.
    dtype : dtype, optional
        float32 or float64.
    frames : int, optional
        Frames of the signal, if known.
    method : str, optional
        ``"auto"``, or one of `METHODS`.

    Raises
    ------
    ConvError
        There is no such method.
    ValueError
        The response does not fit the signal.
    """
    return _planned(Responses.of(response, channels), np.dtype(dtype), frames, method)


def respond(
    response: ArrayLike,
    *,
    channels: int,
    dtype: DTypeLike = np.float64,
    frames: int | None = None,
    method: str = "auto",
    workers: int | None = None,
) -> Stream:
    """Return a stream that convolves with a response, by the method of `plan_response`.

    Parameters
    ----------
    response, channels, dtype, frames, method
        As for `plan_response`.
    workers : int, optional
        Threads at most, for overlap-save.
    """
    responses = Responses.of(response, channels)
    planned = _planned(responses, np.dtype(dtype), frames, method)
    if planned.transforms is not None:
        return OverlapSaveStream(response, channels=channels, dtype=dtype, workers=workers, frames=frames)
    return ResponseTaps(responses, dtype=dtype)


class ResponseTaps:
    """Sparse responses by taps: for all channels at once, or one connection after another.

    Parameters
    ----------
    responses : Responses
    dtype : dtype, optional
        The floating type of the sums and of the output.
    """

    def __init__(self, responses: Responses, *, dtype: DTypeLike = np.float64) -> None:
        self.dtype = np.dtype(dtype)
        self._responses = responses
        self._flow: TapStream | RoutedTaps
        if responses.shared:
            spikes = _spikes(responses.weights[:, 0])
            self._flow = TapStream(*spikes, channels=responses.inputs, dtype=dtype)
        else:
            routes = [Route(source, output, *_spikes(each)) for source, output, each in responses.routes()]
            self._flow = RoutedTaps(routes, outputs=responses.outputs, dtype=dtype)

    def push(self, block: Block) -> Block:
        """Return the output for the next block of input, shape (frames, outputs)."""
        return self._flow.push(block)

    def finish(self, tail: int | None = None) -> Block:
        """Return the rest of the output: so many frames after the last block, by default all that sound."""
        tail = self._responses.length - 1 if tail is None else tail
        return self.push(np.zeros((tail, self._responses.inputs), self.dtype))


def _planned(responses: Responses, dtype: np.dtype[Any], frames: int | None, method: str) -> ResponsePlan:
    if method not in ("auto", *METHODS):
        raise ConvError(f"method {method}: streams know {' and '.join(METHODS)}", hint="leave it to auto")
    cut = transforms.choose(
        responses.length, inputs=responses.inputs, dtype=dtype, products=responses.products, frames=frames
    )
    whole = transforms.nanoseconds(
        cut, inputs=responses.inputs, dtype=dtype, products=responses.products, frames=frames
    )
    sparse = _taps_nanoseconds(responses, dtype)
    taps = sparse <= whole if method == "auto" else method == "taps"
    nonzero = sum(int(np.count_nonzero(weights)) for _, _, weights in responses.routes())
    return ResponsePlan(
        method="taps" if taps else "overlap-save",
        reason=_reason(responses, nonzero, None if taps else cut),
        dtype=dtype,
        length=responses.length,
        nonzero=nonzero,
        transforms=None if taps else cut,
        seconds_per_frame=(sparse if taps else whole) * 1e-9,
    )


def _taps_nanoseconds(responses: Responses, dtype: np.dtype[Any]) -> float:
    """What an output frame costs one core by taps, all channels together."""
    routes = responses.routes()
    spikes = sum(int(np.count_nonzero(weights)) for _, _, weights in routes)
    once = _STREAM * responses.inputs if responses.shared else _ROUTE * (len(routes) + responses.outputs)
    return spikes * _MULTIPLY_ADD * dtype.itemsize + once


def _reason(responses: Responses, nonzero: int, cut: Transforms | None) -> str:
    weights = responses.length * len(responses.routes())
    if cut is None:
        return f"{nonzero} of {weights} weights are not 0: a delayed multiply-add each"
    pieces = "" if cut.partitions == 1 else f", the response in {cut.partitions} partitions"
    return f"{nonzero} weights over {responses.length} frames: transforms of {cut.fft_length}{pieces}"


def _spikes(weights: NDArray[np.float64]) -> tuple[Sequence[int], Sequence[float]]:
    """Offsets and gains of what is not 0."""
    offsets = np.flatnonzero(weights)
    return offsets.tolist(), weights[offsets].tolist()
