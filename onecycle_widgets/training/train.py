"""A plain training loop that steps the scheduler with the optimizer and records everything."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from .. import checks
from . import step as loop
from .descent import Descent
from .kinds import check_batches
from .watch import by_group

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
        Loss of the step's batches, before it.
    accuracy : ndarray, shape (steps,)
        Share of right answers in the step's batches, before it; NaN when the task is
        not classification with scores of shape (batch, classes).
    val_loss : ndarray, shape (steps,), or None
        Mean loss of the validation batches after the step; NaN where it was not measured.
    complete : bool
        False when the training was interrupted.

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
    val_loss: Array | None = None
    complete: bool = True

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
        ended = "" if self.complete else ", interrupted"
        last = f", last loss={self.loss[-1]:.4g}" if len(self.loss) else ""
        return f"History(steps={len(self.loss)}{last}{ended})"


def train(
    model: nn.Module,
    optimizer: Optimizer,
    loss_fn: loop.LossFunction | None,
    batches: Iterable[Any],
    scheduler: Any = None,
    total_steps: int | None = None,
    progress: bool = True,
    *,
    step: Callable[[nn.Module, Any], Tensor] | None = None,
    accumulate: int = 1,
    clip: float | None = None,
    val_batches: Iterable[Any] | None = None,
    val_every: int | None = None,
    context: AbstractContextManager[Any] | None = None,
    device: torch.device | str | None = None,
    scaler: Any = None,
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
    loss_fn : callable or None
        ``loss_fn(model(input), target)`` must return a scalar tensor. None when `step` is given.
    batches : iterable of (input, target)
        What to train on: a DataLoader, a list, a generator ...; started again when it ends, if it
        can be.
    scheduler : torch scheduler, optional
        Any object with a `step` method that counts batches; default: the rate stays.
    total_steps : int, optional
        Number of optimizer steps. Default: what is left of the scheduler's `total_steps`, else
        one pass through `batches`, which must then have a length.
    progress : bool, default True
        Whether to show a tqdm bar when it takes longer than two seconds.
    step : callable, optional
        ``step(model, batch)`` returns the loss, a scalar tensor: for batches of another form.
    accumulate : int, default 1
        Batches for each optimizer step; their mean loss counts, and the scheduler moves once.
    clip : float, optional
        Largest norm of all gradients together; default: they are not clipped.
    val_batches : iterable, optional
        All of it is measured, in evaluation mode, every `val_every` steps and after the last one.
    val_every : int, optional
        Default: once in each pass through `batches` where it has a length, else at the end only.
    context : context manager, optional
        Around every forward pass, such as ``torch.autocast("cpu", torch.bfloat16)``.
    device : torch.device or str, optional
        Where batches go; default: where the model's first parameter lies.
    scaler : torch.amp.GradScaler, optional
        Scales the loss; the scheduler does not move when it skips a step.

    Returns
    -------
    History
        Learning rate, momentum, loss and accuracy of each step; those so far when somebody
        interrupts (Ctrl-C), with a warning.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind, `batches` is empty or runs out, or the scheduler
        has no step left.

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
    loss_of = loop.LossOf(model, loss_fn, step, context, device)
    loop.refuse_unfinished(model)
    descent = Descent(optimizer, loss_of, accumulate, clip, scaler)
    steps = _count_steps(batches, scheduler, total_steps, descent.accumulate)
    look = None if val_batches is None else _Look(val_batches, steps, val_every, batches, descent)
    rows: list[list[Any]] = []
    loop.start_training(model)
    stream, interrupted = loop.endless(batches), False
    try:
        with loop.progress_bar(steps, "train", progress) as advance:
            for done in range(1, steps + 1):
                groups = optimizer.param_groups
                rates = [float(group["lr"]) for group in groups]
                momenta = [loop.momentum_of(group) for group in groups]
                seen = descent.gradients(stream, accuracy=True)
                moved = descent.step()
                if scheduler is not None and moved:
                    scheduler.step()
                # The step is done, whatever interrupts the measurement.
                rows.append([rates, momenta, seen.loss, seen.accuracy, np.nan])
                if look is not None:
                    rows[-1][-1] = look.after(done)
                advance(1)
    except KeyboardInterrupt:
        if not rows:
            raise
        interrupted = True
        checks.warn(f"interrupted after {len(rows)} of {steps} steps")
    return _history(rows, look is not None, interrupted)


class _Look:
    """Measures validation batches now and then."""

    def __init__(
        self, batches: Any, steps: int, every: int | None, training: Any, descent: Descent
    ) -> None:
        check_batches("val_batches", batches)
        self.batches, self.steps, self.loss_of = batches, steps, descent.loss_of
        length = _length(training)
        if every is None and length is not None:
            every = max(1, length // descent.accumulate)
        self.every = steps if every is None else checks.whole("val_every", every)

    def after(self, done: int) -> float:
        """Return the loss after so many steps; NaN where none is due."""
        if done % self.every and done != self.steps:
            return float("nan")
        return loop.mean_loss(self.loss_of.model, self.loss_of, self.batches)


def _history(rows: list[Any], measured: bool, interrupted: bool) -> History:
    rates, momenta, *others = zip(*rows, strict=True)
    lr, momentum = by_group(rates), by_group(momenta)
    losses, accuracy, val_loss = map(np.array, others)
    return History(
        lr, momentum, losses, accuracy, val_loss if measured else None, complete=not interrupted
    )


def _count_steps(batches: Any, scheduler: Any, total_steps: int | None, accumulate: int) -> int:
    if scheduler is not None and not callable(getattr(scheduler, "step", None)):
        raise TypeError(f"scheduler must have a step method, got {type(scheduler).__name__}")
    if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
        raise TypeError("scheduler must count batches, got ReduceLROnPlateau, which wants a loss")
    if total_steps is None:
        total_steps = _left(scheduler)
    if total_steps is None:
        length = _length(batches)
        if length is None:
            raise ValueError("total_steps must be given when batches has no length")
        if length == 0:
            raise ValueError("batches is empty: it must yield at least one (input, target)")
        total_steps = -(-length // accumulate)
    return checks.whole("total_steps", total_steps)


def _length(batches: Any) -> int | None:
    """How many batches there are in a pass; None when they do not know."""
    try:
        return len(batches)
    except TypeError:  # also from a DataLoader of an IterableDataset, or a bar around an iterator
        return None


def _left(scheduler: Any) -> int | None:
    """How many optimizer steps a scheduler still has; None when it counts none."""
    total = getattr(scheduler, "total_steps", None)
    if total is None:
        return None
    done = getattr(scheduler, "last_epoch", 0)
    if done >= total:
        raise ValueError(f"scheduler has done its total_steps={total}: to train on, make a new one")
    return int(total) - int(done)


def evaluate(
    model: nn.Module,
    data: tuple[Tensor, Tensor] | Iterable[Any],
    loss_fn: loop.LossFunction | None = None,
    *,
    step: Callable[[nn.Module, Any], Tensor] | None = None,
) -> tuple[float, float]:
    """Return loss and accuracy on a whole data set, in evaluation mode.

    Parameters
    ----------
    model : torch.nn.Module
        The model to measure; each module's train/eval flag is given back afterwards.
    data : (inputs, targets), or iterable of batches
        A whole data set in one piece, such as `Toy.test`, or a DataLoader or list of batches,
        whose samples then count alike.
    loss_fn : callable, optional
        ``loss_fn(model(input), target)``, a scalar tensor; default: cross-entropy.
    step : callable, optional
        ``step(model, batch)`` returns the loss instead: for batches of another form, of which
        there is no accuracy.

    Returns
    -------
    loss, accuracy : float
        Mean loss, and the share of right answers in [0, 1]; NaN when the task is not
        classification.

    Raises
    ------
    TypeError, ValueError
        When `data` holds no pairs, or nothing, or the loss is not a scalar tensor.

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
    check_batches("data", data)
    loss_of = loop.LossOf(model, loss_fn or nn.functional.cross_entropy, step)
    whole = isinstance(data, tuple) and len(data) == 2 and isinstance(data[0], Tensor)
    seen = []
    with loop.evaluating(model):
        for batch in [data] if whole else data:
            loss, output, target = loss_of(batch)
            count = len(target) if isinstance(target, Tensor) and target.ndim else 1
            seen.append((loss.item(), loop.accuracy_of(output, target), count))
    if not seen:
        raise ValueError("data is empty: it must yield at least one batch")
    if len(seen) == 1:
        return seen[0][:2]
    losses, accuracies, counts = np.array(seen).T
    return float(np.average(losses, weights=counts)), float(np.average(accuracies, weights=counts))
