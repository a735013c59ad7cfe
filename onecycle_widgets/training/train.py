"""A plain training loop that steps the scheduler once per batch and records everything."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from .. import checks
from . import step as loop

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class History:
    """What happened at each optimizer step.

    Attributes
    ----------
    lr, momentum : ndarray, shape (steps,) or (groups, steps)
        What the optimizer used at the step: its learning rate, and its momentum
        (Adam's beta1; NaN where it has neither).
    loss : ndarray, shape (steps,)
        Loss of the batch, before the step.
    accuracy : ndarray, shape (steps,)
        Share of right answers in the batch, before the step; NaN when the task is
        not classification with scores of shape (batch, classes).

    Examples
    --------
    >>> rate = np.array([0.1, 0.2, 0.1])
    >>> History(lr=rate, momentum=1 - rate, loss=10 * rate, accuracy=rate)
    History(steps=3, last loss=1)
    """

    lr: Array
    momentum: Array
    loss: Array
    accuracy: Array

    def plot(self) -> "Figure":
        """Draw learning rate and loss over the steps.

        Returns
        -------
        onecycle_widgets.drawing.Figure

        Examples
        --------
        >>> loss = np.linspace(2, 1, 41)
        >>> History(lr=0.1 * loss, momentum=loss, loss=loss, accuracy=1 - loss / 2).plot()
        The loss falls from 2.00 to 1.00 in 41 steps
        """
        from .figure import history_figure

        return history_figure(self)

    def __repr__(self) -> str:
        return f"History(steps={len(self.loss)}, last loss={self.loss[-1]:.4g})"


def train(
    model: nn.Module,
    optimizer: Optimizer,
    loss_fn: loop.LossFunction,
    batches: Iterable[Any],
    scheduler: Any = None,
    total_steps: int | None = None,
    progress: bool = True,
) -> History:
    """Train for a number of optimizer steps; the scheduler is stepped once after each.

    Parameters
    ----------
    model : torch.nn.Module
        The model to train; put into train mode, and left there. In a model that is in train mode
        already, parts that you put into eval mode (a frozen BatchNorm) stay there.
    optimizer : torch.optim.Optimizer
        What takes the steps. Its own learning rate counts when there is no scheduler; L-BFGS
        is refused, because it evaluates the loss several times a step.
    loss_fn : callable
        ``loss_fn(model(input), target)`` must return a scalar tensor.
    batches : iterable of (input, target)
        What to train on: a DataLoader, a list, a generator ...; started again when it ends, if it
        can be.
    scheduler : torch scheduler, optional
        Any object with a `step` method that counts batches; default: the rate stays.
    total_steps : int, optional
        Number of optimizer steps. Default: the scheduler's `total_steps`, else one pass
        through `batches`, which must then have a length.
    progress : bool, default True
        Whether to show a tqdm bar when it takes longer than two seconds.

    Returns
    -------
    History
        Learning rate, momentum, loss and accuracy of each step.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind, or `batches` is empty or runs out.

    Examples
    --------
    >>> import torch
    >>> from onecycle_widgets import OneCycle, toys
    >>> toy = toys.digits(dtype=torch.float64)
    >>> model = toys.mlp(dtype=torch.float64)
    >>> optimizer = torch.optim.SGD(model.parameters(), momentum=0.9)
    >>> scheduler = OneCycle(max_lr=0.1, total_steps=50).scheduler(optimizer)
    >>> loss_fn = nn.functional.cross_entropy
    >>> history = train(model, optimizer, loss_fn, toy.train.batches(), scheduler, progress=False)
    >>> history.lr.max().item(), history.loss[-1].item() < history.loss[0].item() / 4
    (0.1, True)
    """
    loop.refuse_closures(optimizer)
    steps = _count_steps(batches, scheduler, total_steps)
    loss_of = loop.LossOf(model, loss_fn)
    rows: list[tuple[list[float], list[float], float, float]] = []
    loop.start_training(model)
    stream = loop.endless(batches)
    with loop.progress_bar(steps, "train", progress) as advance:
        for _ in range(steps):
            loss, output, target = loss_of(next(stream))
            groups = optimizer.param_groups
            rates, momenta = [float(g["lr"]) for g in groups], [loop.momentum_of(g) for g in groups]
            rows.append((rates, momenta, loss.item(), loop.accuracy_of(output, target)))
            loop.descend(loss, optimizer)
            if scheduler is not None:
                scheduler.step()
            advance(1)
    lr, momentum, losses, accuracy = (np.array(column).T for column in zip(*rows, strict=True))
    if len(lr) == 1:
        lr, momentum = lr[0], momentum[0]
    return History(lr, momentum, losses, accuracy)


def _count_steps(batches: Any, scheduler: Any, total_steps: int | None) -> int:
    if scheduler is not None and not callable(getattr(scheduler, "step", None)):
        raise TypeError(f"scheduler must have a step method, got {type(scheduler).__name__}")
    if total_steps is None:
        total_steps = getattr(scheduler, "total_steps", None)
    if total_steps is None:
        if not hasattr(batches, "__len__"):
            raise ValueError("total_steps must be given when batches has no length")
        total_steps = len(batches)
        if total_steps == 0:
            raise ValueError("batches is empty: it must yield at least one (input, target)")
    return checks.whole("total_steps", total_steps)


def evaluate(
    model: nn.Module, data: tuple[Tensor, Tensor], loss_fn: loop.LossFunction | None = None
) -> tuple[float, float]:
    """Return loss and accuracy on a whole data set, in evaluation mode.

    Parameters
    ----------
    model : torch.nn.Module
        The model to measure; each module's train/eval flag is given back afterwards.
    data : (inputs, targets)
        A whole data set in one piece, such as `Toy.test`.
    loss_fn : callable, optional
        ``loss_fn(model(input), target)``, a scalar tensor; default: cross-entropy.

    Returns
    -------
    loss, accuracy : float
        Mean loss, and the share of right answers in [0, 1]; NaN when the task is not
        classification.

    Raises
    ------
    TypeError, ValueError
        When `data` is not a pair, or the loss is not a scalar tensor.

    Examples
    --------
    An untrained model guesses among the ten digits:

    >>> import torch
    >>> from onecycle_widgets import toys
    >>> model = toys.mlp(dtype=torch.float64)
    >>> loss, accuracy = evaluate(model, toys.digits(dtype=torch.float64).test)
    >>> 2.2 < loss < 2.4, accuracy < 0.25
    (True, True)
    """
    with loop.evaluating(model):
        loss, output, target = loop.LossOf(model, loss_fn or nn.functional.cross_entropy)(data)
    return loss.item(), loop.accuracy_of(output, target)
