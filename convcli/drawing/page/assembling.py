"""The page put together: markup, style and scripts that come with the package, and the scene as data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from convcli.arithmetic.notation import plain_number
from convcli.drawing.page.scenes import check

# In the order in which they need each other; each makes one name, except the last, which begins.
_SCRIPTS = (
    "arithmetic",
    "curves",
    "lattices",
    "words",
    "dom",
    "controls",
    "transport",
    "grid",
    "settings",
    "window",
    "board",
    "examples",
    "panel",
    "numbers",
    "chart",
    "functions",
    "plots",
    "distributions",
    "page",
)


def render(scene: Mapping[str, Any]) -> str:
    """Make the page that shows a scene.

    Parameters
    ----------
    scene : mapping
        What the page begins with, in one of the forms that `scenes.check` describes. Its ``kind`` chooses the
        tab that is open; numbers may be integers, floats or fractions.

    Returns
    -------
    str
        HTML that needs no other file and no network. Equal scenes give equal texts.

    Raises
    ------
    UsageError
        If the scene is of none of the kinds, or cannot be shown.
    """
    check(scene)
    data = json.dumps(scene, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    page = Template(_part("page.html"))
    return page.substitute(
        title=escape(scene["title"]),
        style=_part("page.css"),
        # No tag can begin or end within the data.
        scene=data.replace("<", "\\u003c"),
        script='"use strict";\n' + "\n".join(_part(f"{name}.js") for name in _SCRIPTS),
    )


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _plain(value: Fraction) -> int | float:
    return plain_number(value)
