"""The lab as a person uses it: the whole way, stop, error, live; in JupyterLab and in Voilà."""

import csv
import os
import re
import shutil
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from lessons import LESSONS
from person import PHONE, PROJECTOR, Person
from playwright.sync_api import expect

SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder, to look at what was seen
ROOT = Path(__file__).parents[2]
NOTEBOOK = LESSONS["lab"].path
LONG = 60_000


class Visitor(Person):
    """A person in front of the lab."""

    @property
    def status(self):
        return self.page.get_by_role("status").filter(has_text=re.compile("step|range test"))

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def set(self, name, text):
        field = self.page.get_by_label(name, exact=True)
        field.fill(text)
        field.press("Enter")

    def path(self, title):
        """The last line of the plot whose title holds these words."""
        plot = self.page.locator(".ow-plot").filter(has_text=title)
        return plot.locator(".ow-lines path").last.get_attribute("d")

    def rows(self):
        return self.page.locator(".ow-runs tbody tr")

    def keep(self, name):
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)


def the_whole_way(visitor):
    page = visitor.page
    peak = page.get_by_label("max_lr", exact=True)
    visitor.press("Run the range test")
    expect(visitor.status).to_contain_text("range test done", timeout=LONG)
    before = peak.input_value()
    slider = page.get_by_label("take max_lr from the curve")
    slider.focus()
    page.keyboard.press("ArrowRight")  # by keyboard: the curve is taken at its left end
    expect(peak).not_to_have_value(before)
    page.get_by_role("button", name=re.compile("^halfway")).click()
    expect(peak).to_have_value("0.114")
    chart = page.locator(".ow-plot").first.locator("svg")
    box = chart.bounding_box()
    chart.click(position={"x": 0.55 * box["width"], "y": 80})
    expect(peak).not_to_have_value("0.114")
    page.get_by_role("button", name=re.compile("^halfway")).click()
    expect(peak).to_have_value("0.114")

    visitor.press("Train")
    expect(visitor.status).to_contain_text("done after 300 steps", timeout=LONG)
    expect(visitor.rows()).to_have_count(1, timeout=LONG)  # measured once more before it is listed
    visitor.set("max_lr", "0.01")
    visitor.press("Train")
    expect(visitor.rows()).to_have_count(2, timeout=LONG)
    expect(visitor.rows().first).to_contain_text("max_lr=0.114")
    expect(visitor.rows().last).to_contain_text("max_lr=0.01")
    page.get_by_role("button", name="Script of run max_lr=0.114").click()
    script = page.get_by_label("a script that repeats the run")
    expect(script).to_contain_text("OneCycle(max_lr=0.114, total_steps=300)")
    with page.expect_download() as download:
        visitor.press("Save CSV")
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert len(rows) == 600
    page.get_by_role("button", name="Remove run max_lr=0.114").click()
    expect(visitor.rows()).to_have_count(1)


def stop_and_error(visitor):
    page = visitor.page
    visitor.set("total_steps", "100000")
    visitor.press("Train")
    expect(visitor.status).to_contain_text(re.compile(r"step \d+ of 100000"), timeout=LONG)
    visitor.press("Stop")
    expect(visitor.status).to_contain_text("stopped after", timeout=5000)
    expect(visitor.rows().last).to_contain_text("of 100000")
    visitor.set("seeds", "0")
    alert = page.get_by_role("alert").filter(has_text="seeds must be")
    expect(alert).to_be_visible()
    visitor.set("seeds", "1")
    expect(alert).to_have_count(0)
    visitor.set("max_lr", "0.1, 0.2")
    visitor.press("Train")
    expect(page.get_by_role("alert").filter(has_text="one parameter group")).to_be_visible()
    visitor.set("max_lr", "0.1")
    visitor.set("total_steps", "300")


