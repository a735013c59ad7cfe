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
from homes import SCREENSHOTS, SETUP, Home, keep
from person import PHONE, PROJECTOR, Person
from PIL import Image
from playwright.sync_api import expect

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
        assert repr(OneCycle(**expected).code()) in home.kernel_says(person)
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
        explorer.type(name, text)
        with pytest.raises((TypeError, ValueError)) as python:
            OneCycle(**({"max_lr": 0.1, "total_steps": 1000} | {name: value}))
        expect(explorer.alert).to_have_text(str(python.value))
        row = explorer.root.locator(".ow-row").filter(
            has=person.page.get_by_label(name, exact=True)
        )
        expect(row.get_by_role("alert")).to_have_text(str(python.value))  # beside the control
        expect(explorer.field(name)).to_have_attribute("aria-invalid", "true")
        assert explorer.curves() == good  # the last good picture stays
        if home.kind == "lab" and name == "pct_start":
            said = home.kernel_says(person)
            assert str(python.value) in said
            assert repr(OneCycle(0.1, 1000).code()) in said
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
    explorer.root.get_by_role("slider", name="step", exact=True).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(explorer.where).to_contain_text("step 3 of 999 · epoch 1 of 10 · warm-up")
    explorer.button("Pin this curve").focus()
    page.keyboard.press("Enter")
    explorer.type("pct_start", "0.5")
    explorer.button("Remove pin 1: pct_start=0.99").focus()
    page.keyboard.press("Enter")
    expect(explorer.root.locator(".ow-pins li")).to_have_count(0)
    expect(explorer.button("Pin this curve")).to_be_focused()
    if home.kind == "lab":  # none of the keys was taken for a shortcut of the notebook
        assert person.page.locator(".jp-Notebook .jp-Cell").count() == 2
        assert ", 3, 0]" in home.kernel_says(person)


def test_cursor_and_readouts(home):
    person, explorer = home.open()
    chart = explorer.root.locator(".ow-chart")
    box = chart.bounding_box()
    x = box["x"] + 72 + 0.3 * (box["width"] - 86)
    person.page.mouse.move(x, box["y"] + 60)
    text = explorer.where.inner_text()
    step = int(re.search(r"step (\d+) of 999", text)[1])
    assert 290 < step < 310
    curve = OneCycle(0.1, 1000).curve()
    assert f"lr {curve.lr[step]:.4g} · momentum {curve.momentum[step]:.4g}" in text
    person.page.mouse.click(x, box["y"] + 60)
    person.page.mouse.move(box["x"] + 100, box["y"] + box["height"] + 200)
    expect(explorer.where).to_contain_text(f"step {step} of 999")
    if home.kind == "lab":
        assert f", {step}, 0]" in home.kernel_says(person)

    expect(explorer.readout("first rate")).to_contain_text("0.004")
    expect(explorer.readout("last rate")).to_contain_text("4e-06 of max_lr")
    mean = f"{100 * curve.lr.mean() / 0.1:.3g} % of max_lr"
    expect(explorer.readout("mean rate")).to_contain_text(mean)
    effective = explorer.readout("effective step")
    expect(effective).to_contain_text("8.33 times the first; the rate itself 25 times")

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
    keep(person, f"{home.kind}-mistake-log")


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
    legend = explorer.root.locator(".ow-legend")
    expect(legend).to_contain_text("now: pct_start=0.6, div_factor=10.0")
    keep(person, f"{home.kind}-pins")
    if SCREENSHOTS and home.kind == "page":  # README's picture
        explorer.root.screenshot(path=Path(SCREENSHOTS) / "explorer.png")
    explorer.button("Restore pin 2: pct_start=0.4, div_factor=25.0").click()
    expect(explorer.code).to_have_text(OneCycle(0.1, 1000, pct_start=0.4).code())
    explorer.button("Remove pin 1: pct_start=0.3").click()
    expect(pins).to_have_count(3)
    assert len(explorer.curves()) == 8
    if home.kind == "lab":
        assert home.kernel_says(person).endswith(", 3]")


