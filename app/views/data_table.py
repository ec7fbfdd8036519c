"""An uploaded table: the file, its sheet, and everything about its columns."""

from __future__ import annotations

import streamlit as st

from app.acts import table_acts
from app.data import sources
from app.session import Session
from app.views import data_columns
from app.words import plain

TABLES = ["csv", "tsv", "txt", "dat", "xlsx", "parquet", "json", "npz", "npy"]
MEGABYTES = 20


def show(s: Session) -> bool:
    """The uploader, and the table read last: it stays until another one takes its place."""
    st.file_uploader(
        f"Table: text, Excel, Parquet, JSON or NumPy, up to {MEGABYTES} MB",
        TABLES,
        max_upload_size=MEGABYTES,
        key="upload",
        on_change=table_acts.upload,
        args=(s,),
    )
    if s.table is None:
        st.caption("One row a measurement, one column a quantity, names and units in the first line: mass [kg].")
        return False
    name, content = s.table
    st.markdown(f"**{plain(name)}**")
    sheets = sources.sheets(content)
    if len(sheets) > 1:
        st.selectbox(
            "Sheet",
            placeholder="The first one with data",
            **s.bound_choice("sheet", sheets, then=Session.forget_columns),
        )
    return data_columns.show(s)
