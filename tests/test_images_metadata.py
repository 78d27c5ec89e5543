"""Orientation, colour profile, resolution, camera data: upright pictures that keep what stays true."""

import io
import struct
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from convcli.images import Layout, Metadata, Picture, Saving, decode, encode, probe
from convcli.images.formats import BY_NAME
from convcli.images.writing import losses


def decoded(data: bytes, *, name: str) -> Picture:
    return next(decode(data, name=name))


ARROW = np.array([[0, 50, 90, 130, 210], [20, 60, 100, 140, 220], [30, 70, 110, 150, 230]], np.uint8)

# How a stored picture is to be turned to stand upright (EXIF 2.32, tag 274).
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a),
}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r tiff:Orientation="1">caf\xc3\xa9</r></x:xmpmeta>'
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def exif(orientation: int = 1) -> Image.Exif:
    found = Image.Exif()
    found[ExifTags.Base.Orientation] = orientation
    found[ExifTags.Base.Make] = "Acme"
    found[ExifTags.Base.Software] = "camera 1.0"
    found[ExifTags.IFD.Exif] = {
        ExifTags.Base.ExposureTime: 0.25,
        ExifTags.Base.ExifImageWidth: 5,
        ExifTags.Base.ExifImageHeight: 3,
    }
    found[ExifTags.IFD.GPSInfo] = {1: "N", 2: (1.0, 2.0, 3.0)}
    return found


def saved(pixels: np.ndarray, format: str, **parameters: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format, **parameters)
    return buffer.getvalue()


