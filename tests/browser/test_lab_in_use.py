"""The lab as a person uses it: the whole way, stop, error, live; in JupyterLab and in Voilà."""

import csv
import math
import re
import shutil
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from homes import COVERED, keep
from lessons import LESSONS
from person import PHONE, Person
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
NOTEBOOK = LESSONS["lab"].path
LONG = 60_000


class Visitor(Person):
    """A person in front of the lab."""

    @property
    def status(self):
        return self.page.locator(".ow-status")

    @property
    def finding(self):
        return self.page.locator(".ow-finding")

    @property
    def alert(self):
        return self.page.get_by_role("alert").filter(has_text=re.compile("."))

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def set(self, name, text):
        field = self.page.get_by_label(name, exact=True)
        field.fill(text)
        field.press("Enter")

    def rows(self):
        """The runs that have ended."""
        remove = self.page.get_by_role("button", name=re.compile("^Remove run"))
        return self.page.locator(".ow-legends tbody tr").filter(has=remove)

    def places(self):
        """Where everything stands, in the lab; on a phone the curves move along."""
        parts = ".ow-board > :not([hidden], .ow-figure), .ow-range .ow-chart"
        return self.page.locator(parts).evaluate_all(
            """parts => parts.map((part) => {
              const lab = part.closest(".onecycle-lab").getBoundingClientRect()
              const { x, y, width, height } = part.getBoundingClientRect()
              return [x - lab.x, y - lab.y, width, height].map(Math.round).join() })"""
        )


def the_whole_way(visitor):
    page = visitor.page
    peak = page.get_by_label("max_lr", exact=True)
    before = visitor.places()
    visitor.press("Run the range test")
    expect(visitor.status).to_contain_text("range test done", timeout=LONG)
    handle = page.get_by_role("slider", name="max_lr on the range test")
    handle.focus()
    page.keyboard.press("ArrowRight")  # by key: the next round rate
    expect(peak).to_have_value("0.11")
    page.get_by_role("button", name=re.compile("^halfway")).click()
    expect(peak).to_have_value("0.114")
    chart = page.locator(".ow-range svg")
    box = chart.bounding_box()
    chart.click(position={"x": 0.55 * box["width"], "y": 0.3 * box["height"]})
    expect(peak).not_to_have_value("0.114")
    page.get_by_role("button", name=re.compile("^halfway")).click()
    expect(peak).to_have_value("0.114")

    visitor.press("Train")
    expect(visitor.status).to_contain_text("done after 300 steps", timeout=LONG)
    expect(visitor.rows()).to_have_count(1, timeout=LONG)
    expect(visitor.finding).to_contain_text("% right")
    visitor.set("max_lr", "0.01")
    visitor.press("Train")
    expect(visitor.rows()).to_have_count(2, timeout=LONG)
    expect(visitor.rows().first).to_contain_text("max_lr=0.114")
    expect(visitor.rows().last).to_contain_text("max_lr=0.01")
    assert visitor.places() == before  # a run is added, and nothing moves
    assert page.locator(".onecycle-lab").evaluate(COVERED) == []
    visitor.rows().first.hover()
    lifted = page.locator(".ow-lines path.ow-lifted").first
    colour = "(part) => getComputedStyle(part).stroke"
    sample = visitor.rows().first.locator("svg line")
    assert lifted.evaluate(colour) == sample.evaluate(colour)
    page.get_by_role("button", name="Script run max_lr=0.114").click()
    script = page.get_by_label("a script that repeats the run")
    expect(script).to_contain_text("OneCycle(max_lr=0.114, total_steps=300)")
    page.keyboard.press("Escape")
    expect(script).to_be_hidden()
    page.get_by_role("button", name="Restore run max_lr=0.114").click()
    expect(peak).to_have_value("0.114")
    page.keyboard.press("Control+z")
    expect(peak).to_have_value("0.01")
    with page.expect_download() as download:
        visitor.press("Save CSV")
    rows = list(csv.DictReader(Path(download.value.path()).read_text().splitlines()))
    assert len(rows) == 600
    page.get_by_role("button", name="Remove run max_lr=0.114").click()
    expect(visitor.rows()).to_have_count(1)


