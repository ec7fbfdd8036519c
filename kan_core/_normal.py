"""The normal equations of a KAN: exact Jacobian rows from a forward and a backward pass, summed over chunks of rows.

With node value h and edge φ(h) = Σ cₘBₘ(h), ∂output/∂cₘ = δ·Bₘ(h), where δ = ∂output/∂(leg the edge feeds).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from kan_core._basis import roughness_of, roughness_root
from kan_core._functions import FUNCTIONS
from kan_core._gram import add_gram, mirrored
from kan_core._layer import BASES, Layer, Pass, argument, backward, basis_values, forward, named_columns

CHUNK_NUMBERS = 1 << 22  # entries of a chunk's Jacobian: 32 MB


@dataclass(frozen=True)
class Block:
    """Where the parameters of one layer stand in the parameter vector."""

    source: Tensor  # (E,) of each live spline
    leg: Tensor  # (E,)
    full: bool  # every source feeds every leg by a spline, in every network: nothing to pick
    place: Tensor  # (E, m) positions of the coefficients
    biases: Tensor  # (b,) legs whose bias is free
    named: tuple[int, ...]  # free entries of affine, flattened: a, b, c of every named edge
    splines: slice
    bias: slice
    affine: slice


def blocks(layers: Sequence[Layer]) -> list[Block]:
    """Lays the free parameters out, layer by layer: spline coefficients, biases, named constants."""
    found, start = [], 0
    for layer in layers:
        device, size = layer.coef.device, layer.coef.shape[2]
        source, leg = layer.spline.any(0).nonzero(as_tuple=True)
        edges = source.shape[0]
        named = tuple(4 * s + k for s in range(len(layer.named)) for k in range(3))
        fed = sorted(set(leg.tolist()) | {row[1] for row in layer.named})
        splines = slice(start, start + edges * size)
        bias = slice(splines.stop, splines.stop + len(fed))
        affine = slice(bias.stop, bias.stop + len(named))
        place = torch.arange(splines.start, splines.stop, device=device).view(edges, size)
        biases = torch.tensor(fed, device=device).long()
        full = bool(layer.spline.all())
        found.append(Block(source, leg, full, place, biases, named, splines, bias, affine))
        start = affine.stop
    return found


def count(layout: Sequence[Block]) -> int:
    return layout[-1].affine.stop


@dataclass(frozen=True)
class Evaluation:
    """Outputs (R, n, o), lowest and highest value (R, I) of every layer's source nodes, and the passes if kept.

    If asked for, also the sensitivities (R, n, o, J) of the outputs to every layer's legs, with mean squares (R, J).
    """

    outputs: Tensor
    ranges: list[tuple[Tensor, Tensor]]
    passes: list[Pass] | None = None
    deltas: list[Tensor] | None = None
    strength: list[Tensor] | None = None

    def pick(self, which: Tensor) -> Evaluation:
        """Outputs and ranges of some of the networks, without what is quickly made again."""
        return Evaluation(self.outputs[which], [(low[which], high[which]) for low, high in self.ranges])


def evaluate(
    layers: Sequence[Layer], X: Tensor, known: tuple[Tensor, Tensor] | None = None, strength: bool = False
) -> Evaluation:
    """Runs rows X (n, d) through, in chunks; the passes are kept where one chunk does.

    `known` is the first layer's basis at X, from `first_basis`.
    """
    chunks = X.split(chunk_rows(layers))
    if len(chunks) == 1:
        return one_pass(layers, X, known, strength)
    parts = [replace(one_pass(layers, rows, None, strength), passes=None, deltas=None) for rows in chunks]
    lows = (torch.stack([low for low, _ in depth]).amin(0) for depth in zip(*(p.ranges for p in parts), strict=True))
    highs = (torch.stack([high for _, high in depth]).amax(0) for depth in zip(*(p.ranges for p in parts), strict=True))
    outputs, spans = (torch.cat([p.outputs for p in parts], dim=1), list(zip(lows, highs, strict=True)))
    if not strength:
        return Evaluation(outputs, spans)
    shares = [p.outputs.shape[1] / len(X) for p in parts]
    depths = zip(*(p.strength or () for p in parts), strict=True)
    sums = [torch.stack([s * w for s, w in zip(depth, shares, strict=True)]).sum(0) for depth in depths]
    return Evaluation(outputs, spans, strength=sums)


def first_basis(layers: Sequence[Layer], X: Tensor) -> tuple[Tensor, Tensor] | None:
    """Basis values and slopes of the first layer, whose grids training never moves; None for rows in many chunks."""
    if len(X) > chunk_rows(layers):
        return None
    return basis_values(layers[0], X.expand(layers[0].coef.shape[0], -1, -1))


def chunk_rows(layers: Sequence[Layer]) -> int:
    widest = max(layer.n_in * layer.coef.shape[2] for layer in layers)
    return max(64, CHUNK_NUMBERS // (layers[0].coef.shape[0] * widest))


def one_pass(
    layers: Sequence[Layer], X: Tensor, known: tuple[Tensor, Tensor] | None = None, strength: bool = False
) -> Evaluation:
    h, ranges, passes = X.expand(layers[0].coef.shape[0], -1, -1), [], []
    for depth, layer in enumerate(layers):
        low, high = torch.aminmax(h, dim=1)
        ranges.append((low, high))
        h, cache = forward(layer, h, known if depth == 0 else None)
        passes.append(cache)
    if not strength:
        return Evaluation(h, ranges, passes)
    deltas = sensitivities(layers, passes)
    return Evaluation(h, ranges, passes, deltas, [delta.square().mean(1).sum(1) for delta in deltas])


def sensitivities(layers: Sequence[Layer], passes: Sequence[Pass]) -> list[Tensor]:
    """∂output/∂leg (R, n, o, J) of every layer."""
    R, n, _ = passes[-1].legs.shape
    o = layers[-1].n_nodes
    sensitivity = torch.eye(o, dtype=passes[-1].legs.dtype, device=passes[-1].legs.device).expand(R, n, o, o)
    found: list[Tensor] = []
    for depth in reversed(range(len(layers))):
        delta, sensitivity = backward(layers[depth], passes[depth], sensitivity, depth > 0)
        found.insert(0, delta)
    return found


def jacobian(
    layers: Sequence[Layer],
    layout: Sequence[Block],
    passes: Sequence[Pass],
    centre: Sequence[Tensor] | None = None,
    deltas: Sequence[Tensor] | None = None,
) -> tuple[Tensor, list[Tensor], list[Tensor]]:
    """Jacobian (R, n, o, P), centres and mean squared leg sensitivities per layer, from the passes of some rows.

    The columns of an edge are those of its *centred* basis functions (each minus its mean over the rows), so that a
    constant can only move in the bias: `centre` (R, I, m) per layer and `deltas`, the sensitivities of these rows, are
    made from the passes when not given.
    """
    means = [cache.values.mean(1) for cache in passes] if centre is None else list(centre)
    felt = sensitivities(layers, passes) if deltas is None else deltas
    R, n, o, _ = felt[-1].shape
    J = torch.empty((R, n, o, count(layout)), dtype=felt[-1].dtype, device=felt[-1].device)
    for layer, cache, block, delta, mean in zip(layers, passes, layout, felt, means, strict=True):
        basis = (cache.values - mean.unsqueeze(1)).unsqueeze(2)  # (R, n, 1, I, m)
        edges, m = block.place.shape
        columns = J[..., block.splines]
        if block.full:  # no copies
            view = columns.view(R, n, o, layer.n_in, layer.n_legs, m)
            torch.mul(basis.unsqueeze(4), delta.view(R, n, o, 1, -1, 1), out=view)
        else:
            alive = layer.spline[:, block.source, block.leg].to(J.dtype).view(R, 1, 1, -1)
            felt_by = (delta[..., block.leg] * alive).unsqueeze(-1)
            torch.mul(basis[:, :, :, block.source], felt_by, out=columns.view(R, n, o, edges, m))
        J[..., block.bias] = delta[..., block.biases]
        for position, flat in enumerate(block.named):
            s, k = divmod(flat, 4)
            column = named_columns(layer, cache, s)[..., k]
            J[..., block.affine.start + position] = delta[..., layer.named[s][1]] * column.unsqueeze(2)
    return J, means, [delta.square().mean(1).sum(1) for delta in felt]


@dataclass(frozen=True)
class Normal:
    """JᵀWJ (R, P, P), Jᵀg (R, P) as means over the rows; the centres used and the legs' mean squared sensitivities."""

    hessian: Tensor
    gradient: Tensor
    centre: list[Tensor]
    strength: list[Tensor]


