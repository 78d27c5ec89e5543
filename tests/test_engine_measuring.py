"""Measured candidates: timed on a few tiles of the real samples, scaled, and without any effect."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from convcli.engine import convolve, execution, measure, measuring, plan, structure, tiles

RANDOM = np.random.default_rng(0)
BOX, DENSE = np.full((3, 3), 1 / 9), RANDOM.random((7, 7)) / 30
X = RANDOM.integers(0, 256, (300, 400, 3), np.uint8)


def made(x, kernel, **options):
    return plan(x.shape, x.dtype, kernel, axes=(0, 1), **options)


def test_every_method_that_applies_is_measured():
    measured = measure(made(X, DENSE), X, DENSE, budget=0.02)
    for candidate in measured.candidates:
        if candidate.applies:
            assert 0 < candidate.measured_seconds < 5
        else:
            assert candidate.measured_seconds is None


def test_measuring_changes_neither_samples_nor_plan():
    before, kept = made(X, DENSE, stride=2, boundary="reflect"), X.copy()
    after = measure(before, X, DENSE, budget=0.01)
    assert_array_equal(X, kept)
    assert (after.method, after.tile_shape, after.geometry) == (
        before.method,
        before.tile_shape,
        before.geometry,
    )
    assert [c.method for c in after.candidates] == [c.method for c in before.candidates]
    assert after.output_dtype == before.output_dtype


@given(
    outputs=st.tuples(st.integers(20, 60), st.integers(20, 60)),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    workers=st.integers(1, 3),
    rounds=st.integers(1, 6),
    method=st.sampled_from(["taps", "direct", "fft"]),
)
def test_the_first_tiles_read_what_they_read_in_the_whole(outputs, stride, workers, rounds, method):
    # Zeros outside, so that the excerpt's own end shows if anything reads beyond it.
    x = RANDOM.random((outputs[0] * stride[0], outputs[1] * stride[1], 2)) + 1
    options = {"axes": (0, 1), "stride": stride, "boundary": "zeros", "workers": workers, "method": method}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tiles, "TILE_BYTES", 4096)
        patch.setattr(tiles, "_OVERLAP", 9.0)
        whole = plan(x.shape, x.dtype, DENSE, **options)
        part, samples = measuring._excerpt(whole, x, rounds=rounds)
        found = structure.analyse(DENSE, correlate=False)
        first = execution.execute(part, found, samples)
        wanted = execution.execute(whole, found, x)[tuple(slice(n) for n in part.output_shape)]
    np.testing.assert_allclose(first, wanted, rtol=1e-12)
    taken = tiles.count(part.output_shape, part.tile_shape)
    assert 1 <= taken <= max(rounds * workers, 1)
    assert np.shares_memory(samples, x)
    for g in part.geometry:
        assert (g.size, g.out) == (samples.shape[g.axis], part.output_shape[g.axis])
        assert g.before + g.size + g.after >= g.span(g.out)


def clocked(monkeypatch, *, once=0.0, a_tile=0.1):
    """Replace the work by a clock that it moves: so long to prepare, so long for each tile of a thread."""
    now = [0.0]
    runs = []

    def execute(part, kernel, x):
        pieces = tiles.count(part.output_shape, part.tile_shape)
        runs.append(pieces)
        rounds = -(-pieces // min(part.workers, pieces))
        mean = math.prod(part.output_shape) / pieces / math.prod(part.tile_shape)
        now[0] += once + a_tile * rounds * mean

    def prepare(part, kernel):
        now[0] += once

    monkeypatch.setattr(execution, "execute", execute)
    monkeypatch.setattr(execution, "prepare", prepare)
    monkeypatch.setattr(measuring.time, "perf_counter", lambda: now[0])
    return now, runs


BIG = np.zeros((4000, 3000, 3), np.uint8)


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize(("once", "a_tile"), [(0.0, 0.001), (0.05, 0.001), (0.0, 0.04), (0.2, 1.5)])
def test_what_some_tiles_take_is_scaled_to_all(monkeypatch, workers, once, a_tile):
    whole = made(BIG, DENSE, workers=workers)
    _, runs = clocked(monkeypatch, once=once, a_tile=a_tile)
    measured = measure(whole, BIG, DENSE)
    for candidate in measured.candidates:
        if not candidate.applies:
            continue
        tile = candidate.layout.tile
        pieces = tiles.count(whole.output_shape, tile)
        mean = math.prod(whole.output_shape) / pieces / math.prod(tile)
        expected = once + a_tile * mean * -(-pieces // min(workers, pieces))
        assert candidate.measured_seconds == pytest.approx(expected, rel=1e-6)
    assert max(runs) < tiles.count(whole.output_shape, whole.tile_shape) or a_tile < 0.01


@pytest.mark.parametrize("a_tile", [0.0001, 0.01, 0.1, 0.29, 3])
def test_the_budget_is_kept(monkeypatch, a_tile):
    whole = made(BIG, DENSE, workers=2)
    now, _ = clocked(monkeypatch, a_tile=a_tile)
    measure(whole, BIG, DENSE)
    methods = sum(candidate.applies for candidate in whole.candidates)
    # A warm-up of one tile, then the budget, overrun by no more than one run.
    assert now[0] <= methods * (a_tile + 2 * max(measuring.BUDGET, a_tile)) * 1.01


def test_a_tile_that_fills_the_budget_runs_once(monkeypatch):
    _, runs = clocked(monkeypatch, a_tile=3.0)
    whole = made(BIG, DENSE, workers=2)
    measure(whole, BIG, DENSE)
    assert len(runs) == sum(candidate.applies for candidate in whole.candidates)


def test_hopeless_methods_are_not_run(monkeypatch):
    monkeypatch.setattr(measuring, "_LONGEST_TILE", 0.0)
    clocked(monkeypatch)
    measured = measure(made(BIG, DENSE), BIG, DENSE)
    assert all(candidate.measured_seconds is None for candidate in measured.candidates)


def test_what_does_not_fit_in_memory_is_not_measured(monkeypatch):
    def exhausted(*_):
        raise MemoryError

    monkeypatch.setattr(execution, "execute", exhausted)
    measured = measure(made(X, BOX), X, BOX)
    assert all(candidate.measured_seconds is None for candidate in measured.candidates)


def test_several_convolutions_take_several_times_as_long(monkeypatch):
    clocked(monkeypatch, a_tile=0.01)
    one, two = (measure(made(BIG, BOX), BIG, BOX, repeats=n).candidates[0] for n in (1, 2))
    assert two.measured_seconds == pytest.approx(2 * one.measured_seconds)


def test_an_interrupt_ends_measuring():
    token = tiles.checkpoint.set(lambda begun, total: (_ for _ in ()).throw(KeyboardInterrupt))
    try:
        with pytest.raises(KeyboardInterrupt):
            measure(made(X, BOX), X, BOX)
    finally:
        tiles.checkpoint.reset(token)


@pytest.mark.parametrize("shape", [(1, 1), (0, 5), (1, 400), (7, 3, 4)])
@pytest.mark.parametrize("mode", ["same", "full"])
def test_small_arrays_are_measured_too(shape, mode):
    x = np.zeros(shape, np.uint8)
    measured = measure(made(x, DENSE, mode=mode), x, DENSE, budget=0.001)
    assert all(c.measured_seconds is not None for c in measured.candidates if c.applies)


def test_complex_arrays_are_measured_by_a_part():
    x = X[..., 0] * (1 + 2j)
    measured = measure(plan(x.shape, x.dtype, DENSE * 1j, axes=(0, 1)), x, DENSE * 1j, budget=0.001)
    assert measured.output_dtype == np.complex128
    assert measured.candidates[0].measured_seconds > 0


def test_a_result_is_the_same_before_and_after_measuring():
    before = convolve(X, DENSE, axes=(0, 1))
    measure(made(X, DENSE), X, DENSE, budget=0.01)
    assert_array_equal(convolve(X, DENSE, axes=(0, 1)), before)
