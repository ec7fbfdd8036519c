"""The data a law is learned from: inputs, target, names, units, and which rows serve for what."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy
from numpy.typing import ArrayLike

from datasets._errors import DataError, counted, did_you_mean, listed
from datasets._split import SHARES, Array, Split, split_rows
from datasets.formulas._tree import from_tree, to_tree
from datasets.units._units import Dimensions, Unit, conversion, read_unit


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs X (n, d) and target y (n,) as float64, checked once and copied, so a caller's arrays stay his own.

    Args:
        X: n rows of d inputs; a single column may come as (n,).
        y: the target.
        names: one name a column of X; x_1, x_2, … where none are given.
        target: the name of y.
        units: unit of each column that has one, by name, as text: read by `unit` when it is needed.
        sigma: standard error of y in each row.
        weights: weight of each row in a fit.
        split: which rows train, validate and test; drawn with seed 0 where none is given.
        law: the law the data were drawn from, where one is known.
        digits: significant digits printed in the source, for each input and then the target; None where the column
            is exact or its precision unknown. A floor for how well any law can fit.
        provenance: where the data come from and what was done to them, a sentence each.

    Raises:
        DataError: shapes do not fit, a value is not finite, or a name is doubled or unknown.
    """

    X: Array
    y: Array
    names: tuple[str, ...] = ()
    target: str = "y"
    units: dict[str, str] | None = None
    sigma: Array | None = None
    weights: Array | None = None
    split: Split = field(default=None)  # type: ignore[assignment]  # filled in below: it depends on the rows
    law: sympy.Expr | None = None
    digits: tuple[int | None, ...] = ()
    provenance: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        X, y = _matrix(self.X), _column(self.y, "y")
        names = tuple(self.names) or tuple(f"x_{k + 1}" for k in range(X.shape[1]))
        _check_shapes(X, y, names, self.target)
        for name, column in zip((*names, self.target), (*X.T, y), strict=True):
            _check_finite(name, column)
        clean = {
            "X": X,
            "y": y,
            "names": names,
            "units": _checked_units(self.units, (*names, self.target)),
            "sigma": _per_row("sigma", self.sigma, len(y), zero_allowed=False),
            "weights": _per_row("weights", self.weights, len(y), zero_allowed=True),
            "split": _checked_split(self.split, len(y)),
            "digits": _checked_digits(self.digits, len(names) + 1),
            "provenance": tuple(self.provenance),
        }
        for key, value in clean.items():
            object.__setattr__(self, key, value)  # the arrays stay writeable: torch warns about read-only ones

    def with_split(
        self, kind: str, seed: int = 0, by: str | ArrayLike | None = None, shares: tuple[float, float] = SHARES
    ) -> Dataset:
        """Returns the same data with another split, as `split_rows` deals it; `by` may name a column."""
        values = self.column(by) if isinstance(by, str) else by
        return dataclasses.replace(self, split=split_rows(kind, len(self.y), seed, self.X, values, shares))

    def column(self, name: str) -> Array:
        """Returns the values of an input or of the target, (n,)."""
        if name == self.target:
            return self.y
        if name not in self.names:
            guess = did_you_mean(name, (*self.names, self.target))
            raise DataError(f"A column is an input or the target, but there is no '{name}'. {guess}".rstrip())
        return self.X[:, self.names.index(name)]

    def unit(self, name: str) -> Unit | None:
        """Returns the unit of a column, None where it has none. Raises DataError where its text is no unit."""
        self.column(name)
        text = (self.units or {}).get(name)
        return None if text is None else read_unit(text)

    @property
    def dimensions(self) -> dict[str, Dimensions]:
        """The dimensions of every column whose unit can be read, by name."""
        known: dict[str, Dimensions] = {}
        for name, text in (self.units or {}).items():
            with contextlib.suppress(DataError):
                known[name] = read_unit(text).dimensions
        return known

    def in_units(self, units: Mapping[str, str]) -> Dataset:
        """Returns the data in other units, such as {"T": "ms"}: columns, sigma and law are converted together.

        Raises:
            DataError: a column is unknown or has no unit, or the dimensions differ.
        """
        X, y, sigma, law = self.X.copy(), self.y, self.sigma, self.law
        for name, text in units.items():
            old = self.unit(name)
            if old is None:
                raise DataError(f"A column is converted from its unit, but '{name}' has none. Give it one first.")
            factor, offset = conversion(old, read_unit(text))
            if name == self.target:
                y = y * factor + offset
                sigma = None if sigma is None else sigma * factor
                law = None if law is None else _affine(law, factor, offset)
            else:
                X[:, self.names.index(name)] = self.column(name) * factor + offset
                law = None if law is None else _substituted(law, name, 1 / factor, -offset / factor)
        told = ", ".join(f"'{name}' to {text}" for name, text in units.items())
        return dataclasses.replace(
            self,
            X=X,
            y=y,
            sigma=sigma,
            law=law,
            units={**(self.units or {}), **units},
            provenance=(*self.provenance, f"Converted {told}."),
        )

    def part(self, name: str) -> tuple[Array, Array]:
        """Returns (X, y) of the rows called "train", "validation" or "test"."""
        if name not in ("train", "validation", "test"):
            raise DataError(f"A part is called train, validation or test, but '{name}' came. Ask for one of these.")
        rows = getattr(self.split, name)
        return self.X[rows], self.y[rows]

    def to_dict(self) -> dict[str, Any]:
        """Returns a plain snapshot: arrays, lists, texts and numbers only."""
        return {
            "X": self.X,
            "y": self.y,
            "names": list(self.names),
            "target": self.target,
            "units": self.units,
            "sigma": self.sigma,
            "weights": self.weights,
            "split": {"train": self.split.train, "validation": self.split.validation, "test": self.split.test},
            "law": None if self.law is None else to_tree(self.law),
            "digits": list(self.digits),
            "provenance": list(self.provenance),
        }

    @classmethod
    def from_dict(cls, snapshot: Mapping[str, Any]) -> Dataset:
        """Rebuilds a data set from `to_dict`, its arrays given as arrays or as lists."""
        missing = {"X", "y", "names", "target"} - set(snapshot)
        if missing:
            raise DataError(f"A stored data set has X, y, names and target, but {listed(sorted(missing))} is missing.")
        plain = {key: snapshot[key] for key in _PLAIN if key in snapshot}
        law = snapshot.get("law")
        return cls(**plain, law=None if law is None else from_tree(law), split=_stored_split(snapshot.get("split")))


