"""The web site in a browser, from disk and with the network off."""

import re
from pathlib import Path

import pytest
import sites
from axe_playwright_python.sync_playwright import Axe
from homes import keep
from lessons import LESSONS
from person import PHONE, PROJECTOR, Person
from playwright.sync_api import expect

LESSON = {subject: f"notebooks/{lesson.path.stem}" for subject, lesson in LESSONS.items()}
# Pages of every kind. Contrast is measured on these, in both themes: it takes most of axe's time.
KINDS = [
    "index",
    LESSON["momentum_and_regularization"],
    "notebooks/GLOSSARY",
    "api/sweeps",
    "search",
]


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    return sites.made(tmp_path_factory)[0]


@pytest.fixture
def visit(browser, site):
    """Opens a page of the site; nobody may complain, and nothing may be asked of the network."""
    people, asked = [], []

    def open_page(name, size=PROJECTOR, **options):
        person = Person(browser, size, offline=True, **options)
        people.append(person)
        person.page.on("request", lambda request: asked.append(request.url))
        person.page.goto((site / f"{name}.html").as_uri())
        return person.page

    yield open_page
    for person in people:
        assert person.complaints == []
        person.close()
    assert {url for url in asked if not url.startswith(("file:", "data:"))} == set()


def violations(page, **rules):
    # axe would fetch the style sheets once more, which no page from disk may.
    options = {"resultTypes": ["violations"], "rules": rules, "preload": False}
    found = Axe().run(page, options=options).response["violations"]
    return [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found]


def test_an_explorer_in_a_lesson_moves_and_its_neighbours_stay(visit):
    page = visit(LESSON["policy"])
    expect(page.locator(".ow-stored > img")).to_have_count(0)  # alive, instead of a picture
    peaks = page.locator(".ow-stored").get_by_role("slider", name="peak", exact=True)
    peak, other = peaks.nth(0), peaks.nth(1)
    before, stayed = (one.get_attribute("aria-valuetext") for one in (peak, other))
    peak.focus()
    page.keyboard.press("ArrowUp")
    expect(peak).not_to_have_attribute("aria-valuetext", before)
    expect(other).to_have_attribute("aria-valuetext", stayed)
    assert "#" not in page.url  # none of them takes the address for its own
    keep(page, "site-lesson", full_page=False)


def test_a_reader_is_asked_before_the_curve_is_shown(visit):
    page = visit(LESSON["start_here"])
    asking = page.locator(".ow-stored").first
    expect(asking).to_contain_text("peak")
    expect(asking.get_by_role("slider", name="peak", exact=True)).to_have_count(0)
    asking.get_by_role("button", name=re.compile("show", re.IGNORECASE)).first.click()
    expect(asking.get_by_role("slider", name="peak", exact=True)).to_have_count(1)


def test_balls_in_a_lesson_roll_as_the_rate_moves(visit):
    page = visit(LESSON["why_it_works"])
    surface = page.locator(".ow-stored .ow").first
    before = surface.inner_text()
    surface.get_by_role("slider", name=re.compile("max_lr")).first.press("ArrowRight")
    expect(surface).not_to_have_text(before, use_inner_text=True)


def test_a_copied_link_leads_to_the_widgets_own_page(visit, site):
    page = visit(LESSON["why_it_works"])
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    surface = page.locator(".ow-stored .ow").first
    surface.get_by_role("button", name="Copy link").click()
    expect(surface).to_contain_text(re.compile("copied", re.IGNORECASE))
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{(site / 'notebooks' / 'surface.html').as_uri()}#")
    assert "surface=ravine" in link


def test_the_search_finds_a_lesson(visit):
    page = visit("notebooks/CLASS")
    page.get_by_role("textbox", name="Search").fill("sharpness")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Search", exact=True)).to_be_visible()
    found = page.locator("#search-results li a")
    expect(found.filter(has_text="Why it works")).to_have_count(1)
    keep(page, "site-search", full_page=False)
    found.filter(has_text="Why it works").click()
    expect(page.locator("h1")).to_contain_text("Why it works")


