"""Networks: published totals, receptive fields against indices followed one by one, and the grammar."""

import itertools
import json
import string
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.networks.chains import MOST_LAYERS, parse_chain
from convcli.arithmetic.networks.darknet import looks_like_darknet, parse_darknet
from convcli.arithmetic.networks.matrices import looks_like_matrices, of_matrices
from convcli.arithmetic.networks.report import input_shape, of_text
from convcli.arithmetic.networks.shipped import shipped_names, shipped_text
from convcli.arithmetic.networks.tracing import Step, trace
from convcli.arithmetic.networks.views import View, merged
from convcli.errors import ConvError, ShapeError, UsageError


def steps(text: str, size: tuple[int, ...] | None = None, **options: Any) -> list[Step]:
    network = parse_chain(text)
    return trace(network, input_shape(network, size), **options)


def last(text: str, size: tuple[int, ...] | None = None) -> Step:
    return steps(text, size)[-1]


# --- the networks that come with the package --------------------------------------------------------

# name: output, parameters (torchvision's and the papers' own counts), multiply-adds in thousandths of 1e9.
TOTALS = {
    "lenet5": ([10], 61_706, 0.000),
    "mnist": ([10], 44_426, 0.000),
    "alexnet": ([1000], 61_100_840, 0.714),
    "vgg16": ([1000], 138_357_544, 15.470),
    "resnet50": ([1000], 25_557_032, 4.089),
    "unet": ([2, 388, 388], 31_030_658, None),
    "dcgan": ([3, 64, 64], 3_576_704, None),
    "mobilenet_v1": ([1000], 4_231_976, 0.569),
    "patchgan": ([1, 30, 30], 2_768_705, None),
}


def test_every_network_has_its_totals() -> None:
    assert sorted(TOTALS) == shipped_names()


@pytest.mark.parametrize("name", TOTALS)
def test_totals(name: str) -> None:
    output, params, giga = TOTALS[name]
    record = of_text(shipped_text(name) or "", None).record
    assert (record["output"], record["params"]) == (output, params)
    if giga is not None:
        assert round(record["macs"] / 1e9, 3) == giga
    assert record["params"] == sum(layer["params"] for layer in record["layers"])
    assert record["memory"] == sum(layer["memory"] for layer in record["layers"])
    json.dumps(record, allow_nan=False)


def test_names_are_found_in_any_spelling() -> None:
    assert shipped_text("MobileNet-V1") == shipped_text("mobilenet_v1")
    assert shipped_text("../networks/vgg16") is None
    assert shipped_text("vgg") is None


def test_the_flatten_of_the_mnist_network() -> None:
    [flatten] = [
        layer
        for layer in of_text(shipped_text("mnist") or "", None).record["layers"]
        if layer["op"] == "flatten"
    ]
    assert (flatten["input"], flatten["output"]) == ([16, 4, 4], [256])
    assert flatten["formula"] == "16 * 4 * 4 = 256"


def test_published_receptive_fields() -> None:
    patchgan = steps(shipped_text("patchgan") or "")
    assert patchgan[-1].receptive_field == [70, 70]
    resnet = steps(shipped_text("resnet50") or "")
    assert max(step.receptive_field[0] or 0 for step in resnet if step.output.spatial[:1] == (7,)) == 427
    vgg = [step for step in steps(shipped_text("vgg16") or "") if step.node.operation.name == "maxpool"]
    assert (vgg[-1].receptive_field, vgg[-1].jump) == ([212, 212], [32, 32])


def test_another_size_of_a_network() -> None:
    record = of_text(shipped_text("unet") or "", (700,)).record
    assert record["input"] == [1, 700, 700]
    assert record["output"] == [2, 516, 516]
    assert of_text(shipped_text("vgg16") or "", (320, 224)).record["input"] == [3, 320, 224]
    with pytest.raises(UsageError, match="does not fit the network's input 3x224x224"):
        of_text(shipped_text("vgg16") or "", (1, 2, 3, 4))


# --- receptive fields -------------------------------------------------------------------------------


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    transposed = draw(st.booleans())
    return Axis(
        size=1,
        kernel=draw(st.integers(1, 4)),
        stride=draw(st.integers(1, 3)),
        dilation=draw(st.integers(1, 3)),
        before=draw(st.integers(0, 3)),
        transposed=transposed,
    )