def _affine(expr: sympy.Expr, factor: float, offset: float) -> sympy.Expr:
    """factor · expr + offset, without the parts that change nothing."""
    scaled = expr if factor == 1 else sympy.Float(factor) * expr
    return scaled if offset == 0 else scaled + sympy.Float(offset)


def _substituted(law: sympy.Expr, name: str, factor: float, offset: float) -> sympy.Expr:
    return law.xreplace({one: _affine(one, factor, offset) for one in law.free_symbols if one.name == name})


_PLAIN = ("X", "y", "names", "target", "units", "sigma", "weights", "digits", "provenance")


def _stored_split(parts: Mapping[str, Any] | None) -> Split:
    if parts is None:
        return None  # type: ignore[return-value]  # drawn anew from the rows
    try:
        return Split(*(np.asarray(parts[name], dtype=np.intp) for name in ("train", "validation", "test")))
    except (KeyError, TypeError, ValueError):
        raise DataError("A stored split has train, validation and test rows, but something else came.") from None


def _matrix(values: ArrayLike) -> Array:
    X = _numbers(values, "X")
    X = X[:, None] if X.ndim == 1 else X
    if X.ndim != 2 or X.shape[1] == 0:
        raise DataError(f"X has rows and at least one column, but its shape is {X.shape}. Pass an (n, d) array.")
    return X


