"""Code for worked convolutions: what NumPy's gives when it is run, and that each line is Python."""

import ast
import contextlib
import io
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convcli.arithmetic.axis import Axis
from convcli.arithmetic.boundary import Boundary
from convcli.arithmetic.literals import parse_array
from convcli.arithmetic.tensors import Tensor
from convcli.arithmetic.worked import Worked, work
from convcli.arithmetic.worked.coding import code
from convcli.errors import UsageError


def worked(x: str, kernel: str, **options: Any) -> Worked:
    return work(Tensor.of(parse_array(x)), Tensor.of(parse_array(kernel)), **options)


def run(script: str) -> Any:
    """Run code as it would be pasted, and return its y; the last line prints it."""
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(script, names)
    assert printed.getvalue() == f"{names['y']}\n"
    return names["y"]


@given(st.data())
def test_numpy_gives_the_result(layouts: Callable[..., Any], data: st.DataObject) -> None:
    layout = data.draw(layouts())
    y = run(code(layout, "numpy"))
    expected = np.array(layout.result().nested(float))
    assert y.shape == expected.shape
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)


@given(
    st.lists(st.integers(-9, 9), min_size=1, max_size=6),
    st.lists(st.integers(-9, 9), min_size=1, max_size=6),
    st.sampled_from(["full", "same", "valid"]),
    st.booleans(),
    st.booleans(),
)
@example([1, 2, 3], [4, 5], "same", True, True)  # scipy.signal.correlate2d centres this kernel elsewhere
@example(
    [1, 2], [3, 4, 5], "same", False, False
)  # numpy.convolve gives as many numbers as the longer one has
def test_numpy_by_name(x: list[int], kernel: list[int], mode: str, correlate: bool, table: bool) -> None:
    if mode == "valid" and len(kernel) > len(x):
        return
    lists = ([x, x[::-1]], [kernel]) if table else (x, kernel)
    convolution = work(*map(Tensor.of, lists), padding=mode, correlate=correlate)
    script = code(convolution, "numpy")
    moved = table and correlate and mode == "same" and len(kernel) % 2 == 0
    if len(kernel) <= len(x) and not moved:
        assert f'mode="{mode}"' in script or len(kernel) == 1
    np.testing.assert_array_equal(run(script), convolution.result().nested(int))


AXIS = Axis(size=3, kernel=3, stride=2, before=1, after=1, output_padding=1, transposed=True)
EXAMPLES = {
    "list": worked("1,2,3,4", "1,2,1/3"),
    "reflected": worked(
        "1,2,3", "1,2", padding=((1, 2),), boundary=Boundary("reflect"), correlate=True, bias=Fraction(1)
    ),
    "transposed": Worked(
        input=Tensor.of([[1, 2, 3]]), kernel=Tensor.of([[[1, 2, 3]]]), axes=(AXIS,), correlate=True
    ),
    "table": worked(
        "1,2;3,4", "1,2;3,4", padding=((1, 0), (2, 1)), boundary=Boundary("constant", Fraction(5))
    ),
    "far padding": Worked(
        input=Tensor.of([[1, 5, 2]]),
        kernel=None,
        axes=(Axis(size=3, kernel=3, before=2, after=2),),
        pool="max",
    ),
    "negative padding": Worked(
        input=Tensor.of([[7]]),
        kernel=Tensor.of([[[5, 6]]]),
        axes=(Axis(size=1, kernel=2, before=-2, after=1, transposed=True),),
        bias=(Fraction(1),),
        correlate=True,
    ),
    "maximum": Worked(
        input=Tensor.of([[1, 5, 2]]), kernel=None, axes=(Axis(size=3, kernel=2, before=1),), pool="max"
    ),
    "mean": Worked(
        input=Tensor.of([[1, 5, 2]]),
        kernel=None,
        axes=(Axis(size=3, kernel=2, stride=2, before=1, after=1),),
        pool="avg",
        count_padding=False,
        layered=True,
    ),
}


