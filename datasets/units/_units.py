"""Units of columns: read from text, kept as exponents of the base units and a factor, converted, written."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from datasets._errors import DataError, did_you_mean
from datasets.units._names import ALIASES, COMMON, DIMENSIONLESS, EXTRA, MISREAD, NEVER_PREFIXED, YEAR_PREFIXES
from datasets.units._text import Factor, parse_unit

BASE = ("m", "s", "kg", "K", "A", "mol", "cd")
"""The base units, in the order of every dimension vector."""

Dimensions = tuple[Fraction, ...]

NO_DIMENSION: Dimensions = (Fraction(0),) * len(BASE)

_PINT_BASE = ("[length]", "[time]", "[mass]", "[temperature]", "[current]", "[substance]", "[luminosity]")
_FINEST = 12  # denominators of exponents: cgs electricity needs halves, nothing known needs more


@dataclass(frozen=True)
class Unit:
    """A unit: value in SI = factor · value + offset, and its exponents of the base units (BASE).

    `offset` is not zero for temperatures with a zero of their own. `note` warns of that in a sentence, and of names
    that are easily taken for others.
    """

    text: str
    dimensions: Dimensions
    factor: float
    offset: float = 0.0
    note: str = ""

    @property
    def dimensionless(self) -> bool:
        """Tells whether this is a pure number, such as a percentage or an angle."""
        return self.dimensions == NO_DIMENSION


def read_unit(text: str) -> Unit:
    """Reads a unit as people write it, such as `kg*m/s^2`, `m s-1`, `J/(mol K)`, `µm`, `°C`, `%` or `solar masses`.

    A blank or a dot multiplies, but not after a slash: `J/kg K` may mean either, so it is refused. Angles and
    percentages are pure numbers with a factor.

    Raises:
        DataError: the text is no unit, or one of a quantity on a logarithmic scale.

    Examples:
        >>> read_unit("km/h").factor
        0.2777777777777778
        >>> unit_text(read_unit("V").dimensions)
        'V'
    """
    if not isinstance(text, str):
        raise DataError(f"A unit is text, but a {type(text).__name__} came. Pass one such as 'm/s'.")
    return _read(text)


@functools.lru_cache(maxsize=4096)
def _read(text: str) -> Unit:
    factors = parse_unit(text)
    if len(factors) == 1 and factors[0].exponent == 1 and factors[0].name:
        single = _named(factors[0].name, text)
        return Unit(text, single.dimensions, single.factor, single.offset, _noted(single, text))
    scale, dimensions = 1.0, NO_DIMENSION
    for factor in factors:
        unit = _named(factor.name, text) if factor.name else Unit("", NO_DIMENSION, factor.number)
        scale *= _power(unit.factor, factor, text)
        dimensions = tuple(a + factor.exponent * b for a, b in zip(dimensions, unit.dimensions, strict=True))
    if not 1e-300 < scale < 1e300:
        raise DataError(f"A unit is of a size that can be measured, but '{text}' is {scale:g} in SI units. Correct it.")
    return Unit(text, dimensions, scale)


def _noted(unit: Unit, text: str) -> str:
    return _OFFSET_NOTE.format(name=text, zero=unit.offset) if unit.offset else MISREAD.get(text, "")


def _power(base: float, factor: Factor, text: str) -> float:
    try:
        return float(base ** float(factor.exponent))
    except OverflowError:
        raise DataError(f"A unit is of a size that can be measured, but '{text}' overflows. Correct it.") from None


def conversion(old: Unit, new: Unit) -> tuple[float, float]:
    """Returns (a, b) with new value = a · old value + b.

    Raises:
        DataError: the units measure different things.

    Examples:
        >>> conversion(read_unit("km"), read_unit("m"))
        (1000.0, 0.0)
    """
    if old.dimensions != new.dimensions:
        kinds = f"'{old.text}' is {unit_text(old.dimensions)} and '{new.text}' is {unit_text(new.dimensions)}"
        raise DataError(f"Units convert where they measure the same, but {kinds} in SI. Choose another unit.")
    return old.factor / new.factor, (old.offset - new.offset) / new.factor


@functools.lru_cache(maxsize=4096)
def _named(name: str, text: str) -> Unit:
    """Looks one name up: ours first, then pint's. Only names reach pint, so it has nothing to parse."""
    if name in DIMENSIONLESS:
        return Unit(name, NO_DIMENSION, 1.0)
    if name in EXTRA:
        dimensions, factor = EXTRA[name]
        return Unit(name, tuple(Fraction(one) for one in dimensions), factor)
    import pint

    registry = _registry()
    try:
        _check_prefix(registry, ALIASES.get(name, name))
        known = registry.UnitsContainer({registry.get_name(ALIASES.get(name, name)): 1})
        dimensions = registry.get_dimensionality(known)
        zero, one, two = (registry.Quantity(x, known).to_base_units().magnitude for x in (0.0, 1.0, 2.0))
    except (pint.PintError, AttributeError, KeyError, ValueError):
        raise _unknown(name, text) from None
    factor = float(one - zero)
    if abs(float(two - one) - factor) > 1e-9 * abs(factor):
        raise DataError(f"A unit measures in equal steps, but '{name}' is logarithmic. Convert the column to a ratio.")
    if not set(dimensions) <= set(_PINT_BASE):
        raise DataError(f"A unit is made of {', '.join(BASE)}, but '{name}' is not. Leave it out.")
    vector = tuple(Fraction(dimensions.get(key, 0)).limit_denominator(_FINEST) for key in _PINT_BASE)
    return Unit(name, vector, factor, float(zero))


