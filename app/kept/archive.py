"""Plain data as bytes and back, without pickle: JSON for the structure, NumPy's own format for the arrays."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import numpy as np

TAG = "\0"  # begins the one key of a dict that stands for something JSON does not know
TEXT = "text"


class ArchiveError(ValueError):
    """Something is no plain data, or bytes hold none."""


def encode(value: Any) -> bytes:
    """Numbers, text, bytes, arrays, and lists, tuples and dicts of them, as bytes. Raises ArchiveError.

    >>> decode(encode({"X": (1, 2.5), "of": [None, b"raw"]}))
    {'X': (1, 2.5), 'of': [None, b'raw']}
    """
    arrays: list[np.ndarray[Any, Any]] = []
    text = json.dumps(_flat(value, arrays), ensure_ascii=False).encode()
    out = io.BytesIO()
    held = {TEXT: np.frombuffer(text, np.uint8), **{str(i): array for i, array in enumerate(arrays)}}
    np.savez_compressed(out, **held)  # type: ignore[arg-type]  # its stub takes the names for other arguments
    return out.getvalue()


def decode(content: bytes) -> Any:
    """The value that `encode` made these bytes of. Raises ArchiveError."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as held:
            return _deep(json.loads(held[TEXT].tobytes()), held)
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, RecursionError) as error:
        raise ArchiveError(f"These bytes hold no archive of ours: {error}") from error


def _flat(value: Any, arrays: list[Any]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list):
        return [_flat(one, arrays) for one in value]
    if isinstance(value, tuple):
        return {f"{TAG}tuple": [_flat(one, arrays) for one in value]}
    if isinstance(value, dict):
        if all(isinstance(key, str) and not key.startswith(TAG) for key in value):
            return {key: _flat(one, arrays) for key, one in value.items()}
        return {f"{TAG}dict": [[_flat(key, arrays), _flat(one, arrays)] for key, one in value.items()]}
    if isinstance(value, bytes):
        arrays.append(np.frombuffer(value, np.uint8))
        return {f"{TAG}bytes": len(arrays) - 1}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biufU":
        arrays.append(value)
        return {f"{TAG}array": len(arrays) - 1}
    raise ArchiveError(f"Only plain data can be kept, but a {type(value).__name__} came.")


def _deep(value: Any, held: Any) -> Any:
    if isinstance(value, list):
        return [_deep(one, held) for one in value]
    if not isinstance(value, dict):
        return value
    key = next(iter(value), "")
    if not key.startswith(TAG):
        return {name: _deep(one, held) for name, one in value.items()}
    kind, content = key[1:], value[key]
    if kind == "tuple":
        return tuple(_deep(one, held) for one in content)
    if kind == "dict":
        return {_deep(name, held): _deep(one, held) for name, one in content}
    array = held[str(int(content))]
    return array.tobytes() if kind == "bytes" else array
