"""The lessons' pictures of the stored evidence; each takes its title, the finding, from them."""

from collections.abc import Sequence

import numpy as np

from ..drawing import Figure
from . import budgets, effects, estimates, first_round, plans
from .charts import ACCURACY, dots, lines, maps
from .experiments import Evidence


def by_length(evidence: Evidence, finding: str) -> Figure:
    """Draw the accuracy of every schedule over the length of the training.

    Parameters
    ----------
    evidence : Evidence
        One of the experiments over budgets, 'budgets_mnist1d' or 'budgets_digits'.
    finding : str
        The title, which says what is seen.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("budgets_mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> by_length(stored, "More steps, more accuracy").alt.split(". ")[0]
    'More steps, more accuracy'
    """
    toy = evidence.experiment.toy
    steps = first_round.BUDGETS[toy]
    curves = {kind: budgets.curve(evidence, kind, steps) for kind in first_round.COMPARED[toy]}
    return lines(steps, curves, ("optimizer steps (each length tuned apart)", ACCURACY), finding)


def unlucky(
    evidence: Evidence, finding: str, steps: int = 800, tries: Sequence[int] = (1, 2, 4, 8, 18)
) -> Figure:
    """Draw what one time in ten is not reached when only a few settings may be tried.

    Parameters
    ----------
    evidence : Evidence
        One of the experiments over budgets, 'budgets_mnist1d' or 'budgets_digits'.
    finding : str
        The title, which says what is seen.
    steps : int, default 800
        Length of the trainings.
    tries : sequence of int
        Numbers of settings that may be tried.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("budgets_mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> unlucky(stored, "Few tries hurt").alt.split(". ")[0]
    'Few tries hurt'
    """
    curves = {
        kind: np.array([budgets.unlucky(evidence, kind, [steps], n)[0] for n in tries])
        for kind in first_round.THREE
    }
    return lines(tries, curves, ("settings tried", "unlucky tenth: " + ACCURACY), finding)


def fields(evidence: Evidence, finding: str, level: float = 90) -> Figure:
    """Draw the maps of one cycle and the step schedule: rate, length, median accuracy.

    Parameters
    ----------
    evidence : Evidence
        The experiment 'map'.
    finding : str
        The title, which says what is seen.
    level : float, default 90
        Accuracy in percent; a line encloses what is at least so high.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("map", Path(__file__).parents[2] / "notebooks" / "data")
    >>> fields(stored, "One cycle bears higher rates").alt.split(". ")[0]
    'One cycle bears higher rates'
    """
    grids = {k: np.median(effects.accuracy_map(evidence, k), 2) for k in ("one cycle", "step")}
    labels = ("max_lr, or first lr", "optimizer steps")
    return maps(first_round.MAP_RATES, first_round.MAP_STEPS, grids, labels, finding, level=level)


def along_rates(evidence: Evidence, finding: str, steps: int = 400) -> Figure:
    """Draw one row of the maps, every third rate, with intervals over the seeds.

    Parameters
    ----------
    evidence : Evidence
        The experiment 'map'.
    finding : str
        The title, which says what is seen.
    steps : int, default 400
        Length of the trainings, one of `first_round.MAP_STEPS`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("map", Path(__file__).parents[2] / "notebooks" / "data")
    >>> along_rates(stored, "One cycle bears higher rates").alt.split(". ")[0]
    'One cycle bears higher rates'
    """
    at = first_round.MAP_STEPS.index(steps)
    rows = {
        kind: estimates.sampled(effects.accuracy_map(evidence, kind)[at, ::3])
        for kind in ("one cycle", "step")
    }
    labels = (f"max_lr, or first lr ({steps} steps)", ACCURACY)
    return lines(first_round.MAP_RATES[::3], rows, labels, finding)


def by_samples(finding: str, folder: str = "data") -> Figure:
    """Draw how far one cycle is ahead, over the number of training samples.

    Examples
    --------
    >>> from pathlib import Path
    >>> data = Path(__file__).parents[2] / "notebooks" / "data"
    >>> by_samples("Ahead at every size", data).alt.split(". ")[0]
    'Ahead at every size'
    """
    gains = {
        f"over {other}": np.array(list(effects.by_samples(folder, other).values()))
        for other in ("step", "cosine")
    }
    return lines(
        first_round.SAMPLES, gains, ("training samples", "one cycle ahead by, points"), finding
    )


def decay_fields(evidence: Evidence, finding: str) -> Figure:
    """Draw the maps of weight decay and rate; a dot marks the best decay at each rate.

    Parameters
    ----------
    evidence : Evidence
        The experiment 'decay'.
    finding : str
        The title, which says what is seen.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("decay", Path(__file__).parents[2] / "notebooks" / "data")
    >>> decay_fields(stored, "Large rates want less decay").alt.split(". ")[0]
    'Large rates want less decay'
    """
    rates = plans.RATES[1:]
    grids = {
        kind: 100
        * np.stack([evidence.tuning(f"{kind}, {r:g}", "test").mean(1) for r in rates], axis=1)
        for kind in ("one cycle", "constant")
    }
    labels = ("max_lr, or lr", "weight decay")
    return maps(rates, first_round.CYCLED_DECAYS, grids, labels, finding, mark=True)


def families(evidence: Evidence, finding: str) -> Figure:
    """Draw the reported accuracy of every family of an experiment.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
    >>> families(stored, "About 0.85 is enough").alt.split(". ")[0]
    'About 0.85 is enough'
    """
    return dots(
        {name: estimates.estimate(estimates.accuracy(evidence, name)) for name in evidence.rows},
        ACCURACY,
        finding,
    )


def ahead(evidence: Evidence, finding: str) -> Figure:
    """Draw how far every family is ahead of the first.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
    >>> ahead(stored, "0.95 throughout is too much").alt.split(". ")[0]
    '0.95 throughout is too much'
    """
    first, *others = evidence.rows
    gains = {name: estimates.gain(evidence, name, first) for name in others}
    return dots(gains, f"points ahead of {first}", finding)


def by_batch(evidence: Evidence, finding: str, kind: str = "one cycle") -> Figure:
    """Draw the accuracy over the rate, a curve for each batch size.

    Parameters
    ----------
    evidence : Evidence
        The experiment 'batch'.
    finding : str
        The title, which says what is seen.
    kind : {'one cycle', 'step'}
        The schedule.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("batch", Path(__file__).parents[2] / "notebooks" / "data")
    >>> by_batch(stored, "Larger batches, larger rates").alt.split(". ")[0]
    'Larger batches, larger rates'
    """
    curves = {
        f"batch {size}, {steps} steps": estimates.sampled(
            100 * evidence.tuning(f"{kind}, {size}", "test")
        )
        for size, steps in first_round.BATCHES.items()
    }
    return lines(plans.RATES, curves, ("max_lr", ACCURACY), finding)
