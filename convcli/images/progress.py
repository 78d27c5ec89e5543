"""How far the filtering of a picture is: tiles of one convolution after the other, as one growing amount."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from convcli.engine.tiles import checkpoint

# A filter does not say how many convolutions it takes. Most of the time goes into the first: each counts as
# this part of what is left.
_SHARE = 0.8


class Filtering:
    """Adds up the tiles of the convolutions of a filter.

    Parameters
    ----------
    tell : callable
        Gets the part of the filter's work that is done, from 0 to 1, never less than before. What it raises
        ends the work.
    """

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._done = 0.0  # by the convolutions before this one
        self._share = 0.0  # of this one
        self._told = 0.0

    def __call__(self, begun: int, count: int) -> None:
        """Take notice that a tile begins, after `begun` others of the same convolution and of `count`."""
        if begun == 0:
            self._done += self._share
            self._share = (1 - self._done) * _SHARE
        self._told = max(self._told, self._done + self._share * begun / count)
        self._tell(self._told)


@contextmanager
def watched(tell: Callable[[float], None]) -> Iterator[None]:
    """Tell how much of a filter's work is done, before every tile that is computed inside the block."""
    token = checkpoint.set(Filtering(tell))
    try:
        yield
    finally:
        checkpoint.reset(token)
