"""Formulas in LaTeX are read as they look on paper; where two readers would differ, they are refused."""

import csv
import math
from pathlib import Path

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from datasets import FormulaError, parse_formula

x, y, z, a, b, c, m, n, r, t, G, M = sympy.symbols("x y z a b c m n r t G M")
omega, sigma, theta, alpha, tau = sympy.symbols("omega sigma theta alpha tau")
v = sympy.Symbol

MEANT = {
    "$x^2$": x**2,
    "$$y = \\frac{1}{2} m x^2$$": m * x**2 / 2,
    "$$\nx^{2}\n$$": x**2,
    r"\(e^{-x}\)": sympy.exp(-x),
    r"\[ x \]": x,
    r"y = x\,e^{-x}.": x * sympy.exp(-x),
    r"E = mc^{2}": m * c**2,
    r"y = xe^{-x}": x * sympy.exp(-x),
    r"\frac12 x": x / 2,
    r"\frac1{10}x": x / 10,
    r"\frac ab": a / b,
    r"\dfrac{a}{b}c": a * c / b,
    r"\frac\pi2 x": sympy.pi * x / 2,
    r"\frac{(a)}{(b)}": a / b,
    r"\frac{d}{d_0}": v("d") / v("d_0"),
    r"\sqrt x": sympy.sqrt(x),
    r"\sqrt2 x": sympy.sqrt(2) * x,
    r"\sqrt{x+1}": sympy.sqrt(x + 1),
    r"\sqrt[3]{x}": x ** sympy.Rational(1, 3),
    r"\sqrt[n]{x}": x ** (1 / n),
    r"x^\frac{1}{2}": sympy.sqrt(x),
    r"x^10 \cdot y": x**10 * y,
    r"x^-1 \cdot y": y / x,
    r"{x}^{2}": x**2,
    r"{{{x}}}^2 \cdot y": x**2 * y,
    r"\sin x": sympy.sin(x),
    r"\sin 2\pi x": sympy.sin(2 * sympy.pi * x),
    r"\sin \omega t + \theta": sympy.sin(omega * t) + theta,
    r"\sin x \cos y": sympy.sin(x) * sympy.cos(y),
    r"\sin x \cdot y": sympy.sin(x) * y,
    r"\sin\cos x": sympy.sin(sympy.cos(x)),
    r"\sin x^2": sympy.sin(x**2),
    r"\sin(x)^2": sympy.sin(x) ** 2,
    r"\sin^2 x + \cos^{2}(x)": sympy.sin(x) ** 2 + sympy.cos(x) ** 2,
    r"\sin^{2}{\left(x \right)}": sympy.sin(x) ** 2,
    r"\tan{2x}y": sympy.tan(2 * x) * y,
    r"\sin\frac{x}{2}": sympy.sin(x / 2),
    r"\sin\sqrt{x} + 1": sympy.sin(sympy.sqrt(x)) + 1,
    r"\arctan x": sympy.atan(x),
    r"\coth x": 1 / sympy.tanh(x),
    r"\ln x": sympy.log(x),
    r"\ln|x|": sympy.log(sympy.Abs(x)),
    r"\ln\left|x\right|": sympy.log(sympy.Abs(x)),
    r"|\ln|x||": sympy.Abs(sympy.log(sympy.Abs(x))),
    r"\log_2 x": sympy.log(x) / sympy.log(2),
    r"\log_{10}(x)": sympy.log(x) / sympy.log(10),
    r"\log_b{x}": sympy.log(x) / sympy.log(b),
    r"\lg x": sympy.log(x) / sympy.log(10),
    r"\exp(-x)": sympy.exp(-x),
    r"\exp\left[-x\right]": sympy.exp(-x),
    r"\exp{-x}": sympy.exp(-x),
    r"\mathrm{e}^{x}": sympy.exp(x),
    r"e^{-\frac{x^2}{2\sigma^2}}": sympy.exp(-(x**2) / (2 * sigma**2)),
    r"\operatorname{erf}(x)": sympy.erf(x),
    r"\operatorname{erf} x": sympy.erf(x),
    r"\mathrm{erf}\left(x\right)": sympy.erf(x),
    r"\operatorname{sgn}(x) \cdot y": sympy.sign(x) * y,
    r"\operatorname{atan}_{2}{\left(y,x \right)}": sympy.atan2(y, x),
    r"J_{0}\left(x\right)": sympy.besselj(0, x),
    r"J_{0} x": v("J_0") * x,
    r"\left|x\right|^{2}": sympy.Abs(x) ** 2,
    r"\lvert x \rvert": sympy.Abs(x),
    r"\bigl|x\bigr| |y|": sympy.Abs(x) * sympy.Abs(y),
    r"|x|\alpha": sympy.Abs(x) * alpha,
    r"\Bigl(x\Bigr)^2 y": x**2 * y,
    r"\left[x+1\right]^2": (x + 1) ** 2,
    r"\left\{x\right\}^2": x**2,
    r"\{x+1\}\alpha": (x + 1) * alpha,
    r"x \times y \div z": x * y / z,
    r"x\!y\quad z~a": x * y * z * a,
    r"1.5 \cdot 10^{-2} x": 3 * x / 200,
    r"m_1 m_{2}": v("m_1") * v("m_2"),
    r"m_{\text{max}} m_\mathrm{max}": v("m_max") ** 2,
    r"$k_BT$": v("k_B") * v("T"),
    r"x_{10}": v("x_10"),
    r"x_{ij} x_{i,j}": v("x_ij") * v("x_i_j"),
    r"\rho_{c_0} \rho_{c 0}": v("rho_c_0") ** 2,
    r"t_{1/2}": v("t_1_2"),
    r"x_\alpha": v("x_alpha"),
    r"m_{1}^{2}": v("m_1") ** 2,
    r"\hat{x} + \dot q": v("xhat") + v("qdot"),
    r"\boldsymbol{\theta}\mathbf{F}": theta * v("F"),
    r"\text{speed}^2": v("speed") ** 2,
    r"\hbar \omega": v("hbar") * omega,
    r"\frac{\Delta x}{\Delta t}": v("Delta_x") / v("Delta_t"),
    r"\varepsilon \Gamma": v("varepsilon") * v("Gamma"),
    r"F = G\frac{m_1 m_2}{r^2}": G * v("m_1") * v("m_2") / r**2,
    r"PV = nRT + \alpha": n * v("R") * v("T") + alpha,
    r"T(a) = 2\pi\sqrt{\frac{a}{g}}": 2 * sympy.pi * sympy.sqrt(a / v("g")),
    r"f\left(x\right) = x^{2}": x**2,
    r"x\left(y+1\right)": x * (y + 1),
    r"GM\left(\frac{2}{r}-\frac{1}{a}\right)": G * M * (2 / r - 1 / a),
    r"y = x \left(1 - e^{-t/\tau}\right)": x * (1 - sympy.exp(-t / tau)),
    r"θ\cdot 2x²": 2 * v("θ") * x**2,
    r"2 pi \cdot x": 2 * sympy.pi * x,
    r"alpha \cdot x": alpha * x,
    r"\frac{sin(x)}{x}": sympy.sin(x) / x,
}


