"""NumPy's own files, read with nothing but numbers in them."""

from __future__ import annotations

import io
import math
from typing import TYPE_CHECKING, Any

from .errors import ReadError
from .files import display_name, read_bytes, write_bytes

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"\x93NUMPY"

_ARCHIVE = b"PK\x03\x04"


def load(path: str) -> NDArray[Any]:
    """Read the array of a .npy file, or of standard input for ``"-"``.

    Returns
    -------
    ndarray
        Read only. Booleans, integers, floats or complex numbers; at least one of them, in any shape.

    Raises
    ------
    ReadError
        If the file cannot be read, or holds anything else.
    """
    return decode(read_bytes(path), name=display_name(path))


def decode(data: bytes, *, name: str) -> NDArray[Any]:
    """Read the array that the bytes of a .npy file hold, as `load` does; `name` is for messages."""
    import numpy as np

    shape, fortran, dtype, start = header(data, name=name)
    if dtype.hasobject:
        raise ReadError(
            f"{name}: holds pickled objects, which are not read: they may run code",
            hint="save it as numbers: numpy.save(path, array.astype(float))",
        )
    if dtype.kind not in "biufc":
        kind = "records" if dtype.names is not None else f"{dtype}"
        raise ReadError(f"{name}: holds {kind}, not numbers", hint="save it as numbers, such as float64")
    if 0 in shape:
        raise ReadError(f"{name}: holds no numbers: its shape is {shape}")
    size = math.prod(shape) * dtype.itemsize
    if len(data) - start < size:
        raise ReadError(
            f"{name}: is damaged: {shape} numbers take {size} bytes, it has {len(data) - start}",
            hint="copy or download the file again",
        )
    flat = np.frombuffer(data, dtype, math.prod(shape), start)
    return flat.reshape(shape, order="F" if fortran else "C")


def header(data: bytes, *, name: str) -> tuple[tuple[int, ...], bool, Any, int]:
    """Return shape, whether the first index runs fastest, element type, and where the numbers begin.

    Raises
    ------
    ReadError
        If the bytes do not begin as those of a .npy file.
    """
    from numpy.lib import format as npy

    if data.startswith(_ARCHIVE):
        raise ReadError(f"{name}: is an archive of arrays", hint="save the one you mean with numpy.save")
    if not data.startswith(MAGIC):
        raise ReadError(f"{name}: is not a NumPy file", hint="write one with numpy.save")
    with io.BytesIO(data) as stream:
        try:
            # The third version is the second with names of fields in UTF-8, and fields are refused below.
            read = {
                (1, 0): npy.read_array_header_1_0,
                (2, 0): npy.read_array_header_2_0,
                (3, 0): npy.read_array_header_2_0,
            }[npy.read_magic(stream)]
            shape, fortran, dtype = read(stream)
        except Exception as error:  # the header is Python's own notation: damage has many names
            raise ReadError(
                f"{name}: is damaged: its header cannot be read", hint="copy or download the file again"
            ) from error
        if min(shape, default=0) < 0:
            raise ReadError(f"{name}: is damaged: its shape is {shape}")
        return shape, fortran, dtype, stream.tell()


def encode(array: NDArray[Any]) -> bytes:
    """Return an array as the bytes of a .npy file."""
    return b"".join(_parts(array))


def save(target: str, array: NDArray[Any], *, force: bool = False) -> None:
    """Write an array to a .npy file at once (atomically), or to standard output for ``"-"``.

    The numbers are written from where they are, not copied first.

    Raises
    ------
    WriteError
        The target exists and `force` is not set, or it cannot be written.
    """
    write_bytes(target, *_parts(array), force=force)


def _parts(array: NDArray[Any]) -> tuple[bytes, memoryview]:
    """Header and numbers of a .npy file."""
    import numpy as np
    from numpy.lib import format as npy

    numbers = np.ascontiguousarray(array).reshape(array.shape)  # which would make a list of a single number
    with io.BytesIO() as stream:
        npy.write_array_header_1_0(stream, npy.header_data_from_array_1_0(numbers))
        return stream.getvalue(), numbers.reshape(-1).view(np.uint8).data
