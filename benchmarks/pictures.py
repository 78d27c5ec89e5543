"""Pictures in memory: every library at every work on one photograph."""

from __future__ import annotations

from dataclasses import replace

from . import accuracy, peers, timing, works
from .peers.model import Peer
from .results import Part, Row
from .settings import Settings
from .works import Pixels, Work

NAME = "pictures"

# Side of the part on which results are compared with the true ones.
CROP = 512


def measure(settings: Settings) -> Part:
    """Time all works at all peers and judge what they compute."""
    contestants, missing = peers.available(settings.threads)
    height, width = (750, 1000) if settings.quick else (3000, 4000)
    pixels = works.photograph(height, width)
    crop = works.photograph(CROP, CROP)
    rows: list[Row] = []
    for work in (work for work in works.WORKS if settings.wants(work.name)):
        settings.tell(f"pictures: {work.name}")
        rows += compare(work, contestants, pixels, crop, repeats=settings.repeats)
    subject = f"a photograph of {width} x {height} pixels, RGB, 8 bits, in memory"
    return settings.part(NAME, subject, rows, missing)


def compare(work: Work, contestants: list[Peer], pixels: Pixels, crop: Pixels, *, repeats: int) -> list[Row]:
    """Rows of one work.

    Parameters
    ----------
    work : Work
    contestants : list of Peer
        Those without a way to do it are left out.
    pixels : ndarray of uint8, shape (H, W, 3)
        To be timed on.
    crop : ndarray of uint8, shape (h, w, 3)
        To be judged on.
    repeats : int
        Rounds of timing.
    """
    able = [(peer, each) for peer in contestants if (each := peer.contender(work, pixels)) is not None]
    rows = timing.rows(work.name, [each for _, each in able], repeats=repeats)
    truth = accuracy.exact(work, crop)
    return [
        replace(row, accuracy=_judged(peer, work, crop, truth))
        for row, (peer, _) in zip(rows, able, strict=True)
    ]


def _judged(peer: Peer, work: Work, crop: Pixels, truth: Pixels) -> str:
    prepared = peer.prepare(work, crop)
    return accuracy.judge(prepared[0](), truth) if prepared else ""
