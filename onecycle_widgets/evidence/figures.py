"""The lessons' pictures of the stored evidence; each takes its title, the finding, from them."""

from collections.abc import Sequence

import numpy as np

from ..drawing import Figure
from . import budgets, estimates, first_round, plans, studies
from .charts import ACCURACY, dots, lines, lines_by_panel, maps
from .experiments import Evidence


def by_length(evidence: Evidence, finding: str, kinds: Sequence[str]) -> Figure:
    """Draw the accuracy of tuned schedules over the length of the training.

    Parameters
    ----------
    evidence : Evidence
        One of the experiments over lengths, such as 'residual', 'mnist1d' or 'digits'.
    finding : str
        The title, which says what is seen.
    kinds : sequence of str
        Schedules to draw; where one has shorter trainings only, its line ends.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("residual", Path(__file__).parents[2] / "notebooks" / "data")
    >>> by_length(stored, "More steps, more accuracy", ["step"]).alt.split(". ")[0]
    'More steps, more accuracy'
    """
    steps = sorted({n for kind in kinds for n in budgets.lengths(evidence, kind)})
    curves = {}
    for kind in kinds:
        drawn = budgets.curve(evidence, kind)
        curves[kind] = np.full((len(steps), drawn.shape[1]), np.nan)
        curves[kind][[steps.index(n) for n in budgets.lengths(evidence, kind)]] = drawn
    return lines(steps, curves, ("optimizer steps (each length tuned apart)", ACCURACY), finding)


def high_rates(evidence: Evidence, finding: str) -> Figure:
    """Draw the accuracy over the rate at several weight decays, a panel for each.

    Parameters
    ----------
    evidence : Evidence
        The experiment 'high_rates'.
    finding : str
        The title, which says what is seen.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("high_rates", Path(__file__).parents[2] / "notebooks" / "data")
    >>> high_rates(stored, "It depends on the decay").alt.split(". ")[0]
    'It depends on the decay'
    """
    panels = {
        f"weight decay {decay:g}": {
            kind: estimates.sampled(100 * evidence.tuning(f"{kind}, decay {decay:g}", "test"))
            for kind in ("one cycle", "step", "cosine")
        }
        for decay in studies.HIGH_DECAYS[1:]
    }
    labels = (f"max_lr, or first lr ({studies.STEPS} steps)", ACCURACY)
    return lines_by_panel(studies.HIGH_RATES, panels, labels, finding)


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
