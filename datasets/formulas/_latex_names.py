"""Tells the names in LaTeX's runs of letters apart: mgh is a product, sin a function, mass a word."""

from __future__ import annotations

from datasets._errors import refusal
from datasets.formulas._functions import FUNCTION_ROWS
from datasets.formulas._latex_tokens import LETTER_RUN
from datasets.formulas._names import GREEK, Names
from datasets.formulas._parser import KEYWORDS, WITHOUT_END
from datasets.formulas._tokens import MAX_NAME, Token, token_here

_LONG = 4  # letters side by side that are a word rather than a product


def part_letters(tokens: list[Token], names: Names) -> list[Token]:
    """Tells the names in runs of letters apart: known variables first, else every letter is one, as LaTeX sets them."""
    parted: list[Token] = []
    for index, token in enumerate(tokens):
        follower = tokens[index + 1].kind if index + 1 < len(tokens) else "end"
        if token.kind == "letters":
            parted += _parted(token, names, follower == "(")
        elif token.text == "J_0" and follower == "(" and names.find("J_0") is None:
            parted.append(Token("function", "J0", token.start, token.end))
        elif _is_difference(parted, token, names):
            parted[-1] = Token("name", f"Delta_{token.text}", parted[-1].start, token.end)
        else:
            parted.append(token)
    return parted


def _is_difference(before: list[Token], token: Token, names: Names) -> bool:
    """Tells whether Δ and a name are one quantity."""
    follows = bool(before) and before[-1].kind == token.kind == "name" and before[-1].text == "Delta"
    return follows and names.find("Delta") is None and token.text not in {"Delta", "pi", "π"}


def _parted(token: Token, names: Names, called: bool) -> list[Token]:
    whole = [Token("name", token.text, token.start, token.end)]
    shape = LETTER_RUN.match(token.text)
    assert shape is not None
    letters, tail = shape[1], token.text[shape.end(1) :]
    if names.find(token.text) is not None or (not tail and _is_word(letters)):
        return whole
    units = _units(letters, tail, names)
    if units is None:
        if not names.open or (called and len(letters) >= _LONG):
            return whole  # the parser knows what to advise
        _check_product(letters, token.start)
        units = [*letters[:-1], letters[-1] + tail]
    parted = []
    at = token.start
    for unit in units[:-1]:
        parted.append(token_here("name", unit, at))
        at += len(unit)
    return [*parted, Token("name", units[-1], at, token.end)]


def _check_product(letters: str, at: int) -> None:
    """Refuses letters that hardly are a product: sinx, mass."""
    function = next((name for name in FUNCTION_ROWS if len(name) > 2 and letters.startswith(name)), None)
    if function is not None:
        advice = f"Write \\{function} {letters[len(function) :][:MAX_NAME]}."
        raise refusal("A function's name begins with a backslash", f"'{letters[:MAX_NAME]}'", at, advice)
    if len(letters) >= _LONG:
        advice = f"Write \\mathrm{{{letters[:MAX_NAME]}}} for a name, spaces between factors."
        raise refusal("In LaTeX letters side by side are a product", f"'{letters[:MAX_NAME]}'", at, advice)


def _units(letters: str, tail: str, names: Names) -> list[str] | None:
    """Splits letters into known variables, the last of which takes the digits and subscripts at the end."""
    if not names.known:
        return None
    for start in range(len(letters)):
        last = names.find(letters[start:] + tail)
        before = names.factors(letters[:start]) if last is not None else None
        if before is not None:
            return [*before, letters[start:] + tail]
    return None


def _is_word(letters: str) -> bool:
    greek = len(letters) > 2 and letters in GREEK.values()
    return greek or letters == "pi" or letters in FUNCTION_ROWS or letters in KEYWORDS | WITHOUT_END
