"""Small arrays of exact numbers with any number of axes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcli.arithmetic.normalization import Normalization, divisor

Index = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tensor:
    """Numbers on a grid.

    Parameters
    ----------
    shape : tuple of int
        Sizes, slowest axis first.
    values : tuple of Fraction
        As many as the shape holds, the last axis running fastest.
    """

    shape: tuple[int, ...]
    values: tuple[Fraction, ...]

    @classmethod
    def of(cls, numbers: Sequence[Any]) -> Tensor:
        """Gather nested sequences of equal lengths; what `Fraction` reads from a text may stand as text.

        Raises
        ------
        ValueError
            If they are ragged or empty, or numbers stand beside lists.
        """
        shape: tuple[int, ...] = ()
        level: list[Any] = [numbers]
        while _is_list(level[0]):
            lengths = {len(item) if _is_list(item) else None for item in level}
            if len(lengths) != 1 or 0 in lengths:
                raise ValueError("lists of different lengths, or empty ones")
            shape += (len(level[0]),)
            level = list(itertools.chain.from_iterable(level))
        if any(map(_is_list, level)):
            raise ValueError("numbers and lists side by side")
        return cls(shape, tuple(Fraction(value) for value in level))

    @classmethod
    def full(cls, shape: tuple[int, ...], value: Fraction | int) -> Tensor:
        """Fill a shape with one number."""
        return cls(shape, (Fraction(value),) * math.prod(shape))

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def rows(self) -> tuple[tuple[Fraction, ...], ...]:
        """The numbers in runs along the last axis."""
        width = self.shape[-1]
        return tuple(self.values[at : at + width] for at in range(0, len(self.values), width))

    def __getitem__(self, index: Index) -> Fraction:
        return self.values[self.offset(index)]

    def offset(self, index: Index) -> int:
        """Place of an index in `values`; indices count from 0 and are not checked against the shape."""
        at = 0
        for size, position in zip(self.shape, index, strict=True):
            at = at * size + position
        return at

    def indices(self) -> Iterator[Index]:
        """Give the indices in the order of `values`."""
        return itertools.product(*map(range, self.shape))

    def reversed(self, *, keep: int = 0) -> Tensor:
        """Return the numbers in opposite order along every axis but the first `keep`."""
        last = [size - 1 for size in self.shape[keep:]]
        return self.gathered(
            self.shape,
            lambda index: (*index[:keep], *(end - at for end, at in zip(last, index[keep:], strict=True))),
        )

    def gathered(self, shape: tuple[int, ...], source: Callable[[Index], Index]) -> Tensor:
        """Return a tensor of a shape in which each index shows the number at `source` of it."""
        return Tensor(shape, tuple(self[source(index)] for index in itertools.product(*map(range, shape))))

    def reshaped(self, shape: tuple[int, ...]) -> Tensor:
        """Return the numbers, in their order, under another shape of as many."""
        return Tensor(shape, self.values)

    def listed(self) -> Tensor:
        """Return a column of a table as a list, and anything else as it is."""
        return self.reshaped(self.shape[:1]) if self.shape[1:] == (1,) else self

    def nested(self, convert: Callable[[Fraction], Any]) -> list[Any]:
        """Return the numbers, each converted, as lists in lists."""
        level: list[Any] = [convert(value) for value in self.values]
        for size in reversed(self.shape[1:]):
            level = [level[at : at + size] for at in range(0, len(level), size)]
        return level


def _is_list(item: Any) -> bool:
    """Whether something holds numbers; a text is one."""
    return isinstance(item, Sequence) and not isinstance(item, str)


def normalize(kernel: Tensor, how: Normalization) -> Tensor:
    """Divide a kernel by a sum of its weights.

    Parameters
    ----------
    kernel : Tensor
    how : {'none', 'sum', 'abs', 'positive'}
        As in `normalization.divisor`.

    Returns
    -------
    Tensor

    Raises
    ------
    ConvError
        If that sum is zero, or next to the absolute sum almost zero.
    """
    by = divisor(
        how,
        total=total(kernel.values),
        absolute=total(map(abs, kernel.values)),
        positive=total(weight for weight in kernel.values if weight > 0),
    )
    return Tensor(kernel.shape, tuple(weight / by for weight in kernel.values))


def total(values: Iterable[Fraction]) -> Fraction:
    """Add numbers up; a fraction even where there are none."""
    return sum(values, Fraction(0))
