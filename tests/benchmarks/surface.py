"""From a slider's event to the new picture: 200 balls, 1,000 steps, on every surface.

    python -m pip install ".[test]"
    python tests/benchmarks/surface.py [--presses 60] [--pins 3]

The page is opened from disk in a headless Chromium of 1280x720, without a network. Arrow keys move
`pct_start`; the clock runs from the key event's own time stamp through the view's work and the
next animation frame to the task after it. What the compositor does later is not counted. Beside it
stands how long the same rolling takes in NumPy, and how long in the browser alone.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).absolute().parents[1]))
sys.path.insert(0, str(Path(__file__).absolute().parents[1] / "browser"))

from person import PROJECTOR, Person
from programs import NO_CHROMIUM, find_chromium, running_chromium

from onecycle_widgets import OneCycle, SurfaceExplorer
from onecycle_widgets.surfaces import SURFACES, roll, steering

STEPS, BALLS, WARM_UP, FRAME = 1000, 200, 8, 1000 / 60
PROBE = """(() => {
  const probe = window.probe = { times: [] };
  addEventListener("input", ({ timeStamp }) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = () => probe.times.push(performance.now() - timeStamp);
    port1.postMessage(0);
  }), true);
})()"""


def explorer(surface: str, pins: int) -> SurfaceExplorer:
    """A surface with so many pinned runs beside the current one."""
    made = SurfaceExplorer(OneCycle(0.05, STEPS), surface, balls=BALLS)
    own = {name: getattr(made, name) for name in made.SETTINGS if name != "step"}
    shares = (0.1, 0.2, 0.4, 0.5)[:pins]
    made.pins = [OneCycle(0.05, STEPS, pct_start=p).arguments() | own for p in shares]
    return made


def pressed(person: Person, presses: int) -> list[float]:
    """Milliseconds from each press to its picture."""
    slider = person.page.get_by_role("slider", name="pct_start slider", exact=True)
    slider.focus()
    for i in range(WARM_UP + presses):
        person.page.keyboard.press("ArrowRight" if i % 2 else "ArrowLeft")
        person.page.wait_for_function("(n) => probe.times.length > n", arg=i)
    return person.page.evaluate("probe.times")[WARM_UP:]


def in_numpy(surface: str) -> float:
    """Milliseconds that the same run takes in Python."""
    times = []
    for share in (0.3, 0.31, 0.32):
        start = time.perf_counter()
        roll(SURFACES[surface], *steering(OneCycle(0.05, STEPS, pct_start=share)), balls=BALLS)
        times.append(1000 * (time.perf_counter() - start))
    return float(np.median(times))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--presses", type=int, default=60)
    parser.add_argument("--pins", type=int, default=3)
    options = parser.parse_args()
    chromium = find_chromium() or sys.exit(NO_CHROMIUM)
    print(f"{BALLS} balls, {STEPS} steps, {options.pins} pins: milliseconds")
    print(f"{'':10}{'median':>8}{'p90':>8}{'frames':>8}{'NumPy':>8}{'ratio':>7}")
    with tempfile.TemporaryDirectory() as folder, running_chromium(chromium) as browser:
        for surface in SURFACES:
            person = Person(browser, PROJECTOR)
            person.page.add_init_script(PROBE)
            file = explorer(surface, options.pins).export(f"{folder}/{surface}.html")
            person.page.goto(file.as_uri())
            median, p90 = np.quantile(pressed(person, options.presses), [0.5, 0.9])
            python = in_numpy(surface)
            ratio = python / median
            row = f"{median:8.1f}{p90:8.1f}{median / FRAME:8.2f}{python:8.1f}{ratio:7.1f}"
            print(f"{surface:10}{row}", flush=True)
            person.close()


if __name__ == "__main__":
    main()
