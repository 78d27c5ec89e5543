"""Kernels that keep the picture and add to it: their weights sum to 1."""

from __future__ import annotations

import numpy as np

from .derivatives import LAPLACIAN
from .model import Weights
from .smoothing import gaussian

IDENTITY = np.array([[1.0]])
SHARPEN = np.pad(IDENTITY, 1) - LAPLACIAN

# The picture plus its slope towards the lower right: as if lit from the upper left.
EMBOSS = np.array([[2.0, 1.0, 0.0], [1.0, 1.0, -1.0], [0.0, -1.0, -2.0]])


def unsharp(sigma: float = 1.0, amount: float = 0.5) -> Weights:
    """Add what a Gaussian takes away: (1 + amount) identity - amount gaussian.

    Parameters
    ----------
    sigma : float
        Standard deviation in pixels, above 0.
    amount : float
        1 doubles the detail; negative values soften.

    Returns
    -------
    ndarray of float64, shape (N, N), N odd
        Sum 1.
    """
    kernel = -amount * gaussian(sigma)
    centre = kernel.shape[0] // 2
    kernel[centre, centre] += 1 + amount
    return kernel
