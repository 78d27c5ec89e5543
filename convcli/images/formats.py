"""Picture file formats: their names, and what each can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from convcli.errors import ReadError, WriteError

from . import openimageio
from .picture import Layout


@dataclass(frozen=True, slots=True)
class Format:
    """One file format.

    Parameters
    ----------
    name : str
        Pillow's name, which is also the one for people.
    suffixes : tuple of str
        Lower case, the usual one first.
    kinds : frozenset of str
        Kinds of `Layout` that it stores as they are.
    stores : mapping
        Kinds that it stores as a wider one, without loss.
    samples : frozenset of str
        Sample formats, as ``u1 i2 f4``, that it stores in any channels.
    most_channels : int
        Of those.
    metadata : frozenset of str
        Which of ``icc exif xmp texts dpi`` it keeps.
    several : {'frames', 'pages'} or None
        What it makes of several pictures; None: it holds one.
    written : bool
        Whether it can be written, not only read.
    by_openimageio : bool
        Whether OpenImageIO writes it.
    """

    name: str
    suffixes: tuple[str, ...]
    kinds: frozenset[str] = frozenset()
    stores: Mapping[str, str] = field(default_factory=dict)
    samples: frozenset[str] = frozenset()
    most_channels: int = 65_535
    metadata: frozenset[str] = frozenset()
    several: Literal["frames", "pages"] | None = None
    written: bool = True
    by_openimageio: bool = False

    def holds(self, layout: Layout) -> bool:
        """Whether pictures like this one can be written without losing depth, transparency or channels."""
        if not self.written:
            return False
        if layout.kind in self.kinds or layout.kind in self.stores:
            return True
        return layout.dtype.str[1:] in self.samples and len(layout.channels) <= self.most_channels


_EVERY_NOTE = frozenset({"icc", "exif", "xmp", "texts", "dpi"})
_NUMBERS = "u1 u2 u4 u8 i1 i2 i4 i8 f2 f4 f8"
_GRAY_AS_COLOUR = {"L8": "RGB8", "LA8": "RGBA8"}


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORMATS = (
    Format(
        "PNG",
        (".png",),
        _set("L8 LA8 RGB8 RGBA8 L16 LA16 RGB16 RGBA16"),
        metadata=_EVERY_NOTE,
        several="frames",
    ),
    Format("JPEG", (".jpg", ".jpeg"), _set("L8 RGB8 CMYK8"), metadata=_EVERY_NOTE),
    Format(
        "WEBP",
        (".webp",),
        _set("RGB8 RGBA8"),
        stores=_GRAY_AS_COLOUR,
        metadata=_EVERY_NOTE - {"texts"},
        several="frames",
    ),
    Format(
        "TIFF",
        (".tif", ".tiff"),
        samples=_set("u1 u2 u4 i1 i2 i4 f2 f4 f8"),
        metadata=_EVERY_NOTE - {"texts"},
        several="pages",
    ),
    Format(
        "GIF",
        (".gif",),
        _set("L8 RGB8 RGBA8"),
        stores={"LA8": "RGBA8"},
        metadata=frozenset({"texts"}),
        several="frames",
    ),
    Format(
        "AVIF",
        (".avif",),
        _set("RGB8 RGBA8"),
        stores=_GRAY_AS_COLOUR,
        metadata=_EVERY_NOTE - {"texts"},
        several="frames",
    ),
    Format("HEIC", (".heic", ".heif"), written=False),
    Format("BMP", (".bmp",), _set("L8 RGB8"), metadata=frozenset({"dpi"})),
    Format("EXR", (".exr",), samples=_set("f2 f4"), by_openimageio=True),
    Format("CSV", (".csv",), samples=_set(_NUMBERS), most_channels=1),
    Format("NPY", (".npy",), samples=_set(_NUMBERS)),
)

BY_SUFFIX: Mapping[str, Format] = {
    suffix: each for each in FORMATS if each.written for suffix in each.suffixes
}
BY_NAME: Mapping[str, Format] = {each.name: each for each in FORMATS}

# Pillow's names for the kinds of pictures that it holds.
MODES: Mapping[str, str] = {
    "L8": "L", "LA8": "LA", "RGB8": "RGB", "RGBA8": "RGBA", "CMYK8": "CMYK", "L16": "I;16", "L32i": "I",
    "L32f": "F",
}  # fmt: skip

# The suggestions for what a format cannot hold: those that people look at, and for measured values NPY.
_SUGGESTED = ("PNG", "JPEG", "WEBP", "TIFF", "EXR")
_MEASURED = "if"  # kinds of dtype


def for_result(suffix: str | None, source: Layout, *, name: str) -> Format:
    """Choose the format of a result, and check that it holds what the result has.

    Parameters
    ----------
    suffix : str or None
        That of the result, lower case with the dot; None: the format that `source` names.
    source : Layout
        Of the result.
    name : str
        Of the result, for messages.

    Returns
    -------
    Format

    Raises
    ------
    WriteError
        If the format would lose transparency, depth, channels or frames, or is written by a library that is
        not installed.
    """
    chosen = BY_NAME[source.format] if suffix is None else BY_SUFFIX[suffix]
    if not chosen.holds(source):
        raise _refusal(chosen, source, _unheld(chosen, source), name=name)
    if not _holds_all(chosen, source):
        what = "pages" if source.has_pages else "frames"
        raise _refusal(chosen, source, f"{source.frames} {what}", name=name)
    if chosen.by_openimageio:
        try:
            openimageio.library(f"{name}: {chosen.name}")
        except ReadError as error:
            raise WriteError(error.message, hint=error.hint) from None
    return chosen


def _holds_all(chosen: Format, source: Layout) -> bool:
    """Whether a format holds as many pictures. Frames can be pages, but pages have no time to be shown."""
    return source.frames == 1 or chosen.several in (("pages",) if source.has_pages else ("frames", "pages"))


def _refusal(chosen: Format, source: Layout, specialty: str, *, name: str) -> WriteError:
    holding = [each for each in FORMATS if each.holds(source) and _holds_all(each, source)]
    suggested = (*_SUGGESTED, "NPY") if source.dtype.kind in _MEASURED else _SUGGESTED
    able = [each for each in holding if each.name in suggested] or holding
    names = " or ".join(each.name for each in able)
    problem = f"cannot hold {specialty}" if chosen.written else "can be read, not written"
    return WriteError(
        f"{name}: {chosen.name} {problem}",
        hint=f"write {names}, e.g. with --format {able[0].suffixes[0][1:]}" if able else None,
    )


def _unheld(chosen: Format, layout: Layout) -> str:
    """What of a picture a format lacks."""
    if chosen.samples and layout.dtype.kind == "u" and layout.dtype.str[1:] not in chosen.samples:
        return f"{layout.dtype.itemsize * 8} bits a sample"  # few may be too few
    return _specialty(layout)


def _specialty(layout: Layout) -> str:
    """What a picture has that a format may lack."""
    if layout.dtype.kind == "f":
        return "real numbers"
    if layout.dtype.kind == "i":
        return "signed numbers"
    if layout.dtype.itemsize > 1:
        return f"{layout.dtype.itemsize * 8} bits a sample"
    if layout.has_alpha:
        return "transparency"
    return f"{''.join(layout.channels)} colours" if len(layout.channels) < 5 else "so many channels"
