"""Forty and more awkward files, each with what it gets: the table AWKWARD in awkward_tables.py is the one to read."""

import pytest
from awkward_tables import AWKWARD

from datasets import DataError, read_table


def _read_or_said(content):
    try:
        table = read_table(content)
    except DataError as error:
        return str(error)
    return {name: [None if cell != cell else cell for cell in column] for name, column in table.frame.items()}


@pytest.mark.parametrize(("content", "gets"), [row[1:] for row in AWKWARD], ids=[row[0] for row in AWKWARD])
def test_an_awkward_file_becomes_a_table_or_a_sentence(content, gets):
    if isinstance(gets, dict):
        gets = {name: [None if cell != cell else cell for cell in column] for name, column in gets.items()}
    assert _read_or_said(content) == gets


def _said_by(table, name, column):
    try:
        mended = table.repair(name, column)
    except DataError as error:
        return str(error)
    return mended.provenance[len(table.provenance)]


@pytest.mark.parametrize("content", [row[1] for row in AWKWARD], ids=[row[0] for row in AWKWARD])
def test_every_repair_proposed_for_an_awkward_file_can_be_taken(content):
    """It works, or says in a sentence what stands against it; what worked is told in the provenance."""
    try:
        table = read_table(content)
    except DataError:
        return
    proposed = [(name, report.name) for report in table.columns for name in report.repairs]
    for name, column in (*proposed, *((name, None) for name in table.repairs)):
        said = _said_by(table, name, column)
        assert said.endswith("."), said
    assert _read_or_said(content).keys() == {report.name for report in table.columns}
