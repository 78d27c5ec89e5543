"""Reading distributions from literals, CSV and JSON, and writing them back."""

import io
import json
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.arithmetic.notation import format_integer, format_number
from convcli.errors import ReadError, UsageError
from convcli.probability import formats
from convcli.probability.digits import parse_probability, ratio_text, value_text
from convcli.probability.lattice import Pmf, from_weights
from convcli.probability.notation import parse
from convcli.probability.sums import distribution
from convcli.probability.tables import read_literal, read_table

HALVES = {Fraction(0): Fraction(1, 2), Fraction(1): Fraction(1, 4), Fraction(2): Fraction(1, 4)}


def shares(law: Pmf) -> dict[Fraction, Fraction]:
    return {value: Fraction(count, law.total) for value, count in law.items()}


@pytest.mark.parametrize(
    "text", ["0:0.5,1:0.25,2:1/4", " 0 : 1/2 , 2:.25, 1:25% ", "0:5e-1,1:0.25,2:0.25,3:0"]
)
def test_literals(text: str) -> None:
    assert shares(read_literal(text).pmf) == HALVES


@pytest.mark.parametrize(
    "text",
    [
        "value,probability\n0,0.5\n1,0.25\n2,0.25\n",
        "0,0.5\n1,0.25\n2,1/4",
        "\ufeffvalue,probability\r\n2,0.25\r\n0,0.5\r\n1,0.25\r\n",
        "# a comment\nvalue;probability\n\n0;0.5\n1;0.25\n2;0.25\n",
        "0\t0.5\n1\t0.25\n2\t0.25\n",
        "0 0.5\n1  0.25\n2 0.25\n",
        "Outcome,Percent\n0,50\n1,25%\n2,25\n",
        "value,weight\n0,2\n1,1\n2,1\n",
        "probability,note,value\n0.5,a,0\n0.25,b,1\n0.25,c,2\n",
        "value,probability,at_most,at_least\n0,0.5,0.5,1\n1,0.25,0.75,0.5\n2,0.25,1,0.25\n",
        "0,2\n1,1\n2,1\n",
        '[[0, 0.5], [1, "1/4"], ["2", 0.25]]',
        '{"0": 0.5, "1": 0.25, "2": "1/4"}',
        '{"support": [0, 1, 2], "probability": [0.5, 0.25, 0.25]}',
        '{"support": [0, 1, 2], "probability": [9, 9, 9], "exact": ["1/2", "1/4", "1/4"]}',
    ],
)
def test_files(text: str) -> None:
    assert shares(read_table(text.encode(), "f").pmf) == HALVES


laws = st.dictionaries(
    st.fractions(-9, 9, max_denominator=7), st.integers(1, 10**30), min_size=1, max_size=6
).map(from_weights)


@given(laws)
def test_exact_csv_round_trip(law: Pmf) -> None:
    text = "\n".join(formats.csv_lines(law, exact=True))
    assert shares(read_table(text.encode(), "f").pmf) == shares(law)


@given(laws)
def test_csv_round_trip_to_the_precision_of_floats(law: Pmf) -> None:
    read = read_table("\n".join(formats.csv_lines(law)).encode(), "f")
    assert read.warnings == ()
    for value, p in shares(law).items():
        assert shares(read.pmf)[value] == pytest.approx(p, rel=1e-12)


@given(st.dictionaries(st.integers(-99, 99), st.integers(1, 10**30), min_size=1, max_size=6))
def test_json_round_trip(weights: dict[int, int]) -> None:
    law = from_weights({Fraction(v): w for v, w in weights.items()})
    text = json.dumps(formats.record(law, "law", [], exact=True))
    assert shares(read_table(text.encode(), "f").pmf) == shares(law)


