"""From the settings of the data panel to a dataset: a law of the catalogue, a typed formula, or a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from app.data import tables
from app.data.settings import DRAWN, DataSettings
from app.kept.work import Work
from app.session import Session

KINDS = {"law": "A law", "formula": "A formula", "table": "Your table", "typed": "Type data"}
RANGE = (-1.0, 1.0)  # of a variable nobody has set yet
SPREADS = {
    "uniform": "evenly",
    "log-uniform": "evenly in the logarithm",
    "normal": "as a bell curve",
    "integer": "whole numbers",
}
TO_TRY = {  # the menu beside Discover: short, varied, and every one of them is found again
    "hello_kan": "Hello, KAN",
    "pendulum": "The pendulum",
    "kepler": "Kepler's third law",
    "boyle": "Boyle's air",
    "galileo_ramp": "Galileo's ramp",
    "balmer": "Balmer's four lines",
    "lorentz": "The Lorentz factor",
    "lens": "The thin lens",
    "gaussian": "The bell curve",
    "damped_oscillation": "The damped oscillation",
    "ideal_gas": "The ideal gas",
    "gravitation": "Newton's gravitation",
}


@st.cache_data(show_spinner=False, max_entries=1)
def known_laws() -> dict[str, dict[str, str]]:
    """Title, story and source of the catalogue's entries, by key."""
    from datasets import catalogue

    return {one.key: {"title": one.title, "story": one.story, "source": one.source} for one in catalogue()}


def found_laws(search: str, collection: str | None) -> list[str]:
    """Keys of the catalogue's entries that have all of these words."""
    from datasets import catalogue

    return [one.key for one in catalogue(search, collection=collection)]


@st.cache_data(show_spinner=False, max_entries=64)
def card(key: str, nature: bool = False) -> dict[str, Any]:
    """What the page tells of an entry of the catalogue. `latex` is empty where no formula stands for it."""
    from datasets import catalogue_entry

    one = catalogue_entry(key)
    drawn = one.realistic if nature and one.realistic else one
    return {
        "story": one.story,
        "written": one.written,
        "latex": equation(drawn.formula, tuple(drawn.ranges)) if drawn.formula else "",
        "measured": f"{', '.join(one.inputs)} → {one.target}" if one.kind == "table" else "",
        "variables": _measured(one.load()) if one.kind == "table" else _drawn(drawn),
        "nature": one.realistic is not None,
        "field": one.field,
        "difficulty": one.difficulty,
        "source": one.source,
    }


def _drawn(one: Any) -> list[dict[str, Any]]:
    spans = ((name, span.ends) for name, span in one.ranges.items())
    return [{"Variable": name, "Unit": one.units.get(name, ""), "From": a, "To": b} for name, (a, b) in spans]


def _measured(data: Any) -> list[dict[str, Any]]:
    columns = ((name, data.column(name)) for name in (*data.names, data.target))
    units = data.units or {}
    return [
        {"Variable": name, "Unit": units.get(name, ""), "From": float(values.min()), "To": float(values.max())}
        for name, values in columns
    ]


def result(formula: str) -> str:
    """The name in front of the formula's = sign; empty without one, or where it is more than a name."""
    name = formula.partition("=")[0].strip()
    return name if "=" in formula and name.isidentifier() else ""


def equation(formula: str, names: Sequence[str] | None = None) -> str:
    """The formula in LaTeX; `names` are the variables that may occur. Raises FormulaError."""
    from sympy import Symbol, latex

    from datasets import parse_formula

    right = latex(parse_formula(formula, names))
    return f"{latex(Symbol(result(formula)))} = {right}" if result(formula) else right


@st.cache_data(show_spinner=False, max_entries=64)
def variables(formula: str) -> tuple[Any, list[str]]:
    """The parsed formula and its variables in alphabetical order. Raises FormulaError."""
    from datasets import FormulaError, parse_formula

    parsed = parse_formula(formula)
    if not parsed.free_symbols:
        raise FormulaError("A formula needs a variable, but the ones of this cancel. Write one such as 3*x.")
    return parsed, sorted(str(symbol) for symbol in parsed.free_symbols)


@st.cache_resource(show_spinner=False, max_entries=16)
def values(formula: str) -> Any:
    """The formula as a function of rows (n, d), columns in the order of `variables`; NaN where it has no value."""
    import numpy as np

    from datasets import compiled

    worked_out = compiled(*variables(formula))

    def finite(X: Any) -> Any:
        y = worked_out(X)
        return np.where(np.isfinite(y), y, np.nan)

    return finite


def content(s: DataSettings) -> tuple[str, bytes]:
    """Name and bytes of the table shown, uploaded or typed. Raises DataError where there is none."""
    from datasets import DataError

    if s.kind == "typed":
        return tables.TYPED, tables.written(s.typed_columns, s.typed_rows)
    if s.table is None:
        raise DataError("There is no table yet: choose a file first.")
    return s.table


def table(s: DataSettings) -> Any:
    """The `datasets.Table` shown, with its repairs. Raises DataError."""
    name, cells = content(s)
    return _table(name, cells, s.sheet if s.kind == "table" else None, s.mends)


@st.cache_resource(scope="session", show_spinner=False, max_entries=2)
def _table(name: str, cells: bytes, sheet: str | None, steps: list[dict[str, Any]]) -> Any:
    return tables.read(name, cells, sheet, steps)


