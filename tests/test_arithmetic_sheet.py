"""The sheet of paper: what is written, and that it fits its width."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcli.arithmetic import sheet
from convcli.arithmetic.boundary import Boundary
from convcli.arithmetic.literals import parse_array, parse_channels
from convcli.arithmetic.notation import align_rows, format_number, plain_number
from convcli.arithmetic.specs import LayerSpec
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked, work, work_layer
from convcli.errors import UsageError

STYLE = sheet.Style()


def worked(x: str, kernel: str, **options: object) -> Worked:
    return work(Tensor.of(parse_array(x)), Tensor.of(parse_array(kernel)), **options)  # type: ignore[arg-type]


def test_the_example_as_in_a_textbook() -> None:
    example = worked("1,2,3,4", "1,2,3")
    assert sheet.slide(example, STYLE) == [
        "input  0 0 │ 1 2 3 4 │ 0 0",
        "y[0]   3 2   1               1·1             = 1",
        "y[1]     3   2 1             1·2 + 2·1       = 4",
        "y[2]         3 2 1           1·3 + 2·2 + 3·1 = 10",
        "y[3]           3 2 1         2·3 + 3·2 + 4·1 = 16",
        "y[4]             3 2   1     3·3 + 4·2       = 17",
        "y[5]               3   2 1   4·3             = 12",
    ]
    assert sheet.result(example, STYLE) == ["1 4 10 16 17 12"]


def test_the_multiplication_table() -> None:
    assert sheet.table(worked("1,2,3", "1,-2"), STYLE) == [
        "   │  1   2   3",
        "───┼───────────",
        " 1 │  1   2   3",
        "-2 │ -2  -4  -6",
        "",
        "y[0] = 1",
        "y[1] = 2 + (-2) = 0",
        "y[2] = 3 + (-4) = -1",
        "y[3] = -6",
    ]


def test_tables_show_window_kernel_and_products() -> None:
    assert sheet.slide(worked("1,2;3,4", "1,0;0,-1", padding="valid"), STYLE) == [
        "        window  kernel  products",
        "",
        "y[0,0]  1 2     -1 0    -1 0",
        "        3 4      0 1     0 4      sum 3",
    ]


def test_the_heading_says_which_operation() -> None:
    assert sheet.heading(worked("1,2", "1,2"), STYLE)[0] == (
        "convolution: the kernel is reversed, then slid along the input"
    )
    assert sheet.heading(worked("1,2", "1,2", correlate=True), STYLE)[0] == (
        "correlation: the kernel is slid along the input as it is"
    )
    lines = sheet.heading(
        worked("1,2;3,4;5,6", "1,1;1,1", padding="same", boundary=Boundary("circular")), STYLE
    )
    assert lines[1:] == [
        "input 3x2, kernel 2x2, output 3x2",
        "padding 1+0 (circular), stride 1, dilation 1",
    ]


def test_padding_of_zeros_is_not_written_but_other_padding_is() -> None:
    assert sheet.slide(worked("5", "1,2,3"), STYLE)[2].endswith(" 5·2 = 10")
    replicated = worked("5", "1,2,3", boundary=Boundary("replicate"))
    assert sheet.slide(replicated, STYLE)[2].endswith(" 5·3 + 5·2 + 5·1 = 30")
    outside = worked("5", "1", padding=((1, 0),))
    assert sheet.slide(outside, STYLE)[1].endswith(" 0   = 0")


def test_steps_in_the_middle_are_left_out() -> None:
    many = worked(",".join(map(str, range(200))), "1,1", padding="valid")
    lines = sheet.slide(many, STYLE)
    assert len(lines) == sheet.STEPS_SHOWN + 1
    assert lines[60] == "… 135 more steps"
    assert lines[59].startswith("y[59] = ")
    assert lines[-1] == "y[198] = 198·1 + 199·1 = 397"


def test_what_is_too_wide_gets_simpler() -> None:
    thirds = worked("1/3,1/3,1/3,1/3", "1/7,1/7,1/7")
    lines = sheet.slide(thirds, sheet.Style(width=60))
    assert lines[1:3] == ["y[0]   1/7 1/7   1/7", "       1/3·1/7                     = 1/21"]
    lines = sheet.slide(thirds, sheet.Style(width=30))
    assert lines[0] == "y[0] = 1/3·1/7 = 1/21"
    wide = worked("1,2;3,4", ";".join(["1000,1001,1002,1003,1004,1005,1006,1007,1008"] * 2))
    assert sheet.slide(wide, STYLE)[0] == "y[0,0] = 1·1000 = 1000"


NUMBERS = st.lists(st.fractions(min_value=-99, max_value=99, max_denominator=9), min_size=1, max_size=12)


@pytest.mark.parametrize(("width", "widest"), [(71, 59), (72, 72), (126, 72), (127, 127)])
def test_steps_use_the_width_to_its_last_column(width: int, widest: int) -> None:
    steps = sheet.slide(worked("-1/2,-11/5,-101/2", "-100/3,-11/2,-101/2"), sheet.Style(width=width))
    assert max(map(len, steps)) == widest


@pytest.mark.parametrize(
    ("room", "text"),
    [
        (16, "10 + 200 + 3 + 4"),
        (15, "10 + … + 4"),
        (9, "… + 4"),
        (5, "… + 4"),
        (4, "…"),
    ],
)
def test_long_sums_lose_their_middle(room: int, text: str) -> None:
    assert STYLE.total(["10", "200", "3", "4"], room=room) == text


@given(NUMBERS, NUMBERS, st.integers(60, 100), st.booleans())
def test_no_line_of_steps_is_wider_than_the_sheet(
    x: list[Fraction], kernel: list[Fraction], width: int, decimals: bool
) -> None:
    style = sheet.Style(width=width, decimals=decimals)
    lists = work(Tensor.of(x), Tensor.of(kernel))
    assert max(map(len, sheet.slide(lists, style))) <= width
    rows = work(Tensor.of([x]), Tensor.of([kernel, kernel]))
    assert max(map(len, sheet.slide(rows, style))) <= width


@pytest.mark.parametrize(
    "options",
    [
        {"padding": "same"},
        {"stride": (2,)},
        {"dilation": (2,)},
        {"boundary": Boundary("circular")},
    ],
)
def test_the_table_is_for_plain_full_lists(options: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="--view table shows the full convolution"):
        sheet.table(worked("1,2,3,4", "1,2,3", **options), STYLE)


def test_the_table_is_for_small_lists_only() -> None:
    with pytest.raises(UsageError, match="full convolution of two lists"):
        sheet.table(worked("1,2;3,4", "1"), STYLE)
    with pytest.raises(UsageError, match="at most 64 outputs, here are 65"):
        sheet.table(worked(",".join("1" * 64), "1,1"), STYLE)


@given(st.fractions(max_denominator=10**4))
def test_numbers_are_written_exactly(value: Fraction) -> None:
    assert Fraction(format_number(value)) == value
    text = format_number(value, decimals=True)
    assert Fraction(text) == value
    terminates = 10**14 % value.denominator == 0  # 2 ** 13 < 10 ** 4 < 2 ** 14
    assert ("/" in text) == (not terminates)
    assert plain_number(value) == value or isinstance(plain_number(value), float)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("-1/8", "-0.125"),
        ("1/3", "1/3"),
        ("-4", "-4"),
        ("1/100", "0.01"),
        ("7/2", "3.5"),
        ("1e30", "1" + "0" * 30),
        ("1e-20", "0." + "0" * 19 + "1"),
        ("-1e-21", "-1e-21"),
        ("-1.25e-300", "-1.25e-300"),
        ("1e-5000", "1e-5000"),
        (f"1.{'0' * 18}1", f"1.{'0' * 18}1"),
        (f"1.{'0' * 20}1", f"1{'0' * 20}1/1{'0' * 21}"),
        (f"1/{2**80}", f"1/{2**80}"),
    ],
)
def test_decimals(value: str, text: str) -> None:
    assert format_number(Fraction(value), decimals=True) == text


@given(st.integers(-(10**25), 10**25), st.integers(0, 400))
def test_decimals_of_any_size_are_exact(numerator: int, places: int) -> None:
    value = Fraction(numerator, 10**places)
    assert Fraction(format_number(value, decimals=True)) == value


def test_numbers_beyond_4300_digits() -> None:
    assert format_number(Fraction(10**5000)) == "1" + "0" * 5000
    assert format_number(Fraction(1, 10**5000)) == "1/1" + "0" * 5000


def test_columns_are_aligned_to_the_right() -> None:
    assert align_rows([["1", "-10"], ["100", "2"]]) == ["  1 -10", "100   2"]


# --- layers --------------------------------------------------------------------------------------


def layer(x: str, kernel: str | None, spec: LayerSpec, bias: tuple[int, ...] | None = None) -> Worked:
    numbers, axes = parse_channels(x)
    operand = Tensor.of(numbers)
    inputs = operand if axes else operand.reshaped((1, *operand.shape))
    weights = None
    if kernel is not None:
        weights = Tensor.of(parse_channels(kernel)[0])
        weights = weights.reshaped((1,) * (inputs.ndim + 1 - weights.ndim) + weights.shape)
    made = spec.over(inputs.shape[0], inputs.shape[1:])
    return work_layer(
        inputs, weights, made, bias=bias and [Fraction(value) for value in bias], layered=axes > 0
    )


def test_channels_are_added_up_line_by_line() -> None:
    spec = LayerSpec(kernel=(2,))
    assert sheet.slide(layer("1,2,3|4,5,6", "1,2|1,1||0,1|1,0", spec, (1, 2)), STYLE) == [
        "input[0]  1 2 3",
        "input[1]  4 5 6",
        "y[0,0]    1 2       1·1 + 2·2",
        "          1 1     + 4·1 + 5·1 + 1 = 15",
        "y[0,1]      1 2     2·1 + 3·2",
        "            1 1   + 5·1 + 6·1 + 1 = 20",
        "y[1,0]    0 1       1·0 + 2·1",
        "          1 0     + 4·1 + 5·0 + 2 = 8",
        "y[1,1]      0 1     2·0 + 3·1",
        "            1 0   + 5·1 + 6·0 + 2 = 10",
    ]


def test_each_group_is_drawn_under_its_own_channels() -> None:
    assert sheet.slide(layer("1,2|5,6", "1||2", LayerSpec(kernel=(1,), groups=2)), STYLE) == [
        "input[0]  1 2",
        "y[0,0]    1     1·1 = 1",
        "y[0,1]      1   2·1 = 2",
        "",
        "input[1]  5 6",
        "y[1,0]    2     5·2 = 10",
        "y[1,1]      2   6·2 = 12",
    ]


def test_a_transposed_convolution_slides_over_the_stretched_input() -> None:
    spec = LayerSpec(operation="convt", kernel=(3,), stride=(2,), padding=(1,))
    assert sheet.slide(layer("1,2,3", "1,2,3", spec), STYLE) == [
        "drawn as sliding over the input with 1 zero between its samples,",
        "padded by 1+1; the kernel reversed, stride 1",
        "",
        "input  0 │ 1 0 2 0 3 │ 0",
        "y[0]   3   2 1             1·2       = 2",
        "y[1]       3 2 1           1·3 + 2·1 = 5",
        "y[2]         3 2 1         2·2       = 4",
        "y[3]           3 2 1       2·3 + 3·1 = 9",
        "y[4]             3 2   1   3·2       = 6",
    ]


def test_poolings_show_what_they_see() -> None:
    largest = LayerSpec(operation="maxpool", kernel=(2,), stride=(2,), ceil=True)
    assert sheet.slide(layer("1,-2,3", None, largest), STYLE) == [
        "input   1 -2  3 │",
        "y[0]    1 -2           max(1, -2) = 1",
        "y[1]          3        max(3)     = 3",
    ]
    means = LayerSpec(operation="avgpool", kernel=(2, 2), stride=(1,))
    assert sheet.slide(layer("1,2;3,5", None, means), STYLE) == [
        "        window",
        "",
        "y[0,0]  1 2",
        "        3 5     mean 11/4",
    ]


@given(st.integers(1, 3), st.integers(1, 8), st.integers(1, 3), st.integers(20, 90))
def test_no_line_of_a_layer_is_wider_than_the_sheet(channels: int, size: int, taps: int, width: int) -> None:
    if taps > size:
        return
    x = "|".join(",".join(str(n - 3) for n in range(size)) for _ in range(channels))
    kernel = "|".join(",".join(str(-n) for n in range(taps)) for _ in range(channels))
    worked = layer(x, kernel, LayerSpec(kernel=(taps,)))
    lines = sheet.slide(worked, sheet.Style(width=width))
    assert max(map(len, lines)) <= width
    assert len(lines) >= worked.step_count


def test_settings_are_written_once_where_all_axes_agree() -> None:
    text = "\n".join(sheet.heading(worked("1,2;3,4", "1,2", stride=(1, 2), dilation=(2, 2)), STYLE))
    assert "padding 0+0 x 2+2 (zeros), stride 1x2, dilation 2" in text
    volume = LayerSpec(kernel=(1, 1, 1), stride=(2, 1, 2))
    cube = work_layer(
        Tensor.full((1, 2, 2, 2), 1), Tensor.full((1, 1, 1, 1, 1), 1), volume.over(1, (2, 2, 2))
    )
    assert "stride 2x1x2" in "\n".join(sheet.heading(cube, STYLE))


def test_settings_longer_than_a_line_go_on_below() -> None:
    spec = LayerSpec(
        operation="convt",
        kernel=(2, 3, 3),
        stride=(2, 2, 3),
        padding=(0, 2, 1),
        dilation=(2, 1, 1),
        output_padding=(1, 1, 2),
        groups=2,
    )
    cube = work_layer(Tensor.full((2, 2, 2, 2), 1), Tensor.full((2, 1, 2, 3, 3), 1), spec.over(2, (2, 2, 2)))
    assert sheet.heading(cube, sheet.Style(width=79))[-2:] == [
        "padding 0+0 x 2+2 x 1+1, stride 2x2x3, dilation 2x1x1, output padding 1x1x2,",
        "2 groups",
    ]
    narrow = sheet.heading(cube, sheet.Style(width=20))
    assert narrow[-5:] == [
        "padding 0+0 x 2+2 x 1+1,",
        "stride 2x2x3,",
        "dilation 2x1x1,",
        "output padding 1x1x2,",
        "2 groups",
    ]
    assert max(map(len, sheet.matrix_view(cube, sheet.Style(width=79)))) <= 79
