"""The curve under the hand: every handle by mouse, finger and keyboard."""

import pytest
from person import PHONE, PROJECTOR, Person
from playwright.sync_api import expect

from onecycle_widgets import OneCycle, OneCycleExplorer

NEAR = 1.0  # pixels: a handle stays below the pointer


@pytest.fixture
def visit(browser, tmp_path):
    """Opens the page from disk; `css` is what a page around it might do."""
    people = []

    def open_page(css="", size=PROJECTOR, policy=None, **options):
        person = Person(browser, size, **options)
        people.append(person)
        path = OneCycleExplorer(policy).export(tmp_path / "explorer.html")
        person.page.goto(path.as_uri())
        if css:
            person.page.add_style_tag(content=css)
        return person.explorer()

    yield open_page
    for person in people:
        assert person.complaints == []
        person.close()


def pixel(explorer):
    """What a pixel is by the picture's axes: of the rate, and as a share of the steps."""
    labels = explorer.root.locator(".ow-labels text").all()[:2]  # the two lowest of the rate
    low, high = (float(label.text_content()) for label in labels)
    below, above = (float(label.get_attribute("y")) for label in labels)
    shade = explorer.root.locator(".ow-shades rect").first.bounding_box()  # 299 of 999 steps
    return (high - low) / (below - above), 0.299 / shade["width"]


def test_a_mouse_drags_every_handle(home):
    person, explorer = home.open()
    rate, share_of_one = pixel(explorer)
    dx, dy = explorer.drag("peak", 61, 50)
    assert abs(dx - 61) < NEAR
    assert abs(dy - 50) < NEAR
    share = float(explorer.field("pct_start").input_value())
    top = float(explorer.field("max_lr").input_value())
    assert share == pytest.approx(0.3 + 61 * share_of_one, abs=NEAR * share_of_one)
    assert top == pytest.approx(0.1 - 50 * rate, abs=NEAR * rate)
    given = {"max_lr": top, "total_steps": 1000, "pct_start": share}

    dx, dy = explorer.drag("first rate", 30, -40)
    assert abs(dx) < NEAR  # it stays at the first step
    assert abs(dy + 40) < NEAR
    given["div_factor"] = float(explorer.field("div_factor").input_value())
    assert 2 < given["div_factor"] < 5
    explorer.root.get_by_label("log rate axis").check()
    assert abs(explorer.drag("last rate", 0, -60)[1] + 60) < NEAR
    given["final_div_factor"] = float(explorer.field("final_div_factor").input_value())
    assert given["final_div_factor"] < 1000
    explorer.drag("lowest momentum", 0, -10)
    explorer.drag("highest momentum", 0, 10)
    given["base_momentum"] = float(explorer.field("base_momentum").input_value())
    given["max_momentum"] = float(explorer.field("max_momentum").input_value())
    assert 0.85 < given["base_momentum"] < given["max_momentum"] < 0.95
    expect(explorer.code).to_have_text(OneCycle(**given).code())
    expect(explorer.stopped).to_have_text("")
    if home.kind == "lab":
        home.kernel_hears(person, repr(OneCycle(**given).code()))


def test_the_border_of_three_phases_is_a_handle(visit):
    explorer = visit(policy=OneCycle(0.1, 1000, three_phase=True, pct_start=0.25))
    assert abs(explorer.drag("end of the cool-down", 100, 0)[0] - 100) < NEAR
    assert 0.25 < float(explorer.field("pct_start").input_value()) < 0.4
    explorer.drag("end of the cool-down", 2000, 0)
    expect(explorer.field("pct_start")).to_have_value("0.5")
    expect(explorer.stopped).to_contain_text("three_phase=True must be at most 0.5")


def test_groups_have_a_peak_each(visit):
    explorer = visit(policy=OneCycle([0.1, 0.06], 100))
    explorer.drag("peak of group 1", 0, -30)
    first, second = explorer.field("max_lr").input_value().split(", ")
    assert first == "0.1"
    assert 0.06 < float(second) < 0.09


def test_an_impossible_drag_stops_and_says_why(visit):
    explorer = visit()
    handle = explorer.handle("peak")
    figure = explorer.root.locator(".ow-figure")
    height = figure.bounding_box()["height"]
    explorer.drag("peak", 1500, 0)
    expect(explorer.field("pct_start")).to_have_value("0.999")
    expect(explorer.stopped).to_contain_text("Stopped: pct_start=1.0 with total_steps=1000 leaves")
    expect(explorer.alert).to_have_count(0)
    assert figure.bounding_box()["height"] == height  # nothing has moved for it
    explorer.drag("peak", -200, 0)
    expect(explorer.stopped).to_have_text("")
    assert "pct_start" in handle.get_attribute("aria-valuetext")


def test_a_drag_selects_no_text_and_leaves_the_cursor(visit):
    explorer = visit()
    explorer.drag("peak", 100, 20)
    assert explorer.page.evaluate("String(getSelection())") == ""
    expect(explorer.cursor).to_have_value("0")
    before = explorer.code.inner_text()
    x, y = explorer.middle("peak")
    explorer.page.mouse.click(x, y)  # a click alone changes nothing
    assert explorer.code.inner_text() == before


