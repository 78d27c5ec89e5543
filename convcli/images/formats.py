"""Picture file formats: their names, and what each can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from convcli.errors import WriteError

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
    metadata : frozenset of str
        Which of ``icc exif xmp texts dpi`` it keeps.
    """

    name: str
    suffixes: tuple[str, ...]
    kinds: frozenset[str]
    stores: Mapping[str, str] = field(default_factory=dict)
    metadata: frozenset[str] = frozenset()

    def holds(self, kind: str) -> bool:
        """Whether pictures of this kind can be written without losing depth or transparency."""
        return kind in self.kinds or kind in self.stores


_EVERY_NOTE = frozenset({"icc", "exif", "xmp", "texts", "dpi"})


def _kinds(text: str) -> frozenset[str]:
    return frozenset(text.split())


FORMATS = (
    Format("PNG", (".png",), _kinds("L8 LA8 RGB8 RGBA8 L16"), metadata=_EVERY_NOTE),
    Format("JPEG", (".jpg", ".jpeg"), _kinds("L8 RGB8 CMYK8"), metadata=_EVERY_NOTE),
    Format(
        "WEBP",
        (".webp",),
        _kinds("RGB8 RGBA8"),
        stores={"L8": "RGB8", "LA8": "RGBA8"},
        metadata=_EVERY_NOTE - {"texts", "dpi"},
    ),
    Format(
        "TIFF",
        (".tif", ".tiff"),
        _kinds("L8 LA8 RGB8 RGBA8 CMYK8 L16 L32i L32f"),
        metadata=_EVERY_NOTE - {"texts"},
    ),
    Format("GIF", (".gif",), _kinds("L8 RGB8 RGBA8"), stores={"LA8": "RGBA8"}),
    Format("BMP", (".bmp",), _kinds("L8 RGB8"), metadata=frozenset({"dpi"})),
)

BY_SUFFIX: Mapping[str, Format] = {suffix: each for each in FORMATS for suffix in each.suffixes}
BY_NAME: Mapping[str, Format] = {each.name: each for each in FORMATS}

# Pillow's names for the kinds of pictures that it holds.
MODES: Mapping[str, str] = {
    "L8": "L", "LA8": "LA", "RGB8": "RGB", "RGBA8": "RGBA", "CMYK8": "CMYK", "L16": "I;16", "L32i": "I",
    "L32f": "F",
}  # fmt: skip


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
        If the format would lose transparency or depth.
    """
    chosen = BY_NAME[source.format] if suffix is None else BY_SUFFIX[suffix]
    if chosen.holds(source.kind):
        return chosen
    able = [each for each in FORMATS if each.holds(source.kind) and each.name != "GIF"]
    names = " or ".join(each.name for each in able)
    raise WriteError(
        f"{name}: {chosen.name} cannot hold {_specialty(source)}",
        hint=f"write {names}, e.g. with --format {able[0].suffixes[0][1:]}",
    )


def _specialty(layout: Layout) -> str:
    """What a picture has that a format may lack."""
    if layout.dtype.kind == "f":
        return "real numbers"
    if layout.dtype.itemsize > 1:
        return f"{layout.dtype.itemsize * 8} bits a sample"
    return "transparency" if layout.has_alpha else f"{''.join(layout.channels)} colours"
