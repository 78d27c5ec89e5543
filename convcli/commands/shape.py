"""convcli shape: the output sizes of convolution layers and of networks of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from convcli import console
from convcli.commands.shape_options import (
    CeilModeOpt,
    CodeOpt,
    CompareOpt,
    DilationGapOpt,
    FrameworkOpt,
    GroupsOpt,
    InChannelsOpt,
    KernelSizeOpt,
    LayerDilationOpt,
    LayerPaddingOpt,
    LayerStrideOpt,
    NetOpt,
    OutChannelsOpt,
    OutputPaddingOpt,
    PadBeginOpt,
    Paddings,
    PadEndOpt,
    PoolOpt,
    ShapeLayoutOpt,
    SizeArg,
    SolveOpt,
    TransposedOpt,
    check_questions,
    dilation_of,
    operation_of,
    padding_of,
)
from convcli.errors import UsageError
from convcli.options import JsonOpt, QuietOpt, Sizes

if TYPE_CHECKING:
    from convcli.arithmetic.account import Account
    from convcli.arithmetic.codegen import Target
    from convcli.arithmetic.dialects import Framework, Operation
    from convcli.arithmetic.specs import LayerSpec

Layout = Literal["table", "json", "csv", "markdown"]

EXAMPLES: tuple[str, ...] = (
    "convcli shape --stride 2 --padding 1",
    "convcli shape 28 --kernel 5",
    "convcli shape 3x224x224 -k 7 -s 2 -p 3 --out-channels 64",
    "convcli shape 64x14x14 -k 4 -s 2 -p 1 --transposed --out-channels 32",
    "convcli shape 224 -s 2 -p same --compare",
    "convcli shape 28 --solve 14",
    "convcli shape --net vgg16",
    "convcli shape --net 'in 1x28x28 conv5-6 relu maxpool2 flatten fc-10'",
    "convcli shape 3x32x32 -p 1 --out-channels 8 --code torch",
)


def shape(
    size: SizeArg = None,
    kernel: KernelSizeOpt = None,
    stride: LayerStrideOpt = None,
    padding: LayerPaddingOpt = None,
    pad_begin: PadBeginOpt = None,
    pad_end: PadEndOpt = None,
    dilation: LayerDilationOpt = None,
    dilation_gap: DilationGapOpt = None,
    groups: GroupsOpt = 1,
    in_channels: InChannelsOpt = None,
    out_channels: OutChannelsOpt = None,
    transposed: TransposedOpt = False,
    output_padding: OutputPaddingOpt = None,
    pool: PoolOpt = None,
    ceil_mode: CeilModeOpt = False,
    framework: FrameworkOpt = "torch",
    compare: CompareOpt = False,
    solve: SolveOpt = None,
    net: NetOpt = None,
    code: CodeOpt = None,
    format: ShapeLayoutOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
) -> None:
    """Work out the output size of a layer or of a network, with the formula, parameters and multiply-adds.

    Sizes follow PyTorch unless --framework says otherwise: divisions round down, and what the stride steps
    over at the end is left over. Dilation is the spacing between weights, so 1 is an ordinary kernel;
    --dilation-gap counts the zeros between them instead. The receptive field is what one output sees,
    jump the way from one output to the next, start the centre of what the first output sees, all in input
    samples. MACs are multiply-adds of convolutions and linear layers, without biases; memory is the output
    in 32-bit floats.

    A chain of --net has layers OP[SIZE][-OUT][/STRIDE], each with what belongs to it: p1 d2 g32 op1 pb1 pe0
    same valid half full causal ceil nobias. OP is conv, dw (depthwise), convt (transposed), maxpool, avgpool,
    gap (global), adaptive, upsample, pad, flatten, fc, a norm (bn, ln, gn, instancenorm, lrn), an activation,
    dropout. ( ... )*3 repeats, [ a | b ] adds branches, concat [ a | b ] joins them, crop at the end of a
    branch cuts it to the others, # begins a comment.
    """
    layout = _layout(format, json=json)
    check_questions({"--compare": compare, "--solve": solve, "--net": net, "--code": code})
    given = {
        "kernel": kernel,
        "stride": stride,
        "padding": padding or pad_begin or pad_end,
        "dilation": dilation or dilation_gap,
        "output padding": output_padding,
    }
    if net is not None:
        layer_options = {
            **given,
            "groups": groups > 1,
            "in-channels": in_channels,
            "out-channels": out_channels,
        }
        _check_alone_with_net(
            {**layer_options, "transposed": transposed, "pool": pool, "ceil-mode": ceil_mode}
        )
        _print(_network(net, size, framework=framework), layout=layout, quiet=quiet)
        return
    spec = _spec(
        operation=operation_of(transposed=transposed, pool=pool),
        kernel=kernel,
        stride=stride,
        padding=padding_of(padding, pad_begin, pad_end),
        dilation=dilation_of(dilation, dilation_gap),
        output_padding=output_padding,
        ceil=ceil_mode,
        groups=groups,
        in_channels=in_channels,
        out_channels=out_channels,
        framework=framework,
    )
    fixed = frozenset(name for name, value in given.items() if value is not None)
    account = _account(spec, size, compare=compare, solve=solve, code=code, fixed=fixed)
    _print(account, layout=layout, quiet=quiet)


def _account(
    spec: "LayerSpec",
    size: Sizes | None,
    *,
    compare: bool,
    solve: Sizes | None,
    code: "Target | None",
    fixed: frozenset[str],
) -> "Account":
    if size is None:
        _check_without_size(spec, {"--compare": compare, "--code": code})
    if solve is not None:
        from convcli.arithmetic import solving

        if size is None:
            return solving.solve_input(spec, solve.values)
        return solving.solve(spec, size.values, solve.values, fixed)
    if compare and size is not None:
        from convcli.arithmetic import comparison

        return comparison.of_frameworks(spec, size.values)
    if code is not None and size is not None:
        from convcli.arithmetic import codegen

        return codegen.of_code(spec.on(size.values), code)
    from convcli.arithmetic import account

    return account.of_sizes(spec) if size is None else account.of_layer(spec.on(size.values))


def _network(text: str, size: Sizes | None, *, framework: "Framework") -> "Account":
    from convcli.arithmetic.networks.report import of_text
    from convcli.commands.shape_networks import read_network

    title, chain = read_network(text)
    return of_text(chain, size.values if size else None, framework=framework, title=title)


def _check_alone_with_net(options: Mapping[str, object]) -> None:
    for name, value in options.items():
        if value:
            raise UsageError(
                f"--{name.replace(' ', '-')} is of a single layer, and --net has many",
                hint="write it into the chain, e.g. conv3-64/2 p1, maxpool3/2 ceil, convt4-64/2 p1 op1",
            )


def _check_without_size(spec: "LayerSpec", asked: Mapping[str, object]) -> None:
    for name, value in asked.items():
        if value:
            raise UsageError(
                f"{name} needs the SIZE of an input", hint="e.g. convcli shape 224 -s 2 -p same --compare"
            )
    if spec.counts_channels:
        raise UsageError(
            "--groups, --in-channels and --out-channels count parameters: they need the SIZE of an input",
            hint="e.g. convcli shape 28x28 --in-channels 1 --out-channels 32",
        )


def _print(account: "Account", *, layout: str, quiet: bool) -> None:
    match layout:
        case "json":
            console.emit(account.record)
            return
        case "csv":
            lines = account.values.csv()
        case "markdown":
            lines = account.tables[0].markdown()
        case _:
            lines = account.lines(width=console.width(), rule=console.glyph("─", "-"))
    for line in lines:
        console.line(line)
    for note in account.notes if layout == "table" and not quiet else ():
        console.note(note)


def _layout(format: Layout | None, *, json: bool) -> Layout:
    if json and format not in (None, "json"):
        raise UsageError(f"--format {format} contradicts --json", hint="give one of the two")
    return "json" if json else format or "table"


def _spec(
    *,
    operation: "Operation",
    kernel: Sizes | None,
    stride: Sizes | None,
    dilation: Sizes | None,
    output_padding: Sizes | None,
    padding: Paddings,
    **others: Any,
) -> "LayerSpec":
    from convcli.arithmetic.specs import LayerSpec

    before, after = padding
    usual_kernel = 2 if operation in ("maxpool", "avgpool") else 3
    return LayerSpec(
        operation=operation,
        kernel=kernel.values if kernel else (usual_kernel,),
        stride=stride.values if stride else None,
        padding=before,
        padding_after=after,
        dilation=dilation.values if dilation else (1,),
        output_padding=output_padding.values if output_padding else None,
        **others,
    )
