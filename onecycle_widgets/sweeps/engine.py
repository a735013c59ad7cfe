"""Train many models of one architecture at once: one group of a sweep, on one device.

In a step of a small model, calling torch takes longer than the arithmetic. So the members of a
group are stacked into one module, whose every tensor has the members in front
(`stacked_modules`), and one call serves them all. Each member has its own weights, batches and
rate, and nothing passes between them, so that each ends as if it had been trained alone. One that
diverges is taken out of all tensors, and the others go on.
"""

import math
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, vmap

from ..toys import Split
from ..training.step import LossFunction
from . import stacked_optimizers as optimizers
from .setting import Setting
from .stacked_modules import stack

CHECK = 20  # steps between two looks for diverged members
PIECE = 500  # samples that are evaluated at once, which spares memory
BUILDING = threading.Lock()  # models draw their weights from torch's one global generator

Array = NDArray[np.float64]
Arrays = tuple[NDArray[Any], NDArray[Any]]
Advance = Callable[[int], object]


@dataclass(frozen=True)
class Group:
    """Members that train together: equal length, batch size and optimizer.

    Everything in it can be pickled, so that it can be sent to another process or machine.

    Attributes
    ----------
    model : callable
        Function that returns a fresh module for ``model(seed=...)``.
    members : tuple of (Setting, int)
        Setting and seed of each member.
    train : (inputs, targets)
        Training data; arrays, not tensors: they travel between processes by value.
    measure : dict of str to (inputs, targets)
        Data to evaluate on, by name.
    points : int
        Number of evaluations, evenly spaced; the last one after the last step.
    loss_fn : callable, optional
        ``loss_fn(output, target)`` of one member; default: cross-entropy.
    device : str
        Where to train, such as 'cpu' or 'cuda'.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle, toys
    >>> x, y = (part.numpy() for part in toys.digits().train)
    >>> members = tuple((Setting(OneCycle(0.1, 20)), seed) for seed in range(3))
    >>> Group(toys.mlp, members, (x, y), {"train": (x, y)}, 1, None, "cpu").steps
    20
    """

    model: Callable[..., nn.Module]
    members: tuple[tuple[Setting, int], ...]
    train: Arrays
    measure: dict[str, Arrays]
    points: int
    loss_fn: LossFunction | None
    device: str

    @property
    def steps(self) -> int:
        """Optimizer steps of each member."""
        return self.members[0][0].schedule.total_steps


@dataclass
class Outcome:
    """What became of a group's members, in their order.

    Attributes
    ----------
    train_loss : ndarray, shape (members, steps)
        Loss of each batch before its step; NaN after a divergence.
    loss, accuracy : dict of str to ndarray, shape (members, points)
        What was measured, by name of the data. When diverged by then, the loss is NaN, and the
        accuracy that of a model full of NaN, which answers class 0.
    diverged : ndarray of bool, shape (members,)
        Whether a loss was NaN or infinite.
    complete : bool
        Whether the last step was reached; False when interrupted.

    Examples
    --------
    Before the first step nothing is known, and later what was not reached stays NaN:

    >>> from onecycle_widgets import OneCycle, toys
    >>> x, y = (part.numpy() for part in toys.digits().train)
    >>> members = tuple((Setting(OneCycle(0.1, 20)), seed) for seed in range(3))
    >>> outcome = Outcome.empty(Group(toys.mlp, members, (x, y), {}, 1, None, "cpu"))
    >>> outcome.train_loss.shape, bool(np.isnan(outcome.train_loss).all()), outcome.complete
    ((3, 20), True, False)
    """

    train_loss: Array
    loss: dict[str, Array]
    accuracy: dict[str, Array]
    diverged: NDArray[np.bool_]
    complete: bool = False

    @classmethod
    def empty(cls, group: Group) -> "Outcome":
        """Nothing known yet about a group."""
        return cls.blank(len(group.members), group.steps, group.measure, group.points)

    @classmethod
    def blank(cls, count: int, steps: int, names: Collection[str], points: int) -> "Outcome":
        """Nothing known yet about so many members, measured on data of these names."""
        shape = (count, points)
        return cls(
            np.full((count, steps), np.nan),
            {name: np.full(shape, np.nan) for name in names},
            {name: np.full(shape, np.nan) for name in names},
            np.zeros(count, bool),
        )


def evaluated_after(steps: int, count: int) -> list[int]:
    """Return the numbers of steps after which is evaluated: evenly spaced, the last at the end.

    Examples
    --------
    >>> evaluated_after(steps=10, count=4)
    [3, 5, 8, 10]
    """
    return [math.ceil(steps * (i + 1) / count) for i in range(count)]


def broken_accuracy(y: Tensor) -> float:
    """Return the accuracy of a model full of NaN, to which argmax gives class 0 throughout.

    NaN when the targets are no labels.

    Examples
    --------
    >>> broken_accuracy(torch.tensor([0, 1, 2, 0]))
    0.5
    """
    labels = not y.is_floating_point() and y.ndim == 1
    return float((y == 0).double().mean()) if labels else math.nan


