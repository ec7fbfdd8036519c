"""Inner variables and splits: proposed by a surrogate's slopes, decided by fits, and put back in the columns."""

import time

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, same_law
from symbolic.stages._compound import compound
from symbolic.stages._splitting import split
from symbolic.stages._stages import solve
from symbolic.stages._task import Candidate, Task
from symbolic.stages.grouping._confirm import as_good, error_of
from symbolic.stages.grouping._proposals import reductions
from symbolic.stages.grouping._reduction import Reduction
from symbolic.stages.grouping._stage import grouped, scaled
from symbolic.surrogates._choice import surrogate, surrogates

a, b, c, d, e = SYMBOLS = sp.symbols("a b c d e")
POSITIVE = {"a": (1, 2), "b": (3, 5), "c": (1, 3), "d": (1, 4), "e": (1, 2)}


def named(what):
    """A name for a test that is the same in every process."""
    return ", ".join(sorted(map(str, what))) if isinstance(what, set) else str(what)


def task_of(law, ranges=POSITIVE, n=600, noise=0.0, seconds=60.0):
    symbols = sorted(law.free_symbols, key=str)
    rng = np.random.default_rng(0)
    X = np.stack([rng.uniform(*ranges[s.name], n) for s in symbols], axis=1)
    y = sp.lambdify(symbols, law)(*X.T)
    y = y + noise * np.std(y) * rng.normal(size=n)
    return Task(X, y, tuple(symbols), noise, _clock.now() + seconds)


def proposed(law, **given):
    task = task_of(law, **given)
    found = surrogate(task.X, task.y)
    return [one for one in reductions(task, found) if error_of(task, one) <= max(1.1 * found.error, 1e-9)]


def inner(law, **given):
    return {frozenset(one.inner) for one in proposed(law, **given)}


def best(stage, task):
    """The first formula with nothing left to explain, or the last one."""
    for candidate in stage(task, solve):
        if candidate.error < 1e-8:
            break
    return candidate


def test_a_surrogate_is_a_polynomial_where_the_law_is_one():
    task = task_of(a**2 * b - 3 * a * c + 1)
    found = surrogate(task.X, task.y)
    fresh = np.random.default_rng(1).uniform([1, 3, 1], [2, 5, 3], (100, 3))
    np.testing.assert_allclose(found.value(fresh), fresh[:, 0] ** 2 * fresh[:, 1] - 3 * fresh[:, 0] * fresh[:, 2] + 1)
    assert found.error < 1e-12


@pytest.mark.parametrize("law", [a**2 * b / c, sp.exp(a / b), 1 / (a + b * c), sp.sqrt(a**2 + b**2)], ids=named)
def test_slopes_of_a_surrogate_are_those_of_the_law(law):
    task = task_of(law)
    for found in surrogates(task.X, task.y):
        if found.error < 1e-7:
            h, G = found.slopes(task.X)
            for j, symbol in enumerate(task.symbols):
                slope = sp.lambdify(task.symbols, sp.diff(sp.log(law), symbol))(*task.X.T)
                np.testing.assert_allclose(G[:, j] / h, slope, rtol=0, atol=1e-4 * np.abs(slope).max())


def test_the_error_of_a_surrogate_is_that_on_rows_it_has_not_seen():
    law = sp.sin(a * b) / c
    task, fresh = task_of(law), task_of(law, n=3000)
    found = surrogate(task.X, task.y)
    left = found.value(fresh.X[600:]) - fresh.y[600:]
    assert found.error == pytest.approx(np.std(left) / np.std(task.y), rel=0.5)


def test_a_hard_column_is_allowed_higher_degrees_than_the_others():
    task = task_of(a * b * c * sp.cos(4 * d) + e, n=1200)
    found = surrogate(task.X, task.y)
    assert found.degrees[:, 3].max() > found.degrees[:, 0].max()
    assert found.error < 1e-2


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (sp.exp(-((b - a) ** 2)) / c, {b - a, c}),
        (sp.cos(a + c) * d**2, {a + c, d}),
        (a * sp.tanh(b / (3 * c)), {b / c}),
        (sp.exp(a * c / 3) + d, {a * c, d}),
        (sp.sin(sp.sqrt(a**2 + c**2)) + d, {a**2 + c**2, d}),
        (sp.log(b**2 - a**2) * d, {b**2 - a**2, d}),
    ],
    ids=named,
)
def test_inner_variables_are_found(law, expected):
    found = inner(law)
    same = {frozenset(expected), frozenset(-u if u.is_Add else 1 / u for u in expected)}
    mixed = {frozenset(-u if u == v and u.is_Add else u for u in expected) for v in expected}
    assert found & (same | mixed)


