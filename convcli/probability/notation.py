"""The notation of random values: dice, constants, sums and multiples.

Grammar, with blanks allowed between the tokens::

    expression := product (('+' | '-') product)*
    product    := factor (('*' | 'x') factor)*         at most one factor is random
    factor     := NUMBER | dice | ball | '(' expression ')' | '-' factor
    dice       := [N] 'd' sides [('kh' | 'kl' | 'dh' | 'dl') [N]]
    sides      := N | '%' (100) | 'F' (-1, 0, 1) | '{' face (',' face)* '}'
    face       := NUMBER [':' WEIGHT] | LOW '..' HIGH [':' WEIGHT]
    ball       := 'ball:' METRES

A multiple multiplies the value, as on paper: ``2*d6`` is one die counted twice, ``2d6`` is two dice.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import Never

from convcli.arithmetic.literals import parse_number
from convcli.errors import UsageError, shortened

from .keep import keep_dice
from .lattice import Pmf, check_lattice, from_weights, uniform
from .sums import Sum, draw

HINT = "write e.g. 2d6, 1d4, d%, 2d6+1d4-1, 4d6kh3, (2d6+3)*5 or ball:3"

_FACES_HINT = "faces are values, ranges or value:weight, e.g. d{1,1,2}, d{1..4} or d{0:3,1:5}"

COUNT_DIGITS = 12
"""Longest count of dice, sides or metres: longer ones could never be tabulated."""

DEPTH_LIMIT = 50
"""Deepest nesting of parentheses."""

_TOKEN = re.compile(
    r"""\s* (?:
        (?P<dice> (?P<copies>[0-9]*) d (?P<sides>[0-9]+|%|f|\{[^{}]*\})
                  (?: (?P<keep>kh|kl|dh|dl|k) (?P<kept>[0-9]*) )? (?![0-9a-wyz.]) )
      | (?P<ball> ball: (?P<metres>[0-9]+) (?![0-9a-wyz.]) )
      | (?P<number> (?: [0-9]+/[0-9]+ | [0-9]+\.?[0-9]* | \.[0-9]+ ) (?![0-9a-wyz.]) )
      | (?P<sign> [-+*x()] )
      | (?P<end> $ ) )""",
    re.VERBOSE | re.IGNORECASE,
)

_FACE = re.compile(r"\s*(?P<low>[^:\s]+?)(?:\.\.(?P<high>[^:\s]+))?(?::(?P<weight>[0-9]+))?\s*")

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
    """Read an expression of dice, constants, sums and multiples.

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
    return _Parser(text).parse()


