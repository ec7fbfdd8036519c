"""The grammar of typed formulas: from tokens to a SymPy expression, or a refusal that says where and why."""

from __future__ import annotations

import keyword
from collections.abc import Callable

import sympy

from datasets._errors import FormulaError, did_you_mean, refusal
from datasets.formulas._functions import CONSTANTS, FUNCTION_ROWS
from datasets.formulas._names import Names
from datasets.formulas._terms import Term, call, divide, multiply, negative, number, power, total
from datasets.formulas._tokens import Token, normal_name, superscript_value

MAX_DEPTH = 50
MAX_OPERATIONS = 250

_SUM, _PRODUCT, _UNARY, _POWER, _RAISED = 10, 20, 30, 40, 50
_BINARY: dict[str, tuple[int, int, Callable[[Term, Term, int], Term]]] = {
    # sign: binding power, binding power of its right side (lower where it groups to the right), builder
    "*": (_PRODUCT, _PRODUCT, multiply),
    "/": (_PRODUCT, _PRODUCT, divide),
    "^": (_POWER, _POWER - 1, power),
}
_OPENS_FACTOR = {"name", "root", "(", "|", "number", "{", "[", "<|", "frac", "radical", "function"}
CLOSING = {"(": ")", "{": "}", "[": "]"}
WITHOUT_END = {"nan", "inf", "infinity", "oo"}
KEYWORDS = set(keyword.kwlist) - {"lambda"}


