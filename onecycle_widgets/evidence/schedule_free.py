"""An optimizer that needs no schedule, on the text: AdamW of the package `schedulefree`.

A. Defazio and others, "The Road Less Scheduled", arXiv:2405.15682. It is an extra:
``pip install "onecycle-widgets[schedulefree]"``; then
``python -m onecycle_widgets.evidence.schedule_free notebooks/data`` trains and stores it anew. What
is stored needs no such package. By which words it is judged stands in `family_rules`.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..toys.transformer import NORMS
from ..training import step as loop
from . import stored
from .plans import REPORT_SEEDS
from .studies import EXPERIMENTS, TEXT_BATCH, TEXT_DECAY, TEXT_LENGTHS, TEXT_RATES

Array = NDArray[np.float64]
FILE = "schedule_free.npz"
RATES = tuple(2 * rate for rate in TEXT_RATES)
WARMUPS = (0.0, 0.1, 0.3)  # shares of the steps
CANDIDATES = tuple((rate, warmup) for warmup in WARMUPS for rate in RATES)
REPORTS = 5


def learn(norm: str, steps: int, candidate: tuple[float, float], seed: int) -> tuple[float, float]:
    """Train; return the scores on validation and test data: losses with their sign turned.

    Parameters
    ----------
    norm : {'pre', 'post'}
        Which transformer.
    steps : int
        Optimizer steps.
    candidate : (float, float)
        Learning rate, and the share of the steps during which it rises.
    seed : int
        Of the weights and of the batches, as in every other training of the text.
    """
    from schedulefree import AdamWScheduleFree  # an extra, which loading needs not

    experiment = EXPERIMENTS[f"text_{norm}"]
    train, measured = experiment.data()
    model, batches = experiment.model(seed=seed), loop.endless(train.batches(TEXT_BATCH, seed))
    rate, warmup = candidate
    optimizer = AdamWScheduleFree(
        model.parameters(), lr=rate, weight_decay=TEXT_DECAY, warmup_steps=round(warmup * steps)
    )
    assert experiment.loss_fn is not None
    # It moves one set of weights and is measured at another, an average: these two calls change.
    optimizer.train()
    for _ in range(steps):
        x, y = next(batches)
        optimizer.zero_grad()
        experiment.loss_fn(model(x), y).backward()
        optimizer.step()
    optimizer.eval()
    with torch.no_grad():
        scores = [-experiment.loss_fn(model(s.x), s.y).item() for s in measured.values()]
    return scores[0], scores[1]


@dataclass(frozen=True, eq=False)
class Free:
    """What was measured, in nats with the sign turned.

    Attributes
    ----------
    tuning : ndarray, shape (norms, lengths, candidates)
        On validation data, with the seed that chooses.
    report : ndarray, shape (norms, lengths, seeds)
        On test data, of the chosen candidate with fresh seeds.
    """

    tuning: Array
    report: Array

    def reported(self, norm: str, steps: int) -> Array:
        """Scores in hundredths of a nat, shape (seeds,)."""
        found: Array = 100 * self.report[NORMS.index(norm), TEXT_LENGTHS.index(steps)]
        return found

    def chosen(self, norm: str, steps: int) -> tuple[float, float]:
        """The learning rate and the warm-up that were chosen."""
        place = self.tuning[NORMS.index(norm), TEXT_LENGTHS.index(steps)].argmax()
        return CANDIDATES[int(place)]


def load(folder: str | Path = "data") -> Free:
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
    >>> load(Path(__file__).parents[2] / "notebooks" / "data").report.shape
    (2, 3, 5)
    """
    path = Path(folder) / FILE
    found = Free(**stored.load(path, _plan(), __name__))
    shape = (len(NORMS), len(TEXT_LENGTHS))
    if (found.tuning.shape, found.report.shape) != ((*shape, len(CANDIDATES)), (*shape, REPORTS)):
        raise ValueError(f"{path} must hold tuning and report for every norm and length")
    return found


def _plan() -> str:
    """Everything about the plan that is no code, as text."""
    return repr([NORMS, TEXT_LENGTHS, CANDIDATES, TEXT_DECAY, REPORTS, REPORT_SEEDS])


def measure() -> Free:
    """Choose with one seed, and report with fresh ones."""
    shape = (len(NORMS), len(TEXT_LENGTHS))
    found = Free(np.zeros((*shape, len(CANDIDATES))), np.zeros((*shape, REPORTS)))
    for row, norm in enumerate(NORMS):
        for column, steps in enumerate(TEXT_LENGTHS):
            for place, candidate in enumerate(CANDIDATES):
                found.tuning[row, column, place] = learn(norm, steps, candidate, seed=0)[0]
            best = CANDIDATES[int(found.tuning[row, column].argmax())]
            for run in range(REPORTS):
                found.report[row, column, run] = learn(norm, steps, best, REPORT_SEEDS + run)[1]
    return found


def main() -> None:
    """Read the command line, train, and store."""
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets.evidence.schedule_free",
        description="Train the text's transformers without a schedule, and store it.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as notebooks/data")
    folder = parser.parse_args().folder
    found = measure()
    print(stored.save(folder / FILE, _plan(), {"tuning": found.tuning, "report": found.report}))


if __name__ == "__main__":
    main()
