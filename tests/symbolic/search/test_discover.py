"""From tables to laws: what a search returns, and that it tells the truth about it."""

import numpy as np
import pandas as pd
import pytest
import sympy as sp

from kan_core import KAN, Edge, fit, look
from symbolic import Progress, SymbolicError, discover, same_law, snap_edge, suggest

x, y, z = sp.symbols("x y z")
LAWS = {
    "exp(sin(pi*x) + y**2)": (sp.exp(sp.sin(sp.pi * x) + y**2), (-1, 1)),
    "x*y": (x * y, (-1, 1)),
    "2*pi*sqrt(x/y)": (2 * sp.pi * sp.sqrt(x / y), (1, 5)),
    "x*y/z**2": (x * y / z**2, (1, 5)),
    "sqrt(x**2 + y**2)": (sp.sqrt(x**2 + y**2), (1, 5)),
}


def table(law, box, n=1000, noise=0.0, seed=0):
    symbols = sorted(law.free_symbols, key=str)
    rng = np.random.default_rng(seed)
    X = rng.uniform(*box, (n, len(symbols)))
    values = sp.lambdify(symbols, law)(*X.T)
    scale = noise * np.sqrt(np.mean(values**2))
    return X, values + scale * rng.normal(size=n), [str(s) for s in symbols]


@pytest.fixture
def networks_alone(monkeypatch):
    """No formula is proposed before networks are trained."""
    monkeypatch.setattr("symbolic.search._formulas.solve", lambda _: iter(()))


@pytest.mark.parametrize("name", LAWS)
def test_an_exact_law_is_found_exactly(name):
    law, box = LAWS[name]
    X, values, names = table(law, box)
    found = discover(X, values, names=names)
    assert found.status == "exact"
    assert same_law(found.best.expr, law, dict.fromkeys(names, box))
    assert all(constant.recognised is not None for constant in found.best.constants)


def test_a_law_under_noise_is_found_and_the_rest_called_noise():
    law, box = LAWS["exp(sin(pi*x) + y**2)"]
    X, values, names = table(law, box, noise=0.05)
    found = discover(X, values, names=names, budget=12.0)
    assert found.status == "noise"
    assert same_law(found.best.expr, law, dict.fromkeys(names, box))


@pytest.mark.parametrize(("shown", "told"), [(".6g", None), (".4f", None), (".6e", 7)])
def test_a_law_that_meets_every_printed_digit_is_exact(shown, told):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.uniform(0.2, 3, 300), rng.uniform(9, 10, 300)]).round(12)
    y = 2 * np.pi * np.sqrt(X[:, 0] / X[:, 1])
    printed = np.array([float(f"{value:{shown}}") for value in y])
    found = discover(X, printed, names=["l", "g"], target="T", digits=told)
    assert (str(found.best), found.status) == ("T = 2*pi*sqrt(l/g)", "exact")
    assert any("rounding of the numbers" in said for said in found.evidence)
    noisy = discover(X, (y + 0.01 * rng.normal(size=300)).round(4), names=["l", "g"], target="T", digits=told)
    assert (str(noisy.best), noisy.status) == ("T = 2*pi*sqrt(l/g)", "noise")


def test_a_sine_with_five_percent_noise_is_kept():
    X, values, names = table(sp.sin(3 * x), (-2, 2), n=300, noise=0.05)
    found = discover(X, values, names=names)
    assert found.best.expr.has(sp.sin)
    assert found.best.r2_test > 0.99


@pytest.mark.usefixtures("networks_alone")
def test_the_errors_of_a_law_are_those_of_its_formula_on_the_users_rows():
    law, box = LAWS["2*pi*sqrt(x/y)"]
    X, values, names = table(law, box, noise=0.01)
    best = discover(X, values, names=names).best
    rms = np.sqrt(np.mean((best.predict(X) - values) ** 2))
    parts = [best.rmse_train, best.rmse_validation, best.rmse_test]
    assert min(parts) <= rms <= max(parts)
    assert best.law_vs_network < 0.01 * np.std(values)


def test_one_seed_gives_one_law():
    law, box = LAWS["x*y"]
    X, values, names = table(law, box, n=200, noise=0.02)
    first, second = (discover(X, values, names=names, seed=3) for _ in range(2))
    assert str(first.best) == str(second.best)
    assert first.evidence == second.evidence


def test_a_data_frame_brings_its_names():
    X, values, _ = table(LAWS["x*y/z**2"][0], (1, 5), n=300)
    frame = pd.DataFrame(X, columns=["m 1", "m 2", "r"])
    found = discover(frame, values)
    assert [variable.name for variable in found.best.variables] == ["m 1", "m 2", "r"]
    assert {str(symbol) for symbol in found.best.expr.free_symbols} == {"m_1", "m_2", "r"}


