"""Which axes are channels, as typed and as stored."""

import pytest

from convcli.arithmetic.literals import parse_channels
from convcli.arithmetic.operands import Operand, paired, pooled
from convcli.arithmetic.tensors import Tensor
from convcli.errors import UsageError


def typed(text: str, name: str = "--input") -> Operand:
    numbers, axes = parse_channels(text, name=name)
    return Operand(name, Tensor.of(numbers), axes)


def stored(*shape: int) -> Operand:
    return Operand("x.npy", Tensor.full(shape, 1), None)


@pytest.mark.parametrize(
    ("text", "shape", "axes"),
    [
        ("1,2,3", (3,), 0),
        ("1,2;3,4", (2, 2), 0),
        ("1,2|3,4", (2, 2), 1),
        ("1|2||3|4", (2, 2, 1), 2),
        ("1||2", (2, 1, 1), 2),
        ("1,2;3,4|5,6;7,8", (2, 2, 2), 1),
    ],
)
def test_bars_stand_between_channels(text: str, shape: tuple[int, ...], axes: int) -> None:
    operand = typed(text)
    assert (operand.tensor.shape, operand.channel_axes) == (shape, axes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2|3", "--input: channels differ in shape"),
        ("1|2||3", "--input: channels differ in shape"),
        ("1,2;3,4|1,2", "--input: channels differ in shape"),
        ("1|x", "--input: channel 1: 'x' is not a finite number"),
        ("1|2||3|", "--input: kernel 1, channel 1: "),
    ],
)
def test_channels_that_are_none(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        typed(text)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("x", "kernel", "shapes", "layered"),
    [
        (typed("1,2,3"), typed("1,1"), ((1, 3), (1, 1, 2)), False),
        (typed("1,2;3,4"), typed("1,1"), ((1, 2, 2), (1, 1, 1, 2)), False),
        (typed("1,2,3|4,5,6"), typed("1|1"), ((2, 3), (1, 2, 1)), True),
        (typed("1,2,3|4,5,6"), typed("1|1||2|2||3|3"), ((2, 3), (3, 2, 1)), True),
        (typed("1,2,3"), typed("1||2"), ((1, 3), (2, 1, 1)), True),
        (stored(5), stored(3), ((1, 5), (1, 1, 3)), False),
        (stored(2, 5), stored(4, 2, 3), ((2, 5), (4, 2, 3)), True),
        (stored(1, 2, 5), stored(4, 2, 3), ((2, 5), (4, 2, 3)), True),
        (stored(6, 5), stored(4, 1, 3, 3), ((1, 6, 5), (4, 1, 3, 3)), True),
        (stored(2, 3, 6, 5), stored(4, 2, 3, 3, 3), ((2, 3, 6, 5), (4, 2, 3, 3, 3)), True),
        (typed("1,2;3,4"), stored(1, 1, 2), ((1, 2, 2), (1, 1, 1, 2)), True),
    ],
)
def test_input_and_kernel_meet(
    x: Operand, kernel: Operand, shapes: tuple[tuple[int, ...], ...], layered: bool
) -> None:
    pair = paired(x, kernel)
    assert pair.kernel is not None
    assert (pair.input.shape, pair.kernel.shape) == shapes
    assert pair.layered is layered


@pytest.mark.parametrize(
    ("x", "kernel", "message"),
    [
        (typed("1|2"), typed("1,1", "--kernel"), "--input: has channels, but --kernel has none"),
        (typed("1||2"), typed("1|1", "--kernel"), "--input: || stands between kernels"),
        (stored(2, 2, 5), stored(4, 2, 3), "x.npy: a batch of 2 is not worked step by step"),
        (stored(1, 2, 5, 5), stored(4, 2, 3), "x.npy: 1x2x5x5 has too many axes"),
        (stored(2, 2), stored(1, 1, 1, 1, 1, 1), "x.npy: 1x1x1x1x1x1 has 4 axes behind its channels"),
    ],
)
def test_what_does_not_meet(x: Operand, kernel: Operand, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        paired(x, kernel)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("x", "axes", "shape", "layered"),
    [
        (typed("1,2,3"), 0, (1, 3), False),
        (typed("1,2;3,4"), 0, (1, 2, 2), False),
        (typed("1,2|3,4"), 0, (2, 2), True),
        (stored(6, 5), 0, (1, 6, 5), False),
        (stored(2, 6, 5), 0, (2, 6, 5), True),
        (stored(1, 2, 6, 5), 0, (2, 6, 5), True),
        (stored(2, 6, 5), 2, (2, 6, 5), True),
        (stored(2, 3, 6, 5), 3, (1, 2, 3, 6, 5)[1:], True),
    ],
)
def test_what_is_pooled(x: Operand, axes: int, shape: tuple[int, ...], layered: bool) -> None:
    pair = pooled(x, axes)
    assert (pair.input.shape, pair.kernel, pair.layered) == (shape, None, layered)
