"""From a key press, or a pull, to the new picture: our explorer beside other sliders with a plot.

    python -m pip install ".[test,bench]"
    python tests/benchmarks/latency.py [--presses 40] [--bursts 3] [--only ours,interact]

Each contender is a notebook in JupyterLab, in a headless Chromium of 1280x720: the rate of a
1cycle policy over 1,000 steps, momentum below it, eight sliders or more; ours has three pinned
curves besides. Arrow keys move `pct_start`; of "handle", which is ours as well, a mouse pulls the
peak to and fro; "groups" is ours with 64 parameter groups, the most that are drawn. The lag after
a burst runs from the last of 30 presses, sent as fast as a held key repeats, to the last new
picture, after which nothing changes for 1.5 s. Then all of it again with 200 ms added to every
message to and from the kernel.

The clock starts at the own time stamp of the key or pointer event. A new picture is a path's
other `d`, an image's `load` or a canvas's `drawImage`; then come an animation frame (none where the
change was made in one, and is part of it) and a task, which takes the time. Of several changes
after one press the last counts: only then is the picture whole. All are warmed up; rounds are
interleaved. Decoding after `load`, and what a wire takes for size, are not counted: both favour the
others. Nor is the compositor's work after the page's own (5 to 20 ms on a busy machine).
"""

import argparse
import math
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).absolute().parents[1]))
sys.path.insert(0, str(Path(__file__).absolute().parents[1] / "browser"))

from person import PROJECTOR, Person
from programs import NO_CHROMIUM, Lab, find_chromium, running_chromium, running_lab

WARM_UP, BURST = 2, 30  # presses, each way and one way
SLIDER = "[aria-label='pct_start slider'], .widget-slider:has-text('pct_start') [role=slider]"
REPEAT = 0.033  # seconds between the presses of a held key
CALM, LONG_CALM = 80, 1500  # ms without a message or a new picture
Rows = dict[str, tuple[float, float, float]]  # median, p90, lag
DELAYS = {"plain": 0, "+200 ms for each kernel message": 200}

