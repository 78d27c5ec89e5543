"""NumPy files: read back as they were written, and refused in one line."""

import io
import struct
import tracemalloc
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from convcli import arrays
from convcli.errors import ReadError, WriteError

DTYPES = ("?", "i1", "u1", ">i2", "<u4", "i8", "u8", "f2", "<f4", ">f8", "c8", ">c16")


def saved(array: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def written(shape: str, *, descr: str = "'<f8'", version: bytes = b"\x01\x00", body: int = 80) -> bytes:
    """A file with a header of our own."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    length = struct.pack("<H" if version == b"\x01\x00" else "<I", len(header))
    return arrays.MAGIC + version + length + header + bytes(body)


@given(
    dtype=st.sampled_from(DTYPES),
    shape=st.lists(st.integers(1, 4), max_size=4),
    order=st.sampled_from("CF"),
    seed=st.integers(0, 2**32),
)
def test_arrays_come_back_as_they_were(dtype: str, shape: list[int], order: str, seed: int) -> None:
    array = np.random.default_rng(seed).integers(0, 100, shape).astype(dtype)
    for data in (saved(np.asarray(array, order=order)), arrays.encode(array)):
        found = arrays.decode(data, name="a")
        assert found.dtype == array.dtype
        assert found.shape == array.shape
        assert_array_equal(found, array)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(12)[::3],
        np.array(5j),
        np.arange(3, dtype=">i2"),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_what_is_written_is_what_numpy_writes(tmp_path: Path, array: np.ndarray) -> None:
    path = tmp_path / "a.npy"
    arrays.save(str(path), array)
    assert (
        path.read_bytes() == arrays.encode(array) == saved(np.ascontiguousarray(array).reshape(array.shape))
    )
    with pytest.raises(WriteError, match="exists already"):
        arrays.save(str(path), array)
    arrays.save(str(path), array[..., None], force=True)
    assert np.load(path).shape == (*array.shape, 1)


def test_writing_copies_nothing(tmp_path: Path) -> None:
    array = np.zeros(2**22)
    tracemalloc.start()
    try:
        arrays.save(str(tmp_path / "a.npy"), array)
        assert tracemalloc.get_traced_memory()[1] < array.nbytes / 8
    finally:
        tracemalloc.stop()


def test_later_versions_are_read() -> None:
    for version in (b"\x02\x00", b"\x03\x00"):
        assert arrays.decode(written("(2, 5)", version=version), name="a").tolist() == [[0.0] * 5] * 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"1,2,3\n", "a: is not a NumPy file"),
        (b"PK\x03\x04 and so on", "a: is an archive of arrays"),
        (saved(np.array([None]), allow_pickle=True), "a: holds pickled objects, which are not read"),
        (saved(np.zeros(2, [("x", "f8"), ("y", object)]), allow_pickle=True), "a: holds pickled objects"),
        (saved(np.zeros(2, [("x", "f8"), ("y", "f8")])), "a: holds records, not numbers"),
        (saved(np.array(["one", "two"])), "a: holds <U3, not numbers"),
        (saved(np.array([b"one"])), r"a: holds \|S3, not numbers"),
        (saved(np.array(["2026-11-21"], "M8[D]")), r"a: holds datetime64\[D\], not numbers"),
        (saved(np.zeros((0, 3))), r"a: holds no numbers: its shape is \(0, 3\)"),
        (saved(np.arange(30.0))[:-1], r"a: is damaged: \(30,\) numbers take 240 bytes, it has 239"),
        (written("(-2, 3)"), "a: is damaged"),
        (written("(1000000, 1000000)"), "a: is damaged"),
        (written("(3,"), "a: is damaged: its header cannot be read"),
        (written("__import__('os')"), "a: is damaged: its header cannot be read"),
        (written("(3,)", descr="'<f9'"), "a: is damaged: its header cannot be read"),
        (written("(3,)", version=b"\x07\x00"), "a: is damaged: its header cannot be read"),
        (arrays.MAGIC, "a: is damaged: its header cannot be read"),
    ],
)
def test_everything_else_is_refused_in_one_line(data: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=f"^{message}") as caught:
        arrays.decode(data, name="a")
    assert "\n" not in caught.value.message


@given(
    cut=st.integers(0, 300),
    changes=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=6),
)
def test_damage_is_an_error_or_an_array(cut: int, changes: list[tuple[int, int]]) -> None:
    data = bytearray(saved(np.arange(20.0).reshape(4, 5)))
    for place, value in changes:
        data[place % len(data)] = value
    with suppress(ReadError):
        assert arrays.decode(bytes(data[: len(data) - cut]), name="a").size > 0


def test_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    np.save(path, np.arange(3))
    assert arrays.load(str(path)).tolist() == [0, 1, 2]
    path.write_bytes(b"junk")
    with pytest.raises(ReadError, match=r"x\.npy: is not a NumPy file"):
        arrays.load(str(path))
    with pytest.raises(ReadError, match=r"none\.npy: no such file"):
        arrays.load(str(tmp_path / "none.npy"))
