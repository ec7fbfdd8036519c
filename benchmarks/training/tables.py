"""Markdown tables, and the section of the README that holds them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

BEGIN, END = "<!-- training: begin (written by python -m benchmarks.training) -->", "<!-- training: end -->"


def markdown(header: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """A table whose columns line up in plain text too."""
    rows = [list(header), *map(list, body)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(header))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def error(value: float) -> str:
    return f"{value:.1e}" if math.isfinite(value) else "–"


def seconds(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value * 1e3:.0f} ms" if value < 1 else f"{value:.1f} s"


def times(value: float) -> str:
    """A ratio, as 120×."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.0f}×" if value >= 10 else f"{value:.2g}×"


def write_section(readme: Path, text: str, begin: str = BEGIN, end: str = END) -> None:
    """Puts the text between the two marker comments, which are added at the end of a file that lacks them."""
    old = readme.read_text(encoding="utf-8") if readme.exists() else "# Benchmarks\n"
    if begin not in old:
        old = f"{old.rstrip()}\n\n{begin}\n{end}\n"
    before, rest = old.split(begin, 1)
    after = rest.split(end, 1)[1]
    readme.write_text(f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