def sees(chain: list[Axis], output: int) -> set[int]:
    """Indices of the (endless) input that an output of a chain depends on, followed back layer by layer."""
    found = {output}
    for axis in reversed(chain):
        taps = range(0, axis.kernel * axis.dilation, axis.dilation)
        if axis.transposed:
            places = {place + axis.before - tap for place in found for tap in taps}
            found = {place // axis.stride for place in places if place % axis.stride == 0}
        else:
            found = {place * axis.stride - axis.before + tap for place in found for tap in taps}
    return found


def view_of(chain: list[Axis]) -> View:
    view: View | None = View()
    for axis in chain:
        view = view and view.through(axis)
    assert view is not None
    return view


@given(st.lists(axes(), max_size=4))
def test_views_are_the_indices_followed_back(chain: list[Axis]) -> None:
    view = view_of(chain)
    phases = len(view.sets)
    for output in range(2 * phases):
        turn, phase = divmod(output, phases)
        bits = {index for index, bit in enumerate(reversed(bin(view.sets[phase])[2:])) if bit == "1"}
        assert {view.origin + turn * view.shift + bit for bit in bits} == sees(chain, output)
    spans = [max(found) - min(found) + 1 for found in (sees(chain, i) for i in range(phases)) if found]
    assert view.receptive_field == max(spans, default=0)
    first = sees(chain, 0)
    assert view.start == (Fraction(min(first) + max(first), 2) if first else None)


@given(axes())
def test_a_chain_of_one_is_the_layer(axis: Axis) -> None:
    view = view_of([axis])
    assert (view.receptive_field, view.jump, view.start) == (axis.receptive_field, axis.jump, axis.start)


def read_by(step: Step, place: int) -> set[int]:
    """Indices of its input that one output of an operation reads."""
    if step.node.operation.name == "crop":
        return {place + (step.input.spatial[0] - step.output.spatial[0]) // 2}
    return sees(list(step.axes), place)  # merges have no axes: they read the place itself


@pytest.mark.parametrize(
    "text",
    [
        "in 1x64 conv3-1 concat [ crop | maxpool2 conv3-1 convt2-1/2 ] conv3-1",
        "in 1x64 concat [crop | maxpool2 conv3-1 concat [crop | maxpool2 conv3-1 convt4-1/2 p1] convt2-1/2]",
        "in 1x64 add [ conv3-1 d2 p2 | conv3-1 p1 conv5-1 p2 ] conv3-1/2",
    ],
)
def test_views_of_graphs_are_the_indices_followed_back(text: str) -> None:
    found = steps(text)
    [view] = found[-1].output.views
    assert view is not None
    for output in range(found[-1].output.spatial[0]):
        reads: list[set[int]] = [set() for _ in found]
        reads[-1].add(output)
        seen: set[int] = set()
        for index in reversed(range(len(found))):
            step = found[index]
            sources = step.node.sources[:1] if step.node.operation.name == "crop" else step.node.sources
            for source in sources:
                places = {at for place in reads[index] for at in read_by(step, place)}
                (seen if source < 0 else reads[source]).update(places)
        turn, phase = divmod(output, len(view.sets))
        bits = {at for at in range(view.sets[phase].bit_length()) if view.sets[phase] >> at & 1}
        assert {view.origin + turn * view.shift + at for at in bits} == seen


def test_dilation_after_a_stretch_skips_inputs() -> None:
    # Taps two apart on an input stretched by two meet one input sample each; intervals would count more.
    assert last("convt1-1/2 conv2-1 d2", (1, 9)).receptive_field == [2]
    assert last("convt1-1/3 conv2-1 d2", (1, 9)).receptive_field == [1]


def test_branches_see_what_either_sees() -> None:
    [step] = [step for step in steps("add [ conv3-2 p1 | conv5-2 p2 ]", (1, 9)) if step.node.depth == 0]
    assert step.receptive_field == [5]
    assert merged([View(), View(shift=2)]) is None
    up = View().through(Axis(size=1, kernel=2, stride=2, transposed=True))
    assert up is not None
    down = up.through(Axis(size=1, kernel=2, stride=2))
    assert down is not None
    both = merged([down, View()])
    assert both is not None
    assert (both.receptive_field, both.jump) == (1, 1)


@pytest.mark.parametrize(
    ("text", "field", "jump", "start"),
    [
        ("upsample2", [1], [0.5], [0]),
        ("upsample2 conv3-1 p1", [2], [0.5], [-0.5]),
        ("pad2 conv3-1", [3], [1], [-1]),
        ("adaptive4", [2], [2], [0.5]),
        ("adaptive3", [4], [8 / 3], [1]),
        ("gap", [8], [], []),
        ("conv3-1 flatten", [3], [], []),
        ("conv3-1 flatten fc-2", [8], [], []),
    ],
)
def test_other_layers(text: str, field: list[int], jump: list[float], start: list[float]) -> None:
    step = last(text, (1, 8))
    assert (step.receptive_field, step.start) == (field, start)
    assert step.jump == pytest.approx(jump)


def test_too_many_phases_have_no_pattern() -> None:
    step = last("upsample100 upsample100", (1, 2))
    assert (step.output.shape, step.receptive_field, step.jump) == ((1, 20_000), [None], [None])


# --- the grammar ------------------------------------------------------------------------------------


def names(text: str) -> list[str]:
    return [node.operation.text for node in parse_chain(text).nodes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("conv3-64 p1 relu", ["conv3-64 p1", "relu"]),
        ("Conv3-64 -> ReLU -> MaxPool", ["conv3-64", "relu", "maxpool"]),
        ("conv3-8, relu; relu6", ["conv3-8", "relu", "relu6"]),
        ("conv6@5 maxpool2/2", ["conv6@5", "maxpool2/2"]),
        ("(conv3-8 p1 relu)*2", ["conv3-8 p1", "relu"] * 2),
        ("[conv3-8 p1]×3", ["conv3-8 p1"] * 3),
        ("((relu)*2 tanh)x2", ["relu", "relu", "tanh"] * 2),
        ("[64, 'M', 128]", ["conv3-64 p1", "relu", "maxpool2/2", "conv3-128 p1", "relu"]),
        ('[8, "M"] flatten fc-10', ["conv3-8 p1", "relu", "maxpool2/2", "flatten", "fc-10"]),
        ("relu # and more\ntanh", ["relu", "tanh"]),
        ("[ relu | ]", ["relu", "add"]),
        ("[ relu | tanh ] concat", ["relu", "tanh", "concat"]),
        ("concat[relu|tanh] add[relu|]", ["relu", "tanh", "concat", "relu", "add"]),
    ],
)
def test_chains(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_branches_read_what_stands_before() -> None:
    network = parse_chain("in 1x8x8 relu [ conv3-1 p1 | ] tanh")
    assert network.input == (1, 8, 8)
    assert [node.sources for node in network.nodes] == [(-1,), (0,), (1, 0), (2,)]


def test_all_properties_of_a_layer() -> None:
    [operation] = [
        node.operation for node in parse_chain("convt3x5-64/2x1 pb1x0 pe0x1 d1x2 g4 op1 nobias").nodes
    ]
    assert (operation.size, operation.out, operation.stride) == ((3, 5), 64, (2, 1))
    assert (operation.padding, operation.padding_after) == ((1, 0), (0, 1))
    assert (operation.dilation, operation.output_padding) == ((1, 2), (1,))
    assert (operation.groups, operation.bias) == (4, False)
    [pool] = [node.operation for node in parse_chain("avgpool3/2 p1 ceil").nodes]
    assert (pool.size, pool.stride, pool.padding, pool.ceil) == ((3,), (2,), (1,), True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no layers"),
        ("in 3x224x224", "has no layers"),
        ("in conv3-8", "not the size of an input"),
        ("cnov3-64", "'cnov3-64' is not a layer"),
        ("conv3", "needs a kernel and output channels"),
        ("conv-64", "needs a kernel and output channels"),
        ("conv6@5-7", "said twice"),
        ("conv0-64", "numbers of layers are 1 or more"),
        ("fc", "needs the features"),
        ("relu3", "relu has no size"),
        ("maxpool2-64", "maxpool has no output channels"),
        ("upsample", "needs a number"),
        ("p1 conv3-64", "'p1' belongs to no layer"),
        ("relu p1", "relu has not a padding"),
        ("conv3-64 ceil", "conv has not a ceil mode"),
        ("maxpool2 g2", "maxpool has not groups"),
        ("conv3-64 d0", "numbers of layers are 1 or more"),
        ("(relu", "'(' is not closed"),
        ("(relu]", "'(' is not closed: ')' was expected, found ']'"),
        ("relu)", "')' closes nothing"),
        ("relu | tanh", "outside of brackets"),
        ("(relu | tanh)", "is not closed"),
        ("add relu", "merges branches, but there are none"),
        ("crop", "crop ends a branch"),
        ("[crop | crop]", "every branch ends in crop"),
        ("(relu)*0", "repeats are from 1"),
        ("((relu)*9999)*9999", "has more than"),
        ("(relu)*99999999999999999999", "repeats are from 1"),
    ],
)
def test_texts_that_are_no_chain(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_chain(text)
    assert message in caught.value.message


def test_a_word_that_was_meant() -> None:
    with pytest.raises(UsageError) as caught:
        parse_chain("maxpol2")
    assert caught.value.hint == "did you mean maxpool?"


@pytest.mark.parametrize(
    ("text", "size", "message"),
    [
        ("conv3-4", None, "does not say the size of its input"),
        ("conv3-4 conv9-4", (1, 8, 8), "layer 2, conv9-4, on 4x6x6: height: kernel 9 does not fit in 6"),
        ("conv3-4 fc-10", (1, 8, 8), "a linear layer reads features, not 4x6x6"),
        ("flatten conv3-4", (1, 8, 8), "64 has no spatial axes"),
        ("conv3x3x3-4", (1, 8, 8), "kernel 3x3x3 has 3 values for 2 axes"),
        ("conv3-4/2 same", (1, 8, 8), "padding same with stride 2"),
        ("add [conv3-4 | conv3-8]", (1, 8, 8), "the branches give 4x6x6 and 8x6x6"),
        ("concat [conv3-4 | conv5-4]", (1, 8, 8), "the branches give 4x6x6 and 4x4x4"),
        ("concat [conv3-4 crop | ]", (1, 8, 8), "6x6 is smaller than 8x8"),
        ("conv3-4 g3", (2, 8, 8), "2 input channels do not divide into 3 groups"),
        ("adaptive2x2x2", (2, 8, 8), "3 values for 2 axes"),
        ("relu", (1, 2, 3, 4, 5), None),
        ("conv3-4", (1, 2, 3, 4, 5), "4 spatial axes"),
    ],
)
def test_layers_that_do_not_fit(text: str, size: tuple[int, ...] | None, message: str | None) -> None:
    if message is None:
        assert last(text, size).output.shape == size
        return
    with pytest.raises(ConvError) as caught:
        steps(text, size)
    assert message in caught.value.message


def test_shapes_params_and_macs_of_layers() -> None:
    found = steps("in 4x8x8 conv3-8 p1 nobias bn prelu dw3/2 p1 conv1-16 maxpool3/2 ceil upsample2 gap fc-3")
    assert [step.output.shape for step in found] == [
        (8, 8, 8),
        (8, 8, 8),
        (8, 8, 8),
        (8, 4, 4),
        (16, 4, 4),
        (16, 2, 2),
        (16, 4, 4),
        (16, 1, 1),
        (3,),
    ]
    assert [step.params for step in found] == [288, 16, 1, 80, 144, 0, 0, 0, 51]
    assert [step.macs for step in found] == [288 * 64, 0, 0, 72 * 16, 128 * 16, 0, 0, 0, 48]
    assert found[0].memory == 8 * 8 * 8 * 4


def test_the_framework_decides_what_same_means() -> None:
    assert steps("conv3-4/2 same", (1, 8, 8), framework="keras")[-1].output.shape == (4, 4, 4)


def test_one_and_three_axes() -> None:
    assert last("in 1x16000 conv80-128/4 bn relu maxpool4").output.shape == (128, 995)
    assert last("in 1x16x16x16 conv3-8 p1 maxpool2").output.shape == (8, 8, 8, 8)
    assert last("in 784 fc-300 relu fc-10").params == 3010


alphabet = st.sampled_from(
    [
        *"()[]|,",
        "*2",
        "x3",
        "->",
        "in 1x8x8",
        "conv3-4",
        "maxpool2",
        "relu",
        "p1",
        "add",
        "concat",
        "crop",
        "flatten",
    ]
)


@given(st.lists(alphabet, max_size=12).map(" ".join) | st.text(string.printable, max_size=30))
def test_any_text_is_traced_or_refused(text: str) -> None:
    try:
        account = of_text(text, None)
    except ConvError:
        return
    assert account.record["output"] == account.record["layers"][-1]["output"] or not account.record["layers"]


# --- Darknet ----------------------------------------------------------------------------------------

CFG = """
[net]
# a small part of what YOLO is made of
width=416
height=416
channels=3

[convolutional]
batch_normalize=1
filters=16
size=3
stride=1
pad=1
activation=leaky

[maxpool]
size=2
stride=2

[convolutional]
filters=16
size=1
pad=1
activation=linear

[shortcut]
from=-2
activation=linear

[maxpool]
size=2
stride=1

[route]
layers=-1,1

[upsample]
stride=2

[reorg]
stride=4

[yolo]
mask=0
"""


def test_darknet() -> None:
    assert looks_like_darknet(CFG)
    assert not looks_like_darknet("[64, 'M']")
    network = parse_darknet(CFG)
    assert network.input == (3, 416, 416)
    found = trace(network, network.input)
    outputs = [(step.node.operation.name, step.output.shape) for step in found]
    assert outputs == [
        ("conv", (16, 416, 416)),
        ("batchnorm", (16, 416, 416)),
        ("leakyrelu", (16, 416, 416)),
        ("maxpool", (16, 208, 208)),
        ("conv", (16, 208, 208)),
        ("add", (16, 208, 208)),
        ("maxpool", (16, 208, 208)),
        ("concat", (32, 208, 208)),
        ("upsample", (32, 416, 416)),
        ("reorg", (512, 104, 104)),
    ]
    assert found[0].params == 16 * 27
    assert found[1].params == 32
    assert "[yolo]" in of_text(CFG, None).notes[0]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("[convolutional]\nsize=x", "size=x is not a whole number"),
        ("[gru]", "this kind of layer is not understood"),
        ("[route]\nlayers=-3", "there is no layer -3 before it"),
        ("[route]", "layers is missing"),
        ("[shortcut]\nfrom=a", "'a' is not the number of a layer"),
        ("nonsense", "neither [section] nor key=value"),
    ],
)
def test_darknet_that_is_not_understood(section: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_darknet(f"[net]\nwidth=8\nheight=8\nchannels=1\n[maxpool]\nsize=2\n{section}")
    assert message in caught.value.message


def test_darknet_without_layers() -> None:
    with pytest.raises(UsageError, match="has no layers"):
        parse_darknet("[net]\nwidth=8")


# --- matrices ---------------------------------------------------------------------------------------


def test_matrices() -> None:
    record = of_matrices("1x3 3x4 4x3 3x100 100x1").record
    assert (record["output"], record["macs"]) == ([1, 1], 12 + 12 + 300 + 100)
    assert [layer["output"] for layer in record["layers"]] == [[1, 4], [1, 3], [1, 100], [1, 1]]
    assert record["best_macs"] == 327
    assert of_matrices("2x3").record["output"] == [2, 3]


def test_matrices_that_do_not_meet() -> None:
    with pytest.raises(ShapeError, match="matrix 3: 1x4 times 3x2: the inner sizes 4 and 3 differ"):
        of_matrices("1x3 3x4 3x2")
    with pytest.raises(UsageError, match="at most"):
        of_matrices("1x1 " * 101)
    with pytest.raises(UsageError, match="has its sizes"):
        of_text("1x3 3x4", (5,))


def test_what_is_a_chain_of_matrices() -> None:
    assert looks_like_matrices("2x3 3×4 @ 4x5")
    assert not looks_like_matrices("in 3x4")
    assert not looks_like_matrices("")


@given(st.lists(st.integers(1, 6), min_size=3, max_size=6))
def test_the_best_order_is_the_best(sizes: list[int]) -> None:
    matrices = list(itertools.pairwise(sizes))

    def least(first: int, end: int) -> int:
        if end - first == 1:
            return 0
        return min(
            least(first, split)
            + least(split, end)
            + matrices[first][0] * matrices[split][0] * matrices[end - 1][1]
            for split in range(first + 1, end)
        )

    record = of_matrices(" ".join(f"{rows}x{columns}" for rows, columns in matrices)).record
    assert record["best_macs"] == least(0, len(matrices))


def test_the_most_layers_are_still_quick() -> None:
    assert len(parse_chain(f"(relu)*{MOST_LAYERS}").nodes) == MOST_LAYERS
