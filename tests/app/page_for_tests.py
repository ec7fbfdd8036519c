"""The page in Streamlit's own test harness, and what tests do with it."""

import json
from dataclasses import replace
from pathlib import Path

from streamlit.testing.v1 import AppTest

MAIN = Path(__file__).parents[2] / "app" / "main.py"
FORMULA = "exp(sin(pi*x) + y^2)"


def new_page():
    """A page that has not run yet."""
    return AppTest.from_file(str(MAIN), default_timeout=60)


def healthy(page):
    assert not page.exception
    return page


def press(page, label):
    """Clicks a button; the page is drawn once more, for a job that was started has ended by then."""
    next(button for button in page.button if button.label == label).click()
    return healthy(healthy(page.run()).run())


def to(page, stage):
    return healthy(page.segmented_control(key="stage").set_value(stage).run())


def source(page, kind):
    """Goes to the data panel's settings of this kind."""
    return healthy(to(page, "data").segmented_control(key="kind").set_value(kind).run())


def use_formula(page, formula=FORMULA):
    source(page, "formula").text_input(key="formula").set_value(formula).run()
    return press(page, "Use these data")


def upload(page, content, name="d.csv"):
    content = content.encode() if isinstance(content, str) else content
    return healthy(source(page, "table").file_uploader[0].upload(name, content, "text/csv").run())


def select(page, edge):
    """Opens an edge's panel; the page is drawn once more, for its candidates are ranked by then."""
    to(page, "name").selectbox(key="edge").set_value(edge).run()
    return healthy(page.run())


def look_at(page, detail):
    return healthy(page.button_group(key="detail").set_value(detail).run())


def state(page):
    """The visitor's session."""
    return page.session_state["session"]


def resumed(page, kept, *, reach):
    """The page as `reach` brought it, which is done once for a module: `kept` is the module's own list."""
    if not kept:
        kept.append(state(reach(page)))
    page.session_state["session"] = replace(kept[0], candidates={}, rows_seen={}, answers={})
    return healthy(page.run())


def drawn(page):
    """What the diagram's script was sent."""
    return json.loads(page.get("bidi_component")[0].proto.json)


def chosen(page):
    """The same of what is chosen in it."""
    return json.loads(
        next(one.proto.json for one in page.get("bidi_component") if one.proto.component_name == "choice")
    )


def charts(page):
    return [json.loads(one.proto.spec) for one in page.get("plotly_chart")]


def said(page):
    return [error.value for error in page.error]


def captions(page):
    return [caption.value for caption in page.caption]
