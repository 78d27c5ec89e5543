"""Convolution for pictures, sounds, probability distributions and numbers on paper."""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Loaded on first use (PEP 562): `import convcli` itself stays free of NumPy.
_PUBLIC = {
    "convolve": "convcli.engine",
    "plan": "convcli.engine",
    "output_size": "convcli.arithmetic.shapes",
    "pmf": "convcli.probability",
}

__all__ = ["__version__", "convolve", "output_size", "plan", "pmf"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
