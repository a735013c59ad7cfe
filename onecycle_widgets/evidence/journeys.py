"""Trainings looked at on the way: how sharp the loss is where they are, and how far they went.

``python -m onecycle_widgets.evidence.journeys notebooks/data`` runs and stores them anew.
"""

import argparse
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, fields
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils import parameters_to_vector

from .. import toys
from ..policy.baselines import Constant, Schedule, Step, WarmupStableDecay
from ..policy.one_cycle import OneCycle
from ..sweeps.executors import fresh_processes
from ..sweeps.setting import Setting
from ..training import step as loop
from ..training.sharpness import sharpness
from . import stored

Array = NDArray[np.float64]
FILE = "journeys.npz"
LOOKS, SEEDS = 41, 5
SAMPLES = 512  # of the training data, the same at every look
TOLERANCE = 0.01  # of the sharpness


@dataclass(frozen=True)
class Way:
    """A training to look at.

    Parameters
    ----------
    toy : {'digits', 'mnist1d'}
        The data.
    model : callable
        ``model(seed=seed)`` returns the net.
    schedule : Schedule
        What drives the learning rate of SGD, in batches of 64.
    weight_decay : float
        Its weight decay.

    Examples
    --------
    >>> way = WAYS["residual", "one cycle"]
    >>> way.toy, way.schedule
    ('digits', OneCycle(max_lr=0.0032, total_steps=200, pct_start=0.5))
    """

    toy: str
    model: Callable[..., nn.Module]
    schedule: Schedule
    weight_decay: float

    @property
    def setting(self) -> Setting:
        """Schedule, decay, and what is alike for all."""
        return Setting(self.schedule, self.weight_decay)


ZERO_LAST = partial(toys.residual_mlp, init="zero last")


def _ways() -> dict[tuple[str, str], Way]:
    """What is looked at; the residual nets' settings are those that the study chose."""
    plans: dict[str, tuple[str, Callable[..., nn.Module], dict[str, tuple[Schedule, float]]]] = {
        "residual": ("digits", toys.residual_mlp, {
            "one cycle": (OneCycle(3.2e-3, 200, pct_start=0.5), 0.1),
            "constant, warmed up": (Constant(3.2e-3, 200, warmup=0.3), 0.1),
            "constant": (Constant(3.2e-3, 200), 0.1),
            "step": (Step(7e-4, 200, milestones=(0.8, 0.95)), 0.3),
        }),
        "zero last": ("digits", ZERO_LAST, {
            "one cycle": (OneCycle(0.065, 200), 0.005),
            "constant": (Constant(0.065, 200), 0.005),
            "low cycle": (OneCycle(3.2e-3, 200, pct_start=0.5), 0.1),
        }),
        "MLP": ("digits", toys.mlp, {
            "constant": (Constant(0.1, 200), 0.0),
            "peak 0.1": (OneCycle(0.1, 200), 0.0),
            "peak 0.05": (OneCycle(0.05, 400), 0.0),
            "peak 0.02": (OneCycle(0.02, 1000), 0.0),
            "plateau": (Constant(0.1, 200, warmup=0.1), 0.0),
            "plateau, then down": (WarmupStableDecay(0.1, 200, decay_start=0.8), 0.0),
        }),
        "ConvNet": ("mnist1d", toys.convnet, {
            "one cycle": (OneCycle(0.1, 400), 1e-3),
            "plateau": (Constant(0.1, 400, warmup=0.1), 1e-3),
            "plateau, then down": (WarmupStableDecay(0.1, 400, decay_start=0.8), 1e-3),
        }),
    }  # fmt: skip
    return {
        (net, name): Way(toy, model, schedule, decay)
        for net, (toy, model, schedules) in plans.items()
        for name, (schedule, decay) in schedules.items()
    }


WAYS = _ways()
NAMES = list(WAYS)


@dataclass(frozen=True, eq=False)
class Journey:
    """What was seen; from the step on at which a training dies, NaN.

    Attributes
    ----------
    sharpness : ndarray, shape (..., looks)
        Largest eigenvalue of the training loss's Hessian (`onecycle_widgets.sharpness`), on 512
        samples.
    loss, test_loss, test : ndarray, shape (..., looks)
        Training loss on those samples, loss and accuracy (in per cent) on the test data.
    distance : ndarray, shape (..., looks)
        Length of the straight line from the initial weights.

    Examples
    --------
    >>> stored = load(Path(__file__).parents[2] / "notebooks" / "data")
    >>> stored.sharpness.shape
    (16, 5, 41)
    """

    sharpness: Array
    loss: Array
    test_loss: Array
    test: Array
    distance: Array

    def of(self, net: str, name: str) -> "Journey":
        """Return the part of one training, arrays of shape (seeds, looks).

        Examples
        --------
        >>> stored = load(Path(__file__).parents[2] / "notebooks" / "data")
        >>> stored.of("MLP", "constant").test.shape
        (5, 41)
        """
        row = NAMES.index((net, name))
        return Journey(*(getattr(self, field.name)[row] for field in fields(self)))


def steps(way: Way) -> NDArray[np.int64]:
    """Return how many steps are done at each look, shape (looks,).

    Examples
    --------
    >>> steps(WAYS["residual", "one cycle"])[[0, 1, -1]].tolist()
    [0, 5, 200]
    """
    return np.linspace(0, way.schedule.total_steps, LOOKS).round().astype(np.int64)


