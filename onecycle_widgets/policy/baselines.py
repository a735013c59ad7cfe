"""The schedules that the 1cycle policy is compared with: values that yield a curve."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from .. import checks, lazy
from .curve import Array, Curve
from .one_cycle import OneCycle

if TYPE_CHECKING:
    from torch.optim import Optimizer


class Schedule(Protocol):
    """What `OneCycle` and the schedules here have in common.

    Examples
    --------
    >>> schedules: list[Schedule] = [OneCycle(0.1, 100), Cosine(0.1, 100)]
    >>> [len(schedule.curve().lr) for schedule in schedules]
    [100, 100]
    """

    @property
    def total_steps(self) -> int:
        """Number of optimizer steps."""

    def curve(self) -> Curve:
        """Learning rate, and momentum where it is cycled, at each step."""

    def at(self, steps: ArrayLike) -> Curve:
        """As `curve`, at some steps only."""

    def scheduler(self, optimizer: "Optimizer") -> Any:
        """Return the torch scheduler that does the same, bound to `optimizer`."""


@dataclass(frozen=True)
class Falling:
    """A learning rate that starts at its highest and never rises; momentum is left alone.

    Parameters
    ----------
    lr : float
        The first, and highest, learning rate.
    total_steps : int
        Number of optimizer steps.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range.

    Examples
    --------
    A schedule of your own says what share of the rate is left:

    >>> class Root(Falling):
    ...     def factor(self, step):
    ...         return 1 / np.sqrt(1 + step)
    >>> Root(lr=0.1, total_steps=4).curve().lr.round(4).tolist()
    [0.1, 0.0707, 0.0577, 0.05]
    """

    lr: float
    total_steps: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "lr", checks.positive("lr", self.lr))
        object.__setattr__(self, "total_steps", checks.whole("total_steps", self.total_steps))

    def factor(self, step: Array) -> Array:
        """Share of `lr` that is left at each step; same shape as `step`."""
        raise NotImplementedError

    def curve(self) -> Curve:
        """Learning rate at each optimizer step; `momentum` is None.

        Examples
        --------
        >>> Linear(lr=0.1, total_steps=5).curve().lr.round(6).tolist()
        [0.1, 0.08, 0.06, 0.04, 0.02]
        """
        return Curve(self.lr * self.factor(np.arange(self.total_steps, dtype=np.float64)), None)

    def at(self, steps: ArrayLike) -> Curve:
        """Learning rate at some steps only, shape (points,); `momentum` is None.

        Examples
        --------
        >>> Cosine(lr=0.1, total_steps=1000).at([0, 500]).lr.round(6).tolist()
        [0.1, 0.05]
        """
        asked = np.atleast_1d(np.asarray(steps))
        return Curve(self.lr * self.factor(asked.astype(np.float64)), None, asked)

    def scheduler(self, optimizer: "Optimizer") -> Any:
        """Return torch's scheduler of this shape; sets the optimizer's rate to `lr`.

        Examples
        --------
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        >>> type(Step(lr=0.1, total_steps=100).scheduler(optimizer)).__name__
        'MultiStepLR'
        >>> optimizer.param_groups[0]["lr"]
        0.1
        """
        with lazy.told(f"{type(self).__name__}.scheduler"):
            from torch.optim import lr_scheduler
        for group in optimizer.param_groups:
            group["lr"] = self.lr
        return self._torch(lr_scheduler, optimizer)

    def _torch(self, lr_scheduler: Any, optimizer: "Optimizer") -> Any:
        raise NotImplementedError


class Constant(Falling):
    """The rate stays: `torch.optim.lr_scheduler.ConstantLR` with a factor of 1.

    Examples
    --------
    >>> Constant(lr=0.1, total_steps=3).curve().lr.tolist()
    [0.1, 0.1, 0.1]
    """

    def factor(self, step: Array) -> Array:
        """One, throughout."""
        return np.ones_like(step)

    def _torch(self, lr_scheduler: Any, optimizer: "Optimizer") -> Any:
        return lr_scheduler.ConstantLR(optimizer, factor=1.0, total_iters=0)


class Step(Falling):
    """Piecewise constant: a tenth after a half, a hundredth after three quarters of the steps.

    `torch.optim.lr_scheduler.MultiStepLR`; the paper's baseline falls likewise, at 5/8 and
    7/8 of its iterations (arXiv:1708.07120, published solver files).

    Examples
    --------
    >>> Step(lr=0.1, total_steps=8).curve().lr.round(6).tolist()
    [0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]
    """

    def _milestones(self) -> list[int]:
        return [max(1, self.total_steps // 2), max(1, self.total_steps * 3 // 4)]

    def factor(self, step: Array) -> Array:
        """1, a tenth or a hundredth."""
        first, second = self._milestones()
        return np.power(0.1, (step >= first).astype(np.float64) + (step >= second))

    def _torch(self, lr_scheduler: Any, optimizer: "Optimizer") -> Any:
        return lr_scheduler.MultiStepLR(optimizer, self._milestones(), gamma=0.1)


class Cosine(Falling):
    """Half a cosine towards zero, no warm-up: `torch.optim.lr_scheduler.CosineAnnealingLR`.

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR", arXiv:1608.03983, without restarts.

    Examples
    --------
    >>> Cosine(lr=0.1, total_steps=4).curve().lr.round(4).tolist()
    [0.1, 0.0854, 0.05, 0.0146]
    """

    def factor(self, step: Array) -> Array:
        """``(1 + cos(pi step / total_steps)) / 2``."""
        return (1 + np.cos(np.pi * step / self.total_steps)) / 2

    def _torch(self, lr_scheduler: Any, optimizer: "Optimizer") -> Any:
        return lr_scheduler.CosineAnnealingLR(optimizer, self.total_steps)


class Linear(Falling):
    """A straight line towards zero, no warm-up: `torch.optim.lr_scheduler.LinearLR`.

    Examples
    --------
    >>> Linear(lr=0.1, total_steps=4).curve().lr.round(6).tolist()
    [0.1, 0.075, 0.05, 0.025]
    """

    def factor(self, step: Array) -> Array:
        """``1 - step / total_steps``."""
        return 1 - step / self.total_steps

    def _torch(self, lr_scheduler: Any, optimizer: "Optimizer") -> Any:
        return lr_scheduler.LinearLR(
            optimizer, start_factor=1.0, end_factor=0.0, total_iters=self.total_steps
        )


Make = Callable[[float, int], Schedule]
"""Makes a schedule of its highest learning rate and its number of steps."""

SCHEDULES: dict[str, Make] = {
    "one cycle": OneCycle,
    "step": Step,
    "cosine": Cosine,
    "linear": Linear,
    "constant": Constant,
}
"""Every schedule, by the name that figures and tables show."""
