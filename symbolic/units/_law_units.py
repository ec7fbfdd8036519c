"""Units of a search and of its laws: read once, given to the constants, and held against every law."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import sympy as sp

from datasets import DataError, Unit, consistent, read_unit, unit_of, unit_text
from symbolic._errors import SymbolicError, UnitError
from symbolic.asked._hints import Known
from symbolic.formulas._complexity import complexity
from symbolic.formulas._text import number_text
from symbolic.laws._constants import parametrise
from symbolic.laws._law import Constant, Discovery, Law, make_variables
from symbolic.units._constant_units import constant_units, own_text
from symbolic.units._unit_table import Units

_ANY = tuple(Fraction(p) for p in (7, 7, 7, 7, 7, 7, 7))  # a unit that nothing has
_FINEST = 12  # denominators of the exponents in a unit that is shown


@dataclass(frozen=True)
class Given:
    """The units of a search: of every column in `units`, or None with the reason in `note`."""

    units: Units | None
    note: str = ""


def given(units: Mapping[str, str] | None, names: Sequence[str], target: str, known: Sequence[Known] = ()) -> Given:
    """Reads the units of columns by name. Raises SymbolicError for a text that is no unit and for a strange name.

    Of the `known` constants those with a unit take part.
    """
    if not units:
        return Given(None)
    strange = [name for name in units if name not in (*names, target)]
    if strange:
        columns = ", ".join((*names, target))
        raise SymbolicError(f"Units belong to columns, but there is no '{strange[0]}'. Name one of {columns}.")
    try:
        read = {name: read_unit(text) for name, text in units.items()}
    except DataError as error:
        raise SymbolicError(str(error)) from error
    missing = [name for name in (*names, target) if name not in read]
    if missing:
        return Given(None, f"Units were left out of the search: '{missing[0]}' has none. Give it one, or 1.")
    moved = [f"'{name}' ({unit.note})" for name, unit in read.items() if unit.offset]
    if moved:
        return Given(None, f"Units were left out of the search because of {moved[0]}.")
    constants = {constant.name: (constant.value, constant.unit) for constant in known if constant.unit is not None}
    return Given(Units(tuple(read[name] for name in names), read[target], target, constants))


def fault(expr: sp.Expr, units: Units, names: Sequence[str]) -> str:
    """Where a law adds or transforms what has another unit, in a sentence; empty where it keeps to the units.

    Measured numbers and a factor of the whole may have the unit that is missing.
    """
    try:
        unit_of(expr, _by_symbol(units, names), free_constants=True)
    except DataError as error:
        return str(error)
    return ""


def with_units(found: Discovery, read: Given) -> Discovery:
    """Gives the factors in a discovery's laws their units, and says whether the best law keeps to them."""
    units = read.units
    if read.note:
        found = replace(found, evidence=(*found.evidence, read.note))
    if units is None or found.best is None:
        return found
    front = tuple(_annotated(law, units) for law in found.front)
    renewed = {id(old): new for old, new in zip(found.front, front, strict=True)}
    best = renewed.get(id(found.best)) or _annotated(found.best, units)
    wrong = fault(best.expr, units, [variable.name for variable in best.variables])
    return replace(found, best=best, front=front, evidence=(*found.evidence, _verdict(best, wrong)))


def united(law: Law, units: Mapping[str, str] | None) -> Law:
    """Gives the factors in one law their units; the law as it is where not every column has one."""
    read = given(units, [variable.name for variable in law.variables], law.target).units
    return law if read is None else _annotated(law, read)


def _verdict(law: Law, wrong: str) -> str:
    if wrong:
        return f"The law breaks the units: {wrong}."
    held = [f"{c.recognised or number_text(c.value, c.stderr)} is in {c.unit}" for c in law.constants if c.unit]
    return f"The law keeps to the units if {', '.join(held)}." if held else "The law keeps to the units."


def gathered(law: Law) -> Law:
    """The law with factors multiplied into its brackets where that reads better: √(x² + y²) for x·√(1 + y²/x²).

    Columns that are positive in the data are taken for positive; measured numbers stay as they are.
    """
    domain = law.domain or {}
    signs = {
        s: sp.Symbol(s.name, positive=True)
        for s, v in zip(law.symbols, law.variables, strict=True)
        if domain.get(v.name, (0.0, 0.0))[0] > 0
    }
    form = _plainest(law.expr.xreplace(signs)).xreplace({positive: plain for plain, positive in signs.items()})
    if complexity(form) >= law.complexity or form.atoms(sp.Float) != law.expr.atoms(sp.Float):
        return law
    return replace(law, expr=form, complexity=complexity(form))