@pytest.mark.parametrize(("text", "meant"), MEANT.items(), ids=lambda value: str(value)[:30].replace("\n", " "))
def test_latex_is_read_as_it_looks_on_paper(text, meant):
    assert parse_formula(text) == meant


REFUSED = [
    (r"\alpah x", 0, r"Did you mean '\alpha'?"),
    (r"\operatorname{sine}(x)", 0, "Did you mean 'sin'?"),
    (r"\mathrm{foo}(x)", 0, "Only known functions are called"),
    (r"f\left(x\right)", 0, "Only known functions are called"),
    (r"V(r)\alpha", 0, "Only known functions are called"),
    (r"f{\left(x \right)}", 0, "Only known functions are called"),
    (r"\sin^{-1} x", 4, r"Write \arcsin or 1/\sin"),
    (r"\sin{x}^2", 7, "A power shows what it is of"),
    (r"\cos \frac{1}{2} x", 17, "ends where everybody sees it"),
    (r"\ln x / y", 6, "ends where everybody sees it"),
    (r"\sin 2 \cdot x", 7, "ends where everybody sees it"),
    (r"\sin -x", 5, "followed by its argument"),
    (r"\sqrt12 x", 5, r"Write \sqrt{12}"),
    (r"\frac{x}", 8, r"\frac has its arguments in braces"),
    (r"\frac{dy}{dx}", 0, "no sums, integrals or derivatives"),
    (r"\int x", 0, "no sums, integrals or derivatives"),
    (r"a/b\alpha", 3, "After a division"),
    (r"x \leq y", 2, "not a comparison"),
    (r"x \pm y", 2, "one value"),
    (r"x \\ y", 2, "one line"),
    (r"\begin{align}x\end{align}", 0, "one line"),
    (r"90^\circ x", 3, "radians"),
    (r"\infty x", 0, "finite numbers"),
    (r"\frac{sinx}{x}", 6, r"Write \sin x"),
    (r"\frac{mass}{2}", 6, r"\mathrm{mass} for a name"),
    (r"m_max \cdot x", 2, "Write _{max}"),
    (r"x^{2}_{1}", 5, "A subscript follows a name"),
    (r"x_{i+1}", 1, "A subscript is a number or a name"),
    (r"\left( x", 0, "is closed"),
    (r"x}\alpha", 1, "add its partner"),
    (r"$x$ and $y$", 2, "one formula only"),
    (r"\(x", 0, "one formula only"),
    (r"\log_{1} x", 0, "base of a logarithm"),
    (r"$9^{9^{9^{9}}} x$", 5, "constant part"),
    ("$$", 0, "empty"),
    ("$" + "x" * 2000 + "$", 2000, "at most 2000 characters"),
]


