"""Variable projection against differences: the gradient of what is left, and curves fitted back to their numbers."""

import numpy as np
from scipy.optimize import approx_fprime

from symbolic.fitting._projection import least, projected, residual

X = np.linspace(-1, 2, 60)
Y = 2 * np.exp(-1.3 * X) - 0.7 * np.exp(0.4 * X) + 0.1 * np.sin(9 * X)  # no sum of two exponentials: much is left
WEIGHT = 1 + 0.5 * np.cos(X)


def basis(rates):
    return np.column_stack([np.ones_like(X), *(np.exp(rate * X) for rate in rates)])


def slopes(rates, y=Y):
    moved = np.column_stack([X * np.exp(rate * X) for rate in rates])
    return projected(basis(rates), moved, [1, 2], y, WEIGHT)


def test_the_gradient_of_the_squares_is_exact_although_the_jacobian_leaves_a_term_out():
    rates = np.array([-0.9, 0.6])
    left = residual(basis(rates), Y, WEIGHT)
    squares = approx_fprime(rates, lambda at: 0.5 * np.sum(residual(basis(at), Y, WEIGHT) ** 2), 1e-7)
    np.testing.assert_allclose(slopes(rates).T @ left, squares, rtol=1e-4)


def test_with_slopes_the_rates_of_a_sum_are_found():
    y = 3 - 2 * np.exp(-1.7 * X) + 0.5 * np.exp(0.8 * X)
    found = least(lambda at: residual(basis(at), y, WEIGHT), np.array([-1.0, 0.5]), slopes=lambda at: slopes(at, y))
    np.testing.assert_allclose(found, [-1.7, 0.8], rtol=1e-6)
