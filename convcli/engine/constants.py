"""What the engine's operations cost, in nanoseconds; `cost` says what each name counts.

Measured and written by `python -m benchmarks.fit --write`.
"""

from __future__ import annotations

from collections.abc import Mapping

MEASURED = "2026-11-21"
MACHINE = "AMD EPYC (family 26, model 2), 2 CPUs"
SOFTWARE = "Python 3.11.7, NumPy 2.4.6, scipy-openblas 0.3.31.188.0"

NANOSECONDS: Mapping[str, float] = {
    "start": 6600.0,
    "thread": 1450000.0,
    "weight": 9.88,
    "tile": 33300.0,
    "call": 810.0,
    "handover": 10800.0,
    "row": 2.43,
    "gather": 0.0824,
    "planar": 0.462,
    "store": 0.00186,
    "round": 0.0501,
    "multiply_add": 0.0454,
    "strided": 0.149,
    "add": 0.0062,
    "divide": 0.468,
    "matrix32": 0.0277,
    "matrix64": 0.0552,
    "transform32": 0.25,
    "transform64": 0.301,
}