def test_parameter_groups(home):
    _, explorer = home.open()
    explorer.type("max_lr", "0.1, 0.05, 0.01")
    assert len(explorer.curves()) == 6
    expect(explorer.code).to_contain_text("max_lr=[0.1, 0.05, 0.01],")
    expect(explorer.where).to_contain_text("lr 0.004 | 0.002 | 0.0004")
    expect(explorer.slider("max_lr")).to_be_disabled()
    expect(explorer.root.locator(".ow-legend")).to_contain_text("group 2: max_lr=0.01")
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
    lr = [[float(row[f"lr_group_{group}"]) for row in rows] for group in range(2)]
    np.testing.assert_allclose(lr, policy.curve().lr, rtol=1e-12)
    svg = ElementTree.fromstring(saved("SVG").read_text())
    title = svg.find("{http://www.w3.org/2000/svg}title").text
    assert title == policy.plot().alt
    paths = svg.findall(".//{http://www.w3.org/2000/svg}path")
    assert [path.get("d") for path in paths] == explorer.curves()
    assert "stroke: rgb" in paths[-1].get("style")
    with Image.open(saved("PNG")) as picture:
        width = float(explorer.root.locator(".ow-chart").get_attribute("width"))
        assert picture.width == 2 * width
        blue = np.abs(np.asarray(picture.convert("RGB"), int) - [0, 0x72, 0xB2]).sum(-1) < 30
        assert blue.sum() > 500  # the current curve

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
            field, figure = (e.bounding_box() for e in (
                explorer.field(name), explorer.root.locator(".ow-figure")))  # fmt: skip
            assert field["y"] >= figure["y"] + figure["height"], name
    keep(person, f"{home.kind}-{'phone' if person.narrow else 'projector'}-{scheme}")
    scope = ".onecycle-explorer" if home.kind == "lab" else None
    found = Axe().run(person.page, context=scope).response["violations"]
    paper = "(root) => getComputedStyle(root).backgroundColor"
    assert explorer.root.evaluate(paper) == {
        "light": "rgb(255, 255, 255)", "dark": "rgb(21, 21, 21)"}[scheme]  # fmt: skip
    serious = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found
               if rule["impact"] in ("serious", "critical")]  # fmt: skip
    assert serious == []
    width = explorer.root.bounding_box()["width"]
    overflow = "(root) => [...root.querySelectorAll('*')].filter((e) => e.clientWidth > 0 && " \
               "e.getBoundingClientRect().right > root.getBoundingClientRect().right + 1 && " \
               "!e.closest('.ow-code, .ow-tip')).map((e) => e.outerHTML.slice(0, 80))"  # fmt: skip
    assert explorer.root.evaluate(overflow) == []
    assert width <= size["width"]
    texts = explorer.root.locator(".ow-names text, .ow-labels text")
    assert texts.evaluate_all(OVERLAPS) == []


@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=["projector", "phone"])
def test_no_text_of_the_chart_hides_another(browser, tmp_path, size):
    person = Person(browser, size)
    person.page.goto(OneCycleExplorer().export(tmp_path / "explorer.html").as_uri())
    explorer = person.explorer()
    texts = explorer.root.locator(".ow-names text, .ow-labels text")
    log_rate = explorer.root.get_by_label("log rate axis")
    explorer.field("three_phase").check()
    for rate in ("0.00015", "0.0123456", "7", "12345"):
        explorer.type("max_lr", rate)
        for steps, share in (("100000", "0.05"), ("12", "0.5"), ("999", "0.45")):
            explorer.type("total_steps", steps)
            explorer.type("pct_start", share)
            for _ in range(2):
                assert texts.evaluate_all(OVERLAPS) == [], (rate, steps)
                inside = "(texts) => texts.map((t) => t.getBoundingClientRect().left)"
                assert min(texts.evaluate_all(inside)) >= 0
                log_rate.click()
    assert person.complaints == []
    person.close()


