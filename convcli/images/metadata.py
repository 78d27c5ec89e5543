"""What a file says beside its pixels, sorted into what stays true of a result and what does not."""

from __future__ import annotations

import math

from PIL import ExifTags, Image, JpegImagePlugin

from .picture import Metadata

# Tags of the main directory that describe how the file stores its pixels (TIFF 6.0), other copies of what is
# kept elsewhere (resolution, profile, XMP), and the sizes and pictures that a result makes stale.
_STORAGE = frozenset(
    [
        *range(254, 260), *range(262, 267), 273, 274, *range(277, 285), *range(288, 294), 296, 297, 301,
        *range(317, 326), 330, *range(332, 335), *range(336, 343), 347, *range(512, 522), *range(529, 533),
        700, 34377, 34665, 34675, 34853, 37724, 40965,
    ]
)  # fmt: skip

COMMENT = "Comment"  # PNG's key for what a JPEG holds one of

# In the camera's directory: the stored size, and a directory of its own whose place in the file moves.
_STALE = frozenset({ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight, 40965})


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 if there is none or it cannot be read."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # cameras and editors write all kinds of broken EXIF, which must not cost the picture
        return 1
    return value if value in range(1, 9) else 1


def collect(image: Image.Image, *, turned: bool) -> Metadata:
    """Gather what should be carried into a result.

    Parameters
    ----------
    image : Image
        Decoded and upright.
    turned : bool
        Whether making it upright swapped width and height.

    Returns
    -------
    Metadata
    """
    icc = image.info.get("icc_profile")
    xmp = image.info.get("xmp")
    return Metadata(
        icc_profile=icc if isinstance(icc, bytes) and icc else None,
        exif=_kept_exif(image),
        xmp=xmp if isinstance(xmp, bytes) and xmp else None,
        texts=_texts(image),
        dpi=_dpi(image, turned=turned),
        subsampling=_subsampling(image),
    )


def _kept_exif(image: Image.Image) -> bytes:
    """The EXIF block without what the result makes untrue: orientation, sizes, the embedded thumbnail."""
    try:
        source = image.getexif()
        kept = Image.Exif()
        kept.update({tag: value for tag, value in source.items() if tag not in _STORAGE})
        for directory in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
            entries = {tag: value for tag, value in source.get_ifd(directory).items() if tag not in _STALE}
            if entries:
                kept[directory] = entries
        return kept.tobytes() if len(kept) else b""
    except Exception:  # broken EXIF, as above
        return b""


def _texts(image: Image.Image) -> tuple[tuple[str, str], ...]:
    """Text notes of a PNG, but for the metadata that is kept elsewhere; the comment of a JPEG."""
    found = getattr(image, "text", {})
    if isinstance(comment := image.info.get("comment"), bytes) and image.format in ("JPEG", "MPO"):
        found = {COMMENT: comment.decode("utf-8", "replace")}
    elsewhere = ("XML:com.adobe.xmp", "Raw profile type")
    return tuple((key, str(text)) for key, text in found.items() if not key.startswith(elsewhere))


def _dpi(image: Image.Image, *, turned: bool) -> tuple[float, float] | None:
    value = image.info.get("dpi")
    if not isinstance(value, tuple) or len(value) != 2:
        return None
    x, y = float(value[0]), float(value[1])
    if not all(math.isfinite(each) and each > 0 for each in (x, y)):
        return None
    return (y, x) if turned else (x, y)


def _subsampling(image: Image.Image) -> int | None:
    if image.format not in ("JPEG", "MPO"):
        return None
    found = JpegImagePlugin.get_sampling(image)
    return found if found >= 0 else None
