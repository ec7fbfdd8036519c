"""The examples in the docstrings run."""

import doctest

import pytest

from datasets import _sample
from datasets.formulas import _formula
from datasets.tables import _table


@pytest.mark.parametrize("module", [_formula, _sample, _table], ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_run(module):
    outcome = doctest.testmod(module)
    assert outcome.attempted > 0
    assert outcome.failed == 0
