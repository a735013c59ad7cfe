"""A lesson as a person uses it: open, run, slide, type something impossible, read the message."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from homes import keep
from lessons import LESSONS
from nbconvert import HTMLExporter
from person import PHONE, PROJECTOR
from playwright.sync_api import expect


@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=["projector", "phone"])
def test_lesson(desk, size):
    # The kernel is as new as a student's, once: on the phone, what has been imported is there.
    person = desk.open(LESSONS["start_here"].name, size, fresh=size == PROJECTOR)
    name = "phone" if person.narrow else "projector"
    keep(person.page, f"{name}-stored", full_page=False)
    person.run_all_cells()
    asking = person.explorer()
    expect(asking.root.locator(".ow-lines")).not_to_be_visible()
    asking.button("Show the curve").click()
    expect(asking.root.get_by_role("status")).to_contain_text("199")
    expect(asking.root.locator(".ow-lines path").first).to_be_visible()

    explorer = person.explorer(1)
    keep(person.page, f"{name}-explorer", full_page=False)
    first = explorer.curves()

    explorer.slider("pct_start").focus()
    explorer.slider("pct_start").press("ArrowRight")
    expect(explorer.field("pct_start")).to_have_value("0.31")
    expect(explorer.code).to_contain_text("pct_start=0.31,")
    second = explorer.curves()
    assert second != first

    explorer.type("pct_start", "1")
    expect(explorer.alert).to_contain_text("leaves no step for annealing")
    assert explorer.curves() == second  # the last good picture stays
    keep(person.page, f"{name}-message", full_page=False)

    explorer.type("pct_start", "0.4")
    expect(explorer.alert).to_have_count(0)
    expect(explorer.code).to_contain_text("pct_start=0.4,")
    assert explorer.curves() != second

    box = explorer.root.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert person.complaints == []
    person.close()


def test_smoothing_slider(desk):
    person = desk.open(LESSONS["range_test"].name)
    person.run_first_cells(16)  # up to the one with the slider
    picture = person.picture()
    before = picture.get_attribute("src")
    handle = person.slider("decades")
    handle.focus()
    handle.press("ArrowRight")
    expect(person.field("decades")).to_have_value("0.7")
    expect(picture).not_to_have_attribute("src", before)
    keep(person.page, "projector-smoothing", full_page=False)
    person.field("decades").fill("2")
    person.field("decades").press("Enter")
    expect(handle).to_have_attribute("aria-valuenow", "2.0")
    assert person.complaints == []
    person.close()


# What of a page's outputs is wider than the window and does not scroll, and which values break.
SPILT = """() => [...document.querySelectorAll(".jp-OutputArea-output :is(img, table, pre)")]
  .filter((e) => e.getClientRects().length)
  .filter((e) => {
    let box = e.parentElement
    while (box && !/auto|scroll/.test(getComputedStyle(box).overflowX)) box = box.parentElement
    return !box || box.getBoundingClientRect().right > window.innerWidth
  }).map((e) => e.outerHTML.slice(0, 99))"""
BROKEN = """() => [...document.querySelectorAll("td")].filter((e) => {
  const text = document.createRange()
  text.selectNodeContents(e)
  const sentence = getComputedStyle(e).textAlign === "left" || e.innerText.includes("; ")
  return !sentence && text.getClientRects().length > 1
}).map((e) => e.innerText)"""


@pytest.mark.parametrize("subject", ["start_here", "policy", "range_test", "scheduler"])
def test_on_a_phone_what_is_wide_scrolls_inside_its_place(browser, tmp_path, subject):
    """As a page that nbconvert makes, which has JupyterLab's style; values stay in one line."""
    made, _ = HTMLExporter().from_filename(str(LESSONS[subject].path))
    (tmp_path / "lesson.html").write_text(made, encoding="utf-8")
    narrow = {**PHONE, "width": 300}  # what JupyterLab leaves to a cell
    page = browser.new_page(viewport=narrow)
    page.route("http*://**", lambda route: route.abort())
    page.goto((tmp_path / "lesson.html").as_uri())
    tables = page.locator(".jp-OutputArea-output table")
    assert tables.count() > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= narrow["width"]
    assert page.evaluate(SPILT) == []
    assert page.evaluate(BROKEN) == []
    for picture in page.locator(".jp-OutputArea-output img").all():
        assert picture.bounding_box()["width"] >= 530  # narrower, nobody could read its letters
    page.close()


@pytest.mark.parametrize("subject", ["start_here", "super_convergence"])
def test_stored_lesson_is_accessible(desk, subject):
    """Without a kernel's help: figures with alt text, tables with heads, prose; WCAG AA."""
    person = desk.open(LESSONS[subject].name)
    # JupyterLab's own frame around the cells is not ours.
    ours = ".jp-OutputArea-output, .jp-MarkdownOutput"
    expect(person.page.locator(ours).nth(7)).to_be_attached(timeout=30_000)
    figures = person.page.locator(".jp-OutputArea img")
    expect(figures.first).to_be_attached(timeout=30_000)
    for figure in figures.all():
        assert len(figure.get_attribute("alt")) >= 15
    found = Axe().run(person.page, context={"include": [ours]}).response["violations"]
    assert [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found] == []
    person.close()
