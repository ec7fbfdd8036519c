"""Words and numbers as the page shows them."""

from __future__ import annotations

import re
from collections.abc import Iterable

ROUNDING = 1e-13  # relative errors below this are the computer's
MARKDOWN = "\\`*_[]()$~:<>#!|"
LINK = re.compile(r"(?<=:)(?=//)|(?<=w)(?=ww\.)|(?=@)", re.IGNORECASE)  # inside what is made a link unasked
NO_SPACE = "\u2060"  # prevents that, and has no width


def plain(text: str) -> str:
    """Text of a user for places where Streamlit reads Markdown: every sign stands for itself."""
    return "".join(f"\\{sign}" if sign in MARKDOWN else sign for sign in LINK.sub(NO_SPACE, text))


def percent(value: float | None) -> str:
    """A relative error in few characters.

    >>> percent(0.0312), percent(1), percent(2.5e-9), percent(1e-16), percent(None)
    ('3.1 %', '100 %', '2e-07 %', '0 %', '–')
    """
    if value is None:
        return "–"
    if value < ROUNDING:
        return "0 %"
    if 0.995 <= value < 1e4:
        return f"{100 * value:.0f} %"
    return f"{100 * value:.2g} %" if value >= 1e-6 else f"{100 * value:.0e} %"


def ago(seconds: float) -> str:
    """How long ago something was, to the accuracy one would say it with.

    >>> ago(12), ago(61), ago(7300), ago(200_000)
    ('just now', '1 minute ago', '2 hours ago', '2 days ago')
    """
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        n = int(seconds // size)
        if n:
            return f"{n} {unit}{'s' * (n > 1)} ago"
    return "just now"


def file_name(text: str) -> str:
    """A text of a user as the name of a file, without its ending: letters, digits and underscores.

    >>> file_name("Kepler's third law"), file_name("../../<img>")
    ('Kepler_s_third_law', 'img')
    """
    kept = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in text)
    return "_".join(part for part in kept.split("_") if part)[:60] or "law"


def turn(ahead: int) -> str:
    """Whose turn it is, for the owner of the job at this place of the queue.

    >>> turn(1), turn(2), turn(4)
    ('Yours is next.', '1 job is before yours; visitors take turns.', '3 jobs are before yours; visitors take turns.')
    """
    if ahead == 1:
        return "Yours is next."
    return f"{ahead - 1} job{'s are' if ahead > 2 else ' is'} before yours; visitors take turns."


def bullets(lines: Iterable[str]) -> str:
    """Sentences one below the other, as one text: each element of a page costs the browser some milliseconds."""
    return "\n\n".join(f"• {line}" for line in lines)