@pytest.mark.parametrize("dice", ["1000d6", "6000d6"])
def test_round_trip_far_below_floats_and_beyond_4300_digits(dice: str) -> None:
    law = distribution(parse(dice).value)
    ends = from_weights({law.low: 1, law.high: law.total - 1})  # one tail as small as it gets
    for exact in (False, True):
        text = "\n".join(formats.csv_lines(ends, exact=exact))
        read = read_table(text.encode(), "f").pmf
        ratio = Fraction(read.counts[0], read.total) / Fraction(1, law.total)
        assert ratio == 1 if exact else abs(ratio - 1) < Fraction(1, 10**15)
    record = json.loads(json.dumps(formats.record(ends, "ends", [], exact=True)))
    assert record["exact"][0].startswith("1/")
    assert record["denominator"] == record["exact"][0].removeprefix("1/")


def test_percents_scale_and_near_misses_are_said() -> None:
    read = read_literal("0:0.333333,1:0.666666")
    assert shares(read.pmf) == {Fraction(0): Fraction(1, 3), Fraction(1): Fraction(2, 3)}
    [warning] = read.warnings
    assert "0.999999" in warning
    assert "scaled" in warning
    assert read_literal("0:0.3333333333333333,1:0.6666666666666667").warnings == ()


ANYDICE = '"output 1",3.5,1.70782512765993,1,6\n"#","%"\n' + "\n".join(
    f"{v},16.6666666667" for v in range(1, 7)
)


def test_exports_of_anydice_are_read() -> None:
    read = read_table(ANYDICE.encode(), "f")
    assert shares(read.pmf) == {Fraction(v): Fraction(1, 6) for v in range(1, 7)}
    assert read.warnings == ()
    own = "\n".join(formats.anydice_lines(distribution(parse("3d6").value), "3d6"))
    assert shares(read_table(own.encode(), "f").pmf)[Fraction(10)] == pytest.approx(27 / 216)


def test_one_output_of_anydice_at_a_time() -> None:
    with pytest.raises(ReadError, match="f: 2 outputs of AnyDice"):
        read_table(f"{ANYDICE}\n{ANYDICE}".encode(), "f")


def array_file(array: object) -> bytes:
    file = io.BytesIO()
    np.save(file, np.asarray(array))
    return file.getvalue()


@pytest.mark.parametrize("array", [[0.25, 0.0, 0.75], [1, 0, 3], np.array([1, 0, 3], np.uint8)])
def test_arrays_hold_the_values_from_0_up(array: object) -> None:
    assert shares(read_table(array_file(array), "f").pmf) == {
        Fraction(0): Fraction(1, 4),
        Fraction(2): Fraction(3, 4),
    }


