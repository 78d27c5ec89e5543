"""Pieces of Python code: calls, options, tuples, and arrays of exact numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from fractions import Fraction

from convcli.arithmetic.notation import format_number
from convcli.arithmetic.tensors import Tensor

_WIDTH = 100  # of lines of code
_KEPT = "\N{NO-BREAK SPACE}"  # outside of brackets no line of Python may end


def call(name: str, *arguments: str) -> str:
    """Write a call; empty arguments are left out."""
    return f"{name}({', '.join(argument for argument in arguments if argument)})"


def value(values: Sequence[int]) -> str:
    """Write one number where the axes agree, else a tuple."""
    return str(values[0]) if len(set(values)) == 1 else str(tuple(values))


def option(name: str, values: Sequence[int], usual: int) -> str:
    """Write an argument by name, or nothing where it is the usual one."""
    return "" if set(values) == {usual} else f"{name}={value(values)}"


def pairs(values: Sequence[tuple[int, int]]) -> str:
    """Write a tuple of pairs."""
    return f"({', '.join(map(str, values))},)" if len(values) == 1 else f"({', '.join(map(str, values))})"


def number(exact: Fraction) -> str:
    """Write an exact number as an expression: ``"3"``, ``"0.1"``, ``"-1/3"``."""
    return format_number(exact, decimals=True)


def array(tensor: Tensor) -> str:
    """Write numbers as nested lists."""
    return _nested(tensor.nested(number))


def _nested(values: Iterable[object]) -> str:
    return f"[{', '.join(_nested(item) if isinstance(item, list) else str(item) for item in values)}]"


def assignment(name: str, expression: str) -> str:
    """Write a statement, over several lines where it is long; its expression is a call."""
    lines = textwrap.wrap(
        f"{name}{_KEPT}={_KEPT}{expression}",
        _WIDTH,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines).replace(_KEPT, " ")
