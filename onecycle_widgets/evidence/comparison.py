"""Schedules against each other, fairly: same steps, same rates to choose from, several seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from torch import nn

from .. import checks, toys
from ..policy.baselines import SCHEDULES, Make, Schedule
from ..sweeps.setting import Setting
from ..sweeps.sweep import sweep
from ..tables import Table
from .plans import REPORT_SEEDS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
COMPARED = {kind: SCHEDULES[kind] for kind in ("constant", "step", "one cycle")}
DECAYS = {"sgd": 0.0, "adamw": 0.01}  # torch's defaults


@dataclass(frozen=True, eq=False)
class Comparison:
    """Accuracies of each schedule at each learning rate, over seeds.

    Attributes
    ----------
    rates : ndarray, shape (rates,)
        The learning rates that every schedule chose from.
    validation : dict of str to ndarray, shape (rates, seeds)
        Accuracy in [0, 1] on held-out training data, by schedule: for choosing.
    test : dict of str to ndarray, shape (report_seeds,)
        Accuracy on the test data at each schedule's best rate, and of the `fixed`
        settings, with fresh seeds: for reporting.
    chosen : dict of str to float
        The rate that each row of `test` used.
    total_steps : int
        Optimizer steps of every run.

    Examples
    --------
    >>> step, cycle = np.array([[0.6], [0.9], [0.7]]), np.array([[0.6], [0.92], [0.91]])
    >>> tried = {"step": step, "cycle": cycle}
    >>> final = {"step": np.array([0.88, 0.9]), "cycle": np.array([0.92, 0.94])}
    >>> chosen = {"step": 0.1, "cycle": 0.1}
    >>> made = Comparison(np.array([0.01, 0.1, 1.0]), tried, final, chosen, total_steps=100)
    >>> made.good_rates("cycle"), made.good_rates("step")
    ((0.1, 1.0), (0.1, 0.1))
    >>> print(made.table())
    schedule   lr  test accuracy, %  least to most
    step      0.1        89.0 ± 1.4   88.0 to 90.0
    cycle     0.1        93.0 ± 1.4   92.0 to 94.0
    """

    rates: Array
    validation: dict[str, Array]
    test: dict[str, Array]
    chosen: dict[str, float]
    total_steps: int

    def good_rates(self, schedule: str, within: float = 0.03) -> tuple[float, float] | None:
        """Lowest and highest rate whose mean validation accuracy is near the best of all.

        Parameters
        ----------
        schedule : str
            Name of the schedule, a key of `validation`.
        within : float, default 0.03
            Largest distance from the best that counts as near, as a share: 0.03 is three
            percentage points.

        Returns
        -------
        (low, high) or None
            None when no rate comes so near.

        Examples
        --------
        >>> step, cycle = np.array([[0.6], [0.9], [0.7]]), np.array([[0.6], [0.92], [0.91]])
        >>> tried = {"step": step, "cycle": cycle}
        >>> made = Comparison(np.array([0.01, 0.1, 1.0]), tried, {}, {}, total_steps=100)
        >>> made.good_rates("cycle"), made.good_rates("step"), made.good_rates("step", within=0.01)
        ((0.1, 1.0), (0.1, 0.1), None)
        """
        top = max(accuracy.mean(1).max() for accuracy in self.validation.values())
        good = self.rates[self.validation[schedule].mean(1) >= top - within]
        return (float(good[0]), float(good[-1])) if len(good) else None

    def table(self) -> Table:
        """Return the test accuracies: mean, standard deviation, least and most.

        Examples
        --------
        >>> final = {"cycle": np.array([0.92, 0.94])}
        >>> print(Comparison(np.array([0.1]), {}, final, {"cycle": 0.1}, total_steps=100).table())
        schedule   lr  test accuracy, %  least to most
        cycle     0.1        93.0 ± 1.4   92.0 to 94.0
        """
        rows = []
        for name, accuracy in self.test.items():
            percent = 100 * accuracy
            mean = f"{percent.mean():.1f} ± {percent.std(ddof=1):.1f}"
            span = f"{percent.min():.1f} to {percent.max():.1f}"
            rows.append((name, f"{self.chosen[name]:.2g}", mean, span))
        return Table(("schedule", "lr", "test accuracy, %", "least to most"), rows)

    def plot(self, mark: float | None = None) -> "Figure":
        """Draw validation accuracy over the learning rate; with its spread over the seeds.

        Parameters
        ----------
        mark : float, optional
            A learning rate to mark with a line: the range test's.

        Examples
        --------
        >>> tried = {"cycle": np.array([[0.6, 0.7], [0.9, 0.92], [0.5, 0.6]])}
        >>> Comparison(np.array([0.01, 0.1, 1.0]), tried, {}, {}, total_steps=100).plot()
        Rates within 3 points of the best of all: cycle 0.1 to 0.1
        """
        from .comparison_figures import comparison_figure

        return comparison_figure(self, mark)


def mlp_for(split: toys.Split, seed: int) -> nn.Sequential:
    """Return an MLP whose inputs, classes and precision fit the data.

    Parameters
    ----------
    split : Split
        Training data with labels from 0.
    seed : int
        Seed of the initial weights.

    Examples
    --------
    >>> spirals = toys.spirals().train
    >>> mlp_for(spirals, seed=0)(spirals.x[:5]).shape
    torch.Size([5, 3])
    """
    classes = int(split.y.max()) + 1
    return toys.mlp(split.x[0].numel(), classes, seed=seed, dtype=split.x.dtype)


def setting_for(schedule: Schedule, optimizer: str = "sgd") -> Setting:
    """Return a setting with momentum 0.9, batches of 64, and torch's default weight decay.

    Parameters
    ----------
    schedule : OneCycle or a baseline
        Learning rate and number of optimizer steps.
    optimizer : {'sgd', 'adamw'}
        Which of torch's optimizers trains.

    Raises
    ------
    ValueError
        When there is no such optimizer here.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle
    >>> setting = setting_for(OneCycle(0.1, 100), "adamw")
    >>> setting.weight_decay, setting.batch_size
    (0.01, 64)
    """
    if optimizer not in DECAYS:
        raise ValueError(f"optimizer must be one of {tuple(DECAYS)}, got {checks.shown(optimizer)}")
    return Setting(schedule, weight_decay=DECAYS[optimizer], optimizer=optimizer)


def compare(
    toy: toys.Toy,
    rates: Sequence[float],
    total_steps: int = 100,
    schedules: dict[str, Make] | None = None,
    fixed: dict[str, tuple[str, float]] | None = None,
    seeds: int = 5,
    report_seeds: int = 10,
    optimizer: str = "sgd",
    progress: bool = True,
) -> Comparison:
    """Tune every schedule on the same rates with the same budget, then report on unseen data.

    Each schedule trains once for every rate and seed and is measured on a
    validation split; its best rate then trains with fresh seeds and is measured on
    the test data. Nothing is chosen on the test data.

    Parameters
    ----------
    toy : Toy
        The data; a fifth of its training data is held out for choosing.
    rates : sequence of float
        Learning rates to choose from, in rising order.
    total_steps : int, default 100
        Optimizer steps of every run.
    schedules : dict of str to callable, optional
        By name: ``schedule(lr, total_steps)``; default: constant, step, and one cycle.
    fixed : dict of str to (str, float), optional
        By name: one of the schedules' names with a rate from elsewhere, such as a
        range test. It takes part in the report only.
    seeds, report_seeds : int, default 5 and 10
        Runs for each setting when choosing, and when reporting.
    optimizer : {'sgd', 'adamw'}
        Torch's, with momentum (beta1) 0.9 where it is not cycled, and torch's default weight decay.
    progress : bool, default True
        Show a tqdm bar when it takes longer than two seconds.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        When `rates` do not rise or are not positive, a number of seeds is too small, or
        `fixed` names no schedule.

    Examples
    --------
    >>> import torch
    >>> spirals = toys.spirals(dtype=torch.float64)
    >>> found = compare(spirals, [0.01, 0.3], 20, seeds=1, report_seeds=2, progress=False)
    >>> found.chosen["one cycle"], found.validation["step"].shape, found.test["step"].shape
    (0.3, (2, 1), (2,))
    """
    ladder = np.array([checks.positive("rates", rate) for rate in rates])
    if not len(ladder) or (np.diff(ladder) <= 0).any():
        raise ValueError(f"rates must rise and hold at least one, got {checks.shown(list(rates))}")
    seeds = checks.whole("seeds", seeds)
    report_seeds = checks.whole("report_seeds", report_seeds, least=2)
    schedules, fixed = schedules or COMPARED, fixed or {}
    for schedule, _ in fixed.values():
        if schedule not in schedules:
            raise ValueError(
                f"fixed must name one of {list(schedules)}, got {checks.shown(schedule)}"
            )
    train_on, held_out = toy.holdout()

    def accuracies(
        chosen: list[tuple[str, float]], on: toys.Split, many: range
    ) -> NDArray[np.float64]:
        """Shape (chosen, seeds)."""
        return sweep(
            lambda seed: mlp_for(train_on, seed),
            train_on,
            [setting_for(schedules[name](lr, total_steps), optimizer) for name, lr in chosen],
            many,
            {"accuracy": on},
            progress=progress,
        ).final("accuracy")

    # All schedules and rates train in one sweep; what comes back is cut into schedules again.
    tried = accuracies([(n, float(lr)) for n in schedules for lr in ladder], held_out, range(seeds))
    validation = dict(zip(schedules, np.split(tried, len(schedules)), strict=True))
    best = {name: (name, float(ladder[a.mean(1).argmax()])) for name, a in validation.items()}
    # A second round: the best rate has been lucky in the first, and on data that chose it.
    report = range(REPORT_SEEDS, REPORT_SEEDS + report_seeds)
    rows = accuracies(list((best | fixed).values()), toy.test, report)
    test = dict(zip(best | fixed, rows, strict=True))
    chosen = {name: lr for name, (_, lr) in (best | fixed).items()}
    return Comparison(ladder, validation, test, chosen, total_steps)