@pytest.mark.usefixtures("networks_alone")
def test_a_search_reports_its_stages_in_order_and_a_network_to_draw():
    X, values, names = table(*LAWS["x*y"], n=200)
    heard: list[Progress] = []
    found = discover(X, values, names=names, on_progress=heard.append)
    stages = [report.stage for report in heard]
    assert list(dict.fromkeys(stages)) == ["data", "train", "prune", "name", "law"]
    assert any(report.model is not None for report in heard)
    assert all(found.model.state(edge) != "spline" for edge in found.model.edges())


def test_a_law_that_needs_no_training_comes_with_its_network_too():
    X, values, names = table(*LAWS["exp(sin(pi*x) + y**2)"], n=300)
    heard: list[Progress] = []
    found = discover(X, values, names=names, on_progress=heard.append)
    assert list(dict.fromkeys(report.stage for report in heard)) == ["data", "train", "name", "law"]
    assert found.model.widths == (2, 1, 1)
    assert np.abs(found.model(X)[:, 0] - values).max() < 1e-9 * np.abs(values).max()
    assert found.best.law_vs_network < 1e-9 * np.std(values)


def test_a_cancelled_search_stops_and_says_so():
    X, values, names = table(*LAWS["x*y"], n=200)
    found = discover(X, values, names=names, on_progress=lambda report: report.stage != "train")
    assert found.best is None
    assert found.status == "none"
    assert found.evidence[-1] == "The search was stopped before it was finished."


@pytest.mark.parametrize(
    ("X", "values", "options", "text"),
    [
        (np.ones((60, 2)), np.full(60, 2.5), {}, "y is 2.5 in every row: a constant needs no law"),
        ([[1.0], [np.nan], [3.0]], [1.0, 2.0, 3.0], {}, r"1 rows hold values that are not finite \(rows 1\)"),
        ([[1.0], [2.0]], [1.0, 2.0], {}, "A law needs at least 3 rows; there are 2"),
        (np.ones((5, 2)), np.arange(4.0), {}, r"got \(5, 2\) and \(4,\)"),
        ([["a"], ["b"], ["c"]], [1, 2, 3], {}, "must hold numbers"),
        (np.ones((5, 2)), np.arange(5.0), {"names": ["a", "a"]}, "as many different names"),
    ],
)
def test_a_table_that_cannot_carry_a_law_is_refused_in_one_sentence(X, values, options, text):
    with pytest.raises(SymbolicError, match=text):
        discover(X, values, **options)


def test_looking_for_names_changes_nothing():
    X, values, _ = table(*LAWS["x*y"], n=200)
    model = fit(KAN((2, (0, 1)), seed=1), X, values, steps=20).model
    before = model.to_dict()
    candidates = suggest(model, Edge(0, 0, 0), X, values)
    look(model, X)
    assert model.to_dict() == before
    assert len({candidate.name for candidate in candidates}) == len(candidates)


@pytest.mark.parametrize(
    ("law", "names"),
    [
        ("x**2 + sin(3*y)", ["x^2", "sin"]),
        ("exp(x/2) + y**3", ["exp", "x^3"]),
        ("cos(4*x) + sqrt(2 + y)", ["cos", "sqrt"]),
    ],
)
def test_the_plainest_of_the_names_that_fit_alike_comes_first(law, names):
    """A parabola is also a tiny piece of a cosine of huge size, and a sine a cosine that is shifted."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (1000, 2))
    values = sp.lambdify(sp.symbols("x y"), sp.sympify(law))(*X.T)
    model = fit(KAN((2, 1)), X, values, steps=30).model
    assert [suggest(model, Edge(0, k, 0), X, values, top=0)[0].name for k in range(2)] == names


def test_naming_an_edge_refits_the_rest_and_leaves_the_argument_alone():
    law, box = LAWS["exp(sin(pi*x) + y**2)"]
    X, values, _ = table(law, box)
    model = fit(KAN((2, 1, 1)), X, values, steps=40).model
    named = snap_edge(model, Edge(0, 0, 0), "sin", X, values)
    assert named.function(Edge(0, 0, 0)).name == "sin"
    assert abs(named.function(Edge(0, 0, 0)).a) == pytest.approx(np.pi, rel=1e-2)
    assert model.state(Edge(0, 0, 0)) == "spline"
    with pytest.raises(SymbolicError, match="No function is called 'sine'"):
        snap_edge(model, Edge(0, 0, 0), "sine", X, values)


def test_naming_an_edge_of_a_sorted_table_sees_all_of_it():
    X = np.linspace(-3, 3, 2000)[:, None]
    values = np.sin(2 * X[:, 0])
    model = fit(KAN((1, 1), grid=20), X, values, steps=20).model
    named = snap_edge(model, Edge(0, 0, 0), "sin", X, values)
    assert np.abs(named(X)[:, 0] - values).max() < 1e-8
    first = suggest(model, Edge(0, 0, 0), X, values)[0]
    assert first.name in ("sin", "cos")
