"""CSV, Markdown, the export of AnyDice and the JSON record."""

import csv
import io
import json
from fractions import Fraction

import pytest

from convcli.errors import ConvError
from convcli.probability import formats, pmf
from convcli.probability.lattice import Pmf
from convcli.probability.questions import Asked, answer


def test_csv_has_full_precision_and_no_zero_where_something_is_possible() -> None:
    header, *rows = formats.csv_lines(pmf("1000d6"))
    assert header == "value,probability,at_most,at_least"
    assert len(rows) == 5001
    assert rows[0] == "1000,7.0591045861652321e-779,7.0591045861652321e-779,1.0"
    assert not any(float(cell) == 0 and "e-" not in cell for row in rows for cell in row.split(","))


def test_the_record_has_the_documented_keys() -> None:
    law = pmf("d2")
    asked = Asked(at_most=[Fraction(1)], quantile=[Fraction(1, 2)], interval=[Fraction(9, 10)])
    assert formats.record(law, "d2", answer(law, asked.of_numbers())) == {
        "description": "d2",
        "support": [1, 2],
        "probability": [0.5, 0.5],
        "exact": None,
        "denominator": 2,
        "mean": 1.5,
        "variance": 0.25,
        "sd": 0.5,
        "min": 1,
        "max": 2,
        "median": 1,
        "method": "exact",
        "mass": 1.0,
        "truncated_mass": 0.0,
        "grid_error": 0.0,
        "answers": {"at_most 1": 0.5, "quantile 0.5": 1, "interval 0.9": {"low": 1, "high": 2, "mass": 1.0}},
    }
    assert formats.record(pmf("d2*1/2"), "", [], exact=True)["support"] == [0.5, 1]
    assert formats.record(pmf("30d6"), "", [])["denominator"] == str(6**30)


def test_fractions_that_would_fill_the_memory_are_refused() -> None:
    count = 6**160_000
    law = Pmf(Fraction(0), Fraction(1), (count,) * 999 + (count + 1,), 1000 * count + 1)
    with pytest.raises(ConvError, match="MB of digits"):
        formats.record(law, "", [], exact=True)


def test_markdown_holds_what_csv_holds() -> None:
    for exact in (False, True):
        head, rule, *rows = formats.markdown_lines(pmf("2d6-1/2"), exact=exact)
        assert (head, rule) == (
            "| value | probability | at most | at least |",
            "| ---: | ---: | ---: | ---: |",
        )
        cells = [row.strip("| ").replace(" | ", ",") for row in rows]
        assert cells == list(formats.csv_lines(pmf("2d6-1/2"), exact=exact))[1:]


def test_the_export_of_anydice() -> None:
    statistics, heading, *rows = formats.anydice_lines(pmf("2d6"), 'the "two"')
    [[name, *numbers]] = csv.reader(io.StringIO(statistics))
    assert name == 'the "two"'
    assert list(map(float, numbers)) == pytest.approx([7, (35 / 6) ** 0.5, 2, 12], rel=1e-15)
    assert heading == "#,%"
    assert [row.split(",")[0] for row in rows] == [str(i) for i in range(2, 13)]
    assert [float(row.split(",")[1]) for row in rows] == [100 * min(i, 12 - i) / 36 for i in range(1, 12)]


def test_percentages_below_the_range_of_floats() -> None:
    *_, last = formats.anydice_lines(pmf("1000d6"), "1000d6")
    assert last == "6000,7.0591045861652321e-777"


def test_records_are_json() -> None:
    for text in ("2d6", "1000d6", "0:1/3,1:2/3"):
        record = formats.record(pmf(text), text, [], exact=True)
        assert json.loads(json.dumps(record, allow_nan=False)) == record
