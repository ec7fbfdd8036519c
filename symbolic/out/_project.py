"""A project in one file: a zip of JSON and safetensors with the laws, the data and the network. Never a pickle.

How such a file is packed and checked is in `kan_core.sealed`. `network.kan` is a whole file of `KAN.to_bytes`, checked
by kan_core.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import safetensors.numpy

from datasets import DataError, Dataset, Split
from kan_core import sealed
from symbolic._errors import SymbolicError
from symbolic.laws._law import Discovery, Law, Status

if TYPE_CHECKING:
    from kan_core import KAN

FORMAT, VERSION = "KANvas project", 1
STRUCTURE, NUMBERS, NETWORK = "project.json", "data.safetensors", "network.kan"
BESIDE = "beside/"  # members of a program that keeps more with a project, such as its history
LARGEST = 1 << 30  # bytes of a file
_ARRAYS = {"X": "<f8", "y": "<f8", "sigma": "<f8", "train": "<i8", "validation": "<i8", "test": "<i8"}


@dataclass(frozen=True, eq=False)
class Project:
    """What a search found, the data it found it in, and the seed. `found.model` is read from `network` on demand.

    `beside` holds what a program keeps with it, by name: these bytes are neither read nor checked here.
    """

    found: Discovery
    data: Dataset
    seed: int = 0
    network: bytes | None = None
    beside: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def model(self) -> KAN | None:
        """The network, where there is one. Raises TrainingError where its bytes are damaged."""
        if self.network is None:
            return self.found.model
        from kan_core import KAN

        return KAN.from_bytes(self.network)

    def to_bytes(self) -> bytes:
        """Return the project as the bytes of one file; equal projects give equal bytes."""
        return to_bytes(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Project:
        """Return the project of such bytes. Raises SymbolicError where they are damaged or of a newer version."""
        return from_bytes(data)


def to_bytes(project: Project) -> bytes:
    """Return the bytes of a project's file; equal projects give equal bytes."""
    found, data = project.found, project.data
    structure = {
        "format": FORMAT,
        "version": VERSION,
        "seed": project.seed,
        "status": found.status,
        "best": None if found.best is None else found.best.to_dict(),
        "front": [law.to_dict() for law in found.front],
        "evidence": list(found.evidence),
        "seconds": found.seconds,
        "data": {
            "names": list(data.names),
            "target": data.target,
            "units": data.units,
            "digits": list(data.digits),
            "provenance": list(data.provenance),
        },
    }
    arrays = {"X": data.X, "y": data.y, **{name: getattr(data.split, name) for name in ("train", "validation", "test")}}
    arrays |= {} if data.sigma is None else {"sigma": data.sigma}
    plain = {name: np.ascontiguousarray(array, dtype=_ARRAYS[name]) for name, array in arrays.items()}
    network = project.network if found.model is None else _network(found.model)
    members = {
        STRUCTURE: json.dumps(_finite(structure), sort_keys=True, allow_nan=False).encode(),
        NUMBERS: safetensors.numpy.save(plain),
        **({} if network is None else {NETWORK: network}),
        **{f"{BESIDE}{name}": content for name, content in project.beside.items()},
    }
    packed = sealed.sealed(members)
    if len(packed) > LARGEST:
        raise SymbolicError(f"This project takes {len(packed) >> 20} MB; a file holds at most {LARGEST >> 20}.")
    return packed


def _network(model: KAN) -> bytes:
    from kan_core import TrainingError

    try:
        return model.to_bytes()
    except TrainingError as error:
        raise SymbolicError(str(error)) from error


def _finite(value: Any) -> Any:
    """Return JSON-able values in which NaN and infinity, which JSON lacks, are null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_bytes(data: bytes) -> Project:
    """Return the project of such bytes. Raises SymbolicError where they are damaged or of a newer version."""
    if len(data) > LARGEST:
        raise SymbolicError(f"A project has at most {LARGEST >> 20} MB; this has {len(data) >> 20}.")
    try:
        members = sealed.opened(bytes(data), _suits)
        structure = sealed.parsed(members[STRUCTURE])
        if structure["format"] != FORMAT:
            raise ValueError(f"it says that it is a {structure['format']!r}")
        if structure["version"] != VERSION:
            raise SymbolicError(
                f"This project is of version {structure['version']!r}, and version {VERSION} is known here. "
                "Open it with the KANvas that wrote it, or a newer one."
            )
        arrays = _arrays(members[NUMBERS])
        beside = {name.removeprefix(BESIDE): part for name, part in members.items() if name.startswith(BESIDE)}
        return Project(_found(structure), _dataset(structure["data"], arrays), int(structure["seed"]),
                       members.get(NETWORK), beside)  # fmt: skip
    except SymbolicError:
        raise
    except (DataError, *sealed.MALFORMED) as error:
        raise SymbolicError(
            f"This is no saved project, or it is damaged: {sealed.said(error)}. Save it again."
        ) from error


def _suits(names: list[str]) -> bool:
    own = [name for name in names if not name.startswith(BESIDE)]
    return own in ([STRUCTURE, NUMBERS], [STRUCTURE, NUMBERS, NETWORK])


def _arrays(data: bytes) -> dict[str, np.ndarray]:
    arrays = safetensors.numpy.load(data)
    for name, array in arrays.items():
        if name not in _ARRAYS or array.dtype != np.dtype(_ARRAYS[name]):
            raise ValueError(f"{name} holding {array.dtype} has no place in it")
    return {name: array.copy() for name, array in arrays.items()}


def _found(structure: Mapping[str, Any]) -> Discovery:
    if structure["status"] not in get_args(Status):
        raise ValueError(f"there is no status {structure['status']!r}")
    best = None if structure["best"] is None else Law.from_dict(structure["best"])
    # The best law is one of the front, not a copy of it.
    front = tuple(best if best == law else law for law in map(Law.from_dict, structure["front"]))
    evidence = tuple(map(str, structure["evidence"]))
    return Discovery(best, front, structure["status"], evidence, float(structure["seconds"]))


def _dataset(plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Dataset:
    return Dataset(
        X=arrays["X"],
        y=arrays["y"],
        names=tuple(map(str, plain["names"])),
        target=str(plain["target"]),
        units=None if plain["units"] is None else {str(k): str(v) for k, v in plain["units"].items()},
        sigma=arrays.get("sigma"),
        split=Split(*(arrays[name] for name in ("train", "validation", "test"))),
        digits=tuple(None if count is None else int(count) for count in plain["digits"]),
        provenance=tuple(map(str, plain["provenance"])),
    )


def save_project(path: str | os.PathLike[str], project: Project) -> None:
    """Write a project to a file, whole or not at all."""
    sealed.write(path, to_bytes(project), SymbolicError)


def load_project(path: str | os.PathLike[str]) -> Project:
    """Return the project in a file. Nothing in the file is run."""
    return from_bytes(sealed.read(path, LARGEST, SymbolicError))