def run(group: Group, advance: Advance = lambda steps: None) -> Outcome:
    """Train a group from the first to the last step; an interrupt keeps what is done.

    Parameters
    ----------
    group : Group
        The group to train.
    advance : callable
        Function that is told, now and then, how many model-steps were done since.

    Returns
    -------
    Outcome
        Complete unless interrupted.

    Raises
    ------
    ValueError
        When the models differ in shape or have nothing to train.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle, toys
    >>> x, y = (part.numpy() for part in toys.digits().train)
    >>> members = tuple((Setting(OneCycle(0.1, 20)), seed) for seed in range(3))
    >>> outcome = run(Group(toys.mlp, members, (x, y), {"train": (x, y)}, 1, None, "cpu"))
    >>> outcome.train_loss.shape, outcome.accuracy["train"].shape, outcome.complete
    ((3, 20), (3, 1), True)
    """
    outcome = Outcome.empty(group)
    training = None
    try:
        training = Training(group, outcome, advance)
        for _ in training.steps():
            pass
        outcome.complete = True
    except KeyboardInterrupt:
        # The losses since the last look are on the device still; without this they would be lost.
        if training is not None:
            training.look()
    return outcome


class Training:
    """The state of a group while it trains; diverged members are taken out of it.

    Parameters
    ----------
    group : Group
        The group to train.
    outcome : Outcome
        Result, filled in while training goes on.
    advance : callable
        Function that is told, now and then, how many model-steps were done since.
    models : sequence of torch.nn.Module, optional
        Fresh models of the members. Default: made here, which no other thread may be drawing
        random numbers beside: ``group.model`` may use torch's global generator, which is given
        back afterwards.

    Attributes
    ----------
    points : list of int
        Numbers of steps after which the group is measured.

    Examples
    --------
    Step by step, so that somebody can look in between:

    >>> from onecycle_widgets import OneCycle, toys
    >>> x, y = (part.numpy() for part in toys.digits().train)
    >>> members = tuple((Setting(OneCycle(0.1, 20)), seed) for seed in range(3))
    >>> group = Group(toys.mlp, members, (x, y), {"train": (x, y)}, 2, None, "cpu")
    >>> outcome = Outcome.empty(group)
    >>> training = Training(group, outcome)
    >>> training.points, list(training.steps())[-1]
    ([10, 20], 20)
    >>> bool((outcome.loss["train"][:, 1] < outcome.loss["train"][:, 0]).all())
    True
    """

    def __init__(
        self,
        group: Group,
        outcome: Outcome,
        advance: Advance = lambda steps: None,
        models: Sequence[nn.Module] | None = None,
    ) -> None:
        self.group, self.outcome, self.advance = group, outcome, advance
        self.points = evaluated_after(group.steps, group.points)
        self.device = torch.device(group.device)
        if models is None:
            with BUILDING, torch.random.fork_rng(devices=[]):
                models = [group.model(seed=seed) for _, seed in group.members]
        self.net = stack(models).to(self.device).train()
        settings = [setting for setting, _ in group.members]
        trained = [p for p in self.net.parameters() if p.requires_grad]
        if not trained:
            raise ValueError("model must have parameters to train, got none")
        self.optimizer = optimizers.KINDS[settings[0].optimizer](trained, settings)
        self.data = self._here(group.train)
        self.measure = {name: self._here(split) for name, split in group.measure.items()}
        # Which member each row of the tensors is: rows move up when others are taken out.
        self.rows = np.arange(len(settings))
        self.losses: list[Tensor] = []
        self.seen = 0
        self.orders = [torch.Generator().manual_seed(seed) for _, seed in group.members]

    def _here(self, split: Arrays) -> Split:
        return Split(*(torch.from_numpy(part).to(self.device) for part in split))

    def steps(self) -> Iterator[int]:
        """Train step by step; after each, yield how many are done."""
        batches = self._batches()
        for done in range(1, self.group.steps + 1):
            if len(self.rows):
                self._step(*next(batches), done - 1)
            if done % CHECK == 0 or done in self.points or done == self.group.steps:
                self.look()
            if done in self.points:
                self._evaluate(self.points.index(done))
            yield done

    @torch.no_grad()
    def answers(self, x: Tensor) -> Tensor:
        """Class that the first member still in training gives each sample, shape (samples,)."""
        # The stacked module with a stack of one: the other members would only cost time.
        every = (*self.net.named_parameters(), *self.net.named_buffers())
        first = {name: values[:1] for name, values in every}
        self.net.eval()
        output: Tensor = functional_call(self.net, first, (x.unsqueeze(0),))
        self.net.train()
        return output[0].argmax(-1)

    def _step(self, x: Tensor, y: Tensor, step: int) -> None:
        # No loss depends on another member's weights, so the gradient of the sum is, row by row,
        # each member's own gradient.
        loss = self._loss(self.net(x), y)
        self.optimizer.step(torch.autograd.grad(loss.sum(), self.optimizer.trained), step)
        self.losses.append(loss.detach())

    def _batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Each member's own shuffled batches, as `Batches` of its seed would give them."""
        size, samples = self.group.members[0][0].batch_size, len(self.data.y)
        while len(self.rows):
            # One permutation for each member and epoch, from its own generator: a member gets the
            # same batches whoever trains beside it, and those that diverge draw no more.
            orders = [torch.randperm(samples, generator=self.orders[row]) for row in self.rows]
            epoch, rows = torch.stack(orders).to(self.device), self.rows
            for batch in range(samples // size):
                if rows is not self.rows:  # some diverged since
                    kept = torch.from_numpy(np.isin(rows, self.rows)).to(self.device)
                    epoch, rows = epoch[kept], self.rows
                # All members' samples in one gather; `unflatten` gives the members their rows back.
                index = epoch[:, batch * size : (batch + 1) * size].flatten()
                x, y = (part.index_select(0, index) for part in self.data)
                yield x.unflatten(0, (-1, size)), y.unflatten(0, (-1, size))

    def _loss(self, output: Tensor, target: Tensor) -> Tensor:
        """Each member's loss, shape (members,)."""
        labels = output.ndim == 3 and output.shape[:-1] == target.shape
        if self.group.loss_fn is not None or not labels or target.dtype != torch.int64:
            each: Tensor = vmap(self.group.loss_fn or nn.functional.cross_entropy)(output, target)
            return each.reshape(len(output))
        # For few classes twice as fast as torch's cross_entropy, of which this is the definition.
        right = output.gather(2, target.unsqueeze(2)).squeeze(2)
        return (output.logsumexp(2) - right).mean(1)

    def look(self) -> None:
        """Note the losses since the last look, and take out members that diverged."""
        # Reading a loss waits for the device, so many are read at once. A member that diverged in
        # between has trained on for some steps in vain: NaN stays in its row, and costs no other.
        if not self.losses:
            return
        new = torch.stack(self.losses, dim=1).cpu().double().numpy()
        self.losses.clear()
        first, self.seen = self.seen, self.seen + new.shape[1]
        self.advance(new.size)
        # From the first bad loss on: a finite one after it would be the loss of broken weights.
        bad = np.maximum.accumulate(~np.isfinite(new), axis=1)
        self.outcome.train_loss[self.rows, first : self.seen] = np.where(bad, np.nan, new)
        self._take_out(bad[:, -1])

    def _take_out(self, dead: NDArray[np.bool_]) -> None:
        if dead.any():
            self.outcome.diverged[self.rows[dead]] = True
            self.advance((self.group.steps - self.seen) * int(dead.sum()))
            self._keep(~dead)

    def _keep(self, alive: NDArray[np.bool_]) -> None:
        """Cut the tensors down to the members alive.

        Trained parameters are views of the optimizer's matrix, which cuts them itself. Buffers
        and frozen parameters are nobody else's, hence done here.
        """
        self.rows = self.rows[alive]
        kept = torch.from_numpy(alive).to(self.device)
        for name, buffer in list(self.net.named_buffers()):
            owner, _, leaf = name.rpartition(".")
            self.net.get_submodule(owner)._buffers[leaf] = buffer[kept]
        for parameter in self.net.parameters():
            if not parameter.requires_grad:
                parameter.data = parameter.data[kept]
        self.optimizer.keep(kept)

    def _evaluate(self, point: int) -> None:
        self.net.eval()
        dead = np.zeros(len(self.rows), bool)
        for name, (x, y) in self.measure.items():
            loss, right = self._measured(x, y) if len(self.rows) else (np.empty(0), np.empty(0))
            bad = ~np.isfinite(loss)
            # Weights may break in the last step, whose loss was still finite: this shows it first.
            dead |= bad
            accuracy = self.outcome.accuracy[name]
            # First what a model full of NaN would get; the members alive then enter their own.
            accuracy[:, point] = broken_accuracy(y)
            accuracy[self.rows, point] = np.where(bad, accuracy[self.rows, point], right)
            self.outcome.loss[name][self.rows, point] = np.where(bad, np.nan, loss)
        self._take_out(dead)
        self.net.train()

    @torch.no_grad()
    def _measured(self, x: Tensor, y: Tensor) -> tuple[Array, Array]:
        """Loss and share of right answers of each member, in pieces that spare memory."""
        count, pieces = len(self.rows), x.split(PIECE)
        output = torch.cat([self.net(p.expand(count, *p.shape)) for p in pieces], dim=1)
        target = y.expand(count, *y.shape)
        loss, right = self._loss(output, target), _right(output, target) / len(y)
        return loss.double().cpu().numpy(), right.cpu().numpy()


def _right(output: Tensor, target: Tensor) -> Tensor:
    """Number of right answers of each member; NaN when the task is not classification."""
    if output.ndim != 3 or target.is_floating_point() or output.shape[:-1] != target.shape:
        return torch.full(output.shape[:1], math.nan, device=output.device)
    return (output.argmax(-1) == target).sum(1).double()
