"""A text that is read from left to right, and errors that name the place."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Never

from convcli.arithmetic.literals import parse_number
from convcli.errors import UsageError, shortened

HINT = "write e.g. 2d6, 4d6kh3, d%, 2d6+1d4-1, (2d6+3)*5, 5d10>=7, binom(10,0.3), norm:scale=2 or ball:3"

COUNT_DIGITS = 12
"""Longest count of dice, sides or metres: longer ones could never be tabulated."""

_NUMBER = re.compile(r"[0-9]+/[0-9]+|[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+")
_COUNT = re.compile(r"[0-9]+")
_BLANKS = re.compile(r"\s*")


class Scanner:
    """A text and how far it has been read; blanks before a token are skipped."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.skip()

    def skip(self) -> None:
        """Pass over blanks."""
        match = _BLANKS.match(self.text, self.position)
        self.position = match.end() if match else self.position

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.position == len(self.text)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Take what matches here, if anything does."""
        match = pattern.match(self.text, self.position)
        if match is not None:
            self.position = match.end()
            self.skip()
        return match

    def take(self, *signs: str) -> str | None:
        """Take one of some signs, in either case; the first that is there."""
        for sign in signs:
            if self.text[self.position :][: len(sign)].lower() == sign:
                self.position += len(sign)
                self.skip()
                return sign
        return None

    def expect(self, sign: str) -> None:
        """Take a sign that has to be here."""
        if self.take(sign) is None:
            self.miss(sign)

    def count(self) -> int | None:
        """Take a whole number, if one is here."""
        match = self.match(_COUNT)
        return None if match is None else self.read_count(match[0])

    def number(self) -> Fraction | None:
        """Take a number without a sign, if one is here."""
        match = self.match(_NUMBER)
        return None if match is None else self.read_number(match[0])

    def read_count(self, digits: str) -> int:
        """A whole number that was taken."""
        if len(digits) > COUNT_DIGITS:
            raise UsageError(f"{shortened(self.text)}: a count has at most {COUNT_DIGITS} digits")
        return int(digits)

    def read_number(self, written: str, *, hint: str = HINT) -> Fraction:
        """A number that was taken."""
        try:
            return parse_number(written)
        except UsageError as error:
            raise UsageError(f"{shortened(self.text)}: {error.message}", hint=hint) from None

    def since(self, start: int) -> str:
        """What has been read from a position on."""
        return self.text[start : self.position].strip()

    def miss(self, wanted: str) -> Never:
        """Say what should have come."""
        if self.ended:
            raise UsageError(f"{shortened(self.text)!r}: at the end, {wanted} is missing", hint=HINT)
        self.fail(f"expected {wanted}")

    def fail(self, rule: str, *, at: int | None = None, hint: str = HINT) -> Never:
        """Say what is wrong with what comes next, or with what starts at a position."""
        start = self.position if at is None else at
        found = f"{shortened(self.text[start:])!r} at position {start + 1}"
        raise UsageError(f"{shortened(self.text)!r}: {found}: {rule}", hint=hint)
