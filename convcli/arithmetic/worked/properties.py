"""The laws of convolution, both sides worked with given numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcli.arithmetic.notation import format_shape, plain_number
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked.building import MOST_PRODUCTS, aligned
from convcli.arithmetic.worked.spectra import Spectra, spectra
from convcli.errors import ConvError, UsageError, shortened

PROPERTIES = ("commutative", "associative", "distributive", "theorem")
CONVOLUTION, CORRELATION = "*", "⋆"

THIRD = Tensor.of([1, -1])  # the third operand where none is given: it takes differences

# Expressions with their values, each worked from those before it.
Chain = tuple[tuple[str, Tensor], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A law, and whether it holds.

    Parameters
    ----------
    name : {"commutative", "associative", "distributive", "theorem"}
    law : str
        An equation in f, g and h; ``*`` is convolution, ``⋆`` correlation and F the Fourier transform.
    operands : tuple of (str, Tensor)
        f, g and where there is one h.
    left, right : tuple of (str, Tensor)
        The two sides, each the last of the expressions that it is worked from. The theorem has its sides in
        `spectra`, and the convolution on the left.
    holds : bool
        Whether the sides are equal; of the theorem up to rounding.
    remarks : tuple of str
        What is to be known about it.
    spectra : Spectra or None
        Of the theorem alone.
    """

    name: str
    law: str
    operands: Chain
    left: Chain
    right: Chain = ()
    holds: bool
    remarks: tuple[str, ...] = ()
    spectra: Spectra | None = None

    def record(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""

        def chain(expressions: Chain) -> list[dict[str, Any]]:
            return [
                {"expression": name, "value": value.nested(plain_number), "exact": value.nested(str)}
                for name, value in expressions
            ]

        return {
            "name": self.name,
            "law": self.law,
            "holds": self.holds,
            "operands": chain(self.operands),
            "left": chain(self.left),
            "right": chain(self.right),
            "remarks": list(self.remarks),
            "spectra": None if self.spectra is None else self.spectra.record(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operands:
    """What the laws are worked with: all of the same number of axes."""

    f: Tensor
    g: Tensor
    h: Tensor
    given: bool  # h
    correlate: bool

    @property
    def sign(self) -> str:
        return CORRELATION if self.correlate else CONVOLUTION

    def join(self, a: Tensor, b: Tensor) -> Tensor:
        return full(a, b.reversed() if self.correlate else b)


def check(
    names: Sequence[str], f: Tensor, g: Tensor, h: Tensor | None = None, *, correlate: bool = False
) -> tuple[Property, ...]:
    """Work both sides of laws of full convolution.

    Parameters
    ----------
    names : sequence of str
        Of `PROPERTIES`.
    f, g : Tensor
        Without channels. A list next to a table counts as a table of one row.
    h : Tensor, optional
        The third operand of the associative and distributive laws; default `THIRD`.
    correlate : bool
        Correlate instead, ``(f ⋆ g)[n] = sum_j f[n + j] g[j]``, for which not all of them hold.

    Returns
    -------
    tuple of Property
        In the order of `names`.

    Raises
    ------
    UsageError
        If a name is none of them, or none of them has a third operand and `h` is given.
    ConvError
        If the operands are too long.
    """
    laws: dict[str, Callable[[_Operands], Property]] = {
        "commutative": _commutative,
        "associative": _associative,
        "distributive": _distributive,
        "theorem": _theorem,
    }
    for name in names:
        if name not in laws:
            raise UsageError(
                f"{shortened(name)!r} is no law of convolution", hint=f"choose from {', '.join(PROPERTIES)}"
            )
    if h is not None and not {"associative", "distributive"}.intersection(names):
        raise UsageError(
            "--third belongs to the associative and the distributive law",
            hint="add one of them, or leave it out",
        )
    third = THIRD if h is None else h
    ndim = max(operand.ndim for operand in (f, g, third))
    f, g, third = (operand.reshaped(aligned(operand.shape, ndim)) for operand in (f, g, third))
    operands = _Operands(f=f, g=g, h=third, given=h is not None, correlate=correlate)
    return tuple(laws[name](operands) for name in names)


def full(a: Tensor, b: Tensor) -> Tensor:
    """Return the full convolution of two arrays with the same number of axes.

    Each number of one meets each of the other: as many products as there are pairs, whichever of the two is
    the longer one. Sliding a long kernel along a short input takes many more, with the padding.

    Raises
    ------
    ConvError
        If there are more than `MOST_PRODUCTS` pairs.
    """
    if (products := len(a.values) * len(b.values)) > MOST_PRODUCTS:
        raise ConvError(
            f"{products:,} products are too many to work: the most is {MOST_PRODUCTS:,}",
            hint="take shorter operands",
        )
    shape = tuple(m + n - 1 for m, n in zip(a.shape, b.shape, strict=True))
    sums = [Fraction(0)] * math.prod(shape)
    offset = Tensor(shape, ()).offset
    others = [(offset(index), value) for index, value in zip(b.indices(), b.values, strict=True)]
    for index, value in zip(a.indices(), a.values, strict=True):
        first = offset(index)
        for further, other in others:
            sums[first + further] += value * other
    return Tensor(shape, tuple(sums))


def _commutative(its: _Operands) -> Property:
    sign = its.sign
    left, right = its.join(its.f, its.g), its.join(its.g, its.f)
    return Property(
        name="commutative",
        law=f"f {sign} g = g {sign} f",
        operands=(("f", its.f), ("g", its.g)),
        left=((f"f {sign} g", left),),
        right=((f"g {sign} f", right),),
        holds=left == right,
        remarks=(f"g {sign} f is f {sign} g in opposite order",) if its.correlate else (),
    )


def _associative(its: _Operands) -> Property:
    sign = its.sign
    first, last = its.join(its.f, its.g), its.join(its.g, its.h)
    left, right = its.join(first, its.h), its.join(its.f, last)
    always = f"(f {sign} g) {sign} h is always f {sign} (g {CONVOLUTION} h)"
    return Property(
        name="associative",
        law=f"(f {sign} g) {sign} h = f {sign} (g {sign} h)",
        operands=(("f", its.f), ("g", its.g), ("h", its.h)),
        left=((f"f {sign} g", first), (f"(f {sign} g) {sign} h", left)),
        right=((f"g {sign} h", last), (f"f {sign} (g {sign} h)", right)),
        holds=left == right,
        remarks=(*_of_third(its), *([always] if its.correlate else [])),
    )


def _distributive(its: _Operands) -> Property:
    sign = its.sign
    shape = tuple(max(sizes) for sizes in zip(its.g.shape, its.h.shape, strict=True))
    g, h = _extended(its.g, shape), _extended(its.h, shape)
    both = _sum(g, h)
    left = its.join(its.f, both)
    first, last = its.join(its.f, g), its.join(its.f, h)
    right = _sum(first, last)
    longer = [name for name, now, then in (("g", g, its.g), ("h", h, its.h)) if now != then]
    padded = f"zeros are added at the end of {' and of '.join(longer)}, up to {format_shape(shape)}"
    return Property(
        name="distributive",
        law=f"f {sign} (g + h) = f {sign} g + f {sign} h",
        operands=(("f", its.f), ("g", g), ("h", h)),
        left=(("g + h", both), (f"f {sign} (g + h)", left)),
        right=((f"f {sign} g", first), (f"f {sign} h", last), (f"f {sign} g + f {sign} h", right)),
        holds=left == right,
        remarks=(*_of_third(its), *([padded] if longer else [])),
    )


def _theorem(its: _Operands) -> Property:
    f, g = its.f, its.g
    result, name = its.join(f, g), f"f {its.sign} g"
    operands: Chain = (("f", f), ("g", g))
    remarks: tuple[str, ...] = ()
    if its.correlate:
        g = g.reversed()
        operands = (*operands, ("r", g))
        remarks = ("r is g in opposite order", "F(r) is the conjugate of F(g), turned by a shift")
    found = spectra(f, g, result)
    return Property(
        name="theorem",
        law=f"F({name}) = F(f) F({'r' if its.correlate else 'g'})",
        operands=operands,
        left=((name, result),),
        holds=found.agree,
        remarks=remarks,
        spectra=found,
    )


def _of_third(its: _Operands) -> list[str]:
    return [] if its.given else ["h takes differences, since none was given"]


def _extended(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Zeros behind an array, up to a shape."""
    numbers = dict(zip(x.indices(), x.values, strict=True))
    indices = Tensor.full(shape, 0).indices()
    return Tensor(shape, tuple(numbers.get(index, Fraction(0)) for index in indices))


def _sum(a: Tensor, b: Tensor) -> Tensor:
    return Tensor(a.shape, tuple(x + y for x, y in zip(a.values, b.values, strict=True)))
