"""PNG files: any reader gets the same pixels back, the check sums are right, and so is the effort."""

import io
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from convcli.images import png, png_writing
from convcli.images.png_filters import NONE, PAETH, UP, filtered

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}


def photograph(height: int = 300, width: int = 400) -> np.ndarray:
    rng = np.random.default_rng(5)
    slopes = np.add.outer(np.arange(height), np.arange(width))[..., np.newaxis] * (0.2, 0.3, 0.1)
    return (slopes + rng.normal(0, 3, slopes.shape)).clip(0, 255).astype(np.uint8)


def page() -> np.ndarray:
    image = Image.new("RGB", (400, 300), "white")
    for top in range(5, 290, 12):
        ImageDraw.Draw(image).text((8, top), "the same words again and again, line after line", fill="black")
    return np.asarray(image)


def encode(pixels: np.ndarray, level: int | None = None, workers: int = 1) -> bytes:
    return png_writing.encode(pixels, [], level=level, workers=workers)


def expected(left: int, up: int, corner: int) -> int:
    """The predictor as the specification words it."""
    estimate = left + up - corner
    distances = abs(estimate - left), abs(estimate - up), abs(estimate - corner)
    return (left, up, corner)[distances.index(min(distances))]


@given(
    st.integers(1, 4),
    st.sampled_from((1, 2, 3, 4, 6, 8)),
    st.integers(1, 5),
    st.sampled_from((NONE, UP, PAETH)),
    st.randoms(use_true_random=False),
)
def test_the_filters_are_those_of_the_specification(
    height: int, size: int, width: int, kind: int, random: object
) -> None:
    values = np.array([random.randrange(256) for _ in range((height + 1) * width * size)], np.uint8)  # type: ignore[attr-defined]
    rows = values.reshape(height + 1, -1)
    stored = filtered(rows[1:], rows[0], size, kind)
    assert (stored[:, 0] == kind).all()
    for above, row, found in zip(rows[:-1].tolist(), rows[1:].tolist(), stored[:, 1:].tolist(), strict=True):
        left, corner = [0] * size + row, [0] * size + above
        predicted = {
            NONE: [0] * len(row),
            UP: above,
            PAETH: [expected(*three) for three in zip(left, above, corner, strict=False)],
        }[kind]
        assert found == [(value - guess) % 256 for value, guess in zip(row, predicted, strict=True)]


def test_every_neighbourhood_is_predicted() -> None:
    steps = np.array([0, 1, 2, 3, 100, 127, 128, 129, 254, 255], np.uint8)
    left, up, corner = (each.ravel() for each in np.meshgrid(steps, steps, steps))
    rows = np.stack((np.stack((corner, up), axis=-1).ravel(), np.stack((left, up * 0), axis=-1).ravel()))
    found = filtered(rows[1:], rows[0], 1, PAETH)[0, 2::2]  # of the zeros behind each left one
    wanted = [-expected(*map(int, three)) % 256 for three in zip(left, up, corner, strict=True)]
    assert found.tolist() == wanted


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (33, 40), (701, 503)])
@pytest.mark.parametrize("level", [None, 0, 1, 9])
def test_pillow_reads_the_same_pixels(channels: int, shape: tuple[int, int], level: int | None) -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (*shape, channels) if channels > 1 else shape).astype(np.uint8)
    pixels[: shape[0] // 2] //= 64
    with Image.open(io.BytesIO(encode(pixels, level))) as image:
        assert image.mode == MODES[channels]
        np.testing.assert_array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_openimageio_reads_the_same_deep_pixels(channels: int, tmp_path: Path) -> None:
    oiio = pytest.importorskip("OpenImageIO")
    pixels = np.random.default_rng(4).integers(0, 2**16, (211, 307, channels)).astype(np.uint16)
    path = tmp_path / "deep.png"
    path.write_bytes(encode(pixels[..., 0] if channels == 1 else pixels))
    request = oiio.ImageSpec()
    request.attribute("oiio:UnassociatedAlpha", 1)
    source = oiio.ImageInput.open(str(path), request)
    np.testing.assert_array_equal(source.read_image("uint16").reshape(pixels.shape), pixels)
    source.close()


def test_check_sums_and_order_of_chunks() -> None:
    pixels = photograph(900, 1000)
    data = png_writing.encode(pixels, [(b"gAMA", bytes(4))], level=None, workers=2)
    found = list(png.chunks(data))
    assert [name for name, _ in found[:2]] + [found[-1][0]] == [b"IHDR", b"gAMA", b"IEND"]
    blocks = [content for name, content in found if name == b"IDAT"]
    assert len(found) == len(blocks) + 3
    assert len(blocks) > 4
    assert len(zlib.decompress(b"".join(blocks))) == 900 * 3001  # which checks the sum at the end
    at = len(png.SIGNATURE)
    for name, content in found:
        at += 12 + len(content)
        assert int.from_bytes(data[at - 4 : at], "big") == zlib.crc32(name + content)
    assert at == len(data)


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=6))
def test_check_sums_of_parts_join(parts: list[bytes]) -> None:
    joined = png_writing._joined_check((zlib.adler32(each), len(each)) for each in parts)
    assert joined == zlib.adler32(b"".join(parts))


@pytest.mark.parametrize("level", [None, 4])
def test_any_number_of_threads_writes_the_same_bytes(level: int | None) -> None:
    pixels = photograph(900, 1000)
    assert len({encode(pixels, level, workers) for workers in (1, 2, 3, 8)}) == 1


def test_photographs_are_searched_for_runs_only() -> None:
    pixels = photograph()
    searched, chosen = encode(pixels, png_writing.COMPRESS_LEVEL), encode(pixels)
    assert chosen != searched
    assert len(chosen) < 1.05 * len(searched)


def test_pages_are_searched_for_repeated_patterns() -> None:
    assert encode(page()) == encode(page(), png_writing.COMPRESS_LEVEL)


@pytest.mark.parametrize("pixels", [photograph(), page()], ids=["photograph", "page"])
def test_files_are_hardly_larger_than_those_of_others(pixels: np.ndarray) -> None:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=png_writing.COMPRESS_LEVEL)
    assert len(encode(pixels)) < 1.05 * buffer.tell()


def test_more_effort_makes_smaller_files() -> None:
    sizes = [len(encode(page(), level)) for level in (0, 1, 9)]
    assert all(larger > smaller for larger, smaller in pairwise(sizes))
