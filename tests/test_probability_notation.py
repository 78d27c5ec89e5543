"""The notation of dice, against enumeration of every roll."""

import contextlib
from collections import Counter
from fractions import Fraction
from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcli.errors import ConvError, UsageError
from convcli.probability.dice import read_list
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
        ("dF.2", [[-1, 0, 1]]),
        ("2df.1", [[-1, 0, 0, 0, 0, 1]] * 2),
        ("7//2", [[3]]),
        ("-7//2", [[-4]]),
        ("d6//2+1", [[1, 2, 2, 3, 3, 4]]),
        ("(d6-4)//2", [[-2, -1, -1, 0, 0, 1]]),
        ("2*d6//3", [[0, 1, 2, 2, 3, 4]]),
        ("2d6r1", [[2, 3, 4, 5, 6]] * 2),
        ("d6r<3", [[3, 4, 5, 6]]),
        ("d6r<=3", [[4, 5, 6]]),
        ("d6r1r6", [[2, 3, 4, 5]]),
        ("d2ro1", [[1, 2, 2, 2]]),
        ("d{1:2,2}ro1", [[1, 1, 1, 1, 2, 2, 2, 2, 2]]),
        ("d4ro>2", [[1, 1, 1, 1, 2, 2, 2, 2, 1, 2, 3, 4, 1, 2, 3, 4]]),
        ("3d6>=5", [[0, 0, 0, 0, 1, 1]] * 3),
        ("3d6 >= 5 + 1", [[0, 0, 0, 0, 1, 1]] * 3 + [[1]]),
        ("d6=6", [[0, 0, 0, 0, 0, 1]]),
        ("dF<=-1", [[1, 0, 0]]),
        ("2d6r1>3", [[0, 0, 1, 1, 1]] * 2),
        ("d4!o", [[1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 5, 6, 7, 8]]),
        ("d4eo", [[1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 5, 6, 7, 8]]),
        ("d4!o1", [[2, 3, 4, 5, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]]),
        ("d4!o>=3", [[1, 1, 1, 1, 2, 2, 2, 2, 4, 5, 6, 7, 5, 6, 7, 8]]),
        ("d4!o>2=4", [[0] * 8 + [0, 0, 0, 1, 1, 1, 1, 2]]),
        ("d6!7", [D6]),
        ("bernoulli(1/2)+d4", [[0, 1], D4]),
        ("binom:n=3,p=0.5", [[0, 1]] * 3),
        ("randint(1,7)", [D6]),
        ("randint(1,7,loc=2)", [[3, 4, 5, 6, 7, 8]]),
        ("2*binom:2,0.5 - 1", [[0, 2], [0, 2], [-1]]),
        ("HyperGeom(3,1,1)", [[0, 0, 1]]),
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
        ("d6d8", "d6d8: 8 of 1 dice cannot be taken"),
        ("2d6/2", "position 4"),
        ("nan", "position 1: no law is called 'nan'"),
        ("inf", "position 1"),
        ("1e5", "position 1"),
        ("d6+1/0", r"d6\+1/0: '1/0' divides by zero"),
        ("2d6+x", "'x' at position 5"),
        ("ball:1.5", "position 1: a ball drops from a whole number of metres"),
        ("ball:-1", "position 1: a ball drops"),
        ("ball:", "position 1: a ball drops"),
        ("2d6/2", r"position 4: values are divided by //"),
        ("d6//0", "// divides by a whole number from 1 up"),
        ("d6//d4", "'d4' at position 5: // divides by a whole number"),
        ("norm//2", "only values with an exact table"),
        ("d1!", "d1!: every face adds another roll"),
        ("2d6!>0", "every face adds another roll"),
        ("d6!!", "explode twice"),
        ("d6r<7", "every face is rolled again"),
        ("d6r", "the face that is rolled again"),
        ("d6>", "a number is missing"),
        ("4d6kh3kl1", "kept or dropped twice"),
        ("4d6kh3>=5", "successes are counted of all dice"),
        ("0d0", "at least 1 side"),
        ("{d6}", "kh, kl, dh or dl is missing"),
        ("{d6,d8", "} is missing"),
        ("{d6,d8}kh3", "3 of 2 dice"),
        ("{d6,norm}kh1", "only values with an exact table"),
        ("nrom(0,1)", "'nrom\\(0,1\\)' at position 1: no law is called 'nrom'"),
        ("d6+gaussian(0,1)", "position 4: no law is called 'gaussian'"),
        ("binom(10)", "binom: p is missing"),
        ("binom", "binom: n and p are missing"),
        ("binom(10,0.3,0,1)", "binom takes 3 parameters, not 4"),
        ("binom(10,q=0.3)", "binom has no parameter 'q'"),
        ("binom(10,n=3)", "the parameter n is given twice"),
        ("binom(n=10,0.3)", "a parameter without a name after one with a name"),
        ("binom(n=1,n=2)", "n is given twice"),
        ("binom(10,2)", r"binom\(10,2\): p is a probability"),
        ("norm(nan,1)", r"'nan,1\)' at position 6: expected a finite number for norm\(loc, scale\)"),
        ("norm(0,inf)", "expected a finite number"),
        ("norm(0,0)", "the scale 0 is not above 0"),
        ("norm(0,1", r"at the end, \) is missing"),
        ("gamma(-1)", r"gamma\(-1\): out of range"),
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