def assemble(
    layers: Sequence[Layer],
    layout: Sequence[Block],
    X: Tensor,
    curvature: Tensor | None,
    slope: Tensor,
    known: Evaluation | None = None,
    shares: Tensor | None = None,
) -> Normal:
    """Sums the normal equations in chunks, so that memory does not grow with the rows.

    `slope` and `curvature` (R, n, o) are the first and second derivatives of the loss by the output, a curvature of
    None being 1 everywhere; `known` is what an evaluation of all rows has left. With `shares` p (R, n, o), the
    curvature of a row is c·(diag(p) − ppᵀ), and `curvature` is c·p.
    """
    R, P = layers[0].coef.shape[0], count(layout)
    hessian = torch.zeros((R, P, P), dtype=X.dtype, device=X.device)
    gradient = torch.zeros((R, P), dtype=X.dtype, device=X.device)
    n, o = X.shape[0], slope.shape[-1]
    centre: list[Tensor] | None = None
    strength: list[Tensor] = []
    rows = max(64, CHUNK_NUMBERS // (R * o * max(P, 1)))
    for begin in range(0, n, rows):
        part = slice(begin, min(begin + rows, n))
        here, deltas = _some(known, part) if known and known.passes else (one_pass(layers, X[part]).passes, None)
        assert here is not None
        J, centre, found = jacobian(layers, layout, here, centre, deltas)
        share = (part.stop - begin) / n
        strength = [s * share + (strength[k] if strength else 0) for k, s in enumerate(found)]
        flat = J.view(R, -1, P)
        gradient += (flat.transpose(1, 2) @ slope[:, part].reshape(R, -1, 1)).squeeze(-1)
        if shares is not None:  # diag(p) − ppᵀ = AᵀA with A = diag(√p)(I − 1pᵀ)
            J -= shares[:, part].unsqueeze(2) @ J
        if curvature is not None:
            flat *= curvature[:, part].sqrt().reshape(R, -1, 1)
        add_gram(hessian, flat)
    assert centre is not None
    return Normal(mirrored(hessian) / n, gradient / n, centre, strength)


def _some(known: Evaluation, part: slice) -> tuple[list[Pass], list[Tensor] | None]:
    """Passes and, where they are at hand, sensitivities of some of the rows."""
    assert known.passes is not None
    if part == slice(0, known.outputs.shape[1]):
        return known.passes, known.deltas
    deltas = None if known.deltas is None else [delta[:, part] for delta in known.deltas]
    return [cache.rows(part) for cache in known.passes], deltas


def step(
    layers: Sequence[Layer],
    layout: Sequence[Block],
    move: Tensor,
    centre: list[Tensor],
    ranges: Sequence[tuple[Tensor, Tensor]],
) -> tuple[Layer, ...]:
    """The layers after a move (R, P) of the centred parameters, `ranges` being those of the source nodes before it."""
    moved = []
    for layer, block, mean, span in zip(layers, layout, centre, ranges, strict=True):
        delta = _moved_coefficients(layer, block, move[:, block.splines])
        bias = layer.bias.clone()
        bias[:, block.biases] += move[:, block.bias]
        bias -= (delta * mean.unsqueeze(-1)).sum((1, 2))
        affine = layer.affine
        if affine is not None and block.named:
            flat = affine.reshape(len(affine), -1).clone()
            flat[:, list(block.named)] += move[:, block.affine]
            affine = _inside(layer, flat.view_as(affine), *span)
        moved.append(replace(layer, coef=layer.coef + delta, bias=bias, affine=affine))
    return tuple(moved)


def _moved_coefficients(layer: Layer, block: Block, move: Tensor) -> Tensor:
    """By how much every coefficient (R, I, m, J) of a layer moves."""
    if block.full:
        return move.view(len(move), layer.n_in, layer.n_legs, -1).transpose(2, 3)
    delta = move.view(len(move), *block.place.shape) * layer.spline[:, block.source, block.leg].unsqueeze(-1)
    found = torch.zeros_like(layer.coef)
    found[:, block.source, :, block.leg] = delta.transpose(0, 1)
    return found


def _inside(layer: Layer, affine: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """The moved constants, b shifted so far that u over [low, high] (R, I) does not leave a domain it was in."""
    assert layer.affine is not None
    for s, (source, _, name) in enumerate(layer.named):
        lower, upper = FUNCTIONS[name].lower, FUNCTIONS[name].upper
        x = torch.stack([low[:, source], high[:, source]], dim=1)
        before, after = (argument(name, v[:, s, :1], x, v[:, s, 1:2]) for v in (layer.affine, affine))
        inside = ((before >= lower) & (before <= upper)).all(1)
        shift = (lower - after.amin(1)).clamp(min=0) - (after.amax(1) - upper).clamp(min=0)
        affine[:, s, 1] += torch.where(inside, shift, 0.0)
    return affine


def parameters(layers: Sequence[Layer], layout: Sequence[Block]) -> Tensor:
    """The parameter vector (R, P)."""
    R, found = layers[0].coef.shape[0], []
    for layer, block in zip(layers, layout, strict=True):
        found += [_of_splines(block, layer.coef), layer.bias[:, block.biases]]
        if layer.affine is not None and block.named:
            found.append(layer.affine.reshape(R, -1)[:, list(block.named)])
    return torch.cat(found, dim=1)


def _of_splines(block: Block, values: Tensor) -> Tensor:
    """From one value for every coefficient (R, I, m, J) to those of the live splines (R, E·m), in their order."""
    if block.full:
        return values.transpose(2, 3).flatten(1)
    return values[:, block.source, :, block.leg].transpose(0, 1).flatten(1)


def roughness(layers: Sequence[Layer], layout: Sequence[Block], strength: Sequence[Tensor]) -> Tensor:
    """Penalty matrix (R, P, P): θᵀSθ = Σ over splines of mean(δ²)·∫φ‴², the same whatever the scale of hidden nodes."""
    R, P = layers[0].coef.shape[0], count(layout)
    found = torch.zeros((R, P, P), dtype=torch.float64, device=layers[0].coef.device)
    for layer, block, strong in zip(layers, layout, strength, strict=True):
        put_blocks(found, block, strong[:, block.leg].view(R, -1, 1, 1) * rough_matrix(layer))
    return found


def rough_matrix(layer: Layer) -> Tensor:
    """The matrix (m, m) of ∫φ‴² of one spline of the layer."""
    return roughness_of(BASES[layer.basis], layer.grid, layer.order, layer.coef.device)


def roughness_factor(layers: Sequence[Layer], layout: Sequence[Block], strength: Sequence[Tensor]) -> Tensor:
    """A matrix F (R, P, q) with FFᵀ = S, the penalty matrix; q is the rank of S, as near as rounding tells."""
    roots = [roughness_root(BASES[a.basis], a.grid, a.order, a.coef.device) for a in layers]
    ranks = [len(block.place) * root.shape[1] for block, root in zip(layout, roots, strict=True)]
    R, P, start = layers[0].coef.shape[0], count(layout), 0
    found = torch.zeros((R, P, sum(ranks)), dtype=torch.float64, device=layers[0].coef.device)
    for block, strong, root, rank in zip(layout, strength, roots, ranks, strict=True):
        columns = torch.arange(start, start + rank, device=found.device).view(-1, 1, root.shape[1])
        found[:, block.place.unsqueeze(2), columns] = strong[:, block.leg].sqrt().view(R, -1, 1, 1) * root
        start += rank
    return found


def bending(layers: Sequence[Layer], strength: Sequence[Tensor]) -> Tensor:
    """θᵀSθ (R,) of that matrix, without making it."""
    parts = [
        (((rough_matrix(layer) @ layer.coef) * layer.coef).sum((1, 2)) * strong).sum(1)
        for layer, strong in zip(layers, strength, strict=True)
    ]
    return sum(parts[1:], parts[0])


def put_blocks(matrix: Tensor, block: Block, squares: Tensor) -> None:
    """Writes one square (R, E, m, m) for every spline into its place on the diagonal of matrix (R, P, P)."""
    matrix[:, block.place.unsqueeze(2), block.place.unsqueeze(1)] = squares
