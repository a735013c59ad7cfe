"""The page from disk in Firefox and in WebKit: the same numbers, the same answers to a hand."""

import base64
import csv
import io
import re
import shutil
import xml.etree.ElementTree as ElementTree
from contextlib import contextmanager

import numpy as np
import pytest
import sites
from engines import ENGINES
from lessons import LESSONS, NOTEBOOKS
from test_one_truth import CURVE, EXPOSED, policies
from waiting import wait_until

from onecycle_widgets import OneCycle
from onecycle_widgets.frontend import bundle as frontend
from onecycle_widgets.lab.run import train
from onecycle_widgets.lab.task import Task

NEAR = 1.5  # pixels: a handle stays below the pointer, which lies on whole ones
EXACT = 1e-13  # relative: the cosines of Firefox differ from Python's in the last place
LONG = 3000  # steps
# Put before the page's own policy, which lets no script in: WebKit's driver tells of no errors.
LISTENS = """<script>
  window.complaints = [];
  const note = (event) => complaints.push(
    String(event.message ?? event.reason ?? event.violatedDirective));
  for (const name of ["error", "unhandledrejection", "securitypolicyviolation"])
    addEventListener(name, note);
  for (const name of ["error", "warn"])
    console[name] = (...words) => complaints.push(words.join(" "));
</script>"""
# Controls by the names that a person knows them by.
FIND = """(name) => [...document.querySelectorAll("[aria-label], input, select, button")].find(
    (one) => one.getAttribute("aria-label") === name
        || [...(one.labels ?? [])].some((label) => label.textContent.trim() === name)
        || one.matches("button") && one.textContent === name)"""


class Page:
    """The explorer, by the names of its parts."""

    def __init__(self, engine):
        self.engine = engine

    def with_part(self, name, function):
        return self.engine.ask(f"(name) => ({function})(({FIND})(name))", name)

    def value(self, name):
        return self.with_part(name, "(part) => part.value")

    def shows(self, name, value):
        """Firefox says that a key was pressed before a busy page has heard of it."""
        wait_until(lambda: self.value(name) == value, f"{name}: {value}")

    def click(self, name):
        self.with_part(name, "(part) => part.click()")

    def press(self, name, *keys):
        self.with_part(name, "(part) => part.focus()")
        self.engine.press(*keys)

    def text(self, selector):
        return self.engine.ask("(at) => document.querySelector(at).textContent", selector)

    def count(self, selector):
        return self.engine.ask("(at) => document.querySelectorAll(at).length", selector)

    def middle(self, name):
        seen = "(part) => part.querySelector('.ow-knob').getBoundingClientRect().toJSON()"
        box = self.with_part(name, seen)
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def pull(self, name, dx, dy):
        """Pull a handle by so many pixels; returns by how many it has moved when it is let go."""
        x, y = self.middle(name)
        self.engine.pull((x, y), (x + dx / 2, y + dy / 2), (x + dx, y + dy))
        at, down = self.middle(name)
        self.engine.let_go()
        return at - x, down - y

    def says(self, code):
        wait_until(lambda: self.text(".ow-code") == code, code)


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, tmp_path_factory):
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as engine:
        yield engine


@contextmanager
def opened(engine, name, folder):
    """A stored page, whose complaints are heard."""
    text = (NOTEBOOKS / name).read_text(encoding="utf-8")
    begin = '<meta charset="utf-8">\n'
    assert text.count(begin) == 1
    own = folder / name
    own.write_text(text.replace(begin, begin + LISTENS), encoding="utf-8")
    engine.open(own.as_uri())
    yield Page(engine)
    assert engine.ask("() => complaints") == []


@pytest.fixture
def page(engine, tmp_path):
    with opened(engine, "explorer.html", tmp_path) as page:
        yield page


@pytest.fixture
def lab(engine, tmp_path):
    with opened(engine, "lab.html", tmp_path) as page:
        yield page


SEEN = """() => [...document.querySelectorAll(".ow-lines path")].map((path) => {
    const { width, height } = path.getBoundingClientRect();
    return { d: path.getAttribute("d"), width, height, stroke: getComputedStyle(path).stroke };
})"""


def test_the_curves_are_drawn(page):
    lines = page.engine.ask(SEEN)
    assert len(lines) == 2  # momentum and rate
    for line in lines:
        assert line["d"].count("L") > 100
        assert line["width"] > 400
        assert line["height"] > 40
        assert line["stroke"] == "rgb(0, 114, 178)"
    assert page.text(".ow-finding") == "From 0.004 up to 0.1 (step 299), then down to 4e-07"
    assert page.count(".ow-handle") == 5
    page.says(OneCycle(0.1, 1000).code())