SLIDERS = """
import ipywidgets as widgets
from onecycle_widgets import OneCycle
sliders = {
    name: (widgets.IntSlider if isinstance(value, int) else widgets.FloatSlider)(
        value, min=low, max=high, step=step, description=name)
    for name, value, low, high, step in [
        ("max_lr", 0.1, 0.01, 1, 0.01), ("total_steps", 1000, 10, 5000, 1),
        ("pct_start", 0.3, 0.01, 0.99, 0.01), ("epochs", 1, 1, 100, 1),
        ("div_factor", 25.0, 1, 100, 1), ("final_div_factor", 1e4, 1, 1e5, 1),
        ("base_momentum", 0.85, 0, 0.9, 0.01), ("max_momentum", 0.95, 0.9, 0.99, 0.01)]
}
def with_sliders(show, *pictures):
    tell = lambda *_: show(**{name: slider.value for name, slider in sliders.items()})
    for slider in sliders.values():
        slider.observe(tell, "value")
    tell()
    return widgets.VBox([*sliders.values(), *pictures])
"""
MATPLOTLIB = f"""{SLIDERS}
import io
import matplotlib.pyplot as plt
def blank():
    figure, axes = plt.subplots(2, sharex=True)  # matplotlib's own size, 640 by 480
    axes[0].set_ylabel("learning rate")
    axes[1].set(ylabel="momentum", xlabel="step")
    return figure, [axis.plot([])[0] for axis in axes]
def fill(lines, values):
    curve = OneCycle(**values).curve()
    for line, y in zip(lines, (curve.lr, curve.momentum)):
        line.set_data(curve.step, y)
        line.axes.relim()
        line.axes.autoscale_view()
"""
OURS = """
from onecycle_widgets import OneCycle, OneCycleExplorer
explorer = OneCycleExplorer()
explorer.pins = [OneCycle(0.1, 1000, pct_start=share) for share in (0.1, 0.2, 0.5)]
explorer
"""
GROUPS = """
from onecycle_widgets import OneCycle, OneCycleExplorer
OneCycleExplorer(OneCycle([0.1 * 0.95**group for group in range(64)], 1000))
"""
NOTEBOOKS = {
    "ours": OURS,
    "handle": OURS,
    "groups": GROUPS,
    "interact": f"""{MATPLOTLIB}
@widgets.interact(**sliders)
def show(**values):
    fill(blank()[1], values)
    plt.show()
""",
    "image": f"""{MATPLOTLIB}
figure, lines = blank()
plt.close()
picture = widgets.Image(layout={{"width": "640px"}})
def show(**values):
    fill(lines, values)
    figure.savefig(file := io.BytesIO(), format="png")
    picture.value = file.getvalue()
with_sliders(show, picture)
""",
    "ipympl": f"""%matplotlib widget
{MATPLOTLIB}
with plt.ioff():
    figure, lines = blank()
def show(**values):
    fill(lines, values)
    figure.canvas.draw_idle()
with_sliders(show, figure.canvas)
""",
    "bqplot": f"""{SLIDERS}
import bqplot.pyplot as plt
figures, lines = [], []
for name in ("learning rate", "momentum"):
    layout = {{"width": "640px", "height": "240px"}}
    margin = {{"top": 5, "bottom": 30, "left": 70, "right": 10}}
    figures.append(plt.figure(layout=layout, fig_margin=margin, animation_duration=0))
    lines.append(plt.plot([0, 1], [0, 1]))
    plt.ylabel(name)
def show(**values):
    curve = OneCycle(**values).curve()
    for line, y in zip(lines, (curve.lr, curve.momentum)):
        with line.hold_sync():  # sends what changed, together
            line.x, line.y = curve.step, y
with_sliders(show, *figures)
""",
}
PROBE = """(() => {
  const probe = window.probe = { delay: 0, onTheWay: 0, active: 0, pressed: 0, painted: 0 };
  const press = (event) => { probe.pressed = event.timeStamp; };
  addEventListener("keydown", press, true);
  addEventListener("pointermove", (event) => event.buttons && press(event), true);
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = () => { probe.painted = performance.now(); };
  const nextFrame = window.requestAnimationFrame.bind(window);
  let inFrame = false;
  window.requestAnimationFrame = (callback) => nextFrame((time) => {
    inFrame = true;
    try { callback(time); } finally { queueMicrotask(() => { inFrame = false; }); }
  });
  const changed = () => inFrame ? port1.postMessage(0) : nextFrame(() => port1.postMessage(0));
  const isNew = ({ target, oldValue }) =>  // the status bar has a path, too
    target.closest(".jp-OutputArea-output") && target.getAttribute("d") !== oldValue;
  new MutationObserver((records) => records.some(isNew) && changed())
    .observe(document, { subtree: true, attributeFilter: ["d"], attributeOldValue: true });
  document.addEventListener("load", ({ target }) => target.tagName === "IMG" && changed(), true);
  const { drawImage } = CanvasRenderingContext2D.prototype;
  CanvasRenderingContext2D.prototype.drawImage = function (...args) {
    drawImage.apply(this, args);
    if (this.canvas.isConnected) changed();
  };
  const later = (deliver) => {  // timers of equal delay keep the order
    const arrive = () => { probe.onTheWay--; probe.active = performance.now(); deliver(); };
    probe.onTheWay++;
    if (probe.delay) setTimeout(arrive, probe.delay); else arrive();
  };
  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      if (!this.url.includes("/api/kernels/")) return;
      this.send = (data) => later(() => super.send(data));
      this.addEventListener("message", (event) => {  // the first to hear it stops and repeats it
        if (!event.isTrusted) return;
        event.stopImmediatePropagation();
        later(() => this.dispatchEvent(new MessageEvent("message", { data: event.data })));
      });
    }
  };
  probe.settle = (calm) => new Promise((resolve, reject) => {
    const none = new Error(`${location.pathname}: no new picture within 10 s of a key press`);
    const look = () => {
      const { pressed, painted, active, onTheWay } = probe;
      const [idle, waited] = [Math.max(painted, active), pressed].map((t) => performance.now() - t);
      if (painted > pressed && !onTheWay && idle > calm) resolve(painted - pressed);
      else if (painted < pressed && waited > 10_000) reject(none);
      else setTimeout(look, 10);
    };
    look();
  });
})()"""


