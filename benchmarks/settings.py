"""What a run was asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .results import Part, Row

Tell = Callable[[str], None]


def _silence(line: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is measured.

    Parameters
    ----------
    quick : bool
        Small inputs.
    repeats : int
        Rounds of timing, after the warm-up.
    threads : int
        For everything that can use several.
    only : str
        Works whose name contains it; empty: all.
    tell : callable
        Takes a line about what is done next.
    """

    quick: bool = False
    repeats: int = 7
    threads: int = 2
    only: str = ""
    tell: Tell = _silence

    def wants(self, work: str) -> bool:
        """Whether a work was asked for."""
        return self.only.lower() in work.lower()

    def part(self, name: str, subject: str, rows: Sequence[Row], remarks: Sequence[str] = ()) -> Part:
        """A part that was measured just now."""
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        return Part(name, now, subject, tuple(rows), tuple(remarks))
