"""One optimizer step, the same for training and for the range test."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.optim import Optimizer

from .. import checks
from .kinds import check_optimizer
from .step import LossOf, accuracy_of, refuse_closures


class Seen(NamedTuple):
    """What was seen on the way to a step.

    Attributes
    ----------
    loss, accuracy : float
        Means over the batches of the step, before it; the accuracy is NaN when the task is not
        classification.
    dtype : torch.dtype
        That of the loss: how finely it tells two values apart.

    Examples
    --------
    >>> Seen(loss=2.3, accuracy=0.1, dtype=torch.float32).loss
    2.3
    """

    loss: float
    accuracy: float
    dtype: torch.dtype


@dataclass
class Descent:
    """Takes optimizer steps, each on the mean loss of some batches.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
        What takes the steps; L-BFGS is refused.
    loss_of : LossOf
        The loss of a batch.
    accumulate : int, default 1
        Batches for each step.
    clip : float, optional
        Largest norm of all gradients together; default: they are not clipped.
    scaler : torch.amp.GradScaler, optional
        Scales the loss, so that small gradients survive half precision; it may skip a step.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range.

    Examples
    --------
    >>> weight = nn.Parameter(torch.tensor([2.0]))
    >>> loss_of = LossOf(nn.Identity(), None, step=lambda model, batch: (weight * batch).sum())
    >>> descent = Descent(torch.optim.SGD([weight], lr=0.5), loss_of, accumulate=2)
    >>> descent.gradients(iter([torch.tensor(1.0), torch.tensor(3.0)])).loss
    4.0
    >>> descent.step()
    True
    >>> weight.item()  # 2 - 0.5 * mean of 1 and 3
    1.0
    """

    optimizer: Optimizer
    loss_of: LossOf
    accumulate: int = 1
    clip: float | None = None
    scaler: Any = None

    def __post_init__(self) -> None:
        check_optimizer(self.optimizer)
        refuse_closures(self.optimizer)
        self.accumulate = checks.whole("accumulate", self.accumulate)
        self.clip = None if self.clip is None else checks.positive("clip", self.clip)
        if self.scaler is not None and not hasattr(self.scaler, "unscale_"):
            kind = type(self.scaler).__name__
            raise TypeError(f"scaler must be a torch.amp.GradScaler, got {kind}")

    def gradients(
        self, batches: Iterator[Any], all_finite: bool = False, accuracy: bool = False
    ) -> Seen:
        """Take the next batches, and compute the gradients of their mean loss.

        Parameters
        ----------
        batches : iterator
            Where they come from.
        all_finite : bool, default False
            Whether to stop at a loss that is NaN or infinite: a mean with it would say no more.
        accuracy : bool, default False
            Whether to measure it, which takes a while; else it is NaN.
        """
        self.optimizer.zero_grad()
        total, right, count = 0.0, 0.0, self.accumulate
        for _ in range(count):
            loss, output, target = self.loss_of(next(batches))
            value = loss.item()
            total += value
            if all_finite and not math.isfinite(value):
                return Seen(value, math.nan, loss.dtype)
            if accuracy:
                right += accuracy_of(output, target)
            part = loss if count == 1 else loss / count
            if self.scaler is not None:
                part = self.scaler.scale(part)
            part.backward()
        return Seen(total / count, right / count if accuracy else math.nan, loss.dtype)

    def step(self) -> bool:
        """Clip, and let the optimizer step; say whether it did, or a scaler skipped it."""
        if self.clip is not None:
            if self.scaler is not None:
                self.scaler.unscale_(self.optimizer)
            every = [p for group in self.optimizer.param_groups for p in group["params"]]
            nn.utils.clip_grad_norm_(every, self.clip)
        if self.scaler is None:
            self.optimizer.step()
            return True
        before = self.scaler.get_scale()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return bool(self.scaler.get_scale() >= before)  # it falls when gradients overflowed
