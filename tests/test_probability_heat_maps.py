"""Laws of points as heat maps, tables and records."""

from fractions import Fraction

import pytest

from convcli.probability.lattice2 import Pmf2, from_weights2
from convcli.probability.questions import Answer
from convcli.probability.rendering2 import central, heat_map, learned2, record2, summary2, table2
from convcli.probability.shading import IMPOSSIBLE, VIRIDIS, shade
from convcli.probability.sums2 import BALL2_METRE, Term2, distribution2

ZERO, ONE = Fraction(0), Fraction(1)
LSHAPE = from_weights2({(ZERO, ZERO): 1, (ONE, ZERO): 1, (ONE, ONE): 2})


def ball(metres: int) -> Pmf2:
    return distribution2([Term2("", BALL2_METRE, metres)])


def luma(colour: tuple[int, ...]) -> float:
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), colour, strict=True))


def test_shades_grow_brighter_evenly() -> None:
    lumas = [luma(shade(i / 100)) for i in range(101)]
    assert lumas == sorted(lumas)
    assert (shade(0), shade(1), shade(-1), shade(2)) == (VIRIDIS[0], VIRIDIS[-1], VIRIDIS[0], VIRIDIS[-1])
    assert luma(IMPOSSIBLE) < lumas[0]


def test_the_largest_y_is_on_top() -> None:
    raster = heat_map(LSHAPE, room=(2, 2)).raster
    assert raster == [[IMPOSSIBLE, shade(1)], [shade(0.5), shade(0.5)]]


def test_small_maps_are_magnified_and_large_ones_fit() -> None:
    assert len(heat_map(LSHAPE, room=(80, 42)).raster) == 24
    for law, log in ((ball(40), False), (ball(40), True)):
        drawn = heat_map(law, room=(30, 20), log=log)
        assert len(drawn.raster) <= 20
        assert len(drawn.raster[0]) <= 30
        assert "points in a pixel" in drawn.caption
        assert max(map(len, drawn.caption.splitlines())) <= 80


def test_a_map_that_is_cut_says_so() -> None:
    law = ball(40)
    assert "% of all" in heat_map(law, room=(30, 20)).caption
    assert "% of all" not in heat_map(law, room=(30, 20), log=True).caption
    assert "x -40 to 40 rightwards" in heat_map(law, room=(30, 20), log=True).caption
    middle = central(law, Fraction(1, 1000))
    assert 1 - Fraction(4, 1000) <= Fraction(middle.total, law.total) < 1
    for axis in (0, 1):
        assert law.marginal(axis).between(None, middle.low[axis] - 1) <= Fraction(1, 1000)
        assert law.marginal(axis).between(middle.low[axis], None) < 1


def test_a_logarithmic_map_shows_the_tails() -> None:
    law = ball(20)
    plain, logarithmic = (heat_map(law, room=(80, 80), log=log).raster for log in (False, True))
    corner = plain[0].index(next(c for c in plain[0] if c != IMPOSSIBLE))
    beside = 8
    assert plain[beside][corner] == shade(0) or luma(plain[beside][corner]) < 30
    assert luma(logarithmic[beside][corner]) > 60
    even = from_weights2({(Fraction(i), Fraction(0)): 1 for i in range(3)})
    assert heat_map(even, room=(3, 1), log=True).raster == [[shade(1)] * 3]


def test_short_tables_have_every_point() -> None:
    table = table2(LSHAPE, width=80, bar="#")
    assert table is not None
    assert [row[:3] for row in table.rows] == [("0", "0", "0.25"), ("1", "0", "0.25"), ("1", "1", "0.5")]
    assert table.keys == 2
    exact = table2(LSHAPE, width=80, bar="#", exact=True)
    assert exact is not None
    assert [row[2] for row in exact.rows] == ["1/4", "1/4", "1/2"]
    assert len(table2(LSHAPE, width=20, bar="#").columns) == 3  # type: ignore[union-attr]
    assert table2(ball(20), width=80, bar="#") is None


def test_the_summary() -> None:
    assert summary2(LSHAPE) == [
        "x: mean 0.75, sd 0.433013, min 0, max 1, median 1",
        "y: mean 0.5, sd 0.5, min 0, max 1, median 0",
        "covariance 0.125, correlation 0.57735, mode (1,1)",
    ]
    assert "correlation" not in summary2(from_weights2({(Fraction(0), Fraction(0)): 1}))[2]
    assert summary2(BALL2_METRE)[2] == "covariance 0, correlation 0, mode (-1,0) (0,-1) (0,1) and 1 more"
    assert learned2(LSHAPE, BALL2_METRE) == "known total: mean (0.75, 0.5), else (0, 0)"


def test_the_record_has_pairs() -> None:
    answers = [Answer("exactly 1,1", Fraction(1, 2))]
    assert record2(LSHAPE, "L", answers, exact=True) == {
        "description": "L",
        "support": [[0, 0], [1, 0], [1, 1]],
        "probability": [0.25, 0.25, 0.5],
        "exact": ["1/4", "1/4", "1/2"],
        "denominator": 4,
        "mean": [0.75, 0.5],
        "variance": [[0.1875, 0.125], [0.125, 0.25]],
        "sd": [pytest.approx(0.1875**0.5), 0.5],
        "min": [0, 0],
        "max": [1, 1],
        "median": [1, 0],
        "method": "exact",
        "mass": 1.0,
        "truncated_mass": 0.0,
        "grid_error": 0.0,
        "answers": {"exactly 1,1": 0.5},
    }