def test_the_axes_stay_while_a_handle_is_held(visit):
    explorer = visit()
    ticks = explorer.root.locator(".ow-labels text")
    before = ticks.all_text_contents()
    x, y = explorer.middle("peak")
    explorer.page.mouse.move(x, y)
    explorer.page.mouse.down()
    explorer.page.mouse.move(x, y + 180, steps=5)
    assert ticks.all_text_contents() == before
    explorer.page.mouse.up()
    assert ticks.all_text_contents() != before  # and fit the curve afterwards


SCALED = {
    "as it is": "",
    "zoom": "main { zoom: 1.5 }",
    "zoomed out": "body { zoom: 0.6 }",
    "slides": "main { transform: scale(0.7); transform-origin: 0 0 }",
}


@pytest.mark.parametrize("css", SCALED.values(), ids=SCALED)
def test_hover_click_and_drag_are_right_on_a_scaled_page(visit, css):
    # The page itself lets nobody style it.
    explorer = visit(css, {"width": 1900, "height": 1200}, bypass_csp=True)
    chart = explorer.root.locator(".ow-chart")
    box, width = chart.bounding_box(), float(chart.get_attribute("width"))
    by = box["width"] / width
    x, y = box["x"] + by * (66 + 0.75 * (width - 80)), box["y"] + by * 100
    explorer.page.mouse.move(x, y)
    expect(explorer.where).to_contain_text("step 749 of 999")
    explorer.page.mouse.click(x, y)
    expect(explorer.cursor).to_have_value("749")
    dx, dy = explorer.drag("peak", 90, 40)
    assert abs(dx - 90) < NEAR
    assert abs(dy - 40) < NEAR


def test_the_keyboard_moves_every_handle(home):
    person, explorer = home.open()
    for name, key, field, value in [
        ("peak", "ArrowRight", "pct_start", "0.31"), ("peak", "ArrowUp", "max_lr", "0.11"),
        ("first rate", "ArrowUp", "div_factor", "22"),
        ("last rate", "ArrowUp", "final_div_factor", "8900"),
        ("lowest momentum", "ArrowDown", "base_momentum", "0.84"),
        ("highest momentum", "ArrowUp", "max_momentum", "0.96"),
    ]:  # fmt: skip
        explorer.handle(name).focus()
        person.page.keyboard.press(key)
        expect(explorer.field(field)).to_have_value(value)
        expect(explorer.handle(name)).to_have_attribute("aria-valuetext", expected(field, value))
        expect(explorer.handle(name)).to_be_focused()
    if home.kind == "lab":  # none of the keys was taken for a shortcut of the notebook
        home.kernel_hears(person, "pct_start=0.31")


def expected(field, value):
    if field in ("pct_start", "max_lr"):
        return f"max_lr {'0.11' if field == 'max_lr' else '0.1'}, pct_start 0.31"
    return f"{field} {value}"


def test_handles_show_when_a_hand_is_near(visit):
    explorer = visit()
    handles = explorer.root.locator(".ow-handles")
    seen = "(element) => getComputedStyle(element).opacity"
    explorer.page.mouse.move(5, 5)
    assert handles.evaluate(seen) == "0"
    explorer.root.locator(".ow-chart").hover(position={"x": 300, "y": 40})
    assert handles.evaluate(seen) == "1"
    explorer.page.mouse.move(5, 5)
    explorer.handle("peak").focus()
    assert handles.evaluate(seen) == "1"


class Finger:
    """A finger on the screen, as Chromium's own tools move it: Playwright only taps."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)

    def does(self, kind, *points):
        at = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    def slide(self, x, y, dx, dy):
        self.does("touchStart", (x, y))
        for part in (0.25, 0.5, 0.75, 1):
            self.does("touchMove", (x + part * dx, y + part * dy))
        self.does("touchEnd")


def test_a_finger_drags_a_handle(visit):
    explorer = visit(size=PHONE, has_touch=True, is_mobile=True)
    finger, scrolled = Finger(explorer.page), explorer.page.evaluate("scrollY")
    for name, dx, dy, field in [
        ("peak", 40, 0, "pct_start"), ("first rate", 0, -30, "div_factor"),
        ("last rate", 0, -40, "final_div_factor"), ("lowest momentum", 0, -20, "base_momentum"),
        ("highest momentum", 0, 10, "max_momentum"),
    ]:  # fmt: skip
        assert explorer.handle(name).bounding_box()["width"] >= 24
        before = explorer.field(field).input_value()
        x, y = explorer.middle(name)
        finger.slide(x, y, dx, dy)
        expect(explorer.field(field)).not_to_have_value(before)
    assert explorer.page.evaluate("scrollY") == scrolled  # the page stayed


def test_the_cursor_stays_where_a_finger_leaves_it(visit):
    explorer = visit(size=PHONE, has_touch=True, is_mobile=True)
    box = explorer.root.locator(".ow-chart").bounding_box()
    Finger(explorer.page).slide(box["x"] + 120, box["y"] + 100, 120, 0)
    cursor = explorer.cursor
    assert 0.4 < int(cursor.input_value()) / 999 < 0.7
