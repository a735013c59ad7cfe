"""The LR range test: train briefly while the learning rate climbs, then undo it all."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import nn
from torch.optim import Optimizer

from . import checks, loop
from .snapshot import restored
from .suggest import Suggestion, scatter, smooth, suggestions

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]

# Decades. Of 0.2 to 1.0, 0.5 and 0.6 spread the steepest point least over 30 seeds of the
# digits MLP: 0.053 to 0.095, where 0.4 once picked 0.43.
SMOOTHING = 0.6
DECAY = 0.9  # of the running mean that decides about divergence


@dataclass(frozen=True, eq=False)
class RangeTest:
    """The curve of a range test.

    Attributes
    ----------
    lr : ndarray, shape (steps,)
        Learning rate of each step taken (of the parameter group with the largest).
    loss : ndarray, shape (steps,)
        Raw loss of the step's batch, measured before the step.
    stopped : str or None
        Why the test ended before `end_lr`; None when it went all the way.
    mode : {'exp', 'linear'}
        How the rates were spaced.
    """

    lr: Array
    loss: Array
    stopped: str | None
    mode: str

    def smooth(self, decades: float = SMOOTHING) -> Array:
        """Return the losses averaged over a centred window, which does not shift the curve.

        Losses far above the start are first cut to as much above it as the best lies
        below, so that a final explosion does not spill into the steps before it.

        Parameters
        ----------
        decades : float, default 0.6
            Width of the window, in decades of learning rate ('exp'); the same
            share of the range when the rates are linear. 0 for the raw losses.

        Returns
        -------
        ndarray, shape (steps,)
        """
        if checks.number("decades", decades) < 0:
            raise ValueError(f"decades must be 0 or more, got {decades!r}")
        if len(self.lr) < 2:
            return self.loss
        span = math.log10(self.lr[-1] / self.lr[0])
        start = float(np.median(self.loss[:5]))
        cut = np.minimum(self.loss, 2 * start - self.loss.min())
        return smooth(cut, 1 + round(decades / span * (len(self.lr) - 1)))

    def suggestions(self, decades: float = SMOOTHING) -> dict[str, Suggestion]:
        """Return what each rule makes of the smoothed curve: a rate, or a reason why not.

        Parameters
        ----------
        decades : float, default 0.6
            As in `smooth`.

        Returns
        -------
        dict of str to Suggestion
            By name of the rule; the rules are in `onecycle_widgets.suggest`.
        """
        return suggestions(self.lr, self.smooth(decades), self.stopped, scatter(self.loss))

    def plot(self) -> "Figure":
        """Draw raw and smoothed loss over the learning rate, with the rules' marks."""
        from .figures import range_test_figure

        return range_test_figure(self)

    def __repr__(self) -> str:
        if not len(self.lr):
            return f"RangeTest(steps=0, stopped={self.stopped!r})"
        return (
            f"RangeTest(steps={len(self.lr)}, lr={self.lr[0]:.3g}..{self.lr[-1]:.3g}, "
            f"stopped={self.stopped!r})"
        )


