"""What a peer is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.timing import Call, Contender
from benchmarks.works import Pixels, Work, part_of

Prepare = Callable[[Work, Pixels], tuple[Call, str] | None]


# For libraries that compute wide Gaussians tap by tap.
WIDE: Mapping[str, float] = {"Gaussian 10": 1 / 4, "Gaussian 20": 1 / 4, "Gaussian 50": 1 / 16}


@dataclass(frozen=True, slots=True)
class Peer:
    """A library, or one of its ways to compute.

    Parameters
    ----------
    tool : str
    prepare : callable
        Takes a work and a picture; returns a call that does the work on it, ready but for the work itself,
        and the function in words; None if the library has none for it.
    shares : mapping of str to float
        Works that would take minutes, and the part of the picture they are measured on instead.
    """

    tool: str
    prepare: Prepare
    shares: Mapping[str, float] = field(default_factory=dict)

    def contender(self, work: Work, pixels: Pixels) -> Contender | None:
        """This peer at a work on a picture, or on a part of it."""
        part = part_of(pixels, self.shares.get(work.name, 1.0))
        prepared = self.prepare(work, part)
        if prepared is None:
            return None
        call, note = prepared
        return Contender(self.tool, call, note, share=part.size / pixels.size)
