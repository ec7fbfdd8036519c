"""Cuts a typed formula into tokens; whatever is not on the white list is refused with its position."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from datasets._errors import FormulaError, refusal

MAX_LENGTH = 500
MAX_NAME = 60
MAX_DIGITS = 30
MAX_RAISED = 4  # a sign and three digits


@dataclass(frozen=True)
class Token:
    """`kind` is "number", "name", "superscript", "root", "end", or the sign itself (+ - * / ^ ( ) | , =)."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


# One character for one character, so positions stay those of the typed text.
_LOOKALIKES = str.maketrans(
    {"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "∗": "*", "÷": "/", "∕": "/", "µ": "μ"}
    | dict.fromkeys("\u00a0\u2009\u202f\t", " ")
)
_SIGNS = "+-*/^()|,="
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
_ROOTS = "√∛"
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")

_ADVICE = {
    "A formula is one line": ("\n\r\v\f\x85\u2028\u2029;", "Write one formula only."),
    "A formula has round parentheses only": ("[]{}", "Write ( and )."),
    "A formula holds no text in quotes": ("'\"`“”‘’", "Write names without quotes."),
    "A formula is one expression, not a comparison": ("<>!≤≥≠≈", "Write the right-hand side only."),
    "A point belongs inside a number": (".", "Write 0.5, and names without points."),
}
_RULES = {character: (rule, advice) for rule, (characters, advice) in _ADVICE.items() for character in characters}


def tokenize(text: str) -> list[Token]:
    """Returns the tokens of a formula, an "end" token last.

    Raises:
        FormulaError: the text is empty, too long, or holds a character a formula has no use for.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"A formula has at most {MAX_LENGTH} characters, this one has {len(text)}.", MAX_LENGTH)
    if not text.strip():
        raise FormulaError("The formula is empty. Type one, such as 2*sin(x) + y^2.", 0)
    plain = text.translate(_LOOKALIKES)
    plain = plain.rstrip() + " " * (len(plain) - len(plain.rstrip()))  # a line break at the very end does no harm
    tokens: list[Token] = []
    at = 0
    while at < len(plain):
        if plain[at] == " ":
            at += 1
            continue
        token = _token(plain, at)
        tokens.append(token)
        at = token.end
    return [*tokens, Token("end", "", len(plain.rstrip()))]


def _token(text: str, at: int) -> Token:
    character = text[at]
    if (number := _NUMBER.match(text, at)) is not None:
        return Token("number", _checked_number(number.group(), at), at)
    if text.startswith("**", at):
        return Token("^", "**", at)
    if text.startswith("==", at):
        raise refusal("A formula is one expression, not a comparison", "'=='", at, "Write a single =.")
    if character in _SIGNS:
        return Token(character, character, at)
    if character in _ROOTS:
        return Token("root", character, at)
    if character in _FRACTIONS:
        return Token("number", character, at)
    if (superscript := _SUPERSCRIPT.match(text, at)) is not None:
        if len(superscript.group()) > MAX_RAISED:
            raise refusal("A raised number has at most three digits", "a longer one", at, "Write ^ and the number.")
        return Token("superscript", superscript.group(), at)
    if character == "π":
        return Token("name", character, at)
    if _starts_name(character):
        return _name(text, at)
    raise _unknown(character, at)


def _checked_number(text: str, at: int) -> str:
    mantissa, _, exponent = text.lower().partition("e")
    if sum(character.isdigit() for character in mantissa) > MAX_DIGITS or len(exponent) > 4:
        raise refusal(f"A number has at most {MAX_DIGITS} digits and an exponent of three", "a longer one", at, "")
    return text


def _starts_name(character: str) -> bool:
    # ª, º and the raised letters ⁿ and ⁱ count as letters in Unicode, but nobody means a name by them.
    return unicodedata.category(character)[0] == "L" and character not in "ªºⁿⁱπ"


def _continues_name(character: str) -> bool:
    return _starts_name(character) or character in "_0123456789₀₁₂₃₄₅₆₇₈₉" or unicodedata.category(character) == "Mn"


def _name(text: str, at: int) -> Token:
    end = at
    while end < len(text) and _continues_name(text[end]):
        end += 1
    if end - at > MAX_NAME:
        raise refusal(f"A name has at most {MAX_NAME} characters", f"one of {end - at}", at, "Shorten it.")
    return Token("name", text[at:end], at)


def _unknown(character: str, at: int) -> FormulaError:
    rule, advice = _RULES.get(character, ("A formula is made of numbers, names, + - * / ^ ( ) and |", ""))
    found = f"'{character}'" if character.isprintable() else f"the unprintable U+{ord(character):04X}"
    return refusal(rule, found, at, advice)


def superscript_value(token: Token) -> int:
    """Returns the whole number a run of raised digits stands for: x⁻¹ gives -1."""
    return int(token.text.translate(_SUPERSCRIPTS))


def fraction_of(text: str) -> tuple[int, int] | None:
    """Returns (1, 2) for ½, and None for a number of plain digits."""
    if text not in _FRACTIONS:
        return None
    over, under = _FRACTIONS[text].split("/")
    return int(over), int(under)


def normal_name(text: str) -> str:
    """Returns a name as it is compared and kept: composed accents, the Greek μ for the micro sign."""
    return unicodedata.normalize("NFC", text.translate(_LOOKALIKES))
