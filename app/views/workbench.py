"""The one page: title, stages, the network, and the panel of the stage or of what is running."""

import streamlit as st

from app import acts, session
from app.views import data, edge, header, law, live, network, prune, train
from app.words import plain

PANELS = {"data": data.show, "train": train.show, "prune": prune.show, "name": edge.show, "law": law.show}

s = session.current()
s.seen = s.versions  # before collecting: what comes later is news
acts.collect(s)
running = s.work_job.snapshot() if s.work_job else None

header.show(s, running)
header.rail(s, running)
left, right = st.columns([7, 5], gap="large")
with left:
    network.show(s, running)
with right:
    if s.message:
        st.error(plain(s.message), icon=":material/info:")
    if s.note:
        st.info(plain(s.note), icon=":material/info:")
    if running:
        live.show(s, running)
    else:
        PANELS[s.stage](s)

if s.busy:
    live.pulse(s)
session.warm()
