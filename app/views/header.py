"""The top of the page: its name, undo and history, the stages, and the two next clicks."""

from __future__ import annotations

import streamlit as st

from app import acts, sources
from app.jobs import Snapshot
from app.session import STAGES, Session
from app.words import plain

DONE, NOW = "✓ ", "… "


def show(s: Session, running: Snapshot | None) -> None:
    """The title line with undo, redo and the list of acts."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown("## KANvas", width="content")
        st.caption("From data to a law you can read", width="stretch")
        first, last = s.at == 0 or running, s.at == len(s.acts) - 1 or running
        st.button(
            "Undo", icon=":material/undo:", type="tertiary", disabled=bool(first), on_click=s.go, args=(s.at - 1,)
        )
        st.button("Redo", icon=":material/redo:", type="tertiary", disabled=bool(last), on_click=s.go, args=(s.at + 1,))
        with st.popover("History", icon=":material/history:", type="tertiary", disabled=running is not None):
            for i, act in reversed(list(enumerate(s.acts))):
                st.button(
                    plain(act.name),
                    key=f"act {act.id}",
                    icon=":material/arrow_right:" if i == s.at else ":material/circle:",
                    type="tertiary",
                    disabled=i == s.at,
                    on_click=s.go,
                    args=(i,),
                )


def rail(s: Session, running: Snapshot | None) -> None:
    """The five stages, lit as far as the work has come, and the buttons that go all the way."""
    now = _now(running)
    s.live = now or STAGES[0]
    behind = STAGES.index(s.live) if running else s.work.reached

    def label(stage: str) -> str:
        sign = NOW if stage == now else DONE if STAGES.index(stage) < behind else ""
        return f"{sign}{stage.capitalize()}"

    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.segmented_control(
            "Stage",
            STAGES,
            format_func=label,
            required=True,
            label_visibility="collapsed",
            **s.bound("live" if running else "stage"),
        )
        with st.container(horizontal=True, width="content"):
            st.button(
                "Discover",
                type="primary",
                icon=":material/auto_awesome:",
                disabled=running is not None,
                on_click=acts.discover,
                args=(s,),
                help="Train, prune, name and read off the law of these data in one go.",
            )
            laws = sources.known_laws()
            st.menu_button(
                "Try another law",
                list(laws),
                key="law_to_try",
                format_func=lambda key: laws[key]["title"],
                disabled=running is not None,
                on_click=acts.try_chosen_law,
                args=(s,),
            )


def _now(running: Snapshot | None) -> str | None:
    """The stage that the work in progress has reached."""
    reported = [event["stage"] for event in running.events if event.get("stage") in STAGES] if running else []
    return reported[-1] if reported else None
