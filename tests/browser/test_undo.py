"""Going back: undo and redo, the address that follows, and JupyterLab's own commands."""

import json

from person import PROJECTOR, Person
from playwright.sync_api import expect

from onecycle_widgets import OneCycle, OneCycleExplorer
from onecycle_widgets.frontend import bundle as frontend

LISTEN = """() => {
    window.ran = [];
    jupyterapp.commands.commandExecuted.connect((_, { id }) => window.ran.push(id));
}"""

# Without a pause, which would make changes of their own: key by key, a busy machine makes pauses.
THREE_STEPS = """(slider) => {
    for (let i = 0; i < 3; i++) {
        slider.stepUp();
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
}"""


def test_every_change_is_undone_and_made_again(home):
    person, explorer = home.open()
    keys = person.page.keyboard

    def shows(pins=0, **given):
        policy = OneCycle(**{"max_lr": 0.1, "total_steps": 1000} | given)
        expect(explorer.code).to_have_text(policy.code())
        expect(explorer.root.locator(".ow-pins li")).to_have_count(pins)

    expect(explorer.button("Undo")).to_have_attribute("aria-disabled", "true")
    explorer.drag("peak", 0, 60)  # many changes, one pull
    top = float(explorer.field("max_lr").input_value())
    explorer.button("Pin this curve").click()
    explorer.slider("pct_start").focus()
    explorer.slider("pct_start").evaluate(THREE_STEPS)
    shows(max_lr=top, pct_start=0.33, pins=1)
    keys.press("Control+z")  # while the slider has the focus
    shows(max_lr=top, pins=1)
    keys.press("Control+z")
    shows(max_lr=top)
    explorer.button("Undo").click()
    shows()
    expect(explorer.button("Undo")).to_have_attribute("aria-disabled", "true")
    keys.press("Control+Shift+Z")
    shows(max_lr=top)
    explorer.button("Redo").click()
    keys.press("Control+y")
    shows(max_lr=top, pct_start=0.33, pins=1)
    expect(explorer.button("Redo")).to_have_attribute("aria-disabled", "true")
    explorer.root.get_by_label("pin a rival").select_option("cosine, warm-up")
    shows(max_lr=top, pct_start=0.33, pins=2)
    expect(explorer.root.locator(".ow-pins li").last).to_contain_text("2: cosine, warm-up")
    expect(explorer.button("Restore pin 2: cosine, warm-up")).to_have_count(0)
    if home.kind == "lab":
        home.kernel_hears(person, "pct_start=0.33")


# A model whose wire is slow: three steps, and then the echo of the first one.
SLOW_WIRE = """async () => {
    const { state, front } = globalThis;
    const heard = [];
    const told = [];
    const model = {
        get: (name) => state[name],
        set: (name, value) => { state[name] = value; heard.forEach((hear) => hear()); },
        save_changes: () => told.push(state.pct_start),
        on: (event, hear) => event === "change" && heard.push(hear),
        off: () => {},
    };
    const el = document.body.appendChild(document.createElement("div"));
    front.render({ model, el });
    const slider = el.querySelector("[aria-label='pct_start slider']");
    for (let i = 0; i < 3; i++) {
        slider.stepUp();
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        model.set("pct_start", 0.31);
    }
    const shown = [el.querySelector(".ow-code").textContent];
    const isTold = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)));
    await isTold();
    [...el.querySelectorAll("button")].find((one) => one.textContent.includes("Undo")).click();
    shown.push(el.querySelector(".ow-code").textContent);
    await isTold();
    model.set("pct_start", 0.7); // and this is no echo
    shown.push(el.querySelector(".ow-code").textContent);
    return [told, shown];
}"""


def test_an_echo_takes_nothing_back(browser):
    page = browser.new_page()
    page.goto("about:blank")
    widget = OneCycleExplorer()
    state = json.dumps(widget.get_state())
    widget.close()
    script = frontend.joined(*frontend.MODULES["explorer"])
    expose = f"globalThis.state = {state}; globalThis.front = {{ render }};"
    page.add_script_tag(type="module", content=f"{script}\n{expose}")
    page.wait_for_function("globalThis.front")
    told, shown = page.evaluate(SLOW_WIRE)
    assert told == [0.33, 0.3]
    assert "pct_start=0.33," in shown[0]
    assert "pct_start" not in shown[1]  # one change, undone at once
    assert "pct_start=0.7," in shown[2]
    page.close()


def test_in_a_field_what_is_typed_comes_first(home):
    person, explorer = home.open()
    field, keys = explorer.field("max_lr"), person.page.keyboard
    explorer.type("max_lr", "0.5")
    field.focus()
    keys.press("End")
    keys.type("7")
    expect(field).to_have_value("0.57")
    keys.press("Control+z")  # the typing
    expect(field).to_have_value("0.5")
    expect(explorer.code).to_contain_text("max_lr=0.5,")
    keys.press("Control+z")  # the curve
    expect(field).to_have_value("0.1")
    expect(explorer.code).to_contain_text("max_lr=0.1,")


def test_what_was_impossible_is_undone_too(home):
    _, explorer = home.open()
    explorer.type("pct_start", "1")
    expect(explorer.alert).to_have_count(1)
    explorer.button("Undo").click()
    expect(explorer.alert).to_have_count(0)
    expect(explorer.field("pct_start")).to_have_value("0.3")


def test_saving_works_while_a_control_has_the_focus(in_lab):
    person, explorer = in_lab.open()
    page = person.page
    page.evaluate(LISTEN)
    for control in (
        explorer.slider("pct_start"),
        explorer.field("max_lr"),
        explorer.handle("peak"),
    ):
        page.evaluate("window.ran = []")
        control.focus()
        page.keyboard.press("Control+s")
        page.wait_for_function("window.ran.includes('docmanager:save')")
        page.keyboard.press("ArrowRight")  # which is not a command
        expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
    explorer.slider("pct_start").focus()
    page.keyboard.press("d")
    page.keyboard.press("d")  # would delete the cell
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)


# When the page's own timer, of a fifth of a second, has rung.
LATER = """new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 500)))"""


def test_the_address_follows(browser, tmp_path):
    person = Person(browser, PROJECTOR)
    file = OneCycleExplorer().export(tmp_path / "explorer.html").as_uri()
    person.page.goto(file)
    explorer = person.explorer()
    explorer.type("max_lr", "0.25")
    explorer.button("Pin this curve").click()
    explorer.drag("peak", 80, 30)
    explorer.root.get_by_label("log rate axis").check()
    explorer.cursor.fill("321")
    code = explorer.code.inner_text()
    person.page.wait_for_url("**/explorer.html#*log_rate=true*step=321*")
    person.page.reload()
    explorer = person.explorer()
    expect(explorer.code).to_have_text(code)
    expect(explorer.root.locator(".ow-pins li")).to_have_count(1)
    expect(explorer.root.get_by_label("log rate axis")).to_be_checked()
    expect(explorer.cursor).to_have_value("321")
    address = person.page.url
    explorer.type("pct_start", "1")  # impossible: the address keeps what was possible
    person.page.evaluate(LATER)
    assert person.page.url == address
    assert person.complaints == []
    person.close()