def by_tab_alone(visitor):
    """The keyboard goes the way of the lab: task, range test, training, schedule, table."""
    page = visitor.page
    page.get_by_label("data", exact=True).focus()
    name = """() => {
      const e = document.activeElement
      return e.ariaLabel || e.labels?.[0]?.innerText || e.innerText }"""
    seen = []
    while not (seen and seen[-1] == "Save CSV"):
        seen.append(page.evaluate(name).strip())
        page.keyboard.press("Tab")
        assert len(seen) < 80, seen
    assert all(seen)
    way = ["data", "model", "optimizer", "batch_size", "weight_decay", "seeds"]
    way += ["Run the range test", "take max_lr from the curve", "steepest", "Train"]
    way += ["preset", "total_steps", "max_lr", "pct_start", "three_phase", "max_momentum"]
    way += ["Copy code", "Script of run", "Remove run", "Copy script", "Save CSV"]
    places = [next(i for i, text in enumerate(seen) if text.startswith(name)) for name in way]
    assert places == sorted(places), seen


def live(visitor):
    page = visitor.page
    page.get_by_label("live: train again on every change").check()
    slider = page.get_by_role("slider", name="pct_start slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(visitor.status).to_contain_text("done after 300 steps", timeout=LONG)
    first = visitor.path("Loss from")
    for _ in range(20):  # faster than it trains: the older ones are abandoned
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("pct_start", exact=True)).to_have_value("0.51")
    plot = page.locator(".ow-plot").filter(has_text="Loss from").locator(".ow-lines path").last
    expect(plot).not_to_have_attribute("d", first, timeout=LONG)
    expect(visitor.status).to_contain_text("done after 300 steps", timeout=LONG)
    rows = visitor.rows().count()
    page.get_by_label("live: train again on every change").uncheck()
    page.get_by_label("data", exact=True).select_option("spirals")
    visitor.press("Train")
    expect(visitor.rows()).to_have_count(rows + 1, timeout=LONG)
    expect(page.locator("img.ow-picture")).to_be_visible()


def test_the_lab_in_jupyterlab(browser, lab):
    visitor = Visitor(browser, PROJECTOR)
    visitor.open(lab.page(NOTEBOOK.name))
    for _ in range(2):  # run twice, there is still one lab
        visitor.run_first_cells(4)  # a title, a line, Colab, the lab
        # A person looks before running it again: what is closed before it is ready complains.
        for part, count in ((".ow-runs", 1), (".ow-plot", 3), (".onecycle-explorer .ow-chart", 1)):
            expect(visitor.page.locator(part)).to_have_count(count, timeout=LONG)
    the_whole_way(visitor)
    stop_and_error(visitor)
    live(visitor)
    visitor.keep("lab-projector")
    assert visitor.complaints == []
    found = Axe().run(visitor.page, context=".jp-OutputArea-output").response["violations"]
    serious = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found
               if rule["impact"] in ("serious", "critical")]  # fmt: skip
    assert serious == []
    visitor.close()


def test_the_lab_in_voila_on_a_phone(browser, voila, tmp_path):
    lesson = Path(shutil.copy(NOTEBOOK, tmp_path))
    shutil.copy(ROOT / "voila.json", tmp_path)
    visitor = Visitor(browser, PHONE)
    visitor.page.goto(voila(lesson), timeout=LONG)
    expect(visitor.page.get_by_role("button", name="Train", exact=True)).to_be_visible(timeout=LONG)
    earlier = len(visitor.complaints)  # the host's own, such as fonts from a network
    expect(visitor.page.get_by_role("heading", name="Summary")).to_be_attached(timeout=LONG)
    said = visitor.page.locator("body").inner_text()
    # What needs cells is left out: nothing is to be run or opened here, no check waits in vain.
    for words in ("Exercise", "cell below", "three dots", "Not yet", "Right."):
        assert words not in said
    the_whole_way(visitor)
    stop_and_error(visitor)
    live(visitor)
    by_tab_alone(visitor)
    visitor.keep("lab-voila-phone")
    wide = "() => [...document.querySelectorAll('.ow-plot, .ow-runs, .widget-hbox')]" \
           ".filter((e) => e.getBoundingClientRect().right > innerWidth + 1).length"  # fmt: skip
    assert visitor.page.evaluate(wide) == 0
    assert visitor.complaints[earlier:] == []
    visitor.close()
