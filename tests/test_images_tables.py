"""Tables of numbers: what is read is what was written, and what is no number is pointed at."""

import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.testing import assert_array_equal

from convcli.errors import ReadError, WriteError
from convcli.images import Layout, Metadata, Picture, Saving, decode, encode, probe
from convcli.images.formats import BY_NAME, for_result


def decoded(data: bytes, name: str = "a.csv") -> Picture:
    (picture,) = decode(data, name=name)
    return picture


def written(picture: Picture, format: str) -> bytes:
    return encode([picture], BY_NAME[format], Saving(), name="o")


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


# --- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["1,2\n3,4\n", "1;2\r\n3;4", "1\t2\n3\t4\n", "1 2\n3   4\n", " 1 , 2 \n\n3,4\n\n", '"1","2"\n"3",4'],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_separators(text: str, mark: bytes) -> None:
    found = decoded(mark + text.encode())
    assert_array_equal(found.pixels, [[1, 2], [3, 4]])
    assert found.pixels.dtype == np.int64
    assert found.layout == Layout.of("L64i", 2, 2, "CSV", table=True)
    assert probe(mark + text.encode(), name="a.csv") == found.layout
    separator = found.metadata.separator
    assert written(found, "CSV").decode() == f"1{separator}2\n3{separator}4\n"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,2.5", [1, 2.5]),
        ("1,,3", [1, math.nan, 3]),
        ("1,nan,NA", [1, math.nan, math.nan]),
        ("1e3,-.5,+2.", [1000, -0.5, 2]),
        ("inf,-Infinity,0", [math.inf, -math.inf, 0]),
        ("9223372036854775808,1", [2.0**63, 1]),
    ],
)
def test_real_numbers(text: str, numbers: list[float]) -> None:
    found = decoded(text.encode())
    assert found.pixels.dtype == np.float64
    assert_array_equal(found.pixels, [numbers])


@pytest.mark.parametrize(("text", "line"), [("1,2,3\n", "row"), ("1\n2\n3\n", "column"), ("7\n", "row")])
def test_lines(text: str, line: str) -> None:
    found = decoded(text.encode())
    assert found.layout.line == line
    assert found.pixels.shape == found.layout.shape == (1, len(text) // 2)
    assert written(found, "CSV").decode() == text
    # Other formats keep that it is a line.
    again = decoded(written(found, "NPY"), "a.npy")
    assert again.layout.line == "row"
    assert_array_equal(again.pixels, found.pixels)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"1,2\n3,x\n", r"row 2, column 2: 'x' is not a number"),
        (b"a,b\n1,2\n", r"row 1, column 1: 'a' is not a number"),
        (b"1,2\n\n3\n", r"row 2 has 1 columns, the first has 2"),
        (b"1,5;2\n", r"row 1, column 1: '1,5' is not a number"),
        (b"\n\n", "holds no numbers"),
        (b"\xff\xfe1\x00", "is not text"),
        (b"1_000,2", r"row 1, column 1: '1_000' is not a number"),
    ],
)
def test_what_is_no_table(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=rf"^a\.csv: {message}"):
        probe(data, name="a.csv")


def test_text_from_a_pipe_is_recognised_by_its_first_number() -> None:
    assert decoded(b"\xef\xbb\xbf 1.5, 2\n", "standard input").layout.table
    assert decoded(b"nan 2\n", "standard input").layout.table
    for data in (b"hello\n", b"\x89PNG", b"1\0\0\0", b"<svg>"):
        with pytest.raises(ReadError, match=r"not a picture|damaged|is not"):
            probe(data, name="standard input")


@given(
    arrays.arrays(
        st.sampled_from([np.float64, np.float32, np.float16, np.int64]),
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=5),
    )
)
def test_text_has_every_digit(array: np.ndarray) -> None:
    height, width = array.shape
    layout = Layout(("L",), array.dtype, height, width, "CSV", table=True)
    data = written(Picture(layout, array), "CSV")
    found = decoded(data)
    pixels = found.pixels.T if found.layout.line == "column" else found.pixels
    assert_array_equal(pixels.astype(array.dtype), array)
    assert len(max(data.decode().replace("\n", ",").split(","), key=len)) <= 25


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = decoded(text.encode("utf-8", "surrogatepass"))
    except ReadError:
        return
    assert found.pixels.shape == found.layout.shape


# --- NumPy's format ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype", ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", ">i4", ">f8"]
)
@pytest.mark.parametrize("shape", [(4,), (1, 4), (4, 1), (3, 4), (3, 4, 2), (3, 4, 3), (3, 4, 32)])
def test_arrays(dtype: str, shape: tuple[int, ...]) -> None:
    array = (np.random.default_rng(1).random(shape) * 100).astype(dtype)
    for order in ("C", "F"):
        found = decoded(npy(np.asarray(array, order=order)), "a.npy")
        assert found.layout == probe(npy(array), name="a.npy")
        assert found.layout.table
        assert found.pixels.shape == found.layout.shape
        assert found.pixels.dtype.isnative
        assert not found.layout.has_alpha
        again = np.load(io.BytesIO(written(found, "NPY")))
        assert again.shape == shape
        assert_array_equal(again, array)


def test_true_and_false_are_numbers() -> None:
    found = decoded(npy(np.array([[True, False]])), "a.npy")
    assert_array_equal(found.pixels, [[1, 0]])
    assert found.layout.notes == ("a.npy: true and false become 1 and 0",)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(3, complex), "complex128 is no type"),
        (np.array(["a"]), "<U1 is no type"),
        (np.array([None], object), "object is no type"),
        (np.zeros((2, 2, 33)), "33 channels, more than 32"),
        (np.zeros((1, 2, 2, 3)), "neither a line"),
        (np.zeros(()), "neither a line"),
        (np.zeros((0, 3)), "neither a line"),
    ],
)
def test_other_arrays(array: np.ndarray, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        probe(npy(array), name="a.npy")


def test_truncated_arrays() -> None:
    data = npy(np.arange(300.0).reshape(10, 30))
    for end in range(6, len(data), 31):
        with pytest.raises(ReadError, match="damaged"):
            decoded(data[:end], "a.npy")


# --- pictures as numbers -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["L8", "RGB8", "RGBA8", "L16", "RGBA32f", "L64f"])
def test_pictures_become_arrays(kind: str) -> None:
    layout = Layout.of(kind, 2, 3, "PNG")
    pixels = np.arange(np.prod(layout.shape)).reshape(layout.shape).astype(layout.dtype)
    again = np.load(io.BytesIO(written(Picture(layout, pixels), "NPY")))
    assert again.dtype == layout.dtype
    assert_array_equal(again, pixels)


def test_text_has_one_channel() -> None:
    assert for_result(".csv", Layout.of("L16", 1, 1, "PNG"), name="o").name == "CSV"
    for kind in ("LA8", "RGB8"):
        with pytest.raises(WriteError, match="CSV cannot hold"):
            for_result(".csv", Layout.of(kind, 1, 1, "PNG"), name="o")


def test_a_column_is_written_with_what_the_result_has() -> None:
    layout = Layout.of("L64f", 1, 3, "CSV", table=True, line="column")
    found = Picture(layout, np.array([[0.1, 1e22, math.nan]]), Metadata(separator=";"))
    assert written(found, "CSV") == b"0.1\n1e+22\nnan\n"
