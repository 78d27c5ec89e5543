"""What a file says beside its pixels, sorted into what stays true of a result and what does not."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from PIL import ExifTags, Image, ImageOps, JpegImagePlugin

from . import png, tiff
from .picture import Metadata

# Tags of the main directory that describe how the file stores its pixels (TIFF 6.0), other copies of what is
# kept elsewhere (profile, XMP, a TIFF's resolution), and the sizes and pictures that a result makes stale.
_STORAGE = frozenset(
    [
        *range(254, 260), *range(262, 267), 273, 274, *range(277, 285), *range(288, 294), 296, 297, 301,
        *range(317, 326), 330, *range(332, 335), *range(336, 343), 347, *range(512, 522), *range(529, 533),
        700, 34377, 34665, 34675, 34853, 37724, 40965,
    ]
)  # fmt: skip

_RESOLUTION = frozenset({tiff.X_RESOLUTION, tiff.Y_RESOLUTION, tiff.RESOLUTION_UNIT})

# What XMP repeats of the orientation, as an attribute or as an element.
_XMP_ORIENTATION = re.compile(
    rb"""tiff:Orientation\s*=\s*(["'])\s*\d+\s*\1|<tiff:Orientation>\s*\d+\s*</tiff:Orientation>"""
)

COMMENT = "Comment"  # PNG's key for what a JPEG or GIF holds one of

# In the camera's directory: the stored size, and a directory of its own whose place in the file moves.
_STALE = frozenset({ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight, 40965})


TURNING = (5, 6, 7, 8)  # EXIF orientations that swap width and height


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 if there is none or it cannot be read."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # cameras and editors write all kinds of broken EXIF, which must not cost the picture
        return 1
    return value if value in range(1, 9) else 1


def collect(image: Image.Image, *, turned: bool, data: bytes = b"") -> Metadata:
    """Gather what should be carried into a result.

    Parameters
    ----------
    image : Image
        Upright, at least its header.
    turned : bool
        Whether making it upright swapped width and height.
    data : bytes
        Of its file.

    Returns
    -------
    Metadata
    """
    icc = image.info.get("icc_profile")
    xmp = image.info.get("xmp")
    jpeg = image.format in ("JPEG", "MPO")
    dropped = _STORAGE if image.format == "TIFF" else _STORAGE - _RESOLUTION
    exif = _kept_exif(image.getexif, turned=turned, dropped=dropped)
    return Metadata(
        icc_profile=icc if isinstance(icc, bytes) and icc else None,
        exif=exif,
        # EXIF overrules it, and is carried without an orientation: what is left here would turn the result.
        xmp=_XMP_ORIENTATION.sub(b"", xmp) if isinstance(xmp, bytes) and xmp else None,
        texts=_texts(image),
        dpi=_dpi(_own_dpi(image), turned=turned) or _dpi(_exif_dpi(exif), turned=False),
        subsampling=_subsampling(image) if jpeg else None,
        quantisation=_quantisation(image) if jpeg else None,
        progressive=jpeg and bool(image.info.get("progressive")),
        compressed=image.info.get("compression") != "raw",
        colour_chunks=tuple(each for each in png.chunks(data) if each[0] in png.COLOUR_CHUNKS)
        if image.format == "PNG"
        else (),
    )


def of_png(data: bytes) -> tuple[Metadata, int]:
    """Gather the same of a PNG without decoding its pixels, and its EXIF orientation."""
    with Image.open(io.BytesIO(png.twin(data)), formats=["PNG"]) as image:
        image.load()
        orientation = orientation_of(image)
        ImageOps.exif_transpose(image, in_place=True)
        return collect(image, turned=orientation in TURNING, data=data), orientation


def of_page(data: bytes, page: tiff.Page) -> Metadata:
    """Gather the same of a page of a TIFF whose pixels are read elsewhere."""
    icc, xmp = page.tags.get(tiff.ICC_PROFILE), page.tags.get(tiff.XMP)
    stand_in = Image.new("L", (1, 1))
    said = {"xmp": xmp, "icc_profile": icc, "dpi": page.dpi}
    stand_in.info = {key: value for key, value in said.items() if value is not None}
    return replace(
        collect(stand_in, turned=page.turned),
        exif=_kept_exif(partial(tiff.read_exif, data, page)),
        compressed=page.one(tiff.COMPRESSION, tiff.UNCOMPRESSED) != tiff.UNCOMPRESSED,
    )


def _kept_exif(
    read: Callable[[], Image.Exif], *, turned: bool = False, dropped: Collection[int] = _STORAGE
) -> bytes:
    """The EXIF block without what the result makes untrue: orientation, sizes, the embedded thumbnail."""
    swapped = {tiff.X_RESOLUTION: tiff.Y_RESOLUTION, tiff.Y_RESOLUTION: tiff.X_RESOLUTION} if turned else {}
    try:
        source, kept = read(), Image.Exif()
        kept.update({swapped.get(tag, tag): value for tag, value in source.items() if tag not in dropped})
        for directory in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            entries = {tag: value for tag, value in source.get_ifd(directory).items() if tag not in _STALE}
            if entries:
                kept[directory] = entries
        return kept.tobytes() if len(kept) else b""
    except Exception:  # broken EXIF, as above
        return b""


def _texts(image: Image.Image) -> tuple[tuple[str, str], ...]:
    """Text notes of a PNG, but for the metadata that is kept elsewhere; the comment of a JPEG or GIF."""
    found = getattr(image, "text", {})
    if isinstance(comment := image.info.get("comment"), bytes) and image.format in ("JPEG", "MPO", "GIF"):
        found = {COMMENT: comment.decode("utf-8", "replace")}
    elsewhere = ("XML:com.adobe.xmp", "Raw profile type")
    return tuple((key, str(text)) for key, text in found.items() if not key.startswith(elsewhere))


def _own_dpi(image: Image.Image) -> object:
    """The resolution that the file states outside EXIF. Pillow makes one up where a TIFF or JPEG has none."""
    if image.format == "TIFF":
        return tiff.Page(0, image.tag_v2).dpi  # type: ignore[attr-defined]
    if image.format in ("JPEG", "MPO") and image.info.get("jfif_unit") not in (1, 2):
        return None
    return image.info.get("dpi")


def _exif_dpi(exif: bytes) -> tuple[float, float] | None:
    """The resolution that a block of EXIF states."""
    tags = Image.Exif()
    tags.load(exif)
    return tiff.dots_per_inch(tags)


def _dpi(value: object, *, turned: bool) -> tuple[float, float] | None:
    if not isinstance(value, tuple) or len(value) != 2:
        return None
    x, y = float(value[0]), float(value[1])
    if not all(math.isfinite(each) and each > 0 for each in (x, y)):
        return None
    return (y, x) if turned else (x, y)


def _subsampling(image: Image.Image) -> int | None:
    found = JpegImagePlugin.get_sampling(image)
    return found if found >= 0 else None


def _quantisation(image: Image.Image) -> dict[int, tuple[int, ...]]:
    tables = getattr(image, "quantization", {})
    return {number: tuple(steps) for number, steps in tables.items()}
