"""What a budget buys: accuracy by length of the training, steps to a target accuracy.

Accuracies come by length of the training; draws are those of `estimates`.
"""

from collections.abc import Sequence

import numpy as np

from . import studies
from .estimates import Array, Estimate, accuracy, estimate, sampled
from .experiments import Evidence


def lengths(evidence: Evidence, kind: str) -> tuple[int, ...]:
    """Return the lengths of the families ``'kind, n steps'``, rising.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("residual", Path(__file__).parents[2] / "notebooks" / "data")
    >>> lengths(stored, "one cycle"), lengths(stored, "step")
    ((50, 100, 200, 400), (50, 100, 200, 400, 800, 1600))
    """
    names = [name.rsplit(", ", 1) for name in evidence.experiment.families]
    found = sorted(int(ending.split()[0]) for name, ending in names if name == kind)
    return tuple(found)


def curve(evidence: Evidence, kind: str) -> Array:
    """Test accuracy of the families ``'kind, n steps'``, shape (lengths, 1 + DRAWS).

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("digits", Path(__file__).parents[2] / "notebooks" / "data")
    >>> curve(stored, "one cycle").shape
    (5, 4001)
    """
    return np.array(
        [accuracy(evidence, f"{kind}, {steps} steps") for steps in lengths(evidence, kind)]
    )


def at_rate(evidence: Evidence, kind: str, rate: float) -> Array:
    """Test accuracy in percent at one rate, shape (lengths, 1 + DRAWS).

    Without weight decay, in each schedule's plain shape: the paper's milestones, a peak after 30 %
    of the steps, no warm-up for what only falls, a decay that starts after 70 %.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("digits", Path(__file__).parents[2] / "notebooks" / "data")
    >>> at_rate(stored, "step", 0.1).shape
    (5, 4001)
    """
    make, shapes = studies.KINDS[kind]
    shape = shapes[0] if "warmup" in shapes[0] else shapes[1]
    rows = []
    for steps in lengths(evidence, kind):
        family = f"{kind}, {steps} steps"
        wanted = make(rate, steps, **shape)
        settings = evidence.experiment.families[family]
        (at,) = (
            i
            for i, setting in enumerate(settings)
            if setting.schedule == wanted and setting.weight_decay == 0
        )
        rows.append(100 * evidence.tuning(family, "test")[at])
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


def needed(evidence: Evidence, kind: str, target: float) -> Array:
    """Steps that a tuned schedule needs to reach a target in percent, shape (1 + DRAWS,).

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("digits", Path(__file__).parents[2] / "notebooks" / "data")
    >>> bool(25 <= needed(stored, "one cycle", 90)[0] <= 100)
    True
    """
    return steps_needed(curve(evidence, kind), lengths(evidence, kind), target)


def factor(evidence: Evidence, other: str, target: float, ours: str = "one cycle") -> Array:
    """How many times more steps another schedule needs to reach a target in percent.

    Returns
    -------
    ndarray, shape (1 + DRAWS,)
        Their steps divided by ours. Where the others never get there, they need more than the
        longest training that there is: the factor counts that length, and so says the least that
        it can be. NaN where neither gets there, 0 where only the others do.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("digits", Path(__file__).parents[2] / "notebooks" / "data")
    >>> float(factor(stored, "one cycle", 90)[0])
    1.0
    """
    theirs, mine = needed(evidence, other, target), needed(evidence, ours, target)
    longest = lengths(evidence, other)[-1]
    neither = np.isinf(theirs) & np.isinf(mine)
    result: Array = np.where(neither, np.nan, np.minimum(theirs, longest) / mine)
    return result


def speed_up(theirs: Array, ours: Array) -> Estimate:
    """How many times more steps the others need; infinite where they never get there.

    Parameters
    ----------
    theirs, ours : ndarray, shape (1 + DRAWS,)
        Steps, as from `needed`.

    Returns
    -------
    Estimate
        Their steps divided by ours; NaN where neither gets there.

    Examples
    --------
    >>> speed_up(np.array([200.0, 200.0]), np.array([100.0, 100.0])).text("×", sign="")
    '2.0 [2.0, 2.0]×'
    """
    # Infinity by infinity is NaN, and means what it says: such a draw tells nothing.
    with np.errstate(invalid="ignore"):
        return estimate(theirs / ours)
