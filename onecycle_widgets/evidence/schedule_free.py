"""An optimizer that needs no schedule, on the text: AdamW of the package `schedulefree`.

A. Defazio and others, "The Road Less Scheduled", arXiv:2405.15682. To train and store it anew:
``pip install "onecycle-widgets[schedulefree]"``, then
``python -m onecycle_widgets.evidence.schedule_free notebooks/data``. To read what is stored needs
no such package. By which words it is judged stands in `family_rules`.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ..sweeps.stacked_modules import stack
from ..toys.transformer import NORMS
from ..training import step as loop
from . import stored
from .estimates import of_chosen
from .experiments import WORST
from .plans import REPORT_SEEDS
from .studies import (
    EXPERIMENTS,
    MOMENTUM_STEPS,
    TEXT_BATCH,
    TEXT_DECAY,
    TEXT_LENGTHS,
    TEXT_RATES,
)

Array = NDArray[np.float64]
CHOOSE, REPORT = range(10), range(REPORT_SEEDS, REPORT_SEEDS + 10)
_RATES = tuple(2 * rate for rate in TEXT_RATES)


class Candidate(NamedTuple):
    """What is chosen: the rate, the share of the steps during which it rises, and beta1.

    Examples
    --------
    >>> WARMED_UP.candidates[0]
    Candidate(rate=0.005, warmup=0.0, momentum=0.9)
    """

    rate: float
    warmup: float
    momentum: float


class Round(NamedTuple):
    """Which trainings are stored in a file.

    Examples
    --------
    >>> MOMENTA.file, MOMENTA.shape
    ('schedule_free_momentum.npz', (2, 1, 12, 10))
    """

    file: str
    lengths: tuple[int, ...]
    candidates: tuple[Candidate, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Norms, lengths, candidates, seeds."""
        return len(NORMS), len(self.lengths), len(self.candidates), len(REPORT)

    @property
    def plan(self) -> str:
        """Everything about the plan that is no code, as text."""
        return repr([self, NORMS, TEXT_BATCH, TEXT_DECAY, CHOOSE, REPORT])


WARMED_UP = Round(
    "schedule_free.npz",
    TEXT_LENGTHS,
    tuple(Candidate(*each, 0.9) for each in product(_RATES, (0.0, 0.1, 0.3))),
)
MOMENTA = Round(
    "schedule_free_momentum.npz",
    (MOMENTUM_STEPS,),
    tuple(Candidate(rate, 0.0, beta) for rate, beta in product(_RATES, (0.95, 0.9, 0.8))),
)


def learn(norm: str, steps: int, candidate: Candidate, seeds: Sequence[int]) -> Array:
    """Train once for each seed; return the scores, losses with their sign turned.

    Parameters
    ----------
    norm : {'pre', 'post'}
        Which transformer.
    steps : int
        Optimizer steps.
    candidate : Candidate
        How.
    seeds : sequence of int
        Seeds of the weights and of the batches, as in every other training of the text.

    Returns
    -------
    ndarray, shape (2, seeds)
        On validation and on test data, in nats.
    """
    from schedulefree import AdamWScheduleFree  # reading what is stored needs it not

    experiment = EXPERIMENTS[f"text_{norm}"]
    train, measured = experiment.data()
    loss_fn = experiment.loss_fn
    assert loss_fn is not None
    net = stack([experiment.model(seed=seed) for seed in seeds])
    every = [loop.endless(train.batches(TEXT_BATCH, seed)) for seed in seeds]
    # Each number of a weight is moved by its own gradient alone, so a stack is as good as a loop.
    optimizer = AdamWScheduleFree(
        net.parameters(),
        lr=candidate.rate,
        betas=(candidate.momentum, 0.999),
        weight_decay=TEXT_DECAY,
        warmup_steps=round(candidate.warmup * steps),
    )
    each = torch.func.vmap(loss_fn)
    # It moves one set of weights and is measured at another, an average: these two calls change.
    optimizer.train()
    for _ in range(steps):
        x, y = (torch.stack(parts) for parts in zip(*map(next, every), strict=True))
        optimizer.zero_grad()
        each(net(x), y).sum().backward()
        optimizer.step()
    optimizer.eval()
    with torch.no_grad():
        found = [
            -each(net(s.x.expand(len(seeds), *s.x.shape)), s.y.expand(len(seeds), *s.y.shape))
            for s in measured.values()
        ]
    return torch.stack(found).double().nan_to_num(nan=WORST).numpy()


