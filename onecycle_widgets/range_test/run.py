"""The LR range test: train briefly while the learning rate climbs, then undo it all.

One run is a short training whose rate climbs a ladder, a rung at each step (`_Climb`). The loss
of each batch is taken before its step, so that a rate is judged by the loss that the smaller
rates led to; the first bad one shows a step later. `Divergence` looks at a running mean and ends
the run when going on would only show an explosion. All of it happens inside `restored`, which
gives back the training state that it found.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from .. import checks
from ..training import ranks
from ..training import step as loop
from ..training.descent import Descent
from ..training.kinds import check_batches
from .divergence import STOPS, Divergence
from .result import RangeTest, Stop
from .saved import reseed
from .snapshot import Walk, restored

Array = NDArray[np.float64]
END_LR, NUM_STEPS = 10.0, 100  # the last rate, and how many there are
NOT_ABOVE = "end_lr must be above start_lr={start!r}, got {value}"  # the page says the same


def lr_range_test(
    model: nn.Module,
    optimizer: Optimizer,
    loss_fn: loop.LossFunction | None,
    batches: Iterable[Any],
    start_lr: float = 1e-7,
    end_lr: float = END_LR,
    num_steps: int = NUM_STEPS,
    mode: str = "exp",
    *,
    step: Callable[[nn.Module, Any], Tensor] | None = None,
    accumulate: int = 1,
    val_batches: Iterable[Any] | None = None,
    clip: float | None = None,
    context: AbstractContextManager[Any] | None = None,
    device: torch.device | str | None = None,
    scaler: Any = None,
    diverge: float | None = 2.0,
    repeats: int = 1,
    also: Iterable[Any] = (),
    progress: bool = True,
) -> RangeTest:
    """Train while the learning rate climbs from `start_lr` to `end_lr`, then undo everything.

    However it ends (also by an error or Ctrl-C), model, optimizer, an attached
    scheduler, and the random states are given back exactly as they were; training
    goes on as if the test had not been run (`onecycle_widgets.range_test.snapshot.restored`).

    Under `DistributedDataParallel` every process calls it: the losses are averaged over all of
    them, so that all stop at the same rate and recommend the same one.

    Parameters
    ----------
    model, optimizer
        What is to be trained; weight decay, momentum and batch size should be those of the
        training to come. Several parameter groups keep the ratios of their learning rates. In a
        model that is in train mode, parts that you put into eval mode (a frozen BatchNorm) stay
        there.
    loss_fn : callable or None
        ``loss_fn(model(input), target)`` must return a scalar tensor. None when `step` is given.
    batches : iterable of (input, target)
        Training data: a DataLoader, a list, a generator ...; started again when it ends, if it
        can be. When it cannot, the test stops there and keeps what it has.
    start_lr, end_lr : float, default 1e-7 and 10
        First and last learning rate, of the parameter group with the largest.
    num_steps : int, default 100
        Optimizer steps, and learning rates on the ladder, from `start_lr` to `end_lr`.
    mode : {'exp', 'linear'}, default 'exp'
        Spacing of the ladder: equal ratios, or equal differences, from step to step.
    step : callable, optional
        ``step(model, batch)`` returns the loss, a scalar tensor: for batches of another form
        (dicts, several inputs). Tensors in the batch are on the device already.
    accumulate : int, default 1
        Number of batches for each optimizer step; their mean loss is recorded.
    val_batches : iterable, optional
        Validation data; all of it is measured, in evaluation mode, after each step: exact but slow.
    clip : float, optional
        Largest norm of all gradients together; default: they are not clipped.
    context : context manager, optional
        What stands around every forward pass, such as ``torch.autocast("cpu", torch.bfloat16)``.
    device : torch.device or str, optional
        Where batches go; default: where the model's first parameter lies.
    scaler : torch.amp.GradScaler, optional
        Scales the loss, which is recorded unscaled; it is given back as it was.
    diverge : float or None, default 2
        Stop when the running mean of the loss lies above the best one by this many
        times the drop so far (start minus best), so that negative and tiny losses
        work too. None: stop only at NaN or infinity.
    repeats : int, default 1
        Number of runs, from the same weights with other random states: other batches and dropout.
        The first uses the present random state.
    also : iterable of torch.nn.Module or torch.optim.Optimizer
        What else an optimizer step moves, and is to be given back: an `AveragedModel` that a
        hook updates, for example.
    progress : bool, default True
        Whether to show a tqdm bar when it takes longer than two seconds.

    Returns
    -------
    RangeTest
        The losses of every run, to look at, to smooth, and to pick a learning rate from; those
        so far when somebody interrupts (Ctrl-C), with a warning.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range, `batches` is empty, the loss
        is not a scalar, or the model has nothing to train. Nothing is changed then.

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks",
    arXiv:1506.01186, section 3.3; the exponential ladder is fastai's.

    Examples
    --------
    >>> from onecycle_widgets import toys
    >>> model = toys.mlp(dtype=torch.float64)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    >>> batches = toys.digits(dtype=torch.float64).train.batches()
    >>> loss_fn = nn.functional.cross_entropy
    >>> result = lr_range_test(model, optimizer, loss_fn, batches, start_lr=1e-4, progress=False)
    >>> result.diverged, 0.01 < result.policy(total_steps=500).max_lr < 1
    (True, True)
    >>> optimizer.param_groups[0]["lr"]  # as before the test
    0.1
    """
    ladder = _ladder(start_lr, end_lr, num_steps, mode)
    diverge = None if diverge is None else checks.positive("diverge", diverge)
    repeats = checks.whole("repeats", repeats)
    if not isinstance(also, Iterable) or not all(map(_can_be_noted, also := list(also))):
        raise TypeError(f"also must be a list of modules and optimizers, got {checks.shown(also)}")
    also = (*also, *([] if scaler is None else [scaler]))
    loss_of = loop.LossOf(model, loss_fn, step, context, device)
    loop.refuse_unfinished(model)
    descent = Descent(optimizer, loss_of, accumulate, clip, scaler)
    if not any(p.requires_grad for group in optimizer.param_groups for p in group["params"]):
        raise ValueError("optimizer has no parameter with requires_grad=True: nothing to train")
    if val_batches is not None:
        check_batches("val_batches", val_batches)
    climb = _Climb(descent, batches, val_batches, _ratios(optimizer))
    losses = np.full((repeats, num_steps), np.nan)
    val_losses = None if val_batches is None else losses.copy()
    stops: list[Stop | None] = []
    try:
        with loop.progress_bar(repeats * num_steps, "LR range test", progress) as advance:
            for run in range(repeats):
                with restored(model, optimizer, batches, val_batches, also=also):
                    if run:
                        # The first run gets the batches that the training to come will get; the
                        # others tell how much of the curve is luck.
                        _reseed(run + 1000 * ranks.rank(), batches)
                    watch = Divergence(diverge)
                    row = None if val_losses is None else val_losses[run]
                    stops.append(climb.run(ladder, watch, losses[run], row, advance))
    except KeyboardInterrupt:
        under_way = len(stops)
        done = np.flatnonzero(np.isfinite(losses[under_way : under_way + 1]).ravel())
        if len(done):
            stops.append(Stop(f"interrupted at lr={ladder[done[-1]]:.3g}", diverged=False))
        if not stops:
            raise  # nothing to return
        checks.warn(f"interrupted in run {len(stops)} of {repeats}; all is as it was before")
    kept = len(stops)
    vals = None if val_losses is None else val_losses[:kept]
    return RangeTest(ladder, losses[:kept], vals, tuple(stops), tuple(climb.ratios), mode)


def climb_once(
    model: nn.Module,
    optimizer: Optimizer,
    batches: Iterable[Any],
    start_lr: float,
    step: Callable[[nn.Module, Any], Tensor],
) -> RangeTest:
    """Run the LR range test on a model that nobody needs afterwards; nothing is given back.

    For a thread beside somebody's program. What `lr_range_test` gives back are also the random
    states of the whole process, and whoever draws from them meanwhile would get the same numbers
    again.

    Parameters
    ----------
    model, optimizer
        What climbs, fresh; afterwards it is worn out.
    batches : iterable
        Training data, with a random generator of their own.
    start_lr : float
        First learning rate; all else is as `lr_range_test` has it by default.
    step : callable
        ``step(model, batch)`` returns the loss; an error that it raises ends the test.

    Examples
    --------
    >>> from onecycle_widgets import toys
    >>> def step(model, batch):
    ...     return nn.functional.cross_entropy(model(batch[0]), batch[1])
    >>> model, batches = toys.mlp(), toys.digits().train.batches()
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    >>> here = lr_range_test(model, optimizer, None, batches, 1e-4, step=step, progress=False)
    >>> there = climb_once(model, optimizer, batches, 1e-4, step)
    >>> bool((here.loss == there.loss).all())
    True
    """
    ladder = _ladder(start_lr, END_LR, NUM_STEPS, "exp")
    descent = Descent(optimizer, loop.LossOf(model, None, step))
    climb = _Climb(descent, batches, None, _ratios(optimizer))
    losses = np.full((1, len(ladder)), np.nan)
    stop = climb.run(ladder, Divergence(2.0), losses[0], None, lambda steps: None)
    return RangeTest(ladder, losses, None, (stop,), tuple(climb.ratios), "exp")


@dataclass
class _Climb:
    """The inner loop: one run up the ladder."""

    descent: Descent
    batches: Iterable[Any]
    val_batches: Iterable[Any] | None
    ratios: list[float]

    def run(
        self,
        ladder: Array,
        watch: Divergence,
        losses: Array,
        val_losses: Array | None,
        advance: Callable[[int], Any],
    ) -> Stop | None:
        """Fill in the losses; return why it stopped early, or None."""
        loss_of, optimizer = self.descent.loss_of, self.descent.optimizer
        loop.start_training(loss_of.model)
        stream, several = loop.endless(self.batches), ranks.together()
        for index, lr in enumerate(ladder.tolist()):
            for place, group in enumerate(optimizer.param_groups):
                # A group that joins on the way gets the ladder's own rate.
                ratio = self.ratios[place] if place < len(self.ratios) else 1.0
                _set_lr(group, lr * ratio)
            try:
                loss, kind = self._loss(stream, several)
            except loop.RanOutError as error:
                return Stop(str(error), diverged=False)
            if index < watch.warm_up:
                watch.resolution = max(watch.resolution, 4 * torch.finfo(kind).eps)
            if math.isfinite(loss):  # one that ends the run belongs to the curve, too
                losses[index] = loss
            elif not index:
                return Stop(STOPS["first"].format(loss=loss), diverged=False)
            if reason := watch.verdict(loss):
                return Stop(STOPS[reason].format(loss=loss, lr=lr))
            self.descent.step()
            if val_losses is not None and self.val_batches is not None:
                val_loss = loop.mean_loss(loss_of.model, loss_of, self.val_batches)
                val_losses[index] = ranks.agreed(val_loss, loss_of.model)
            advance(1)
        return None

    def _loss(self, stream: Iterator[Any], several: bool) -> tuple[float, torch.dtype]:
        """Loss of the next batches, and its dtype; with several processes, that of all."""
        if not several:
            loss, _, kind = self.descent.gradients(stream, all_finite=True)
            return loss, kind
        model, reason = self.descent.loss_of.model, ""
        try:
            part = [next(stream) for _ in range(self.descent.accumulate)]
        except loop.RanOutError as error:
            part, reason = [], str(error)
        # None may leave while the others wait for its gradients.
        if ranks.agreed(float(bool(reason)), model):
            raise loop.RanOutError(reason or "batches ran out in another process")
        loss, _, kind = self.descent.gradients(iter(part))
        return ranks.agreed(loss, model), kind


def _can_be_noted(part: Any) -> bool:
    """Whether `restored` finds in its attributes what it holds."""
    return hasattr(part, "__dict__") and not isinstance(part, (Tensor, type))


def _ladder(start_lr: float, end_lr: float, num_steps: int, mode: str) -> Array:
    start, end = checks.positive("start_lr", start_lr), checks.positive("end_lr", end_lr)
    steps = checks.whole("num_steps", num_steps, least=2)
    if end <= start:
        raise ValueError(NOT_ABOVE.format(start=start, value=checks.shown(end)))
    if mode not in ("exp", "linear"):
        raise ValueError(f"mode must be 'exp' or 'linear', got {checks.shown(mode)}")
    return np.geomspace(start, end, steps) if mode == "exp" else np.linspace(start, end, steps)


def _ratios(optimizer: Optimizer) -> list[float]:
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    top = max(rates)
    return [rate / top for rate in rates] if top > 0 else [1.0] * len(rates)


def _set_lr(group: dict[str, Any], lr: float) -> None:
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(lr)  # a tensor must stay the same object for compiled steps
    else:
        group["lr"] = lr


def generators_of(source: Any) -> list[Any]:
    """The random generators in what yields batches, wherever `restored` finds them.

    Examples
    --------
    >>> from torch.utils.data import DataLoader
    >>> generator = torch.Generator()
    >>> loader = DataLoader([1, 2, 3], shuffle=True, generator=generator)
    >>> generators_of([loader]) == [generator], generators_of([1, 2, 3])
    (True, [])
    """
    walk = Walk()
    walk.visit_source(source)
    return walk.generators


def _reseed(seed: int, batches: Any) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    for generator in generators_of(batches):
        reseed(generator, seed)
