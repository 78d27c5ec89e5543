"""Laws by name: exact families against scipy, continuous laws on lattices, sums against closed forms."""

import contextlib
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from convcli.errors import ConvError, UsageError
from convcli.probability import approximate, exact, families, sums
from convcli.probability.families import FAMILIES, family_sum
from convcli.probability.floats import FloatPmf
from convcli.probability.lattice import Pmf, from_weights, uniform
from convcli.probability.law import Law
from convcli.probability.scipy_laws import Continuous, discrete
from convcli.probability.scipy_names import CONTINUOUS, DISCRETE, TRAPS
from convcli.probability.sums import Sum, distribution, draw


def family(name: str, *shapes: object) -> Sum:
    return family_sum(name, tuple(Fraction(str(shape)) for shape in shapes))


def continuous(name: str, *shapes: object, loc: object = 0, scale: object = 1, copies: int = 1) -> Sum:
    law = Continuous(name, tuple(Fraction(str(s)) for s in shapes), Fraction(str(loc)), Fraction(str(scale)))
    return Sum(pending=((law, copies),))


def share(law: Law, value: object) -> float:
    return float(Fraction(law.count_at(Fraction(value))) / law.total)


def assert_same(found: Law, expected: Law, *, tolerance: float) -> None:
    """Equal probabilities, relative to each of them, wherever the first has one."""
    for value, weight in found.items():
        other = Fraction(expected.count_at(value)) / expected.total
        assert abs(Fraction(weight) / found.total / other - 1) < tolerance, value


# --- families ------------------------------------------------------------------------------------

MEMBERS = [
    ("poisson", (3,)),
    ("poisson", ("1/7",)),
    ("poisson", (40,)),
    ("geom", ("0.3",)),
    ("nbinom", (4, "0.3")),
    ("nbinom", ("0.5", "2/3")),
    ("logser", ("0.6",)),
    ("hypergeom", (20, 7, 12)),
    ("hypergeom", (20, 15, 12)),
    ("betabinom", (10, "1/2", 3)),
    ("betabinom", (6, 2, 2)),
    ("binom", (10, "0.3")),
    ("binom", (5, 1)),
    ("bernoulli", ("0.25",)),
    ("randint", (-2, 5)),
]


@pytest.mark.parametrize(("name", "shapes"), MEMBERS, ids=str)
def test_families_equal_scipy(name: str, shapes: tuple[object, ...]) -> None:
    law = distribution(family(name, *shapes))
    reference = getattr(stats, name)(*(float(Fraction(str(s))) for s in shapes))
    assert law.exact
    for value, count in law.items():
        if (expected := reference.pmf(int(value))) > 1e-200:
            assert count / law.total == pytest.approx(expected, rel=1e-10)
    outside = float(reference.sf(float(law.high)) + reference.cdf(float(law.low) - 1))
    assert outside * (1 - 1e-9) <= law.truncated_mass <= 2e-60


@pytest.mark.parametrize(("name", "shapes"), [m for m in MEMBERS if m[0] in FAMILIES], ids=str)
def test_families_in_floats_equal_the_exact_ones(
    monkeypatch: pytest.MonkeyPatch, name: str, shapes: tuple[object, ...]
) -> None:
    expected = distribution(family(name, *shapes))
    monkeypatch.setattr(families, "EXACT_POINTS", -1)
    found = distribution(family(name, *shapes))
    assert isinstance(found, FloatPmf)
    assert (found.low, found.points) == (expected.low, pytest.approx(expected.points, abs=1))
    assert_same(found, expected, tolerance=1e-12)


def test_a_long_poisson_law_is_right_in_both_tails() -> None:
    law = distribution(family("poisson", 100_000))
    assert isinstance(law, FloatPmf)
    assert math.isclose(
        float(law.count_at(Fraction(0)) * 10**43429), math.exp(43429 * math.log(10) - 1e5), rel_tol=1e-6
    )
    assert share(law, 100_000) == pytest.approx(stats.poisson(1e5).pmf(1e5), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "shapes", "mentions"),
    [
        ("binom", (10, 2), "p is a probability"),
        ("binom", ("2.5", "0.5"), "n is a whole number"),
        ("poisson", (-1,), "mu is above 0"),
        ("geom", (0,), "above 0 and below 1"),
        ("randint", (3, 3), "low is below high, which is excluded"),
        ("hypergeom", (5, 6, 1), "at least n and N"),
        ("betabinom", (3, 0, 1), "a is above 0"),
    ],
)
def test_shapes_out_of_range_are_told(name: str, shapes: tuple[object, ...], mentions: str) -> None:
    with pytest.raises(UsageError, match=mentions) as caught:
        family(name, *shapes)
    assert "the parameters are" in str(caught.value.hint)


def test_laws_beyond_the_lattice_are_refused_at_once() -> None:
    for name, shapes in (("hypergeom", (10**9, 10**8, 10**8)), ("poisson", (10**8,)), ("geom", ("1e-9",))):
        with pytest.raises(ConvError, match=r"more than the|within 2000000 values"):
            family(name, *shapes)


