"""Deep files: every sample survives, with what is said beside it; without the library, a refusal."""

import importlib
import io
import struct
import tempfile
import zlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from convcli.errors import ReadError, WriteError
from convcli.images import Layout, Metadata, Picture, Saving, decode, encode, probe, tiff
from convcli.images.formats import BY_NAME, for_result

HEIGHT, WIDTH = 5, 7
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">caf\xc3\xa9</x:xmpmeta>'


@pytest.fixture(autouse=True)
def oiio() -> ModuleType:
    """Give the library that reads the results a second time; nothing here can be done without it."""
    return pytest.importorskip("OpenImageIO")


def noise(kind: str, format: str = "TIFF") -> Picture:
    layout = Layout.of(kind, HEIGHT, WIDTH, format)
    rng = np.random.default_rng(7)
    if layout.dtype.kind == "f":
        pixels = rng.normal(0, 100, layout.shape).astype(layout.dtype)
        pixels.flat[:4] = (np.nan, np.inf, -np.inf, -0.0)
        return Picture(layout, pixels)
    limits = np.iinfo(layout.dtype)
    pixels = rng.integers(limits.min, limits.max, layout.shape, layout.dtype, endpoint=True)
    if layout.has_alpha:
        pixels[1, :, -1] = 0  # whose colours have to survive as well
    return Picture(layout, pixels)


def decoded(data: bytes) -> Picture:
    (picture,) = decode(data, name="a")
    return picture


def seen_by_openimageio(oiio: Any, data: bytes, suffix: str, folder: Path) -> tuple[Any, np.ndarray]:
    path = folder / f"picture{suffix}"
    path.write_bytes(data)
    request = oiio.ImageSpec()
    request.attribute("oiio:UnassociatedAlpha", 1)
    request.attribute("oiio:RawColor", 1)
    source = oiio.ImageInput.open(str(path), request)
    pixels = source.read_image(0, 0, 0, source.spec().nchannels, "unknown")
    return source.spec(), pixels


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[ExifTags.Base.Orientation] = orientation
    found[ExifTags.Base.Make] = "Acme"
    found[ExifTags.IFD.Exif] = {ExifTags.Base.ExposureTime: 0.25}
    found[ExifTags.IFD.GPSInfo] = {1: "N", 2: (1.0, 2.0, 3.0)}
    return found


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(colour_type: int, pixels: np.ndarray, *, before: bytes = b"", after: bytes = b"") -> bytes:
    """Write a deep PNG by hand."""
    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 16, colour_type, 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(rows))
        + after + chunk(b"IEND", b"")
    )  # fmt: skip


# --- pixels --------------------------------------------------------------------------------------

PNG_KINDS = ("LA16", "RGB16", "RGBA16")
TIFF_KINDS = (
    "L8i", "LA16", "RGB16", "RGBA16", "CMYK16", "L16i", "RGB16i", "L32", "RGB32", "RGB32i", "L16f", "RGB16f",
    "RGBA16f", "LA32f", "RGB32f", "RGBA32f", "L64f", "RGB64f",
)  # fmt: skip
EXR_KINDS = ("L16f", "RGB16f", "L32f", "RGB32f")
EVERY = [(f, k) for f, kinds in (("PNG", PNG_KINDS), ("TIFF", TIFF_KINDS), ("EXR", EXR_KINDS)) for k in kinds]


@pytest.mark.parametrize(("format", "kind"), EVERY)
def test_every_sample_survives(format: str, kind: str, oiio: Any, tmp_path: Path) -> None:
    before = noise(kind, format)
    data = encode([before], BY_NAME[format], Saving(), name="o")
    after = decoded(data)
    assert after.layout == before.layout
    assert probe(data, name="a") == after.layout
    assert after.pixels.dtype == before.pixels.dtype
    assert after.pixels.dtype.isnative
    assert after.pixels.tobytes() == before.pixels.tobytes()
    _, again = seen_by_openimageio(oiio, data, BY_NAME[format].suffixes[0], tmp_path)
    assert again.tobytes() == before.pixels.tobytes()
    assert encode([before], BY_NAME[format], Saving(), name="o") == data


def test_openexr_is_the_same_every_second(monkeypatch: pytest.MonkeyPatch) -> None:
    first = encode([noise("RGB32f", "EXR")], BY_NAME["EXR"], Saving(), name="o")
    assert b"capDate" not in first
    assert decoded(first).metadata.attributes == decoded(first).metadata.attributes


