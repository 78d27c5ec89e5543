"""How exactly a sound has to be computed for the samples that it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .formats import Encoding, bits_of

SINGLE, DOUBLE = np.dtype(np.float32), np.dtype(np.float64)

_SHALLOW = 16  # bits of an integer sample, at most, for which transforms in float32 are exact enough
_SINGLE_BITS = 24  # of an integer, at most, that float32 holds
_LOUD = 16.0  # times as loud: 24 dB


def work_dtype(source: Encoding, target: Encoding) -> np.dtype[Any]:
    """Return the floating type that transforms need.

    Parameters
    ----------
    source, target : Encoding

    Returns
    -------
    dtype
        float32 where the result has at most 16 bits and the input is limited to full scale: an error of -125
        dB of the peak is then a fiftieth of a step. float64 for all that is deeper or floating.
    """
    bits = [bits_of(encoding.subtype) for encoding in (source, target)]
    shallow = bits[0] is not None and bits[1] is not None and bits[1] <= _SHALLOW
    return SINGLE if shallow else DOUBLE


def for_response(dtype: np.dtype[Any], weights: NDArray[np.floating]) -> np.dtype[Any]:
    """Return the floating type that transforms with a response need.

    Parameters
    ----------
    dtype : dtype
        That of `work_dtype`, which takes the result to be about as loud as the sound.
    weights : ndarray, shape (frames,), (frames, channels) or (frames, inputs, outputs)

    Returns
    -------
    dtype
        float64 also where the response makes noise more than 16 times as loud. The error of float32 grows
        with it: measured on loud noise made so loud, it is a third of a step of 16 bits.
    """
    energy = np.sum(np.square(weights), axis=0)
    # Of an output: the last axis, if there are inputs and outputs.
    gain = sqrt(float(np.max(np.sum(energy, axis=0) if energy.ndim == 2 else energy)))
    return DOUBLE if gain > _LOUD else dtype


def for_taps(dtype: np.dtype[Any], gains: Sequence[float], source: Encoding) -> np.dtype[Any]:
    """Return the floating type in which a few products are added up without any error but the last rounding.

    Parameters
    ----------
    dtype : dtype
        That of `work_dtype`.
    gains : sequence of float
        One factor a tap.
    source : Encoding
        Of the sound.

    Returns
    -------
    dtype
        float32 where it suffices and holds every sum exactly: integer samples, times gains such as 1 and 0.5,
        have few bits. It is twice as fast.
    """
    bits = bits_of(source.subtype)
    if dtype != SINGLE or bits is None:
        return DOUBLE
    exact = [Fraction(gain) for gain in gains]
    # In steps of the finest product, the loudest sum and all sums on the way to it.
    steps = max((gain.denominator for gain in exact), default=1) * sum(map(abs, exact)) * 2 ** (bits - 1)
    return SINGLE if steps <= 2**_SINGLE_BITS else DOUBLE
