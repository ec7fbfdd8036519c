"""The printed form of a law: the shortest of its equivalents that a person, and a computer algebra system, would write.

Candidates are made by SymPy's rewriting and by rules for roots, double angles and signs, branch by branch from the
leaves up, in a process of its own under a time limit. The one that is taken is held against the original in numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import sympy as sp

from symbolic.formulas._complexity import complexity
from symbolic.formulas._limit import task, within
from symbolic.formulas._numeric import evaluate
from symbolic.formulas._roots import HALF, roots_drawn, under_one_root
from symbolic.formulas._tree import from_tree, to_tree

_SECONDS = 15.0  # the start of the process included
_LARGE = 90  # complexity beyond which nothing is expanded or factored
_POINTS = 256
_SAME = 1e-9
_ROOT_GAIN = 3  # how much shorter a law has to get for its roots to change


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
    return drawn if complexity(drawn) <= complexity(found) and _agree(expr, drawn, domain) else found


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
    for node in sp.preorder_traversal(expr):
        if isinstance(node, sp.Float) and node not in numbers:  # factoring is for exact numbers
            numbers[node] = sp.Dummy(f"k{len(numbers)}", positive=bool(node > 0), negative=bool(node < 0))
    form = _best(expr.xreplace(numbers).xreplace(signs))
    form = under_one_root(form.xreplace({stands: plain for plain, stands in signs.items()}))
    return to_tree(form.xreplace({symbol: number for number, symbol in numbers.items()}))


def _cost(expr: sp.Expr) -> tuple[int, int, str]:
    text = str(expr)
    return complexity(expr), len(text), text


def _best(expr: sp.Expr) -> sp.Expr:
    """The shortest form found, branch by branch and then as a whole, until nothing gets shorter."""
    form = _branches(expr, _plain)
    bases = [node.base for node in sp.preorder_traversal(form) if node.is_Pow and abs(node.exp) == HALF]

    def rooted(node: sp.Expr) -> sp.Expr:
        best = node
        for other in _made(_rooted, node):
            root = next(f.base for f in sp.Mul.make_args(node) if f.is_Pow and abs(f.exp) == HALF and f.base.is_Add)
            other = _plain(other)
            # √(1 − v²/c²) is left alone unless there is much to gain, and so is a root that stands twice.
            gain = _ROOT_GAIN if any(not term.free_symbols for term in root.args) else 0
            if bases.count(root) == 1 and _cost(other) < _cost(best) and complexity(other) <= complexity(node) - gain:
                best = other
        return best

    return _branches(form, rooted)


def _branches(expr: sp.Expr, change: Callable[[sp.Expr], sp.Expr]) -> sp.Expr:
    """An expression changed from its leaves up."""
    if not expr.args or not expr.free_symbols:
        return expr
    return change(expr.func(*(_branches(argument, change) for argument in expr.args)))


def _plain(expr: sp.Expr) -> sp.Expr:
    """The shortest form by rules that leave roots and functions of sums as they are."""
    form = expr
    for _ in range(3):
        masked, masks = _masked(form)
        forms = {masked, *(one for rule in _RULES for one in _made(rule, masked))}
        unmasked = {one.xreplace(masks) for one in forms} | {form}
        unmasked |= {one for rule in _WAVES for one in _made(rule, form)}
        unmasked |= {one for other in tuple(unmasked) for one in _made(_signed, other)}
        shorter = min((one for one in unmasked if not one.has(sp.nan, sp.zoo)), key=_cost)
        if shorter == form:
            break
        form = shorter
    return form


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


def _made(rule: Callable[[sp.Expr], Iterator[sp.Expr]], expr: sp.Expr) -> list[sp.Expr]:
    try:
        return list(rule(expr))
    except (sp.PolynomialError, NotImplementedError, ValueError, TypeError, AttributeError):
        return []  # the rule is not for this kind of expression


def _gathered(expr: sp.Expr) -> Iterator[sp.Expr]:
    yield sp.powsimp(expr)
    yield sp.factor_terms(expr)


def _fractions(expr: sp.Expr) -> Iterator[sp.Expr]:
    if complexity(expr) > _LARGE or not (expr.is_Add or expr.is_Mul or expr.is_Pow):
        return
    yield sp.expand(expr)
    whole = sp.together(expr)
    yield whole
    yield sp.factor(whole)
    above, below = whole.as_numer_denom()
    if below.free_symbols:
        yield sp.Add(*(term / below for term in sp.Add.make_args(sp.expand(above))))


def _squares(expr: sp.Expr) -> Iterator[sp.Expr]:
    """x² − 2xy + y² + … as (x − y)² + …, where no term is left half used."""
    if not expr.is_Add or len(expr.args) < 3:
        return
    terms = list(expr.args)
    squares = {t: sp.sqrt(t) for t in terms if _is_square(t)}
    changed, done = list(terms), []
    for cross in terms:
        if cross in squares or cross not in changed:
            continue
        for one in squares:
            for other in squares:
                product = 2 * squares[one] * squares[other]
                if one in changed and other in changed and one != other and cross in (product, -product):
                    for used in (one, other, cross):
                        changed.remove(used)
                    sign = 1 if cross == product else -1
                    done.append((squares[one] + sign * squares[other]) ** 2)
                    break
            if cross not in changed:
                break
    if done:
        yield sp.Add(*changed, *done)


def _is_square(term: sp.Expr) -> bool:
    factor, rest = term.as_coeff_Mul()
    root = sp.sqrt(factor)
    powers = rest.as_powers_dict()
    return bool(
        factor.is_positive
        and root.is_Rational
        and all(p.is_Integer and p % 2 == 0 and b.is_positive for b, p in powers.items() if b != 1)
    )


def _rooted(expr: sp.Expr) -> Iterator[sp.Expr]:
    """Factors beside a root of a sum brought under it."""
    factors = sp.Mul.make_args(expr)
    for root in factors:
        base, power = root.as_base_exp()
        if not (abs(power) == HALF and base.is_Add):
            continue
        others = [f for f in factors if f is not root]
        inside = [f for f in others if _positive(f)]
        for chosen in (inside, *([f] for f in inside if len(inside) > 1)):
            if chosen:
                under = sp.expand(base * sp.Mul(*chosen) ** (1 / power))
                rest = sp.Mul(*(f for f in others if f not in chosen))
                yield rest * under**power
                yield rest * sp.factor_terms(under) ** power
                yield rest * sp.collect(under, sorted(under.free_symbols, key=str)) ** power


def _positive(factor: sp.Expr) -> bool:
    return bool(factor.is_positive and not factor.is_Rational)


def _double(expr: sp.Expr) -> Iterator[sp.Expr]:
    """1 + cos 2u as 2 cos² u and 1 − cos 2u as 2 sin² u."""
    for wave in expr.atoms(sp.cos) if expr.is_Add else ():
        half = wave.args[0] / 2
        if sp.fraction(half.as_coeff_Mul()[0])[1] == 1:
            yield sp.expand(expr.xreplace({wave: 2 * sp.cos(half) ** 2 - 1}))
            yield sp.expand(expr.xreplace({wave: 1 - 2 * sp.sin(half) ** 2}))


def _multiple(expr: sp.Expr) -> Iterator[sp.Expr]:
    """4 cos³ u − 3 cos u as cos 3u."""
    from sympy.simplify.fu import TR8

    waves = [node for node in expr.atoms(sp.Pow) if isinstance(node.base, sp.sin | sp.cos)]
    if expr.is_Add and any(node.exp.is_Integer and node.exp > 2 for node in waves) and complexity(expr) <= _LARGE:
        yield sp.expand(TR8(expr))


def _separated(expr: sp.Expr) -> Iterator[sp.Expr]:
    """log(u·eᵛ) as v + log u."""
    if isinstance(expr, sp.log) and expr.args[0].is_Mul:
        powers = [factor.args[0] for factor in expr.args[0].args if isinstance(factor, sp.exp)]
        rest = sp.Mul(*(factor for factor in expr.args[0].args if not isinstance(factor, sp.exp)))
        yield sp.Add(*powers, sp.log(rest)) if powers else expr


def _inverted(expr: sp.Expr) -> Iterator[sp.Expr]:
    """a − a/(1 + (x/k)ʰ) as a/(1 + (k/x)ʰ)."""
    for power in expr.atoms(sp.Pow) if expr.is_Add or expr.is_Mul else ():
        if power.exp.free_symbols and power.base.is_Mul and complexity(expr) <= _LARGE:
            other = sp.Dummy(positive=True)
            yield sp.cancel(expr.xreplace({power: 1 / other})).xreplace({other: (1 / power.base) ** power.exp})


def _numbered(expr: sp.Expr) -> Iterator[sp.Expr]:
    """√2·√(u + 1/2) as √(2u + 1)."""
    factors = sp.Mul.make_args(expr)
    plain = [factor for factor in factors if factor.is_Pow and factor.exp == HALF and factor.base.is_Rational]
    for root in (factor for factor in factors if factor.is_Pow and factor.exp == HALF and factor.base.is_Add):
        for number in plain:
            rest = sp.Mul(*(factor for factor in factors if factor not in (root, number)))
            yield rest * sp.sqrt(sp.expand(number.base * root.base))


def _joined(expr: sp.Expr) -> Iterator[sp.Expr]:
    """eᵘ·eᵛ as eᵘ⁺ᵛ."""
    if expr.is_Mul and sum(isinstance(factor, sp.exp) for factor in expr.args) > 1:
        yield sp.powsimp(expr)


def _powers(expr: sp.Expr) -> Iterator[sp.Expr]:
    """e^(v·log u) as uᵛ."""
    if isinstance(expr, sp.exp):
        factors = sp.Mul.make_args(expr.args[0])
        for log in factors:
            if isinstance(log, sp.log):
                yield log.args[0] ** sp.Mul(*(f for f in factors if f is not log))


def _hyperbolic(expr: sp.Expr) -> Iterator[sp.Expr]:
    """Sums of eᵘ and e⁻ᵘ as sinh and cosh, and their quotient as tanh."""
    waves = expr.atoms(sp.exp) if expr.is_Add else set()
    for wave in waves:
        u = wave.args[0]
        if sp.exp(-u) in waves:
            yield sp.expand(expr.xreplace({wave: sp.cosh(u) + sp.sinh(u), sp.exp(-u): sp.cosh(u) - sp.sinh(u)}))
    for wave in expr.atoms(sp.sinh) if expr.is_Mul else ():
        u = wave.args[0]
        yield expr / (wave / sp.cosh(u)) * sp.tanh(u)
        yield expr * (wave / sp.cosh(u)) / sp.tanh(u)


def _signed(expr: sp.Expr) -> Iterator[sp.Expr]:
    """−(b − a) as a − b."""
    if expr.is_Add:
        yield _turned(expr)
    for factor in sp.Mul.make_args(expr):
        base, power = factor.as_base_exp()
        if base.is_Add and power.is_Integer and power % 2:
            others = sp.Mul(*(f for f in sp.Mul.make_args(expr) if f is not factor))
            yield -others * (-base) ** power
            yield -others * _turned(-base) ** power


def _turned(total: sp.Expr) -> sp.Expr:
    """A sum in which c·(b − a) stands for −c·(a − b)."""
    terms = []
    for term in sp.Add.make_args(total):
        bracket = next((f for f in sp.Mul.make_args(term) if f.is_Add), None)
        if term.could_extract_minus_sign() and bracket is not None:
            term = sp.Mul(*(-f if f is bracket else f for f in sp.Mul.make_args(term)), sp.Integer(-1))
        terms.append(term)
    return sp.Add(*terms)


_RULES: tuple[Callable[[sp.Expr], Iterator[sp.Expr]], ...] = (_gathered, _fractions, _squares)
_WAVES: tuple[Callable[[sp.Expr], Iterator[sp.Expr]], ...] = (
    _double, _multiple, _separated, _inverted, _numbered, _joined, _powers, _hyperbolic,
)  # fmt: skip
