"""A training in the lab: what it came to, and how it is done step by step, so that it can stop."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .. import tables
from ..policy.one_cycle import OneCycle
from ..sweeps import engine
from .task import HELD_OUT, Task

Array = NDArray[np.float64]
SIDE = 60  # places across the plane
EVERY = 0.1  # seconds between two looks at a training under way


@dataclass(frozen=True, eq=False)
class Run:
    """A training, finished, stopped, or under way.

    Attributes
    ----------
    task, policy
        What was trained, and how.
    done : int
        Optimizer steps taken.
    loss : ndarray, shape (seeds, total_steps)
        Of each batch, before its step; NaN where it has not come to that, or diverged.
    accuracy : ndarray, shape (seeds, points)
        On the held-out data, as a share; NaN where it has not come to that.
    points : tuple of int
        After how many steps that was measured.
    seconds : float
        Time taken.
    boundary : ndarray of int, shape (SIDE, SIDE), or None
        Class of each place in the plane, by the first seed's model; of two-dimensional data.
    """

    task: Task
    policy: OneCycle
    done: int
    loss: Array
    accuracy: Array
    points: tuple[int, ...]
    seconds: float = field(compare=False)
    boundary: NDArray[np.int64] | None = None

    @property
    def complete(self) -> bool:
        """Whether all steps were taken."""
        return self.done == self.policy.total_steps

    @property
    def final(self) -> Array:
        """Accuracy of each seed when last measured; NaN before that."""
        measured = sum(point <= self.done for point in self.points)
        return self.accuracy[:, measured - 1] if measured else np.full(len(self.accuracy), np.nan)

    def settings(self) -> dict[str, str]:
        """What the run was trained with, by name, as text; the policy without its defaults."""
        task, policy = self.task, self.policy.arguments()
        values: dict[str, Any] = {"data": task.data, "model": task.model, **policy}
        values |= {"optimizer": task.optimizer, "batch_size": task.batch_size}
        values |= {"weight_decay": task.weight_decay, "seeds": task.seeds}
        return {name: f"{v:g}" if isinstance(v, float) else str(v) for name, v in values.items()}


def names(runs: Sequence[Run]) -> list[str]:
    """Name runs by the settings in which not all of them agree, or by their peak."""
    every = [run.settings() for run in runs]
    keys = dict.fromkeys(key for settings in every for key in settings)
    differing = [key for key in keys if len({settings.get(key) for settings in every}) > 1]
    chosen = differing or ["max_lr"]
    return [
        ", ".join(f"{key}={settings[key]}" for key in chosen if key in settings) or "defaults"
        for settings in every
    ]


def train(
    task: Task,
    policy: OneCycle,
    stopped: Callable[[], bool],
    publish: Callable[[Run], object],
) -> Run:
    """Train all seeds at once; tell of it ten times a second, and after the last step.

    Parameters
    ----------
    task, policy
        What to train, and how.
    stopped : callable
        Asked after every step; when true, the training ends there.
    publish : callable
        Told of the run so far.

    Returns
    -------
    Run
        As far as it came.
    """
    group = task.group(policy)
    outcome = engine.Outcome.empty(group)
    training = engine.Training(group, outcome)
    grid = plane(task) if group.train[0].shape[1:] == (2,) else None
    start = told = time.monotonic()

    seen: NDArray[np.int64] | None = None

    def run(done: int, ended_early: bool = False) -> Run:
        nonlocal seen
        training.look()
        # Who stops a training waits for nothing: the picture stays the last one.
        first = len(training.rows) and training.rows[0] == 0  # it did not diverge
        if grid is not None and first and not ended_early:
            seen = training.answers(grid).reshape(SIDE, SIDE).numpy()
        return Run(
            task,
            policy,
            done,
            outcome.train_loss.copy(),
            outcome.accuracy[HELD_OUT].copy(),
            tuple(training.points),
            time.monotonic() - start,
            seen,
        )

    done, ended_early = 0, False
    for done in training.steps():
        if ended_early := stopped():
            break
        if time.monotonic() - told > EVERY and done < group.steps:
            publish(run(done))
            told = time.monotonic()
    result = run(done, ended_early)
    publish(result)
    return result


def plane(task: Task) -> torch.Tensor:
    """Places on a grid over two-dimensional training data, shape (SIDE * SIDE, 2), by rows."""
    x = task.splits[0].x
    ends = zip(x.min(0).values - 0.2, x.max(0).values + 0.2, strict=True)
    across, up = (torch.linspace(float(a), float(b), SIDE, dtype=x.dtype) for a, b in ends)
    return torch.stack(torch.meshgrid(across, up, indexing="xy"), dim=-1).reshape(-1, 2)


def to_csv(runs: Sequence[Run]) -> str:
    """All runs, step by step: a row for each run, seed and step."""
    keys = list(dict.fromkeys(key for run in runs for key in run.settings()))
    rows: list[list[Any]] = []
    for number, run in enumerate(runs, 1):
        settings, curve = run.settings(), run.policy.curve()
        own = [settings.get(key, "") for key in keys]
        at = {point - 1: place for place, point in enumerate(run.points)}
        for seed in range(len(run.loss)):
            for step in range(run.done):
                momentum = "" if curve.momentum is None else repr(float(curve.momentum[step]))
                values = [run.loss[seed, step]]
                values += [run.accuracy[seed, at[step]]] if step in at else [np.nan]
                cells = ["" if np.isnan(value) else repr(float(value)) for value in values]
                rows.append(
                    [number, *own, seed, step, repr(float(curve.lr[step])), momentum, *cells]
                )
    header = ["run", *keys, "seed", "step", "lr", "momentum", "loss", "held_out_accuracy"]
    return tables.to_csv(header, rows)
