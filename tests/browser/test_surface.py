"""The surface as people use it: one file from disk without a network, and in JupyterLab."""

import random
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from homes import keep
from person import PHONE, PROJECTOR, Person
from playwright.sync_api import expect

from onecycle_widgets import OneCycle, SurfaceExplorer
from onecycle_widgets.frontend import bundle as frontend
from onecycle_widgets.surfaces import RIVALS, SURFACES, roll, steering

SEED = 20261128


class Shown:
    """A surface in a window, by the names that a person (or a screen reader) knows things by."""

    def __init__(self, person, root):
        self.person, self.page, self.root = person, person.page, root

    def field(self, name):
        return self.root.get_by_label(name, exact=True)

    def slider(self, name):
        return self.root.get_by_role("slider", name=f"{name} slider", exact=True)

    def handle(self, name):
        return self.root.get_by_role("slider", name=name, exact=True)

    def button(self, name):
        return self.root.get_by_role("button", name=name, exact=True)

    @property
    def time(self):
        return self.handle("step")

    @property
    def finding(self):
        return self.root.locator(".ow-finding")

    @property
    def rows(self):
        return self.root.locator("tbody tr")

    def picture(self):
        """What is on the canvas, as text."""
        return self.root.locator("canvas").evaluate("canvas => canvas.toDataURL()")

    def middle(self, locator):
        box = locator.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def type(self, name, text):
        self.field(name).fill(text)
        self.field(name).press("Enter")


@pytest.fixture
def visit(browser, tmp_path):
    """Opens the page of a surface from disk, the network off."""
    people = []

    def open_page(explorer=None, size=PROJECTOR, link="", **options):
        person = Person(browser, size, **options)
        people.append(person)
        person.context.set_offline(True)
        made = explorer or SurfaceExplorer()
        person.page.goto(made.export(tmp_path / "surface.html").as_uri() + link)
        made.close()
        root = person.page.locator(".onecycle-surface")
        expect(root.locator("canvas")).to_be_visible()
        return Shown(person, root)

    yield open_page
    for person in people:
        assert person.complaints == []
        person.close()


def random_setting(rng, surface):
    """Rate, momenta, noise and size of a run that stays on its surface, or may."""
    steps = rng.randint(5, 300)
    policy = {
        "max_lr": float(np.exp(rng.uniform(np.log(1e-3), np.log(0.3)))),
        "total_steps": steps,
        "pct_start": rng.choice([0.2, 0.3, 0.45]) if steps > 9 else 0.5,
        "anneal_strategy": rng.choice(["cos", "linear"]),
        "cycle_momentum": rng.random() < 0.7,
        "div_factor": rng.choice([5.0, 25.0, 100.0]),
    }
    own = {
        "surface": surface,
        "schedule": rng.choice(["one cycle", *RIVALS]),
        "momentum": rng.choice([0.0, 0.5, 0.9]),
        "noise": rng.choice([0, 0.5, 1.0, 2.0]),
        "balls": rng.choice([1, 7, 60]),
        "seed": rng.choice([0, 1, 2**31, 2**32 - 1]),
    }
    return policy, own


ROLL = """([policy, own]) => {
    const setting = { policy: front.policyOn(policy), ...own };
    const steering = front.steeringOf(setting.policy, own.schedule, own.momentum);
    const surface = front.SURFACES[own.surface];
    const run = new front.Roller().roll(surface, front.steered(steering), setting);
    const listed = (values) => Array.from(values, (x) => (Number.isFinite(x) ? x : null));
    const { losses, curvature, left, steps } = run;
    const [xs, ys] = [run.xs, run.ys].map((all) => all.subarray(steps * own.balls));
    const { beyond } = front.counted(run, run.steps, surface.border);
    return { beyond, ...Object.fromEntries(
        Object.entries({ xs, ys, losses, curvature, left }).map(([n, v]) => [n, listed(v)])) };
}"""
EXPOSED = "policyOn, steeringOf, steered, SURFACES, Roller, counted"


