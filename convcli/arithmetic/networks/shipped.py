"""The networks that come with the package, by name."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[2] / "networks"


def shipped_names() -> list[str]:
    """Return the names of the networks that come with the package."""
    return sorted(path.stem for path in _FOLDER.glob("*.txt"))


def shipped_text(name: str) -> str | None:
    """Return the text of a network by name, in any case and with - for _; None if there is none."""
    wanted = name.lower().replace("-", "_")
    return (_FOLDER / f"{wanted}.txt").read_text(encoding="utf-8") if wanted in shipped_names() else None
