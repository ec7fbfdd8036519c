"""What runs in a worker: plain data in, plain data out. Torch is imported by the functions, never by the page."""

from __future__ import annotations

from typing import Any

from app.tasks.edge_tasks import suggest
from app.tasks.film import Film
from app.tasks.outcome import data_of, law_of, report, shown, units, validation
from app.tasks.picture import titles
from app.workers.worker import Emit, Interrupted, Plain, Stopped

__all__ = ["discover", "go_on", "name_edge", "prune", "remove_edge", "resume", "shown", "suggest", "train"]

NOTHING_DRAWN: Plain = {"model": None, "picture": None, "errors": {}, "report": []}


def train(dataset: Plain, options: Plain, emit: Emit, stopped: Stopped) -> Plain:
    """A fresh network fitted to the data. Options: widths, grids, basis, steps, seed, sparsity, restarts."""
    from kan_core import KAN

    grids = options["grids"]
    model = KAN(widths=options["widths"], grid=grids[0], seed=options["seed"], basis=options.get("basis", "bspline"))
    found = _fitted(model, data_of(dataset), {**options, "grids": grids if len(grids) > 1 else None}, emit, stopped)
    return {**found, "locked": [], "act": f"Train {_shape(model.widths)}: {found['act']}"}


def go_on(dataset: Plain, model: Plain, options: Plain, emit: Emit, stopped: Stopped) -> Plain:
    """The network fitted further, from where it is. Options: steps, and `finer` to double the cells of its grids."""
    from kan_core import KAN

    network = KAN.from_dict(model)
    cells = max(layer.grid for layer in network.layers)
    grids = [cells, 2 * cells] if options["finer"] else None
    found = _fitted(network, data_of(dataset), {**options, "grids": grids, "sparsity": 0.0}, emit, stopped)
    if found["paused"] and options["finer"]:
        what = f"Refine to {2 * cells} cells, paused"
    elif not options["finer"]:
        what = "One step" if options["steps"] == 1 else "Train on"
    else:
        kept = max(layer["grid"] for layer in found["model"]["layers"]) > cells
        what = f"Refine to {2 * cells} cells" if kept else f"Refine to {2 * cells} cells did not help"
    return {**found, "act": f"{what}: {found['act']}"}


def resume(dataset: Plain, model: Plain, options: Plain, emit: Emit, stopped: Stopped) -> Plain:
    """A fit that was paused, taken to its end. Options: what was `paused`."""
    from kan_core import KAN

    found = _fitted(KAN.from_dict(model), data_of(dataset), options, emit, stopped)
    return {**found, "act": f"Resume: {found['act']}"}


def _fitted(model: Any, data: Any, options: Plain, emit: Emit, stopped: Stopped) -> Plain:
    from kan_core import FitStep, fit

    X, y = data.part("train")
    film = Film(data, emit)
    grids, sparsity = options["grids"] or [model.layers[0].grid], options["sparsity"]
    steps = options["steps"]
    each = steps if isinstance(steps, list) else [steps] * (len(grids) + bool(sparsity))
    paused_at: list[FitStep] = []

    def on_step(step: FitStep) -> bool:
        film.add(step, sum(each))
        if stopped():
            paused_at.append(step)
        return not paused_at

    result = fit(
        model,
        X,
        y,
        validation=validation(data),
        steps=each,
        grids=grids,
        sparsity=sparsity,
        restarts=options.get("restarts", 1),
        on_step=on_step,
    )
    _leave_if(stopped)
    ended = " at error ".join([result.status.value, *(f"{step.rmse_train:.2g}" for step in result.history[-1:])])
    drawn = shown(result.model, data)
    return {
        **drawn,
        "frames": film.frames(result.model),
        "losses": [[s.step, s.rmse_train, s.rmse_validation] for s in result.history],
        "report": report(result, data, drawn["errors"]),
        "paused": _left(result, each, grids, sparsity) if paused_at else None,
        "law": None,
        "act": ended,
    }


def _left(result: Any, steps: list[int], grids: list[int], sparsity: float) -> Plain | None:
    """Options that take a paused fit to its end; None where it was there.

    A sparse stage that was over has done its work: the edges are gone. No step of the grid there is comes first, for a
    finer one to be compared with.
    """
    at = result.history[-1].stage
    left = [steps[at] - sum(step.stage == at for step in result.history), *steps[at + 1 :]]
    if not any(left):
        return None
    if sparsity and at == 0:
        return {"steps": left, "grids": grids, "sparsity": sparsity}
    now = result.model.layers[0].grid
    return {"steps": [0, *left], "grids": [now, *grids[at - bool(sparsity) :]], "sparsity": 0.0}


