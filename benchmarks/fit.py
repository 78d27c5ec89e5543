"""Fits the engine's cost model to this machine: `python -m benchmarks.fit [--write]`.

Every method is timed over a grid of pictures and kernels, with one thread and with two, and the constants
are found that explain the times best. What is printed compares the constants in use with the new ones:
how far predictions are off, and how much longer the method picked takes than the best one.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli import engine
from convcli.engine import constants, structure
from convcli.engine.candidates import RANKING_WORKERS
from convcli.engine.execution import execute

from . import choices, fitting, machine, timing, works
from .fitting import Timing
from .timing import Contender

Array = NDArray[Any]

WORKERS = (1, 2)

# Methods that are expected to take this long, or this many times as long as the best, are not timed.
LONGEST = 0.4
HOPELESS = 12.0

# Times shorter than this are taken of several calls together: the clock and the caches have their own costs.
SHORTEST = 2e-3

# A load from which on the times are not to be relied on.
BUSY = 0.5

# Height, width, channels, element type of the pictures, which meet every `EVERY`th kernel in turn.
PICTURES = (
    (64, 64, 3, "uint8"),
    (256, 256, 1, "float32"),
    (400, 600, 3, "uint8"),
    (400, 600, 1, "uint16"),
    (400, 600, 3, "float64"),
    (1000, 1500, 3, "uint8"),
    (1000, 1500, 1, "float32"),
    (2000, 3000, 1, "uint8"),
    (3000, 4000, 3, "uint8"),
)
EVERY = 3


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One convolution.

    Parameters
    ----------
    name : str
    x, weights : ndarray
    options : mapping
        Further arguments of `convolve`.
    """

    name: str
    x: Array
    weights: Array
    options: Mapping[str, Any] = field(default_factory=lambda: {"axes": (0, 1)})


def cases() -> Iterator[Case]:
    """The grid: pictures and kernels of every kind, some of them strided, and lines of samples."""
    for number, (height, width, channels, dtype) in enumerate(PICTURES):
        x = works.photograph(height, width)[..., slice(None) if channels == 3 else 0].astype(dtype)
        name = f"{width}x{height}x{channels} {dtype}"
        for kernel, weights in islice(choices.kernel_tables(), number % EVERY, None, EVERY):
            yield Case(f"{name}: {kernel}", x, weights)
    x = works.photograph(800, 1200)
    for first, pixels in ((0, x), (2, x[..., 0].copy())):
        for kernel, weights in islice(choices.kernel_tables(), first, None, 2 * EVERY):
            name = f"1200x800x{pixels[0, 0].size} uint8: {kernel}, stride 2"
            yield Case(name, pixels, weights, {"axes": (0, 1), "stride": 2})
    sound = np.random.default_rng(0).normal(size=(1 << 20, 2)).astype(np.float32)
    for taps in (3, 33, 333, 3333):
        line = np.random.default_rng(taps).normal(size=taps)
        yield Case(f"sound: {taps} taps", sound, line, {"axes": 0})


def measure(*, repeats: int, seconds: float, tell: Callable[[str], None]) -> list[Timing]:
    """Time the methods at all works, one work after the other, the methods and threads of each in turns.

    Parameters
    ----------
    repeats : int
        Rounds for each work.
    seconds : float
        No further work is begun after this time.
    tell : callable
        Takes a line about each work.
    """
    started = time.perf_counter()
    timings: list[Timing] = []
    for case in _shuffled(list(cases())):
        if time.perf_counter() - started > seconds:
            tell(f"{seconds:g} s are over")
            break
        tell(case.name)
        timings += compete(case, repeats=repeats)
    return timings


def compete(case: Case, *, repeats: int) -> list[Timing]:
    """Time the worthwhile methods at one work: the least of each, for what disturbs only ever adds."""
    kernel = structure.analyse(case.weights, correlate=False)
    entries = [(candidate, plan) for workers in WORKERS for candidate, plan in _worthwhile(case, workers)]
    contenders = [_contender(plan, kernel, case.x) for _, plan in entries]
    measured = timing.interleaved(contenders, repeats=repeats, slow=1.0)
    return [
        Timing(
            work=case.name,
            method=candidate.method,
            workers=plan.workers,
            counts=candidate.bill.counts(plan.workers),
            ranked=candidate.bill.counts(RANKING_WORKERS),
            seconds=min(times) / contender.share,
        )
        for (candidate, plan), contender, times in zip(entries, contenders, measured, strict=True)
        if candidate.bill is not None
    ]


