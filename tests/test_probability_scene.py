"""What a page of two distributions begins with, and the command that writes it."""

import json
import math
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from convcli.errors import ConvError, UsageError
from convcli.probability import pmf
from convcli.probability.request import examine
from convcli.probability.scene import CELLS, VALUES, scene

Run = Callable[..., tuple[int, str, str]]


def of(*texts: str, total: Fraction | int | None = None, **options: Any) -> dict[str, Any]:
    given = None if total is None else (Fraction(total),)
    return scene(examine(texts, given=given, paired="--html", **options))


def summed(found: dict[str, Any], total: float) -> float:
    """P(total), as the page adds it up."""
    rest = dict(zip(found["g"]["support"], found["g"]["probability"], strict=True))
    pairs = zip(found["f"]["support"], found["f"]["probability"], strict=True)
    return math.fsum(p * rest.get(total - a, 0.0) for a, p in pairs)


def test_two_terms() -> None:
    assert of("0:0.5,1:0.5", "ball:1", total=1) == {
        "kind": "distribution",
        "title": "0:0.5,1:0.5 + ball:1",
        "f": {"name": "first term 0:0.5,1:0.5", "support": [0.0, 1.0], "probability": [0.5, 0.5]},
        "g": {"name": "second term ball:1", "support": [-1.0, 0.0, 1.0], "probability": [0.25, 0.5, 0.25]},
        "given": 1.0,
    }


def test_the_total_may_be_open() -> None:
    found = of("2d6")
    assert found["given"] is None
    assert found["f"]["support"] == found["g"]["support"] == [1, 2, 3, 4, 5, 6]
    assert found["f"]["name"] == "first die"


@pytest.mark.parametrize(("after", "values"), [(None, (6, 21)), (2, (11, 16))])
def test_repetitions(after: int | None, values: tuple[int, int]) -> None:
    found = of("d6", times=5, after=after)
    assert tuple(len(found[name]["support"]) for name in "fg") == values


def test_impossible_values_are_left_out() -> None:
    assert of("0:1/2,10:1/2", "d4")["f"]["support"] == [0, 10]


@pytest.mark.parametrize(
    ("texts", "total", "density"),
    [
        (("norm:0,1", "norm:1,2"), 3, math.exp(-0.4) / math.sqrt(10 * math.pi)),
        (("expon", "expon"), 1, math.exp(-1)),
        (("norm:0,1", "d2"), 1, (1 + math.exp(-0.5)) / 2 / math.sqrt(2 * math.pi)),
        (("d2", "norm:0,1"), 1, (1 + math.exp(-0.5)) / 2 / math.sqrt(2 * math.pi)),
        (("norm:0,1", "norm:0,1"), 12, math.exp(-36) / math.sqrt(4 * math.pi)),
    ],
)
def test_continuous_laws_are_merged_into_cells(texts: tuple[str, str], total: int, density: float) -> None:
    found = of(*texts, total=total)
    smooth = found["f" if texts[0] != "d2" else "g"]["support"]
    [step] = {b - a for a, b in pairwise(smooth)}
    assert CELLS / 4 < len(smooth) <= CELLS
    assert f"in cells of {float(step):g}, tails cut at 1 in 1,000,000" in found["title"]
    # At a corner of the density the cells are off by the first power of their width, elsewhere by the second.
    assert summed(found, total) / float(step) == pytest.approx(density, rel=0.05)


def test_far_from_zero_the_lattice_is_seen(convcli: Run, work: Path) -> None:
    terms = ("norm:1000000,1", "norm:0,1")
    assert convcli("probability", *terms, "--given", "1000000.5", "--html", "a.html", "-q")[0] == 0
    assert '"support":[999995.25,999995.3,999995.35,' in (work / "a.html").read_text()


def test_cells_have_the_value_zero_in_the_middle() -> None:
    support = of("norm:0,1", "norm:0,1")["f"]["support"]
    assert 0.0 in support


