"""No word lies over another one, or is cut off, at whatever width a view stands."""

import pytest
from homes import COVERED, OVERFLOW, keep, run_the_lab
from lessons import NOTEBOOKS
from person import Person
from playwright.sync_api import expect

WIDTHS = pytest.mark.parametrize("width", [1280, 1024, 820, 390, 320])


def look(root, name, page):
    keep(page, name)
    assert root.evaluate(COVERED) == []
    assert root.evaluate(OVERFLOW) == []


@WIDTHS
@pytest.mark.parametrize(
    "link",
    ["max_lr=0.1,0.02&total_steps=300", "max_lr=0.1&total_steps=300&three_phase=true"],
    ids=["two groups", "three phases"],
)
def test_an_explorer_of_any_width(browser, link, width):
    person = Person(browser, {"width": width, "height": 800})
    person.page.goto(f"{(NOTEBOOKS / 'explorer.html').as_uri()}#{link}")
    explorer = person.explorer()
    look(explorer.root, f"explorer-{width}", person.page)
    explorer.button("Pin this curve").click()
    explorer.type("pct_start", "1")
    expect(explorer.alert).to_have_count(1)
    look(explorer.root, f"explorer-{width}-message", person.page)
    message = explorer.alert.evaluate("(alert) => alert.scrollHeight - alert.clientHeight")
    assert message <= 1
    person.close()


@WIDTHS
@pytest.mark.parametrize("data", ["digits", "spirals"])
def test_a_lab_of_any_width(browser, data, width):
    person = Person(browser, {"width": width, "height": 800})
    page = person.page
    run_the_lab(page, f"data={data}")
    root, title = page.locator(".onecycle-lab"), page.locator(".ow-finding")
    look(root, f"lab-{data}-{width}", page)
    assert title.evaluate("(title) => title.scrollWidth - title.clientWidth") <= 0
    page.get_by_label("pct_start", exact=True).fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="leaves no step").first).to_be_visible()
    look(root, f"lab-{data}-{width}-message", page)
    person.close()


@WIDTHS
def test_a_surface_of_any_width(browser, width):
    person = Person(browser, {"width": width, "height": 800})
    person.page.goto((NOTEBOOKS / "surface.html").as_uri())
    root = person.page.locator(".ow")
    expect(root.locator("canvas")).to_be_visible()
    look(root, f"surface-{width}", person.page)
    person.close()