def test_complaints_are_heard(page):
    """Of the console, of a script that fails, and of the page's own policy."""
    page.engine.ask("""() => new Promise((resolve) => {
        console.error("said aloud");
        setTimeout(() => { throw new Error("too late"); });
        const picture = new Image();
        picture.src = "https://127.0.0.1:9/none.png";
        document.body.append(picture);
        setTimeout(resolve, 200);
    })""")
    heard = page.engine.ask("() => complaints.splice(0)")
    assert "said aloud" in heard
    assert "img-src" in heard
    assert len(heard) == 3  # of the last WebKit says no more than "Script error."


def test_a_mouse_drags_every_handle(page):
    dx, dy = page.pull("peak", 61, 50)
    assert abs(dx - 61) < NEAR
    assert abs(dy - 50) < NEAR
    given = {"max_lr": float(page.value("max_lr")), "total_steps": 1000}
    given["pct_start"] = float(page.value("pct_start"))
    assert 0.05 < given["max_lr"] < 0.09
    assert 0.35 < given["pct_start"] < 0.5
    dx, dy = page.pull("first rate", 30, -40)
    assert abs(dx) < NEAR
    assert abs(dy + 40) < NEAR
    given["div_factor"] = float(page.value("div_factor"))
    assert 2 < given["div_factor"] < 5
    page.click("log rate axis")
    assert abs(page.pull("last rate", 0, -60)[1] + 60) < NEAR
    given["final_div_factor"] = float(page.value("final_div_factor"))
    assert given["final_div_factor"] < 1000
    page.pull("lowest momentum", 0, -10)
    page.pull("highest momentum", 0, 10)
    given["base_momentum"] = float(page.value("base_momentum"))
    given["max_momentum"] = float(page.value("max_momentum"))
    assert 0.85 < given["base_momentum"] < given["max_momentum"] < 0.95
    page.says(OneCycle(**given).code())


def test_keys_move_handles_and_sliders_and_undo(page):
    for name, key, field, value in [
        ("peak", "ArrowRight", "pct_start", "0.31"), ("peak", "ArrowUp", "max_lr", "0.11"),
        ("lowest momentum", "ArrowDown", "base_momentum", "0.84"),
        ("pct_start slider", "ArrowRight", "pct_start", "0.32"),
        ("div_factor slider", "ArrowLeft", "div_factor", "22"),
    ]:  # fmt: skip
        page.press(name, key)
        page.shows(field, value)
    assert page.with_part("peak", "(part) => part.getAttribute('aria-valuetext')") == (
        "max_lr 0.11, pct_start 0.32"
    )
    page.engine.press("Control", "z")
    page.shows("div_factor", "25")
    page.press("step", "ArrowRight")
    page.shows("step", "1")
    assert page.text(".ow-where").startswith("step 1 of 999\nepoch 1 of 10 · warm-up\n")


def test_a_pin_stays_beside_the_curve(page):
    page.click("Pin this curve")
    page.pull("peak", 60, 0)
    assert page.count(".ow-pins li") == 1
    assert page.count(".ow-lines path") == 4
    assert "1" in page.text(".ow-tags")
    page.click("Restore pin 1: pct_start=0.3")
    page.says(OneCycle(0.1, 1000).code())


def test_what_is_saved_has_the_numbers_and_the_picture(page):
    page.pull("peak", 40, 30)
    page.click("Pin this curve")
    page.pull("peak", 40, 0)
    share, top = (float(page.value(name)) for name in ("pct_start", "max_lr"))
    page.click("CSV")
    names, *rows = csv.reader(io.StringIO(page.engine.saved("onecycle.csv")))
    assert names[:3] == ["step", "lr", "momentum"]
    assert len(names) == 5  # and the pin's
    saved = np.array(rows, dtype=float)
    curve = OneCycle(top, 1000, pct_start=share).curve()
    np.testing.assert_allclose(saved[:, 1], curve.lr, rtol=EXACT, atol=0)
    np.testing.assert_allclose(saved[:, 2], curve.momentum, rtol=EXACT, atol=0)
    page.click("SVG")
    picture = ElementTree.fromstring(page.engine.saved("onecycle.svg"))
    space = "{http://www.w3.org/2000/svg}"
    strokes = {path.get("style") for path in picture.iter(f"{space}path")}
    assert any("stroke: rgb(0, 114, 178)" in style for style in strokes)
    assert len(list(picture.iter(f"{space}path"))) == 4
    assert picture.find(f"{space}title").text == page.text(".ow-finding")


def test_an_address_is_read_and_follows(page, engine):
    url = engine.ask("() => location.href")
    engine.open("about:blank")  # else only what is behind the # would change
    engine.open(f"{url}#max_lr=0.5&total_steps=200&three_phase=true")
    page.says(OneCycle(0.5, 200, three_phase=True).code())
    page.press("pct_start slider", "ArrowRight")
    wait_until(lambda: "pct_start=0.31" in engine.ask("() => location.hash"), "the address")


