"""Text grammars of the shared options."""

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from convcli.options import Padding, Sizes, parse_dilation, parse_jobs, parse_padding, parse_sizes


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
    assert Sizes((3,)).per_axis(2) == (3, 3)
    assert Sizes((3, 5)).per_axis(2) == (3, 5)
    with pytest.raises(typer.BadParameter, match="2 values for 1 axes"):
        Sizes((3, 5)).per_axis(1)


@pytest.mark.parametrize("name", ["same", "valid", "full"])
def test_named_paddings(name: str) -> None:
    assert parse_padding(name.upper()).for_engine(2) == name
    assert str(parse_padding(name)) == name


def test_amounts_of_padding() -> None:
    assert parse_padding("1x0").for_engine(2) == ((1, 1), (0, 0))
    assert parse_padding("2").for_engine(1) == ((2, 2),)
    assert parse_padding(Padding(name="same")).name == "same"
    with pytest.raises(typer.BadParameter, match="same, valid, full"):
        parse_padding("half-ish")


def test_dilation_zero_tells_the_convention() -> None:
    assert parse_dilation("2").values == (2,)
    with pytest.raises(typer.BadParameter, match="1 is a dense kernel"):
        parse_dilation("0")


def test_jobs() -> None:
    assert parse_jobs("4") == 4
    with pytest.raises(typer.BadParameter):
        parse_jobs("0")
