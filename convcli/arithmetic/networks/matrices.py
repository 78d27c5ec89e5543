"""A chain of matrices: whether the inner sizes meet, what the product costs, and in which order least."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.arithmetic.account import Account, entry_table
from convcli.arithmetic.notation import format_shape
from convcli.arithmetic.tables import Table
from convcli.errors import ShapeError, UsageError

Matrix = tuple[int, int]

_MATRIX = re.compile(r"[1-9]\d{0,8}[x×][1-9]\d{0,8}")
_MOST = 100  # matrices: the best order takes the cube of their number


def looks_like_matrices(text: str) -> bool:
    """Return whether a text is nothing but matrices: ``1x3 3x4 4x3``."""
    words = _words(text)
    return len(words) > 0 and all(_MATRIX.fullmatch(word) for word in words)


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\s,;@*]+|->", text.lower()) if word]


def of_matrices(text: str) -> Account:
    """Give an account of a product of matrices, from left to right.

    Raises
    ------
    ShapeError
        If the inner sizes of two neighbours differ.
    """
    sizes = (re.split("[x×]", word) for word in _words(text))
    matrices = [(int(rows), int(columns)) for rows, columns in sizes]
    if len(matrices) > _MOST:
        raise UsageError(f"{len(matrices)} matrices: at most {_MOST} are multiplied")
    entries: list[dict[str, Any]] = []
    left = matrices[0]
    for index, right in enumerate(matrices[1:], 2):
        entries.append(_entry(left, right, index))
        left = (left[0], right[1])
    return _account(matrices, left, entries)


def _entry(left: Matrix, right: Matrix, index: int) -> dict[str, Any]:
    if left[1] != right[0]:
        raise ShapeError(
            f"matrix {index}: {format_shape(left)} times {format_shape(right)}: the inner sizes "
            f"{left[1]} and {right[0]} differ",
            hint=f"a matrix of {left[1]} rows fits, e.g. {left[1]}x{right[1]}",
        )
    product = (left[0], right[1])
    macs = left[0] * left[1] * right[1]
    return {
        "op": "matmul",
        "input": list(left),
        "output": list(product),
        "padding": [],
        "params": right[0] * right[1],
        "macs": macs,
        "memory": product[0] * product[1] * 4,
        "receptive_field": [],
        "jump": [],
        "start": [],
        "formula": f"{format_shape(left)} @ {format_shape(right)} = {format_shape(product)}",
    }


def _account(matrices: Sequence[Matrix], product: Matrix, entries: Sequence[dict[str, Any]]) -> Account:
    macs = sum(entry["macs"] for entry in entries)
    best, order = _best_order(matrices)
    rows = [(*entry["formula"].replace(" = ", " @ ").split(" @ "), f"{entry['macs']:,}") for entry in entries]
    table = Table(("left", "right", "product", "multiplications"), rows, "lll")
    after = [f"multiplications  {macs:,} from left to right"]
    if best < macs:
        after.append(f"                 {best:,} as {order}")
    record = {
        "input": list(matrices[0]),
        "layers": list(entries),
        "output": list(product),
        "params": sum(entry["params"] for entry in entries),
        "macs": macs,
        "best_macs": best,
        "best_order": order,
    }
    return Account(
        before=(f"product of {len(matrices)} matrices: {format_shape(product)}",),
        tables=(table,) if rows else (),
        after=tuple(after),
        values=entry_table(entries),
        record=record,
    )


def _best_order(matrices: Sequence[Matrix]) -> tuple[int, str]:
    """The fewest multiplications of any bracketing, and that bracketing (Godbole 1973)."""
    count = len(matrices)
    best = {(index, index): (0, format_shape(matrices[index])) for index in range(count)}
    for length in range(2, count + 1):
        for first in range(count - length + 1):
            last = first + length - 1
            options = []
            for split in range(first, last):
                left, right = best[first, split], best[split + 1, last]
                joint = matrices[first][0] * matrices[split][1] * matrices[last][1]
                options.append((left[0] + right[0] + joint, split))
            cost, split = min(options)
            text = f"({best[first, split][1]} {best[split + 1, last][1]})"
            best[first, last] = (cost, text)
    cost, text = best[0, count - 1]
    return cost, text[1:-1] if count > 1 else text
