"""Before a class: the curve on the whole screen, and a question before it is shown."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from homes import COVERED, OVERFLOW, keep, run_the_lab
from lessons import NOTEBOOKS
from person import LYING, PHONE, PROJECTOR, Person
from playwright.sync_api import expect

from onecycle_widgets import OneCycle, OneCycleExplorer

SIZES = """(root) => {
    const larger = (svg) => (svg ? svg.clientWidth / svg.viewBox.baseVal.width : 1);
    const texts = "p, label, input[type=text], select, button, text, .ow-where";
    return [...root.querySelectorAll(texts)]
        .filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length)
        .filter((e) => e.matches("input, select") || e.textContent.trim())
        .map((e) => parseFloat(getComputedStyle(e).fontSize) * larger(e.closest("svg")))
        .filter((size) => size < 20);
}"""


def test_the_whole_screen_is_for_the_class(home):
    person, explorer = home.open()
    before = explorer.root.locator(".ow-chart").bounding_box()
    explorer.button("Project").click()
    expect(explorer.button("Leave (Esc)")).to_be_visible()
    person.page.wait_for_function("() => document.fullscreenElement !== null")
    box = explorer.root.bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 1280, 720)
    chart = explorer.root.locator(".ow-chart").bounding_box()
    assert chart["width"] > 1.5 * before["width"]
    assert explorer.root.evaluate(SIZES) == []  # to be read from the back row
    visible = [row for row in explorer.root.locator(".ow-row").all() if row.is_visible()]
    assert len(visible) == 5
    assert explorer.root.evaluate("(root) => root.scrollHeight <= root.clientHeight")
    dx, dy = explorer.drag("peak", 150, 60)
    assert abs(dx - 150) < 2
    assert abs(dy - 60) < 2
    keep(person.page, f"{home.kind}-project")
    person.page.keyboard.press("Escape")
    expect(explorer.button("Project")).to_be_visible()
    person.page.wait_for_function("() => document.fullscreenElement === null")
    # A busy browser lays the page out a moment after it has left the whole screen.
    chart = explorer.root.locator(".ow-chart").element_handle()
    as_before = "([chart, width]) => chart.getBoundingClientRect().width === width"
    person.page.wait_for_function(as_before, arg=[chart, before["width"]])
    assert 0.35 < float(explorer.field("pct_start").input_value()) < 0.6


WINDOWS = pytest.mark.parametrize("size", [PROJECTOR, PHONE, LYING], ids=str)


@WINDOWS
@pytest.mark.parametrize("kind", ["explorer", "digits", "spirals"])
def test_the_whole_screen_has_room_for_all_its_words(browser, kind, size):
    person = Person(browser, size)
    if kind == "explorer":
        page = (NOTEBOOKS / "explorer.html").as_uri()
        person.page.goto(f"{page}#max_lr=0.1&total_steps=60")
    else:
        run_the_lab(person.page, f"data={kind}")
    person.page.get_by_role("button", name="Project", exact=True).click()
    expect(person.page.get_by_role("button", name="Leave (Esc)")).to_be_in_viewport(ratio=1)
    root = person.page.locator(".ow-project")
    expect(root.locator(".ow-figure svg")).to_be_in_viewport(ratio=1)
    assert root.evaluate(COVERED) == []
    assert root.evaluate(OVERFLOW) == []
    keep(person.page, f"project-{kind}-{size['width']}", full_page=False)
    assert person.complaints == []
    person.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_screen_is_accessible(browser, tmp_path, scheme):
    person = Person(browser, PROJECTOR, color_scheme=scheme, reduced_motion="reduce")
    person.page.goto(OneCycleExplorer().export(tmp_path / "x.html").as_uri())
    explorer = person.explorer()
    explorer.button("Pin this curve").click()
    explorer.button("Project").click()
    expect(explorer.button("Leave (Esc)")).to_be_visible()
    explorer.type("pct_start", "1")  # its message, too
    expect(explorer.alert).to_have_count(1)
    keep(person.page, f"project-{scheme}")
    found = Axe().run(person.page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found] == []
    assert person.complaints == []
    person.close()


QUESTION = "Where will the peak be? Click there."


@pytest.fixture
def asked(browser, tmp_path):
    person = Person(browser, PROJECTOR)
    policy = OneCycle(0.1, 400, pct_start=0.25)
    person.page.goto(OneCycleExplorer(policy, ask="peak").export(tmp_path / "x.html").as_uri())
    yield person.explorer()
    assert person.complaints == []
    person.close()


def test_a_reader_predicts_before_the_curve_is_shown(asked):
    expect(asked.root.get_by_text(QUESTION)).to_be_visible()
    for hidden in (".ow-lines", ".ow-shades", ".ow-readouts", ".ow-names"):
        expect(asked.root.locator(hidden)).not_to_be_visible()
    expect(asked.handle("peak")).to_have_count(0)
    found = Axe().run(asked.page).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []
    chart = asked.root.locator(".ow-chart")
    chart.hover(position={"x": 330, "y": 60})
    expect(asked.where).to_be_hidden()
    chart.click(position={"x": 330, "y": 60})
    answer = asked.root.get_by_text(re.compile("You expected step"))
    expect(answer).to_contain_text("the peak is at step 99, with 0.1.")
    assert 120 < int(re.search(r"step (\d+)", answer.inner_text())[1]) < 220
    expect(asked.root.locator(".ow-guess path")).to_have_count(1)
    expect(asked.root.locator(".ow-lines path").first).to_be_visible()
    asked.drag("peak", 30, 0)  # and now it is an explorer like any other
    expect(asked.code).not_to_contain_text("pct_start=0.25,")


def test_the_curve_is_shown_without_a_guess_too(asked):
    asked.button("Show the curve").focus()
    asked.page.keyboard.press("Enter")
    expect(asked.root.get_by_text("The peak is at step 99, with a rate of 0.1.")).to_be_visible()
    expect(asked.root.locator(".ow-guess path")).to_have_count(0)
    expect(asked.root.locator(".ow-lines path").first).to_be_visible()


def test_the_kernel_hears_of_the_guess(in_lab):
    setup = (
        "from onecycle_widgets import OneCycle, OneCycleExplorer\n"
        "explorer = OneCycleExplorer(ask='peak')\n"
        "explorer.observe(lambda _: setattr(explorer, 'max_lr', 0.2), 'guess')\nexplorer"
    )
    _, explorer = in_lab.open(setup=setup)
    explorer.root.locator(".ow-chart").click(position={"x": 200, "y": 60})
    expect(explorer.code).to_contain_text("max_lr=0.2,")