@pytest.mark.parametrize(("text", "position", "words"), REFUSED, ids=[text[:20] for text, _, _ in REFUSED])
def test_a_refusal_says_what_came_where(text, position, words):
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert words in str(caught.value)
    assert caught.value.position == position


def test_declared_names_of_several_letters_are_told_apart():
    names = ["Ef", "kb", "x", "y", "theta1", "mass"]
    ef, kb, theta1, mass = sympy.symbols("Ef kb theta1 mass")
    assert parse_formula(r"\frac{Efkb}{xy} + \theta_{1} mass", names) == ef * kb / (x * y) + theta1 * mass
    with pytest.raises(FormulaError, match=r"'mas' came at character 7. Did you mean 'mass'\?"):
        parse_formula(r"\frac{mas}{x}", names)


def test_e_in_latex_is_a_variable_only_where_it_is_declared():
    assert parse_formula(r"e^{x}", ["e", "x"]) == v("e") ** x


# Trees of one's own, written down in four ways and worked out by `math` alone: no route is shared with the parser.
FUNCTIONS = {
    "sin": (math.sin, r"\sin"),
    "cos": (math.cos, r"\cos"),
    "exp": (math.exp, r"\exp"),
    "atan": (math.atan, r"\arctan"),
    "tanh": (math.tanh, r"\tanh"),
    "erf": (math.erf, r"\operatorname{erf}"),
    "sqrt": (math.sqrt, None),
    "abs": (abs, None),
}
POINT = {"x": 0.7, "y": 1.3, "θ": 0.4}
_LEAVES = st.sampled_from([*POINT, 2, 3, 0.5, "pi"])


def _larger(part):
    binary = st.tuples(st.sampled_from("+-*/"), part, part)
    power = st.tuples(st.just("^"), part, st.sampled_from([2, 3, 0.5, -1]))
    return binary | power | st.tuples(st.sampled_from(list(FUNCTIONS)), part)


TREES = st.recursive(_LEAVES, _larger, max_leaves=8)


def value(tree):
    if not isinstance(tree, tuple):
        return {**POINT, "pi": math.pi}.get(tree, tree)
    head, *parts = tree
    values = [value(part) for part in parts]
    if head in FUNCTIONS:
        return FUNCTIONS[head][0](*values)
    left, right = values
    return {"+": left + right, "-": left - right, "*": left * right}[head] if head in "+-*" else _ratio(head, *values)


def _ratio(head, left, right):
    return left / right if head == "/" else math.pow(left, right)


def ascii_text(tree):
    if not isinstance(tree, tuple):
        return {"θ": "theta"}.get(tree, str(tree))
    head, *parts = tree[0], *(ascii_text(part) for part in tree[1:])
    return f"{head}({parts[0]})" if head in FUNCTIONS else f"({parts[0]} {head} ({parts[1]}))"


