"""The explorer as people use it: in JupyterLab, and as one file from disk without a network."""

import csv
import io
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from homes import COVERED, OVERFLOW, SCREENSHOTS, SETUP, keep
from person import PHONE, PROJECTOR, Person
from PIL import Image
from playwright.sync_api import expect
from waiting import wait_until

from onecycle_widgets import OneCycle, OneCycleExplorer
from onecycle_widgets.frontend.controls import SPECS
from onecycle_widgets.policy.presets import PRESETS

TYPED = [
    ("max_lr", "0.25", 0.25), ("max_lr", "0.1, 0.02", [0.1, 0.02]), ("total_steps", "321", 321),
    ("pct_start", "0.42", 0.42), ("div_factor", "12.5", 12.5), ("final_div_factor", "1e3", 1000.0),
    ("base_momentum", "0.7", 0.7), ("max_momentum", "0.97", 0.97),
]  # fmt: skip


def test_every_control(home):
    person, explorer = home.open()
    figure = explorer.root.locator(".ow-figure")
    expected = {"max_lr": 0.1, "total_steps": 1000}
    for name, text, value in TYPED:
        before = figure.inner_html()
        explorer.type(name, text)
        expected[name] = value
        expect(explorer.code).to_have_text(OneCycle(**expected).code())
        assert figure.inner_html() != before
    for name in ("three_phase", "cycle_momentum"):
        explorer.field(name).click()
        expected[name] = not getattr(OneCycle(**expected), name)
        expect(explorer.code).to_have_text(OneCycle(**expected).code())
    explorer.field("anneal_strategy").select_option("linear")
    expected["anneal_strategy"] = "linear"
    expect(explorer.code).to_have_text(OneCycle(**expected).code())
    expect(explorer.field("base_momentum")).to_be_disabled()  # momentum is not cycled now

    expect(explorer.field("epochs")).to_have_value("3.21")  # of 100 steps, as they stand
    explorer.root.get_by_label("epochs × steps_per_epoch").check()
    expect(explorer.field("epochs")).to_have_value("3")
    expect(explorer.field("total_steps")).to_be_disabled()
    explorer.type("epochs", "4")
    explorer.type("steps_per_epoch", "25")
    del expected["total_steps"]
    expected |= {"epochs": 4, "steps_per_epoch": 25}
    expect(explorer.code).to_have_text(OneCycle(**expected).code())
    expect(explorer.field("total_steps")).to_have_value("100")
    if home.kind == "lab":
        home.kernel_hears(person, repr(OneCycle(**expected).code()))
    explorer.root.get_by_label("count steps").check()
    expect(explorer.code).to_contain_text("total_steps=100,")

    for name in PRESETS:
        explorer.field("preset").select_option(name)
        code = OneCycle([0.1, 0.02], 100, **PRESETS[name].settings).code()
        expect(explorer.code).to_have_text(code)
        expect(explorer.root.locator(".ow-source")).to_contain_text(PRESETS[name].source[:30])
    explorer.type("div_factor", "3")
    expect(explorer.field("preset")).to_have_value("")
    explorer.button("Reset").click()
    expect(explorer.code).to_have_text(OneCycle(0.1, 1000).code())


def test_sliders_move_in_round_steps(home):
    person, explorer = home.open()
    names = [name for name, spec in SPECS.items() if spec.kind not in ("flag", "choice")]
    for name in names:
        slider = explorer.slider(name)
        if slider.is_disabled():
            continue
        before = explorer.field(name).input_value()
        slider.focus()
        slider.press("ArrowRight")
        after = explorer.field(name).input_value()
        assert float(after) > float(before)
        assert len(after) <= 5 or name in ("total_steps", "final_div_factor")
        expect(slider).to_have_attribute("aria-valuetext", after)
        slider.press("ArrowLeft")
        expect(explorer.field(name)).to_have_value(before)
    explorer.type("max_lr", "50")  # beyond the slider's range
    expect(explorer.code).to_contain_text("max_lr=50.0,")
    box = explorer.slider("pct_start").bounding_box()
    y = box["y"] + box["height"] / 2
    person.page.mouse.move(box["x"] + 0.31 * box["width"], y)
    person.page.mouse.down()
    person.page.mouse.move(box["x"] + 0.6 * box["width"], y, steps=10)
    person.page.mouse.up()
    assert 0.5 < float(explorer.field("pct_start").input_value()) < 0.7


