"""The libraries that pictures are measured with: each does a work its own best way, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from .model import Peer

# Module here, and what to install for it.
LIBRARIES = {
    "own": "convcli",
    "pillow": "pillow",
    "ndimage": "scipy",
    "skimage": "scikit-image",
    "opencv": "opencv-python-headless",
    "libvips": "pyvips[binary]",
}


def available(
    threads: int, libraries: Sequence[str] = tuple(LIBRARIES), load: Callable[[str], object] | None = None
) -> tuple[list[Peer], list[str]]:
    """The peers whose library is installed, and a line about each that is not.

    Parameters
    ----------
    threads : int
        For those that can use several.
    libraries : sequence of str
        Keys of `LIBRARIES`.
    load : callable, optional
        Imports one of them.
    """
    load = load or (lambda name: import_module(f"{__name__}.{name}"))
    found: list[Peer] = []
    missing = []
    for name in libraries:
        try:
            module = load(name)
        except ImportError:
            missing.append(f"{name} is left out: {LIBRARIES[name]} is not installed")
        else:
            found.extend(module.peers(threads))  # type: ignore[attr-defined]
    return found, missing
