"""Effort of PNG: a trial tells photographs from graphics, and the choice depends on the pixels alone."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from convcli.images.effort import COMPRESS_LEVEL, png_effort


def photograph() -> np.ndarray:
    rng = np.random.default_rng(5)
    slopes = np.add.outer(np.arange(300), np.arange(400))[..., np.newaxis] * (0.2, 0.3, 0.1)
    return (slopes + rng.normal(0, 3, slopes.shape)).clip(0, 255).astype(np.uint8)


def page() -> np.ndarray:
    image = Image.new("RGB", (400, 300), "white")
    for top in range(5, 290, 12):
        ImageDraw.Draw(image).text((8, top), "the same words again and again, line after line", fill="black")
    return np.asarray(image)


def size(pixels: np.ndarray, effort: dict[str, int]) -> int:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", **effort)
    return buffer.tell()


def test_photographs_are_searched_for_runs_only() -> None:
    pixels = photograph()
    effort = png_effort(pixels, Image.fromarray, None)
    assert "compress_type" in effort
    assert size(pixels, effort) < 1.05 * size(pixels, {"compress_level": COMPRESS_LEVEL})


def test_pages_are_searched_for_repeated_patterns() -> None:
    pixels = page()
    effort = png_effort(pixels, Image.fromarray, None)
    assert effort == {"compress_level": COMPRESS_LEVEL}
    assert size(pixels, effort) < 0.6 * size(pixels, {"compress_level": COMPRESS_LEVEL, "compress_type": 3})


@pytest.mark.parametrize("level", [0, 1, 9])
def test_a_level_asked_for_is_taken(level: int) -> None:
    assert png_effort(photograph(), Image.fromarray, level) == {"compress_level": level}


@pytest.mark.parametrize("shape", [(1, 1), (32, 5), (33, 1), (1, 5000)])
def test_small_pictures_are_their_own_trial(shape: tuple[int, int]) -> None:
    effort = png_effort(np.zeros(shape, np.uint8), Image.fromarray, None)
    assert effort["compress_level"] == COMPRESS_LEVEL
