"""Dice as they are written: ``4d6kh3``, ``d{1,1,2}``, ``2d6r1``, ``5d10!10>=7``."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from convcli.errors import ConvError, UsageError, shortened

from .keep import keep_dice
from .lattice import Pmf, check_lattice, from_weights, uniform
from .rolling import EXPLOSION_TAIL, KEPT_TAIL, RELATIONS, Condition, explode, reroll, successes
from .scanner import HINT, Scanner
from .sums import Sum, draw

_FACES_HINT = "faces are values, ranges or value:weight, e.g. d{1,1,2}, d{1..4} or d{0:3,1:5}"

_DIE = re.compile(r"([0-9]*)d([0-9]+|%|f(?:\.[12])?|\{[^{}]*\})", re.IGNORECASE)
_FACE = re.compile(r"\s*(?P<low>[^:\s]+?)(?:\.\.(?P<high>[^:\s]+))?(?::(?P<weight>[0-9]+))?\s*")
_SIGNED = re.compile(r"[-+]?(?:[0-9]+/[0-9]+|[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)")
_NUMBER = r"[-+]?[0-9./]*[0-9/]\.?"
_LIST = re.compile(rf"\s*{_NUMBER}(?:\.\.{_NUMBER})?(?:\s*,\s*{_NUMBER}(?:\.\.{_NUMBER})?)*\s*")
_RANGE = re.compile(r"\s*([0-9]+)-([0-9]+)\s*")

KEEPING = ("kh", "kl", "dh", "dl", "k", "d")
"""Words that keep or drop dice; k keeps the highest, d drops the lowest."""

FUDGE = {
    "f": (1, 1, 1),
    "f.2": (1, 1, 1),
    "f.1": (1, 4, 1),
}
"""Faces of the kinds of Fudge dice that show -1, 0 and 1."""


@dataclass(slots=True)
class _Way:
    """What is done with the dice after they are rolled."""

    explosion: Condition | None = None
    once: bool = False
    keeping: tuple[int, bool] | None = None
    success: Condition | None = None


def read_dice(scanner: Scanner) -> tuple[Sum, int] | None:
    """Take dice, if some are here.

    Returns
    -------
    (Sum, int) or None
        What is added up, and how often: the value of one die, or of all at once if some are dropped.

    Raises
    ------
    UsageError
        If the dice contradict themselves.
    ConvError
        If there are too many of them to count.
    """
    start = scanner.position
    match = scanner.match(_DIE)
    if match is None:
        return None
    copies = 1 if not match[1] else scanner.read_count(match[1])
    law = _sides(match[2], match[0].strip(), scanner)
    way = _Way()
    try:
        while (changed := _modified(law, copies, way, scanner)) is not None:
            law = changed
        return _rolled(law, copies, way)
    except ConvError as error:
        raise type(error)(f"{shortened(scanner.since(start))}: {error.message}", hint=error.hint) from None


def read_list(text: str) -> Pmf | None:
    """Read a term that lists faces of one die: ``1,2,4``, ``3-6``, ``-5..5``; None if it does not.

    Raises
    ------
    UsageError
        If a face is not a number, or a range does not go upwards.
    """
    if match := _RANGE.fullmatch(text):
        if int(match[1]) > int(match[2]):
            raise UsageError(
                f"{text}: a range goes upwards",
                hint=f"for a difference write {match[1]} - ({match[2]}), with the parentheses",
            )
        return read_faces(f"{match[1]}..{match[2]}", text)
    if ("," in text or ".." in text) and _LIST.fullmatch(text):
        return read_faces(text, text)
    return None


def read_faces(listing: str, text: str) -> Pmf:
    """The law of a die with listed faces: ``1,1,2`` or ``1..4,6:3`` (three sixes).

    Parameters
    ----------
    listing : str
        The faces.
    text : str
        What they are part of, for messages.
    """
    scanner = Scanner(text)
    weights: Counter[Fraction] = Counter()
    for face in listing.split(","):
        match = _FACE.fullmatch(face)
        if match is None:
            raise UsageError(f"{shortened(text)}: {face!r} is not a face", hint=_FACES_HINT)
        weight = scanner.read_count(match["weight"] or "1")
        low = scanner.read_number(match["low"], hint=_FACES_HINT)
        high = low if match["high"] is None else scanner.read_number(match["high"], hint=_FACES_HINT)
        if high < low or (high - low).denominator != 1:
            raise UsageError(f"{shortened(text)}: {face!r} is not a range upwards in steps of 1")
        check_lattice(int(high - low) + 1, Fraction(1))
        for i in range(int(high - low) + 1):
            weights[low + i] += weight
    if not any(weights.values()):
        raise UsageError(f"{shortened(text)}: every face has the weight 0")
    return from_weights(weights)


def keeping(way: str, count: int, copies: int) -> tuple[int, bool]:
    """How many are kept, and whether the highest.

    Raises
    ------
    UsageError
        If there are not so many dice.
    """
    if count > copies:
        raise UsageError(
            f"{count} of {copies} dice cannot be taken",
            hint="roll more dice than are kept or dropped, e.g. 4d6kh3",
        )
    kept = copies - count if way.startswith("d") else count
    return kept, way in ("k", "kh", "dl", "d")


def _sides(sides: str, text: str, scanner: Scanner) -> Pmf:
    sides = sides.lower()
    if sides == "%":
        return uniform(1, 100)
    if sides in FUDGE:
        return from_weights({Fraction(i - 1): count for i, count in enumerate(FUDGE[sides])})
    if sides.startswith("{"):
        return read_faces(sides[1:-1], text)
    count = scanner.read_count(sides)
    if count == 0:
        raise UsageError(f"{text}: a die has at least 1 side", hint=HINT)
    return uniform(1, count)


def _modified(law: Pmf, copies: int, way: _Way, scanner: Scanner) -> Pmf | None:
    """The law after one modifier, which `way` takes note of; None if there is no further one."""
    # After a blank a letter is no modifier: `2d6 d8` lacks a plus.
    joined = not scanner.text[: scanner.position][-1:].isspace()
    if relation := scanner.take(*RELATIONS):
        _once_only(way.success, "successes are counted twice", scanner)
        way.success = Condition(relation, _bound(scanner))
    elif not joined:
        return None
    elif scanner.take("r"):
        once = scanner.take("o") is not None
        return reroll(law, _condition(scanner) or _missing_face(scanner), once=once)
    elif scanner.take("!", "e"):
        _once_only(way.explosion, "the dice explode twice", scanner)
        way.once = scanner.take("o") is not None
        way.explosion = _condition(scanner) or Condition("=", law.high)
    elif word := scanner.take(*KEEPING):
        _once_only(way.keeping, "dice are kept or dropped twice", scanner)
        count = scanner.count()
        way.keeping = keeping(word, 1 if count is None else count, copies)
    else:
        return None
    return law


def _once_only(before: object, rule: str, scanner: Scanner) -> None:
    if before is not None:
        scanner.fail(rule, at=max(0, scanner.position - 1))


def _condition(scanner: Scanner) -> Condition | None:
    """Take a relation and a number, or a number alone, which faces equal."""
    relation = scanner.take(*RELATIONS)
    if relation:
        return Condition(relation, _bound(scanner))
    match = scanner.match(_SIGNED) if scanner.text[scanner.position :][:1].isdigit() else None
    return None if match is None else Condition("=", scanner.read_number(match[0]))


def _bound(scanner: Scanner) -> Fraction:
    match = scanner.match(_SIGNED)
    return scanner.miss("a number") if match is None else scanner.read_number(match[0])


def _missing_face(scanner: Scanner) -> Condition:
    scanner.miss("the face that is rolled again, e.g. 2d6r1 or 2d6r<3")


def _rolled(law: Pmf, copies: int, way: _Way) -> tuple[Sum, int]:
    """The dice after all: one of them and their number, or all of them."""
    if way.keeping and way.success:
        raise UsageError("successes are counted of all dice, none of which is dropped", hint=HINT)
    if way.explosion:
        tail = KEPT_TAIL if way.keeping else EXPLOSION_TAIL
        law = explode(law, way.explosion, once=way.once, success=way.success, tail=tail)
    elif way.success:
        law = successes(law, way.success)
    if way.keeping is None:
        return draw(law), copies
    kept, highest = way.keeping
    return draw(keep_dice(law, copies, kept, highest=highest)), 1
