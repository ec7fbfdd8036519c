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
    """`text` stands for the characters from `start` up to `end`, in the spelling of the grammar.

    `kind` is "number", "name", "superscript", "root", "end", or the sign itself (+ - * / ^ ( ) | , =). LaTeX has more:
    the signs { } [ ] _, "<|" and "|>" for bars that know their side, "frac", "radical", "function", and "letters", a
    run of letters whose names are still to be told apart.
    """

    kind: str
    text: str
    start: int
    end: int


# One character for one character, so positions stay those of the typed text.
_LOOKALIKES = str.maketrans(
    dict.fromkeys("−–‐‑‒—", "-")
    | dict.fromkeys("·×⋅∗∙•✕⨯", "*")
    | dict.fromkeys("÷∕⁄", "/")
    | dict.fromkeys("\u00a0\u2009\u202f\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u200a\u205f\u3000\t", " ")
    | {"µ": "μ"}
)
_STYLED = re.compile("[\U0001d400-\U0001d7cbℎ]+")  # 𝑥 as copied from a typeset page; its digits stay out
_SIGNS = "+-*/^()|,="
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"} | {
    **{"⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5", "⅙": "1/6", "⅚": "5/6"},
    **{"⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8"},
}
_ROOTS = "√∛"
_INVISIBLE = re.compile("[\u034f\u17b4\u17b5\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # marks without a shape
_NUMBER = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_SUPERSCRIPT = re.compile("[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_LOWERED = re.compile("[₀₁₂₃₄₅₆₇₈₉ₐ-ₜᵢ-ᵪⱼ]+")

_ADVICE = {
    "A formula is one line": ("\n\r\v\f\x85\u2028\u2029;", "Write one formula only."),
    "A formula has round parentheses only": ("[]{}", "Write ( and )."),
    "A formula holds no text in quotes": ("'\"`“”‘’", "Write names without quotes."),
    "A formula is one expression, not a comparison": ("<>!≤≥≠≈≡~∝", "Write the right-hand side only."),
    "A formula has no sums, integrals or derivatives": ("∑∏∫∬∮∂∇∆", "Write it out."),
    "A formula has finite numbers only": ("∞", "Write a number."),
    "A formula has one value": ("±∓", "Write + or -."),
    "A percentage is a plain number": ("%‰", "Write 0.05 for 5 %."),
    "An angle is in radians": ("°′″", "Write x*pi/180 for x degrees."),
    "A point belongs inside a number": (".", "Write 0.5, and names without points."),
}
_RULES = {character: (rule, advice) for rule, (characters, advice) in _ADVICE.items() for character in characters}


def tokenize(text: str) -> list[Token]:
    """Returns the tokens of a formula, an "end" token last.

    Raises:
        FormulaError: the text is empty, too long, or holds a character a formula has no use for.
    """
    check_length(text, MAX_LENGTH)
    plain = plain_characters(text)
    plain = plain.rstrip() + " " * (len(plain) - len(plain.rstrip()))  # a line break at the very end does no harm
    tokens: list[Token] = []
    at = 0
    while at < len(plain):
        if plain[at] == " ":
            at += 1
            continue
        tokens += tokens_at(plain, at)
        at = tokens[-1].end
    return [*tokens, end_token(plain)]


def check_length(text: str, most: int) -> None:
    """Refuses the empty and the endless."""
    if len(text) > most:
        raise FormulaError(f"A formula has at most {most} characters, this one has {len(text)}. Shorten it.", most)
    if not text.strip():
        raise FormulaError("The formula is empty. Type one, such as 2*sin(x) + y^2.", 0)


def plain_characters(text: str) -> str:
    """Replaces characters that look alike by the one the grammar knows, one for one."""
    unstyled = _STYLED.sub(lambda styled: unicodedata.normalize("NFKC", styled.group()), text)
    return unstyled.translate(_LOOKALIKES)


def end_token(text: str) -> Token:
    end = len(text.rstrip())
    return Token("end", "", end, end)


def token_here(kind: str, text: str, at: int) -> Token:
    """Makes a token that is spelled as in the formula."""
    return Token(kind, text, at, at + len(text))


def tokens_at(text: str, at: int) -> list[Token]:
    """Reads the token at an offset: one, or those of an exponent in raised letters."""
    character = text[at]
    if (number := _NUMBER.match(text, at)) is not None:
        return [token_here("number", _checked_number(number.group(), at), at)]
    if text.startswith("**", at):
        return [token_here("^", "**", at)]
    if text.startswith("==", at):
        raise refusal("A formula is one expression, not a comparison", "'=='", at, "Write a single =.")
    if character in _SIGNS:
        return [token_here(character, character, at)]
    if character in _ROOTS:
        return [token_here("root", character, at)]
    if character in _FRACTIONS:
        return [token_here("number", character, at)]
    if _is_raised(character):
        return _raised(text, at)
    if character == "π" or _starts_name(character):
        return [_name(text, at)]
    raise unknown_character(character, at)


def _checked_number(text: str, at: int) -> str:
    mantissa, _, exponent = text.lower().partition("e")
    if sum(character.isdigit() for character in mantissa) > MAX_DIGITS or len(exponent) > 4:
        rule = f"A number has at most {MAX_DIGITS} digits and an exponent of three"
        raise refusal(rule, "a longer one", at, "Shorten it.")
    return text


def _is_raised(character: str) -> bool:
    return unicodedata.decomposition(character).startswith("<super>")


def _raised(text: str, at: int) -> list[Token]:
    """Reads raised digits as one token, and raised letters, as in e⁻ˣ, as the exponent they spell."""
    end = at
    while end < len(text) and _is_raised(text[end]):
        end += 1
    run = text[at:end]
    if _SUPERSCRIPT.fullmatch(run):
        if len(run) > MAX_RAISED:
            raise refusal("A raised number has at most three digits", "a longer one", at, "Write ^ and the number.")
        return [token_here("superscript", run, at)]
    plain = unicodedata.normalize("NFKC", run).translate(_LOOKALIKES)
    if len(plain) != len(run) or re.search(r"[^\W\d][0-9]", plain) or len(run) > 2 * MAX_RAISED:
        raise refusal("A raised exponent is a short number or name", f"'{run[:9]}'", at, "Write ^(…) instead.")
    inner: list[Token] = []
    while (here := inner[-1].end if inner else 0) < len(plain):
        inner += tokens_at(plain, here)
    moved = [Token(token.kind, token.text, token.start + at, token.end + at) for token in inner]
    return [Token("^", "^", at, at), Token("(", "(", at, at), *moved, Token(")", ")", end, end)]


def _starts_name(character: str) -> bool:
    return unicodedata.category(character)[0] == "L" and character != "π" and not _is_shifted(character)


def _is_shifted(character: str) -> bool:
    return unicodedata.decomposition(character).startswith(("<super>", "<sub>"))


def _continues_name(character: str) -> bool:
    if _starts_name(character) or character in "_0123456789" or _LOWERED.fullmatch(character):
        return True
    return unicodedata.category(character) == "Mn" and not _INVISIBLE.match(character)


def _name(text: str, at: int) -> Token:
    end = at + 1
    if text[at] != "π" or (end < len(text) and _LOWERED.match(text[end])):  # 2πr has three factors, π₀ is a name
        while end < len(text) and _continues_name(text[end]):
            end += 1
    if end - at > MAX_NAME:
        raise refusal(f"A name has at most {MAX_NAME} characters", f"one of {end - at}", at, "Shorten it.")
    return token_here("name", text[at:end], at)


def unknown_character(character: str, at: int) -> FormulaError:
    """Words the refusal of a character a formula has no use for."""
    rule, advice = _RULES.get(character, ("A formula is made of numbers, names, + - * / ^ ( ) and |", "Remove it."))
    if unicodedata.category(character) == "Nd":
        rule, advice = "A number is written in the digits 0 to 9", f"Write {unicodedata.digit(character)}."
    shown = character.isprintable() and unicodedata.category(character) != "Mn"
    found = f"'{character}'" if shown else f"the unprintable U+{ord(character):04X}"
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
    """Returns a name as it is kept: composed accents, the Greek μ for the micro sign, x_1 for x₁."""
    return unicodedata.normalize("NFC", _LOWERED.sub(_subscript, text.translate(_LOOKALIKES)))


def _subscript(lowered: re.Match[str]) -> str:
    joint = "" if lowered.string[: lowered.start()].endswith("_") else "_"
    return joint + unicodedata.normalize("NFKC", lowered.group())
