"""Self-checks of lesson 04."""

from typing import Any

import numpy as np

from .words import RIGHT


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
