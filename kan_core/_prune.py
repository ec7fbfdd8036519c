"""Pruning: nodes and edges go as long as the error stays within a stated tolerance, judged by refits."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any

from kan_core._edge import Edge
from kan_core._errors import TrainingError
from kan_core._fit import FitResult, FitStatus, FitStep, fit
from kan_core._gate import Table, held_out
from kan_core._impact import Group, Impacts
from kan_core._network import KAN, remove_edge
from kan_core._normal import evaluate
from kan_core._state import Problem
from kan_core._tangent import freedom, problem_at, tangent
from kan_core._tidy import compact as compact_layers
from kan_core._tidy import legs_fed, tidy

TRIES = 3  # candidates refitted a round
STEPS = 12  # of each trial refit
LEAST_ROOM = 0.1  # share of the rows' degrees of freedom that a score counts as left
FLEX = 1e-10  # smoothness of the model that ranks


def prune(
    model: KAN,
    X: Any,
    y: Any,
    validation: tuple[Any, Any] | None = None,
    tolerance: float = 0.02,
    on_step: Callable[[FitStep], bool | None] | None = None,
    loss: str = "squares",
    keep: Collection[Edge] = (),
) -> FitResult:
    """Removes what the fit can do without, and refits; returns a new network and the record of accepted removals.

    All removals together may raise the RMSE (on the validation rows where given) from e to at most
    √(e² + (tolerance·spread of y)²); for classes, the cross-entropy by `tolerance` times that of their shares alone.
    Without validation rows, e is what generalised cross-validation expects of new rows.
    What goes first is what the quadratic model of the loss says costs least: inputs and hidden nodes with all their
    edges, then single edges; a refit decides. The last path to an output is never cut, nor are the edges to `keep`.
    `loss` is that of the fit.

    Edges keep their names and X its columns: `KAN.used_inputs` names the columns still read, `compact` makes the
    smaller network of them.
    """
    if not model.trained:
        raise TrainingError("This network was never fitted, so nothing can be said of what it needs. Fit it first.")
    if not isinstance(tolerance, float | int) or not math.isfinite(tolerance) or tolerance < 0:
        raise TrainingError(f"tolerance is a share of the spread of y, a number of at least 0; got {tolerance!r}.")
    started = time.perf_counter()
    problem = problem_at(model, X, y, loss=loss)
    judge = _Judge(model, problem, held_out(validation, model.n_in, model.n_out, problem.loss.task), tolerance)
    refit = partial(fit, X=X, y=y, loss=loss)
    history: list[FitStep] = []
    current, status = model, FitStatus.CONVERGED
    while True:
        trial = _round(current, problem, refit, judge, set(keep))
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
        polished = refit(current, validation=validation, steps=40)
        if judge.allows(polished.model):
            current = polished.model
            history += polished.history[-1:]
    return FitResult(current, status, history, time.perf_counter() - started)


class _Judge:
    """Says whether a network still keeps within the error allowed, on the validation rows where there are some.

    On the rows of the fit a larger network always errs less, so there its degrees of freedom are charged for: by the
    score of generalised cross-validation, or Akaike's for classes.
    """

    def __init__(self, model: KAN, problem: Problem, held: Table | None, tolerance: float) -> None:
        self._shift, self._scale, self._rows = model.shift, model.scale, problem
        self._charged = held is None
        if held is not None:
            scaled = (held.y - model.shift) / model.scale
            self._rows = replace(problem, X=held.X, y=scaled, weights=held.weights.unsqueeze(1))
        rise = 0.5 * tolerance**2
        if problem.loss.classifies:
            shares = problem.y.mean(0)
            logits = shares.logit() if len(shares) == 1 else shares.log()
            rise = tolerance * float(problem.value(logits.expand(1, *problem.y.shape)))
        before = self._error(model)
        if not math.isfinite(before):
            raise TrainingError("The error of this network on the rows given is not finite: fit it to such rows first.")
        self._limit = before + rise

    def allows(self, model: KAN) -> bool:
        return self._error(model) <= self._limit

    def _error(self, model: KAN) -> float:
        outputs = model.shift + model.scale * evaluate(model.layers, self._rows.X).outputs
        found = float(self._rows.value((outputs - self._shift) / self._scale))
        if not (self._charged and math.isfinite(found)):
            return found
        share = freedom(tangent(model.layers, self._rows, "gcv")) / len(self._rows.y)
        return found + share if self._rows.loss.classifies else found / max(1 - share, LEAST_ROOM) ** 2


def _round(
    model: KAN, problem: Problem, refit: Callable[..., FitResult], judge: _Judge, keep: set[Edge]
) -> FitResult | None:
    """The first refit within the limit, cheapest candidates first, whole nodes before single edges."""
    impacts, keep = Impacts(tangent(model.layers, problem, FLEX)), keep & set(model.edges())

    def cheapest(groups: list[Group]) -> list[Group]:
        free = (one for one in groups if not any(Edge(one[0], *member) in keep for member in one[1]))
        return sorted(free, key=impacts.cost)[:TRIES]

    nodes = cheapest(_nodes(model))
    edges = cheapest([one for one in _edges(model) if one not in nodes])
    for group in (*nodes, *edges):
        smaller = _without(model, group)
        if not bool(legs_fed(smaller.layers[-1]).all()) or not keep <= set(smaller.edges()):
            continue
        for start in (smaller, smaller._with(trained=False)):  # from where it is, then from a fresh start
            found = refit(start, steps=STEPS if start.trained else 3 * STEPS)
            if judge.allows(found.model):
                return found
            if any(layer.named for layer in smaller.layers):
                break
    return None


def _nodes(model: KAN) -> list[Group]:
    """Every input and hidden node that is not the last of its layer, as the group of its outgoing edges."""
    groups: list[Group] = []
    for depth in range(len(model.layers)):
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


def compact(model: KAN) -> tuple[KAN, tuple[int, ...]]:
    """The network without the inputs and hidden nodes that nothing reads, and the columns of X that it still takes.

    Edges are numbered anew; outputs are the same to rounding: `small(X[:, list(columns)])` equals `model(X)`.
    """
    layers, kept = compact_layers(model.layers)
    return model._with(layers=layers), tuple(kept)
