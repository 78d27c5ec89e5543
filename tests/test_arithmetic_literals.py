"""Numbers and arrays as text: exact, and refused with a clear line."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.arithmetic.literals import parse_array, parse_number
from convcli.errors import ReadError, UsageError

FRACTIONS = st.fractions(max_denominator=10**6, min_value=-(10**9), max_value=10**9)


@given(FRACTIONS)
def test_fractions_round_trip(value: Fraction) -> None:
    assert parse_number(str(value)) == value
    assert parse_number(f" {str(value).replace('-', '−')} ") == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_decimals_are_exact(value: Decimal) -> None:
    assert parse_number(str(value)) == Fraction(value)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e90, max_value=1e90))
def test_written_floats_are_read_as_written(value: float) -> None:
    assert parse_number(repr(value)) == Fraction(repr(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/9", Fraction(1, 9)),
        ("-2/4", Fraction(-1, 2)),
        ("+3", Fraction(3)),
        (".5", Fraction(1, 2)),
        ("5.", Fraction(5)),
        ("1e-3", Fraction(1, 1000)),
        ("0.1", Fraction(1, 10)),
        ("1E2", Fraction(100)),
    ],
)
def test_spellings(text: str, value: Fraction) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a finite number"),
        ("nan", "'nan' is not a finite number"),
        ("-inf", "'-inf' is not a finite number"),
        ("1/0", "divides by zero"),
        ("1/-2", "not a finite number"),
        ("0.5/2", "not a finite number"),
        ("1_000", "not a finite number"),
        ("٣", "not a finite number"),
        ("1e101", "exponents go from -400 to 100"),
        ("1e999999999", "exponents go from"),
        ("1" * 51, "at most 50 characters"),
        ("x" * 5000, "x…' is not a finite number"),
    ],
)
def test_what_is_no_number(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_number(text)
    assert len(caught.value.message) < 120


@given(st.lists(FRACTIONS, min_size=1, max_size=8))
def test_lists_round_trip(values: list[Fraction]) -> None:
    texts = [str(value) for value in values]
    for text in (",".join(texts), " , ".join(texts), " ".join(texts), "\t".join(texts) + "\r\n"):
        assert parse_array(text) == tuple(values)


@given(st.integers(2, 5).flatmap(lambda n: st.lists(st.tuples(*[FRACTIONS] * n), min_size=2, max_size=5)))
def test_tables_round_trip(rows: list[tuple[Fraction, ...]]) -> None:
    lines = [",".join(map(str, row)) for row in rows]
    assert parse_array(";".join(lines)) == tuple(rows)
    assert parse_array("# by hand\n" + "\n".join(lines) + "\n\n") == tuple(rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no numbers"),
        ("\n # only a comment\n", "no numbers"),
        ("1,,2", "row 1, number 2 is empty"),
        ("1,2,", "row 1, number 3 is empty"),
        ("1,2;", "row 2, number 1 is empty"),
        ("1,2;3", "row 1 has 2 numbers, row 2 has 1"),
        ("1,2\n3,x", r"'x' is not a finite number \(row 2, number 2\)"),
        ("1 2,3", r"'1 2' is not a finite number"),
        ("1;2\n3;4", "semicolons in a table of several lines"),
    ],
)
def test_what_is_no_array(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_array(text)
    with pytest.raises(ReadError, match=f"^a.csv: .*{message}"):
        parse_array(text, name="a.csv", problem=ReadError)
