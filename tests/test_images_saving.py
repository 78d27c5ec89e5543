"""Choosing a format and saving: what it costs is refused or said, and every choice has its effect."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image, PngImagePlugin

from convcli.errors import UsageError, WriteError
from convcli.images import BY_SUFFIX, Layout, Metadata, Picture, Saving, decode, encode, formats
from convcli.images.formats import BY_NAME, for_result
from convcli.images.writing import losses, notes

KINDS = {mode: kind for kind, mode in formats.MODES.items()}


def decoded(data: bytes, *, name: str) -> Picture:
    return next(decode(data, name=name))


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)


def saved(image: Image.Image, format: str, **parameters: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **parameters)
    return buffer.getvalue()


# --- choosing a format ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "mode", "message", "hint"),
    [
        (".jpg", "RGBA", "JPEG cannot hold transparency", "PNG or WEBP or TIFF"),
        (".jpg", "I;16", "JPEG cannot hold 16 bits a sample", "PNG or TIFF"),
        (".png", "F", "PNG cannot hold real numbers", "--format tif"),
        (".png", "CMYK", "PNG cannot hold CMYK colours", "JPEG or TIFF"),
        (".webp", "I;16", "WEBP cannot hold 16 bits", "PNG or TIFF"),
        (".gif", "I", "GIF cannot hold signed numbers", "TIFF"),
        (".bmp", "LA", "BMP cannot hold transparency", "PNG or WEBP or TIFF"),
        (".exr", "RGB", "EXR cannot hold 8 bits a sample", "PNG or JPEG or WEBP or TIFF"),
        (".exr", "RGBA", "EXR cannot hold 8 bits a sample", "PNG or WEBP or TIFF"),
        (".csv", "RGB", "CSV cannot hold RGB colours", "PNG or JPEG or WEBP or TIFF"),
    ],
)
def test_a_format_that_would_lose_something(suffix: str, mode: str, message: str, hint: str) -> None:
    with pytest.raises(WriteError, match=message) as caught:
        for_result(suffix, Layout.of(KINDS[mode], 1, 1, "TIFF"), name="out")
    assert hint in (caught.value.hint or "")


def test_the_format_follows_the_name_then_the_input() -> None:
    source = Layout.of("RGB8", 1, 1, "JPEG")
    assert for_result(None, source, name="o").name == "JPEG"
    assert for_result(".png", source, name="o").name == "PNG"
    assert {BY_SUFFIX[suffix].name for suffix in (".tif", ".tiff")} == {"TIFF"}


# --- saving --------------------------------------------------------------------------------------


def test_quality_and_compression_have_an_effect() -> None:
    large = Picture(Layout.of("RGB8", 64, 64, "PNG"), noise(64, 64))

    def size(format: str, **choices: int) -> int:
        return len(encode([large], BY_NAME[format], Saving(**choices), name="o"))

    assert size("JPEG", quality=20) < size("JPEG") < size("JPEG", quality=100)
    assert size("WEBP", quality=20) < size("WEBP", quality=90) < size("WEBP")
    flat = Picture(large.layout, large.pixels // 32)
    stored, packed = (
        encode([flat], BY_NAME["PNG"], Saving(compress_level=level), name="o") for level in (0, 9)
    )
    assert len(stored) > 2 * len(packed)


def test_jpeg_keeps_the_resolution_of_the_colours() -> None:
    pixels = np.zeros((16, 16, 3), np.uint8)
    pixels[:, 1::2] = (255, 0, 0)
    fresh = Picture(Layout.of("RGB8", 16, 16, "PNG"), pixels)
    data = encode([fresh], BY_NAME["JPEG"], Saving(), name="o")
    assert decoded(data, name="a").metadata.subsampling == 0
    halved = decoded(saved(Image.fromarray(pixels), "JPEG", subsampling=2), name="a")
    assert halved.metadata.subsampling == 2
    again = encode([halved], BY_NAME["JPEG"], Saving(), name="o")
    assert decoded(again, name="a").metadata.subsampling == 2


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("progressive", [True, False])
def test_jpeg_keeps_how_it_was_compressed(mode: str, progressive: bool) -> None:
    image = Image.fromarray(noise(48, 48)).convert(mode)
    data = saved(image, "JPEG", quality=63, progressive=progressive)
    found = decoded(data, name="a")
    with Image.open(io.BytesIO(encode([found], BY_NAME["JPEG"], Saving(), name="o"))) as again:
        assert again.quantization == Image.open(io.BytesIO(data)).quantization
        assert bool(again.info.get("progressive")) is progressive
    with Image.open(io.BytesIO(encode([found], BY_NAME["JPEG"], Saving(quality=80), name="o"))) as chosen:
        assert chosen.quantization != Image.open(io.BytesIO(data)).quantization


def test_ink_of_adobe_is_not_inverted() -> None:
    pixels = np.full((16, 16, 4), (200, 100, 50, 10), np.uint8)
    data = saved(Image.fromarray(pixels, "CMYK"), "JPEG", quality=100)
    assert b"Adobe" in data
    found = decoded(data, name="a")
    assert np.abs(found.pixels.astype(int) - pixels).max() <= 2
    again = decoded(encode([found], BY_NAME["JPEG"], Saving(), name="o"), name="a")
    assert np.abs(again.pixels.astype(int) - pixels).max() <= 2
    assert np.abs(np.asarray(Image.open(io.BytesIO(data))).astype(int) - pixels).max() <= 2


@pytest.mark.parametrize(("compression", "kept"), [(None, "raw"), ("tiff_lzw", "tiff_adobe_deflate")])
def test_tiff_stays_compressed_or_not(compression: str | None, kept: str) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    data = saved(Image.fromarray(noise(9, 9)), "TIFF", compression=compression)
    found = decoded(data, name="a")
    found = Picture(found.layout, found.pixels, replace(found.metadata, exif=exif.tobytes()))
    with Image.open(io.BytesIO(encode([found], BY_NAME["TIFF"], Saving(), name="o"))) as again:
        assert again.info["compression"] == kept
        assert again.getexif()[0x010F] == "Acme"
        assert_array_equal(np.asarray(again), found.pixels)


def test_png_keeps_what_it_says_of_its_colours() -> None:
    said = PngImagePlugin.PngInfo()
    said.add(b"gAMA", (45455).to_bytes(4, "big"))
    said.add(b"cHRM", bytes(range(32)))
    data = saved(Image.fromarray(noise(3, 3)), "PNG", pnginfo=said)
    again = encode([decoded(data, name="a")], BY_NAME["PNG"], Saving(), name="o")
    for chunk in (b"gAMA" + (45455).to_bytes(4, "big"), b"cHRM" + bytes(range(32))):
        assert chunk in data
        assert chunk in again
    # Another format cannot, and must not fail.
    assert encode([decoded(data, name="a")], BY_NAME["JPEG"], Saving(), name="o")


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("profile", [b"", b"P" * 200])
def test_webp_stays_without_loss_only_if_it_was(exact: bool, profile: bytes) -> None:
    image = Image.fromarray(noise(5, 7))
    data = saved(image, "WEBP", lossless=exact, icc_profile=profile)
    found = decoded(data, name="a")
    assert found.layout.lossy is not exact
    again = decoded(encode([found], BY_NAME["WEBP"], Saving(), name="o"), name="a")
    assert again.layout.lossy is not exact


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("transparent", [True, False])
def test_an_animated_webp_stays_without_loss_only_if_it_was(exact: bool, transparent: bool) -> None:
    frames = [np.dstack([noise(5, 7), np.full((5, 7), 200, np.uint8)]) // shade for shade in (1, 2)]
    first, second = (Image.fromarray(frame if transparent else frame[..., :3].copy()) for frame in frames)
    data = saved(first, "WEBP", save_all=True, append_images=[second], lossless=exact)
    assert data.count(b"ANMF") == 2
    assert (b"ALPH" in data) == (transparent and not exact)
    assert decoded(data, name="a").layout.lossy is not exact


@pytest.mark.parametrize("choice", [{"quality": 0}, {"quality": 101}, {"compress_level": 10}])
def test_choices_out_of_range(choice: dict[str, int]) -> None:
    with pytest.raises(UsageError, match="not from"):
        Saving(**choice)


def test_pictures_that_no_file_can_hold() -> None:
    empty = Picture(Layout.of("L8", 0, 3, "PNG"), np.zeros((0, 3), np.uint8))
    with pytest.raises(WriteError, match="0x3 pixels cannot be written"):
        encode([empty], BY_NAME["PNG"], Saving(), name="o")
    long = Picture(Layout.of("L8", 1, 70_000, "PNG"), np.zeros((1, 70_000), np.uint8))
    with pytest.raises(WriteError, match="too large for JPEG: at most 65500"):
        encode([long], BY_NAME["JPEG"], Saving(), name="o")
    assert decoded(encode([long], BY_NAME["PNG"], Saving(), name="o"), name="a").pixels.shape == (1, 70_000)


@pytest.mark.parametrize(
    ("format", "mode", "choices", "said"),
    [
        ("PNG", "RGB", {}, ()),
        ("GIF", "RGB", {}, ()),
        ("WEBP", "L", {}, ("o: WEBP has no gray: stored as RGB",)),
        ("PNG", "L", {"quality": 5}, ("o: --quality does not apply to PNG",)),
        ("JPEG", "L", {"compress_level": 5}, ("o: --compress-level does not apply to JPEG",)),
    ],
)
def test_notes(format: str, mode: str, choices: dict[str, int], said: tuple[str, ...]) -> None:
    assert notes(Layout.of(KINDS[mode], 1, 1, "PNG"), BY_NAME[format], Saving(**choices), name="o") == said


@pytest.mark.parametrize(
    ("format", "mode", "metadata", "said"),
    [
        ("PNG", "RGB", {"exif": b"x", "xmp": b"y"}, ()),
        ("GIF", "L", {}, ()),
        ("WEBP", "L", {}, ()),
        ("GIF", "RGB", {}, ("o: GIF holds 256 colours: reduced",)),
        ("GIF", "RGBA", {}, ("o: GIF holds 256 colours and no partial transparency: reduced",)),
        ("BMP", "L", {"exif": b"x", "xmp": b"y"}, ("o: BMP cannot hold EXIF and XMP: left out",)),
        ("JPEG", "L", {"exif": b"x" * 70_000}, ("o: JPEG cannot hold EXIF: left out",)),
    ],
)
def test_losses(format: str, mode: str, metadata: dict[str, object], said: tuple[str, ...]) -> None:
    layout = Layout.of(KINDS[mode], 60, 60, "PNG")
    pixels = np.random.default_rng(1).integers(0, 256, layout.shape).astype(np.uint8)
    pictures = [Picture(layout, pixels, Metadata(**metadata))]
    assert losses(layout, pictures, BY_NAME[format], name="o") == said


def test_samples_are_read(samples: Path) -> None:
    for path in sorted(samples.glob("*.png")):
        assert decoded(path.read_bytes(), name=path.name).layout.kind == "RGB8"
