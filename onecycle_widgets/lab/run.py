"""A training in the lab: what it came to, and how it is done step by step, so that it can stop.

The engine yields after every optimizer step. Between two steps `train` asks whether to stop, and
ten times a second it hands out a `Run`: a copy of all there is so far, which nobody changes any
more. So a picture can be drawn from it in another thread while the training goes on.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .. import tables
from ..policy.one_cycle import OneCycle
from .task import HELD_OUT, Task

Array = NDArray[np.float64]
SIDE = 60  # places across the plane
OWN = "own"  # what a person gave has no name
EVERY = 0.1  # seconds between two looks at a training under way


@dataclass(frozen=True, eq=False)
class Run:
    """A training, finished, stopped, or under way.

    Attributes
    ----------
    task : Task
        What was trained: data, model, optimizer, seeds.
    policy : OneCycle
        The schedule.
    done : int
        Optimizer steps taken.
    loss : ndarray, shape (seeds, total_steps)
        Training loss of each batch, before its step; NaN where it has not come to that, or
        diverged.
    accuracy : ndarray, shape (seeds, points)
        Share of the held-out data that is classified rightly; NaN where it has not come to that.
    points : tuple of int
        Numbers of steps after which that was measured.
    seconds : float
        Time taken so far.
    boundary : ndarray of int, shape (SIDE, SIDE), or None
        Class of each place in the plane, by the first seed's model; None unless the data are
        two-dimensional.
    held_out_loss : ndarray, shape (seeds, points)
        Mean loss on the held-out data, measured when the accuracy is, which regression has not.

    Examples
    --------
    >>> run = train(Task(seeds=2), OneCycle(0.2, 30), lambda: False, lambda run: None)
    >>> run.complete, run.loss.shape, run.accuracy.shape
    (True, (2, 30), (2, 20))
    >>> run.settings()["max_lr"], bool(run.final.min() > 0.5)
    ('0.2', True)
    """

    task: Task
    policy: OneCycle
    done: int
    loss: Array
    accuracy: Array
    points: tuple[int, ...]
    seconds: float = field(compare=False)
    boundary: NDArray[np.int64] | None = None
    held_out_loss: Array = field(default_factory=lambda: np.full((1, 1), np.nan))

    @property
    def complete(self) -> bool:
        """Whether all steps were taken.

        Examples
        --------
        >>> nan = np.full((1, 30), np.nan)
        >>> [Run(Task(), OneCycle(0.1, 30), n, nan, nan, (30,), 0.0).complete for n in (20, 30)]
        [False, True]
        """
        return self.done == self.policy.total_steps

    @property
    def final(self) -> Array:
        """Accuracy of each seed when last measured; NaN before that.

        Examples
        --------
        >>> accuracy = np.array([[0.5, 0.9, np.nan]])  # stopped after 20 steps of 30
        >>> loss = np.full((1, 30), np.nan)
        >>> Run(Task(), OneCycle(0.1, 30), 20, loss, accuracy, (10, 20, 30), 0.0).final.tolist()
        [0.9]
        """
        return self._last(self.accuracy)

    @property
    def final_loss(self) -> Array:
        """Loss of each seed on the held-out data when last measured; NaN before that.

        Examples
        --------
        >>> run = train(Task(seeds=2), OneCycle(0.2, 30), lambda: False, lambda run: None)
        >>> bool((run.final_loss == run.held_out_loss[:, -1]).all())
        True
        """
        return self._last(self.held_out_loss)

    def _last(self, measured: Array) -> Array:
        count = sum(point <= self.done for point in self.points)
        return measured[:, count - 1] if count else np.full(len(measured), np.nan)

    def settings(self) -> dict[str, str]:
        """What the run was trained with, by name, as text; the policy without its defaults.

        Examples
        --------
        >>> nan = np.full((1, 1), np.nan)
        >>> Run(Task(), OneCycle(0.1, 10), 0, nan, nan, (10,), 0.0).settings()["optimizer"]
        'sgd'
        """
        task, policy = self.task, self.policy.arguments()
        values: dict[str, Any] = {"data": task.data or OWN, "model": task.model, **policy}
        values |= {"optimizer": task.optimizer, "batch_size": task.batch_size}
        values |= {"weight_decay": task.weight_decay, "seeds": task.seeds}
        return {name: f"{v:g}" if isinstance(v, float) else str(v) for name, v in values.items()}


def names(runs: Sequence[Run]) -> list[str]:
    """Name runs by the settings in which not all of them agree, or by their peak.

    Parameters
    ----------
    runs : sequence of Run
        The runs that are shown together.

    Returns
    -------
    list of str
        A name for each; runs with the same settings have the same name.

    Examples
    --------
    >>> nan = np.full((1, 1), np.nan)
    >>> made = [Run(Task(), OneCycle(lr, 10), 0, nan, nan, (10,), 0.0) for lr in (0.1, 0.5)]
    >>> names(made), names(made[:1])
    (['max_lr=0.1', 'max_lr=0.5'], ['max_lr=0.1'])
    """
    # A legend should say what differs, and only that: the rest is the same for all.
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
    task : Task
        What to train.
    policy : OneCycle
        The schedule.
    stopped : callable
        ``stopped()`` is asked after every step; when true, the training ends there.
    publish : callable
        ``publish(run)`` is told of the run so far.

    Returns
    -------
    Run
        The whole run, or as much as was done.

    Examples
    --------
    Stopped before the end, after the first step:

    >>> run = train(Task(), OneCycle(0.2, 30), lambda: True, lambda run: None)
    >>> run.complete, run.done
    (False, 1)
    """
    training = task.begin(policy, stopped)
    outcome = training.outcome
    # Only two inputs make a plane that can be coloured.
    grid = plane(task).to(training.device) if task.planar else None
    start = told = time.monotonic()

    seen: NDArray[np.int64] | None = None

    def run(done: int, ended_early: bool = False) -> Run:
        nonlocal seen
        # What the engine measures stays on its device until somebody looks: now.
        training.look()
        # Who stops a training waits for nothing: the picture stays the last one. A seed that
        # diverged is taken out of the stack, and then the first model is another one's.
        first = len(training.rows) and training.rows[0] == 0  # it did not diverge
        if grid is not None and first and not ended_early:
            seen = training.answers(grid).reshape(SIDE, SIDE).cpu().numpy()
        return Run(
            task,
            policy,
            done,
            outcome.train_loss.copy(),  # the training goes on writing into the original
            outcome.accuracy[HELD_OUT].copy(),
            tuple(training.points),
            time.monotonic() - start,
            seen,
            outcome.loss[HELD_OUT].copy(),
        )

    done = 0
    for done in training.steps():
        if stopped():
            break
        # By the clock, not by steps: a small model must not spend its time on telling.
        if time.monotonic() - told > EVERY and done < policy.total_steps:
            publish(run(done))
            told = time.monotonic()
    result = run(done, ended_early=done < policy.total_steps)
    publish(result)
    return result


