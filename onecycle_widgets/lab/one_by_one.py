"""Trainings side by side whose models cannot be stacked: in each step, one after the other.

It answers to the same questions as `sweeps.engine.Training`, and does what `train` does with each
model alone, digit by digit.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..sweeps.engine import PIECE, Outcome, broken_accuracy, evaluated_after
from ..sweeps.setting import Setting
from ..toys import Split
from ..training import step as loop
from ..training.descent import Descent
from ..training.train import evaluate

Draws = Callable[[int], AbstractContextManager[Any]]
Array = NDArray[np.float64]


def pieces(split: Split) -> list[Split]:
    """Cut data into pieces that can be evaluated one after the other, which spares memory.

    Parameters
    ----------
    split : Split
        Inputs and targets.

    Examples
    --------
    >>> [len(piece.y) for piece in pieces(Split(torch.zeros(1200, 2), torch.zeros(1200)))]
    [500, 500, 200]
    """
    return [Split(*both) for both in zip(*(part.split(PIECE) for part in split), strict=True)]


class OneByOne:
    """The state of trainings that take each step one after the other.

    Parameters
    ----------
    models : sequence of torch.nn.Module
        Fresh models, on one device; seed 0 is the first's.
    setting : Setting
        What each is trained with.
    data : tuple of Split
        What to train on, and what to evaluate on.
    points : int
        Number of evaluations, evenly spaced; the last one after the last step.
    loss_fn : callable
        ``loss_fn(output, target)``, a scalar tensor.
    draws : callable
        ``draws(seed)``, what is around every forward pass of a seed, as `Task.draws` says it;
        default: nothing.
    stopped : callable
        Asked before each model's step and each piece that is evaluated: nobody waits for the rest
        of a step, which then does not count.
    name : str
        Name of the evaluated data in the outcome.

    Attributes
    ----------
    outcome : Outcome
        Filled in while training goes on.
    points : list of int
        Numbers of steps after which is evaluated.
    rows : ndarray of int
        Models that have not diverged.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle, toys
    >>> train, held_out = toys.spirals().holdout()
    >>> models = [toys.mlp(2, 3, seed=seed) for seed in range(2)]
    >>> training = OneByOne(models, Setting(OneCycle(0.1, 20)), (train, held_out), 2)
    >>> training.points, list(training.steps())[-1]
    ([10, 20], 20)
    >>> training.outcome.train_loss.shape, training.outcome.accuracy["held out"].shape
    ((2, 20), (2, 2))
    """

    def __init__(
        self,
        models: Sequence[nn.Module],
        setting: Setting,
        data: tuple[Split, Split],
        points: int,
        loss_fn: loop.LossFunction = nn.functional.cross_entropy,
        draws: Draws = lambda seed: nullcontext(),
        stopped: Callable[[], bool] = lambda: False,
        name: str = "held out",
    ) -> None:
        self.models, self.loss_fn, self.stopped, self.name = models, loss_fn, stopped, name
        self.draws = draws
        self.total_steps = setting.total_steps
        self.points = evaluated_after(self.total_steps, points)
        self.device = loop.first_device(models[0]) or torch.device("cpu")
        # Once, and not in every step.
        train, held_out = (Split(*(part.to(self.device) for part in split)) for split in data)
        self.pieces = pieces(held_out)
        self.broken = broken_accuracy(held_out.y)
        self.rows = np.arange(len(models))
        self.outcome = Outcome.blank(len(models), self.total_steps, [name], points)
        schedule: Any = setting.schedule
        self.descents, self.schedulers, self.streams = [], [], []
        for seed, model in enumerate(models):
            loop.start_training(model)
            optimizer = setting.make_optimizer([p for p in model.parameters() if p.requires_grad])
            # Around the forward pass only: every operator inside is looked at, which takes time.
            loss = loop.LossOf(model, loss_fn, context=draws(seed))
            self.descents.append(Descent(optimizer, loss))
            self.schedulers.append(schedule.scheduler(optimizer))
            self.streams.append(loop.endless(train.batches(setting.batch_size, seed)))

    def steps(self) -> Iterator[int]:
        """Train step by step; after each, yield how many are done."""
        for done in range(1, self.total_steps + 1):
            losses = np.full(len(self.models), np.nan)
            for row in self.rows:
                if self.stopped():
                    return
                losses[row] = self.descents[row].gradients(self.streams[row]).loss
                self.descents[row].step()
                self.schedulers[row].step()
            # From the first bad loss on: a finite one after it would be that of broken weights.
            self._take_out(~np.isfinite(losses))
            measured = self._evaluated() if done in self.points else None
            if measured is not None and self.stopped():
                return
            self.outcome.train_loss[:, done - 1] = np.where(np.isfinite(losses), losses, np.nan)
            if measured is not None:
                self._note(self.points.index(done), *measured)
            yield done

    def look(self) -> None:
        """Nothing is left on the device; the engine, which has this for that, is asked the same."""

    def answers(self, x: Tensor) -> Tensor:
        """Class that the first model still in training gives each sample, shape (samples,)."""
        model = self.models[self.rows[0]]
        with loop.evaluating(model), self.draws(0):
            return torch.cat([model(part).argmax(-1) for part in x.to(self.device).split(PIECE)])

    def _evaluated(self) -> tuple[Array, Array]:
        loss, accuracy = np.full((2, len(self.models)), np.nan)
        for row in self.rows.tolist():
            # Whatever is drawn while evaluating, the training draws the same afterwards.
            with self.draws(row):
                loss[row], accuracy[row] = evaluate(
                    self.models[row], self._unless_stopped(), self.loss_fn
                )
        return loss, accuracy

    def _unless_stopped(self) -> Iterator[Split]:
        yield self.pieces[0]  # `evaluate` wants one at least
        for piece in self.pieces[1:]:
            if self.stopped():
                return
            yield piece

    def _note(self, point: int, loss: Array, accuracy: Array) -> None:
        # Weights may break in the last step, whose loss was still finite: this shows it first.
        good = np.isfinite(loss)
        self.outcome.loss[self.name][:, point] = np.where(good, loss, np.nan)
        self.outcome.accuracy[self.name][:, point] = np.where(good, accuracy, self.broken)
        self._take_out(~good)

    def _take_out(self, bad: NDArray[np.bool_]) -> None:
        self.outcome.diverged |= bad
        self.rows = np.flatnonzero(~self.outcome.diverged)