@pytest.fixture(scope="module")
def front(browser):
    """A blank page that holds the surface's modules."""
    page = browser.new_page()
    page.goto("about:blank")
    script = frontend.joined(*frontend.MODULES["surface"])
    page.add_script_tag(type="module", content=f"{script}\nglobalThis.front = {{ {EXPOSED} }};")
    page.wait_for_function("globalThis.front")
    yield page
    page.close()


@pytest.mark.parametrize("surface", SURFACES)
def test_the_browser_rolls_as_python_does(front, surface):
    rng = random.Random(SEED)
    gone = 0
    for _ in range(20):
        policy, own = random_setting(rng, surface)
        cycle = OneCycle(**policy)
        moved = steering(cycle, own["schedule"], own["momentum"])
        run = roll(SURFACES[surface], *moved, own["noise"], own["balls"], own["seed"])
        answer = front.evaluate(ROLL, [policy, own])
        close = {"rtol": 1e-9, "atol": 1e-9, "err_msg": str((policy, own))}
        for name, ours in (("xs", run.x[-1]), ("ys", run.y[-1]), ("losses", run.losses)):
            np.testing.assert_allclose(answer[name], ours, **close)
        curvature = [np.nan if value is None else value for value in answer["curvature"]]
        np.testing.assert_allclose(curvature, run.curvature, **close)
        assert answer["left"] == run.left.tolist()
        border = SURFACES[surface].border
        if border is not None:
            assert answer["beyond"] == round(run.share_beyond(border) * own["balls"])
        gone += run.flown
    assert gone > 0 or surface not in ("bowl", "ravine", "falling")  # not only stable ones


def test_the_peak_is_dragged_and_the_balls_follow(visit):
    shown = visit()
    before, found = shown.picture(), shown.finding.inner_text()
    x, y = shown.middle(shown.handle("peak"))
    shown.page.mouse.move(x, y)
    shown.page.mouse.down()
    shown.page.mouse.move(x + 40, y + 30, steps=6)
    to_x, to_y = shown.middle(shown.handle("peak"))
    assert abs(to_x - x - 40) < 3
    assert abs(to_y - y - 30) < 3
    shown.page.mouse.up()
    rate = float(shown.field("max_lr").input_value())
    share = float(shown.field("pct_start").input_value())
    assert 0.03 < rate < 0.1
    assert 0.35 < share < 0.45
    assert shown.finding.inner_text() != found
    assert f"peak of {rate:.3g}" in shown.finding.inner_text()
    assert shown.picture() != before
    expect(shown.time).to_have_value("400")  # a pull does not move the time


def test_a_rivals_peak_is_a_handle_too(visit):
    shown = visit(SurfaceExplorer(schedule="cosine"))
    expect(shown.handle("first rate")).to_have_count(0)
    shown.handle("peak").focus()
    shown.page.keyboard.press("ArrowDown")
    expect(shown.field("max_lr")).to_have_value("0.089")
    x, y = shown.middle(shown.handle("peak"))
    shown.page.mouse.move(x, y)
    shown.page.mouse.down()
    shown.page.mouse.move(x, y + 40, steps=5)
    shown.page.mouse.up()
    assert float(shown.field("max_lr").input_value()) < 0.07


def test_the_time_is_dragged_in_the_strips(visit):
    shown = visit()
    at_end = shown.picture()
    box = shown.root.locator(".ow-strips .ow-chart").bounding_box()
    middle = box["y"] + box["height"] * 0.55
    shown.page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    shown.page.mouse.down()
    early = int(shown.time.input_value())
    assert 50 < early < 130
    shown.page.mouse.move(box["x"] + box["width"] * 0.6, middle, steps=5)
    late = int(shown.time.input_value())
    assert early + 60 < late < 280
    shown.page.mouse.up()
    shown.page.mouse.move(box["x"] + box["width"] * 0.9, middle)
    assert int(shown.time.input_value()) == late  # let go
    assert shown.picture() != at_end
    expect(shown.root.locator(".ow-moment")).to_contain_text(f"after {late} of 400 steps")


