"""The cost model: linear in its constants, and dearer for whoever does more."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.engine import cost, plan, tiles
from convcli.engine.constants import NANOSECONDS
from convcli.engine.request import METHODS

RANDOM = np.random.default_rng(0)
PRODUCT = {n: np.outer(RANDOM.random(n), RANDOM.random(n)) for n in (3, 9, 33, 101)}


def predicted(shape, kernel, method, *, dtype="uint8", workers=1, **options):
    made = plan(shape, dtype, kernel, axes=(0, 1), method=method, workers=workers, **options)
    return made.predicted_seconds


def bills(shape, dtype, kernel, **options):
    made = plan(shape, dtype, kernel, axes=(0, 1), **options)
    return {candidate.method: candidate.bill for candidate in made.candidates if candidate.bill}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32", "float64"])
def test_larger_pictures_cost_more(method, dtype):
    kernel = np.full((7, 7), 1 / 49)
    sides = (40, 200, 1000, 5000)
    times = [predicted((side, side, 3), kernel, method, dtype=dtype) for side in sides]
    assert times == sorted(times)
    # In the end the time grows with the area.
    assert 10 < times[-1] / times[-2] < 40


@pytest.mark.parametrize("method", ["taps", "separable", "direct", "fft"])
def test_larger_kernels_cost_more(method):
    times = [predicted((1000, 1000), kernel, method, dtype="float64") for kernel in PRODUCT.values()]
    # Short passes by shifts and by matrix products take about the same time.
    assert all(0.8 * a < b for a, b in itertools.pairwise(times))
    assert times[-1] > 2 * times[0]


def test_the_width_of_a_box_hardly_matters():
    times = [predicted((3000, 3000), np.full((n, n), 1 / n**2), "box") for n in (3, 31, 255)]
    assert max(times) < 8 * min(times)


@given(st.sampled_from(sorted(METHODS)), st.integers(1, 3000), st.integers(2, 16))
def test_threads_share_the_tiles_and_nothing_else(method, side, workers):
    bill = bills((side, side, 3), "uint8", np.full((5, 5), 1 / 25))[method]
    one, many = bill.counts(1), bill.counts(workers)
    busy = -(-bill.pieces // min(workers, bill.pieces)) / bill.pieces
    for name in set(NANOSECONDS) - {"thread", "handover"}:
        assert many[name] == pytest.approx(one[name] * (1 if name in cost.SERIAL else busy))
    assert (one["thread"], one["handover"]) == (0, 0)
    assert many["thread"] == min(workers, bill.pieces) - 1


def test_a_prediction_is_the_sum_of_what_is_counted():
    bill = bills((300, 400), "uint8", PRODUCT[9])["separable"]
    counted = bill.counts(2)
    assert set(counted) == set(NANOSECONDS)
    assert bill.seconds(2) == pytest.approx(1e-9 * sum(n * NANOSECONDS[name] for name, n in counted.items()))
    doubled = {name: 2 * value for name, value in NANOSECONDS.items()}
    assert cost.seconds(counted, doubled) == pytest.approx(2 * bill.seconds(2))


def test_every_constant_counts_somewhere():
    counted = dict.fromkeys(NANOSECONDS, 0.0)
    for dtype, kernel, stride in itertools.product(
        ("uint8", "float32", "float64"), (np.full((5, 5), 0.04), PRODUCT[33] / PRODUCT[33].sum()), (1, 2)
    ):
        for shape in ((900, 900), (900, 900, 3)):
            for bill in bills(shape, dtype, kernel, stride=stride).values():
                for name, amount in bill.counts(2).items():
                    counted[name] += amount
    assert {name for name, amount in counted.items() if amount == 0} == set()


def test_no_cost_is_negative_or_nothing():
    assert all(0 < value < math.inf for value in NANOSECONDS.values())


@pytest.mark.parametrize("size", [33, 101])
def test_matrix_products_pay_for_every_multiply_add(size):
    kernel = PRODUCT[size]
    counted = bills((1000, 1000), "float64", kernel)["separable"].counts(1)
    # Two passes over every output, each as long as the kernel at least.
    assert counted["matrix64"] >= 2 * len(kernel) * 1000 * 1000
    assert counted["matrix32"] == 0


def test_taps_are_counted_one_by_one():
    counted = bills((500, 500), "float64", PRODUCT[9])["taps"].counts(1)
    assert counted["multiply_add"] == 81 * 500 * 500 * 8
    assert counted["call"] >= 2 * 81


def test_short_operations_are_handed_over_dearly(monkeypatch):
    shares = []
    for size in (1 << 20, 1 << 14):
        monkeypatch.setattr(tiles, "TILE_BYTES", size)
        counted = bills((2000, 2000), "float64", PRODUCT[3])["taps"].counts(2)
        shares.append(counted["handover"] / counted["call"])
    assert 0 < shares[0] < shares[1] < 1


def test_an_empty_result_costs_next_to_nothing():
    assert predicted((0, 300), PRODUCT[9], "auto") < 0.01
