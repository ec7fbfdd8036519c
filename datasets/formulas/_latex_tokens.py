"""Cuts a formula in LaTeX into the tokens of typed formulas: one grammar, two spellings.

SymPy's own LaTeX grammar (lark, Earley) was the road not taken, even with its evaluating transformer left out: it
turns away \\operatorname{erf}(x) and m_{\\text{max}}, and takes a second and more over a sum of a hundred terms, where
one pass of this reader takes milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from datasets._errors import FormulaError, did_you_mean, refusal
from datasets.formulas._functions import FUNCTION_ROWS
from datasets.formulas._latex_commands import (
    ACCENTS,
    FONTS,
    FRACTIONS,
    FUNCTIONS,
    KNOWN,
    LETTERS,
    RULES,
    SIDES,
    SIGNS,
    SPACES,
)
from datasets.formulas._names import GREEK
from datasets.formulas._tokens import (
    MAX_NAME,
    Token,
    check_length,
    end_token,
    plain_characters,
    token_here,
    tokens_at,
    unknown_character,
)

MAX_LATEX = 2000
_WRAPPERS = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))
_GAP = re.compile(r"[ ~]+")
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)", re.DOTALL)
LETTER_RUN = re.compile("([A-Za-z]+)([0-9]*)")
_GREEK = re.compile(f"[{''.join(GREEK)}π]")
_WORD = re.compile(r" *(?:\{ *([A-Za-z][A-Za-z0-9]*|\\[A-Za-z]+) *\}|([A-Za-z]|\\[A-Za-z]+))")
_LETTER = re.compile(r" *(?:\{ *([A-Za-z]|\\[A-Za-z]+) *\}|([A-Za-z]|\\[A-Za-z]+))")
_LOWERED_ONE = re.compile(r"[A-Za-z]+|[0-9]+")
_LOWERED_PART = re.compile(r"[A-Za-z0-9]+|\\(?:[A-Za-z]+|[, ])|[{}_, /]|[^\x00-\x7f]")


def is_latex(text: str) -> bool:
    """Tells pasted LaTeX from typed text, by a backslash, a dollar or a raised or lowered group."""
    return "\\" in text or "$" in text or "^{" in text or "_{" in text


def tokenize_latex(text: str) -> list[Token]:
    """Returns the tokens of a formula in LaTeX, an "end" token last; `_latex_names` has still to tell names apart.

    Raises:
        FormulaError: the text is empty, too long, or holds something a formula has no use for.
    """
    check_length(text, MAX_LATEX)
    plain = _unwrapped(plain_characters(text))
    return [*_without_double(list(_tokens(plain))), end_token(plain)]


def _unwrapped(text: str) -> str:
    """Blanks out $…$ and its like, and a full stop or comma at the end of a sentence."""
    inner = text.strip()
    for opening, closing in _WRAPPERS:
        if inner.startswith(opening) and inner.endswith(closing) and len(inner) >= len(opening) + len(closing):
            inner = inner[len(opening) : len(inner) - len(closing)].strip()
            break
    if (dollar := inner.find("$")) >= 0:
        at = text.index(inner) + dollar
        raise refusal("A $ stands in front of a formula and behind it", "another", at, "Paste one formula only.")
    if not inner:
        raise FormulaError("The formula is empty. Paste one, such as $x^2$.", 0)
    start = text.index(inner)
    inner = inner.rstrip(" .,") if re.search(r"[^0-9\\][ .,]*$", inner) else inner
    return " " * start + inner + " " * (len(text) - start - len(inner))


def _tokens(text: str) -> Iterator[Token]:
    reader = _Reader(text)
    while (token := reader.next()) is not None:
        yield from token


class _Reader:
    """Reads one pass from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def next(self) -> list[Token] | None:
        self._skip()
        at = self._at
        if at >= len(self._text):
            return None
        if self._text[at] == "\\":
            return self._command(at)
        if (letters := LETTER_RUN.match(self._text, at)) is not None:
            self._at = letters.end()
            kind = "name" if len(letters[1]) == 1 else "letters"
            return [self._lowered(kind, letters.group(), at)]
        if (greek := _GREEK.match(self._text, at)) is not None:
            self._at = greek.end()
            return [self._lowered("name", greek.group(), at)]
        if self._text[at] in "{}[]_":
            self._at += 1
            return [token_here(self._text[at], self._text[at], at)]
        tokens = tokens_at(self._text, at)
        self._at = tokens[-1].end
        return [self._lowered("name", tokens[0].text, at)] if tokens[0].kind == "name" else tokens

    def _skip(self) -> None:
        if (gap := _GAP.match(self._text, self._at)) is not None:
            self._at = gap.end()

    def _word(self) -> str:
        """Takes \\command and returns it without its backslash."""
        command = _COMMAND.match(self._text, self._at)
        if command is None:
            raise refusal("A backslash begins a command", "the end", self._at, r"Write one such as \sin.")
        self._at = command.end()
        return command.group()[1:]

    def _command(self, at: int) -> list[Token]:
        word = self._word()
        if word in SPACES:
            return []
        if word in SIDES:
            return self._sided(SIDES[word], at)
        if word == "operatorname":
            return [self._operator(at)]
        if word in FONTS:
            return [self._upright(self._font_name(at), at)]
        if word in ACCENTS:
            letter = self._group(_LETTER, at, "One letter")
            return [self._lowered("name", self._letter(letter, at) + ACCENTS[word], at)]
        kind, name = self._kind(word)
        if kind is None:
            raise self._unknown(word, at)
        return [self._lowered(kind, name, at)] if kind == "name" else [Token(kind, name, at, self._at)]

    def _kind(self, word: str) -> tuple[str | None, str]:
        if word == "sqrt":
            return "radical", "\\sqrt"
        if word in FRACTIONS:
            return "frac", f"\\{word}"
        if word in FUNCTIONS:
            return "function", FUNCTIONS[word]
        if word in SIGNS:
            return SIGNS[word], f"\\{word}"
        return ("name", word) if word in LETTERS else (None, word)

    def _sided(self, side: str, at: int) -> list[Token]:
        """Reads the parenthesis after \\left or \\big: a bar learns its side from it."""
        self._skip()
        here = self._text[self._at : self._at + 1]
        if here == "\\":
            kind = SIGNS.get(self._word(), "")
        else:
            kind = here
            self._at += 1
        if kind == "|" and side:
            kind = {"<": "<|", ">": "|>"}[side]
        if kind not in {"(", ")", "[", "]", "|", "<|", "|>", "/"}:
            rule = r"\left and \right stand before a parenthesis or a bar"
            raise refusal(rule, f"'{here}'" if here else "the end", at, r"Write \left( … \right).")
        return [Token(kind, self._text[at : self._at], at, self._at)]

    def _operator(self, at: int) -> Token:
        if self._text.startswith("*", self._at):
            self._at += 1
        name = self._group(_WORD, at, "A function's name")
        if name not in FUNCTION_ROWS:
            guess = did_you_mean(name, FUNCTION_ROWS)
            raise refusal("Only known functions are called", f"'{name}'", at, guess or r"A name goes by \mathrm.")
        return Token("function", name, at, self._at)

    def _upright(self, name: str, at: int) -> Token:
        self._skip()
        function = name in FUNCTION_ROWS and re.match(r"(\\left|\{|\\,| )*\(", self._text[self._at : self._at + 20])
        return Token("function", name, at, self._at) if function else self._lowered("name", name, at)

    def _group(self, shape: re.Pattern[str], at: int, rule: str) -> str:
        group = shape.match(self._text, self._at)
        if group is None:
            raise refusal(f"{rule} follows this command", "something else", at, r"Write it as in \mathrm{max}.")
        self._at = group.end()
        return group[1] or group[2]

    def _font_name(self, at: int) -> str:
        return self._letter(self._group(_WORD, at, "A name in letters and digits"), at)

    def _letter(self, letter: str, at: int) -> str:
        if not letter.startswith("\\"):
            return letter
        if letter[1:] in LETTERS:
            return letter[1:]
        if letter[1:] not in KNOWN:
            raise self._unknown(letter[1:], at)
        raise refusal("A name is made of letters", f"'{letter}'", at, "Write names without signs and functions.")

    def _unknown(self, word: str, at: int) -> FormulaError:
        if word in RULES:
            rule, advice = RULES[word]
            return refusal(rule, f"'\\{word}'", at, advice)
        if not word.isalpha() or len(word) == 1:
            return unknown_character("\\" if word.isspace() else word, at)
        guess = did_you_mean(word, KNOWN).replace("'", "'\\", 1)
        return refusal("A formula uses known commands", f"'\\{word[:MAX_NAME]}'", at, guess or "Remove it.")

    def _lowered(self, kind: str, name: str, at: int) -> Token:
        """Appends the subscripts that follow a name."""
        while True:
            ahead = _GAP.match(self._text, self._at)
            here = ahead.end() if ahead is not None else self._at
            if not self._text.startswith("_", here):
                break
            self._at = here + 1
            name = f"{name}_{self._subscript(here)}"
        if len(name) > MAX_NAME:
            raise refusal(f"A name has at most {MAX_NAME} characters", f"one of {len(name)}", at, "Shorten it.")
        return Token(kind, name, at, self._at)

    def _subscript(self, at: int) -> str:
        self._skip()
        if self._text.startswith("{", self._at):
            return self._subscript_group(at)
        if self._text.startswith("\\", self._at):
            word = self._word()
            if word in FONTS:
                return self._font_name(at)
            return self._letter(f"\\{word}", at)
        run = _LOWERED_ONE.match(self._text, self._at)
        if run is None:
            raise _bad_subscript(self._text[self._at : self._at + 1], at)
        if run.group().isalpha() and len(run.group()) > 2:
            advice = f"Write _{{{run.group()[:MAX_NAME]}}}."
            raise refusal("A subscript of several letters stands in braces", f"'{run.group()[:9]}'", self._at, advice)
        whole = run.group().isdigit()
        self._at = run.end() if whole else self._at + 1  # k_BT is k_B·T
        return run.group() if whole else run.group()[0]

    def _subscript_group(self, at: int) -> str:
        """Reads {c_{0}} or {\\text{max}, 1} as c_0 and max_1."""
        depth, parts = 0, [""]
        while True:
            part = _LOWERED_PART.match(self._text, self._at)
            if part is None:
                raise _bad_subscript(self._text[self._at : self._at + 1], at)
            self._at = part.end()
            text = part.group()
            depth += (text == "{") - (text == "}")
            if depth == 0:
                break
            if text in "{}" or text[1:] in FONTS:
                continue
            if text[0] in "_, /" or text[1:] in SPACES:
                parts.append("")
            else:
                parts[-1] += self._letter(text, at) if text[0] == "\\" else text
            if text[0] == "\\" and text[1:] in LETTERS:
                parts.append("")
        return "_".join(part for part in parts if part)  # nothing in g_{}, as SymPy writes g_


def _bad_subscript(found: str, at: int) -> FormulaError:
    return refusal(
        "A subscript is a number or a name", f"'{found}'" if found else "the end", at, r"Write x_{1} or m_{\text{max}}."
    )


def _without_double(tokens: list[Token]) -> list[Token]:
    """Drops {} and the braces of {(…)}, which SymPy writes around arguments; its "(" keeps them in its text."""
    partner: dict[int, int] = {}
    opened: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind in {"(", "{", "[", "<|"}:
            opened.append(index)
        elif token.kind in {")", "}", "]", "|>"} and opened:
            partner[opened.pop()] = index
    dropped: set[int] = set()
    for index, token in enumerate(tokens):
        close = partner.get(index)
        if token.kind != "{" or close is None or tokens[close].kind != "}":
            continue
        inner = tokens[index + 1]
        if close == index + 1:
            dropped |= {index, close}
        elif inner.kind == "(" and partner.get(index + 1) == close - 1:
            dropped |= {index, close}
            tokens[index + 1] = Token("(", "{(", inner.start, inner.end)
    return [token for index, token in enumerate(tokens) if index not in dropped]