def test_the_theme_is_the_systems_until_somebody_chooses(visit):
    page = visit(LESSON["policy"], color_scheme="dark")
    paper, figure = page.locator(".ow-stored .ow").first, page.locator("img.ow-drawn").first
    expect(paper).to_have_css("background-color", "rgb(21, 21, 21)")
    expect(figure).to_have_css("filter", re.compile("invert"))
    keep(page, "site-dark", full_page=False)
    choose = page.get_by_role("button", name="Toggle Light / Dark / Auto").locator("visible=true")
    while page.evaluate("document.body.dataset.theme") != "light":
        choose.click()
    expect(paper).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(figure).to_have_css("filter", "none")


def test_a_solution_opens(visit):
    page = visit(LESSON["start_here"])
    solution = page.locator("details", has_text="Show one solution").first
    expect(solution.get_by_text("# One solution")).to_be_hidden()
    solution.locator("summary").click()
    expect(solution.get_by_text("# One solution")).to_be_visible()


def test_every_page_is_accessible_and_fits_a_phone(visit, site):
    """But for contrast, which `test_letters_stand_out` measures."""
    paths = sorted(path.relative_to(site).with_suffix("") for path in site.rglob("*.html"))
    # These have no frame of the site around them, and tests of their own.
    alone = {"card", "explorer", "lab", "surface", "surprises"}
    page = visit("index", PHONE, color_scheme="dark")
    found = {}
    for path in (path for path in paths if path.name not in alone):
        page.goto((site / f"{path}.html").as_uri())
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            found[f"{path}, its width"] = page.evaluate("document.documentElement.scrollWidth")
        found |= {str(path): v for v in violations(page, **{"color-contrast": {"enabled": False}})}
    assert found == {}


@pytest.mark.parametrize("name", KINDS)
def test_letters_stand_out(visit, name):
    page = visit(name, color_scheme="light")
    found = {scheme: [] for scheme in ("light", "dark")}
    for scheme, seen in found.items():
        page.emulate_media(color_scheme=scheme)
        seen += violations(page)
        keep(page, f"site-{Path(name).name}-{scheme}", full_page=False)
    assert found == {"light": [], "dark": []}


def test_what_is_wider_than_a_phone_scrolls_by_keys(visit):
    page = visit(LESSON["super_convergence"], PHONE)
    wide = page.locator(".cell_output .output:has(table)").filter(has_text="residual net").first
    expect(wide).to_have_attribute("tabindex", "0")
    assert "linear-gradient" in wide.evaluate("box => getComputedStyle(box).backgroundImage")
    wide.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("box => box.scrollLeft > 0", arg=wide.element_handle())
    keep(page, "site-phone", full_page=False)


def test_figures_fit_a_phone_and_a_tap_makes_one_larger(visit):
    page = visit(LESSON["super_convergence"], PHONE, has_touch=True)
    figures = page.locator(".output > img.ow-drawn")
    widths = [figure.bounding_box()["width"] for figure in figures.all()]
    assert len(widths) > 5
    assert max(widths) < PHONE["width"]
    figure = figures.nth(1)
    box = figure.locator("..")
    expect(box).not_to_have_attribute("tabindex", "0")
    figure.tap()
    expect(box).to_have_attribute("tabindex", "0")
    assert figure.bounding_box()["width"] > 500
    keep(page, "site-phone-larger", full_page=False)
    box.get_by_role("button", name="Smaller").click()
    expect(box).not_to_have_attribute("tabindex", "0")
    assert figure.bounding_box()["width"] == widths[1]


def test_figures_of_a_wide_page_have_no_button(visit):
    page = visit(LESSON["super_convergence"])
    figure = page.locator(".output > img.ow-drawn").nth(1)
    before = figure.bounding_box()["width"]
    expect(page.get_by_role("button", name="Larger")).to_have_count(0)
    figure.click()
    assert figure.bounding_box()["width"] == before > 500
