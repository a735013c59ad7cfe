"""How fast is the vectorised curve? Ratios in one run: `python tests/benchmarks/curve.py`."""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from onecycle_widgets import OneCycle

STEPS = 100_000


def median_seconds(function: Callable[[], object], repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def step_torch() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=STEPS)
    optimizer.step()
    for _ in range(STEPS - 1):
        scheduler.step()


def main() -> None:
    policy = OneCycle(0.1, STEPS)
    angles = np.random.default_rng(0).uniform(0, np.pi, STEPS)
    stepping = median_seconds(step_torch, 3)
    curve = median_seconds(policy.curve, 50)
    cosine = median_seconds(lambda: np.cos(angles), 50)
    print(f"{STEPS:,} steps, lr and momentum; medians")
    print(f"stepping torch   {stepping * 1e3:8.2f} ms   {stepping / curve:6.0f} x the curve")
    print(f"OneCycle.curve   {curve * 1e3:8.2f} ms   {curve / curve:6.0f}")
    print(f"one np.cos       {cosine * 1e3:8.2f} ms   the curve is {curve / cosine:.2f} x of it")


if __name__ == "__main__":
    main()
