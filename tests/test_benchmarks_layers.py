"""The benchmark of layers: every way computes the same layer."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent))

from benchmarks import layers
from benchmarks.layers import LayerWork
from benchmarks.settings import Settings
from benchmarks.works import GOALS

WORKS = (
    LayerWork("plain", (2, 4, 9), 6, 3, padding=1),
    LayerWork("strided", (1, 3, 11), 5, 5, stride=2, padding=2),
    LayerWork("grouped", (2, 6, 8), 4, 3, groups=2),
    LayerWork("depthwise", (1, 4, 8), 4, 3, padding=1, groups=4),
    LayerWork("transposed", (1, 4, 6), 3, 4, 2, 1, kind="convt"),
    LayerWork("maximum", (2, 3, 9), 3, 3, 2, 1, kind="max"),
    LayerWork("average", (2, 3, 9), 3, 3, 2, 1, kind="avg"),
)


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.title)
def test_all_ways_give_one_result(monkeypatch: pytest.MonkeyPatch, work: LayerWork) -> None:
    monkeypatch.setattr(layers, "WORKS", (None, None, work))
    part = layers.measure(Settings(quick=True, repeats=1, threads=1))
    assert {row.work for row in part.rows} == {work.name}
    for row in part.rows:
        if row.tool == layers.GEMM:
            assert row.accuracy == ""
        else:
            assert row.accuracy == "exact" or float(row.accuracy) < 1e-5


def test_what_is_compared() -> None:
    truth = np.array([1.0, -8.0])
    assert layers._judged(truth, truth) == "exact"
    assert layers._judged(truth + np.array([0.4, 0]), truth) == "5.0e-02"


def test_the_product_is_as_large_as_the_layer() -> None:
    for work in WORKS[:4]:
        found = layers.product(work)()
        assert found.size == work.shape[0] * work.outputs * work.axis.output**2
        inner = work.weights[0].size
        assert found.size * inner == work.multiply_adds


def test_goals_are_those_of_works_there_are() -> None:
    names = {work.name for work in layers.WORKS}
    assert len(names) == len(layers.WORKS)
    assert {name for name in GOALS if layers.GEMM in GOALS[name]} <= names
