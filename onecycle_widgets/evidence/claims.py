"""The papers' claims beside what the stored experiments show: figure, interval, verdict.

Papers: L. N. Smith, N. Topin, "Super-Convergence" (arXiv:1708.07120), with the first author's
published logs; L. N. Smith, "A disciplined approach to neural network hyper-parameters"
(arXiv:1803.09820).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .experiments import Evidence

Array = NDArray[np.float64]
DRAWS = 4000
HOLDS, PARTLY, NOT = "holds", "partly", "not on this toy"


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % bootstrap interval over seeds."""

    value: float
    low: float
    high: float

    def text(self, unit: str = "", digits: int = 1, sign: str = "+") -> str:
        """Return ``value [low, high]`` and the unit."""
        value, low, high = (
            f"{x:{sign}.{digits}f}".replace("inf", "∞") for x in (self.value, self.low, self.high)
        )
        return f"{value} [{low}, {high}]{unit}"

    @property
    def sure(self) -> int:
        """1 when the interval is above zero, -1 when below, 0 when it holds zero."""
        return int(self.low > 0) - int(self.high < 0)


def sampled(values: Array) -> Array:
    """Return means over the seeds, and what the bootstrap makes of them.

    Parameters
    ----------
    values : ndarray, shape (..., seeds)
        Runs of equal seeds are drawn together, whatever array they are in.

    Returns
    -------
    ndarray, shape (..., 1 + DRAWS)
        First the mean, then the means of seeds drawn with replacement. Arrays of this form can
        be subtracted and divided; `estimate` then reads figure and interval.
    """
    drawn = values[..., _index(values.shape[-1], 0)].mean(-1)
    return np.concatenate([values.mean(-1)[..., None], drawn], axis=-1)


def _index(seeds: int, number: int) -> NDArray[np.int64]:
    """Seeds drawn with replacement, shape (DRAWS, seeds); always the same ones."""
    return np.random.default_rng(number).integers(seeds, size=(DRAWS, seeds))


def estimate(draws: Array) -> Estimate:
    """Return the first entry, and the 95 % interval of the others; NaN counts for neither side."""
    low, high = np.nan, np.nan
    if not np.isnan(draws[1:]).all():
        low, high = np.nanquantile(draws[1:], [0.025, 0.975], method="nearest")
    return Estimate(float(draws[0]), float(low), float(high))


def mean(values: Array) -> Estimate:
    """Return the mean of values of shape (seeds,)."""
    return estimate(sampled(values))


def accuracy(found: Evidence, family: str) -> Array:
    """Test accuracy of a family in percent: of the chosen candidate, and over the draws.

    A draw repeats the choice, too: the seeds for choosing are drawn with replacement, and
    where another candidate wins then, its own test accuracies count.

    Parameters
    ----------
    found : Evidence
        With a report.
    family : str
        Its name.

    Returns
    -------
    ndarray, shape (1 + DRAWS,)
        As from `sampled`; draws of equal number belong together in all families.
    """
    validation, test = found.tuning(family), 100 * found.tuning(family, "test")
    tries = validation.shape[1]
    winner = validation[:, _index(tries, 1)].mean(-1).argmax(0)
    others = test[winner[:, None], _index(tries, 2)].mean(-1)
    result = sampled(found.reported(family))
    result[1:] = np.where(winner == validation.mean(1).argmax(), result[1:], others)
    return result


def gain(found: Evidence, ours: str, theirs: str) -> Estimate:
    """How many points of test accuracy one family is ahead of another; paired by seed.

    Parameters
    ----------
    found : Evidence
        With a report.
    ours, theirs : str
        Names of families. Runs of equal seed begin with the same weights and see the same
        batches.
    """
    return estimate(accuracy(found, ours) - accuracy(found, theirs))


def curve(found: Evidence, kind: str, steps: Sequence[int]) -> Array:
    """Test accuracy of the families ``'kind, n steps'``, shape (steps, 1 + DRAWS)."""
    return np.array([accuracy(found, f"{kind}, {n} steps") for n in steps])


