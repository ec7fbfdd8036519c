"""Takes the text of a unit apart with a grammar of our own: names, powers, products. Nothing is evaluated."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from datasets._errors import DataError
from datasets.units._names import PHRASES

_MOST_CHARACTERS = 80
_LARGEST_EXPONENT = 24
_DEEPEST = 4

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺"
_PLAIN = str.maketrans(_RAISED, "0123456789-+")
_LETTER = "A-Za-z\u00b5À-ÖØ-öø-ÿΑ-Ωα-ω_"
_TOKEN = re.compile(
    r"(?P<blank>\s+)"
    rf"|(?P<name>(?:[°º]?[{_LETTER}]+[☉⊙⊕]?(?:[0-9]+[A-Za-z]+)*|[%‰°º′″℃℉—]))"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?)"
    r"|(?P<power>\*\*|\^)"
    r"|(?P<times>[*·⋅×.])"
    r"|(?P<over>/)"
    r"|(?P<sign>[+\-−])"
    r"|(?P<open>\()"
    r"|(?P<close>\))"
)
_WORDS = "|".join(re.escape(words) for words in sorted(PHRASES, key=len, reverse=True))
_PHRASE = re.compile(rf"(?<![{_LETTER}])(?:{_WORDS})(?![{_LETTER}])", re.IGNORECASE)


@dataclass(frozen=True)
class Factor:
    """A name to a power, or (without a name) a number to a power."""

    name: str
    exponent: Fraction
    number: float = 1.0


def parse_unit(text: str) -> list[Factor]:
    """Reads `kg*m/s^2` as [kg^1, m^1, s^-2]. Raises DataError, within a millisecond whatever comes."""
    if len(text) > _MOST_CHARACTERS:
        raise DataError(f"A unit has at most {_MOST_CHARACTERS} characters, but {len(text)} came. Shorten it.")
    return _Reader(text).read()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    tight: bool  # nothing stands between it and the token before


class _Reader:
    """A cursor over the tokens of one unit."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.at = 0

    def read(self) -> list[Factor]:
        if self._kind() == "end":
            raise DataError("A unit has a name, but an empty text came. Write 1 for a pure number.")
        if [token.text for token in self.tokens[:-1]] == ["-"]:
            return [Factor("1", Fraction(1))]
        factors = self._product(0)
        if self._kind() != "end":
            raise self._refusal("an opening parenthesis comes before a closing one")
        return factors

    def _product(self, depth: int) -> list[Factor]:
        factors, divided = self._power(depth), False
        while (kind := self._kind()) in ("times", "over", "name", "number", "open"):
            sign = self._next().text if kind in ("times", "over") else ""
            if divided and sign not in ("*", "/"):
                # J/kg K: a printer means J/(kg K), a calculator J·K/kg.
                raise self._refusal("what follows a slash stands in parentheses, as in J/(kg K)")
            divided = divided or kind == "over"
            factors += [replace(one, exponent=-one.exponent) if kind == "over" else one for one in self._power(depth)]
        return factors

    def _power(self, depth: int) -> list[Factor]:
        token = self._next()
        if token.kind == "open":
            if depth >= _DEEPEST:
                raise self._refusal(f"parentheses are at most {_DEEPEST} deep")
            factors = self._product(depth + 1)
            if self._next().kind != "close":
                raise self._refusal("every parenthesis is closed")
        elif token.kind == "name":
            factors = [Factor(token.text, Fraction(1))]
        elif token.kind == "number":
            factors = [Factor("", Fraction(1), self._size(token.text))]
        else:
            raise self._refusal("a name stands at every place, as in kg m/s^2")
        exponent = self._exponent(after_name=token.kind in ("name", "close"))
        return [replace(one, exponent=self._checked(one.exponent * exponent)) for one in factors]

    def _exponent(self, after_name: bool) -> Fraction:
        """Reads ^2, **-1, ^(1/2), or the 2 and the -1 of `cm2` and `s-1`."""
        if self._kind() == "power":
            self._next()
            if self._kind() == "open":
                self._next()
                exponent = self._signed()
                if self._kind() == "over":
                    self._next()
                    exponent /= self._signed()
                if self._next().kind != "close":
                    raise self._refusal("every parenthesis is closed")
                return self._checked(exponent)
            return self._signed()
        token = self.tokens[self.at]
        if after_name and token.tight and token.kind in ("sign", "number"):
            return self._signed()
        return Fraction(1)

    def _signed(self) -> Fraction:
        minus = False
        if self._kind() == "sign":
            minus = self._next().text != "+"
        token = self._next()
        if token.kind != "number" or len(token.text) > 6 or "e" in token.text.lower():
            raise self._refusal("an exponent is a small number, as in m^2, s^-1 or Hz^(1/2)")
        value = self._checked(Fraction(token.text))
        if value == 0:
            raise self._refusal("an exponent is not zero")
        return -value if minus else value

    def _checked(self, exponent: Fraction) -> Fraction:
        if abs(exponent) > _LARGEST_EXPONENT or exponent.denominator > 100:
            raise self._refusal(f"exponents are simple numbers up to {_LARGEST_EXPONENT}")
        return exponent

    def _size(self, text: str) -> float:
        number = float(text) if len(text) <= 16 else 0.0
        if not 1e-40 < number < 1e40:
            raise self._refusal("a number in it is positive and not beyond 1e40")
        return number

    def _kind(self) -> str:
        return self.tokens[self.at].kind

    def _next(self) -> _Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def _refusal(self, rule: str) -> DataError:
        return DataError(f"In a unit {rule}, but '{self.text}' came. Write one such as kg m/s^2 or J/(mol K).")


def _tokens(text: str) -> list[_Token]:
    plain = re.sub(f"[{_RAISED}]+", lambda match: "^" + match[0].translate(_PLAIN), text)
    plain = plain.replace("\u03bc", "\u00b5").replace("\u212b", "Å").replace("\u2126", "Ω")
    plain = _PHRASE.sub(lambda match: PHRASES[match[0].lower()], plain.strip())
    tokens: list[_Token] = []
    tight, at = False, 0
    while at < len(plain):
        match = _TOKEN.match(plain, at)
        if match is None:
            raise DataError(f"A unit is made of letters, digits and * / ^ ( ), but '{plain[at]}' came. Leave it out.")
        kind = match.lastgroup or ""
        if kind != "blank":
            tokens.append(_Token(kind, match[0], tight))
        tight, at = kind != "blank", match.end()
    return [*tokens, _Token("end", "", False)]