def plane(task: Task) -> torch.Tensor:
    """Return places on a grid over two-dimensional training data, by rows.

    Parameters
    ----------
    task : Task
        What is trained, on data of two inputs.

    Returns
    -------
    Tensor, shape (SIDE * SIDE, 2)
        A little wider than the data.

    Examples
    --------
    >>> plane(Task("spirals")).shape
    torch.Size([3600, 2])
    """
    x = task.splits[0].x
    ends = zip(x.min(0).values - 0.2, x.max(0).values + 0.2, strict=True)
    # Of the data's kind, whatever torch's defaults are.
    across, up = (
        torch.linspace(float(a), float(b), SIDE, dtype=x.dtype, device=x.device) for a, b in ends
    )
    return torch.stack(torch.meshgrid(across, up, indexing="xy"), dim=-1).reshape(-1, 2)


def alike(runs: Sequence[Run], task: Task, policy: OneCycle) -> Run | None:
    """Return the first run of a task and a schedule, which would come to the same numbers again.

    Parameters
    ----------
    runs : sequence of Run
        Where to look.
    task : Task
        What is trained, with how many seeds.
    policy : OneCycle
        The schedule.

    Examples
    --------
    >>> nan = np.full((1, 1), np.nan)
    >>> run = Run(Task(), OneCycle(0.1, 10), 0, nan, nan, (10,), 0.0)
    >>> alike([run], Task(), OneCycle(0.1, 10)) is run, alike([run], Task(seeds=2), run.policy)
    (True, None)
    """
    return next((run for run in runs if (run.task, run.policy) == (task, policy)), None)


def to_csv(runs: Sequence[Run]) -> str:
    """Return all runs as CSV, step by step: a row for each run, seed and step.

    Parameters
    ----------
    runs : sequence of Run
        Finished runs or stopped ones; of the latter the steps that were taken.

    Examples
    --------
    >>> run = train(Task(), OneCycle(0.1, 10), lambda: False, lambda run: None)
    >>> header, *rows = to_csv([run]).splitlines()
    >>> len(rows), header.split(",")[-4:]
    (10, ['lr', 'momentum', 'loss', 'held_out_accuracy'])
    """
    keys = list(dict.fromkeys(key for run in runs for key in run.settings()))
    # Of the toys, which are all classified, the page writes the same columns.
    own = any(not run.task.data for run in runs)
    rows: list[list[Any]] = []
    for number, run in enumerate(runs, 1):
        settings, curve = run.settings(), run.policy.curve()
        common = [settings.get(key, "") for key in keys]
        kinds = [run.accuracy, run.held_out_loss] if own else [run.accuracy]
        # Steps count from 0: what is measured after five of them stands in the row of step 4.
        at = {point - 1: place for place, point in enumerate(run.points)}
        for seed in range(len(run.loss)):
            for step in range(run.done):
                momentum = "" if curve.momentum is None else repr(float(curve.momentum[step]))
                values = [run.loss[seed, step]]
                values += [kind[seed, at[step]] if step in at else np.nan for kind in kinds]
                # repr gives all digits, so that a spreadsheet can be compared to the last one.
                cells = ["" if np.isnan(value) else repr(float(value)) for value in values]
                rows.append(
                    [number, *common, seed, step, repr(float(curve.lr[step])), momentum, *cells]
                )
    header = ["run", *keys, "seed", "step", "lr", "momentum", "loss", "held_out_accuracy"]
    header += ["held_out_loss"] if own else []
    return tables.to_csv(header, rows)
