"""What several tests of the engine share: data, random networks, and comparisons that end in `assert`."""

import json
from dataclasses import replace

import numpy as np
import torch
from hypothesis import strategies as st

from kan_core import KAN, Edge, remove_edge, set_symbolic
from kan_core._layer import PLAIN
from kan_core._normal import assemble, blocks, evaluate, jacobian
from kan_core._residual import BASE_FUNCTIONS

SAFE = (
    "sin",
    "exp",
    "x^2",
    "tanh",
    "erf",
    "gaussian",
)  # defined and smooth on the whole line, torch knows their slopes


def hello(n, seed=0, noise=0.0):
    """n rows of exp(sin πx + y²), pykan's first example."""
    draw = np.random.default_rng(seed)
    X = draw.uniform(-1, 1, (n, 2))
    return X, np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2) + noise * draw.normal(size=n)


def rmse(model, X, y):
    return float(np.sqrt(np.mean((model(X) - np.asarray(y, dtype=float).reshape(len(X), -1)) ** 2)))


def assert_same_network(a, b):
    """The same to the bit."""
    assert json.dumps(a.to_dict()) == json.dumps(b.to_dict())


def assert_close(found, expected, tolerance=1e-10):
    """Close on the scale of the largest expected number."""
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    assert found.shape == expected.shape
    assert np.isfinite(found).all()
    size = max(np.abs(expected).max(initial=0.0), 1e-300)
    assert np.abs(found - expected).max(initial=0.0) <= tolerance * size


def outputs_of(layers, X):
    return evaluate(layers, torch.as_tensor(X)).outputs


def jacobian_of(layers, X):
    """Layout, Jacobian (R, n, o, P) and centres at rows X."""
    layout = blocks(layers)
    J, centre, _ = jacobian(layers, layout, evaluate(layers, torch.as_tensor(X)).passes)
    return layout, J, centre


def normal_of(layers, X, y):
    """Layout and normal equations of half the mean squared residual at rows X and targets y (n, o)."""
    layout, X = blocks(layers), torch.as_tensor(X)
    residual = evaluate(layers, X).outputs - torch.as_tensor(y)
    return layout, assemble(layers, layout, X, torch.ones_like(residual), residual)


def roughened(model, seed):
    """The network with random curves on its splines, far from the near-linear start."""
    generator = torch.Generator().manual_seed(seed)
    layers = []
    for layer in model.layers:
        noise = 0.5 * torch.randn(layer.coef.shape, generator=generator, dtype=torch.float64)
        bias = 0.3 * torch.randn(layer.bias.shape, generator=generator, dtype=torch.float64)
        layers.append(replace(layer, coef=layer.coef + noise * layer.spline.unsqueeze(2), bias=layer.bias + bias))
    return model._with(layers=tuple(layers))


@st.composite
def networks(draw, min_order=1, min_depth=1, names=True):
    """Random networks: 1–3 layers, all bases, products of 2–4 factors, orders 1–5, removed and named edges."""
    depth = draw(st.integers(min_depth, 3))
    products = st.one_of(st.integers(1, 2), st.tuples(st.integers(2, 4)), st.sampled_from([(3, 2), (2, 3)]))
    width = st.one_of(st.integers(1, 3), st.tuples(st.integers(0, 2), products))
    widths = (draw(st.integers(1, 3)), *(draw(width) for _ in range(depth)))
    seed = draw(st.integers(0, 1000))
    grid, order = draw(st.integers(1, 4)), draw(st.integers(min_order, 5))
    basis = tuple(draw(st.sampled_from(list(PLAIN))) for _ in range(depth))
    base = tuple(draw(st.sampled_from((None, None, *BASE_FUNCTIONS))) for _ in range(depth))
    model = roughened(KAN(widths, grid, order, seed, basis, base), seed)
    for edge in model.all_edges():
        fate = draw(st.sampled_from(("spline", "spline", "spline", "named", "removed")))
        if fate == "removed":
            model = remove_edge(model, edge)
        elif fate == "named" and names:
            constants = [draw(st.floats(-1.2, 1.2)) for _ in range(4)]
            model = set_symbolic(model, edge, draw(st.sampled_from(SAFE)), *constants)
    # The last layer keeps a spline, so that there is always something to learn.
    return model if any(e.layer == depth - 1 for e in splines(model)) else roughened(KAN(widths, 2, 3, seed), seed)


def splines(model):
    return [edge for edge in model.edges() if model.state(edge) == "spline"]


def rows_for(model, n, seed=0):
    return np.random.default_rng(seed).uniform(-1.2, 1.2, (n, model.n_in))


def three_true_edges(model):
    """Whether the network is x and y through one hidden node to the output."""
    edges = model.edges()
    hidden = {edge.target for edge in edges if edge.layer == 0}
    shape = sorted((edge.layer, edge.source) for edge in edges if edge.layer == 0)
    return shape == [(0, 0), (0, 1)] and len(hidden) == 1 and edges[-1] == Edge(1, hidden.pop(), 0) and len(edges) == 3
