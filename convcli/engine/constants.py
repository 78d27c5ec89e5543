"""What the engine's operations cost, in nanoseconds; `cost` says what each name counts.

Measured and written by `python -m benchmarks.fit --write`.
"""

from __future__ import annotations

from collections.abc import Mapping

MEASURED = "2026-11-21"
MACHINE = "AMD EPYC (family 26, model 2), 2 CPUs"
SOFTWARE = "Python 3.11.7, NumPy 2.4.6, scipy-openblas 0.3.31.188.0"

NANOSECONDS: Mapping[str, float] = {
    "start": 46100.0,
    "thread": 1570000.0,
    "weight": 7.35,
    "tile": 1660.0,
    "call": 1560.0,
    "handover": 18600.0,
    "row": 2.47,
    "gather": 0.118,
    "planar": 0.363,
    "store": 9.3e-05,
    "round": 0.00251,
    "multiply_add": 0.0476,
    "strided": 0.161,
    "add": 0.00481,
    "divide": 0.322,
    "matrix32": 0.017,
    "matrix64": 0.0318,
    "transform32": 0.105,
    "transform64": 0.159,
}
