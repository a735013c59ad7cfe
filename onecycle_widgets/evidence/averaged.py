"""Stop early, or average: trainings looked at on the way, and running averages of their weights.

``python -m onecycle_widgets.evidence.averaged notebooks/data`` trains and stores it anew. Which
claims are made of it, and by which words they are judged, stands in `family_rules`.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..sweeps import engine
from ..sweeps.setting import Setting
from ..toys import Split
from . import stored
from .changed import KINDS
from .experiments import load
from .plans import FINAL_SEEDS, Experiment

Array = NDArray[np.float64]
NETS = {"residual": 200, "mnist1d": 200}
"""By experiment: the steps of the trainings. (The text is left out: its looks cost too much.)"""

LOOKS, EVERY = 20, 10  # looks on the way; the averages are measured at each tenth
DECAYS = (0.9, 0.95, 0.98)  # of the running averages
CHOOSING, REPORTING = 5, 10  # seeds
SEEDS = FINAL_SEEDS + 2000  # where they start: no seed serves twice
ON = ("validation", "test")


@dataclass(frozen=True, eq=False)
class Watched:
    """What was seen, accuracies in percent; the first seeds choose, the others report.

    Attributes
    ----------
    looks : ndarray, shape (kinds, seeds, looks, 2)
        On validation and test data, with the weights as they are.
    averages : ndarray, shape (kinds, seeds, decays, looks / 10, 2)
        Likewise, with a running average of the weights, at each tenth look.

    Examples
    --------
    >>> found = load_watched("mnist1d", Path(__file__).parents[2] / "notebooks" / "data")
    >>> found.decay("constant") in DECAYS
    True
    """

    looks: Array
    averages: Array

    def reported(self, kind: str) -> Array:
        """Test accuracy at each look, of the seeds that report, shape (seeds, looks)."""
        found: Array = self.looks[KINDS.index(kind), CHOOSING:, :, 1]
        return found

    def best(self, kind: str) -> Array:
        """Test accuracy at the look that was best on validation data, shape (seeds,)."""
        validation, test = np.moveaxis(self.looks[KINDS.index(kind), CHOOSING:], -1, 0)
        # The first of equals: who keeps the best checkpoint replaces it by a better one only.
        found: Array = np.take_along_axis(test, validation.argmax(1)[:, None], 1)[:, 0]
        return found

    def decay(self, kind: str) -> float:
        """The average's decay that was best at the end, on validation data."""
        validation = self.averages[KINDS.index(kind), :CHOOSING, :, -1, 0]
        return DECAYS[int(validation.mean(0).argmax())]

    def averaged(self, kind: str) -> Array:
        """Test accuracy of the chosen average, shape (seeds, looks / 10)."""
        at = DECAYS.index(self.decay(kind))
        found: Array = self.averages[KINDS.index(kind), CHOOSING:, at, :, 1]
        return found


def looks(steps: int) -> list[int]:
    """Return after how many steps there is a look.

    Examples
    --------
    >>> looks(200)[:2], looks(200)[-1]
    ([10, 20], 200)
    """
    return [round(steps * (look + 1) / LOOKS) for look in range(LOOKS)]


def average(into: list[Tensor], now: list[Tensor], decay: float, done: int) -> None:
    """Move running averages of tensors towards what they are now, in place.

    At the beginning the decay is ``(1 + done) / (10 + done)``, where that is less: the first
    weights, which nobody wants, are soon forgotten.

    Examples
    --------
    >>> mean, now = [torch.zeros(1)], [torch.ones(1)]
    >>> average(mean, now, decay=0.9, done=1000)
    >>> mean[0].round(decimals=3)
    tensor([0.1000])
    """
    torch._foreach_lerp_(into, now, 1 - min(decay, (1 + done) / (10 + done)))


