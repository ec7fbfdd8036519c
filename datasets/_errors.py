"""The two errors of this package, and the words they share."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class DataError(ValueError):
    """Data or settings break a rule; the message says which, what was received and what to do."""


class FormulaError(ValueError):
    """A typed formula cannot be read; `position` is the offset (from 0) of the culprit in the text `formula`."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.position = position
        self.formula = ""

    @property
    def caret(self) -> str:
        """The formula around the culprit and a ^ below it: two lines to show in a monospaced font."""
        start = max(0, self.position - 40)
        shown = self.formula[start : start + 80]
        plain = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in shown)
        return f"{plain}\n{' ' * (self.position - start)}^"


def refusal(rule: str, found: str, position: int, advice: str) -> FormulaError:
    """Words a FormulaError the same way everywhere: the rule, what came where (counted from 1), what to do."""
    return FormulaError(f"{rule}, but {found} came at character {position + 1}. {advice}".rstrip(), position)


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Returns "Did you mean 'mass'?" for the closest option, or an empty text."""
    by_folded = {option.casefold(): option for option in options}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1)
    return f"Did you mean '{by_folded[close[0]]}'?" if close else ""


def listed(items: Sequence[object], most: int = 8) -> str:
    """Joins items for a message and cuts a long list: "4, 9, 11 and 20 more"."""
    shown = ", ".join(str(item) for item in items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"


def counted(number: int, noun: str) -> str:
    """Returns "1 row" or "3 rows"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
