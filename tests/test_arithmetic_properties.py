"""Laws of convolution: both sides against NumPy and SciPy, spectra against numpy.fft, and the sheet."""

import json
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from convcli.arithmetic.sheet import Style
from convcli.arithmetic.sheet.properties import properties_view
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import work
from convcli.arithmetic.worked.properties import PROPERTIES, Property, check, full
from convcli.arithmetic.worked.spectra import MOST_FREQUENCIES, transform, wrapped
from convcli.errors import ConvError, UsageError

F, G, H = Tensor.of([1, 2, 3, 4]), Tensor.of([1, 2, 3]), Tensor.of([5, 6])


@st.composite
def tensors(draw: st.DrawFn, *, ndim: int = 1) -> Tensor:
    shape = tuple(draw(st.integers(1, 6 - ndim)) for _ in range(ndim))
    count = int(np.prod(shape))
    numbers = draw(st.lists(st.integers(-9, 9), min_size=count, max_size=count))
    return Tensor(shape, tuple(map(Fraction, numbers)))


def array(tensor: Tensor) -> NDArray[np.int64]:
    return np.array(tensor.nested(int))


def sides(one: Property) -> tuple[Tensor, Tensor]:
    return one.left[-1][1], one.right[-1][1]


def three(ndim: int) -> st.SearchStrategy[tuple[Tensor, Tensor, Tensor]]:
    return st.tuples(*[tensors(ndim=ndim)] * 3)


@given(st.integers(1, 2).flatmap(three))
def test_convolution_obeys_every_law(operands: tuple[Tensor, Tensor, Tensor]) -> None:
    from scipy.signal import convolve

    f, g, h = map(array, operands)
    checked = {one.name: one for one in check(PROPERTIES, *operands)}
    assert all(one.holds for one in checked.values())
    np.testing.assert_array_equal(array(sides(checked["commutative"])[0]), convolve(f, g, method="direct"))
    both = convolve(convolve(f, g, method="direct"), h, method="direct")
    np.testing.assert_array_equal(array(sides(checked["associative"])[0]), both)
    shape = np.maximum(g.shape, h.shape)
    g, h = (np.pad(x, [(0, n - m) for n, m in zip(shape, x.shape, strict=True)]) for x in (g, h))
    both = convolve(f, g, method="direct") + convolve(f, h, method="direct")
    np.testing.assert_array_equal(array(sides(checked["distributive"])[1]), both)


@given(three(1))
def test_correlation_obeys_some(operands: tuple[Tensor, Tensor, Tensor]) -> None:
    f, g, h = operands
    commutative, associative, distributive, theorem = check(PROPERTIES, *operands, correlate=True)
    left, right = sides(commutative)
    np.testing.assert_array_equal(array(left), np.correlate(array(f), array(g), "full"))
    # "g ⋆ f is f ⋆ g in opposite order"
    assert right == left.reversed()
    assert commutative.holds == (left == left.reversed())
    left, right = sides(associative)
    assert associative.holds == (left == right)
    # "(f ⋆ g) ⋆ h is always f ⋆ (g * h)"
    both = np.correlate(array(f), np.convolve(array(g), array(h)), "full")
    np.testing.assert_array_equal(array(left), both)
    assert distributive.holds
    assert theorem.holds


def test_correlation_is_neither_commutative_nor_associative() -> None:
    checked = check(("commutative", "associative"), F, G, H, correlate=True)
    assert [one.holds for one in checked] == [False, False]
    assert checked[0].law == "f ⋆ g = g ⋆ f"


@given(st.integers(1, 3).flatmap(lambda ndim: tensors(ndim=ndim)), st.integers(0, 3))
def test_transforms_are_those_of_numpy(x: Tensor, more: int) -> None:
    shape = tuple(size + more for size in x.shape)
    expected = np.fft.fftn(array(x), shape, axes=range(x.ndim)).ravel()
    np.testing.assert_allclose(transform(x, shape), expected, atol=1e-10)


@given(st.integers(1, 2).flatmap(lambda ndim: st.tuples(tensors(ndim=ndim), tensors(ndim=ndim))))
def test_the_theorem_and_what_short_transforms_give(pair: tuple[Tensor, Tensor]) -> None:
    f, g = pair
    [theorem] = check(["theorem"], f, g)
    found = theorem.spectra
    assert found is not None
    assert found.shape == theorem.left[0][1].shape
    np.testing.assert_allclose(found.product, found.result, atol=1e-10)
    difference = np.abs(np.subtract(found.product, found.result)).max()
    assert found.difference == pytest.approx(difference, rel=1e-3, abs=0)
    longer = tuple(np.maximum(f.shape, g.shape).tolist())
    short = np.fft.ifftn(
        np.fft.fftn(array(f), longer, axes=range(f.ndim)) * np.fft.fftn(array(g), longer, axes=range(f.ndim))
    )
    expected = theorem.left[0][1] if found.wrapped is None else found.wrapped
    np.testing.assert_allclose(short.real, array(expected), atol=1e-9)


def test_a_wrong_result_is_found_out() -> None:
    [theorem] = check(["theorem"], F, G)
    found = theorem.spectra
    assert found is not None
    assert found.agree
    wrong = type(found)(
        shape=found.shape,
        f=found.f,
        g=found.g,
        result=(found.result[0] + 1e-9, *found.result[1:]),
        scale=found.scale,
        wrapped=None,
    )
    assert not wrong.agree