def stop_and_error(visitor):
    visitor.set("total_steps", "100000")
    visitor.press("Train")
    expect(visitor.status).to_contain_text(re.compile(r"step \d+ of 100000"), timeout=LONG)
    visitor.press("Stop")
    expect(visitor.status).to_contain_text("stopped after", timeout=5000)
    expect(visitor.rows().last).to_contain_text("of 100000")
    visitor.set("seeds", "0")
    expect(visitor.alert.filter(has_text="seeds must be")).to_be_visible()
    visitor.set("seeds", "1")
    expect(visitor.alert).to_have_count(0)
    visitor.set("max_lr", "0.1, 0.2")
    visitor.press("Train")
    expect(visitor.alert.filter(has_text="one parameter group").first).to_be_visible()
    expect(visitor.status).to_have_text("not started: a value is refused")
    visitor.set("max_lr", "0.1")
    visitor.set("total_steps", "300")


def guard_rails(visitor):
    """What goes wrong for beginners is said."""
    page = visitor.page
    optimizer = page.get_by_label("optimizer", exact=True)
    optimizer.select_option("adamw")
    tested = page.locator(".ow-tested")
    expect(tested).to_contain_text("with optimizer=sgd: run it again for adamw")
    expect(page.get_by_role("slider", name="max_lr on the range test")).to_have_count(0)
    halfway = page.get_by_role("button", name=re.compile("^halfway"))
    expect(halfway).to_have_attribute("aria-disabled", "true")
    optimizer.select_option("sgd")
    expect(halfway).to_have_attribute("aria-disabled", "false")
    visitor.set("total_steps", "60")
    visitor.set("max_lr", "30")
    visitor.press("Train")
    expect(visitor.finding).to_have_text(re.compile("the peak is too high$"), timeout=LONG)
    visitor.set("max_lr", "0.1")


def by_tab_alone(visitor):
    """The keyboard goes the way of the lab: task, range test, training, schedule, table."""
    page = visitor.page
    page.get_by_label("data", exact=True).focus()
    name = """() => {
      const e = document.activeElement
      return e.ariaLabel || e.labels?.[0]?.innerText || e.innerText }"""
    seen = []
    while not (seen and seen[-1].startswith("Remove run")):
        seen.append(page.evaluate(name).strip())
        page.keyboard.press("Tab")
        assert len(seen) < 80, seen
    assert all(seen)
    way = ["data", "model", "optimizer", "batch_size", "weight_decay", "seeds"]
    way += ["Run the range test", "Train", "live", "steepest", "peak", "first rate", "Play"]
    way += ["preset", "total_steps", "max_lr", "pct_start", "three_phase", "max_momentum"]
    way += ["runs", "Save CSV", "Restore run", "Script run", "Remove run"]
    places = [next(i for i, text in enumerate(seen) if text.startswith(name)) for name in way]
    assert places == sorted(places), seen


# In every frame: whether a whole curve is in sight, and how many trainings came to their end.
WATCH = r"""() => {
  const loss = [...document.querySelectorAll(".ow-strips-of")][2]
  // Where a curve of 100 steps ends, as far as all curves go.
  const right = Number(document.querySelector(".ow-stage svg").getAttribute("width")) - 12
  const whole = 54 + (99 / Number(document.querySelector(".ow-time input").max)) * (right - 54)
  window.seen = { frames: 0, empty: 0, finished: 0, axes: new Set(), on: true }
  let last = null
  const ends = (d) => Number(/([\d.]+),[\d.]+$/.exec(d)?.[1] ?? 0)
  const look = () => {
    const lines = [...loss.querySelectorAll("path.ow-now, path.ow-ghost")]
    const ds = lines.map((line) => line.getAttribute("d"))
    seen.frames += 1
    if (!ds.some((d) => ends(d) > whole - 2)) seen.empty += 1
    const d = ds.at(-1)
    if (d !== last && ends(d) > whole - 2) { last = d; seen.finished += 1 }
    const labels = [...document.querySelectorAll(".ow-stage .ow-labels text")]
    seen.axes.add(labels.map((text) => text.textContent).join(" "))
    if (seen.on) requestAnimationFrame(look)
  }
  requestAnimationFrame(look)
}"""
WATCHED = "() => { seen.on = false; return { ...seen, axes: seen.axes.size } }"


