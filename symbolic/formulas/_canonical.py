"""The printed form of a law: the shortest of its equivalents that a person, and a computer algebra system, would write.

Candidates are made by SymPy's rewriting and by the rules of `_rules`, branch by branch from the leaves up, in
a process of its own under a time limit. The one that is taken is held against the original in numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from symbolic.formulas._complexity import complexity
from symbolic.formulas._limit import task, within
from symbolic.formulas._numeric import evaluate
from symbolic.formulas._roots import HALF, RATIO_COST, ROOT_GAIN, roots_drawn, under_one_root
from symbolic.formulas._rules import MASKED, OPEN, Rule, rooted, signed
from symbolic.formulas._tree import from_tree, to_tree

_SECONDS = 15.0  # the start of the process included
_POINTS = 256
_SAME = 1e-9


def shortest(expr: sp.Expr, domain: Mapping[sp.Symbol, tuple[float, float]], seconds: float = _SECONDS) -> sp.Expr:
    """Return the shortest equivalent of an expression over a domain; itself where none is found in time.

    Symbols whose range is positive are taken for positive numbers. Measured numbers stay as they are. The answer agrees
    with the expression on random points of the domain to nine digits.

    >>> x, c = sp.symbols("x c")
    >>> shortest(x / sp.sqrt(1 - x / c) - x**2 / (c * sp.sqrt(1 - x / c)), {x: (1, 2), c: (3, 4)})
    x*sqrt(1 - x/c)
    """
    positive = sp.Add(*(symbol for symbol, (low, _) in domain.items() if low > 0), evaluate=False)
    tree = within(seconds, canonical, [expr, positive])
    if tree is None:
        return expr
    found = from_tree(tree)
    if not (found.free_symbols <= expr.free_symbols and _agree(expr, found, domain)):
        found = expr
    drawn = roots_drawn(found, domain)
    return drawn if complexity(drawn) <= complexity(found) + RATIO_COST and _agree(expr, drawn, domain) else found


def merged(expr: sp.Expr, seconds: float = _SECONDS) -> sp.Expr:
    """Return an expression with exponentials and powers of one base brought together, where that is done in time.

    Nothing is expanded; symbols are taken for positive numbers.
    """
    tree = within(seconds, brought_together, [expr])
    return expr if tree is None else from_tree(tree)


@task
def brought_together(exprs: list[sp.Expr]) -> Any:
    """Return the first expression with its powers of one base brought together, as a tree."""
    return to_tree(sp.powsimp(exprs[0], force=True))


def _agree(one: sp.Expr, other: sp.Expr, domain: Mapping[sp.Symbol, tuple[float, float]]) -> bool:
    """Tell whether two expressions have the same values where the first has any."""
    if one == other:
        return True
    symbols = list(domain)
    rng = np.random.default_rng(20240)
    X = np.stack([rng.uniform(*domain[symbol], _POINTS) for symbol in symbols], axis=1)
    first, second = evaluate(one, symbols, X), evaluate(other, symbols, X)
    known = np.isfinite(first)
    if not known.any():
        return False
    size = np.maximum(np.abs(first[known]), 1e-3 * float(np.median(np.abs(first[known]))))
    return bool(np.all(np.abs(first[known] - second[known]) <= _SAME * size))


@task
def canonical(exprs: list[sp.Expr]) -> Any:
    """Return the shortest form of the first expression, with the symbols of the second positive, as a tree."""
    expr, positive = exprs
    signs = {symbol: sp.Symbol(symbol.name, positive=True) for symbol in positive.free_symbols}
    numbers: dict[sp.Float, sp.Symbol] = {}
    for node in sorted(expr.atoms(sp.Float), key=str):  # factoring is for exact numbers
        numbers.setdefault(abs(node), sp.Dummy(f"k{len(numbers)}", positive=bool(node != 0)))
    stands = {node: numbers[abs(node)] * (-1 if node < 0 else 1) for node in expr.atoms(sp.Float)}
    form = _best(expr.xreplace(stands).xreplace(signs))
    form = under_one_root(form.xreplace({sign: plain for plain, sign in signs.items()}))
    return to_tree(form.xreplace({symbol: number for number, symbol in numbers.items()}))


def _shortest_of(forms: set[sp.Expr]) -> sp.Expr:
    """The least complex, and of those the one that is easiest to read."""
    sizes = {form: complexity(form) for form in forms}
    least = min(sizes.values())
    return min((form for form in forms if sizes[form] == least), key=_look)


def _look(expr: sp.Expr) -> tuple[int, int, int, int, str]:
    """How often symbols stand in it, how many quotients in powers of sums, minus signs, letters."""
    nodes, text = list(sp.preorder_traversal(expr)), str(expr)
    brackets = [node.base for node in nodes if node.is_Pow and node.base.is_Add]
    nested = [n for bracket in brackets for n in sp.preorder_traversal(bracket) if n.is_Pow and n.exp.is_negative]
    return sum(node.is_Symbol for node in nodes), len(nested), text.count("-"), len(text), text


def _best(expr: sp.Expr) -> sp.Expr:
    """The shortest form found, branch by branch and then as a whole, until nothing gets shorter."""
    form = _branches(expr, _plain)
    if form != expr:
        form = _branches(form, _plain)  # what the whole was made into has branches of its own
    bases = [node.base for node in sp.preorder_traversal(form) if node.is_Pow and abs(node.exp) == HALF]

    def drawn_in(node: sp.Expr) -> sp.Expr:
        best = node
        for other in _made(rooted, node):
            root = next(f.base for f in sp.Mul.make_args(node) if f.is_Pow and abs(f.exp) == HALF and f.base.is_Add)
            other = _plain(other)
            # √(1 − v²/c²) is left alone unless there is much to gain, and so is a root that stands twice.
            gain = ROOT_GAIN if any(not term.free_symbols for term in root.args) else 0
            if bases.count(root) == 1 and complexity(other) <= complexity(node) - gain:
                best = _shortest_of({best, other})
        return best

    return _branches(form, drawn_in)


def _branches(expr: sp.Expr, change: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    """An expression changed from its leaves up."""
    if not expr.args or not expr.free_symbols:
        return expr
    return change(expr.func(*(_branches(argument, change) for argument in expr.args)))


def _plain(expr: sp.Expr) -> sp.Expr:
    """The shortest form by rules that leave roots and functions of sums as they are."""
    form = expr
    for _ in range(3):
        shorter = _shorter(form)
        if shorter == form:
            break
        form = shorter
    return form


@lru_cache(maxsize=512)
def _shorter(form: sp.Expr) -> sp.Expr:
    """The shortest form that is one rule away, or the form itself."""
    masked, masks = _masked(form)
    forms = {masked, *(one for rule in MASKED for one in _made(rule, masked))}
    unmasked = {one.xreplace(masks) for one in forms} | {form}
    unmasked |= {one for rule in OPEN for one in _made(rule, form)}
    unmasked |= {one for other in tuple(unmasked) for one in _made(signed, other)}
    return _shortest_of({one for one in unmasked if not one.has(sp.nan, sp.zoo)})


def _masked(expr: sp.Expr) -> tuple[sp.Expr, dict[sp.Symbol, sp.Expr]]:
    """The expression with symbols in place of its functions and its roots of sums, rewritten by themselves."""
    masks: dict[sp.Expr, sp.Symbol] = {}

    def hide(node: sp.Expr) -> sp.Expr:
        if not node.args or not node.free_symbols:
            return node
        root = node.is_Pow and node.exp.is_Rational and not node.exp.is_Integer and node.base.is_Add
        if root:
            unit = sp.Pow(node.base, sp.Rational(1, node.exp.q))
            masks.setdefault(unit, sp.Dummy("root", positive=True))
            return masks[unit] ** node.exp.p
        if isinstance(node, sp.Function) or (node.is_Pow and not node.exp.is_Rational):
            masks.setdefault(node, sp.Dummy("f", positive=node.is_positive))
            return masks[node]
        return node.func(*(hide(argument) for argument in node.args))

    return hide(expr), {symbol: node for node, symbol in masks.items()}


def _made(rule: Rule, expr: sp.Expr) -> list[sp.Expr]:
    try:
        return list(rule(expr))
    except (sp.PolynomialError, NotImplementedError, ValueError, TypeError, AttributeError):
        return []  # the rule is not for this kind of expression
