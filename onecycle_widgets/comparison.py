"""Schedules against each other, fairly: same steps, same rates to choose from, several seeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD, AdamW, Optimizer
from torch.optim.lr_scheduler import MultiStepLR

from . import checks, loop, toys
from .scheduler import OneCycleLR
from .tables import Table
from .training import evaluate, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Schedule = Callable[[Optimizer, float, int], Any]
MakeOptimizer = Callable[[Any, float], Optimizer]

REPORT_SEEDS = 1000  # the reported runs' seeds start here, apart from those used to choose


def sgd(parameters: Any, lr: float) -> SGD:
    """SGD with momentum 0.9."""
    return SGD(parameters, lr=lr, momentum=0.9)


def adamw(parameters: Any, lr: float) -> AdamW:
    """AdamW with torch's defaults."""
    return AdamW(parameters, lr=lr)


def constant(optimizer: Optimizer, lr: float, total_steps: int) -> None:
    """No schedule: the rate stays."""


def step(optimizer: Optimizer, lr: float, total_steps: int) -> MultiStepLR:
    """Divide the rate by ten after a half and after three quarters of the steps."""
    return MultiStepLR(optimizer, [total_steps // 2, total_steps * 3 // 4], gamma=0.1)


def one_cycle(optimizer: Optimizer, lr: float, total_steps: int) -> OneCycleLR:
    """The 1cycle policy with torch's defaults; the rate is its peak."""
    return OneCycleLR(optimizer, max_lr=lr, total_steps=total_steps)


SCHEDULES: dict[str, Schedule] = {"constant": constant, "step": step, "one cycle": one_cycle}


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
            Its name.
        within : float, default 0.03
            How near, as a share: 0.03 is three percentage points.

        Returns
        -------
        (low, high) or None
            None when no rate comes so near.
        """
        top = max(accuracy.mean(1).max() for accuracy in self.validation.values())
        good = self.rates[self.validation[schedule].mean(1) >= top - within]
        return (float(good[0]), float(good[-1])) if len(good) else None

    def table(self) -> Table:
        """Return the test accuracies: mean, standard deviation, least and most."""
        rows = []
        for name, accuracy in self.test.items():
            percent = 100 * accuracy
            mean = f"{percent.mean():.1f} ± {percent.std(ddof=1):.1f}"
            span = f"{percent.min():.1f} to {percent.max():.1f}"
            rows.append((name, f"{self.chosen[name]:.2g}", mean, span))
        return Table(("schedule", "lr", "test accuracy, %", "least to most"), rows)

    def plot(self, mark: float | None = None) -> "Figure":
        """Draw validation accuracy over the learning rate; see `figures.comparison_figure`."""
        from .figures import comparison_figure

        return comparison_figure(self, mark)


def mlp_for(split: toys.Split, seed: int) -> nn.Sequential:
    """Return an MLP whose inputs, classes and precision fit the data."""
    classes = int(split.y.max()) + 1
    return toys.mlp(split.x[0].numel(), classes, seed=seed, dtype=split.x.dtype)


def run(
    schedule: Schedule,
    lr: float,
    seed: int,
    train_on: toys.Split,
    test_on: toys.Split,
    total_steps: int = 100,
    batch_size: int = 64,
    optimizer: MakeOptimizer = sgd,
) -> float:
    """Train one MLP and return its accuracy.

    Parameters
    ----------
    schedule : callable
        ``schedule(optimizer, lr, total_steps)`` returns a scheduler, or None.
    lr : float
        Learning rate: constant, first, or peak.
    seed : int
        Of the weights and of the order of the batches.
    train_on, test_on : Split
        Data to train with and to measure on.
    total_steps, batch_size : int
        Length of the training.
    optimizer : callable
        ``optimizer(parameters, lr)``; default: SGD with momentum 0.9.

    Returns
    -------
    float
        Share of right answers on `test_on`.
    """
    model = mlp_for(train_on, seed)
    optimiser = optimizer(model.parameters(), lr)
    scheduler = schedule(optimiser, lr, total_steps)
    batches = train_on.batches(batch_size, seed=seed)
    train(model, optimiser, cross_entropy, batches, scheduler, total_steps, progress=False)
    return evaluate(model, test_on)[1]


def compare(
    toy: toys.Toy,
    rates: Sequence[float],
    total_steps: int = 100,
    schedules: dict[str, Schedule] | None = None,
    fixed: dict[str, tuple[str, float]] | None = None,
    seeds: int = 5,
    report_seeds: int = 10,
    optimizer: MakeOptimizer = sgd,
    progress: bool = True,
) -> Comparison:
    """Tune every schedule on the same rates with the same budget, then report on unseen data.

    Each schedule trains once for every rate and seed and is measured on a
    validation split; its best rate then trains with fresh seeds and is measured on
    the test data. Nothing is chosen on the test data.

    Parameters
    ----------
    toy : Toy
        The task.
    rates : sequence of float
        Learning rates to choose from, in rising order.
    total_steps : int, default 100
        Optimizer steps of every run.
    schedules : dict of str to callable, optional
        By name; default: constant, step, and one cycle.
    fixed : dict of str to (str, float), optional
        By name: one of the schedules' names with a rate from elsewhere, such as a
        range test. It takes part in the report only.
    seeds, report_seeds : int, default 5 and 10
        Runs for each setting when choosing, and when reporting.
    optimizer : callable
        ``optimizer(parameters, lr)``; default: SGD with momentum 0.9.
    progress : bool, default True
        Show a tqdm bar when it takes longer than two seconds.

    Returns
    -------
    Comparison
    """
    ladder = np.array([checks.positive("rates", rate) for rate in rates])
    if not len(ladder) or (np.diff(ladder) <= 0).any():
        raise ValueError(f"rates must rise and hold at least one, got {list(rates)!r}")
    seeds = checks.whole("seeds", seeds)
    report_seeds = checks.whole("report_seeds", report_seeds, least=2)
    schedules, fixed = schedules or SCHEDULES, fixed or {}
    for schedule, _ in fixed.values():
        if schedule not in schedules:
            raise ValueError(f"fixed must name one of {list(schedules)}, got {schedule!r}")
    train_on, held_out = toy.holdout()
    runs = len(schedules) * (len(ladder) * seeds + report_seeds) + len(fixed) * report_seeds
    with loop.progress_bar(runs, "runs", progress) as advance:

        def measured(name: str, lr: float, on: toys.Split, many: range) -> Array:
            accuracies = []
            for seed in many:
                accuracies.append(
                    run(schedules[name], lr, seed, train_on, on, total_steps, 64, optimizer)
                )
                advance(1)
            return np.array(accuracies)

        validation = {
            name: np.stack([measured(name, lr, held_out, range(seeds)) for lr in ladder])
            for name in schedules
        }
        best = {
            name: (name, float(ladder[accuracy.mean(1).argmax()]))
            for name, accuracy in validation.items()
        }
        report = range(REPORT_SEEDS, REPORT_SEEDS + report_seeds)
        test = {
            name: measured(schedule, lr, toy.test, report)
            for name, (schedule, lr) in (best | fixed).items()
        }
    chosen = {name: lr for name, (_, lr) in (best | fixed).items()}
    return Comparison(ladder, validation, test, chosen, total_steps)
