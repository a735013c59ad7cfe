"""Tables of the lessons on evidence."""

from collections.abc import Mapping, Sequence

import numpy as np

from . import claims, plans, verdicts
from .claims import Array
from .evidence import Evidence
from .tables import Table

OURS = "one cycle"


def speed_ups(curves: Mapping[str, Array], steps: Sequence[int], targets: Sequence[float]) -> Table:
    """Steps that other schedules need to reach targets, as a multiple of one cycle's.

    Parameters
    ----------
    curves : dict of str to ndarray, shape (steps, seeds)
        Test accuracy in percent at each length; one of them is named 'one cycle'.
    steps : sequence of int
        The lengths.
    targets : sequence of float
        In percent.
    """
    rows = [
        (other, *(claims.speed_up(runs, curves[OURS], steps, t).text("", 1, "") for t in targets))
        for other, runs in curves.items()
        if other != OURS
    ]
    return Table(("steps, as a multiple of one cycle's", *(f"to {t:g} %" for t in targets)), rows)


def wrong_rates(found: Evidence, steps: Sequence[int], target: float) -> Table:
    """Steps that untuned schedules need to reach a target, as a multiple of the tuned cycle's.

    Parameters
    ----------
    found : Evidence
        Of an experiment over budgets.
    steps : sequence of int
        Its lengths.
    target : float
        In percent.
    """
    tuned = claims.curve(found, OURS, steps)
    rows = []
    for kind in (OURS, "step", "cosine", "constant"):
        cells = []
        for rate in plans.RATES:
            runs = claims.untuned(found, kind, steps, rate)
            factor = claims.speed_up(runs, tuned, steps, target).value
            cells.append(f"{factor:.1f}" if np.isfinite(factor) else "never")
        rows.append((kind, *cells))
    return Table((f"multiple of steps to {target:g} %", *(f"lr {r:g}" for r in plans.RATES)), rows)


def good_rates(field: Evidence) -> Table:
    """How high and how wide the region of good learning rates is, for each length.

    Parameters
    ----------
    field : Evidence
        The map of one cycle and the step schedule.
    """
    medians = {kind: np.median(verdicts.accuracy_map(field, kind), 2) for kind in (OURS, "step")}
    rows = []
    for at, steps in enumerate(plans.MAP_STEPS):
        cells = []
        for grid in medians.values():
            width = claims.good_rates(grid[at], plans.MAP_RATES)
            cells += [f"{grid[at].max():.1f}", f"{width:.1f}"]
        rows.append((f"{steps} steps", *cells))
    header = [text for kind in medians for text in (f"{kind}: best, %", "good rates, decades")]
    return Table(("", *header), rows)


def depths(folder: str = "data") -> Table:
    """How far one cycle is ahead, by number of layers."""
    gains = {other: verdicts.by_depth(folder, other) for other in ("step", "cosine")}
    rows = [
        (f"{2 * blocks + 2} layers", *(claims.mean(gain[blocks]).text() for gain in gains.values()))
        for blocks in plans.DEPTHS
    ]
    return Table(("one cycle ahead of, points", *gains), rows)


def chosen(found: Evidence, families: Sequence[str]) -> Table:
    """What families chose on the validation data, and what that reached on the test data."""
    rows = []
    for family in families:
        setting, estimate = found.chosen(family), claims.mean(found.reported(family))
        decay = f"{setting.weight_decay:g}"
        rows.append((family, f"{setting.peak:g}", decay, estimate.text("", 1, "")))
    return Table(("tuned", "lr or max_lr", "weight decay", "test accuracy, %"), rows)


def decays(found: Evidence) -> Table:
    """Weight decay at each learning rate: the best one, and the largest that does little harm."""
    rows = []
    for kind in (OURS, "constant"):
        best = verdicts.decay_by_rate(found, verdicts.best_decay, kind)
        most = verdicts.decay_by_rate(found, verdicts.most_decay, kind)
        for rate in best:
            accuracy = 100 * found.tuning(f"{kind}, {rate:g}", "test").mean(1)
            texts = []
            for estimate in (best[rate], most[rate]):
                value, low, high = (
                    f"{10**x:.0e}" for x in (estimate.value, estimate.low, estimate.high)
                )
                texts.append(f"{value} [{low}, {high}]")
            rows.append((kind, f"{rate:g}", f"{accuracy[0]:.1f}", f"{accuracy.max():.1f}", *texts))
    header = ("schedule", "rate", "no decay, %", "best, %", "best decay", "most within 3 points")
    return Table(header, rows)
