"""Hints as a user gives them, read field by field."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sympy as sp

from symbolic._errors import SymbolicError
from symbolic.asked._hints import GROUPS, Hints, Known
from symbolic.formulas._functions import LIBRARY, SymbolicFunction
from symbolic.formulas._made_of import used
from symbolic.formulas._own import own_function
from symbolic.laws._law import make_variables

_ALIASES = {
    "ln": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "log10": "log", "Abs": "abs", "sgn": "sign",
    "square": "x^2", "cube": "x^3", "inverse": "1/x", "pow": "powers", "power": "powers", "trig": "trigonometric",
}  # fmt: skip


def read_hints(hints: Mapping[str, Any] | Hints | None, names: Sequence[str], functions: Sequence[Any] = ()) -> Hints:
    """Return hints for a table with these columns. Raises SymbolicError: which field, what came, what to do.

    >>> read_hints({"forbidden": ["tan"], "max_complexity": 12, "contains": ["a/b"]}, ["a", "b"]).contains
    (a/b,)
    """
    if isinstance(hints, Hints):
        return hints
    hints = {} if hints is None else hints
    if not isinstance(hints, Mapping):
        raise SymbolicError(f"Hints are a table of fields such as {{'forbidden': ['tan']}}; got {_shown(hints)}.")
    for key in hints:
        if key not in _FIELDS:
            near = difflib.get_close_matches(str(key), _FIELDS, n=1)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            raise SymbolicError(f"There is no hint '{key}'.{meant} Known: {', '.join(_FIELDS)}.")
    read: dict[str, Any] = {key: _FIELDS[key](value, names) for key, value in hints.items() if value is not None}
    own = (*read.get("functions", ()), *_functions(list(functions), names))
    made_of = frozenset(name for row in own for name in used(row.sympy(sp.Symbol("u"))))
    both = read["allowed"] & read["forbidden"] if {"allowed", "forbidden"} <= set(read) else ()
    if both:
        raise SymbolicError(f"The hints both allow and forbid '{sorted(both)[0]}'. Take it out of one of the lists.")
    return Hints(**{**read, "functions": own, "heads": made_of})


def load_hints(path: str) -> dict[str, Any]:
    """Return the hints in a JSON file, for `read_hints`. Raises SymbolicError where it is no table of fields."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SymbolicError(f"The hints in '{path}' cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise SymbolicError(
            f'The hints in \'{path}\' are no JSON ({error}). Write {{"forbidden": ["tan"]}}.'
        ) from error
    if not isinstance(found, dict):
        raise SymbolicError(f'The hints in \'{path}\' are a table of fields such as {{"forbidden": ["tan"]}}.')
    return found


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _names(hint: str) -> Callable[[Any, Sequence[str]], frozenset[str]]:
    def read(value: Any, _: Sequence[str]) -> frozenset[str]:
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list | tuple | set | frozenset) or not all(isinstance(v, str) for v in listed):
            raise SymbolicError(f"Hint '{hint}' lists names of functions, as in ['sin', 'exp']; got {_shown(value)}.")
        known = [*LIBRARY, *GROUPS]
        found = set()
        for name in listed:
            plain = _ALIASES.get(name.strip(), name.strip())
            if plain not in known:
                near = difflib.get_close_matches(plain, known, n=1)
                meant = f" Did you mean '{near[0]}'?" if near else ""
                raise SymbolicError(
                    f"Hint '{hint}' names '{name}', which is no function.{meant} Known: {', '.join(known)}."
                )
            found.add(plain)
        return frozenset(found)

    return read


def _complexity(value: Any, _: Sequence[str]) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise SymbolicError(f"Hint 'max_complexity' is a whole number of at least 1; got {_shown(value)}.")
    return value


def _constants(value: Any, names: Sequence[str]) -> tuple[Known, ...]:
    if not isinstance(value, Mapping):
        raise SymbolicError(
            "Hint 'constants' is a table of values, as in {'g': 9.81} or {'g': {'value': 9.81, 'unit': 'm/s^2'}}; "
            f"got {_shown(value)}."
        )
    return tuple(_known(str(name), given, names) for name, given in value.items())


