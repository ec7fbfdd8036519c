"""The top of the page: its name, undo and history, the stages, and the two next clicks."""

from __future__ import annotations

import streamlit as st

from app.acts import steps
from app.data import sources
from app.jobs import Snapshot
from app.session import STAGES, Session
from app.views import share
from app.words import plain

DONE, NOW = "✓ ", "… "
# Five stages with their signs are a little wider than a phone.
BUDGETS = (10, 20, 30, 60, 120, 300, 600)  # seconds
HELD, UNDONE = ":material/check:", ":material/radio_button_unchecked:"  # acts below the present one, and beside it


def show(s: Session, running: Snapshot | None) -> None:
    """The title line with undo, redo and the list of acts."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.markdown("## KANvas", width="content")
        st.caption("From data to a law you can read", width="stretch")
        _step("Undo", "undo", s, s.undo_to, running)
        _step("Redo", "redo", s, s.redo_to, running)
        with st.popover("History", icon=":material/history:", type="tertiary", disabled=running is not None):
            _history(s)
        share.show(s, running is not None)


def _step(label: str, icon: str, s: Session, to: int | None, running: Snapshot | None) -> None:
    off = to is None or running is not None
    st.button(label, key=icon, icon=f":material/{icon}:", type="tertiary", disabled=off, on_click=s.go, args=(to,))


def _history(s: Session) -> None:
    """Every act, the newest first; those undone can be gone to as well."""
    st.caption("Click an act to go back to it, or forward. Nothing is lost by it.")
    led = s.line
    for i, act in reversed(list(enumerate(s.acts))):
        st.button(
            plain(act.name),
            key=f"act {act.id}",
            icon=":material/arrow_right:" if i == s.at else HELD if act.id in led else UNDONE,
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
            **(s.shown_buttons("live") if running else s.bound_buttons("stage")),
        )
        with st.container(horizontal=True, width="content"):
            st.button(
                "Discover",
                type="primary",
                icon=":material/auto_awesome:",
                disabled=running is not None,
                on_click=steps.discover,
                args=(s,),
                help="Train, prune, name and read off the law of these data in one go.",
            )
            with st.popover(f"{s.budget} s", icon=":material/timer:", disabled=running is not None):
                st.select_slider(
                    "Seconds that Discover may take",
                    sorted({*BUDGETS, s.budget}),
                    help="It ends sooner where the matter is settled. Hard laws are worth minutes.",
                    **s.bound("budget"),
                )
            st.menu_button(
                "Try another law",
                list(sources.TO_TRY),
                key="law_to_try",
                format_func=sources.TO_TRY.__getitem__,
                disabled=running is not None,
                on_click=steps.try_chosen_law,
                args=(s,),
            )


def _now(running: Snapshot | None) -> str | None:
    """The stage that the work in progress has reached."""
    reported = [event["stage"] for event in running.events if event.get("stage") in STAGES] if running else []
    return reported[-1] if reported else None
