"""Laws of convolution on the sheet: both sides worked, and whether they agree."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from convcli.arithmetic.sheet.heading import numbers
from convcli.arithmetic.sheet.style import LAST_SHOWN, STEPS_SHOWN, Style, fitted
from convcli.arithmetic.worked.properties import CORRELATION, Chain, Property
from convcli.arithmetic.worked.spectra import Spectra

_DIGITS = 4  # of the real and the imaginary part in the table of spectra


def properties_view(checked: tuple[Property, ...], style: Style) -> list[str]:
    """Write laws one after another, with what their sides are worked from.

    Parameters
    ----------
    checked : tuple of Property
    style : Style

    Returns
    -------
    list of str
        One line of text each.
    """
    parts = [list(_law(_with_sign(one, style.star), style)) for one in checked]
    return [line for number, part in enumerate(parts) for line in (["", ""] if number else []) + part]


def _with_sign(one: Property, star: str) -> Property:
    """Use another sign for correlation."""

    def named(chain: Chain) -> Chain:
        return tuple((name.replace(CORRELATION, star), value) for name, value in chain)

    return replace(
        one,
        law=one.law.replace(CORRELATION, star),
        left=named(one.left),
        right=named(one.right),
        remarks=tuple(remark.replace(CORRELATION, star) for remark in one.remarks),
    )


def _law(one: Property, style: Style) -> Iterator[str]:
    yield f"{one.name}: {one.law}"
    for chain in (one.operands, one.left, one.right):
        if chain:
            yield ""
            yield from _chain(chain, one, style)
    if one.spectra is not None:
        yield from _table(one.spectra, one, style)
    yield ""
    if one.holds:
        yield "both sides are equal" + (" up to rounding" if one.spectra else "")
    else:
        yield "the two sides differ"
    yield from one.remarks


def _chain(chain: Chain, one: Property, style: Style) -> Iterator[str]:
    """Expressions and their values, behind an equals sign or, tables, under it."""
    everything = (*one.operands, *one.left, *one.right)
    margin = max(len(name) for name, _ in everything)
    for number, (name, value) in enumerate(chain):
        if value.ndim == 1:
            [line] = numbers(value, replace(style, width=style.width - margin - len(" = ")))
            yield f"{name:<{margin}} = {line}"
        else:
            yield from ([""] if number else [])
            yield f"{name} ="
            yield from numbers(value, style)


def _table(found: Spectra, one: Property, style: Style) -> Iterator[str]:
    """A row for each frequency: the two spectra, their product, the spectrum of the result."""
    left, right = one.law.split(" = ")
    factors = right.split(" ")
    tiny = found.scale * 1e-12
    rows = [["k", *factors, right, left]]
    columns = zip(found.f, found.g, found.product, found.result, strict=True)
    indices = itertools.product(*map(range, found.shape))
    for index, values in zip(indices, columns, strict=True):
        rows.append([",".join(map(str, index)), *(_complex(value, tiny) for value in values)])
    skipped = len(rows) - 1 - STEPS_SHOWN
    lines = fitted(rows, style, separator="   ")
    if skipped > 0:
        lines = [
            *lines[: 1 + STEPS_SHOWN - LAST_SHOWN],
            f"{style.dots} {skipped:,} more frequencies",
            *lines[-LAST_SHOWN:],
        ]
    yield ""
    yield from lines
    yield ""
    yield f"largest difference {found.difference:.2g}, by the rounding of floating-point numbers"
    if found.wrapped is not None:
        length = "x".join(map(str, found.wrapped.shape))
        yield f"transforms of length {length}, of the longer operand, would wrap it round to"
        yield from numbers(found.wrapped, style)


def _complex(value: complex, tiny: float) -> str:
    """A complex number with a few digits; what is there by rounding alone is 0."""
    real, imaginary = (0.0 if abs(part) <= tiny else part for part in (value.real, value.imag))
    if not imaginary:
        return f"{real:.{_DIGITS}g}"
    sign = "-" if imaginary < 0 else "+"
    return f"{real:.{_DIGITS}g} {sign} {abs(imaginary):.{_DIGITS}g}i"
