"""The lab while it trains: how soon it stops, how alive it stays, what live mode costs.

    python tests/benchmarks/lab.py

For every task: milliseconds of a training step; from `stop` until nothing is under way; the
longest time for which a busy training kept the main thread, which serves the sliders, from its
turn; and a live training (a slider moved, 300 steps, curves sent) as a ratio to the plain loop
`train` with the same model, data and schedule, and no picture. Medians; in brackets, the worst.
"""

import os
import statistics
import time

import torch
from torch.nn.functional import cross_entropy

from onecycle_widgets import Lab, OneCycle, train
from onecycle_widgets.lab.task import MODELS, Task

ROUNDS = int(os.environ.get("ROUNDS", "15"))
LENGTH = 300


def plain(task: Task) -> float:
    """Seconds of the same training by the plain loop."""
    split = task.splits[0]
    model = task.make(seed=0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = OneCycle(0.1, LENGTH).scheduler(optimizer)
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


def main() -> None:
    torch.set_num_threads(1)
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
    main()
