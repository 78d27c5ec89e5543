"""Layers worked in full: channels, groups, transposed convolutions and poolings against plain loops."""

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from convcli.arithmetic.boundary import Boundary
from convcli.arithmetic.specs import LayerSpec
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked, stretched, work, work_layer
from convcli.errors import ConvError, ShapeError, UsageError

IN_NUMPY = {"zeros": "constant", "replicate": "edge", "reflect": "reflect", "circular": "wrap"}

Numbers = NDArray[np.int64]


def tensor(array: Any) -> Tensor:
    return Tensor.of(np.asarray(array).tolist())


def numbers(found: Tensor) -> NDArray[np.int64]:
    return np.array(found.nested(int))


@st.composite
def layers(draw: st.DrawFn, *, transposed: bool) -> tuple[Numbers, Numbers, Numbers, dict[str, Any]]:
    """Return input, kernel, bias and geometry of a small layer that fits."""
    ndim, groups = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    inputs, outputs = (groups * draw(st.integers(1, 2)) for _ in range(2))
    largest = {1: 7, 2: 4, 3: 3}[ndim]

    def along(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.lists(st.integers(low, high), min_size=ndim, max_size=ndim)))

    sizes, taps, stride, dilation = along(1, largest), along(1, 3), along(1, 3), along(1, 2)
    before, after = along(0, 2), along(0, 2)
    beyond = (
        tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True))
        if transposed
        else None
    )
    each = (inputs, outputs // groups) if transposed else (outputs, inputs // groups)
    # Numbers from a seed: drawing each would take longer than everything else.
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    spec = LayerSpec(
        operation="convt" if transposed else "conv",
        kernel=taps,
        stride=stride,
        dilation=dilation,
        padding=before,
        padding_after=after,
        output_padding=beyond,
        groups=groups,
    )
    return (
        generator.integers(-9, 10, (inputs, *sizes)),
        generator.integers(-9, 10, (*each, *taps)),
        generator.integers(-9, 10, outputs),
        {"spec": spec, "sizes": sizes, "inputs": inputs},
    )


def laid_out(x: Numbers, kernel: Numbers, bias: Numbers, shape: dict[str, Any], **options: Any) -> Worked:
    layer = shape["spec"].over(shape["inputs"], shape["sizes"])
    return work_layer(
        tensor(x), tensor(kernel), layer, bias=[Fraction(int(value)) for value in bias], **options
    )


@given(layers(transposed=False), st.sampled_from(sorted(IN_NUMPY)), st.booleans())
def test_channels_and_groups_are_sums_over_windows(
    drawn: tuple[Numbers, Numbers, Numbers, dict[str, Any]], name: str, correlate: bool
) -> None:
    x, kernel, bias, shape = drawn
    spec = shape["spec"]
    ends = list(zip(spec.padding, spec.padding_after, strict=True))
    padded = np.pad(x, [(0, 0), *ends], mode=IN_NUMPY[name])  # type: ignore[call-overload]
    reach = [d * (k - 1) + 1 for d, k in zip(spec.dilation, spec.kernel, strict=True)]
    options: dict[str, Any] = {"boundary": Boundary(name), "correlate": correlate}
    if any(n < r for n, r in zip(padded.shape[1:], reach, strict=True)):
        with pytest.raises(ShapeError):
            laid_out(x, kernel, bias, shape, **options)
        return
    spatial = tuple(range(2, kernel.ndim))
    weights = kernel if correlate else np.flip(kernel, spatial)
    starts = [range(0, n - r + 1, s) for n, r, s in zip(padded.shape[1:], reach, spec.stride, strict=True)]
    expected = np.zeros((len(kernel), *map(len, starts)), np.int64)
    each, read = len(kernel) // spec.groups, kernel.shape[1]
    for output in range(len(kernel)):
        channels = padded[output // each * read :][:read]
        for place in itertools.product(*map(enumerate, starts)):
            cut = tuple(
                slice(at, at + r, d) for (_, at), r, d in zip(place, reach, spec.dilation, strict=True)
            )
            expected[(output, *(number for number, _ in place))] = (
                channels[(slice(None), *cut)] * weights[output]
            ).sum() + bias[output]
    worked = laid_out(x, kernel, bias, shape, **options)
    np.testing.assert_array_equal(numbers(worked.output), expected)
    record = worked.record()
    assert record["output_shape"] == list(expected.shape)
    assert [sum(x * w for x, w in step["terms"]) + step["bias"] for step in record["steps"]] == [
        step["value"] for step in record["steps"]
    ]


@given(layers(transposed=True), st.booleans())
def test_transposed_each_input_paints_the_kernel(
    drawn: tuple[Numbers, Numbers, Numbers, dict[str, Any]], correlate: bool
) -> None:
    x, kernel, bias, shape = drawn
    spec = shape["spec"]
    sizes = [
        (i - 1) * s + d * (k - 1) + 1 + extra
        for i, s, d, k, extra in zip(
            shape["sizes"], spec.stride, spec.dilation, spec.kernel, spec.output_padding, strict=True
        )
    ]
    kept = [
        (before, size - after)
        for before, after, size in zip(spec.padding, spec.padding_after, sizes, strict=True)
    ]
    if any(low >= high for low, high in kept):
        with pytest.raises(ShapeError):
            laid_out(x, kernel, bias, shape)
        return
    each, read = kernel.shape[1], len(x) // spec.groups
    canvas = np.zeros((each * spec.groups, *sizes), np.int64)
    weights = kernel if correlate else np.flip(kernel, tuple(range(2, kernel.ndim)))
    for channel, within, *place in itertools.product(range(len(x)), range(each), *map(range, shape["sizes"])):
        for tap in itertools.product(*map(range, spec.kernel)):
            at = tuple(
                p * s + t * d for p, s, t, d in zip(place, spec.stride, tap, spec.dilation, strict=True)
            )
            output = channel // read * each + within
            canvas[(output, *at)] += x[(channel, *place)] * weights[(channel, within, *tap)]
    expected = canvas[(slice(None), *(slice(low, high) for low, high in kept))]
    expected = expected + bias.reshape(-1, *(1,) * len(sizes))
    worked = laid_out(x, kernel, bias, shape, correlate=correlate)
    np.testing.assert_array_equal(numbers(worked.output), expected)
    assert stretched(worked).output == worked.output


@given(layers(transposed=True))
def test_the_zeros_of_a_stretched_input_are_known(
    drawn: tuple[Numbers, Numbers, Numbers, dict[str, Any]],
) -> None:
    x, kernel, bias, shape = drawn
    try:
        worked = laid_out(np.abs(x) + 1, kernel, bias, shape)
    except ShapeError:
        return
    lain = stretched(worked)
    for index in lain.input.indices():
        if lain.inserted(index[1:]):
            assert lain.input[index] == 0


def pooling(x: Any, how: str, kernel: int, *, counted: bool = True, **options: Any) -> list[Fraction]:
    framework = options.pop("framework", "torch")
    spec = LayerSpec(
        operation="maxpool" if how == "max" else "avgpool", kernel=(kernel,), framework=framework, **options
    )
    worked = work_layer(tensor([x]), None, spec.over(1, (len(x),)), count_padding=counted)
    return list(worked.output.values)


def test_averages_are_those_of_the_frameworks() -> None:
    """As PyTorch 2.13 and onnxruntime 1.31 answered."""
    seven, options = [1, 2, 3, 4, 5, 6, 7], {"stride": (2,), "padding": (1,)}
    assert pooling(seven, "avg", 3, **options) == [1, 3, 5, Fraction(13, 3)]
    assert pooling(seven, "avg", 3, counted=False, **options) == [Fraction(3, 2), 3, 5, Fraction(13, 2)]
    assert pooling(seven[:6], "avg", 3, stride=(2,), ceil=True) == [2, 4, Fraction(11, 2)]


@given(
    st.lists(st.integers(-9, 9), min_size=1, max_size=12),
    st.integers(1, 4),
    st.integers(1, 4),
    st.data(),
)
def test_poolings_see_what_is_in_their_window(
    x: list[int], kernel: int, stride: int, data: st.DataObject
) -> None:
    padding, ceil = data.draw(st.integers(0, kernel // 2)), data.draw(st.booleans())
    options: dict[str, Any] = {"stride": (stride,), "padding": (padding,), "ceil": ceil}
    try:
        largest = pooling(x, "max", kernel, **options)
    except ShapeError:
        return
    means = pooling(x, "avg", kernel, **options)
    inside = pooling(x, "avg", kernel, counted=False, **options)
    for number, (most, mean, clear) in enumerate(zip(largest, means, inside, strict=True)):
        first = number * stride - padding
        seen = x[max(first, 0) : first + kernel]
        counted = min(first + kernel, len(x) + padding) - first
        assert (most, mean, clear) == (
            max(seen),
            Fraction(sum(seen), counted),
            Fraction(sum(seen), len(seen)),
        )


def test_a_window_in_the_padding_alone_is_refused() -> None:
    lonely = LayerSpec(operation="maxpool", kernel=(1,), padding=(1,), stride=(1,), framework="jax")
    with pytest.raises(ShapeError, match="in the padding alone"):
        _ = work_layer(tensor([[1]]), None, lonely.over(1, (1,))).output


@pytest.mark.parametrize(
    ("x", "kernel", "options", "message"),
    [
        ([[1, 2]], [[[1], [1]]], {}, "input of 1 channel, but the kernel is for 2"),
        ([[1, 2]] * 2, [[[1]]] * 3, {"groups": 2}, "3 kernels do not divide"),
        ([[1, 2]], [[[1]]], {"bias": [Fraction(1)] * 2}, "2 numbers for 1 output channel"),
    ],
)
def test_channels_have_to_match(x: Any, kernel: Any, options: dict[str, Any], message: str) -> None:
    spec = LayerSpec(kernel=(1,), groups=options.get("groups", 1))
    with pytest.raises(UsageError, match=message):
        work_layer(tensor(x), tensor(kernel), spec.over(len(x), (2,)), bias=options.get("bias"))


def test_only_zeros_lie_around_a_transposed_convolution() -> None:
    layer = LayerSpec(operation="convt", kernel=(1,)).over(1, (2,))
    with pytest.raises(UsageError, match="around the input of a transposed convolution there are zeros"):
        work_layer(tensor([[1, 2]]), tensor([[[1]]]), layer, boundary=Boundary("circular"))


def test_an_empty_output_is_not_worked() -> None:
    layer = LayerSpec(kernel=(3,), framework="jax").over(1, (2,))
    assert layer.axes[0].output == 0
    with pytest.raises(ShapeError, match="the output of 0 is empty"):
        work_layer(tensor([[1, 2]]), tensor([[[1, 2, 3]]]), layer)


def test_too_many_products_are_refused() -> None:
    wide = Tensor.full((1, 3000), 1)
    with pytest.raises(ConvError, match="too many to work step by step"):
        work(wide.reshaped((3000,)), Tensor.full((100,), 1))


def test_ragged_lists_are_no_tensor() -> None:
    for ragged in ([[1], [1, 2]], [[1], 2], [[]]):
        with pytest.raises(ValueError, match="different lengths"):
            Tensor.of(ragged)
