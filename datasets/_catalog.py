"""The catalogue of laws and real data: rows of `catalog/laws.json`, loaded on request."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets._dataset import Dataset
from datasets._sample import sample
from datasets._table import read_table

_FOLDER = Path(__file__).parent / "catalog"


@dataclass(frozen=True)
class CatalogueEntry:
    """A law to find again: sampled from its formula, or measured and kept as a table.

    `kind` is "formula" (then `formula` and `ranges` are set) or "table" (then `file`, `target` and `inputs` are);
    `difficulty` runs from 1 to 3; `widths` is a network that suits it, a pair meaning (sums, products).
    """

    key: str
    title: str
    story: str
    source: str
    kind: str
    difficulty: int
    field: str
    widths: tuple[int | tuple[int, int], ...]
    formula: str | None = None
    ranges: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    units: Mapping[str, str] = dataclasses.field(default_factory=dict)
    file: str | None = None
    target: str | None = None
    inputs: tuple[str, ...] = ()

    def load(self, seed: int = 0, n: int = 1000, noise: float = 0.0) -> Dataset:
        """Returns the data: n points with this noise from a formula, or the table as it was measured.

        A measured table has its own rows and its own noise, so `n` and `noise` only concern formulas.
        """
        if self.formula is not None:
            data = sample(self.formula, self.ranges, n=n, noise=noise, seed=seed)
        else:
            assert self.file is not None
            assert self.target is not None
            data = read_table(_FOLDER / self.file).to_dataset(self.target, self.inputs or None, seed=seed)
        origin = f"{self.title}: {self.source}."
        units = {**(data.units or {}), **self.units}
        return dataclasses.replace(data, units=units, provenance=(origin, *data.provenance))


def catalogue() -> list[CatalogueEntry]:
    """Returns all entries, the first ones to try first."""
    rows = json.loads((_FOLDER / "laws.json").read_text(encoding="utf-8"))
    return [_entry(row) for row in rows]


def _entry(row: dict[str, Any]) -> CatalogueEntry:
    widths = tuple(tuple(width) if isinstance(width, list) else width for width in row["widths"])
    ranges = {name: (float(low), float(high)) for name, (low, high) in row.get("ranges", {}).items()}
    return CatalogueEntry(**{**row, "widths": widths, "ranges": ranges, "inputs": tuple(row.get("inputs", ()))})
