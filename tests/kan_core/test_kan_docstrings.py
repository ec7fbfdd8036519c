"""The examples in the docstrings run."""

import doctest

import pytest

from kan_core import _network, _spline


@pytest.mark.parametrize("module", [_network, _spline], ids=lambda module: module.__name__)
def test_the_examples_of_the_engine_run(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0