def lr_range_test(
    model: nn.Module,
    optimizer: Optimizer,
    loss_fn: loop.LossFunction,
    batches: Iterable[Any],
    start_lr: float = 1e-7,
    end_lr: float = 10.0,
    num_steps: int = 100,
    mode: str = "exp",
    diverge: float | None = 2.0,
    progress: bool = True,
) -> RangeTest:
    """Train while the learning rate climbs from `start_lr` to `end_lr`, then undo everything.

    However it ends (also by an error or Ctrl-C), model, optimizer, an attached
    scheduler, and the random states are given back exactly as they were; training
    goes on as if the test had not been run (`onecycle_widgets.snapshot.restored`).

    Parameters
    ----------
    model, optimizer
        What is to be trained; weight decay, momentum and batch size should be those of the
        training to come. Several parameter groups keep the ratios of their learning rates.
    loss_fn : callable
        ``loss_fn(model(input), target)`` must return a scalar tensor.
    batches : iterable of (input, target)
        A DataLoader, a list, a generator ...; started again when it ends, if it can be.
    start_lr, end_lr : float, default 1e-7 and 10
        First and last learning rate.
    num_steps : int, default 100
        Optimizer steps.
    mode : {'exp', 'linear'}, default 'exp'
        Equal ratios, or equal differences, from step to step.
    diverge : float or None, default 2
        Stop when the running mean of the loss lies above the best one by this many
        times the drop so far (start minus best), so that negative and tiny losses
        work too. None: stop only at NaN or infinity.
    progress : bool, default True
        Show a tqdm bar when it takes longer than two seconds.

    Returns
    -------
    RangeTest

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range, `batches` is empty or
        runs out, or the model has nothing to train. Nothing is changed then.

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks",
    arXiv:1506.01186, section 3.3; the exponential ladder is fastai's.
    """
    rates = _ladder(start_lr, end_lr, num_steps, mode)
    if diverge is not None:
        diverge = checks.positive("diverge", diverge)
    if not any(p.requires_grad for group in optimizer.param_groups for p in group["params"]):
        raise ValueError("optimizer has no parameter with requires_grad=True: nothing to train")
    ratios = _ratios(optimizer)
    device = loop.first_device(model)
    watch = Divergence(diverge)
    losses: list[float] = []
    stopped = None
    label = "LR range test"
    with (
        restored(model, optimizer, batches),
        loop.progress_bar(num_steps, label, progress) as advance,
    ):
        model.train()
        stream = loop.endless(batches)
        for lr in rates:
            for group, ratio in zip(optimizer.param_groups, ratios, strict=True):
                _set_lr(group, float(lr) * ratio)
            loss, _, _ = loop.forward(model, loss_fn, next(stream), device)
            value = loss.item()
            stopped = watch.verdict(value)
            if stopped and not math.isfinite(value):
                break
            losses.append(value)
            if stopped:
                break
            loop.descend(loss, optimizer)
            advance(1)
    if stopped:
        stopped = f"{stopped} at lr={lr:.3g}"
    return RangeTest(rates[: len(losses)], np.array(losses), stopped, mode)


class Divergence:
    """Decide, loss by loss, whether training has gone out of hand.

    Parameters
    ----------
    factor : float or None
        See `lr_range_test`.
    """

    warm_up = 5

    def __init__(self, factor: float | None) -> None:
        self.factor = factor
        self.first: list[float] = []
        self.mean = 0.0
        self.weight = 0.0
        self.best = math.inf

    def verdict(self, loss: float) -> str | None:
        """Return why to stop, or None to go on."""
        if not math.isfinite(loss):
            return f"the loss became {loss}"
        self.mean = DECAY * self.mean + (1 - DECAY) * loss
        self.weight = DECAY * self.weight + (1 - DECAY)
        running = self.mean / self.weight
        if len(self.first) < self.warm_up:
            self.first.append(loss)
        self.best = min(self.best, running)
        if self.factor is None or len(self.first) < self.warm_up:
            return None
        # Before the loss has fallen at all, its own scatter is the scale.
        drop = max(float(np.mean(self.first)) - self.best, 2 * float(np.std(self.first)))
        return "diverged" if running > self.best + self.factor * drop else None


def _ladder(start_lr: float, end_lr: float, num_steps: int, mode: str) -> Array:
    start, end = checks.positive("start_lr", start_lr), checks.positive("end_lr", end_lr)
    steps = checks.whole("num_steps", num_steps, least=2)
    if end <= start:
        raise ValueError(f"end_lr must be above start_lr={start!r}, got {end!r}")
    if mode not in ("exp", "linear"):
        raise ValueError(f"mode must be 'exp' or 'linear', got {mode!r}")
    return np.geomspace(start, end, steps) if mode == "exp" else np.linspace(start, end, steps)


def _ratios(optimizer: Optimizer) -> list[float]:
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    top = max(rates)
    return [rate / top for rate in rates] if top > 0 else [1.0] * len(rates)


def _set_lr(group: dict[str, Any], lr: float) -> None:
    if hasattr(group["lr"], "fill_"):
        group["lr"].fill_(lr)  # a tensor must stay the same object for compiled steps
    else:
        group["lr"] = lr
