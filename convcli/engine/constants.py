"""What the engine's operations cost, in nanoseconds; `cost` says what each name counts.

Measured and written by `python -m benchmarks.fit --write`.
"""

from __future__ import annotations

from collections.abc import Mapping

MEASURED = "2026-11-21"
MACHINE = "AMD EPYC (family 26, model 2), 2 CPUs"
SOFTWARE = "Python 3.11.7, NumPy 2.4.6, scipy-openblas 0.3.31.188.0"

NANOSECONDS: Mapping[str, float] = {
    "start": 36300.0,
    "thread": 1620000.0,
    "weight": 6.14,
    "tile": 5300.0,
    "call": 1580.0,
    "handover": 12300.0,
    "row": 2.3,
    "gather": 0.117,
    "planar": 0.418,
    "store": 8.95e-05,
    "round": 0.000126,
    "multiply_add": 0.046,
    "strided": 0.172,
    "add": 0.00761,
    "divide": 0.282,
    "matrix32": 0.0151,
    "matrix64": 0.0294,
    "transform32": 0.0934,
    "transform64": 0.15,
}
