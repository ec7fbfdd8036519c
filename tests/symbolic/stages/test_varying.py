"""T(y) = A(u) + B(u)·C(v) behind noise: the structure, its three curves, and the law they make."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, same_law
from symbolic.formulas._numeric import evaluate
from symbolic.stages._task import Task
from symbolic.stages.varying._fit import fits, regressed, reread, told_apart
from symbolic.stages.varying._stage import varying

u, v = sp.symbols("u v")
LAWS = {
    "cosine rule": (sp.sqrt(1 + u**2 - 2 * u * sp.cos(v)), (0.2, 5), (-4, 4)),
    "ellipse": ((1 - u**2) / (1 + u * sp.cos(v)), (0.2, 0.9), (0.1, 6)),
    "Lorentz": ((1 - u * v) / sp.sqrt(1 - u**2), (0.05, 0.66), (0.1, 1.5)),
    "growth": (sp.exp(-u * sp.exp(-v)), (1, 4), (0.1, 5)),
    "scattering": (1 / u + u - sp.sin(v) ** 2, (0.2, 5), (0.1, 6)),
}


def table(expr, range_u, range_v, noise, rows=2000, seed=0):
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.uniform(*range_u, rows), rng.uniform(*range_v, rows)])
    clean = evaluate(expr, [u, v], X)
    return X, clean, clean + noise * float(np.std(clean)) * rng.normal(size=rows)


@pytest.mark.parametrize("name", LAWS)
def test_the_law_is_among_what_is_proposed(name):
    expr, range_u, range_v = LAWS[name]
    X, clean, y = table(expr, range_u, range_v, 0.01)
    noise = float(np.std(y - clean) / np.std(y))
    task = Task(X, y, (u, v), noise, _clock.now() + 120)
    found = list(varying(task, lambda _: iter(())))
    best = min(found, key=lambda one: one.error)
    assert best.error < 1.02 * noise
    values = [evaluate(one.expr, [u, v], X) for one in found]
    nearest = min(float(np.sqrt(np.mean((value - clean) ** 2)) / np.std(clean)) for value in values)
    assert nearest < 2e-3  # the noise of 2000 rows, averaged over a handful of numbers
    rounded = [
        one.expr.xreplace({n: sp.nsimplify(round(float(n) * 20) / 20) for n in one.expr.atoms(sp.Float)})
        for one in found
    ]
    assert any(same_law(expr, one, {"u": range_u, "v": range_v}) for one in rounded)


def test_the_curves_are_those_of_the_form():
    X, clean, y = table(3 + u**2 + sp.exp(-u) * sp.sin(v), (0.5, 2), (0, 6), 0.01)
    best = next(fit for fit in fits(X, y, np.ones(len(y)), y) if fit.link.name == "x" and fit.outer == 0)
    assert best.error == pytest.approx(0.01, rel=0.1)
    known = regressed(best, X, np.sin(X[:, 1]))
    middle = (X[:, 0] > 0.6) & (X[:, 0] < 1.9)
    np.testing.assert_allclose(known.A[middle], (3 + X[:, 0] ** 2)[middle], atol=0.02)
    np.testing.assert_allclose(known.B[middle], np.exp(-X[:, 0])[middle], atol=0.03)
    assert float(np.std(y - clean)) ** 2 == pytest.approx(known.noise, rel=0.1)
    beside, _ = reread(known, X, 3 + X[:, 0] ** 2, np.sin(X[:, 1]))
    assert np.abs(beside - np.exp(-X[:, 0]))[middle].max() <= np.abs(known.B - np.exp(-X[:, 0]))[middle].max() * 1.5


def test_where_the_regressor_hardly_moves_it_tells_nothing_of_both():
    X, _, y = table(3 + u**2 + u * v, (0.5, 2), (1.0, 5.0), 0.01)
    fit = next(fit for fit in fits(X, y, np.ones(len(y)), y) if fit.link.name == "x" and fit.outer == 0)
    centred, far = regressed(fit, X, X[:, 1] - 3.0), regressed(fit, X, X[:, 1] + 100.0)
    assert told_apart(centred, X).mean() > 0.95
    assert told_apart(far, X).mean() < 0.01


def test_noise_alone_is_no_such_form():
    rng = np.random.default_rng(2)
    X, y = rng.uniform(1, 2, (2000, 2)), rng.normal(size=2000)
    task = Task(X, y, (u, v), 1.0, _clock.now() + 60)
    assert all(one.error > 0.9 for one in varying(task, lambda _: iter(())))
