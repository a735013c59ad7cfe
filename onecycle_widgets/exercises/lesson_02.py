"""Self-checks of lesson 02."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch

from .. import toys
from ..comparison import mlp_for, setting_for
from ..policy import OneCycle
from ..range_result import RangeTest
from ..sweep import sweep
from ..truth import range_tests


class Task(NamedTuple):
    """A small training of which the exercise shows only the range test's curve."""

    toy: toys.Toy
    optimizer: str
    start_lr: float
    total_steps: int


def _tasks() -> dict[str, Task]:
    digits = toys.digits(dtype=torch.float64)
    spirals = toys.spirals(dtype=torch.float64)
    return {
        "A": Task(digits, "adamw", 1e-5, 100),
        "B": Task(digits, "sgd", 1e-4, 100),
        "C": Task(spirals, "sgd", 1e-4, 200),
    }


def three_curves() -> dict[str, RangeTest]:
    """Run the range tests of lesson 02's exercise: three unknown trainings, five runs each."""
    return {
        name: range_tests(task.toy, 5, task.optimizer, task.start_lr)
        for name, task in _tasks().items()
    }


def choose_max_lr(answer: Mapping[str, float], within: float = 0.03) -> str:
    """Check the exercise of lesson 02 by training with one cycle at the chosen peaks.

    Parameters
    ----------
    answer : mapping of str to float
        A peak for each of the curves 'A', 'B' and 'C'.
    within : float, default 0.03
        A peak is good when its mean accuracy over three seeds is at most this much,
        as a share, below that of the range test's own recommendation.

    Returns
    -------
    str
        One line for each curve: right, or a hint in which direction to look.
    """
    curves, lines = three_curves(), []
    for name, task in _tasks().items():
        lr = answer.get(name)
        if isinstance(lr, bool) or not isinstance(lr, (int, float)) or not 0 < lr < np.inf:
            lines.append(f"✗ {name}: choose a learning rate above 0, such as 0.01; got {lr!r}.")
            continue
        best = curves[name].recommended.lr
        assert best is not None
        reached, possible = (_accuracy(task, peak) for peak in (lr, best))
        if reached >= possible - within:
            lines.append(f"✓ {name}: right, it trains to {reached:.0%}.")
        elif lr < best:
            lines.append(
                f"✗ {name}: only {reached:.0%}: too slow. Where is the loss still falling?"
            )
        else:
            lines.append(f"✗ {name}: only {reached:.0%}: too wild. How far is the edge?")
    return "\n".join(lines)


def _accuracy(task: Task, lr: float) -> float:
    train_on, held_out = task.toy.holdout()
    setting = setting_for(OneCycle(lr, task.total_steps), task.optimizer)
    found = sweep(
        lambda seed: mlp_for(train_on, seed),
        train_on,
        [setting],
        3,
        {"held out": held_out},
        progress=False,
    )
    return float(found.final("held out").mean())
