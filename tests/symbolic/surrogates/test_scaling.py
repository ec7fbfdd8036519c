"""Scaling exponents by fits to y: laws whose exponents are known by construction, noise and all."""

from fractions import Fraction

import numpy as np
import pytest

from symbolic.surrogates._scaling import Scaling, scalings

N = 6000


def drawn(d, seed=0):
    return np.random.default_rng(seed).uniform(1.0, 5.0, (N, d))


def noisy(y, share, seed=1):
    return y + share * np.sqrt(np.mean(y**2)) * np.random.default_rng(seed).normal(size=len(y))


def last(X, y, weight=None):
    return list(scalings(X, y, np.ones(len(y)) if weight is None else weight, 0))[-1]


def assert_flows(found: Scaling, monomial, groups):
    """Along each flow, by the chain rule: no group moves, and y grows as its monomial does."""
    for power_of_y, *flow in found.flows:
        for group in groups:
            assert sum(Fraction(q) * a for q, a in zip(group, flow, strict=True)) == 0
        assert sum(Fraction(p) * a for p, a in zip(monomial, flow, strict=True)) == -power_of_y


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1])
def test_a_law_with_one_group_is_scaled_down_to_it_through_noise(share):
    w, T, h, k, c = drawn(5).T
    y = noisy(w**2 * k * T / c**2 * np.exp(-h * w / (k * T)), share)
    found = last(np.column_stack([w, T, h, k, c]), y)
    assert len(found.gone) == 4
    assert_flows(found, (2, 1, 0, 1, -2), [(1, -1, 1, -1, 0)])


@pytest.mark.parametrize("share", [0.0, 0.1])
def test_two_groups_and_four_powers_are_told_apart(share):
    X = drawn(6)
    a, b, c, d, e, f = X.T
    found = last(X, noisy(a**2 * b / c * (1 + np.cos(d * e / 4) / f), share))
    assert len(found.gone) == 4
    assert_flows(found, (2, 1, -1, 0, 0, 0), [(0, 0, 0, 1, 1, 0), (0, 0, 0, 0, 0, 1)])


def test_noise_may_carry_y_to_the_other_side_of_zero():
    X = drawn(3)
    found = last(X, noisy(X[:, 0] ** 3 / (X[:, 1] + X[:, 2]), 0.1))
    assert_flows(found, (3, -1, 0), [(0, 1, -1)])
    assert len(found.gone) == 2


def test_a_column_that_changes_its_sign_stays_as_it_is():
    X = drawn(3)
    X[:, 2] -= 3.0
    found = last(X, X[:, 0] ** 2 / X[:, 1] * np.sin(X[:, 2]))
    assert set(found.gone) == {0, 1}
    assert_flows(found, (2, -1, 0), [(0, 0, 1)])


def test_rows_count_by_their_weight():
    X = drawn(3)
    y = X[:, 0] ** 2 * np.exp(-X[:, 1] / X[:, 2])
    wrong = np.arange(N) % 2 == 1
    y = np.where(wrong, 3 * X[:, 0] * X[:, 1], y)
    assert_flows(last(X, y, np.where(wrong, 0.0, 1.0)), (2, 0, 0), [(0, 1, -1)])


def test_a_sum_that_does_not_scale_is_left_alone():
    X = drawn(3)
    y = np.exp(X[:, 0] / 2) + np.sin(X[:, 1]) + np.log(1 + X[:, 2])
    assert all(not found.gone for found in scalings(X, y, np.ones(N), 0))


def test_other_columns_may_go_for_the_same_groups():
    X = drawn(3)
    found = last(X, X[:, 0] ** 2 * np.exp(-X[:, 1] / X[:, 2]))
    choices = list(found.choices([0, 1, 2]))
    assert {choice.gone for choice in choices} == {(0, 1), (0, 2)}  # without x₀, y would have no unit
    for choice in choices:
        assert_flows(choice, (2, 0, 0), [(0, 1, -1)])