@st.cache_data(scope="session", show_spinner=False, max_entries=2)
def sheets(cells: bytes) -> tuple[str, ...]:
    """The sheets of a workbook; none of any other file."""
    from datasets import sheet_names

    return sheet_names(cells)


def units(s: DataSettings, known: Any) -> dict[str, str]:
    """The units of a table's columns: those of the file, and those typed over them."""
    of_file = {one.name: one.unit or "" for one in known.columns}
    return {name: unit for name in of_file if (unit := s.units.get(name, of_file[name]).strip())}


def source(s: DataSettings) -> dict[str, Any]:
    """The settings that decide the dataset, as plain data to compare and to keep with it."""
    if s.kind == "law":
        return {"kind": "law", "entry": s.entry, "nature": s.nature, **_picked(s, DRAWN)}
    if s.kind == "formula":
        names = variables(s.formula)[1]
        ranges = {name: list(s.ranges.get(name, RANGE)) for name in names}
        spreads = {name: s.spreads[name] for name in names if s.spreads.get(name, "uniform") != "uniform"}
        return {"kind": "formula", "formula": s.formula, "ranges": ranges, "spreads": spreads, **_picked(s, DRAWN)}
    name, cells = content(s)
    chosen = _picked(s, ("target", "inputs", "sigma", "units", "si", "split", "by", "seed"))
    read = {"sheet": s.sheet if s.kind == "table" else None, "steps": list(s.mends)}
    return {"kind": s.kind, "name": name, "mark": tables.mark(cells), **read, **chosen}


def seen(s: DataSettings) -> dict[str, Any]:
    """The same; empty where the settings cannot be read."""
    from datasets import DataError, FormulaError

    try:
        return source(s)
    except (DataError, FormulaError):
        return {}


def _picked(s: DataSettings, names: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(s, name) for name in names}


def settle(s: DataSettings, known: Any) -> None:
    """Fits target, inputs and errors to a table's columns.

    The last column that is likely is the target until another is chosen: one that was mended, too.
    """
    names = [one.name for one in known.columns if one.usable]
    likely = [one.name for one in known.columns if one.proposed] or names
    guess = likely[-1] if likely else None
    if s.target not in names or (s.target == s.guessed and s.target != guess):
        s.target = s.guessed = guess
        s.sigma = known.sigma_of(guess) if guess else None
    columns = [one.name for one in known.columns]
    s.sigma = s.sigma if s.sigma in columns and s.sigma != s.target else None
    s.by = s.by if s.by in columns else None
    s.inputs = [name for name in s.inputs if name in names and name not in (s.target, s.sigma)]


def load(s: Session) -> tuple[Work, Sequence[Any]]:
    """The dataset of the panel's settings as a fresh piece of work, and widths that suit it.

    Raises DataError or FormulaError.
    """
    if s.kind in ("table", "typed"):
        settle(s, table(s))  # also for who is quicker than the page
    title, story, dataset, widths = _LOADERS[s.kind](s)
    return Work(source=source(s), title=title, story=story, dataset=dataset.to_dict()), widths


_Loaded = tuple[str, str, Any, Sequence[Any]]


def noise(s: DataSettings) -> Any:
    """The noise asked for, as `datasets.Noise`."""
    from datasets import Noise

    return Noise(s.noise, s.noise_kind, outliers=s.outliers, known=s.known and s.noise > 0)


def _law(s: DataSettings) -> _Loaded:
    from datasets import catalogue_entry

    entry = catalogue_entry(s.entry)
    ranges = "realistic" if s.nature and entry.realistic else "usual"
    data = entry.load(s.seed, s.points, noise(s), ranges=ranges, design=s.design, split=s.split)
    return entry.title, entry.story, data, entry.widths


def bounds(s: DataSettings, names: Sequence[str]) -> dict[str, Any]:
    """The range of each variable of the formula, as `datasets.sample` takes it."""
    spreads = {name: s.spreads.get(name, "uniform") for name in names}
    return {
        name: {"low": low, "high": high, "integer": True}
        if spreads[name] == "integer"
        else {"low": low, "high": high, "distribution": spreads[name]}
        for name, (low, high) in ((name, s.ranges.get(name, RANGE)) for name in names)
    }


def _formula(s: DataSettings) -> _Loaded:
    from datasets import sample

    names = variables(s.formula)[1]
    dataset = sample(s.formula, bounds(s, names), s.points, noise(s), s.seed, design=s.design, split=s.split)
    written = s.formula.strip()
    title = written if "=" in written else f"{dataset.target} = {written}"
    return title, f"{len(dataset.y)} points drawn from a typed formula.", dataset, (len(names), 5, 1)


def _table_data(s: DataSettings) -> _Loaded:
    from datasets import DataError, unit_text

    name, known = content(s)[0], table(s)
    if not s.target:
        raise DataError("There is no column to explain: repair one below, or choose another table.")
    data = known.to_dataset(s.target, inputs=s.inputs or None, sigma=s.sigma, seed=s.seed)
    told = units(s, known)
    data = replace(data, units={one: told[one] for one in (*data.names, data.target) if one in told})
    if s.split != "random":
        data = data.with_split(s.split, s.seed, known.frame[s.by].to_numpy() if s.by else None)
    if s.si:
        data = data.in_units({one: unit_text(dimensions) for one, dimensions in data.dimensions.items()})
    return f"{s.target} in {name}", f"{len(data.y)} rows of your table.", data, (len(data.names), 5, 1)


_LOADERS = {"law": _law, "formula": _formula, "table": _table_data, "typed": _table_data}