def _plainest(expr: sp.Expr) -> sp.Expr:
    if expr.is_Add:
        return sp.Add(*map(_plainest, expr.args))
    return min([expr, *_multiplied_in(expr)], key=complexity)


def _multiplied_in(expr: sp.Expr) -> Iterator[sp.Expr]:
    """A product with all its plain factors, or one of them, brought into one of its brackets."""
    factors = sp.Mul.make_args(expr)
    plain = [one for one in factors if one.as_base_exp()[0].is_Symbol]
    choices = [[one] for one in plain] + ([plain] if len(plain) > 1 else [])
    for factor in factors:
        base, power = factor.as_base_exp()
        if not (base.is_Add and power.is_Rational):
            continue
        for chosen in choices:
            if abs(power) != 1 and not all(one.is_positive for one in chosen):
                continue  # √x² is |x|
            others, within = sp.Mul(*(f for f in factors if f not in (factor, *chosen))), sp.Mul(*chosen) ** (1 / power)
            yield others * sp.Add(*(_plainest(term * within) for term in base.args)) ** power


def _by_symbol(units: Units, names: Sequence[str]) -> dict[str, Unit]:
    return {v.symbol: unit for v, unit in zip(make_variables(names), units.inputs, strict=True)}


def _annotated(law: Law, units: Units) -> Law:
    """The law with a unit on each constant that is a factor of the whole or of one of its terms."""
    known = _by_symbol(units, [variable.name for variable in law.variables])
    found: dict[int, str | None] = {}
    for term in sp.Add.make_args(law.expr):
        factor, rest = term.as_independent(*law.symbols, as_Add=False)
        unit = _unit_of_factor(rest, known, units.target)
        for k, constant in enumerate(law.constants):
            if abs(abs(constant.value) - abs(float(factor))) <= 1e-9 * abs(constant.value):
                found[k] = unit if found.get(k, unit) == unit else None
    constants = [_united(constant, found.get(k)) for k, constant in enumerate(law.constants)]
    inner = _within(law, known, units.target)
    return replace(law, constants=tuple(c if c.unit else _united(c, inner.get(abs(c.value))) for c in constants))


def _within(law: Law, known: dict[str, Unit], target: Unit) -> dict[float, str | None]:
    """The units of measured numbers anywhere in a law, by their size; empty where they make no law consistent."""
    free, values = parametrise(law.expr)
    try:
        found = constant_units(free, list(values), known, target)
    except UnitError:
        return {}
    texts: dict[float, str | None] = {}
    for symbol, value in values.items():
        dimensions = found[symbol]
        if dimensions is not None and any(dimensions):
            texts[abs(value)] = own_text(dimensions, [*known.values(), target])
    return texts


def _united(constant: Constant, unit: str | None) -> Constant:
    return constant if unit is None else replace(constant, unit=unit)


def _unit_of_factor(rest: sp.Expr, known: dict[str, Unit], target: Unit) -> str | None:
    """The unit of c in target = c·rest; None for a pure number, and where it is no simple one."""
    try:
        dimensions = unit_of(rest, known, free_constants=True)
    except DataError:
        return None
    if consistent(rest, known, _ANY, free_constants=True):
        return None  # a measured number within may have any unit, and so has what stands before it
    left = tuple(a - b for a, b in zip(target.dimensions, dimensions, strict=True))
    if any(one.denominator > _FINEST for one in left) or not any(left):
        return None
    if all(unit.factor == 1 for unit in (target, *known.values())):
        return unit_text(left)
    return _in_own_units(rest, known, target)


def _in_own_units(rest: sp.Expr, known: dict[str, Unit], target: Unit) -> str | None:
    """The same in the units of the columns, where `rest` is a product of their powers: yr/AU^(3/2)."""
    above: list[str] = [target.text]
    below: list[str] = []
    positive = {s: sp.Symbol(s.name, positive=True) for s in rest.free_symbols}
    for base, power in sp.expand_power_base(rest.xreplace(positive)).as_powers_dict().items():
        if not base.is_Symbol or not power.is_number:
            return None
        exponent = Fraction(float(power)).limit_denominator(_FINEST)
        if abs(float(exponent) - float(power)) > 1e-9:
            return None
        text = known[base.name].text
        if exponent and text != "1":
            (below if exponent > 0 else above).append(_raised(text, abs(exponent)))
    if not below:
        return " ".join(above)
    return f"{' '.join(above)}/{below[0]}" if len(below) == 1 else f"{' '.join(above)}/({' '.join(below)})"


def _raised(text: str, power: Fraction) -> str:
    plain = text if text.isidentifier() else f"({text})"
    if power == 1:
        return plain
    return f"{plain}^{power}" if power.denominator == 1 else f"{plain}^({power})"