def unicode_text(tree):
    if not isinstance(tree, tuple):
        return {"pi": "π", 0.5: "½"}.get(tree, str(tree))
    head, *parts = tree[0], *(unicode_text(part) for part in tree[1:])
    if head in ("sqrt", "abs"):
        return f"√({parts[0]})" if head == "sqrt" else f"|{parts[0]}|"
    if head in FUNCTIONS:
        return f"{head}({parts[0]})"
    if head == "^" and tree[2] in (2, 3, -1):
        raised = {2: "²", 3: "³", -1: "⁻¹"}[tree[2]]
        return f"({parts[0]}){raised}"
    sign = {"-": "−", "*": "·", "/": "÷"}.get(head, head)
    return f"(({parts[0]}) {sign} ({parts[1]}))"


def latex_text(tree):
    if not isinstance(tree, tuple):
        return {"pi": r"\pi", "θ": r"\theta"}.get(tree, str(tree))
    head, *parts = tree[0], *(latex_text(part) for part in tree[1:])
    if head in ("sqrt", "abs"):
        return rf"\sqrt{{{parts[0]}}}" if head == "sqrt" else rf"\left|{parts[0]}\right|"
    if head in FUNCTIONS:
        return rf"{FUNCTIONS[head][1]}\left({parts[0]}\right)"
    if head == "/":
        return rf"\frac{{{parts[0]}}}{{{parts[1]}}}"
    if head == "^":
        return rf"\left({parts[0]}\right)^{{{parts[1]}}}"
    sign = r"\cdot" if head == "*" else head
    return rf"\left({parts[0]}\right) {sign} \left({parts[1]}\right)"


def names(tree):
    if isinstance(tree, tuple):
        return set().union(*(names(part) for part in tree[1:]))
    return {tree} & set(POINT)


def worth(expr):
    point = {sympy.Symbol(name): number for name, number in {**POINT, "theta": POINT["θ"]}.items()}
    return complex(expr.subs(point).evalf())


@given(TREES)
@settings(derandomize=True, deadline=None, max_examples=150)
def test_every_spelling_of_a_tree_has_its_value(tree):
    assume(names(tree))
    try:
        expected = value(tree)
    except (ValueError, ArithmeticError):
        assume(False)
    assume(1e-6 < abs(expected) < 1e6)
    for spell in (ascii_text, unicode_text, latex_text):
        expr = _read(spell(tree))
        if expr is None:  # beyond the limits of the language, as 0/0 and nests six deep are
            continue
        assert worth(expr) == pytest.approx(expected, rel=1e-9)
        bare_e = sympy.E in expr.atoms()  # str writes it E, which is a variable here
        for again in (sympy.latex(expr), *([] if bare_e else [str(expr)])):
            expr_again = _read(again, [str(symbol) for symbol in expr.free_symbols])
            assert expr_again is None or worth(expr_again) == pytest.approx(expected, rel=1e-9)


LIMITS = ("constant part", "at most", "exponent", "denominator", "power of zero", "needs a variable", "worked out")


def _read(text, variables=None):
    """Returns the expression, or None where it is refused for a limit of the language, never for its spelling."""
    try:
        return parse_formula(text, variables)
    except FormulaError as error:
        words = str(error)
    assert any(limit in words for limit in LIMITS), (text, words)
    return None


FEYNMAN = Path(__file__).parents[3] / "datasets" / "catalog" / "feynman.csv"
PYTHON = {name: getattr(math, name) for name in ("pi", "exp", "sqrt", "sin", "cos", "tanh", "asin", "acos", "log")}


def feynman_laws():
    with FEYNMAN.open(encoding="utf-8") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def test_there_are_120_feynman_laws():
    assert len(feynman_laws()) == 120


@pytest.mark.parametrize("row", feynman_laws(), ids=lambda row: row["key"])
def test_a_feynman_law_is_read_typed_and_from_latex(row):
    variables = row["variables"].split(";")
    sides = zip(row["low"].split(";"), row["high"].split(";"), strict=True)
    middles = [0.6 * float(low) + 0.4 * float(high) for low, high in sides]
    point = {name: middle + k / 97 for k, (name, middle) in enumerate(zip(variables, middles, strict=True))}
    body = row["formula"].split("=")[-1]
    expected = eval(body, {"__builtins__": {}}, PYTHON | {"ln": math.log, "arcsin": math.asin} | point)
    symbols = {sympy.Symbol(name): number for name, number in point.items()}
    typed = parse_formula(row["formula"], variables)
    for expr in (typed, parse_formula(sympy.latex(typed), variables), parse_formula(str(typed), variables)):
        assert expr.free_symbols == set(symbols)
        assert float(expr.subs(symbols)) == pytest.approx(expected, rel=1e-9)
