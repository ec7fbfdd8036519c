"""The project file: the whole history, in a project of `symbolic` that holds the present law and data beside it.

So `python -m symbolic predict` reads the same file. A file from elsewhere is checked field by field before any of it is
shown; nothing of it is run, and networks are checked again by `KAN.from_dict` in a worker.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from app.kept.work import CAP, Act, Work
from app.out import shapes

HISTORY, NUMBERS, VERSION = "history.json.z", "history.safetensors", 1
LARGEST = 20 << 20  # bytes of a file
UNPACKED = 200 << 20  # bytes of its history
_ARRAYS = {"X": "<f8", "y": "<f8", "sigma": "<f8", "weights": "<f8", "train": "<i8", "validation": "<i8", "test": "<i8"}
_ROWS = ("train", "validation", "test")
_APART = {"X", "y", "sigma", "weights", "split"}  # what of a dataset is numbers


class ProjectError(ValueError):
    """A project file cannot be written or read; the message says why and what to do."""


def to_bytes(acts: Sequence[Act], at: int) -> bytes:
    """The file of a history and the place in it. Raises ProjectError where it grows too large."""
    from symbolic import Project

    datasets: list[dict[str, Any]] = []
    rows = [_act(act, datasets) for act in acts]
    history = {
        "version": VERSION,
        "at": at,
        "acts": rows,
        "datasets": [{key: value for key, value in one.items() if key not in _APART} for one in datasets],
    }
    text = json.dumps(_plain(history), sort_keys=True, allow_nan=False).encode()
    arrays = {
        f"{k}/{name}": np.ascontiguousarray(values, dtype=_ARRAYS[name])
        for k, one in enumerate(datasets)
        for name, values in _numbers(one).items()
    }
    import safetensors.numpy

    beside = {HISTORY: zlib.compress(text, 6), NUMBERS: safetensors.numpy.save(arrays)}
    found, data = _present(acts[at].work)
    content = Project(found, data, beside=beside).to_bytes()
    if len(content) > LARGEST:
        raise ProjectError(
            f"This project takes {len(content) >> 20} MB, and a file holds at most {LARGEST >> 20}. "
            "Begin a new history with fewer rows."
        )
    return content


def from_bytes(content: bytes) -> tuple[tuple[Act, ...], int] | None:
    """The acts of a file and the place in them; None where it holds no history, as from `python -m symbolic`.

    Raises ProjectError, SymbolicError or DataError where it is damaged.
    """
    from symbolic import Project

    if len(content) > LARGEST:
        raise ProjectError(f"A project file has at most {LARGEST >> 20} MB, but {len(content) >> 20} came.")
    project = Project.from_bytes(content)
    if HISTORY not in project.beside:
        return None
    try:
        history = json.loads(_unpacked(project.beside[HISTORY]))
        shapes.check(history, shapes.HISTORY)
        if history["version"] != VERSION:
            raise ProjectError(
                f"This project is of version {history['version']}, and version {VERSION} is known here. "
                "Open it with a newer KANvas."
            )
        datasets = _datasets(history["datasets"], project.beside[NUMBERS])
        acts = tuple(_read(row, datasets) for row in history["acts"])
        if not 0 < len(acts) <= CAP or not 0 <= history["at"] < len(acts) or len({a.id for a in acts}) < len(acts):
            raise ProjectError(f"A history has 1 to {CAP} acts and a place in it. Save the project again.")
        return acts, history["at"]
    except shapes.ShapeError as error:
        raise ProjectError(f"Its history is not whole: {error}. Save the project again.") from error
    except (zlib.error, ValueError, KeyError, IndexError, TypeError, RecursionError, OverflowError) as error:
        if type(error).__module__.split(".")[0] in ("app", "datasets", "symbolic"):
            raise
        raise ProjectError(f"This project's history is damaged ({str(error)[:120]}). Save it again.") from error


def _numbers(dataset: dict[str, Any]) -> dict[str, Any]:
    """The arrays of a dataset's snapshot, by the names they have in the file."""
    arrays = {name: dataset[name] for name in ("X", "y", "sigma", "weights") if dataset.get(name) is not None}
    return arrays | {name: dataset["split"][name] for name in _ROWS}


def _act(act: Act, datasets: list[dict[str, Any]]) -> dict[str, Any]:
    work = {name: getattr(act.work, name) for name in shapes.WORK}
    number = next((k for k, one in enumerate(datasets) if one is act.work.dataset), len(datasets))
    if number == len(datasets):
        datasets.append(act.work.dataset)
    return {"id": act.id, "name": act.name, "before": act.before, "work": {**work, "dataset": number}}


def _present(work: Work) -> tuple[Any, Any]:
    from datasets import Dataset
    from symbolic import Discovery, Law

    data = Dataset.from_dict(work.dataset)
    if work.law is None:
        return Discovery(None, (), "none", (), 0.0), data
    law = Law.from_dict(work.law["law"])
    return Discovery(law, (law,), work.law["status"], tuple(work.law["evidence"]), work.law["seconds"] or 0.0), data


def _unpacked(packed: bytes) -> bytes:
    """The history, as long as it is no bomb."""
    unpack = zlib.decompressobj()
    text = unpack.decompress(packed, UNPACKED)
    if unpack.unconsumed_tail or not unpack.eof:
        raise ProjectError(f"A history unpacks to at most {UNPACKED >> 20} MB, but this is larger or cut short.")
    return text


def _datasets(plain: list[dict[str, Any]], packed: bytes) -> list[dict[str, Any]]:
    """Snapshots that `Dataset` has accepted."""
    import safetensors.numpy
    from safetensors import SafetensorError

    from datasets import Dataset

    try:
        arrays = safetensors.numpy.load(packed)
    except SafetensorError as error:
        raise ProjectError("The numbers of this project are damaged. Save it again.") from error
    found = []
    for k, one in enumerate(plain):
        own = {name: arrays[f"{k}/{name}"].copy() for name in _ARRAYS if f"{k}/{name}" in arrays}
        split = {name: own.pop(name) for name in _ROWS}
        found.append(Dataset.from_dict({**one, **own, "split": split}).to_dict())
    return found


def _read(row: dict[str, Any], datasets: list[dict[str, Any]]) -> Act:
    from symbolic import Law

    work = row["work"]
    laws = [work["law"], *(one["law"] for one in work["law"]["front"])] if work["law"] else []
    for law in [*(one["law"] for one in laws), *(work["law"].get("others", []) if work["law"] else [])]:
        Law.from_dict(law)
    return Act(row["id"], row["name"], Work(**{**work, "dataset": datasets[work["dataset"]]}), row["before"])


def _plain(value: Any) -> Any:
    """JSON's own values; what is not finite, which JSON lacks, is null."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
