"""Reads a typed formula into a SymPy expression, with our own grammar: nothing from a user is evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterable

import sympy

from datasets._errors import FormulaError, refusal
from datasets.formulas._fuse import FuseError, fused
from datasets.formulas._latex_names import part_letters
from datasets.formulas._latex_parser import LatexParser
from datasets.formulas._latex_tokens import is_latex, tokenize_latex
from datasets.formulas._names import Names
from datasets.formulas._parser import Parser
from datasets.formulas._tokens import Token, normal_name, tokenize

_LABEL = re.compile(r"(name|letters)( \( name( , name)* \))?")  # the kinds of tokens in `y` and in `f(x, y)`


def parse_formula(text: str, variables: Iterable[str] | None = None) -> sympy.Expr:
    r"""Reads a formula as people type it, such as `2 pi sqrt(L/g)` or `y = exp(sin(π x) + y²)`, or paste it in LaTeX.

    Powers are `^` or `**` and group to the right (a^b^c = a^(b^c), -x^2 = -(x^2)); a product may go without its sign
    (`2x`, `2(x+1)`, `x y`) unless it follows a division or would look like a call. `e` is Euler's number unless it is
    declared in `variables`, `π` and `pi` are π, every other name that is not a function is a variable, a plain
    `Symbol`. Whole numbers and decimals of at most six digits are exact (0.5 is 1/2); longer and scientific ones are
    Floats of 15 digits. A name in front, as in `y = …` or `f(x) = …`, is only a label.

    LaTeX is known by a backslash, a dollar, `^{` or `_{`. There letters side by side are a product (`mc^{2}`) unless
    `variables` has them as one name, a name before a parenthesis is a factor, and a function takes what follows it
    (`\sin 2\pi x`). A variable may be spelled in any way: θ₁, theta_1, theta1 and `\theta_{1}` mean the declared one.

    Args:
        text: one line of at most 500 characters, 2000 in LaTeX.
        variables: the names that may occur; None admits any.

    Raises:
        FormulaError: the text is no such formula, or would keep SymPy busy; `position` is the offset of the culprit,
            `caret` two lines that point at it.

    Examples:
        >>> parse_formula("y = -x^2 + 0.5")
        1/2 - x**2
        >>> parse_formula(r"T = 2\pi\sqrt{\frac{L}{g}}")
        2*pi*sqrt(L/g)
    """
    return parse_equation(text, variables)[1]


def parse_equation(text: str, variables: Iterable[str] | None = None) -> tuple[str | None, sympy.Expr]:
    """Reads a formula as `parse_formula` does; returns the name in front of `=` (None without one) as well."""
    if not isinstance(text, str):
        raise FormulaError(f"A formula is text, but a {type(text).__name__} came. Pass a string such as '2*x'.")
    try:
        return _read(text, variables)
    except FormulaError as error:
        error.formula = text
        raise


def _read(text: str, variables: Iterable[str] | None) -> tuple[str | None, sympy.Expr]:
    latex = is_latex(text)
    tokens = tokenize_latex(text) if latex else tokenize(text)
    target, arguments, body = _label(tokens)
    names = Names(variables, arguments)
    parser = LatexParser(part_letters(body, names), names) if latex else Parser(body, names)
    try:
        expr = fused(parser.read)
    except FuseError:
        rule = "A formula is simple enough to be worked out at once"
        raise refusal(rule, "too much work", parser.at, "Split it or leave parts out.") from None
    if not parser.variables:
        raise refusal("A formula needs a variable", "only a number", body[0].start, "Write one such as 3*x.")
    if target in parser.variables:
        raise refusal("The name in front of = is the result", f"'{target}' again", body[0].start, "Rename one of them.")
    return target, expr


def _label(tokens: list[Token]) -> tuple[str | None, frozenset[str], list[Token]]:
    """Takes `y =` or `f(x, y) =` off: the name, the names in its parentheses, the tokens after the sign."""
    signs = [index for index, token in enumerate(tokens) if token.kind == "="]
    if not signs:
        return None, frozenset(), tokens
    if len(signs) > 1:
        raise refusal("A formula has one = at most", "a second", tokens[signs[1]].start, "Write one formula only.")
    left, body = tokens[: signs[0]], tokens[signs[0] + 1 :]
    if not _LABEL.fullmatch(" ".join(token.kind for token in left)):
        start = tokens[0].start
        raise refusal(
            "In front of = stands the name of the result", "something else", start, "Write y = … or f(x) = …."
        )
    names = [normal_name(token.text) for token in left if token.kind in {"name", "letters"}]
    if body[0].kind == "end":
        raise refusal("A formula follows the = sign", "nothing", body[0].start, "Write one such as y = 2*x.")
    return names[0], frozenset(names[1:]), body
