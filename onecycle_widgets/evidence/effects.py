"""Which weight decays and rates are good: rules that a bootstrap applies anew in every draw."""

from collections.abc import Callable

import numpy as np

from . import estimates, first_round, plans
from .estimates import Array, Estimate
from .experiments import Evidence

LOG_DECAYS = np.log10([d or 1e-6 for d in first_round.CYCLED_DECAYS])  # none counts as 1e-6


def best_decay(accuracy: Array) -> Array:
    """Decimal logarithm of the best weight decay.

    Parameters
    ----------
    accuracy : ndarray, shape (decays, draws)
        Accuracy in [0, 1] with each of `first_round.CYCLED_DECAYS`.

    Returns
    -------
    ndarray, shape (draws,)

    Examples
    --------
    One column is one draw; among 0, 1e-5, 1e-4, 3e-4, 1e-3, 3e-3 and 1e-2 the fifth is best:

    >>> draws = np.array([[0.90], [0.91], [0.92], [0.93], [0.94], [0.93], [0.80]])
    >>> best_decay(draws).tolist()
    [-3.0]
    """
    best: Array = LOG_DECAYS[accuracy.argmax(0)]
    return best


def most_decay(accuracy: Array, within: float = 0.03) -> Array:
    """Decimal logarithm of the largest weight decay that is near the best.

    Parameters
    ----------
    accuracy : ndarray, shape (decays, draws)
        Accuracy in [0, 1] with each of `first_round.CYCLED_DECAYS`.
    within : float, default 0.03
        Largest distance from the best that counts as near, as a share.

    Returns
    -------
    ndarray, shape (draws,)

    Examples
    --------
    1e-3 is best here, but 3e-3 still comes within three points of it:

    >>> draws = np.array([[0.90], [0.91], [0.92], [0.93], [0.94], [0.93], [0.80]])
    >>> [f"{10**log:g}" for log in most_decay(draws)]
    ['0.003']
    """
    good = accuracy >= accuracy.max(0) - within
    most: Array = np.where(good, LOG_DECAYS[:, None], -np.inf).max(0)
    return most


def decay_by_rate(
    evidence: Evidence, rule: Callable[[Array], Array], kind: str = "one cycle"
) -> dict[float, Estimate]:
    """Apply `best_decay` or `most_decay` at each learning rate.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("decay", Path(__file__).parents[2] / "notebooks" / "data")
    >>> most = decay_by_rate(stored, most_decay)
    >>> {rate: f"{10**estimate.value:g}" for rate, estimate in most.items()}
    {0.03: '0.01', 0.1: '0.01', 0.3: '0.003', 1.0: '0.001', 3.0: '0.0001'}
    """
    return {
        rate: over_seeds(evidence.tuning(f"{kind}, {rate:g}", "test"), rule)
        for rate in plans.RATES[1:]
    }


def good_centre(accuracy: Array, within: float = 0.03) -> Array:
    """Decimal logarithm of the geometric mean of the rates near the best, by draw.

    Parameters
    ----------
    accuracy : ndarray, shape (rates, draws)
        Accuracy in [0, 1] at each of `plans.RATES`.
    within : float, default 0.03
        Largest distance from the best that counts as near, as a share.

    Returns
    -------
    ndarray, shape (draws,)

    Examples
    --------
    Among the six rates 0.1 and 0.3 are near the best; their geometric mean is the root of 0.03:

    >>> draws = np.array([[0.50], [0.80], [0.95], [0.94], [0.60], [0.10]])
    >>> [f"{10**log:.3f}" for log in good_centre(draws)]
    ['0.173']
    """
    # The single best rate jumps between neighbours that are equally good; the middle of all good
    # ones moves smoothly with the range.
    good = accuracy >= accuracy.max(0) - within
    logs = np.log10(plans.RATES)[:, None]
    centre: Array = (good * logs).sum(0) / good.sum(0)
    return centre


def over_seeds(accuracy: Array, statistic: Callable[[Array], Array]) -> Estimate:
    """Bootstrap a statistic of the means over the seeds (last axis of `accuracy`).

    Examples
    --------
    What the best of two candidates reaches, trained with two seeds each:

    >>> accuracy = np.array([[0.5, 0.6], [0.8, 1.0]])
    >>> over_seeds(accuracy, lambda means: means.max(0)).text(sign="")
    '0.9 [0.8, 1.0]'
    """
    # What is best is found anew in every draw: the maximum of means is not the mean of maxima.
    return estimates.estimate(statistic(estimates.sampled(accuracy)))


def fall_drawn(accuracy: Array, rule: Callable[[Array], Array]) -> Array:
    """How much larger a rule's answer is for the first of two fields than for the second.

    Returns
    -------
    ndarray, shape (1 + DRAWS,)
        As from `estimates.sampled`.

    Examples
    --------
    At the first rate a decay of 1e-3 is best with both seeds, at the second 1e-4: a decade less.

    >>> first, second = np.full((2, 7, 2), 0.5)
    >>> first[4], second[2] = 0.9, 0.9
    >>> estimates.estimate(fall_drawn(np.stack([first, second]), best_decay))
    Estimate(value=1.0, low=1.0, high=1.0)
    """
    drawn = estimates.sampled(accuracy)
    return rule(drawn[0]) - rule(drawn[1])
