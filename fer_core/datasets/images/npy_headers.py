"""What a .npy file says of itself, read as from a stranger: any damage is one kind of error."""

from __future__ import annotations

import math
import tokenize
from typing import IO, Any

import numpy as np
import numpy.typing as npt

DAMAGE = (
    ValueError,
    EOFError,
    OverflowError,
    TypeError,
    KeyError,
    IndexError,
    MemoryError,
    RecursionError,
    SyntaxError,
    SystemError,
    tokenize.TokenError,
)
"""What numpy 1.26 raises for .npy files that are damaged, or that somebody made to do harm."""

_LAST_LETTER = 0x10FFFF


def read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether columns come first, and type; the stream then stands where the values begin.

    Raises
    ------
    ValueError
        For what is no header, announces objects (which would be unpickled) or a shape that cannot be.
    """
    try:
        version = np.lib.format.read_magic(stream)
        plain = version == (1, 0)
        read = np.lib.format.read_array_header_1_0 if plain else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(stream)
    except DAMAGE as error:
        raise ValueError("the header is damaged") from error
    if dtype.hasobject or any(n < 0 for n in shape):
        raise ValueError("the file holds objects, or a shape that cannot be")
    return shape, fortran, dtype


def read_array(stream: IO[bytes], size: int) -> npt.NDArray[Any]:
    """The array in a stream of `size` bytes; nothing is allocated that the stream does not hold.

    Raises
    ------
    ValueError
        For damage, and for a header that announces more or less than there is.
    """
    shape, fortran, dtype = read_header(stream)
    count = math.prod(shape)
    if count * dtype.itemsize > size:
        raise ValueError("the header announces more than the file holds")
    data = stream.read(count * dtype.itemsize)
    try:
        values = np.frombuffer(data, dtype=dtype, count=count) if count and dtype.itemsize else None
        array = np.zeros(shape, dtype) if values is None else values
        return sound_text(array.reshape(shape, order="F" if fortran else "C"))
    except DAMAGE as error:
        raise ValueError("the file is cut off") from error


def sound_text(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array itself; raises `ValueError` for text with numbers that are no letters."""
    if array.dtype.kind == "U" and array.size and array.dtype.itemsize:
        letters = np.ascontiguousarray(array).view(f"{array.dtype.byteorder}u4")
        if letters.max() > _LAST_LETTER:
            raise ValueError("the text is damaged")
    return array