OVERLAPS = """(texts) => {
    const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
    const found = [];
    boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
        if (p.left < q.right && q.left < p.right && p.top + 2 < q.bottom && q.top + 2 < p.bottom)
            found.push([a, b]);
    }));
    return found;
}"""


def test_the_longest_cycle_keeps_its_peak_and_borders(browser, tmp_path):
    person = Person(browser, PROJECTOR)
    person.page.goto(OneCycleExplorer().export(tmp_path / "explorer.html").as_uri())
    explorer = person.explorer()
    explorer.field("three_phase").check()
    explorer.type("pct_start", "0.00123")
    explorer.type("total_steps", "100000")
    longest = max(curve.count(",") for curve in explorer.curves())
    assert longest < 2500  # what the pixels can show
    expect(explorer.readout("true peak")).to_contain_text("0.1 at step 122: exactly max_lr")
    top = min(float(point.split(",")[1]) for point in re.split("[ML]", explorer.curves()[-2])[1:])
    mark = explorer.root.locator(".ow-dots circle").last
    assert abs(float(mark.get_attribute("cy")) - top) < 0.1  # the line reaches the peak
    person.close()


def test_only_some_controls(browser, lab, tmp_path):
    home = Home("lab", browser, lab, tmp_path)
    setup = SETUP.replace("OneCycleExplorer()", "OneCycleExplorer(controls=['pct_start', 'code'])")
    person, explorer = home.open(setup=setup)
    expect(explorer.slider("pct_start")).to_be_visible()
    names = ["peak", "step", "pct_start slider"]  # the peak goes across only
    for slider, name in zip(explorer.root.get_by_role("slider").all(), names, strict=True):
        assert slider.get_attribute("aria-label") == name
    explorer.handle("peak").focus()
    person.page.keyboard.press("ArrowUp")
    expect(explorer.code).to_have_text(OneCycle(0.1, 1000, pct_start=0.31).code())
    assert explorer.root.get_by_role("button").all_inner_texts() == ["Copy code"]
    assert person.complaints == []
    person.close()


def test_the_kernel_moves_the_controls(browser, lab, tmp_path):
    home = Home("lab", browser, lab, tmp_path)
    join = (
        "import ipywidgets\nown = ipywidgets.FloatSlider(0.4, max=0.9)\n"
        "ipywidgets.jslink((own, 'value'), (explorer, 'pct_start'))\n"
        "explorer.policy = OneCycle(0.2, 77, pct_start=0.4)\ndisplay(own)\nexplorer"
    )
    person, explorer = home.open(setup=SETUP.removesuffix("explorer") + join)
    expect(explorer.code).to_have_text(OneCycle(0.2, 77, pct_start=0.4).code())
    own = person.page.locator(".widget-slider [role=slider]").first
    own.focus()
    own.press("ArrowRight")  # a slider of one's own, joined in the browser
    expect(explorer.field("pct_start")).to_have_value("0.5")
    assert "pct_start=0.5" in home.kernel_says(person)
    assert person.complaints == []
    person.close()


COUNT = (
    "from ipywidgets.widgets.widget import _instances\n"
    "kernel = get_ipython().kernel\n"
    "print('left:', len(_instances), len(kernel.comm_manager.comms))"
)


def test_running_a_cell_again_leaves_nothing_behind(browser, lab, tmp_path):
    home = Home("lab", browser, lab, tmp_path)
    setup = f"{SETUP.removesuffix('explorer')}{COUNT}\nexplorer"
    person, _ = home.open(setup=setup)
    cell = person.page.locator(".jp-Notebook .jp-Cell").first
    text = cell.locator(".jp-OutputArea-output").first
    first = text.inner_text()
    cell.locator(".cm-content").click()
    for run in range(2, 202):
        person.page.keyboard.press("Control+Enter")
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(rf"\[{run}\]"))
    expect(text).to_have_text(first)
    expect(person.page.locator(".onecycle-explorer")).to_have_count(1)
    assert person.page.locator("style[id*=OneCycleExplorer]").count() == 1
    assert person.complaints == []
    person.close()
