"""Terms of the command line: notation, a literal table, a file, standard input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from convcli.errors import UsageError
from convcli.files import STREAM, display_name, read_bytes

from . import notation, tables
from .dice import read_list
from .notation import Expression, Summand
from .sums import Sum, draw

SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".npy")

Reader = Callable[[str], bytes]
"""What gives the bytes of a file, or of standard input for ``-``."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term: its text, what it stands for, and what has to be said about reading it."""

    text: str
    expression: Expression
    warnings: tuple[str, ...] = ()

    def settled(self, grid: Fraction | None) -> Term:
        """The same term with its continuous laws on a lattice."""
        summands = tuple(
            replace(summand, single=summand.single.settled(grid)) for summand in self.expression.summands
        )
        return replace(self, expression=replace(self.expression, summands=summands))


@dataclass(frozen=True, slots=True)
class Problem:
    """The sum of all terms, added up `times` times, each time anew.

    Parameters
    ----------
    terms : tuple of Term
        At least one.
    times : int
        Independent repetitions of the whole, > 0.
    """

    terms: tuple[Term, ...]
    times: int = 1

    @property
    def summands(self) -> tuple[Summand, ...]:
        """The random summands of one repetition."""
        return tuple(s for term in self.terms for s in term.expression.summands if s.value.random)

    @property
    def once(self) -> Sum:
        """One repetition."""
        return sum((term.expression.value for term in self.terms), Sum())

    @property
    def total(self) -> Sum:
        """Everything."""
        return self.once.repeated(self.times)

    def settled(self, step: Fraction | None = None) -> Problem:
        """The same problem with its continuous laws on a lattice, so that every part has points.

        Parameters
        ----------
        step : Fraction, optional
            Of the lattice; it is refined where the discrete terms need that. None: a round one is chosen.

        Raises
        ------
        ConvError
            If a law spans too many steps.
        """
        grid = self.total.grid(step)
        return replace(self, terms=tuple(term.settled(grid) for term in self.terms))

    @property
    def description(self) -> str:
        """The sum as a person would write it."""
        return describe([term.text for term in self.terms], self.times)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What has to be said about reading the terms."""
        return tuple(warning for term in self.terms for warning in term.warnings)


def describe(texts: Sequence[str], times: int) -> str:
    """Write a sum of terms, added up so many times, as a person would."""
    text = " + ".join(texts).replace("+ -", "- ")
    if times == 1:
        return text
    return f"{times} times {text}" if len(texts) == 1 else f"{times} times ({text})"


def read_terms(texts: Sequence[str], *, times: int = 1, read: Reader = read_bytes) -> Problem:
    """Read the terms of a sum.

    Parameters
    ----------
    texts : sequence of str
        At least one: notation, literal tables, files, ``-``.
    times : int
        Independent repetitions of the whole, > 0.
    read : callable
        What reads files and standard input.

    Returns
    -------
    Problem

    Raises
    ------
    UsageError
        If a text follows no notation, or standard input is asked for twice.
    ReadError
        If a file cannot be read or holds no distribution.
    """
    if list(texts).count(STREAM) > 1:
        raise UsageError("'-': standard input can be read only once")
    return Problem(tuple(read_term(text, read=read) for text in texts), times)


def read_term(text: str, *, read: Reader = read_bytes) -> Term:
    """Read one term: ``-``, a file, a literal table, or an expression of the notation."""
    if names_data(text):
        law = tables.read_table(read(text), display_name(text))
        return _tabled(display_name(text), law)
    if tables.is_literal(text):
        return _tabled(text, tables.read_literal(text))
    if (faces := read_list(text)) is not None:
        return _tabled(text.strip(), tables.Law(faces))
    return Term(text.strip(), notation.parse(text))


def _tabled(text: str, law: tables.Law) -> Term:
    return Term(text, Expression(Fraction(0), (Summand(text, draw(law.pmf)),)), law.warnings)


def names_data(text: str) -> bool:
    """Whether a term is a file or standard input.

    A known suffix makes a file name; so does a path to something that exists, such as /dev/fd/63.
    """
    if text == STREAM or text.lower().endswith(SUFFIXES):
        return True
    return "/" in text and len(text) < 4096 and Path(text).exists()