def limit(way: Way) -> Array:
    """Return the sharpness up to which the next step is stable, shape (looks,).

    Gradient descent with momentum *m* is stable in a bowl of curvature below
    ``2 * (1 + m) / lr``. After the last step there is no next; the last one's counts.

    Examples
    --------
    >>> round(float(limit(WAYS["MLP", "constant"])[0]), 6)
    38.0
    """
    curve = way.schedule.curve()
    at = np.minimum(steps(way), way.schedule.total_steps - 1)
    momentum = way.setting.momentum if curve.momentum is None else curve.momentum[at]
    result: Array = 2 * (1 + momentum) / curve.lr[at]
    return result


def travel(way: Way, seed: int) -> Journey:
    """Train, and look on the way; arrays of shape (looks,).

    Parameters
    ----------
    way : Way
        What to train.
    seed : int
        For the initial weights and the batches.

    Examples
    --------
    >>> short = Way("digits", toys.mlp, OneCycle(0.1, 40), 0.0)
    >>> seen = travel(short, seed=0)
    >>> bool(seen.loss[-1] < seen.loss[0]), float(seen.distance[0])
    (True, 0.0)
    """
    toy = getattr(toys, way.toy)()
    model = way.model(seed=seed)
    optimizer = way.setting.make_optimizer(model.parameters())
    scheduler = way.schedule.scheduler(optimizer)
    batches = loop.endless(toy.train.batches(way.setting.batch_size, seed=seed))
    sample = toys.Split(toy.train.x[:SAMPLES], toy.train.y[:SAMPLES])
    start = parameters_to_vector(model.parameters()).detach().clone()
    seen = np.full((len(fields(Journey)), LOOKS), np.nan)
    done = 0
    for look, until in enumerate(steps(way).tolist()):
        for _ in range(done, until):
            x, y = next(batches)
            optimizer.zero_grad()
            cross_entropy(model(x), y).backward()
            optimizer.step()
            scheduler.step()
        done = until
        weights = parameters_to_vector(model.parameters()).detach()
        if not torch.isfinite(weights).all():
            break
        seen[:, look] = _look(model, sample, toy.test, (weights - start).norm().item())
    return Journey(*seen)


def _look(model: nn.Module, sample: toys.Split, test: toys.Split, distance: float) -> list[float]:
    with torch.no_grad():
        loss = cross_entropy(model(sample.x), sample.y).item()
    curvature = sharpness(model, cross_entropy, sample, TOLERANCE) if np.isfinite(loss) else np.nan
    with loop.evaluating(model):
        scores = model(test.x)
        test_loss = cross_entropy(scores, test.y).item()
        right = 100 * (scores.argmax(1) == test.y).float().mean().item()
    return [curvature, loss, test_loss, right, distance]


def load(folder: str | Path = "data") -> Journey:
    """Read what was stored: all of `WAYS`, arrays of shape (ways, seeds, looks).

    Parameters
    ----------
    folder : str or Path, default 'data'
        Where the file lies; beside the lessons that is ``data``.

    Raises
    ------
    FileNotFoundError
        When it is not there.
    ValueError
        When it is damaged, was changed, or belongs to another plan.

    Examples
    --------
    >>> load(Path(__file__).parents[2] / "notebooks" / "data").of("residual", "step").loss.shape
    (5, 41)
    """
    path = Path(folder) / FILE
    arrays = stored.load(path, _plan(), __name__)
    shape = (len(NAMES), SEEDS, LOOKS)
    names = {field.name for field in fields(Journey)}
    if set(arrays) != names or {array.shape for array in arrays.values()} != {shape}:
        raise ValueError(f"{path} must hold {sorted(names)}, each of shape {shape}")
    return Journey(**arrays)


def _plan() -> str:
    """Everything about the plan that is no code, as text."""
    ways = [(*name, way.toy, way.schedule, way.weight_decay) for name, way in WAYS.items()]
    return repr([ways, LOOKS, SEEDS, SAMPLES, TOLERANCE])


def _one(place: tuple[int, int]) -> Journey:
    return travel(WAYS[NAMES[place[0]]], place[1])


def measure(executor: Executor | None = None) -> Journey:
    """Run all of `WAYS` with every seed.

    Parameters
    ----------
    executor : Executor, optional
        Trains in other processes; default: here.
    """
    places = list(product(range(len(NAMES)), range(SEEDS)))
    found = list(map(_one, places) if executor is None else executor.map(_one, places))
    shape = (len(NAMES), SEEDS, LOOKS)
    names = [field.name for field in fields(Journey)]
    return Journey(*(np.array([getattr(j, n) for j in found]).reshape(shape) for n in names))


def main() -> None:
    """Read the command line, run everything and store it."""
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets.evidence.journeys",
        description="Train and look at the sharpness on the way, and store it.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as notebooks/data")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with fresh_processes() as pool:
        found = measure(pool)
    arrays = {field.name: getattr(found, field.name) for field in fields(found)}
    print(stored.save(folder / FILE, _plan(), arrays))


if __name__ == "__main__":
    main()