def test_names_of_channels_are_kept(oiio: Any, tmp_path: Path) -> None:
    names = ("R", "G", "B", "Z", "foo", "diffuse.R")
    pixels = np.random.default_rng(1).normal(size=(HEIGHT, WIDTH, 6)).astype(np.float32)
    layout = Layout(names, np.dtype(np.float32), HEIGHT, WIDTH, "EXR")
    data = encode([Picture(layout, pixels)], BY_NAME["EXR"], Saving(), name="o")
    after = decoded(data)
    assert after.layout == layout
    assert_array_equal(after.pixels, pixels)
    spec, _ = seen_by_openimageio(oiio, data, ".exr", tmp_path)
    assert tuple(spec.channelnames) == names


def test_openexr_keeps_light_where_nothing_covers() -> None:
    pixels = np.array([[[2.0, 0.5, -1.0, 0.0], [0.25, 0.5, 0.75, 0.5]]], np.float32)
    layout = Layout.of("RGBA32f", 1, 2, "EXR", premultiplied=True)
    after = decoded(encode([Picture(layout, pixels)], BY_NAME["EXR"], Saving(), name="o"))
    assert after.layout == layout
    assert_array_equal(after.pixels, pixels)
    # A TIFF says so as well.
    again = decoded(encode([after], BY_NAME["TIFF"], Saving(), name="o"))
    assert again.layout.premultiplied
    assert_array_equal(again.pixels, pixels)


def test_straight_colours_are_multiplied_for_openexr() -> None:
    pixels = np.array([[[1.0, 0.5, -1.0, 0.5], [0.25, 0.5, 0.75, 1.0]]], np.float32)
    straight = Picture(Layout.of("RGBA32f", 1, 2, "TIFF"), pixels)
    after = decoded(encode([straight], BY_NAME["EXR"], Saving(), name="o"))
    assert after.layout.premultiplied
    assert_array_equal(after.pixels, [[[0.5, 0.25, -0.5, 0.5], [0.25, 0.5, 0.75, 1.0]]])
    assert pixels[0, 0, 0] == 1


def test_mixed_channels_become_float(oiio: Any, tmp_path: Path) -> None:
    spec = oiio.ImageSpec(WIDTH, HEIGHT, 4, "float")
    spec.channelnames = ("R", "G", "B", "Z")
    spec.channelformats = tuple(oiio.TypeDesc(each) for each in ("half", "half", "half", "float"))
    path = str(tmp_path / "a.exr")
    target = oiio.ImageOutput.create(path)
    target.open(path, spec)
    target.write_image(np.full((HEIGHT, WIDTH, 4), 0.5, np.float32))
    target.close()
    found = decoded(Path(path).read_bytes())
    assert found.layout.dtype == np.float32
    assert found.layout.notes == ("a: half and float channels become float",)
    assert (found.pixels == 0.5).all()


def test_what_an_openexr_file_says_is_carried(oiio: Any, tmp_path: Path) -> None:
    before = noise("RGB16f", "EXR")
    said = (
        ("compression", "string", "piz"),
        ("Copyright", "string", "someone"),
        ("exposure", "float", 0.25),
        ("worldToCamera", "matrix", tuple(float(i) for i in range(16))),
        ("DateTime", "string", "2001:02:03 04:05:06"),
    )
    first = encode(
        [Picture(before.layout, before.pixels, Metadata(attributes=said))],
        BY_NAME["EXR"], Saving(), name="o",
    )  # fmt: skip
    again = encode([decoded(first)], BY_NAME["EXR"], Saving(), name="o")
    spec, _ = seen_by_openimageio(oiio, again, ".exr", tmp_path)
    for name, _, value in said:
        assert spec.getattribute(name) == value, name


# --- TIFF ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("compressed", [True, False])
def test_large_pages_come_in_strips(compressed: bool, oiio: Any, tmp_path: Path) -> None:
    pixels = np.random.default_rng(3).integers(0, 65536, (301, 211, 4), np.uint16)
    picture = Picture(Layout.of("RGBA16", 301, 211, "TIFF"), pixels, Metadata(compressed=compressed))
    data = encode([picture], BY_NAME["TIFF"], Saving(), name="o")
    spec, again = seen_by_openimageio(oiio, data, ".tif", tmp_path)
    assert_array_equal(again, pixels)
    assert spec.get_string_attribute("compression") == ("zip" if compressed else "none")
    assert 1 < spec.get_int_attribute("tiff:RowsPerStrip") < 301
    found = decoded(data)
    assert found.metadata.compressed is compressed
    assert_array_equal(found.pixels, pixels)


def test_white_that_counts_as_zero_is_turned_round(oiio: Any, tmp_path: Path) -> None:
    stored = noise("L16").pixels
    data = bytearray(encode([noise("L16")], BY_NAME["TIFF"], Saving(), name="o"))
    entry = data.index(struct.pack("<HHI", 262, 3, 1))
    data[entry + 8] = 0
    found = decoded(bytes(data))
    assert found.layout.kind == "L16"
    assert_array_equal(found.pixels, 65535 - stored)


