"""New rows through the law: typed, or a whole table."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st

from app.session import Session
from app.tasks.law_points import Sheet
from app.words import plain

MOST = 20  # megabytes of a table
TABLES = ["csv", "tsv", "txt", "dat", "xlsx", "parquet", "json", "npz", "npy"]
SHOWN = 100  # rows of the answer


def show(s: Session, law: dict[str, Any]) -> None:
    """One row typed, then a table of them."""
    sheet = Sheet.of(law["law"], s.work.dataset)
    _typed(s, sheet)
    st.divider()
    _table(s, sheet)


def _typed(s: Session, sheet: Sheet) -> None:
    row = sheet.middle.copy()
    for k, name in enumerate(sheet.data.names):
        low, high = sheet.ends[k]
        row[k] = st.number_input(
            plain(sheet.label(name)),
            value=float(f"{row[k]:.6g}"),
            format="%g",
            step=float(high - low) / 20 or 1.0,
            help=f"In the data from {low:.4g} to {high:.4g}.",
            key=f"new {s.act.id} {k}",
        )
    X = row[None, :]
    value = float(sheet.law.predict(X)[0])
    if not np.isfinite(value):
        st.warning("The law has no value there.", icon=":material/block:")
        return
    unit = sheet.unit(sheet.data.target)
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        st.metric(plain(sheet.data.target), plain(f"{value:.6g} {unit}".rstrip()), width="content")
        if sheet.law.uncertainty is not None:
            band = sheet.law.predict(X, band=True)
            st.caption(_band(float(band.stderr[0]), float(band.low[0]), float(band.high[0])))
    outside = [name for k, name in enumerate(sheet.data.names) if not sheet.ends[k, 0] <= row[k] <= sheet.ends[k, 1]]
    if outside:
        st.warning(
            plain(f"Outside the data in {', '.join(outside)}: the law is not tested there."), icon=":material/warning:"
        )


def _band(stderr: float, low: float, high: float) -> str:
    known = f"± {stderr:.2g} standard error of the law. " if stderr > 0 else ""
    known = known if np.isfinite(stderr) else "The data do not determine it. "
    return f"{known}A measurement lies between {low:.6g} and {high:.6g} with 95 %." if np.isfinite(low) else known


def _table(s: Session, sheet: Sheet) -> None:
    upload = st.file_uploader("New rows", TABLES, max_upload_size=MOST, key=f"new rows {s.act.id}")
    if upload is None:
        st.caption(plain(f"A table with the columns {', '.join(sheet.data.names)}; others are kept beside the answer."))
        return
    from datasets import DataError, read_table
    from symbolic import Discovery, Project, SymbolicError, predictions

    found = Discovery(sheet.law, (sheet.law,), "approximate", (), 0.0)
    try:
        text, notes = predictions(Project(found, sheet.data), read_table(upload.getvalue(), upload.name))
    except (DataError, SymbolicError) as error:
        st.error(plain(str(error)), icon=":material/info:")
        return
    for note in notes:
        st.caption(plain(note))
    header, *rows = _rows(text)
    st.dataframe(
        [dict(zip(header, row, strict=True)) for row in rows[:SHOWN]], hide_index=True, alt="The rows with predictions"
    )
    st.download_button(
        "Download CSV", text, "predictions.csv", "text/csv", icon=":material/download:", on_click="ignore"
    )


def _rows(text: str) -> list[list[str]]:
    import csv
    import io

    return list(csv.reader(io.StringIO(text)))
