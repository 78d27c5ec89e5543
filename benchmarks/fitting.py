"""From measured times to the constants of the engine's cost model, without measuring anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Constants = Mapping[str, float]
Floats = NDArray[np.float64]

# A constant stays within this factor of the one before: what was hardly measured is not blown up, or lost.
_LEEWAY = 20.0

# How strongly each constant is held at the one before, in units of one timing's relative error.
_HOLD = 0.05

# Beyond this error a timing counts no more than proportionally: it was disturbed.
_DISTURBED = 0.5

_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Timing:
    """One method at one work.

    Parameters
    ----------
    work, method : str
    workers : int
        Threads it could use.
    counts : mapping
        What it did, by the names of the constants.
    ranked : mapping
        What it does with as many threads as the planner's choice is made for.
    seconds : float
        Time it took.
    """

    work: str
    method: str
    workers: int
    counts: Mapping[str, float]
    ranked: Mapping[str, float]
    seconds: float

    def predicted(self, constants: Constants) -> float:
        """Seconds that the model expects."""
        return _total(self.counts, constants)

    def ratio(self, constants: Constants) -> float:
        """Predicted over measured."""
        return self.predicted(constants) / self.seconds


@dataclass(frozen=True, slots=True)
class Pick:
    """What the planner would choose for a work, and what was best.

    Parameters
    ----------
    picked, best : Timing
    """

    picked: Timing
    best: Timing

    @property
    def ratio(self) -> float:
        """Time of the method picked over that of the best."""
        return self.picked.seconds / self.best.seconds


def solve(timings: Sequence[Timing], before: Constants) -> dict[str, float]:
    """Constants under which predictions are off by the least factors.

    Parameters
    ----------
    timings : sequence of Timing
    before : mapping
        The constants so far, in nanoseconds, all of them positive.

    Returns
    -------
    dict
        As `before`, to three digits.

    Notes
    -----
    Least squares of ln(p / t), p predicted and t measured, which counts twice too much like twice too little;
    Huber's loss where the time was disturbed. Solved as linear least squares of p - t, each round with the
    weights under which its solution would be that of the problem itself, if p were that of the round before.
    """
    from scipy.optimize import lsq_linear

    names = list(before)
    scale = np.array([before[name] for name in names])
    measured = np.array([timing.seconds for timing in timings])
    parts = 1e-9 * scale * np.array([[timing.counts[name] for name in names] for timing in timings])
    hold = _HOLD * np.eye(len(names))
    predicted = measured
    for _ in range(_ROUNDS):
        weights = _weights(predicted, measured)
        rows = np.vstack([parts * weights[:, np.newaxis], hold])
        wanted = np.concatenate([measured * weights, np.full(len(names), _HOLD)])
        factors = lsq_linear(rows, wanted, bounds=(1 / _LEEWAY, _LEEWAY), method="bvls").x
        predicted = parts @ factors
    return {name: float(f"{value:.3g}") for name, value in zip(names, scale * factors, strict=True)}


def _weights(predicted: Floats, measured: Floats) -> Floats:
    """Square roots of ln(p / t) / (p (p - t)), which is 1 / p^2 for p = t, times those of Huber."""
    errors = np.log(predicted / measured)
    near = np.abs(errors) < 1e-6
    slopes = np.where(near, 1 / predicted, errors / np.where(near, 1, predicted - measured)) / predicted
    weights: Floats = np.sqrt(slopes * _DISTURBED / np.maximum(np.abs(errors), _DISTURBED))
    return weights


def ratios(timings: Iterable[Timing], constants: Constants) -> Floats:
    """Predicted over measured, of every timing."""
    return np.array([timing.ratio(constants) for timing in timings])


def picks(timings: Iterable[Timing], constants: Constants) -> Iterator[Pick]:
    """What would be picked, and what was best, for every work and number of threads."""
    groups: dict[tuple[str, int], list[Timing]] = {}
    for timing in timings:
        groups.setdefault((timing.work, timing.workers), []).append(timing)
    for group in groups.values():
        picked = min(group, key=lambda timing: _total(timing.ranked, constants))
        yield Pick(picked, min(group, key=lambda timing: timing.seconds))


def module(constants: Constants, *, measured: str, machine: str, software: str) -> str:
    """Source of the module that holds the constants.

    Parameters
    ----------
    constants : mapping
        In nanoseconds, by name.
    measured, machine, software : str
        Date, processor, and versions.
    """
    lines = "".join(f'    "{name}": {value!r},\n' for name, value in constants.items())
    return _MODULE.format(
        measured=json.dumps(measured), machine=json.dumps(machine), software=json.dumps(software), lines=lines
    )


_MODULE = '''"""What the engine's operations cost, in nanoseconds; `cost` says what each name counts.

Measured and written by `python -m benchmarks.fit --write`.
"""

from __future__ import annotations

from collections.abc import Mapping

MEASURED = {measured}
MACHINE = {machine}
SOFTWARE = {software}

NANOSECONDS: Mapping[str, float] = {{
{lines}}}
'''


def _total(counts: Mapping[str, float], constants: Constants) -> float:
    return 1e-9 * sum(amount * constants[name] for name, amount in counts.items())