def test_deep_premultiplied_integers_become_straight() -> None:
    straight = noise("RGBA16")
    alpha = straight.pixels[..., -1:].astype(float) / 65535
    product = np.rint(straight.pixels[..., :-1] * alpha)
    pixels = np.concatenate((product, straight.pixels[..., -1:]), -1).astype(np.uint16)
    data = bytearray(
        encode([Picture(straight.layout, pixels)], BY_NAME["TIFF"], Saving(), name="o")
    )  # fmt: skip
    entry = data.index(struct.pack("<HHI", 338, 3, 1))
    data[entry + 8] = 1
    found = decoded(bytes(data))
    assert found.layout == straight.layout
    again = np.rint(found.pixels[..., :-1] * alpha)
    assert_array_equal(again, product)


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_deep_colours_come_upright(format: str, orientation: int) -> None:
    before = noise("RGB16")
    if format == "PNG":
        data = png(2, before.pixels, before=chunk(b"eXIf", exif(orientation).tobytes()[6:]))
        shallow = Image.fromarray((before.pixels >> 8).astype(np.uint8))
    else:
        data = encode([before], BY_NAME["TIFF"], Saving(), name="o")
        shallow = Image.fromarray((before.pixels >> 8).astype(np.uint8))
        # One more tag, put in by hand before those with larger numbers.
        data = with_tag(data, 274, orientation)
    buffer = io.BytesIO()
    shallow.save(buffer, "PNG", exif=exif(orientation))
    expected = decoded(buffer.getvalue()).pixels  # what Pillow makes of it
    found = decoded(data)
    assert found.layout.shape == found.pixels.shape == expected.shape
    assert probe(data, name="a") == found.layout
    assert_array_equal(found.pixels >> 8, expected)
    assert ExifTags.Base.Orientation not in read_exif(found.metadata.exif)


def with_tag(data: bytes, tag: int, value: int) -> bytes:
    """Append a directory like the first of a TIFF with one more tag."""
    at = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[at : at + 2])[0]
    entries = [data[at + 2 + 12 * i : at + 14 + 12 * i] for i in range(count)]
    entries.append(struct.pack("<HHIHH", tag, 3, 1, value, 0))
    entries.sort(key=lambda entry: struct.unpack("<H", entry[:2]))
    padded = data + bytes(len(data) % 2)
    directory = struct.pack("<H", len(entries)) + b"".join(entries) + bytes(4)
    return padded[:4] + struct.pack("<I", len(padded)) + padded[8:] + directory


def read_exif(data: bytes) -> Image.Exif:
    found = Image.Exif()
    found.load(data)
    return found


# --- PNG -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("colour_type", "channels", "key"), [(0, 1, (515,)), (2, 3, (1, 515, 1029))])
def test_a_transparent_colour_becomes_alpha(colour_type: int, channels: int, key: tuple[int, ...]) -> None:
    pixels = np.arange(HEIGHT * WIDTH * channels, dtype=np.uint16).reshape(HEIGHT, WIDTH, channels) * 514 + 1
    key_chunk = chunk(b"tRNS", np.array(key, ">u2").tobytes())
    found = decoded(png(colour_type, pixels, before=key_chunk))
    assert found.layout.kind == {1: "LA16", 3: "RGBA16"}[channels]
    assert_array_equal(found.pixels[..., :-1], pixels)
    assert_array_equal(found.pixels[..., -1] == 0, (pixels == key).all(axis=-1))
    assert (found.pixels[..., -1] == 0).sum() == 1


# --- what goes with the pixels -------------------------------------------------------------------


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("kind", ["LA16", "RGB16", "RGBA16"])
def test_everything_is_carried(format: str, kind: str) -> None:
    before = noise(kind)
    source = Metadata(icc_profile=PROFILE, exif=exif().tobytes(), xmp=XMP, dpi=(300.0, 200.0))
    first = encode([Picture(before.layout, before.pixels, source)], BY_NAME[format], Saving(), name="o")
    for other in ("PNG", "TIFF"):
        found = decoded(encode([decoded(first)], BY_NAME[other], Saving(), name="o")).metadata
        assert found.icc_profile == PROFILE
        assert found.xmp == XMP
        assert found.dpi == pytest.approx((300, 200), abs=0.01)
        kept = read_exif(found.exif)
        assert kept[ExifTags.Base.Make] == "Acme"
        assert dict(kept.get_ifd(ExifTags.IFD.Exif)) == {ExifTags.Base.ExposureTime: 0.25}
        assert dict(kept.get_ifd(ExifTags.IFD.GPSInfo)) == {1: "N", 2: (1.0, 2.0, 3.0)}
    # Another reader sees it, too.
    if (format, kind) == ("TIFF", "LA16"):  # which Pillow cannot open
        return
    with Image.open(io.BytesIO(first)) as image:
        assert image.info["icc_profile"] == PROFILE
        assert image.getexif()[ExifTags.Base.Make] == "Acme"
        assert image.info["dpi"] == pytest.approx((300, 200), abs=0.01)


