"""Sums and products of curves under a link: found, named, and left alone where there are none."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, same_law
from symbolic.formulas._numeric import evaluate
from symbolic.stages._stages import STAGES, solve
from symbolic.stages._task import Task
from symbolic.stages.additive._fit import promising
from symbolic.stages.additive._links import IDENTITY, LINKS, OVER_PRODUCTS, over_product
from symbolic.stages.additive._model import Model, Part, Term
from symbolic.stages.additive._names import names, sampled
from symbolic.stages.additive._search import _fitted
from symbolic.stages.additive._splines import Splines
from symbolic.stages.additive._stage import additive

a, b, c, d = SYMBOLS = sp.symbols("a b c d")
POSITIVE = {"a": (1, 3), "b": (1, 3), "c": (1, 5), "d": (1, 2)}


def task_of(law, ranges=POSITIVE, n=600, noise=0.0, seed=0, symbols=None):
    symbols = symbols or sorted(law.free_symbols, key=str)
    rng = np.random.default_rng(seed)
    X = np.stack([rng.uniform(*ranges[s.name], n) for s in symbols], axis=1)
    y = np.broadcast_to(sp.lambdify(symbols, law)(*X.T), n).astype(float)
    y = y + noise * np.sqrt(np.mean(y**2)) * rng.normal(size=n)
    return Task(X, y, tuple(symbols), noise, _clock.now() + 60)


def best(task):
    return min(additive(task, solve), key=lambda candidate: candidate.error)


@pytest.mark.parametrize(
    "law",
    [
        sp.sin(2 * a) + b**2 - 3 / c,
        sp.sqrt(a**2 + b**2),
        1 / (1 / a + b / 2),
        (sp.sqrt(a) + b) ** 2,
        sp.log(a + b**2),
        1 / sp.sqrt(a + b),
        sp.exp(-a) * sp.sin(b) * c / (1 + d),
        a**2 / (sp.exp(b) - 1),
        a * (1 + b**2) * sp.cos(2 * c),
        2.5 - 3 * sp.exp(-a) * b**2,
        1 / (sp.exp(a / b) - 1),
        sp.asin(a / (4 * b)),
        sp.sqrt(1 + a**2 * c / b),
        b / sp.sin(a / 2) ** 4,
    ],
    ids=str,
)
def test_a_law_that_splits_is_found_to_the_last_digit(law):
    found = best(task_of(law))
    assert found.error < 1e-8
    assert same_law(law, found.expr, POSITIVE)


@pytest.mark.parametrize("law", [a * b, a * sp.sin(b), 1 + a * b * c], ids=str)
def test_factors_may_change_sign(law):
    ranges = dict.fromkeys("abc", (-1, 1))
    found = best(task_of(law, ranges))
    assert found.error < 1e-8
    assert same_law(law, found.expr, ranges)


def test_a_power_law_needs_no_spline(monkeypatch):
    monkeypatch.setattr("symbolic.stages.additive._stage.promising", lambda *_: pytest.fail("splines were asked for"))
    law = sp.Rational(-7, 3) * sp.sqrt(a) * c**2 / b ** sp.Rational(5, 4)
    found = best(task_of(law, symbols=SYMBOLS))
    assert same_law(law, found.expr, POSITIVE)
    assert found.expr.free_symbols == {a, b, c}


@pytest.mark.parametrize("seed", range(3))
def test_at_ten_percent_noise_a_power_law_keeps_its_exponents(seed):
    law = 2 * a * b**2 / c**3  # below zero, noise carries a good part of the rows
    task = task_of(law, n=1500, noise=0.1, seed=seed)
    assert np.mean(task.y < 0) > 0.02
    found = best(task)
    X = task_of(law, seed=99).X
    truth = sp.lambdify((a, b, c), law)(*X.T)
    assert np.sqrt(np.mean((sp.lambdify((a, b, c), found.expr)(*X.T) - truth) ** 2)) < 0.02 * np.std(truth)
    powers = [found.expr.as_powers_dict()[s] for s in (a, b, c)]
    assert [float(p) for p in powers] == pytest.approx([1, 2, -3], abs=0.1)


def test_a_product_with_a_wave_is_named_under_noise():
    law = a * b * sp.sin(2 * c)
    found = best(task_of(law, n=1500, noise=0.05, symbols=SYMBOLS))
    (wave,) = found.expr.atoms(sp.sin, sp.cos)
    assert abs(float(sp.diff(wave.args[0], c))) == pytest.approx(2, abs=0.02)
    assert d not in found.expr.free_symbols
    assert found.error == pytest.approx(0.05 * np.sqrt(np.mean(task_of(law, n=1500).y ** 2)) / 2.9, rel=0.25)


@pytest.mark.parametrize("noise", [1e-3, 1e-4, 1e-6])
def test_a_little_noise_is_told_from_what_splines_leave(noise):
    law = a * sp.sin(b) / (1 + c)
    found = best(task_of(law, n=1000, noise=noise))
    assert found.error < 4 * noise
    assert found.expr.has(sp.sin) or found.expr.has(sp.cos)


@pytest.mark.parametrize("law", [a * b + c * d, sp.sqrt((a - b) ** 2 + (c - d) ** 2), a * sp.cos(b * c)], ids=str)
@pytest.mark.parametrize("noise", [0.0, 0.03])
def test_a_law_that_does_not_split_is_left_to_others(law, noise):
    assert list(additive(task_of(law, n=1000, noise=noise), solve)) == []


@pytest.mark.parametrize("scale", [1e-30, 1e25])
def test_the_size_of_the_target_does_not_matter(scale):
    task = task_of(a**2 + sp.sin(2 * b))
    task = Task(task.X, scale * task.y, task.symbols, 0.0, task.deadline)
    assert best(task).error < 1e-8


def test_few_rows_constant_columns_and_many_rows_are_no_obstacle():
    law = a**2 * sp.exp(-b)
    assert best(task_of(law, n=50)).error < 1e-8
    assert best(task_of(law, n=100_000)).error < 1e-8
    still = best(task_of(law, {**POSITIVE, "c": (2, 2)}, symbols=(a, b, c)))
    assert still.error < 1e-8
    assert c not in still.expr.free_symbols
    assert list(additive(task_of(law, n=8), solve)) == []


def test_a_table_of_constants_or_of_noise_has_no_law():
    X = np.ones((60, 2))
    y = np.random.default_rng(0).normal(size=60)
    assert list(additive(Task(X, y, (a, b), 0.0, np.inf), solve)) == []
    X = np.random.default_rng(1).normal(size=(300, 2))
    for found in additive(Task(X, np.random.default_rng(0).normal(size=300), (a, b), 1.0, np.inf), solve):
        assert found.error > 0.9


def test_no_time_left_means_no_candidates_from_curves():
    task = task_of(sp.sin(2 * a) + b**2)
    assert list(additive(Task(task.X, task.y, task.symbols, 0.0, _clock.now() - 1), solve)) == []


def test_the_reason_says_what_splits_and_what_is_left():
    assert best(task_of(sp.sqrt(a + b**2))).reason.startswith("y^2 splits into a part in a and a part in b: ")
    assert best(task_of(a * sp.sin(b))).reason.startswith("y is a product of a part in a and a part in b: ")
    assert (
        best(task_of(a * b)).reason == "log y is a straight line in the logarithms of a, b: y is a product of powers."
    )


def test_the_stage_is_one_of_the_search():
    assert STAGES["additive"] is additive


LINK_ROWS = [*LINKS, *OVER_PRODUCTS, *(over_product(link, 1.0) for link in OVER_PRODUCTS)]


@pytest.mark.parametrize("link", LINK_ROWS, ids=lambda link: link.name)
def test_links_agree_with_their_inverse_slope_and_formula(link):
    u = np.linspace(0.2, 0.7, 11)  # in the range of all of them
    u = np.log(u) if link.factored and link is not IDENTITY and link.name.endswith("of exp") else u
    np.testing.assert_allclose(link.inverse(link.value(u)), u, rtol=1e-12)
    h = 1e-6
    np.testing.assert_allclose(link.slope(u), (link.value(u + h) - link.value(u - h)) / (2 * h), rtol=1e-7)
    x = sp.Symbol("x")
    np.testing.assert_allclose(sp.lambdify(x, link.sympy(x))(u) * np.ones(11), link.value(u), rtol=1e-12)
    assert link.inside(link.value(u)).all()


MODELS = {
    "sum": Model(
        LINKS[3], 1.0, False, (0, 1), (Term((Part("sin", 2.0, 0.3, 0.4),)), Term((Part("x^2", 1.0, 0.0, 1.5),))), 2.0,
    ),
    "product": Model(
        IDENTITY, -1.0, True, (0, 1, 2),
        (
            Term((Part("sin", 2.0, 0.3, 0.4),), 1.5),
            Term((Part("log", 1.0, 0.5, 1.5), Part("x", 1.0, 0.0, -0.3)), 0.0, None),
            Term((Part("tanh", 0.7, 0.2, 1.1),), 0.3, -2.0),
        ), 2.0, 0.7,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_its_formula_and_its_slopes_are_differences(name):
    model = MODELS[name]
    X = np.random.default_rng(0).uniform(1, 2, (40, 3))
    formula = sp.lambdify(SYMBOLS[:3], model.expr(SYMBOLS))
    np.testing.assert_allclose(formula(*X.T), model.predict(X), rtol=1e-12)
    J = model._jacobian(X)
    for k in range(J.shape[1]):
        step = np.zeros(J.shape[1])
        step[k] = 1e-6
        numeric = (model._moved(step).predict(X) - model._moved(-step).predict(X)) / 2e-6
        np.testing.assert_allclose(J[:, k], numeric, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_finds_its_own_constants_again(name):
    model = MODELS[name]
    X = np.random.default_rng(0).uniform(1, 2, (200, 3))
    y = model.predict(X)
    rng = np.random.default_rng(1)
    count = model._jacobian(X).shape[1]
    moved, left = model._moved(0.01 * rng.normal(size=count)).fitted(X, y, 60)
    assert left < 1e-16 * np.var(y)
    np.testing.assert_allclose(moved.predict(X), y, rtol=1e-6)


def test_a_fit_drops_inputs_that_do_nothing():
    task = task_of(sp.exp(a) + b**3, n=500, noise=0.02, symbols=SYMBOLS)
    (first, *_) = promising(Splines.of(task.X), task.X, task.y, 0)
    assert first.link is IDENTITY
    assert first.inputs == (0, 1)


def test_the_first_name_of_a_curve_costs_least():
    x = np.random.default_rng(0).uniform(0.5, 3, 400)
    curve = sampled(x, 1 / (1 + 2 * x), True, np.ones(400), 1e-12, 5.0, True)
    ranking = names(curve, 1)
    assert [price for price, _ in ranking] == sorted(price for price, _ in ranking)
    assert ranking[0][1].parts[0].name == "1/x"
    assert ranking[0][1].parts[0].b == pytest.approx(0.5, rel=1e-6)


def test_offsets_of_the_terms_of_a_sum_go_into_its_one_constant():
    rng = np.random.default_rng(0)
    X, w = rng.uniform(1, 3, (50, 2)), np.ones(50)
    terms = (Term((Part("x^2", 1.0, 0.0, 1.0),), d=-300.0), Term((Part("exp", 1.0, 0.0, 2.0),), d=304.0))
    y = X[:, 0] ** 2 + 2 * np.exp(X[:, 1]) + 4 + 0.01 * rng.standard_normal(50)
    model = _fitted(Model(IDENTITY, 1.0, False, (0, 1), terms, 0.0), X, y, w).model
    np.testing.assert_allclose(evaluate(model.expr((a, b)), (a, b), X), model.predict(X), rtol=1e-10)