def _known(name: str, given: Any, names: Sequence[str]) -> Known:
    from datasets import DataError, read_unit

    if isinstance(given, list | tuple) and len(given) == 2:
        given = {"value": given[0], "unit": given[1]}
    fields = given if isinstance(given, Mapping) else {"value": given}
    number, unit = fields.get("value"), fields.get("unit")
    if set(fields) - {"value", "unit"} or isinstance(number, bool) or not isinstance(number, int | float):
        raise SymbolicError(f"The known constant '{name}' needs a value and perhaps a unit; got {_shown(given)}.")
    if not math.isfinite(number) or number == 0:
        raise SymbolicError(f"The known constant '{name}' must be finite and not zero; got {number}.")
    if name in names or not name.isidentifier():
        raise SymbolicError(f"A known constant has a name of its own, a word that no column has; got '{name}'.")
    if unit is not None:
        try:
            read_unit(unit)
        except (DataError, TypeError, AttributeError) as error:
            raise SymbolicError(f"The unit of the known constant '{name}' cannot be read. {error}") from error
    return Known(name, float(number), unit)


def _contains(value: Any, names: Sequence[str]) -> tuple[sp.Expr, ...]:
    from datasets import FormulaError, parse_formula

    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(v, str | sp.Expr) for v in listed):
        raise SymbolicError(f"Hint 'contains' lists expressions of the columns, as in ['a/b']; got {_shown(value)}.")
    symbols = {v.name: sp.Symbol(v.symbol) for v in make_variables(names)}
    plain = {symbol.name: symbol for symbol in symbols.values()}
    found = []
    for text in listed:
        try:
            expr = parse_formula(text) if isinstance(text, str) else text
        except FormulaError as error:
            raise SymbolicError(f"Hint 'contains' cannot be read at {text!r}. {error}") from error
        columns = {s: symbols.get(s.name) or plain.get(s.name) for s in expr.free_symbols}
        strange = sorted(s.name for s, column in columns.items() if column is None)
        if strange or not columns:
            said = f"'{strange[0]}', which is no column" if strange else "no column"
            raise SymbolicError(f"Hint 'contains' has {said} in {text}. The columns are {', '.join(plain)}.")
        found.append(expr.xreplace(columns))
    return tuple(found)


def _link(value: Any, _: Sequence[str]) -> str:
    from symbolic.asked._locked import LINKS

    plain = _ALIASES.get(value, value) if isinstance(value, str) else None
    if plain not in LINKS:
        raise SymbolicError(f"Hint 'link' is one of {', '.join(LINKS)}; got {_shown(value)}.")
    return plain


def _functions(value: Any, _: Sequence[str]) -> tuple[SymbolicFunction, ...]:
    if isinstance(value, str | SymbolicFunction | sp.Expr):
        value = [value]
    if not isinstance(value, list | tuple):
        raise SymbolicError(
            f"Hint 'functions' lists formulas of one variable, as in ['u*exp(-u)']; got {_shown(value)}."
        )
    return tuple(_function(one) for one in value)


def _function(one: Any) -> SymbolicFunction:
    if isinstance(one, SymbolicFunction):
        return one
    if not isinstance(one, Mapping):
        return own_function(one)
    fields = {"formula", "name", "domain", "complexity", "redundant"}
    if "formula" not in one or set(one) - fields:
        raise SymbolicError(
            f"A function in the hints has the fields {', '.join(sorted(fields))}; got {_shown(dict(one))}."
        )
    try:
        domain = None if one.get("domain") is None else (one["domain"][0], one["domain"][1])
        return own_function(
            one["formula"], one.get("name"), domain=domain, complexity=one.get("complexity"),
            redundant=one.get("redundant"),
        )  # fmt: skip
    except (TypeError, IndexError, KeyError) as error:
        raise SymbolicError(f"A function in the hints cannot be read ({error}): {_shown(dict(one))}.") from error


def _flag(value: Any, _: Sequence[str]) -> bool:
    if not isinstance(value, bool):
        raise SymbolicError(f"Hint 'unit_constants' is true or false; got {_shown(value)}.")
    return value


_FIELDS: dict[str, Callable[[Any, Sequence[str]], Any]] = {
    "allowed": _names("allowed"),
    "forbidden": _names("forbidden"),
    "max_complexity": _complexity,
    "constants": _constants,
    "contains": _contains,
    "link": _link,
    "functions": _functions,
    "unit_constants": _flag,
}
