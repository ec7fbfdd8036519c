"""The session's law as one HTML page that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.kept.work import Work
from app.tasks.laws import PARTS
from app.tasks.picture import arities, node_of
from app.words import percent

ERRORS = {"law_vs_data": "law and data", "network_vs_data": "network and data", "law_vs_network": "law and network"}


def report(work: Work, acts: Sequence[str]) -> str:
    """The report of `symbolic.report` with the session's network, errors and acts. Raises SymbolicError."""
    from datasets import Dataset
    from symbolic import Beside, Discovery, Law
    from symbolic import report as written

    law = work.law
    assert law is not None, "there is something to report"
    front = tuple(Law.from_dict(one["law"]["law"]) for one in law["front"])
    best = next((one for one in front if str(one) == law["text"]), None) or Law.from_dict(law["law"])
    found = Discovery(best, front or (best,), law["status"], tuple(law["evidence"]), law["seconds"] or 0.0)
    errors = [
        (f"{name} {PARTS[part['name']]} ({part['rows']})", percent(part[key]))
        for part in law["parts"]
        for key, name in ERRORS.items()
        if part[key] is not None
    ]
    beside = Beside(errors, _network(work.picture) if work.picture else None, acts)
    return written(found, Dataset.from_dict(work.dataset), int(work.source.get("seed", 0)), beside)


def _network(drawn: dict[str, Any]) -> Any:
    from symbolic import DrawnEdge, drawn_network

    edges = []
    for edge in drawn["edges"]:
        if edge["state"] == "removed":
            continue
        layer, source, leg = map(int, edge["id"].split("-"))
        target = node_of(leg, drawn["widths"][layer + 1])
        x, y = np.linspace(edge["x"][0], edge["x"][1], len(edge["y"])), np.array(edge["y"], dtype=float)
        edges.append(DrawnEdge(layer, source, target, edge["importance"], x, y, edge["name"] or "spline"))
    counts = [sums + len(products) for sums, products in map(arities, drawn["widths"])]
    return drawn_network(edges, counts, drawn["inputs"], drawn["target"])
