"""What runs in a worker: plain data in, plain data out. Torch is imported by the functions, never by the page."""

from __future__ import annotations

from typing import Any

from app.film import Film, picture_of
from app.picture import NOTHING, POINTS, titles
from app.verdict import verdict
from app.worker import Emit, Interrupted, Plain, Stopped

TRIAL_STEPS = 12  # of a refit that only asks what an edge is worth
SEEN = 150  # rows shown under a curve
NOTHING_DRAWN: Plain = {"model": None, "picture": None, "errors": {}, "report": []}


def train(dataset: Plain, options: Plain, emit: Emit, stopped: Stopped) -> Plain:
    """A fresh network fitted to the data. Options: widths, grids, basis, steps, seed, sparsity, restarts."""
    from kan_core import KAN

    grids = options["grids"]
    model = KAN(widths=options["widths"], grid=grids[0], seed=options["seed"], basis=options.get("basis", "bspline"))
    found = _fitted(model, _data(dataset), {**options, "grids": grids if len(grids) > 1 else None}, emit, stopped)
    return {**found, "locked": [], "act": f"Train {_shape(model.widths)}: {found['act']}"}


def go_on(dataset: Plain, model: Plain, options: Plain, emit: Emit, stopped: Stopped) -> Plain:
    """The network fitted further, from where it is. Options: steps, and `finer` to double the cells of its grids."""
    from kan_core import KAN

    network = KAN.from_dict(model)
    cells = max(layer.grid for layer in network.layers)
    grids = [cells, 2 * cells] if options["finer"] else None
    found = _fitted(network, _data(dataset), {**options, "grids": grids, "sparsity": 0.0}, emit, stopped)
    if not options["finer"]:
        what = "One step" if options["steps"] == 1 else "Train on"
    else:
        kept = max(layer["grid"] for layer in found["model"]["layers"]) > cells
        what = f"Refine to {2 * cells} cells" if kept else f"Refine to {2 * cells} cells did not help"
    return {**found, "act": f"{what}: {found['act']}"}


def _fitted(model: Any, data: Any, options: Plain, emit: Emit, stopped: Stopped) -> Plain:
    from kan_core import FitStep, fit

    X, y = data.part("train")
    film = Film(data, emit)

    def on_step(step: FitStep) -> bool:
        film.add(step, options["steps"] * len(options["grids"] or [0]))
        return not stopped()

    result = fit(
        model,
        X,
        y,
        validation=_validation(data),
        steps=options["steps"],
        grids=options["grids"],
        sparsity=options["sparsity"],
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
        "report": _report(result, data, drawn["errors"]),
        "law": None,
        "act": ended,
    }


