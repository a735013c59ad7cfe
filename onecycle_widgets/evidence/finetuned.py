"""Fine-tuning in small: a net trained on five digits of MNIST-1D learns the others from few.

``python -m onecycle_widgets.evidence.finetuned notebooks/data`` trains and stores it anew. Which
claims are made of it, and by which words they are judged, stands in `family_rules`.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD, AdamW, Optimizer

from .. import toys
from ..policy.baselines import Linear
from ..policy.one_cycle import OneCycle
from ..training import step as loop
from ..training.train import train
from . import stored
from .estimates import of_chosen
from .plans import REPORT_SEEDS, SIGNALS

Array = NDArray[np.float64]
FILE = "finetuned.npz"
OLD, NEW, PER_CLASS = range(5), range(5, 10), 10  # classes, and signals of each new one
STEPS, BATCH, HEAD_STEPS = 60, 25, 20
BEFORE = OneCycle(0.3, 400)  # of the pre-training, in batches of 64
FACTOR = 2.6  # from layer to layer (arXiv:1801.06146)
PEAKS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
ADAMW_PEAKS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
TRIES, REPORTS = 3, 10
SEEDS = (*range(TRIES), *range(REPORT_SEEDS, REPORT_SEEDS + REPORTS))


@dataclass(frozen=True)
class Way:
    """A way to learn the new classes.

    Parameters
    ----------
    pretrained : bool
        Whether all layers but the head begin with the weights of the old classes.
    frozen : bool
        Whether they keep them; batch normalisation goes on counting, as it does by default.
    factor : float
        What the rate is divided by from layer to layer, from the head down.
    head_first : bool
        Whether the head is trained alone for a third of the steps, in a cycle of its own.
    adamw : float, optional
        Share of a warm-up: then it is AdamW, whose rate falls in a straight line. Default: SGD with
        one cycle.

    Examples
    --------
    >>> Way().peaks == PEAKS, Way(adamw=0.1).peaks == ADAMW_PEAKS
    (True, True)
    """

    pretrained: bool = True
    frozen: bool = False
    factor: float = 1.0
    head_first: bool = False
    adamw: float | None = None

    @property
    def peaks(self) -> tuple[float, ...]:
        """The peaks it may choose from."""
        return PEAKS if self.adamw is None else ADAMW_PEAKS


SCRATCH, HEAD, ONE, SPREAD, FIRST = (
    "from new weights", "head only", "one rate", "discriminative", "head first",
)  # fmt: skip
WARM, COLD = "AdamW, warm-up", "AdamW, none"
WAYS = {
    SCRATCH: Way(pretrained=False),
    HEAD: Way(frozen=True),
    ONE: Way(),
    SPREAD: Way(factor=FACTOR),
    FIRST: Way(head_first=True),
    WARM: Way(adamw=0.1),
    COLD: Way(adamw=0.0),
}
NAMES = list(WAYS)


def classes(split: toys.Split, wanted: range) -> toys.Split:
    """Return the samples of some classes, which are counted from 0 then.

    Examples
    --------
    >>> classes(toys.mnist1d().test, range(5, 10)).y.unique().tolist()
    [0, 1, 2, 3, 4]
    """
    here = (split.y >= wanted.start) & (split.y < wanted.stop)
    return toys.Split(split.x[here], split.y[here] - wanted.start)


def few(split: toys.Split, seed: int) -> tuple[toys.Split, toys.Split]:
    """Draw `PER_CLASS` samples of each class; the others are for validation.

    Examples
    --------
    >>> train, validation = few(classes(toys.mnist1d().train, NEW), seed=0)
    >>> train.y.bincount().tolist(), len(train.y) + len(validation.y)
    ([10, 10, 10, 10, 10], 2007)
    """
    order = torch.randperm(len(split.y), generator=torch.Generator().manual_seed(seed))
    taken = torch.cat([order[split.y[order] == label][:PER_CLASS] for label in split.y.unique()])
    rest = torch.ones(len(split.y), dtype=torch.bool)
    rest[taken] = False
    return toys.Split(split.x[taken], split.y[taken]), toys.Split(split.x[rest], split.y[rest])


def _train(
    model: nn.Module, optimizer: Optimizer, schedule: OneCycle | Linear, batches: toys.Batches
) -> None:
    """Train for the steps of a schedule."""
    scheduler, steps = schedule.scheduler(optimizer), schedule.total_steps
    train(model, optimizer, cross_entropy, batches, scheduler, steps, progress=False)


@lru_cache(maxsize=1)
def _pretrained(seed: int) -> dict[str, torch.Tensor]:
    """Weights of a net that knows the old classes."""
    model = SIGNALS(classes=len(OLD), seed=seed)
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    _train(model, optimizer, BEFORE, classes(toys.mnist1d().train, OLD).batches(64, seed))
    return model.state_dict()


def start(way: Way, seed: int) -> nn.Sequential:
    """Return the net that learns the new classes: its head is new in any case.

    Examples
    --------
    >>> first, second = (start(Way(pretrained=old), 0)[-1].weight for old in (False, True))
    >>> bool((first == second).all())
    True
    """
    model = SIGNALS(classes=len(NEW), seed=seed + 1)
    if way.pretrained:
        new = {name: value.clone() for name, value in model[-1].state_dict().items()}
        model.load_state_dict(_pretrained(seed))
        model[-1].load_state_dict(new)
    return model


def parts(model: nn.Sequential) -> list[nn.Module]:
    """Return the layers that get a rate each: the stem with its norm, the blocks, the head.

    Examples
    --------
    >>> len(parts(start(Way(), 0)))
    4
    """
    stem, norm, _, *blocks, _, _, head = model
    return [nn.ModuleList([stem, norm]), *blocks, head]


def learn(way: Way, peak: float, seed: int) -> tuple[float, float]:
    """Train on the new classes; return the accuracy on validation and test data in percent.

    Parameters
    ----------
    way : Way
        How.
    peak : float
        The highest rate, that of the head.
    seed : int
        What the old and the new weights, the images and the batches are drawn with.

    Examples
    --------
    >>> validation, test = learn(WAYS["one rate"], 0.1, seed=0)
    >>> test > 50
    True
    """
    toy = toys.mnist1d()
    learnt, validation = few(classes(toy.train, NEW), seed)
    model, batches = start(way, seed), learnt.batches(BATCH, seed)
    layers = parts(model)
    rates = [peak / way.factor**below for below in reversed(range(len(layers)))]
    if way.adamw is not None:
        optimizer = AdamW(model.parameters(), lr=peak)
        _train(model, optimizer, Linear(peak, STEPS, warmup=way.adamw), batches)
    else:
        alone = STEPS if way.frozen else HEAD_STEPS if way.head_first else 0  # the head
        if alone:
            _cycle(model, layers[-1:], rates[-1:], alone, batches)
        if alone < STEPS:
            _cycle(model, layers, rates, STEPS - alone, batches)
    with loop.evaluating(model):
        right = [
            100 * loop.accuracy_of(model(split.x), split.y)
            for split in (validation, classes(toy.test, NEW))
        ]
    return right[0], right[1]


def _cycle(
    model: nn.Module,
    layers: Sequence[nn.Module],
    rates: Sequence[float],
    steps: int,
    batches: toys.Batches,
) -> None:
    """Train some layers in one cycle, each with its own peak."""
    pairs = zip(layers, rates, strict=True)
    groups = [{"params": layer.parameters(), "lr": rate} for layer, rate in pairs]
    _train(model, SGD(groups, momentum=0.9), OneCycle(tuple(rates), steps), batches)


@dataclass(frozen=True, eq=False)
class Finetuned:
    """What was measured, accuracies in percent; the first seeds choose, the others report.

    Attributes
    ----------
    validation, test : ndarray, shape (ways, peaks, seeds)
        Accuracy after the last step.

    Examples
    --------
    >>> load(Path(__file__).parents[2] / "notebooks" / "data").peak("one rate")
    0.3
    """

    validation: Array
    test: Array

    def tuning(self, way: str) -> Array:
        """Validation accuracy of the seeds that choose, shape (peaks, seeds)."""
        found: Array = self.validation[NAMES.index(way), :, :TRIES]
        return found

    def reported(self, way: str) -> Array:
        """Test accuracy of the seeds that report, shape (peaks, seeds)."""
        found: Array = self.test[NAMES.index(way), :, TRIES:]
        return found

    def peak(self, way: str) -> float:
        """The peak that a way chooses."""
        return WAYS[way].peaks[int(self.tuning(way).mean(1).argmax())]

    def accuracy(self, way: str, chosen_by: str | None = None) -> Array:
        """Test accuracy at the chosen peak, and over the draws of a bootstrap.

        Parameters
        ----------
        way : str
            One of `WAYS`.
        chosen_by : str, optional
            Another way, at whose peak this one is reported.

        Returns
        -------
        ndarray, shape (1 + DRAWS,)
            As from `estimates.sampled`; each draw repeats the choice.
        """
        return of_chosen(self.tuning(chosen_by or way), self.reported(way))


def load(folder: str | Path = "data") -> Finetuned:
    """Read what was stored.

    Parameters
    ----------
    folder : str or Path, default 'data'
        Where the file lies; beside the lessons that is ``data``.

    Raises
    ------
    FileNotFoundError
        When it is not there.
    ValueError
        When it is damaged, was changed, or belongs to another plan.

    Examples
    --------
    >>> load(Path(__file__).parents[2] / "notebooks" / "data").test.shape
    (7, 6, 13)
    """
    path = Path(folder) / FILE
    found = Finetuned(**stored.load(path, _plan(), __name__))
    shape = (len(WAYS), len(PEAKS), len(SEEDS))
    if found.validation.shape != shape or found.test.shape != shape:
        raise ValueError(f"{path} must hold validation and test, each of shape {shape}")
    return found


def _plan() -> str:
    """Everything about the plan that is no code, as text."""
    numbers = (PER_CLASS, STEPS, BATCH, HEAD_STEPS, BEFORE, PEAKS, ADAMW_PEAKS, SEEDS)
    return repr([WAYS, *numbers])


def measure() -> Finetuned:
    """Train in every way at every peak with every seed."""
    found = np.full((len(fields(Finetuned)), len(WAYS), len(PEAKS), len(SEEDS)), np.nan)
    for column, seed in enumerate(SEEDS):
        for (row, way), place in product(enumerate(WAYS.values()), range(len(PEAKS))):
            found[:, row, place, column] = learn(way, way.peaks[place], seed)
    return Finetuned(*found)


def main() -> None:
    """Read the command line, train, and store."""
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets.evidence.finetuned",
        description="Fine-tune in several ways, and store what came of it.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as notebooks/data")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)  # before minutes of training, not after them
    print(stored.save(folder / FILE, _plan(), vars(measure())))


if __name__ == "__main__":
    main()
