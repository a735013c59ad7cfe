"""The pages beside the lessons, in a browser: the recap card, the surprises and their search."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from lessons import NOTEBOOKS
from person import PHONE, PROJECTOR
from playwright.sync_api import expect


@pytest.fixture
def opened(browser):
    """Opens a page of `notebooks` from disk, without a network."""
    pages = []

    def open_page(name, size=PROJECTOR):
        page = browser.new_page(viewport=size)
        pages.append(page)
        page.route("http*://**", lambda route: route.abort())
        page.goto((NOTEBOOKS / name).as_uri())
        return page

    yield open_page
    for page in pages:
        page.close()


@pytest.mark.parametrize("name", ["card.html", "decision.html"])
def test_a_card_prints_on_one_page(opened, name):
    printed = opened(name).pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


# The points of curves that lie in the box of a text, and the texts.
STRUCK = """() => [...document.querySelectorAll("svg text")].flatMap((text) => {
    const box = text.getBBox();
    return [...document.querySelectorAll("svg path")].flatMap((path) => {
        const all = Array.from({ length: 400 }, (_, i) => path.getPointAtLength(
            path.getTotalLength() * i / 399));
        const within = ({ x, y }) => x > box.x && x < box.x + box.width
            && y > box.y && y < box.y + box.height;
        return all.some(within) ? [text.textContent] : [];
    });
})"""


def test_no_curve_of_the_card_runs_through_a_word(opened):
    page = opened("card.html")
    assert page.locator("svg text").count() == 5
    assert page.evaluate(STRUCK) == []
    ends = page.locator("svg").evaluate(
        "(svg) => [...svg.querySelectorAll('text')].map((text) => text.getBBox())"
        ".filter(({ x, width }) => x < 0 || x + width > svg.viewBox.baseVal.width)"
    )
    assert ends == []


@pytest.mark.parametrize("name", ["card.html", "decision.html", "surprises.html"])
def test_a_page_fits_the_smallest_phone(opened, name):
    page = opened(name, {"width": 320, "height": 568})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("name", ["card.html", "decision.html", "surprises.html"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_accessible_and_fits_a_phone(opened, name, scheme):
    page = opened(name, PHONE)
    page.emulate_media(color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found] == []


def test_surprises_are_found_by_what_one_sees_by_parameter_and_by_release(opened):
    page = opened("surprises.html")
    count, seen = page.get_by_role("status"), page.locator("article:visible h2")
    expect(count).to_have_text("51 of 51 surprises")
    page.get_by_label("What do you see?").fill("KeyError initial_lr")
    expect(seen).to_contain_text(["A group that joins later", "last_epoch", "without a schedule"])
    page.get_by_label("Parameter or method").select_option("last_epoch")
    expect(seen).to_have_count(1)
    page.get_by_label("What do you see?").fill("")
    expect(seen).to_have_count(3)
    page.get_by_label("Parameter or method").select_option("")
    page.get_by_label("Changed after PyTorch").select_option("2.6")
    expect(seen).to_contain_text(["verbose", "print_lr"])
    page.get_by_label("What do you see?").fill("no such thing")
    expect(count).to_have_text("0 of 51 surprises")
