"""The notation of random values: dice, laws, constants, sums and multiples.

Grammar, with blanks allowed between the tokens, but none within dice::

    expression := product (('+' | '-') product)*
    product    := factor (('*' | 'x') factor | '//' N)*    at most one factor is random
    factor     := NUMBER | dice | pool | law | ball | '(' expression ')' | '-' factor
    dice       := [N] 'd' sides modifier*
    sides      := N | '%' (100) | 'F' | 'F.2' (-1, 0, 1) | 'F.1' (four blanks) | '{' face (',' face)* '}'
    face       := NUMBER [':' WEIGHT] | LOW '..' HIGH [':' WEIGHT]
    modifier   := keep [N] | ('!' | 'e') ['o'] [condition] | 'r' ['o'] condition | relation NUMBER
    keep       := 'k' | 'kh' | 'kl' | 'd' | 'dh' | 'dl'
    condition  := [relation] NUMBER
    relation   := '>=' | '<=' | '>' | '<' | '='
    pool       := '{' expression (',' expression)+ '}' keep [N]
    law        := NAME ['(' [argument (',' argument)*] ')' | ':' argument (',' argument)*]
    argument   := [NAME '='] NUMBER
    ball       := 'ball:' METRES

A multiple multiplies the value, as on paper: ``2*d6`` is one die counted twice, ``2d6`` is two dice; ``//``
divides and rounds down. A die that is rolled again (``r``, once with ``ro``) forgets what it showed; one that
explodes (``!``, on its highest face unless a condition says otherwise, once with ``!o``) adds the next roll.
``5d10>=7`` counts the dice that show 7 or more, and of exploding dice every roll. The highest dice are kept
by their totals after explosions.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from convcli.errors import UsageError

from .dice import KEEPING, keeping, read_dice
from .keep import keep_of
from .lattice import Pmf, from_counts
from .laws import named_law, suggestion
from .scanner import HINT, Scanner
from .scipy_names import SIGNATURES
from .sums import Sum, distribution, draw

DEPTH_LIMIT = 50
"""Deepest nesting of parentheses."""

_BALL = re.compile(r"ball:([0-9]+)(?![0-9a-wyz.])", re.IGNORECASE)
_NAME = re.compile(r"(?!x[0-9(.])[a-z_][a-z0-9_]*", re.IGNORECASE)
_KEY = re.compile(r"([a-z_][a-z0-9_]*)\s*=", re.IGNORECASE)
_ARGUMENT = re.compile(
    r"[-+]?(?:[0-9]+/[0-9]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?)(?![0-9a-wyz.])", re.IGNORECASE
)
_PLAIN = re.compile(r"(?:[0-9]+/[0-9]+|[0-9]+\.?[0-9]*|\.[0-9]+)(?![0-9a-wyz.])", re.IGNORECASE)

BALL_METRE = Pmf(Fraction(-1), Fraction(1), (1, 2, 1), 4)
"""Where a ball dropped from one metre comes to rest.