WRONG = [
    ("pct_start", "1", 1.0), ("max_lr", "-1", -1), ("max_lr", "abc", "abc"),
    ("max_lr", "0.1, -2", [0.1, -2]), ("total_steps", "2.5", 2.5), ("base_momentum", "0.99", 0.99),
    ("steps_per_epoch", "0", 0),
]  # fmt: skip


def test_impossible_values(home):
    person, explorer = home.open()
    good = explorer.curves()
    for name, text, value in WRONG:
        before = explorer.field(name).input_value()
        height = explorer.root.bounding_box()["height"]
        explorer.type(name, text)
        with pytest.raises((TypeError, ValueError)) as python:
            OneCycle(**({"max_lr": 0.1, "total_steps": 1000} | {name: value}))
        message = str(python.value).removesuffix(" (str)")  # the type's name is Python's
        expect(explorer.alert).to_have_text(message)
        row = explorer.root.locator(".ow-row").filter(
            has=person.page.get_by_label(name, exact=True)
        )
        expect(row.get_by_role("alert")).to_have_text(message)  # of this control
        assert explorer.root.bounding_box()["height"] == height  # nothing has moved for it
        expect(explorer.field(name)).to_have_attribute("aria-invalid", "true")
        assert explorer.curves() == good  # the last good picture stays
        if home.kind == "lab" and name == "pct_start":
            home.kernel_hears(person, message)
            assert repr(OneCycle(0.1, 1000).code()) in home.kernel_says(person)
            person.explorer()  # back to it: the notebook has scrolled to the cell that was asked
        explorer.type(name, before)
        expect(explorer.alert).to_have_count(0)
    explorer.type("pct_start", "0.7")
    explorer.field("three_phase").check()
    expect(explorer.alert).to_contain_text("at most 0.5")
    explorer.type("pct_start", "0.4")
    expect(explorer.alert).to_have_count(0)
    explorer.type("pct_start", "0")
    expect(explorer.root.locator(".ow-notes")).to_contain_text("Note: no warm-up: pct_start=0.0")


def test_keyboard_alone(home):
    person, explorer = home.open()
    page = person.page
    explorer.field("preset").focus()
    seen = []
    for _ in range(60):
        script = (
            "() => document.activeElement.getAttribute('aria-label') || document.activeElement.id"
        )
        seen.append(page.evaluate(script))
        page.keyboard.press("Tab")
    for name in ("total_steps slider", "pct_start slider", "three_phase", "max_momentum slider"):
        assert any(label and label.endswith(name) for label in seen), name
    explorer.slider("pct_start").focus()
    page.keyboard.press("ArrowUp")
    expect(explorer.field("pct_start")).to_have_value("0.31")
    page.keyboard.press("Home")
    expect(explorer.field("pct_start")).to_have_value("0")
    page.keyboard.press("End")
    expect(explorer.alert).to_contain_text("pct_start must be below 1")
    page.keyboard.press("ArrowLeft")
    expect(explorer.alert).to_have_count(0)
    explorer.field("three_phase").focus()
    page.keyboard.press("Space")
    expect(explorer.alert).to_contain_text("three_phase=True")
    page.keyboard.press("Space")
    explorer.cursor.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(explorer.where).to_be_visible()
    expect(explorer.where).to_contain_text("step 3 of 999 epoch 1 of 10 · warm-up")
    explorer.button("Pin this curve").focus()
    page.keyboard.press("Enter")
    explorer.type("pct_start", "0.5")
    explorer.button("Remove pin 1: pct_start=0.99").focus()
    page.keyboard.press("Enter")
    expect(explorer.root.locator(".ow-pins li")).to_have_count(0)
    expect(explorer.button("Pin this curve")).to_be_focused()
    if home.kind == "lab":  # none of the keys was taken for a shortcut of the notebook
        assert person.page.locator(".jp-Notebook .jp-Cell").count() == 2
        home.kernel_hears(person, ", 3, 0]")


