"""What the code of all frameworks shares: a batch of one, channels, and padding ahead of the layer."""

from __future__ import annotations

from collections.abc import Callable

from convcli.arithmetic.python_text import array, assignment
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked.model import Worked
from convcli.errors import UsageError

Ends = list[tuple[int, int]]

HINT = "--code numpy writes it"

# Names of the boundaries in numpy.pad.
PAD_MODES = {
    "replicate": "edge",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "circular": "wrap",
}


def arrays(worked: Worked, wrap: Callable[[str], str]) -> list[str]:
    """Write the input, a batch of one with its channels first, the kernel, and the bias of each channel."""
    named = [("x", worked.input.reshaped((1, *worked.input.shape)))]
    if worked.kernel is not None:
        named.append(("w", worked.kernel))
    if worked.bias is not None:
        named.append(("b", Tensor((len(worked.bias),), worked.bias)))
    return [assignment(name, wrap(array(tensor))) for name, tensor in named]


def inner(worked: Worked) -> str:
    """Take the result out of its batch and, where there are no channels to speak of, out of its channel."""
    return "[0]" if worked.layered else "[0, 0]"


def ends(worked: Worked) -> Ends:
    """What the windows read before and after the input, along each axis."""
    return [(axis.before, axis.after + axis.overhang) for axis in worked.axes]


def check_padding(worked: Worked, framework: str, *known: str) -> None:
    """Refuse the padding that a framework does not have.

    Raises
    ------
    UsageError
        If the boundary is none of the known ones, or reaches further than its rule does there.
    """
    name = worked.boundary.name
    if worked.boundary.constant or not any(map(any, ends(worked))):
        return
    if name not in known:
        raise UsageError(f"{framework} has no padding {name!r}", hint=HINT)
    # A reflection leaves out the end that it starts from.
    lacking = {"reflect": 1, "circular": 0, "symmetric": 0}.get(name)
    if lacking is not None and any(
        max(axis.before, axis.after) > axis.size - lacking for axis in worked.axes
    ):
        raise UsageError(f"{framework} pads by one length of the input at most ({name})", hint=HINT)
