"""What the data panel is set to: from this, and from nothing else, `app.data.sources` makes the dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Grid = list[list[str]]  # rows of cells as they were typed

DRAWN = ("points", "noise", "noise_kind", "outliers", "known", "design", "seed", "split")  # settings of drawn points


class SettingError(ValueError):
    """A setting cannot be read; the message says how it should look."""


@dataclass(kw_only=True)
class DataSettings:
    """Fields written by widgets bear the widgets' names. Those of one source are kept while another is looked at."""

    kind: str = "law"
    # of the catalogue
    entry: str = "kepler"
    search: str = ""
    collection: str | None = None
    nature: bool = False  # magnitudes as in nature, constants put in
    # of a typed formula, by variable
    formula: str = "exp(sin(pi*x) + y^2)"
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    spreads: dict[str, str] = field(default_factory=dict)
    formula_view: str = "map"
    # of points drawn from a law
    points: int = 1000
    noise: float = 0.0
    noise_kind: str = "rms"
    outliers: float = 0.0
    known: bool = False  # whether the noise's size in each row is told to the search
    design: str = "random"
    # of any data
    seed: int = 0
    split: str = "random"
    # of tables, uploaded or typed
    table: tuple[str, bytes] | None = None
    sheet: str | None = None
    typed_columns: str = "x, y"
    typed_rows: Grid = field(default_factory=list)
    editor_base: Grid = field(default_factory=list)  # what the editor was opened on: it remembers its edits itself
    edition: int = 0  # of the editor: another one opens on other rows
    pasted: str = ""
    repairs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by kind of source, in order
    ailing: str | None = None  # the column whose repairs are shown
    repair: str | None = None
    fill_value: float = 0.0  # options of repairs
    date_order: str | None = None
    units: dict[str, str] = field(default_factory=dict)  # by column: those typed over the file's
    si: bool = False
    target: str | None = None
    guessed: str | None = None  # the target that nobody chose
    inputs: list[str] = field(default_factory=list)
    sigma: str | None = None
    by: str | None = None  # the column a split goes by

    def choose_law(self, key: str) -> None:
        """An entry of the catalogue as it comes, whatever was set for others."""
        plain = DataSettings(entry=key)
        for name in ("kind", "entry", "search", "collection", "nature", *DRAWN):
            setattr(self, name, getattr(plain, name))

    @property
    def mends(self) -> list[dict[str, Any]]:
        """The repairs of the table shown."""
        return self.repairs.get(self.kind, [])

    def add_mend(self, name: str, column: str | None, options: dict[str, Any]) -> None:
        """Repairs the table shown."""
        self.repairs = {**self.repairs, self.kind: [*self.mends, {"name": name, "column": column, "options": options}]}
        self.repair = None

    def drop_mends(self, kept: int) -> None:
        """Takes repairs back, all but the first ones."""
        self.repairs = {**self.repairs, self.kind: self.mends[:kept]}

    def put_table(self, name: str, content: bytes) -> None:
        """Another file: what was said of the columns of the last one is forgotten."""
        self.kind, self.table, self.sheet = "table", (name, content), None
        self.forget_columns()

    def reopen_editor(self) -> None:
        """The editor opens anew, on what it holds: its columns have changed."""
        self.edition += 1

    def put_rows(self, columns: str, rows: Sequence[Sequence[str]]) -> None:
        """Other rows for the editor, such as pasted ones."""
        self.kind, self.typed_columns, self.typed_rows = "typed", columns, [list(row) for row in rows]
        self.reopen_editor()
        self.forget_columns()

    def forget_repair(self) -> None:
        """What was to be done to one column is not meant for the next."""
        self.repair = None

    def forget_columns(self) -> None:
        """Forgets repairs, units and parts of the columns: the table shown has become another."""
        self.drop_mends(0)
        self.forget_repair()
        self.units, self.target, self.guessed, self.inputs = {}, None, None, []
        self.sigma, self.by, self.ailing = None, None, None