def test_a_law_without_symmetry_has_no_inner_variables():
    assert not proposed(sp.sin(a * b) + sp.exp(c) / (a + c**2) + b)


def test_noise_does_not_hide_inner_variables():
    noisy = inner(a * sp.exp(-((b - c) ** 2) / 4), n=1500, noise=0.01)
    assert any(b - c in u or c - b in u for u in noisy)


@pytest.mark.parametrize(
    "law",
    [
        1 / sp.sqrt((b - a) ** 2 + (d - c) ** 2 + 1),
        c * d / (b - a) ** 2,
        a * (b + c * d * sp.sin(e)),
        a**3 * b / (sp.exp(a * b / (2 * c * d)) - 1),
    ],
    ids=named,
)
def test_a_law_in_inner_variables_is_found_to_the_last_digits(law):
    found = min(solve(task_of(law)), key=lambda candidate: candidate.error)
    assert found.error < 1e-8
    assert same_law(law, found.expr, POSITIVE)
    said = ("depends on its columns only through", "product of powers", "quotient of polynomials", "a polynomial")
    assert any(words in found.reason for words in said)


@pytest.mark.parametrize(
    "law",
    [sp.sqrt(1 + a**2 - 2 * a * sp.cos(c)), (1 + a * sp.cos(c)) / sp.sqrt(5 - a**2), a * c + sp.sin(b * d / 5)],
    ids=named,
)
def test_a_law_that_is_straight_in_one_part_is_put_together_from_its_parts(law):
    assert any(found.error < 1e-7 for found in split(task_of(law, n=300), solve))


@pytest.mark.parametrize(
    "law",
    [
        *(a / (sp.exp(a) - 1), (sp.sin(2 * a) / a) ** 2, a / (1 + a**2), 3 / sp.cosh(a), (1 - sp.exp(-a)) / a),
        *((2 * a - 1) / sp.log(2 * a), 2 * a * sp.log(3 * a), 3 * sp.coth(2 * a) - 3 / (2 * a), a * sp.atan(2 * a)),
        *(sp.erf(a) / a, sp.sinh(2 * a) / a**2, a**2 * sp.exp(a) / (sp.exp(a) - 1) ** 2),
    ],
    ids=named,
)
def test_compound_curves_are_named(law):
    assert best(compound, task_of(law)).error < 1e-8


@pytest.mark.parametrize("stage", [grouped, split, compound])
def test_nothing_is_proposed_for_a_constant(stage):
    X = np.random.default_rng(0).uniform(size=(60, 2))
    assert not list(stage(Task(X, np.ones(60), (a, b), 0.0, _clock.now() + 9), solve))


def test_the_deadline_is_kept():
    task = task_of(sp.sin(a * b) + sp.exp(c) / (a + c**2) + b * d, n=1000, seconds=1.0)
    began = time.process_time()
    list(solve(task))
    assert time.process_time() - began < 20


DISTANCE = sp.sqrt((a - b) ** 2 + (c - d) ** 2)
WIDE = {"a": (1, 5), "b": (1, 5), "c": (1, 5), "d": (1, 5), "e": (1, 5)}


def test_under_noise_a_surrogate_is_fitted_to_y_itself_and_knows_the_noise():
    clean, noisy = (task_of(DISTANCE, ranges=WIDE, n=4000, noise=noise) for noise in (0.0, 0.2))
    found = noisy.surrogates[0]
    assert found.power == 2  # the square is a polynomial, though noise has carried some y below zero
    assert found.error == pytest.approx(0.2, rel=0.05)
    assert np.sqrt(np.nanmean((found.value(noisy.X) - clean.y) ** 2)) < 0.03 * np.std(clean.y)