def exploded(faces: list[int], burst: set[int], depth: int) -> dict[int, Fraction]:
    """The law of one die that explodes `depth` times at most; what goes on after that is left out."""
    law: Counter[int] = Counter()
    reach = {0: Fraction(1)}
    for _ in range(depth + 1):
        after: Counter[int] = Counter()
        for total, p in reach.items():
            for face in faces:
                (after if face in burst else law)[total + face] += p / len(faces)
        reach = after
    return law


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-2, 9), min_size=2, max_size=5, unique=True), st.data())
def test_exploding_dice_by_enumeration(faces: list[int], data: st.DataObject) -> None:
    bound = data.draw(st.sampled_from(sorted(faces)[1:]))
    burst = {face for face in faces if face >= bound}
    found = law(f"d{{{','.join(map(str, faces))}}}!>={bound}")
    expected = exploded(faces, burst, 12)
    assert found.points == 1 or 0 < found.truncated_mass <= 1e-60
    if min(burst) > 0:
        limit = min(faces) + 13 * min(burst)  # below it nothing is left out
        for value, p in expected.items():
            if value < limit:
                assert abs(Fraction(found.count_at(Fraction(value)), found.total) / p - 1) < Fraction(
                    1, 10**50
                )


def test_explosions_without_an_end_in_sight_are_refused_at_once() -> None:
    with pytest.raises(ConvError, match=r"d\{1:1,2:9999\}!: up to 1381482 rolls of one die matter"):
        parse("3+d{1:1,2:9999}!")


def test_an_exploding_die_in_closed_form() -> None:
    found = law("2d6!")
    assert float(found.mean) == pytest.approx(2 * 4.2)
    assert float(found.variance) == pytest.approx(2 * 10.64)
    assert 1e-31 < found.truncated_mass < 1e-29


def test_every_roll_of_an_exploding_die_may_be_a_success() -> None:
    found = law("d10!>=8")
    assert shares(law("d10!10>=8")) != shares(found)
    ten = law("d10!10>=8")  # mean: 3/10 of a success a roll, 10/9 rolls a die
    assert float(ten.mean) == pytest.approx(0.3 / 0.9)
    assert ten.high > 30


@given(
    st.lists(st.sampled_from(["d4", "2d3", "d{-1,5}", "d6*1/2", "d2-3"]), min_size=2, max_size=4), st.data()
)
def test_pools_of_different_dice(texts: list[str], data: st.DataObject) -> None:
    keep, highest = data.draw(st.integers(0, len(texts))), data.draw(st.booleans())
    expected: Counter[Fraction] = Counter()
    for rolled in product(*(shares(law(text)).items() for text in texts)):
        chosen = sorted((value for value, _ in rolled), reverse=highest)[:keep]
        expected[sum(chosen, Fraction(0))] += prod(p for _, p in rolled)
    way = "kh" if highest else "kl"
    assert shares(law(f"{{{', '.join(texts)}}}{way}{keep}")) == expected


def test_pools_too_large_are_refused_at_once() -> None:
    with pytest.raises(ConvError, match="takes too long to count"):
        parse("{100d6,d100000}kh1")


@pytest.mark.parametrize(
    ("text", "faces"),
    [
        ("1,2,4", [1, 2, 4]),
        ("1, 1, -2", [1, 1, -2]),
        ("3-6", [3, 4, 5, 6]),
        (" 3-6 ", [3, 4, 5, 6]),
        ("-5..5", list(range(-5, 6))),
        ("1..3,9", [1, 2, 3, 9]),
    ],
)
def test_lists_are_dice(text: str, faces: list[int]) -> None:
    found = read_list(text)
    assert found is not None
    assert shares(found) == rolls(faces)


@pytest.mark.parametrize(
    "text", ["7", "-7", "3-d6", "2d6", "d{1,2}", "{d4,d6}kh1", "norm(1,2)", "1:2,2:3", "(3-6)"]
)
def test_other_terms_are_no_lists(text: str) -> None:
    assert read_list(text) is None


def test_downward_ranges_are_no_dice() -> None:
    with pytest.raises(UsageError, match="a range goes upwards") as caught:
        read_list("6-3")
    assert caught.value.hint == "for a difference write 6 - (3), with the parentheses"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("nrom(0,1)", "did you mean norm"),
        ("uniform(1,2,3)", "scale is the width"),
        ("expon(1,2,3)", "scale is 1/rate"),
        ("randint(1)", "high is excluded"),
        ("geom()", "from 1"),
        ("gamma()", "scale is 1/rate"),
        ("gaussian(0,1)", "did you mean norm?"),
        ("quux(0,1)", "as scipy names them"),
    ],
)
def test_hints_tell_names_and_traps(text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert hint in str(caught.value.hint)


def test_laws_by_position_and_by_name_are_the_same() -> None:
    for left, right in (
        ("norm(1,2)", "norm:loc=1,scale=2"),
        ("gamma(2,scale=1/3)", "gamma(a=2, loc=0, scale=1/3)"),
        ("norm", "norm()"),
        ("3*expon - 1", "expon(scale=3) - 1"),
    ):
        assert parse(left).value == parse(right).value
    assert parse("planck(lambda=1)").value.mean > 0


@pytest.mark.parametrize("text", ["d99999999", "d{1..99999999}"])
def test_dice_too_large_to_tabulate(text: str) -> None:
    with pytest.raises(ConvError, match="more than the"):
        parse(text)


@given(st.text("0123456789dkhlroe!<>=%F{}:,.()+-*x /ball", max_size=12))
def test_any_text_parses_or_is_a_usage_error(text: str) -> None:
    with contextlib.suppress(ConvError):
        assert parse(text).value.settled(None).points > 0


@given(st.lists(st.integers(-9, 9), min_size=1, max_size=5))
def test_constants_add_up(numbers: list[int]) -> None:
    assert law(" + ".join(f"({n})" for n in numbers)) == certain(Fraction(sum(numbers)))