def test_cursor_and_readouts(home):
    person, explorer = home.open()
    chart = explorer.root.locator(".ow-chart")
    box = chart.bounding_box()
    x = box["x"] + 66 + 0.3 * (box["width"] - 80)
    person.page.mouse.move(x, box["y"] + 60)
    text = explorer.where.inner_text()
    step = int(re.search(r"step (\d+) of 999", text)[1])
    assert 290 < step < 310
    curve = OneCycle(0.1, 1000).curve()
    assert f"rate {curve.lr[step]:.4g}\nmomentum {curve.momentum[step]:.4g}" in text
    tip = explorer.where.bounding_box()  # beside the pointer, and off the curve
    assert 0 < tip["x"] - x < 30
    assert box["y"] < tip["y"] < box["y"] + 200
    person.page.mouse.click(x, box["y"] + 60)
    person.page.mouse.move(box["x"] + 100, box["y"] + box["height"] + 200)
    expect(explorer.where).to_be_hidden()
    expect(explorer.cursor).to_have_attribute("aria-valuetext", re.compile(f"step {step} of 999"))
    if home.kind == "lab":
        home.kernel_hears(person, f", {step}, 0]")

    expect(explorer.readout("first rate")).to_contain_text("0.004")
    expect(explorer.readout("last rate")).to_contain_text("4e-06 of max_lr")
    mean = f"{100 * curve.lr.mean() / 0.1:.3g} % of max_lr"
    expect(explorer.readout("mean rate")).to_contain_text(mean)
    effective = explorer.readout("effective step")
    expect(effective).to_contain_text("8.33 × the first; the rate: 25 ×")

    explorer.type("total_steps", "7")
    peak = explorer.readout("true peak")
    lr = OneCycle(0.1, 7).curve().lr.max()
    expect(peak).to_contain_text(f"{lr:.4g}")
    expect(peak).to_contain_text(f"{100 * (1 - lr / 0.1):.2g} % below max_lr")
    explorer.button("Snap").click()
    expect(peak).to_contain_text("exactly max_lr")
    share = float(explorer.field("pct_start").input_value())
    assert OneCycle(0.1, 7, pct_start=share).curve().lr.max() == 0.1
    expect(explorer.button("Snap")).to_have_attribute("aria-disabled", "true")


def test_play_runs_through_the_cycle(home):
    person, explorer = home.open()
    explorer.button("Play").click()
    expect(explorer.where).to_contain_text("annealing", timeout=15_000)
    explorer.button("Pause").click()
    step = int(explorer.cursor.input_value())
    assert 299 < step < 999
    expect(explorer.button("Play")).to_be_focused()
    expect(explorer.where).to_be_hidden()
    if home.kind == "lab":
        home.kernel_hears(person, f", {step}, 0]")
        return
    explorer.cursor.fill("950")
    explorer.button("Play").click()  # to the end, and there it stops
    expect(explorer.button("Play")).to_be_visible(timeout=15_000)
    expect(explorer.cursor).to_have_value("999")


def test_once_per_epoch_by_mistake_and_log_axis(home):
    person, explorer = home.open()
    explorer.root.get_by_label("epochs × steps_per_epoch").check()
    explorer.type("epochs", "10")
    explorer.type("steps_per_epoch", "100")
    plain = explorer.curves()
    explorer.root.get_by_label("stepped once per epoch by mistake").check()
    assert len(explorer.curves()) == len(plain) + 2
    last = OneCycle(0.1, 1000).curve().lr[9]
    mistake = explorer.root.locator(".ow-mistake")
    expect(mistake).to_contain_text("only the first 10 of 1000 rates")
    expect(mistake).to_contain_text(f"would run at {last:.3g}, not 4e-07")
    labels = explorer.root.locator(".ow-labels text")
    assert "1e-5" not in labels.all_inner_texts()
    explorer.root.get_by_label("log rate axis").check()
    assert "1e-5" in labels.all_text_contents()
    assert explorer.curves() != plain
    keep(person.page, f"{home.kind}-mistake-log")