def test_numbers_of_any_size_keep_the_theorem() -> None:
    large = Tensor.of([Fraction(10) ** 90, -(Fraction(10) ** 80), Fraction(1, 3)])
    zero = Tensor.of([0, 0])
    for pair in ((large, large), (large, zero), (zero, zero)):
        assert check(["theorem"], *pair)[0].holds


@pytest.mark.parametrize("pair", [(10**160, 10**160), (10**301, Fraction(1, 10**301)), (10**400, 1)])
def test_numbers_too_large_for_floats_are_refused(pair: tuple[Any, Any]) -> None:
    f, g = (Tensor.of([value, 1]) for value in pair)
    with pytest.raises(ConvError, match="have no transform in floating-point numbers"):
        check(["theorem"], f, g)


def test_wrapping_adds_up_what_meets() -> None:
    assert wrapped(Tensor.of([1, 4, 10, 16, 17, 12]), (4,)) == Tensor.of([18, 16, 10, 16])


def test_without_a_third_operand_differences_are_taken() -> None:
    [one] = check(["associative"], F, G)
    assert one.operands[-1] == ("h", Tensor.of([1, -1]))
    assert one.remarks == ("h takes differences, since none was given",)
    assert check(["associative"], F, G, H)[0].remarks == ()


def test_lists_next_to_tables_are_rows() -> None:
    checked = check(PROPERTIES, Tensor.of([[1, 2], [3, 4]]), G, H)
    assert all(one.holds for one in checked)
    assert checked[0].left[0][1].shape == (2, 4)


def test_records_are_plain() -> None:
    records = [
        json.loads(json.dumps(one.record())) for one in check(PROPERTIES, F, Tensor.of([Fraction(1, 2)]))
    ]
    assert [record["name"] for record in records] == list(PROPERTIES)
    assert records[0]["left"] == [
        {"expression": "f * g", "value": [0.5, 1, 1.5, 2], "exact": ["1/2", "1", "3/2", "2"]}
    ]
    assert records[0]["spectra"] is None
    assert records[3]["spectra"]["f"][0] == [10, 0]
    assert records[3]["spectra"]["wrapped"] is None


def test_unknown_laws_and_long_operands_are_refused() -> None:
    with pytest.raises(UsageError, match="'idempotent' is no law of convolution"):
        check(["idempotent"], F, G)
    long = Tensor.of([1] * (MOST_FREQUENCIES - 2))
    assert check(["theorem"], long, G)[0].holds
    with pytest.raises(ConvError, match="1,025 frequencies are too many to write: the most is 1,024"):
        check(["theorem"], Tensor.of([1] * (MOST_FREQUENCIES - 1)), G)


@given(st.integers(1, 3).flatmap(three))
def test_all_pairs_give_what_sliding_gives(operands: tuple[Tensor, Tensor, Tensor]) -> None:
    f, g, _ = operands
    assert full(f, g) == work(f, g).result()
    assert full(f, g.reversed()) == work(f, g, correlate=True).result()


def test_too_many_products_are_refused() -> None:
    with pytest.raises(ConvError, match="251,001 products are too many to work: the most is 250,000"):
        check(["commutative"], *[Tensor.of([1] * 501)] * 2)


def view(*names: str, style: Any = None, **options: Any) -> list[str]:
    return properties_view(check(names, F, G, **options), style or Style())


def test_a_law_on_the_sheet() -> None:
    assert view("distributive") == [
        "distributive: f * (g + h) = f * g + f * h",
        "",
        "f             = 1 2 3 4",
        "g             = 1 2 3",
        "h             = 1 -1 0",
        "",
        "g + h         = 2 1 3",
        "f * (g + h)   = 2 5 11 17 13 12",
        "",
        "f * g         = 1 4 10 16 17 12",
        "f * h         = 1 1 1 1 -4 0",
        "f * g + f * h = 2 5 11 17 13 12",
        "",
        "both sides are equal",
        "h takes differences, since none was given",
        "zeros are added at the end of h, up to 3",
    ]


def test_where_the_sides_differ() -> None:
    assert view("commutative", correlate=True, style=Style(star="(x)"))[2:] == [
        "f       = 1 2 3 4",
        "g       = 1 2 3",
        "",
        "f (x) g = 3 8 14 20 11 4",
        "",
        "g (x) f = 4 11 20 14 8 3",
        "",
        "the two sides differ",
        "g (x) f is f (x) g in opposite order",
    ]


def test_the_theorem_on_the_sheet() -> None:
    lines = view("theorem")
    assert lines[7:11] == [
        "k           F(f)            F(g)        F(f) F(g)         F(f * g)",
        "0             10               6               60               60",
        "1   -3.5 - 4.33i     0.5 - 4.33i   -20.5 + 12.99i   -20.5 + 12.99i",
        "2   2.5 + 0.866i   -1.5 + 0.866i    -4.5 + 0.866i    -4.5 + 0.866i",
    ]
    assert lines[-4:] == [
        "transforms of length 4, of the longer operand, would wrap it round to",
        "18 16 10 16",
        "",
        "both sides are equal up to rounding",
    ]


def test_long_spectra_lose_their_middle() -> None:
    lines = properties_view(check(["theorem"], Tensor.of(list(range(100))), G), Style())
    assert "… 38 more frequencies" in lines
    assert sum(line.lstrip()[:1].isdigit() and "   " in line.strip() for line in lines) == 64


@given(three(1) | three(2), st.booleans(), st.integers(80, 100))
def test_lines_keep_to_the_width(
    operands: tuple[Tensor, Tensor, Tensor], correlate: bool, width: int
) -> None:
    lines = properties_view(check(PROPERTIES, *operands, correlate=correlate), Style(width=width))
    assert all(len(line) <= width for line in lines)
