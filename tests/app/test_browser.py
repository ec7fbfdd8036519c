"""The page in a real browser: what only a browser shows. One server for all tests, a fresh tab for each."""

import re
import threading

import pytest
from browser_for_tests import EDGE, LEARNED, PHONE, expect, stage, still, trained, type_formula, upload, use

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opens_on_a_finished_law_without_errors_or_foreign_hosts(tab, url, scheme):
    page = tab(color_scheme=scheme)
    page.locator(".katex").first.wait_for()
    expect(page.locator("g.edge.symbolic[data-id]")).to_have_count(1)
    own = (url, f"blob:{url}", url.replace("http", "ws"), "data:")
    assert not [address for address in page.requested if not address.startswith(own)]
    assert not [address for address in page.requested if "plotly" in address.lower()]


def test_an_edge_is_enlarged_under_the_pointer_and_opened_by_a_click_and_by_a_key_and_its_name_changes_the_law(tab):
    page = tab()
    edge, panel = page.locator(EDGE.format("0-0-0")), page.get_by_text("This edge is named")
    edge.hover()
    page.locator(".card .title").wait_for()
    expect(page.locator(".card .title")).to_contain_text("→")
    expect(page.locator(".card .bar")).to_have_count(20)
    edge.click()
    panel.wait_for()
    page.locator(LEARNED).wait_for()
    expect(edge).to_have_attribute("aria-pressed", "true")
    stage(page, "Law")
    panel.wait_for(state="detached")
    edge.focus()
    page.keyboard.press("Enter")
    panel.wait_for()
    stage(page, "Law")
    expect(page.locator(LAW)).to_contain_text("{3/2}")
    name(page, "0-0-0", "sin")
    expect(page.locator(LAW)).to_contain_text(r"\sin")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(LAW)).to_contain_text("{3/2}")


def test_of_two_clicks_that_reach_a_busy_server_at_once_neither_is_lost_and_the_later_one_is_shown(tab):
    page, edge, waiting = tab(), EDGE.format("0-0-0"), []
    busy, sockets = threading.Event(), []

    def meet(socket):
        sockets.append(socket.connect_to_server())
        socket.on_message(lambda message: waiting.append(message) if busy.is_set() else sockets[-1].send(message))

    def at_once(*clicks):
        """Clicks of which the server hears when the last one is done."""
        busy.set()
        for click in clicks:
            click()
        busy.clear()
        while len(waiting) > 1:  # each message tells of the acts before it, too: Streamlit may begin with the last
            waiting.pop(0)
        sockets[-1].send(waiting.pop())

    page.route_web_socket(re.compile("/_stcore/stream"), meet)
    page.reload()
    page.locator(edge).wait_for()
    still(page)
    at_once(lambda: stage(page, "Data"), page.locator(edge).click)
    page.get_by_text("This edge is named").wait_for()
    expect(page.get_by_role("radio", name="Name")).to_have_attribute("aria-checked", "true")
    stage(page, "Law")
    page.get_by_text("Law vs data").wait_for()
    still(page)
    at_once(page.locator(edge).click, lambda: stage(page, "Data"))
    page.get_by_role("heading", name="Data", exact=True).wait_for()
    expect(page.locator(edge)).to_have_attribute("aria-pressed", "true")


LAW = ".katex-mathml annotation"  # the law as it was written before it was set


def name(page, edge, function):
    """Clicks an edge of the picture, and uses one of the functions that the panel lists for its curve."""
    page.locator(EDGE.format(edge)).click()
    still(page)
    page.locator(".large g .chosen").wait_for()
    ends = page.locator(".large g .learned, .large g .chosen").evaluate_all(
        "all => all.map(e => e.getBBox()).map(box => [box.x, box.x + box.width])"
    )
    assert ends[0] == ends[1]  # a name is drawn over all of the curve
    page.get_by_role("radiogroup", name="What may it be?").get_by_text(function, exact=True).click()
    page.get_by_role("button", name=f"Use {function}", exact=True).click()
    page.locator(f"g.edge.symbolic[data-id='{edge}'] .name", has_text=function).wait_for()


def test_a_law_is_made_by_hand_from_the_edges_of_a_trained_network(tab):
    page = tab()
    use(page, "x^2 + sin(3*y)")
    trained(page, Widths="2, 1", Steps=20)
    expect(page.locator(LAW)).to_have_count(0)
    name(page, "0-0-0", "x^2")
    name(page, "0-1-0", "sin")
    expect(page.locator(LAW)).to_have_text(r"\large z = x^{2} + \sin{\left(3 y \right)}")
    expect(page.locator("g.edge.spline[data-id]")).to_have_count(0)