def test_pin_compare_restore_remove(home):
    person, explorer = home.open()
    pins = explorer.root.locator(".ow-pins li")
    explorer.button("Pin this curve").click()
    expect(pins).to_have_count(1)
    expect(explorer.button("Pin this curve")).to_have_attribute("aria-disabled", "true")
    for share in ("0.4", "0.5", "0.6"):
        explorer.type("pct_start", share)
        explorer.button("Pin this curve").click()
    expect(pins).to_have_count(4)
    explorer.type("div_factor", "10")
    expect(explorer.root.get_by_text("4 are pinned: remove one to pin another")).to_be_visible()
    expect(pins.nth(1)).to_contain_text("2: pct_start=0.4, div_factor=25.0")
    assert set("1234") <= set(explorer.root.locator(".ow-tags text").all_text_contents())
    assert len(explorer.curves()) == 10  # rate and momentum of five curves
    boxes = [tag.bounding_box() for tag in explorer.root.locator(".ow-tags text").all()]
    apart = {(round(box["x"]), round(box["y"])) for box in boxes if box}
    assert len(apart) >= 4  # each pin's number has its own place
    keep(person.page, f"{home.kind}-pins")
    if SCREENSHOTS and home.kind == "page":  # README's picture
        explorer.root.screenshot(path=Path(SCREENSHOTS) / "explorer.png")
    explorer.button("Restore pin 2: pct_start=0.4, div_factor=25.0").click()
    expect(explorer.code).to_have_text(OneCycle(0.1, 1000, pct_start=0.4).code())
    explorer.button("Remove pin 1: pct_start=0.3").click()
    expect(pins).to_have_count(3)
    assert len(explorer.curves()) == 8
    if home.kind == "lab":
        home.kernel_hears(person, ", 3]")


def test_pinned_curves_follow_the_axes_and_the_window(browser, tmp_path):
    """What is kept of them is what a page that is opened afresh would draw."""
    person = Person(browser, PROJECTOR)
    policy = OneCycle([0.1, 0.05], 400)
    person.page.goto(OneCycleExplorer(policy).export(tmp_path / "explorer.html").as_uri())
    explorer = person.explorer()
    explorer.button("Pin this curve").click()

    def change(what):
        before = explorer.curves()[:4]  # the pin's: rate and momentum of two groups
        what()
        changed = explorer.curves()
        assert changed[:4] != before
        wait_until(lambda: afresh() == changed, "what a page would draw that is opened afresh")

    def afresh():
        other = Person(browser, person.page.viewport_size)
        other.page.goto(person.page.url)
        found = other.explorer().curves()
        other.close()
        return found

    change(lambda: explorer.type("max_lr", "0.3, 0.2"))  # the rates' axis
    change(lambda: explorer.type("total_steps", "900"))
    change(lambda: explorer.root.get_by_label("log rate axis").check())
    change(lambda: explorer.type("base_momentum", "0.5"))
    change(lambda: resized(person, explorer))
    person.close()


def resized(person, explorer):
    before = explorer.root.locator(".ow-chart").get_attribute("width")
    person.page.set_viewport_size(PROJECTOR | {"width": 1000})
    expect(explorer.root.locator(".ow-chart")).not_to_have_attribute("width", before)


def test_parameter_groups(home):
    _, explorer = home.open()
    explorer.type("max_lr", "0.1, 0.05, 0.01")
    assert len(explorer.curves()) == 6
    expect(explorer.code).to_contain_text("max_lr=[0.1, 0.05, 0.01],")
    explorer.cursor.focus()
    expect(explorer.where).to_contain_text("rate 0.004 | 0.002 | 0.0004")
    expect(explorer.slider("max_lr")).to_be_disabled()
    names = explorer.root.locator(".ow-tags text").all_text_contents()
    assert [name for name in names if name] == ["group 0", "group 1", "group 2"]
    expect(explorer.readout("first rate [0]")).to_contain_text("0.004")
    explorer.type("base_momentum", "0.8, 0.85")
    expect(explorer.alert).to_contain_text("max_lr has 3, base_momentum has 2")


