"""Was a range test right? Its rules' picks against real, short trainings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch.nn.functional import cross_entropy

from .. import toys
from ..policy.baselines import Constant
from ..policy.one_cycle import OneCycle
from ..range_test.result import RangeTest
from ..range_test.run import lr_range_test
from ..tables import Table
from .comparison import Comparison, compare, mlp_for, setting_for


def range_tests(
    toy: toys.Toy, seeds: int = 10, optimizer: str = "sgd", start_lr: float = 1e-4
) -> RangeTest:
    """Run the range test on fresh models with fresh batches, one for each seed.

    Parameters
    ----------
    toy : Toy
        The data; the model is an MLP that fits them.
    seeds : int, default 10
        Number of runs, each with weights and batches of its own.
    optimizer : {'sgd', 'adamw'}
        Torch's, with momentum (beta1) 0.9 and torch's default weight decay.
    start_lr : float, default 1e-4
        Where the ladder of 100 rates begins; it ends at 10.

    Returns
    -------
    RangeTest
        All runs together, one for each seed.

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks", arXiv:1506.01186,
    section 3.3.

    Examples
    --------
    >>> tests = range_tests(toys.spirals(), seeds=2)
    >>> len(tests.runs), list(tests.spread())
    (2, ['steepest', 'minimum/10', 'valley', 'edge', 'halfway'])
    """
    results, setting = [], setting_for(Constant(0.1, 100), optimizer)
    for seed in range(seeds):
        model = mlp_for(toy.train, seed)
        batches = toy.train.batches(64, seed=seed)
        optimiser = setting.make_optimizer(model.parameters())
        results.append(
            lr_range_test(model, optimiser, cross_entropy, batches, start_lr, progress=False)
        )
    return RangeTest.stack(results)


@dataclass(frozen=True, eq=False)
class Truth:
    """Range tests of a task, and the accuracies that trainings with one cycle reached.

    Attributes
    ----------
    tests : RangeTest
        One run for each seed.
    trained : Comparison
        Validation accuracy over the peak learning rate.

    Examples
    --------
    >>> tried = {"cycle": np.array([[0.6], [0.9], [0.7]])}
    >>> trained = Comparison(np.array([0.01, 0.1, 1.0]), tried, {}, {}, total_steps=100)
    >>> truth = Truth(range_tests(toys.spirals(), seeds=1), trained)
    >>> len(truth.table().rows), round(truth.cost(1.0), 6)
    (5, 20.0)
    """

    tests: RangeTest
    trained: Comparison

    def cost(self, lr: float) -> float:
        """Return how many points of accuracy a peak of `lr` loses against the best of the ladder.

        Parameters
        ----------
        lr : float
            The peak. Between two rungs the accuracy is interpolated on the logarithm of the
            rate; beyond the ladder the outermost rung counts.

        Returns
        -------
        float
            Percentage points, 0 or more.

        Examples
        --------
        A peak of 0.1 is best; 1 costs 20 points, and so half-way, on the logarithm, it costs 10:

        >>> tried = {"cycle": np.array([[0.6], [0.9], [0.7]])}
        >>> trained = Comparison(np.array([0.01, 0.1, 1.0]), tried, {}, {}, total_steps=100)
        >>> truth = Truth(range_tests(toys.spirals(), seeds=1), trained)
        >>> [round(truth.cost(lr), 1) for lr in (0.1, 0.1 * 10**0.5, 1.0, 50.0)]
        [0.0, 10.0, 20.0, 20.0]
        """
        (accuracy,) = self.trained.validation.values()
        mean = 100 * accuracy.mean(1)
        return float(mean.max() - np.interp(np.log(lr), np.log(self.trained.rates), mean))

    def table(self) -> Table:
        """Return, for each rule, its picks over the seeds and what they cost.

        Examples
        --------
        >>> tried = {"cycle": np.array([[0.6], [0.9], [0.7]])}
        >>> trained = Comparison(np.array([0.01, 0.1, 1.0]), tried, {}, {}, total_steps=100)
        >>> Truth(range_tests(toys.spirals(), seeds=1), trained).table().header
        ('rule', 'median pick', 'least to most', 'cost', 'worst')
        """
        rows = []
        for rule, picks in self.tests.spread().items():
            if not len(picks):
                rows.append((rule, "refuses", "", "", ""))
                continue
            costs = [self.cost(lr) for lr in picks]
            median, span = f"{np.median(picks):.2g}", f"{picks[0]:.2g} to {picks[-1]:.2g}"
            rows.append((rule, median, span, f"{np.mean(costs):.1f}", f"{max(costs):.1f}"))
        return Table(("rule", "median pick", "least to most", "cost", "worst"), rows)


def ground_truth(
    toy: toys.Toy,
    rates: Sequence[float],
    total_steps: int = 100,
    optimizer: str = "sgd",
    start_lr: float = 1e-4,
    seeds: int = 10,
    train_seeds: int = 5,
) -> Truth:
    """Run range tests, and train with one cycle at a ladder of peaks.

    Parameters
    ----------
    toy : Toy
        The data.
    rates : sequence of float
        Peaks to train with, in rising order.
    total_steps : int, default 100
        Optimizer steps of each training.
    optimizer, start_lr
        Optimizer of both, and first rate of the range tests, as in `range_tests`.
    seeds, train_seeds : int, default 10 and 5
        Number of range tests, and of trainings for each rate.

    Returns
    -------
    Truth

    Examples
    --------
    >>> truth = ground_truth(toys.spirals(), [0.01, 0.3], total_steps=20, seeds=1, train_seeds=1)
    >>> truth.cost(0.3) < truth.cost(0.01)
    True
    """
    trained = compare(
        toy,
        rates,
        total_steps,
        schedules={"one cycle": OneCycle},
        seeds=train_seeds,
        report_seeds=2,
        optimizer=optimizer,
        progress=False,
    )
    return Truth(range_tests(toy, seeds, optimizer, start_lr), trained)
