"""Figures of the stored experiments with their intervals, by a bootstrap over the seeds.

A figure travels as an array of 1 + DRAWS numbers: the figure itself, and then the same figure
computed from seeds drawn with replacement. Differences and ratios are taken draw by draw, so
that what two sides have in common (the luck of a seed) cancels; only at the end `estimate`
reads an interval. The draws are the same ones in every call, which is what joins families.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .experiments import Evidence

Array = NDArray[np.float64]
DRAWS = 4000


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % bootstrap interval over seeds.

    Attributes
    ----------
    value : float
        The figure itself, from all seeds, each counted once.
    low, high : float
        Ends of the interval, in the unit of `value`; NaN where no draw gives a number.

    Examples
    --------
    >>> Estimate(value=2.0, low=1.0, high=3.0).text(" points")
    '+2.0 [+1.0, +3.0] points'
    """

    value: float
    low: float
    high: float

    def text(self, unit: str = "", digits: int = 1, sign: str = "+") -> str:
        """Return ``value [low, high]`` and the unit; with sign '' a plus is not shown.

        Examples
        --------
        >>> Estimate(1.35, 1.1, float("inf")).text("×", digits=1, sign="")
        '1.4 [1.1, ∞]×'
        """
        # A speed-up over somebody who never arrives is infinite, and should look it.
        value, low, high = (
            f"{x:{sign}.{digits}f}".replace("inf", "∞") for x in (self.value, self.low, self.high)
        )
        return f"{value} [{low}, {high}]{unit}"

    @property
    def sure(self) -> int:
        """1 when the interval is above zero, -1 when below, 0 when it holds zero.

        Examples
        --------
        >>> Estimate(2.0, 1.0, 3.0).sure, Estimate(2.0, -1.0, 5.0).sure
        (1, 0)
        """
        return int(self.low > 0) - int(self.high < 0)


def sampled(values: Array, number: int = 0) -> Array:
    """Return means over the seeds, and what the bootstrap makes of them.

    Parameters
    ----------
    values : ndarray, shape (..., seeds)
        A figure for each run, such as its accuracy. Runs of equal seeds are drawn together,
        whatever array they are in.
    number : int, default 0
        Which draws: those by which is chosen are others than those that are reported.

    Returns
    -------
    ndarray, shape (..., 1 + DRAWS)
        First the mean, then the means of seeds drawn with replacement. Arrays of this form can
        be subtracted and divided; `estimate` then reads figure and interval.

    Examples
    --------
    Two schedules, of which the first is a point better with either seed, so in every draw:

    >>> ours, theirs = sampled(np.array([[90.0, 92.0], [89.0, 91.0]]))
    >>> float(ours[0]), bool((ours - theirs == 1).all())
    (91.0, True)
    """
    # scipy.stats.bootstrap resamples for one statistic of the data in one call. Here draw number
    # k must mean the same seeds in every family, whichever call makes it, because choices and
    # ratios are made inside a draw, before there is any interval.
    drawn = values[..., _index(values.shape[-1], number)].mean(-1)
    return np.concatenate([values.mean(-1)[..., None], drawn], axis=-1)


def of_chosen(tuning: Array, report: Array) -> Array:
    """Return what the best candidate reports, and over the draws, each of which chooses again.

    Parameters
    ----------
    tuning : ndarray, shape (candidates, seeds)
        Scores by which is chosen; larger is better.
    report : ndarray, shape (candidates, fresh seeds)
        Scores that are reported.

    Returns
    -------
    ndarray, shape (1 + DRAWS,)
        As from `sampled`.

    Examples
    --------
    >>> draws = of_chosen(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[9.0, 9.0], [5.0, 5.0]]))
    >>> float(draws[0]), bool((draws == 5).all())
    (5.0, True)
    """
    winner = sampled(tuning, 1).argmax(0)
    found: Array = sampled(report)[winner, np.arange(DRAWS + 1)]
    return found


def _index(seeds: int, number: int) -> NDArray[np.int64]:
    """Seeds drawn with replacement, shape (DRAWS, seeds); always the same ones."""
    return np.random.default_rng(number).integers(seeds, size=(DRAWS, seeds))


