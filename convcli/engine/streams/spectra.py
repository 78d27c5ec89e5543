"""One group of overlap-save transforms after another: forward, times the response's spectrum, back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from convcli.engine.scratch import Scratch
from convcli.engine.streams.responses import Responses
from convcli.engine.streams.transforms import Transforms

Array = NDArray[Any]

# Frequencies multiplied at a time: a few channels' stay in the cache.
_STRETCH = 1 << 14

# NumPy's forward transforms take the single precision path only if they scale (2.4: without, the factor is an
# integer, and with it the sums are double), so both directions share the scaling.
_NORM: Final = "ortho"


class Spectra:
    """Convolves groups of windows with responses. Groups may be computed by several threads at once.

    Parameters
    ----------
    responses : Responses
    cut : Transforms
        Sizes of windows and groups.
    dtype : dtype
        float32 or float64.
    ahead : int
        Groups that may be computed at the same time.

    Notes
    -----
    A response that is cut into partitions needs the spectra of earlier windows, each once for every
    partition (a frequency-domain delay line: Kulp, Digital equalization using Fourier transform techniques,
    85th AES Convention, 1988). They stand in a ring of whole groups. A group's own come first; then it waits
    until those before it have got as far.
    """

    def __init__(self, responses: Responses, cut: Transforms, *, dtype: np.dtype[Any], ahead: int) -> None:
        self._cut = cut
        self._inputs, self._outputs = responses.inputs, responses.outputs
        self._matrix = responses.matrix
        self._complex = np.result_type(dtype, np.complex64)
        self._response = _spectrum(responses.weights, cut).astype(self._complex)
        self._spare: list[Scratch] = []
        self._ring: Array | None = None
        if cut.partitions > 1:
            groups = -(-(cut.partitions - 1) // cut.batch) + ahead
            self._ring = np.zeros((groups, self._inputs, cut.batch, cut.bins), self._complex)
        self._turn = threading.Condition()
        self._transformed = 0
        self._error: BaseException | None = None

    def convolve(self, window: Array, group: int) -> Array:
        """Return the outputs of a group.

        Parameters
        ----------
        window : ndarray, shape (inputs, batch, fft_length)
            What the transforms read. Overwritten.
        group : int
            Its number, counted from 0. Every number must come once, and be begun in order.

        Returns
        -------
        ndarray, shape (span, outputs)
        """
        with self._turn:
            scratch = self._spare.pop() if self._spare else Scratch()
        try:
            spectrum = self._forward(window, group, scratch)
            product = self._multiplied(spectrum, group, scratch)
            result = self._back(product, window, scratch)
        except BaseException as error:
            with self._turn:
                self._error = self._error or error
                self._turn.notify_all()
            raise
        scratch.reset()
        with self._turn:
            self._spare.append(scratch)
        return result

    def _forward(self, window: Array, group: int, scratch: Scratch) -> Array:
        """The spectra of the windows, shape (inputs, batch, bins)."""
        if self._ring is None:
            own = scratch.take((*window.shape[:2], self._cut.bins), self._complex)
            np.fft.rfft(window, norm=_NORM, out=own)
            return own
        spectrum: Array = self._ring[group % len(self._ring)]
        np.fft.rfft(window, norm=_NORM, out=spectrum)
        with self._turn:
            self._turn.wait_for(lambda: self._error is not None or self._transformed == group)
            if self._error is not None:
                # What stopped another group, such as a want of memory, is what there is to tell.
                raise self._error
            self._transformed += 1
            self._turn.notify_all()
        return spectrum

    def _multiplied(self, spectrum: Array, group: int, scratch: Scratch) -> Array:
        """Spectra of the outputs, shape (outputs, batch, bins), in place of the inputs' where possible."""
        shape = (self._outputs, *spectrum.shape[1:])
        free = self._ring is None and self._outputs <= self._inputs
        product = spectrum[: self._outputs] if free else scratch.take(shape, self._complex)
        if self._ring is None and not self._matrix:
            np.multiply(spectrum, self._response[0][:, None], out=product)
            return product
        stretch = (self._outputs, min(_STRETCH, self._cut.bins))
        total, term = scratch.take(stretch, self._complex), scratch.take(stretch, self._complex)
        for start in range(0, self._cut.bins, _STRETCH):
            part = slice(start, min(start + _STRETCH, self._cut.bins))
            size = part.stop - part.start
            for hop in range(self._cut.batch):
                sums = total[:, :size]
                for number, (one, other) in enumerate(self._factors(spectrum, group, hop, part)):
                    target = term[:, :size] if number else sums
                    np.multiply(one, other, out=target)
                    if number:
                        np.add(sums, target, out=sums)
                product[:, hop, part] = sums
        return product

    def _factors(self, spectrum: Array, group: int, hop: int, part: slice) -> Iterator[tuple[Array, Array]]:
        """Pairs of a signal's and a response's spectrum whose products add up to the outputs'."""
        for partition in range(self._cut.partitions):
            back, slot = divmod(hop - partition, self._cut.batch)
            if group + back < 0:
                return
            source = spectrum if self._ring is None else self._ring[(group + back) % len(self._ring)]
            signal, response = source[:, slot, part], self._response[partition][..., part]
            if self._matrix:
                yield from zip(signal[:, None], response, strict=True)
            else:
                yield signal, response

    def _back(self, product: Array, window: Array, scratch: Scratch) -> Array:
        """The hops' frames, one after another."""
        cut = self._cut
        whole = window
        if self._outputs != self._inputs:
            whole = scratch.take((self._outputs, cut.batch, cut.fft_length), window.dtype)
        np.fft.irfft(product, n=cut.fft_length, norm=_NORM, out=whole)
        result = np.empty((cut.batch, cut.hop, self._outputs), window.dtype)
        for output in range(self._outputs):
            result[:, :, output] = whole[output, :, cut.overlap :]
        return result.reshape(cut.span, self._outputs)


def _spectrum(weights: NDArray[np.float64], cut: Transforms) -> Array:
    """Spectra of the partitions, shape (partitions, ..., bins), the other axes as those of the channels."""
    partition = cut.length if cut.partitions == 1 else cut.hop
    padded = np.zeros((cut.partitions * partition, *weights.shape[1:]))
    padded[: len(weights)] = weights
    pieces = np.moveaxis(padded.reshape(cut.partitions, partition, *weights.shape[1:]), 1, -1)
    return np.fft.rfft(pieces, cut.fft_length)