def _column(values: ArrayLike, name: str) -> Array:
    column = _numbers(values, name)
    column = column[:, 0] if column.ndim == 2 and column.shape[1] == 1 else column
    if column.ndim != 1:
        raise DataError(f"'{name}' has one value a row, but its shape is {column.shape}. Pass an (n,) array.")
    return column


def _numbers(values: ArrayLike, name: str) -> Array:
    try:
        if np.iscomplexobj(values):
            raise TypeError("complex")
        return np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"'{name}' holds real numbers only, but something else came. Convert or drop it.") from None


def _check_shapes(X: Array, y: Array, names: tuple[str, ...], target: str) -> None:
    if len(X) != len(y):
        raise DataError(f"X and y have the same rows, but X has {len(X)} and y has {len(y)}. Pass matching arrays.")
    if len(y) == 0:
        raise DataError("A data set has at least one row, but none came. Pass some data.")
    if len(names) != X.shape[1]:
        raise DataError(f"Every column has a name, but {X.shape[1]} columns came with {len(names)} names. Name each.")
    everyone = (*names, target)
    doubled = sorted({name for name in everyone if everyone.count(name) > 1})
    if doubled:
        raise DataError(f"Column names are different, but '{doubled[0]}' came twice. Rename one of them.")


def _check_finite(name: str, column: Array) -> None:
    bad = (np.flatnonzero(~np.isfinite(column)) + 1).tolist()
    if bad:
        advice = "Correct or drop these rows."
        raise DataError(
            f"Column '{name}' has {counted(len(bad), 'value')} that are not finite (rows {listed(bad)}). {advice}"
        )


def _checked_units(units: Mapping[str, str] | None, names: tuple[str, ...]) -> dict[str, str] | None:
    unknown = [name for name in units or () if name not in names]
    if unknown:
        guess = did_you_mean(unknown[0], names)
        raise DataError(f"A unit belongs to a column, but there is no column '{unknown[0]}'. {guess}".rstrip())
    return dict(units) if units else None


def _per_row(name: str, values: ArrayLike | None, n: int, zero_allowed: bool) -> Array | None:
    if values is None:
        return None
    column = _column(values, name)
    if len(column) != n:
        raise DataError(f"'{name}' has one value a row, but {len(column)} came for {n} rows. Pass one for each.")
    _check_finite(name, column)
    bad = (np.flatnonzero((column < 0) if zero_allowed else (column <= 0)) + 1).tolist()
    if bad:
        rule = "not negative" if zero_allowed else "positive"
        raise DataError(
            f"Every value of '{name}' is {rule}, but rows {listed(bad)} are not. Correct or drop these rows."
        )
    if not column.any():
        raise DataError(f"'{name}' is zero in every row, so no row counts. Give some row a positive value.")
    return column


def _checked_digits(digits: Sequence[int | None], expected: int) -> tuple[int | None, ...]:
    if not digits:
        return (None,) * expected
    if len(digits) != expected:
        raise DataError(f"'digits' has one entry a column, target last, but {len(digits)} came for {expected} columns.")
    return tuple(None if count is None else int(count) for count in digits)


def _checked_split(split: Split | None, n: int) -> Split:
    if split is None:
        return Split.seeded(n)
    parts = [np.asarray(part, dtype=np.intp) for part in (split.train, split.validation, split.test)]
    rows = np.concatenate(parts)
    if len(rows) and (rows.min() < 0 or rows.max() >= n):
        raise DataError(
            f"A split names rows 0 to {n - 1}, but row {rows.min() if rows.min() < 0 else rows.max()} came."
        )
    if len(rows) and np.bincount(rows, minlength=n).max() > 1:  # ten times faster than np.unique on a million rows
        raise DataError("The parts of a split share no row, but some row came twice. Draw the split again.")
    if not len(parts[0]):
        raise DataError("A split has training rows, but none came. Draw the split again.")
    return Split(*parts)
