"""What a worker does for the name panel: the functions that one edge may be, and what each would cost."""

from __future__ import annotations

from typing import Any

from app.tasks.outcome import data_of, rms, validation
from app.tasks.picture import FINE, NOTHING
from app.workers.worker import Emit, Plain, Stopped

TRIAL_STEPS = 12  # of a refit that only asks what an edge is worth
SEEN = 150  # rows shown under a curve


def suggest(dataset: Plain, model: Plain, edge: str, own: str, emit: Emit, stopped: Stopped) -> Plain:  # noqa: ARG001
    """The functions an edge may be, best first, then nothing at all; and the rows as its curve sees them.

    `own` is a formula of the user's own that competes, or empty; where it cannot be read, `complaint` says why.
    """
    from kan_core import KAN, Edge, look
    from symbolic import SymbolicError
    from symbolic import suggest as rank

    network, data, one = KAN.from_dict(model), data_of(dataset), Edge.parse(edge)
    X, y = data.part("train")
    shown = next(row for row in look(network, X) if row.edge == one)
    complaint, ranked = "", []
    try:
        ranked = rank(network, one, X, y, functions=[own] if own.strip() else [])
    except SymbolicError as error:
        if not own.strip():
            raise
        complaint, ranked = str(error), rank(network, one, X, y)
    names = [_candidate(row, shown) for row in ranked]
    found = {"candidates": names + _nothing(network, one, data), "points": _seen(network, one, data)}
    return {**found, "complaint": complaint}


def _nothing(model: Any, edge: Any, data: Any) -> list[Plain]:
    """The candidate 0: what the whole network loses without the edge, after a refit, on rows it was not fitted to."""
    from kan_core import fit, remove_edge

    if not any(one.layer == edge.layer and one.target == edge.target and one != edge for one in model.edges()):
        return []  # the last edge of its node
    X, y = data.part("train")
    judge = validation(data) or (X, y)
    before = rms(model, *judge)
    after = rms(fit(remove_edge(model, edge), X, y, steps=TRIAL_STEPS).model, *judge)
    assert before is not None
    assert after is not None
    change = after / max(before, 1e-300) - 1
    zero = {"a": 0.0, "b": 0.0, "c": 0.0, "d": 0.0, "r2": 0.0, "complexity": 0.0}
    return [{"name": NOTHING, **zero, "change": change, "before": before, "after": after, "y": [0.0] * FINE}]


def _seen(model: Any, edge: Any, data: Any) -> list[list[float]]:
    """Partial residuals [x, y] of an edge that feeds the output: the curve plus what the network misses in each row.

    Behind hidden nodes a residual cannot be laid on one edge: the list is empty.
    """
    import numpy as np

    from kan_core import edge_data

    if edge.layer < len(model.layers) - 1 or model.layers[-1].products:
        return []
    X, y = data.part("train")
    x, values = edge_data(model, edge, X)
    missed = (y - model(X)[:, 0]) / float(model.scale[0])
    step = -(-len(y) // SEEN)
    seen = (x, values - np.mean(values) + missed)  # about the mean over all rows, as the curve is drawn
    return [[float(f"{v:.4g}") for v in column[::step]] for column in seen]


def _candidate(one: Any, shown: Any) -> Plain:
    """A candidate with its curve, drawn over the edge's domain and about the edge's mean."""
    import numpy as np
    import torch

    from kan_core import FUNCTIONS

    x = torch.linspace(float(shown.x[0]), float(shown.x[-1]), FINE, dtype=torch.float64)
    y = (one.c * FUNCTIONS[one.name].value(one.a * x + one.b)).numpy()
    y = np.nan_to_num(y - np.nanmean(y) + np.interp(x.numpy(), shown.x, shown.y).mean())
    numbers = {key: float(getattr(one, key)) for key in ("a", "b", "c", "d", "r2", "complexity")}
    change = None if one.change is None or not np.isfinite(one.change) else float(one.change)
    return {"name": one.name, **numbers, "change": change, "y": [float(f"{v:.4g}") for v in y]}