def test_cells_lose_nothing_but_the_tails() -> None:
    for which in "fg":
        assert sum(of("norm:0,1", "gamma:2", total=2)[which]["probability"]) == pytest.approx(1, abs=3e-6)


def test_many_values_lose_their_tails() -> None:
    found = of("1000d6", total=3600)
    assert found["title"] == "1000d6, tails cut at 1 in 1,000,000"
    assert summed(found, 3600) == pytest.approx(float(pmf("1000d6").between(Fraction(3600), Fraction(3600))))


def test_too_many_values_are_refused() -> None:
    with pytest.raises(ConvError, match=r"--html: the rest has 2755 steps, more than the 2000") as caught:
        of("1000d6", total=6000)
    assert "--plot" in (caught.value.hint or "")
    assert len(of(f"d{VALUES}", "d6")["f"]["support"]) == VALUES
    with pytest.raises(ConvError, match="2001 steps"):
        of(f"d{VALUES + 1}", "d6")
    with pytest.raises(ConvError, match="5001 steps"):  # of the lattice that holds both
        of("d6*1/7", "d6*1/1000")


@pytest.mark.parametrize("texts", [("d6",), ("3",), ("d6", "3")])
def test_two_random_parts_are_needed(texts: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="--html needs at least two random parts"):
        of(*texts)


def test_points_have_no_page() -> None:
    with pytest.raises(UsageError, match="--html: it is for numbers, not for points"):
        of("ball2:2")
    with pytest.raises(ValueError, match="two parts"):
        scene(examine(["2d6"]))


def test_the_page_carries_the_scene(convcli: Run, work: Path) -> None:
    code, out, err = convcli("probability", "ball:2", "ball:3", "--given", 1, "--html", "a.html")
    assert code == 0
    assert "known total: mean 0.4" in out
    assert err.splitlines()[-1] == "page: a.html"
    page = (work / "a.html").read_text()
    [data] = re.findall(r'<script[^>]*type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert json.loads(data) == of("ball:2", "ball:3", total=1)
    again = convcli("probability", "ball:2", "ball:3", "--given", 1, "--html", "b.html", "-q")
    assert (again[0], again[2]) == (0, "")
    assert (work / "b.html").read_text() == page


def test_a_page_without_a_total(convcli: Run, work: Path) -> None:
    code, out, _ = convcli("probability", "d6", "--times", 5, "--after", 2, "--html", "a.html", "--json")
    assert code == 0
    assert json.loads(out)["min"] == 5
    assert '"given":null' in (work / "a.html").read_text()


def test_the_help_names_the_limits(convcli: Run) -> None:
    out = " ".join(convcli("probability", "--help")[1].replace("│", " ").split())
    assert f"up to {CELLS} cells, of others up to {VALUES} values" in out


def test_what_stops_a_page(convcli: Run, work: Path) -> None:
    (work / "a.html").write_text("mine")
    cases = [
        (("d6", "d6", "--html", "a.html"), 1, "a.html: exists already"),
        (("d6", "d6", "--html", "a.htm"), 2, "--html a.htm: the name does not end in .html"),
        (("d6", "--html", "b.html", "--plot", "b.png"), 2, "d6: --html needs at least two random parts"),
        (
            ("d2001", "d6", "--html", "b.html", "--plot", "b.png"),
            1,
            "--html: first term d2001 has 2001 steps",
        ),
        (("ball2:2", "--html", "b.html"), 2, "--html: it is for numbers"),
    ]
    for arguments, expected, message in cases:
        code, out, err = convcli("probability", *arguments)
        assert (code, out) == (expected, ""), err
        assert message in err
        assert len(err.splitlines()) <= 2
    assert (work / "a.html").read_text() == "mine"
    assert {path.name for path in work.iterdir()} == {"a.html", "samples"}
    assert convcli("probability", "d6", "d6", "--html", "a.html", "--force")[0] == 0
    assert (work / "a.html").read_text() != "mine"