def test_take_it_with_you(home, browser, tmp_path):
    person, explorer = home.open()
    page = person.page
    explorer.type("pct_start", "0.45")
    explorer.field("three_phase").check()
    explorer.button("Pin this curve").click()
    explorer.type("max_lr", "0.1, 0.01")
    explorer.type("total_steps", "50")
    explorer.root.get_by_label("log rate axis").check()
    policy = OneCycle([0.1, 0.01], 50, pct_start=0.45, three_phase=True)

    explorer.button("Copy code").click()
    expect(explorer.root.get_by_text("Code copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == policy.code()
    explorer.button("Copy link").click()
    expect(explorer.root.get_by_text("Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")

    def saved(name):
        with page.expect_download() as download:
            explorer.button(name).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        return path

    rows = list(csv.DictReader(io.StringIO(saved("CSV").read_text())))
    lr = [[float(row[f"lr_group_{group}"]) for row in rows[:50]] for group in range(2)]
    np.testing.assert_allclose(lr, policy.curve().lr, rtol=1e-12)
    (pin,) = (name for name in rows[0] if name.startswith("lr 1: "))  # the pinned curve, too
    pinned = OneCycle(0.1, 1000, pct_start=0.45, three_phase=True)
    assert [float(row[pin]) for row in rows] == pytest.approx(pinned.curve().lr, rel=1e-12)
    assert rows[50]["lr_group_0"] == ""  # this one has ended
    assert rows[0]["lr_group_0"] == repr(float(rows[0]["lr_group_0"]))

    svg = ElementTree.fromstring(saved("SVG").read_text())
    inside = "{http://www.w3.org/2000/svg}"
    title = policy.plot().alt
    assert svg.find(f"{inside}title").text == title
    texts = svg.findall(f".//{inside}text")
    written = {text.text: text.get("style") for text in texts}
    assert title in written
    assert "text-anchor: middle" in written["1"]  # the pin's number, in its ring
    assert any("1: max_lr=0.1" in (text or "") for text in written)  # which curve is whose
    assert (svg.get("width"), svg.get("viewBox")) == ("1920", "0 0 960 540")
    paths = svg.findall(f".//{inside}path")
    assert len(paths) == len(explorer.curves())
    assert "stroke: rgb" in paths[-1].get("style")
    groups = [group.get("class") for group in svg.iter(f"{inside}g")]
    assert "ow-handles" not in groups or not svg.findall(f".//{inside}circle[@class='ow-knob']")
    cursor = next(group for group in svg.iter(f"{inside}g") if group.get("class") == "ow-cursor")
    assert list(cursor.iter(f"{inside}circle")) == []
    for size, width in (("slide", 1920), ("print", 2560)):
        explorer.field("size of the picture").select_option(size)
        with Image.open(saved("PNG")) as picture:
            assert picture.width == width
            blue = np.abs(np.asarray(picture.convert("RGB"), int) - [0, 0x72, 0xB2]).sum(-1) < 30
            assert blue.sum() > 500  # the current curve
            if SCREENSHOTS:
                picture.save(Path(SCREENSHOTS) / f"{home.kind}-saved-{size}.png")

    # The link brings the static page to the same state, from disk and without a network.
    other = Person(browser, PROJECTOR)
    other.context.set_offline(True)
    file = OneCycleExplorer().export(tmp_path / "explorer.html").as_uri()
    other.page.goto(f"{file}#{urlsplit(link).fragment}")
    restored = other.explorer()
    expect(restored.code).to_have_text(policy.code())
    assert restored.root.locator(".ow-pins li").count() == 1
    expect(restored.root.get_by_label("log rate axis")).to_be_checked()
    assert restored.curves() == explorer.curves() or home.kind == "lab"  # other width there
    assert other.complaints == []
    other.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=["projector", "phone"])
def test_looks_and_accessibility(home, size, scheme):
    options = {"color_scheme": scheme, "reduced_motion": "reduce"}
    person, explorer = home.open(size, **options)
    if home.kind == "lab" and scheme == "dark":  # the mark of JupyterLab's dark theme
        person.page.evaluate("document.body.setAttribute('data-jp-theme-light', 'false')")
    explorer.button("Pin this curve").click()
    explorer.type("pct_start", "0.45")
    explorer.root.get_by_label("stepped once per epoch by mistake").check()
    explorer.type("base_momentum", "2")
    expect(explorer.alert).to_have_count(1)
    if person.narrow:  # the field that has the focus is not under the chart that stays on top
        for name in ("total_steps", "pct_start", "base_momentum"):
            explorer.field(name).focus()
            chart = explorer.root.locator(".ow-figure")
            field, figure = person.places(explorer.field(name), chart)
            assert field["y"] >= figure["y"] + figure["height"], name
    keep(person.page, f"{home.kind}-{'phone' if person.narrow else 'projector'}-{scheme}")
    scope = ".onecycle-explorer" if home.kind == "lab" else None
    found = Axe().run(person.page, context=scope).response["violations"]
    paper = "(root) => getComputedStyle(root).backgroundColor"
    assert explorer.root.evaluate(paper) == {
        "light": "rgb(255, 255, 255)", "dark": "rgb(21, 21, 21)"}[scheme]  # fmt: skip
    serious = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found
               if rule["impact"] in ("serious", "critical")]  # fmt: skip
    assert serious == []
    width = explorer.root.bounding_box()["width"]
    assert explorer.root.evaluate(OVERFLOW) == []
    assert width <= size["width"]
    assert explorer.root.evaluate(COVERED) == []


@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=["projector", "phone"])
def test_no_text_of_the_chart_hides_another(browser, tmp_path, size):
    person = Person(browser, size)
    person.page.goto(OneCycleExplorer().export(tmp_path / "explorer.html").as_uri())
    explorer = person.explorer()
    texts = explorer.root.locator(".ow-names text, .ow-labels text")
    for quantity in ("learning rate", "momentum"):  # to be read without turning one's head
        box = texts.filter(has_text=quantity).bounding_box()
        assert box["width"] > 3 * box["height"]
    log_rate = explorer.root.get_by_label("log rate axis")
    explorer.field("three_phase").check()
    for rate in ("0.00015", "0.0123456", "7", "12345"):
        explorer.type("max_lr", rate)
        for steps, share in (("100000", "0.05"), ("12", "0.5"), ("999", "0.45")):
            explorer.type("total_steps", steps)
            explorer.type("pct_start", share)
            for _ in range(2):
                assert explorer.root.evaluate(COVERED) == [], (rate, steps)
                inside = "(texts) => texts.map((t) => t.getBoundingClientRect().left)"
                assert min(texts.evaluate_all(inside)) >= 0
                log_rate.click()
    assert person.complaints == []
    person.close()


