"""A lesson as a person uses it: open, run, slide, type something impossible, read the message."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from lessons import LESSONS
from person import PHONE, PROJECTOR, Person
from playwright.sync_api import expect

SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder, to look at what was seen


def keep(person: Person, name: str) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        person.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")


@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=["projector", "phone"])
def test_lesson(browser, lab, size):
    person = Person(browser, size)
    name = "phone" if person.narrow else "projector"
    person.open(lab.page(LESSONS["start_here"].name))
    keep(person, f"{name}-stored")
    person.run_all_cells()
    asking = person.explorer()
    assert asking.curves() == []
    asking.button("Show the curve").click()
    expect(asking.root.get_by_role("status")).to_contain_text("299")
    assert asking.curves() != []

    explorer = person.explorer(1)
    keep(person, f"{name}-explorer")
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
    keep(person, f"{name}-message")

    explorer.type("pct_start", "0.4")
    expect(explorer.alert).to_have_count(0)
    expect(explorer.code).to_contain_text("pct_start=0.4,")
    assert explorer.curves() != second

    box = explorer.root.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert person.complaints == []
    person.close()


def test_smoothing_slider(browser, lab):
    person = Person(browser, PROJECTOR)
    person.open(lab.page(LESSONS["range_test"].name))
    person.run_first_cells(14)  # up to the one with the slider
    picture = person.picture()
    before = picture.get_attribute("src")
    handle = person.slider("decades")
    handle.focus()
    handle.press("ArrowRight")
    expect(person.field("decades")).to_have_value("0.7")
    expect(picture).not_to_have_attribute("src", before)
    keep(person, "projector-smoothing")
    person.field("decades").fill("2")
    person.field("decades").press("Enter")
    expect(handle).to_have_attribute("aria-valuenow", "2.0")
    assert person.complaints == []
    person.close()


@pytest.mark.parametrize("subject", ["start_here", "super_convergence"])
def test_stored_lesson_is_accessible(browser, lab, subject):
    """Without a kernel's help: figures with alt text, tables with heads, prose; WCAG AA."""
    person = Person(browser, PROJECTOR)
    person.open(lab.page(LESSONS[subject].name))
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
