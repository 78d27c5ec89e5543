"""Text grammars of the shared options."""

from collections.abc import Callable

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from convcli.commands.picture_options import parse_pixel_count
from convcli.options import (
    Padding,
    Sizes,
    parse_amounts,
    parse_count,
    parse_dilation,
    parse_padding,
    parse_sizes,
)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=3))
def test_sizes_round_trip(values: list[int]) -> None:
    sizes = parse_sizes("x".join(map(str, values)))
    assert sizes.values == tuple(values)
    assert parse_sizes(str(sizes)) == sizes
    assert parse_sizes(sizes) is sizes


@pytest.mark.parametrize("text", ["", "0", "3x", "x3", "-1", "3.5", "3,5", "a", "3x0", "²", "3 x 5"])
def test_bad_sizes_name_the_value_and_an_example(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"e\.g\. 3 or 3x5") as caught:
        parse_sizes(text)
    assert repr(text) in caught.value.message


def test_one_value_holds_for_every_axis() -> None:
    assert Sizes((3,)).per_axis(2, option="--stride") == (3, 3)
    assert Sizes((3, 5)).per_axis(2, option="--stride") == (3, 5)
    with pytest.raises(typer.BadParameter, match="'3x5' has 2 values for 1 axis") as caught:
        Sizes((3, 5)).per_axis(1, option="--stride")
    assert "'--stride'" in caught.value.format_message()


@pytest.mark.parametrize("option", ["--stride", "--dilation", "--padding"])
def test_a_picture_has_two_axes(convcli: Callable[..., tuple[int, str, str]], option: str) -> None:
    code, _, err = convcli("blur", "no.png", option, "1x2x3")
    assert code == 2
    assert f"invalid value for '{option}': '1x2x3' has 3 values for 2 axes" in err


@pytest.mark.parametrize("name", ["same", "valid", "full"])
def test_named_paddings(name: str) -> None:
    assert parse_padding(name.upper()).for_engine(2, option="--padding") == name
    assert str(parse_padding(name)) == name


def test_amounts_of_padding() -> None:
    assert parse_padding("1x0").for_engine(2, option="--padding") == ((1, 1), (0, 0))
    assert parse_padding("2").for_engine(1, option="--padding") == ((2, 2),)
    assert parse_amounts("1x0").values == (1, 0)
    with pytest.raises(typer.BadParameter, match=r"'same' is not N or PxQ in whole numbers, e\.g\. 1 or 1x2"):
        parse_amounts("same")
    assert parse_padding(Padding(name="same")).name == "same"
    with pytest.raises(typer.BadParameter, match=r"same, valid, full, N or PxQ, e\.g\. 1 or 1x2"):
        parse_padding("half-ish")


def test_dilation_zero_tells_the_convention() -> None:
    assert parse_dilation("2").values == (2,)
    with pytest.raises(typer.BadParameter, match="1 is a dense kernel"):
        parse_dilation("0")


def test_counts() -> None:
    assert parse_count("4") == parse_count(4) == 4


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1e6", "²", "", "9" * 5000])
def test_bad_counts_get_one_short_line(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"is not a whole number above 0, e\.g\. 2") as caught:
        parse_count(text)
    assert len(caught.value.message) < 100


def test_sizes_beyond_what_int_reads_are_refused_too() -> None:
    with pytest.raises(typer.BadParameter, match=r"9…' is not N or HxW"):
        parse_sizes("9" * 5000)


@pytest.mark.parametrize(
    ("text", "count"), [("1", 1), ("500M", 500_000_000), ("2g", 2 * 10**9), (" 16k ", 16_000), (7, 7)]
)
def test_numbers_of_pixels(text: str | int, count: int) -> None:
    assert parse_pixel_count(text) == count


@pytest.mark.parametrize("text", ["", "0", "0M", "-1", "1.5M", "M", "1T", "²", "9" * 5000])
def test_bad_numbers_of_pixels(text: str) -> None:
    with pytest.raises(typer.BadParameter, match=r"is not a number of pixels, e\.g\. 500M or 2G") as caught:
        parse_pixel_count(text)
    assert len(caught.value.message) < 100
