"""The report on a column: what it holds, what is wrong with it, and what part it seems to play."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from datasets._errors import counted, listed


@dataclass(frozen=True)
class ColumnReport:
    """What a column holds. Rows are counted as a spreadsheet counts them: by lines of the file, from 1.

    `heading` is the name as the file has it, unit and all. `kind` is "number", "constant" (one number throughout),
    "date", "text" (some cell is no number) or "empty". `digits` is the largest number of significant digits printed in
    the column, None where all are whole numbers: those may be exact counts.

    `role` is "row number", "identifier" or "standard error" (of the column `of`) where the column seems to be one;
    `sure` tells whether its name leaves no doubt, so that it is no input unless asked for. `same_as` is an earlier
    column with the same numbers. `code` is a number such as -999 that seems to stand for a gap, in the rows `coded`.
    `outliers` are few rows far from all others. `nearly` shows how a word could be read as a number. `dates` are the
    formats that read the column, two where day and month could be swapped. `repairs` are names for `Table.repair`.
    """

    name: str
    heading: str
    unit: str | None
    kind: str
    missing: tuple[int, ...]
    words: tuple[int, ...]
    infinite: tuple[int, ...]
    minimum: float | None
    maximum: float | None
    digits: int | None
    example: str = ""
    role: str = ""
    of: str | None = None
    sure: bool = False
    same_as: str | None = None
    code: float | None = None
    coded: tuple[int, ...] = ()
    outliers: tuple[int, ...] = ()
    nearly: str = ""
    dates: tuple[str, ...] = ()
    is_truth: bool = False
    forms: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Tells whether the column can be an input as it stands."""
        return self.kind == "number" and not self.missing and not self.infinite

    @property
    def proposed(self) -> bool:
        """Tells whether the column is proposed as an input: usable, and surely no row number, error or copy."""
        return self.usable and not self.sure and self.same_as is None

    def complaint(self) -> str:
        """Says what keeps the column from being used; empty where nothing does."""
        fault = self._fault()
        return f"Column '{self.name}' {fault}" if fault else ""

    def _fault(self) -> str:
        if self.kind == "empty":
            return "is empty. Choose another column."
        if self.kind == "date":
            return f"holds dates, such as '{self.example}'. Turn them into seconds, days or decimal years."
        if self.words:
            cells = f"{counted(len(self.words), 'cell')} that {'is' if len(self.words) == 1 else 'are'} not a number"
            advice = "Correct them or leave the column out."
            advice = f"It can be read as {self.nearly}. {advice}" if self.nearly else advice
            return f"has {cells} ({in_rows(self.words)}), such as '{self.example}'. {advice}"
        if self.missing:
            cells = counted(len(self.missing), "empty cell")
            return f"has {cells} ({in_rows(self.missing)}). Fill them or drop the rows."
        if self.infinite:
            values = counted(len(self.infinite), "infinite value")
            return f"has {values} ({in_rows(self.infinite)}). Correct them or drop the rows."
        if self.kind == "constant":
            return f"is {self.minimum:g} in every row, so no law can be read from it. Choose another column."
        return ""

    def remarks(self) -> tuple[str, ...]:
        """Says what is worth a look though it keeps nothing from being used, a sentence each."""
        found = []
        if self.role == "standard error":
            surely = "is" if self.sure else "may be"
            found.append(
                f"Column '{self.name}' {surely} the standard error of '{self.of}'. Choose it as sigma, not as an input."
            )
        elif self.role:
            surely = "is" if self.sure else "may be"
            found.append(f"Column '{self.name}' {surely} {_article(self.role)}, which explains nothing. Leave it out.")
        if self.same_as is not None:
            found.append(f"Column '{self.name}' is the same as '{self.same_as}' in every row. Leave one of them out.")
        if self.code is not None:
            where = in_rows(self.coded)
            found.append(
                f"Column '{self.name}' has {self.code:g} ({where}), which may stand for a gap. Look at these rows."
            )
        if self.outliers:
            cells = counted(len(self.outliers), "value")
            found.append(
                f"Column '{self.name}' has {cells} far from all others ({in_rows(self.outliers)}). Look at these rows."
            )
        if len(self.dates) > 1:
            found.append(f"Column '{self.name}' has dates that could be day first or month first. Say which.")
        if self.forms:
            found.append(f"Column '{self.name}' was read with {', '.join(self.forms)}.")
        return tuple(found)


def in_rows(rows: Sequence[int]) -> str:
    """Returns "row 4" or "rows 4, 9, 11"."""
    return f"{'row' if len(rows) == 1 else 'rows'} {listed(rows)}"


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
