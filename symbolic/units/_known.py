"""Constants of a law that are known ones: those of the user's hints, and those of nature where the unit says so."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from datasets import DataError, read_unit
from symbolic.asked._gate import Rows
from symbolic.asked._hints import Hints
from symbolic.formulas._numeric import evaluate
from symbolic.formulas._text import number_text
from symbolic.laws._law import Constant, Discovery, Law
from symbolic.units._unit_table import CONSTANTS

FURTHER: dict[str, tuple[float, str]] = {  # CODATA 2022: made of others or of matter, and recognised, not asked for
    "R": (8.31446261815324, "J/(mol K)"),
    "F": (96485.33212331, "C/mol"),
    "sigma_SB": (5.670374419184e-8, "W/(m^2 K^4)"),
    "b_Wien": (2.897771955185e-3, "m K"),
    "R_inf": (10973731.568157, "1/m"),
    "mu_0": (1.25663706127e-6, "N/A^2"),
    "m_e": (9.1093837139e-31, "kg"),
    "m_p": (1.67262192595e-27, "kg"),
    "a_0": (5.29177210544e-11, "m"),
}
_POWERS = tuple(Fraction(p) for p in ("1", "-1", "1/2", "-1/2", "2", "-2", "3/2", "-3/2"))
_FACTORS: tuple[tuple[sp.Expr, float, float], ...] = tuple(  # with their values and the bits to say them
    (sp.Rational(p, q) * base, float(sp.Rational(p, q) * base), bits + 1.5 * math.log2(p * q))
    for base, bits in ((sp.Integer(1), 0.0), (sp.pi, 2.0), (1 / sp.pi, 3.0), (sp.sqrt(2), 4.0), (sp.pi**2, 4.0))
    for p, q in ((1, 1), (2, 1), (1, 2), (4, 1), (1, 4), (3, 1), (1, 3), (3, 2), (2, 3), (8, 1), (1, 8))
)
_NEAR = 2.5  # standard errors
_CHANCE = 0.1  # of meeting a number by accident that is still too small to doubt it
_EXACT = 1e-9


@dataclass(frozen=True)
class _Form:
    """What a constant may be: a factor times a power of a known one, its value, and the bits it takes to say."""

    factor: sp.Expr
    name: str
    power: Fraction
    value: float
    bits: float

    @property
    def text(self) -> str:
        power = sp.Rational(self.power.numerator, self.power.denominator)
        return str(self.factor * sp.Symbol(self.name) ** power)


def named(found: Discovery, hints: Hints, rows: Rows, kept: NDArray[np.bool_]) -> Discovery:
    """The discovery with known constants in the place of the numbers measured for them, and the evidence in words."""
    said: list[str] = []
    front = tuple(_named(law, hints, rows, kept, said if law is found.best else []) for law in found.front)
    renewed = {id(old): new for old, new in zip(found.front, front, strict=True)}
    best = found.best
    if best is not None:
        best = renewed.get(id(best)) or _named(best, hints, rows, kept, said)
    return replace(found, best=best, front=front, evidence=(*found.evidence, *said))


def _named(law: Law, hints: Hints, rows: Rows, kept: NDArray[np.bool_], said: list[str]) -> Law:
    constants, table = [], {}
    for constant in law.constants:
        form = None if constant.recognised is not None else _best(constant, hints)
        if form is None:
            constants.append(constant)
            continue
        error = f" ± {constant.stderr:.2g}" if constant.stderr else ""
        away = abs(abs(constant.value) - form.value) / constant.stderr if constant.stderr else 0.0
        measured = number_text(abs(constant.value), constant.stderr)
        near = f", {math.ceil(10 * away) / 10:.1f} standard errors away" if away else ""
        said.append(f"{measured}{error} is {form.text} = {form.value:.9g}{near}.")
        table[abs(constant.value)] = form.value
        constants.append(replace(constant, value=math.copysign(form.value, constant.value), recognised=form.text))
    if not table:
        return law

    def exact(number: sp.Float) -> sp.Float:
        close = [new for old, new in table.items() if abs(abs(float(number)) - old) <= 1e-12 * old]
        return sp.Float(math.copysign(close[0], float(number))) if close else number

    expr = law.expr.xreplace({number: exact(number) for number in law.expr.atoms(sp.Float)})
    return replace(law, expr=expr, constants=tuple(constants), **_errors(law, expr, rows, kept))


def _best(constant: Constant, hints: Hints) -> _Form | None:
    value, error = abs(constant.value), constant.stderr
    window = _NEAR * error if error else _EXACT * value
    if value == 0 or not math.isfinite(window):
        return None
    forms = [*_of_hints(hints), *_of_nature(constant)]
    near = [form for form in forms if abs(form.value - value) <= window + _EXACT * value]
    # 2^bits forms are as simple as this one, each met by accident with the probability 2·window/value.
    sure = [form for form in near if 2.0**form.bits * 2 * window / value <= _CHANCE]
    return min(sure, key=lambda form: form.bits, default=None)


def _of_hints(hints: Hints) -> Iterator[_Form]:
    for known in hints.constants:
        for power in _POWERS:
            yield from _forms(known.name, known.value, power, 0.0)


def _of_nature(constant: Constant) -> Iterator[_Form]:
    """Forms of the constants of nature that have the constant's unit, in that unit."""
    if constant.unit is None:
        return
    try:
        unit = read_unit(constant.unit)
    except DataError:
        return
    for name, (value, text) in (CONSTANTS | FURTHER).items():
        dimensions = read_unit(text).dimensions
        for power in _POWERS:
            if tuple(power * one for one in dimensions) == unit.dimensions:
                yield from _forms(name, value, power, 2.0, unit.factor)


def _forms(name: str, value: float, power: Fraction, bits: float, unit: float = 1.0) -> Iterator[_Form]:
    if value < 0 and power.denominator != 1:
        return
    size = abs(value ** float(power)) / unit
    for factor, number, more in _FACTORS:
        yield _Form(factor, name, power, number * size, bits + 0.5 * _POWERS.index(power) + more)


def _errors(law: Law, expr: sp.Expr, rows: Rows, kept: NDArray[np.bool_]) -> dict[str, Any]:
    """Root mean squares of the law with its known constants, for the parts that had one."""
    found: dict[str, Any] = {}
    parts = {name: part[kept[part]] for name, part in rows.split.items()}
    if law.rmse_validation is None and law.rmse_test is None:
        parts = {"train": np.flatnonzero(kept)}
    for name, part in parts.items():
        if getattr(law, f"rmse_{name}") is not None and len(part):
            residual = evaluate(expr, law.symbols, rows.X[part]) - rows.y[part]
            found[f"rmse_{name}"] = float(np.sqrt(np.mean(residual**2)))
    if law.r2_test is not None and "rmse_test" in found:
        spread = float(np.std(rows.y[parts["test"]]))
        found["r2_test"] = 1 - (float(found["rmse_test"] or 0.0) / spread) ** 2 if spread else law.r2_test
    return found