def prune(dataset: Plain, model: Plain, tolerance: float, locked: list[str], emit: Emit, stopped: Stopped) -> Plain:
    """The network without the edges whose loss costs less than the tolerance; locked ones stay."""
    from kan_core import KAN, Edge
    from kan_core import prune as prune_network

    data, before = _data(dataset), KAN.from_dict(model)
    emit(stage="prune", text="Weighing every edge", fraction=0.2)
    X, y = data.part("train")
    result = prune_network(
        before,
        X,
        y,
        validation=_validation(data),
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

    data = _data(dataset)
    emit(stage="prune", text="Refitting without the edge", fraction=0.2)
    bare = without(KAN.from_dict(model), Edge.parse(edge))
    X, y = data.part("train")
    result = fit(bare, X, y, validation=_validation(data), on_step=lambda _: not stopped())
    _leave_if(stopped)
    drawn = shown(result.model, data)
    act = f"Remove {titles(drawn['picture'])[edge]}"
    return {**drawn, "frames": [], "law": _law(result.model, data), "act": act}


def suggest(dataset: Plain, model: Plain, edge: str, own: str, emit: Emit, stopped: Stopped) -> Plain:  # noqa: ARG001
    """The functions an edge may be, best first, then nothing at all; and the rows as its curve sees them.

    `own` is a formula of the user's own that competes, or empty; where it cannot be read, `complaint` says why.
    """
    from kan_core import KAN, Edge, look
    from symbolic import SymbolicError
    from symbolic import suggest as rank

    network, data, one = KAN.from_dict(model), _data(dataset), Edge.parse(edge)
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
    judge = _validation(data) or (X, y)
    before = _rms(model, *judge)
    after = _rms(fit(remove_edge(model, edge), X, y, steps=TRIAL_STEPS).model, *judge)
    assert before is not None
    assert after is not None
    change = after / max(before, 1e-300) - 1
    zero = {"a": 0.0, "b": 0.0, "c": 0.0, "d": 0.0, "r2": 0.0, "complexity": 0.0}
    return [{"name": NOTHING, **zero, "change": change, "before": before, "after": after, "y": [0.0] * POINTS}]


def _seen(model: Any, edge: Any, data: Any) -> list[list[float]]:
    """Partial residuals [x, y] of an edge that feeds the output: the curve plus what the network misses in each row.

    Behind hidden nodes a residual cannot be laid on one edge: the list is empty.
    """
    import numpy as np

    from kan_core import edge_data

    if edge.layer < len(model.layers) - 1 or model.layers[-1].products:
        return []
    X, y = data.part("train")
    X, y = X[:: -(-len(y) // SEEN)], y[:: -(-len(y) // SEEN)]
    x, values = edge_data(model, edge, X)
    missed = (y - model(X)[:, 0]) / float(model.scale[0])
    return [[float(f"{v:.4g}") for v in column] for column in (x, values - np.mean(values) + missed)]


def name_edge(dataset: Plain, model: Plain, edge: str, name: str, emit: Emit, stopped: Stopped) -> Plain:
    """The network with an edge named and everything refitted, and its law where this was the last edge."""
    from kan_core import KAN, Edge
    from symbolic import snap_edge

    data = _data(dataset)
    emit(stage="name", text=f"Refitting with {name}", fraction=0.3)
    named = snap_edge(KAN.from_dict(model), Edge.parse(edge), name, *data.part("train"))
    _leave_if(stopped)
    drawn = shown(named, data)
    act = f"Name {titles(drawn['picture'])[edge]}: {name}"
    return {**drawn, "frames": [], "law": _law(named, data), "act": act}


def discover(dataset: Plain, budget: float, emit: Emit, stopped: Stopped) -> Plain:
    """Everything in one go: the law, the network that shows it, and the steps on the way."""
    import numpy as np

    from app.laws import sound, summary
    from symbolic import Progress
    from symbolic import discover as find

    data = _data(dataset)
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
        units=_units(data),
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


def _data(dataset: Plain) -> Any:
    from datasets import Dataset

    return Dataset.from_dict(dataset)


def _validation(data: Any) -> Any:
    X, y = data.part("validation")
    return (X, y) if len(y) else None


def shown(model: Any, data: Any) -> Plain:
    """What a piece of work keeps of a network: itself, its picture, and its errors."""
    X, y = data.part("train")
    return {
        "model": model.to_dict(),
        "picture": picture_of(model, X, data, y),
        "errors": {name: _rms(model, *data.part(name)) for name in ("train", "validation")},
        "report": [],
    }


def _rms(model: Any, X: Any, y: Any) -> float | None:
    import numpy as np

    return float(np.sqrt(np.mean((model(X)[:, 0] - y) ** 2))) if len(y) else None


def _report(result: Any, data: Any, errors: Plain) -> list[str]:
    """What the fit has come to; judged on the validation rows where there are some."""
    import numpy as np

    from symbolic import is_white, sigma_neighbours

    X, y = _validation(data) or data.part("train")
    if result.status.value == "diverged":
        return verdict("diverged", np.inf, None, 1.0, False, None)[:1]
    white = is_white(y - result.model(X)[:, 0], X)
    noise = sigma_neighbours(*data.part("train"))
    return verdict(result.status.value, errors["train"], errors["validation"], float(np.std(data.y)), white, noise)


def _law(model: Any, data: Any) -> Plain | None:
    """The law of a network with no spline left, else None."""
    from app.laws import summary
    from symbolic import law_from_network, measured, united

    if not model.edges() or any(model.state(edge) == "spline" for edge in model.edges()):
        return None
    X, y = data.part("train")
    sigma = None if data.sigma is None else data.sigma[data.split.train]
    law = law_from_network(model, X, y, data.names, data.target, sigma)
    return summary(united(measured(law, X, y, sigma), _units(data)), data, model)


def _units(data: Any) -> dict[str, str]:
    """The units that can be read, by column."""
    return {name: text for name, text in (data.units or {}).items() if name in data.dimensions}


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
    # Who asked for the best so far, not for the end, gets it.
    if stopped() and not getattr(stopped, "keep", False):
        raise Interrupted
