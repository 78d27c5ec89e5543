"""From the text a user types, or a file of numbers, to a kernel."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcli import arrays
from convcli.arithmetic.literals import parse_array, parse_number
from convcli.errors import ConvError, ReadError, UsageError
from convcli.files import read_bytes

from .catalogue import make
from .model import MOST_WEIGHTS, Kernel, Weights

_NAMED = re.compile(r"(?P<name>[A-Za-z][\w-]*)(?::(?P<arguments>.*))?")
_LITERAL = re.compile(r"\s*[+\-−.\d]")
_SUFFIX = re.compile(r"\.[a-z]{2}\w*")  # no number has two letters in a row


def parse(spec: str) -> Kernel:
    """Read a kernel.

    Parameters
    ----------
    spec : str
        A name with arguments (``gaussian:2``), numbers (``1,2,1`` or ``1,0,-1;2,0,-2;1,0,-1``; fractions
        such as ``1/9`` are allowed), or a file: .csv or .txt (a row a line), .npy, .json (nested lists).

    Returns
    -------
    Kernel

    Raises
    ------
    UsageError
        If the text is none of these, or names a file of another kind.
    ReadError
        If the file cannot be read, or does not hold a list or a table of finite numbers.
    """
    text = spec.strip()
    suffix = PurePath(text).suffix.lower()
    if suffix in _READERS:
        return _from_file(text, _READERS[suffix])
    if _SUFFIX.fullmatch(suffix):
        raise UsageError(
            f"{text}: {suffix} files are not read as kernels",
            hint=f"numbers are read from {', '.join(_READERS)}; only a sound can have a sound as its kernel",
        )
    if _LITERAL.match(text):
        return Kernel(text, _weights(parse_array(text, name="kernel")), "numbers as typed")
    named = _NAMED.fullmatch(text)
    if named is None:
        return make(text)
    arguments = named["arguments"]
    return make(named["name"].lower(), *(arguments.split(",") if arguments else ()))


def from_picture(name: str, plane: NDArray[Any]) -> Kernel:
    """Make a kernel of a gray picture: what it shows becomes of every bright point.

    Parameters
    ----------
    name : str
        Of the picture.
    plane : ndarray, shape (H, W)
        Its samples.

    Returns
    -------
    Kernel
        Of sum 1.

    Raises
    ------
    UsageError
        If it is black all over, has negative or missing samples, or more than 2**24.
    """
    if plane.size > MOST_WEIGHTS:
        raise UsageError(
            f"{name}: {plane.size} weights are too many: at most {MOST_WEIGHTS}", hint="shrink the picture"
        )
    weights = plane.astype(np.float64)
    if not (weights >= 0).all() or np.isinf(weights).any():
        raise UsageError(f"{name}: a point-spread function has no negative, missing or infinite samples")
    if not weights.any():
        raise UsageError(f"{name}: a picture that is black all over is no kernel")
    weights /= weights.max()  # so that no sum overflows
    return Kernel(name, weights / weights.sum(), "a picture as point-spread function")


def _from_file(path: str, reader: Callable[[bytes, str], Any]) -> Kernel:
    data = read_bytes(path)
    try:
        return Kernel(path, _weights(reader(data, path)), "numbers from a file")
    except (ConvError, ValueError, TypeError, OverflowError, RecursionError, EOFError) as error:
        reason = error.message if isinstance(error, ConvError) else str(error).lower()
        reason = reason.removeprefix(f"{path}: ")
        raise ReadError(
            f"{path}: not a kernel: {reason.splitlines()[0] if reason else 'malformed'}",
            hint="a kernel file holds a list or a table of numbers, e.g. rows of 1,0,-1",
        ) from None


def _weights(values: Any) -> Weights:
    """Turn numbers into weights: one or two dimensions, not empty."""
    array = np.asarray(values)
    if array.dtype == object and not all(isinstance(value, Fraction) for value in array.flat):
        raise UsageError("not a table of numbers")
    if array.dtype.kind not in "biufO":
        raise UsageError(f"holds {array.dtype}, not real numbers")
    if array.ndim not in (1, 2) or array.size == 0:
        raise UsageError(f"shape {array.shape} is not a list or a table of numbers")
    if array.size > MOST_WEIGHTS:
        raise UsageError(f"{array.size} weights are too many: at most {MOST_WEIGHTS}")
    return array.astype(np.float64)


def _from_text(data: bytes, _name: str) -> Any:
    return parse_array(data.decode("utf-8-sig"))


def _from_npy(data: bytes, name: str) -> Any:
    return arrays.decode(data, name=name)


def _from_json(data: bytes, _name: str) -> Any:
    return _numbers(json.loads(data))


def _numbers(value: Any) -> Any:
    """Nested lists of numbers; fractions stand as text."""
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    if isinstance(value, str):
        return float(parse_number(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UsageError(f"{value!r} is not a number")
    return value


_READERS: Mapping[str, Callable[[bytes, str], Any]] = {
    ".csv": _from_text,
    ".txt": _from_text,
    ".npy": _from_npy,
    ".json": _from_json,
}
