"""What conv-arith reads: numbers as they are typed, or files of them, as exact operands."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convcli import files
from convcli.errors import ReadError, UsageError

if TYPE_CHECKING:
    from convcli.arithmetic.operands import Operand

TABLES = (".csv", ".tsv", ".txt")


def is_array(text: str) -> bool:
    """Whether a text names a NumPy file."""
    return Path(text).suffix.lower() == ".npy"


def read(text: str, *, name: str) -> Operand:
    """Read numbers as they are typed, or from a file.

    Parameters
    ----------
    text : str
        A literal, the path of a .csv, .tsv, .txt, .json or .npy file, or ``-``.
    name : str
        The option, for messages.

    Raises
    ------
    UsageError
        If a literal is none.
    ReadError
        If a file cannot be read, or holds something else.
    """
    from convcli.arithmetic.literals import parse_channels
    from convcli.arithmetic.operands import Operand
    from convcli.arithmetic.tensors import Tensor

    suffix = Path(text).suffix.lower()
    reader = _FILES.get(suffix, _read_text if text == files.STREAM else None)
    if reader is not None:
        return reader(text)
    numbers, channel_axes = parse_channels(text, name=name)
    return Operand(name, Tensor.of(numbers), channel_axes, _has_decimals(text))


def _has_decimals(text: str) -> bool:
    return any(sign in text for sign in ".eE")


def _decoded(path: str) -> str:
    return files.read_bytes(path).decode("utf-8-sig", errors="replace")


def _read_text(path: str) -> Operand:
    from convcli.arithmetic.literals import parse_array
    from convcli.arithmetic.operands import Operand
    from convcli.arithmetic.tensors import Tensor

    content, name = _decoded(path), files.display_name(path)
    table = Tensor.of(parse_array(content, name=name, problem=ReadError))
    return Operand(name, table.listed(), 0, _has_decimals(content))


def _read_json(path: str) -> Operand:
    from convcli.arithmetic.operands import Operand
    from convcli.arithmetic.tensors import Tensor

    content = _decoded(path)
    try:
        numbers = json.loads(content, parse_float=_exact, parse_int=_exact, parse_constant=_refused)
        tensor = Tensor.of(_checked(numbers))
    except (ValueError, RecursionError, UsageError) as error:
        reason = error.message if isinstance(error, UsageError) else str(error).splitlines()[0].lower()
        raise ReadError(
            f"{path}: not an array of numbers: {reason}", hint="write lists in lists, e.g. [[1, 2], [3, 4]]"
        ) from None
    return Operand(path, tensor, None, _has_decimals(content))


def _exact(text: str) -> Fraction:
    from convcli.arithmetic.literals import parse_number

    return parse_number(text)


def _refused(text: str) -> Fraction:
    raise ValueError(f"{text} is not a finite number")


def _checked(numbers: Any) -> list[Any]:
    """Refuse what is no list of numbers; texts may be fractions, "1/9"."""
    if not isinstance(numbers, list) or not numbers:
        raise ValueError("it is no list, or an empty one")
    return [_checked(item) if isinstance(item, list) else _number(item) for item in numbers]


def _number(item: Any) -> Fraction:
    if isinstance(item, Fraction):
        return item
    if isinstance(item, str):
        return _exact(item)
    raise ValueError(f"{json.dumps(item)[:40]} is not a number")


def _read_array(path: str) -> Operand:
    from convcli.arithmetic.operands import Operand
    from convcli.arithmetic.tensors import Tensor
    from convcli.commands.conv_arith_tensors import load

    array = load(path)
    if array.dtype.kind not in "biuf":
        raise ReadError(f"{path}: holds {array.dtype}, not real numbers", hint="-o y.npy computes with them")
    try:
        values = tuple(Fraction(value) for value in array.ravel().tolist())
    except (ValueError, OverflowError):
        raise ReadError(
            f"{path}: not all of its numbers are finite, which exact arithmetic needs",
            hint="-o y.npy computes with them",
        ) from None
    return Operand(path, Tensor(array.shape or (1,), values), None, array.dtype.kind == "f")


_FILES: dict[str, Callable[[str], Operand]] = {
    **dict.fromkeys(TABLES, _read_text),
    ".json": _read_json,
    ".npy": _read_array,
}
