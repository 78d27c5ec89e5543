"""The command `convcli probability` as typed."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., tuple[int, str, str]]
Process = Callable[..., "CompletedProcess[bytes]"]


def record(convcli: Run, *arguments: object) -> dict[str, object]:
    code, out, _ = convcli("probability", *arguments, "--json")
    assert code == 0
    assert len(out.splitlines()) == 1
    parsed: dict[str, object] = json.loads(out)
    return parsed


def test_the_table_the_summary_and_the_answer(convcli: Run) -> None:
    code, out, err = convcli("probability", "2d6", "--at-least", "9")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "2d6"
    assert lines[1].split() == ["value", "probability", "at", "most", "at", "least"]
    assert len([line for line in lines if "█" in line]) == 11
    assert lines[-2].startswith("mean 7, sd 2.41523, ")
    assert lines[-1] == "at least 9: 0.277778 = 5/18, 1 in 3.6"
    assert err == "2d6: 2 * (6 - 1) + 1 = 11 values\nmethod: exact\n"


def test_no_line_is_wider_than_eighty_columns(convcli: Run) -> None:
    for terms in (["2d6"], ["1000d6"], ["d%", "(1000d6)*1/3"], ["ball:40", "ball:50", "--given", "7"]):
        _, out, err = convcli("probability", *terms)
        assert max(len(line.rstrip()) for line in (out + err).splitlines()) <= 80


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_table_keeps_to_the_terminal(
    convcli: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr("convcli.console.width", lambda: width)
    _, out, _ = convcli("probability", "1000d6")
    rows = [line for line in out.splitlines() if ".." in line]
    assert len(rows) > 20
    assert max(map(len, rows)) <= width


def test_quiet_is_silent_on_stderr(convcli: Run) -> None:
    for layout in ("table", "csv", "json"):
        code, out, err = convcli("probability", "2d6", "--at-least", "9", "--format", layout, "-q")
        assert (code, err) == (0, "")
        assert out


def test_csv_carries_the_table_only(convcli: Run) -> None:
    code, out, err = convcli("probability", "2d6", "--at-least", "9", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["value"] for row in rows] == [str(i) for i in range(2, 13)]
    assert [float(row["probability"]) for row in rows] == pytest.approx(
        [min(i, 12 - i) / 36 for i in range(1, 12)]
    )
    assert (float(rows[7]["at_least"]), rows[0]["at_least"], rows[-1]["at_most"]) == (5 / 18, "1.0", "1.0")
    assert err.splitlines()[-1].startswith("at least 9: ")


def test_exact_csv(convcli: Run) -> None:
    _, out, _ = convcli("probability", "2d6", "--exact", "--format", "csv")
    assert out.splitlines()[1:3] == ["2,1/36,1/36,1", "3,1/18,1/12,35/36"]


def test_json_keys_and_answers(convcli: Run) -> None:
    got = record(
        convcli,
        "2d6",
        "1d4",
        "--at-least",
        9,
        "--at-least",
        12,
        "--at-most",
        3,
        "--exactly",
        7,
        "--between",
        5,
        9,
    )
    assert set(got) == {
        "description", "support", "probability", "exact", "denominator", "mean", "variance", "sd", "min",
        "max", "median", "method", "mass", "truncated_mass", "grid_error", "answers",
    }  # fmt: skip
    assert (got["description"], got["min"], got["max"], got["denominator"]) == ("2d6 + 1d4", 3, 16, 144)
    answers = got["answers"]
    assert isinstance(answers, dict)
    assert list(answers) == ["at_least 9", "at_least 12", "at_most 3", "exactly 7", "between 5 9"]
    assert answers["exactly 7"] == 14 / 144
    assert got["exact"] is None


def test_format_json_is_json(convcli: Run) -> None:
    assert json.loads(convcli("probability", "2d6", "--format", "json")[1]) == record(convcli, "2d6")


def test_exact_json(convcli: Run) -> None:
    got = record(convcli, "2d6", "--exact")
    assert isinstance(got["exact"], list)
    assert got["exact"][5] == "1/6"


def test_negative_answers_and_values(convcli: Run) -> None:
    got = record(convcli, "dF", "--at-least", -1, "--at-most=-2", "--between", -1, "0.5", "--exactly", "1/3")
    answers = got["answers"]
    assert isinstance(answers, dict)
    assert answers == {"at_least -1": 1.0, "at_most -2": 0.0, "between -1 0.5": 2 / 3, "exactly 1/3": 0.0}


def test_terms_that_begin_with_a_minus(convcli: Run) -> None:
    code, out, _ = convcli("probability", "--json", "--", "-2d6", "3")
    assert code == 0
    assert (json.loads(out)["min"], json.loads(out)["max"]) == (-9, 1)


def test_given(convcli: Run) -> None:
    got = record(convcli, "2d6", "--given", 7)
    assert got["probability"] == [1 / 6] * 6
    assert got["description"] == "first die of 2d6, given a total of 7"
    assert got["answers"] == {"total 7": 1 / 6}
    got = record(convcli, "ball:2", "ball:3", "--given", 1, "--at-least", 1)
    assert got["answers"] == {
        "total 1": 105 / 512,
        "at_least 1": pytest.approx(0.380952380952 + 0.0714285714286),
    }


def test_the_sum_on_its_way(convcli: Run) -> None:
    got = record(convcli, "d6", "--times", 3, "--after", 2, "--given", 4, "--exact")
    assert (got["support"], got["exact"]) == ([2, 3], ["1/3", "2/3"])
    assert got["description"] == "sum after 2 of 3 times d6, given a total of 4"
    _, out, _ = convcli("probability", "d6", "--times", 3, "--after", 2, "--given", 4)
    assert "known total: mean 2.66667 (else 7), sd 0.471405 (else 2.41523)" in out.splitlines()


def test_quantiles_and_intervals(convcli: Run) -> None:
    got = record(convcli, "2d6", "--quantile", "95%", "--quantile", "1/2", "--interval", "0.9")
    assert got["answers"] == {
        "quantile 0.95": 11, "quantile 0.5": 7, "interval 0.9": {"low": 3, "high": 11, "mass": 17 / 18},
    }  # fmt: skip
    _, _, err = convcli("probability", "2d6", "--interval", "90%", "--format", "csv")
    assert err.splitlines()[-1] == "interval 0.9: 3 to 11, which hold 0.944444 = 17/18"


def test_markdown_and_anydice(convcli: Run) -> None:
    for layout, line in (("markdown", "| 7 | 0.16666666666666666 |"), ("anydice", "7,16.666666666666668")):
        code, out, _ = convcli("probability", "2d6", "--format", layout)
        assert code == 0
        assert any(row.startswith(line) for row in out.splitlines())


def test_times(convcli: Run) -> None:
    once, twice = record(convcli, "3d6", "3d6"), record(convcli, "3d6", "--times", 2)
    assert once["probability"] == twice["probability"]
    assert twice["description"] == "2 times 3d6"


def test_files_and_pipes(convcli: Run, process: Process, tmp_path: Path) -> None:
    for layout in ("csv", "json"):
        path = tmp_path / f"two.{layout}"
        path.write_text(convcli("probability", "2d6", "--exact", "--format", layout)[1])
        expected = record(convcli, "4d6", "--exact")["exact"]
        assert record(convcli, path, path, "--exact")["exact"] == expected
        assert record(convcli, path, "2d6", "--exact")["exact"] == expected
        piped = process("probability", "-", "2d6", "--exact", "--json", input=path.read_bytes())
        assert json.loads(piped.stdout)["exact"] == expected


def test_a_path_without_a_known_suffix(convcli: Run, tmp_path: Path) -> None:
    (tmp_path / "pmf").write_text("0,0.5\n1,0.5\n")
    assert record(convcli, tmp_path / "pmf")["support"] == [0, 1]


def test_scaling_is_said_even_when_quiet(convcli: Run) -> None:
    code, _, err = convcli("probability", "0:0.333333,1:0.666666", "-q")
    assert code == 0
    assert err.startswith("convcli: warning: 0:0.333333,1:0.666666: ")


def test_tails_below_the_range_of_floats(convcli: Run) -> None:
    code, out, _ = convcli("probability", "1000d6", "--exactly", "6000", "-q")
    assert code == 0
    assert out.splitlines()[-1] == "exactly 6000: 7.05910e-779"
    assert record(convcli, "1000d6", "--exactly", 6000)["answers"] == {"exactly 6000": 0.0}


def test_denominators_beyond_4300_digits(convcli: Run) -> None:
    denominator = record(convcli, "6000d6")["denominator"]
    assert isinstance(denominator, str)
    assert len(denominator) == 4669


@pytest.mark.parametrize(
    ("arguments", "code", "mentions"),
    [
        ((), 2, "TERM"),
        (("2d6", "--at-least", "q"), 2, "'--at-least': 'q'"),
        (("2d6", "--between", "a", "3"), 2, "'--between': 'a'"),
        (("2d6", "--between", "5", "3"), 2, "--between 5 3"),
        (("2d6", "--at-least", "nan"), 2, "'nan'"),
        (("2d6", "--times", "0"), 2, "'0'"),
        (("2d6", "--times", "1.5"), 2, "'1.5'"),
        (("2d6", "--times", "9" * 5000), 2, "whole number"),
        (("2d6x",), 2, "'2d6x': at the end, a die, a number or ( is missing"),
        (("2d6", "d{a}"), 2, "d{a}: 'a' is not a finite number"),
        (("2d6", "--format", "xml"), 2, "xml"),
        (("2d6", "--format", "csv", "--json"), 2, "--json"),
        (("2d6", "--given", "13"), 1, "total of 13 cannot occur"),
        (("2d6", "--given", "x"), 2, "'x'"),
        (("d6", "--given", "3"), 2, "two random parts"),
        (("-", "-"), 2, "only once"),
        (("none.csv",), 1, "none.csv"),
        (("1000000d6",), 1, "more than the 2000000"),
        (("binomial(3,0.5)",), 2, "position 1"),
        (("2d6.png",), 2, "2d6.png"),
    ],
)
def test_bad_requests_get_one_clear_line(
    convcli: Run, arguments: tuple[str, ...], code: int, mentions: str
) -> None:
    got, out, err = convcli("probability", *arguments)
    assert (got, out) == (code, "")
    first, *hints = err.splitlines()
    assert first.startswith("convcli: error: ")
    assert mentions in first
    assert all(hint.startswith("hint: ") for hint in hints)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"a,b\n1,2\n", b"0,0.5\n1\n", b"\xff\xfe", b"[[", b"0,nan\n"]
)
def test_bad_files_exit_1(convcli: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    code, out, err = convcli("probability", path)
    assert (code, out) == (1, "")
    assert err.startswith(f"convcli: error: {path}: ")


def test_plain_bars_where_the_encoding_has_no_blocks(process: Process) -> None:
    done = process("probability", "2d6", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert b"#####" in done.stdout
