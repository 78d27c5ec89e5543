"""Worked convolutions against NumPy, SciPy and exact sums, on whole numbers and fractions."""

import itertools
import json
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from convcli.arithmetic.boundary import Boundary, parse_boundary
from convcli.arithmetic.literals import parse_array
from convcli.arithmetic.tensors import Tensor, normalize
from convcli.arithmetic.worked import MOST_PRODUCTS, work
from convcli.errors import ConvError, ShapeError, UsageError

# Names of the boundaries in numpy.pad.
IN_NUMPY = {
    "zeros": "constant",
    "replicate": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "circular": "wrap",
}


def grid(array: Any) -> Tensor:
    return Tensor.of(np.asarray(array).tolist())


def values(worked: Any) -> NDArray[np.int64]:
    return np.array(worked.result().nested(int))


def lists(largest: int = 9) -> st.SearchStrategy[NDArray[np.int64]]:
    return st.lists(st.integers(-9, 9), min_size=1, max_size=largest).map(np.array)


@st.composite
def tables(draw: st.DrawFn, largest: int = 5) -> NDArray[np.int64]:
    height, width = draw(st.integers(1, largest)), draw(st.integers(1, largest))
    cells = st.lists(st.integers(-9, 9), min_size=height * width, max_size=height * width)
    return np.array(draw(cells)).reshape(height, width)


@given(lists(), lists(6))
def test_full_is_numpy_convolve(x: NDArray[np.int64], kernel: NDArray[np.int64]) -> None:
    np.testing.assert_array_equal(values(work(grid(x), grid(kernel))), np.convolve(x, kernel))
    turned = values(work(grid(x), grid(kernel[::-1]), correlate=True))
    np.testing.assert_array_equal(turned, np.convolve(x, kernel))


@given(tables(), tables(4), st.sampled_from(["full", "same", "valid"]))
def test_tables_are_scipy_convolve2d(x: NDArray[np.int64], kernel: NDArray[np.int64], mode: str) -> None:
    from scipy.signal import convolve2d

    if mode == "valid" and any(k > n for k, n in zip(kernel.shape, x.shape, strict=True)):
        with pytest.raises(ShapeError):
            work(grid(x), grid(kernel), padding=mode)
        return
    # scipy puts the centre of an even kernel where (K - 1) // 2 is, as here.
    expected = convolve2d(x, kernel, mode=mode)
    np.testing.assert_array_equal(values(work(grid(x), grid(kernel), padding=mode)), expected)


@given(tables(), tables(4), st.sampled_from(["replicate", "reflect", "symmetric", "circular", "zeros"]))
def test_same_with_boundaries_is_scipy_ndimage(
    x: NDArray[np.int64], kernel: NDArray[np.int64], name: str
) -> None:
    from scipy import ndimage

    in_ndimage = {"replicate": "nearest", "reflect": "mirror", "symmetric": "reflect", "circular": "wrap"}
    mode = in_ndimage.get(name, "constant")
    # ndimage centres at K // 2; one sample further on, an even kernel is centred as here.
    origin = [-1 if side % 2 == 0 else 0 for side in kernel.shape]
    expected = ndimage.convolve(x, kernel, mode=mode, origin=origin)
    worked = work(grid(x), grid(kernel), padding="same", boundary=Boundary(name))
    np.testing.assert_array_equal(values(worked), expected)


