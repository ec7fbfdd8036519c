"""The one page: title, stages, the network, and the panel of the stage or of what is running."""

from pathlib import Path

import streamlit as st

from app import visit
from app.acts import law_acts, out_acts, steps
from app.views import data, edge, header, law, live, network, prune, train
from app.words import plain

PANELS = {"data": data.show, "train": train.show, "prune": prune.show, "name": edge.show, "law": law.show}
STYLE = Path(__file__).parents[1] / "page.css"

s = visit.current()
s.seen = s.milestones  # before collecting: what comes later is news
out_acts.follow(s, st.query_params.get("s"))
steps.collect(s)
law_acts.collect(s)
law_acts.grant(s)
running = s.work_job.snapshot() if s.work_job else None

st.html(STYLE)
header.show(s, running)
header.rail(s, running)
left, right = st.columns([7, 5], gap="large")
with left:
    network.show(s, running)
with right:
    with st.container():  # a place of its own: else the panel moves as words come and go, and loses what is being typed
        if s.message:
            st.error(plain(s.message), icon=":material/info:")
        if s.note:
            st.info(plain(s.note), icon=":material/info:")
    if running and not train.follows(s):
        live.show(s)
    else:
        PANELS[s.stage](s)

s.meet()
if s.busy:
    live.pulse(s)
visit.keep(s)
visit.warm()
