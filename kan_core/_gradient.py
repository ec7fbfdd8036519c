"""Training by the gradient alone, for networks too large for the normal equations: torch's own L-BFGS and Adam.

The gradient comes from one forward and one backward pass over the rows, in chunks: the backward pass of the Jacobian
with the slope of the loss as its only output. Steps are taken in units of each parameter's own curvature.
Sources: Liu & Nocedal, Mathematical Programming 45 (1989); Kingma & Ba, arXiv 1412.6980.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kan_core._grid import astray, follow
from kan_core._layer import Layer, backward, named_columns
from kan_core._levenberg import HARM, REVIEW, STALL, STALLS
from kan_core._normal import Block, blocks, chunk_rows, count, evaluate, one_pass, parameters, rough_matrix, step
from kan_core._sparsity import group_squares
from kan_core._state import FLOOR, Problem, State, joined

ITERATIONS = 10  # of L-BFGS in one step of the record
MEMORY = 30  # pairs of steps and gradients that L-BFGS remembers
BATCH, UPDATES = (1024, 50)  # rows of an update of Adam, and updates in one step of the record
RATE, SLOWEST = (0.1, 1e-2)  # of Adam at the start, all parameters together, and the share of it at the end
GENTLE = 1e-9  # smoothness where cross-validation is asked for: there are no normal equations to choose it from
RESTART = 1e-3  # fall of the objective at which L-BFGS starts anew: torch's tolerances are absolute
SETBACKS = 3  # steps in a row without a finite or better value that end a run


def descend(
    layers: tuple[Layer, ...],
    problem: Problem,
    steps: int,
    smoothness: float | str,
    each: Callable[[int, State], bool],
    before: State | None = None,
    sparsity: float = 0.0,
    review: Callable[[Problem, Tensor], Problem] | None = None,
    method: str = "l-bfgs",
) -> State:
    """What `minimise` does, by "l-bfgs" or "adam"; restarts run one after the other, and damping is zero."""
    weight = GENTLE if isinstance(smoothness, str) else smoothness
    if before is not None and isinstance(smoothness, str):
        weight = min(weight, float(before.weight.amin()))
    runs = []
    for r in range(layers[0].coef.shape[0]):
        one = tuple(layer.pick(slice(r, r + 1)) for layer in layers)
        run = _Run(one, problem, weight, sparsity, steps, method)
        state, going = run.go(each, review)
        runs.append(state)
        if not going:
            break
    return joined(runs)


def gradient(
    layers: Sequence[Layer], layout: Sequence[Block], problem: Problem, centre: Sequence[Tensor]
) -> tuple[Tensor, Tensor]:
    """Mean loss (R,) and its gradient (R, P) by the centred parameters, as `assemble` has it."""
    R, n = layers[0].coef.shape[0], len(problem.X)
    value = torch.zeros(R, dtype=problem.X.dtype, device=problem.X.device)
    found = torch.zeros((R, count(layout)), dtype=value.dtype, device=value.device)
    rows = chunk_rows(layers)
    for begin in range(0, n, rows):
        part = slice(begin, begin + rows)
        here = one_pass(layers, problem.X[part])
        y, weights = problem.y[part], problem.weights[part]
        value += (problem.loss.value(here.outputs, y) * weights).sum((1, 2))
        sensitivity = (problem.loss.slope(here.outputs, y) * weights).unsqueeze(2)  # the loss is the only output
        for depth in reversed(range(len(layers))):
            assert here.passes is not None
            layer, cache, block = layers[depth], here.passes[depth], layout[depth]
            delta, sensitivity = backward(layer, cache, sensitivity, depth > 0)
            by_leg = delta[:, :, 0]  # (R, n, J)
            by_bias = by_leg.sum(1)
            by_coef = cache.values.flatten(2).transpose(1, 2) @ by_leg
            by_coef = by_coef.view(layer.coef.shape) - centre[depth].unsqueeze(-1) * by_bias.view(R, 1, 1, -1)
            alive = layer.spline[:, block.source, block.leg].unsqueeze(-1)
            found[:, block.splines] += (by_coef[:, block.source, :, block.leg].transpose(0, 1) * alive).reshape(R, -1)
            found[:, block.bias] += by_bias[:, block.biases]
            for position, flat in enumerate(block.named):
                s, k = divmod(flat, 4)
                column = named_columns(layer, cache, s)[..., k]
                found[:, block.affine.start + position] += (by_leg[:, :, layer.named[s][1]] * column).sum(1)
    return value / n, found / n


def curvatures(layers: Sequence[Layer], layout: Sequence[Block], problem: Problem, centre: Sequence[Tensor]) -> Tensor:
    """Diagonal (R, P) of JᵀCJ, estimated with one random sign an output and row (Hutchinson's estimator)."""
    R, n = layers[0].coef.shape[0], len(problem.X)
    found = torch.zeros((R, count(layout)), dtype=problem.X.dtype, device=problem.X.device)
    generator = torch.Generator().manual_seed(0)
    rows = chunk_rows(layers)
    for begin in range(0, n, rows):
        part = slice(begin, begin + rows)
        here = one_pass(layers, problem.X[part])
        y, weights = problem.y[part], problem.weights[part]
        signs = torch.randn(here.outputs.shape, generator=generator, dtype=found.dtype).sign().to(found.device)
        sensitivity = (signs * (problem.loss.curvature(here.outputs, y) * weights).sqrt()).unsqueeze(2)
        for depth in reversed(range(len(layers))):
            assert here.passes is not None
            layer, cache, block = layers[depth], here.passes[depth], layout[depth]
            delta, sensitivity = backward(layer, cache, sensitivity, depth > 0)
            squares = delta[:, :, 0].square()  # (R, n, J)
            values = (cache.values - centre[depth].unsqueeze(1)).square().flatten(2)
            by_coef = (values.transpose(1, 2) @ squares).view(layer.coef.shape)
            found[:, block.splines] += by_coef[:, block.source, :, block.leg].transpose(0, 1).reshape(R, -1)
            found[:, block.bias] += squares.sum(1)[:, block.biases]
            for position, flat in enumerate(block.named):
                s, k = divmod(flat, 4)
                column = named_columns(layer, cache, s)[..., k]
                found[:, block.affine.start + position] += (squares[:, :, layer.named[s][1]] * column.square()).sum(1)
    return found / n


class _Run:
    """One network (R = 1) on its way: where it is, the penalty that holds for now, and the best it has been."""

    def __init__(
        self, layers: tuple[Layer, ...], problem: Problem, weight: float, sparsity: float, steps: int, method: str
    ) -> None:
        self.problem, self.weight, self.sparsity, self.steps = (problem, weight, sparsity, steps)
        self.layout, self.adam = blocks(layers), method == "adam"
        self.rate = RATE / max(count(self.layout), 1) ** 0.5
        self.batches = torch.Generator().manual_seed(0)
        self.state = self._state(layers)
        self.best = self.state

    def go(
        self, each: Callable[[int, State], bool], review: Callable[[Problem, Tensor], Problem] | None
    ) -> tuple[State, bool]:
        """The best state, and whether the caller wants more."""
        if not bool(self.state.fit.isfinite()):
            return replace(self.best, done=torch.ones_like(self.best.done)), True
        setbacks = 0
        self._begin_again(0)
        for k in range(self.steps):
            if review is not None and not k % REVIEW:
                self._review(review, k)
            self.squares = self._squares(k)
            self.state = before = self._penalised(self.state)
            self._advance(k)
            fine = bool(self.state.fit.isfinite()) and (self.adam or bool(self.state.objective <= before.objective))
            setbacks = 0 if fine else setbacks + 1
            if not fine:
                stalls = self.state.stalls
                self.state = self._penalised(replace(self._state(self.best.layers), stalls=stalls))
                self._begin_again(k)
            self._judge(before, setbacks)
            self._follow(k)
            if self.state.fit <= self.best.fit:
                self.best = self.state
            if not each(k + 1, self.state):
                return self._ended(), False
            if bool(self.state.done):
                break
        return self._ended(), True

    def _ended(self) -> State:
        return replace(self.best, stalls=self.state.stalls, done=self.state.done)

    def _state(self, layers: tuple[Layer, ...]) -> State:
        here = evaluate(layers, self.problem.X, strength=True)
        self.ranges, self.strength = here.ranges, here.strength or []
        value = self.problem.value(here.outputs)
        zero = torch.zeros_like(value)
        return State(layers, value, zero, zero + self.weight, zero, zero, zero, zero.bool())

    def _begin_again(self, k: int) -> None:
        """Measures the parameters from where the network is, in units of their curvature, and forgets past steps."""
        self.base, self.k = self.state.layers, k
        self.from_ranges = self.ranges
        passes = one_pass(self.base, self.problem.X[: chunk_rows(self.base)]).passes
        assert passes is not None
        self.centre = [cache.values.mean(1) for cache in passes]
        diagonal = curvatures(self.base, self.layout, self.problem, self.centre)
        self.unit = (diagonal + 1e-4 * diagonal.mean()).clamp(min=1e-12).rsqrt()
        self.z = torch.zeros(count(self.layout), dtype=diagonal.dtype, device=diagonal.device, requires_grad=True)
        self.level = max(float(self.state.objective), FLOOR)
        if self.adam:
            self.optimiser: torch.optim.Optimizer = torch.optim.Adam([self.z], lr=self.rate)
        else:
            self.optimiser = torch.optim.LBFGS(
                [self.z],
                max_iter=ITERATIONS,
                tolerance_grad=0.0,
                tolerance_change=0.0,
                history_size=MEMORY,
                line_search_fn="strong_wolfe",
            )

    def _advance(self, k: int) -> None:
        """Moves the state by one step of the record, the penalty being that of its beginning."""
        if self.adam:
            rate = self.rate * (SLOWEST + (1 - SLOWEST) * (1 - k / self.steps))
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            for _ in range(UPDATES):
                self.optimiser.step(lambda: self._value_and_gradient(self._batch()))
        else:
            if float(self.state.objective) < RESTART * self.level:
                self._begin_again(k)
            self.optimiser.step(lambda: self._value_and_gradient(self.problem))
        stalls = self.state.stalls
        self.state = self._penalised(replace(self._state(self._layers()), stalls=stalls))

    def _layers(self) -> tuple[Layer, ...]:
        move = (self.z.detach() * self.unit).view(1, -1)
        return step(self.base, self.layout, move, self.centre, self.from_ranges)

    def _batch(self) -> Problem:
        n = len(self.problem.X)
        if n <= BATCH:
            return self.problem
        rows = torch.randint(n, (BATCH,), generator=self.batches).to(self.problem.X.device)
        whole = self.problem
        return replace(whole, X=whole.X[rows], y=whole.y[rows], weights=whole.weights[rows])

    def _value_and_gradient(self, problem: Problem) -> float:
        """Sets the gradient by z of the objective in units of its level; a value that is not finite becomes a wall."""
        layers = self._layers()
        value, slope = gradient(layers, self.layout, problem, self.centre)
        penalty, pull = self._penalty(layers)
        total = float(value + penalty) / self.level
        found = ((slope + pull) * self.unit).view(-1) / self.level
        if not (total < 1e100 and bool(found.isfinite().all())):
            total, found = 1e6, torch.zeros_like(found)
        self.z.grad = found
        return total

    def _squares(self, k: int, layers: tuple[Layer, ...] | None = None) -> list[Tensor]:
        """For every layer the penalty's matrices (1, E, m, m), one for each spline, as the network now is."""
        layers, strength = layers or self.state.layers, self.strength
        found = []
        for layer, block, strong in zip(layers, self.layout, strength, strict=True):
            found.append(self.weight * strong[:, block.leg].view(1, -1, 1, 1) * rough_matrix(layer))
        if self.sparsity:
            groups = group_squares(layers, self.layout, self.problem.X, strength, k / self.steps)
            found = [a + self.sparsity * b for a, b in zip(found, groups, strict=True)]
        return found

    def _penalised(self, state: State) -> State:
        return replace(state, penalty=2 * self._penalty(state.layers)[0])

    def _penalty(self, layers: tuple[Layer, ...]) -> tuple[Tensor, Tensor]:
        """½θᵀQθ (1,) and Qθ (1, P)."""
        theta = parameters(layers, self.layout)
        pull = torch.zeros_like(theta)
        for block, squares in zip(self.layout, self.squares, strict=True):
            c = theta[:, block.splines].view(1, *block.place.shape, 1)
            pull[:, block.splines] = (squares @ c).reshape(1, -1)
        return 0.5 * (theta * pull).sum(1), pull

    def _judge(self, before: State, setbacks: int) -> None:
        gain = before.objective - self.state.objective
        small = bool(gain <= STALL * before.objective)
        stalls = self.state.stalls + 1 if small else torch.zeros_like(self.state.stalls)
        ended = bool(self.state.fit <= FLOOR) or setbacks >= SETBACKS or float(stalls) >= STALLS
        done = torch.full_like(self.state.done, ended and not (self.adam and setbacks < SETBACKS))
        self.state = replace(self.state, stalls=stalls, done=done)

    def _review(self, review: Callable[[Problem, Tensor], Problem], k: int) -> None:
        outputs = evaluate(self.state.layers, self.problem.X).outputs
        self.problem = review(self.problem, outputs)
        self.state = replace(self.state, fit=self.problem.value(outputs))
        self.best = replace(self.best, fit=self.problem.value(evaluate(self.best.layers, self.problem.X).outputs))
        self._begin_again(k)

    def _follow(self, k: int) -> None:
        """Moves the grids of hidden nodes to where their data are, for it harms little, and starts anew from there."""
        if (k + 1) % REVIEW or not astray(self.state.layers, self.ranges):
            return
        old, ranges = self.state, self.ranges
        for depth in range(1, len(old.layers)):
            here = self.ranges, self.strength, self.squares
            trial = self._state(follow(self.state.layers, ranges, depth))
            self.squares = self._squares(k, trial.layers)
            trial = self._penalised(replace(trial, stalls=old.stalls, done=old.done))
            if bool(trial.objective <= HARM * self.state.objective):
                self.state = trial
            else:
                self.ranges, self.strength, self.squares = here
        if self.state is not old:
            self._begin_again(k)
