"""Colours of the drawings, light and dark.

The hues are those of Okabe and Ito, which people with any kind of colour vision can tell apart. They are
mixed with the ground behind them, so that numbers on them can be read; and nothing is said by colour alone:
padding is hatched, inserted zeros are dotted, the window has an outline.

References
----------
.. [1] M. Okabe and K. Ito, "Color universal design", 2008, https://jfly.uni-koeln.de/color/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ThemeName = Literal["light", "dark", "auto"]
Colour = tuple[int, int, int]

ORANGE: Colour = (230, 159, 0)
SKY_BLUE: Colour = (86, 180, 233)
BLUISH_GREEN: Colour = (0, 158, 115)
BLUE: Colour = (0, 114, 178)
VERMILION: Colour = (213, 94, 0)
BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours by name.

    Parameters
    ----------
    name : str
    colours : mapping of str to Colour
        ``ground``; the inks of texts ``text``, ``quiet`` and ``strong``; ``line`` between cells, ``texture``
        of hatching and dots, ``accent`` of outlines; and the fills of cells: a role, or ``role-light``.
    """

    name: str
    colours: Mapping[str, Colour]

    def __getitem__(self, name: str) -> Colour:
        return self.colours[name]

    def css(self, name: str) -> str:
        """A colour as style sheets write it: ``#d55e00``."""
        return "#{:02x}{:02x}{:02x}".format(*self.colours[name])


def mix(colour: Colour, ground: Colour, share: float) -> Colour:
    """Return a colour on its way from `ground` (share 0) to `colour` (share 1)."""
    red, green, blue = (round(g + (c - g) * share) for c, g in zip(colour, ground, strict=True))
    return red, green, blue


def contrast(first: Colour, second: Colour) -> float:
    """Contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = (value / 255 for value in colour)
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _light() -> Theme:
    text: Colour = (26, 28, 31)
    return Theme(
        "light",
        {
            "ground": WHITE,
            "text": text,
            "quiet": mix(text, WHITE, 0.72),
            "strong": mix(VERMILION, BLACK, 0.8),
            "line": mix(text, WHITE, 0.45),
            "texture": mix(text, WHITE, 0.24),
            "accent": VERMILION,
            "input": mix(SKY_BLUE, WHITE, 0.3),
            "input-read": mix(SKY_BLUE, WHITE, 0.8),
            "input-chosen": mix(ORANGE, WHITE, 0.8),
            "padding": WHITE,
            "padding-read": mix(SKY_BLUE, WHITE, 0.5),
            "inserted": WHITE,
            "inserted-read": mix(SKY_BLUE, WHITE, 0.5),
            "kernel": mix(ORANGE, WHITE, 0.25),
            "output": mix(BLUISH_GREEN, WHITE, 0.3),
            "output-read": mix(BLUISH_GREEN, WHITE, 0.65),
            "pending": WHITE,
        },
    )


def _dark() -> Theme:
    ground: Colour = (20, 23, 27)
    text: Colour = (240, 242, 244)
    return Theme(
        "dark",
        {
            "ground": ground,
            "text": text,
            "quiet": mix(text, ground, 0.7),
            "strong": ORANGE,
            "line": mix(text, ground, 0.4),
            "texture": mix(text, ground, 0.3),
            "accent": ORANGE,
            "input": mix(BLUE, ground, 0.4),
            "input-read": mix(BLUE, ground, 0.9),
            "input-chosen": mix(VERMILION, ground, 0.75),
            "padding": ground,
            "padding-read": mix(BLUE, ground, 0.5),
            "inserted": ground,
            "inserted-read": mix(BLUE, ground, 0.5),
            "kernel": mix(ORANGE, ground, 0.2),
            "output": mix(BLUISH_GREEN, ground, 0.32),
            "output-read": mix(BLUISH_GREEN, ground, 0.68),
            "pending": ground,
        },
    )


LIGHT = _light()
DARK = _dark()


def theme(name: ThemeName) -> Theme:
    """Return the colours of a theme; ``auto`` starts with the light ones."""
    return DARK if name == "dark" else LIGHT
