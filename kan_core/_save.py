"""One file for one network: a zip of `network.json` (structure) and `network.safetensors` (numbers), never a pickle.

How such a file is packed and checked is in `kan_core.sealed`; what it may say, here and in `_snapshot`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import safetensors.numpy
import torch
from torch import Tensor

from kan_core import sealed
from kan_core._errors import TrainingError
from kan_core._layer import Layer
from kan_core._snapshot import VERSION

FORMAT = "KANvas network"
STRUCTURE, NUMBERS = "network.json", "network.safetensors"
LARGEST = 64 << 20  # bytes of a file: eight million coefficients
OF_THE_NETWORK, OF_A_LAYER = ("shift", "scale"), ("lo", "hi", "coef", "bias", "spline", "affine")
DTYPES = {np.dtype("<f8"): torch.float64, np.dtype("bool"): torch.bool}


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
    packed = sealed.sealed(members)
    if len(packed) > LARGEST:
        raise TrainingError(f"This network takes {len(packed) >> 20} MB; a file holds at most {LARGEST >> 20}.")
    return packed


def from_bytes(data: bytes) -> dict[str, Any]:
    """The snapshot in such a file, its numbers as tensors, for `read_snapshot` to check."""
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TrainingError(f"A saved network is bytes, not {type(data).__name__}.")
    if len(data) > LARGEST:
        raise TrainingError(f"A saved network has at most {LARGEST >> 20} MB; this has {len(data) >> 20}.")
    try:
        members = sealed.opened(bytes(data), lambda names: names == [STRUCTURE, NUMBERS])
        structure = sealed.parsed(members[STRUCTURE])
        if structure["format"] != FORMAT:
            raise ValueError(f"it says that it is a {structure['format']!r}")
        if structure["version"] != VERSION:
            return structure  # its reader says which versions it knows; the numbers may be others
        return _joined(structure, _tensors(members[NUMBERS]))
    except sealed.MALFORMED as error:
        raise TrainingError(
            f"This is no saved network, or it is damaged: {sealed.said(error)}. Save it again."
        ) from error


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
