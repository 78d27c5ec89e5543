"""What the page can begin with, and what is wrong with what it cannot."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from convcli.errors import UsageError

KINDS = ("numbers", "functions", "distribution")
FAMILIES = ("box", "triangle", "ramp", "cosine", "gaussian", "decay")

MOST_POINTS = 5_000
"""Most lattice points of a distribution from its first outcome to its last."""

_FINEST = 10**9  # of a lattice: outcomes are read as fractions with denominators up to this


def check(scene: Mapping[str, Any]) -> None:
    """Check a scene.

    Parameters
    ----------
    scene : mapping
        With a ``title`` and a ``kind``:

        ``"numbers"``
            ``input`` and ``kernel``, lists or tables alike. Optional: ``bias``, ``transposed`` and
            ``correlate`` (booleans), ``boundary`` (``name`` as in `arithmetic.boundary`, ``value``), and for
            each axis ``padding`` (pairs before, after), ``stride``, ``dilation`` and ``output_padding``.
        ``"functions"``
            ``f`` and ``g``, both optional: ``name`` (box, triangle, ramp, cosine, gaussian or decay),
            ``width`` (of its support; the standard deviation; the time constant), ``centre`` (start of a
            decay) and ``height``.
        ``"distribution"``
            ``f`` and ``g``: ``name``, ``support`` (numbers on a lattice), ``probability``; and ``given``, the
            total to begin with, or None.

    Raises
    ------
    UsageError
        If the scene cannot be shown.
    """
    kind = scene.get("kind")
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is not a kind of scene", hint=f"choose one of {', '.join(KINDS)}")
    _check_finite(scene)
    if kind == "numbers":
        _check_numbers(scene)
    elif kind == "functions":
        for name in ("f", "g"):
            _check_function(name, scene.get(name, {}))
    else:
        for name in ("f", "g"):
            _check_distribution(name, scene[name])


def _check_numbers(scene: Mapping[str, Any]) -> None:
    shapes = [_shape(name, scene[name]) for name in ("input", "kernel")]
    if len(shapes[0]) != len(shapes[1]):
        raise UsageError(
            "the page needs an input and a kernel of as many axes",
            hint="type both as lists, or both as tables",
        )
    for name in ("padding", "stride", "dilation", "output_padding"):
        if name in scene and len(scene[name]) != len(shapes[0]):
            raise UsageError(f"{name} has {len(scene[name])} entries for {len(shapes[0])} axes")


def _shape(name: str, values: Any) -> tuple[int, ...]:
    """Lengths along the axes of a list or a table."""
    shape: tuple[int, ...] = ()
    while isinstance(values, Sequence):
        if not values or (isinstance(values[0], Sequence) and len({len(row) for row in values}) > 1):
            raise UsageError(f"{name} is neither a list nor a table")
        shape, values = (*shape, len(values)), values[0]
    if len(shape) not in (1, 2):
        raise UsageError(
            f"the page shows lists and tables, and {name} has {len(shape)} axes",
            hint="give one channel, without its axis",
        )
    return shape


def _check_function(name: str, curve: Mapping[str, Any]) -> None:
    family = curve.get("name", FAMILIES[0])
    if family not in FAMILIES:
        raise UsageError(f"{name}: {family!r} is not a shape", hint=f"choose one of {', '.join(FAMILIES)}")
    if curve.get("width", 1) <= 0:
        raise UsageError(f"{name}: width {curve['width']} must be above 0")


def _check_distribution(name: str, law: Mapping[str, Any]) -> None:
    outcomes, probabilities = law["support"], law["probability"]
    if not outcomes or len(outcomes) != len(probabilities):
        raise UsageError(f"{name} has {len(outcomes)} outcomes and {len(probabilities)} probabilities")
    if min(probabilities) < 0 or not any(probabilities):
        raise UsageError(f"{name} needs probabilities of 0 or more, and one above 0")
    exact = [Fraction(outcome).limit_denominator(_FINEST) for outcome in outcomes]
    least = min(exact)
    apart = [outcome - least for outcome in exact if outcome != least]
    scale = math.lcm(*(distance.denominator for distance in apart))
    step = Fraction(math.gcd(*(int(distance * scale) for distance in apart)), scale)
    if apart and max(apart) / step >= MOST_POINTS:
        raise UsageError(
            f"{name} has outcomes on more than {MOST_POINTS:,} points, the most that the page shows"
        )


def _check_finite(value: Any) -> None:
    """JSON has no infinity, and a page no place for it."""
    if isinstance(value, Mapping):
        for item in value.values():
            _check_finite(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            _check_finite(item)
    elif isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"the page shows finite numbers only, and not {value}")