def live(visitor):
    page = visitor.page
    visitor.set("total_steps", "100")
    long = page.get_by_role("button", name=re.compile("^Remove run .*total_steps=100000"))
    if long.count():  # the axis would be as long
        long.click()
    expect(long).to_have_count(0)
    rows = visitor.rows().count()
    page.get_by_label("live: train again on every change").check()
    visitor.set("max_lr", "0.12")
    expect(visitor.status).to_contain_text("done after 100 steps", timeout=LONG)
    following = page.locator(".ow-legends tbody tr").last
    expect(following).to_contain_text("live, not kept")
    expect(visitor.rows()).to_have_count(rows)
    page.evaluate(WATCH)
    peak = page.get_by_role("slider", name="peak", exact=True)
    box = peak.locator(".ow-knob").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    step = 0
    # To and fro, once at least; on a busy machine as long as three trainings take.
    while step < 60 or (step < 1000 and page.evaluate("seen.finished") < 3):
        page.mouse.move(x + 30 * math.sin(step / 9), y + 10 + 8 * math.cos(step / 7))
        page.wait_for_timeout(20)
        step += 1
    seen = page.evaluate(WATCHED)
    page.mouse.up()
    print(seen)
    assert seen["empty"] == 0, seen
    assert seen["finished"] >= 3, seen
    assert seen["axes"] == 1, seen  # the numbers of the axes stay while the hand drags
    keep(visitor.page, f"lab-live-{visitor.page.viewport_size['width']}")
    page.get_by_label("live: train again on every change").uncheck()
    page.get_by_label("data", exact=True).select_option("spirals")
    visitor.press("Train")
    expect(visitor.rows()).to_have_count(rows + 1, timeout=LONG)
    expect(visitor.rows().last).to_contain_text("data=spirals", timeout=LONG)
    expect(page.locator("canvas.ow-plane")).to_be_visible()
    coloured = """(canvas) => new Set(
      new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, 9).data.buffer)
    ).size"""
    assert page.locator("canvas.ow-plane").evaluate(coloured) > 1


def accessible(visitor, context):
    found = Axe().run(visitor.page, context=context).response["violations"]
    serious = [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found
               if rule["impact"] in ("serious", "critical")]  # fmt: skip
    assert serious == []


def test_the_lab_in_jupyterlab(desk):
    visitor = desk.open(NOTEBOOK.name, who=Visitor)
    for _ in range(2):  # run twice, there is still one lab
        visitor.run_first_cells(4)  # a title, what is needed, Colab, the lab
        expect(visitor.page.locator(".onecycle-lab")).to_have_count(1, timeout=LONG)
    the_whole_way(visitor)
    stop_and_error(visitor)
    guard_rails(visitor)
    live(visitor)
    keep(visitor.page, "lab-projector")
    # All of it is in sight at once, below JupyterLab's bars.
    tall = visitor.page.locator(".onecycle-lab").bounding_box()["height"]
    room = visitor.page.locator(".jp-WindowedPanel-outer").first.bounding_box()["height"]
    assert tall <= room
    assert visitor.complaints == []
    accessible(visitor, ".jp-OutputArea-output")
    visitor.close()


def test_a_kernel_that_is_gone_is_told(desk):
    visitor = desk.open(NOTEBOOK.name, who=Visitor, fresh=True)
    visitor.run_first_cells(4)
    train = visitor.page.get_by_role("button", name="Train", exact=True)
    expect(train).to_be_visible(timeout=LONG)
    visitor.page.get_by_role("menuitem", name="Kernel", exact=True).click()
    visitor.page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Restart Kernel…$")).click()
    visitor.page.locator(".jp-Dialog-button.jp-mod-warn").click()
    expect(visitor.alert).to_contain_text("The kernel is gone", timeout=LONG)
    expect(train).to_have_attribute("aria-disabled", "true")
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
    keep(visitor.page, "lab-voila-phone")
    # The curves stay in sight while one scrolls down to the last control.
    visitor.page.get_by_label("seeds", exact=True).scroll_into_view_if_needed()
    expect(visitor.page.locator(".ow-stage svg")).to_be_in_viewport(ratio=0.9)
    wide = "() => [...document.querySelectorAll('.ow-board > *')]" \
           ".filter((e) => e.getBoundingClientRect().right > innerWidth + 1).length"  # fmt: skip
    assert visitor.page.evaluate(wide) == 0
    assert visitor.complaints[earlier:] == []
    visitor.close()
