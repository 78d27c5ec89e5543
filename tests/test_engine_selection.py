"""Candidates: every method is weighed, the plan is the best of them, and says so consistently."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.engine import layout, plan
from convcli.engine.request import METHODS

RANDOM = np.random.default_rng(0)
LINE = np.exp(-0.5 * (np.arange(-8, 9) / 2) ** 2)
LINE /= LINE.sum()
KERNELS = {
    "box": np.full((3, 5), 1 / 15),
    "product": np.outer(LINE, LINE),
    "dense": RANDOM.random((5, 5)),
    "large": RANDOM.random((61, 61)),
    "rank 2": RANDOM.random((15, 2)) @ RANDOM.random((2, 15)),
    "sparse": np.pad(np.eye(2), 7),
    "none": np.zeros((3, 3)),
}


def by_method(made):
    return {candidate.method: candidate for candidate in made.candidates}


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32", "complex64"])
@pytest.mark.parametrize("method", ["auto", "taps", "fft"])
def test_candidates_are_complete_and_agree_with_the_plan(kernel, dtype, method):
    made = plan((300, 400, 3), dtype, KERNELS[kernel], axes=(0, 1), method=method)
    found = by_method(made)
    assert sorted(found) == sorted(METHODS)
    taken = found[made.method]
    assert taken.applies
    assert made.using(taken).candidates == made.candidates
    assert (made.work_dtype, made.predicted_seconds) == (taken.work_dtype, taken.predicted_seconds)
    assert (made.order, made.tile_shape, made.fft_shape) == (
        taken.layout.order,
        taken.layout.tile,
        taken.layout.lengths,
    )
    assert made.reason == (taken.reason if method == "auto" else f"asked for: {taken.reason}")
    assert all(candidate.measured_seconds is None for candidate in made.candidates)
    assert all(candidate.reason for candidate in made.candidates)


@given(
    kernel=st.sampled_from(sorted(KERNELS)),
    shape=st.tuples(st.integers(1, 5000), st.integers(1, 5000), st.integers(1, 4)),
    dtype=st.sampled_from(["uint8", "uint16", "int32", "float32", "float64"]),
)
def test_those_that_apply_come_first_and_the_first_is_taken(kernel, shape, dtype):
    made = plan(shape, dtype, KERNELS[kernel], axes=(0, 1))
    keys = [(not candidate.applies, candidate.rank) for candidate in made.candidates]
    assert keys == sorted(keys)
    assert made.method == made.candidates[0].method
    two = plan(shape, dtype, KERNELS[kernel], axes=(0, 1), workers=2).candidates
    ranked = [candidate.predicted_seconds for candidate in two if candidate.applies]
    assert ranked == sorted(ranked)


@given(
    kernel=st.sampled_from(sorted(KERNELS)),
    shape=st.tuples(st.integers(1, 3000), st.integers(1, 3000), st.integers(1, 4)),
    workers=st.integers(1, 64),
)
def test_the_choice_does_not_depend_on_the_workers(kernel, shape, workers):
    # Methods round differently: the result would show how many threads there were.
    one, many = (plan(shape, "uint8", KERNELS[kernel], axes=(0, 1), workers=n) for n in (1, workers))
    assert [c.method for c in one.candidates] == [c.method for c in many.candidates]
    assert (one.work_dtype, one.tile_shape, one.fft_shape) == (
        many.work_dtype,
        many.tile_shape,
        many.fft_shape,
    )


def test_what_cannot_compute_a_kernel_says_why():
    found = by_method(plan((300, 400), "uint8", KERNELS["dense"], axes=(0, 1)))
    for method, reason in (("box", "weights differ"), ("separable", "not a short sum of products")):
        candidate = found[method]
        assert (candidate.applies, candidate.reason, candidate.rank) == (False, reason, math.inf)
        assert candidate.work_dtype is candidate.layout is candidate.predicted_seconds is None
        with pytest.raises(ValueError, match=reason):
            candidate.decisions()


def test_whole_numbers_rule_out_what_is_not_exact():
    kernel = np.arange(15.0 * 15).reshape(15, 15)
    found = by_method(plan((300, 400), "int32", kernel, axes=(0, 1)))
    assert not found["fft"].applies
    assert found["fft"].reason == "whole numbers must be exact"
    assert found["fft"].predicted_seconds > 0
    asked = by_method(plan((300, 400), "int32", kernel, axes=(0, 1), method="fft"))
    assert asked["fft"].applies


def test_tiles_that_take_too_much_memory_rule_a_method_out(monkeypatch):
    monkeypatch.setattr(layout, "fits", lambda tiled, work: not tiled.lengths)
    refused = by_method(plan((300, 400), "uint8", KERNELS["large"], axes=(0, 1)))["fft"]
    assert (refused.applies, refused.reason) == (False, "tiles beyond 4 GiB")


def test_the_times_of_several_are_those_of_one_times_their_number():
    one = plan((300, 400), "uint8", KERNELS["dense"], axes=(0, 1))
    three = one.times(3)
    assert three.predicted_seconds == pytest.approx(3 * one.predicted_seconds)
    for single, triple in zip(one.candidates, three.candidates, strict=True):
        if single.applies:
            assert triple.predicted_seconds == pytest.approx(3 * single.predicted_seconds)
        else:
            assert triple == single


def test_planning_is_cheap():
    kernel = np.full((3, 3), 1 / 9)
    times = []
    for _ in range(30):
        started = time.perf_counter()
        plan((3000, 4000, 3), "uint8", kernel, axes=(0, 1))
        times.append(time.perf_counter() - started)
    assert min(times) < 1e-3