class Parser:
    """A Pratt parser: every sign has a binding power, and a part ends before a sign that binds less.

    After `read`, `variables` holds the names of the variables that occurred.
    """

    def __init__(self, tokens: list[Token], names: Names) -> None:
        self._tokens = tokens
        self._index = 0
        self._names = names
        self._depth = 0
        self._operations = 0
        self._bars = [False]  # for each open parenthesis: may a bar here close |…|?
        self.variables: set[str] = set()

    def read(self) -> sympy.Expr:
        term = self._part(0)
        if self._here.kind != "end":
            raise self._unexpected(self._here)
        return term.expr

    @property
    def at(self) -> int:
        """The offset that reading has come to."""
        return self._here.start

    @property
    def _here(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._here
        self._index += 1
        return token

    def _next_kind(self, ahead: int = 1) -> str:
        return self._tokens[min(self._index + ahead, len(self._tokens) - 1)].kind

    def _part(self, power_before: int) -> Term:
        """Reads on until a sign that binds no more than `power_before`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise refusal(
                f"Parts nest at most {MAX_DEPTH} deep", "a deeper one", self._here.start, "Split the formula."
            )
        left = self._opening()
        while (longer := self._continued(left, power_before)) is not None:
            left = longer
        self._depth -= 1
        return left

    def _continued(self, left: Term, power_before: int) -> Term | None:
        """Reads one sign and its right side after `left`, or nothing where the part ends."""
        token = self._here
        if token.kind == "superscript":
            return self._raised(left) if power_before < _RAISED else None
        if token.kind in {"+", "-"}:
            return self._sum(left) if power_before < _SUM else None
        if token.kind in _BINARY:
            binding, right_binding, build = _BINARY[token.kind]
            return self._binary(left, right_binding, build) if binding > power_before else None
        if token.kind not in _OPENS_FACTOR or (token.kind == "|" and self._bars[-1]) or power_before >= _PRODUCT:
            return None
        if token.kind == "number":
            raise refusal("A sign stands before a number", f"'{token.text}'", token.start, "Write * or ^ in between.")
        return self._counted(multiply, left, self._part(_PRODUCT), token.start)

    def _sum(self, first: Term) -> Term:
        terms, at = [first], self._here.start
        while self._here.kind in {"+", "-"}:
            sign = self._take()
            term = self._part(_SUM)
            self._count()
            terms.append(negative(term, sign.start) if sign.kind == "-" else term)
        return total(terms, at)

    def _binary(self, left: Term, right_binding: int, build: Callable[[Term, Term, int], Term]) -> Term:
        sign = self._take()
        right = self._part(right_binding)
        after, before = self._here, self._tokens[self._index - 1]
        opens = after.kind in _OPENS_FACTOR and not (after.kind == "|" and self._bars[-1])
        if sign.kind == "/" and opens:
            advice = f"Write /(… * {after.text}) or /… * {after.text}."
            raise refusal("After a division a product shows its sign", f"'{after.text}'", after.start, advice)
        if (
            sign.kind == "^"
            and left.expr == sympy.E
            and before.kind == "number"
            and after.start == before.end
            and opens
        ):
            advice = f"Write e^({before.text}*{after.text}) or e^{before.text}*{after.text}."
            raise refusal("A product in an exponent stands in parentheses", f"'{after.text}'", after.start, advice)
        return self._counted(build, left, right, sign.start)

    def _counted(self, build: Callable[..., Term], *arguments: object) -> Term:
        self._count()
        return build(*arguments)

    def _count(self) -> None:
        self._operations += 1
        if self._operations > MAX_OPERATIONS:
            at = self._here.start
            raise refusal(f"A formula has at most {MAX_OPERATIONS} operations", "one more", at, "Shorten it.")

    def _raised(self, base: Term) -> Term:
        at = self._here.start
        return self._counted(power, base, self._raised_here(), at)

    def _raised_here(self) -> Term:
        return _raised_number(self._take())

    def _opening(self) -> Term:
        """Reads what a part may begin with: a number, a name, a sign, a root, a parenthesis or a bar."""
        token = self._take()
        if token.kind == "number":
            return number(token.text, token.start)
        if token.kind == "name":
            return self._name(token)
        if token.kind in CLOSING:
            return self._enclosed(token, CLOSING[token.kind])
        if token.kind == "|":
            return self._counted(call, FUNCTION_ROWS["abs"], (self._enclosed(token, "|"),), token.start)
        if token.kind == "root":
            row = FUNCTION_ROWS["sqrt" if token.text == "√" else "cbrt"]
            return self._counted(call, row, (self._part(_RAISED),), token.start)
        if token.kind == "-":
            return self._counted(negative, self._part(_UNARY), token.start)
        if token.kind == "+":
            return self._part(_UNARY)
        raise self._unexpected(token)

    def _enclosed(self, opening: Token, closing: str) -> Term:
        self._bars.append(closing == "|")
        term = self._part(0)
        self._bars.pop()
        self._close(opening, closing)
        return term

    def _close(self, opening: Token, closing: str) -> None:
        token = self._take()
        if token.kind == "end":
            raise refusal(f"Every '{opening.text}' is closed", "none for this one", opening.start, f"Add '{closing}'.")
        if token.kind != closing:
            raise self._unexpected(token)

    def _name(self, token: Token) -> Term:
        name = normal_name(token.text)
        known = self._names.find(token.text)
        if name in FUNCTION_ROWS and (self._here.kind == "(" or (known is None and self._power_of_function())):
            return self._call(token)
        if known is None and name in CONSTANTS:
            return Term(*CONSTANTS[name])
        if known is None:
            self._check_free(name, token)
            known = self._names.admit(token.text)
        self.variables.add(known)
        return Term(sympy.Symbol(known))

    def _power_of_function(self) -> bool:
        """Tells whether sin²(x) or sin^2(x) follows."""
        if self._here.kind == "superscript":
            return self._next_kind() == "("
        ahead = 2 if self._next_kind() == "-" else 1
        return self._here.kind == "^" and self._next_kind(ahead) == "number" and self._next_kind(ahead + 1) == "("

    def _call(self, token: Token) -> Term:
        row = FUNCTION_ROWS[normal_name(token.text)]
        exponent = self._function_power(token)
        opening = self._take()
        arguments = [self._argument()]
        while self._here.kind == ",":
            self._take()
            arguments.append(self._argument())
        self._close(opening, ")")
        if len(arguments) not in row.arity:
            found = f"{len(arguments)} for {token.text}"
            wanted = " or ".join(str(count) for count in row.arity)
            advice = f"{token.text} takes {wanted}; write decimals with a point."
            raise refusal("A function has its number of arguments", found, token.start, advice)
        term = self._counted(call, row, tuple(arguments), token.start)
        return term if exponent is None else self._counted(power, term, exponent, token.start)

    def _argument(self) -> Term:
        self._bars.append(False)
        term = self._part(0)
        self._bars.pop()
        return term

    def _function_power(self, token: Token) -> Term | None:
        if self._here.kind == "(":
            return None
        if self._here.kind == "^":
            self._take()
        raised = self._take()
        if raised.text[0] in "-⁻":
            # sin⁻¹(x) is read as arcsin by some and as 1/sin by others.
            inverse = f"a{token.text}(x) or " if f"a{token.text}" in FUNCTION_ROWS else ""
            advice = f"Write {inverse}1/{token.text}(x)."
            raise refusal("A power at a function's name is positive", f"'{raised.text}'", raised.start, advice)
        return _raised_number(raised) if raised.kind == "superscript" else number(raised.text, raised.start)

    def _check_free(self, name: str, token: Token) -> None:
        """Refuses a name that no variable can have here."""
        at, found = token.start, f"'{token.text}'"
        if name.casefold() in WITHOUT_END:
            raise refusal("A formula has finite numbers only", found, at, "Write a number.")
        if name in KEYWORDS:
            raise refusal("A formula is mathematics, not a program", found, at, "Choose another name.")
        if self._is_called(name):
            guess = did_you_mean(name, FUNCTION_ROWS)
            advice = f"{guess} For a product write {token.text}*(…).".lstrip()
            raise refusal("Only known functions are called", found, at, advice)
        if name in FUNCTION_ROWS:
            raise refusal("A function has its argument in parentheses", found, at, f"Write {token.text}(…).")
        if not self._names.open:
            raise refusal("A formula uses the variables at hand", found, at, self._names.advice(name))

    def _is_called(self, name: str) -> bool:  # noqa: ARG002  # LaTeX looks at it
        return self._here.kind == "("

    def _unexpected(self, token: Token) -> FormulaError:
        if token.kind == "end":
            return refusal(
                "A sign or parenthesis is followed by a number or a name", "the end", token.start, "Write on."
            )
        advice = {
            ")": "Remove it or add its '('.",
            ",": "Write decimals with a point; a comma parts the arguments of a function.",
        }.get(token.kind, "Write a number, a name or a parenthesis there.")
        return refusal("Signs stand between numbers, names and parentheses", f"'{token.text}'", token.start, advice)


def _raised_number(token: Token) -> Term:
    value = superscript_value(token)
    return Term(sympy.Integer(value), float(value))