@given(
    x=tables(),
    kernel=tables(3),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dilation=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    padding=st.tuples(*[st.tuples(st.integers(0, 9), st.integers(0, 9))] * 2),
    name=st.sampled_from(sorted(IN_NUMPY)),
    correlate=st.booleans(),
)
def test_everything_against_loops(
    x: NDArray[np.int64],
    kernel: NDArray[np.int64],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    padding: tuple[tuple[int, int], tuple[int, int]],
    name: str,
    correlate: bool,
) -> None:
    options = {
        "padding": padding,
        "stride": stride,
        "dilation": dilation,
        "correlate": correlate,
        "boundary": Boundary(name),
    }
    padded = np.pad(x, padding, mode=IN_NUMPY[name])  # type: ignore[call-overload]
    weights = kernel if correlate else kernel[::-1, ::-1]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel.shape, strict=True)]
    if any(length < r for length, r in zip(padded.shape, reach, strict=True)):
        with pytest.raises(ShapeError):
            work(grid(x), grid(kernel), **options)
        return
    starts = [range(0, n - r + 1, s) for n, r, s in zip(padded.shape, reach, stride, strict=True)]
    expected = [
        int((padded[r : r + reach[0] : dilation[0], c : c + reach[1] : dilation[1]] * weights).sum())
        for r, c in itertools.product(*starts)
    ]
    worked = work(grid(x), grid(kernel), **options)
    assert worked.output_shape == tuple(map(len, starts))
    assert [step.value for step in worked.steps()] == expected


@given(
    x=tables(),
    kernel=tables(4),
    stride=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dilation=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    name=st.sampled_from(sorted(IN_NUMPY)),
    correlate=st.booleans(),
)
def test_same_is_that_of_the_engine(
    x: NDArray[np.int64],
    kernel: NDArray[np.int64],
    stride: tuple[int, int],
    dilation: tuple[int, int],
    name: str,
    correlate: bool,
) -> None:
    import convcli

    options: dict[str, Any] = {"stride": stride, "dilation": dilation, "correlate": correlate}
    worked = work(grid(x), grid(kernel), padding="same", boundary=Boundary(name), **options)
    computed = convcli.convolve(x.astype(float), kernel, axes=(0, 1), boundary=name, **options)
    np.testing.assert_allclose(values(worked), computed, atol=1e-9)


@given(
    st.lists(st.fractions(max_denominator=50), min_size=1, max_size=6),
    st.lists(st.fractions(max_denominator=50), min_size=1, max_size=4),
)
def test_fractions_stay_exact(x: list[Fraction], kernel: list[Fraction]) -> None:
    worked = work(Tensor.of(x), Tensor.of(kernel))
    record = worked.record()
    product = [
        sum((w * x[n - j] for j, w in enumerate(kernel) if 0 <= n - j < len(x)), Fraction(0))
        for n in range(len(x) + len(kernel) - 1)
    ]
    assert [Fraction(text) for text in record["exact"]] == product
    assert sum(product) == sum(x) * sum(kernel)


def test_record_of_the_example() -> None:
    record = work(grid([1, 2, 3, 4]), grid([1, 2, 3])).record()
    assert record["operation"] == "convolution"
    assert (record["input_shape"], record["kernel_shape"], record["output_shape"]) == ([4], [3], [6])
    assert record["output"] == [1, 4, 10, 16, 17, 12]
    assert record["exact"] == ["1", "4", "10", "16", "17", "12"]
    assert record["steps"][2] == {"index": [2], "terms": [[1, 3], [2, 2], [3, 1]], "value": 10}
    assert record["matrix"] is record["grad"] is None
    json.dumps(record, allow_nan=False)


@given(tables(4), tables(3), st.booleans())
def test_the_terms_of_a_record_add_up(
    x: NDArray[np.int64], kernel: NDArray[np.int64], correlate: bool
) -> None:
    record = work(grid(x), grid(kernel), correlate=correlate).record()
    flat = list(itertools.chain.from_iterable(record["output"]))
    assert [step["value"] for step in record["steps"]] == flat
    assert [sum(x * w for x, w in step["terms"]) for step in record["steps"]] == flat
    assert {len(step["terms"]) for step in record["steps"]} == {kernel.size}
    assert [step["index"] for step in record["steps"]] == [
        list(i) for i in np.ndindex(*record["output_shape"])
    ]