def test_the_longest_cycle_keeps_its_peak_and_borders(browser, tmp_path):
    person = Person(browser, PROJECTOR)
    person.page.goto(OneCycleExplorer().export(tmp_path / "explorer.html").as_uri())
    explorer = person.explorer()
    explorer.field("three_phase").check()
    explorer.type("pct_start", "0.00123")
    explorer.type("total_steps", "100000")
    longest = max(curve.count(",") for curve in explorer.curves())
    assert longest < 2500  # what the pixels can show
    expect(explorer.readout("true peak")).to_contain_text("at step 122: exactly max_lr")
    top = min(float(point.split(",")[1]) for point in re.split("[ML]", explorer.curves()[-2])[1:])
    mark = explorer.root.locator(".ow-dots circle").last
    assert abs(float(mark.get_attribute("cy")) - top) < 0.1  # the line reaches the peak
    person.close()


ASKED = [
    ("max_lr", "1,5", "for one number write 1.5, for two groups 1, 5 with a space"),
    ("total_steps", "10.000", "for the larger number write 10000, for the smaller one 10"),
    ("pct_start", "0,3", "write decimals with a point, 0.3"),
    ("div_factor", "", "div_factor is empty: it must be a finite number above 0"),
    ("max_lr", "x" * 400, "max_lr must be a finite number above 0, got 'xxx"),
]