class Contender:
    """A notebook in a window of its own, the slider `pct_start` focused."""

    def __init__(self, browser: Browser, lab: Lab, name: str) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOKS[name])])
        notebook.cells[0].metadata["jupyter"] = {"source_hidden": True}  # room for the picture
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(notebook, lab.folder / "notebooks" / f"{name}.ipynb")
        person = Person(browser, PROJECTOR)
        self.name, self.page, self.ways = name, person.page, ["ArrowRight", "ArrowLeft"]
        self.page.add_init_script(PROBE)
        person.open(lab.page(f"{name}.ipynb"))
        person.run_all_cells()
        self.take()
        for way in self.ways * WARM_UP:
            self.press(way)

    def take(self) -> None:
        self.page.locator(SLIDER).focus()

    def press(self, way: str) -> float:
        self.page.keyboard.press(way)
        return self.settle(CALM)

    def hold(self, way: str) -> None:
        """One of many presses in quick succession."""
        self.page.keyboard.down(way)

    def let_go(self) -> None:
        self.page.keyboard.up(self.ways[0])

    def burst(self) -> float:
        """Hold the key; the next burst leads back."""
        start = time.monotonic()
        for i in range(BURST):
            time.sleep(max(0, start + i * REPEAT - time.monotonic()))
            self.hold(self.ways[0])
        self.let_go()
        self.ways.reverse()
        return self.settle(LONG_CALM)

    def settle(self, calm: int) -> float:
        """Wait until all is calm; return the time from the last press to the last new picture."""
        return self.page.evaluate("(calm) => probe.settle(calm)", calm)


class Handle(Contender):
    """The peak under a mouse, whose button stays down; the ways are the keys' names."""

    def take(self) -> None:
        knob = self.page.locator("[role=slider][aria-label=peak] .ow-knob")
        knob.scroll_into_view_if_needed()
        box = knob.bounding_box()
        assert box is not None
        self.x, self.y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(self.x, self.y)
        self.page.mouse.down()

    def press(self, way: str) -> float:
        self.hold(way)
        return self.settle(CALM)

    def hold(self, way: str) -> None:
        self.x += 4 if way == "ArrowRight" else -4
        self.page.mouse.move(self.x, self.y)

    def let_go(self) -> None:
        """The button stays down: the next pull begins where this one ends."""


def measure(contenders: list[Contender], delay: int, presses: int, bursts: int) -> Rows:
    times, lags = ({one.name: [] for one in contenders} for _ in range(2))
    for block in np.diff(np.linspace(0, presses // 2, bursts + 1).round().astype(int)):
        for one in contenders:
            one.page.bring_to_front()
            one.page.evaluate("(delay) => { probe.delay = delay; }", delay)
            times[one.name] += [one.press(way) for way in one.ways for _ in range(block)]
            lags[one.name].append(one.burst())
    return {name: (*np.quantile(times[name], [0.5, 0.9]), np.median(lags[name])) for name in times}


def show(title: str, rows: Rows) -> str:
    """Print the table and return what it comes to."""
    ours, interact = (rows.get(name, (math.nan,) * 3) for name in ("ours", "interact"))
    print(f"\n{title}: milliseconds, and ratios to ours")
    print(f"{'':9}{'median':>9}{'p90':>9}{'lag after burst':>17}{'ratio':>9}{'of lags':>9}")
    for name, (median, p90, lag) in rows.items():
        ratios = f"{median / ours[0]:9.1f}{lag / ours[2]:9.1f}"
        print(f"{name:9}{median:9.1f}{p90:9.1f}{lag:17.1f}{ratios}", flush=True)
    frames = f"our median is {ours[0] * 60 / 1000:.2f} frames of 60 Hz"
    handle = rows.get("handle", (math.nan,) * 3)
    pulled = f"a handle's {handle[0] * 60 / 1000:.2f}, its p90 {handle[1] * 60 / 1000:.2f}"
    return f"{title}: interact / ours = {interact[0] / ours[0]:.1f}; {frames}, {pulled}"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--presses", type=int, default=40, help="single presses")
    parser.add_argument("--bursts", type=int, default=3, help="bursts, and rounds")
    parser.add_argument("--only", default=",".join(NOTEBOOKS), help="contenders, with commas")
    options = parser.parse_args()
    chromium = find_chromium() or sys.exit(NO_CHROMIUM)
    with tempfile.TemporaryDirectory() as place, running_chromium(chromium) as browser:
        folder = Path(place)
        (folder / "notebooks").mkdir()
        with running_lab(folder) as lab:
            kinds = {"handle": Handle}
            names = options.only.split(",")
            everyone = [kinds.get(name, Contender)(browser, lab, name) for name in names]
            how_much = options.presses, options.bursts
            found = [show(name, measure(everyone, ms, *how_much)) for name, ms in DELAYS.items()]
    print("", *found, sep="\n")


if __name__ == "__main__":
    main()
