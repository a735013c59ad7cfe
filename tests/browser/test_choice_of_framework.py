"""The code to copy, for the framework that is chosen beside it."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from homes import keep
from person import PHONE, PROJECTOR
from playwright.sync_api import expect

from onecycle_widgets import OneCycle
from onecycle_widgets.policy.frameworks import FRAMEWORKS

PLACES = """(root) => {
    const { y } = root.getBoundingClientRect();
    return [root, ...root.querySelectorAll(".ow-take, .ow-coded, .ow-buttons")]
        .map((part) => part.getBoundingClientRect())
        .map((box) => [box.x, box.y - y, box.width, box.height].map(Math.round));
}"""


def test_each_text_is_shown_and_copied_and_nothing_moves(home):
    person, explorer = home.open()
    explorer.type("div_factor", "10")
    choice = explorer.field("framework")
    expect(choice).to_have_value("torch")
    policy = OneCycle(0.1, 1000, div_factor=10)
    places = explorer.root.evaluate(PLACES)
    for name, label in FRAMEWORKS.items():
        choice.select_option(label=label)
        expect(explorer.code).to_have_text(policy.code(name))
        assert explorer.root.evaluate(PLACES) == places
        explorer.button("Copy code").click()
        expect(explorer.root.get_by_text("Code copied")).to_be_visible()
        assert person.page.evaluate("navigator.clipboard.readText()") == policy.code(name)
    expect(explorer.root.get_by_label("the code for optax")).to_be_visible()


def test_the_choice_stays_whatever_is_undone_and_after_a_reload(home):
    person, explorer = home.open()
    explorer.type("max_lr", "0.5")
    explorer.field("framework").select_option("keras")
    explorer.button("Undo").click()
    expect(explorer.code).to_have_text(OneCycle(0.1, 1000).code("keras"))
    expect(explorer.button("Undo")).to_have_attribute("aria-disabled", "true")
    explorer.button("Reset").click()
    explorer.type("total_steps", "77")
    policy = OneCycle(0.1, 77)
    expect(explorer.code).to_have_text(policy.code("keras"))
    explorer.button("Copy link").click()
    expect(explorer.root.get_by_text("Link copied")).to_be_visible()
    assert "framework=keras" in person.page.evaluate("navigator.clipboard.readText()")
    if home.kind == "page":
        person.page.wait_for_url(re.compile("total_steps=77&.*framework=keras"))
        person.page.reload()
        again = person.explorer()
        expect(again.field("framework")).to_have_value("keras")
        expect(again.code).to_have_text(policy.code("keras"))


def test_the_choice_hides_no_letter(home):
    _, explorer = home.open()
    explorer.type("final_div_factor", "123456.789")
    for name in FRAMEWORKS:
        explorer.field("framework").select_option(name)
        hidden = explorer.code.evaluate("""(code) => {
            const choice = code.parentElement.querySelector("select").getBoundingClientRect();
            const shown = code.getBoundingClientRect();
            const range = document.createRange();
            range.selectNodeContents(code);
            const bottom = (box) => Math.min(box.bottom, shown.bottom);
            const inside = (box) => box.left < choice.right && box.right > choice.left &&
                box.top < choice.bottom && bottom(box) > choice.top;
            return [...range.getClientRects()].filter(inside).length;
        }""")
        assert hidden == 0, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=["projector", "phone"])
def test_the_longest_text_is_accessible(home, size, scheme):
    person, explorer = home.open(size, color_scheme=scheme)
    if home.kind == "lab" and scheme == "dark":  # the mark of JupyterLab's dark theme
        person.page.evaluate("document.body.setAttribute('data-jp-theme-light', 'false')")
    explorer.type("max_lr", "0.1, 0.02")
    explorer.field("framework").select_option("keras")
    width = {"phone": 390, "projector": 1280}["phone" if person.narrow else "projector"]
    assert explorer.root.bounding_box()["width"] <= width
    keep(person.page, f"{home.kind}-keras-{'phone' if person.narrow else 'projector'}-{scheme}")
    scope = ".onecycle-explorer" if home.kind == "lab" else None
    found = Axe().run(person.page, context=scope).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:200]) for rule in found
            if rule["impact"] in ("serious", "critical")] == []  # fmt: skip
