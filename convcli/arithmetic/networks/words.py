"""The words of a chain: an operation with its numbers, or a key that says more about the one before.

OP[SIZE][-OUT][/STRIDE]     conv3-64   conv3x5-64/2   maxpool3/2   fc-10   adaptive7   relu   upsample2
OP OUT@SIZE                 conv6@5
key                         p1  p1x2  pb1 pe0  same  valid  half  full  causal  d2  g32  op1  ceil  nobias
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from convcli.arithmetic.dialects import PADDING_NAMES
from convcli.arithmetic.networks.operations import ELEMENTWISE, Operation
from convcli.errors import UsageError, shortened

_ALIASES = {
    "deconv": "convt",
    "convtranspose": "convt",
    "up": "convt",
    "depthwise": "dw",
    "dwconv": "dw",
    "pool": "maxpool",
    "averagepool": "avgpool",
    "mp": "maxpool",
    "ap": "avgpool",
    "fc": "linear",
    "dense": "linear",
    "gap": "globalavgpool",
    "gmp": "globalmaxpool",
    "adaptive": "adaptiveavgpool",
    "bn": "batchnorm",
    "ln": "layernorm",
    "gn": "groupnorm",
    "swish": "silu",
    "lrelu": "leakyrelu",
    "leaky": "leakyrelu",
    "id": "identity",
}
_WINDOWED = ("conv", "dw", "convt", "maxpool", "avgpool")
_PLAIN = ("flatten", "globalavgpool", "globalmaxpool", "crop", *ELEMENTWISE)
_NAMES = (*_WINDOWED, "linear", "upsample", "adaptiveavgpool", "pad", *_PLAIN)

_SIZES = r"\d{1,9}(?:x\d{1,9}){0,2}"
_WORD = re.compile(
    rf"(?P<name>[a-z_]+)(?:(?P<first>\d{{1,9}})@)?(?P<size>{_SIZES})?(?:-(?P<out>\d{{1,9}}))?(?:/(?P<stride>{_SIZES}))?"
)
_KEY = re.compile(rf"(?P<key>pb|pe|op|p|d|g)(?P<value>{_SIZES})")
_KEYS = {
    "p": ("padding", "a padding"),
    "pb": ("padding", "a padding"),
    "pe": ("padding_after", "a padding"),
    "d": ("dilation", "a dilation"),
    "op": ("output_padding", "an output padding"),
}


def is_key(word: str) -> bool:
    """Return whether a word says more about the operation before it."""
    return word in PADDING_NAMES or word in ("ceil", "nobias") or _KEY.fullmatch(word) is not None


def with_key(operation: Operation, word: str) -> Operation:
    """Return an operation with what a key says.

    Raises
    ------
    UsageError
        If the operation has no such property.
    """
    text = f"{operation.text} {word}"
    if word == "nobias":
        _check(operation, word, ("conv", "dw", "convt", "linear"), "a bias")
        return replace(operation, text=text, bias=False)
    if word == "ceil":
        _check(operation, word, ("maxpool", "avgpool"), "a ceil mode")
        return replace(operation, text=text, ceil=True)
    if word in PADDING_NAMES:
        _check(operation, word, _WINDOWED, "a padding")
        return replace(operation, text=text, padding=word, padding_after=None)
    match = _KEY.fullmatch(word)
    assert match is not None
    key, values = match["key"], _sizes(match["value"])
    if key == "g":
        _check(operation, word, ("conv", "convt"), "groups")
        return replace(operation, text=text, groups=_above_zero(values[0], word))
    name, what = _KEYS[key]
    _check(operation, word, ("convt",) if key == "op" else _WINDOWED, what)
    if key == "d":
        values = tuple(_above_zero(value, word) for value in values)
    changes: dict[str, Any] = {name: values}
    if key == "pb" and operation.padding_after is None:
        changes["padding_after"] = (0,)
    if key == "pe" and isinstance(operation.padding, str):
        changes["padding"] = (0,)
    return replace(operation, text=text, **changes)


def _check(operation: Operation, word: str, allowed: tuple[str, ...], what: str) -> None:
    if operation.name not in allowed:
        raise UsageError(
            f"{word!r} after {operation.text!r}: {operation.name} has not {what}",
            hint="keys follow the layer that they belong to, e.g. conv3-64 p1 relu",
        )


def parse_word(word: str) -> Operation:
    """Read an operation.

    Raises
    ------
    UsageError
        If it is none, or its numbers are missing or too many.
    """
    if word in ELEMENTWISE:  # relu6 ends in a number that is no size
        return Operation(name=word, text=word)
    match = _WORD.fullmatch(word)
    name = _ALIASES.get(match["name"], match["name"]) if match else ""
    if match is None or name not in _NAMES:
        raise UsageError(f"{shortened(word)!r} is not a layer", hint=_suggestion(word))
    out = match["first"] or match["out"]
    size, stride = match["size"], match["stride"]
    if (match["first"] and match["out"]) or (match["first"] and not size):
        raise UsageError(
            f"{word!r}: output channels are said twice, or a kernel is missing", hint="e.g. conv6@5"
        )
    operation = Operation(
        name=name,
        text=word,
        size=tuple(_above_zero(value, word) for value in _sizes(size)) if size else None,
        out=_above_zero(int(out), word) if out else None,
        stride=tuple(_above_zero(value, word) for value in _sizes(stride)) if stride else None,
    )
    return _complete(operation)


def _complete(operation: Operation) -> Operation:
    """Check which numbers there are, and put in the usual ones."""
    name, text = operation.name, operation.text
    if name in ("conv", "convt") and (operation.size is None or operation.out is None):
        raise UsageError(
            f"{text!r} needs a kernel and output channels",
            hint=f"e.g. {name}3-64 for a 3x3 kernel, 64 channels",
        )
    if name == "linear" and (operation.out is None or operation.size is not None):
        raise UsageError(f"{text!r} needs the features that it gives, and no more", hint="e.g. fc-10")
    if name in ("upsample", "adaptiveavgpool", "pad") and operation.size is None:
        raise UsageError(f"{text!r} needs a number", hint="e.g. upsample2, adaptive7, pad1")
    if name == "dw":
        return replace(operation, groups=0, size=operation.size or (3,))
    if name in ("maxpool", "avgpool"):
        size = operation.size or (2,)
        _refuse(operation, out=True)
        return replace(operation, size=size, stride=operation.stride or size)
    if name not in ("conv", "convt", "linear"):
        _refuse(operation, out=True, stride=True, size=name in _PLAIN)
    elif name == "linear":
        _refuse(operation, stride=True)
    return operation


def _refuse(operation: Operation, *, out: bool = False, stride: bool = False, size: bool = False) -> None:
    extra = (
        ("output channels", operation.out if out else None),
        ("stride", operation.stride if stride else None),
        ("size", operation.size if size else None),
    )
    for what, value in extra:
        if value is not None:
            raise UsageError(
                f"{operation.text!r}: {operation.name} has no {what}", hint="leave the number out"
            )


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("x"))


def _above_zero(value: int, word: str) -> int:
    if value < 1:
        raise UsageError(
            f"{word!r}: numbers of layers are 1 or more", hint="p0 and op0 may be 0, nothing else"
        )
    return value


def _suggestion(word: str) -> str:
    from difflib import get_close_matches

    known = [*_NAMES, *_ALIASES]
    close = get_close_matches(re.sub(r"[^a-z].*", "", word), known, n=1)
    return f"did you mean {close[0]}?" if close else "e.g. conv3-64 p1 relu maxpool2 flatten fc-10"
