"""Laws as text: for people, for SymPy and for LaTeX."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from math import floor, log10
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

# SymPy reads or prints these names as something else: a column of that name gets an underscore.
_TAKEN_WORDS = (
    "E I N O Q S pi oo zoo nan GoldenRatio exp log ln sqrt cbrt sign Abs abs erf erfc besselj J0 j0 Min Max re im "
    "sin cos tan cot sec csc asin acos atan atan2 acot sinh cosh tanh coth asinh acosh atanh sigmoid gaussian "
    "log10 log2 lg tg sgn arcsin arccos arctan arctan2 arsinh arcsinh arcosh arccosh artanh arctanh true false"
)
_LETTERS = frozenset(["E", "I", "N", "O", "Q", "S"])  # which people, and our own parser, do read as names of columns
_TAKEN = frozenset(_TAKEN_WORDS.split())
_GREEK_WORDS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron rho sigma tau upsilon phi chi "
    "psi omega Gamma Delta Theta Lambda Xi Sigma Upsilon Phi Psi Omega"
)
_GREEK = "|".join(_GREEK_WORDS.split())
_LARGE = 1e6  # numbers below it are written without a power of ten
_PLAIN_SYMBOL = re.compile(rf"([A-Za-z]|{_GREEK})(_?\d+|_[A-Za-z]{{1,3}})?")


def identifiers(names: Iterable[str]) -> list[str]:
    """Return a safe, unique Python identifier for each name: the name itself where it is one."""
    found: list[str] = []
    raw = [str(name) for name in names]
    reserved = {name for name in raw if _is_safe(name)}
    for name in raw:
        plain = name if _is_safe(name) and name not in found else _identifier(name)
        choice, number = plain, 2
        while choice in found or (choice != name and choice in reserved):
            choice, number = f"{plain}_{number}", number + 1
        found.append(choice)
    return found


def spoken(names: Iterable[str]) -> dict[str, str]:
    """Return the identifiers that are not written as such for people, with the names that are: I for `I_`."""
    names = list(names)
    pairs = zip(identifiers(names), names, strict=True)
    return {symbol: name for symbol, name in pairs if name in _LETTERS}


def spoken_in(sentence: str, said: Mapping[str, str]) -> str:
    """Return a sentence in which such names stand for their identifiers."""
    for symbol, name in said.items():
        sentence = re.sub(rf"(?<!\w){re.escape(symbol)}(?!\w)", name, sentence)
    return sentence


def _is_safe(name: str) -> bool:
    return name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and name not in _TAKEN


def _identifier(name: str) -> str:
    plain = re.sub(r"[^0-9A-Za-z_]+", "_", name).strip("_")[:50] or "x"
    if not plain[0].isalpha():
        plain = f"x_{plain}"
    return plain if _is_safe(plain) else f"{plain}_"


class _ExactPrinter(StrPrinter):
    """SymPy syntax in which every Float is written so that it reads back to the last bit."""

    def _print_Float(self, expr: sp.Float) -> str:  # noqa: N802 - SymPy looks printers up by this name
        return repr(float(expr))


class _PlainPrinter(StrPrinter):
    """What people type: ^ for powers, J0 and abs, Floats with as many digits as are known."""

    def __init__(self, number: Callable[[float], str]) -> None:
        super().__init__()
        self._number = number

    def _print_Float(self, expr: sp.Float) -> str:  # noqa: N802 - SymPy looks printers up by this name
        return self._number(float(expr))

    def _print_Abs(self, expr: sp.Abs) -> str:  # noqa: N802 - SymPy looks printers up by this name
        return f"abs({self._print(expr.args[0])})"

    def _print_Exp1(self, _: sp.Expr) -> str:  # noqa: N802 - SymPy looks printers up by this name
        return "exp(1)"

    def _print_besselj(self, expr: sp.besselj) -> str:
        order, argument = expr.args
        return (
            f"J0({self._print(argument)})" if order == 0 else f"besselj({self._print(order)}, {self._print(argument)})"
        )


class _TexPrinter(LatexPrinter):
    def __init__(self, number: Callable[[float], str], settings: dict[str, Any]) -> None:
        super().__init__(settings)
        self._number = number

    def _print_Float(self, expr: sp.Float) -> str:  # noqa: N802 - SymPy looks printers up by this name
        mantissa, _, power = self._number(float(expr)).partition("e")
        return f"{mantissa} \\cdot 10^{{{int(power)}}}" if power else mantissa


def sympy_text(expr: sp.Expr) -> str:
    """Return the expression in SymPy's syntax with every Float to its last bit."""
    return str(_ExactPrinter().doprint(expr))


def plain_text(expr: sp.Expr, stderr: Mapping[float, float | None] | None = None) -> str:
    """Return the expression as people type it; `stderr` maps a constant's value to its standard error."""
    return str(_PlainPrinter(_number_writer(stderr or {})).doprint(expr)).replace("**", "^")


def exact_text(expr: sp.Expr) -> str:
    """Return the expression as people type it, every Float to its last bit."""
    return str(_PlainPrinter(repr).doprint(expr)).replace("**", "^")


def latex_text(expr: sp.Expr, stderr: Mapping[float, float | None] | None = None) -> str:
    """Return the expression in LaTeX, long names upright."""
    names = {symbol: latex_name(symbol.name) for symbol in expr.free_symbols}
    settings = {"symbol_names": names, "fold_frac_powers": True}
    if any(name.startswith("\\mathrm") for name in names.values()):
        settings["mul_symbol"] = r" \, "  # words need a space between them
    return str(_TexPrinter(_number_writer(stderr or {}), settings).doprint(expr))


def latex_name(name: str) -> str:
    """Return a column's name in LaTeX: a letter with its index as such, anything longer upright and escaped."""
    if _PLAIN_SYMBOL.fullmatch(name):
        return str(sp.latex(sp.Symbol(name)))
    escaped = re.sub(r"([#$%&_{}])", r"\\\1", re.sub(r"[\\^~]", " ", name))
    return f"\\mathrm{{{escaped}}}"


def number_text(value: float, stderr: float | None) -> str:
    """Return a number to two digits of its standard error (to six digits where it has none).

    >>> number_text(1.499953, 0.000213), number_text(0.3, 1e-16), number_text(689.7, 34.0)
    ('1.49995', '0.3', '690')
    """
    if not stderr or value == 0:
        digits = 6 if stderr is None else 15
    else:
        digits = min(max(floor(log10(abs(value))) - floor(log10(stderr)) + 2, 2), 15)
    text = f"{value:.{digits}g}"
    return f"{float(text):.0f}" if "e+" in text and abs(value) < _LARGE else text


def _number_writer(stderr: Mapping[float, float | None]) -> Callable[[float], str]:
    def write(value: float) -> str:
        for known, error in stderr.items():
            if abs(abs(value) - abs(known)) <= 1e-13 * abs(known):
                return number_text(value, error)
        return number_text(value, None if value != round(value, 12) else 0.0)

    return write