@dataclass(frozen=True, eq=False)
class ScheduleFree:
    """What was measured, in nats with the sign turned.

    Attributes
    ----------
    planned : Round
        Which trainings these are.
    tuning : ndarray, shape (norms, lengths, candidates, seeds)
        On validation data, with the seeds that choose.
    report : ndarray, shape (norms, lengths, candidates, seeds)
        On test data, with fresh seeds.

    Examples
    --------
    >>> load(Path(__file__).parents[2] / "notebooks" / "data").tuning.shape
    (2, 3, 12, 10)
    """

    planned: Round
    tuning: Array
    report: Array

    def accuracy(self, norm: str, steps: int) -> Array:
        """Score of the chosen candidate in hundredths of a nat, and over the draws.

        Each draw repeats the choice, as in `estimates.accuracy`, and equal draws belong together.

        Returns
        -------
        ndarray, shape (1 + DRAWS,)
            As from `estimates.sampled`.
        """
        at = NORMS.index(norm), self.planned.lengths.index(steps)
        return 100 * of_chosen(self.tuning[at], self.report[at])

    def chosen(self, norm: str, steps: int) -> Candidate:
        """Return the candidate with the best mean on validation data."""
        scores = self.tuning[NORMS.index(norm), self.planned.lengths.index(steps)].mean(-1)
        return self.planned.candidates[int(scores.argmax())]


def load(folder: str | Path = "data", planned: Round = WARMED_UP) -> ScheduleFree:
    """Read what was stored.

    Parameters
    ----------
    folder : str or Path, default 'data'
        Where the file lies; beside the lessons that is ``data``.
    planned : Round, default WARMED_UP
        Which trainings.

    Raises
    ------
    FileNotFoundError
        When it is not there.
    ValueError
        When it is damaged, was changed, or belongs to another plan.

    Examples
    --------
    >>> found = load(Path(__file__).parents[2] / "notebooks" / "data")
    >>> found.accuracy("pre", 200).shape
    (4001,)
    """
    path = Path(folder) / planned.file
    found = stored.load(path, planned.plan, __name__)
    for name, scores in found.items():
        if scores.shape != planned.shape:
            raise ValueError(f"{path} must hold {name} of shape {planned.shape}")
    return ScheduleFree(planned, **found)


def measure(planned: Round) -> ScheduleFree:
    """Train every candidate with the seeds that choose, and with fresh ones."""
    found = ScheduleFree(planned, np.zeros(planned.shape), np.zeros(planned.shape))
    for row, norm in enumerate(NORMS):
        for column, steps in enumerate(planned.lengths):
            for place, candidate in enumerate(planned.candidates):
                at = row, column, place
                found.tuning[at] = learn(norm, steps, candidate, CHOOSE)[0]
                found.report[at] = learn(norm, steps, candidate, REPORT)[1]
    return found


def main() -> None:
    """Read the command line, train, and store."""
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets.evidence.schedule_free",
        description="Train the text's transformers without a schedule, and store it.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as notebooks/data")
    rounds = {planned.file.removesuffix(".npz"): planned for planned in (WARMED_UP, MOMENTA)}
    parser.add_argument("names", nargs="*", choices=[[], *rounds], help="default: all")
    options = parser.parse_args()
    for name in options.names or rounds:
        found = measure(rounds[name])
        arrays = {"tuning": found.tuning, "report": found.report}
        print(stored.save(options.folder / found.planned.file, found.planned.plan, arrays))


if __name__ == "__main__":
    main()
