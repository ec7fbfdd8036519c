"""Separable least squares against SciPy's, which knows nothing of what is linear."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from symbolic.fitting._separable import descended, solved

X = np.linspace(0, 4, 60)
Y = 2.0 * np.exp(-0.7 * X) + 0.5 * np.exp(-0.1 * X) + 0.01 * np.sin(40 * X)


@dataclass(frozen=True)
class Decays:
    rates: np.ndarray

    @property
    def design(self):
        return np.exp(-np.outer(X, self.rates))

    @property
    def gram(self):
        return self.design.T @ self.design

    @property
    def coef(self):
        return np.linalg.lstsq(self.design, Y, rcond=None)[0]

    @property
    def left(self):
        return Y - self.design @ self.coef

    @property
    def squares(self):
        return float(self.left @ self.left)

    def outer(self):
        return -X[:, None] * self.design * self.coef


def test_it_descends_to_the_least_squares_of_all_numbers_together():
    found = descended(Decays(np.array([1.5, 0.05])), Decays.outer, lambda f, step: Decays(f.rates + step), 60, 1e-14)
    whole = least_squares(
        lambda p: p[0] * np.exp(-p[1] * X) + p[2] * np.exp(-p[3] * X) - Y, [1.0, 1.5, 1.0, 0.05], xtol=1e-14, ftol=1e-14
    )
    np.testing.assert_allclose(found.squares, 2 * whole.cost, rtol=1e-9)
    np.testing.assert_allclose(sorted(found.rates), sorted([whole.x[1], whole.x[3]]), rtol=1e-4)


def test_what_is_good_enough_ends_it_and_what_is_far_off_is_given_up():
    start = Decays(np.array([1.5, 0.05]))
    assert descended(start, Decays.outer, lambda f, s: Decays(f.rates + s), 60, 0.0, ends=(1e9, np.inf)) is start
    tried = []

    def moved(fit, step):
        tried.append(fit)
        return Decays(fit.rates + step)

    descended(start, Decays.outer, moved, 60, 0.0, ends=(0.0, 0.0))
    assert len({id(fit) for fit in tried}) == 4


def test_columns_that_depend_on_each_other_do_no_harm():
    A = np.column_stack([np.ones(30), np.linspace(0, 1e6, 30), np.linspace(0, 2e6, 30)])
    y = A @ [1.0, 2e-6, 0.0]
    np.testing.assert_allclose(A @ solved(A.T @ A, A.T @ y), y, rtol=1e-5)
