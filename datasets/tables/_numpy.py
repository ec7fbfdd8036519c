"""NumPy's .npy and .npz to a grid of columns, never through pickle."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from datasets._errors import DataError, counted, listed
from datasets.tables._grid import Column, Grid, check_size, texts
from datasets.tables._numbers import printed_digits, spread_sample

_BROKEN = (
    ValueError,
    OSError,
    EOFError,
    KeyError,
    TypeError,
    SyntaxError,
    zlib.error,
    zipfile.BadZipFile,
    tokenize.TokenError,
)


def read_array(content: bytes, name: str) -> Grid:
    """Reads one array: (n,) is a column, (n, d) has d of them, a structured one has its fields.

    Raises:
        DataError: the array holds Python objects (they would have to be unpickled), is broken, or is no table.
    """
    return _grid({"": _array(content, name)}, "NumPy array", name)


def read_archive(content: bytes, name: str) -> Grid:
    """Reads an .npz: arrays with equally many rows become columns named after them.

    Raises:
        DataError: as for `read_array`, or the arrays have different numbers of rows.
    """
    arrays: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            key = member.filename.removesuffix(".npy")
            try:
                inner = archive.read(member)
            except (*_BROKEN, RuntimeError, NotImplementedError):
                raise DataError(f"An archive is complete, but '{key}' in {name} is broken. Save it again.") from None
            arrays[key] = _array(inner, f"'{key}' in {name}")
    return _grid(arrays, "NumPy arrays", name)


def _array(content: bytes, name: str) -> NDArray[Any]:
    """Reads an array after checking that its header promises no more than there is."""
    stream = io.BytesIO(content)
    try:
        version = npy.read_magic(stream)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read_header(stream)
        if dtype.hasobject:
            advice = "Save numbers, for instance with astype(float)."
            raise DataError(
                f"An array holds numbers or texts, but {name} holds Python objects, which could run code. {advice}"
            )
        promised = dtype.itemsize
        for length in shape:
            promised *= length
        if promised > len(content):
            raise DataError(f"An array is complete, but {name} ends before its last value. Save it again.")
        stream.seek(0)
        array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
    except DataError:
        raise
    except _BROKEN:
        raise DataError(f"An array is complete, but {name} is broken. Save it again.") from None
    return array


def _grid(arrays: dict[str, NDArray[Any]], manner: str, name: str) -> Grid:
    flat: dict[str, NDArray[Any]] = {}
    for key, array in arrays.items():
        flat.update(_columns(key, array, name))
    lengths = {key: len(column) for key, column in flat.items()}
    single = [key for key, length in lengths.items() if length == 1 and max(lengths.values()) > 1]
    flat = {key: column for key, column in flat.items() if key not in single}
    if not flat:
        raise DataError(f"A table has rows, but {name} is empty. Choose a file with data.")
    by_length = sorted((len(column), key) for key, column in flat.items())
    (few, one), (many, other) = by_length[0], by_length[-1]
    if few != many:
        found = f"'{one}' in {name} has {few} and '{other}' has {many}"
        raise DataError(f"Columns are equally long, but {found}. Save those that belong together.")
    if not many:
        raise DataError(f"A table has rows, but {name} is empty. Choose a file with data.")
    check_size(many, len(flat), name)
    columns = tuple(_column(key, values, name) for key, values in flat.items())
    notes = (f"Left out: {listed(single)}, {counted(len(single), 'single value')}.",) if single else ()
    return Grid(columns, np.arange(1, many + 1), manner, notes=notes)


def _columns(key: str, array: NDArray[Any], name: str) -> dict[str, NDArray[Any]]:
    if array.dtype.names:
        fields = {field: array[field] for field in array.dtype.names}
        return {
            one: column for field, values in fields.items() for one, column in _columns(field, values, name).items()
        }
    if array.ndim <= 1:
        return {key: np.atleast_1d(array)}
    if array.ndim > 2:
        found = f"'{key}' in {name}" if key else name
        raise DataError(f"A table has rows and columns, but {found} has the shape {array.shape}. Save it as (n, d).")
    check_size(array.shape[0], array.shape[1], name)
    if array.shape[1] == 1:
        return {key: array[:, 0]}
    return {f"{key}_{k + 1}" if key else f"column_{k + 1}": array[:, k] for k in range(array.shape[1])}


def _column(key: str, values: NDArray[Any], name: str) -> Column:
    kind = values.dtype.kind
    if kind == "b":
        return Column(key, texts(["true" if value else "false" for value in values]))
    if kind in "iuf":
        return from_numbers(key, values)
    if kind in "US":
        raw = values.astype("U") if kind == "U" else np.char.decode(values, "latin-1")
        return Column(key, texts([str(cell).strip() for cell in raw]))
    if kind == "M":
        return Column(key, texts(["" if np.isnat(cell) else str(cell).replace("T", " ") for cell in values]))
    found = f"'{key}' in {name}" if key else name
    raise DataError(
        f"A column holds real numbers or texts, but {found} holds {values.dtype}. Save its parts as numbers."
    )


def from_numbers(heading: str, values: NDArray[Any]) -> Column:
    """A column of a binary file: float64, with the digits that its shortest printed form has."""
    sample = values[spread_sample(np.isfinite(values))]
    whole = values.dtype.kind in "iu" or bool(np.all(sample == np.round(sample)))
    digits = None if whole else printed_digits([str(value) for value in sample])
    return Column(heading, np.ascontiguousarray(values, dtype=np.float64), digits=digits)
