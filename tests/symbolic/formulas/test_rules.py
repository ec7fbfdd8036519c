"""Rules of the printed form: forms written by hand, with the values of what they were made from."""

import numpy as np
import pytest
import sympy as sp

from symbolic.formulas._canonical import canonical
from symbolic.formulas._complexity import complexity
from symbolic.formulas._inside import brought_in
from symbolic.formulas._numeric import evaluate
from symbolic.formulas._tree import from_tree

a, b, c, d, e, k, m, n, p, q, t, u, v, x, y = sp.symbols("a b c d e k m n p q t u v x y")
log, sqrt, cos, exp, pi = sp.log, sp.sqrt, sp.cos, sp.exp, sp.pi


def form(expr):
    return from_tree(canonical([expr, sp.Add(*expr.free_symbols, evaluate=False)]))


def is_written(expr, by_hand):
    symbols = sorted(expr.free_symbols, key=str)
    X = np.random.default_rng(3).uniform(1, 2, (40, len(symbols)))
    before, after = evaluate(expr, symbols, X), evaluate(by_hand, symbols, X)
    known = np.isfinite(before)
    assert known.any()
    np.testing.assert_allclose(after[known], before[known], rtol=1e-9)
    assert form(expr) == by_hand
    assert form(by_hand) == by_hand


@pytest.mark.parametrize(
    ("expr", "by_hand"),
    [
        (-n * t * log(u / v), n * t * log(v / u)),
        (a - n * t * log(u / v), a + n * t * log(v / u)),
        (-8.314 * t * log(u / v), 8.314 * t * log(v / u)),
        (-log(a / (b + c)), log((b + c) / a)),
        (-x * log(u + 1), -x * log(u + 1)),
        (-exp(-x) / y, -exp(-x) / y),
        (exp(-x / y) / (a * b), exp(-x / y) / (a * b)),
    ],
    ids=str,
)
def test_a_minus_before_the_logarithm_of_a_quotient_turns_it_over(expr, by_hand):
    is_written(expr, by_hand)


@pytest.mark.parametrize(
    ("expr", "by_hand"),
    [
        (q * (v + c * sqrt(c**2 * m**2 / q**2 + (p / q - a) ** 2)), q * v + c * sqrt(c**2 * m**2 + (a * q - p) ** 2)),
        ((sqrt(m * (2 * e + k**2 * m / d**2)) * cos(a - b) + k * m / d) / d,
         m * (k + sqrt(2 * e * d**2 / m + k**2) * cos(a - b)) / d**2),
        (a * b * (1 + c / (b * d)), a * (b + c / d)),
        (d * (4 * pi * e * v - q * y**3 / (d**2 + y**2)) / (4 * pi * e * y**2),
         d * (v / y**2 - q * y / (4 * pi * e * (d**2 + y**2)))),
        (c**2 * (u + v) / (c**2 + u * v), (u + v) / (1 + u * v / c**2)),
        (x * (a + sqrt(1 + y**2 / x**2)), x * (a + sqrt(1 + y**2 / x**2))),
        (a * b / (a + b), a * b / (a + b)),
        (a * x / (x + 3), a * x / (x + 3)),
        (1 / (1 / a + 1 / b), a * b / (a + b)),
        (a * b * (1 / x - 1 / y), a * b * (1 / x - 1 / y)),
    ],
    ids=str,
)  # fmt: skip
def test_a_factor_goes_into_a_sum_where_it_makes_the_whole_shorter(expr, by_hand):
    is_written(expr, by_hand)


@pytest.mark.parametrize(
    ("expr", "by_hand"),
    [
        (v * d * q * (d**4 / y**4 - 2 * d**2 / y**2 + 1 - q / (4 * pi * v * e * y)) / (y**2 * (1 - d**2 / y**2) ** 2),
         d * q * (v / y**2 - q * y / (4 * pi * e * (d**2 - y**2) ** 2))),
        (a * y**4 * (1 - d**2 / y**2) ** 2, a * (d**2 - y**2) ** 2),
        (a / (y**2 * (b / y + c) ** 2), a / (b + c * y) ** 2),
        (a * (y - x) ** 2, a * (x - y) ** 2),
        (a * (x - 2.5) ** 2, a * (x - 2.5) ** 2),
        (a / ((x - y) ** 2 * (x + y) ** 2), a / (x**2 - y**2) ** 2),
    ],
    ids=str,
)  # fmt: skip
def test_powers_of_sums_lose_their_denominators_and_face_one_way(expr, by_hand):
    is_written(expr, by_hand)


@pytest.mark.parametrize(
    ("expr", "by_hand"),
    [
        (sqrt(1 / (c**2 - u**2)), 1 / sqrt(c**2 - u**2)),
        (x * sqrt(1 / (c**2 + u**2)), x / sqrt(c**2 + u**2)),
        (x * sqrt(c / (y**2 + u**2)), x * sqrt(c / (y**2 + u**2))),
        (a - a * exp(-t / u), a * (1 - exp(-t / u))),
        (-3 * a / (b - 3), 3 * a / (3 - b)),
        (0.7 * exp(1.3 * x) + 0.7 * exp(-1.3 * x), 1.4 * sp.cosh(1.3 * x)),
    ],
    ids=str,
)
def test_of_equals_the_one_with_fewer_symbols_quotients_and_signs_is_written(expr, by_hand):
    is_written(expr, by_hand)


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_brought_in_leaves_the_values_and_shortens(seed):
    rng = np.random.default_rng(seed)
    symbols = sp.symbols("q r s", positive=True)

    def term():
        return sp.Mul(*(symbol ** int(power) for symbol, power in zip(symbols, rng.integers(-2, 3, 3), strict=True)))

    total = term() + term() * (term() + term()) ** rng.choice([2, -1]) + term() * sqrt(term() + term() + symbols[1])
    expr = term() * total ** int(rng.choice([1, 2, -1, -2]))
    X = rng.uniform(0.5, 2, (20, 3))
    for shorter in brought_in(expr):
        np.testing.assert_allclose(evaluate(shorter, symbols, X), evaluate(expr, symbols, X), rtol=1e-9)
        assert complexity(shorter) < complexity(expr)
