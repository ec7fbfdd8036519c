"""Words and numbers as the page shows them."""

from __future__ import annotations

ROUNDING = 1e-13  # relative errors below this are the computer's
MARKDOWN = "\\`*_[]()$~:<>#!|"


def plain(text: str) -> str:
    """Text of a user for places where Streamlit reads Markdown: every sign stands for itself."""
    return "".join(f"\\{sign}" if sign in MARKDOWN else sign for sign in text)


def percent(value: float | None) -> str:
    """A relative error in few characters.

    >>> percent(0.0312), percent(2.5e-9), percent(1e-16), percent(None)
    ('3.1 %', '3e-07 %', '0 %', '–')
    """
    if value is None:
        return "–"
    if value < ROUNDING:
        return "0 %"
    return f"{100 * value:.2g} %" if value >= 1e-6 else f"{100 * value:.0e} %"
