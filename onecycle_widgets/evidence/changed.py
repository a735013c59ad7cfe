"""What a change of the budget costs: at 80 % of a planned training its end is moved.

``python -m onecycle_widgets.evidence.changed notebooks/data`` trains and stores it anew. Which
claims are made of it, and by which words they are judged, stands in `family_rules`.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ..policy.baselines import Schedule, WarmupStableDecay
from ..policy.curve import Curve
from ..sweeps.setting import Setting
from ..sweeps.sweep import sweep
from . import stored
from .experiments import Evidence, load, scores
from .plans import REPORT_SEEDS

Array = NDArray[np.float64]
AT, DOUBLED, HALVED = 0.8, 2.0, 0.9  # when it becomes known, and where the end is then
LAST_TENTH = 0.9  # the cool-down that has not begun by then
SEEDS = REPORT_SEEDS + 1000  # where they start: no seed serves twice
NETS = {"residual": (200, 10), "mnist1d": (200, 6), "text_pre": (200, 10)}
"""By experiment: the planned steps, and the seeds."""

KINDS = ("one cycle", "cosine", "warm-up, stable, decay", "constant")
PLANNED = "as planned"
GOES_ON, KNOWN_DOUBLED = "goes on", "known, doubled"
STOPPED, STRAIGHT, KNOWN_HALVED = "stopped", "straight to zero", "known, halved"
WAYS = (PLANNED, GOES_ON, KNOWN_DOUBLED, STOPPED, STRAIGHT, KNOWN_HALVED)


@dataclass(frozen=True, eq=False)
class Joined:
    """A learning rate, and perhaps a momentum, put together from two schedules.

    Attributes
    ----------
    lr : ndarray, shape (steps,)
        Learning rate at each step.
    momentum : ndarray, shape (steps,), or None
        Momentum at each step, where it is cycled.

    Examples
    --------
    >>> Joined(np.array([0.1, 0.2]), None).total_steps
    2
    """

    lr: Array
    momentum: Array | None

    @property
    def total_steps(self) -> int:
        """Number of optimizer steps."""
        return len(self.lr)

    def curve(self) -> Curve:
        """Learning rate, and momentum where it is cycled, at each step."""
        return Curve(self.lr, self.momentum)


def way(schedule: Schedule, name: str) -> Schedule | Joined:
    """Return what is done with a planned training, from its first step to its new last one.

    Parameters
    ----------
    schedule : Schedule
        The plan.
    name : str
        One of `WAYS`.

    Examples
    --------
    >>> from onecycle_widgets.policy.baselines import Linear
    >>> way(Linear(1.0, 10), "goes on").curve().lr.round(2)[6:12].tolist()
    [0.4, 0.3, 0.6, 0.55, 0.5, 0.45]
    >>> way(Linear(1.0, 10), "stopped").curve().lr.round(2)[-2:].tolist()
    [0.3, 0.2]
    """
    steps = schedule.total_steps
    at, doubled, halved = (round(share * steps) for share in (AT, DOUBLED, HALVED))
    of_length = {KNOWN_DOUBLED: doubled, KNOWN_HALVED: halved, PLANNED: steps}
    if name in of_length:
        return longer(schedule, of_length[name])
    plan = schedule.curve()
    if name == GOES_ON:
        later = longer(schedule, doubled).curve()
        return _joined(
            plan, at, later.lr[at:], None if later.momentum is None else later.momentum[at:]
        )
    if name == STOPPED:
        return Joined(plan.lr[:halved], None if plan.momentum is None else plan.momentum[:halved])
    gone = np.arange(halved - at) / (halved - at)
    momentum = plan.momentum
    if momentum is not None:
        momentum = momentum[at] + gone * (momentum[-1] - momentum[at])
    return _joined(plan, at, plan.lr[at] * (1 - gone), momentum)


def longer(schedule: Schedule, steps: int) -> Schedule:
    """Return the same schedule for another number of steps.

    Examples
    --------
    >>> from onecycle_widgets.policy.baselines import Linear
    >>> longer(Linear(0.1, 10), 20).total_steps
    20
    """
    return cast(Schedule, replace(cast(Any, schedule), total_steps=steps))


def _joined(plan: Curve, at: int, lr: Array, momentum: Array | None) -> Joined:
    """A plan up to a step, and something else from there."""
    both = None if plan.momentum is None else np.concatenate([plan.momentum[:at], momentum])
    return Joined(np.concatenate([plan.lr[:at], lr]), both)


def planned(evidence: Evidence, kind: str, steps: int) -> Setting:
    """Return the setting that a schedule chose for a length, such that its end can still be moved.

    Warm-up-stable-decay chooses among the candidates that cool down in the last tenth only, by
    their mean score on validation data in the first round.

    Examples
    --------
    >>> from onecycle_widgets.evidence.experiments import load
    >>> found = load("mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> planned(found, "warm-up, stable, decay", 200).schedule.decay_start
    0.9
    """
    family = f"{kind}, {steps} steps"
    if kind != "warm-up, stable, decay":
        return evidence.chosen(family)
    late = [
        (float(found.mean()), at)
        for at, (setting, found) in enumerate(
            zip(evidence.experiment.families[family], evidence.tuning(family), strict=True)
        )
        if cast(WarmupStableDecay, setting.schedule).decay_start == LAST_TENTH
    ]
    return evidence.experiment.families[family][max(late)[1]]


def settings(net: str, folder: str | Path) -> list[Setting]:
    """Return how each schedule is trained in each way, schedule by schedule.

    Examples
    --------
    >>> len(settings("mnist1d", Path(__file__).parents[2] / "notebooks" / "data"))
    24
    """
    evidence, (steps, _) = load(net, folder), NETS[net]
    plans = [planned(evidence, kind, steps) for kind in KINDS]
    return [
        replace(plan, schedule=cast(Any, way(cast(Schedule, plan.schedule), name)))
        for plan in plans
        for name in WAYS
    ]


@dataclass(frozen=True, eq=False)
class Changed:
    """What came of it on one net.

    Attributes
    ----------
    scores : ndarray, shape (kinds, ways, seeds)
        Test accuracy in percent; of the text, its loss in hundredths of a nat, the sign turned.

    Examples
    --------
    >>> Changed(np.zeros((len(KINDS), len(WAYS), 6))).of("cosine", "goes on").shape
    (6,)
    """

    scores: Array

    def of(self, kind: str, name: str) -> Array:
        """Return the scores of a schedule that goes one way, shape (seeds,)."""
        found: Array = self.scores[KINDS.index(kind), WAYS.index(name)]
        return found


def load_changed(net: str, folder: str | Path = "data") -> Changed:
    """Read what was stored of a net.

    Parameters
    ----------
    net : str
        One of `NETS`.
    folder : str or Path, default 'data'
        Where the files lie; beside the lessons that is ``data``.

    Raises
    ------
    FileNotFoundError
        When the file is not there.
    ValueError
        When it is damaged, was changed, or belongs to another plan.

    Examples
    --------
    >>> load_changed("mnist1d", Path(__file__).parents[2] / "notebooks" / "data").scores.shape
    (4, 6, 6)
    """
    path = Path(folder) / f"changed_{net}.npz"
    found = stored.load(path, _plan(net, folder), __name__)["scores"]
    if found.shape != (len(KINDS), len(WAYS), NETS[net][1]):
        raise ValueError(f"{path} must hold scores of shape (kinds, ways, seeds)")
    return Changed(found)


def _plan(net: str, folder: str | Path) -> str:
    """Everything about the plan that is no code, as text."""
    evidence, (steps, seeds) = load(net, folder), NETS[net]
    plans = [planned(evidence, kind, steps) for kind in KINDS]
    return repr([net, plans, WAYS, AT, DOUBLED, HALVED, seeds, SEEDS])


def measure(net: str, folder: str | Path) -> Changed:
    """Train each schedule in each way, with fresh seeds."""
    experiment = load(net, folder).experiment
    train, measured = experiment.data()
    seeds = range(SEEDS, SEEDS + NETS[net][1])
    runs = sweep(
        experiment.model,
        train,
        settings(net, folder),
        seeds,
        {"test": measured["test"]},
        loss_fn=experiment.loss_fn,
        at_once=20,
        progress=False,
    )
    shape = (len(KINDS), len(WAYS), len(seeds))
    return Changed(100 * scores(experiment, runs, "test").reshape(shape))


def main() -> None:
    """Read the command line, train, and store."""
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets.evidence.changed",
        description="Move the end of trainings that are on their way, and store what it costs.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as notebooks/data")
    parser.add_argument("nets", nargs="*", help=f"default: all of {', '.join(NETS)}")
    options = parser.parse_args()
    for net in options.nets or NETS:
        found = measure(net, options.folder)
        path = options.folder / f"changed_{net}.npz"
        print(stored.save(path, _plan(net, options.folder), vars(found)))


if __name__ == "__main__":
    main()
