"""What the user has locked: expressions that stand in the law, and the function it begins with.

An expression becomes a column, the columns in it leave the race, and a link is taken off the target. What is found
between is put back into the user's columns, and its constants are fitted to the target itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._errors import SymbolicError
from symbolic.asked._gate import Rows
from symbolic.asked._hints import Hints
from symbolic.fitting._refine import refine
from symbolic.formulas._complexity import complexity
from symbolic.formulas._numeric import evaluate
from symbolic.laws._constants import parametrise, recognise
from symbolic.laws._law import Discovery, Law, make_variables

Array = NDArray[np.float64]
ArrayMap = Callable[[Array], Array]


@dataclass(frozen=True)
class Link:
    """y = g(z): g in SymPy, z of y, |dy/dz| at z, and what y must be."""

    sympy: Callable[[sp.Expr], sp.Expr]
    inverse: ArrayMap
    slope: ArrayMap
    needs: str
    defined: Callable[[Array], bool]


def _always(_: Array) -> bool:
    return True


LINKS: dict[str, Link] = {
    "exp": Link(sp.exp, np.log, np.exp, "positive", lambda y: bool((y > 0).all())),
    "log": Link(sp.log, np.exp, lambda z: 1 / z, "below 300", lambda y: bool((y < 300).all())),
    "sqrt": Link(sp.sqrt, np.square, lambda z: 0.5 / np.sqrt(np.maximum(z, 1e-300)), "positive",
                 lambda y: bool((y >= 0).all())),
    "x^2": Link(lambda z: z**2, np.sqrt, lambda z: 2 * z, "positive", lambda y: bool((y >= 0).all())),
    "1/x": Link(lambda z: 1 / z, lambda y: 1 / y, lambda z: z**-2.0, "other than zero", lambda y: bool((y != 0).all())),
    "tan": Link(sp.tan, np.arctan, lambda z: 1 + np.tan(z) ** 2, "finite", _always),
    "sin": Link(sp.sin, np.arcsin, np.cos, "between -1 and 1", lambda y: bool((np.abs(y) <= 1).all())),
    "cos": Link(sp.cos, np.arccos, lambda z: -np.sin(z), "between -1 and 1", lambda y: bool((np.abs(y) <= 1).all())),
    "tanh": Link(sp.tanh, np.arctanh, lambda z: 1 - np.tanh(z) ** 2, "between -1 and 1",
                 lambda y: bool((np.abs(y) < 1).all())),
    "sinh": Link(sp.sinh, np.arcsinh, np.cosh, "finite", _always),
}  # fmt: skip


@dataclass(frozen=True)
class Locked:
    """A smaller problem: its rows, and what each of its columns and its target stand for."""

    rows: Rows
    whole: Rows
    columns: tuple[sp.Expr, ...]
    link: Link | None
    derived: tuple[int, ...]

    def back(self, found: Discovery, hints: Hints, few: bool) -> Discovery:
        """The discovery in the user's own columns; laws without a locked expression are left out."""
        laws = [(law, self._law(law, few)) for law in found.front]
        if found.best is not None and not any(old is found.best for old, _ in laws):
            laws.append((found.best, self._law(found.best, few)))
        left_out = [f"{old} was left out: it does without what is locked." for old, new in laws if new is None]
        kept = [(old, new) for old, new in laws if new is not None and not hints.fault(new.expr)]
        best = next((new for old, new in kept if old is found.best), None)
        front = tuple(sorted((new for _, new in kept), key=lambda law: law.complexity))
        evidence = (*found.evidence, *left_out)
        if best is None:
            nothing = "No law keeps what the hints have locked and explains the data."
            return replace(found, best=None, front=front, status="none", evidence=(*evidence, nothing), model=None)
        return replace(found, best=best, front=front, evidence=evidence, model=None)

    def _law(self, law: Law, few: bool) -> Law | None:
        inner = dict(zip(law.symbols, self.columns, strict=True))
        if any(law.symbols[k] not in law.expr.free_symbols for k in self.derived):
            return None
        expr = law.expr.xreplace(inner)
        variables = make_variables(self.whole.names)
        X = self.whole.X
        domain = {v.name: (float(c.min()), float(c.max())) for v, c in zip(variables, X.T, strict=True)}
        law = replace(law, expr=expr, variables=variables, domain=domain, target=self.whole.target, law_vs_network=None)
        law = replace(law, complexity=complexity(expr))
        return law if self.link is None else self._refitted(law, self.link.sympy(expr), few)

    def _refitted(self, law: Law, expr: sp.Expr, few: bool) -> Law:
        """The law with its link, its constants fitted to the target itself."""
        rows = self.whole
        X, y = (rows.X, rows.y) if few else rows.part("train", "validation")
        chosen = slice(None) if few else np.concatenate([rows.split["train"], rows.split["validation"]])
        sigma = None if rows.sigma is None else rows.sigma[chosen]
        free, start = parametrise(expr)
        try:
            fitted = refine(free, start, X, y, law.symbols, sigma)
            settled = recognise(free, fitted, X, y, law.symbols, sigma)
        except SymbolicError:
            return replace(law, expr=expr, complexity=complexity(expr), **self._errors(expr, law, few))
        form = settled.expr
        return replace(
            law, expr=form, complexity=complexity(form), constants=settled.constants, **self._errors(form, law, few)
        )

    def _errors(self, expr: sp.Expr, law: Law, few: bool) -> dict[str, Any]:
        rows = self.whole

        def rmse(X: Array, y: Array) -> float | None:
            return float(np.sqrt(np.mean((evaluate(expr, law.symbols, X) - y) ** 2))) if len(y) else None

        if few:
            return {"rmse_train": rmse(rows.X, rows.y), "rmse_validation": None, "rmse_test": None, "r2_test": None}
        found = {f"rmse_{name}": rmse(*rows.part(name)) for name in ("train", "validation", "test")}
        spread, test = float(np.std(rows.part("test")[1])), found["rmse_test"]
        return {**found, "r2_test": None if test is None or spread == 0 else 1 - (test / spread) ** 2}


