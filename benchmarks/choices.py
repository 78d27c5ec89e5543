"""Does the planner choose well? Every method that applies, over a grid of pictures and kernels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli import engine, kernels
from convcli.engine.request import METHODS
from convcli.errors import ConvError

from . import timing, works
from .results import Part, Row, median
from .settings import Settings
from .timing import Contender

NAME = "choices"

# A method that is expected to take this many times as long as the best is not run.
HOPELESS = 20.0

# Samples from which on a picture meets only every third kernel.
LARGE = 4_000_000

# Seconds of the best method from which on three rounds are enough.
STEADY = 0.02

# A method that took this many times as long as the best to warm up is not run again: it is not the best.
BEATEN = 4.0

Array = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One picture and one kernel.

    Parameters
    ----------
    picture, kernel : str
        In words.
    x : ndarray
    weights : ndarray of float64, shape (H, W)
    """

    picture: str
    kernel: str
    x: Array
    weights: Array

    @property
    def name(self) -> str:
        """For tables."""
        return f"{self.picture}: {self.kernel}"


def measure(settings: Settings) -> Part:
    """Time every method at every case, beside what the planner expects and chooses."""
    rows: list[Row] = []
    skipped, picture = 0, ""
    for case in cases(quick=settings.quick):
        if not settings.wants(case.name):
            continue
        if case.picture != picture:
            picture = case.picture
            settings.tell(f"choices: {picture}")
        methods = {}
        for method in METHODS:
            try:
                methods[method] = _plan(case, method, settings.threads).predicted_seconds
            except ConvError:
                continue
        least = min(methods.values())
        tried = {method: t for method, t in methods.items() if t <= HOPELESS * least}
        skipped += len(methods) - len(tried)
        rows += compete(case, tried, settings)
    return settings.part(
        NAME,
        "pictures of several sizes and element types, in memory, and kernels of every kind",
        rows,
        [f"{skipped} runs expected to take more than {HOPELESS:g} times as long as the best were left out"]
        if skipped
        else [],
    )


def compete(case: Case, methods: dict[str, float], settings: Settings) -> list[Row]:
    """Rows of one case.

    Parameters
    ----------
    case : Case
    methods : dict of str to float
        Expected seconds of each method to run.
    settings : Settings
    """
    picked = _plan(case, "auto", settings.threads).method
    run: dict[str, Callable[[], Array]] = {
        method: partial(
            engine.convolve, case.x, case.weights, axes=(0, 1), method=method, workers=settings.threads
        )
        for method in methods
    }
    first = {method: timing.timed(call) for method, call in run.items()}
    least = min(first.values())
    near = [method for method, t in first.items() if t <= BEATEN * least or method == picked]
    contenders = [Contender(method, run[method]) for method in near]
    repeats = settings.repeats if least < STEADY else min(settings.repeats, 3)
    times = dict(zip(near, timing.interleaved(contenders, repeats=repeats, slow=1.0), strict=True))
    seconds = {**first, **{method: median(samples) for method, samples in times.items()}}
    return [
        Row(case.name, method, seconds[method], predicted=predicted, chosen=method == picked)
        for method, predicted in methods.items()
    ]


def cases(*, quick: bool) -> Iterator[Case]:
    """The grid: small pictures meet every kernel, the largest ones every third."""
    sizes = (
        ((64, 64), (400, 600)) if quick else ((64, 64), (256, 256), (400, 600), (1500, 2000), (3000, 4000))
    )
    tables = list(kernel_tables())
    for height, width in sizes:
        photograph = works.photograph(height, width)
        for dtype in (np.uint8, np.uint16, np.float32):
            for channels in (1, 3):
                large = height * width * channels > LARGE
                name = f"{width}x{height} {'gray' if channels == 1 else 'RGB'} {np.dtype(dtype)}"
                x = _converted(photograph if channels == 3 else photograph[..., 1], dtype)
                for kernel, weights in tables[:: 4 if quick else 3 if large else 1]:
                    yield Case(name, kernel, x, weights)


def kernel_tables() -> Iterator[tuple[str, Array]]:
    """Kernels of every structure that the engine tells apart, in sizes from 3 to 201."""
    rng = np.random.default_rng(4)
    for n in (3, 9, 31, 101, 201):
        yield f"box {n}x{n}", kernels.box(n)
    for sigma in (0.5, 1, 2, 5, 10, 25):
        yield f"Gaussian {sigma:g}", kernels.gaussian(sigma)
    for n in (3, 5, 9, 15, 31, 101, 201):
        yield f"dense {n}x{n}", rng.random((n, n)) / (n * n / 2)
    for n, rank in ((7, 2), (15, 3), (31, 2), (31, 5)):
        yield f"rank {rank}, {n}x{n}", rng.random((n, rank)) @ rng.random((rank, n)) / (n * n * rank / 4)
    for n, taps in ((9, 4), (31, 9), (101, 25)):
        sparse = np.zeros(n * n)
        sparse[rng.choice(n * n, taps, replace=False)] = 1 / taps
        yield f"{taps} taps in {n}x{n}", sparse.reshape(n, n)
    for length, angle in ((15, 30), (101, 45)):
        yield f"line of {length} at {angle} degrees", kernels.motion(length, angle)
    for n in (3, 15, 51, 201):
        yield f"row of {n}", rng.random((1, n)) / (n / 2)
        yield f"column of {n}", rng.random((n, 1)) / (n / 2)


def ratios(part: Part) -> list[tuple[float, str, Row, Row]]:
    """How much longer the chosen method takes than the best, worst first.

    Returns
    -------
    list of (float, str, Row, Row)
        Ratio, case, the chosen method's row and the best one's.
    """
    found = []
    for work, rows in part.works().items():
        best = min(rows.values(), key=lambda row: row.seconds)
        chosen = next((row for row in rows.values() if row.chosen), None)
        if chosen is not None:
            found.append((chosen.seconds / best.seconds, work, chosen, best))
    return sorted(found, key=lambda each: -each[0])


def _plan(case: Case, method: str, threads: int) -> engine.Plan:
    return engine.plan(case.x.shape, case.x.dtype, case.weights, axes=(0, 1), method=method, workers=threads)


def _converted(x: Array, dtype: Any) -> Array:
    if dtype == np.uint16:
        return x.astype(np.uint16) * 257
    return np.ascontiguousarray(x, dtype)
