"""The grammar of chains.

    chain    = { item [ -> | , | ; ] }
    item     = layer | ( chain ) [* N] | [ chain ] [* N] | [merge] [ chain | chain ... ] [merge] [* N]
    merge    = add | concat
    layer    = word { key }             see `words`
    chain    may begin with             in CxHxW
    list     = [64, 64, 'M', 128]       as in torchvision: 3x3 convolutions, padding 1, relu; M max pools

The branches of ``[a | b]`` all read what stands before; an empty one passes it on. They are added unless
concat is said. A branch that ends in ``crop`` is cut at its centre to the size of the others. A number sign
begins a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from convcli.arithmetic.networks.operations import INPUT, Network, Node, Operation
from convcli.arithmetic.networks.words import is_key, parse_word, with_key
from convcli.errors import UsageError, shortened

MOST_LAYERS = 20_000

_LIST = re.compile(r"\[\s*(?:\d+|['\"]?[am]['\"]?)(?:\s*,\s*(?:\d+|['\"]?[am]['\"]?))*\s*,?\s*\]")
_PIECE = re.compile(r"\*\s*\d+|[×x]\s*\d+(?=[\s)\]|,;]|$)|[()\[\]|]|[^\s()\[\]|,;*×]+|[,;*×]")
_MERGES = {"add": "add", "sum": "add", "concat": "concat", "cat": "concat"}
_OPENING = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class _Group:
    """Items one after the other, some times over."""

    items: tuple[_Item, ...]
    times: int = 1


@dataclass(frozen=True, slots=True)
class _Fork:
    """Branches that read the same and are merged."""

    branches: tuple[tuple[_Item, ...], ...]
    merge: str


_Item = Operation | _Group | _Fork


def parse_chain(text: str) -> Network:
    """Read a chain of layers.

    Raises
    ------
    UsageError
        If a word or a bracket is not understood.
    """
    reader = _Reader(text)
    items = reader.all()
    if not items:
        raise UsageError(
            "the chain has no layers", hint="e.g. in 1x28x28 conv5-6 relu maxpool2 flatten fc-10"
        )
    builder = _Builder()
    builder.extend(items, INPUT, depth=0)
    return Network(nodes=tuple(builder.nodes), input=reader.input)


def _prepared(text: str) -> str:
    without_comments = re.sub(r"#[^\n]*", " ", text)
    return _LIST.sub(_expanded, without_comments.lower().replace("->", " ").replace("→", " "))


def _expanded(found: re.Match[str]) -> str:
    """A torchvision list as a chain."""
    entries = re.findall(r"\d+|[am]", found[0])
    layers = {"m": "maxpool2/2", "a": "avgpool2/2"}
    return f"({' '.join(layers.get(entry) or f'conv3-{entry} p1 relu' for entry in entries)})"


class _Reader:
    """Reads pieces of text one after the other; knows the input that the chain may begin with."""

    def __init__(self, text: str) -> None:
        self._pieces = [piece for piece in _PIECE.findall(_prepared(text)) if piece not in ",;"]
        self._next = 0
        self.input: tuple[int, ...] | None = self._read_input()

    def chain(self) -> tuple[_Item, ...]:
        """Read items up to a closing bracket, a bar or the end, which stays."""
        items: list[_Item] = []
        while (piece := self._peek()) not in ("", "|", ")", "]"):
            if piece in _OPENING:
                items.append(self._bracket(merge=""))
            elif piece in _MERGES:
                self._take()
                if self._peek() != "[":
                    raise UsageError(
                        f"{piece!r} merges branches, but there are none",
                        hint=f"e.g. {piece} [ conv3-64 p1 | ]",
                    )
                items.append(self._bracket(merge=_MERGES[piece]))
            elif is_key(piece):
                self._add_key(items, self._take())
            else:
                items.append(parse_word(self._take()))
        return tuple(items)

    def all(self) -> tuple[_Item, ...]:
        """Read items up to the end."""
        items = self.chain()
        if self._peek() == "|":
            raise UsageError("'|' stands outside of brackets", hint="branches are written [ a | b ]")
        if self._peek():
            raise UsageError(f"{self._peek()!r} closes nothing", hint="every bracket is opened and closed")
        return items

    def _add_key(self, items: list[_Item], word: str) -> None:
        last = items[-1] if items else None
        if not isinstance(last, Operation):
            raise UsageError(
                f"{word!r} belongs to no layer", hint="keys follow their layer, e.g. conv3-64 p1"
            )
        items[-1] = with_key(last, word)

    def _bracket(self, *, merge: str) -> _Item:
        opening = self._take()
        closing = _OPENING[opening]
        branches = [self.chain()]
        while self._peek() == "|" and opening == "[":
            self._take()
            branches.append(self.chain())
        if self._peek() != closing:
            found = self._peek() or "the end"
            raise UsageError(f"{opening!r} is not closed: {closing!r} was expected, found {found!r}")
        self._take()
        if len(branches) == 1 and not merge:
            return _Group(branches[0], self._times())
        if not merge and self._peek() in _MERGES and self._peek(1) != "[":
            merge = _MERGES[self._take()]
        fork = _Fork(tuple(branches), merge or "add")
        return _Group((fork,), self._times())

    def _times(self) -> int:
        piece = self._peek()
        if not re.fullmatch(r"[*×x]\s*\d+", piece):
            return 1
        number = self._take().lstrip("*×x ")
        if len(number) > len(str(MOST_LAYERS)) or int(number) < 1:
            raise UsageError(f"{shortened(piece)!r}: repeats are from 1 to {MOST_LAYERS}")
        return int(number)

    def _read_input(self) -> tuple[int, ...] | None:
        first, second = self._peek(), self._peek(1)
        if first not in ("in", "input"):
            return None
        if not re.fullmatch(r"[1-9]\d{0,8}(x[1-9]\d{0,8}){0,3}", second):
            raise UsageError(
                f"{first} {second}: not the size of an input", hint="channels first, e.g. in 3x224x224"
            )
        self._next = 2
        return tuple(int(part) for part in second.split("x"))

    def _peek(self, ahead: int = 0) -> str:
        index = self._next + ahead
        return self._pieces[index] if index < len(self._pieces) else ""

    def _take(self) -> str:
        piece = self._peek()
        self._next += 1
        return piece


class _Builder:
    """Lays the items of a chain out as nodes of a graph."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def extend(self, items: tuple[_Item, ...], source: int, *, depth: int) -> int:
        """Append items, the first reading `source`; return the index of the last."""
        for item in items:
            match item:
                case Operation():
                    source = self._append(item, (source,), depth)
                case _Group():
                    for _ in range(item.times):
                        source = self.extend(item.items, source, depth=depth)
                case _Fork():
                    source = self._fork(item, source, depth=depth)
        return source

    def _fork(self, fork: _Fork, source: int, *, depth: int) -> int:
        ends = []
        for branch in fork.branches:
            crops = bool(branch) and isinstance(branch[-1], Operation) and branch[-1].name == "crop"
            ends.append((self.extend(branch[:-1] if crops else branch, source, depth=depth + 1), crops))
        whole = [end for end, crops in ends if not crops]
        if not whole:
            raise UsageError("every branch ends in crop", hint="one of them has to say the size")
        merged = tuple(self._cropped(end, whole, depth + 1) if crops else end for end, crops in ends)
        return self._append(Operation(name=fork.merge, text=fork.merge), merged, depth)

    def _cropped(self, end: int, whole: list[int], depth: int) -> int:
        return self._append(Operation(name="crop", text="crop"), (end, *whole), depth)

    def _append(self, operation: Operation, sources: tuple[int, ...], depth: int) -> int:
        if operation.name == "crop" and len(sources) == 1:
            raise UsageError("crop ends a branch", hint="e.g. concat [ crop | maxpool2 convt2-64/2 ]")
        if len(self.nodes) >= MOST_LAYERS:
            raise UsageError(f"the chain has more than {MOST_LAYERS} layers")
        self.nodes.append(Node(operation, sources, depth))
        return len(self.nodes) - 1