def _check_prefix(registry: Any, name: str) -> None:
    """Turns away what pint puts together from a prefix and a unit that takes none. Raises KeyError."""
    for prefix, unit, _ in registry.parse_unit_name(name)[:1]:
        if (prefix and unit in NEVER_PREFIXED) or (unit == "year" and prefix not in YEAR_PREFIXES):
            raise KeyError(name)


_OFFSET_NOTE = (
    "'{name}' has its zero at {zero:.6g} K: products, ratios and powers of such temperatures mean nothing, "
    "so convert the column to K."
)


def _unknown(name: str, text: str) -> DataError:
    guess = did_you_mean(name, COMMON) or did_you_mean(name, _pint_names())
    within = "" if name == text else f" (in '{text}')"
    return DataError(f"A unit is one such as m, km/h or J/(mol K), but '{name}'{within} is unknown. {guess}".rstrip())


@functools.lru_cache(maxsize=1)
def _registry() -> Any:
    """Loads pint when the first unit is read: it takes half a second."""
    import pint

    return pint.UnitRegistry()


@functools.lru_cache(maxsize=1)
def _pint_names() -> tuple[str, ...]:
    registry = _registry()
    return tuple(name for name in dir(registry) if name.isidentifier() and not hasattr(type(registry), name))


def dimensions_of(exponents: Iterable[Any]) -> Dimensions:
    """Returns a dimension vector from numbers in the order of BASE; what is missing at the end is zero."""
    given = [Fraction(one).limit_denominator(_FINEST) for one in exponents]
    if len(given) > len(BASE):
        raise DataError(f"A dimension has {len(BASE)} exponents ({', '.join(BASE)}), but {len(given)} came.")
    return tuple(given) + NO_DIMENSION[len(given) :]


def unit_text(dimensions: Dimensions) -> str:
    """Writes dimensions as an SI unit people know: "N", "J/K", "m^3/(kg s^2)"; "1" for a pure number.

    Examples:
        >>> unit_text(dimensions_of((3, -2, -1)))
        'm^3/(kg s^2)'
    """
    dimensions = dimensions_of(dimensions)
    if dimensions in _KNOWN:
        return _KNOWN[dimensions]
    plain = _product(zip(_ORDER, (dimensions[BASE.index(one)] for one in _ORDER), strict=True))
    if sum(one != 0 for one in dimensions) < 4:
        return plain
    best, cost = plain, _cost(dimensions)
    for name, vector in _DERIVED.items():
        for power in (1, -1, 2, -2):
            rest = tuple(a - power * b for a, b in zip(dimensions, vector, strict=True))
            if _cost(rest) + abs(power) + 1 < cost:
                others = ((one, rest[BASE.index(one)]) for one in _ORDER)
                best, cost = _product([(name, Fraction(power)), *others]), _cost(rest) + abs(power) + 1
    return best


_ORDER = ("mol", "cd", "kg", "A", "m", "s", "K")  # as units are commonly written


def _cost(dimensions: Dimensions) -> float:
    return float(sum(abs(one) + 1 for one in dimensions if one))


def _product(factors: Iterable[tuple[str, Fraction]]) -> str:
    factors = list(factors)
    above = [_raised(name, power) for name, power in factors if power > 0]
    below = [_raised(name, -power) for name, power in factors if power < 0]
    top = " ".join(above) or "1"
    if not below:
        return top
    return f"{top}/{below[0]}" if len(below) == 1 else f"{top}/({' '.join(below)})"


def _raised(name: str, power: Fraction) -> str:
    if power == 1:
        return name
    return f"{name}^{power}" if power.denominator == 1 else f"{name}^({power})"


_VECTORS = {  # exponents of (m, s, kg, K, A, mol); what is missing is zero
    "N": (1, -2, 1),
    "J": (2, -2, 1),
    "W": (2, -3, 1),
    "Pa": (-1, -2, 1),
    "C": (0, 1, 0, 0, 1),
    "V": (2, -3, 1, 0, -1),
    "T": (0, -2, 1, 0, -1),
    "Ω": (2, -3, 1, 0, -2),
    "F": (-2, 4, -1, 0, 2),
    "H": (2, -2, 1, 0, -2),
    "Wb": (2, -2, 1, 0, -1),
    "J/K": (2, -2, 1, -1),
    "J s": (2, -1, 1),
    "J/mol": (2, -2, 1, 0, 0, -1),
    "J/(mol K)": (2, -2, 1, -1, 0, -1),
    "J/(kg K)": (2, -2, 0, -1),
    "W/m^2": (0, -3, 1),
    "W/(m K)": (1, -3, 1, -1),
    "W/(m^2 K^4)": (0, -3, 1, -4),
    "N/m": (0, -2, 1),
    "Pa s": (-1, -1, 1),
    "V/m": (1, -3, 1, 0, -1),
    "V s/m": (1, -2, 1, 0, -1),
    "C m": (1, 1, 0, 0, 1),
    "C/m^2": (-2, 1, 0, 0, 1),
    "C/m^3": (-3, 1, 0, 0, 1),
    "F/m": (-3, 4, -1, 0, 2),
    "H/m": (1, -2, 1, 0, -2),
}
_KNOWN = {dimensions_of(vector): name for name, vector in _VECTORS.items()}
_DERIVED = {name: dimensions_of(vector) for name, vector in _VECTORS.items() if name.isalpha()}