MODULE = """(source) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.type = "module";
    script.textContent = source;
    script.onerror = reject;
    document.head.append(script);
    const look = () => (globalThis.front ? resolve(true) : setTimeout(look, 10));
    look();
})"""


def test_the_numbers_are_pythons(engine, tmp_path):
    """Of every sixteenth policy that Chromium is asked about, and of the longest.

    Where a cosine differs in its last place, a rate does by a ten-quadrillionth of the peak; that
    is more than EXACT of the rate itself only in long cycles, next to their end.
    """
    blank = tmp_path / "blank.html"
    blank.write_text("<!DOCTYPE html>", encoding="utf-8")
    engine.open(blank.as_uri())
    source = frontend.joined(*frontend.MODULES["explorer"])
    engine.ask(MODULE, f"{source}\nglobalThis.front = {{ {EXPOSED} }};")
    worst, steps = 0.0, 0
    every = policies()
    for given, policy in [*every[::16], *every[-2:]]:
        answer = engine.ask(CURVE, given)
        values = np.frombuffer(base64.b64decode(answer["values"])).reshape(2, -1)
        curve = policy.curve()
        for mine, python in zip(values, [curve.lr, curve.momentum], strict=True):
            if python is None:  # not cycled
                continue
            python = python.ravel()
            np.testing.assert_allclose(mine, python, rtol=0, atol=1e-15 * python.max())
            if policy.total_steps <= LONG:
                np.testing.assert_allclose(mine, python, rtol=EXACT, atol=0, err_msg=given)
            scale = np.where(python == 0, 1, np.abs(python))
            worst = max(worst, (np.abs(mine - python) / scale).max())
        steps += policy.total_steps
    print(f"largest relative difference {worst:.1e} over {steps:,} steps")


def test_the_lab_trains_to_torchs_numbers(lab):
    policy, task = {"max_lr": 0.1, "total_steps": 100}, Task()
    found = lab.engine.ask("(policy) => onecycle.train({ policy })", policy)
    wanted = train(task, OneCycle(**policy), lambda: False, lambda run: None)
    np.testing.assert_allclose(found["loss"], wanted.loss[0], rtol=1e-8)
    np.testing.assert_array_equal(found["accuracy"], wanted.accuracy[0])


def test_the_lab_goes_the_whole_way(lab):
    lab.click("Run the range test")
    wait_until(lambda: "range test done" in lab.text(".ow-status"), "a range test")
    lab.click("halfway: 0.114 recommended")
    lab.click("Train")
    wait_until(lambda: "done after 300 steps" in lab.text(".ow-status"), "a training")
    assert lab.count("tbody tr") == 1
    assert "97." in lab.text(".ow-finding")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The web site, each of whose pages hears its complaints."""
    folder = tmp_path_factory.mktemp("engines") / "site"
    shutil.copytree(sites.made(tmp_path_factory)[0], folder)
    begin = re.compile(r'<meta charset="utf-8" ?/?>', re.IGNORECASE)
    for path in folder.rglob("*.html"):
        text, found = begin.subn(rf"\g<0>{LISTENS}", path.read_text(encoding="utf-8"), count=1)
        assert found == 1, path
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def visit(engine, site):
    """Opens a page of the site; it may not complain."""

    def open_page(name):
        engine.open((site / f"{name}.html").as_uri())
        return Page(engine)

    yield open_page
    assert engine.ask("() => complaints") == []


def test_the_sites_front_page_is_alive(visit):
    page = visit("index")
    assert page.count(".ow-stored .ow") == 2
    told = "(part) => part.getAttribute('aria-valuetext')"
    assert page.with_part("peak", told) == "max_lr 0.1, pct_start 0.3"
    page.press("peak", "ArrowUp")
    wait_until(lambda: page.with_part("peak", told) == "max_lr 0.11, pct_start 0.3", "the peak")


ASKED = """() => {
    const [show] = [...document.querySelectorAll(".ow-asking button")]
        .filter((button) => button.textContent === "Show the curve");
    show.click();
}"""


def test_a_lesson_of_the_site_asks_and_answers(visit):
    page = visit(f"notebooks/{LESSONS['policy'].path.stem}")
    assert page.count(".ow-stored .ow") > 5
    assert page.count(".ow-asking") == 1
    page.engine.ask(ASKED)
    wait_until(lambda: page.count(".ow-asking") == 0, "the curve")
    solution = page.engine.ask(
        "() => { const d = document.querySelector('details.hide');"
        " d.querySelector('summary').click(); return d.open; }"
    )
    assert solution


def test_the_sites_search_finds_a_lesson(visit):
    page = visit("notebooks/CLASS")
    typed = "(part) => { part.focus(); part.value = 'sharpness'; }"
    page.with_part("Search", typed)
    page.engine.press("Enter")
    found = "() => document.querySelector('#search-results')?.textContent ?? ''"
    wait_until(lambda: "Why it works" in page.engine.ask(found), "what the search finds")