def prune(dataset: Plain, model: Plain, tolerance: float, locked: list[str], emit: Emit, stopped: Stopped) -> Plain:
    """The network without the edges whose loss costs less than the tolerance; locked ones stay."""
    from kan_core import KAN, Edge
    from kan_core import prune as prune_network

    data, before = data_of(dataset), KAN.from_dict(model)
    emit(stage="prune", text="Weighing every edge", fraction=0.2)
    X, y = data.part("train")
    result = prune_network(
        before,
        X,
        y,
        validation=validation(data),
        tolerance=tolerance,
        keep=[Edge.parse(edge) for edge in locked],
        on_step=lambda _: not stopped(),
    )
    _leave_if(stopped)
    gone = len(before.edges()) - len(result.model.edges())
    return {
        **shown(result.model, data),
        "frames": [],
        "law": None,
        "act": f"Prune: {gone} edge{'s' * (gone != 1)} removed",
    }


def remove_edge(dataset: Plain, model: Plain, edge: str, emit: Emit, stopped: Stopped) -> Plain:
    """The network without one edge, the others refitted."""
    from kan_core import KAN, Edge, fit
    from kan_core import remove_edge as without

    data = data_of(dataset)
    emit(stage="prune", text="Refitting without the edge", fraction=0.2)
    bare = without(KAN.from_dict(model), Edge.parse(edge))
    X, y = data.part("train")
    result = fit(bare, X, y, validation=validation(data), on_step=lambda _: not stopped())
    _leave_if(stopped)
    drawn = shown(result.model, data)
    act = f"Remove {titles(drawn['picture'])[edge]}"
    return {**drawn, "frames": [], "law": law_of(result.model, data), "act": act}


def name_edge(dataset: Plain, model: Plain, edge: str, name: str, emit: Emit, stopped: Stopped) -> Plain:
    """The network with an edge named and everything refitted, and its law where this was the last edge."""
    from kan_core import KAN, Edge
    from symbolic import snap_edge

    data = data_of(dataset)
    emit(stage="name", text=f"Refitting with {name}", fraction=0.3)
    named = snap_edge(KAN.from_dict(model), Edge.parse(edge), name, *data.part("train"))
    _leave_if(stopped)
    drawn = shown(named, data)
    act = f"Name {titles(drawn['picture'])[edge]}: {name}"
    return {**drawn, "frames": [], "law": law_of(named, data), "act": act}


def discover(dataset: Plain, budget: float, emit: Emit, stopped: Stopped) -> Plain:
    """Everything in one go: the law, the network that shows it, and the steps on the way."""
    import numpy as np

    from app.tasks.laws import sound, summary
    from symbolic import Progress
    from symbolic import discover as find

    data = data_of(dataset)
    film = Film(data, emit)

    def on_progress(now: Progress) -> bool:
        film.tell(now)
        return not stopped()

    # The test rows are not shown to the search: they judge what it finds.
    rows = np.sort(np.concatenate([data.split.train, data.split.validation]))
    found = find(
        data.X[rows],
        data.y[rows],
        list(data.names),
        data.target,
        units=units(data),
        sigma=None if data.sigma is None else data.sigma[rows],
        digits=data.digits[-1] if data.digits else None,
        budget=budget,
        on_progress=on_progress,
    )
    _leave_if(stopped)
    model = sound(found.model, data)
    drawn = shown(model, data) if model is not None else NOTHING_DRAWN
    law = summary(found.best, data, model, found) if found.best is not None else None
    act = f"Discover {law['text']}" if law else "Discover: no law found"
    note = "" if law else " ".join(("No law was found.", *found.evidence[-2:]))
    return {**drawn, "frames": film.frames(model), "losses": [], "locked": [], "law": law, "act": act, "note": note}


def _shape(widths: Any) -> str:
    return "[" + ", ".join(str(w) for w in widths) + "]"


def _leave_if(stopped: Stopped) -> None:
    # Who asked for the best so far, not for the end, gets it.
    if stopped() and not getattr(stopped, "keep", False):
        raise Interrupted
