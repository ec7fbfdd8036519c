"""Modes and peaks against the curves they were made of: sums of waves and decays, peaks and steps on a line."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, discover, same_law
from symbolic.formulas._numeric import evaluate
from symbolic.stages._compound import compound
from symbolic.stages._modes import modes
from symbolic.stages._task import Candidate, Task
from symbolic.stages.peaks._stage import peaks

x = sp.Symbol("x")
SWINGING = {
    "3*exp(-2*x/5)*sin(3*x + 7/10)": (0, 8),
    "sin(5*x)*sin(x)": (0, 7),
    "3*exp(-x) + 2*exp(-x/5)": (0, 10),
    "3/2 + exp(-x)*sin(8*x)": (0, 4),
    "cosh(x) - 1": (-2, 2),
    "exp(x/3)*sin(20*x)": (100, 110),
    "sin(x)**2 + 3*x/10": (0, 10),
    "exp(3*x/10) - x": (0, 6),
    "36/x**12 - 12/x**6": (1.15, 3),
    "3*x**0.4 + 2": (0.1, 10),
}
PEAKED = {
    "2*exp(-5*(x - 3)**2/4) + x/2": (0, 6),
    "1/(1 + 11*(x - 2)**2)": (0, 4),
    "3*exp(-(x - 2)**2) + exp(-3*(x - 5)**2) + 1": (0, 8),
    "10/(1 + exp((x - 5)/0.8))": (0, 10),
    "atan(3*x - 3) + x": (-3, 3),
    "8*exp(-5*exp(-7*x/10))": (0, 10),
    "x**2.5/(15 + x**2.5)": (0.1, 10),
    "4*exp(-(x/3)**0.6)": (0.1, 10),
    "Abs(x - 1) + x/2": (-2, 4),
    "5/cosh(2*x - 3)**2": (0, 4),
}
MOVED = {
    "(x + 40)/(10 - 10*exp(-(x + 40)/10))": (-80, 20.1),  # Hodgkin and Huxley 1952, α_n
    "3*sin(2*x - 2.6)**2/(4*(x - 1.3)**2)": (-3, 6),
    "(1 - (x - 2)**2)*exp(-(x - 2)**2/2)": (-1, 6),
    "(x - 1/2)*log(x - 1/2)": (0.51, 4),
}
COMPOUND = {"x**(3/2)*exp(-13.6/x)": (0.8, 3), "(2 - x)*exp(-x/2)": (0, 12), **MOVED}


def task_of(law, ends, noise=0.0, rows=200, weighed=False):
    rng = np.random.default_rng(3)
    X = rng.uniform(*ends, (rows, 1))
    exact = evaluate(sp.sympify(law), (x,), X)
    size = noise * float(np.std(exact)) * (1 + 9 * (np.arange(rows) % 2) if weighed else np.ones(rows))
    y = exact + size * rng.standard_normal(rows)
    weight = 1 / size**2 if weighed else None
    told = float(np.mean(1 / size**2) ** -0.5 / np.std(y)) if noise else 0.0
    return Task(X, y, (x,), told, _clock.now() + 60.0, weight=weight), exact


KINDS = {modes: SWINGING, peaks: PEAKED, compound: COMPOUND}
CASES = [(stage, law, ends) for stage, laws in KINDS.items() for law, ends in laws.items()]


@pytest.mark.parametrize(("stage", "law", "ends"), CASES, ids=[law for _, law, _ in CASES])
def test_a_curve_is_found_exactly(stage, law, ends):
    task, _ = task_of(law, ends)
    assert any(candidate.error < 1e-8 for candidate in stage(task, None))


@pytest.mark.parametrize(("k", "stage", "law", "ends"), [(k, *case) for k, case in enumerate(CASES)])
def test_behind_noise_the_curve_without_it_is_found(k, stage, law, ends):
    task, exact = task_of(law, ends, noise=0.02, weighed=k % 2 == 1)
    apart = (evaluate(one.expr, (x,), task.X) - exact for one in stage(task, None))
    assert any(float(np.sqrt(np.mean(each**2))) < 0.01 * task.spread for each in apart)


def test_the_rates_of_a_damped_wave_are_those_of_its_equation():
    """y″ + 2γy′ + ω₀²y = 0 from (1, 0): integrated by SciPy, its rates are −γ ± i√(ω₀² − γ²)."""
    from scipy.integrate import solve_ivp

    at = np.linspace(0, 12, 300)
    path = solve_ivp(lambda _, s: [s[1], -0.4 * s[1] - 9 * s[0]], (0, 12), [1, 0], t_eval=at, rtol=1e-11, atol=1e-12)
    found = next(modes(Task(at[:, None], path.y[0], (x,), 0.0, _clock.now() + 60.0), None)).expr
    (fade,) = [f.args[0].coeff(x) for f in found.atoms(sp.exp)]
    (turn,) = [f.args[0].coeff(x) for f in found.atoms(sp.sin, sp.cos)]
    assert float(fade) == pytest.approx(-0.2, rel=1e-6)
    assert float(turn) == pytest.approx(np.sqrt(9 - 0.04), rel=1e-6)


@pytest.mark.parametrize("stage", [modes, peaks])
@pytest.mark.parametrize("law", ["x/(1 + x**2)", "x*exp(-x)", "log(x)", "sqrt(1 + x**2)"])
def test_what_is_no_such_curve_is_left_to_others(stage, law):
    """Limits of such curves, where their terms cancel or their peaks run away, are not offered for exact."""
    task, _ = task_of(law, (1, 5))
    assert not [one for one in stage(task, None) if one.error < 1e-8]


def test_a_sum_that_comes_near_to_a_curve_is_not_the_end_of_the_search():
    """The logarithmic mean (x − 1)/log x is no sum of powers, and four come within 1e-9 of it: that they leave a
    pattern tells, which the rounding of nine digits does not leave."""
    X = np.random.default_rng(0).uniform(0.1, 0.8, (1000, 1))
    task = Task(X, (X[:, 0] - 1) / np.log(X[:, 0]), (x,), 0.0, _clock.now() + 60.0)
    near = [one for one in modes(task, None) if one.error < 1e-8]
    assert near
    assert not any(task.concludes(one) for one in near)
    powers = task.changed(y=evaluate(near[0].expr, (x,), X).round(9))
    assert powers.concludes(Candidate(near[0].expr, powers.error(near[0].expr), ""))


@pytest.mark.parametrize("stage", [modes, peaks])
def test_few_rows_one_place_and_two_inputs_are_none_of_their_business(stage):
    one, two = np.ones((30, 1)), np.random.default_rng(0).random((30, 2))
    y = np.arange(30.0)
    assert list(stage(Task(one, y, (x,), 0.0, _clock.now() + 9.0), None)) == []
    assert list(stage(Task(two, y, (x, sp.Symbol("z")), 0.0, _clock.now() + 9.0), None)) == []
    assert list(stage(Task(two[:4, :1], y[:4], (x,), 0.0, _clock.now() + 9.0), None)) == []


def test_a_noisy_damped_wave_comes_out_as_one():
    rng = np.random.default_rng(5)
    t = np.sort(rng.uniform(0, 10, 200))
    y = 2.5 * np.exp(-0.3 * t) * np.cos(4 * t) + 0.02 * rng.standard_normal(200)
    found = discover(t[:, None], y, names=["t"], target="y", budget=12.0)
    assert found.status == "noise"
    true = sp.sympify("2.5*exp(-0.3*t)*cos(4*t)")
    assert same_law(
        found.best.expr.subs({n: round(n, 1) for n in found.best.expr.atoms(sp.Float)}), true, {"t": (0, 10)}
    )


@pytest.mark.parametrize("noise", [1e-3, 0.01])
def test_a_steep_curve_over_decades_is_told_from_its_limits_behind_noise(noise):
    """Where x spans decades, the mean of y over neighbours is not y at the mean of x."""
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 5, (6000, 2)).prod(axis=1, keepdims=True) / rng.uniform(1, 5, (6000, 2)).prod(axis=1)[:, None]
    exact = 1 / np.expm1(X[:, 0] / (2 * np.pi))
    y = exact + noise * np.sqrt(np.mean(exact**2)) * rng.standard_normal(6000)
    task = Task(X, y, (x,), noise * float(np.sqrt(np.mean(exact**2)) / np.std(y)), _clock.now() + 60.0)
    apart = (evaluate(one.expr, (x,), X) - exact for one in compound(task, None))
    assert min(float(np.sqrt(np.mean(each**2))) for each in apart) < 0.1 * noise * task.spread