Every metre of fall knocks the ball twice, each time half a metre to the left or to the right with equal
chance. From H metres that makes the binomial law P(c) = C(2 H, H + c) / 4^H for the whole metres
-H <= c <= H: mean 0, standard deviation sqrt(H / 2).
"""


@dataclass(frozen=True, slots=True)
class Summand:
    """Independent copies of one random value, within a text.

    Parameters
    ----------
    text : str
        What was written, such as ``2d6``.
    single : Sum
        One copy.
    copies : int
        How many are added up.
    """

    text: str
    single: Sum
    copies: int = 1

    @property
    def value(self) -> Sum:
        """All copies together."""
        return self.single.repeated(self.copies)

    def scaled(self, factor: Fraction) -> Summand:
        """Multiply the value by a constant."""
        sign = "" if factor == 1 else "-" if factor == -1 else f"{factor}*"
        return Summand(sign + self.text, self.single.scaled(factor), self.copies)


@dataclass(frozen=True, slots=True)
class Expression:
    """What a text stands for: a constant and random summands."""

    constant: Fraction
    summands: tuple[Summand, ...] = ()

    def __add__(self, other: Expression) -> Expression:
        return Expression(self.constant + other.constant, self.summands + other.summands)

    def scaled(self, factor: Fraction) -> Expression:
        """Multiply the value by a constant."""
        return Expression(self.constant * factor, tuple(s.scaled(factor) for s in self.summands))

    @property
    def value(self) -> Sum:
        """The whole as one sum of independent draws."""
        return sum((summand.value for summand in self.summands), Sum(self.constant))


def parse(text: str) -> Expression:
    """Read an expression of dice, laws, constants, sums and multiples.

    Raises
    ------
    UsageError
        If the text does not follow the grammar; the message names the place.
    ConvError
        If a die is too large to tabulate.

    Examples
    --------
    >>> parse("2d6+3").value.mean
    Fraction(10, 1)
    """
    if not text.strip():
        raise UsageError("an empty term", hint=HINT)
    parser = _Parser(Scanner(text))
    expression = parser.expression()
    if not parser.scanner.ended:
        if parser.scanner.take("/"):
            parser.scanner.fail("values are divided by // and rounded down", at=parser.scanner.position - 1)
        parser.scanner.fail("expected + or - before it, or the end")
    return expression


class _Parser:
    """Recursive descent."""

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.depth = 0

    def expression(self) -> Expression:
        result = self.product()
        while sign := self.scanner.take("+", "-"):
            result += self.product().scaled(Fraction(1 if sign == "+" else -1))
        return result

    def product(self) -> Expression:
        scanner, start = self.scanner, self.scanner.position
        result = self.factor()
        while sign := scanner.take("//", "*", "x"):
            place = scanner.position
            if sign == "//":
                result = self.floored(result, start)
                continue
            other = self.factor()
            if result.summands and other.summands:
                scanner.fail("only one factor of a product can be random", at=place)
            result = other.scaled(result.constant) if other.summands else result.scaled(other.constant)
        return result

    def floored(self, value: Expression, start: int) -> Expression:
        """The value divided by a whole number and rounded down."""
        place = self.scanner.position
        divisor = self.scanner.count()
        if not divisor:
            self.scanner.fail("// divides by a whole number from 1 up", at=place)
        if not value.summands:
            return Expression(Fraction(math.floor(value.constant / divisor)))
        law = self.table(value, place)
        counts: Counter[int] = Counter()
        for number, count in law.items():
            counts[math.floor(number / divisor)] += count
        low, high = min(counts), max(counts)
        floored = from_counts(
            Fraction(low), Fraction(1), [counts[i] for i in range(low, high + 1)], cut=law.cut
        )
        return _single(self.scanner.since(start), draw(floored))

    def table(self, value: Expression, place: int) -> Pmf:
        """The exact distribution of a part, which only such a part has."""
        law = None if value.value.pending else distribution(value.value)
        if not isinstance(law, Pmf):
            self.scanner.fail("only values with an exact table can be divided, kept or dropped", at=place)
        return law

    def factor(self) -> Expression:
        scanner, start = self.scanner, self.scanner.position
        if sign := scanner.take("-", "("):
            return self.nested(sign)
        if (dice := read_dice(scanner)) is not None:
            return Expression(Fraction(0), (Summand(scanner.since(start), *dice),))
        if match := scanner.match(_BALL):
            return Expression(
                Fraction(0), (Summand(match[0], draw(BALL_METRE), scanner.read_count(match[1])),)
            )
        if match := scanner.match(_PLAIN):
            return Expression(scanner.read_number(match[0]))
        if scanner.take("{"):
            return self.pool(start)
        if match := scanner.match(_NAME):
            return self.law(match[0].lower(), start)
        if scanner.ended or scanner.take("+", ")", "*", "x", ","):
            scanner.position = start
            scanner.miss("a die, a number or (")
        return scanner.fail("not a die, a number or a sign")

    def nested(self, sign: str) -> Expression:
        self.enter()
        if sign == "-":
            inside = self.factor().scaled(Fraction(-1))
        else:
            inside = self.expression()
            self.scanner.expect(")")
        self.depth -= 1
        return inside

    def enter(self) -> None:
        """Go one level deeper."""
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            self.scanner.fail(f"more than {DEPTH_LIMIT} signs and parentheses within each other")

    def pool(self, start: int) -> Expression:
        """Different dice, of which some are kept: ``{d10,d8,d6}kh1``."""
        self.enter()
        place = self.scanner.position
        parts = [self.expression()]
        while self.scanner.take(","):
            parts.append(self.expression())
        self.scanner.expect("}")
        self.depth -= 1
        word = self.scanner.take(*KEEPING) or self.scanner.miss("kh, kl, dh or dl")
        count = self.scanner.count()
        kept, highest = keeping(word, 1 if count is None else count, len(parts))
        laws = [self.table(part, place) for part in parts]
        return _single(self.scanner.since(start), draw(keep_of(laws, kept, highest=highest)))

    def law(self, name: str, start: int) -> Expression:
        """A law by its name, with its parameters in parentheses or after a colon."""
        scanner = self.scanner
        if name == "ball":
            scanner.fail("a ball drops from a whole number of metres, e.g. ball:3", at=start)
        if name not in SIGNATURES:
            known = len(name) > 2 or scanner.text[scanner.position :][:1] in ("(", ":")
            rule = f"no law is called {name!r}" if known else "not a die, a number or a sign"
            scanner.fail(rule, at=start, hint=suggestion(name) if known else HINT)
        opened = scanner.take("(", ":")
        positional: list[Fraction] = []
        keywords: dict[str, Fraction] = {}
        if opened and not (opened == "(" and scanner.take(")")):
            self.argument(name, positional, keywords)
            while scanner.take(","):
                self.argument(name, positional, keywords)
            if opened == "(":
                scanner.expect(")")
        return _single(scanner.since(start), named_law(name, positional, keywords))

    def argument(self, name: str, positional: list[Fraction], keywords: dict[str, Fraction]) -> None:
        """Take one parameter of a law."""
        key = self.scanner.match(_KEY)
        match = self.scanner.match(_ARGUMENT)
        if match is None:
            self.scanner.miss(f"a finite number for {name}({', '.join(SIGNATURES[name])})")
        value = self.scanner.read_number(match[0])
        if key is None:
            if keywords:
                self.scanner.fail("a parameter without a name after one with a name", at=match.start())
            positional.append(value)
            return
        word = "lambda_" if key[1] == "lambda" else key[1]
        if word in keywords:
            self.scanner.fail(f"{word} is given twice", at=key.start())
        keywords[word] = value


def _single(text: str, value: Sum) -> Expression:
    """One random value that was written so."""
    return Expression(Fraction(0), (Summand(text, value),))
