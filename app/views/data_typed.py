"""A table typed in or pasted: an editor for cells, whatever is in them, then the same look at its columns."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.acts import table_acts
from app.data import tables
from app.session import Session
from app.views import data_columns


def show(s: Session) -> bool:
    """Names of the columns, the cells, and once there are some, everything about the columns. Raises DataError."""
    st.text_input(
        "Columns",
        max_chars=2000,
        help="With commas between them, and units where there are any: t [s], T [K].",
        **s.bound("typed_columns", Session.reopen_editor),
    )
    names = tables.headings(s.typed_columns)
    _editor(s, names)
    with st.container(horizontal=True):
        with st.popover("Paste", icon=":material/content_paste:", type="tertiary", key=f"paste {s.edition}"):
            st.text_area("Rows from a spreadsheet or a file, with their names on top", height=160, **s.bound("pasted"))
            st.button("Take these rows", on_click=table_acts.paste, args=(s,), disabled=not s.pasted.strip())
        st.button(
            "Start afresh", icon=":material/delete:", type="tertiary", on_click=table_acts.start_afresh, args=(s,)
        )
    if not tables.filled(s.typed_rows, len(names)):
        st.caption("Type three rows or more, or copy them from a spreadsheet and paste them into the first cell.")
        return False
    return data_columns.show(s)


def _editor(s: Session, names: list[str]) -> None:
    import pandas as pd

    key, base = s.editor()
    cells = [*tables.filled(base, len(names)), *([[""] * len(names)] * tables.BLANK)]
    edited: Any = st.data_editor(
        pd.DataFrame(cells, columns=names, dtype=str),
        num_rows="dynamic",
        hide_index=True,
        height=280,
        column_config={name: st.column_config.TextColumn(alignment="right") for name in names},
        key=key,
        alt="Rows to type into",
    )
    s.typed_rows = edited.fillna("").astype(str).to_numpy().tolist()