def watch(experiment: Experiment, setting: Setting, seeds: range) -> Watched:
    """Train one setting with several seeds, all at once, and look on the way.

    Returns
    -------
    Watched
        With a first axis of length one.
    """
    train, measured = experiment.data()
    arrays = train.x.numpy(), train.y.numpy()
    members = tuple((setting, seed) for seed in seeds)
    group = engine.Group(experiment.model, members, arrays, {}, 1, experiment.loss_fn, "cpu")
    outcome = engine.Outcome.empty(group)
    training = engine.Training(group, outcome)
    rows, means = training.rows, [[t.clone() for t in _numbers(training)] for _ in DECAYS]
    seen = Watched(
        np.full((1, len(seeds), LOOKS, len(ON)), np.nan),
        np.full((1, len(seeds), len(DECAYS), LOOKS // EVERY, len(ON)), np.nan),
    )

    def right() -> Array:
        return np.stack([_right(training, measured[on], len(seeds)) for on in ON], -1)

    for done in training.steps():
        if training.rows is not rows:  # some diverged, and were taken out
            alive = torch.from_numpy(np.isin(rows, training.rows))
            rows, means = training.rows, [[t[alive] for t in mean] for mean in means]
        own = _numbers(training)
        for mean, decay in zip(means, DECAYS, strict=True):
            average(mean, own, decay, done)
        if done not in looks(group.steps):
            continue
        look = looks(group.steps).index(done)
        seen.looks[0, :, look] = right()
        if (look + 1) % EVERY == 0:
            for at, mean in enumerate(means):
                seen.averages[0, :, at, look // EVERY] = _with(own, mean, right)
    return seen


def _numbers(training: engine.Training) -> list[Tensor]:
    """Weights and running statistics of the members that are still trained."""
    every = (*training.net.parameters(), *training.net.buffers())
    return [tensor.detach() for tensor in every if tensor.is_floating_point()]


@torch.no_grad()
def _with(own: list[Tensor], others: list[Tensor], look: Callable[[], Array]) -> Array:
    """What a look sees while other numbers stand in the net."""
    kept = [tensor.clone() for tensor in own]
    torch._foreach_copy_(own, others)
    seen = look()
    torch._foreach_copy_(own, kept)
    return seen


@torch.no_grad()
def _right(training: engine.Training, split: Split, members: int) -> Array:
    """Percent of right answers of each member; who diverged says one class to everything."""
    found = np.full(members, 100 * float((split.y == 0).double().mean()))
    training.net.eval()
    count = len(training.rows)
    answers = training.net(split.x.expand(count, *split.x.shape)).argmax(-1)
    training.net.train()
    found[training.rows] = 100 * (answers == split.y).double().mean(1).numpy()
    return found


def load_watched(net: str, folder: str | Path = "data") -> Watched:
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
    >>> load_watched("mnist1d", Path(__file__).parents[2] / "notebooks" / "data").looks.shape
    (4, 15, 20, 2)
    """
    path = Path(folder) / f"averaged_{net}.npz"
    found = Watched(**stored.load(path, _plan(net, folder), __name__))
    seeds = (len(KINDS), CHOOSING + REPORTING)
    shapes = ((*seeds, LOOKS, 2), (*seeds, len(DECAYS), LOOKS // EVERY, 2))
    if (found.looks.shape, found.averages.shape) != shapes:
        raise ValueError(f"{path} must hold looks and averages of the shapes {shapes}")
    return found


def _settings(net: str, folder: str | Path) -> list[Setting]:
    evidence = load(net, folder)
    return [evidence.chosen(f"{kind}, {NETS[net]} steps") for kind in KINDS]


def _plan(net: str, folder: str | Path) -> str:
    """Everything about the plan that is no code, as text."""
    rest = (KINDS, LOOKS, EVERY, DECAYS, CHOOSING, REPORTING, SEEDS)
    return repr([net, _settings(net, folder), *rest])


def measure(net: str, folder: str | Path) -> Watched:
    """Watch each schedule with the setting that it chose."""
    experiment = load(net, folder).experiment
    seeds = range(SEEDS, SEEDS + CHOOSING + REPORTING)
    found = [watch(experiment, setting, seeds) for setting in _settings(net, folder)]
    return Watched(
        *(np.concatenate([getattr(one, f.name) for one in found]) for f in fields(Watched))
    )


def main() -> None:
    """Read the command line, train, and store."""
    parser = argparse.ArgumentParser(
        prog="python -m onecycle_widgets.evidence.averaged",
        description="Look at trainings on the way, average their weights, and store it.",
    )
    parser.add_argument("folder", type=Path, help="where to write, such as notebooks/data")
    parser.add_argument("nets", nargs="*", help=f"default: all of {', '.join(NETS)}")
    options = parser.parse_args()
    for net in options.nets or NETS:
        found = measure(net, options.folder)
        path = options.folder / f"averaged_{net}.npz"
        print(stored.save(path, _plan(net, options.folder), vars(found)))


if __name__ == "__main__":
    main()
