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
    modes : frozenset of str
        Modes of `Layout` that it stores as they are.
    stores : mapping
        Modes that it stores as a wider one, without loss.
    metadata : frozenset of str
        Which of ``icc exif xmp texts dpi`` it keeps.
    """

    name: str
    suffixes: tuple[str, ...]
    modes: frozenset[str]
    stores: Mapping[str, str] = field(default_factory=dict)
    metadata: frozenset[str] = frozenset()

    def holds(self, mode: str) -> bool:
        """Whether pictures of this mode can be written without losing depth or transparency."""
        return mode in self.modes or mode in self.stores


_EVERY_NOTE = frozenset({"icc", "exif", "xmp", "texts", "dpi"})

FORMATS = (
    Format("PNG", (".png",), frozenset({"L", "LA", "RGB", "RGBA", "I;16"}), metadata=_EVERY_NOTE),
    Format("JPEG", (".jpg", ".jpeg"), frozenset({"L", "RGB", "CMYK"}), metadata=_EVERY_NOTE),
    Format(
        "WEBP",
        (".webp",),
        frozenset({"RGB", "RGBA"}),
        stores={"L": "RGB", "LA": "RGBA"},
        metadata=_EVERY_NOTE - {"texts", "dpi"},
    ),
    Format(
        "TIFF",
        (".tif", ".tiff"),
        frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "I;16", "I", "F"}),
        metadata=_EVERY_NOTE - {"texts"},
    ),
    Format("GIF", (".gif",), frozenset({"L", "RGB", "RGBA"}), stores={"LA": "RGBA"}),
    Format("BMP", (".bmp",), frozenset({"L", "RGB"}), metadata=frozenset({"dpi"})),
)

BY_SUFFIX: Mapping[str, Format] = {suffix: each for each in FORMATS for suffix in each.suffixes}
BY_NAME: Mapping[str, Format] = {each.name: each for each in FORMATS}

# What a mode has that a format may lack.
_SPECIALTY = {
    "LA": "transparency",
    "RGBA": "transparency",
    "I;16": "16 bits a sample",
    "I": "32 bits a sample",
    "F": "real numbers",
    "CMYK": "CMYK colours",
}


def for_result(suffix: str | None, source: Layout, *, name: str) -> Format:
    """Choose the format of a result, and check that it holds what the input has.

    Parameters
    ----------
    suffix : str or None
        That of the result, lower case with the dot; None: the input's format.
    source : Layout
        Of the input.
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
    if chosen.holds(source.mode):
        return chosen
    able = [each for each in FORMATS if each.holds(source.mode) and each.name != "GIF"]
    names = " or ".join(each.name for each in able)
    raise WriteError(
        f"{name}: {chosen.name} cannot hold {_SPECIALTY[source.mode]}",
        hint=f"write {names}, e.g. with --format {able[0].suffixes[0][1:]}",
    )
