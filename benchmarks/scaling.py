"""Time against the size of the kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from . import peers, timing, works
from .peers.model import Peer
from .results import Part, Row
from .settings import Settings
from .works import Kind, Pixels, Work

NAME = "scaling"

SIZES: Mapping[Kind, Sequence[float]] = {
    "box": (3, 5, 9, 15, 31, 63, 101, 201, 401, 701, 1001),
    "gaussian": (0.5, 1, 2, 4, 8, 16, 32, 64, 100),
    "dense": (3, 5, 7, 11, 15, 23, 31, 45, 63, 101, 151, 201),
}

# Seconds from which on a tool's curve is not followed further: the next point would take longer still.
LONGEST = 2.0


def measure(settings: Settings) -> Part:
    """Time every library at boxes, Gaussians and dense kernels of growing size."""
    contestants, missing = peers.available(settings.threads)
    height, width = (500, 700) if settings.quick else (1500, 2000)
    pixels = works.photograph(height, width)
    rows: list[Row] = []
    for kind, sizes in SIZES.items():
        family = [Work(kind, size) for size in (sizes[::3] if settings.quick else sizes)]
        if settings.wants(family[0].name.split()[0]):
            settings.tell(f"scaling: {kind}")
            rows += follow(family, contestants, pixels, repeats=settings.repeats)
    subject = f"a photograph of {width} x {height} pixels, RGB, 8 bits, in memory"
    return settings.part(NAME, subject, rows, missing)


def follow(
    family: Sequence[Work],
    contestants: Sequence[Peer],
    pixels: Pixels,
    *,
    repeats: int,
    longest: float = LONGEST,
) -> list[Row]:
    """Rows of works of growing size; who becomes too slow drops out.

    Parameters
    ----------
    family : sequence of Work
        In growing order.
    contestants : sequence of Peer
    pixels : ndarray of uint8, shape (H, W, 3)
    repeats : int
        Rounds of timing.
    longest : float
        Seconds of one work that are too slow.
    """
    running = list(contestants)
    rows: list[Row] = []
    for work in family:
        able = [each for peer in running if (each := peer.contender(work, pixels)) is not None]
        found = timing.rows(work.name, able, repeats=repeats)
        rows += [replace(row, size=work.amount) for row in found]
        spent = {row.tool for row in found if row.seconds > longest}
        running = [peer for peer in running if peer.tool not in spent]
    return rows


def curves(part: Part) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """The points (size, seconds) of each tool, by family and tool, for plots."""
    found: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for row in part.rows:
        if row.size is not None:
            family = found.setdefault(row.work.split()[0], {})
            family.setdefault(row.tool, []).append((row.size, row.seconds))
    return found
