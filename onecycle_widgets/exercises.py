"""Self-checks of the lessons' exercises: they test what an answer does and hint, never solve."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch

from . import toys
from .comparison import mlp_for, setting_for
from .policy import OneCycle
from .range_result import RangeTest
from .setting import Setting
from .sweep import sweep
from .truth import range_tests

RIGHT = "✓ Right."


def start_here(answer: Any) -> str:
    """Check the exercise of lesson 00: plan a cycle for a training.

    Parameters
    ----------
    answer : OneCycle
        The student's policy: 5 epochs over 1,437 images in batches of 32 (the last,
        incomplete batch is dropped), peak 0.1 after 40 % of the steps, momentum left
        alone.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.
    """
    if not isinstance(answer, OneCycle):
        return f"✗ Not yet: the answer should be a OneCycle(...), not {type(answer).__name__}."
    steps = answer.total_steps
    if steps == 5:
        return "✗ Not yet: the scheduler is stepped once per batch, not once per epoch."
    if steps == 5 * 45:
        return "✗ Not yet: the last batch of an epoch is incomplete and is dropped."
    if steps != 5 * 44:
        return "✗ Not yet: how many whole batches of 32 are in 1,437 images, and how many epochs?"
    if answer.groups is not None:
        return "✗ Not yet: one parameter group is enough; give numbers, not lists."
    curve = answer.curve()
    if not np.isclose(curve.lr.max(), 0.1):
        return f"✗ Not yet: the peak should be 0.1, but it is {curve.lr.max():.3g}."
    if curve.lr.argmax() != 87:
        share = (curve.lr.argmax() + 1) / steps
        return f"✗ Not yet: the peak comes after {share:.0%} of the steps; 40 % was asked for."
    if curve.momentum is not None:
        return "✗ Not yet: the momentum still moves. Which parameter leaves it alone?"
    return f"{RIGHT} {steps} steps, peak 0.1 at step 87, momentum untouched."


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


def fair_comparison(ours: Any, theirs: Any, seeds: Any) -> str:
    """Check the exercise of lesson 03: plan a comparison that nobody can call unfair.

    Parameters
    ----------
    ours, theirs : sequence of Setting
        The candidates of one cycle, and those of the step schedule.
    seeds : int
        How many runs each setting gets.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.
    """
    for name, candidates in (("ours", ours), ("theirs", theirs)):
        if not isinstance(candidates, (list, tuple)) or not candidates:
            return f"✗ Not yet: {name} should be a list of Setting(...)."
        if not all(isinstance(candidate, Setting) for candidate in candidates):
            return f"✗ Not yet: {name} should hold Setting(...) objects only."
    if {s.kind for s in ours} != {"OneCycle"} or {s.kind for s in theirs} != {"Step"}:
        return "✗ Not yet: ours should all be OneCycle schedules, and theirs Step schedules."
    if len({s.total_steps for s in (*ours, *theirs)}) > 1:
        return "✗ Not yet: somebody may train longer than the others."
    if len({(s.batch_size, s.optimizer, s.momentum) for s in (*ours, *theirs)}) > 1:
        return "✗ Not yet: batch size, optimizer and momentum should be the same for all."
    rates = [sorted({s.peak for s in candidates}) for candidates in (ours, theirs)]
    if rates[0] != rates[1]:
        return f"✗ Not yet: ours may choose from the rates {rates[0]}, theirs from {rates[1]}."
    if len(rates[0]) < 4 or rates[0][-1] / rates[0][0] < 30:
        return "✗ Not yet: too few rates, or too close: at least four, from end to end 30-fold."
    pairs = [sorted((s.peak, s.weight_decay) for s in c) for c in (ours, theirs)]
    if pairs[0] != pairs[1]:
        return "✗ Not yet: rates agree, but not the weight decays that go with them."
    if not isinstance(seeds, int) or seeds < 5:
        return f"✗ Not yet: with {seeds!r} seeds, luck may decide. Take at least 5."
    return f"{RIGHT} {len(ours)} candidates each, equal steps, {seeds} seeds."


def luck_of_one_seed(answer: Any, first: Any, second: Any) -> str:
    """Check the exercise of lesson 04: how often a single run misleads.

    Parameters
    ----------
    answer : float
        The share of all pairs (a run of each) in which the one with the lower mean wins.
    first, second : ndarray, shape (seeds,)
        Accuracies of two ways to train.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint.
    """
    first, second = np.asarray(first), np.asarray(second)
    better, worse = (first, second) if first.mean() >= second.mean() else (second, first)
    share = float((worse[:, None] > better[None, :]).mean())
    if isinstance(answer, bool) or not isinstance(answer, (int, float, np.number)):
        return f"✗ Not yet: the answer should be a number, not {type(answer).__name__}."
    if np.isclose(answer, share, atol=1e-9):
        return f"{RIGHT} One run of each would have told you the opposite in {share:.0%} of cases."
    if np.isclose(answer, 100 * share):
        return "✗ Not yet: a share lies between 0 and 1."
    if np.isclose(answer, (worse > better).mean()):
        return (
            "✗ Not yet: that is run against run of equal seed; compare every run with every other."
        )
    if np.isclose(answer, (worse[:, None] >= better[None, :]).mean()):
        return "✗ Not yet: a draw misleads nobody."
    if np.isclose(answer, (better[:, None] > worse[None, :]).mean()):
        return "✗ Not yet: that is how often the better one wins."
    return "✗ Not yet: compare each of the ten with each of the ten: a hundred pairs."
