"""Our LR range test beside others: time, and what each gives back.

    python -m pip install ".[bench]"
    python tests/benchmarks/range_test.py

A torchvision that does not fit the installed torch (fastai brings one along) breaks others on
import; uninstall it then, nothing here needs it. Where no fitting one exists, fastai is installed
with --no-deps, and fastcore, fasttransform, fastdownload, fastprogress<1.1 and plum-dispatch<2.10
beside it.

First the time. Same model (the digits MLP), data, batch size (64) and number of steps (100) for
all, the rate kept below divergence so that all take every step. Rounds are interleaved; times are
medians as ratios to the bare loop of forward, backward and optimizer step. Then what is not as
before, on an ordinary model and in the hard cases of `tests/hard_cases.py`: two equal worlds, a
test in one of them, then both are looked at and trained on. "error": the finder itself stopped;
"broken": what it left cannot be trained any more.
"""

import copy
import importlib.util
import logging
import os
import random
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).absolute().parents[1]))

import hard_cases
import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from onecycle_widgets import lr_range_test, toys

STEPS, BATCH, START, END = 100, 64, 1e-6, 1e-2
ROUNDS = int(os.environ.get("ROUNDS", "21"))

Finder = Callable[[nn.Module, torch.optim.Optimizer, Any], Any]


def bare(model: nn.Module, optimizer: torch.optim.Optimizer, batches: Any) -> None:
    rates = np.geomspace(START, END, STEPS).tolist()
    data = iter(batches)
    for lr in rates:
        optimizer.param_groups[0]["lr"] = lr
        try:
            x, y = next(data)
        except StopIteration:
            data = iter(batches)
            x, y = next(data)
        optimizer.zero_grad()
        loss = cross_entropy(model(x), y)
        loss.item()  # a curve needs it
        loss.backward()
        optimizer.step()


def ours(model: nn.Module, optimizer: torch.optim.Optimizer, batches: Any) -> Any:
    return lr_range_test(model, optimizer, cross_entropy, batches, START, END, STEPS)


def torch_lr_finder(model: nn.Module, optimizer: torch.optim.Optimizer, batches: Any) -> None:
    from torch_lr_finder import LRFinder, TrainDataLoaderIter

    class Batches(TrainDataLoaderIter):  # it refuses loaders that are not torch's own
        def __init__(self, loader: Any) -> None:
            self.data_loader, self.auto_reset, self._iterator = loader, True, iter(loader)

        def inputs_labels_from_batch(self, batch: Any) -> Any:
            return batch

    finder = LRFinder(model, optimizer, nn.CrossEntropyLoss())
    finder.range_test(Batches(batches), None, START, END, STEPS, diverge_th=1e9)
    finder.reset()


def fastai_finds(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Any,
    loss_fn: Callable[[Any, Any], torch.Tensor],
    *ladder: float,
) -> None:
    import fastai.callback.progress
    import fastai.callback.schedule  # noqa: F401 - these two give the Learner its methods
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import OptimWrapper

    learner = Learner(
        DataLoaders(batches, batches),
        model,
        loss_func=loss_fn,
        opt_func=lambda params, **_: OptimWrapper(opt=optimizer),
        lr=optimizer.param_groups[0]["lr"],
        path=tempfile.gettempdir(),
    )
    with learner.no_bar(), learner.no_logging():
        learner.lr_find(*ladder, stop_div=False, show_plot=False)


def fastai_lr_find(model: nn.Module, optimizer: torch.optim.Optimizer, batches: Any) -> None:
    class Loader(list):  # fastai asks a loader for these
        device, after_batch = torch.device("cpu"), None
        dataset: Any = ()

        def one_batch(self) -> Any:
            return self[0]

    fastai_finds(model, optimizer, Loader(batches), nn.CrossEntropyLoss(), START, END, STEPS)


def lightning_lr_find(model: nn.Module, optimizer: torch.optim.Optimizer, batches: Any) -> None:
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model, self.lr = model, optimizer.param_groups[0]["lr"]

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            return cross_entropy(self.model(batch[0]), batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return optimizer

    with tempfile.TemporaryDirectory() as folder:
        trainer = lightning.Trainer(
            accelerator="cpu", logger=False, enable_progress_bar=False, default_root_dir=folder,
            enable_model_summary=False, enable_checkpointing=False, max_steps=STEPS,
        )  # fmt: skip
        tuner = lightning.pytorch.tuner.Tuner(trainer)
        tuner.lr_find(
            Module(), batches, min_lr=START, max_lr=END, num_training=STEPS,
            early_stop_threshold=None, update_attr=False,
        )  # fmt: skip


FINDERS: dict[str, tuple[str, Finder]] = {
    "bare loop": ("torch", bare),
    "ours": ("onecycle_widgets", ours),
    "torch-lr-finder": ("torch_lr_finder", torch_lr_finder),
    "fastai lr_find": ("fastai", fastai_lr_find),
    "Lightning lr_find": ("lightning", lightning_lr_find),
}


def quietly(finder: Finder, *arguments: Any) -> None:
    """Run a finder without its prints and bars."""
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        finder(*arguments)


def seed_all(seed: int) -> None:
    random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)


def prepared(trained: bool) -> tuple[nn.Module, torch.optim.Optimizer, Any]:
    """A net with BatchNorm, Dropout, and a part in evaluation mode; maybe trained a little."""
    seed_all(0)
    net = nn.Sequential(
        nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2),
        nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)
    batches = toys.digits().train.batches(BATCH)
    if trained:
        bare(net, optimizer, batches)
        optimizer.param_groups[0]["lr"] = 0.05
    net[5].eval()
    return net, optimizer, batches


