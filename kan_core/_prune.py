"""Pruning: nodes and edges go as long as the error stays within a stated tolerance, judged by refits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch

from kan_core._edge import Edge
from kan_core._errors import TrainingError
from kan_core._fit import FitResult, FitStatus, FitStep, fit, scaled_problem
from kan_core._gate import held_out, table
from kan_core._impact import Group, Impacts
from kan_core._network import KAN, remove_edge
from kan_core._tidy import legs_fed, tidy

TRIES = 3  # candidates refitted a round
STEPS = 12  # of each trial refit


def prune(
    model: KAN,
    X: Any,
    y: Any,
    validation: tuple[Any, Any] | None = None,
    tolerance: float = 0.02,
    on_step: Callable[[FitStep], bool | None] | None = None,
) -> FitResult:
    """Removes what the fit can do without, and refits; returns a new network and the record of accepted removals.

    All removals together may raise the RMSE (on the validation rows where given) from e to at most
    √(e² + (tolerance·spread of y)²). What goes first is what the Schur complement of JᵀJ says costs least; a refit
    decides. The last path to an output is never cut.
    """
    if not model.trained:
        raise TrainingError("This network was never fitted, so nothing can be said of what it needs. Fit it first.")
    started = time.perf_counter()
    train = table(X, y, None, model.n_in, model.n_out)
    problem = scaled_problem(model, train)
    rows = held_out(validation, model.n_in, model.n_out) or train

    def error(candidate: KAN) -> float:
        with torch.no_grad():
            return float(((candidate(rows.X) - rows.y) / model.scale).square().mean().sqrt())

    limit = (error(model) ** 2 + tolerance**2) ** 0.5
    history: list[FitStep] = []
    current, status = model, FitStatus.CONVERGED
    while True:
        trial = _round(current, X, y, problem, error, limit)
        if trial is None:
            break
        current = trial.model
        last = trial.history[-1] if trial.history else None
        if last is not None:
            history.append(last)
            if on_step is not None and on_step(last) is False:
                status = FitStatus.STOPPED
                break
    if current is not model and status is not FitStatus.STOPPED:
        polished = fit(current, X, y, validation=validation, steps=40)
        if error(polished.model) <= limit:
            current = polished.model
            history += polished.history[-1:]
    return FitResult(current, status, history, time.perf_counter() - started)


def _round(model: KAN, X: Any, y: Any, problem: Any, error: Callable[[KAN], float], limit: float) -> FitResult | None:
    """The first refit within the limit, cheapest candidates first, whole nodes before single edges."""
    impacts = Impacts(model.layers, problem, weight=1e-10)
    nodes = sorted(_nodes(model), key=impacts.cost)[:TRIES]
    edges = sorted(_edges(model), key=impacts.cost)[:TRIES]
    for group in (*nodes, *edges):
        smaller = _without(model, group)
        if not bool(legs_fed(smaller.layers[-1]).all()):
            continue
        for start in (smaller, smaller._with(trained=False)):  # from where it is, then from a fresh start
            found = fit(start, X, y, steps=STEPS if start.trained else 3 * STEPS)
            if error(found.model) <= limit:
                return found
            if any(layer.named for layer in smaller.layers):
                break
    return None


def _nodes(model: KAN) -> list[Group]:
    """Every hidden node that is not the last of its layer, as the group of its outgoing edges."""
    groups: list[Group] = []
    for depth in range(1, len(model.layers)):
        live = [edge for edge in model.edges() if edge.layer == depth]
        sources = sorted({edge.source for edge in live})
        if len(sources) > 1:
            groups += [(depth, tuple((e.source, e.target) for e in live if e.source == i)) for i in sources]
    return groups


def _edges(model: KAN) -> list[Group]:
    return [(edge.layer, ((edge.source, edge.target),)) for edge in model.edges()]


def _without(model: KAN, group: Group) -> KAN:
    depth, members = group
    for source, leg in members:
        model = remove_edge(model, Edge(depth, source, leg))
    return model._with(layers=tidy(model.layers))
