"""How exactly a sound has to be computed for the samples that it becomes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .formats import Encoding, bits_of

_SHALLOW = 16  # bits of an integer sample, at most, for which transforms in float32 are exact enough


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
    return np.dtype(np.float32 if shallow else np.float64)
