"""A law as source text in other languages: one row a language in `EXPORTS`, one table of names each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sympy as sp

from symbolic._errors import SymbolicError
from symbolic.formulas._text import identifiers
from symbolic.formulas._tree import to_tree
from symbolic.laws._export_syntax import JS, JULIA, NUMPY, SYMPY, TORCH, C, Syntax, written
from symbolic.laws._export_words import (
    C_HELPERS,
    C_WORDS,
    JS_HELPERS,
    JS_WORDS,
    JULIA_HELPERS,
    JULIA_WORDS,
    PYTHON_WORDS,
    TORCH_HELPERS,
)

if TYPE_CHECKING:
    from symbolic.laws._law import Law

_RECIPROCALS = (sp.sec, sp.csc, sp.cot, sp.coth, sp.acot)


@dataclass(frozen=True)
class _Parts:
    """A law made ready for a language: its formula in safe names, those names, and a name for the function."""

    expr: sp.Expr
    names: list[str]
    name: str
    comments: list[str]

    def body(self, syntax: Syntax) -> str:
        return written(self.expr if "sec" in syntax.functions else _spelled(self.expr), syntax)


def _parts(law: Law, words: frozenset[str]) -> _Parts:
    to_tree(law.expr)  # refuses what no law is made of
    symbols = [variable.symbol for variable in law.variables]
    *names, name = _safe([*symbols, *identifiers([law.target])], words)
    table = {sp.Symbol(old): sp.Symbol(new) for old, new in zip(symbols, names, strict=True)}
    columns = [f"{new}: {one_line(v.name)}" for new, v in zip(names, law.variables, strict=True) if new != v.name]
    return _Parts(law.expr.xreplace(table), names, name, [one_line(str(law)), *columns])


def _safe(names: list[str], words: frozenset[str]) -> list[str]:
    """Return the names with underscores after those that mean something in the language, or that came before."""
    found: list[str] = []
    for name in names:
        while name in words or name in found:
            name += "_"
        found.append(name)
    return found


def one_line(text: str) -> str:
    """Return a text that ends no comment: one line of printable characters without backslashes."""
    return "".join(c if c.isprintable() and c != "\\" else " " for c in text).replace("??/", "?? /").strip()


def _spelled(expr: sp.Expr) -> sp.Expr:
    """Return the expression with sec, csc, cot, coth and acot in terms of what every language has."""
    return expr.replace(
        lambda node: isinstance(node, _RECIPROCALS),
        lambda node: sp.atan(1 / node.args[0]) if isinstance(node, sp.acot) else _reciprocal(node),
    )


def _reciprocal(node: sp.Expr) -> sp.Expr:
    pairs: dict[type, Callable[[sp.Expr], sp.Expr]] = {sp.sec: sp.cos, sp.csc: sp.sin, sp.cot: sp.tan, sp.coth: sp.tanh}
    return 1 / pairs[type(node)](node.args[0])


def _comments(parts: _Parts, sign: str) -> list[str]:
    return [f"{sign} {line}" for line in parts.comments]


def _used(body: str, helpers: Mapping[str, str]) -> list[str]:
    """Return the sources of the helpers that a text calls, and of those that they call, in the order of the table."""
    called = {name for name in helpers if re.search(rf"\b{name}\(", body)}
    while more := {n for n in helpers if n not in called and any(re.search(rf"\b{n}\(", helpers[c]) for c in called)}:
        called |= more
    return [source for name, source in helpers.items() if name in called]


def _to_numpy(law: Law) -> str:
    parts = _parts(law, PYTHON_WORDS)
    body = parts.body(NUMPY)
    if not parts.expr.free_symbols:
        body = f"numpy.full(numpy.broadcast({', '.join(parts.names)}).shape, {body})"
    imports = ["import numpy", *(["import scipy.special"] if "scipy.special." in body else [])]
    lines = [f"    {n} = numpy.asarray({n}, dtype=numpy.float64)" for n in parts.names]
    quiet = '    with numpy.errstate(all="ignore"):  # outside its domain the law is NaN'
    head = [*_comments(parts, "#"), *imports, "", "", f"def {parts.name}({', '.join(parts.names)}):"]
    return "\n".join([*head, *lines, quiet, f"        return {body}", ""])


def _to_torch(law: Law) -> str:
    parts = _parts(law, PYTHON_WORDS)
    values: dict[sp.Symbol, float] = {}
    free = _parametrised(_spelled(parts.expr), values)
    body = written(free, TORCH)
    if not free.free_symbols & {sp.Symbol(name) for name in parts.names}:
        body = f"({body}) + 0 * {parts.names[0]}"
    constants = [
        f"        {symbol.name} = torch.nn.Parameter(torch.tensor({value!r}, dtype=torch.float64))"
        for symbol, value in values.items()
    ]
    columns = ", ".join(parts.names) + ("," if len(parts.names) == 1 else "")
    return "\n".join(
        [
            *_comments(parts, "#"),
            *(["import math", ""] if "math." in body else []),
            "import torch",
            "",
            "",
            *_used(body, TORCH_HELPERS),
            "class Law(torch.nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            *constants,
            "",
            "    def forward(self, X):",
            f"        {columns} = X.unbind(-1)",
            f"        return {body}",
            "",
        ]
    )


def _parametrised(expr: sp.Expr, values: dict[sp.Symbol, float]) -> sp.Expr:
    """Return the expression with every Float replaced by an attribute of the module, which `values` receives."""
    if isinstance(expr, sp.Float):
        symbol = sp.Symbol(f"self.k{len(values) + 1}")
        values[symbol] = float(expr)
        return symbol
    return expr.func(*(_parametrised(argument, values) for argument in expr.args)) if expr.args else expr


def _to_sympy(law: Law) -> str:
    parts = _parts(law, PYTHON_WORDS)
    symbols = [
        f"{new} = sympy.Symbol({v.symbol!r})" for new, v in zip(parts.names, law.variables, strict=True)
    ]  # the symbol's own name is that of the law
    return "\n".join([*_comments(parts, "#"), "import sympy", "", *symbols, f"{parts.name} = {parts.body(SYMPY)}", ""])


def _to_c(law: Law) -> str:
    parts = _parts(law, C_WORDS)
    body = parts.body(C)
    arguments = ", ".join(f"double {name}" for name in parts.names)
    bessel = ["#define _XOPEN_SOURCE 700 /* j0, j1, jn */"] if re.search(r"\bj[01n]\(", body) else []
    used = [f"    (void){n};" for n in parts.names if sp.Symbol(n) not in parts.expr.free_symbols]
    lines = [*_comments(parts, "//"), *bessel, "#include <math.h>", "", *_used(body, C_HELPERS)]
    return "\n".join([*lines, f"double {parts.name}({arguments}) {{", *used, f"    return {body};", "}", ""])


def _to_julia(law: Law) -> str:
    parts = _parts(law, JULIA_WORDS)
    body = parts.body(JULIA)
    special = (
        ["using SpecialFunctions  # ] add SpecialFunctions", ""] if re.search(r"\b(erfc?|besselj[01]?)\(", body) else []
    )
    floats = [f"    {name} = float({name})" for name in parts.names]
    lines = [*_comments(parts, "#"), *special, *_used(body, JULIA_HELPERS)]
    return "\n".join(
        [*lines, f"function {parts.name}({', '.join(parts.names)})", *floats, f"    return {body}", "end", ""]
    )


def _to_javascript(law: Law) -> str:
    parts = _parts(law, JS_WORDS)
    body = parts.body(JS)
    lines = [*_comments(parts, "//"), *_used(body, JS_HELPERS)]
    return "\n".join([*lines, f"function {parts.name}({', '.join(parts.names)}) {{", f"  return {body};", "}", ""])


@dataclass(frozen=True)
class Export:
    """A language: its `key`, what to call it, the usual ending of its files, and what writes it."""

    key: str
    language: str
    suffix: str
    write: Callable[[Law], str]


EXPORTS: dict[str, Export] = {
    row.key: row
    for row in (
        Export("text", "Plain text", ".txt", str),
        Export("latex", "LaTeX", ".tex", lambda law: law.latex()),
        Export("sympy", "SymPy", ".py", _to_sympy),
        Export("numpy", "NumPy", ".py", _to_numpy),
        Export("torch", "PyTorch", ".py", _to_torch),
        Export("c", "C", ".c", _to_c),
        Export("julia", "Julia", ".jl", _to_julia),
        Export("javascript", "JavaScript", ".js", _to_javascript),
    )
}


def export(law: Law, key: str) -> str:
    """Return the law as source text: a function of its columns, one value a row; NaN outside its domain.

    `key` is one of `EXPORTS`: text, latex, sympy, numpy, torch, c, julia, javascript. The torch module's parameters
    are the law's measured constants; what was recognised stays exact. Column names become safe names of the language,
    and comments say which is which.

    Raises SymbolicError for an unknown language, or where it lacks a function of the law.
    """
    if key not in EXPORTS:
        raise SymbolicError(f"A law is exported as {', '.join(EXPORTS)}, but '{key}' came. Choose one of these.")
    return EXPORTS[key].write(law)