def test_texts_and_colours_of_a_deep_png_are_carried() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "café")
    buffer = io.BytesIO()
    Image.new("L", (1, 1)).save(buffer, "PNG", pnginfo=texts)
    note = buffer.getvalue()[33 : buffer.getvalue().index(b"IDAT") - 4]
    gamma = chunk(b"gAMA", struct.pack(">I", 45455))
    data = png(6, noise("RGBA16").pixels, before=gamma, after=note)
    again = encode([decoded(data)], BY_NAME["PNG"], Saving(), name="o")
    assert decoded(again).metadata.texts == (("Comment", "café"),)
    assert gamma in again
    assert again.index(b"gAMA") < again.index(b"IDAT")


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("format", "kind"), [("PNG", "RGB16"), ("TIFF", "RGB32f"), ("EXR", "RGB16f")])
def test_truncated_files_are_refused(format: str, kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    layout = Layout.of(kind, 60, 80, format)
    pixels = np.random.default_rng(3).integers(0, 1000, layout.shape).astype(layout.dtype)
    data = encode([Picture(layout, pixels)], BY_NAME[format], Saving(), name="o")
    for end in [*range(4, 300, 37), *range(300, len(data), 1024), len(data) - 1]:
        with pytest.raises(ReadError):
            decoded(data[:end])
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("format", "kind"), [("PNG", "RGB16"), ("TIFF", "RGB32f"), ("EXR", "RGB16f")])
def test_without_the_library_it_is_named(format: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode([noise(kind, format)], BY_NAME[format], Saving(), name="o")
    real = importlib.import_module

    def missing(name: str, package: str | None = None) -> ModuleType:
        if name == "OpenImageIO":
            raise ImportError(name)
        return real(name, package)

    monkeypatch.setattr(importlib, "import_module", missing)
    for read in (probe, lambda data, *, name: next(decode(data, name=name))):
        with pytest.raises(ReadError, match=r"^a\.b: .* needs OpenImageIO$") as caught:
            read(data, name="a.b")
        assert caught.value.hint == 'install it with: pip install "convcli[deep]"'
    if format == "EXR":
        with pytest.raises(WriteError, match=r"^o\.b: .* needs OpenImageIO$") as refused:
            for_result(None, noise(kind, format).layout, name="o.b")
        assert refused.value.hint == 'install it with: pip install "convcli[deep]"'


@pytest.mark.parametrize(
    "channels",
    [("R", "G", "B", "channel4"), ("R", "G", "B", "channel4", "channel5"), ("L", "channel2"),
     ("C", "M", "Y", "K", "channel5")],
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_channels_without_a_meaning_are_kept(channels: tuple[str, ...], dtype: type) -> None:
    """Such as the masks and spot colours of a press; Pillow would drop them."""
    layout = Layout(channels, np.dtype(dtype), HEIGHT, WIDTH, "TIFF")
    pixels = np.random.default_rng(7).integers(0, 256, layout.shape, np.uint8).astype(dtype)
    data = encode([Picture(layout, pixels)], BY_NAME["TIFF"], Saving(), name="o")
    found = decoded(data)
    assert found.layout.channels == probe(data, name="a").channels == channels
    assert_array_equal(found.pixels, pixels)


@pytest.mark.parametrize("kind", ["L8", "LA8", "RGB8", "RGBA8", "CMYK8"])
def test_plain_pictures_need_no_library(kind: str) -> None:
    data = encode([noise(kind)], BY_NAME["TIFF"], Saving(), name="o")
    assert not any(page.is_deep for page in tiff.pages(data))


def test_a_channel_that_nothing_is_said_of_is_transparency_as_pillow_takes_it() -> None:
    data = bytearray(encode([noise("RGBA8")], BY_NAME["TIFF"], Saving(), name="o"))
    entry = data.index(struct.pack("<HHI", 338, 3, 1))
    data[entry : entry + 2] = struct.pack("<H", 65_000)
    found = decoded(bytes(data))
    assert found.layout.kind == "RGBA8"
    assert_array_equal(found.pixels, noise("RGBA8").pixels)


def test_without_room_for_temporary_files_that_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    class Missing(tempfile.TemporaryDirectory[str]):
        def __enter__(self) -> str:
            return str(tmp_path / "missing")

    monkeypatch.setattr(tempfile, "TemporaryDirectory", Missing)
    with pytest.raises(WriteError, match=r"^o\.exr: EXR could not be written to a temporary file$"):
        encode([noise("L32f", "EXR")], BY_NAME["EXR"], Saving(), name="o.exr")
    assert capfd.readouterr() == ("", "")
