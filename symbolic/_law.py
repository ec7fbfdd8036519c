"""Laws: what a search hands back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._errors import SymbolicError
from symbolic._numeric import evaluate
from symbolic._text import identifiers, latex_name, latex_text, plain_text, sympy_text
from symbolic._tree import from_tree, to_tree

if TYPE_CHECKING:
    from kan_core import KAN

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
    what the user called it, where they did.
    """

    value: float
    stderr: float | None = None
    unit: str | None = None
    recognised: str | None = None
    name: str | None = None


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
    the data. `provenance` says how the law was found.

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

    @property
    def symbols(self) -> tuple[sp.Symbol, ...]:
        """The SymPy symbols of the columns, in the order of X."""
        return tuple(sp.Symbol(variable.symbol) for variable in self.variables)

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return the law's values (n,) for rows X (n, d); NaN outside the law's domain.

        X has the law's columns in their order; a DataFrame is read by column name.
        """
        return evaluate(self.expr, self.symbols, self._matrix(X))

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
        return f"{latex_name(self.target)} = {latex_text(self.expr, self._errors())}"

    def sympy_text(self) -> str:
        """Return the right-hand side for `sympy.sympify`, every number to its last bit."""
        return sympy_text(self.expr)

    def __str__(self) -> str:
        """Return the equation as people type it; `datasets.parse_formula` reads it back."""
        return f"{identifiers([self.target])[0]} = {plain_text(self.expr, self._errors())}"

    def _errors(self) -> dict[float, float | None]:
        return {constant.value: constant.stderr for constant in self.constants if constant.recognised is None}

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
        }

    @classmethod
    def from_dict(cls, snapshot: Mapping[str, Any]) -> Law:
        """Return the law of a snapshot, of which nothing is run as code. Raises SymbolicError where it is damaged."""
        try:
            domain = snapshot["domain"]
            return cls(
                expr=from_tree(snapshot["expr"]),
                target=str(snapshot["target"]),
                variables=tuple(Variable(str(v["name"]), str(v["symbol"])) for v in snapshot["variables"]),
                complexity=int(snapshot["complexity"]),
                **{name: snapshot[name] for name in _NUMBERS},
                constants=tuple(Constant(**{f: c[f] for f in _CONSTANT_FIELDS}) for c in snapshot["constants"]),
                domain=None if domain is None else {str(k): (float(v[0]), float(v[1])) for k, v in domain.items()},
                provenance=str(snapshot["provenance"]),
            )
        except (KeyError, TypeError, IndexError) as error:
            raise SymbolicError(f"A stored law lacks or garbles a field ({error}). Save it again.") from error


_NUMBERS = ("rmse_train", "rmse_validation", "rmse_test", "r2_test", "law_vs_network")
_CONSTANT_FIELDS = ("value", "stderr", "unit", "recognised", "name")


@dataclass(frozen=True)
class Discovery:
    """What a search found: the best law, the Pareto front of simpler ones, and why it believes them.

    `status` is "exact" (the residual is at the precision of the data, simplest form), "noise" (what is left is white),
    "approximate" (structure remains) or "none". `model` is a network with every live edge named, for the picture; None
    where the law has no such shape.
    """

    best: Law | None
    front: tuple[Law, ...]
    status: Status
    evidence: tuple[str, ...]
    seconds: float
    model: KAN | None = None
