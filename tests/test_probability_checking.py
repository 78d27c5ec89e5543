"""The check of every result against its parts: broken sums do not leave."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from convcli.probability import checking, pmf
from convcli.probability.checking import check, verified, verified2
from convcli.probability.lattice import Pmf
from convcli.probability.lattice2 import Pmf2
from convcli.probability.sums import draw
from convcli.probability.sums2 import BALL2_METRE, Term2


def test_right_sums_pass() -> None:
    terms = draw(pmf("d6"), 3) + draw(pmf("d{0:3,1:5}"), 4)
    assert verified(terms).mean == terms.mean
    assert verified2([Term2("", BALL2_METRE, 3)]).total == 4**3


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (lambda law: replace(law, counts=(*law.counts[:5], 5, 6, *law.counts[7:])), "mean"),
        (lambda law: replace(law, counts=(2, 1, *law.counts[2:-2], 1, 2)), "variance"),
        (lambda law: replace(law, origin=law.origin + 1), "mean"),
        (lambda law: replace(law, step=Fraction(2), origin=law.origin - 5), "variance"),
    ],
)
def test_a_wrong_sum_is_an_internal_error(
    convcli: Callable[..., tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
    broken: Callable[[Pmf], Pmf],
    name: str,
) -> None:
    wrong = broken(pmf("2d6"))
    monkeypatch.setattr(checking, "distribution", lambda _: wrong)
    for extra in ((), ("--given", "7")):
        code, out, err = convcli("probability", "2d6", *extra)
        assert (code, out) == (1, "")
        assert err.startswith("convcli: error: ArithmeticError: the ")
    with pytest.raises(ArithmeticError, match=f"the {name} of the result is"):
        verified(draw(pmf("d6"), 2))


def test_a_wrong_sum_of_points_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def twisted(_: object) -> Pmf2:
        one = Fraction(1)
        return Pmf2((-one, -one), (one, one), (3, 3), (1, 0, 0, 0, 0, 0, 0, 0, 1), 2)

    monkeypatch.setattr(checking, "distribution2", twisted)
    with pytest.raises(ArithmeticError, match="variance"):
        verified2([Term2("", BALL2_METRE)])


def test_floats_may_differ_by_their_rounding_only() -> None:
    from convcli.probability.floats import as_floats

    law = as_floats(pmf("20d6"))
    check(law, mean=Fraction(70), variance=20 * Fraction(35, 12))
    with pytest.raises(ArithmeticError, match="mean"):
        check(law, mean=Fraction(70) + Fraction(1, 10**5), variance=20 * Fraction(35, 12))
    with pytest.raises(ArithmeticError, match="variance"):
        check(law, mean=Fraction(70), variance=20 * Fraction(35, 12) * (1 + Fraction(1, 10**6)))
