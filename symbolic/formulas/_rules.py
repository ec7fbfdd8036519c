"""Rules of rewriting: each a generator of equivalents of one expression, of which `_canonical` takes the shortest.

A rule looks at the top of the expression only: its branches have been through all rules before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import sympy as sp

from symbolic.formulas._complexity import complexity
from symbolic.formulas._inside import brought_in
from symbolic.formulas._roots import HALF

Rule = Callable[[sp.Expr], Iterator[sp.Expr]]

LARGE = 90  # complexity beyond which nothing is expanded or factored


def _gathered(expr: sp.Expr) -> Iterator[sp.Expr]:
    yield sp.powsimp(expr)
    yield sp.factor_terms(expr)


def _fractions(expr: sp.Expr) -> Iterator[sp.Expr]:
    if complexity(expr) > LARGE or not (expr.is_Add or expr.is_Mul or expr.is_Pow):
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
                    done.append(_faced(squares[one] + sign * squares[other]) ** 2)
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


def rooted(expr: sp.Expr) -> Iterator[sp.Expr]:
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
    if expr.is_Add and any(node.exp.is_Integer and node.exp > 2 for node in waves) and complexity(expr) <= LARGE:
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
        if power.exp.free_symbols and power.base.is_Mul and complexity(expr) <= LARGE:
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


def signed(expr: sp.Expr) -> Iterator[sp.Expr]:
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


def _turned_over(expr: sp.Expr) -> Iterator[sp.Expr]:
    """−log(a/b) as log(b/a)."""
    if expr.is_Mul and expr.could_extract_minus_sign():
        for log in (f for f in expr.args if isinstance(f, sp.log) and (f.args[0].is_Mul or f.args[0].is_Pow)):
            yield -expr / log * sp.log(1 / log.args[0])


def _upright(expr: sp.Expr) -> Iterator[sp.Expr]:
    """√(1/(a + b)) as 1/√(a + b)."""
    if expr.is_Pow and abs(expr.exp) == HALF:
        above, below = expr.base.as_numer_denom()
        if above == 1 and below.free_symbols:
            yield below**-expr.exp


def _facing(expr: sp.Expr) -> Iterator[sp.Expr]:
    """(−a + b)² as (a − b)²."""
    if expr.is_Pow and expr.base.is_Add and expr.exp.is_Integer and expr.exp % 2 == 0:
        yield _faced(expr.base) ** expr.exp


def _faced(total: sp.Expr) -> sp.Expr:
    """A sum or its negative, as one writes it under a square: then equal brackets are found to be equal."""
    return min(total, -total, key=lambda one: (sum(map(_subtracted, one.args)), len(str(one)), str(one)))


def _subtracted(term: sp.Expr) -> bool:
    measured = all(isinstance(symbol, sp.Dummy) for symbol in term.free_symbols)  # (x − 2.5)², not (2.5 − x)²
    return term.could_extract_minus_sign() and not measured


def _conjugate(expr: sp.Expr) -> Iterator[sp.Expr]:
    """(a − b)·(a + b) as a² − b², and so their powers."""
    brackets = [f for f in sp.Mul.make_args(expr) if len(f.as_base_exp()[0].args) == 2 and f.as_base_exp()[0].is_Add]
    for one, other in combinations(brackets, 2):
        (first, power), (second, same) = one.as_base_exp(), other.as_base_exp()
        product = sp.expand(first * second)
        if power == same and len(product.args) == 2:
            yield expr / one / other * product**power


# With functions and roots of sums as symbols, and with them as they are.
MASKED: tuple[Rule, ...] = (_gathered, _fractions, _squares)
OPEN: tuple[Rule, ...] = (
    _double, _multiple, _separated, _inverted, _numbered, _joined, _powers, _hyperbolic, _turned_over, _upright,
    _facing, _conjugate, brought_in,
)  # fmt: skip
