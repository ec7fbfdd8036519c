"""From the settings of the data panel to a dataset: a law of the catalogue, a typed formula, or a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.session import Session, Work

KINDS = {"law": "A known law", "formula": "A formula", "table": "Your table"}
RANGE = (-1.0, 1.0)  # of a variable nobody has set yet


@st.cache_data(show_spinner=False, max_entries=1)
def known_laws() -> dict[str, dict[str, str]]:
    """Title, story and source of the catalogue's entries, by key."""
    from datasets import catalogue

    return {one.key: {"title": one.title, "story": one.story, "source": one.source} for one in catalogue()}


def variables(formula: str) -> tuple[Any, list[str]]:
    """The parsed formula and its variables in alphabetical order. Raises FormulaError."""
    from datasets import parse_formula

    parsed = parse_formula(formula)
    return parsed, sorted(str(symbol) for symbol in parsed.free_symbols)


@st.cache_data(show_spinner=False, max_entries=8)
def columns(name: str, content: bytes) -> tuple[list[str], list[str]]:
    """The usable columns of an uploaded table, and what keeps the others from being used. Raises DataError."""
    from datasets import read_table

    reports = read_table(content, name).columns
    return [one.name for one in reports if one.usable], [one.complaint() for one in reports if not one.usable]


def source(s: Session) -> dict[str, Any]:
    """The settings that decide the dataset, as plain data to compare and to keep with it."""
    if s.kind == "law":
        return {"kind": "law", "entry": s.entry, "points": s.points, "noise": s.noise, "seed": s.seed}
    if s.kind == "table":
        name, content = s.table or ("", b"")
        return {"kind": "table", "name": name, "size": len(content), "target": s.target, "inputs": list(s.inputs)}
    ranges = {name: list(s.ranges.get(name, RANGE)) for name in variables(s.formula)[1]}
    return {
        "kind": "formula",
        "formula": s.formula,
        "ranges": ranges,
        "points": s.points,
        "noise": s.noise,
        "seed": s.seed,
    }


def choose_target(s: Session, names: Sequence[str]) -> None:
    """The last column is the target until another is chosen: also for who is quicker than the page."""
    if s.target not in names:
        s.target, s.inputs = (names[-1] if names else None), []


def load(s: Session) -> tuple[Work, Sequence[Any]]:
    """The dataset of the panel's settings as a fresh piece of work, and widths that suit it.

    Raises DataError or FormulaError.
    """
    if s.kind == "table" and s.table is not None:
        choose_target(s, columns(*s.table)[0])
    chosen = source(s)
    title, story, dataset, widths = {"law": _law, "formula": _formula, "table": _table}[s.kind](s, chosen)
    return Work(source=chosen, title=title, story=story, dataset=dataset.to_dict()), widths


_Loaded = tuple[str, str, Any, Sequence[Any]]


def _law(s: Session, chosen: dict[str, Any]) -> _Loaded:
    from datasets import catalogue

    entry = next(one for one in catalogue() if one.key == chosen["entry"])
    return entry.title, entry.story, entry.load(seed=s.seed, n=s.points, noise=s.noise), entry.widths


def _formula(s: Session, chosen: dict[str, Any]) -> _Loaded:
    from datasets import sample

    ranges = {name: tuple(ends) for name, ends in chosen["ranges"].items()}
    dataset = sample(s.formula, ranges, n=s.points, noise=s.noise, seed=s.seed)
    written = s.formula.strip()
    title = written if "=" in written else f"{dataset.target} = {written}"
    return title, f"{s.points} points drawn from a typed formula.", dataset, (len(ranges), 5, 1)


def _table(s: Session, chosen: dict[str, Any]) -> _Loaded:
    from datasets import DataError, read_table

    if s.table is None:
        raise DataError("There is no table yet: choose a CSV file first.")
    if not chosen["target"]:
        raise DataError("There is no column to explain: choose the target.")
    name, content = s.table
    dataset = read_table(content, name).to_dataset(chosen["target"], inputs=chosen["inputs"] or None, seed=s.seed)
    title = f"{chosen['target']} in {name}"
    return title, f"{len(dataset.y)} rows of your table.", dataset, (len(dataset.names), 5, 1)
