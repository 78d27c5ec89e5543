"""Layers: sizes, parameters and multiply-adds against counts that frameworks agree on."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.arithmetic import account
from convcli.arithmetic.layers import Layer
from convcli.arithmetic.specs import COMMON_SIZES, LayerSpec, fitting_sizes
from convcli.errors import ShapeError, UsageError


def spec(**options: Any) -> LayerSpec:
    return LayerSpec(**options)


def notes(layer: Layer) -> list[str]:
    return list(account.of_layer(layer).notes)


# Single layers: shape, options, output, multiply-adds.
COUNTS = [
    ((3, 16, 16), {"padding": (1,), "out_channels": 8}, (8, 16, 16), 55_296),
    ((8, 16, 16), {"padding": (1,), "out_channels": 8, "groups": 4}, (8, 16, 16), 36_864),
    ((8, 16, 16), {"padding": (1,), "out_channels": 8, "groups": 8}, (8, 16, 16), 18_432),
    (
        (8, 16, 16),
        {"kernel": (4,), "stride": (2,), "padding": (1,), "operation": "convt", "out_channels": 4},
        (4, 32, 32),
        131_072,
    ),
    (
        (4, 8, 8),
        {"stride": (2,), "operation": "convt", "groups": 4, "out_channels": 4},
        (4, 17, 17),
        2_304,
    ),
]


@pytest.mark.parametrize(("shape", "options", "output", "macs"), COUNTS)
def test_multiply_adds(
    shape: tuple[int, ...], options: dict[str, Any], output: tuple[int, ...], macs: int
) -> None:
    layer = spec(**options).on(shape)
    assert layer.output == output
    assert layer.macs == macs


@given(
    size=st.integers(1, 6),
    kernel=st.integers(1, 3),
    stride=st.integers(1, 3),
    groups=st.integers(1, 2),
    channels=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    transposed=st.booleans(),
)
def test_multiply_adds_are_the_products_of_the_loops(
    size: int, kernel: int, stride: int, groups: int, channels: tuple[int, int], transposed: bool
) -> None:
    if size < kernel and not transposed:
        return
    per_group_in, per_group_out = channels
    layer = spec(
        kernel=(kernel,),
        stride=(stride,),
        operation="convt" if transposed else "conv",
        groups=groups,
        in_channels=per_group_in * groups,
        out_channels=per_group_out * groups,
    ).on((size, size))
    [side] = {axis.size if transposed else axis.output for axis in layer.axes}
    places = range(side)
    loops = itertools.product(
        range(groups), range(per_group_in), range(per_group_out), places, places, range(kernel), range(kernel)
    )
    assert layer.macs == sum(1 for _ in loops)
    assert layer.params == groups * per_group_out * (per_group_in * kernel**2 + 1)


def test_vgg_and_resnet_first_layers() -> None:
    vgg = spec(padding=(1,), out_channels=64).on((3, 224, 224))
    assert (vgg.params, vgg.macs) == (1_792, 86_704_128)
    resnet = spec(kernel=(7,), stride=(2,), padding=(3,), out_channels=64).on((3, 224, 224))
    assert resnet.output == (64, 112, 112)
    assert (resnet.params, resnet.macs) == (9_472, 118_013_952)


@pytest.mark.parametrize(
    ("shape", "options", "shown", "output"),
    [
        ((28,), {}, (28,), (26,)),
        ((28,), {"kernel": (3, 5)}, (28, 28), (26, 24)),
        ((5, 7), {}, (5, 7), (3, 5)),
        ((3, 5, 7), {}, (3, 5, 7), (3, 5)),
        ((2, 4, 5, 7), {"out_channels": 6}, (2, 4, 5, 7), (6, 2, 3, 5)),
        ((28,), {"in_channels": 2, "out_channels": 3}, (2, 28), (3, 26)),
    ],
)
def test_what_the_numbers_of_a_size_mean(
    shape: tuple[int, ...], options: dict[str, Any], shown: tuple[int, ...], output: tuple[int, ...]
) -> None:
    layer = spec(**options).on(shape)
    assert (layer.input, layer.output) == (shown, output)


@pytest.mark.parametrize(
    ("padding", "kernel", "amounts"),
    [
        ("same", (4,), [[1, 2], [1, 2]]),
        ("same", (3,), [[1, 1], [1, 1]]),
        ("valid", (4,), [[0, 0], [0, 0]]),
        ("half", (4,), [[2, 2], [2, 2]]),
        ("full", (4, 2), [[3, 3], [1, 1]]),
        ((1, 0), (3,), [[1, 1], [0, 0]]),
    ],
)
def test_paddings(padding: Any, kernel: tuple[int, ...], amounts: list[list[int]]) -> None:
    assert spec(padding=padding, kernel=kernel).on((9, 9)).record()["layers"][0]["padding"] == amounts


def test_record() -> None:
    record = spec(stride=(2,), padding=(1,), out_channels=4).on((1, 6, 8)).record()
    assert json.loads(json.dumps(record)) == {
        "input": [1, 6, 8],
        "layers": [
            {
                "op": "conv",
                "input": [1, 6, 8],
                "output": [4, 3, 4],
                "padding": [[1, 1], [1, 1]],
                "params": 40,
                "macs": 432,
                "memory": 192,
                "receptive_field": [3, 3],
                "jump": [2, 2],
                "start": [0, 0],
                "formula": "(6 + 1 + 1 - 3) // 2 + 1 = 3; (8 + 1 + 1 - 3) // 2 + 1 = 4",
            }
        ],
        "output": [4, 3, 4],
        "params": 40,
        "macs": 432,
    }


def test_unknown_channels_have_no_counts() -> None:
    record = spec(operation="convt", stride=(2,)).on((6,)).record()
    assert record["params"] is record["macs"] is None
    assert record["layers"][0]["jump"] == [0.5]
    assert record["layers"][0]["op"] == "convt"
    assert account.costs(spec(out_channels=2).on((6, 6))) == []


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((1, 2, 3, 4, 5), {}, "has 5 numbers: 1 to 4"),
        ((5, 5), {"kernel": (3, 3, 3)}, "kernel 3x3x3 has 3 values for 2 axes"),
        ((5, 5), {"padding": (1, 1, 1)}, "padding 1x1x1 has 3 values"),
        ((5,), {"kernel": (1, 1, 1, 1)}, "4 axes: 1 to 3"),
        ((3, 5, 5), {"in_channels": 4}, "4 input channels, but the size 3x5x5 says 3"),
        ((3, 5, 5), {"groups": 2}, "3 input channels do not divide into 2 groups"),
        ((4, 5, 5), {"groups": 2, "out_channels": 3}, "3 output channels do not divide into 2 groups"),
        ((5,), {"padding": "same", "stride": (2,)}, "padding same with stride 2"),
        ((5,), {"padding": "same", "operation": "convt"}, "not defined for a transposed"),
        ((5,), {"padding": "most"}, "'most' is not a padding"),
        ((5,), {"output_padding": (1,)}, "belongs to a transposed convolution"),
        ((5,), {"output_padding": (2,), "operation": "convt", "stride": (2,)}, "output padding 2: must be"),
    ],
)
def test_contradictions_are_usage_errors(
    shape: tuple[int, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        spec(**options).on(shape)


def test_an_impossible_axis_is_named() -> None:
    with pytest.raises(ShapeError, match=r"^width: kernel 5 does not fit in 4 \(input 4 \+ padding 0 \+ 0\)"):
        spec(kernel=(5,)).on((9, 4))


def test_common_sizes_leave_out_what_does_not_fit() -> None:
    fitting = fitting_sizes(spec(kernel=(9,), stride=(2,)))
    assert [axes[0].size for axes in fitting] == [size for size in COMMON_SIZES if size >= 9]
    with pytest.raises(ShapeError, match="fits no input of up to 1024"):
        fitting_sizes(spec(kernel=(1025,)))
    with pytest.raises(UsageError, match="output padding"):
        fitting_sizes(spec(output_padding=(1,)))


def test_size_table_has_a_column_an_axis_where_they_differ() -> None:
    table = account.size_table(fitting_sizes(spec(stride=(2,), padding=(1,))))
    assert table.columns == ("input", "output", "left over")
    assert ("28", "14", "1") in table.rows
    table = account.size_table(fitting_sizes(spec(kernel=(3, 5))))
    assert table.columns == ("input", "height", "width")
    assert ("28", "26", "24") in table.rows


def test_costs_state_their_rule() -> None:
    layer = spec(kernel=(4,), stride=(2,), padding=(1,), operation="convt", out_channels=32).on((64, 14, 14))
    assert account.costs(layer) == [
        "parameters  32,800 = 32 x 64 x 4 x 4 weights + 32 biases",
        "MACs        6,422,528 = 14 x 14 inputs x 32 x 64 x 4 x 4 (no biases)",
    ]


def test_remarks_tell_what_the_border_loses() -> None:
    assert notes(spec(stride=(2,)).on((7, 8))) == [
        "width: the stride steps over the last 1 of 8 samples, 1 of the input"
    ]
    assert notes(spec(stride=(3,), padding=(1,)).on((9, 9))) == [
        "the stride steps over the last 2 of 11 padded samples, 1 of the input"
    ]
    assert notes(spec(in_channels=1, out_channels=2).on((28,))) == [
        "28 is one axis; a square picture is 28x28"
    ]
    assert notes(spec().on((28,))) == []
