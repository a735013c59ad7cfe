"""Tables of the lessons on evidence."""

from collections.abc import Sequence

import numpy as np

from ..sweeps.setting import Setting
from ..tables import Table
from . import budgets, causes, effects, estimates, studies
from .experiments import Evidence, load

OURS = "one cycle"


def speed_ups(evidence: Evidence, targets: Sequence[float], others: Sequence[str]) -> Table:
    """Steps that other schedules need to reach targets, as a multiple of one cycle's.

    Parameters
    ----------
    evidence : Evidence
        One of the experiments over lengths, such as 'residual', 'mnist1d' or 'digits'.
    targets : sequence of float
        Accuracies to reach, in percent.
    others : sequence of str
        The schedules to compare with.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("digits", Path(__file__).parents[2] / "notebooks" / "data")
    >>> speed_ups(stored, [90, 95], ["step"]).header
    ("steps needed / one cycle's", 'to 90 %', 'to 95 %')
    """
    rows = []
    for other in others:
        cells = []
        for target in targets:
            ours, theirs = (budgets.needed(evidence, kind, target) for kind in (OURS, other))
            factor = estimates.estimate(budgets.factor(evidence, other, target))
            # Never within the longest training: the factor is at least what stands there.
            least = "≥ " if np.isinf(theirs[0]) and np.isfinite(ours[0]) else ""
            cells.append(least + factor.text("", 1, ""))
        rows.append((other, *cells))
    return Table(("steps needed / one cycle's", *(f"to {t:g} %" for t in targets)), rows)


def wrong_rates(
    evidence: Evidence, target: float, rates: Sequence[float], kinds: Sequence[str]
) -> Table:
    """Steps that schedules need at one rate to reach a target, as a multiple of the tuned cycle's.

    Parameters
    ----------
    evidence : Evidence
        One of the experiments over lengths, such as 'residual' or 'mnist1d'.
    target : float
        Accuracy to reach, in percent.
    rates : sequence of float
        Rates, each of them for all; without weight decay, in each schedule's plain shape.
    kinds : sequence of str
        The schedules.

    Examples
    --------
    >>> from pathlib import Path
    >>> from onecycle_widgets.evidence.experiments import load
    >>> stored = load("mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> wrong_rates(stored, 80, [0.1, 1.0], ["one cycle", "step"]).header
    ('lr or max_lr', 'one cycle', 'step')
    """
    tuned = budgets.needed(evidence, OURS, target)
    rows = []
    for rate in rates:
        cells = []
        for kind in kinds:
            runs = budgets.at_rate(evidence, kind, rate)
            steps = budgets.steps_needed(runs, budgets.lengths(evidence, kind), target)
            factor = budgets.speed_up(steps, tuned).value
            cells.append(f"{factor:.1f}" if np.isfinite(factor) else "never")
        rows.append((f"{rate:g}", *cells))
    return Table(("lr or max_lr", *kinds), rows)


def by_depth(folder: str = "data") -> Table:
    """One cycle against the step schedule on the residual net, by its number of blocks.

    In as many steps, and with an eighth of them.

    Examples
    --------
    >>> from pathlib import Path
    >>> [row[0] for row in by_depth(Path(__file__).parents[2] / "notebooks" / "data").rows]
    ['2 blocks', '4 blocks', '8 blocks', '16 blocks']
    """
    rows = []
    for blocks in studies.BLOCKS:
        evidence = load(causes.residual(blocks), folder)
        gains = causes.an_eighth(evidence), causes.ahead_of_step(evidence)
        cells = [f"{blocks} blocks"]
        for family in (f"{OURS}, 200 steps", "step, 1600 steps"):
            cells.append(f"{estimates.accuracy(evidence, family)[0]:.1f}")
        rows.append((*cells, *(estimates.estimate(draws).text() for draws in gains)))
    header = (
        "residual net",
        "one cycle, 200 steps, %",
        "step, 1,600 steps, %",
        "ahead with an eighth of the steps",
        f"ahead at {studies.STEPS} steps",
    )
    return Table(header, rows)


def chosen(evidence: Evidence, families: Sequence[str], shape: bool = False) -> Table:
    """What families chose on the validation data, and what that reached on the test data.

    Parameters
    ----------
    evidence : Evidence
        An experiment with a report.
    families : sequence of str
        Names of families, keys of ``evidence.experiment.families``.
    shape : bool, default False
        Whether to show the shape that was chosen, too.

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
        setting = evidence.chosen(family)
        reached = estimates.estimate(estimates.accuracy(evidence, family))
        cells = [f"{setting.peak:g}", f"{setting.weight_decay:g}"]
        cells += [shape_of(setting)] if shape else []
        rows.append((family, *cells, reached.text("", 1, "")))
    names = ("shape",) if shape else ()
    return Table(("tuned", "rate", "decay", *names, "test, %"), rows)


def by_shape(evidence: Evidence, families: Sequence[str]) -> Table:
    """What each shape of a schedule would have reached, had it been the only one to choose from.

    The best rate and decay of each on the validation data, with the seeds for choosing.

    Examples
    --------
    >>> from pathlib import Path
    >>> stored = load("digits", Path(__file__).parents[2] / "notebooks" / "data")
    >>> [row[0] for row in by_shape(stored, ["step, 50 steps"]).rows]
    ['milestones 0.5, 0.75', 'milestones 0.625, 0.875', 'milestones 0.8, 0.95']
    """
    rows = []
    for family in families:
        settings = evidence.experiment.families[family]
        validation, test = (evidence.tuning(family, on).mean(1) for on in ("validation", "test"))
        shapes = [shape_of(setting) for setting in settings]
        for shape in dict.fromkeys(shapes):
            there = np.array([one == shape for one in shapes])
            best = int(np.where(there, validation, -1.0).argmax())
            chosen = (f"{settings[best].peak:g}", f"{settings[best].weight_decay:g}")
            first = shape if len(families) == 1 else f"{family.split(',')[0]}, {shape}"
            rows.append((first, *chosen, f"{100 * test[best]:.1f}"))
    return Table(("shape", "rate", "decay", "test, %"), rows)


def shape_of(setting: Setting) -> str:
    """What a schedule's shape is, apart from rate and length.

    Examples
    --------
    >>> from onecycle_widgets.policy.baselines import Cosine, Step
    >>> shape_of(Setting(Step(0.1, 100, milestones=(0.8, 0.95))))
    'milestones 0.8, 0.95'
    >>> shape_of(Setting(Cosine(0.1, 100)))
    'warmup 0'
    """
    names = ("pct_start", "milestones", "decay_start", "warmup")
    there = {name: getattr(setting.schedule, name, None) for name in names}
    found = {name: value for name, value in there.items() if value is not None}
    if len(found) > 1 and not found["warmup"]:
        del found["warmup"]
    texts = []
    for name, value in found.items():
        values = value if isinstance(value, tuple) else (value,)
        texts.append(f"{name} {', '.join(f'{number:.3g}' for number in values)}")
    return "; ".join(texts)


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
