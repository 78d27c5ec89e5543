"""Tables, summaries, answers and the shape arithmetic as text."""

from fractions import Fraction
from typing import Any

import pytest

from convcli.probability import account, pmf, rendering
from convcli.probability.lattice import Pmf
from convcli.probability.questions import Asked, answer
from convcli.probability.terms import read_terms

BIG = ("100d6", "1000d6", "(1000d6)*1/4", "1000d6-3500", "d100+d100", "300d{0:3,7:5}", "3d200000")


def table(law: Pmf, *, width: int = 80, exact: bool = False) -> rendering.Table:
    return rendering.table(law, width=width, bar="#", exact=exact)


def test_a_small_table_has_every_value() -> None:
    rows = table(pmf("2d6")).rows
    assert [row[0] for row in rows] == [str(i) for i in range(2, 13)]
    assert rows[5][:4] == ("7", "0.166667", "0.583333", "0.583333")
    assert max(len(row[4]) for row in rows) == len(rows[5][4])
    assert table(pmf("2d6")).caption is None


def test_impossible_values_have_no_row() -> None:
    assert [row[0] for row in table(pmf("0:0.5,1:0.25,7:0.25")).rows] == ["0", "1", "7"]


def test_exact_cells() -> None:
    assert table(pmf("2d6"), exact=True).rows[0][:4] == ("2", "1/36", "1/36", "1")
    long = table(pmf("20d6"), exact=True)
    assert "/" not in long.rows[3][1]
    assert "fractions are long" in (long.caption or "")


@pytest.mark.parametrize("text", BIG)
def test_a_long_table_is_cut_to_the_centre_and_says_so(text: str) -> None:
    law = pmf(text)
    laid_out = table(law)
    assert 20 <= len(laid_out.rows) <= rendering.ROWS + 1
    assert "--format csv prints all" in (laid_out.caption or "")
    shown = sum(float(row[1]) for row in laid_out.rows)
    assert 0.9999 <= shown <= 1.0001
    assert float(laid_out.rows[0][3]) >= 1 - float(rendering.TAIL) * 1.01
    assert float(laid_out.rows[-1][2]) >= 1 - float(rendering.TAIL) * 1.01


@pytest.mark.parametrize("text", BIG)
def test_rows_of_a_long_table_hold_what_they_say(text: str) -> None:
    law = pmf(text)
    for label, share, at_most, at_least, _ in table(law).rows:
        ends = label.split("..")
        low, high = Fraction(ends[0]), Fraction(ends[-1])
        assert float(share) == pytest.approx(float(law.between(low, high)), rel=1e-5)
        assert float(at_most) == pytest.approx(float(law.between(None, high)), rel=1e-5)
        assert float(at_least) == pytest.approx(float(law.between(low, None)), rel=1e-5)


def test_bands_begin_at_round_values() -> None:
    labels = [row[0] for row in table(pmf("1000d6")).rows]
    assert all(label.split("..")[0].endswith("0") for label in labels)


def text_width(laid_out: rendering.Table) -> int:
    widths = (max(map(len, column)) for column in zip(laid_out.columns, *laid_out.rows, strict=True))
    return sum(widths) + 3 * (len(laid_out.columns) - 1)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_bars_fill_the_width(width: int) -> None:
    assert text_width(table(pmf("2d6"), width=width)) == width


def test_narrow_terminals_lose_the_bars_first() -> None:
    laid_out = table(pmf("2d6"), width=48)
    assert laid_out.columns == ("value", "probability", "at most", "at least")
    assert laid_out.caption is None
    assert {len(row) for row in laid_out.rows} == {4}


def test_then_they_lose_the_tails_and_say_so() -> None:
    laid_out = table(pmf("2d6"), width=40)
    assert laid_out.columns == ("value", "probability", "at most")
    assert laid_out.caption == "no room for at least (--format csv prints all)"
    laid_out = table(pmf("2d6"), width=20)
    assert laid_out.columns == ("value", "probability")
    assert laid_out.caption == "no room for at most and at least (--format csv prints all)"
    assert laid_out.rows[5] == ("7", "0.166667")


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.parametrize("text", BIG)
def test_tables_keep_to_the_width(text: str, width: int) -> None:
    assert text_width(table(pmf(text), width=width)) <= width


def test_summary() -> None:
    assert rendering.summary(pmf("2d6+1d4")) == ("mean 9.5, sd 2.66145, min 3, max 16, median 9, mode 9, 10")
    assert rendering.summary(pmf("4d6kh3")).startswith("mean 12.2446, ")
    assert rendering.summary(pmf("d6")).endswith("mode 1, 2, 3 and 3 more")
    assert rendering.summary(pmf("d2*1/3")) == (
        "mean 0.5, sd 0.166667, min 1/3, max 2/3, median 1/3, mode 1/3, 2/3"
    )


def lines(text: str, **asked: list[Any]) -> list[str]:
    law = pmf(text)
    return [rendering.answer_line(each) for each in answer(law, Asked(**asked).of_numbers())]


def test_answers() -> None:
    assert lines("2d6", at_least=[Fraction(9)]) == ["at least 9: 0.277778 = 5/18, 1 in 3.6"]
    assert lines("2d6", at_least=[Fraction(2)]) == ["at least 2: 1, certain"]
    assert lines("2d6", exactly=[(Fraction(1, 2),)]) == ["exactly 0.5: 0, impossible"]
    assert lines("1000d6", exactly=[(Fraction(6000),)]) == ["exactly 6000: 7.05910e-779"]
    assert lines("2d6", quantile=[Fraction(19, 20)]) == ["quantile 0.95: 11"]
    assert lines("2d6", interval=[Fraction(9, 10)]) == ["interval 0.9: 3 to 11, which hold 0.944444 = 17/18"]
    assert lines("100d6", at_least=[Fraction(450)]) == ["at least 450: 1.51902e-09, 1 in 6.583e+08"]


@pytest.mark.parametrize(
    ("texts", "times", "expected"),
    [
        (["2d6"], 1, ["2d6: 2 * (6 - 1) + 1 = 11 values"]),
        (["d6"], 1, ["d6: 6 values"]),
        (["7"], 1, ["sum: 1 value"]),
        (["d10-d8", "-3"], 1, ["d10 - d8: 10 + 8 - 1 = 17 values"]),
        (["2d6", "1d4"], 1, ["2d6: 2 * (6 - 1) + 1 = 11 values", "2d6 + 1d4: 11 + 4 - 1 = 14 values"]),
        (
            ["d6", "(2d6+3)*5"],
            1,
            ["5*2d6: 2 * (6 - 1) + 1 = 11 values in steps of 5", "d6 + 5*2d6: 6 + 51 - 1 = 56 values"],
        ),
        (["d6+d4"], 3, ["d6 + d4: 6 + 4 - 1 = 9 values", "3 times: 3 * (9 - 1) + 1 = 25 values"]),
        (["d2*0.5"], 1, ["1/2*d2: 2 values in steps of 0.5"]),
    ],
)  # fmt: skip
def test_shape_arithmetic(texts: list[str], times: int, expected: list[str]) -> None:
    problem = read_terms(texts, times=times)
    assert account.shape_lines(problem) == expected


def test_what_a_known_total_changed() -> None:
    assert (
        rendering.learned(pmf("d4"), pmf("d6"))
        == "known total: mean 2.5 (else 3.5), sd 1.11803 (else 1.70783)"
    )
