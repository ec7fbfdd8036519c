"""One file for one network: a zip of `network.json` (structure) and `network.safetensors` (numbers), never a pickle.

The members are stored without compression, so that equal networks give equal bytes everywhere and no small file can
unpack to a large one; the zip's checksums catch damage. Formats: PKWARE's APPNOTE.TXT 6.3.10 and
https://github.com/huggingface/safetensors (its loader checks every offset against the data before it is used).
"""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
import torch
from safetensors import SafetensorError
from torch import Tensor

from kan_core._errors import TrainingError
from kan_core._layer import Layer
from kan_core._snapshot import VERSION

FORMAT = "KANvas network"
STRUCTURE, NUMBERS = "network.json", "network.safetensors"
LARGEST = 64 << 20  # bytes of a file: eight million coefficients
DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip knows: a file does not tell when it was saved
OF_THE_NETWORK, OF_A_LAYER = ("shift", "scale"), ("lo", "hi", "coef", "bias", "spline", "affine")
DTYPES = {np.dtype("<f8"): torch.float64, np.dtype("bool"): torch.bool}

# What zipfile, json and safetensors raise at bytes that are no such file.
_MALFORMED = (
    zipfile.BadZipFile,
    zlib.error,
    SafetensorError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    OverflowError,
    RecursionError,
    RuntimeError,  # an encrypted member; a compression that is not known is a NotImplementedError, one of these
)


def to_bytes(head: Mapping[str, Any], shift: Tensor, scale: Tensor, rows: list[tuple[dict[str, Any], Layer]]) -> bytes:
    """The file of a network: `head` and the plain fields of each layer as JSON, tensors (R = 1) as numbers."""
    tensors = {"shift": shift, "scale": scale}
    plain = []
    for depth, (row, layer) in enumerate(rows):
        found = layer.tensors()
        tensors |= {f"{depth}.{name}": value[0] for name, value in found.items()}
        plain.append({name: value for name, value in row.items() if name not in found})
    structure = {"format": FORMAT, **head, "layers": plain}
    members = {
        STRUCTURE: json.dumps(structure, sort_keys=True, ensure_ascii=True, allow_nan=False).encode(),
        NUMBERS: safetensors.numpy.save({k: np.ascontiguousarray(v.cpu().numpy()) for k, v in tensors.items()}),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, DATE)
            entry.create_system, entry.external_attr = 3, 0o600 << 16  # the same on every system
            archive.writestr(entry, content)
    if packed.tell() > LARGEST:
        raise TrainingError(f"This network takes {packed.tell() >> 20} MB; a file holds at most {LARGEST >> 20}.")
    return packed.getvalue()


def from_bytes(data: bytes) -> dict[str, Any]:
    """The snapshot in such a file, its numbers as tensors, for `read_snapshot` to check."""
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TrainingError(f"A saved network is bytes, not {type(data).__name__}.")
    if len(data) > LARGEST:
        raise TrainingError(f"A saved network has at most {LARGEST >> 20} MB; this has {len(data) >> 20}.")
    try:
        members = _members(bytes(data))
        structure = json.loads(members[STRUCTURE], parse_constant=_refuse)
        if structure["format"] != FORMAT:
            raise ValueError(f"it says that it is a {structure['format']!r}")
        if structure["version"] != VERSION:
            return structure  # its reader says which versions it knows; the numbers may be others
        return _joined(structure, _tensors(members[NUMBERS]))
    except _MALFORMED as error:
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise TrainingError(f"This is no saved network, or it is damaged: {said}. Save it again.") from error


def _members(data: bytes) -> dict[str, bytes]:
    """The two members, whose sizes are checked before anything is read."""
    if not (data.startswith(b"PK\x03\x04") and data[-22:].startswith(b"PK\x05\x06")):
        raise ValueError("it does not begin and end as a zip does")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if names != [STRUCTURE, NUMBERS]:
            raise ValueError(f"it holds {', '.join(map(repr, names[:5]))}, not {STRUCTURE!r} and {NUMBERS!r}")
        if entries[0].header_offset:
            raise ValueError("something stands before it")
        for entry in entries:
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
                raise ValueError(f"{entry.filename} is compressed")
            if entry.file_size > len(data):
                raise ValueError(f"{entry.filename} says that it is larger than the file")
        return {entry.filename: archive.read(entry) for entry in entries}  # checks their CRC-32


def _tensors(data: bytes) -> dict[str, Tensor]:
    found = {}
    for name, array in safetensors.numpy.load(data).items():
        if array.dtype not in DTYPES:
            raise ValueError(f"{name} holds {array.dtype}")
        if array.dtype == bool and bool((array.view(np.uint8) > 1).any()):
            raise ValueError(f"{name} holds what is neither true nor false")
        found[name] = torch.from_numpy(array.copy())
    return found


def _joined(structure: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Any]:
    """The snapshot with every tensor in its place."""
    layers = [dict(row) for row in structure["layers"]]
    snapshot = {**structure, "layers": layers}
    for name, tensor in tensors.items():
        depth, dot, key = name.rpartition(".")
        inside = depth in map(str, range(len(layers))) and key in OF_A_LAYER if dot else key in OF_THE_NETWORK
        if not inside:
            raise ValueError(f"{name} has no place in it")
        row = layers[int(depth)] if dot else snapshot
        if key in row:
            raise ValueError(f"{name} is there twice")
        if (tensor.dtype == torch.bool) != (key == "spline"):
            raise ValueError(f"{name} holds {tensor.dtype}")
        row[key] = tensor
    return snapshot


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Puts the bytes into a file, whole or not at all."""
    place = Path(path)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(place)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise TrainingError(f"{place} cannot be written: {error.strerror}.") from error


def read(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file that is not too large."""
    try:
        with Path(path).open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise TrainingError(f"{path} cannot be read: {error.strerror}.") from error
