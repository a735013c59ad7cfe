"""The lab while it trains: how soon it stops, how alive it stays, what live mode costs.

    python tests/benchmarks/lab.py [notebook] [page]

In the page (Chromium, from disk, network off): finished trainings a second of the digits' MLP, 100
and 300 steps, beside `train` in torch with one thread and TensorFlow.js in the same browser, turn
by turn; then live mode, while a slider is dragged steadily: finished trainings and frames a second.
TensorFlow.js comes from npm into a folder for the time being, and trains in single precision.

In a notebook, for every task: milliseconds of a training step; from `stop` until nothing is under
way; the longest time for which a busy training kept the main thread, which serves the sliders, from
its turn; and a live training (a slider moved, 300 steps, curves sent) as a ratio to the plain loop
`train` with the same model, data and schedule, and no picture. Medians; in brackets, the worst.
"""

import functools
import http.server
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

sys.path.insert(0, str(Path(__file__).absolute().parents[1]))
sys.path.insert(0, str(Path(__file__).absolute().parents[1] / "browser"))

from person import PROJECTOR, Person
from playwright.sync_api import Browser, Page, expect
from programs import NO_CHROMIUM, find_chromium, running_chromium

from onecycle_widgets import Lab, OneCycle, toys, train
from onecycle_widgets.lab.offered import MODELS
from onecycle_widgets.lab.page import export
from onecycle_widgets.lab.task import Task

HERE = Path(__file__).absolute().parent
TENSORFLOW = ("@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-backend-wasm@4.22.0")
DRAG = 5.0  # seconds
STOP = """() => new Promise((resolve) => {
    const status = document.querySelector(".ow-status");
    const begin = performance.now();
    const seen = new MutationObserver(() => {
        if (!/^stopped/.test(status.textContent)) return;
        seen.disconnect();
        resolve(performance.now() - begin);
    });
    seen.observe(status, { childList: true, characterData: true, subtree: true });
    [...document.querySelectorAll("button")].find((one) => one.textContent === "Stop").click();
})"""
WATCH = """() => {
    const status = document.querySelector(".ow-status");
    const seen = globalThis.seen = { done: 0, frames: 0, longest: 0 };
    new MutationObserver(() => { seen.done += /^done/.test(status.textContent); })
        .observe(status, { childList: true, characterData: true, subtree: true });
    let last = performance.now();
    const frame = (now) => {
        seen.frames++;
        seen.longest = Math.max(seen.longest, now - last);
        last = now;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
}"""

ROUNDS = int(os.environ.get("ROUNDS", "15"))
LENGTH = 300