def test_discovers_the_typed_formula_step_by_step(tab):
    page = tab()
    type_formula(page, "exp(sin(pi*x) + y^2)")
    page.get_by_role("button", name="Discover").click()
    page.get_by_role("button", name="Cancel").wait_for()
    page.get_by_role("button", name="Cancel").wait_for(state="detached")
    page.get_by_text("Law vs data").wait_for()
    page.locator(".st-key-detail").get_by_text("Export", exact=True).click()
    law = page.locator(".stCode").first.inner_text()
    assert law.replace(" ", "") == r"z=e^{y^{2}+\sin{\left(\pix\right)}}"
    expect(page.locator("g.edge.spline[data-id]")).to_have_count(0)


def test_a_fit_is_drawn_replayed_pruned_and_undone(tab):
    page = tab()
    use(page, "x*x + sin(3*y)")
    trained(page)
    expect(page.locator(EDGE.format("0-1-4"))).to_be_visible()
    page.get_by_role("button", name="Replay").wait_for()  # it plays by itself, then stands still
    first = page.locator(f"{EDGE.format('0-0-0')} .curve").get_attribute("d")
    page.get_by_label("Step of the replay").fill("0")
    expect(page.locator(f"{EDGE.format('0-0-0')} .curve")).not_to_have_attribute("d", first)
    page.locator(EDGE.format("0-0-0")).focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.dataset.id").startswith("1-")
    stage(page, "Prune")
    page.get_by_role("button", name="Prune", exact=True).click()
    page.locator("g.edge.removed[data-id]").first.wait_for()
    page.get_by_role("button", name="Undo").click()
    page.locator("g.edge.removed[data-id]").first.wait_for(state="detached")


def test_an_error_is_a_sentence_and_the_law_stays(tab):
    page = tab()
    type_formula(page, "exp(sin(pi*x) +")
    page.get_by_role("alert").wait_for()
    assert "Traceback" not in page.get_by_role("alert").inner_text()
    stage(page, "Law")
    page.get_by_text("Law vs data").wait_for()


def test_hostile_names_of_columns_are_only_text(tab):
    page, dialogs = tab(), []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    image, drawing = "<img src=//evil.invalid onerror=alert(1)>", "<svg onload=alert(1)>"
    rows = "\n".join(f"{i},{i % 5},{i * i}" for i in range(1, 60))
    upload(page, f"{image},{drawing},v\n{rows}\n", "![a](http://evil.invalid).csv")
    page.get_by_role("button", name="Use these data").click()
    page.get_by_text("Loaded now: 59 rows").wait_for()
    trained(page, Widths="2, 1")
    for edge, name in (("0-0-0", image), ("0-1-0", drawing)):
        page.locator(f"g.edge.spline[data-id='{edge}']").hover()
        page.locator(".card .title", has_text=name).wait_for()
    page.locator(EDGE.format("0-0-0")).click()
    page.get_by_text("This edge is").wait_for()
    page.locator(LEARNED).wait_for()
    expect(page.locator("title", has_text=image)).to_have_count(1)
    assert not page.locator(".net svg svg").count()
    assert not [address for address in page.requested if "evil" in address]
    assert not dialogs


def test_fits_a_phone_where_a_wide_network_scrolls_in_its_box_and_its_curves_can_be_hit(tab):
    page = tab(viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert min(sizes(page)) >= 24
    use(page, "a + b*c + sin(d) + f^2")
    trained(page, Widths="5, 8, 1", Steps=3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert min(sizes(page)) >= 23.9
    assert len(sizes(page)) == 2 * 48
    rail = page.locator(".st-key-stage button").last.bounding_box()
    assert rail["x"] + rail["width"] <= 390


def test_the_network_stays_in_view_beside_a_long_panel_and_not_over_it_on_a_phone(tab):
    page, network = tab(viewport={"width": 1280, "height": 600}), "div.net .graph"
    page.locator(".st-key-detail").get_by_text("Charts", exact=True).click()
    page.locator(".js-plotly-plot .point").first.wait_for()
    down = "all => (all.scrollTop = all.scrollHeight, all.scrollTop)"
    still(page)
    assert page.get_by_test_id("stMain").evaluate(down) > 400  # far enough to take it away
    expect(page.locator(network)).to_be_in_viewport(ratio=1)
    page.set_viewport_size({"width": 1280, "height": 300})  # less high than the network: its lower end is in view
    page.get_by_test_id("stMain").evaluate(down)
    expect(page.get_by_text("Each box is an edge and its curve")).to_be_in_viewport(ratio=1)
    page.set_viewport_size(PHONE)
    page.get_by_test_id("stMain").evaluate(down)
    expect(page.locator(network)).not_to_be_in_viewport()


def sizes(page):
    """Widths and heights in pixels of every curve's box."""
    boxes = "all => all.map(e => e.getBoundingClientRect()).flatMap(box => [box.width, box.height])"
    return page.locator("g.edge[data-id] .frame").evaluate_all(boxes)