def _worthwhile(case: Case, workers: int) -> Iterator[tuple[engine.Candidate, engine.Plan]]:
    """The methods that may be the best, or are quick enough to time anyway, as plans."""
    plan = engine.plan(case.x.shape, case.x.dtype, case.weights, workers=workers, **case.options)
    limit = min(LONGEST, HOPELESS * plan.predicted_seconds)
    for candidate in plan.candidates:
        made = plan.using(candidate) if candidate.applies else None
        if made is not None and (candidate.method == plan.method or made.predicted_seconds <= limit):
            yield candidate, made


def _contender(plan: engine.Plan, kernel: structure.Structure, x: Array) -> Contender:
    times = max(int(SHORTEST / max(plan.predicted_seconds, 1e-6)), 1)

    def often() -> None:
        for _ in range(times):
            execute(plan, kernel, x)

    return Contender(plan.method, often, share=times)


def _shuffled(listed: list[Case]) -> list[Case]:
    """In an order that leaves something of every kind when the time is over before the end."""
    order = np.random.default_rng(0).permutation(len(listed))
    return [listed[i] for i in order]


def summary(timings: Sequence[Timing], values: Mapping[str, float]) -> list[str]:
    """Lines on how well constants explain times, and choose."""
    off = fitting.ratios(timings, values)
    within = float(np.mean(np.abs(np.log(off)) <= np.log(1.5)))
    low, middle, high = np.percentile(off, [5, 50, 95])
    picks = list(fitting.picks(timings, values))
    ratios = np.array([pick.ratio for pick in picks])
    return [
        f"predicted / measured: median {middle:.2f}, 5 % {low:.2f}, 95 % {high:.2f}; "
        f"within 1.5x: {within:.0%}",
        f"picked / best: geometric mean {np.exp(np.log(ratios).mean()):.3f}, worst {ratios.max():.2f}; "
        f"within 1.3x: {np.mean(ratios <= 1.3):.0%} of {len(picks)}",
    ]


def worst(timings: Sequence[Timing], values: Mapping[str, float], count: int) -> list[str]:
    """Lines on the predictions that are furthest off, and on the worst picks."""
    far = sorted(timings, key=lambda t: -abs(np.log(t.ratio(values))))[:count]
    bad = sorted(fitting.picks(timings, values), key=lambda pick: -pick.ratio)[:count]
    return [
        *(
            f"{t.ratio(values):6.2f}  {t.method} of {t.work}, {t.workers} threads: {t.seconds * 1e3:.3g} ms"
            for t in far
        ),
        *(
            f"{p.ratio:6.2f}  {p.picked.method} picked, not {p.best.method}: {p.best.work}, "
            f"{p.best.workers} threads"
            for p in bad
            if p.ratio > 1.05
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, fit, print, and write if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the new constants in place of those in use")
    parser.add_argument("--repeats", type=int, default=5, help="times that each method runs")
    parser.add_argument("--seconds", type=float, default=110, help="stop measuring after so long")
    parser.add_argument("--verbose", action="store_true", help="name every work, and what fits worst")
    asked = parser.parse_args(arguments)
    if (load := os.getloadavg()[0]) > BUSY:
        print(f"load {load:.1f}: other programs are running, and what two threads share is not all theirs")
    timings = measure(
        repeats=asked.repeats, seconds=asked.seconds, tell=print if asked.verbose else lambda line: None
    )
    found = fitting.solve(timings, constants.NANOSECONDS)
    print(f"{len(timings)} times of {len({timing.work for timing in timings})} works")
    for title, values in (("in use", constants.NANOSECONDS), ("fitted", found)):
        print(f"\n{title}:", *summary(timings, values), sep="\n  ")
    if asked.verbose:
        print("\nfurthest off:", *worst(timings, found, 15), sep="\n  ")
    print()
    for name, value in found.items():
        print(f"{name:12} {constants.NANOSECONDS[name]:12.4g} -> {value:.4g}")
    if asked.write:
        _write(found)
    return 0


def _write(values: Mapping[str, float]) -> None:
    told = machine.describe(max(WORKERS))
    path = Path(constants.__file__)
    software = f"Python {told['Python']}, NumPy {told['numpy']}, {told['BLAS']}"
    text = fitting.module(
        values,
        measured=time.strftime("%Y-%m-%d"),
        machine=f"{told['processor']}, {told['CPUs']} CPUs",
        software=software,
    )
    path.write_text(text, encoding="utf-8")
    print(f"\nwritten: {path}")


if __name__ == "__main__":
    raise SystemExit(main())