def untuned(
    found: Evidence, kind: str, steps: Sequence[int], rate: float, decay: float = 1e-4
) -> Array:
    """Test accuracy in percent of one candidate at every length, shape (steps, 1 + DRAWS)."""
    rows = []
    for n in steps:
        name = f"{kind}, {n} steps"
        family = found.experiment.families[name]
        at = [(s.peak, s.weight_decay) for s in family].index((rate, decay))
        rows.append(100 * found.tuning(name, "test")[at])
    return sampled(np.array(rows))


def steps_needed(accuracy: Array, steps: Sequence[int], target: float) -> Array:
    """Interpolate how many steps reach a target.

    Parameters
    ----------
    accuracy : ndarray, shape (steps, ...)
        What trainings of each length reach.
    steps : sequence of int, rising
        Those lengths.
    target : float
        In the unit of `accuracy`.

    Returns
    -------
    ndarray, shape (...)
        Interpolated on the logarithm of the length; the first length where it suffices, infinity
        where none does.
    """
    best = np.maximum.accumulate(accuracy, axis=0)
    log = np.log(np.asarray(steps, dtype=np.float64))
    after = (best >= target).argmax(axis=0)
    before = np.maximum(after - 1, 0)
    high, low = (np.take_along_axis(best, i[None], axis=0)[0] for i in (after, before))
    rise = np.where(after > 0, high - low, 1.0)
    part = np.where(after > 0, (target - low) / rise, 0.0)
    needed: Array = np.exp(log[before] + part * (log[after] - log[before]))
    return np.where((best >= target).any(axis=0), needed, np.inf)


def speed_up(theirs: Array, ours: Array, steps: Sequence[int], target: float) -> Estimate:
    """How many times more steps the others need to reach a target.

    Parameters
    ----------
    theirs, ours : ndarray, shape (steps, 1 + DRAWS)
        Accuracies, as from `curve`.
    steps : sequence of int
        Lengths of the trainings.
    target : float
        In the unit of the accuracies.

    Returns
    -------
    Estimate
        Of the ratio; infinite where the others never get there, NaN where neither does.
    """
    with np.errstate(invalid="ignore"):
        return estimate(steps_needed(theirs, steps, target) / steps_needed(ours, steps, target))


def after_tries(found: Evidence, family: str, tries: int) -> Array:
    """Test accuracy in percent when only a few candidates, drawn at random, may be tried.

    Parameters
    ----------
    found : Evidence
        Any.
    family : str
        Its name.
    tries : int
        How many; the best on the validation data is taken.

    Returns
    -------
    ndarray, shape (1000,)
        A value for each draw.
    """
    validation = found.tuning(family).mean(1)
    test = 100 * found.tuning(family, "test").mean(1)
    rng = np.random.default_rng(0)
    picks = np.array([rng.permutation(len(test))[:tries] for _ in range(1000)])
    taken: Array = test[picks[np.arange(1000), validation[picks].argmax(1)]]
    return taken


def unlucky(found: Evidence, kind: str, steps: Sequence[int], tries: int) -> Array:
    """Test accuracy in percent that one time in ten is not reached, shape (steps,).

    Parameters
    ----------
    found : Evidence
        With families ``'kind, n steps'``.
    kind : str
        Such as 'step'.
    steps : sequence of int
        Lengths of the trainings.
    tries : int
        Candidates tried, as in `after_tries`.
    """
    return np.array(
        [np.quantile(after_tries(found, f"{kind}, {n} steps", tries), 0.1) for n in steps]
    )


def good_rates(accuracy: Array, rates: Sequence[float], within: float = 3.0) -> float:
    """Number of decades between the lowest and the highest rate near the best.

    Parameters
    ----------
    accuracy : ndarray, shape (rates,)
        In percent.
    rates : sequence of float
        In rising order.
    within : float, default 3
        How near, in points.
    """
    good = np.asarray(rates)[accuracy >= accuracy.max() - within]
    return float(np.log10(good[-1] / good[0]))


def verdict(signs: Sequence[int]) -> str:
    """Say what estimates mean for a claim.

    Parameters
    ----------
    signs : sequence of int
        `Estimate.sure` of each part of the claim.

    Returns
    -------
    str
        'holds' when all are for it, 'partly' when some are, else 'not on this toy'.
    """
    if all(sign > 0 for sign in signs):
        return HOLDS
    return PARTLY if any(sign > 0 for sign in signs) else NOT
