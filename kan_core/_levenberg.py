"""Levenberg–Marquardt on R networks at once: damped Gauss–Newton steps, judged by their gain ratio.

Source: Madsen, Nielsen & Tingleff, Methods for Non-Linear Least Squares Problems (2004), algorithm 3.16, with
Marquardt's scaling D and a small multiple of the identity, which also damps directions without data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from kan_core._grid import astray, follow
from kan_core._layer import Layer
from kan_core._losses import Loss
from kan_core._normal import (
    Block,
    Evaluation,
    Normal,
    assemble,
    bending,
    blocks,
    evaluate,
    first_basis,
    parameters,
    roughness,
    step,
)
from kan_core._smoothness import choose_weight
from kan_core._sparsity import group_penalty

START_DAMPING = 1e-2
DROP = 5.0  # factor by which a good step may lower the damping
LOWEST, HIGHEST = 1e-15, 1e10
NULL = 1e-9  # share of the mean diagonal that damps directions without data
FLOOR = 1e-30  # mean squared residual, in units of the target's variance, that counts as zero
STALL, STALLS = 1e-4, 6  # relative gains below STALL, so many times in a row, end the run
HOPE = 1e-2  # a refused step that promised more than this is no such time: a shorter one may gain
REVIEW = 5  # steps between two choices of the smoothness
STUCK = 3  # stalls after which it is chosen anew
SHARE = 0.1  # of the loss: the most that the penalty may be where there are hidden nodes
STIFF, FLEX = 1e-5, 1e-10  # smoothness of a fresh start and where its descent ends, by a factor EASE a step
EASE = 0.1
STIFF_STEPS = 5  # until FLEX is reached
FLUENT = 0.05  # a start with less loss than this need not begin stiff
HEAT, FINALISTS = 6, 6  # steps after which the worse half of many starts is given up, down to so many
FORCED = 3  # times that a run which has ended off its grids is moved onto them and goes on
HARM = 1.1  # a grid may follow its data if the loss grows by no more than this factor


@dataclass(frozen=True)
class Problem:
    """Rows to fit: X (n, d), targets (n, o) in units of their spread, weights (n, 1) of mean 1, and the loss."""

    X: Tensor
    y: Tensor
    weights: Tensor
    loss: Loss

    def value(self, outputs: Tensor) -> Tensor:
        """Mean loss (R,), infinite where an output is not finite."""
        found = (self.loss.value(outputs, self.y) * self.weights).sum(2).mean(1)
        return torch.where(found.isfinite(), found, torch.inf)

    def tangent(self, outputs: Tensor, fit: Tensor) -> tuple[Tensor, Tensor | None]:
        """Of the least-squares problem that stands for the loss near `outputs`: mean squared residual (R,), variance.

        The variance is 1 for classes and else not known. A robust loss is that of the data outputs − ψ, which no
        outlier can pull far (Oh, Nychka & Lee, Biometrika 94, 2007).
        """
        if self.loss.robust:
            return (self.loss.slope(outputs, self.y).square() * self.weights).sum(2).mean(1), None
        return 2 * fit, torch.ones_like(fit) if self.loss.classifies else None


@dataclass(frozen=True)
class State:
    """R networks under way; every field but `layers` has shape (R,)."""

    layers: tuple[Layer, ...]
    fit: Tensor  # mean loss on the rows
    penalty: Tensor  # θᵀQθ, Q being the weighted roughness and sparsity matrices
    weight: Tensor
    damping: Tensor
    growth: Tensor
    stalls: Tensor
    done: Tensor  # bool

    @property
    def objective(self) -> Tensor:
        return self.fit + 0.5 * self.penalty

    def pick(self, which: Tensor) -> State:
        """The state of some of the networks."""
        rest = ("fit", "penalty", "weight", "damping", "growth", "stalls", "done")
        chosen = {key: getattr(self, key)[which] for key in rest}
        return State(tuple(layer.pick(which) for layer in self.layers), **chosen)


def minimise(
    layers: tuple[Layer, ...],
    problem: Problem,
    steps: int,
    smoothness: float | str,
    each: Callable[[int, State], bool],
    before: State | None = None,
    stiff: bool = False,
    sparsity: float = 0.0,
    review: Callable[[Problem, Tensor], Problem] | None = None,
) -> State:
    """Runs at most `steps` steps; `each(step, state)` is called after every one and ends the run by returning False.

    A state `before` hands its damping and smoothness on. With `stiff` curves begin stiff and soften step by step: a
    free outer curve would fold over a hidden node that has not found its shape yet. `review(problem, outputs)` now and
    then makes the problem anew, for losses that follow the scale of the noise. Of many networks only the better ones
    go on to the end: successive halving (Jamieson & Talwalkar, AISTATS 2016).
    """
    layout = blocks(layers)
    state = _begin(layers, problem, smoothness, before)
    known = first_basis(layers, problem.X)
    here = evaluate(layers, problem.X, known)
    value = problem.value(here.outputs)
    state = replace(state, fit=value, done=~value.isfinite())
    stiff = stiff and not bool((value < FLUENT).all())
    fresh = True
    best, forced, reviewed = state, 0, -REVIEW
    for k in range(0 if bool(state.done.all()) else steps):
        if review is not None and not k % REVIEW:
            problem = review(problem, here.outputs)
            state = replace(state, fit=problem.value(here.outputs))
            best = replace(best, fit=problem.value(evaluate(best.layers, problem.X, known).outputs))
            fresh = True
        stuck = bool((state.stalls == STUCK).any()) and k - reviewed > STUCK
        if fresh or stuck:
            if fresh:
                normal = _normal(state.layers, layout, problem, here)
                S = roughness(state.layers, layout, normal.strength)
            if smoothness == "gcv" and stiff and k < STIFF_STEPS:
                state = replace(state, weight=torch.full_like(state.weight, STIFF * EASE**k))
            elif smoothness == "gcv" and (stuck or k - reviewed >= REVIEW):
                state, reviewed = _smoothen(state, layout, normal, S, problem, here), k
            sparse = torch.zeros((), dtype=S.dtype, device=S.device)
            if sparsity:
                sparse = sparsity * group_penalty(state.layers, layout, problem.X, normal.strength, k / steps)
            state, curved, downhill = _system(state, layout, normal, state.weight.view(-1, 1, 1) * S + sparse)
        move, promised = _solve(curved, downhill, state.damping)
        trial = step(state.layers, layout, move, normal.centre, here.ranges)
        there = evaluate(trial, problem.X, known, strength=True)
        rough = _penalty(trial, layout, there.strength or [], state.weight, sparse)
        value = problem.value(there.outputs)
        gain = state.objective - (value + 0.5 * rough)
        accept = (gain > 0) & ~state.done
        may_end = not sparsity and (k >= STIFF_STEPS or not stiff)  # the sparse penalty hardens until the last step
        state = _judge(state, trial, value, rough, gain, promised, accept, may_end)
        fresh = bool(accept.any())
        if fresh:
            state, here = _follow(state, problem, _merged(accept, there, here), known)
        if not each(k + 1, state):
            break
        if len(state.fit) > FINALISTS and not (k + 1) % HEAT:
            kept = state.objective.argsort()[: max(FINALISTS, len(state.fit) // 2)].sort().values
            state, best, here = state.pick(kept), best.pick(kept), here.pick(kept)
            known = known and (known[0][kept], known[1][kept])
            layout, fresh = blocks(state.layers), True
        if bool(state.done.all()):
            best = _better(state, best)
            if forced == FORCED or not astray(state.layers, here.ranges):
                break
            forced += 1
            state, here = _moved(state, problem, follow(state.layers, here.ranges), known)
            fresh = True
    return state if sparsity else _better(state, best)  # few edges fit less well than many


def _begin(layers: tuple[Layer, ...], problem: Problem, smoothness: float | str, before: State | None) -> State:
    if before is not None:
        idle = torch.zeros_like(before.fit)
        return replace(before, layers=layers, stalls=idle, done=idle.bool(), growth=idle + 2.0)
    zeros = torch.zeros(layers[0].coef.shape[0], dtype=torch.float64, device=problem.X.device)
    weight = zeros + (FLEX if isinstance(smoothness, str) else smoothness)
    return State(layers, zeros, zeros, weight, zeros + START_DAMPING, zeros + 2.0, zeros, zeros.bool())


def _normal(layers: Sequence[Layer], layout: list[Block], problem: Problem, here: Evaluation) -> Normal:
    slope = problem.loss.slope(here.outputs, problem.y) * problem.weights
    curvature = problem.loss.curvature(here.outputs, problem.y) * problem.weights
    shares = None if problem.loss.shares is None else problem.loss.shares(here.outputs, problem.y)
    return assemble(layers, layout, problem.X, curvature, slope, here, shares)


def smoothness_by_gcv(
    layers: Sequence[Layer],
    layout: list[Block],
    normal: Normal,
    S: Tensor,
    problem: Problem,
    outputs: Tensor,
    fit: Tensor,
) -> Tensor:
    """The weight (R,) of the roughness that cross-validation chooses for networks with these outputs and loss."""
    theta = parameters(layers, layout)
    level, noise = problem.tangent(outputs, fit)
    if problem.loss.robust:
        # With the weights ψ/r, where outliers prevail nothing would resist them, and the smoothness come out too low.
        slope = problem.loss.slope(outputs, problem.y) * problem.weights
        normal = assemble(layers, layout, problem.X, problem.weights.expand_as(slope), slope)
    weight = choose_weight(normal.hessian, normal.gradient, S, theta, level, len(problem.y), noise).weight
    if len(layout) == 1:
        return weight
    # The tangent of a network with hidden nodes says that it could be stiff and still fit; the network then does not.
    # At the fixed point of REML the penalty is at most the share P/n of the loss (Wood & Fasiolo, Biometrics 73, 2017).
    share = min(SHARE, theta.shape[1] / len(problem.y))
    return torch.minimum(weight, share * level / bending(layers, normal.strength).clamp(min=1e-300))


def _smoothen(
    state: State, layout: list[Block], normal: Normal, S: Tensor, problem: Problem, here: Evaluation
) -> State:
    """The state with its smoothness chosen anew; a run whose smoothness changes much has not come to rest."""
    weight = smoothness_by_gcv(state.layers, layout, normal, S, problem, here.outputs, state.fit)
    moved = (weight / state.weight).log().abs() > 1
    return replace(state, weight=weight, stalls=torch.where(moved, 0.0, state.stalls))


def _system(state: State, layout: list[Block], normal: Normal, Q: Tensor) -> tuple[State, Tensor, Tensor]:
    """The state with its penalty, the penalised matrix and right-hand side."""
    theta = parameters(state.layers, layout)
    pull = (Q @ theta.unsqueeze(-1)).squeeze(-1)
    state = replace(state, penalty=(theta * pull).sum(-1))
    return state, normal.hessian + Q, normal.gradient + pull


def _penalty(
    trial: Sequence[Layer], layout: list[Block], strength: Sequence[Tensor], weight: Tensor, sparse: Tensor
) -> Tensor:
    """θᵀQθ of a trial, its roughness measured by its own sensitivities.

    Measured by the old ones, hidden nodes that merely shrink would seem a gain, and steps would go round in circles.
    """
    rough = weight * bending(trial, strength)
    if not sparse.ndim:
        return rough
    theta = parameters(trial, layout)
    return rough + (theta.unsqueeze(1) @ sparse @ theta.unsqueeze(-1)).view(-1)


def _solve(curved: Tensor, downhill: Tensor, damping: Tensor) -> tuple[Tensor, Tensor]:
    """The damped step (R, P) and the fall of the objective it promises (R,)."""
    diagonal = curved.diagonal(dim1=1, dim2=2)
    scale = diagonal + NULL * diagonal.mean(1, keepdim=True).clamp(min=1e-300)
    damped = curved + torch.diag_embed(damping.view(-1, 1) * scale + 1e-15 * diagonal.mean(1, keepdim=True))
    L, failed = torch.linalg.cholesky_ex(damped)
    if bool(failed.any()):  # rounding in a singular system: damp those harder
        harder = torch.where(failed > 0, 1e-9, 0.0).view(-1, 1)
        L = torch.linalg.cholesky_ex(damped + torch.diag_embed(harder * scale))[0]
    move = -torch.cholesky_solve(downhill.unsqueeze(-1), L).squeeze(-1)
    move = torch.where(move.isfinite(), move, 0.0)
    bend = (curved @ move.unsqueeze(-1)).squeeze(-1)
    return move, -(move * downhill).sum(-1) - 0.5 * (move * bend).sum(-1)


def _judge(
    state: State,
    trial: tuple[Layer, ...],
    value: Tensor,
    rough: Tensor,
    gain: Tensor,
    promised: Tensor,
    accept: Tensor,
    may_end: bool,
) -> State:
    ratio = gain / promised.clamp(min=1e-300)
    eased = state.damping * (1 - (2 * ratio.clamp(0, 1.5) - 1) ** 3).clamp(min=1 / DROP)
    damping = torch.where(accept, eased, state.damping * state.growth).clamp(LOWEST, HIGHEST)
    growth = torch.where(accept, 2.0, 2 * state.growth)
    objective = state.objective
    stalled = torch.where(accept, gain <= STALL * objective, promised <= HOPE * objective)
    stalls = torch.where(stalled, state.stalls + 1, torch.where(accept, 0.0, state.stalls))
    fit = torch.where(accept, value, state.fit)
    hopeless = ~accept & (promised <= 1e-14 * objective)
    ended = (fit <= FLOOR) | (stalls >= STALLS) | (damping >= HIGHEST) | hopeless
    done = state.done | ended if may_end else state.done
    layers = tuple(choose(accept, new, old) for new, old in zip(trial, state.layers, strict=True))
    return replace(
        state,
        layers=layers,
        fit=fit,
        penalty=torch.where(accept, rough, state.penalty),
        damping=damping,
        growth=growth,
        stalls=stalls,
        done=done,
    )


def _follow(
    state: State, problem: Problem, here: Evaluation, known: tuple[Tensor, Tensor] | None
) -> tuple[State, Evaluation]:
    """Moves the grids of hidden nodes to where their data are, layer by layer, for the networks it does not harm."""
    if not astray(state.layers, here.ranges):
        return state, here
    for depth in range(1, len(state.layers)):
        moved = follow(state.layers, here.ranges, depth)
        if moved[depth] is state.layers[depth]:
            continue
        squares = problem.loss.name == "squares"
        there = evaluate(moved, problem.X, known, strength=not squares)
        value = problem.value(there.outputs)
        fine = (value <= HARM * state.fit) & ~state.done
        if not squares:
            # A tail that becomes part of a grid brings its kink in: roughness that the next steps would pay for with
            # the fit, again and again. Squares find back; a loss that flattens far from its target does not.
            rough = _penalty(moved, blocks(moved), there.strength or [], state.weight, torch.zeros_like(value[0]))
            fine &= value + 0.5 * rough <= HARM * state.objective
        layers = tuple(choose(fine, new, old) for new, old in zip(moved, state.layers, strict=True))
        state, here = replace(state, layers=layers, fit=torch.where(fine, value, state.fit)), _merged(fine, there, here)
    return state, here


def _moved(
    state: State, problem: Problem, layers: tuple[Layer, ...], known: tuple[Tensor, Tensor] | None
) -> tuple[State, Evaluation]:
    """A new run from layers whose grids were moved whatever it cost: on the tails of a grid nothing can be learned."""
    here = evaluate(layers, problem.X, known)
    value = problem.value(here.outputs)
    idle = torch.zeros_like(value)
    fresh = replace(state, layers=layers, fit=value, stalls=idle, done=~value.isfinite(), growth=idle + 2.0)
    return replace(fresh, damping=idle + START_DAMPING), here


def _better(state: State, other: State) -> State:
    """The better of two states, network by network."""
    if state is other:
        return state
    mask = state.fit <= other.fit
    layers = tuple(choose(mask, new, old) for new, old in zip(state.layers, other.layers, strict=True))
    rest = ("fit", "penalty", "weight", "damping", "growth", "stalls", "done")
    return State(layers, **{key: torch.where(mask, getattr(state, key), getattr(other, key)) for key in rest})


def _merged(mask: Tensor, new: Evaluation, old: Evaluation) -> Evaluation:
    """The evaluation of the chosen networks; without passes where it is a mixture."""
    if bool(mask.all()):
        return new
    if not bool(mask.any()):
        return old
    ranges = [(_merge(mask, a, c), _merge(mask, b, d)) for (a, b), (c, d) in zip(new.ranges, old.ranges, strict=True)]
    return Evaluation(_merge(mask, new.outputs, old.outputs), ranges)


def choose(mask: Tensor, new: Layer, old: Layer) -> Layer:
    """The layer with the restarts of `new` where `mask` (R,), of `old` elsewhere."""
    if bool(mask.all()):
        return new
    theirs = old.tensors()
    return new.map(lambda key, value: _merge(mask, value, theirs[key]))


def _merge(mask: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(mask.view(-1, *(1,) * (new.ndim - 1)), new, old)
