"""convcli shape: the output sizes of convolution layers."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from convcli import console
from convcli.errors import UsageError
from convcli.options import (
    CONVOLUTION,
    INPUT,
    ONE,
    THREE,
    DilationOpt,
    JsonOpt,
    QuietOpt,
    Sizes,
    StrideOpt,
    parse_amounts,
    parse_count,
    parse_sizes,
    whole_numbers,
)

if TYPE_CHECKING:
    from convcli.arithmetic.layers import Layer, LayerSpec

EXAMPLES: tuple[str, ...] = (
    "convcli shape --stride 2 --padding 1",
    "convcli shape 28 --kernel 5",
    "convcli shape 3x224x224 -k 7 -s 2 -p 3 --out-channels 64",
    "convcli shape 64x14x14 -k 4 -s 2 -p 1 --transposed --out-channels 32",
)

PADDING_NAMES = ("same", "valid", "half", "full")
ZERO = Sizes((0,))


@dataclass(frozen=True, slots=True)
class LayerPadding:
    """A padding of a layer: one of its names, or amounts."""

    given: str | Sizes

    @property
    def value(self) -> str | tuple[int, ...]:
        """The padding as `LayerSpec` takes it."""
        return self.given if isinstance(self.given, str) else self.given.values

    def __str__(self) -> str:
        return str(self.given)


def parse_input_size(text: str | Sizes) -> Sizes:
    """Read ``28``, ``5x7`` or ``3x224x224``: whole numbers above 0, channels first."""
    rule = "N, HxW, CxHxW or CxDxHxW in whole numbers above 0, e.g. 28 or 3x224x224"
    return whole_numbers(text, least=1, rule=rule)


def parse_layer_padding(text: str | LayerPadding) -> LayerPadding:
    """Read ``same``, ``valid``, ``half``, ``full``, ``1`` or ``1x2``."""
    if isinstance(text, LayerPadding):
        return text
    if text.lower() in PADDING_NAMES:
        return LayerPadding(text.lower())
    rule = f"{', '.join(PADDING_NAMES)}, N or PxQ, e.g. 1 or 1x2"
    return LayerPadding(whole_numbers(text, least=0, rule=rule))


SizeArg = Annotated[
    Sizes | None,
    typer.Argument(
        metavar="SIZE",
        parser=parse_input_size,
        help="Size of the input: N for one axis, HxW, CxHxW or CxDxHxW, channels first. "
        "Without it: a table of common sizes.",
        rich_help_panel=INPUT,
        show_default=False,
    ),
]
KernelSizeOpt = Annotated[
    Sizes,
    typer.Option(
        "--kernel",
        "-k",
        parser=parse_sizes,
        metavar="N|HxW",
        help="Size of the kernel.",
        rich_help_panel=CONVOLUTION,
    ),
]
LayerPaddingOpt = Annotated[
    LayerPadding,
    typer.Option(
        "--padding",
        "-p",
        parser=parse_layer_padding,
        metavar="N|PxQ|NAME",
        help="Zeros at both ends: how many, or same (PyTorch's, for stride 1), valid (none), half (of the "
        "kernel, rounded down) or full (the kernel but for one sample).",
        rich_help_panel=CONVOLUTION,
    ),
]
GroupsOpt = Annotated[
    int,
    typer.Option(
        "--groups",
        "-g",
        parser=parse_count,
        metavar="N",
        help="Parts that the channels are divided into; for parameters and multiply-adds.",
        rich_help_panel=CONVOLUTION,
    ),
]
InChannelsOpt = Annotated[
    int | None,
    typer.Option(
        "--in-channels",
        parser=parse_count,
        metavar="N",
        help="Channels of the input, where SIZE does not say.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
OutChannelsOpt = Annotated[
    int | None,
    typer.Option(
        "--out-channels",
        parser=parse_count,
        metavar="N",
        help="Channels of the output; with those of the input they give parameters and multiply-adds.",
        rich_help_panel=CONVOLUTION,
        show_default=False,
    ),
]
TransposedOpt = Annotated[
    bool,
    typer.Option(
        "--transposed",
        metavar="",
        help="A transposed convolution; padding is that of the convolution it transposes.",
        rich_help_panel=CONVOLUTION,
    ),
]
OutputPaddingOpt = Annotated[
    Sizes,
    typer.Option(
        "--output-padding",
        parser=parse_amounts,
        metavar="N|PxQ",
        help="Further outputs at the end of a transposed convolution, below its stride or dilation.",
        rich_help_panel=CONVOLUTION,
    ),
]


def shape(
    size: SizeArg = None,
    kernel: KernelSizeOpt = THREE,
    stride: StrideOpt = ONE,
    padding: LayerPaddingOpt = LayerPadding(ZERO),
    dilation: DilationOpt = ONE,
    groups: GroupsOpt = 1,
    in_channels: InChannelsOpt = None,
    out_channels: OutChannelsOpt = None,
    transposed: TransposedOpt = False,
    output_padding: OutputPaddingOpt = ZERO,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Work out the output size of a convolution layer, with the formula, parameters and multiply-adds.

    Sizes follow PyTorch: divisions round down, and what the stride steps over at the end is left
    over. Dilation is the spacing between weights, so 1 is an ordinary kernel. The receptive field is
    what one output sees, jump the way from one output to the next, start the centre of what the first
    output sees, all in input samples.
    """
    from convcli.arithmetic import account
    from convcli.arithmetic.layers import LayerSpec

    spec = LayerSpec(
        kernel=kernel.values,
        stride=stride.values,
        padding=padding.value,
        dilation=dilation.values,
        output_padding=output_padding.values,
        transposed=transposed,
        groups=groups,
        in_channels=in_channels,
        out_channels=out_channels,
    )
    if size is None:
        _show_sizes(spec, json=json)
        return
    layer = spec.on(size.values)
    if json:
        console.emit(layer.record())
        return
    _show_layer(layer)
    for remark in account.remarks(layer) if not quiet else ():
        console.note(remark)


def _show_sizes(spec: "LayerSpec", *, json: bool) -> None:
    from convcli.arithmetic import account
    from convcli.arithmetic.layers import fitting_sizes

    if spec.counts_channels:
        raise UsageError(
            "--groups, --in-channels and --out-channels count parameters: they need the SIZE of an input",
            hint="e.g. convcli shape 28x28 --in-channels 1 --out-channels 32",
        )
    fitting = fitting_sizes(spec)
    rules = account.rules(fitting[0])
    if json:
        console.emit({"rows": account.size_records(fitting), "formula": "; ".join(rules)})
        return
    for rule in rules:
        console.line(rule)
    console.line()
    console.table(*account.size_table(fitting, width=console.width()))


def _show_layer(layer: "Layer") -> None:
    from convcli.arithmetic import account
    from convcli.arithmetic.notation import format_shape

    name = "transposed conv" if layer.transposed else "conv"
    console.line(f"{name} {format_shape(layer.input)} -> {format_shape(layer.output)}")
    console.line()
    console.table(*account.axis_table(layer, width=console.width()), align="l", styles=("name",))
    for text in ("", *account.formulas(layer), *account.costs(layer)):
        console.line(text)