def test_play_runs_to_the_end_and_steps_are_single(visit):
    shown = visit(SurfaceExplorer(OneCycle(0.1, 60)))
    shown.button("One step back").click()
    expect(shown.time).to_have_value("59")
    shown.button("One step on").click()
    expect(shown.time).to_have_value("60")
    shown.button("One step on").click()
    expect(shown.time).to_have_value("60")
    shown.time.fill("10")
    shown.button("Play").click()
    expect(shown.button("Pause")).to_be_visible()
    shown.page.wait_for_function("() => document.querySelector('.ow-step').value > 15")
    shown.button("Pause").click()
    expect(shown.button("Play")).to_be_visible()
    shown.time.fill("50")
    shown.button("Play").click()
    expect(shown.time).to_have_value("60", timeout=20_000)
    expect(shown.button("Play")).to_be_visible()


def test_who_wants_little_motion_sees_few_pictures(visit):
    shown = visit(SurfaceExplorer(OneCycle(0.1, 160)), reduced_motion="reduce")
    expect(shown.button("Play")).to_be_visible()  # nothing plays by itself
    shown.time.fill("0")
    shown.page.evaluate("""() => {
        const input = document.querySelector(".ow-step");
        globalThis.seen = new Set();
        const look = () => { seen.add(Number(input.value)); requestAnimationFrame(look); };
        look();
    }""")
    shown.button("Play").click()
    expect(shown.time).to_have_value("160", timeout=30_000)
    seen = shown.page.evaluate("[...seen]")
    assert len(seen) > 3
    assert all(step % 10 == 0 for step in seen)


def test_runs_are_pinned_compared_restored_and_removed(visit):
    shown = visit(SurfaceExplorer(surface="wells"))
    shown.button("Pin this run").click()
    expect(shown.rows).to_have_count(2)
    expect(shown.button("Pin this run")).to_have_attribute("aria-disabled", "true")
    shown.type("max_lr", "0.2")
    expect(shown.rows.nth(0)).to_contain_text("max_lr=0.2")
    expect(shown.rows.nth(1)).to_contain_text("max_lr=0.1")
    counts = [int(shown.rows.nth(i).locator("td").nth(1).inner_text()) for i in range(2)]
    surface = SURFACES["wells"]
    for peak, count in zip((0.2, 0.1), counts, strict=True):
        run = roll(surface, *steering(OneCycle(peak, surface.steps)))
        assert count == round(200 * run.share_beyond(surface.border))
    lines = shown.root.locator(".ow-lines path.ow-pin-0")
    expect(lines).to_have_count(3)  # rate, loss, curvature
    shown.button("Restore pin 1").click()
    expect(shown.field("max_lr")).to_have_value("0.1")
    shown.field("schedule").select_option("constant")
    shown.button("Pin this run").click()
    expect(shown.rows).to_have_count(3)
    shown.button("Remove pin 1").click()
    expect(shown.rows).to_have_count(2)
    expect(shown.rows.nth(1)).to_contain_text("1: as now")
    # On another surface the pin stays in the table; its lines would mean nothing there.
    shown.field("surface").select_option("bowl")
    expect(shown.rows.nth(1)).to_contain_text("two wells")
    expect(lines).to_have_count(0)


def test_a_preset_shows_its_sentence_and_undo_takes_it_back(visit):
    shown = visit()
    shown.field("preset").select_option("bowl: above the limit")
    expect(shown.finding).to_contain_text("all 200 balls fly off")
    look = shown.root.locator(".ow-look")
    expect(look).to_contain_text("dashed limit")
    expect(look).to_contain_text("arXiv:2103.00065")
    assert shown.root.locator(".ow-zones path").get_attribute("d") != ""
    shown.field("preset").press("Control+z")
    expect(shown.finding).to_contain_text("in the river valley")
    shown.button("Redo").click()
    expect(shown.field("surface")).to_have_value("bowl")
    shown.type("balls", "3")
    shown.button("Reset").click()
    expect(shown.field("surface")).to_have_value("valley")
    expect(shown.field("balls")).to_have_value("200")
    expect(shown.field("preset")).to_have_value("valley: one cycle")


def test_another_surface_brings_its_own_length(visit):
    shown = visit()
    shown.field("surface").select_option("ravine")
    expect(shown.field("total_steps")).to_have_value("100")
    expect(shown.time).to_have_value("100")
    shown.type("total_steps", "150")  # who has set one keeps it
    expect(shown.time).to_have_value("150")
    shown.field("surface").select_option("wells")
    expect(shown.field("total_steps")).to_have_value("150")


