"""Layers of neural networks: convolutions, transposed convolutions and poolings of batches with channels."""

from convcli.engine.layers.convolution import convolve, method, transpose
from convcli.engine.layers.pooling import pool

__all__ = ["convolve", "method", "pool", "transpose"]