@pytest.mark.parametrize("copies", [2, 10])
def test_sums_of_poisson_laws_equal_the_poisson_law(copies: int) -> None:
    found = distribution(family("poisson", 3).repeated(copies))
    assert found.exact
    assert 0 < found.truncated_mass < 1e-29
    assert_same(found, distribution(family("poisson", 3 * copies)), tolerance=1e-20)


def test_sums_in_both_directions_are_right_to_their_ends() -> None:
    found = distribution(family("poisson", 3) + family("poisson", 4).scaled(Fraction(-1)))
    reference = stats.skellam(3, 4)
    assert found.cut[0] > 0 < found.cut[1]
    for value, weight in found.items():
        assert float(Fraction(weight) / found.total) == pytest.approx(reference.pmf(int(value)), rel=1e-8)


def test_geometric_laws_add_up_to_a_negative_binomial_one() -> None:
    found = distribution(family("geom", "0.5").repeated(5))
    assert_same(found, distribution(family("nbinom", 5, "0.5") + Sum(Fraction(5))), tolerance=1e-20)


# --- sums in floats ------------------------------------------------------------------------------


def test_sums_beyond_the_memory_are_computed_in_floats(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = (
        draw(uniform(1, 6), 300)
        + draw(from_weights({Fraction(0): 1, Fraction(5, 2): 2}), 40)
        + Sum(Fraction(7))
    )
    expected = distribution(terms)
    monkeypatch.setattr(sums, "MEMORY_LIMIT", 0)
    found = distribution(terms)
    assert isinstance(expected, Pmf)
    assert (found.exact, found.method) == (False, "float64, direct convolution")
    assert (found.low, found.high, found.step) == (expected.low, expected.high, expected.step)
    assert_same(found, expected, tolerance=1e-12)
    assert float(found.variance) == pytest.approx(float(expected.variance))


def test_cut_laws_in_floats_equal_the_exact_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    terms = family("poisson", 3).repeated(20) + draw(uniform(1, 6))
    expected = distribution(terms)
    monkeypatch.setattr(sums, "MEMORY_LIMIT", 0)
    found = distribution(terms)
    assert not found.exact
    assert found.high == expected.high
    assert_same(found, expected, tolerance=1e-12)


def test_both_ways_estimate_their_time_and_length() -> None:
    tables = [(uniform(1, 6), 1000)]
    assert exact.cost(tables, Fraction(1))[0] == pytest.approx(5001 * (323 + 40), rel=0.01)
    assert approximate.points(tables, Fraction(1)) == 5001
    assert 0 < approximate.seconds(tables, Fraction(1)) < 1


# --- continuous laws -----------------------------------------------------------------------------


def test_cells_hold_what_the_law_gives_them() -> None:
    law = distribution(continuous("norm", loc="0.3", scale=2))
    h, reference = float(law.step), stats.norm(0.3, 2)
    for value, weight in law.items():
        near, far = sorted((abs(float(value) - h / 2 - 0.3), abs(float(value) + h / 2 - 0.3)))
        both = reference.sf([0.3 + near, 0.3 + far])
        if near > h:
            assert float(weight) == pytest.approx(both[0] - both[1], rel=1e-9)
    assert law.truncated_mass < 2e-32
    assert law.low < -20 < 20 < law.high
    assert law.grid_error == 0


@pytest.mark.parametrize(
    ("terms", "reference"),
    [
        (continuous("norm", copies=2), stats.norm(0, math.sqrt(2))),
        (continuous("gamma", 2, copies=4), stats.gamma(8)),
        (continuous("expon", copies=2), stats.gamma(2)),
        (continuous("uniform", copies=2), stats.triang(0.5, 0, 2)),
        (
            continuous("norm", copies=3) + continuous("norm", loc=1, scale="0.5"),
            stats.norm(1, math.sqrt(3.25)),
        ),
        (continuous("expon", copies=1) + continuous("expon", copies=1).scaled(Fraction(-1)), stats.laplace()),
    ],
    ids=["norm", "gamma", "expon", "uniform", "two norms", "laplace"],
)
def test_the_grid_error_is_what_it_says(terms: Sum, reference: object) -> None:
    law = distribution(terms)
    edges = np.array([float(row.value + law.step / 2) for row in law.rows()])
    sums_ = np.array([float(Fraction(*row.at_most)) for row in law.rows()])
    error = np.abs(sums_ - reference.cdf(edges)).max()
    assert 0.9 * error < law.grid_error < 1.3 * error < 1e-4
    assert law.truncated_mass < 1e-15


def test_tails_keep_their_digits() -> None:
    law = distribution(continuous("norm", copies=2))
    far = Fraction(10)
    assert float(law.between(far + law.step, None)) == pytest.approx(
        stats.norm(0, math.sqrt(2)).sf(float(far + law.step / 2)), rel=1e-3
    )
    assert float(law.between(None, -far)) == pytest.approx(float(law.between(far, None)), rel=1e-9)


def test_a_thousand_copies_stay_as_short_as_their_spread() -> None:
    law = distribution(continuous("norm", copies=1000).settled(Fraction(1, 2)))
    assert law.points < 1200  # of 47 000 that the sum of the cut laws spans
    assert float(law.variance) == pytest.approx(1000 * (1 + 0.5**2 / 12), rel=1e-9)


@pytest.mark.parametrize(
    ("other", "asked", "grid"),
    [
        (Sum(), None, Fraction(1, 50)),
        (Sum(), Fraction(3, 10), Fraction(3, 10)),
        (draw(uniform(1, 6)), Fraction(3, 10), Fraction(1, 10)),
        (draw(uniform(1, 6)), Fraction(1, 4), Fraction(1, 4)),
        (draw(uniform(1, 6)).scaled(Fraction(1, 3)), None, Fraction(1, 3) * Fraction(1, 20)),
        (draw(uniform(1, 6)).scaled(Fraction(1, 1000)), None, Fraction(1, 1000)),
        (continuous("norm", scale=10), None, Fraction(1, 50)),
    ],
)
def test_the_grid_is_common_and_round(other: Sum, asked: Fraction | None, grid: Fraction) -> None:
    terms = continuous("norm", scale="1.01") + other
    assert terms.grid(asked) == grid
    settled = terms.settled(terms.grid(asked))
    assert settled.step == grid
    assert not settled.pending


def test_discrete_parts_keep_their_places() -> None:
    law = distribution(continuous("norm", scale="0.001") + draw(uniform(1, 6)))
    for face in range(1, 7):
        assert float(law.between(face - Fraction(1, 2), face + Fraction(1, 2))) == pytest.approx(1 / 6)


def test_scaled_and_mirrored_laws() -> None:
    law = distribution(continuous("expon").scaled(Fraction(-2)))
    assert law.high == 0
    assert law.cut[1] == 0 < law.cut[0]
    assert float(law.mean) == pytest.approx(-2, rel=1e-3)


def test_heavy_tails_are_cut_and_told() -> None:
    law = distribution(continuous("cauchy"))
    assert 1e-5 < law.truncated_mass < 1e-3
    assert float(law.median) == 0


def test_discrete_laws_of_scipy() -> None:
    law = discrete("skellam", (Fraction(3), Fraction(4)))
    assert share(law, -5) == pytest.approx(stats.skellam(3, 4).pmf(-5), rel=1e-12)
    law = discrete("zipfian", (Fraction(2), Fraction(10)))
    assert (law.low, law.high, law.truncated_mass) == (1, 10, 0)


@pytest.mark.timeout(60)
def test_heavy_tails_of_discrete_laws_are_cut_without_a_search() -> None:
    law = discrete("zipf", (Fraction(2),))
    assert (law.low, law.high) == (1, 10_001)
    assert law.cut == (0, pytest.approx(6 / math.pi**2 / 10_001, rel=1e-3))
    assert discrete("dlaplace", (Fraction(1, 2),)).high < 2000


def test_an_erlang_shape_is_whole() -> None:
    with pytest.raises(UsageError, match=r"erlang\(3/2\): the shape is a whole number") as caught:
        continuous("erlang", "1.5").grid()
    assert caught.value.hint == "gamma takes any shape"
    assert float(distribution(continuous("erlang", 2)).mean) == pytest.approx(2)


def test_shapes_that_scipy_refuses_are_told() -> None:
    with pytest.raises(UsageError, match=r"gamma\(-1\): out of range") as caught:
        continuous("gamma", -1).grid()
    assert caught.value.hint == "the parameters are a, loc, scale"


def test_laws_too_fine_for_the_lattice_are_refused() -> None:
    with pytest.raises(ConvError, match="more than the 2000000"):
        continuous("norm").settled(Fraction(1, 10**7))


def test_the_names_and_parameters_are_those_of_scipy() -> None:
    for table, kind, common in (
        (CONTINUOUS, stats.rv_continuous, "loc scale"),
        (DISCRETE, stats.rv_discrete, "loc"),
    ):
        for name, parameters in table.items():
            law = getattr(stats, name, None)
            if law is not None:  # a scipy older or newer than ours may lack one
                assert isinstance(law, kind)
                shapes = (law.shapes or "").replace(",", " ").split()
                assert parameters == (*shapes, *common.split())
        assert len(table) > 15
    assert set(TRAPS) <= {*CONTINUOUS, *DISCRETE}


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(CONTINUOUS)))
def test_standard_laws_settle_or_say_why(name: str) -> None:
    terms = continuous(name, *(["1.5"] * (len(CONTINUOUS[name]) - 2)))
    with contextlib.suppress(ConvError):
        assert abs(distribution(terms).mass - 1) < Fraction(1, 10**12)