def test_what_can_be_read_in_two_ways_is_asked_about(home):
    person, explorer = home.open()
    for name, text, words in ASKED:
        explorer.type(name, text)
        expect(explorer.alert).to_contain_text(words)
        expect(explorer.field(name)).to_have_value(text)  # to be mended, not lost
        expect(explorer.code).to_have_text(OneCycle(0.1, 1000).code())
        box, root = explorer.alert.bounding_box(), explorer.root.bounding_box()
        assert box["x"] + box["width"] <= root["x"] + root["width"]
        if home.kind == "lab" and text == "1,5":
            home.kernel_hears(person, words)
            person.explorer()
        explorer.button("Undo").click()
        expect(explorer.alert).to_have_count(0)
    explorer.type("max_lr", "1, 5")
    expect(explorer.code).to_contain_text("max_lr=[1.0, 5.0],")


@pytest.fixture
def visit(browser, tmp_path):
    """Opens the page from disk, written by an explorer of some state, with a link."""
    people = []

    def open_page(link="", **traits):
        explorer = OneCycleExplorer()
        for name, value in traits.items():
            setattr(explorer, name, value)
        person = Person(browser, PROJECTOR)
        people.append(person)
        person.page.goto(explorer.export(tmp_path / "explorer.html").as_uri() + link)
        return person.explorer()

    yield open_page
    for person in people:
        assert person.complaints == []  # no script fails, none is refused
        person.close()


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("rate", [1e-320, 5e-324, 1e308])
def test_the_smallest_and_the_largest_rates_are_drawn(visit, rate, log):
    explorer = visit(max_lr=rate, log_rate=log)
    assert len(explorer.curves()) == 2
    assert "NaN" not in explorer.root.locator(".ow-chart").inner_html()
    assert "Infinity" not in explorer.root.locator(".ow-chart").inner_html()
    expect(explorer.readout("true peak")).to_be_visible()


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "<!--<script>", {"__proto__": 1}, 10**400], ids=str
)
def test_a_page_of_an_impossible_state_is_alive(visit, value):
    explorer = visit(max_lr=value)
    expect(explorer.alert).to_contain_text("max_lr must be a finite number above 0, got")
    explorer.type("max_lr", "0.3")
    expect(explorer.code).to_contain_text("max_lr=0.3,")


def test_a_link_with_ten_thousand_groups_is_refused_and_64_are_drawn(visit):
    rates = ",".join(["0.1"] * 10_000)
    explorer = visit(f"#max_lr={rates}&total_steps=100")
    expect(explorer.alert).to_have_text(
        "the link has 10000 parameter groups: the page shows 64 at most"
    )
    expect(explorer.code).to_have_text(OneCycle(0.1, 1000).code())
    rates = ",".join(str(i / 64) for i in range(1, 65))
    explorer.page.evaluate("(hash) => { location.hash = hash; }", f"max_lr={rates}&total_steps=100")
    expect(explorer.root.locator(".ow-lines path")).to_have_count(65)  # of one momentum, one curve
    expect(explorer.alert).to_have_count(0)
    explorer.type("max_lr", ", ".join(["0.1"] * 70))
    expect(explorer.root.locator(".ow-notes")).to_contain_text(
        "the first 64 of 70 parameter groups"
    )


def test_a_kernel_that_is_gone_is_said_to_be(in_lab):
    person, explorer = in_lab.open(fresh=True)
    expect(explorer.alert).to_have_count(0)
    session = "jupyterapp.shell.currentWidget.context.sessionContext.session"
    person.page.evaluate(f"{session}.kernel.restart()")
    expect(explorer.alert).to_contain_text("The kernel is gone: run the cell above again.")
    explorer.slider("pct_start").focus()
    person.page.keyboard.press("ArrowRight")  # what needs no kernel goes on
    expect(explorer.code).to_contain_text("pct_start=0.31,")
    explorer.drag("peak", 0, 30)
    expect(explorer.code).not_to_contain_text("max_lr=0.1,")
    person.explorer()
    person.page.locator(".jp-Notebook .jp-Cell").first.locator(".cm-content").click()
    person.page.keyboard.press("Control+Enter")
    expect(explorer.code).to_contain_text("max_lr=0.1,")
    expect(explorer.alert).to_have_count(0)


