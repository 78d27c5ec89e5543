"""Darknet's .cfg files, as of YOLO.

Its conventions: ``pad=1`` is a switch for half of the kernel, a max pool pads by size - 1 unless told
otherwise, more after than before, and ``from`` and ``layers`` count layers, backwards where negative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from convcli.arithmetic.networks.operations import ACTIVATIONS, INPUT, Network, Node, Operation
from convcli.errors import UsageError, shortened

Section = Mapping[str, str]

_ACTIVATIONS = {"leaky": "leakyrelu", "logistic": "sigmoid", "swish": "silu", "linear": "identity"}
_HEADS = ("yolo", "region", "detection", "cost", "gaussian_yolo", "crop")


def looks_like_darknet(text: str) -> bool:
    """Return whether a text is a Darknet file: its first section is [net] or [network]."""
    stripped = (line.split("#")[0].strip().lower() for line in text.splitlines())
    return next((line for line in stripped if line and not line.startswith(";")), "") in (
        "[net]",
        "[network]",
    )


def parse_darknet(text: str) -> Network:
    """Read a Darknet file.

    Raises
    ------
    UsageError
        If a section or a value is not understood.
    """
    sections = _sections(text)
    _, settings = sections[0]
    size = tuple(_number(settings, key, 0) for key in ("channels", "height", "width"))
    builder = _Builder()
    for name, section in sections[1:]:
        builder.add(name, section)
    if not builder.nodes:
        raise UsageError("the Darknet file has no layers")
    passed = sorted(builder.passed)
    notes = (f"passed over, as they change no shape: {', '.join(passed)}",) if passed else ()
    return Network(nodes=tuple(builder.nodes), input=size if all(size) else None, notes=notes)


def _sections(text: str) -> list[tuple[str, dict[str, str]]]:
    sections: list[tuple[str, dict[str, str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.split("#")[0].strip()
        if not content or content.startswith(";"):
            continue
        if content.startswith("[") and content.endswith("]"):
            sections.append((content[1:-1].strip().lower(), {}))
            continue
        key, equals, value = content.partition("=")
        if not equals or not sections:
            raise UsageError(f"line {number}: {shortened(content)!r} is neither [section] nor key=value")
        sections[-1][1][key.strip().lower()] = value.strip()
    return sections


class _Builder:
    """Makes nodes of sections; a section may be several nodes, and others count it as one layer."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.ends: list[int] = []  # of each Darknet layer the node that is its output
        self.passed: set[str] = set()

    def add(self, name: str, section: Section) -> None:
        """Append a section."""
        last = self.ends[-1] if self.ends else INPUT
        try:
            self.ends.append(self._section(name, section, last))
        except UsageError as error:
            raise UsageError(f"[{name}], layer {len(self.ends)}: {error.message}", hint=error.hint) from None

    def _section(self, name: str, section: Section, last: int) -> int:
        match name:
            case "convolutional" | "conv":
                return self._convolution(section, last)
            case "maxpool" | "local_avgpool":
                return self._pool(name, section, last)
            case "avgpool":
                return self._node("globalavgpool", (last,), "avgpool")
            case "connected" | "conn":
                out = _number(section, "output", 1)
                flat = self._node("flatten", (last,))
                linear = Operation(name="linear", text=f"connected-{out}", out=out)
                return self._activated(section, self._operation(linear, (flat,)), "logistic")
            case "shortcut":
                others = [self._layer(value) for value in _listed(section, "from")]
                return self._activated(section, self._node("add", (last, *others), "shortcut"))
            case "route":
                return self._route(section)
            case "upsample":
                factor = _number(section, "stride", 2)
                return self._operation(
                    Operation(name="upsample", text=f"upsample{factor}", size=(factor,)), (last,)
                )
            case "reorg" | "reorg3d":
                factor = _number(section, "stride", 1)
                return self._operation(
                    Operation(name="reorg", text=f"reorg{factor}", size=(factor,)), (last,)
                )
            case "dropout" | "softmax":
                return self._node(name, (last,))
            case _ if name in _HEADS:
                self.passed.add(f"[{name}]")
                return last
        raise UsageError("this kind of layer is not understood", hint="write the network as a chain instead")

    def _convolution(self, section: Section, last: int) -> int:
        size, out = _number(section, "size", 1), _number(section, "filters", 1)
        stride, dilation = _number(section, "stride", 1), _number(section, "dilation", 1)
        padding = size // 2 if _number(section, "pad", 0) else _number(section, "padding", 0)
        normalized = bool(_number(section, "batch_normalize", 0))
        operation = Operation(
            name="conv",
            text=f"conv{size}-{out}"
            + (f"/{stride}" if stride > 1 else "")
            + (f" p{padding}" if padding else ""),
            size=(size,),
            out=out,
            stride=(stride,),
            padding=(padding,),
            dilation=(dilation,),
            groups=_number(section, "groups", 1),
            bias=not normalized,
        )
        end = self._operation(operation, (last,))
        if normalized:
            end = self._node("batchnorm", (end,), "bn")
        return self._activated(section, end, "logistic")

    def _pool(self, name: str, section: Section, last: int) -> int:
        stride = _number(section, "stride", 1)
        size = _number(section, "size", stride)
        padding = _number(section, "padding", size - 1)
        operation = Operation(
            name="maxpool" if name == "maxpool" else "avgpool",
            text=f"maxpool{size}/{stride}",
            size=(size,),
            stride=(stride,),
            padding=(padding // 2,),
            padding_after=(padding - padding // 2,),
        )
        return self._operation(operation, (last,))

    def _route(self, section: Section) -> int:
        sources = tuple(self._layer(value) for value in _listed(section, "layers"))
        if _number(section, "groups", 1) > 1:
            raise UsageError(
                "route with groups is not understood", hint="write the network as a chain instead"
            )
        if len(sources) == 1:
            return self._node("identity", sources, "route")
        return self._node("concat", sources, "route")

    def _layer(self, text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise UsageError(f"{shortened(text)!r} is not the number of a layer") from None
        index = number if number >= 0 else len(self.ends) + number
        if not 0 <= index < len(self.ends):
            raise UsageError(f"there is no layer {number} before it")
        return self.ends[index]

    def _activated(self, section: Section, end: int, usual: str = "linear") -> int:
        given = section.get("activation", usual).lower()
        name = _ACTIVATIONS.get(given, given)
        if name == "identity":
            return end
        if name not in ACTIVATIONS:
            self.passed.add(f"activation {shortened(given)}")
            return end
        return self._node(name, (end,))

    def _node(self, name: str, sources: tuple[int, ...], text: str = "") -> int:
        return self._operation(Operation(name=name, text=text or name), sources)

    def _operation(self, operation: Operation, sources: tuple[int, ...]) -> int:
        self.nodes.append(Node(replace(operation), sources))
        return len(self.nodes) - 1


def _number(section: Section, key: str, usual: int) -> int:
    text = section.get(key, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise UsageError(f"{key}={shortened(text)} is not a whole number")
    return int(text)


def _listed(section: Section, key: str) -> list[str]:
    if not section.get(key):
        raise UsageError(f"{key} is missing")
    return [part.strip() for part in section[key].split(",") if part.strip()]
