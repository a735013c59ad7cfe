"""Self-checks of lesson 00."""

from typing import Any

import numpy as np

from ..policy import OneCycle
from .words import RIGHT


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