def test_a_list_next_to_a_table_is_a_row() -> None:
    worked = work(grid([[1], [2]]), grid([1, 10]))
    assert worked.result().nested(int) == [[1, 10], [2, 20]]
    assert worked.record()["kernel_shape"] == [1, 2]


def test_the_constant_stands_outside() -> None:
    boundary = parse_boundary("constant:1/2")
    worked = work(grid([2]), grid([1, 1, 1]), padding="same", boundary=boundary)
    assert worked.result().nested(str) == ["3"]
    assert str(boundary) == "constant:0.5"


def test_the_hint_for_a_constant_shows_one() -> None:
    with pytest.raises(UsageError) as caught:
        parse_boundary("constant:")
    assert "constant:128" in str(caught.value.hint)


@pytest.mark.parametrize("text", ["constant:128", "constant:-0.1", "constant:1/3", "constant:1e-300"])
def test_constants_are_written_as_they_are_typed(text: str) -> None:
    assert str(parse_boundary(text)) == text


@given(size=st.integers(1, 6), name=st.sampled_from(sorted(IN_NUMPY)), reach=st.integers(0, 20))
def test_boundaries_are_those_of_numpy_pad(size: int, name: str, reach: int) -> None:
    expected = np.pad(np.arange(1, size + 1), reach, mode=IN_NUMPY[name])  # type: ignore[call-overload]
    sources = [Boundary(name).source(at, size) for at in range(-reach, size + reach)]
    assert [0 if source is None else source + 1 for source in sources] == expected.tolist()


@pytest.mark.parametrize(
    ("alias", "name"), [("edge", "replicate"), ("nearest", "replicate"), ("wrap", "circular")]
)
def test_aliases(alias: str, name: str) -> None:
    assert parse_boundary(alias) == Boundary(name)
    assert parse_boundary(f" {name.upper()} ") == Boundary(name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mirror", "opposite things"),
        ("constant", "'constant' is not a padding mode"),
        ("constant:x", "padding mode 'constant:x': 'x' is not a finite number"),
        ("constant:", "padding mode 'constant:': the value is missing"),
        ("zeros:1", "is not a padding mode"),
        ("", "is not a padding mode"),
    ],
)
def test_unknown_boundaries(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_boundary(text)


@pytest.mark.parametrize(
    ("by", "expected"),
    [("none", "-1 1 4"), ("sum", "-1/4 1/4 1"), ("abs", "-1/6 1/6 2/3"), ("positive", "-1/5 1/5 4/5")],
)
def test_normalize(by: str, expected: str) -> None:
    assert normalize(grid([-1, 1, 4]), by).nested(str) == expected.split()


@pytest.mark.parametrize(
    ("kernel", "by", "message"),
    [
        ([0, 0], "abs", "all of its weights are zero"),
        ([-1, 0, 1], "sum", "cannot be divided by 0, the sum of its weights"),
        ([-1, -2], "positive", "cannot be divided by 0, the sum of its positive weights"),
        ([10**10, 1 - 10**10], "sum", "cannot be divided by 1, the sum of its weights"),
    ],
)
def test_normalize_refuses_sums_that_say_nothing(kernel: list[int], by: str, message: str) -> None:
    with pytest.raises(ConvError, match=message):
        normalize(grid(kernel), by)


def test_too_many_products_are_refused_before_any_work() -> None:
    with pytest.raises(ConvError, match="250,001 products are too many"):
        work(grid([1]), grid([1]), padding=((MOST_PRODUCTS, 0),))
    allowed = work(grid([1]), grid([1]), padding=((MOST_PRODUCTS - 1, 0),))
    assert math.prod(allowed.output_shape) == MOST_PRODUCTS


def test_a_column_is_a_list_once_asked() -> None:
    column = Tensor.of(parse_array("1\n2\n3"))
    assert column.shape == (3, 1)
    assert column.listed() == Tensor.of(parse_array("1,2,3"))
    table = Tensor.of(parse_array("1,2;3,4"))
    assert table.listed() is table
