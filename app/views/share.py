"""The menu that saves and opens the whole history, and gives a link to the settings."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app.acts import out_acts
from app.out import link, project
from app.session import Session
from app.words import file_name


def show(s: Session, busy: bool) -> None:
    """A button at the top; nothing in it is made before it is opened."""
    menu = st.popover(
        "Save & share", icon=":material/ios_share:", type="tertiary", disabled=busy, key="share", on_change="rerun"
    )
    if not menu.open:
        return
    with menu:
        st.download_button(
            "Save project",
            partial(project.to_bytes, s.acts, s.at),
            f"{file_name(s.work.title)}.kan",
            "application/zip",
            icon=":material/save:",
            on_click="ignore",
            help="One file with the data, the networks, the laws and the whole history.",
        )
        st.file_uploader(
            "Open project",
            ["kan"],
            max_upload_size=project.LARGEST >> 20,
            key="project",
            on_change=out_acts.open_project,
            args=(s,),
            help="It takes the place of what is here.",
        )
        st.caption("A link to these settings; whoever opens it starts from the same data.")
        st.code(f"{(st.context.url or '').split('?')[0]}?s={link.encode(s)}", language=None, wrap_lines=True)
        if s.kind in ("table", "typed"):
            st.caption("Your table stays here: the link carries the settings alone.")
