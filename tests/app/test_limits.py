"""Limits come from the environment, and what cannot be read is told."""

from dataclasses import fields

import pytest

from app.limits import MEANING, Limits, LimitsError, name, read, table


def test_an_empty_environment_gives_the_defaults():
    assert read({}) == Limits()


def test_each_setting_has_its_variable_and_is_told():
    asked = {name(f.name): "7" for f in fields(Limits)}
    assert {str(getattr(read(asked), f.name)) for f in fields(Limits)} == {"7"}
    assert set(MEANING) == {f.name for f in fields(Limits)}
    assert all(variable in table() for variable in asked)


@pytest.mark.parametrize("text", ["two", "-1", "0", "1.5", "9" * 12])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(LimitsError, match="KANVAS_WORKERS should be a whole number above zero"):
        read({"KANVAS_WORKERS": text})
