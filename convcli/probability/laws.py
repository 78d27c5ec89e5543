"""Laws by the names and parameters of scipy: ``binom(10,0.3)``, ``norm:loc=0,scale=2``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from fractions import Fraction

from convcli.errors import UsageError

from .families import EXACT, family_sum
from .scipy_names import CONTINUOUS, DEFAULTS, ELSEWHERE, SIGNATURES, TRAPS
from .sums import Sum, draw


def named_law(name: str, positional: Sequence[Fraction], keywords: Mapping[str, Fraction]) -> Sum:
    """One draw from a law.

    Parameters
    ----------
    name : str
        One of SIGNATURES.
    positional : sequence of Fraction
        Parameters in scipy's order: the shapes, then loc, then (of continuous laws) scale.
    keywords : mapping of str to Fraction
        More of them, by name.

    Returns
    -------
    Sum
        Exact if that needs no more than fractions; a continuous law is left pending.

    Raises
    ------
    UsageError
        If a parameter is missing, unknown, given twice or out of range.
    """
    given = _bound(name, positional, keywords)
    shapes = tuple(value for key, value in given.items() if key not in DEFAULTS)
    loc, scale = given["loc"], given.get("scale", Fraction(1))
    if scale <= 0:
        raise UsageError(f"{name}: the scale {scale} is not above 0", hint=_usage(name))
    if name in EXACT:
        return family_sum(name, shapes) + Sum(loc)
    from .scipy_laws import Continuous, check_shapes, discrete

    if shapes:
        check_shapes(name, shapes)
    if name in CONTINUOUS:
        return Sum(pending=((Continuous(name, shapes, loc, scale), 1),))
    return draw(discrete(name, shapes)) + Sum(loc)


def _bound(
    name: str, positional: Sequence[Fraction], keywords: Mapping[str, Fraction]
) -> dict[str, Fraction]:
    """The value of each parameter, in scipy's order."""
    signature = SIGNATURES[name]
    if len(positional) > len(signature):
        raise UsageError(
            f"{name} takes {len(signature)} parameters, not {len(positional)}", hint=_usage(name)
        )
    given = dict(zip(signature, positional, strict=False))
    for key, value in keywords.items():
        if key not in signature:
            raise UsageError(f"{name} has no parameter {key!r}", hint=_usage(name))
        if key in given:
            raise UsageError(f"{name}: the parameter {key} is given twice", hint=_usage(name))
        given[key] = value
    missing = [key for key in signature if key not in given and key not in DEFAULTS]
    if missing:
        raise UsageError(
            f"{name}: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
            hint=_usage(name),
        )
    return {key: given.get(key, Fraction(DEFAULTS.get(key, 0))) for key in signature}


def _usage(name: str) -> str:
    """The parameters in order, and what people stumble over."""
    usage = f"the parameters are {name}({', '.join(SIGNATURES[name])})"
    return f"{usage}; {TRAPS[name]}" if name in TRAPS else usage


def suggestion(name: str) -> str:
    """The names that look like a wrong one, or some that are often wanted."""
    known = ELSEWHERE.get(name)
    close = [known] if known else get_close_matches(name, SIGNATURES, n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}?"
    return "write dice as 2d6, and laws as scipy names them, e.g. binom, poisson, norm, uniform, expon"
