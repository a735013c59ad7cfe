"""How many models a second a sweep trains, against the same trained one after the other.

    python tests/benchmarks/sweep.py                   # both toys, 1, 8, 32, 128 at once
    python tests/benchmarks/sweep.py digits 32         # one of them
    python tests/benchmarks/sweep.py --device cuda     # on a GPU

The ratios are medians of rounds in which the contenders take turns. Nothing is evaluated. Peak
memory is that of a fresh process which does nothing else.
"""

import argparse
import re
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import torch
from torch.nn.functional import cross_entropy

from onecycle_widgets import OneCycle, sweep, toys, train
from onecycle_widgets.sweeps import engine
from onecycle_widgets.sweeps import stacked_modules as stacked
from onecycle_widgets.sweeps.setting import Setting

TOYS = {
    "digits": (toys.mlp, 64, 300),
    "mnist1d": (toys.convnet, 100, 20),
    "spirals": (None, 64, 300),
}
ROUNDS = 5


def task(name, steps=None):
    model, batch, usual = TOYS[name]
    data = getattr(toys, name)()
    model = model or partial(toys.mlp, 2, data.classes)
    return model, data, Setting(OneCycle(0.1, steps or usual), batch_size=batch)


def one_after_the_other(model, data, setting, device, seeds):
    train_on = toys.Split(*(part.to(device) for part in data.train))
    for seed in range(seeds):
        net = model(seed=seed).to(device)
        optimizer = setting.make_optimizer(net.parameters())
        scheduler = setting.schedule.scheduler(optimizer)
        batches = train_on.batches(setting.batch_size, seed=seed)
        train(net, optimizer, cross_entropy, batches, scheduler, progress=False)


def together(model, data, setting, device, count):
    sweep(model, data, [setting], count, {}, at_once=count, device=device, progress=False)


def by_vmap_alone(*arguments):
    """The same engine without its batched layers."""
    rules, engine.stack = engine.stack, stacked.Vmapped
    try:
        together(*arguments)
    finally:
        engine.stack = rules


def seconds(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - start


def memory(name, count):
    """Megabytes at the peak of a fresh process, and before it trains."""
    program = [sys.executable, __file__, name, str(count), "--memory"]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout.split()


def megabytes():
    """Peak of this process on Linux; getrusage would count the one that started it, too."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def compare(name, counts, device):
    model, data, setting = task(name)
    few = 4 if device == "cpu" else 2
    warm = (model, data, Setting(OneCycle(0.1, 20), batch_size=setting.batch_size), device)
    one_after_the_other(*warm, 2)
    for count in counts:
        together(*warm, count)
    times = {key: [] for key in ("alone", *counts, "vmap")}
    for _ in range(ROUNDS):
        arguments = (model, data, setting, device)
        times["alone"].append(seconds(one_after_the_other, *arguments, few) / few)
        for count in counts:
            times[count].append(seconds(together, *arguments, count) / count)
        times["vmap"].append(seconds(by_vmap_alone, *arguments, 32) / 32)
    alone = statistics.median(times.pop("alone"))
    print(f"{name}: {setting.total_steps} steps, {1 / alone:.2f} models a second alone")
    for key, values in times.items():
        ratio = alone / statistics.median(values)
        label = "32 by vmap alone" if key == "vmap" else f"{key} at once"
        peak = ""
        if device == "cpu" and key != "vmap":
            before, most = memory(name, key)
            peak = f", peak {most} MB ({before} MB before training)"
        print(f"  {label:>17}: {ratio:5.1f} times as many models a second{peak}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("toy", nargs="?", choices=list(TOYS))
    parser.add_argument("count", nargs="?", type=int)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--memory", action="store_true", help="print the peak of one sweep")
    options = parser.parse_args()
    if options.memory:
        model, data, setting = task(options.toy, steps=20)
        before = megabytes()
        together(model, data, setting, "cpu", options.count)
        print(f"{before:.0f} {megabytes():.0f}")
        return
    threads = torch.get_num_threads()
    print(f"torch {torch.__version__}, {options.device}, {threads} threads, {ROUNDS} rounds")
    counts = [options.count] if options.count else [1, 8, 32, 128]
    for name in [options.toy] if options.toy else TOYS:
        compare(name, counts, options.device)


if __name__ == "__main__":
    main()
