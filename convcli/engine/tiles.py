"""Cutting the output into tiles that fit the cache, and computing them on several threads."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import ContextVar
from itertools import count as counter
from itertools import islice, product

from convcli.engine.scratch import Scratch, borrowed

Region = tuple[tuple[int, int], ...]

# Bytes of one tile in the work type. With its sums and scratch it leaves the L2 cache for the L3, which costs
# less than what smaller tiles do: NumPy calls under some 15 us do not scale, because waking the thread that
# waits for the interpreter takes as long (measured 2026-11-21 on a 2-core EPYC with 1 MiB of L2 a core: 2 MiB
# are best with two threads, and as good as any with one).
TILE_BYTES = 2 * 1024 * 1024

# Large kernels may take larger tiles, so that the halo stays below this part of the outputs. Beyond this size
# the part may grow with the square root of it: a halo that large cannot be made small by any cut, and cutting
# on would read it again for every few outputs.
LARGEST_BYTES = 8 * 1024 * 1024
_OVERLAP = 0.4

# The halo along an axis that is worked on first is only gathered; along the last it goes through every pass
# before. Its part counts so much less.
_GATHERED = 0.5

# Outputs that a matrix product computes at once, or a divisor of them: tiles hold a multiple, for what is
# left over takes products of its own.
BLOCK = 16

# Shorter contiguous runs pay NumPy's cost of starting an inner loop too often.
_RUN = 512


# Called before every tile, from any thread, with how many tiles of this run began before it, and of how many;
# what it raises ends the convolution. A context variable, so that callers in different threads do not meet.
checkpoint: ContextVar[Callable[[int, int], None]] = ContextVar(
    "checkpoint", default=lambda begun, total: None
)


def default_workers() -> int:
    """The CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def tile_shape(
    outputs: Sequence[int], strides: Sequence[int], halos: Sequence[int], itemsize: int, *, channels: int = 1
) -> tuple[int, ...]:
    """Outputs a tile holds along each axis.

    Axes are halved, one at a time, until a tile fits the cache; each time the one whose halving costs least
    in halo read twice and in short inner loops, outer axes first. The shape depends on nothing but the sizes,
    so that any number of workers gives the same bytes.

    Parameters
    ----------
    outputs, strides, halos : sequence of int
        For each axis the output's size, the stride, and the input samples read beyond it.
    itemsize : int
        Bytes of an element in the work type, or of all that a tile holds for one.
    channels : int
        Elements that are worked on for each output: so many times are runs repeated, each for the same cost
        of starting them.
    """
    tile = [max(size, 1) for size in outputs]
    while (size := math.prod(_spans(tile, strides, halos)) * itemsize) > TILE_BYTES:
        costs = [
            (_halving_cost(tile, axis, strides, halos, channels), axis)
            for axis in range(len(tile))
            if tile[axis] > 1
        ]
        cheapest, axis = min(costs, default=(math.inf, 0))
        # Rather a tile that leaves the L2 cache, and takes more memory, than one that is mostly halo.
        if not costs or cheapest > _OVERLAP * max(1.0, math.sqrt(size / LARGEST_BYTES)):
            break
        tile[axis] = _half(tile[axis])
    return tuple(tile)


def _spans(tile: Sequence[int], strides: Sequence[int], halos: Sequence[int]) -> list[int]:
    return [t * s + h for t, s, h in zip(tile, strides, halos, strict=True)]


def _half(size: int) -> int:
    """Half of a size, in whole blocks of the matrix products if it is longer than a few of them."""
    half = -(-size // 2)
    return -(-half // BLOCK) * BLOCK if half >= 2 * BLOCK else half


def _halving_cost(
    tile: Sequence[int], axis: int, strides: Sequence[int], halos: Sequence[int], channels: int
) -> float:
    half = _half(tile[axis])
    overlap = halos[axis] / (half * strides[axis]) * (_GATHERED if any(halos[axis + 1 :]) else 1.0)
    run = half * math.prod(tile[axis + 1 :]) * channels
    return overlap + (_RUN / run if run < 8 * _RUN else 0.0)


def regions(outputs: Sequence[int], tile: Sequence[int]) -> Iterator[Region]:
    """Boxes of (start, stop) pairs that cover the output, in C order."""
    cuts = [
        [(start, min(start + step, size)) for start in range(0, size, step)]
        for size, step in zip(outputs, tile, strict=True)
    ]
    return product(*cuts)


def count(outputs: Sequence[int], tile: Sequence[int]) -> int:
    """Number of tiles that cover the output."""
    return math.prod(-(-size // step) for size, step in zip(outputs, tile, strict=True))


def run(
    work: Callable[[Region, Scratch], None], outputs: Sequence[int], tile: Sequence[int], *, workers: int
) -> None:
    """Call `work` once for every tile, on up to `workers` threads, each with memory of its own.

    Parameters
    ----------
    work : callable
        Takes the region of a tile, and scratch memory that is taken back after the call. Tiles must not
        depend on each other: their order is not said.
    outputs, tile : sequence of int
        Sizes of the output, and of a tile, along each axis.
    workers : int
        Threads at most; with one, or one tile, the calling thread does it all.

    Raises
    ------
    Exception
        The first that `work` or the `checkpoint` raises; the other threads finish no more than the tile they
        are at.
    """

    stop, check = threading.Event(), checkpoint.get()
    begun, total = counter(), count(outputs, tile)

    def share(first: int, step: int) -> None:
        with borrowed() as scratch:
            for region in islice(regions(outputs, tile), first, None, step):
                if stop.is_set():
                    return
                try:
                    check(next(begun), total)
                    work(region, scratch)
                except BaseException:
                    stop.set()  # at once: the thread that waits may be slow to come round
                    raise
                scratch.reset()

    threads = min(workers, total)
    if threads <= 1:
        share(0, 1)
        return
    with ThreadPoolExecutor(threads) as pool:
        shares = [pool.submit(share, first, threads) for first in range(threads)]
        try:
            for done in as_completed(shares):
                done.result()
        finally:
            # After an error or Ctrl-C the other threads finish no more than the tile they are at.
            stop.set()