def estimate(draws: Array) -> Estimate:
    """Return the first entry, and the 95 % interval of the others; NaN counts for neither side.

    Parameters
    ----------
    draws : ndarray, shape (1 + DRAWS,)
        A figure, and the same of each draw, as from `sampled`.

    Examples
    --------
    >>> estimate(np.array([500.0, *range(1001)]))
    Estimate(value=500.0, low=25.0, high=975.0)
    """
    # 'nearest' never interpolates: between a finite draw and infinity there is no half-way.
    low, high = np.nan, np.nan
    if not np.isnan(draws[1:]).all():
        low, high = np.nanquantile(draws[1:], [0.025, 0.975], method="nearest")
    return Estimate(float(draws[0]), float(low), float(high))


def mean(values: Array) -> Estimate:
    """Return the mean over the seeds, with its interval.

    Parameters
    ----------
    values : ndarray, shape (seeds,)
        A figure for each run.

    Examples
    --------
    >>> mean(np.array([1.0, 2.0, 3.0])).text()
    '+2.0 [+1.0, +3.0]'
    """
    return estimate(sampled(values))


@lru_cache(maxsize=1024)  # tables and claims ask for the same families again and again
def accuracy(evidence: Evidence, family: str) -> Array:
    """Test score of a family in percent: of the chosen candidate, and over the draws.

    As a rule that is its accuracy; see `Evidence.reported`.

    A draw repeats the choice, too: the seeds for choosing are drawn with replacement, in both
    rounds where there are two, and where another candidate wins then, its own test accuracies
    count. A finalist that would not have come into the second round of a draw cannot win it; what
    a candidate might have done that never was a finalist, nobody knows.

    Parameters
    ----------
    evidence : Evidence
        An experiment whose chosen candidates were trained again, with fresh seeds.
    family : str
        Name of the family, a key of ``evidence.experiment.families``.

    Returns
    -------
    ndarray, shape (1 + DRAWS,)
        As from `sampled`; draws of equal number belong together in all families.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
    >>> draws = accuracy(stored, "constant, 0.9")
    >>> draws.shape, round(float(draws[0]), 1)
    ((4001,), 93.5)
    """
    # Choosing is a part of the method, and its luck a part of the result: were the winner kept
    # fixed, the interval would hold only for who happens to choose as we did. All families
    # share these draws, so that `gain` compares like with like.
    first = _drawn(evidence.tuning(family), 1)
    if evidence.finals is None:
        validation, last = evidence.tuning(family), first
        test = evidence.tuning(family, "test")
    else:
        finalists = evidence.finalists(family)
        validation, test = (evidence.final_tuning(family, on) for on in ("validation", "test"))
        better = np.array([(first > first[at]).sum(0) for at in finalists])
        entered = better < len(finalists)
        last = np.where(entered, _drawn(validation, 4), -np.inf)
    winner = last.argmax(0)
    result = sampled(evidence.reported(family))
    # Only the winner has been trained with fresh seeds; for another one we must make do with
    # the test accuracies of the seeds that chose it.
    index = _index(test.shape[1], 2)
    others = 100 * test[winner[:, None], index].mean(-1)
    result[1:] = np.where(winner == validation.mean(1).argmax(), result[1:], others)
    result.flags.writeable = False  # whoever asks next gets the same array
    return result


def _drawn(values: Array, number: int) -> Array:
    """Means over seeds drawn with replacement, shape (candidates, DRAWS)."""
    drawn: Array = values[:, _index(values.shape[1], number)].mean(-1)
    return drawn


def ahead(evidence: Evidence, ours: str, theirs: str) -> Array:
    """How many points of test accuracy one family is ahead of another, draw by draw.

    Parameters
    ----------
    evidence : Evidence
        An experiment whose chosen candidates were trained again, with fresh seeds.
    ours, theirs : str
        Names of families.

    Returns
    -------
    ndarray, shape (1 + DRAWS,)
        As from `sampled`; above zero where `ours` is better.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
    >>> round(float(ahead(stored, "constant, 0.9", "constant, 0.95")[0]), 1)
    2.6
    """
    return accuracy(evidence, ours) - accuracy(evidence, theirs)


def gain(evidence: Evidence, ours: str, theirs: str) -> Estimate:
    """How many points of test accuracy one family is ahead of another; paired by seed.

    Parameters
    ----------
    evidence : Evidence
        An experiment whose chosen candidates were trained again, with fresh seeds.
    ours, theirs : str
        Names of families. Runs of equal seed begin with the same weights and see the same
        batches.

    Returns
    -------
    Estimate
        Percentage points, above zero where `ours` is better.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
    >>> gain(stored, "constant, 0.9", "constant, 0.95").text(" points")
    '+2.6 [+1.8, +4.3] points'
    """
    return estimate(ahead(evidence, ours, theirs))