@pytest.mark.parametrize(
    ("data", "mentions"),
    [
        (array_file([[1, 2]]), "an array of 2 dimensions"),
        (array_file([1j]), "type complex128"),
        (array_file([float("nan"), 1]), "'nan'"),
        (array_file([0.5, 0.6]), "add up to 1.1"),
        (array_file([-0.5, 1.5]), "-0.5 in entry 0"),
        (array_file([]), "above 0"),
        (array_file([0.5, 0.5])[:-3], "not an array of numbers"),
        (array_file(np.array([{}], object)), "not an array of numbers"),
    ],
)
def test_bad_arrays(data: bytes, mentions: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_table(data, "f")
    assert mentions in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "text", ['{"0": 1, "2": 3}', "[[0, 1], [2, 3]]", '{"description": "x", "results": {"0": 1, "2": 3}}']
)
def test_whole_weights_in_json(text: str) -> None:
    assert shares(read_table(text.encode(), "f").pmf) == {
        Fraction(0): Fraction(1, 4),
        Fraction(2): Fraction(3, 4),
    }


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("0:0.5,1:0.6", "add up to 1.1, not to 1"),
        ("0:1/2,1:1/3", "add up to 5/6, not to 1"),
        ("0:1,1:0.000002", "1.000002"),
        ("0:1.2,1:-0.2", "1.2 in item 1"),
        ("0:0.5,1:-0.5", "-0.5 in item 2"),
        ("0:0.5,1", "item 2"),
        ("0:0.5,0.0:0.5", "stands twice"),
        ("0:nan,1:1", "nan"),
        ("0:0.5,x:0.5", "'x'"),
        ("0:,1:1", "item 1"),
        ("0:0,1:0", "above 0"),
        ("0:1e-99999999,1:1", "out of range"),
    ],
)
def test_bad_literals(text: str, mentions: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_literal(text)
    assert mentions in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "mentions"),
    [
        ("\n# only a comment\n", "no rows"),
        ("value,probability\n", "above 0"),
        ("0,0.5\n1\n", "line 2 has 1 cells"),
        ('0,0.5\n"1,0.5\n2,0\n', "line 2 has 1 cells"),
        ("0,0.5\n" + "1" * 200_000 + ",0.5\n", "line 2"),
        ("0," + "9" * 5000 + "\n", "too long"),
        ("value,probability\n0,0.5\n1,0.5,7\n", "line 3 has 3 cells"),
        ("0,1.2\n1,-0.2\n", "1.2 in line 1"),
        ("0,nan\n1,0.5\n", "'nan'"),
        ("nan,0.5\n1,0.5\n", "'nan'"),
        ("0,0.5\n1,inf\n", "'inf'"),
        ("0,0.5\n1,\n", "line 2"),
        ("0,0.5\n0,0.5\n", "stands twice, again in line 2"),
        ("x,y,probability\n0,0,1\n", "columns x, y, probability"),
        ("value,weight\n0,1.5\n1,2\n", "whole number"),
        ("value,weight\n0,-1\n1,2\n", "whole number"),
        ("value,probability\n0,3\n1,5\n", "3 in line 2"),
        ("value,percent\n0,50\n1,51\n", "1.01"),
        ("[[", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1, 2]", "entry 1"),
        ("[[0, true], [1, false]]", "entry 1"),
        ("[[0, NaN], [1, 0.5]]", "'NaN'"),
        ('{"0": [1]}', "entry 1"),
        ("{}", "above 0"),
        ('{"support": [1, 2], "probability": [1]}', "one length"),
        ('{"support": [1, 2]}', "one length"),
        ('{"support": [[0, 0]], "probability": [1]}', "entry 1"),
    ],
)
def test_bad_files(text: str, mentions: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_table(text.encode(), "f.csv")
    assert mentions in caught.value.message
    assert caught.value.message.startswith("f.csv: ")
    assert "\n" not in caught.value.message


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(ReadError, match="UTF-8"):
        read_table(b"\x89PNG\r\n\x1a\n\x00\xff", "f.csv")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        law = read_table(data, "f").pmf
    except ReadError:
        return
    assert sum(law.counts) == law.total


@given(st.fractions(0, 1, max_denominator=10**12))
def test_ratio_text_is_the_nearest_float(share: Fraction) -> None:
    assert float(ratio_text(share.numerator, share.denominator)) == share.numerator / share.denominator


def test_ratios_below_the_range_of_floats() -> None:
    assert ratio_text(1, 6**1000, digits=6) == "7.05910e-779"
    with localcontext(prec=50):
        expected = Decimal(3) ** 900 / Decimal(7) ** 1500
    assert Decimal(ratio_text(3**900, 7**1500)) == Decimal(f"{expected:.16e}")
    assert parse_probability(ratio_text(1, 10**2000)) == Fraction(1, 10**2000)


@given(st.fractions(max_denominator=1000))
def test_value_text_is_exact(value: Fraction) -> None:
    assert parse_probability(value_text(value)) == value


def test_integers_of_any_length() -> None:
    assert format_integer(10**5000) == "1" + "0" * 5000
    assert format_number(Fraction(1, 10**5000)) == "1/1" + "0" * 5000
    assert parse_probability(f"1/{format_integer(6**6000)}") == Fraction(1, 6**6000)
