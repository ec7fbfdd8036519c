"""The syntax of each language that laws are exported to: SymPy's layout of sums and products, with other names."""
# ruff: noqa: N802, N815 - SymPy looks printers up by the names of its classes

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy as sp
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from symbolic._errors import SymbolicError

_LARGEST = 2**31  # larger whole numbers overflow an int of C, and are written as floats everywhere


@dataclass(frozen=True)
class Syntax:
    """How a language writes numbers and functions; sums and products are written alike in all of them.

    `functions` maps the name of a SymPy class to the language's function, `power` (`whole_power` where the exponent is
    an integer) and `ratio` are templates, `bessel` maps orders of J to functions, `any_bessel` takes any whole order.
    """

    language: str
    functions: Mapping[str, str]
    power: str
    ratio: str = "{0}.0/{1}.0"
    whole_power: str | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    bessel: Mapping[int, str] = field(default_factory=dict)
    any_bessel: str | None = None
    numbers: Syntax | None = None  # of parts without a variable, where functions take only arrays
    wrapped: str = "{0}"  # such a part beside others in a function


class _Printer(StrPrinter):
    """SymPy's own layout of sums and products, with the names of a language."""

    def __init__(self, syntax: Syntax) -> None:
        super().__init__()
        self.syntax = syntax

    def _print(self, expr: object, **kwargs: object) -> str:
        other = self.syntax.numbers
        if other is not None and isinstance(expr, sp.Expr) and not expr.free_symbols and not expr.is_Rational:
            return repr(float(expr)) if expr.has(sp.besselj) else str(_Printer(other)._print(expr))
        return str(super()._print(expr, **kwargs))

    def _print_Float(self, expr: sp.Float) -> str:
        value = float(expr)
        if value in (float("inf"), -float("inf")):
            raise self._refused("a number too large for it")
        return repr(value)

    def _print_Integer(self, expr: sp.Integer) -> str:
        return str(expr) if abs(int(expr)) < _LARGEST else self._print_Float(sp.Float(expr))

    def _print_Rational(self, expr: sp.Rational) -> str:
        if max(abs(expr.p), expr.q) >= _LARGEST:
            return self._print_Float(sp.Float(expr))
        return self.syntax.ratio.format(expr.p, expr.q)

    def _print_Half(self, expr: sp.Rational) -> str:
        return self._print_Rational(expr)

    def _print_Pi(self, _: sp.Expr) -> str:
        return self.syntax.constants.get("pi", repr(float(sp.pi)))

    def _print_Exp1(self, _: sp.Expr) -> str:
        return self.syntax.constants.get("e", repr(float(sp.E)))

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:  # noqa: ARG002 - as in SymPy
        base, exponent = expr.args
        if exponent == -1:
            return f"1/{self.parenthesize(base, PRECEDENCE['Pow'])}"
        if exponent in (sp.S.Half, -sp.S.Half):
            root = self._called("sqrt", base)
            return root if exponent.is_positive else f"1/{root}"
        template = self.syntax.whole_power if exponent.is_Integer and self.syntax.whole_power else self.syntax.power
        if "(" in template:
            return template.format(self._print(base), self._print(exponent))
        sides = (self.parenthesize(side, PRECEDENCE["Pow"], strict=False) for side in (base, exponent))
        return template.format(*sides)

    def _print_Function(self, expr: sp.Function) -> str:
        return self._called(type(expr).__name__, *expr.args)

    _print_Abs = _print_Function

    def _print_ExpBase(self, expr: sp.exp) -> str:
        return self._called("exp", expr.args[0])

    def _print_Min(self, expr: sp.Expr) -> str:
        return self._nested("Min", expr.args)

    def _print_Max(self, expr: sp.Expr) -> str:
        return self._nested("Max", expr.args)

    def _print_besselj(self, expr: sp.besselj) -> str:
        order, argument = expr.args
        if order.is_Integer and int(order) in self.syntax.bessel:
            return f"{self.syntax.bessel[int(order)]}({self._print(argument)})"
        if order.is_Integer and order >= 0 and self.syntax.any_bessel:
            return f"{self.syntax.any_bessel}({self._print(order)}, {self._print(argument)})"
        raise self._refused(f"the Bessel function of order {order}")

    def _nested(self, name: str, arguments: tuple[sp.Expr, ...]) -> str:
        first, *others = (self._beside(argument) for argument in arguments)
        for other in others:
            first = f"{self._name(name)}({first}, {other})"
        return first

    def _called(self, name: str, *arguments: sp.Expr) -> str:
        written = map(self._print if len(arguments) == 1 else self._beside, arguments)
        return f"{self._name(name)}({', '.join(written)})"

    def _beside(self, argument: sp.Expr) -> str:
        text = self._print(argument)
        return text if argument.free_symbols else self.syntax.wrapped.format(text)

    def _name(self, name: str) -> str:
        if name not in self.syntax.functions:
            raise self._refused(name)
        return self.syntax.functions[name]

    def _print_ImaginaryUnit(self, expr: sp.Expr) -> str:
        raise self._refused(f"the number {expr}")

    _print_Infinity = _print_NegativeInfinity = _print_ComplexInfinity = _print_NaN = _print_ImaginaryUnit

    def emptyPrinter(self, expr: object) -> str:
        raise self._refused(str(expr)[:40])

    def _refused(self, what: str) -> SymbolicError:
        return SymbolicError(f"{self.syntax.language} cannot hold this law: {what} has no form there. Choose another.")


