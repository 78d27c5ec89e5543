"""Pictures in and out: every kind round trips, nothing is cut silently, damage is refused."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from PIL import Image, TiffImagePlugin

from convcli.errors import ReadError
from convcli.images import FORMATS, Layout, Metadata, Picture, Saving, decode, encode, formats, probe
from convcli.images.formats import BY_NAME
from convcli.images.reading import MAX_PIXELS

KINDS = {mode: kind for kind, mode in formats.MODES.items()}


def decoded(data: bytes, *, name: str) -> Picture:
    return next(decode(data, name=name))


HEIGHT, WIDTH = 5, 7
SHAPES = {"L": (), "LA": (2,), "RGB": (3,), "RGBA": (4,), "CMYK": (4,), "I;16": (), "I": (), "F": ()}
DTYPES = {"I;16": np.uint16, "I": np.int32, "F": np.float32}


def noise(mode: str, height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    rng = np.random.default_rng(7)
    dtype, shape = DTYPES.get(mode, np.uint8), (height, width, *SHAPES[mode])
    if mode == "F":
        return rng.normal(0, 100, shape).astype(dtype)
    pixels = rng.integers(np.iinfo(dtype).min, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    if mode in ("LA", "RGBA"):
        pixels[1, :, -1] = 0  # whose colours have to survive as well
    return pixels


def picture(mode: str, format: str = "PNG", **metadata: object) -> Picture:
    return Picture(Layout.of(KINDS[mode], HEIGHT, WIDTH, format), noise(mode), Metadata(**metadata))


def saved(image: Image.Image, format: str, **parameters: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **parameters)
    return buffer.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(colour_type: int, samples: int, *, depth: int = 16, extra: bytes = b"") -> bytes:
    """Write a PNG by hand, which Pillow cannot do for 16-bit colours."""
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour_type, 0, 0, 0)
    row = b"\0" + bytes(range(WIDTH * samples * depth // 8))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(row * HEIGHT))
        + chunk(b"IEND", b"")
    )  # fmt: skip


def tiff(
    bits: tuple[int, ...], *, photometric: int, sample_format: int = 1, order: str = "<", alpha: int = 2
) -> bytes:
    """Write an uncompressed TIFF by hand."""
    size = HEIGHT * WIDTH * sum(bits) // 8
    tags = [
        (256, 3, (WIDTH,)), (257, 3, (HEIGHT,)), (258, 3, bits), (259, 3, (1,)), (262, 3, (photometric,)),
        (273, 4, (8,)), (277, 3, (len(bits),)), (278, 3, (HEIGHT,)), (279, 4, (size,)),
        (338, 3, (alpha,)) if len(bits) in (2, 4) else (284, 3, (1,)), (339, 3, (sample_format,) * len(bits)),
    ]  # fmt: skip
    at = 8 + size
    after = at + 2 + 12 * len(tags) + 4
    entries, outside = b"", b""
    for tag, kind, values in tags:
        packed = struct.pack(order + ("H" if kind == 3 else "I") * len(values), *values)
        if len(packed) > 4:
            packed, outside = struct.pack(order + "I", after + len(outside)), outside + packed
        entries += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    directory = struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", 0)
    magic = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", at)
    return magic + bytes(i % 251 for i in range(size)) + directory + outside


# --- round trips ---------------------------------------------------------------------------------

EXACT = [
    (each.name, mode)
    for each in FORMATS
    for kind, mode in formats.MODES.items()
    if each.holds(Layout.of(kind, 1, 1, "PNG"))
    and kind not in each.stores
    and each.name not in ("JPEG", "AVIF", "EXR", "CSV", "NPY")
    and (each.name, mode) not in {("GIF", "RGB"), ("GIF", "RGBA")}
]


@pytest.mark.parametrize(("format", "mode"), EXACT)
def test_exact_round_trip(format: str, mode: str) -> None:
    before = picture(mode)
    data = encode([before], BY_NAME[format], Saving(), name="out")
    after = decoded(data, name="in")
    assert after.layout == Layout.of(KINDS[mode], HEIGHT, WIDTH, format)
    assert after.pixels.dtype == before.layout.dtype
    assert_array_equal(after.pixels, before.pixels)
    assert encode([before], BY_NAME[format], Saving(), name="out") == data


@pytest.mark.parametrize(("mode", "stored"), [("L", "RGB"), ("LA", "RGBA")])
def test_webp_stores_gray_as_colour_without_loss(mode: str, stored: str) -> None:
    before = picture(mode)
    after = decoded(encode([before], BY_NAME["WEBP"], Saving(), name="out"), name="in")
    assert after.layout.kind == KINDS[stored]
    assert_array_equal(after.pixels[..., 0], before.pixels if mode == "L" else before.pixels[..., 0])
    assert_array_equal(after.pixels[..., 2], after.pixels[..., 0])


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_gif_switches_transparency(mode: str) -> None:
    before = picture(mode)
    after = decoded(encode([before], BY_NAME["GIF"], Saving(), name="out"), name="in")
    assert after.layout.kind == before.layout.kind
    assert_array_equal(after.pixels[..., -1], np.where(before.pixels[..., -1] < 128, 0, 255))
    opaque = after.pixels[..., -1] > 0
    assert np.abs(after.pixels[..., -2].astype(int) - before.pixels[..., -2])[opaque].mean() < 12


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_is_close(mode: str) -> None:
    smooth = np.broadcast_to(np.linspace(0, 255, 32)[:, np.newaxis], (32, 32)).astype(np.uint8)
    pixels = smooth if mode == "L" else np.dstack([smooth, smooth.T, 255 - smooth, smooth][: SHAPES[mode][0]])
    before = Picture(Layout.of(KINDS[mode], 32, 32, "PNG"), pixels)
    after = decoded(encode([before], BY_NAME["JPEG"], Saving(), name="out"), name="in")
    assert after.layout == Layout.of(KINDS[mode], 32, 32, "JPEG", lossy=True)
    assert np.abs(after.pixels.astype(int) - pixels).max() <= 6


@pytest.mark.parametrize("order", ["<", ">"])
def test_sixteen_bit_gray_of_either_byte_order(order: str) -> None:
    data = tiff((16,), photometric=1, order=order)
    found = decoded(data, name="in")
    expected = np.frombuffer(data[8 : 8 + HEIGHT * WIDTH * 2], order + "u2").reshape(HEIGHT, WIDTH)
    assert found.layout.kind == "L16"
    assert found.pixels.dtype == np.dtype(np.uint16)
    assert found.pixels.dtype.isnative
    assert_array_equal(found.pixels, expected)
    assert_array_equal(
        decoded(encode([found], BY_NAME["PNG"], Saving(), name="o"), name="i").pixels, expected
    )


def test_sixteen_bit_gray_png() -> None:
    found = decoded(png(0, 1), name="in")
    assert found.layout.kind == "L16"
    assert found.pixels[0, 0] == 0x0001
    assert found.pixels[0, 1] == 0x0203


# --- kinds that are computed as another ----------------------------------------------------------


def test_one_bit_becomes_gray() -> None:
    bits = noise("L") > 127
    found = decoded(saved(Image.fromarray(bits), "PNG"), name="a.png")
    assert found.layout.kind == "L8"
    assert_array_equal(found.pixels, bits * 255)
    assert found.layout.notes == ("a.png: black and white becomes 8-bit gray",)


@pytest.mark.parametrize("format", ["PNG", "GIF", "TIFF", "BMP"])
def test_palette_becomes_colours(format: str) -> None:
    image = Image.fromarray(noise("RGB")).quantize(16)
    found = decoded(saved(image, format), name="a")
    assert found.layout.kind == "RGB8"
    assert_array_equal(found.pixels, np.asarray(image.convert("RGB")))
    assert "a: palette becomes RGB" in found.layout.notes


@pytest.mark.parametrize("format", ["PNG", "GIF"])
def test_palette_with_transparency_keeps_it(format: str) -> None:
    image = Image.fromarray(noise("RGB")).quantize(8)
    found = decoded(saved(image, format, transparency=3), name="a")
    assert found.layout.kind == "RGBA8"
    assert_array_equal(found.pixels[..., 3] == 0, np.asarray(image) == 3)
    assert found.layout.notes == ("a: palette becomes RGBA",)


@pytest.mark.parametrize(("mode", "value"), [("L", 100), ("RGB", (1, 2, 3))])
def test_a_transparent_colour_becomes_alpha(mode: str, value: object) -> None:
    pixels = noise(mode)
    pixels[2, 3] = value
    found = decoded(saved(Image.fromarray(pixels), "PNG", transparency=value), name="a")
    assert found.layout.kind == KINDS[mode.replace("RGB", "RGBA").replace("L", "LA")]
    assert found.pixels[2, 3, -1] == 0
    assert (found.pixels[..., -1] == 255).sum() == (pixels.reshape(HEIGHT, WIDTH, -1) != value).any(-1).sum()


@pytest.mark.parametrize(
    ("depth", "value"), [(1, 0), (1, 1), (2, 0), (2, 1), (2, 3), (4, 5), (4, 15), (8, 77)]
)
def test_a_transparent_gray_of_any_depth_becomes_alpha(depth: int, value: int) -> None:
    size = 2**depth
    samples = list(range(size))
    bits = "".join(f"{sample:0{depth}b}" for sample in samples)
    row = b"\0" + int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8), "big")
    data = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", size, 1, depth, 0, 0, 0, 0))
        + chunk(b"tRNS", struct.pack(">H", value))
        + chunk(b"IDAT", zlib.compress(row))
        + chunk(b"IEND", b"")
    )
    pixels = decoded(data, name="a").pixels
    assert pixels[0, :, 0].tolist() == [sample * 255 // (size - 1) for sample in samples]
    assert pixels[0, :, 1].tolist() == [0 if sample == value else 255 for sample in samples]


def test_a_camera_file_with_several_pictures_is_a_jpeg() -> None:
    first, second = Image.new("RGB", (WIDTH, HEIGHT)), Image.new("RGB", (WIDTH, HEIGHT), "white")
    found = decoded(saved(first, "MPO", save_all=True, append_images=[second]), name="a")
    assert found.layout.format == "JPEG"
    assert found.layout.lossy
    assert found.layout.warnings == ("a: the first of 2 pictures in the file is used",)
    assert not found.layout.notes


def test_premultiplied_tiff_comes_back_straight() -> None:
    data = tiff((8,) * 4, photometric=2, alpha=1)
    stored = np.frombuffer(data[8 : 8 + HEIGHT * WIDTH * 4], np.uint8).reshape(HEIGHT, WIDTH, 4).astype(int)
    found = decoded(data, name="a")
    assert found.layout.kind == "RGBA8"
    assert_array_equal(found.pixels[..., 3], stored[..., 3])
    expected = np.minimum(255, stored[..., :3] * 255 // np.maximum(stored[..., 3:], 1))
    opaque = stored[..., 3] > 20
    assert np.abs(found.pixels[..., :3].astype(int) - expected)[opaque].max() <= 1
    straight = decoded(tiff((8,) * 4, photometric=2, alpha=2), name="a")
    assert_array_equal(straight.pixels, stored)


# --- refused, never cut --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (tiff((64,), photometric=1), "64-bit samples of this kind"),
        (tiff((32,), photometric=0, sample_format=3), "32-bit samples of this kind"),
        (tiff((16,) * 3, photometric=8), "photometric 8"),
        (saved(Image.new("LAB", (3, 3)), "TIFF"), "mode LAB"),
    ],
    ids=["long", "white-is-zero", "deep-lab", "lab"],
)
def test_other_kinds_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        probe(data, name="a")


def test_the_handmade_files_are_sound() -> None:
    # The refusals above must come from the depth alone.
    assert decoded(png(2, 3, depth=8), name="a").layout.kind == "RGB8"
    assert decoded(tiff((8, 8, 8), photometric=2), name="a").layout.kind == "RGB8"
    assert decoded(tiff((8, 8, 8, 8), photometric=2), name="a").layout.kind == "RGBA8"
    assert decoded(tiff((32,), photometric=1, sample_format=2), name="a").layout.kind == "L32i"
    assert decoded(tiff((32,), photometric=1, sample_format=3), name="a").layout.kind == "L32f"


@pytest.mark.parametrize("data", [b"this is text\n" * 9, b"x", b"%PDF-1.4\n", b"\x89PNG\r\n\x1a\n"], ids=repr)
def test_what_is_no_picture(data: bytes) -> None:
    for read in (probe, decoded):
        with pytest.raises(ReadError, match=r"^notes\.png: (not a picture|damaged)") as caught:
            read(data, name="notes.png")
        assert "\n" not in caught.value.message
        assert caught.value.hint


def test_a_picture_too_large_to_read() -> None:
    side = int(MAX_PIXELS**0.5) + 2
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))
    with pytest.raises(ReadError, match=f"more than the {MAX_PIXELS} that are read"):
        probe(data, name="a")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_large_picture_is_read() -> None:
    side = int((MAX_PIXELS * 0.9) ** 0.5)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels
    assert probe(data, name="a").height == side


# --- damage --------------------------------------------------------------------------------------


def encodings() -> Iterator[tuple[str, bytes]]:
    """Give a file of every format."""
    for each in FORMATS:
        if each.name in ("EXR", "CSV", "NPY", "HEIC"):
            continue
        mode = "RGB" if each.holds(Layout.of("RGB8", 1, 1, "PNG")) else "L"
        layout = Layout.of(KINDS[mode], 40, 50, "PNG")
        yield each.name, encode([Picture(layout, noise(mode, 40, 50))], each, Saving(), name="o")


ENCODINGS = dict(encodings())


@pytest.mark.parametrize(("format", "data"), ENCODINGS.items(), ids=list(ENCODINGS))
def test_truncated_files_are_refused_or_whole(
    format: str, data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = decoded(data, name="a").pixels
    refused = 0
    for end in [*range(0, 60, 3), *np.linspace(60, len(data) - 1, 60).astype(int), len(data) - 1]:
        try:
            pixels = decoded(data[:end], name="a").pixels
        except ReadError:
            refused += 1
        else:
            assert_array_equal(pixels, whole, f"{end} of {len(data)} bytes")
    assert refused > 70
    assert capfd.readouterr().err == ""


@settings(max_examples=150)
@given(st.data())
def test_damaged_bytes_never_escape(data: st.DataObject) -> None:
    original = ENCODINGS[data.draw(st.sampled_from(list(ENCODINGS)))]
    damaged = bytearray(original)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, min(len(damaged), 300) - 1))] = data.draw(st.integers(0, 255))
    for read in (probe, decoded):
        with suppress(ReadError):
            assert isinstance(read(bytes(damaged), name="a"), Layout | Picture)


# --- probe and decode ----------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "mode"), EXACT)
def test_probe_knows_what_decode_gives(format: str, mode: str) -> None:
    data = encode([picture(mode)], BY_NAME[format], Saving(), name="o")
    found = decoded(data, name="a")
    assert probe(data, name="a") == found.layout
    assert found.layout.shape == found.pixels.shape
    assert found.layout.dtype == found.pixels.dtype


def test_pillow_would_have_cut_deep_colours() -> None:
    # The reason for the refusals: if this fails, Pillow reads 16-bit colours and they can be supported.
    assert Image.open(io.BytesIO(png(2, 3))).mode == "RGB"
    assert TiffImagePlugin.TiffImageFile(io.BytesIO(tiff((16,) * 3, photometric=2))).mode == "RGB"