class _Parser:
    """Recursive descent; `token` is the next one, not yet used."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.depth = 0
        self.token = self._match(0)

    def parse(self) -> Expression:
        expression = self.expression()
        if self.token["end"] is None:
            self.fail("expected + or - before it, or the end")
        return expression

    def expression(self) -> Expression:
        result = self.product()
        while self.token["sign"] in ("+", "-"):
            factor = Fraction(1 if self.take()["sign"] == "+" else -1)
            result += self.product().scaled(factor)
        return result

    def product(self) -> Expression:
        result = self.factor()
        while self.token["sign"] in ("*", "x", "X"):
            self.take()
            start = self.token
            other = self.factor()
            if result.summands and other.summands:
                self.token = start
                self.fail("only one factor of a product can be random")
            result = other.scaled(result.constant) if other.summands else result.scaled(other.constant)
        return result

    def factor(self) -> Expression:
        if self.token["sign"] in ("-", "("):
            return self.nested(self.token["sign"])
        if self.token["sign"] or self.token["end"] is not None:
            self.miss("a die, a number or (")
        token = self.take()
        if token["number"]:
            return Expression(_number(token["number"], self.text, hint=HINT))
        return Expression(Fraction(0), (_dice(token) if token["dice"] else _ball(token),))

    def nested(self, sign: str) -> Expression:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            self.fail(f"more than {DEPTH_LIMIT} signs and parentheses within each other")
        self.take()
        if sign == "-":
            inside = self.factor().scaled(Fraction(-1))
        else:
            inside = self.expression()
            if self.token["sign"] != ")":
                self.miss(")")
            self.take()
        self.depth -= 1
        return inside

    def take(self) -> re.Match[str]:
        token = self.token
        self.token = self._match(token.end())
        return token

    def _match(self, position: int) -> re.Match[str]:
        token = _TOKEN.match(self.text, position)
        if token is None:
            start = len(self.text) - len(self.text[position:].lstrip())
            raise _error(self.text, start, "not a die, a number or a sign")
        return token

    def miss(self, wanted: str) -> Never:
        if self.token["end"] is None:
            self.fail(f"expected {wanted}")
        raise UsageError(f"{shortened(self.text)!r}: at the end, {wanted} is missing", hint=HINT)

    def fail(self, rule: str) -> Never:
        raise _error(self.text, self.token.end() - len(self.token[0].lstrip()), rule)


def _error(text: str, start: int, rule: str) -> UsageError:
    found = f"{shortened(text[start:])!r} at position {start + 1}"
    return UsageError(f"{shortened(text)!r}: {found}: {rule}", hint=HINT)


def _dice(token: re.Match[str]) -> Summand:
    text = token["dice"]
    copies = _count(token["copies"] or "1", text)
    law = _sides(token["sides"], text)
    if token["keep"] is None:
        return Summand(text, draw(law), copies)
    keep = kept = _count(token["kept"] or "1", text)
    if kept > copies:
        raise UsageError(
            f"{text}: {kept} of {copies} dice cannot be taken",
            hint="roll more dice than are kept or dropped, e.g. 4d6kh3",
        )
    way = token["keep"].lower()
    if way in ("dh", "dl"):
        keep = copies - kept
    return Summand(text, draw(keep_dice(law, copies, keep, highest=way in ("k", "kh", "dl"))))


def _ball(token: re.Match[str]) -> Summand:
    metres = _count(token["metres"], token["ball"])
    return Summand(token["ball"], draw(BALL_METRE, metres))


def _number(written: str, text: str, *, hint: str) -> Fraction:
    """Read a number within a text, which the message names too."""
    try:
        return parse_number(written)
    except UsageError as error:
        raise UsageError(f"{shortened(text)}: {error.message}", hint=hint) from None


def _count(digits: str, text: str) -> int:
    if len(digits) > COUNT_DIGITS:
        raise UsageError(f"{shortened(text)}: a count has at most {COUNT_DIGITS} digits")
    return int(digits)


def _sides(sides: str, text: str) -> Pmf:
    if sides == "%":
        return uniform(1, 100)
    if sides in ("F", "f"):
        return uniform(-1, 1)
    if sides.startswith("{"):
        return _faces(sides[1:-1], text)
    count = _count(sides, text)
    if count == 0:
        raise UsageError(f"{text}: a die has at least 1 side", hint=HINT)
    return uniform(1, count)


def _faces(listing: str, text: str) -> Pmf:
    """The law of a die with listed faces: ``1,1,2`` or ``1..4,6:3`` (three sixes)."""
    weights: Counter[Fraction] = Counter()
    for face in listing.split(","):
        match = _FACE.fullmatch(face)
        if match is None:
            raise UsageError(
                f"{shortened(text)}: {face!r} is not a face",
                hint=_FACES_HINT,
            )
        weight = _count(match["weight"] or "1", text)
        low = _number(match["low"], text, hint=_FACES_HINT)
        high = low if match["high"] is None else _number(match["high"], text, hint=_FACES_HINT)
        if high < low or (high - low).denominator != 1:
            raise UsageError(f"{shortened(text)}: {face!r} is not a range upwards in steps of 1")
        check_lattice(int(high - low) + 1, Fraction(1))
        for i in range(int(high - low) + 1):
            weights[low + i] += weight
    if not any(weights.values()):
        raise UsageError(f"{shortened(text)}: every face has the weight 0")
    return from_weights(weights)
