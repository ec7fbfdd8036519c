"""Tells which variable a name in a formula means, however it is spelled: θ₁, theta_1, \\theta_{1}."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from datasets._errors import did_you_mean
from datasets.formulas._tokens import normal_name

_SMALL = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi"
_SMALL_NAMES = f"{_SMALL} chi psi omega".split()
_VARIANTS = {"ϵ": "epsilon", "ϑ": "vartheta", "ϕ": "phi", "ϰ": "varkappa", "ϱ": "varrho", "ς": "varsigma"}
GREEK: dict[str, str] = {
    **dict(zip("αβγδεζηθικλμνξοπρστυφχψω", _SMALL_NAMES, strict=True)),
    **dict(zip("ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ", map(str.capitalize, _SMALL_NAMES), strict=True)),
    **_VARIANTS,
    "ħ": "hbar",
    "ℏ": "hbar",
    "ℓ": "ell",
}
LETTER_NAMES = frozenset(GREEK.values()) | {"varepsilon", "varphi", "varpi"}
_SPELLED_OUT = str.maketrans(GREEK)


def _spelled_out(name: str) -> str:
    return normal_name(name).translate(_SPELLED_OUT)


def _run_together(name: str) -> str:
    return _spelled_out(name).replace("_", "")


class Names:
    """The variables a formula may use: `declared` ones (None admits any) and the arguments in front of its `=`.

    A name means the known variable that is spelled alike, else the only one that differs in nothing but Greek letters
    written out (θ, theta), else the only one that differs in nothing but underscores (θ_1, θ1).
    """

    def __init__(self, declared: Iterable[str] | None, arguments: Iterable[str]) -> None:
        self.open = declared is None
        self.known = {unicodedata.normalize("NFC", name.replace("µ", "μ")) for name in (*(declared or ()), *arguments)}
        self._alike = [(key, _only_ones(self.known, key)) for key in (normal_name, _spelled_out, _run_together)]
        self._met: dict[str, str] = {}

    def find(self, text: str) -> str | None:
        """Returns the known variable that a name means, or None."""
        if text in self.known:
            return text
        for key, by_key in self._alike:
            if (name := by_key.get(key(text))) is not None:
                return name
        return None

    def admit(self, text: str) -> str:
        """Returns the name of a new variable; a second spelling of one met before means that one."""
        return self._met.setdefault(_spelled_out(text), normal_name(text))

    def advice(self, name: str) -> str:
        """Words what an unknown name may have meant."""
        factors = self.factors(name)
        if factors is not None:
            return f"Did you mean {'*'.join(factors)}?"
        names = sorted(self.known)
        return f"{did_you_mean(name, names)} They are: {', '.join(names)}.".lstrip() if names else "There are none."

    def factors(self, text: str) -> list[str] | None:
        """Splits "xy" into known names, the longest first where there is a choice; None where that fails."""
        splits: list[list[str] | None] = [None] * len(text) + [[]]  # for every offset, the factors of what follows
        for start in reversed(range(len(text))):
            for end in range(len(text), start, -1):
                if (after := splits[end]) is not None and (name := self.find(text[start:end])) is not None:
                    splits[start] = [name, *after]
                    break
        return splits[0]


def _only_ones(names: Iterable[str], key: Callable[[str], str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in sorted(names):
        found[key(name)] = None if key(name) in found else name
    return found
