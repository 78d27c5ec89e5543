"""What conv-arith reads: numbers as they are typed, or files of them, as exact operands."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convcli import arrays, files
from convcli.arithmetic.notation import plain_number
from convcli.arithmetic.operands import Operand
from convcli.arithmetic.tensors import Tensor
from convcli.errors import ReadError, UsageError, shortened
from convcli.options import Sizes

if TYPE_CHECKING:
    from numpy.typing import NDArray


TABLES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers in the type in which a NumPy file has them.

    Parameters
    ----------
    name : str
        What to call them in messages.
    values : ndarray
    """

    name: str
    values: NDArray[Any]


def read(text: str, *, name: str) -> Operand | Array:
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

    suffix = Path(text).suffix.lower()
    if text == files.STREAM or suffix in (*TABLES, ".json", ".npy"):
        data, shown = files.read_bytes(text), files.display_name(text)
        if suffix == ".npy" or data.startswith(arrays.MAGIC):
            return Array(shown, arrays.decode(data, name=shown))
        content = data.decode("utf-8-sig", errors="replace")
        # Standard input has no name that would say what it is; no table begins with a bracket.
        is_json = content.lstrip().startswith("[") if text == files.STREAM else suffix == ".json"
        return _from_json(content, shown) if is_json else _from_table(content, shown)
    try:
        numbers, channel_axes = parse_channels(text, name=name)
    except UsageError:
        if _names_file(text):
            raise UsageError(
                f"{name} {shortened(text)}: the name of the file does not say how its numbers are written",
                hint=f"files end in {', '.join(TABLES)}, .json or .npy; or send a table: {name} - < FILE",
            ) from None
        raise
    return Operand(name, Tensor.of(numbers), channel_axes, _writes_decimals(text))


def _names_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # longer than a name may be
        return False


def exact(given: Operand | Array) -> Operand:
    """Return numbers as fractions; a float is the binary fraction that it is.

    Raises
    ------
    ReadError
        If an array holds complex numbers, infinities or NaN.
    """
    if isinstance(given, Operand):
        return given
    array = given.values
    if array.dtype.kind == "c":
        raise ReadError(
            f"{given.name}: holds complex numbers, which are not worked", hint="-o y.npy computes with them"
        )
    try:
        # By numerator and denominator, since Fraction knows no scalars of extended precision.
        values = tuple(Fraction(*value.as_integer_ratio()) for value in array.ravel().tolist())
    except (ValueError, OverflowError):
        raise ReadError(
            f"{given.name}: not all of its numbers are finite, as exact arithmetic needs them",
            hint="-o y.npy computes with them",
        ) from None
    return Operand(given.name, Tensor(array.shape or (1,), values), None, array.dtype.kind == "f")


def plain(given: Operand | Array) -> Tensor:
    """Return numbers for the laws of convolution, which are those of lists and tables.

    Raises
    ------
    UsageError
        If they have channels.
    ReadError
        As `exact` does.
    """
    operand = exact(given)
    if operand.channel_axes or operand.tensor.ndim > 2:
        raise UsageError(
            f"{operand.name}: has channels, and the laws are those of lists and tables",
            hint="give a list such as 1,2,3 or a table such as 1,2;3,4",
        )
    return operand.tensor


def as_array(given: Operand | Array, *, like: Operand | Array | None = None) -> NDArray[Any]:
    """Return numbers as an array.

    Parameters
    ----------
    given : Operand or Array
    like : Operand or Array, optional
        Whose floating type typed numbers take; without one they are 64-bit integers or floats.

    Raises
    ------
    UsageError
        If whole numbers are too large for those integers.
    """
    import numpy as np

    if isinstance(given, Array):
        return given.values
    tensor = given.tensor
    if isinstance(like, Array) and like.values.dtype.kind in "fc":
        dtype = like.values.dtype
    else:
        whole = all(value.denominator == 1 for value in tensor.values)
        dtype = np.dtype(np.int64 if whole else np.float64)
        if whole and not all(-(2**63) <= value < 2**63 for value in tensor.values):
            raise UsageError(
                f"{given.name}: whole numbers beyond 64 bits are not ones the engine computes with",
                hint="leave -o out for exact steps, or save them as float64 in a .npy file, which rounds",
            )
    return np.array(tensor.nested(plain_number), dtype)


def _writes_decimals(text: str) -> bool:
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return any(sign in line for line in lines for sign in ".eE")


@dataclass(frozen=True, slots=True)
class Arrays:
    """What the engine convolves with what.

    Parameters
    ----------
    x : ndarray
    weights : ndarray or None
        None for poolings.
    bias : ndarray or None
    taps : tuple of int
        Size of the kernel or of the window along each axis, without channels.
    layered : bool
        Whether the kernel has channels.
    """

    x: NDArray[Any]
    weights: NDArray[Any] | None
    bias: NDArray[Any] | None
    taps: tuple[int, ...]
    layered: bool


