"""Many trainings in one call: every setting with every seed, many models at once."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np
import torch
from torch import nn

from .. import checks
from ..toys import Split, Toy
from ..training import step as loop
from . import engine, executors
from .result import Sweep
from .setting import Setting


def sweep(
    model: Callable[..., nn.Module],
    data: Toy | Split,
    settings: Iterable[Setting],
    seeds: int | Sequence[int] = 10,
    measure: Mapping[str, Split] | None = None,
    points: int = 1,
    loss_fn: loop.LossFunction | None = None,
    at_once: int = 32,
    executor: Executor | None = None,
    device: str | torch.device = "cpu",
    progress: bool = True,
) -> Sweep:
    """Train a model with each setting and each seed.

    Members of equal length, batch size and optimizer train together, as one vectorised model;
    each ends as if it had been trained alone by `train`, up to rounding. One that diverges is
    taken out and noted; the others do not feel it.

    Parameters
    ----------
    model : callable
        Function that returns a fresh module for ``model(seed=...)``, such as `toys.mlp`. For an
        executor in another process it must be importable there: no lambda.
    data : Toy or Split
        What to train on; of a Toy its training data. Inputs ``(samples, ...)``.
    settings : iterable of Setting
        Ways to train; each is taken once for every seed.
    seeds : int or sequence of int, default 10
        Seeds, each of both weights and batches' order; a number n means 0, 1, ..., n - 1.
    measure : dict of str to Split, optional
        What to measure loss and accuracy on, by name; default: a Toy's test data as "test", and
        nothing for a Split.
    points : int, default 1
        Number of measurements, evenly spaced; the last one after the last step.
    loss_fn : callable, optional
        ``loss_fn(output, target)``; default: cross-entropy. Another one goes through `vmap`.
    at_once : int, default 32
        Most models in memory at once, and in one task for the executor.
    executor : concurrent.futures.Executor, optional
        Runs the groups elsewhere: a process pool, or Dask's ``client.get_executor()``. In a
        child process each group takes one thread. Default: here, one after the other.
    device : str or torch.device, default 'cpu'
        Device to train on, such as 'cuda'.
    progress : bool, default True
        Whether to show a tqdm bar, in model-steps, when it takes longer than two seconds.

    Returns
    -------
    Sweep
        In the order of settings and seeds, whatever ran first. After an interrupt it holds
        what is done, with a warning; likewise when an executor's worker was lost.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range.

    Examples
    --------
    Is one peak better than another, or only luckier? Three seeds each:

    >>> from onecycle_widgets import OneCycle, toys
    >>> settings = [Setting(OneCycle(max_lr, total_steps=60)) for max_lr in (0.001, 0.1)]
    >>> result = sweep(toys.mlp, toys.digits(), settings, seeds=3, progress=False)
    >>> result
    Sweep(settings=2, seeds=3, runs=6, complete=6, diverged=0)
    >>> low, high = result.final("test")  # accuracies, by setting and seed
    >>> bool(low.max() < high.min())
    True
    """
    settings = tuple(settings)
    if not settings or not all(isinstance(setting, Setting) for setting in settings):
        raise TypeError(
            f"settings must be Setting objects, at least one, got {checks.shown(settings)}"
        )
    chosen = _seeds(seeds)
    train_on = data.train if isinstance(data, Toy) else data
    if measure is None:
        measure = {"test": data.test} if isinstance(data, Toy) else {}
    for setting in settings:
        if setting.batch_size > len(train_on.y):
            raise ValueError(
                f"batch_size must be at most {len(train_on.y)}, got {setting.batch_size}"
            )
    for name, split in measure.items():
        if not len(split.y):
            raise ValueError(f"measure must hold samples, got none in {name!r}")
    points = checks.whole("points", points)
    if points > min(setting.total_steps for setting in settings):
        raise ValueError(
            f"points must be at most the shortest total_steps, got {checks.shown(points)}"
        )
    places = _divide(settings, len(chosen), checks.whole("at_once", at_once))
    arrays = {name: _arrays(split) for name, split in measure.items()}
    groups = [
        engine.Group(
            model,
            tuple((settings[row], chosen[column]) for row, column in place),
            _arrays(train_on),
            arrays,
            points,
            loss_fn,
            str(torch.device(device)),
        )
        for place in places
    ]
    result = Sweep.empty(settings, chosen, tuple(measure), points)
    steps = sum(group.steps * len(group.members) for group in groups)
    with loop.progress_bar(steps, "model-steps", progress) as advance:
        for number, outcome in executors.outcomes(groups, executor, advance):
            result.place(places[number], outcome)
    if not result.complete.all():
        done, runs = int(result.complete.sum()), result.complete.size
        checks.warn(f"{done} of {runs} runs are complete; of the others, what is missing is NaN")
    return result


Place = tuple[tuple[int, int], ...]


def _divide(settings: tuple[Setting, ...], seeds: int, at_once: int) -> list[Place]:
    """Return (setting, seed) of each group's members, by position, in parts of similar size."""
    # Members of a group take each step together: equally many, of equally large batches, with one
    # formula. Everything else may differ from row to row.
    alike: dict[Any, list[tuple[int, int]]] = {}
    for row, setting in enumerate(settings):
        key = (setting.total_steps, setting.batch_size, setting.optimizer)
        alike.setdefault(key, []).extend((row, column) for column in range(seeds))
    places: list[Place] = []
    for members in alike.values():
        # As few parts as `at_once` allows, of equal size: no worker waits for one with more.
        parts = -(-len(members) // at_once)
        places += [tuple(map(tuple, part)) for part in np.array_split(members, parts)]
    return places


def _seeds(seeds: int | Sequence[int]) -> tuple[int, ...]:
    if isinstance(seeds, (Sequence, np.ndarray, range)):
        result = tuple(checks.whole("seeds", seed, least=0) for seed in seeds)
        if not result or len(set(result)) < len(result):
            raise ValueError(f"seeds must hold at least one, each once, got {checks.shown(seeds)}")
        return result
    return tuple(range(checks.whole("seeds", seeds)))


def _arrays(split: Split) -> tuple[np.ndarray, np.ndarray]:
    return split.x.cpu().numpy(), split.y.cpu().numpy()