def read_exif(data: bytes) -> Image.Exif:
    found = Image.Exif()
    found.load(data)
    return found


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_pictures_come_upright(format: str, orientation: int) -> None:
    pixels = np.kron(np.dstack([ARROW, ARROW // 2, 255 - ARROW]), np.ones((16, 16, 1), np.uint8))
    exact = (
        {"lossless": True}
        if format == "WEBP"
        else {"quality": 100, "subsampling": 0}
        if format == "JPEG"
        else {}
    )
    data = saved(pixels, format, exif=exif(orientation).tobytes(), **exact)
    expected = UPRIGHT[orientation](pixels)
    found = decoded(data, name="a")
    assert probe(data, name="a") == found.layout
    assert found.pixels.shape == found.layout.shape == expected.shape
    assert np.abs(found.pixels.astype(int) - expected).max() <= (3 if format == "JPEG" else 0)
    kept = read_exif(found.metadata.exif)
    assert ExifTags.Base.Orientation not in kept
    assert kept[ExifTags.Base.Make] == "Acme"


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_deep_gray_comes_upright(format: str, orientation: int) -> None:
    pixels = ARROW.astype(np.uint16) * 257
    found = decoded(saved(pixels, format, exif=exif(orientation).tobytes()), name="a")
    assert_array_equal(found.pixels, UPRIGHT[orientation](pixels))
    assert found.pixels.dtype == np.uint16


def test_an_orientation_in_xmp_counts_and_is_removed() -> None:
    data = saved(ARROW, "JPEG", quality=100, xmp=XMP.replace(b'"1"', b'"6"'))
    found = decoded(data, name="a")
    assert found.layout.shape == (5, 3)
    assert b"Orientation" not in (found.metadata.xmp or b"")
    again = encode([found], BY_NAME["JPEG"], Saving(), name="o")
    assert decoded(again, name="a").layout.shape == (5, 3)


@pytest.mark.parametrize(
    "said",
    [
        b'tiff:Orientation="6"', b"tiff:Orientation = '6'", b"<tiff:Orientation>6</tiff:Orientation>",
        b"<tiff:Orientation> 6\n</tiff:Orientation>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_an_orientation_in_xmp_that_exif_overrules_does_not_turn_the_result(format: str, said: bytes) -> None:
    """Editors that turn a photograph often mend only one of the two."""
    xmp = (
        XMP.replace(b'tiff:Orientation="1"', said)
        if said[:1] != b"<"
        else XMP.replace(b"</r>", said + b"</r>")
    )
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", xmp.decode())
    where = {"PNG": {"pnginfo": texts}, "TIFF": {"tiffinfo": {700: xmp, 274: 1}}}.get(format, {"xmp": xmp})
    upright = {} if format == "TIFF" else {"exif": exif(1).tobytes()}
    found = decoded(saved(np.dstack([ARROW] * 3), format, **where, **upright), name="a")
    assert found.layout.shape == (3, 5, 3)
    assert found.metadata.xmp is not None
    again = encode([found], BY_NAME[format], Saving(), name="o")
    assert decoded(again, name="a").layout.shape == (3, 5, 3)
    with Image.open(io.BytesIO(again)) as image:
        assert ExifTags.Base.Orientation not in image.getexif()


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("target", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("source", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_resolution_in_exif_is_carried(source: str, target: str, orientation: int) -> None:
    """WebP and AVIF have no other place for it."""
    said = exif(orientation)
    said.update({0x011A: 300.0, 0x011B: 150.0, 0x0128: 2})
    first = decoded(saved(np.dstack([ARROW] * 3), source, exif=said.tobytes()), name="a")
    second = decoded(encode([first], BY_NAME[target], Saving(), name="o"), name="b")
    expected = (150, 300) if orientation == 6 else (300, 150)
    for found in (first, second):
        assert found.metadata.dpi == pytest.approx(expected, abs=0.02)
    if target != "TIFF":
        kept = read_exif(second.metadata.exif)
        assert (kept[0x011A], kept[0x011B], kept[0x0128]) == (*expected, 2)


@pytest.mark.parametrize("kind", ["L8", "RGB16"])
def test_a_tiff_without_resolution_gets_none(kind: str) -> None:
    layout = Layout.of(kind, 3, 5, "TIFF")
    source = Picture(layout, np.zeros(layout.shape, layout.dtype))
    found = decoded(encode([source], BY_NAME["TIFF"], Saving(), name="o"), name="a")
    assert found.metadata.dpi is None


def test_a_tiff_with_dots_a_centimetre() -> None:
    found = decoded(saved(ARROW, "TIFF", resolution=100, resolution_unit=3), name="a")
    assert found.metadata.dpi == pytest.approx((254, 254))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_everything_is_carried(format: str) -> None:
    source = saved(
        np.dstack([ARROW] * 3), "JPEG", exif=exif(6).tobytes(), icc_profile=PROFILE, dpi=(300, 200), xmp=XMP
    )
    first = decoded(source, name="a")
    second = decoded(encode([first], BY_NAME[format], Saving(), name="o"), name="b")
    for found in (first, second):
        assert found.metadata.icc_profile == PROFILE
        assert found.metadata.xmp == XMP.replace(b'tiff:Orientation="1"', b"")
        kept = read_exif(found.metadata.exif)
        assert (kept[ExifTags.Base.Make], kept[ExifTags.Base.Software]) == ("Acme", "camera 1.0")
        assert dict(kept.get_ifd(ExifTags.IFD.Exif)) == {ExifTags.Base.ExposureTime: 0.25}
        assert dict(kept.get_ifd(ExifTags.IFD.GPSInfo)) == {1: "N", 2: (1.0, 2.0, 3.0)}
    # The picture was turned by a quarter: so are the dots an inch.
    assert first.metadata.dpi == (200, 300)
    if format != "WEBP":
        assert second.metadata.dpi == pytest.approx((200, 300), abs=0.01)


def test_a_thumbnail_of_the_sharp_picture_stays_behind() -> None:
    thumbnail = saved(ARROW, "JPEG")
    # Two directories by hand, as Pillow does not write the second: the maker, and where the thumbnail lies.
    first = struct.pack("<HHHI4sI", 1, 0x010F, 2, 4, b"Abc\0", 26)
    second = struct.pack("<HHHIIHHIII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, len(thumbnail), 0)
    data = saved(ARROW, "JPEG", exif=b"Exif\0\0II*\0" + struct.pack("<I", 8) + first + second + thumbnail)
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif().get_ifd(ExifTags.IFD.IFD1)[0x0202] == len(thumbnail)
    assert thumbnail in data
    kept = decoded(data, name="a").metadata.exif
    assert thumbnail not in kept
    assert read_exif(kept)[ExifTags.Base.Make] == "Abc"
    assert not read_exif(kept).get_ifd(ExifTags.IFD.IFD1)


def test_what_pillow_warns_of_is_left_to_the_caller() -> None:
    data = saved(ARROW, "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    for read in (probe, decoded):
        with pytest.warns(UserWarning, match="Corrupt EXIF"):
            read(data, name="a")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize(
    "block", [b"Exif\0\0junk", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0", b"MM\0*\0\0\0\x08\xff"]
)
def test_broken_exif_costs_nothing_but_itself(block: bytes) -> None:
    found = decoded(saved(ARROW, "JPEG", quality=100, exif=block), name="a")
    assert found.layout.shape == ARROW.shape
    assert found.metadata.exif == b""


def test_structure_tags_of_a_tiff_are_no_camera_data() -> None:
    found = decoded(saved(ARROW, "TIFF", exif=exif().tobytes(), dpi=(72, 72)), name="a")
    kept = read_exif(found.metadata.exif)
    assert set(kept) - {ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo} == {
        ExifTags.Base.Make,
        ExifTags.Base.Software,
    }
    assert found.metadata.dpi == (72, 72)


def test_a_gray_profile_is_none_for_colours() -> None:
    profile = PROFILE[:16] + b"GRAY" + PROFILE[20:]
    gray = Picture(Layout.of("L8", 3, 5, "PNG"), ARROW, Metadata(icc_profile=profile))
    assert (
        decoded(encode([gray], BY_NAME["PNG"], Saving(), name="o"), name="a").metadata.icc_profile == profile
    )
    assert decoded(encode([gray], BY_NAME["WEBP"], Saving(), name="o"), name="a").metadata.icc_profile is None


@pytest.mark.parametrize("dpi", [(0, 0), (-1, 72), (float("nan"), 72)])
def test_senseless_resolutions_are_left_out(dpi: tuple[float, float]) -> None:
    image = Image.fromarray(ARROW)
    image.info["dpi"] = dpi
    from convcli.images.metadata import collect

    assert collect(image, turned=False).dpi is None


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_blocks_too_long_for_a_jpeg_are_left_out_there(format: str) -> None:
    long = Image.Exif()
    long[ExifTags.Base.ImageDescription] = "x" * 80_000
    source = Picture(
        Layout.of("L8", 3, 5, "PNG"), ARROW, Metadata(exif=long.tobytes(), xmp=XMP + b" " * 80_000)
    )
    found = decoded(encode([source], BY_NAME[format], Saving(), name="o"), name="a")
    assert bool(found.metadata.exif) == bool(found.metadata.xmp) == (format != "JPEG")


@pytest.mark.parametrize("comment", ["plain", "caf\xe9", "\u65e5\u672c"])
def test_comments_are_carried(comment: str) -> None:
    source = PngImagePlugin.PngInfo()
    source.add_text("Comment", comment)
    source.add_text("Author", "someone", zip=True)
    first = decoded(saved(ARROW, "PNG", pnginfo=source), name="a")
    assert first.metadata.texts == (("Comment", comment), ("Author", "someone"))
    again = decoded(encode([first], BY_NAME["PNG"], Saving(), name="o"), name="a")
    assert again.metadata.texts == first.metadata.texts
    jpeg = decoded(encode([first], BY_NAME["JPEG"], Saving(), name="o"), name="a")
    assert jpeg.metadata.texts == (("Comment", comment),)
    assert (
        decoded(encode([jpeg], BY_NAME["PNG"], Saving(), name="o"), name="a").metadata.texts
        == jpeg.metadata.texts
    )


def test_comments_that_do_not_fit_are_said() -> None:
    texts = (("Comment", "x" * 70_000), ("Author", "someone"))
    layout = Layout.of("L8", 3, 5, "PNG")
    pictures = [Picture(layout, ARROW, Metadata(texts=texts))]
    for format in ("JPEG", "WEBP", "TIFF", "GIF"):
        said = " ".join(losses(layout, pictures, BY_NAME[format], name="o"))
        assert f"{format} cannot hold comments: left out" in said
        assert encode(pictures, BY_NAME[format], Saving(), name="o")
    assert not losses(layout, pictures, BY_NAME["PNG"], name="o")


@pytest.mark.parametrize("format", ["WEBP", "AVIF"])
def test_a_resolution_goes_where_the_format_has_a_place_for_it(format: str) -> None:
    first = decoded(saved(ARROW, "PNG", dpi=(300, 150)), name="a")
    data = encode([replace(first, layout=Layout.of("L8", 3, 5, format))], BY_NAME[format], Saving(), name="o")
    with Image.open(io.BytesIO(data)) as image:
        exif = image.getexif()
    assert [round(float(exif[tag]), 1) for tag in (282, 283, 296)] == [300, 150, 2]
