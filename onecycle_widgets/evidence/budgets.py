"""What a budget buys: steps to a target accuracy, and what few tries reach.

Accuracies come by length of the training; draws are those of `estimates`.
"""

from collections.abc import Sequence

import numpy as np

from .estimates import Array, Estimate, accuracy, estimate, sampled
from .experiments import Evidence


def curve(evidence: Evidence, kind: str, steps: Sequence[int]) -> Array:
    """Test accuracy of the families ``'kind, n steps'``, shape (steps, 1 + DRAWS).

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("budgets_mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> [estimate(draws).text(sign="") for draws in curve(stored, "one cycle", (100, 1600))]
    ['69.5 [65.8, 72.4]', '97.9 [96.9, 98.1]']
    """
    return np.array([accuracy(evidence, f"{kind}, {n} steps") for n in steps])


def untuned(
    evidence: Evidence, kind: str, steps: Sequence[int], rate: float, decay: float = 1e-4
) -> Array:
    """Test accuracy in percent of one candidate at every length, shape (steps, 1 + DRAWS).

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("budgets_mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> runs = untuned(stored, "step", (100, 1600), rate=0.1)
    >>> [estimate(draws).text(sign="") for draws in runs]
    ['71.0 [69.9, 72.2]', '97.0 [96.7, 97.2]']
    """
    rows = []
    for n in steps:
        name = f"{kind}, {n} steps"
        family = evidence.experiment.families[name]
        at = [(s.peak, s.weight_decay) for s in family].index((rate, decay))
        rows.append(100 * evidence.tuning(name, "test")[at])
    return sampled(np.array(rows))


def steps_needed(accuracy: Array, steps: Sequence[int], target: float) -> Array:
    """Interpolate how many steps reach a target.

    Parameters
    ----------
    accuracy : ndarray, shape (steps, ...)
        What trainings of each length reach.
    steps : sequence of int, rising
        Lengths of the trainings, one for each row of `accuracy`.
    target : float
        Accuracy to reach, in the unit of `accuracy`.

    Returns
    -------
    ndarray, shape (...)
        Steps, interpolated on the logarithm of the length; the first length where it suffices,
        infinity where none does.

    Examples
    --------
    85 % lies half-way between what 100 and 200 steps reach, so at the geometric mean of both:

    >>> reached = np.array([80.0, 90.0, 95.0])
    >>> needed = [steps_needed(reached, (100, 200, 400), target) for target in (80, 85, 90, 96)]
    >>> [round(float(steps), 1) for steps in needed]
    [100.0, 141.4, 200.0, inf]
    """
    # Who trains longer could have stopped earlier: a longer training counts at least as much as
    # the best shorter one, so that noise cannot make a target be lost again.
    best = np.maximum.accumulate(accuracy, axis=0)
    # Lengths double from one to the next, and accuracy grows about evenly per doubling.
    log = np.log(np.asarray(steps, dtype=np.float64))
    after = (best >= target).argmax(axis=0)
    before = np.maximum(after - 1, 0)
    high, low = (np.take_along_axis(best, i[None], axis=0)[0] for i in (after, before))
    # Where the first length suffices nothing lies before it: no rise, and no division by zero.
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
        Accuracy to reach, in the unit of the accuracies.

    Returns
    -------
    Estimate
        Their steps divided by ours; infinite where the others never get there, NaN where
        neither does.

    Examples
    --------
    >>> theirs = sampled(np.array([[70.0, 80.0], [90.0, 90.0]]))
    >>> ours = sampled(np.array([[90.0, 90.0], [95.0, 95.0]]))
    >>> speed_up(theirs, ours, steps=(100, 200), target=90.0).text("×", sign="")
    '2.0 [2.0, 2.0]×'
    """
    # Infinity by infinity is NaN, and means what it says: such a draw tells nothing.
    with np.errstate(invalid="ignore"):
        return estimate(steps_needed(theirs, steps, target) / steps_needed(ours, steps, target))


def after_tries(evidence: Evidence, family: str, tries: int) -> Array:
    """Test accuracy in percent when only a few candidates, drawn at random, may be tried.

    Parameters
    ----------
    evidence : Evidence
        An experiment, with a report or without.
    family : str
        Name of the family, a key of ``evidence.experiment.families``.
    tries : int
        Number of candidates tried; the best of them on the validation data is taken.

    Returns
    -------
    ndarray, shape (1000,)
        What each of a thousand draws of `tries` candidates reaches.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
    >>> [round(float(after_tries(stored, "constant, 0.9", n).mean())) for n in (1, 2, 18)]
    [82, 89, 94]
    """
    validation = evidence.tuning(family).mean(1)
    test = 100 * evidence.tuning(family, "test").mean(1)
    # A random search, a thousand times over: as somebody would do who can afford few tries.
    rng = np.random.default_rng(0)
    picks = np.array([rng.permutation(len(test))[:tries] for _ in range(1000)])
    taken: Array = test[picks[np.arange(1000), validation[picks].argmax(1)]]
    return taken


def unlucky(evidence: Evidence, kind: str, steps: Sequence[int], tries: int) -> Array:
    """Test accuracy in percent that one time in ten is not reached, shape (steps,).

    Parameters
    ----------
    evidence : Evidence
        An experiment with families named ``'kind, n steps'``.
    kind : str
        The schedule, such as 'step'.
    steps : sequence of int
        Lengths of the trainings.
    tries : int
        Number of candidates tried, as in `after_tries`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("budgets_mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> [unlucky(stored, "step", (400,), tries).round(1).item() for tries in (1, 2, 18)]
    [52.3, 71.6, 91.8]
    """
    # A mean would hide what robustness is about: how bad it gets when the draw is a poor one.
    return np.array(
        [np.quantile(after_tries(evidence, f"{kind}, {n} steps", tries), 0.1) for n in steps]
    )
