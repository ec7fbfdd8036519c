"""Levenberg–Marquardt on R networks at once: damped Gauss–Newton steps, judged by their gain ratio.

Source: Madsen, Nielsen & Tingleff, Methods for Non-Linear Least Squares Problems (2004), algorithm 3.16, with
Marquardt's scaling D and a small multiple of the identity, which also damps directions without data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kan_core._grid import astray, follow
from kan_core._layer import Layer
from kan_core._normal import Evaluation, bending, blocks, evaluate, first_basis, parameters, roughness, step
from kan_core._smoothness import EASE, FLEX, smoothness_by_gcv, stiffness
from kan_core._sparsity import group_penalty
from kan_core._state import FLOOR, Problem, State, better, choose, merged

START_DAMPING = 1e-2
DIRECT = 1e-12  # damping of a problem that one step solves
DROP = 5.0  # factor by which a good step may lower the damping
LOWEST, HIGHEST = 1e-15, 1e10
NULL = 1e-9  # share of the mean diagonal that damps directions without data
STALL, STALLS = (1e-4, 6)  # relative gains below STALL, so many times in a row, end the run
HOPE = 1e-2  # a refused step that promised more than this is no such time: a shorter one may gain
REVIEW = 5  # steps between two choices of the smoothness
STUCK = 3  # stalls after which it is chosen anew
HEAT, FINALISTS = (6, 6)  # steps after which the worse half of many starts is given up, down to so many
FORCED = 3  # times that a run which has ended off its grids is moved onto them and goes on
HARM = 1.1  # a grid may follow its data if the loss grows by no more than this factor

Review = Callable[[Problem, Tensor], Problem]


def minimise(
    layers: tuple[Layer, ...],
    problem: Problem,
    steps: int,
    smoothness: float | str,
    each: Callable[[int, State], bool],
    before: State | None = None,
    stiff: bool = False,
    sparsity: float = 0.0,
    review: Review | None = None,
) -> State:
    """Runs at most `steps` steps; `each(step, state)` is called after every one and ends the run by returning False.

    A state `before` hands its damping and smoothness on. With `stiff` curves begin stiff and soften step by step.
    `review(problem, outputs)` now and then makes the problem anew, for losses that follow the scale of the noise. Of
    many networks only the better ones go on to the end: successive halving (Jamieson & Talwalkar, AISTATS 2016).
    """
    run = _Descent(layers, problem, smoothness, before, stiff, sparsity)
    for k in range(0 if bool(run.state.done.all()) else steps):
        if review is not None and not k % REVIEW:
            run.review(review)
        run.look(k, k / steps)
        run.move(k)
        if not each(k + 1, run.state):
            break
        if not (k + 1) % HEAT:
            run.halve()
        if bool(run.state.done.all()) and not run.goes_on():
            break
    return run.state if sparsity else better(run.state, run.best)  # few edges fit less well than many


class _Descent:
    """R networks on their way: where they are, the quadratic model there, and the best they have been."""

    def __init__(
        self,
        layers: tuple[Layer, ...],
        problem: Problem,
        smoothness: float | str,
        before: State | None,
        stiff: bool,
        sparsity: float,
    ) -> None:
        self.problem, self.sparsity, self.automatic = problem, sparsity, smoothness == "gcv"
        self.layout, self.known = blocks(layers), first_basis(layers, problem.X)
        self.direct = _is_linear(layers) and problem.loss.name == "squares" and not sparsity
        self.here = evaluate(layers, problem.X, self.known)
        value = problem.value(self.here.outputs)
        self.state = self.best = self._first(layers, value, smoothness, before)
        stiff = stiff and self.automatic and not self.direct
        self.stiff = stiffness(value, problem.loss.robust) if stiff else torch.zeros_like(value)
        self.fresh, self.forced, self.reviewed = True, 0, -REVIEW

    def _first(self, layers: tuple[Layer, ...], value: Tensor, smoothness: float | str, before: State | None) -> State:
        zero = torch.zeros_like(value)
        rest = {"growth": zero + 2.0, "stalls": zero, "done": ~value.isfinite()}
        if before is not None:
            return replace(before, layers=layers, fit=value, **rest)
        weight = zero + (FLEX if isinstance(smoothness, str) else smoothness)
        damping = zero + (DIRECT if self.direct else START_DAMPING)
        return State(layers, fit=value, penalty=zero, weight=weight, damping=damping, **rest)

    def review(self, review: Review) -> None:
        """The problem as it now is."""
        self.problem = review(self.problem, self.here.outputs)
        self.state = replace(self.state, fit=self.problem.value(self.here.outputs))
        known = evaluate(self.best.layers, self.problem.X, self.known)
        self.best = replace(self.best, fit=self.problem.value(known.outputs))
        self.fresh = True

    def look(self, k: int, progress: float) -> None:
        """Makes the quadratic model of the objective where the networks are, if it is not at hand."""
        stuck = bool((self.state.stalls == STUCK).any()) and k - self.reviewed > STUCK
        if self.fresh:
            self.normal = self.problem.normal(self.state.layers, self.layout, self.here)
        elif not stuck:
            return
        if self.automatic:
            self._smoothen(k, stuck)
        layers, normal, weight = (self.state.layers, self.normal, self.state.weight.view(-1, 1, 1))
        Q, self.sparse = weight * roughness(layers, self.layout, normal.strength), None
        if self.sparsity:
            penalty = group_penalty(layers, self.layout, self.problem.X, normal.strength, progress)
            self.sparse = self.sparsity * penalty
            Q = Q + self.sparse
        theta = parameters(layers, self.layout)
        pull = (Q @ theta.unsqueeze(-1)).squeeze(-1)
        self.curved, self.downhill = normal.hessian + Q, normal.gradient + pull
        self.state = replace(self.state, penalty=(theta * pull).sum(-1))

    def _smoothen(self, k: int, stuck: bool) -> None:
        """Chooses the smoothness, where it is due; a run whose smoothness changes much has not come to rest."""
        state, eased = self.state, self._eased(k)
        weight, soft = state.weight, eased <= FLEX
        if bool(soft.any()) and (stuck or self.direct or k - self.reviewed >= REVIEW):
            here = self.here.outputs
            weight = smoothness_by_gcv(state.layers, self.layout, self.normal, self.problem, here, state.fit)
            self.reviewed = k
        weight = torch.where(soft, weight, eased)
        moved = soft & ((weight / state.weight).log().abs() > 1)
        self.state = replace(state, weight=weight, stalls=torch.where(moved, 0.0, state.stalls))

    def _eased(self, k: int) -> Tensor:
        """The smoothness of a fresh start in its first steps, at most FLEX once they are over."""
        return self.stiff * EASE**k

    def move(self, k: int) -> None:
        """One step of every network, taken where it gains."""
        state, layout = self.state, self.layout
        move, promised = _solve(self.curved, self.downhill, state.damping)
        trial = step(state.layers, layout, move, self.normal.centre, self.here.ranges)
        there = evaluate(trial, self.problem.X, self.known, strength=True)
        rough = self._penalty(trial, there)
        value = self.problem.value(there.outputs)
        gain = state.objective - (value + 0.5 * rough)
        accept = (gain > 0) & ~state.done
        # The sparse penalty hardens until the last step.
        may_end = torch.zeros_like(accept) if self.sparsity else self._eased(k) <= FLEX
        state = _judged(state, gain, promised, accept, may_end, 1 if self.direct else STALLS)
        fit, penalty = (torch.where(accept, value, state.fit), torch.where(accept, rough, state.penalty))
        layers = choose(accept, trial, state.layers)
        self.state = replace(
            state, layers=layers, fit=fit, penalty=penalty, done=state.done | (may_end & (fit <= FLOOR))
        )
        self.fresh = bool(accept.any())
        if self.fresh:
            self.here = merged(accept, there, self.here)
            self._follow()

    def _penalty(self, trial: Sequence[Layer], there: Evaluation) -> Tensor:
        """θᵀQθ of a trial, its roughness measured by its own sensitivities.

        Measured by the old ones, hidden nodes that merely shrink would seem a gain, and steps would go round in
        circles.
        """
        rough = self.state.weight * bending(trial, there.strength or [])
        if self.sparse is None:
            return rough
        theta = parameters(trial, self.layout)
        return rough + (theta.unsqueeze(1) @ self.sparse @ theta.unsqueeze(-1)).view(-1)

    def _follow(self) -> None:
        """Moves the grids of hidden nodes to where their data are, layer by layer, where it does no harm."""
        if not astray(self.state.layers, self.here.ranges):
            return
        for depth in range(1, len(self.state.layers)):
            state, squares = self.state, self.problem.loss.name == "squares"
            moved = follow(state.layers, self.here.ranges, depth)
            if moved[depth] is state.layers[depth]:
                continue
            there = evaluate(moved, self.problem.X, self.known, strength=not squares)
            value = self.problem.value(there.outputs)
            fine = (value <= HARM * state.fit) & ~state.done
            if not squares:
                # A tail that becomes part of a grid brings its kink in: roughness that the next steps would pay for
                # with the fit, again and again. Squares find back; a loss that flattens far from its target does not.
                rough = state.weight * bending(moved, there.strength or [])
                fine &= value + 0.5 * rough <= HARM * state.objective
            fit = torch.where(fine, value, state.fit)
            self.state = replace(state, layers=choose(fine, moved, state.layers), fit=fit)
            self.here = merged(fine, there, self.here)

    def halve(self) -> None:
        """Gives the worse half of many networks up."""
        number = len(self.state.fit)
        if number <= FINALISTS:
            return
        kept = self.state.objective.argsort()[: max(FINALISTS, number // 2)].sort().values
        self.state, self.best, self.here = (self.state.pick(kept), self.best.pick(kept), self.here.pick(kept))
        self.known = self.known and (self.known[0][kept], self.known[1][kept])
        self.stiff, self.layout, self.fresh = (self.stiff[kept], blocks(self.state.layers), True)

    def goes_on(self) -> bool:
        """Whether runs that have ended off their grids go on from the moved grids, whatever the move cost.

        On the tails of a grid nothing can be learned.
        """
        self.best = better(self.state, self.best)
        if self.forced == FORCED or not astray(self.state.layers, self.here.ranges):
            return False
        layers = follow(self.state.layers, self.here.ranges)
        self.here = evaluate(layers, self.problem.X, self.known)
        value = self.problem.value(self.here.outputs)
        moved = self._first(layers, value, 0.0, self.state)
        self.state = replace(moved, damping=torch.full_like(value, START_DAMPING))
        self.fresh, self.forced = True, self.forced + 1
        return True


def _is_linear(layers: Sequence[Layer]) -> bool:
    """Whether the outputs are linear in the parameters, so that squares need a single step."""
    return len(layers) == 1 and not layers[0].products and not layers[0].named


def _solve(curved: Tensor, downhill: Tensor, damping: Tensor) -> tuple[Tensor, Tensor]:
    """The damped step (R, P) and the fall of the objective it promises (R,)."""
    diagonal = curved.diagonal(dim1=1, dim2=2)
    mean = diagonal.mean(1, keepdim=True)
    scale = diagonal + NULL * mean.clamp(min=1e-300)
    added = damping.unsqueeze(1) * scale + 1e-15 * mean
    L, failed = torch.linalg.cholesky_ex(_with_diagonal(curved, added))
    if bool(failed.any()):  # rounding in a singular system: damp those harder
        added = added + torch.where(failed > 0, 1e-9, 0.0).unsqueeze(1) * scale
        L, failed = torch.linalg.cholesky_ex(_with_diagonal(curved, added))
    move = -torch.cholesky_solve(downhill.unsqueeze(-1), L).squeeze(-1)
    move = torch.where((failed == 0).unsqueeze(1), move, 0.0)
    return move, 0.5 * (move * (added * move - downhill)).sum(-1)


def _with_diagonal(matrix: Tensor, added: Tensor) -> Tensor:
    found = matrix.clone()
    found.diagonal(dim1=1, dim2=2).add_(added)
    return found


def _judged(state: State, gain: Tensor, promised: Tensor, accept: Tensor, may_end: Tensor, patience: int) -> State:
    """The state with its damping after a step of this gain, and whether its runs have ended."""
    ratio = gain / promised.clamp(min=1e-300)
    eased = state.damping * (1 - (2 * ratio.clamp(0, 1.5) - 1) ** 3).clamp(min=1 / DROP)
    damping = torch.where(accept, eased, state.damping * state.growth).clamp(LOWEST, HIGHEST)
    growth = torch.where(accept, 2.0, 2 * state.growth)
    objective = state.objective
    stalled = torch.where(accept, gain <= STALL * objective, promised <= HOPE * objective)
    stalls = torch.where(stalled, state.stalls + 1, torch.where(accept, 0.0, state.stalls))
    hopeless = ~accept & (promised <= 1e-14 * objective)
    ended = may_end & ((stalls >= patience) | (damping >= HIGHEST) | hopeless)
    return replace(state, damping=damping, growth=growth, stalls=stalls, done=state.done | ended)
