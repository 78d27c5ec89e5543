"""Noise that is added before rounding: what is lost then sounds like faint hiss, not like distortion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .formats import bits_of

_DEEPEST = 24  # bits: noise of a step is inaudible from here on, and so is what it hides


def is_due(source: str, target: str) -> bool:
    """Say whether samples are cut to fewer bits: only then is there noise unless it is asked for.

    Parameters
    ----------
    source, target : str
        Subtypes. Samples that stay as deep as they were are rounded to the nearest: their own noise does
        what dither does, and what is exact stays exact.
    """
    given, kept = bits_of(source), bits_of(target)
    return kept is not None and kept <= _DEEPEST and (given is None or given > kept)


class Dither:
    """Adds triangular noise of one step to either side (TPDF), the sum of two uniform numbers.

    The error of the rounded result then has mean zero and a constant power, whatever the sound; digital
    silence gets it too, since noise that comes and goes is heard. Every sample has its own two numbers of
    two PCG64 sequences, so the same seed gives the same noise however the sound is cut into blocks.

    Parameters
    ----------
    bits : int
        Of the samples of the result.
    seed : int

    Notes
    -----
    S. P. Lipshitz, R. A. Wannamaker and J. Vanderkooy, "Quantization and dither: a theoretical survey",
    J. Audio Eng. Soc. 40 (1992), section 4.
    """

    def __init__(self, bits: int, *, seed: int) -> None:
        children = np.random.SeedSequence(seed).spawn(2)
        self._one, self._other = (np.random.Generator(np.random.PCG64(child)) for child in children)
        self._step = 2.0 ** (1 - bits)

    def __call__(self, block: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return a block, shape (frames, channels), with noise."""
        noisy = self._one.random(block.shape)
        noisy -= self._other.random(block.shape)
        noisy *= self._step
        noisy += block
        return noisy
