"""The notation of dice, against enumeration of every roll."""

import contextlib
from collections import Counter
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.errors import ConvError, UsageError
from convcli.probability.keep import keep_dice
from convcli.probability.lattice import Pmf, certain, from_weights
from convcli.probability.notation import parse
from convcli.probability.sums import distribution


def law(text: str) -> Pmf:
    return distribution(parse(text).value)


def shares(pmf: Pmf) -> dict[Fraction, Fraction]:
    return {value: Fraction(count, pmf.total) for value, count in pmf.items()}


def rolls(*dice: list[int]) -> dict[Fraction, Fraction]:
    """Distribution of the sum, by listing every outcome."""
    sums = Counter(sum(faces) for faces in product(*dice))
    return {Fraction(v): Fraction(n, sums.total()) for v, n in sums.items()}


D4, D6, D8 = list(range(1, 5)), list(range(1, 7)), list(range(1, 9))


@pytest.mark.parametrize(
    ("text", "dice"),
    [
        ("2d6", [D6, D6]),
        ("d6", [D6]),
        ("D6", [D6]),
        ("0d6", []),
        ("2d6+1d4-1", [D6, D6, D4, [-1]]),
        (" 2d6 + d4 - 1 ", [D6, D6, D4, [-1]]),
        ("2d8-d6", [D8, D8, [-x for x in D6]]),
        ("-d4", [[-x for x in D4]]),
        ("d4--1", [D4, [1]]),
        ("2*d6", [[2 * x for x in D6]]),
        ("d6x2", [[2 * x for x in D6]]),
        ("(2d6+3)*5", [[5 * x for x in D6], [5 * x for x in D6], [15]]),
        ("2*(d4-(d6+1))*3", [[6 * x for x in D4], [-6 * x for x in D6], [-6]]),
        ("d%", [list(range(1, 101))]),
        ("3dF", [[-1, 0, 1]] * 3),
        ("df", [[-1, 0, 1]]),
        ("2d{1,1,2}", [[1, 1, 2]] * 2),
        ("d{0:3,1:5}", [[0] * 3 + [1] * 5]),
        ("d{1..4}", [D4]),
        ("d{-2..1,6:2, 9:0}", [[-2, -1, 0, 1, 6, 6]]),
        ("d{5}", [[5]]),
        ("d1", [[1]]),
        ("7", [[7]]),
        ("ball:1", [[-1, 0, 0, 1]]),
        ("ball:3", [[-1, 0, 0, 1]] * 3),
        ("ball:0", []),
        ("ball:2+ball:1", [[-1, 0, 0, 1]] * 3),
        ("d6*0", [[0]]),
    ],
)
def test_expressions(text: str, dice: list[list[int]]) -> None:
    assert shares(law(text)) == rolls(*dice)


def test_fractions_and_decimals_are_exact() -> None:
    assert shares(law("d2*0.1+1/3")) == {
        Fraction(13, 30): Fraction(1, 2),
        Fraction(8, 15): Fraction(1, 2),
    }


def kept(faces: list[int], copies: int, keep: int, *, highest: bool) -> dict[Fraction, Fraction]:
    sums = Counter(sum(sorted(roll, reverse=highest)[:keep]) for roll in product(faces, repeat=copies))
    return {Fraction(v): Fraction(n, sums.total()) for v, n in sums.items()}


@given(
    st.lists(st.integers(-3, 4), min_size=1, max_size=4), st.integers(1, 4), st.integers(0, 4), st.booleans()
)
def test_keeping_dice(faces: list[int], copies: int, keep: int, highest: bool) -> None:
    keep = min(keep, copies)
    pmf = from_weights({Fraction(v): n for v, n in Counter(faces).items()})
    assert shares(keep_dice(pmf, copies, keep, highest=highest)) == kept(faces, copies, keep, highest=highest)


@pytest.mark.parametrize(
    ("text", "keep", "highest"),
    [
        ("4d6kh3", 3, True),
        ("4d6k3", 3, True),
        ("4d6dl1", 3, True),
        ("4d6dl", 3, True),
        ("4d6kl2", 2, False),
        ("4d6dh2", 2, False),
        ("4d6kh", 1, True),
        ("4d6KL", 1, False),
        ("4d6kh4", 4, True),
        ("4d6dh4", 0, True),
    ],
)
def test_keep_notation(text: str, keep: int, highest: bool) -> None:
    assert shares(law(text)) == kept(D6, 4, keep, highest=highest)


def test_keeping_many_is_refused_at_once() -> None:
    for text in ("1000d6kh500", "999999999999d6kh3", "20d2000kh10"):
        with pytest.raises(ConvError, match="too long"):
            parse(text)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("", "an empty term"),
        ("  ", "an empty term"),
        ("2d", "position 1"),
        ("d", "position 1"),
        ("d0", "at least 1 side"),
        ("2d-6", "position 1"),
        ("2d6 d8", "'d8' at position 5"),
        ("2d6+", "at the end, a die, a number or \\( is missing"),
        ("+2d6", "position 1"),
        ("(2d6", r"at the end, \) is missing"),
        ("(2d6(", r"'\(' at position 5: expected \)"),
        ("2d6x", r"at the end, a die, a number or \( is missing"),
        ("2d6+)", r"'\)' at position 5: expected a die"),
        ("2d6)", "position 4"),
        ("2d6*d4", "only one factor"),
        ("d6d8", "position 1"),
        ("2d6/2", "position 4"),
        ("nan", "position 1"),
        ("inf", "position 1"),
        ("1e5", "position 1"),
        ("d6+1/0", r"d6\+1/0: '1/0' divides by zero"),
        ("2d6+x", "'x' at position 5"),
        ("ball:1.5", "position 1"),
        ("ball:-1", "position 1"),
        ("ball:", "position 1"),
        ("d{}", "not a face"),
        ("d{1,,2}", "not a face"),
        ("d{a}", r"d\{a\}: 'a' is not a finite number"),
        ("d6+2d{1..b}", r"2d\{1\.\.b\}: 'b' is not a finite number"),
        ("d{3..1}", "range upwards"),
        ("d{1..2.5}", "range upwards"),
        ("d{1:0}", "weight 0"),
        ("d{1:-2}", "not a face"),
        ("4d6kh5", "5 of 4"),
        ("4d6dl5", "5 of 4"),
        ("d9999999999999", "at most 12 digits"),
        ("1" * 5000 + "d6", "at most 12 digits"),
        ("9" * 60, "too long"),
        ("(" * 5000, "within each other"),
        ("-" * 5000 + "1", "within each other"),
        ("2d6§", "position 4"),
    ],
)
def test_errors_name_the_place(text: str, mentions: str) -> None:
    with pytest.raises(UsageError, match=mentions) as caught:
        parse(text)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 200


def test_the_hint_for_a_face_tells_what_is_allowed() -> None:
    with pytest.raises(UsageError) as caught:
        parse("d{a}")
    assert "d{1..4}" in str(caught.value.hint)


@pytest.mark.parametrize("text", ["d99999999", "d{1..99999999}"])
def test_dice_too_large_to_tabulate(text: str) -> None:
    with pytest.raises(ConvError, match="more than the"):
        parse(text)


@given(st.text("0123456789dkhl%F{}:,.()+-*x /ball", max_size=12))
def test_any_text_parses_or_is_a_usage_error(text: str) -> None:
    with contextlib.suppress(ConvError):
        assert parse(text).value.points > 0


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=5))
def test_constants_add_up(numbers: list[int]) -> None:
    assert law(" + ".join(f"({n})" for n in numbers)) == certain(Fraction(sum(numbers)))
