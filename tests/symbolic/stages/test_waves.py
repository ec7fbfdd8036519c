"""Waves in several columns against the laws they were made of: phases by periodogram, then what they multiply."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, discover, same_law
from symbolic.formulas._numeric import evaluate
from symbolic.stages._task import Task
from symbolic.stages.waves._beside import beside
from symbolic.stages.waves._phases import phases

LAWS = {
    "exp(-x**2)*sin(5*x)": {"x": (-1, 1)},
    "sin(pi*x*y)": {"x": (-1, 1), "y": (-1, 1)},
    "A*exp(-g*t)*cos(w*t)": {"A": (1, 3), "g": (0.1, 0.5), "w": (1, 4), "t": (0, 5)},
    "sin(2*pi*f*t + p)": {"f": (0.5, 2), "t": (0, 3), "p": (0, 3)},
    "x0*cos(sqrt(k/m)*t)": {"x0": (1, 3), "k": (1, 5), "m": (0.5, 3), "t": (0, 5)},
    "2/L*sin(pi*n*x/L)**2": {"L": (1, 3), "n": (1, 4), "x": (0, 1)},
    "A*sin(2*pi*x/l - 2*pi*t/T)": {"A": (1, 3), "x": (0, 5), "l": (1, 3), "t": (0, 5), "T": (1, 3)},
}


def rows_of(law: str, ranges: dict, noise: float = 0.0, rows: int = 1000, seed: int = 0):
    """The law itself, its rows X (n, d), and y (n,) with noise relative to its size."""
    rng = np.random.default_rng(seed)
    symbols = {name: sp.Symbol(name) for name in ranges}
    expr = sp.sympify(law, locals=symbols)
    X = np.column_stack([rng.uniform(*ranges[name], rows) for name in ranges])
    y = evaluate(expr, tuple(symbols.values()), X)
    return expr, X, y + noise * np.sqrt(np.mean(y**2)) * rng.standard_normal(rows)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_wave_in_several_columns_is_found(law, noise):
    expr, X, y = rows_of(law, LAWS[law], noise)
    found = discover(X, y, names=list(LAWS[law]), target="y", budget=20)
    assert same_law(found.best.expr, expr, ranges=LAWS[law]), found.best
    assert found.status == ("noise" if noise else "exact")


BESIDE = {
    "x*y + sin((x - 1)*(y - 1))": (-3, 3),
    "(x - 3)*(y - 3) + 2*sin((x - 4)*(y - 4))": (0, 6),
    "x**2 - y + 3*sin(2*x*y)": (-2, 2),
    "2*x + y**2 + sin(4*x - 3*y)/2": (0, 5),
}


@pytest.mark.parametrize("law", BESIDE)
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_wave_beside_a_polynomial_is_told_from_it(law, noise):
    expr, X, y = rows_of(law, {"x": BESIDE[law], "y": BESIDE[law]}, noise, rows=500)
    level = noise * float(np.sqrt(np.mean(y**2)) / np.std(y))
    task = Task(X, y, sp.symbols("x y"), level, _clock.now() + 60.0)
    (found,) = beside(task, None)
    truth = evaluate(expr, task.symbols, X)
    away = np.sqrt(np.mean((evaluate(found.expr, task.symbols, X) - truth) ** 2)) / np.std(truth)
    # Ten numbers are fitted to 500 rows: what they err is a seventh of the noise.
    assert away < max(1e-9, 0.3 * level)


def test_no_wave_is_seen_beside_a_polynomial_where_there_is_none():
    X = np.random.default_rng(0).uniform(1, 5, (400, 2))
    for y in (X[:, 0] / X[:, 1], np.exp(X[:, 0] / X[:, 1]), X[:, 0] ** 2.5 * X[:, 1]):
        assert list(beside(Task(X, y, sp.symbols("x y"), 0.0, _clock.now() + 60.0), None)) == []


@pytest.mark.parametrize("turns", [(2.0, 0.0), (7.5, 0.0), (5.0, -4.0), (3.0, 1.0)])
def test_the_clearest_phase_is_the_one_a_wave_was_made_with(turns):
    X = np.random.default_rng(1).uniform(0, 3, (1500, 3))
    y = (1 + X[:, 2]) * np.cos(turns[0] * X[:, 0] * X[:, 1] + turns[1] * X[:, 2] + 0.4)
    best = phases(X, y, 3)[0]
    found = dict(zip(best.monomials, best.turns, strict=True))
    sign = np.sign(found[1, 1, 0])
    step = 0.8 / np.ptp(X[:, 0] * X[:, 1])  # the frequencies are looked at on a grid as fine as that
    assert abs(sign * found.pop((1, 1, 0)) - turns[0]) < step
    if turns[1]:
        assert abs(sign * found.pop((0, 0, 1)) - turns[1]) < 0.3


def test_noise_has_no_clear_phase():
    rng = np.random.default_rng(2)
    found = phases(rng.uniform(0, 3, (1000, 3)), rng.standard_normal(1000), 3)
    assert all(one.share < 0.05 for one in found)


def test_a_phase_is_written_as_it_is_computed():
    X = np.random.default_rng(3).uniform(0.5, 2, (50, 3))
    a, b, c = sp.symbols("a b c")
    one = phases(X, np.cos(6 * X[:, 0] * np.sqrt(X[:, 1] / X[:, 2])), 1)[0]
    written = one.expr((a, b, c), tuple(sp.Float(turn) for turn in one.turns))
    assert np.allclose(evaluate(written, (a, b, c), X), one.columns(X) @ np.array(one.turns))
