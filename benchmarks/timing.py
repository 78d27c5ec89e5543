"""Fair times: contenders take turns, so that what disturbs the machine disturbs all of them."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .results import Row, median

Call = Callable[[], Any]
Clock = Callable[[], float]

# Seconds of the warm-up from which on one more turn is enough: noise is small against such a time.
SLOW = 2.5


@dataclass(frozen=True, slots=True)
class Contender:
    """One tool's way to do a work.

    Parameters
    ----------
    tool : str
    call : callable
        Does it once; what it returns is dropped outside the timing.
    note : str
        How, for the reader.
    share : float
        The part of the whole work that `call` does; times are divided by it.
    """

    tool: str
    call: Call
    note: str = ""
    share: float = 1.0


def rotations(count: int, rounds: int) -> Iterator[list[int]]:
    """Orders in which `count` contenders take their turns: each round begins with the next one."""
    for first in range(rounds):
        yield [(first + i) % count for i in range(count)]


def interleaved(
    contenders: Sequence[Contender], *, repeats: int, clock: Clock = time.perf_counter, slow: float = SLOW
) -> list[list[float]]:
    """Time contenders in turns, after one warm-up each.

    Parameters
    ----------
    contenders : sequence of Contender
    repeats : int
        Rounds, at least 1.
    clock : callable
        Returns seconds.
    slow : float
        Whoever took longer to warm up takes part in the first round only.

    Returns
    -------
    list of list of float
        Seconds as measured, for each contender in the order given.
    """
    warm = [timed(each.call, clock) for each in contenders]
    times: list[list[float]] = [[] for _ in contenders]
    for number, order in enumerate(rotations(len(contenders), repeats)):
        for i in order:
            if number == 0 or warm[i] <= slow:
                times[i].append(timed(contenders[i].call, clock))
    return times


def timed(call: Call, clock: Clock = time.perf_counter) -> float:
    """Seconds of one call, without collecting garbage meanwhile."""
    with _no_garbage():
        started = clock()
        result = call()
        stopped = clock()
        del result
    return stopped - started


def rows(
    work: str, contenders: Sequence[Contender], *, repeats: int, clock: Clock = time.perf_counter
) -> list[Row]:
    """Time a work and return a row for each contender."""
    measured = interleaved(contenders, repeats=repeats, clock=clock)
    return [
        Row(work, each.tool, median(times) / each.share, tuple(times), share=each.share, note=each.note)
        for each, times in zip(contenders, measured, strict=True)
    ]


@contextmanager
def _no_garbage() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
