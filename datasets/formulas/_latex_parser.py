"""The grammar of formulas in LaTeX: that of typed ones, with fractions, radicals and functions without parentheses."""

from __future__ import annotations

import sympy

from datasets._errors import FormulaError, refusal
from datasets.formulas._functions import FUNCTION_ROWS, FunctionRow
from datasets.formulas._names import LETTER_NAMES
from datasets.formulas._parser import CLOSING, Parser
from datasets.formulas._terms import Term, call, divide, multiply, power
from datasets.formulas._tokens import Token

_UNARY = 30
_BEGINS_BARE = {"name", "number", "frac", "radical", "root", "<|", "|", "["}
_AMBIGUOUS_AFTER = {"(", "[", "{", "/", "frac", "radical", "root", "<|"}
_WRITE_PARENTHESES = r"Write its argument in \left( \right)."


class LatexParser(Parser):
    """Adds \\frac, \\sqrt[n]{…}, \\left| … \\right| and \\sin^2 2x; before a parenthesis a name is a factor."""

    def _opening(self) -> Term:
        token = self._here
        if token.kind == "frac":
            self._take()
            self._no_derivative(token)
            return self._counted(divide, self._single(token), self._single(token), token.start)
        if token.kind == "radical":
            return self._radical(self._take())
        if token.kind == "<|":
            inner = self._enclosed(self._take(), "|>")
            return self._counted(call, FUNCTION_ROWS["abs"], (inner,), token.start)
        return self._function(self._take()) if token.kind == "function" else super()._opening()

    def _is_called(self, name: str) -> bool:
        """Tells f(x), V(r, t) and sine(2x) from x(y + 1)."""
        if self._here.kind != "(":
            return False
        word = name.isascii() and name.isalpha() and len(name) > 1 and name not in LETTER_NAMES
        if word or name == "f" or self._here.text.startswith("{"):
            return True
        ahead = 1
        while self._next_kind(ahead) in {"name", ",", "number"}:
            ahead += 1
        return self._next_kind(ahead) == ")"

    def _no_derivative(self, token: Token) -> None:
        above = [other.text for other in self._tokens[self._index : self._index + 2]]
        closing = next((i for i in range(self._index, len(self._tokens)) if self._tokens[i].kind == "}"), self._index)
        below = self._tokens[closing + 1 : closing + 4]
        derives = above[0] == "{" and above[-1] == "d" and [other.text for other in below[:2]] == ["{", "d"]
        if derives and below[-1].kind == "name" and self._names.find("d") is None:
            rule = "A formula has no sums, integrals or derivatives"
            raise refusal(rule, "a derivative", token.start, "Write it out.")

    def _single(self, command: Token) -> Term:
        """Reads one argument of a command: a group in braces, or one digit, name or command, as in \\frac12."""
        token = self._here
        if token.kind == "{" or (token.kind == "(" and token.text.startswith("{")):
            return self._enclosed(self._take(), CLOSING[token.kind])
        if token.kind == "number":
            return self._digit(token, command)
        if token.kind not in {"name", "frac", "radical"}:
            advice = rf"Write {command.text}{{…}}."
            raise refusal(f"{command.text} has its arguments in braces", self._found(token), token.start, advice)
        return self._part(_UNARY + 100)

    def _digit(self, token: Token, command: Token) -> Term:
        if not token.text.isdigit() or (len(token.text) > 1 and command.kind != "frac"):
            advice = rf"Write {command.text}{{{token.text}}}."
            raise refusal("A long number stands in braces", f"'{token.text}'", token.start, advice)
        if len(token.text) == 1:
            self._take()
        else:  # \frac12 is one half
            self._tokens[self._index] = Token("number", token.text[1:], token.start + 1, token.end)
        return Term(sympy.Integer(token.text[0]), float(token.text[0]))

    def _radical(self, token: Token) -> Term:
        index = self._enclosed(self._take(), "]") if self._here.kind == "[" else Term(sympy.Integer(2), 2.0)
        radicand = self._single(token)
        exponent = self._counted(divide, Term(sympy.S.One, 1.0), index, token.start)
        return self._counted(power, radicand, exponent, token.start)

    def _function(self, token: Token) -> Term:
        """Reads \\sin(x), \\sin^2 x, \\log_{2}{x} and the like, after the name."""
        row = FUNCTION_ROWS[token.text]
        exponent = base = None
        while self._here.kind in {"^", "superscript", "_"}:
            if self._here.kind == "_" and base is None:
                self._take()
                base = self._single(token)
            elif self._here.kind != "_" and exponent is None:
                exponent = self._exponent(token)
            else:
                raise self._unexpected(self._here)
        row, extra = self._with_base(row, base, token)
        arguments = self._arguments(token)
        if len(arguments) + len(extra) not in row.arity:
            wanted = " or ".join(str(count) for count in row.arity)
            found = f"{len(arguments)} for {token.text}"
            raise refusal("A function has its number of arguments", found, token.start, f"It takes {wanted}.")
        term = self._counted(call, row, (*arguments, *extra), token.start)
        return term if exponent is None else self._counted(power, term, exponent, token.start)

    def _exponent(self, token: Token) -> Term:
        raised = self._here
        if raised.kind == "superscript":
            exponent = self._raised_here()
        else:
            self._take()
            exponent = self._single(Token("^", "^", raised.start, raised.end))
        if exponent.number is not None and exponent.number < 0:
            inverse = f"\\arc{token.text} or " if f"arc{token.text}" in FUNCTION_ROWS else ""
            advice = f"Write {inverse}1/\\{token.text}."
            raise refusal("A power at a function's name is positive", "a negative one", raised.start, advice)
        return exponent

    def _with_base(self, row: FunctionRow, base: Term | None, token: Token) -> tuple[FunctionRow, tuple[Term, ...]]:
        if base is None:
            return row, ()
        if row.name == "log":
            return row, (base,)
        if row.name == "atan" and base.number == 2:
            return FUNCTION_ROWS["atan2"], ()
        raise refusal("Only a logarithm has a base", f"one at '{token.text}'", token.start, "Remove the subscript.")

    def _arguments(self, token: Token) -> list[Term]:
        opening = self._here
        if opening.kind == "(":
            self._take()
            arguments = [self._argument()]
            while self._here.kind == ",":
                self._take()
                arguments.append(self._argument())
            self._close(opening, ")")
            return arguments
        if opening.kind == "{":
            argument = self._enclosed(self._take(), "}")
            if self._here.kind in {"^", "superscript"}:
                raise refusal(
                    "A power shows what it is of", f"'{self._here.text}'", self._here.start, _WRITE_PARENTHESES
                )
            return [argument]
        return [self._bare(token)]

    def _bare(self, token: Token) -> Term:
        r"""Reads an argument without parentheses: the factors up to a sign or the next function, as in \sin 2 \pi x."""
        if self._here.kind == "function":
            return self._function(self._take())
        if self._here.kind not in _BEGINS_BARE:
            found = self._found(self._here)
            raise refusal("A function is followed by its argument", found, self._here.start, _WRITE_PARENTHESES)
        simple = self._here.kind in {"name", "number"}
        term = self._part(_UNARY)
        while simple and self._here.kind == "name":
            at = self._here.start
            term = self._counted(multiply, term, self._part(_UNARY), at)
        here = self._here
        if (
            here.kind in _AMBIGUOUS_AFTER
            or (here.kind == "|" and not self._bars[-1])
            or (here.kind == "name" and not simple)
            or (here.kind == "*" and term.number is not None)
        ):
            rule = f"The argument of {token.text} ends where everybody sees it"
            raise refusal(rule, self._found(here), here.start, _WRITE_PARENTHESES)
        return term

    def _found(self, token: Token) -> str:
        return "the end" if token.kind == "end" else f"'{token.text}'"

    def _unexpected(self, token: Token) -> FormulaError:
        if token.kind == "_":
            return refusal("A subscript follows a name", "one", token.start, r"Write x_{1}, and powers behind it.")
        if token.kind in {"}", "]", "|>"}:
            rule = "Signs stand between numbers, names and parentheses"
            return refusal(rule, f"'{token.text}'", token.start, "Remove it or add its partner.")
        return super()._unexpected(token)