def test_on_a_phone_the_curve_stays_in_sight(home):
    person, explorer = home.open(PHONE, has_touch=True, is_mobile=True)
    for name in ("total_steps", "pct_start", "max_momentum"):
        slider = explorer.slider(name)
        slider.scroll_into_view_if_needed()
        box, curve = person.places(slider, explorer.root.locator(".ow-chart"))
        assert curve["y"] >= 0
        assert box["y"] + box["height"] <= PHONE["height"]
        assert curve["y"] + curve["height"] <= PHONE["height"]
    small = "(all) => all.map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])" \
            ".filter(([, box]) => box.width && Math.min(box.width, box.height) < 24)"  # fmt: skip
    assert explorer.root.locator("button, input, select, .ow-reach").evaluate_all(small) == []


def test_all_of_it_fits_a_projector(home):
    _, explorer = home.open()
    explorer.button("Pin this curve").click()
    root = explorer.root.bounding_box()
    # As much as JupyterLab leaves of 720 pixels; the page has a heading of its own.
    assert root["height"] <= 610
    sizes = "(all) => all.filter((e) => e.getClientRects().length && e.textContent.trim())" \
            ".map((e) => [e.outerHTML.slice(0, 60), parseFloat(getComputedStyle(e).fontSize)])" \
            ".filter(([, size]) => size < 13)"  # fmt: skip
    assert explorer.root.locator("*").evaluate_all(sizes) == []


def test_only_some_controls(in_lab):
    setup = SETUP.replace("OneCycleExplorer()", "OneCycleExplorer(controls=['pct_start', 'code'])")
    person, explorer = in_lab.open(setup=setup)
    expect(explorer.slider("pct_start")).to_be_visible()
    names = ["peak", "step", "pct_start slider"]  # the peak goes across only
    for slider, name in zip(explorer.root.get_by_role("slider").all(), names, strict=True):
        assert slider.get_attribute("aria-label") == name
    explorer.handle("peak").focus()
    person.page.keyboard.press("ArrowUp")
    expect(explorer.code).to_have_text(OneCycle(0.1, 1000, pct_start=0.31).code())
    assert explorer.root.get_by_role("button").all_inner_texts() == ["▶", "Copy code"]


def test_the_kernel_moves_the_controls(in_lab):
    join = (
        "import ipywidgets\nown = ipywidgets.FloatSlider(0.4, max=0.9)\n"
        "ipywidgets.jslink((own, 'value'), (explorer, 'pct_start'))\n"
        "explorer.policy = OneCycle(0.2, 77, pct_start=0.4)\ndisplay(own)\nexplorer"
    )
    person, explorer = in_lab.open(setup=SETUP.removesuffix("explorer") + join)
    expect(explorer.code).to_have_text(OneCycle(0.2, 77, pct_start=0.4).code())
    own = person.page.locator(".widget-slider [role=slider]").first
    own.focus()
    own.press("ArrowRight")  # a slider of one's own, joined in the browser
    expect(explorer.field("pct_start")).to_have_value("0.5")
    in_lab.kernel_hears(person, "pct_start=0.5")


COUNT = (
    "from ipywidgets.widgets.widget import _instances\n"
    "kernel = get_ipython().kernel\n"
    "print('left:', len(_instances), len(kernel.comm_manager.comms))"
)


@pytest.mark.parametrize("runs", [40, pytest.param(200, marks=pytest.mark.at_length)])
def test_running_a_cell_again_leaves_nothing_behind(in_lab, runs):
    """What one run left, every further one would add to."""
    setup = f"{SETUP.removesuffix('explorer')}{COUNT}\nexplorer"
    person, _ = in_lab.open(setup=setup, fresh=True)
    cell = person.page.locator(".jp-Notebook .jp-Cell").first
    text = cell.locator(".jp-OutputArea-output").first
    first = text.inner_text()
    cell.locator(".cm-content").click()
    for run in range(2, runs + 2):
        person.page.keyboard.press("Control+Enter")
        number = re.compile(rf"\[{run}\]")
        expect(cell.locator(".jp-InputPrompt")).to_have_text(number, timeout=30_000)
    expect(text).to_have_text(first)
    expect(person.page.locator(".onecycle-explorer")).to_have_count(1)
    assert person.page.locator("style[id*=OneCycleExplorer]").count() == 1