def plain(task: Task, steps: int = LENGTH) -> float:
    """Seconds of the same training by the plain loop."""
    split = task.splits[0]
    model = task.make(seed=0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = OneCycle(0.1, steps).scheduler(optimizer)
    begin = time.perf_counter()
    batches = split.batches(task.batch_size, seed=0)
    train(model, optimizer, cross_entropy, batches, scheduler, progress=False)
    return time.perf_counter() - begin


def live(lab: Lab, share: float) -> float:
    """Seconds from a slider's move to the end of the training that it starts."""
    lab.live = True
    begin = time.perf_counter()
    lab.explorer.policy = OneCycle(0.1, LENGTH, pct_start=share)
    assert lab.wait(120)
    lab.live = False
    return time.perf_counter() - begin


def stopping(lab: Lab, after: float) -> tuple[float, float]:
    """Seconds from `stop` to the end; and the longest that the main thread waited before."""
    lab.explorer.policy = OneCycle(0.1, 100_000)
    lab.train()
    begin = last = time.perf_counter()
    longest = 0.0
    while last - begin < after:
        time.sleep(0.001)
        now = time.perf_counter()
        longest, last = max(longest, now - last - 0.001), now
    lab.stop()
    assert lab.wait(120)
    lab.runs = ()
    return time.perf_counter() - last, longest


def in_page(page: Page, steps: int) -> float:
    """Seconds of a training by the page's own function."""
    return page.evaluate(
        """async (steps) => {
            const begin = performance.now();
            await onecycle.train({ policy: { max_lr: 0.1, total_steps: steps } });
            return (performance.now() - begin) / 1000;
        }""",
        steps,
    )


def in_tensorflow(page: Page, backend: str, steps: int) -> float:
    """Seconds of a training by TensorFlow.js; the loss must have fallen."""
    asked = {"backend": backend, "steps": steps, "rates": OneCycle(0.1, steps).curve().lr.tolist()}
    seconds, fallen = page.evaluate(
        """async ({ backend, steps, rates }) => {
            await tf.setBackend(backend);
            const begin = performance.now();
            const losses = trainers[backend](steps, rates);
            return [(performance.now() - begin) / 1000, losses.at(-1) < losses[0] / 2];
        }""",
        asked,
    )
    assert fallen
    return seconds


@contextmanager
def tensorflow(browser: Browser, folder: Path) -> Iterator[Page]:
    """A page that holds TensorFlow.js, served on loopback: its WebAssembly is a file beside it."""
    npm = shutil.which("npm") or sys.exit("npm is missing: it comes with Node")
    about = ["--no-audit", "--no-fund", "--silent", "--ignore-scripts", "--prefix", str(folder)]
    subprocess.run([npm, "install", *about, *TENSORFLOW], check=True)
    installed = folder / "node_modules" / "@tensorflow"
    site = folder / "site"
    (site / "wasm").mkdir(parents=True)
    for file in (installed / "tfjs-backend-wasm" / "dist").glob("*.wasm"):
        shutil.copy(file, site / "wasm")
    shutil.copy(installed / "tfjs" / "dist" / "tf.min.js", site)
    shutil.copy(installed / "tfjs-backend-wasm" / "dist" / "tf-backend-wasm.min.js", site)
    shutil.copy(HERE / "tensorflow.js", site)
    scripts = ("tf.min.js", "tf-backend-wasm.min.js", "tensorflow.js")
    tags = "".join(f'<script src="{name}"></script>' for name in scripts)
    (site / "index.html").write_text(f"<!DOCTYPE html><title>beside</title>{tags}")
    handler = functools.partial(Silent, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
        x, y = toys.digits().holdout()[0]
        given = {"x": x.flatten().tolist(), "y": y.tolist(), "batch": 64}
        page.evaluate(
            """async (given) => {
                globalThis.trainers = { wasm: await trainer("wasm", given) };
                trainers.cpu = await trainer("cpu", given);
            }""",
            given,
        )
        yield page
        page.close()
        server.shutdown()


class Silent(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, *_: object) -> None:
        pass


def dragged(browser: Browser, path: Path, steps: int) -> dict[str, float]:
    """Finished trainings and frames a second, and the longest frame, in live mode."""
    person = Person(browser, PROJECTOR)
    person.context.set_offline(True)
    person.page.goto(f"{path.as_uri()}#max_lr=0.1&total_steps={steps}&live=true")
    expect(person.page.locator(".ow-status")).to_contain_text("done after", timeout=60_000)
    time.sleep(1)
    slider = person.page.get_by_role("slider", name="pct_start slider", exact=True)
    box = slider.bounding_box()
    assert box is not None
    x, y = box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2
    person.page.mouse.move(x, y)
    person.page.mouse.down()
    person.page.evaluate(WATCH)
    begin, moves = time.perf_counter(), 0
    while time.perf_counter() - begin < DRAG:
        moves += 1
        person.page.mouse.move(x + 0.15 * box["width"] * math.sin(moves / 15), y)
        time.sleep(0.01)
    seen, took = person.page.evaluate("seen"), time.perf_counter() - begin
    assert person.complaints == []
    person.context.close()
    rates = {name: seen[name] / took for name in ("done", "frames")}
    return {**rates, "longest": seen["longest"], "moves": moves / took}


def stopped(browser: Browser, path: Path) -> list[float]:
    """Milliseconds from a click on Stop until the page says that the training has stopped."""
    person = Person(browser, PROJECTOR)
    person.context.set_offline(True)
    person.page.goto(f"{path.as_uri()}#max_lr=0.1&total_steps=100000")
    took = []
    for _ in range(ROUNDS):
        person.page.get_by_role("button", name="Train", exact=True).click()
        expect(person.page.locator(".ow-status")).to_contain_text("of 100000", timeout=60_000)
        took.append(person.page.evaluate(STOP))
    person.context.close()
    return took


def page_report() -> None:
    """Print how fast the page trains, and how live it is."""
    chromium = find_chromium() or sys.exit(NO_CHROMIUM)
    with tempfile.TemporaryDirectory() as folder, running_chromium(chromium) as browser:
        path = export(Path(folder) / "lab.html")
        person = Person(browser, PROJECTOR)
        person.context.set_offline(True)
        person.page.goto(path.as_uri())
        with tensorflow(browser, Path(folder)) as beside:
            ways: dict[str, Callable[[int], float]] = {
                "the page": functools.partial(in_page, person.page),
                "torch, train": lambda steps: plain(Task(), steps),
                "TensorFlow.js, wasm": functools.partial(in_tensorflow, beside, "wasm"),
                "TensorFlow.js, cpu": functools.partial(in_tensorflow, beside, "cpu"),
            }
            for steps in (100, 300):
                for way in ways.values():
                    way(steps)  # compilers warm up
                took = {name: [] for name in ways}
                for _ in range(ROUNDS):
                    for name, way in ways.items():
                        took[name].append(way(steps))
                typical = {name: statistics.median(values) for name, values in took.items()}
                print(f"digits, 64-64-64-10, {steps} steps: trainings a second, time to the page's")
                for name, seconds in typical.items():
                    ratio = seconds / typical["the page"]
                    print(f"  {name:22} {1 / seconds:7.1f}  {ratio:6.2f}", flush=True)
        person.context.close()
        took = stopped(browser, path)
        print(f"from Stop to stopped: {statistics.median(took):.0f} ms ({max(took):.0f})")
        for steps in (100, 300):
            found = dragged(browser, path, steps)
            print(
                f"live, {steps} steps: {found['done']:.1f} trainings and {found['frames']:.1f} "
                f"frames a second at {found['moves']:.0f} moves, longest frame "
                f"{found['longest']:.0f} ms",
                flush=True,
            )


def notebook_report() -> None:
    """Print how the lab in a notebook stops, stays alive, and follows."""
    print(f"{'task':34} {'step':>6} {'stop':>14} {'main thread':>14}  live / plain")
    for data, models in MODELS.items():
        for name in models:
            for seeds in (1, 10):
                task = Task(data, name, seeds=seeds)
                lab = Lab(task, OneCycle(0.1, LENGTH))
                lives, plains, ends, waits = [], [], [], []
                for number in range(ROUNDS):
                    lives.append(live(lab, 0.2 + 0.01 * number))
                    plains.append(plain(task))
                    end, wait = stopping(lab, 0.3 + 0.01 * number)
                    ends.append(1000 * end)
                    waits.append(1000 * wait)
                lab.close()
                took, bare = statistics.median(lives), statistics.median(plains)
                print(
                    f"{data + ', ' + name + f', x{seeds}':34} {1000 * took / LENGTH:6.2f}"
                    f" {statistics.median(ends):6.1f} ({max(ends):5.1f})"
                    f" {statistics.median(waits):6.1f} ({max(waits):5.1f})  {took / bare:6.2f}",
                    flush=True,
                )


if __name__ == "__main__":
    torch.set_num_threads(1)
    reports = {"page": page_report, "notebook": notebook_report}
    for name in sys.argv[1:] or reports:
        reports[name]()
