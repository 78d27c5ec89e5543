"""Impulse responses of a signal with several channels: which input sounds in which output, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """Impulse responses between channels.

    Attributes
    ----------
    weights : ndarray of float64, shape (length, inputs, outputs) or (length, 1 or channels)
        A matrix, or one response for all channels or for each.
    inputs, outputs : int
        Channels of the signal and of the result.
    """

    weights: NDArray[np.float64]
    inputs: int
    outputs: int

    @classmethod
    def of(cls, response: ArrayLike, channels: int) -> Responses:
        """Responses for a signal of `channels` channels.

        Parameters
        ----------
        response : array_like, shape (length,), (length, channels) or (length, inputs, outputs)
            Real. Responses that are all the same become one, and a matrix without a connection between
            different channels becomes one a channel.
        channels : int

        Raises
        ------
        ValueError
            It is empty, does not fit the channels, or is not finite.
        """
        given: NDArray[Any] = np.asarray(response)
        if given.dtype.kind not in "biuf":
            raise ValueError(f"response of type {given.dtype}: it must hold real numbers")
        weights = given.astype(np.float64)
        if weights.ndim == 1:
            weights = weights[:, None]
        if weights.ndim not in (2, 3) or weights.size == 0:
            raise ValueError(f"response of shape {given.shape}: frames, then channels, or inputs and outputs")
        if weights.shape[1] != channels and (weights.ndim == 3 or weights.shape[1] != 1):
            raise ValueError(f"response for {weights.shape[1]} channels: the signal has {channels}")
        if not np.isfinite(weights).all():
            raise ValueError("response with infinite samples or NaN: they would be everywhere in the result")
        outputs = weights.shape[2] if weights.ndim == 3 else channels
        return cls(_reduced(weights), channels, outputs)

    @property
    def length(self) -> int:
        """Frames of the response."""
        return len(self.weights)

    @property
    def matrix(self) -> bool:
        """Whether inputs sound in outputs of another number."""
        return self.weights.ndim == 3

    @property
    def shared(self) -> bool:
        """Whether all channels have the same response."""
        return not self.matrix and self.weights.shape[1] == 1

    @property
    def products(self) -> int:
        """Responses that are added up for one output."""
        return self.inputs if self.matrix else 1

    def routes(self) -> list[tuple[int, int, NDArray[np.float64]]]:
        """(input, output, response) of every connection that is not silent."""
        if self.matrix:
            pairs = [(i, o, self.weights[:, i, o]) for i in range(self.inputs) for o in range(self.outputs)]
        else:
            each = np.broadcast_to(self.weights, (self.length, self.inputs))
            pairs = [(c, c, each[:, c]) for c in range(self.inputs)]
        return [route for route in pairs if route[2].any()]


def _reduced(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The simplest form of the same responses."""
    if weights.ndim == 3:
        inputs, outputs = weights.shape[1:]
        apart = ~np.eye(inputs, outputs, dtype=bool)
        if inputs != outputs or weights[:, apart].any():
            return weights
        weights = weights[:, np.arange(inputs), np.arange(inputs)]
    return weights[:, :1] if (weights == weights[:, :1]).all() else weights
