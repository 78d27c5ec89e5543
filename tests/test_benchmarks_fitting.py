"""Fitting the cost model: known constants come back, whatever else is wrong with the times."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import fit, fitting
from benchmarks.fitting import Timing
from convcli.engine import constants

NAMES = ("call", "add", "matrix32", "transform64")
TRUE = {"call": 2000.0, "add": 0.05, "matrix32": 0.02, "transform64": 0.4}


def timings(count=80, *, noise=0.0, seed=0):
    """Works of all sizes, whose times follow from the true constants."""
    rng = np.random.default_rng(seed)
    made = []
    for number in range(count):
        counts = {
            "call": 10 ** rng.uniform(0, 4),
            **{name: 10 ** rng.uniform(3, 8) for name in NAMES[1:]},
        }
        seconds = 1e-9 * sum(counts[name] * TRUE[name] for name in NAMES)
        seconds *= math.exp(noise * rng.normal())
        made.append(Timing(f"work {number // 2}", f"method {number % 2}", 1, counts, counts, seconds))
    return made


@pytest.mark.parametrize("off", [1.0, 0.25, 6.0])
def test_known_constants_are_found(off):
    found = fitting.solve(timings(), {name: value * off for name, value in TRUE.items()})
    assert found == pytest.approx(TRUE, rel=0.03)
    assert fitting.ratios(timings(), found) == pytest.approx(1, rel=0.02)


def test_noise_is_averaged():
    found = fitting.solve(timings(400, noise=0.2), TRUE)
    assert found == pytest.approx(TRUE, rel=0.2)


def test_disturbed_times_hardly_count():
    disturbed = [
        Timing(t.work, t.method, t.workers, t.counts, t.ranked, t.seconds * (8 if i % 10 == 0 else 1))
        for i, t in enumerate(timings(200))
    ]
    found = fitting.solve(disturbed, TRUE)
    assert np.median(fitting.ratios(timings(200), found)) == pytest.approx(1, rel=0.15)


def test_what_was_never_counted_stays_as_it_was():
    alone = [Timing(t.work, t.method, 1, {**t.counts, "add": 0.0}, t.ranked, t.seconds) for t in timings()]
    assert fitting.solve(alone, TRUE)["add"] == TRUE["add"]


def test_no_constant_is_lost():
    # Times that nothing explains but starting operations.
    flat = [Timing("", "", 1, t.counts, t.counts, 1e-9 * t.counts["call"]) for t in timings()]
    assert all(value > 0 for value in fitting.solve(flat, TRUE).values())


def test_too_much_by_a_factor_is_as_bad_as_too_little_by_it():
    counts = dict.fromkeys(NAMES, 0.0) | {"call": 1.0}
    pair = [Timing("", "", 1, counts, counts, 1e-9 * seconds) for seconds in (1000.0, 1440.0)] * 50
    assert fitting.solve(pair, TRUE)["call"] == pytest.approx(1200, rel=0.01)


def test_picks_compare_with_the_best_of_the_same_work_and_threads():
    def timing(work, method, workers, expected, seconds):
        return Timing(work, method, workers, {"call": 9e9}, {"call": expected}, seconds)

    listed = [
        timing("a", "taps", 1, 1.0, 3.0),
        timing("a", "fft", 1, 2.0, 2.0),
        timing("a", "taps", 2, 1.0, 1.0),
        timing("a", "fft", 2, 2.0, 4.0),
        timing("b", "fft", 1, 2.0, 5.0),
    ]
    found = [(p.picked.method, p.best.method, p.ratio) for p in fitting.picks(listed, {"call": 1.0})]
    assert found == [("taps", "fft", 1.5), ("taps", "taps", 1.0), ("fft", "fft", 1.0)]


def test_the_module_of_constants_is_python_and_holds_them(tmp_path):
    told = {"measured": "2030-01-02", "machine": 'A "quoted" \\ name', "software": "NumPy 9"}
    text = fitting.module(constants.NANOSECONDS, **told)
    ast.parse(text)
    held: dict[str, object] = {}
    exec(compile(text, "constants.py", "exec"), held)
    assert held["NANOSECONDS"] == constants.NANOSECONDS
    assert (held["MEASURED"], held["MACHINE"], held["SOFTWARE"]) == tuple(told.values())
    path = tmp_path / "constants.py"
    path.write_text(text.replace(r"\"", "").replace("\\\\", ""))
    root = Path(__file__).resolve().parents[1]
    for check in (("check", "--ignore", "TID253"), ("format", "--check")):
        command = [sys.executable, "-m", "ruff", *check, "--config", str(root / "pyproject.toml"), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_the_constants_in_use_were_written_by_it():
    text = fitting.module(
        constants.NANOSECONDS,
        measured=constants.MEASURED,
        machine=constants.MACHINE,
        software=constants.SOFTWARE,
    )
    assert text == Path(constants.__file__).read_text(encoding="utf-8")


def test_the_summary_counts_what_is_within_bounds():
    lines = fit.summary(timings(), TRUE)
    assert "within 1.5x: 100%" in lines[0]
    assert "within 1.3x: 100% of 40" in lines[1]
    wrong = fit.summary(timings(), {name: 2 * value for name, value in TRUE.items()})
    assert "median 2.00" in wrong[0]
    assert "within 1.5x: 0%" in wrong[0]


def test_one_work_is_measured_and_its_counts_explain_it(monkeypatch):
    monkeypatch.setattr(fit, "PICTURES", ((64, 64, 3, "uint8"),))
    monkeypatch.setattr(fit, "SHORTEST", 0.0)
    told: list[str] = []
    measured = fit.measure(repeats=1, seconds=0.0, tell=told.append)
    assert (measured, told) == ([], ["0 s are over"])
    case = next(fit.cases())
    found = fit.compete(case, repeats=1)
    assert {timing.workers for timing in found} == set(fit.WORKERS)
    assert len({(timing.method, timing.workers) for timing in found}) == len(found) >= 2
    for timing in found:
        assert set(timing.counts) == set(timing.ranked) == set(constants.NANOSECONDS)
        assert timing.seconds > 0
