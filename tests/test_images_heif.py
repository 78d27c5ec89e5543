"""AVIF and HEIC: read and written with everything, refused where depth would be lost."""

import importlib
import io
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import ExifTags, Image, ImageCms

from convcli.errors import ReadError, WriteError
from convcli.images import Layout, Metadata, Picture, Saving, decode, encode, probe
from convcli.images.formats import BY_NAME, for_result
from convcli.images.heif import bits, is_heic

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'


def smooth(channels: int, height: int = 48, width: int = 64) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    planes = [y * 5, x * 3, 255 - y * 4, 128 + x]
    return np.clip(np.dstack(planes[:channels]), 0, 255).astype(np.uint8)


def avif(kind: str = "RGB8", **others: object) -> bytes:
    layout = Layout.of(kind, 48, 64, "AVIF")
    picture = Picture(layout, smooth(len(layout.channels)).reshape(layout.shape), Metadata(**others))
    return encode([picture], BY_NAME["AVIF"], Saving(), name="o")


@pytest.mark.parametrize(
    ("kind", "stored"), [("RGB8", "RGB8"), ("RGBA8", "RGBA8"), ("L8", "RGB8"), ("LA8", "RGBA8")]
)
def test_avif_is_close(kind: str, stored: str) -> None:
    data = avif(kind)
    (found,) = decode(data, name="a")
    assert found.layout == probe(data, name="a") == Layout.of(stored, 48, 64, "AVIF", lossy=True)
    count = len(Layout.of(kind, 1, 1, "PNG").channels)
    expected = smooth(count)
    if kind in ("L8", "LA8"):
        expected = np.dstack((expected[..., :1],) * 3 + (expected[..., 1:],) * (count == 2))
    assert np.abs(found.pixels.astype(int) - expected).mean() < 2
    assert avif(kind) == data


def test_avif_carries_what_goes_with_the_pixels() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Acme"
    data = avif(icc_profile=PROFILE, exif=exif.tobytes(), xmp=XMP)
    (found,) = decode(data, name="a")
    assert (found.metadata.icc_profile, found.metadata.xmp) == (PROFILE, XMP)
    kept = Image.Exif()
    kept.load(found.metadata.exif)
    assert kept[ExifTags.Base.Make] == "Acme"


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_avif_comes_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    pixels = smooth(3)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "AVIF", exif=exif, quality=95, subsampling="4:4:4")
    (found,) = decode(buffer.getvalue(), name="a")
    expected = np.rot90(pixels, {3: 2, 6: -1, 8: 1}[orientation])
    assert found.pixels.shape == found.layout.shape == expected.shape
    assert np.abs(found.pixels.astype(int) - expected).mean() < 2


def test_sequences_keep_their_frames() -> None:
    frames = [np.roll(smooth(3), 9 * shift, 0) for shift in (0, 0, 1, 2)]
    layout = Layout.of("RGB8", 48, 64, "PNG", frames=4, loop=0)
    before = [Picture(layout, each, duration=float(40 + i)) for i, each in enumerate(frames)]
    found = list(decode(encode(before, BY_NAME["AVIF"], Saving(), name="o"), name="a"))
    assert [each.duration for each in found] == [40, 41, 42, 43]
    assert found[0].layout.frames == 4
    for expected, picture in zip(frames, found, strict=True):
        assert np.abs(picture.pixels.astype(int) - expected).mean() < 4


@pytest.mark.parametrize(("flags", "depth"), [(0x40, 10), (0x60, 12)])
def test_deep_avif_is_refused(flags: int, depth: int) -> None:
    data = bytearray(avif())
    assert bits(bytes(data)) == 8
    data[data.index(b"av1C") + 6] |= flags
    at = data.index(b"pixi") + 9  # behind version and number of channels
    data[at : at + 3] = bytes([depth] * 3)
    assert bits(bytes(data)) == depth
    with pytest.raises(ReadError, match=f"^a: {depth}-bit pictures"):
        probe(bytes(data), name="a")


# --- HEIC ----------------------------------------------------------------------------------------


def box(name: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + name + content


@pytest.mark.parametrize(
    ("brand", "compatible", "heic"),
    [
        (b"heic", b"mif1", True),
        (b"mif1", b"mif1heic", True),
        (b"mif1", b"mif1avif", False),
        (b"avif", b"mif1", False),
    ],
)
def test_brands(brand: bytes, compatible: bytes, heic: bool) -> None:
    assert is_heic(box(b"ftyp", brand + bytes(4) + compatible)) is heic
    assert not is_heic(b"")


@pytest.mark.parametrize("depth", [8, 10, 12])
def test_depth_of_heic(depth: int) -> None:
    record = bytes(17) + bytes([0xF8 | depth - 8]) + bytes(5)
    data = box(b"ftyp", b"heic" + bytes(4)) + box(b"meta", bytes(4) + box(b"hvcC", record))
    # What looks like a record among the pixels is none.
    assert bits(data + box(b"mdat", b"hvcC" + bytes(17) + b"\xff" * 9)) == depth


def test_without_the_plug_in_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, package: str | None = None) -> ModuleType:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(ReadError, match=r"^a\.heic: HEIC needs pillow-heif$") as caught:
        probe(box(b"ftyp", b"heic" + bytes(8)), name="a.heic")
    assert (caught.value.hint or "").startswith("install it with: pip install pillow-heif")


def test_heic_is_not_written() -> None:
    with pytest.raises(WriteError, match="HEIC can be read, not written") as caught:
        for_result(None, Layout.of("RGB8", 3, 3, "HEIC"), name="o")
    assert "write PNG or JPEG" in (caught.value.hint or "")


def test_heic_is_read(work: Path, convcli: Callable[..., tuple[int, str, str]]) -> None:
    plugin = pytest.importorskip("pillow_heif")
    plugin.register_heif_opener()
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Acme"
    Image.fromarray(smooth(3)).save("a.heic", "HEIF", exif=exif.tobytes(), quality=95)
    data = Path("a.heic").read_bytes()
    (found,) = decode(data, name="a")
    assert found.layout == probe(data, name="a") == Layout.of("RGB8", 64, 48, "HEIC", lossy=True)
    assert np.abs(found.pixels.astype(int) - np.rot90(smooth(3), -1)).mean() < 3
    assert b"Acme" in found.metadata.exif
    assert convcli("blur", "a.heic", "-o", "b.png")[0] == 0
    code, _, said = convcli("blur", "a.heic")
    assert code in (1, 2)
    assert "hint:" in said
    deep = plugin.from_bytes("RGB;16", (32, 32), bytes(32 * 32 * 6))
    buffer = io.BytesIO()
    deep.save(buffer)
    with pytest.raises(ReadError, match="10-bit pictures"):
        probe(buffer.getvalue(), name="a")
    assert_array_equal(found.pixels, next(decode(data, name="a")).pixels)