def locked(rows: Rows, hints: Hints) -> Locked | None:
    """The smaller problem that the hints leave; None where nothing is locked. Raises SymbolicError where that fails."""
    if not hints.contains and hints.link is None:
        return None
    symbols = [sp.Symbol(v.symbol) for v in make_variables(rows.names)]
    inside = set().union(*(expr.free_symbols for expr in hints.contains if not expr.is_Symbol))
    listed = {expr for expr in hints.contains if expr.is_Symbol}
    derived = [expr for expr in hints.contains if not expr.is_Symbol]
    plain = [symbol for symbol in symbols if symbol not in inside or symbol in listed]
    columns = (*derived, *plain)
    X = np.column_stack([evaluate(expr, symbols, rows.X) for expr in columns])
    for expr, values in zip(columns, X.T, strict=True):
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0]) + 1
            raise SymbolicError(f"Hint 'contains' has {expr}, which has no finite value in row {row}.")
    link = None if hints.link is None else LINKS[hints.link]
    y, sigma = rows.y, rows.sigma
    if link is not None:
        if not link.defined(rows.y):
            raise SymbolicError(f"Hint 'link' says {rows.target} = {hints.link}(…), which needs values {link.needs}.")
        with np.errstate(all="ignore"):
            y = link.inverse(rows.y)
            slope = np.abs(link.slope(y))
        if not np.isfinite(y).all() or not np.ptp(y) > 0:
            raise SymbolicError(
                f"Hint 'link' cannot be taken off {rows.target}: it has no finite inverse on every row."
            )
        sigma = None if sigma is None else sigma / np.maximum(slope, 1e-9 * float(np.max(slope)))
    names = tuple(_written(expr, symbols, rows.names) for expr in columns)
    target = rows.target if link is None else f"{rows.target} without {hints.link}"
    smaller = replace(rows, X=X, y=y, sigma=sigma, names=names, target=target)
    return Locked(smaller, rows, columns, link, tuple(range(len(derived))))


def _written(expr: sp.Expr, symbols: list[sp.Symbol], names: tuple[str, ...]) -> str:
    return names[symbols.index(expr)] if expr in symbols else str(expr).replace("**", "^")