def test_rows_count_by_their_weight_in_a_surrogate():
    rng = np.random.default_rng(0)
    X, sizes = rng.uniform(1, 2, (3000, 2)), rng.choice([0.01, 1.0], 3000)
    truth = X[:, 0] * X[:, 1]
    y = truth + sizes * rng.normal(size=3000)
    weighted, plain = (surrogates(X, y, weight)[0] for weight in (1 / sizes**2, None))
    errors = [np.sqrt(np.mean((found.value(X) - truth) ** 2)) for found in (weighted, plain)]
    assert errors[0] < 0.1 * errors[1]


def unsigned(variables):
    """Variables as their squares or the inverse of these, whichever is spelt first: −u and 1/u say what u says."""
    return frozenset(min(str(sp.expand(u**2)), str(sp.expand(u**-2))) for u in variables)


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (DISTANCE, {a - b, c - d}),
        (a * b / sp.sqrt(1 - b**2 / (64 * c**2)), {b / c}),
        ((a * c + b * d) / (a + b), {b / a, c, d}),
    ],
    ids=named,
)
def test_inner_variables_are_seen_through_ten_percent_of_noise(law, expected):
    task = task_of(law, ranges=WIDE, n=5000, noise=0.25)
    found = task.surrogates[0]
    kept = [one for one in reductions(task, found) if as_good(task, one, found) is not None]
    assert unsigned(expected) in [unsigned(one.inner) for one in kept]


def _without(task, j):
    inner = tuple(symbol for k, symbol in enumerate(task.symbols) if k != j)
    return Reduction(inner, sp.Integer(1), np.delete(task.X, j, axis=1), task.y, 0.0, 0.0, True)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_column_that_does_nothing_is_left_out(noise):
    task = task_of(a * sp.exp(-b / c), ranges=WIDE, n=2000, noise=noise)
    idle = np.random.default_rng(5).uniform(1, 5, (2000, 1))
    task = Task(np.hstack([task.X, idle]), task.y, (a, b, c, d), task.noise, task.deadline)
    found = task.surrogates[0]
    kept = [one for one in reductions(task, found) if set(one.inner) == {a, b, c}]
    assert kept
    if noise:
        assert as_good(task, kept[0], found) is not None
        lost = [j for j in (0, 1, 2) if as_good(task, _without(task, j), found) is not None]
        assert not lost
    else:
        assert error_of(task, kept[0]) <= 1.1 * found.error


def test_a_law_of_distances_is_found_under_noise():
    task = task_of(DISTANCE, ranges=WIDE, n=4000, noise=0.2, seconds=600.0)
    expected = {(a - b) ** 2, (c - d) ** 2}
    for candidate in grouped(task, solve):
        root = candidate.expr.as_independent(a, b, c, d, as_Add=False)[1]
        inside = root.args[0] if root.is_Pow else root
        squares = {term.as_independent(a, b, c, d)[1] for term in sp.Add.make_args(inside)} - {1}
        if {sp.expand(square) for square in squares} == {sp.expand(square) for square in expected}:
            return
    raise AssertionError("no candidate has the right form")


def test_a_formula_ends_the_matter_only_where_its_numbers_cannot_be_chance():
    task = task_of(a / b, n=600, noise=0.1)
    assert task.concludes(Candidate(sp.Float(1.001) * a / b, task.error(a / b), ""))
    fitted = sp.Float(1.001) * a / b + sp.Float(0.001) * a
    assert not task.concludes(Candidate(fitted, task.error(fitted), ""))
    assert not task.concludes(Candidate(a / b + 1, task.error(a / b + 1), ""))


def test_sentences_call_each_target_by_its_name():
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 5, (2000, 3))
    truth = X[:, 0] ** 2 * np.exp(-X[:, 1] / X[:, 2])
    y = truth + 0.02 * np.std(truth) * rng.normal(size=2000)
    task = Task(X, y, sp.symbols("x y z"), 0.03, _clock.now() + 60, target="F")
    fits = "F/(x**2) depends on its columns only through y/z: fits to F give these powers."
    assert any(
        fits in found.reason and "F/(x**2) depends on y/z alone" in found.reason for found in scaled(task, solve)
    )
