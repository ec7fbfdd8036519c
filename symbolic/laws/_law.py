"""Laws: what a search hands back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._errors import SymbolicError
from symbolic.formulas._digits import rooms
from symbolic.formulas._numeric import evaluate
from symbolic.formulas._text import identifiers, latex_name, latex_text, plain_text, spoken, sympy_text
from symbolic.formulas._tree import from_tree, to_tree

if TYPE_CHECKING:
    from kan_core import KAN
    from symbolic.laws._decide import Decision

Status = Literal["exact", "noise", "approximate", "none"]


@dataclass(frozen=True)
class Variable:
    """An input column: its `name` in the table, and the identifier `symbol` that stands for it in the law."""

    name: str
    symbol: str


@dataclass(frozen=True)
class Constant:
    """A constant of a law.

    `stderr` is the standard error with which the data determine it (None where they do not), measured before the
    constant was recognised; `recognised` is its exact form ("3/2", "2*pi") or None for a measured number; `name` is
    what the user called it, where they did. `interval` holds it with 95 % confidence, where that was asked.
    """

    value: float
    stderr: float | None = None
    unit: str | None = None
    recognised: str | None = None
    name: str | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Uncertainty:
    """How well the data determine a law.

    `covariance` (p, p) is that of the measured numbers of its expression, in the order in which they first stand
    there; None where the data do not determine them. `scatter` is the standard deviation of a new measurement around
    the law, in units of the target or, where `relative`, as a share of it; `dof` are the degrees of freedom it
    was read with (None where the errors of the data were given).
    """

    covariance: tuple[tuple[float | None, ...], ...]
    scatter: float
    dof: int | None
    relative: bool = False


class Prediction(NamedTuple):
    """Values of a law (n,) with their bands; NaN where the data do not determine them.

    `stderr` is the standard error of the law itself, `spread` that of a new measurement, and a new measurement lies
    between `low` and `high` with 95 % confidence, all in units of the target.
    """

    values: NDArray[np.float64]
    stderr: NDArray[np.float64]
    spread: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def make_variables(names: Iterable[str]) -> tuple[Variable, ...]:
    """Return a variable for each column, with unique symbols that SymPy reads back as symbols.

    >>> [v.symbol for v in make_variables(["a", "mass (kg)", "E", "lambda"])]
    ['a', 'mass_kg', 'E_', 'lambda_']
    """
    names = [str(name) for name in names]
    return tuple(Variable(name, symbol) for name, symbol in zip(names, identifiers(names), strict=True))


@dataclass(frozen=True)
class Law:
    """A closed-form law target = expr in the user's own columns and units.

    `expr` is a SymPy expression of plain symbols, those of `variables` (every input column, in the order of X). Errors
    are root mean squares in units of the target and None where there were no such rows. `law_vs_network` is the root
    mean square difference from the network the law was read from. `domain` is the range of each column (by name) over
    the data. `uncertainty` is what bands around predictions are made from. `provenance` says how the law was found.

    >>> x = sp.Symbol("x")
    >>> print(Law(x ** sp.Rational(3, 2), "T", make_variables(["x"])))
    T = x^(3/2)
    """

    expr: sp.Expr
    target: str
    variables: tuple[Variable, ...]
    complexity: int = 0
    rmse_train: float | None = None
    rmse_validation: float | None = None
    rmse_test: float | None = None
    r2_test: float | None = None
    constants: tuple[Constant, ...] = ()
    domain: Mapping[str, tuple[float, float]] | None = None
    law_vs_network: float | None = None
    provenance: str = ""
    uncertainty: Uncertainty | None = None

    @property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The SymPy symbols of the columns, in the order of X."""
        return tuple(sp.Symbol(variable.symbol) for variable in self.variables)

    @overload
    def predict(self, X: Any, band: Literal[False] = False) -> NDArray[np.float64]: ...

    @overload
    def predict(self, X: Any, band: Literal[True]) -> Prediction: ...

    def predict(self, X: Any, band: bool = False) -> NDArray[np.float64] | Prediction:
        """Return the law's values (n,) for rows X (n, d); NaN outside the law's domain.

        X has the law's columns in their order; a DataFrame is read by column name. With `band`, return the values
        together with standard errors and 95 % limits. Raises SymbolicError where the law was stored without them.
        """
        matrix = self._matrix(X)
        if band:
            from symbolic.laws._uncertainty import predicted

            return predicted(self, matrix)
        return evaluate(self.expr, self.symbols, matrix)

    def outside(self, X: Any) -> NDArray[np.bool_]:
        """Return for each row (n,) whether some column lies outside the range of the data behind the law, or is NaN."""
        if self.domain is None:
            raise SymbolicError("This law does not say over which ranges it was found. Find it again from its data.")
        matrix = self._matrix(X)
        low, high = np.array([self.domain[variable.name] for variable in self.variables]).reshape(-1, 2).T
        return np.asarray(~((matrix >= low) & (matrix <= high)).all(axis=1))

    def export(self, key: str) -> str:
        """Return the law as source text: text, latex, sympy, numpy, torch, c, julia or javascript."""
        from symbolic.laws._export import export

        return export(self, key)

    def _matrix(self, X: Any) -> NDArray[np.float64]:
        if hasattr(X, "columns"):
            missing = [v.name for v in self.variables if v.name not in X.columns]
            if missing:
                raise SymbolicError(f"The law needs column '{missing[0]}', which the table lacks. Add it.")
            X = X[[v.name for v in self.variables]]
        matrix = np.asarray(X, dtype=np.float64)
        if matrix.ndim == 1 and len(self.variables) == 1:
            matrix = matrix[:, None]
        if matrix.ndim != 2 or matrix.shape[1] != len(self.variables):
            columns = ", ".join(v.name for v in self.variables)
            raise SymbolicError(f"X must be (n, {len(self.variables)}) with columns {columns}; got {matrix.shape}.")
        return matrix

    def latex(self) -> str:
        """Return the whole equation in LaTeX."""
        return f"{latex_name(self.target)} = {latex_text(self.expr, self.number_errors)}"

    def sympy_text(self) -> str:
        """Return the right-hand side for `sympy.sympify`, every number to its last bit."""
        return sympy_text(self.expr)

    def __str__(self) -> str:
        """Return the equation as people type it; `datasets.parse_formula` reads it back."""
        (target,), said = identifiers([self.target]), spoken(v.name for v in self.variables)
        expr = self.expr.xreplace({sp.Symbol(symbol): sp.Symbol(name) for symbol, name in said.items()})
        return f"{spoken([self.target]).get(target, target)} = {plain_text(expr, self.number_errors)}"

    @cached_property
    def number_errors(self) -> dict[float, float | None]:
        """The error to which each measured number is printed: its standard error, or less where others make up for it.

        So the law as printed leaves no more of the data than the law itself.
        """
        errors = {constant.value: constant.stderr for constant in self.constants if constant.recognised is None}
        known = self.domain or {}
        domain = {v.name: known[v.name] for v in self.variables if v.name in known}
        if len(domain) < len(self.variables) or not self.rmse_train:
            return errors
        found = rooms(self.expr, self.symbols, domain, self.rmse_train)
        room = {abs(value): most for value, most in found.items()}
        return {value: min(error, room.get(abs(value), error)) if error else error for value, error in errors.items()}

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-able snapshot, exact to the last bit."""
        return {
            "expr": to_tree(self.expr),
            "target": self.target,
            "variables": [{"name": v.name, "symbol": v.symbol} for v in self.variables],
            "complexity": self.complexity,
            **{name: getattr(self, name) for name in _NUMBERS},
            "constants": [{field: getattr(c, field) for field in _CONSTANT_FIELDS} for c in self.constants],
            "domain": None if self.domain is None else {name: list(range_) for name, range_ in self.domain.items()},
            "provenance": self.provenance,
            "uncertainty": None if self.uncertainty is None else asdict(self.uncertainty),
        }

    @classmethod
    def from_dict(cls, snapshot: Mapping[str, Any]) -> Law:
        """Return the law of a snapshot, of which nothing is run as code. Raises SymbolicError where it is damaged."""
        try:
            domain = snapshot["domain"]
            law = cls(
                expr=from_tree(snapshot["expr"]),
                target=str(snapshot["target"]),
                variables=tuple(Variable(str(v["name"]), str(v["symbol"])) for v in snapshot["variables"]),
                complexity=int(snapshot["complexity"]),
                **{name: snapshot[name] for name in _NUMBERS},
                constants=tuple(_constant(row) for row in snapshot["constants"]),
                domain=None if domain is None else {str(k): (float(v[0]), float(v[1])) for k, v in domain.items()},
                provenance=str(snapshot["provenance"]),
                uncertainty=_uncertainty(snapshot.get("uncertainty")),
            )
            _check_symbols(law)
            return law
        except (KeyError, TypeError, IndexError, ValueError) as error:
            if isinstance(error, SymbolicError):
                raise
            raise SymbolicError(f"A stored law lacks or garbles a field ({error}). Save it again.") from error


_NUMBERS = ("rmse_train", "rmse_validation", "rmse_test", "r2_test", "law_vs_network")
_CONSTANT_FIELDS = ("value", "stderr", "unit", "recognised", "name", "interval")


def _check_symbols(law: Law) -> None:
    """Refuse names that would be more than names where a formula is compiled."""
    known = [variable.symbol for variable in law.variables]
    strange = [name for name in known if not (name.isascii() and name.isidentifier())]
    strange += [symbol.name for symbol in law.expr.free_symbols if symbol.name not in known]
    if strange:
        raise SymbolicError(
            f"A stored formula cannot be read: {strange[0][:60]!r} is none of its columns. Save it again."
        )


def _constant(row: Mapping[str, Any]) -> Constant:
    interval = row.get("interval")  # snapshots of earlier versions have none
    fields = {field: row[field] for field in _CONSTANT_FIELDS if field != "interval"}
    return Constant(**fields, interval=None if interval is None else (float(interval[0]), float(interval[1])))


def _uncertainty(row: Mapping[str, Any] | None) -> Uncertainty | None:
    if row is None:
        return None
    covariance = tuple(tuple(None if v is None else float(v) for v in line) for line in row["covariance"])
    if any(len(line) != len(covariance) for line in covariance):
        raise ValueError("a covariance is square")
    return Uncertainty(
        covariance, float(row["scatter"]), None if row["dof"] is None else int(row["dof"]), bool(row["relative"])
    )


@dataclass(frozen=True)
class Discovery:
    """What a search found: the best law, the Pareto front of simpler ones, and why it believes them.

    `status` is "exact" (the residual is at the precision of the data, simplest form), "noise" (what is left is white),
    "approximate" (structure remains) or "none". `model` is a network with every live edge named, for the picture; None
    where the law has no such shape. `others` are laws that were weighed and are not on the front; `decide` says where
    a measurement would tell the best law from one that explains the data about as well, if there is one.
    """

    best: Law | None
    front: tuple[Law, ...]
    status: Status
    evidence: tuple[str, ...]
    seconds: float
    model: KAN | None = None
    others: tuple[Law, ...] = ()
    decide: Decision | None = None
