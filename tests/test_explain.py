"""--explain: every method with its predicted and measured time, as a table and as JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from convcli import engine
from convcli.engine.request import METHODS

KEYS = {"method", "applies", "work_dtype", "predicted_seconds", "measured_seconds", "reason"}
TIME = r"(?:\d[\d.]* m?s|-)"


def table(text: str) -> dict[str, re.Match[str]]:
    """Rows of the methods by name: mark, type, predicted, measured, why."""
    row = re.compile(rf"^([* ]) (\w+) +([\w-]+) +({TIME}) +({TIME}) +(\S.*)$", re.MULTILINE)
    return {match[2]: match for match in row.finditer(text) if match[2] in METHODS}


@pytest.mark.parametrize("command", ["blur", "edge"])
def test_a_real_run_measures(convcli, work, command):
    code, out, err = convcli(command, "samples/coffee.png", "--explain")
    assert (code, out) == (0, f"samples/coffee-{command}.png\n")
    rows = table(err)
    assert set(rows) == set(METHODS)
    # The best comes first, and is taken.
    assert [row[1] for row in rows.values()] == ["*", " ", " ", " ", " "]
    for row in rows.values():
        applies = row[3] != "-"
        assert (row[4] != "-") == (row[5] != "-") == applies
    assert "measured on this input" in err


def test_a_dry_run_predicts_only(convcli, work):
    code, out, err = convcli("blur", "samples/coffee.png", "--sigma", "3", "-n", "--explain")
    rows = table(out)
    assert (code, err) == (0, "")
    assert set(rows) == set(METHODS)
    assert {row[5] for row in rows.values()} == {"-"}
    assert rows["box"][4] == "-"
    assert rows["separable"][4] != "-"
    assert "measured on" not in out


def test_it_fits_a_terminal(convcli, work):
    _, out, _ = convcli("blur", "samples/coffee.png", "--size", "31", "-n", "--explain")
    assert max(len(line) for line in out.splitlines() if table(line)) <= 80


@pytest.mark.parametrize("dry", [True, False])
def test_json_has_every_method(convcli, work, dry):
    arguments = ["-n"] if dry else []
    code, out, _ = convcli("blur", "samples/coffee.png", "--radius", "3", "--explain", "--json", *arguments)
    record = json.loads(out)
    explained = record["explain"]
    assert code == 0
    assert set(explained) == {"reason", "predicted_seconds", "candidates"}
    assert [set(each) for each in explained["candidates"]] == [KEYS] * len(METHODS)
    assert {each["method"] for each in explained["candidates"]} == set(METHODS)
    for each in explained["candidates"]:
        assert (each["work_dtype"] is not None) == (each["predicted_seconds"] is not None) == each["applies"]
        assert (each["measured_seconds"] is not None) == (each["applies"] and not dry)
        assert each["reason"]
    taken = explained["candidates"][0]
    assert (taken["method"], taken["reason"]) == (record["method"], explained["reason"])
    assert taken["predicted_seconds"] == explained["predicted_seconds"]


def test_a_method_that_was_asked_for_is_the_one_that_is_marked(convcli, work):
    _, out, _ = convcli("blur", "samples/coffee.png", "--method", "taps", "-n", "--explain")
    rows = table(out)
    assert [row[2] for row in rows.values() if row[1] == "*"] == ["taps"]
    assert "why taps: asked for" in out


@pytest.mark.parametrize("command", ["blur", "edge"])
def test_nothing_is_measured_unless_asked_for(convcli, work, monkeypatch, command):
    def unwanted(*_, **__):
        raise AssertionError("measured")

    monkeypatch.setattr(engine, "measure", unwanted)
    assert convcli(command, "samples/coffee.png")[0] == 0
    assert convcli(command, "samples/coffee.png", "-n", "--explain")[0] == 0


def test_measuring_is_not_part_of_the_time(convcli, work, monkeypatch):
    import time

    def slow(plan, *_, **__):
        time.sleep(1.5)
        return plan

    monkeypatch.setattr(engine, "measure", slow)
    record = json.loads(convcli("blur", "samples/coffee.png", "--explain", "--json")[1])
    assert record["seconds"] < 1.5


def test_the_result_is_the_same(convcli, work):
    convcli("blur", "samples/coffee.png", "--sigma", "4", "-o", "plain.png")
    convcli("blur", "samples/coffee.png", "--sigma", "4", "-o", "explained.png", "--explain")
    assert Path("plain.png").read_bytes() == Path("explained.png").read_bytes()


def test_an_echo_has_one_method(convcli, work):
    _, _, err = convcli("echo", "samples/perc_snap.flac", "--explain")
    [row] = table(err).values()
    assert (row[1], row[2], row[3]) == ("*", "taps", "float32")
    assert "-" not in (row[4], row[5])
    _, out, _ = convcli("echo", "samples/perc_snap.flac", "-n", "--explain", "--json")
    [candidate] = json.loads(out)["explain"]["candidates"]
    assert set(candidate) == KEYS
    assert candidate["measured_seconds"] is None


def test_help_says_what_is_explained(convcli):
    assert "predicted and measured" in " ".join(convcli("blur", "--help")[1].replace("│", " ").split())
