"""Fresh tasks for the range test's rules: one half to choose a rule on, the other to report.

Everything in this module was fixed, and committed, before any of it was run: the tasks and which
half each belongs to, the rules, and what follows from the numbers (`rule_results` runs and stores
them).

**The measure.** Each task trains with one cycle at a ladder of twelve peaks, a factor of two
apart, with five seeds; the peak with the best mean score on validation data is *the best peak*.
Five other seeds report: for each a range test is run on its fresh model, every rule reads a peak
off it, and the model is trained with that peak, and with the best one, and scored on test data. A
rule *loses* the difference, in points: of accuracy in per cent, of R² times 100 (0 where it is
negative or the training diverged) for a regression. Its loss on a task is the mean over the seeds
that it answered, on a half the mean over the tasks. What a rule refuses is counted apart: it
neither loses nor gains.

**The rules.** The five of `range_test.suggest`, half the edge (found best on the tasks of an
earlier look, hence to be tried on others), and two of our own: a third of the edge, and halfway
kept between a fifth and a half of the edge. Each is read off a single run, and off the median of
five (``repeats=5``). For halfway there is also what it would say if no weak descent were refused,
so that the price of the refusal is known.

**The decision.** The rule that loses least on the choosing half, read off a single run (as the
helper does unless told otherwise), replaces halfway as the recommended one when it is at least
0.3 points better there and does not lose more than halfway on the reporting half. Otherwise
halfway stays. Whether to repeat is looked at in the same way.

**What came of it.** The third of ours won: 1.7 points against 2.3 of halfway on the choosing half,
1.0 against 1.8 on the reporting half. So it is what *halfway* means now, here too; the halfway of
the text above is called *unbounded* below.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, mse_loss

from .. import toys
from ..policy.one_cycle import OneCycle
from ..range_test.result import RangeTest
from ..range_test.run import lr_range_test
from ..range_test.suggest import NEVER, RULES, Suggestion, edge, refusal, scatter, steepest
from ..sweeps.setting import Setting
from .comparison import DECAYS

Array = NDArray[np.float64]
RUNGS = 12  # peaks of a ladder, a factor of two apart
REPEATS = 5
DIGITS = 3  # of a peak, as in `RangeTest.policy`


class Attention(nn.Module):
    """Every token looks at all others, with two heads, and thinks: one block of a transformer.

    Parameters
    ----------
    width : int
        Numbers in a token.

    Examples
    --------
    >>> Attention(width=8)(torch.zeros(5, 4, 8)).shape
    torch.Size([5, 4, 8])
    """

    heads = 2

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.look, self.join = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.think = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, tokens, width)`` to the same shape."""
        asked = self.look(self.before(x)).unflatten(-1, (3, self.heads, -1))
        query, key, value = asked.permute(2, 0, 3, 1, 4)
        # Written out, because many models at once (`vmap`) have no rule for torch's fused one.
        shares = (query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(-1)
        x = x + self.join((shares @ value).transpose(1, 2).flatten(2))
        added: Tensor = self.think(self.between(x))
        return x + added


class Transformer(nn.Module):
    """A small transformer that reads a sample as eight tokens, and answers with their mean.

    Parameters
    ----------
    inputs : int
        Numbers in a sample, a multiple of 8.
    classes : int, default 10
        Number of classes.
    seed : int, default 0
        Seed of the initial weights.

    Examples
    --------
    >>> model = Transformer(inputs=64)
    >>> model(torch.zeros(5, 64)).shape
    torch.Size([5, 10])
    """

    tokens, width, blocks = 8, 32, 1

    def __init__(self, inputs: int, classes: int = 10, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embed = nn.Linear(inputs // self.tokens, self.width)
            self.place = nn.Parameter(0.02 * torch.randn(self.tokens, self.width))
            self.body = nn.Sequential(*(Attention(self.width) for _ in range(self.blocks)))
            self.head = nn.Sequential(nn.LayerNorm(self.width), nn.Linear(self.width, classes))

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(batch, ...)`` to class scores of shape ``(batch, classes)``."""
        tokens = self.embed(x.flatten(1).unflatten(1, (self.tokens, -1))) + self.place
        scores: Tensor = self.head(self.body(tokens).mean(1))
        return scores


def _regression(name: str, x: Array, y: Array) -> toys.Toy:
    """Return samples with numbers as targets; a fifth for testing, all standardised."""
    order = np.random.default_rng(0).permutation(len(y))
    train, test = order[len(y) // 5 :], order[: len(y) // 5]
    x = (x - x[train].mean(0)) / x[train].std(0)
    y = ((y - y[train].mean()) / y[train].std())[:, None]
    whole = toys.Split(torch.from_numpy(x), torch.from_numpy(y))
    parts = [toys.Split(whole.x[part], whole.y[part]) for part in (train, test)]
    return toys.Toy(name, parts[0], parts[1], classes=1)


def _friedman(number: int, noise: float) -> toys.Toy:
    """One of Friedman's three regressions (Annals of Statistics 19, 1991), made by scikit-learn."""
    from sklearn import datasets

    make = getattr(datasets, f"make_friedman{number}")
    return _regression(f"friedman {number}", *make(n_samples=1500, noise=noise, random_state=0))


def _diabetes() -> toys.Toy:
    """442 patients, shipped with scikit-learn: how far the illness goes within a year."""
    from sklearn.datasets import load_diabetes

    return _regression("diabetes", *load_diabetes(return_X_y=True))


DATA: dict[str, Callable[[], toys.Toy]] = {
    "digits": partial(toys.digits, dtype=torch.float64),
    "spirals": partial(toys.spirals, dtype=torch.float64),
    # In single precision, for what would take twice as long in double: convolutions, attention.
    "images": toys.digits,
    "signals": toys.mnist1d,
    "friedman 1": partial(_friedman, 1, noise=1.0),
    "friedman 2": partial(_friedman, 2, noise=50.0),
    "friedman 3": partial(_friedman, 3, noise=0.1),
    "diabetes": _diabetes,
}


@dataclass(frozen=True)
class Task:
    """Something to train, and where to look for its best peak.

    Parameters
    ----------
    data : str
        A key of `DATA`.
    model : callable
        ``model(seed=...)`` returns a fresh network.
    total_steps : int
        Optimizer steps of each training.
    optimizer : {'sgd', 'adamw'}
        Torch's, with momentum (beta1) 0.9 in the range test and torch's default weight decay.
    batch_size : int, default 64
        Samples a step.
    lowest : float
        First peak of the ladder.

    Examples
    --------
    >>> task = TASKS["report"]["spirals, batches of 16"]
    >>> task.optimizer, task.peaks[:3].tolist(), task.start_lr
    ('sgd', [0.001, 0.002, 0.004], 0.0001)
    """

    data: str
    model: Callable[..., nn.Module]
    total_steps: int
    optimizer: str = "sgd"
    batch_size: int = 64
    lowest: float = 0.001

    @property
    def peaks(self) -> Array:
        """The ladder of peaks to train with, shape (RUNGS,)."""
        return np.array([self.lowest * 2.0**rung for rung in range(RUNGS)])

    @property
    def start_lr(self) -> float:
        """First rate of the range test, in which the last is 10."""
        return self.lowest / 10

    @cached_property
    def splits(self) -> tuple[toys.Split, dict[str, toys.Split]]:
        """Data to train on; validation and test data by name."""
        toy = DATA[self.data]()
        train, validation = toy.holdout()
        return train, {"validation": validation, "test": toy.test}

    @property
    def regression(self) -> bool:
        """Whether the targets are numbers, not classes."""
        return self.splits[0].y.is_floating_point()

    @property
    def loss_fn(self) -> Callable[[Tensor, Tensor], Tensor]:
        """Cross-entropy for classes, the mean squared error for numbers."""
        return mse_loss if self.regression else cross_entropy

    def setting(self, peak: float) -> Setting:
        """Return what a training with this peak is trained with."""
        policy, decay = OneCycle(peak, self.total_steps), DECAYS[self.optimizer]
        return Setting(policy, decay, batch_size=self.batch_size, optimizer=self.optimizer)

    def range_test(self, seed: int, repeats: int = REPEATS) -> RangeTest:
        """Run the range test on the fresh model of a seed, with its batches.

        Examples
        --------
        >>> TASKS["report"]["spirals, batches of 16"].range_test(seed=0, repeats=1).diverged
        True
        """
        train, _ = self.splits
        model = self.model(seed=seed)
        optimizer = self.setting(self.lowest).make_optimizer(model.parameters())
        batches = train.batches(self.batch_size, seed=seed)
        return lr_range_test(
            model,
            optimizer,
            self.loss_fn,
            batches,
            self.start_lr,
            repeats=repeats,
            progress=False,
        )


def _mlp(inputs: int = 64, outputs: int = 10, layers: int = 2) -> Callable[..., nn.Module]:
    return partial(toys.mlp, inputs, outputs, (64,) * layers, dtype=torch.float64)


# Alike in kind, different in data, optimizer or size: what holds on one half has a chance to hold
# on the other. AdamW's ladders begin lower, and that of the net without normalisation.
adamw = partial(Task, optimizer="adamw", lowest=1e-4)
convnet = partial(toys.convnet, channels=12, blocks=1)
residual = partial(toys.residual_mlp, dtype=torch.float64)
TASKS: dict[str, dict[str, Task]] = {
    "choose": {
        "digits, batches of 16": Task("digits", _mlp(), 200, batch_size=16),
        "digits, 4 layers, AdamW": adamw("digits", _mlp(layers=4), 200),
        "digits, 6 layers": Task("digits", _mlp(layers=6), 200),
        "spirals, batches of 16, AdamW": adamw("spirals", _mlp(2, 3), 300, batch_size=16),
        "Friedman 1": Task("friedman 1", _mlp(10, 1), 200),
        "diabetes, AdamW": adamw("diabetes", _mlp(10, 1), 100),
        "signals, ConvNet": Task("signals", convnet, 300),
        "digits, transformer, AdamW": adamw("images", partial(Transformer, 64), 200),
        "digits, residual": Task("digits", residual, 200, lowest=1e-4),
    },
    "report": {
        "spirals, batches of 16": Task("spirals", _mlp(2, 3), 300, batch_size=16),
        "digits, 3 layers": Task("digits", _mlp(layers=3), 200),
        "digits, 8 layers, AdamW": adamw("digits", _mlp(layers=8), 200),
        "digits, batches of 8, AdamW": adamw("digits", _mlp(), 300, batch_size=8),
        "Friedman 2, AdamW": adamw("friedman 2", _mlp(4, 1), 200),
        "Friedman 3": Task("friedman 3", _mlp(4, 1), 200),
        "signals, ConvNet, AdamW": adamw("signals", convnet, 300),
        "signals, transformer, AdamW": adamw("signals", partial(Transformer, 40), 200),
        "digits, residual from zero": Task("digits", partial(residual, init="zero last"), 200),
    },
}


def _share_of_edge(share: float, lr: Array, loss: Array, stopped: str | None) -> Suggestion:
    top, reason = edge(lr, loss, stopped)
    return Suggestion(None if top is None else share * top, reason)


def unbounded(lr: Array, loss: Array, stopped: str | None) -> Suggestion:
    """Half-way between the steepest point and the edge wherever that is: what halfway was.

    Examples
    --------
    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> unbounded(lr, 1 / (1 + 100 * lr) + lr, None)
    0.0447 (half-way)
    """
    low, high = steepest(lr, loss, stopped).lr, edge(lr, loss, stopped).lr
    if low is None or high is None:
        return Suggestion(None, NEVER)
    return Suggestion(float(np.sqrt(low * high)), "half-way")


CANDIDATES: dict[str, Callable[[Array, Array, str | None], Suggestion]] = {
    **{name: rule for name, rule in RULES.items() if name != "halfway"},
    "unbounded": unbounded,
    "edge/2": partial(_share_of_edge, 1 / 2),
    "edge/3": partial(_share_of_edge, 1 / 3),
    "halfway": RULES["halfway"],
}


class Reading(NamedTuple):
    """A rule, and what it is read off.

    Attributes
    ----------
    rule : str
        A key of `CANDIDATES`.
    pooled : bool
        Whether off the median of five runs; else off the first.
    guarded : bool
        Whether a weak descent is refused.

    Examples
    --------
    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> once = RangeTest(lr, (1 / (1 + 100 * lr) + lr)[None], None, (None,), (1.0,), "exp")
    >>> Reading("edge/2").of(once), Reading("minimum/10").of(once)
    (0.0998, 0.00794)
    """

    rule: str
    pooled: bool = False
    guarded: bool = True

    def of(self, test: RangeTest) -> float:
        """Return the peak, to three digits; NaN for a refusal."""
        seen = test if self.pooled else test.runs[0]
        stopped = seen.stopped if seen.diverged else None
        # Without noise no descent is a weak one.
        noise = scatter(seen.loss) if self.guarded else 0.0
        if refusal(seen.lr, seen.smooth(), stopped, noise) is not None:
            return float("nan")
        pick = CANDIDATES[self.rule](seen.lr, seen.smooth(), stopped).lr
        return float("nan") if pick is None else float(f"{pick:.{DIGITS}g}")


READINGS = (
    *(Reading(rule) for rule in CANDIDATES),
    *(Reading(rule, pooled=True) for rule in CANDIDATES),
    Reading("unbounded", guarded=False),
)