def state(model: nn.Module, optimizer: torch.optim.Optimizer, batches: Any) -> dict[str, Any]:
    everything = {
        "weights": [p.detach() for p in model.parameters()],
        "BatchNorm": list(model.buffers()),
        "momentum buffers": list(optimizer.state_dict()["state"].values()),
        "lr": [group["lr"] for group in optimizer.param_groups],
        "gradients": [p.grad for p in model.parameters()],
        "train/eval flags": [m.training for m in model.modules()],
        "torch random state": torch.get_rng_state(),
        "other random states": [random.getstate(), np.random.get_state()],
        "batch order": batches.generator.get_state(),
    }
    return copy.deepcopy(everything)


def equal(a: Any, b: Any) -> bool:
    if isinstance(a, (torch.Tensor, np.ndarray)):
        return type(a) is type(b) and a.shape == b.shape and bool((a == b).all())
    if isinstance(a, dict):
        return isinstance(b, dict) and a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    return bool(a == b)


def lost(finder: Finder) -> list[str]:
    """What is not as before, after a fresh model's test or a trained one's."""
    found = set()
    for trained in (False, True):
        model, optimizer, batches = prepared(trained)
        before = state(model, optimizer, batches)
        quietly(finder, model, optimizer, batches)
        after = state(model, optimizer, batches)
        found |= {name for name in before if not equal(before[name], after[name])}
    return [name for name in before if name in found]


def seeded(name: str) -> hard_cases.World:
    seed_all(0)
    return hard_cases.CASES[name]()


def outcome(name: str, finder: Finder) -> str:
    """What a finder leaves of a hard case: '' when not a bit differs."""
    expected, world = hard_cases.fingerprint(seeded(name)), seeded(name)
    try:
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            finder(world)
    except BaseException as error:
        if world.raises is None or not isinstance(error, world.raises):
            return "error"
    try:
        found = hard_cases.fingerprint(world)
    except Exception:  # what is left can no longer be trained
        return "broken"
    return "" if found == expected else "changed"


def ours_hard(world: hard_cases.World) -> None:
    arguments = (world.model, world.optimizer, world.loss_fn, world.batches)
    lr_range_test(*arguments, 1e-3, num_steps=12, progress=False, **world.options)


def torch_lr_finder_hard(world: hard_cases.World) -> None:
    from torch_lr_finder import LRFinder

    finder = LRFinder(world.model, world.optimizer, world.loss_fn)
    try:
        finder.range_test(world.batches, None, 1e-3, 10, 12)
    finally:
        finder.reset()


def fastai_hard(world: hard_cases.World) -> None:
    def loss_fn(output: Any, target: Any) -> torch.Tensor:
        return world.loss_fn(output, target).float()  # fastai's running mean refuses double

    fastai_finds(world.model, world.optimizer, world.batches, loss_fn, 1e-3, 10, 12)


def lightning_hard(world: hard_cases.World) -> None:
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model, self.lr = world.model, 0.05

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            return world.loss_fn(self.model(batch[0]), batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return world.optimizer

    with tempfile.TemporaryDirectory() as folder:
        trainer = lightning.Trainer(
            accelerator="cpu", logger=False, enable_progress_bar=False, default_root_dir=folder,
            enable_model_summary=False, enable_checkpointing=False, max_steps=12,
        )  # fmt: skip
        tuner = lightning.pytorch.tuner.Tuner(trainer)
        tuner.lr_find(
            Module(), world.batches, min_lr=1e-3, max_lr=10, num_training=12, update_attr=False
        )


HARD: dict[str, tuple[str, Callable[[hard_cases.World], None]]] = {
    "ours": ("onecycle_widgets", ours_hard),
    "torch-lr-finder": ("torch_lr_finder", torch_lr_finder_hard),
    "fastai": ("fastai", fastai_hard),
    "Lightning": ("lightning", lightning_hard),
}


def hard() -> None:
    """Print what each leaves of each hard case."""
    there = {n: finder for n, (module, finder) in HARD.items() if importlib.util.find_spec(module)}
    print(f"\n{'not as before in':<52}" + "".join(f"{name:>17}" for name in there))
    kept = dict.fromkeys(there, 0)
    for case in hard_cases.CASES:
        found = {name: outcome(case, finder) for name, finder in there.items()}
        print(f"{case:<52}" + "".join(f"{text or '-':>17}" for text in found.values()))
        for name, text in found.items():
            kept[name] += not text
    cases = len(hard_cases.CASES)
    print(f"{'as before':<52}" + "".join(f"{f'{count} of {cases}':>17}" for count in kept.values()))


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    there = {}
    for name, (module, finder) in FINDERS.items():
        if importlib.util.find_spec(module):
            there[name] = finder
        else:
            print(f'{name}: not installed (python -m pip install ".[bench]")')
    times: dict[str, list[float]] = {name: [] for name in there}
    data = toys.digits()
    for round_ in range(ROUNDS + 2):
        for name, finder in there.items():
            model = toys.mlp()
            optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
            batches = data.train.batches(BATCH)
            start = time.perf_counter()
            quietly(finder, model, optimizer, batches)
            if round_ >= 2:  # the first rounds warm up
                times[name].append(time.perf_counter() - start)
    base = times["bare loop"]
    print(f"{STEPS} steps, digits MLP, batch {BATCH}; {ROUNDS} rounds")
    print(f"{'':<18} {'time / bare loop':>16}   not as before afterwards")
    for name, finder in there.items():
        ratio = statistics.median(t / b for t, b in zip(times[name], base, strict=True))
        gone = [] if name == "bare loop" else lost(finder)
        print(f"{name:<18} {ratio:>16.2f}   {', '.join(gone) or '-'}")
    hard()


if __name__ == "__main__":
    main()
