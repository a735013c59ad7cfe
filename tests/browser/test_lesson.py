"""Lesson 00 as a person uses it: open, run, slide, type something impossible, read the message."""

import os
import re
from pathlib import Path

import pytest
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
    person.open(lab.page("00_start_here.ipynb"))
    keep(person, f"{name}-stored")
    person.run_all_cells()
    picture = person.explorer()
    keep(person, f"{name}-explorer")
    if SCREENSHOTS and not person.narrow:  # README's picture
        person.page.locator(".onecycle-explorer").screenshot(
            path=Path(SCREENSHOTS) / "explorer.png"
        )
    first = picture.get_attribute("src")

    slider = person.slider("pct_start")
    slider.focus()
    slider.press("ArrowRight")
    expect(person.field("pct_start")).to_have_value("0.31")
    expect(picture).not_to_have_attribute("src", first)
    expect(person.page.get_by_text("pct_start=0.31,").first).to_be_visible()

    second = picture.get_attribute("src")
    person.field("pct_start").fill("1")
    person.field("pct_start").press("Enter")
    alert = person.page.get_by_role("alert").filter(has_text="pct_start=1.0")
    expect(alert).to_contain_text("leaves no step for annealing")
    assert picture.get_attribute("src") == second  # the last good picture stays
    alert.scroll_into_view_if_needed()
    keep(person, f"{name}-message")

    person.field("pct_start").fill("0.4")
    person.field("pct_start").press("Enter")
    expect(person.page.get_by_role("alert").filter(has_text="pct_start")).to_have_count(0)
    expect(picture).not_to_have_attribute("src", second)
    expect(person.page.get_by_text("pct_start=0.4,").first).to_be_visible()

    box = picture.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size["width"]
    assert person.complaints == []
    person.close()


def test_drag_and_preset(browser, lab):
    person = Person(browser, PROJECTOR)
    person.open(lab.page("00_start_here.ipynb"))
    person.run_first_cells(4)
    picture = person.explorer()
    before = picture.get_attribute("src")
    handle = person.slider("max_lr")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    person.page.mouse.move(x, y)
    person.page.mouse.down()
    person.page.mouse.move(x + 30, y, steps=10)
    person.page.mouse.up()
    expect(person.field("max_lr")).not_to_have_value("0.1")
    expect(picture).not_to_have_attribute("src", before)
    person.page.get_by_label("preset").first.select_option("paper, three phases")
    expect(person.page.get_by_text(re.compile("arXiv:1803.09820.*linear cycle"))).to_be_visible()
    expect(person.page.get_by_text("three_phase=True,").first).to_be_visible()
    keep(person, "projector-preset")
    assert person.complaints == []
    person.close()


def test_smoothing_slider(browser, lab):
    person = Person(browser, PROJECTOR)
    person.open(lab.page("02_lr_range_test.ipynb"))
    person.run_first_cells(9)
    picture = person.explorer()
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