# Each of these was run in its framework when it was written down, and gave the result.
@pytest.mark.parametrize(
    ("target", "name", "lines"),
    [
        ("numpy", "list", ['y = np.convolve(x, w, mode="full")']),
        ("torch", "list", ["y = F.conv1d(x, w.flip(-1), padding=2)[0, 0]"]),
        (
            "torch",
            "reflected",
            ['x = F.pad(x, (1, 2), mode="reflect")', "y = F.conv1d(x, w, b)[0, 0]"],
        ),
        (
            "torch",
            "transposed",
            ["y = F.conv_transpose1d(x, w, stride=2, padding=1, output_padding=1)[0, 0]"],
        ),
        ("torch", "table", ["x = F.pad(x, (2, 1, 1, 0), value=5)", "y = F.conv2d(x, w.flip(-2, -1))[0, 0]"]),
        (
            "torch",
            "far padding",
            ["x = F.pad(x, (2, 2), value=-torch.inf)", "y = F.max_pool1d(x, 3, stride=1)[0, 0]"],
        ),
        (
            "torch",
            "negative padding",
            [
                "painted = F.conv_transpose1d(x, w)",
                "y = (F.pad(F.pad(painted, (2, 0)), (0, -1)) + b[:, None])[0, 0]",
            ],
        ),
        (
            "torch",
            "maximum",
            ["x = F.pad(x, (1, 0), value=-torch.inf)", "y = F.max_pool1d(x, 2, stride=1)[0, 0]"],
        ),
        ("torch", "mean", ["y = F.avg_pool1d(x, 2, stride=2, padding=1, count_include_pad=False)[0]"]),
        ("jax", "list", ["w = w[..., ::-1]", "y = lax.conv_general_dilated(x, w, (1,), ((2, 2),))[0, 0]"]),
        (
            "jax",
            "transposed",
            [
                "w = w[..., ::-1]",
                "w = w.swapaxes(0, 1)",
                "y = lax.conv_general_dilated(x, w, (1,), ((1, 2),), lhs_dilation=(2,))[0, 0]",
            ],
        ),
        (
            "jax",
            "mean",
            [
                "counted = jnp.pad(jnp.ones_like(x), ((0, 0), (0, 0), (1, 1)), constant_values=0)",
                "    return (lax.reduce_window(x, 0.0, lax.add, (1, 1, 2), (1, 1, 2), "
                "((0, 0), (0, 0), (0, 0))) / 2)",
                "y = (pooled(x) / pooled(counted))[0]",
            ],
        ),
        (
            "keras",
            "reflected",
            [
                'x = np.pad(x, ((0, 0), (0, 0), (1, 2)), mode="reflect")',
                "layer = keras.layers.Conv1D(1, 2)",
                "w = np.moveaxis(w, (0, 1), (-1, -2))",
                "layer.set_weights([w, b])",
            ],
        ),
        (
            "onnx",
            "maximum",
            [
                "x = np.pad(x, ((0, 0), (0, 0), (1, 0)), constant_values=-np.inf)",
                'node = onnx.helper.make_node("MaxPool", ["x"], ["y"], '
                "kernel_shape=[2], strides=[1], pads=[0, 0], dilations=[1])",
            ],
        ),
    ],
)
def test_code_of_frameworks(target: Any, name: str, lines: list[str]) -> None:
    written = code(EXAMPLES[name], target).splitlines()
    assert [line for line in written if line in lines] == lines


@given(st.data(), st.sampled_from(["numpy", "torch", "keras", "jax", "onnx"]))
def test_all_code_is_python(layouts: Callable[..., Any], data: st.DataObject, target: Any) -> None:
    layout = data.draw(layouts())
    try:
        script = code(layout, target)
    except UsageError:
        return
    tree = ast.parse(script)
    bound = {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    assert {"x", "y"} <= bound
    assert ast.unparse(tree.body[-1]) == "print(y)"


def test_long_numbers_are_not_cut_and_long_lines_are() -> None:
    script = code(work(Tensor.of([Fraction(1, 3)] * 100), Tensor.of([10**30])), "numpy")
    assert max(map(len, script.splitlines())) <= 100
    np.testing.assert_allclose(run(script), [1e30 / 3] * 100, rtol=1e-15)


def test_numbers_longer_than_a_line_are_code_all_the_same() -> None:
    tiny = Tensor.of([Fraction(5e-324), 1])
    np.testing.assert_array_equal(run(code(work(tiny, Tensor.of([2])), "numpy")), [1e-323, 2])


def test_whole_numbers_stay_whole_where_they_fit() -> None:
    assert run(code(worked("1,2,3", "4,5"), "numpy")).dtype == np.int64
    exact = work(Tensor.of([2**31, 1]), Tensor.of([2**29]))
    assert run(code(exact, "numpy")).tolist() == [2**60, 2**29]
    assert run(code(work(Tensor.of([2**40]), Tensor.of([2**40])), "numpy")).tolist() == [2.0**80]


@pytest.mark.parametrize(
    ("target", "convolution", "message"),
    [
        ("torch", worked("1,2,3", "1,2,3", padding="same", boundary=Boundary("symmetric")), "'symmetric'"),
        ("torch", worked("1,2", "1,2,3", boundary=Boundary("reflect")), "pads by one length of the input"),
        ("keras", worked("1,2,3", "1,2", stride=(2,), dilation=(2,)), "a stride and a dilation"),
    ],
)
def test_what_a_framework_cannot_is_refused(target: Any, convolution: Worked, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        code(convolution, target)


@pytest.mark.parametrize("target", ["keras", "jax", "onnx", "torch", "numpy"])
def test_axes_that_round_otherwise_than_the_first(target: Any) -> None:
    axes = (Axis(size=3, kernel=3, stride=3, ceil=True), Axis(size=4, kernel=3, stride=3, before=1))
    pooling = Worked(input=Tensor.full((1, 3, 4), 1), kernel=None, axes=axes, pool="max")
    assert "ceil" not in code(pooling, target)
