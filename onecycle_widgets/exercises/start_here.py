"""Self-checks of the first lesson, on one cycle as a whole."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from .. import toys
from ..evidence.comparison import mlp_for, setting_for
from ..policy.one_cycle import OneCycle
from ..sweeps.sweep import sweep
from .checking import RIGHT, HintError, number, one_cycle, one_group, self_check
from .live import training

READ = OneCycle(max_lr=0.5, total_steps=200, pct_start=0.25)  # the cycle to be read
BUDGET, BAR = 60, 0.95


@self_check
def read_cycle(answer: Any) -> str:
    """Check the first exercise of *Start here*: read a cycle off its parameters.

    Parameters
    ----------
    answer : mapping of str to float
        'peak step', 'first rate', 'last rate' and 'peak momentum' of
        ``OneCycle(max_lr=0.5, total_steps=200, pct_start=0.25)``.

    Returns
    -------
    str
        '✓ Right.' and what it means, or a hint on the first number that is wrong.

    Examples
    --------
    >>> read_cycle({"peak step": 0.25})
    ✗ Not yet: 'peak step': a step, not a share of the steps.
    """
    if not isinstance(answer, Mapping):
        raise HintError(f"the answer should be a dict, not {type(answer).__name__}.")
    curve, top = READ.curve(), float(READ.max_lr)  # type: ignore[arg-type]
    peak, momentum = int(curve.lr.argmax()), curve.momentum
    assert momentum is not None
    right = {
        "peak step": peak,
        "first rate": curve.lr[0],
        "last rate": curve.lr[-1],
        "peak momentum": momentum[peak],
    }
    mistakes = {
        "peak step": [
            (peak + 1, "steps are counted from 0"),
            (59, "pct_start is not torch's default here"),
            (60, "pct_start is not torch's default here"),
            (0.25, "a step, not a share of the steps"),
        ],
        "first rate": [
            (top, "the cycle does not begin at its peak"),
            (0.0, "the cycle begins low, but not at zero"),
            (top / 10, "div_factor says how far below the peak; what is its default?"),
            (curve.lr[-1], "that is the other end of the cycle"),
        ],
        "last rate": [
            (top / READ.final_div_factor, "final_div_factor divides the first rate, not the peak"),
            (curve.lr[0], "the cycle ends far below where it began"),
            (0.0, "very small, but not zero: PyTorch divides twice"),
        ],
        "peak momentum": [
            (momentum[0], "momentum mirrors the rate: where the rate is high, it is low"),
            (0.9, "the optimizer's own momentum does not count while the cycle moves it"),
        ],
    }
    last_resort = {
        "peak step": "which share of the steps does the climb take?",
        "first rate": "divide the peak by div_factor",
        "last rate": "from the peak, PyTorch divides by both factors",
        "peak momentum": "look up base_momentum and max_momentum: which belongs to the peak?",
    }
    for name, value in right.items():
        found: Any = answer.get(name)
        if not number(found):
            raise HintError(f"{name!r} should be a number, but it is {found!r}.")
        if not np.isclose(found, value, rtol=1e-3, atol=0):
            near = [hint for wrong, hint in mistakes[name] if np.isclose(found, wrong, atol=1e-12)]
            raise HintError(f"{name!r}: {(near or [last_resort[name]])[0]}.")
    return f"{RIGHT} Four numbers, read without running anything; the explorer agrees."


@self_check
def start_here(answer: Any) -> str:
    """Check the second exercise of *Start here*: plan a cycle for a training.

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

    Examples
    --------
    >>> start_here(OneCycle(0.1, 5))
    ✗ Not yet: the scheduler is stepped once per batch, not once per epoch.
    """
    policy = one_cycle(answer)
    steps = policy.total_steps
    if steps == 5:
        raise HintError("the scheduler is stepped once per batch, not once per epoch.")
    if steps == 5 * 45:
        raise HintError("the last batch of an epoch is incomplete and is dropped.")
    if steps != 5 * 44:
        raise HintError("how many whole batches of 32 are in 1,437 images, and how many epochs?")
    one_group(policy)
    curve = policy.curve()
    if not np.isclose(curve.lr.max(), 0.1):
        raise HintError(f"the peak should be 0.1, but it is {curve.lr.max():.3g}.")
    if curve.lr.argmax() != 87:
        share = (curve.lr.argmax() + 1) / steps
        raise HintError(f"the peak comes after {share:.0%} of the steps; 40 % was asked for.")
    if curve.momentum is not None:
        if np.ptp(curve.momentum) == 0:
            raise HintError(
                f"the momentum stays at {curve.momentum[0]:g}, whatever the optimizer's own was. "
                "Which parameter leaves it alone?"
            )
        raise HintError("the momentum still moves. Which parameter leaves it alone?")
    return f"{RIGHT} {steps} steps, peak 0.1 at step 87, momentum untouched."


@self_check
def sixty_steps(answer: Any) -> str:
    """Check the last exercise of *Start here* by training: 95 % with at most 60 steps.

    Parameters
    ----------
    answer : OneCycle
        The student's policy. The digits network trains with it, in batches of 64 with SGD,
        from ten seeds; the mean accuracy on held-out images counts.

    Returns
    -------
    str
        '✓ Right.' with the accuracy, or a hint in which direction to look.

    Examples
    --------
    >>> sixty_steps(OneCycle(0.1, 100))
    ✗ Not yet: over budget: 100 steps, 60 are allowed.
    """
    policy = one_cycle(answer)
    one_group(policy)
    if policy.total_steps > BUDGET:
        raise HintError(f"over budget: {policy.total_steps} steps, {BUDGET} are allowed.")
    with training("ten networks"):
        ((reached, test),) = _accuracies([policy])
    if reached >= BAR:
        return f"{RIGHT} {reached:.1%} of the held-out images, and {test:.1%} of the test images."
    only = f"{reached:.1%}"
    # The same shape with other peaks tells whether the peak is at fault, and in which direction.
    peaks = np.array([0.05, 0.1, 0.15, 0.2, 0.25, 0.3])
    with training("sixty more, to find out what is wrong"):
        held_out = _accuracies([_with_peak(policy, float(peak)) for peak in peaks])[:, 0]
    if held_out.max() >= BAR:
        slow = policy.max_lr < peaks[held_out.argmax()]
        way = "too slow: the peak is low." if slow else "too wild: the peak is high."
        raise HintError(f"{only}, {way}")
    if policy.total_steps < 0.9 * BUDGET:
        raise HintError(f"{only}, whatever the peak: too few steps. The budget allows more.")
    rates = policy.curve().lr
    if rates[-len(rates) // 10 :].mean() > 0.1 * rates.max():
        raise HintError(
            f"{only}, whatever the peak: the rate is high to the end, no time to settle."
        )
    raise HintError(f"{only}, whatever the peak: another shape lets more steps run at a high rate.")


def _with_peak(policy: OneCycle, max_lr: float) -> OneCycle:
    with warnings.catch_warnings():  # an unusual shape has been warned of already
        warnings.simplefilter("ignore", UserWarning)
        return policy.replace(max_lr=max_lr)


def _accuracies(policies: list[OneCycle]) -> np.ndarray:
    """Mean accuracy over ten seeds, shape (policies, 2): on held-out and on test images."""
    digits = toys.digits(dtype=torch.float64)
    train_on, held_out = digits.holdout()
    found = sweep(
        lambda seed: mlp_for(train_on, seed),
        train_on,
        [setting_for(policy) for policy in policies],
        10,
        {"held out": held_out, "test": digits.test},
        progress=False,
    )
    return np.stack([found.final(on).mean(1) for on in ("held out", "test")], axis=1)
