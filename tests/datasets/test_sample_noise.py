"""Errors of measurement on sampled points."""

import numpy as np
import pytest

from datasets import DataError, Noise, sample


def _errors(noise, n=50_000, formula="1000 x", ranges=None, **settings):
    ranges = ranges or {"x": (1, 2)}
    clean, noisy = (sample(formula, ranges, n=n, noise=one, **settings) for one in (0.0, noise))
    np.testing.assert_array_equal(clean.X, noisy.X)
    return noisy.y - clean.y, clean, noisy


def test_a_number_is_a_share_of_the_root_mean_square():
    plain, _, _ = _errors(0.05)
    spelled, clean, _ = _errors(Noise(0.05))
    np.testing.assert_array_equal(plain, spelled)
    assert np.std(plain) == pytest.approx(0.05 * np.sqrt(np.mean(clean.y**2)), rel=0.02)


def test_absolute_noise_is_in_the_unit_of_the_target():
    error, _, _ = _errors(Noise(3.0, kind="absolute"))
    assert np.std(error) == pytest.approx(3, rel=0.02)


def test_relative_noise_follows_each_value():
    error, clean, _ = _errors(Noise(0.1, kind="relative"), formula="x^8", ranges={"x": (1, 10)})
    assert np.std(error / clean.y) == pytest.approx(0.1, rel=0.02)


def test_outliers_are_as_many_and_as_far_as_asked():
    error, _, _ = _errors(Noise(1.0, kind="absolute", outliers=0.05, outlier_size=100))
    far = np.abs(error) > 5
    assert np.mean(far) == pytest.approx(0.05 * 0.96, rel=0.1)  # 4 % of the outliers are within 5 by chance
    assert np.std(error[far]) == pytest.approx(100, rel=0.1)
    assert np.std(error[~far]) == pytest.approx(1, rel=0.05)


def test_noise_on_the_training_rows_alone_leaves_the_others_clean():
    error, _, noisy = _errors(Noise(0.1, only_training=True), n=1000)
    assert (error[noisy.split.train] != 0).all()
    assert not error[noisy.split.validation].any()
    assert not error[noisy.split.test].any()
    both, _, _ = _errors(Noise(0.1), n=1000)
    np.testing.assert_array_equal(error[noisy.split.train], both[noisy.split.train])


def test_known_noise_becomes_the_standard_error_of_every_row():
    noisy = sample("x^2", {"x": (1, 2)}, n=100, noise=Noise(0.1, kind="relative", known=True))
    np.testing.assert_allclose(noisy.sigma, 0.1 * noisy.X[:, 0] ** 2)
    assert sample("x^2", {"x": (1, 2)}, n=100, noise=0.1).sigma is None
    with pytest.raises(DataError, match="positive in every row"):
        sample("x", {"x": {"low": 0, "high": 1, "levels": 2}}, noise=Noise(0.1, kind="relative", known=True))


def test_the_story_of_the_noise_is_told():
    noise = Noise(0.1, kind="relative", outliers=0.02, only_training=True)
    assert sample("2x", {"x": (0, 1)}, n=70, noise=noise).provenance == (
        "70 points drawn from 2*x with 0.1 of each value as noise, 0.02 of the rows 10 times as far off, "
        "in the training rows only, seed 0.",
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"size": -1}, "0 or more, but -1 came"),
        ({"size": "much"}, "but 'much' came"),
        ({"size": float("inf")}, "but inf came"),
        ({"size": 1, "kind": "absolut"}, "Did you mean 'absolute'"),
        ({"size": 1, "outliers": 2}, "a share of the rows, 0 to 1, but 2 came"),
        ({"size": 1, "outliers": "few"}, "but 'few' came"),
        ({"size": 1, "outlier_size": 0}, "a positive factor, but 0 came"),
    ],
)
def test_noise_that_makes_no_sense_is_refused(settings, words):
    with pytest.raises(DataError, match=words):
        Noise(**settings)
