"""Small pictures of pictures: means of rectangles, in 8-bit colours, of any kind."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from convcli.images import Layout, Picture
from convcli.images.thumbnails import thumbnail

RANDOM = np.random.default_rng(7)


def picture(kind: str, pixels: np.ndarray) -> Picture:
    layout = Layout.of(kind, *pixels.shape[:2], "TIFF")
    return Picture(layout, pixels.astype(layout.dtype))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 30), st.integers(1, 30))
def test_it_fits_the_box_and_keeps_the_shape(rows: int, columns: int, width: int, height: int) -> None:
    shown = thumbnail(picture("L8", np.zeros((rows, columns))), width=width, height=height)
    scale = min(width / columns, height / rows, 1)
    assert shown.shape[:2] == (max(round(rows * scale), 1), max(round(columns * scale), 1))
    assert shown.shape[0] <= height
    assert shown.shape[1] <= width


def test_each_pixel_is_the_mean_of_its_rectangle() -> None:
    pixels = RANDOM.integers(0, 256, (12, 18, 3))
    expected = np.rint(pixels.reshape(4, 3, 6, 3, 3).mean(axis=(1, 3)))
    assert_array_equal(thumbnail(picture("RGB8", pixels), width=6, height=9), expected)
    assert_array_equal(thumbnail(picture("RGB16", pixels * 257), width=6, height=9), expected)
    assert_array_equal(thumbnail(picture("RGB32f", pixels / 255), width=6, height=9), expected)


def test_every_pixel_counts_where_the_sizes_do_not_divide() -> None:
    shown = thumbnail(picture("L8", np.eye(7, 5) * 255), width=3, height=40)
    cuts = [(0, 1, 3, 5)[i : i + 2] for i in range(3)]
    rows = [row * 7 // 4 for row in range(5)]
    assert shown.shape == (4, 3, 3)
    means = [
        [np.eye(7, 5)[rows[y] : rows[y + 1], slice(*cut)].mean() * 255 for cut in cuts] for y in range(4)
    ]
    assert_array_equal(shown[..., 0], np.rint(means))


def test_transparent_pixels_show_a_checkerboard_and_lend_no_colour() -> None:
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., 1] = 255  # green, but transparent
    pixels[0, 0] = 255, 0, 0, 255
    shown = thumbnail(picture("RGBA8", pixels), width=8, height=8)
    assert shown[0, 0].tolist() == [255, 0, 0]
    assert {tuple(colour) for colour in shown.reshape(-1, 3)[1:]} == {(102,) * 3, (153,) * 3}
    mixed = thumbnail(picture("RGBA8", pixels[:1, :2]), width=1, height=1)
    assert mixed[0, 0].tolist() == [round(127.5 + 51), 51, 51]


def test_premultiplied_colours_are_taken_as_they_are() -> None:
    layout = replace(Layout.of("RGBA32f", 1, 1, "EXR"), premultiplied=True)
    shown = thumbnail(Picture(layout, np.array([[[0.5, 0, 0, 0.5]]], np.float32)), width=1, height=1)
    assert shown[0, 0].tolist() == [round(127.5 + 51), 51, 51]


@pytest.mark.parametrize("kind", ["L32i", "L32f", "L64f"])
def test_other_numbers_are_scaled_to_their_range(kind: str) -> None:
    shown = thumbnail(picture(kind, np.array([[-1000, 0, 1000]])), width=9, height=9)
    assert shown[0, :, 0].tolist() == [0, 128, 255]


def test_what_is_no_number_is_black() -> None:
    shown = thumbnail(picture("L32f", np.array([[np.nan, np.inf, -np.inf, 0, 1]])), width=9, height=9)
    assert shown[0, :, 0].tolist() == [0, 255, 0, 0, 255]
    assert not thumbnail(picture("L32f", np.full((2, 2), np.nan)), width=9, height=9).any()
    assert not thumbnail(picture("L64f", np.full((2, 2), 7.0)), width=9, height=9).any()


def test_ink_becomes_light() -> None:
    pixels = np.array([[[255, 0, 0, 0], [0, 0, 0, 0], [9, 9, 9, 255]]])
    shown = thumbnail(picture("CMYK8", pixels), width=9, height=9)
    assert shown[0].tolist() == [[0, 255, 255], [255, 255, 255], [0, 0, 0]]


def test_channels_with_names_of_their_own() -> None:
    layout = Layout(("Z", "B", "G", "R"), np.dtype(np.uint8), 1, 1, "TIFF")
    shown = thumbnail(Picture(layout, np.array([[[1, 2, 3, 4]]], np.uint8)), width=1, height=1)
    assert shown[0, 0].tolist() == [4, 3, 2]
    layout = Layout(("u", "v"), np.dtype(np.uint8), 1, 1, "TIFF")
    assert thumbnail(Picture(layout, np.array([[[1, 3]]], np.uint8)), width=1, height=1)[0, 0, 0] == 2
