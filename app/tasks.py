"""What runs in a worker: plain data in, plain data out. Torch is imported by the functions, never by the page."""

from __future__ import annotations

from typing import Any

from app.film import Film, picture_of
from app.picture import POINTS, titles
from app.worker import Emit, Interrupted, Plain, Stopped


def train(dataset: Plain, options: Plain, emit: Emit, stopped: Stopped) -> Plain:
    """A fresh network fitted to the data. Options: widths, grids, steps, seed, sparsity."""
    from kan_core import KAN, FitStep, fit

    data, grids = _data(dataset), options["grids"]
    X, y = data.part("train")
    film = Film(data, emit)

    def on_step(step: FitStep) -> bool:
        film.add(step, options["steps"] * len(grids))
        return not stopped()

    result = fit(
        KAN(widths=options["widths"], grid=grids[0], seed=options["seed"]),
        X,
        y,
        validation=_validation(data),
        steps=options["steps"],
        grids=grids if len(grids) > 1 else None,
        sparsity=options["sparsity"],
        on_step=on_step,
    )
    _leave_if(stopped)
    ended = " at error ".join([result.status.value, *(f"{step.rmse_train:.2g}" for step in result.history[-1:])])
    return {
        **_drawn(result.model, data),
        "frames": film.frames(result.model),
        "losses": [[s.step, s.rmse_train, s.rmse_validation] for s in result.history],
        "law": None,
        "act": f"Train {_shape(result.model.widths)}: {ended}",
    }


def prune(dataset: Plain, model: Plain, tolerance: float, emit: Emit, stopped: Stopped) -> Plain:
    """The network without the edges whose loss costs less than the tolerance."""
    from kan_core import KAN
    from kan_core import prune as prune_network

    data, before = _data(dataset), KAN.from_dict(model)
    emit(stage="prune", text="Weighing every edge", fraction=0.2)
    X, y = data.part("train")
    result = prune_network(
        before, X, y, validation=_validation(data), tolerance=tolerance, on_step=lambda _: not stopped()
    )
    _leave_if(stopped)
    gone = len(before.edges()) - len(result.model.edges())
    return {
        **_drawn(result.model, data),
        "frames": [],
        "law": None,
        "act": f"Prune: {gone} edge{'s' * (gone != 1)} removed",
    }


def remove_edge(dataset: Plain, model: Plain, edge: str, emit: Emit, stopped: Stopped) -> Plain:
    """The network without one edge, the others refitted."""
    from kan_core import KAN, Edge, fit
    from kan_core import remove_edge as without

    data = _data(dataset)
    emit(stage="prune", text="Refitting without the edge", fraction=0.2)
    bare = without(KAN.from_dict(model), Edge.parse(edge))
    X, y = data.part("train")
    result = fit(bare, X, y, validation=_validation(data), on_step=lambda _: not stopped())
    _leave_if(stopped)
    drawn = _drawn(result.model, data)
    act = f"Remove {titles(drawn['picture'])[edge]}"
    return {**drawn, "frames": [], "law": _law(result.model, data), "act": act}


def suggest(dataset: Plain, model: Plain, edge: str, emit: Emit, stopped: Stopped) -> Plain:  # noqa: ARG001
    """The functions an edge may be, best first."""
    from kan_core import KAN, Edge, look
    from symbolic import suggest as rank

    network, (X, y) = KAN.from_dict(model), _data(dataset).part("train")
    shown = next(one for one in look(network, X) if str(one.edge) == edge)
    return {"candidates": [_candidate(one, shown) for one in rank(network, Edge.parse(edge), X, y)]}


def name_edge(dataset: Plain, model: Plain, edge: str, name: str, emit: Emit, stopped: Stopped) -> Plain:
    """The network with an edge named and everything refitted, and its law where this was the last edge."""
    from kan_core import KAN, Edge
    from symbolic import snap_edge

    data = _data(dataset)
    emit(stage="name", text=f"Refitting with {name}", fraction=0.3)
    named = snap_edge(KAN.from_dict(model), Edge.parse(edge), name, *data.part("train"))
    _leave_if(stopped)
    drawn = _drawn(named, data)
    act = f"Name {titles(drawn['picture'])[edge]}: {name}"
    return {**drawn, "frames": [], "law": _law(named, data), "act": act}


def discover(dataset: Plain, budget: float, emit: Emit, stopped: Stopped) -> Plain:
    """Everything in one go: the law, the network that shows it, and the steps on the way."""
    from app.laws import summary
    from symbolic import Progress
    from symbolic import discover as find

    data = _data(dataset)
    film = Film(data, emit)

    def on_progress(now: Progress) -> bool:
        film.tell(now)
        return not stopped()

    found = find(
        data.X, data.y, list(data.names), data.target, sigma=data.sigma, budget=budget, on_progress=on_progress
    )
    _leave_if(stopped)
    drawn = _drawn(found.model, data) if found.model is not None else {"model": None, "picture": None}
    law = summary(found.best, data, found.model, found) if found.best is not None else None
    act = f"Discover {law['text']}" if law else "Discover: no law found"
    note = "" if law else " ".join(("No law was found.", *found.evidence[-2:]))
    return {**drawn, "frames": film.frames(found.model), "losses": [], "law": law, "act": act, "note": note}


def _data(dataset: Plain) -> Any:
    from datasets import Dataset

    return Dataset.from_dict(dataset)


def _validation(data: Any) -> Any:
    X, y = data.part("validation")
    return (X, y) if len(y) else None


def _drawn(model: Any, data: Any) -> Plain:
    return {"model": model.to_dict(), "picture": picture_of(model, data.part("train")[0], data)}


def _law(model: Any, data: Any) -> Plain | None:
    """The law of a network with no spline left, else None."""
    from app.laws import summary
    from symbolic import law_from_network

    if not model.edges() or any(model.state(edge) == "spline" for edge in model.edges()):
        return None
    X, y = data.part("train")
    return summary(law_from_network(model, X, y, data.names, data.target), data, model)


def _candidate(one: Any, shown: Any) -> Plain:
    """A candidate with its curve, drawn over the edge's domain and about the edge's mean."""
    import numpy as np
    import torch

    from kan_core import FUNCTIONS

    x = torch.linspace(float(shown.x[0]), float(shown.x[-1]), POINTS, dtype=torch.float64)
    y = (one.c * FUNCTIONS[one.name].value(one.a * x + one.b)).numpy()
    y = np.nan_to_num(y - np.nanmean(y) + np.interp(x.numpy(), shown.x, shown.y).mean())
    numbers = {key: float(getattr(one, key)) for key in ("a", "b", "c", "d", "r2", "complexity")}
    change = None if one.change is None or not np.isfinite(one.change) else float(one.change)
    return {"name": one.name, **numbers, "change": change, "y": [float(f"{v:.4g}") for v in y]}


def _shape(widths: Any) -> str:
    return "[" + ", ".join(str(w) for w in widths) + "]"


def _leave_if(stopped: Stopped) -> None:
    if stopped():
        raise Interrupted