_WORDS = "exp log sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh sqrt"
_SAME = tuple(_WORDS.split())


def _named(prefix: str, **others: str) -> dict[str, str]:
    return {**{name: prefix + name for name in _SAME}, **others}


_NUMPY_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2"}
_NUMPY_NAMES |= {"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "Abs": "abs", "sign": "sign"}
NUMPY = Syntax(
    "NumPy",
    {name: f"numpy.{_NUMPY_NAMES.get(name, name)}" for name in (*_SAME, "Abs", "sign")}
    | {"Min": "numpy.minimum", "Max": "numpy.maximum", "erf": "scipy.special.erf", "erfc": "scipy.special.erfc"},
    power="{0}**{1}",
    ratio="{0}/{1}",
    constants={"pi": "numpy.pi", "e": "numpy.e"},
    bessel={0: "scipy.special.j0", 1: "scipy.special.j1"},
    any_bessel="scipy.special.jv",
)
SYMPY = Syntax(
    "SymPy",
    _named("sympy.", Abs="sympy.Abs", sign="sympy.sign", erf="sympy.erf", erfc="sympy.erfc", Min="sympy.Min",
           Max="sympy.Max", sec="sympy.sec",
           csc="sympy.csc", cot="sympy.cot", coth="sympy.coth", acot="sympy.acot"),
    power="{0}**{1}",
    ratio="sympy.Rational({0}, {1})",
    constants={"pi": "sympy.pi", "e": "sympy.E"},
    any_bessel="sympy.besselj",
)  # fmt: skip
_MATH = Syntax("Python", _named("math.", Abs="abs", erf="math.erf", erfc="math.erfc"), "{0}**{1}", "{0}/{1}",
               constants={"pi": "math.pi", "e": "math.e"})  # fmt: skip
TORCH = Syntax(
    "torch",
    _named(
        "torch.",
        Abs="torch.abs",
        sign="torch.sign",
        erf="torch.special.erf",
        erfc="torch.special.erfc",
        Min="torch.minimum",
        Max="torch.maximum",
    ),
    power="{0}**{1}",
    ratio="{0}/{1}",
    any_bessel="besselj",
    numbers=_MATH,
    wrapped="torch.as_tensor({0}, dtype=X.dtype)",
)
C = Syntax(
    "C",
    _named("", Abs="fabs", sign="signum", erf="erf", erfc="erfc", Min="smaller", Max="larger"),
    power="pow({0}, {1})",
    bessel={0: "j0", 1: "j1"},
    any_bessel="jn",
)
JULIA = Syntax(
    "Julia",
    _named("", atan2="atan", Abs="abs", sign="sign", erf="erf", erfc="erfc", Min="min", Max="max")
    | {name: f"nan_{name}" for name in ("sqrt", "log", "asin", "acos", "acosh", "atanh", "sin", "cos", "tan")},
    power="nan_power({0}, {1})",
    whole_power="{0}^{1}",
    bessel={0: "besselj0", 1: "besselj1"},
    any_bessel="besselj",
)
JS = Syntax(
    "JavaScript",
    _named("Math.", Abs="Math.abs", sign="Math.sign", erf="erf", erfc="erfc", Min="Math.min", Max="Math.max"),
    power="Math.pow({0}, {1})",
    constants={"pi": "Math.PI", "e": "Math.E"},
    any_bessel="besselj",
)


def written(expr: sp.Expr, syntax: Syntax) -> str:
    """Return an expression in a language. Raises SymbolicError for what the language lacks."""
    return str(_Printer(syntax).doprint(expr))
