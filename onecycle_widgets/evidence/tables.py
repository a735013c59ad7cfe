"""Tables of the lessons on evidence."""

from collections.abc import Sequence

import numpy as np

from ..tables import Table
from . import budgets, effects, estimates, first_round, plans
from .experiments import Evidence

OURS = "one cycle"


def speed_ups(evidence: Evidence, targets: Sequence[float]) -> Table:
    """Steps that other schedules need to reach targets, as a multiple of one cycle's.

    Parameters
    ----------
    evidence : Evidence
        One of the experiments over budgets, 'budgets_mnist1d' or 'budgets_digits'.
    targets : sequence of float
        Accuracies to reach, in percent.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("budgets_mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> [(row[0], row[1].split()[0]) for row in speed_ups(stored, [90]).rows]
    [('step', '1.4'), ('cosine', '1.0'), ('constant', '2.3')]
    """
    steps = first_round.BUDGETS[evidence.experiment.toy]
    ours = budgets.curve(evidence, OURS, steps)
    rows = []
    for other in first_round.COMPARED[evidence.experiment.toy][1:]:
        theirs = budgets.curve(evidence, other, steps)
        factors = [budgets.speed_up(theirs, ours, steps, target) for target in targets]
        rows.append((other, *(factor.text("", 1, "") for factor in factors)))
    return Table(("steps needed / one cycle's", *(f"to {t:g} %" for t in targets)), rows)


def wrong_rates(evidence: Evidence, target: float) -> Table:
    """Steps that untuned schedules need to reach a target, as a multiple of the tuned cycle's.

    Parameters
    ----------
    evidence : Evidence
        One of the experiments over budgets, 'budgets_mnist1d' or 'budgets_digits'.
    target : float
        Accuracy to reach, in percent.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("budgets_mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> wrong_rates(stored, 90).rows[-2]
    ('1', '1.1', '1.8', '1.3', '3.5')
    """
    steps = first_round.BUDGETS[evidence.experiment.toy]
    tuned = budgets.curve(evidence, OURS, steps)
    kinds = (OURS, "step", "cosine", "constant")
    rows = []
    for rate in plans.RATES:
        cells = []
        for kind in kinds:
            runs = budgets.untuned(evidence, kind, steps, rate)
            factor = budgets.speed_up(runs, tuned, steps, target).value
            cells.append(f"{factor:.1f}" if np.isfinite(factor) else "never")
        rows.append((f"{rate:g}", *cells))
    return Table(("lr or max_lr", *kinds), rows)


def few_tries(evidence: Evidence, target: float, tries: Sequence[int] = (1, 2, 4, 18)) -> Table:
    """Steps to a target for the unlucky tenth when few settings may be tried, by schedule.

    Parameters
    ----------
    evidence : Evidence
        One of the experiments over budgets, 'budgets_mnist1d' or 'budgets_digits'.
    target : float
        Accuracy to reach, in percent.
    tries : sequence of int
        Numbers of settings that may be tried.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("budgets_mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> print(few_tries(stored, 90, tries=(1, 18)))
    settings tried  one cycle   step  cosine
    1                   never  never   never
    18                    288    341     264
    """
    steps = first_round.BUDGETS[evidence.experiment.toy]
    rows = []
    for n in tries:
        needed = [
            float(budgets.steps_needed(budgets.unlucky(evidence, kind, steps, n), steps, target))
            for kind in first_round.THREE
        ]
        rows.append((str(n), *(f"{x:.0f}" if np.isfinite(x) else "never" for x in needed)))
    return Table(("settings tried", *first_round.THREE), rows)


def good_rates(field: Evidence) -> Table:
    """Best accuracy in percent, and how many decades of rates come within 3 points of it.

    Parameters
    ----------
    field : Evidence
        The experiment 'map': one cycle and the step schedule over rates and lengths.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("map", Path(__file__).parents[2] / "notebooks" / "data")
    >>> good_rates(stored).rows[-1]
    ('600 steps', '96 % (1.8)', '95 % (1.4)')
    """
    medians = {kind: np.median(effects.accuracy_map(field, kind), 2) for kind in (OURS, "step")}
    rows = []
    for at, steps in enumerate(first_round.MAP_STEPS):
        cells = []
        for grid in medians.values():
            width = estimates.good_rates(grid[at], first_round.MAP_RATES)
            cells.append(f"{grid[at].max():.0f} % ({width:.1f})")
        rows.append((f"{steps} steps", *cells))
    return Table(("best (decades)", *medians), rows)


def depths(folder: str = "data") -> Table:
    """How far one cycle is ahead, by number of layers.

    Examples
    --------
    >>> from pathlib import Path
    >>> [row[0] for row in depths(Path(__file__).parents[2] / "notebooks" / "data").rows]
    ['4 layers', '6 layers', '10 layers']
    """
    gains = {other: effects.by_depth(folder, other) for other in ("step", "cosine")}
    rows = [
        (
            f"{2 * blocks + 2} layers",
            *(estimates.estimate(gain[blocks]).text() for gain in gains.values()),
        )
        for blocks in first_round.DEPTHS
    ]
    return Table(("one cycle ahead of, points", *gains), rows)


def chosen(evidence: Evidence, families: Sequence[str]) -> Table:
    """What families chose on the validation data, and what that reached on the test data.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("momentum", Path(__file__).parents[2] / "notebooks" / "data")
    >>> chosen(stored, ["constant, 0.9"]).rows[0][:3]
    ('constant, 0.9', '0.1', '0.001')
    """
    rows = []
    for family in families:
        setting, estimate = (
            evidence.chosen(family),
            estimates.estimate(estimates.accuracy(evidence, family)),
        )
        decay = f"{setting.weight_decay:g}"
        rows.append((family, f"{setting.peak:g}", decay, estimate.text("", 1, "")))
    return Table(("tuned", "rate", "decay", "test, %"), rows)


def decays(evidence: Evidence, kind: str = OURS) -> Table:
    """Weight decay at each learning rate: the best one, and the largest that does little harm.

    Parameters
    ----------
    evidence : Evidence
        The experiment 'decay'.
    kind : {'one cycle', 'constant'}
        The schedule.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("decay", Path(__file__).parents[2] / "notebooks" / "data")
    >>> [(row[0], row[2]) for row in decays(stored).rows[:3]]
    [('0.03', '86.7'), ('0.1', '94.2'), ('0.3', '94.5')]
    """
    best = effects.decay_by_rate(evidence, effects.best_decay, kind)
    most = effects.decay_by_rate(evidence, effects.most_decay, kind)
    rows = []
    for rate in best:
        accuracy = 100 * evidence.tuning(f"{kind}, {rate:g}", "test").mean(1)
        texts = [_decades(estimate) for estimate in (best[rate], most[rate])]
        rows.append((f"{rate:g}", f"{accuracy[0]:.1f}", f"{accuracy.max():.1f}", *texts))
    return Table(("rate", "none, %", "best, %", "best decay", "most"), rows)


def _decades(estimate: estimates.Estimate) -> str:
    value, low, high = (f"{10**x:.0g}" for x in (estimate.value, estimate.low, estimate.high))
    return f"{value} [{low}, {high}]"
