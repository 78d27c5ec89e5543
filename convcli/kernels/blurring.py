"""Which kernel a request to blur means: the kind, or the kind that its measures imply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from convcli.errors import UsageError

from .catalogue import make
from .composing import repeat
from .model import Kernel, Weights

BlurKind = Literal["box", "gaussian", "triangle", "disk", "motion"]

# The measures of each kind, in the order of the kernel's parameters, and what a missing one means. The first
# sets the size.
_MEASURES: Mapping[BlurKind, Mapping[str, str]] = {
    "box": {"size": "3"},
    "gaussian": {"sigma": "2", "truncate": "4"},
    "triangle": {"size": "3"},
    "disk": {"radius": "4"},
    "motion": {"length": "15", "angle": "0"},
}


def blur_kernel(
    kind: BlurKind | None = None,
    *,
    size: str | None = None,
    sigma: str | None = None,
    radius: str | None = None,
    length: str | None = None,
    angle: str | None = None,
    truncate: str | None = None,
    passes: int = 1,
    builders: Mapping[BlurKind, Callable[..., Weights]] | None = None,
) -> Kernel:
    """Choose and build the kernel of a blur.

    Parameters
    ----------
    kind : {'box', 'gaussian', 'triangle', 'disk', 'motion'}, optional
        Default: the kind that the given measures belong to, a box if there are none.
    size : str, optional
        Of a box or triangle: ``3`` or ``3x5``; 3 if missing.
    sigma : str, optional
        Of a Gaussian: ``2`` or ``1x2``; 2 if missing.
    radius : str, optional
        Of a disk; 4 if missing.
    length, angle : str, optional
        Of a motion, in pixels and degrees; 15 and 0 if missing.
    truncate : str, optional
        Standard deviations at which a Gaussian is cut; 4 if missing.
    passes : int
        How often to blur, at least 1: one kernel does it all.
    builders : mapping, optional
        Other ways to make the weights of some kinds, as `tools.builders` gives them.

    Returns
    -------
    Kernel

    Raises
    ------
    UsageError
        If a measure does not belong to the kind, measures of several kinds are given, or one is out of range.
    """
    if passes < 1:
        raise UsageError(f"--passes {passes}: must be at least 1")
    texts = {
        "size": size, "sigma": sigma, "truncate": truncate, "radius": radius, "length": length, "angle": angle
    }  # fmt: skip
    given = {name: text for name, text in texts.items() if text is not None}
    chosen = kind or _implied(given)
    measures = _MEASURES[chosen]
    for name in given:
        if name not in measures:
            raise UsageError(
                f"--{name} is not a measure of a {chosen} blur",
                hint=f"a {chosen} takes {' and '.join(f'--{measure}' for measure in measures)}",
            )
    arguments = [given.get(name, default) for name, default in measures.items()]
    build = (builders or {}).get(chosen)
    once = make(chosen, *arguments, labels=[f"--{name}" for name in measures], build=build)
    if passes == 1:
        return once
    return replace(once, name=f"{once.name}, {passes} passes", array=repeat(once.plane, passes))


def _implied(given: Mapping[str, str]) -> BlurKind:
    """The first kind that has all the given measures."""
    for kind, measures in _MEASURES.items():
        if given.keys() <= measures.keys():
            return kind
    names = " and ".join(f"--{name}" for name in given)
    raise UsageError(f"{names} belong to different kinds of blur", hint="leave one of them out")
