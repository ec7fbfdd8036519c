"""What the buttons of the data panel do to tables; what goes wrong becomes one sentence, and nothing is lost."""

from __future__ import annotations

from typing import Any

from app.acts.steps import told
from app.data import sources, tables
from app.session import Session


@told
def upload(s: Session) -> None:
    """Takes the file just chosen, or forgets one that was taken away. One that cannot be read leaves the last."""
    if s.upload is None:
        s.table = None
        return
    if s.upload == s.table:
        return  # a browser may send a file again when its panel comes back: what was mended stays so
    name, content = s.upload
    tables.read(name, content, None, ())
    s.put_table(name, content)


@told
def repair(s: Session, name: str, column: str | None, options: dict[str, Any]) -> None:
    """Repairs the table shown."""
    sources.table(s).repair(name, column, **options)
    s.add_mend(name, column, options)


@told
def paste(s: Session) -> None:
    """Puts pasted rows in place of those typed."""
    s.put_rows(*tables.by_hand(tables.read("the pasted text", s.pasted.encode(), None, ())))
    s.pasted = ""


@told
def edit_by_hand(s: Session) -> None:
    """Copies the table shown, repairs and all, to where it can be typed over."""
    s.put_rows(*tables.by_hand(sources.table(s)))


def start_afresh(s: Session) -> None:
    """An empty table to type into."""
    s.put_rows("x, y", [])