WRONG = {
    "balls": ("0", "balls must be a whole number from 1 to 500, got 0"),
    "noise": ("much", "noise must be a number from 0 to 100, got 'much'"),
    "total_steps": ("9000", "total_steps must be at most 2000 on a surface, got 9000"),
    "pct_start": ("2", "pct_start must be a number between 0 and 1, got 2"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_said_and_the_picture_stays(visit, name):
    shown = visit()
    before, found = shown.picture(), shown.finding.inner_text()
    text, message = WRONG[name]
    good = shown.field(name).input_value()
    shown.type(name, text)
    expect(shown.root.get_by_role("alert").filter(has_text=message)).to_be_visible()
    expect(shown.field(name)).to_have_attribute("aria-invalid", "true")
    assert shown.picture() == before
    assert shown.finding.inner_text() == found
    shown.type(name, good)
    expect(shown.field(name)).to_have_attribute("aria-invalid", "false")


def test_a_screen_reader_hears_the_finding_once_all_is_calm(visit):
    shown = visit(SurfaceExplorer(surface="wells"))
    live = shown.root.locator("[aria-live=polite]")
    expect(live).to_have_text("")
    for _ in range(4):
        shown.slider("max_lr").press("ArrowRight")
    expect(live).to_have_text(re.compile(r"balls end in the wide well\.$"))
    shown.time.press("ArrowLeft")
    expect(live).to_have_text(re.compile(r"^after 399 of 400 steps, mean loss .+ wide well\.$"))
    assert "mean loss" in shown.time.get_attribute("aria-valuetext")


def test_the_keyboard_reaches_everything(visit):
    shown = visit(SurfaceExplorer(OneCycle(0.1, 50), balls=5))
    shown.page.keyboard.press("Tab")
    seen = []
    for _ in range(60):
        name = shown.page.evaluate("""() => {
            const one = document.activeElement;
            return one.getAttribute("aria-label") ?? one.labels?.[0]?.textContent.trim()
                ?? one.textContent;
        }""")
        if name in seen:
            break
        seen.append(name)
        shown.page.keyboard.press("Tab")
    for name in ("surface", "schedule", "preset", "Play", "step", "trails", "peak", "first rate",
                 "max_lr", "pct_start slider", "noise", "balls", "Pin this run"):  # fmt: skip
        assert name in seen, (name, seen)
    shown.field("trails").press("Space")
    expect(shown.field("trails")).to_be_checked()


def test_the_address_keeps_the_state(visit):
    shown = visit()
    shown.field("surface").select_option("wells")
    shown.type("max_lr", "0.2")
    shown.button("Pin this run").click()
    shown.type("seed", "5")
    shown.time.fill("123")
    shown.page.wait_for_url("**/surface.html#*seed=5*step=123*pin=*")
    found, picture = shown.finding.inner_text(), shown.picture()
    shown.page.reload()
    expect(shown.finding).to_have_text(found)
    expect(shown.time).to_have_value("123")
    expect(shown.rows).to_have_count(2)
    assert shown.picture() == picture


def test_the_link_is_copied(visit):
    shown = visit(permissions=["clipboard-read", "clipboard-write"])
    shown.type("seed", "9")
    shown.button("Copy link").click()
    expect(shown.button("Link copied")).to_be_visible()
    link = shown.page.evaluate("() => navigator.clipboard.readText()")
    assert "/surface.html#max_lr=0.1&" in link
    assert "seed=9" in link
    shown.type("seed", "10")
    expect(shown.button("Copy link")).to_be_visible()


def test_a_policy_in_epochs_is_counted_in_steps_from_then_on(visit):
    shown = visit(SurfaceExplorer(OneCycle(0.1, epochs=4, steps_per_epoch=25)))
    expect(shown.field("total_steps")).to_have_value("100")
    shown.type("total_steps", "120")
    expect(shown.time).to_have_value("120")
    expect(shown.root.locator(".ow-moment")).to_contain_text("after 120 of 120 steps")


def test_a_finger_drags_the_peak(visit):
    shown = visit(size=PHONE, has_touch=True)
    shown.handle("peak").scroll_into_view_if_needed()
    x, y = shown.middle(shown.handle("peak"))
    touch = shown.page.context.new_cdp_session(shown.page)

    def send(kind, at_y):
        points = [] if kind == "touchEnd" else [{"x": x, "y": at_y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    send("touchStart", y)
    for by in range(1, 6):
        send("touchMove", y + 6 * by)
    send("touchEnd", y)
    assert float(shown.field("max_lr").input_value()) < 0.08


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=["projector", "phone"])
def test_looks_and_accessibility(visit, size, scheme):
    explorer = SurfaceExplorer(surface="wells")
    own = {name: getattr(explorer, name) for name in explorer.SETTINGS if name != "step"}
    explorer.pins = [{"max_lr": rate, "total_steps": 400} | own for rate in (0.03, 0.05, 0.3)]
    shown = visit(explorer, size, color_scheme=scheme)
    shown.field("trails").check()
    width, height = shown.page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert width <= size["width"]
    if size is PROJECTOR:
        assert height <= size["height"]
    found = Axe().run(shown.page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    keep(shown.page, f"surface-{size['width']}-{scheme}")


def test_nothing_jumps_while_things_change(visit):
    shown = visit()
    places = """root => [".ow-bar", "canvas", ".ow-strips", ".ow-time", ".ow-set", ".ow-compared"]
        .map((name) => root.querySelector(name).getBoundingClientRect().top)"""
    before = shown.root.evaluate(places)
    for preset in ("bowl: above the limit", "wells: a high peak", "valley: a small constant rate"):
        shown.field("preset").select_option(preset)
        shown.time.fill("30")
        assert shown.root.evaluate(places) == before


def test_the_map_follows_the_theme(visit):
    shown = visit(color_scheme="light")
    light = shown.picture()
    shown.page.emulate_media(color_scheme="dark")
    shown.page.wait_for_function(
        "(light) => document.querySelector('canvas').toDataURL() !== light", arg=light
    )


def test_drag_is_right_on_a_scaled_page(visit):
    """As on slides, where a transform makes client pixels differ from the picture's units."""
    shown = visit()
    shown.page.evaluate("document.body.style.zoom = 0.7")
    x, y = shown.middle(shown.handle("peak").locator(".ow-knob"))
    shown.page.mouse.move(x, y)
    shown.page.mouse.down()
    shown.page.mouse.move(x + 30, y + 20, steps=5)
    to_x, to_y = shown.middle(shown.handle("peak").locator(".ow-knob"))
    assert abs(to_x - x - 30) < 3
    assert abs(to_y - y - 20) < 3
    shown.page.mouse.up()


SETUP = """\
from onecycle_widgets import SurfaceExplorer
explorer = SurfaceExplorer(surface="wells")
explorer"""


def test_the_kernel_counts_what_the_browser_counts(in_lab):
    ask = "print([explorer.policy.max_lr, round(200 * explorer.share_in_wide)])"
    person = in_lab.run(SETUP, ask)
    root = person.page.locator(".onecycle-surface")
    expect(root.locator("canvas")).to_be_visible(timeout=30_000)
    shown = Shown(person, root)
    for rate in ("0.1", "0.13", "0.2"):
        shown.type("max_lr", rate)
        expect(shown.field("max_lr")).to_have_value(rate)
        count = shown.rows.nth(0).locator("td").nth(1).inner_text()
        in_lab.kernel_hears(person, f"[{rate}, {count}]")
    cell = person.page.locator(".jp-Notebook .jp-Cell").nth(1)
    cell.locator(".cm-content").click()
    person.page.keyboard.press("Control+a")
    person.page.keyboard.type("explorer.surface, explorer.max_lr = 'bowl', 0.3")
    person.page.keyboard.press("Control+Enter")
    expect(shown.finding).to_contain_text("in the bowl: all 200 balls fly off")
    expect(shown.field("max_lr")).to_have_value("0.3")
    root.scroll_into_view_if_needed()
    keep(person.page, "surface-in-jupyterlab")