@dataclass(frozen=True, slots=True)
class Given:
    """What is convolved with what, as read.

    Parameters
    ----------
    x : Operand or Array
    kernel : Operand, Array or Sizes
        Of a pooling the size of its window.
    bias : Operand, Array or None
    further : Operand, Array or None
        What a question adds: the gradient of the output, or the third operand of a law.
    """

    x: Operand | Array
    kernel: Operand | Array | Sizes
    bias: Operand | Array | None
    further: Operand | Array | None = None

    @property
    def has_channels(self) -> bool:
        """Whether there is a NumPy file with more axes than a table has."""
        return any(isinstance(given, Array) and given.values.ndim > 2 for given in (self.x, self.kernel))

    @property
    def decimals(self) -> bool:
        """Whether decimals are to be printed."""
        return any(
            given.values.dtype.kind == "f" if isinstance(given, Array) else given.decimals
            for given in (self.x, self.kernel, self.bias, self.further)
            if given is not None and not isinstance(given, Sizes)
        )

    @property
    def _lead(self) -> int:
        """How many of the kernel's first axes are channels."""
        if isinstance(self.kernel, Sizes):
            return 0
        if isinstance(self.kernel, Operand) and self.kernel.channel_axes is not None:
            return self.kernel.channel_axes
        numbers = self.kernel.values if isinstance(self.kernel, Array) else self.kernel.tensor
        return 2 if numbers.ndim > 2 else 0

    def plain(self) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return the two or three operands of the laws of convolution; raises what `plain` does."""
        assert not isinstance(self.kernel, Sizes)
        return plain(self.x), plain(self.kernel), None if self.further is None else plain(self.further)

    def arrays(self) -> Arrays:
        """Return them as arrays, typed numbers in the floating type of the others.

        Raises
        ------
        UsageError
            If typed channels do not belong together, as in `operands.paired`.
        """
        x, kernel = self.x, self.kernel
        bias = None if self.bias is None else as_array(self.bias, like=x)
        if isinstance(kernel, Sizes):
            return self._pooled(as_array(x), kernel, bias)
        weights, numbers = as_array(kernel, like=x), as_array(x, like=kernel)
        lead = self._lead
        if self._worked_alike(numbers):
            from convcli.arithmetic.operands import paired

            pair = paired(_outline(x), _outline(kernel))
            assert pair.kernel is not None
            first, lead = (0, 2) if pair.layered else (1, 0)
            numbers = numbers.reshape(pair.input.shape[first:])
            weights = weights.reshape(pair.kernel.shape[2 - lead :])
        return Arrays(numbers, weights, bias, weights.shape[lead:], lead > 0)

    def _pooled(self, x: NDArray[Any], window: Sizes, bias: NDArray[Any] | None) -> Arrays:
        from convcli.arithmetic.operands import pooled, pooled_axes

        outline = _outline(self.x)
        axes = len(window.values) if len(window.values) > 1 else pooled_axes(outline)
        if self._worked_alike(x):
            pair = pooled(outline, axes)
            axes = pair.input.ndim - 1
            x = x.reshape(pair.input.shape if pair.layered else pair.input.shape[1:])
        return Arrays(x, None, bias, window.per_axis(axes, option="--kernel"), False)

    def _worked_alike(self, x: NDArray[Any]) -> bool:
        """Whether axes mean what they do on paper: with fewer than three, or with channels as typed."""
        return x.ndim <= 2 or bool(isinstance(self.x, Operand) and self.x.channel_axes)


def _outline(given: Operand | Array) -> Operand:
    """The shape of numbers, without them."""
    if isinstance(given, Operand):
        return given
    return Operand(given.name, Tensor(given.values.shape or (1,), ()), None)


def _from_table(content: str, name: str) -> Operand:
    from convcli.arithmetic.literals import parse_array

    table = Tensor.of(parse_array(content, name=name, problem=ReadError))
    return Operand(name, table.listed(), 0, _writes_decimals(content))


def _from_json(content: str, name: str) -> Operand:
    try:
        numbers = json.loads(content, parse_float=_number, parse_int=_number, parse_constant=_refused)
        tensor = Tensor.of(_checked(numbers))
    except (ValueError, RecursionError, UsageError) as error:
        reason = error.message if isinstance(error, UsageError) else str(error).splitlines()[0].lower()
        raise ReadError(
            f"{name}: not an array of numbers: {reason}", hint="write lists in lists, e.g. [[1, 2], [3, 4]]"
        ) from None
    return Operand(name, tensor, None, _writes_decimals(content))


def _number(text: str) -> Fraction:
    from convcli.arithmetic.literals import parse_number

    return parse_number(text)


def _refused(text: str) -> Fraction:
    raise ValueError(f"{text} is not a finite number")


def _checked(numbers: Any) -> list[Any]:
    """Refuse what is no list of numbers; texts may be fractions, "1/9"."""
    if not isinstance(numbers, list) or not numbers:
        raise ValueError("it is no list, or an empty one")
    return [_checked(item) if isinstance(item, list) else _leaf(item) for item in numbers]


def _leaf(item: Any) -> Fraction:
    if isinstance(item, Fraction):
        return item
    if isinstance(item, str):
        return _number(item)
    raise ValueError("something other than numbers and lists of them is in it")
